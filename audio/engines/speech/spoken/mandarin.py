# ruff: noqa: RUF001 - signs, meant as they are
"""Mandarin, in simplified characters: what they sound like is the same in others."""

from __future__ import annotations

import re
import unicodedata

from audio.engines.speech.spoken.wording import Rule, Rules, any_of

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_LARGE = ("", "万", "亿", "万亿")
_LARGEST = 10**16
_COINS = {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
_UNITS = {
    "GB": "吉字节",
    "MB": "兆字节",
    "L": "升",
    "cm": "厘米",
    "cm²": "平方厘米",
    "g": "克",
    "kg": "千克",
    "km": "千米",
    "km/h": "千米每小时",
    "km²": "平方千米",
    "l": "升",
    "m": "米",
    "m²": "平方米",
    "m³": "立方米",
    "mg": "毫克",
    "ml": "毫升",
    "mm": "毫米",
    "°": "度",
    "°C": "摄氏度",
    "°F": "华氏度",
}
_COUNTED = (
    *(
        "个",
        "本",
        "只",
        "条",
        "张",
        "位",
        "次",
        "天",
        "小时",
        "分钟",
        "周",
        "年",
        "件",
        "辆",
        "家",
        "杯",
    ),
    *(
        "名",
        "块",
        "种",
        "斤",
        "岁",
        "倍",
        "层",
        "台",
        "把",
        "双",
        "座",
        "瓶",
        "封",
        "篇",
        "头",
        "匹",
    ),
)
"""Before these 2 is 两."""
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FREE = r"(?<![\d.,/:-])"
_WIDE = r"[０-９％￥＄]|(?<=[０-９])[：／．，](?=[０-９])"


def cardinal(number: int) -> str:
    """`number` in words; digit by digit where it is too large for words.

    >>> cardinal(10203)
    '一万零二百零三'
    """
    if number >= _LARGEST:
        return digits(str(number))
    if number == 0:
        return _DIGITS[0]
    groups = re.findall(r"\d{4}", f"{number:016d}")
    said, is_gap = "", False
    for name, group in zip(reversed(_LARGE), groups, strict=True):
        value = int(group)
        if value and said and (is_gap or value < 1000):
            said += _DIGITS[0]
        said += _below_ten_thousand(group) + name if value else ""
        is_gap = not value
    return said[1:] if said.startswith("一十") else said


def digits(text: str) -> str:
    """Each digit of a text, as years and telephone numbers are read."""
    return "".join(_DIGITS[int(character)] for character in text if character.isdecimal())


def _below_ten_thousand(group: str) -> str:
    said = ""
    for place, digit in zip(reversed(_PLACES), group, strict=True):
        if digit != "0":
            said += _DIGITS[int(digit)] + place
        elif said and not said.endswith("零"):
            said += _DIGITS[0]
    return said.rstrip("零")


def _value(number: str) -> str:
    whole, _, fraction = number.replace(",", "").partition(".")
    said = cardinal(int(whole))
    return f"{said}点{digits(fraction)}" if fraction else said


def _date(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    return f"{digits(year)}年{cardinal(int(month))}月{cardinal(int(day))}日"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if not minute:
        return f"{cardinal(hour)}点"
    return f"{cardinal(hour)}点{_DIGITS[0] if minute < 10 else ''}{cardinal(minute)}分"


_RULES: list[Rule] = [
    (_WIDE, lambda match: unicodedata.normalize("NFKC", match[0])),
    (rf"{_FREE}(\d{{4}})[/-](\d{{1,2}})[/-](\d{{1,2}})(?![\d/-])", _date),
    (r"(?<!\d)(\d{4}) ?[-–~] ?(\d{4})(?=年)", lambda m: f"{digits(m[1])}到{digits(m[2])}"),
    (r"(?<!\d)(\d{4})(?=年)", lambda match: digits(match[1])),
    (rf"{_FREE}([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", _time),
    (rf"{_FREE}(?:1\d{{10}}|0\d{{2,3}}-\d{{7,8}})(?!\d)", lambda match: digits(match[0])),
    (r"(?<![\w.,)-])[-−](?=\d)", "负"),
    (
        rf"([¥$€£]) ?({_NUMBER}) ?(万亿|万|亿)?(?![\d,.]\d)",
        lambda match: _value(match[2]) + (match[3] or "") + _COINS[match[1]],
    ),
    (rf"({_NUMBER}) ?[-–—~～] ?(?={_NUMBER})", r"\1到"),
    (rf"{_FREE}({_NUMBER}) ?%", lambda match: f"百分之{_value(match[1])}"),
    (
        rf"{_FREE}({_NUMBER}) ?({any_of(_UNITS)})(?![A-Za-z²³/])",
        lambda m: _value(m[1]) + _UNITS[m[2]],
    ),
    (rf"{_FREE}(\d+)/(\d+)(?![\d/])", lambda m: f"{cardinal(int(m[2]))}分之{cardinal(int(m[1]))}"),
    (rf"{_FREE}(\d+):(\d+)(?![\d:])", lambda m: f"{cardinal(int(m[1]))}比{cardinal(int(m[2]))}"),
    (r"≈ ?(?=\d)", "约"),
    (rf"(?<!第){_FREE}2 ?(?={any_of(_COUNTED)})", "两"),
    (rf"{_FREE}({_NUMBER})(?![\d/:-]|[.,]\d)", lambda match: _value(match[1])),
]
_SHORT = Rules(_RULES)


def wording(region: str) -> Mandarin:
    return Mandarin()


class Mandarin:
    def abbreviations(self, text: str) -> str:
        return text

    def sentence(self, text: str) -> str:
        return _SHORT(text)
