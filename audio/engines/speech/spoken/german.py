"""German."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.library import by_library
from audio.engines.speech.spoken.roman import ROMAN, RULED, arabic
from audio.engines.speech.spoken.wording import (
    Rules,
    any_of,
    postal_codes,
    prices_for_each,
    range_of_units,
    signs_of_sums,
    words_of,
)

_SHORT = {
    "Abs": "Absatz",
    "Art": "Artikel",
    "Dr": "Doktor",
    "Fa": "Firma",
    "Hr": "Herr",
    "Hrn": "Herrn",
    "Kap": "Kapitel",
    "Mio": "Millionen",
    "Mrd": "Milliarden",
    "Nr": "Nummer",
    "Prof": "Professor",
    "St": "Sankt",
    "Str": "Straße",
    "Tel": "Telefon",
    "bzgl": "bezüglich",
    "bzw": "beziehungsweise",
    "Ca": "Circa",
    "ca": "circa",
    "evtl": "eventuell",
    "ggf": "gegebenenfalls",
    "inkl": "inklusive",
    "max": "maximal",
    "mind": "mindestens",
    "sog": "sogenannte",
    "vgl": "vergleiche",
    "zzgl": "zuzüglich",
}
_LISTS = {"etc": "et cetera", "usw": "und so weiter"}
_CENTURIES = {"Jh": "Jahrhundert", "Jhd": "Jahrhundert", "Jhdt": "Jahrhundert"}
_KINGS = (
    *("Benedikt", "Elisabeth", "Franz", "Friedrich", "Georg", "Gregor", "Heinrich", "Johannes"),
    *("Karl", "Katharina", "Leopold", "Ludwig", "Napoleon", "Nikolaus", "Otto", "Paul", "Peter"),
    *("Philipp", "Pius", "Wilhelm"),
)
_QUEENS = {"Elisabeth"}
_NUMBERED = "Kapitel|Teil|Akt|Szene|Abschnitt|Band|Buch|Titel|Artikel"
_LAST = r"(?=\s+[A-ZÄÖÜ]|$)"

_ABBREVIATIONS = Rules(
    [
        (r"\bz\. ?B\.", "zum Beispiel"),
        (r"\bZ\. ?B\.", "Zum Beispiel"),
        (r"\bd\. ?h\.", "das heißt"),
        (r"\bD\. ?h\.", "Das heißt"),
        (r"\bu\. ?a\.", "unter anderem"),
        (r"\bz\. ?T\.", "zum Teil"),
        (r"\bv\. ?Chr\.", "vor Christus"),
        (r"\bn\. ?Chr\.", "nach Christus"),
        (
            rf"\b({ROMAN})\. (?=(?:Weltkrieg|Akt|Teil|Band|Reich|Quartal|Liga)\w*)",
            lambda match: f"{arabic(match[1])}. ",
        ),
        (r"\bFr\. (?=[A-ZÄÖÜ])", "Frau "),
        (r"\bFr\.(?= \d)", "Freitag"),
        (r"\bS\. (?=\d)", "Seite "),
        (r"(?<=[a-zäöü])str\.(?=\s+\d|\s+[a-zäöü]|,)", "straße"),
        (rf"(?<=[a-zäöü])str\.{_LAST}", "straße."),
        (rf"\b({any_of(_SHORT)})\.", lambda match: _SHORT[match[1]]),
        (rf"\b({any_of(_CENTURIES)})\.{_LAST}", lambda match: _CENTURIES[match[1]] + "."),
        (rf"\b({any_of(_CENTURIES)})\.", words_of(_CENTURIES)),
        (r"(?<=\d) ?Min\.(?=$|[,;:)]| [a-zäöü])", " Minuten"),
        (r"(?<=\d) ?Std\.(?=$|[,;:)]| [a-zäöü])", " Stunden"),
        (rf"\b({any_of(_LISTS)})\.{_LAST}", lambda match: _LISTS[match[1]] + "."),
        (rf"\b({any_of(_LISTS)})\.", lambda match: _LISTS[match[1]]),
    ]
)


def _ruler(match: re.Match[str]) -> str:
    name = match[1]
    article = "die" if name[-1] == "a" or name in _QUEENS else "der"
    return f"{name} {article} {arabic(match[2])}."


_SIGNS = Rules(
    [
        (rf"\b({_NUMBERED}) ({ROMAN})\b", lambda match: f"{match[1]} {arabic(match[2])}"),
        (rf"\b([A-ZÄÖÜ][a-zäöüß]+) ({RULED})\b\.?", _ruler),
        (rf"\b({any_of(_KINGS)}) ([IVX])\b\.?", _ruler),
        (r"(\d) ?° ?C\b", r"\1 Grad Celsius"),
        (r"(\d) ?° ?F\b", r"\1 Grad Fahrenheit"),
        *signs_of_sums(
            more="ist größer als",
            less="ist kleiner als",
            equal="ist gleich",
            plus="plus",
            times="mal",
            about="etwa",
        ),
        (r"\bund/oder\b", "und oder"),
        (r"(?<![\d/,.])(?<!\d )1/2(?= [A-ZÄÖÜ])", "ein halber"),
        range_of_units("bis"),
        prices_for_each(
            {"Std": "pro Stunde", "h": "pro Stunde", "kg": "pro Kilo", "l": "pro Liter"}
        ),
        *postal_codes(r"PLZ|Postleitzahl"),
        (r"(?<=, )\d{5}(?= [A-ZÄÖÜ][a-zäöüß]{2})", lambda match: " ".join(match[0])),
        (r"(?<=\d) s\b", " Sekunden"),
    ]
)
_THIS_CENTURY = re.compile(r"\b20[1-9]\d\b")
_IN_HALVES = re.compile(r"\bzwanzig (?=\w*(?:zehn|elf|zwölf|zig|dreißig)\b)")


def wording(region: str) -> German:
    return German()


class German:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        said = by_library(_SIGNS(text), "de")
        # the library reads 2023 in halves, as it does 1923
        return _IN_HALVES.sub("zweitausend", said) if _THIS_CENTURY.search(text) else said
