# ruff: noqa: RUF001 - marks of many scripts, meant as they are
"""Where a clause ends, so that a listener does not hear that a text was cut there.

A comma between two numbers is a breath within a telephone number, or within a date; one in a
quotation is somebody's else. Before a conjunction a text may be cut where no mark is near.
"""

from __future__ import annotations

import re

_CLAUSE_END = re.compile(r"[,;:][\"'”’»)]*(?=\s)|[—–](?=\s)|[，；：、､،؛]")
_NUMBER_STEMS = """
    zero oh one two three four five six seven eight nine ten eleven twelve thir fif twen hundred
    cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce tre catorce quince dieci
    veint treint cuarent cincuent sesent setent ochent novent cien
    zéro un deux trois quatre cinq sept huit neuf dix onze douze quatorze quinze seize vingt trent
    quarant cinquant soixant cent
    due quattro cinque sei sette otto nove undici dodici quindici sedici dici sessant settant ottant
    null ein zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreiß hundert
    um dois duas três quatro sete oito dez doze quinze vinte trint oitent cem
    शून्य एक दो तीन चार पाँच पांच छह छः सात आठ नौ
"""
"""How the words for numbers begin in the languages in which numbers are written out."""
_STEMS = "|".join(sorted(set(_NUMBER_STEMS.split()), key=len, reverse=True))
_CJK_DIGITS = "零〇一二三四五六七八九十百"
_NUMBER_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:{_STEMS})[\w'-]*|[\d{_CJK_DIGITS}])[\"'”’»)]*$", re.IGNORECASE
)
_NUMBER_AFTER = re.compile(rf"\s*(?:{_STEMS}|[\d{_CJK_DIGITS}])", re.IGNORECASE)
_NEAR = 24
"""Characters before a mark that say whether it stands in a number."""
_CONJUNCTIONS = """
    and or but because although while until when where which who that if so than then after before
    y o pero porque aunque mientras cuando donde que si
    et ou mais parce quand où qui si
    e ma perché quando dove che se
    und oder aber weil obwohl während wenn wo dass
    mas porque embora enquanto onde
"""
_JOINT = re.compile(rf"\s(?=(?:{'|'.join(set(_CONJUNCTIONS.split()))})\s)", re.IGNORECASE)
_OPENING, _CLOSING, _EITHER = "“«„「『", "”»」』", '"'


def clause_ends(text: str, limit: int) -> list[int]:
    """Behind the marks that end a clause within the first `limit` characters."""
    found = _CLAUSE_END.finditer(text, 0, limit + 1)
    return [m.end() for m in found if m.end() <= limit and not _in_number(text, m)]


def mark_ends(text: str, limit: int) -> list[int]:
    """Behind any comma or the like, within a number too."""
    ends = (match.end() for match in _CLAUSE_END.finditer(text, 0, limit + 1))
    return [end for end in ends if end <= limit]


def joints(text: str, limit: int) -> list[int]:
    """Before the words that begin another clause."""
    return [match.start() for match in _JOINT.finditer(text, 1, limit + 1)]


def quoting(text: str, at: int) -> bool:
    """Whether a quotation that began before this place ends after it."""
    if text.count(_EITHER, 0, at) % 2:
        return True
    opened = sum(text.count(mark, 0, at) for mark in _OPENING)
    return opened > sum(text.count(mark, 0, at) for mark in _CLOSING)


def _in_number(text: str, mark: re.Match[str]) -> bool:
    before = text[max(mark.start() - _NEAR, 0) : mark.start()]
    return bool(_NUMBER_BEFORE.search(before) and _NUMBER_AFTER.match(text, mark.end()))
