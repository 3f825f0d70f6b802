# ruff: noqa: RUF001 - signs, meant as they are
"""Italian."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.library import by_library
from audio.engines.speech.spoken.roman import ROMAN, RULED, arabic
from audio.engines.speech.spoken.wording import (
    Rules,
    any_of,
    postal_codes,
    prices_for_each,
    signs_of_sums,
)

_SHORT = {
    "avv": "avvocato",
    "c.so": "corso",
    "dott": "dottor",
    "dott.ssa": "dottoressa",
    "Dott": "Dottor",
    "Dott.ssa": "Dottoressa",
    "Dr": "Dottor",
    "geom": "geometra",
    "ing": "ingegner",
    "Ing": "Ingegner",
    "p.za": "piazza",
    "p.zza": "piazza",
    "prof": "professor",
    "prof.ssa": "professoressa",
    "Prof": "Professor",
    "Prof.ssa": "Professoressa",
    "rag": "ragionier",
    "sig": "signor",
    "sig.na": "signorina",
    "sig.ra": "signora",
    "sigg": "signori",
    "Sig": "Signor",
    "Sig.na": "Signorina",
    "Sig.ra": "Signora",
    "Sigg": "Signori",
    "v.le": "viale",
}
"""Before a name, with a point or without where they have one inside."""
_ANYWHERE = {"ecc": "eccetera", "ca": "circa", "tel": "telefono"}
_BEFORE_NUMBERS = {
    "art": "articolo",
    "cap": "capitolo",
    "fig": "figura",
    "pag": "pagina",
    "tel": "telefono",
    "vol": "volume",
}
_KINGS = (
    *("Benedetto", "Carlo", "Clemente", "Enrico", "Federico", "Ferdinando", "Filippo", "Francesco"),
    *("Giorgio", "Giovanni", "Giulio", "Gregorio", "Guglielmo", "Leone", "Luigi", "Napoleone"),
    *("Paolo", "Pio", "Pietro", "Umberto", "Emanuele", "Elisabetta"),
)
_INNER = [word for word in _SHORT if "." in word]
_POINTED = [word for word in _SHORT if "." not in word]
_NUMBERED = (
    "[Cc]apitolo|[Pp]arte|[Aa]tto|[Ss]cena|[Ss]ezione"
    "|[Tt]omo|[Vv]olume|[Ll]ibro|[Tt]itolo|[Aa]rticolo"
)
_LAST = r"(?=\s+[A-ZÈÀ]|$)"

_ABBREVIATIONS = Rules(
    [
        (r"\bad es\.", "ad esempio"),
        (r"\bp\. ?es\.", "per esempio"),
        (r"\ba\. ?C\.", "avanti Cristo"),
        (r"\bd\. ?C\.", "dopo Cristo"),
        (rf"\b({any_of(_INNER)})(?!\w)", lambda match: _SHORT[match[1]]),
        (rf"\b({any_of(_POINTED)})\. ?(?=[A-ZÈÀ])", lambda match: _SHORT[match[1]] + " "),
        (r"\b[nN](?:\.[º°]?|[º°]) ?(?=\d)", "numero "),
        (
            rf"\b(?!CAP\b)((?i:{any_of(_BEFORE_NUMBERS)}))(?:\.? ?(?=[+(]?\d)|\. (?=[IVXL]+\b))",
            lambda match: _BEFORE_NUMBERS[match[1].lower()] + " ",
        ),
        (r"(?<=[Ll]['’])on\. ?(?=[A-ZÈÀ])", "onorevole "),
        (r"\b[Ss]ec\. (?=[IVX])", "secolo "),
        (rf"\becc\.{_LAST}", "eccetera."),
        (rf"\b({any_of(_ANYWHERE)})\.", lambda match: _ANYWHERE[match[1]]),
    ]
)


def _ruler(match: re.Match[str]) -> str:
    return f"{match[1]} {arabic(match[2])}{'ª' if match[1].endswith('a') else '°'}"


_SIGNS = Rules(
    [
        (rf"\b([A-ZÈÀ][a-zàèéìòù]+) ({RULED})\b", _ruler),
        (rf"\b(secolo) ({ROMAN})\b", _ruler),
        (rf"\b({any_of(_KINGS)}) ([IVX])\b", _ruler),
        (rf"\b({_NUMBERED}) ({ROMAN})\b", lambda match: f"{match[1]} {arabic(match[2])}"),
        (r"(\d) ?° ?C\b", r"\1 gradi Celsius"),
        (r"(\d) ?° ?F\b", r"\1 gradi Fahrenheit"),
        (r"(?<![\w/-])(\d{1,2})-(\d{1,2})-(\d{4})(?![\w/-])", r"\1/\2/\3"),
        *postal_codes(r"CAP|[Cc]odice postale"),
        (r"(?<![\d-])(\d{1,4}) ?[-–] ?(\d{1,4})(?![\d-])", r"\1 a \2"),
        *signs_of_sums(
            more="è maggiore di",
            less="è minore di",
            equal="è uguale a",
            plus="più",
            times="per",
            about="circa",
        ),
        (r"\be/o\b", "e o"),
        prices_for_each({"h": "all'ora", "kg": "al chilo", "l": "al litro", "mese": "al mese"}),
        (r"(?<![\d/,.])(?<!\d )1/2(?= [a-z])", "mezzo"),
        (r"(?<![\w/.,])(\d{1,3}) 1/2(?= [a-z])", r"\1 e mezzo"),
        (r"(?<=\d) s\b(?!')", " secondi"),
    ]
)


def wording(region: str) -> Italian:
    return Italian()


class Italian:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        return by_library(_SIGNS(text), "it").replace("percento", "per cento")
