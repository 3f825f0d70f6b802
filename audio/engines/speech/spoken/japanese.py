# ruff: noqa: RUF001 - letters of Japanese, meant as they are
"""Japanese: numbers and what is counted with them in kana, since their sounds change together."""

from __future__ import annotations

import re
import unicodedata

from audio.engines.speech.spoken.japanese_numbers import COUNTERS, cardinal, counted, digits
from audio.engines.speech.spoken.wording import Rule, Rules, any_of

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FREE = r"(?<![\d.,/:-])"
_SIGNS = {"¥": "円", "$": "ドル", "€": "ユーロ"}
_OF_GAMES = re.compile(r"(?:で|の)(?:勝|負|敗|引き分け|リード|逆転)")
_WIDE = r"[０-９％￥＄]|(?<=[０-９])[：／．，](?=[０-９])"


def _value(number: str, counter: str = "") -> str:
    whole, _, fraction = number.replace(",", "").partition(".")
    if not fraction:
        return counted(int(whole), counter) if counter else cardinal(int(whole))
    name = counted(0, counter).removeprefix(cardinal(0)) if counter else ""
    return counted(int(whole), "点") + digits(fraction) + name


def _date(match: re.Match[str]) -> str:
    year, month, day = (int(part) for part in match.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return counted(year, "年") + counted(month, "月") + counted(day, "日")


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    return counted(hour, "時") + (counted(minute, "分") if minute else "")


def _score(match: re.Match[str]) -> str:
    """`3-1`, of a game: a range does not fall, and what follows it is what is counted."""
    is_score = int(match[1]) >= int(match[2]) or _OF_GAMES.match(match.string, match.end())
    return f"{match[1]}対{match[2]}" if is_score else match[0]


_RULES: list[Rule] = [
    (_WIDE, lambda match: unicodedata.normalize("NFKC", match[0])),
    (rf"{_FREE}(\d{{4}})[/-](\d{{1,2}})[/-](\d{{1,2}})(?![\d/-])", _date),
    (rf"{_FREE}([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", _time),
    (
        rf"{_FREE}0\d{{1,4}}-\d{{1,4}}-\d{{3,4}}(?![\d-])|{_FREE}0\d{{9,10}}(?!\d)",
        lambda m: digits(m[0]),
    ),
    (r"(?<![\w.,)-])[-−](?=\d)", "マイナス"),
    (rf"([¥$€]) ?({_NUMBER})(?![\d,.]\d)", lambda match: _value(match[2], _SIGNS[match[1]])),
    (
        rf"{_FREE}(\d+)/(\d+)(?![\d/])",
        lambda m: f"{cardinal(int(m[2]))}ブンノ{cardinal(int(m[1]))}",
    ),
    (
        r"(郵便番号[はが:： ]*)(\d{3})-(\d{4})(?!\d)",
        lambda m: f"{m[1]}{digits(m[2])}ノ{digits(m[3])}",
    ),
    (rf"{_FREE}(\d{{1,3}}) ?[-–] ?(\d{{1,3}})(?![\d.,:/-])", _score),
    (rf"({_NUMBER}) ?[-–〜~] ?(?={_NUMBER})", r"\1から"),
    (r"≈ ?(?=\d)", "約"),
    (rf"第 ?({_NUMBER}) ?({any_of(COUNTERS)})?", lambda m: "ダイ" + _value(m[1], m[2] or "")),
    (rf"{_FREE}({_NUMBER}) ?({any_of(COUNTERS)})(?![A-Za-z])", lambda m: _value(m[1], m[2])),
    (rf"{_FREE}({_NUMBER})(?![\d/:-]|[.,]\d)", lambda match: _value(match[1])),
]
_SHORT = Rules(_RULES)


def wording(region: str) -> Japanese:
    return Japanese()


class Japanese:
    def abbreviations(self, text: str) -> str:
        return text

    def sentence(self, text: str) -> str:
        return _SHORT(text)
