# ruff: noqa: RUF001 - signs, meant as they are
"""Signs, units and codes of English that the library leaves or reads otherwise."""

from __future__ import annotations

import re
import unicodedata

from audio.engines.speech.spoken.english_words import ZONES
from audio.engines.speech.spoken.roman import ROMAN, arabic
from audio.engines.speech.spoken.wording import Rule, Rules, any_of, postal_codes

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_WHOLE = r"\d{1,3}(?:,\d{3})+|\d+"
_UNITS = {
    "GB/s": ("gigabyte per second", "gigabytes per second"),
    "MB/s": ("megabyte per second", "megabytes per second"),
    "bpm": ("beat per minute", "beats per minute"),
    "cal": ("calorie", "calories"),
    "ft": ("foot", "feet"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "L": ("liter", "liters"),
    "fps": ("frame per second", "frames per second"),
    "g/L": ("gram per liter", "grams per liter"),
    "mg/dL": ("milligram per deciliter", "milligrams per deciliter"),
    "mg/kg": ("milligram per kilogram", "milligrams per kilogram"),
    "mg/L": ("milligram per liter", "milligrams per liter"),
    "kPa": ("kilopascal", "kilopascals"),
    "kcal": ("kilocalorie", "kilocalories"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "mL": ("milliliter", "milliliters"),
    "m/s": ("meter per second", "meters per second"),
    "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "tbsp": ("tablespoon", "tablespoons"),
    "tsp": ("teaspoon", "teaspoons"),
    "yd": ("yard", "yards"),
    "yds": ("yard", "yards"),
    "yrs": ("year", "years"),
}
_PARTS = {"100": "hundredth", "1000": "thousandth"}
_FEW = 10
_FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_CURRENCIES = {
    "AUD": "Australian dollars",
    "CAD": "Canadian dollars",
    "CHF": "Swiss francs",
    "EUR": "euros",
    "GBP": "pounds",
    "INR": "rupees",
    "JPY": "yen",
    "USD": "dollars",
}
_COINS = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees"}
_SCALES = {"k": "thousand", "M": "million", "B": "billion"}
_NUMBERED = (
    *("Act", "Annex", "Appendix", "Article", "Book", "Bowl", "Chapter", "Class", "Figure", "Game"),
    *("Grade", "Level", "Mark", "Part", "Phase", "Scene", "Section", "Table", "Title", "Type"),
    "Psalm",
    *("Vol", "Volume", "War"),
)
_SCRIPTURES = (
    *("Acts", "Amos", "Chronicles", "Colossians", "Corinthians", "Daniel", "Deuteronomy"),
    *("Ecclesiastes", "Ephesians", "Esther", "Exodus", "Ezekiel", "Ezra", "Galatians", "Genesis"),
    *("Hebrews", "Hosea", "Isaiah", "James", "Jeremiah", "Job", "Joel", "John", "Jonah", "Joshua"),
    *("Jude", "Judges", "Kings", "Lamentations", "Leviticus", "Luke", "Malachi", "Mark"),
    *("Matthew", "Micah", "Nehemiah", "Numbers", "Peter", "Philippians", "Proverbs", "Psalm"),
    *("Psalms", "Revelation", "Romans", "Ruth", "Samuel", "Thessalonians", "Timothy", "Titus"),
    "Zechariah",
)
"""Before chapter and verse."""
_STATE_LIST = """
    AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut,
    DE Delaware, DC D C, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana,
    IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI
    Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH
    New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North
    Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South
    Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA
    Washington, WV West Virginia, WI Wisconsin, WY Wyoming
"""
_STATES = dict(state.split(maxsplit=1) for state in " ".join(_STATE_LIST.split()).split(", "))
"""Before a ZIP code."""
_MANY = ("", "", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
_CALLED = "911|112|999|988|811|411|311|211|111|110"
_OF_COMPUTERS = (
    *("team", "department", "support", "staff", "manager", "company", "sector", "industry"),
    *("services", "specialist", "professional", "security", "systems", "skills", "budget", "desk"),
    *("admin", "infrastructure", "consultant", "director", "job", "jobs", "people", "project"),
)


_GOES_ON = re.compile(r",? [a-z]")
_NO_LETTERS = frozenset(
    {
        "AND",
        "GO",
        "HE",
        "HER",
        "HIM",
        "IN",
        "NEW",
        "NO",
        "OFF",
        "OLD",
        "ON",
        "OR",
        "OUT",
        "SHE",
        "UP",
    }
    | {"YES"}
)
"""Words, although in capitals: ON/OFF."""
_OF_TELEPHONES = re.compile(
    r"\b(?:call|dial|phone|telephone|mobile|fax|text|ring|tel|extension)\b", re.IGNORECASE
)


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match[2]]
    return f"{match[1]} {one if match[1] == '1' else many}"


def _degrees(match: re.Match[str]) -> str:
    scale = {"C": "Celsius", "F": "Fahrenheit"}[match[2]]
    return f"{match[1]} {'degree' if match[1] == '1' else 'degrees'} {scale}"


def _inch(match: re.Match[str]) -> str:
    """A quotation has two such marks."""
    return " inch" if match.string.count('"') % 2 else match[0]


def _of_many(match: re.Match[str]) -> str:
    above, below = int(match[1]), match[2]
    if above > _FEW:
        return f"{above} out of {below}"
    return f"{above} {_PARTS[below]}{'' if above == 1 else 's'}"


def _minus(match: re.Match[str]) -> str:
    """Between figures of a sum; elsewhere a dash."""
    return " minus " if "=" in match.string or "equals" in match.string else match[0]


def _fraction(match: re.Match[str]) -> str:
    """`3½` -> `3 1/2`"""
    parts = unicodedata.normalize("NFKC", match[2]).replace("⁄", "/")
    return f"{match[1]} {parts}" if match[1] else parts


def _plane(match: re.Match[str]) -> str:
    name, first, rest, series = match.groups()
    said = f"{name} {first} {' '.join(rest) if rest[0] == '0' else rest}"
    return f"{said} {series}" if series else said


def _letters(match: re.Match[str]) -> str:
    return " ".join(match[0])


def _local_call(match: re.Match[str]) -> str:
    """`555-1234`; a range is of round numbers, unless a telephone is spoken of."""
    is_range = match[1] != "555" and "0" in {match[1][-1], match[2][-1]}
    before = match.string[: match.start()].lower().rstrip()
    is_called = before.endswith(("number is", "number:")) or _OF_TELEPHONES.search(match.string)
    if is_range and not is_called:
        return match[0]
    return f"{' '.join(match[1])}, {' '.join(match[2])}"


def _numbered(match: re.Match[str]) -> str:
    """`Chapter IV`; "the part I play" is about me."""
    is_me = match[2] == "I" and (match[1][0].islower() or _GOES_ON.match(match.string, match.end()))
    return match[0] if is_me else f"{match[1]} {arabic(match[2])}"


def _slashed_letters(match: re.Match[str]) -> str:
    parts = match[1], match[2]
    if _NO_LETTERS.isdisjoint(parts):
        return " ".join(" ".join(part) for part in parts)
    return " ".join(parts).lower()


def _code(match: re.Match[str]) -> str:
    """The number of a book or a card; a telephone number has fewer digits."""
    figures = [character for character in match[0] if character.isdigit()]
    return " ".join(figures) if len(figures) > 11 else match[0]


_RULES: list[Rule] = [
    (r"[₀-₉]", lambda match: str(ord(match[0]) - 0x2080)),
    (rf"(\d?)([{_FRACTIONS}])(?=\D|$)", _fraction),
    (r"≈ ?(?=[$€£¥₹]?\d)", "about "),
    (r"\b(I|[Ww]e|[Tt]hey|[Yy]ou) <3 (?=[a-z])", r"\1 love "),
    (r"(?<=[a-z]) ?<3(?=\s*[.!?]*$)", ""),
    # money
    (r"\bUS\$ ?(?=\d)", "$"),
    (
        rf"([$€£¥₹])({_NUMBER}) ?[–-] ?\1?({_NUMBER}) (thousand|million|billion|trillion)\b",
        lambda match: f"{match[2]} to {match[3]} {match[4]} {_COINS[match[1]]}",
    ),
    (
        rf"([$€£¥₹])({_WHOLE}) ?[–-] ?\1?({_WHOLE})(?![\d-]|[.,]\d|[kKMB])",
        lambda match: f"{match[2]} to {match[3]} {_COINS[match[1]]}",
    ),
    (rf"([$€£¥₹])({_NUMBER}) ?[–-] ?\1?({_NUMBER})(?![\d-])", r"\1\2 to \1\3"),
    (rf"\bR\$ ?({_NUMBER})", r"\1 reais"),
    (rf"\bC(?:A)?\$ ?({_NUMBER})", r"\1 Canadian dollars"),
    (rf"\bAU?\$ ?({_NUMBER})", r"\1 Australian dollars"),
    (
        rf"({_NUMBER}(?: (?:thousand|million|billion|trillion))?) ?({any_of(_CURRENCIES)})\b",
        lambda match: f"{match[1]} {_CURRENCIES[match[2]]}",
    ),
    (r"(?<![\w$€£.,])(\d+),(\d\d) ?([€£])(?!\w)", r"\3\1.\2"),
    (rf"(?<![\w$€£.,])({_NUMBER}) ?([$€£¥₹])(?![\w])", r"\2\1"),
    (rf"([$€£¥₹]{_NUMBER})/([a-z]{{2,}})\b", r"\1 per \2"),
    (rf"(?<![\w.,])({_NUMBER}) ?¢", r"\1 cents"),
    # units
    (r"(?<![\w.,])(-?\d+(?:\.\d+)?) ?° ?([CF])\b", _degrees),
    (r"\b(\d{1,2})['’′] ?(\d{1,2})(?:\"|”|″|'')", r"\1 feet \2 inches"),
    (r"(?<=\d)(?:′|'(?= (?:tall|wide|long|high|deep|x|by)\b))", " feet"),
    (r"(?<=\d)(?:″|\"(?= (?:tall|wide|long|high|deep|x|by)\b)|in\b)", " inches"),
    (r"(?<=\d)\"(?= [a-z])", _inch),
    (rf"(\d[\d.,/]*|½|¼|¾|⅓|⅔) ?({any_of(_UNITS)})\b\.?(?!\w|$)", _unit),
    (rf"(\d[\d.,/]*|½|¼|¾|⅓|⅔) ?({any_of(_UNITS)})\b", _unit),
    (r"(?<=\d)(\.\d+)s\b", r"\1 seconds"),
    (r"\b(\d{1,3}) ?h(?:rs?)? ?(\d{1,2}) ?m(?:in)?\b", r"\1 h \2 min"),
    (r"\b(480|720|1080|1440|2160)p\b", r"\1 P"),
    # numbers that are not read as quantities
    *postal_codes(r"(?i:zip(?: code)?|post ?code|postal code)"),
    (r"(?<![\w.,$€£)/-])(?<![\d)] )(\d{3})-(\d{4})(?![\w-]|[.,]\d)", _local_call),
    (
        rf"\b([Cc]all(?:ed|ing)?|[Dd]ial(?:ed|ing|led)?|[Pp]hone|[Rr]ing) ({_CALLED})\b"
        rf"(?:( or )({_CALLED})\b)?",
        lambda m: f"{m[1]} {' '.join(m[2])}{m[3] or ''}{' '.join(m[4] or '')}",
    ),
    (r"\b1-(8\d\d)-(?=[A-Z]{3})", r"1, \1, "),
    (r"(?<![\w-])\d{1,5}(?:-\d{1,7}){3,6}(?![\w-])", _code),
    (r"(?<![\w-])\d{4}(?: \d{4}){3}(?![\w-])", _code),
    (
        rf"\b({any_of(_STATES)}),? (\d{{5}})\b",
        lambda match: f"{_STATES[match[1]]} {' '.join(match[2])}",
    ),
    (
        r"\b(Boeing|Airbus A|Flight|Room|Route|Highway) ?(\d)(\d\d)(?:-(\d{3}))?\b(?![.,:/]\d)",
        _plane,
    ),
    (r"(?<![\d/])9/11(?![\d/])", "nine eleven"),
    (
        r"\b([Ss]cor(?:ed?|es|ing)|[Rr]at(?:ed?|es|ing)|[Gg]raded?|[Gg]ot|[Gg]ave|[Ee]arned)"
        r"((?: [a-z]{1,8}){0,3}) "
        r"(\d{1,3}(?:\.\d+)?)/(\d{1,3})"
        r"(?![\d/]| (?:of|inch(?:es)?|cups?|to|price|miles?|hours?)\b)",
        r"\1\2 \3 out of \4",
    ),
    (r"(?<![\d/])(\d{1,2}(?:\.\d)?)/(10|100)(?= (?:stars|points)\b)", r"\1 out of \2"),
    (r"(?<![\d/])(5|10)/\1(?![\d/])", r"\1 out of \1"),
    (r"(?<![\d/])(\d\d)/\1(?![\d/])", r"\1 \1"),
    (r"\b([Pp]age) (\d{1,4})/(\d{1,4})(?![\d/])", r"\1 \2 of \3"),
    (rf"\b({any_of(_SCRIPTURES)}) (\d{{1,3}}):(\d{{1,3}})(?=\D|$)", r"\1 \2 \3"),
    (r"(?<![\d:.])(\d{1,3}):(\d)(?![\d:.]\d|\w)", r"\1 to \2"),
    (rf"\b((?i:{any_of(_NUMBERED)})) ({ROMAN})\b(?!['.]\w)", _numbered),
    (
        r"(?<![\d-])(1[5-9]\d\d|20\d\d)[-–]0(\d)(?![\d-])",
        lambda match: f"{match[1]} to oh {match[2]}",
    ),
    (r"(\d{1,2}:\d\d) ?[-–] ?(?=\d{1,2}\b)", r"\1 to "),
    (r"(?<=%) ?[-–] ?(?=\d)", " to "),
    # sums
    (r"(?<=\d) ?[x×] ?(?=\d[\d.]* ?=)", " times "),
    (r"(?<=\d) ?/ ?(?=\d[\d.]* ?=)", " divided by "),
    (r"(?<=[\w)]) ?>= ?(?=[\w(])", " is greater than or equal to "),
    (r"(?<=[\w)]) ?<= ?(?=[\w(])", " is less than or equal to "),
    (r"(?<=[\w)]) ?!= ?(?=[\w(])", " is not equal to "),
    (r"(?<=[\dx]) ?≥ ?(?=[\dx])", " is greater than or equal to "),
    (r"(?<=[\dx]) ?≤ ?(?=[\dx])", " is less than or equal to "),
    (r"(?<=[\w)]) > (?=[\w(])|(?<=\d)>(?=\d)", " is greater than "),
    (r"(?<=[\w)]) < (?=[\w(])|(?<=\d)<(?=\d)", " is less than "),
    (r"(?<![^\s(])≥ ?(?=\d)", "at least "),
    (r"(?<![^\s(])≤ ?(?=\d)", "at most "),
    (r"(?<![^\s(])> ?(?=\d)", "more than "),
    (r"(?<![^\s(])< ?(?=\d)", "less than "),
    (r"(?<=[\w)]) ?≠ ?(?=[\w(])", " is not equal to "),
    (r"(?<=[\w)]) = (?=[\w(-])|(?<=\d)=(?=\d)", " equals "),
    (r"(?<=[\w)]) \+ (?=[\w(])|(?<=\d)\+(?=\d)", " plus "),
    (r"(?<=\d) [−-] (?=\d[^=]{0,40}(?:=|equals))", " minus "),
    (r"−(?=\d)", "-"),
    (r"(?<=\d) - (?=\d)", _minus),
    (r"(?<=\d)-(?=\d[\d.]* ?(?:=|equals))", " minus "),
    (r"(?<=\d) / (?=\d)", " divided by "),
    (r"(?<![\w/.,])(\d{1,3})/(100|1000)(?![\w/]|[.,]\d)", _of_many),
    (r"(?<![\w/.,])(\d{3})/(\d{2,3})(?![\w/]|[.,]\d)", r"\1 over \2"),
    (r"(?<=\d) x(?=\d)", " extension "),
    (r"(?<=\d)x(?= (?:daily|weekly|monthly|yearly|a|per|as|more|less|\w+er)\b)", " times"),
    (r"(?<=\d)x\b(?! ?\d)", " x"),
    (r"(?<=\d)x(?=\d)|(?<=\d) x (?=\d)", " by "),
    (r"(?<=[\w)]) ?÷ ?(?=[\w(])", " divided by "),
    (r"(?<=\d) ?× ?(?=\d)", " times "),
    (r"± ?(?=\d)", " plus or minus "),
    (r"(?<=[\w)]) ≈ (?=[\w(])", " is about "),
    (r"(?<=\d) ?%", " percent"),
    (r"(?<![\d ]m)(?<![kcm]m)(?<=[A-Za-z])²", " squared"),
    (r"(?<=\d)²(?!\w)", " squared"),
    (r"(?<=\d)³(?!\w)", " cubed"),
    # shortened figures
    (
        r"(?<![\w.,$€£¥₹])(\d+(?:\.\d+)?)([kMB])(?= (?:[a-z]+s|people|men|women|children)\b)",
        lambda match: f"{match[1]} {_SCALES[match[2]]}",
    ),
    (r"(?<![\w.,$€£¥₹])(\d+\.\d+)k\b", r"\1 thousand"),
    (r"(?<![\w'’])['’]0(\d)(?![\w'’])", r"oh \1"),
    (r"(?<![\w'’])['’]([1-9]\d)(?![\w'’])", r"\1"),
    # one word or the other
    (r"(?<![\w/.-])([Hh]e|[Hh]im|[Hh]is)/(she|her|hers)(?![\w/.-])", r"\1 or \2"),
    (r"(?<![\w/.:-])([A-Za-z][a-z]+)/([a-z]{2,})(?![\w/-]|\.\w)", r"\1 \2"),
    (r"(?<![\w/.:-])([A-Z]{2,5})/(?=\d+ ?[A-Za-z]{1,3}\b)", r"\1 "),
    (r"\b(\d+(?:st|nd|rd|th))-(?=[a-z])", r"\1 "),
    (r"\b(Q[1-4])['’](\d\d)\b", r"\1 \2"),
    (r"§ ?(?=\d)", "section "),
    # names, letter by letter
    (rf"(?<=[AP] M )({any_of(ZONES)})\b|(?<=\d )({any_of(ZONES)})\b", _letters),
    (r"(?<![\w#])#(?=(?:[A-Z]{1,3}-?)?\d)", "number "),
    (r"(?<![\w#&])#(?=[A-Za-z])", "hashtag "),
    (r"(?<![\w.@])@ ?(?=\w)", "at "),
    (r"\b(CO|NO|SO|NH|CH)(\d)\b", lambda match: f"{' '.join(match[1])} {match[2]}"),
    (r"\b([Tt]he) WHO\b", r"\1 W H O"),
    (r"\b([A-Z]{2,5})s\b(?!')", r"\1's"),
    (r"\b([A-Z]{1,4})([2-9])s\b", lambda match: f"{match[1]} {_MANY[int(match[2])]}"),
    (r"\b([A-Z]{2,3})/([A-Z]{2,3})\b", _slashed_letters),
    (r"\bUS(?=[- ][a-z])|(?<=[a-z] )US\b", "U S"),
    (rf"\bIT(?= (?:{any_of(_OF_COMPUTERS)})\b)", "I T"),
]
SIGNS = Rules(_RULES)
"""Of one sentence, before the library reads it."""


def _decimals(words: str) -> Rules:
    return Rules(
        [
            (
                rf"\b({words}) (\d{{1,2}})\.(\d\d)\b(?![.,]?\d| [AP] M)",
                lambda match: f"{match[1]} {match[2]} point {' '.join(match[3])}",
            )
        ]
    )


# the library takes these for hours: "about 3.14", "from 1.25 to 2.50"
AMERICAN_DECIMALS = _decimals(
    "at|from|until|till|by|before|after|between|and|to|around|about|since"
)
BRITISH_DECIMALS = _decimals("by|between|and|to|around|about")
"""The British write hours so: "at 9.30", "until 17.45"."""
