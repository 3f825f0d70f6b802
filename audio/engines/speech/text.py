# ruff: noqa: RUF001 - marks of many scripts, meant as they are
"""Text made ready for a voice: cleaned of what nobody would read aloud, and cut into pieces.

Nothing here knows an engine. What depends on the language (how a number or an @ is said) is
left in the text, for the phonemiser knows the language and this module does not.
"""

from __future__ import annotations

import html
import re
import unicodedata

from audio.engines.speech.directing import BREAK_MARKS, Pause, with_marks, without_directions

FIRST_PIECE_MAX = 80
"""Characters. About five seconds of speech: what the listener waits for before the first sound."""
PIECE_MAX = 220
"""Characters. Longer pieces sound no better, and the listener waits for each one."""
_FIRST_PIECE_MIN = 16
"""Characters. A shorter first piece ("Well,") plays for less time than the second takes to make."""

_AT_MARKS = re.compile(f"([{BREAK_MARKS}])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:>[ \t]?)+|[-*+•‣▪][ \t]+)+", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)")
_TAG = re.compile(
    r"</?[A-Za-z][\w-]*(?:\s+[\w:-]+=(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>|<!--.{0,500}?-->",
    re.DOTALL,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,20});")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_URL = re.compile(r"\b(?:https?|ftp)://([^\s<>\"]+)|\bmailto:([^\s<>\"]+)", re.IGNORECASE)
_URL_NOISE = re.compile(r"[?&=#%+~;_|]+")
_TIMES = re.compile(r"(?<=\d)[ \t]*\*[ \t]*(?=\d)")
_AMOUNT = r"(?:[kKmMbBtT]|bn|thousand|million|billion|trillion)\b"
_PRICE = re.compile(rf"([$€£¥₹])[ \t]?(\d+(?:[.,]\d+)*(?:[ \t]?{_AMOUNT})?)")
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
_CLAUSE_END = re.compile(r"[,;:][\"'”’»)]*(?=\s)|[—–](?=\s)|[，；：、､،؛]")
_LEADING_WORD = re.compile(r"(?:^|[\s(\"'“])([^\s(\"'“]+)$")
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
    return " ".join(part for part in script(text) if isinstance(part, str))


def script(text: str) -> list[str | Pause]:
    """What a voice does in turn: speak a stretch of cleaned text, or pause.

    >>> script('One, <break time="2s"/> two.')
    ['One,', Pause(ms=2000), 'two.']
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text, pauses = with_marks(_TERMINAL_CODE.sub("", text))
    text = _without_markup(text)
    text = "".join(_spoken_characters(text))
    text = _RUN.sub(_shorter_run, text)
    found: list[str | Pause | None] = []
    for part in _AT_MARKS.split(_fold(text)):
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

    The first piece ends at the first clause, so that the first sound comes soon; the pieces then
    double, so that each is spoken while the next is made. Only whitespace at the cuts is lost.
    """
    found: list[str] = []
    rest, limit = text.strip(), min(first_max, piece_max)
    while rest:
        cut = _first_cut(rest, limit) if not found else _cut(rest, limit)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
        limit = min(limit * 2, piece_max)
    return found


def ends_sentence(piece: str) -> bool:
    """Whether a listener expects a full pause after this piece."""
    return bool(_SENTENCE_END.search(piece[-4:] + " "))


def _without_markup(text: str) -> str:
    """The text a Markdown or HTML page shows. A heading and a list item end as sentences do."""
    text = _FENCE.sub("", text)
    text = _RULE.sub("", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = without_directions(_LINK.sub(r"\1", text))
    text = _URL.sub(_readable_url, text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _HEADING.sub(r"\n\n\1\n\n", text)
    return _LINE_MARK.sub("\n\n", text)


def _readable_url(match: re.Match[str]) -> str:
    """`https://example.com/a?b=1.` -> `example.com/a b 1.`: the phonemiser says dot and slash."""
    address = match[1] or match[2]
    body = address.rstrip(".,;:!?)]}'")
    return _URL_NOISE.sub(" ", body.rstrip("/")) + address[len(body) :]


def _spoken_characters(text: str) -> list[str]:
    """Each character as it is to be spoken: itself, a plainer one, a space, or nothing."""
    text = _TIMES.sub(" × ", text)
    text = _PRICE.sub(r" \2 \1", text)  # espeak says the symbol where it stands
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


def _fold(text: str) -> str:
    """One line. A paragraph that ends without a mark gets a full stop, so that it ends aloud."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    paragraphs = [part for part in paragraphs if part]
    ended = [part + "." if part[-1].isalnum() else part for part in paragraphs[:-1]]
    return " ".join(ended + paragraphs[-1:])


def _first_cut(text: str, limit: int) -> int:
    """Where the first piece ends: the first clause that is long enough to cover the next one."""
    if len(text) <= 3 * _FIRST_PIECE_MIN and len(text) <= limit:
        return len(text)
    marks = [*_sentence_ends(text, limit), *_clause_ends(text, limit)]
    return min((end for end in marks if end >= _FIRST_PIECE_MIN), default=_cut(text, limit))


def _cut(text: str, limit: int) -> int:
    """Where a piece of at most `limit` characters ends best: sentence, clause, word, anywhere."""
    if len(text) <= limit:
        return len(text)
    sentences, clauses = _sentence_ends(text, limit), _clause_ends(text, limit)
    for ends in (sentences, clauses):
        if ends and ends[-1] >= limit // 4:
            return ends[-1]
    space = text.rfind(" ", 1, limit + 1)
    if space > 0:
        return space
    return _between_characters(text, limit)


def _sentence_ends(text: str, limit: int) -> list[int]:
    matches = _SENTENCE_END.finditer(text, 0, limit + 1)
    return [m.end() for m in matches if m.end() <= limit and _really_ends(text, m)]


def _clause_ends(text: str, limit: int) -> list[int]:
    matches = _CLAUSE_END.finditer(text, 0, limit + 1)
    return [m.end() for m in matches if m.end() <= limit]


def _really_ends(text: str, match: re.Match[str]) -> bool:
    """Not so after "Dr.", "e.g.", an initial, a list number, or before a lower-case letter."""
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    if text[match.end() :].lstrip()[:1].islower():
        return False
    word = _LEADING_WORD.search(text[: match.start()])
    if word is None:
        return True
    before = word[1]
    return not (before.lower() in _ABBREVIATIONS or len(before) == 1)


def _between_characters(text: str, limit: int) -> int:
    """A cut in a word without end that leaves no combining mark without its letter."""
    for cut in range(limit, limit // 2, -1):
        if unicodedata.category(text[cut])[0] != "M":
            return cut
    return limit
