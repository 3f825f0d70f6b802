# ruff: noqa: RUF001 - signs, meant as they are
"""Hindi."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.hindi_numbers import cardinal, digits, year
from audio.engines.speech.spoken.wording import Rule, Rules, any_of

_SHORT = {
    "डॉ": "डॉक्टर",
    "डा": "डॉक्टर",
    "प्रो": "प्रोफ़ेसर",
    "पं": "पंडित",
    "कु": "कुमारी",
    "सु": "सुश्री",
    "मो": "मोहम्मद",
    "ले": "लेफ़्टिनेंट",
    "Dr": "डॉक्टर",
    "Mr": "मिस्टर",
    "Mrs": "मिसेज़",
}
_ABBREVIATIONS = Rules(
    [
        (r"(?<!\w)ई\. ?पू\.", "ईसा पूर्व"),
        (r"(?<!\w)रु\.", "रुपये"),
        (r"(?<!\w)सं\. ?(?=\d)", "संख्या "),
        (rf"(?<!\w)({any_of(_SHORT)})\. ?(?=\w)", lambda match: _SHORT[match[1]] + " "),
    ]
)
_MONTHS = (
    *("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर"),
    *("अक्टूबर", "नवंबर", "दिसंबर"),
)
_COINS = {
    "₹": ("रुपया", "रुपये", "पैसे"),
    "$": ("डॉलर", "डॉलर", "सेंट"),
    "€": ("यूरो", "यूरो", "सेंट"),
    "£": ("पाउंड", "पाउंड", "पेंस"),
}
_UNITS = {
    "%": "प्रतिशत",
    "°C": "डिग्री सेल्सियस",
    "° C": "डिग्री सेल्सियस",
    "°F": "डिग्री फ़ारेनहाइट",
    "°": "डिग्री",
    "GB": "जीबी",
    "MB": "एमबी",
    "cm": "सेंटीमीटर",
    "g": "ग्राम",
    "kg": "किलोग्राम",
    "km": "किलोमीटर",
    "m²": "वर्ग मीटर",
    "km²": "वर्ग किलोमीटर",
    "km/h": "किलोमीटर प्रति घंटा",
    "l": "लीटर",
    "m": "मीटर",
    "mg": "मिलीग्राम",
    "ml": "मिलीलीटर",
    "mm": "मिलीमीटर",
    "कि.ग्रा.": "किलोग्राम",
    "कि.मी.": "किलोमीटर",
}
_SCALES = "हज़ार|हजार|लाख|करोड़|अरब"
_FIRST = {
    1: ("पहला", "पहली", "पहले"),
    2: ("दूसरा", "दूसरी", "दूसरे"),
    3: ("तीसरा", "तीसरी", "तीसरे"),
    4: ("चौथा", "चौथी", "चौथे"),
    6: ("छठा", "छठी", "छठे"),
}
_ENDINGS = {"वाँ": 0, "वां": 0, "ला": 0, "रा": 0, "था": 0, "ठा": 0}
_ENDINGS |= {"वीं": 1, "ली": 1, "री": 1, "थी": 1, "ठी": 1, "वें": 2, "ले": 2, "रे": 2, "थे": 2, "ठे": 2}
_SUFFIXES = ("वाँ", "वीं", "वें")
_FRACTIONS = {
    ("1", "2"): "आधा",
    ("1", "3"): "एक तिहाई",
    ("2", "3"): "दो तिहाई",
    ("1", "4"): "एक चौथाई",
    ("3", "4"): "तीन चौथाई",
}
_NUMBER = r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_FREE = r"(?<![\w.,/:-])"


def _value(number: str) -> str:
    whole, _, fraction = number.replace(",", "").partition(".")
    said = cardinal(int(whole))
    return f"{said} दशमलव {digits(fraction)}" if fraction else said


def _date(day: str, month: str, number: str, text: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return text
    return f"{cardinal(int(day))} {_MONTHS[int(month) - 1]} {year(int(number))}"


def _price(match: re.Match[str]) -> str:
    one, many, small = _COINS[match[1]]
    number, scale = match[2], match[3]
    if scale:
        return f"{_value(number)} {scale} {many}"
    whole, _, fraction = number.replace(",", "").partition(".")
    coins = f"{cardinal(int(whole))} {one if int(whole) == 1 else many}"
    cents = int(fraction[:2].ljust(2, "0")) if fraction else 0
    return f"{coins} {cardinal(cents)} {small}" if cents else coins


def _time(match: re.Match[str]) -> str:
    """`10:30 बजे`, with the halves and quarters that have names."""
    hour, minute, ending = int(match[1]), int(match[2]), match[3] or ""
    named = {(1, 30): "डेढ़", (2, 30): "ढाई"}.get((hour, minute))
    if minute == 0:
        named = cardinal(hour)
    elif hour > 12:
        named = None
    elif minute == 15:
        named = f"सवा {cardinal(hour)}"
    elif minute == 30:
        named = named or f"साढ़े {cardinal(hour)}"
    elif minute == 45:
        named = f"पौने {cardinal(hour % 12 + 1)}"
    if named:
        return f"{named} बजे"
    said = f"{cardinal(hour)} बजकर {cardinal(minute)} मिनट"
    return f"{said} पर" if ending else said


def _ordinal(match: re.Match[str]) -> str:
    number, form = int(match[1]), _ENDINGS[match[2]]
    return _FIRST[number][form] if number in _FIRST else cardinal(number) + _SUFFIXES[form]


_RULES: list[Rule] = [
    (r"[०-९]", lambda match: str(ord(match[0]) - ord("०"))),
    (
        rf"{_FREE}(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}})(?![\w/-])",
        lambda m: _date(m[1], m[2], m[3], m[0]),
    ),
    (rf"{_FREE}(\d{{4}})-(\d{{2}})-(\d{{2}})(?![\w/-])", lambda m: _date(m[3], m[2], m[1], m[0])),
    (r"(?<![\w.,)-])[-−](?=\d)", "माइनस "),
    (rf"([₹$€£]) ?({_NUMBER})(?: ({_SCALES})(?!\w))?", _price),
    (rf"{_FREE}(\d{{1,2}}):(\d{{2}})(?![\d:])( बजे)?", _time),
    (rf"{_FREE}(\d{{1,4}})({any_of(_ENDINGS)})(?!\w)", _ordinal),
    (rf"{_FREE}(?:\+91[ -]?)?(\d{{10}}|\d{{5}}[ -]\d{{5}})(?!\d)", lambda match: digits(match[0])),
    (rf"{_FREE}({_NUMBER}) ?[-–] ?(?={_NUMBER}(?![\w/-]))", r"\1 से "),
    (rf"{_FREE}({_NUMBER}) ?({any_of(_UNITS)})(?!\w)", lambda m: f"{_value(m[1])} {_UNITS[m[2]]}"),
    (r"(?<![\d/])([123])/([234])(?![\d/])", lambda m: _FRACTIONS.get((m[1], m[2]), m[0])),
    (r"½", " आधा "),
    (rf"{_FREE}({_NUMBER}) ?> ?({_NUMBER})", r"\1, \2 से बड़ा है"),
    (rf"{_FREE}({_NUMBER}) ?< ?({_NUMBER})", r"\1, \2 से छोटा है"),
    (r"(?<=\d) ?= ?(?=\d)", " बराबर "),
    (r"(?<=\d) ?\+ ?(?=\d)", " जमा "),
    (r"(?<=\d) ?[×x] ?(?=\d)", " गुणा "),
    (r"≈ ?(?=\d)", "लगभग "),
    (r"(?<![\w.,/:-])(1[1-9]\d\d)(?= (?:में|से|तक|के|की|का|ई)(?!\w))", lambda m: year(int(m[1]))),
    (rf"{_FREE}({_NUMBER})(?![\w/-]|[.,:]\d)", lambda match: _value(match[1])),
]
_SIGNS = Rules(_RULES)


def wording(region: str) -> Hindi:
    return Hindi()


class Hindi:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        return _SIGNS(text)
