"""Numbers of Hindi in words: every one below a hundred has a word of its own."""

from __future__ import annotations

_SMALL_LIST = """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ
    दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस
    तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस
    चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास
    पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ
    साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर
    सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी
    अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे
"""
_SMALL = _SMALL_LIST.split()
_SCALES = (
    (10**11, "खरब"),
    (10**9, "अरब"),
    (10**7, "करोड़"),
    (10**5, "लाख"),
    (1000, "हज़ार"),
    (100, "सौ"),
)
_LARGEST = 10**13


def cardinal(number: int) -> str:
    """`number` in words; digit by digit where it is too large for words.

    >>> cardinal(123)
    'एक सौ तेईस'
    """
    if number >= _LARGEST:
        return digits(str(number))
    words = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count:
            words.append(f"{_SMALL[count]} {name}")
    if number or not words:
        words.append(_SMALL[number])
    return " ".join(words)


def year(number: int) -> str:
    """`उन्नीस सौ सैंतालीस` for 1947."""
    hundreds, rest = divmod(number, 100)
    if not 11 <= hundreds <= 19:
        return cardinal(number)
    return f"{_SMALL[hundreds]} सौ {_SMALL[rest]}" if rest else f"{_SMALL[hundreds]} सौ"


def digits(text: str) -> str:
    """Each digit of a text, as a telephone number is read."""
    return " ".join(_SMALL[int(character)] for character in text if character.isdecimal())
