"""The languages that Whisper knows: its codes, and the names that `verbose_json` answers with."""

from __future__ import annotations

_NAMES = {
    "en": "english",
    "zh": "chinese",
    "de": "german",
    "es": "spanish",
    "ru": "russian",
    "ko": "korean",
    "fr": "french",
    "ja": "japanese",
    "pt": "portuguese",
    "tr": "turkish",
    "pl": "polish",
    "ca": "catalan",
    "nl": "dutch",
    "ar": "arabic",
    "sv": "swedish",
    "it": "italian",
    "id": "indonesian",
    "hi": "hindi",
    "fi": "finnish",
    "vi": "vietnamese",
    "he": "hebrew",
    "uk": "ukrainian",
    "el": "greek",
    "ms": "malay",
    "cs": "czech",
    "ro": "romanian",
    "da": "danish",
    "hu": "hungarian",
    "ta": "tamil",
    "no": "norwegian",
    "th": "thai",
    "ur": "urdu",
    "hr": "croatian",
    "bg": "bulgarian",
    "lt": "lithuanian",
    "la": "latin",
    "mi": "maori",
    "ml": "malayalam",
    "cy": "welsh",
    "sk": "slovak",
    "te": "telugu",
    "fa": "persian",
    "lv": "latvian",
    "bn": "bengali",
    "sr": "serbian",
    "az": "azerbaijani",
    "sl": "slovenian",
    "kn": "kannada",
    "et": "estonian",
    "mk": "macedonian",
    "br": "breton",
    "eu": "basque",
    "is": "icelandic",
    "hy": "armenian",
    "ne": "nepali",
    "mn": "mongolian",
    "bs": "bosnian",
    "kk": "kazakh",
    "sq": "albanian",
    "sw": "swahili",
    "gl": "galician",
    "mr": "marathi",
    "pa": "punjabi",
    "si": "sinhala",
    "km": "khmer",
    "sn": "shona",
    "yo": "yoruba",
    "so": "somali",
    "af": "afrikaans",
    "oc": "occitan",
    "ka": "georgian",
    "be": "belarusian",
    "tg": "tajik",
    "sd": "sindhi",
    "gu": "gujarati",
    "am": "amharic",
    "yi": "yiddish",
    "lo": "lao",
    "uz": "uzbek",
    "fo": "faroese",
    "ht": "haitian creole",
    "ps": "pashto",
    "tk": "turkmen",
    "nn": "nynorsk",
    "mt": "maltese",
    "sa": "sanskrit",
    "lb": "luxembourgish",
    "my": "myanmar",
    "bo": "tibetan",
    "tl": "tagalog",
    "mg": "malagasy",
    "as": "assamese",
    "tt": "tatar",
    "haw": "hawaiian",
    "ln": "lingala",
    "ha": "hausa",
    "ba": "bashkir",
    "jw": "javanese",
    "su": "sundanese",
    "yue": "cantonese",
}
"""Code -> lower-case English name, as in openai/whisper's tokenizer."""

_ALIASES = {"jv": "jw", "nb": "no", "fil": "tl", "iw": "he", "cmn": "zh"}
"""Codes that Whisper spells otherwise: Javanese is `jv` in ISO 639-1, Whisper says `jw`; Norwegian
is Bokmål to many, Tagalog is Filipino to Home Assistant, Hebrew had another code once, and Mandarin
has one beside Chinese."""

_OTHER_NAMES = {
    "burmese": "my",
    "castilian": "es",
    "farsi": "fa",
    "filipino": "tl",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "mandarin": "zh",
    "moldavian": "ro",
    "moldovan": "ro",
    "panjabi": "pa",
    "pushto": "ps",
    "sinhalese": "si",
    "valencian": "ca",
}
"""By which openai/whisper knows languages too, and people."""

LANGUAGE_CODES = frozenset(_NAMES)
"""Every code Whisper may answer: ISO 639-1, and `haw` and `yue` that have only three letters."""

_BY_NAME = {name: code for code, name in _NAMES.items()} | _OTHER_NAMES
_DETECTED = "auto"


def is_auto(language: str) -> bool:
    """Whether a request says in a word that the language is to be told from the speech."""
    return language.strip().lower() == _DETECTED


def whisper_code(language: str) -> str | None:
    """Whisper's own code for a language of a request, or None for one it does not know.

    language: a code, a tag of BCP 47, of which only the language counts, or an English name.

    >>> whisper_code("jv"), whisper_code("FR"), whisper_code("pt-BR"), whisper_code("Japanese")
    ('jw', 'fr', 'pt', 'ja')
    """
    folded = language.strip().lower()
    if code := _BY_NAME.get(folded):
        return code
    primary = folded.replace("_", "-").partition("-")[0]
    primary = _ALIASES.get(primary, primary)
    return primary if primary in _NAMES else None


def language_name(code: str) -> str:
    """The full lower-case English name of a code: `fr` is "french".

    A code that is not in the table is answered as it came.
    """
    known = whisper_code(code)
    return _NAMES[known] if known else code
