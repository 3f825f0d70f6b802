# ruff: noqa: RUF001 - marks of many scripts, meant as they are
"""Text made ready for a voice: cleaned of what nobody would read aloud, and cut into pieces.

Nothing here knows an engine. What depends on the language (how a number or an @ is said) is
left in the text, for the phonemiser knows the language and this module does not.
"""

from __future__ import annotations

import html
import re
import unicodedata

from audio.engines.speech.clauses import clause_ends, joints, mark_ends, quoting
from audio.engines.speech.directing import BREAK_MARKS, Pause, with_marks, without_directions
from audio.engines.speech.lines import numbered, one_line
from audio.engines.speech.phonetic import MARKED, marked, outside, unmarked

FIRST_PIECE_MAX = 80
"""Characters. About five seconds of speech: what the listener waits for before the first sound."""
PIECE_MAX = 220
"""Characters. Longer pieces sound no better, and the listener waits for each one."""
_FIRST_PIECE_MIN = 16
"""Characters. A shorter first piece ("Well,") plays for less time than the second takes to make."""
_GROWTH = 5
"""No gap is heard of an engine that makes a second of speech in a sixth of one, as Kokoro does with
two cores. Asking an engine for its speed would be nearer, but each cut makes a speech longer: how a
text sounds, and what it costs, would hang on the load of the machine."""

_AT_MARKS = re.compile(f"([{BREAK_MARKS}])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_LINE_MARK = re.compile(
    r"^[ \t]*(?:(?:>(?!\d)[ \t]?)+|[-*+•‣▪◦●○■·][ \t]+(?:\[[ xX]\][ \t]+)?)+", re.MULTILINE
)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)")
_TAG = re.compile(
    r"</?[A-Za-z][\w-]*(?:\s+[\w:-]+=(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>|<!--.{0,500}?-->",
    re.DOTALL,
)
_TYPE = r"[A-Za-z_][\w.:]*"
_TYPES = re.compile(rf"(?<=\w)<({_TYPE}(?:, ?{_TYPE})*)>")
"""`List<String>`, `Map<String, int>`: what a type of a program is made with."""
_CLOSED = re.compile(r"</([A-Za-z][\w-]*)\s*>")
_NEVER_CLOSED = frozenset(("br", "hr", "img", "input", "li", "p", "td", "tr", "wbr"))
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,20});")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_URL = re.compile(r"\b(?:https?|ftp)://([^\s<>\"]+)|\bmailto:([^\s<>\"]+)", re.IGNORECASE)
_URL_NOISE = re.compile(r"[?&=#%+~;_|]+")
_TIMES = re.compile(r"(?<=\d)[ \t]*\*[ \t]*(?=\d)")
_ABOUT = re.compile(r"(?<![\w~])~[ \t]?(?=[$€£¥₹]?\d)")
_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_RUN = re.compile(r"([^\w\s])\1{2,}")

_KEPT_SYMBOLS = frozenset("+−<=>≤≥≠≈×÷±°√∞№")
"""Symbols that espeak reads as words. Other symbols (emoji, dingbats, arrows) are skipped."""
_DROPPED_PUNCTUATION = frozenset("*_`[]{}\\|~^")
_REPLACED = {
    "’": "'",
    "‘": "'",
    "‛": "'",
    "ʼ": "'",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "–",
    "―": "—",
    "℃": "°C",
    "℉": "°F",
    "〒": "郵便番号",
    "\u2028": "\n",
    "\u2029": "\n",
}
_JOINERS = "\u200c\u200d"
"""Between letters they shape Persian and Indic words; elsewhere they glue emoji together."""
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_KEYCAP = 0x20E3

