# ruff: noqa: RUF001 - signs, meant as they are
"""Portuguese, as it is read in Brazil."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.portuguese_numbers import cardinal, digits, ordinal
from audio.engines.speech.spoken.roman import RULED, arabic
from audio.engines.speech.spoken.wording import (
    Rule,
    Rules,
    any_of,
    postal_codes,
    prices_for_each,
    signs_of_sums,
)

_SHORT = {
    "Av": "avenida",
    "Dr": "doutor",
    "Dra": "doutora",
    "Drs": "doutores",
    "Eng": "engenheiro",
    "Exmo": "excelentíssimo",
    "Gen": "general",
    "Gov": "governador",
    "Ilmo": "ilustríssimo",
    "Pe": "padre",
    "Pres": "presidente",
    "Prof": "professor",
    "Profa": "professora",
    "Sr": "senhor",
    "Sra": "senhora",
    "Sras": "senhoras",
    "Srs": "senhores",
    "Srta": "senhorita",
    "Sta": "santa",
    "Sto": "santo",
}
_ANYWHERE = {
    "ap": "apartamento",
    "apto": "apartamento",
    "aprox": "aproximadamente",
    "ltda": "limitada",
    "Ltda": "limitada",
}
_BEFORE_NUMBERS = {
    "art": "artigo",
    "cap": "capítulo",
    "fig": "figura",
    "pág": "página",
    "págs": "páginas",
    "tel": "telefone",
    "vol": "volume",
}
_UPPER = "A-ZÁÂÃÀÇÉÊÍÓÔÕÚ"
_LAST = rf"(?=\s+[{_UPPER}]|$)"
_ABBREVIATIONS = Rules(
    [
        (r"\bp\. ?ex\.", "por exemplo"),
        (r"\ba\. ?C\.", "antes de Cristo"),
        (r"\bd\. ?C\.", "depois de Cristo"),
        (r"\b[Ss]éc\. ", "século "),
        (r"\b(Sr|Dr)\. (?=e\b)", lambda match: _SHORT[match[1]] + " "),
        (r"\bR\. (?=[A-ZÁÂÃÀÇÉÊÍÓÔÕÚ][a-záâãçéêíóôõú])", "rua "),
        (rf"(?<!itamina )\bD\. ?(?=[{_UPPER}]\w+a\b)", "dona "),
        (rf"(?<!itamina )\bD\. ?(?=[{_UPPER}])", "dom "),
        (rf"\b({any_of(_SHORT)})\.ª? ?(?=[{_UPPER}])", lambda match: _SHORT[match[1]] + " "),
        (r"\b[nN](?:\.[º°]?|[º°]) ?(?=\d)", "número "),
        (
            rf"\b((?i:{any_of(_BEFORE_NUMBERS)}))(?:\.? ?(?=[+(]?\d)|\. (?=[IVXL]+\b))",
            lambda match: _BEFORE_NUMBERS[match[1].lower()] + " ",
        ),
        (rf"\betc\.{_LAST}", "etcétera."),
        (r"\betc\b\.?", "etcétera"),
        (rf"\b({any_of(_ANYWHERE)})\.", lambda match: _ANYWHERE[match[1]]),
    ]
)

_MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro"),
    *("outubro", "novembro", "dezembro"),
)
_COINS = {
    "R$": ("real", "reais", "centavo", "centavos"),
    "US$": ("dólar", "dólares", "centavo", "centavos"),
    "$": ("dólar", "dólares", "centavo", "centavos"),
    "€": ("euro", "euros", "centavo", "centavos"),
    "£": ("libra", "libras", "penny", "pence"),
}
_UNITS = {
    "%": ("por cento", "por cento"),
    "°C": ("grau Celsius", "graus Celsius"),
    "° C": ("grau Celsius", "graus Celsius"),
    "°": ("grau", "graus"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "cm": ("centímetro", "centímetros"),
    "g": ("grama", "gramas"),
    "h": ("hora", "horas"),
    "ha": ("hectare", "hectares"),
    "kg": ("quilograma", "quilogramas"),
    "km": ("quilômetro", "quilômetros"),
    "km/h": ("quilômetro por hora", "quilômetros por hora"),
    "km²": ("quilômetro quadrado", "quilômetros quadrados"),
    "l": ("litro", "litros"),
    "L": ("litro", "litros"),
    "m": ("metro", "metros"),
    "m²": ("metro quadrado", "metros quadrados"),
    "m³": ("metro cúbico", "metros cúbicos"),
    "mg": ("miligrama", "miligramas"),
    "min": ("minuto", "minutos"),
    "ml": ("mililitro", "mililitros"),
    "mm": ("milímetro", "milímetros"),
}
_FRACTIONS = {2: ("meio", "meios"), 3: ("terço", "terços")}
_NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_FREE = r"(?<![\w.,/:-])"
_MASCULINE_IN_A = (
    r"dias?|problemas?|sistemas?|programas?|temas?"
    r"|mapas?|planetas?|idiomas?|gramas?|\w+gramas?|poemas?"
)
_FEMININE = (
    rf"(?= (?!(?:{_MASCULINE_IN_A})\b)(?:\w+as?|\w+(?:dades?|ções|ção|sões|são|gens|gem)|mulheres"
    r"|vezes|vez|partes?|noites?|tardes?|mães?|mãos?|flores|flor|cores|cor)\b)"
)
_KINGS = (
    *("Afonso", "Bento", "Carlos", "Filipe", "Francisco", "Henrique", "Isabel", "João", "José"),
    *("Luís", "Manuel", "Maria", "Paulo", "Pedro", "Pio", "Sebastião"),
)
_QUEENS = {"Elizabeth", "Isabel"}


def _value(number: str, *, feminine: bool = False) -> str:
    """`1.234,50` in words."""
    whole, _, fraction = number.replace(".", "").partition(",")
    said = cardinal(int(whole), feminine=feminine)
    if not fraction:
        return said
    zeros = len(fraction) - len(fraction.lstrip("0"))
    rest = [cardinal(int(fraction))] if int(fraction) else []
    return " ".join([said, "vírgula", *["zero"] * zeros, *rest])


def _date(day: str, month: str, year: str, text: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return text
    said = "primeiro" if int(day) == 1 else cardinal(int(day))
    return f"{said} de {_MONTHS[int(month) - 1]} de {cardinal(int(year))}"


def _price(match: re.Match[str]) -> str:
    one, many, small_one, small_many = _COINS[match["sign"] or match["behind"]]
    number, scale = match["number"] or match["before"], match["scale"]
    if scale:
        return f"{_value(number)} {scale} {'' if scale == 'mil' else 'de '}{many}"
    whole, _, fraction = number.replace(".", "").partition(",")
    feminine = many == "libras"
    of = "de " if int(whole) and int(whole) % 1_000_000 == 0 else ""
    name = one if int(whole) == 1 else of + many
    coins = f"{cardinal(int(whole), feminine=feminine)} {name}"
    if not fraction or not int(fraction):
        return coins
    cents = int(fraction[:2].ljust(2, "0"))
    small = f"{cardinal(cents)} {small_one if cents == 1 else small_many}"
    return small if int(whole) == 0 else f"{coins} e {small}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2] or 0)
    said = f"{cardinal(hour, feminine=True)} {'hora' if hour == 1 else 'horas'}"
    return (
        f"{said} e {cardinal(minute)} {'minuto' if minute == 1 else 'minutos'}" if minute else said
    )


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match[2]]
    return f"{_value(match[1], feminine=one == 'hora')} {one if match[1] in {'0', '1'} else many}"


def _fraction(match: re.Match[str]) -> str:
    above, below = int(match[1]), int(match[2])
    if not 1 < below < 11:
        return match[0]
    one, many = _FRACTIONS.get(below, (ordinal(below), ordinal(below) + "s"))
    if (above, below) == (1, 2):
        return one
    return f"{cardinal(above)} {one if above == 1 else many}"


def _ruler(match: re.Match[str]) -> str:
    number = arabic(match[2])
    feminine = match[1][-1] == "a" or match[1] in _QUEENS
    said = cardinal(number) if number > 10 else ordinal(number, feminine=feminine)
    return f"{match[1]} {said}"


_PRICE = (
    rf"(?:(?P<sign>(?:R|US)?\$|€|£) ?(?P<number>{_NUMBER})"
    rf"|{_FREE}(?P<before>{_NUMBER}) ?(?P<behind>€|£))"
    r"(?:[ ](?P<scale>mil|milhão|milhões|bilhão|bilhões)\b)?"
)
_RULES: list[Rule] = [
    (
        rf"{_FREE}(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})(?![\w/-])",
        lambda m: _date(m[1], m[2], m[3], m[0]),
    ),
    (rf"{_FREE}(\d{{4}})-(\d{{2}})-(\d{{2}})(?![\w/-])", lambda m: _date(m[3], m[2], m[1], m[0])),
    (r"\b([Ll]igue(?: para)?|[Dd]isque) (\d{3})\b", lambda m: f"{m[1]} {digits(m[2])}"),
    (r"\(?(?<!\d)(\d{2})\)? ?(\d{4,5})-(\d{4})(?!\d)", lambda match: digits(match[0])),
    *postal_codes(r"CEP|[Cc]ódigo postal"),
    (r"(?<![\w.,)-])[-−](?=\d)", "menos "),
    (
        rf"{_FREE}(\d{{1,2}})-(\d{{1,2}})-(\d{{4}})(?![\w/-])",
        lambda m: _date(m[1], m[2], m[3], m[0]),
    ),
    (r"\+(?=\d{1,3} \d)", "mais "),
    prices_for_each({"h": "por hora", "kg": "por quilo", "l": "por litro", "mês": "por mês"}),
    (_PRICE, _price),
    (rf"{_FREE}(\d{{1,2}})h(\d{{2}})?(?:min)?\b", _time),
    (rf"{_FREE}(\d{{1,2}}):(\d{{2}})(?![\d:])", _time),
    (r"(?<![\w.,])(\d{1,3})\.?[º°]s?(?! ?C\b)(?=[\s,.;]|$)", lambda m: ordinal(int(m[1]))),
    (r"(?<![\w.,])(\d{1,3})\.?ªs?", lambda match: ordinal(int(match[1]), feminine=True)),
    (rf"\b([{_UPPER}][a-záâãçéêíóôõú]+|século|séculos|capítulo) ({RULED})\b", _ruler),
    (rf"\b({any_of(_KINGS)}|século|capítulo) ([IVX])\b", _ruler),
    (rf"{_FREE}({_NUMBER}) ?[-–] ?(?={_NUMBER}(?![\w/-]))", r"\1 a "),
    (rf"{_FREE}({_NUMBER}) ?({any_of(_UNITS)})(?![\w²³/])", _unit),
    (rf"{_FREE}(\d{{1,3}}) (?=\d{{1,2}}/\d{{1,2}}(?![\w/]))", r"\1 e "),
    (rf"{_FREE}(\d{{1,2}})/(\d{{1,2}})(?![\w/])", _fraction),
    (r"½", " meio "),
    *signs_of_sums(
        more="é maior que",
        less="é menor que",
        equal="é igual a",
        plus="mais",
        times="vezes",
        about="cerca de",
    ),
    (r"\be/ou\b", "e ou"),
    (r"(?<=\w)@(?=\w)", " arroba "),
    (r"(?<=[A-Za-z])\.(?=[a-z]{2})", " ponto "),
    (rf"{_FREE}(?:({_NUMBER}){_FEMININE})", lambda match: _value(match[1], feminine=True)),
    (rf"{_FREE}({_NUMBER})(?![\w/-]|[.,:]\d)", lambda match: _value(match[1])),
]
_SIGNS = Rules(_RULES)


def wording(region: str) -> Portuguese:
    return Portuguese()


class Portuguese:
    def abbreviations(self, text: str) -> str:
        return _ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        return _SIGNS(text)
