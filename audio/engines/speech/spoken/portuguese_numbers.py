"""Numbers of Portuguese in words."""

from __future__ import annotations

_SMALL = (
    *("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez"),
    *(
        "onze",
        "doze",
        "treze",
        "quatorze",
        "quinze",
        "dezesseis",
        "dezessete",
        "dezoito",
        "dezenove",
    ),
)
_TENS = (
    *("", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta"),
    "noventa",
)
_HUNDREDS = (
    *("", "cento", "duzentos", "trezentos", "quatrocentos", "quinhentos", "seiscentos"),
    *("setecentos", "oitocentos", "novecentos"),
)
_SCALES = (("trilhão", "trilhões"), ("bilhão", "bilhões"), ("milhão", "milhões"))
_ORDINALS = (
    *("primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono"),
)
_ORDINAL_TENS = (
    *("décimo", "vigésimo", "trigésimo", "quadragésimo", "quinquagésimo", "sexagésimo"),
    *("septuagésimo", "octogésimo", "nonagésimo"),
)
_LARGEST = 10**15


def cardinal(number: int, *, feminine: bool = False) -> str:
    """`number` in words; digit by digit where it is too large for words.

    >>> cardinal(1500, feminine=True)
    'mil e quinhentas'
    """
    if number >= _LARGEST:
        return digits(str(number))
    groups = []
    for power, (one, many) in zip((12, 9, 6), _SCALES, strict=True):
        count, number = divmod(number, 10**power)
        if count:
            groups.append(f"{_below_thousand(count)} {one if count == 1 else many}")
    thousands, rest = divmod(number, 1000)
    if thousands:
        groups.append("mil" if thousands == 1 else f"{_below_thousand(thousands, feminine)} mil")
    if rest or not groups:
        said = _below_thousand(rest, feminine)
        joined = groups and (rest < 100 or rest % 100 == 0)
        groups.append(f"e {said}" if joined else said)
    return " ".join(groups)


def ordinal(number: int, *, feminine: bool = False) -> str:
    """`terceiro` for 3; the cardinal from a hundred on."""
    if not 1 <= number < 100:
        return cardinal(number, feminine=feminine)
    tens, ones = divmod(number, 10)
    words = [_ORDINAL_TENS[tens - 1]] if tens else []
    if ones:
        words.append(_ORDINALS[ones - 1])
    return " ".join(word[:-1] + "a" if feminine else word for word in words)


def digits(text: str) -> str:
    """Each digit of a text, as a telephone number is read."""
    return " ".join(_SMALL[int(character)] for character in text if character.isdecimal())


def _below_thousand(number: int, feminine: bool = False) -> str:
    if number == 100:
        return "cem"
    hundreds, rest = divmod(number, 100)
    words = []
    if hundreds:
        said = _HUNDREDS[hundreds]
        words.append(said[:-2] + "as" if feminine and hundreds > 1 else said)
    if rest >= 20:
        tens, rest = divmod(rest, 10)
        words.append(_TENS[tens])
    if rest or not words:
        words.append({1: "uma", 2: "duas"}.get(rest, _SMALL[rest]) if feminine else _SMALL[rest])
    return " e ".join(words)