_ENDS_LATIN = r"[.!?…]+[\"'”’»)]*(?=\s)"
_ENDS_OTHER = r"[。！？｡।॥؟۔։።၊။]+[\"'”’»）」』]*"
_SENTENCE_END = re.compile(f"(?:{_ENDS_LATIN}|{_ENDS_OTHER})")
_LEADING_WORD = re.compile(r"(?:^|[\s(\"'“])([^\s(\"'“]+)$")
_ORDINAL = re.compile(r"(?<!\d)\d{1,3}\.$")
"""`20.`, which is the twentieth in some languages."""
_NEAR = 24
"""Characters around a mark that say whether it ends a sentence."""
_ABBREVIATION_LIST = """
    mr mrs ms dr prof st sr jr vs etc fig vol approx e.g i.e a.m p.m u.s u.k
    sra srta ud uds pág mme mlle av z.b d.h bzw nr dott
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
"""Before a full stop that does not end a sentence: English, Spanish, French, German, Italian."""


def clean(text: str) -> str:
    """The words of `text`, without markup, emoji, control characters and doubled space.

    >>> clean("## Hello **world** 🎉\\nsee [the docs](https://example.com/a)!")
    'Hello world see the docs!'
    """
    return unmarked(" ".join(part for part in script(text) if isinstance(part, str)))


def script(text: str) -> list[str | Pause]:
    """What a voice does in turn: speak a stretch of cleaned text, or pause.

    Words whose phonemes are given are marked in it (`phonetic.IPA`).

    >>> script('One, <break time="2s"/> two.')
    ['One,', Pause(ms=2000), 'two.']
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text, pauses = with_marks(_TERMINAL_CODE.sub("", text))
    text = _without_markup(marked(text))
    parts = MARKED.split(text)
    parts[::2] = [_RUN.sub(_shorter_run, "".join(_spoken_characters(p))) for p in parts[::2]]
    found: list[str | Pause | None] = []
    for part in _AT_MARKS.split(one_line("".join(parts))):
        found.append(pauses.pop(part, None) if part in BREAK_MARKS else part.strip())
    return [part for part in found if part]


def breaks_ms(text: str) -> int:
    """How long all the breaks of `text` are together, in milliseconds, as they will be spoken."""
    return sum(part.ms for part in script(text) if isinstance(part, Pause))


def speakable(text: str) -> bool:
    """Whether there is a letter or a digit to speak in `text`."""
    return any(character.isalnum() for character in clean(text))


def pieces(text: str, *, first_max: int = FIRST_PIECE_MAX, piece_max: int = PIECE_MAX) -> list[str]:
    """Cut `text` where a reader would breathe, each piece at most `piece_max` characters.

    The first piece ends at the first clause, so that the first sound comes soon; the next ones are
    at most five times as long as all before them, so that each is made while those are spoken.
    Only whitespace at the cuts is lost.
    """
    found: list[str] = []
    rest, limit, length = text.strip(), min(first_max, piece_max), 0
    while rest:
        cut = outside(rest, _first_cut(rest, limit) if not found else _cut(rest, limit))
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
        length += cut
        limit = min(max(length * _GROWTH, first_max), piece_max)
    return found


def sentences(text: str, *, longest: int) -> list[str]:
    """The sentences of a cleaned text, those longer than `longest` characters in several parts."""
    found: list[str] = []
    start = 0
    ends = [
        end for end in _sentence_ends(text, len(text)) if not _ORDINAL.search(text, end - 5, end)
    ]
    for end in [*ends, len(text)]:
        rest = text[start:end].strip()
        start = end
        while len(rest) > longest:
            cut = rest.rfind(" ", 1, longest + 1)
            cut = cut if cut > 0 else _between_characters(rest, longest)
            found.append(rest[:cut])
            rest = rest[cut:].lstrip()
        if rest:
            found.append(rest)
    return found


def ends_sentence(piece: str) -> bool:
    """Whether a listener expects a full pause after this piece."""
    return bool(_SENTENCE_END.search(piece[-4:] + " "))


def _with_types(text: str) -> str:
    """`text` with the types in angle brackets, which are not HTML, in plain words."""
    tags = _NEVER_CLOSED.union(match[1].lower() for match in _CLOSED.finditer(text))
    return _TYPES.sub(lambda match: match[0] if match[1].lower() in tags else f" {match[1]}", text)


