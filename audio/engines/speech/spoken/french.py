"""French."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.library import by_library
from audio.engines.speech.spoken.roman import ROMAN, RULED, arabic
from audio.engines.speech.spoken.wording import (
    Rules,
    any_of,
    prices_for_each,
    range_of_units,
    signs_of_sums,
)

_SHORT = {
    "Dr": "docteur",
    "Drs": "docteurs",
    "M": "monsieur",
    "Me": "maître",
    "MM": "messieurs",
    "Mgr": "monseigneur",
    "Mlle": "mademoiselle",
    "Mlles": "mesdemoiselles",
    "Mme": "madame",
    "Mmes": "mesdames",
    "Pr": "professeur",
    "Prof": "professeur",
}
"""Before a name."""
_POINTLESS = [word for word in _SHORT if word not in {"M", "Me"}]
"""Those that stand without a point too."""
_ANYWHERE = {
    "av": "avenue",
    "bd": "boulevard",
    "boul": "boulevard",
    "env": "environ",
    "etc": "et cetera",
    "tél": "téléphone",
}
_BEFORE_NUMBERS = {
    "tél": "téléphone",
    "chap": "chapitre",
    "fig": "figure",
    "p": "page",
    "pp": "pages",
    "vol": "volume",
}
_KINGS = (
    *("Charles", "Clément", "François", "Frédéric", "Grégoire", "Guillaume", "Henri", "Jean"),
    *("Louis", "Léopold", "Napoléon", "Nicolas", "Philippe", "Pie"),
)
_NUMBERED = "[Cc]hapitre|[Pp]artie|[Aa]cte|[Ss]cène|[Ss]ection|[Tt]ome|[Vv]olume|[Ll]ivre|[Tt]itre"
_LAST = r"(?=\s+[A-ZÀÂÇÉÈÊÎÔ]|$)"

_ABBREVIATIONS = Rules(
    [
        (r"\bp\. ?ex\.", "par exemple"),
        (r"\bc\.-à-d\.", "c'est-à-dire"),
        (r"\bav\. ?J\.-C\.", "avant Jésus-Christ"),
        (r"\bapr?\. ?J\.-C\.", "après Jésus-Christ"),
        (r"\bM\. ?(?=[A-ZÀÂÇÉÈÊÎÔ])", "monsieur "),
        (
            rf"\b({any_of(_POINTLESS)})\.? (?=[A-ZÀÂÇÉÈÊÎÔ])",
            lambda m: _SHORT[m[1]] + " ",
        ),
        (r"\b[nN](?:\.[º°]?|[º°]) ?(?=\d)", "numéro "),
        (
            rf"\b(?!vol \d)((?i:{any_of(_BEFORE_NUMBERS)}))(?:\.? ?(?=[+(]?\d)|\. (?=[IVXL]+\b))",
            lambda match: _BEFORE_NUMBERS[match[1].lower()] + " ",
        ),
        (r"\bSt[- ](?=[A-ZÀÂÇÉÈÊÎÔ])", "saint "),
        (r"\bSte[- ](?=[A-ZÀÂÇÉÈÊÎÔ])", "sainte "),
        (r"(?<=[IVX]e) s\.(?=\s+[a-zà-ÿ]|[,;:)])", " siècle"),
        (r"(?<=[IVX]e) s\.", " siècle."),
        (r"\b([Bb])d (?=[A-ZÀÂÇÉÈÊÎÔ])", r"\1oulevard "),
        (r"\bCie\b\.?(?=[,;:)]|\s+[a-zà-ÿ]|$)", "compagnie"),
        (rf"\betc\.{_LAST}", "et cetera."),
        (rf"\b({any_of(_ANYWHERE)})\.", lambda match: _ANYWHERE[match[1]]),
    ]
)


def _ruler(match: re.Match[str]) -> str:
    number = arabic(match[2])
    return f"{match[1]} {'premier' if number == 1 else number}"


_SIGNS = Rules(
    [
        (rf"\b([A-ZÀÂÇÉÈÊÎÔ][a-zàâçéèêëîïôûù]+) ({RULED})\b", _ruler),
        (rf"\b({any_of(_KINGS)}) ([IVX])\b", _ruler),
        (rf"\b({_NUMBERED}) ({ROMAN})\b", lambda match: f"{match[1]} {arabic(match[2])}"),
        (r"(\d) ?° ?C\b", r"\1 degrés Celsius"),
        (r"(\d) ?° ?F\b", r"\1 degrés Fahrenheit"),
        *signs_of_sums(
            more="est supérieur à",
            less="est inférieur à",
            equal="égale",
            plus="plus",
            times="fois",
            about="environ",
        ),
        (r"\bet/ou\b", "et ou"),
        range_of_units("à"),
        prices_for_each({"h": "l'heure", "kg": "le kilo", "l": "le litre", "mois": "par mois"}),
        (r"(?<=\d) s\b(?!')", " secondes"),
        (r"(?<=/\d) l\b(?!')", " litre"),
    ]
)


def wording(region: str) -> French:
    return French()


class French:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        return by_library(_SIGNS(text), "fr")
