"""Spanish."""

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
)

_SHORT = {
    "Av": "avenida",
    "Avda": "avenida",
    "Cía": "compañía",
    "D": "don",
    "Dña": "doña",
    "Dr": "doctor",
    "Dra": "doctora",
    "Dres": "doctores",
    "Gral": "general",
    "Ing": "ingeniero",
    "Lic": "licenciado",
    "Prof": "profesor",
    "Profa": "profesora",
    "Sr": "señor",
    "Sra": "señora",
    "Sras": "señoras",
    "Sres": "señores",
    "Srta": "señorita",
    "Sta": "santa",
    "Sto": "santo",
}
"""Before a name."""
_ANYWHERE = {
    "aprox": "aproximadamente",
    "Avda": "avenida",
    "avda": "avenida",
    "dcha": "derecha",
    "dpto": "departamento",
    "izq": "izquierda",
    "izqda": "izquierda",
    "etc": "etcétera",
    "Ud": "usted",
    "Uds": "ustedes",
    "Vd": "usted",
    "Vds": "ustedes",
}
_BEFORE_NUMBERS = {
    "cap": "capítulo",
    "fig": "figura",
    "núm": "número",
    "pp": "páginas",
    "pág": "página",
    "págs": "páginas",
    "tel": "teléfono",
    "vol": "volumen",
}
_ORDINALS = (
    *("primero", "segundo", "tercero", "cuarto", "quinto"),
    *("sexto", "séptimo", "octavo", "noveno", "décimo"),
)
_KINGS = (
    *("Alfonso", "Benedicto", "Carlos", "Enrique", "Felipe", "Fernando", "Francisco", "Gregorio"),
    *(
        "Guillermo",
        "Isabel",
        "Jaime",
        "Jorge",
        "Juan",
        "Juana",
        "León",
        "Luis",
        "Napoleón",
        "Pablo",
    ),
    *("Pedro", "Pío", "Ramiro", "Sancho"),
)
_QUEENS = {"Isabel"}
_NUMBERED = (
    "[Cc]apítulo|[Tt]omo|[Pp]arte|[Aa]cto|[Ee]scena"
    "|[Ss]ección|[Tt]ítulo|[Aa]rtículo|[Vv]olumen|[Ll]ibro"
)
_LAST = r"(?=\s+[A-ZÁÉÍÓÚÑ¿¡]|$)"

_ABBREVIATIONS = Rules(
    [
        (r"\bEE\. ?UU\.", "Estados Unidos"),
        (r"\bp\. ?ej\.", "por ejemplo"),
        (r"\ba\. ?C\.", "antes de Cristo"),
        (r"\bd\. ?C\.", "después de Cristo"),
        (
            rf"\b({any_of(_SHORT)})\. ?(?=[A-ZÁÉÍÓÚÑ])",
            lambda match: _SHORT[match[1]] + " ",
        ),
        (r"\b[nN](?:\.[º°]?|[º°]) ?(?=\d)", "número "),
        (
            rf"\b((?i:{any_of(_BEFORE_NUMBERS)}))(?:\.? ?(?=[+(]?\d)|\. (?=[IVXL]+\b))",
            lambda match: _BEFORE_NUMBERS[match[1].lower()] + " ",
        ),
        (r"\bc/ ?(?=[A-ZÁÉÍÓÚÑ])", "calle "),
        (r"\bs\. (?=[IVX]+\b)", "siglo "),
        (rf"\betc\.{_LAST}", "etcétera."),
        (rf"\b({any_of(_ANYWHERE)})\.", lambda match: _ANYWHERE[match[1]]),
    ]
)


def _ruler(match: re.Match[str]) -> str:
    name, number = match[1], arabic(match[2])
    if number > len(_ORDINALS):
        return f"{name} {number}"
    ordinal = _ORDINALS[number - 1]
    return f"{name} {ordinal[:-1] + 'a' if name[-1] == 'a' or name in _QUEENS else ordinal}"


def _shortened(match: re.Match[str]) -> str:
    return {"1": "primer", "3": "tercer"}[match[1]]


_SIGNS = Rules(
    [
        (rf"(?<!siglo )\b([A-ZÁÉÍÓÚ][a-záéíóúñ]+) ({RULED})\b", _ruler),
        (rf"\b({any_of(_KINGS)}) ([IVX])\b", _ruler),
        (rf"\b({_NUMBERED}) ({ROMAN})\b", lambda match: f"{match[1]} {arabic(match[2])}"),
        (r"\b([13])\.?[º°](?= (?!del?\b|[eyo]\b|en\b|al?\b)[a-záéíóúñ])", _shortened),
        (r"(\d) ?° ?C\b", r"\1 grados Celsius"),
        (r"(\d) ?° ?F\b", r"\1 grados Fahrenheit"),
        *signs_of_sums(
            more="es mayor que",
            less="es menor que",
            equal="es igual a",
            plus="más",
            times="por",
            about="unos",
        ),
        (r"\by/o\b", "y o"),
        range_of_units("a"),
        *postal_codes(r"CP|[Cc]ódigo postal"),
        prices_for_each({"h": "por hora", "kg": "por kilo", "l": "por litro", "mes": "por mes"}),
    ]
)


def wording(region: str) -> Spanish:
    return Spanish()


class Spanish:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        return by_library(_SIGNS(text), "es")