def _without_markup(text: str) -> str:
    """The text a Markdown or HTML page shows. A heading and a list item end as sentences do."""
    text = _FENCE.sub("", text)
    text = _RULE.sub("", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", _with_types(text))
    text = without_directions(_LINK.sub(r"\1", text))
    text = _URL.sub(_readable_url, text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _HEADING.sub(r"\n\n\1\n\n", text)
    return _LINE_MARK.sub("\n\n", numbered(text))


def _readable_url(match: re.Match[str]) -> str:
    """`https://example.com/a?b=1.` -> `example.com/a b 1.`: the phonemiser says dot and slash."""
    address = match[1] or match[2]
    body = address.rstrip(".,;:!?)]}'")
    return _URL_NOISE.sub(" ", body.rstrip("/")) + address[len(body) :]


def _spoken_characters(text: str) -> list[str]:
    """Each character as it is to be spoken: itself, a plainer one, a space, or nothing."""
    text = _TIMES.sub(" × ", text)
    text = _ABOUT.sub("≈", text)
    spoken: list[str] = []
    for character in text:
        spoken.append(_spoken(character, spoken[-1] if spoken else ""))
    return spoken


def _spoken(character: str, before: str) -> str:
    if character in BREAK_MARKS:
        return character
    if character in _DROPPED_PUNCTUATION:
        # "__init__" and "snake_case" fall into words, "**bold**" and "`code`" just lose the marks
        return "" if character in "*`" else " "
    if character in _REPLACED:
        return _REPLACED[character]
    category = unicodedata.category(character)
    if category[0] in "LNPZ" or category == "Sc" or character in _KEPT_SYMBOLS:
        return character
    if unicodedata.decomposition(character).startswith("<square>"):  # ㎏, a unit in one sign
        return unicodedata.normalize("NFKC", character)
    if category[0] == "M":
        code = ord(character)
        return "" if code in _VARIATION_SELECTORS or code == _KEYCAP else character
    if category == "Cf":
        return character if character in _JOINERS and before.isalpha() else ""
    return "\n" if character == "\n" else " "


def _shorter_run(match: re.Match[str]) -> str:
    """`!!!!` -> `!`, `.....` -> `...`; a ruler drawn with other marks is a space."""
    mark = match[1]
    if mark == ".":
        return "..."
    return mark if mark in "!?…。！？" else " "


def _first_cut(text: str, limit: int) -> int:
    """Where the first piece ends: the first clause that is long enough to cover the next one."""
    if len(text) <= 3 * _FIRST_PIECE_MIN and len(text) <= limit:
        return len(text)
    clauses = [end for end in clause_ends(text, limit) if not quoting(text, end)]
    marks = [*_sentence_ends(text, limit), *clauses]
    return min((end for end in marks if end >= _FIRST_PIECE_MIN), default=_cut(text, limit))


def _cut(text: str, limit: int) -> int:
    """Where a piece of at most `limit` characters ends best: sentence, clause, full stop before a
    small letter (an item of a list), comma within a number, conjunction, word, anywhere."""
    if len(text) <= limit:
        return len(text)
    for ends_of in (_sentence_ends, clause_ends, _item_ends, mark_ends, joints):
        ends = ends_of(text, limit)
        if ends and ends[-1] >= limit // 4:
            return ends[-1]
    space = text.rfind(" ", 1, limit + 1)
    if space > 0:
        return space
    return _between_characters(text, limit)


def _sentence_ends(text: str, limit: int) -> list[int]:
    matches = _SENTENCE_END.finditer(text, 0, limit + 1)
    return [m.end() for m in matches if m.end() <= limit and _really_ends(text, m)]


def _item_ends(text: str, limit: int) -> list[int]:
    """Also before a small letter: lines of a list begin with one."""
    matches = _SENTENCE_END.finditer(text, 0, limit + 1)
    return [m.end() for m in matches if m.end() <= limit and not _is_abbreviation(text, m)]


def _really_ends(text: str, match: re.Match[str]) -> bool:
    """Not so after "Dr.", "e.g.", an initial, a list number, or before a lower-case letter."""
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    if text[match.end() : match.end() + _NEAR].lstrip()[:1].islower():
        return False
    return not _is_abbreviation(text, match)


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    word = _LEADING_WORD.search(text[max(match.start() - _NEAR, 0) : match.start()])
    return bool(word and (word[1].lower() in _ABBREVIATIONS or len(word[1]) == 1))


def _between_characters(text: str, limit: int) -> int:
    """A cut in a word without end that leaves no combining mark without its letter."""
    for cut in range(limit, limit // 2, -1):
        if unicodedata.category(text[cut])[0] != "M":
            return cut
    return limit
