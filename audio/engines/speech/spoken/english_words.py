# ruff: noqa: RUF001 - signs, meant as they are
"""What English shortens: titles, streets, companies, units and Latin, written out."""

from __future__ import annotations

from audio.engines.speech.spoken.wording import Rules, any_of, words_of

_BEFORE_NAMES = {
    "Adm": "Admiral",
    "Capt": "Captain",
    "Cmdr": "Commander",
    "Col": "Colonel",
    "Cpl": "Corporal",
    "Dr": "Doctor",
    "Drs": "Doctors",
    "Ft": "Fort",
    "Gen": "General",
    "Gov": "Governor",
    "Hon": "Honorable",
    "Insp": "Inspector",
    "Lt": "Lieutenant",
    "Maj": "Major",
    "Mr": "Mister",
    "Messrs": "Messieurs",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Mt": "Mount",
    "Pres": "President",
    "Prof": "Professor",
    "Pvt": "Private",
    "Rep": "Representative",
    "Rev": "Reverend",
    "Sen": "Senator",
    "Sgt": "Sergeant",
    "St": "Saint",
    "Supt": "Superintendent",
}
_AFTER_NAMES = {
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Bros": "Brothers",
    "Co": "Company",
    "Corp": "Corporation",
    "Hwy": "Highway",
    "Inc": "Incorporated",
    "Jr": "Junior",
    "Ltd": "Limited",
    "Pkwy": "Parkway",
    "Rd": "Road",
    "Sq": "Square",
    "Sr": "Senior",
    "St": "Street",
}
_BEFORE_NUMBERS = {
    "apt": "apartment",
    "art": "article",
    "avg": "average",
    "ch": "chapter",
    "est": "established",
    "ext": "extension",
    "fig": "figure",
    "figs": "figures",
    "max": "maximum",
    "min": "minimum",
    "lat": "latitude",
    "p": "page",
    "para": "paragraph",
    "pg": "page",
    "pop": "population",
    "pp": "pages",
    "sec": "section",
    "ver": "version",
    "vol": "volume",
}
_ANYWHERE = {
    "approx": "approximately",
    "assoc": "association",
    "dept": "department",
    "esp": "especially",
    "govt": "government",
    "incl": "including",
    "misc": "miscellaneous",
    "pkg": "package",
    "pkgs": "packages",
}
_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_MONTHS = {
    "Jan": "January",
    "Feb": "February",
    "Mar": "March",
    "Apr": "April",
    "Jun": "June",
    "Jul": "July",
    "Aug": "August",
    "Sep": "September",
    "Sept": "September",
    "Oct": "October",
    "Nov": "November",
    "Dec": "December",
}
ZONES = (
    *("EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AEST", "GMT", "UTC", "BST", "CET"),
    *("CEST", "IST", "JST", "ET", "CT", "MT", "PT"),
)
_LAST = r"(?=\s+[A-Z]|[\"'”’)]*$)"
"""Where the point of an abbreviation ends the sentence too, if what follows can begin one."""
_OF_HOURS = (*ZONES, *_DAYS.values(), "Central", "Eastern", "Mountain", "News", "Pacific")
_ITS_DAY = rf"(?=\s+(?:{any_of(_OF_HOURS)})\b|\s+(?:{any_of(_MONTHS)})[.a-z]* \d)"
"""After an hour: "10 a.m. EST", "10 a.m. Monday", "10 a.m. Jan. 5" go on."""
_POINTED_UNITS = "ft|yd|yds|lb|lbs|oz|gal|qt|pt|tsp|tbsp"
_PER = {
    "gal": "gallon",
    "hr": "hour",
    "lb": "pound",
    "min": "minute",
    "mo": "month",
    "sec": "second",
    "wk": "week",
    "yr": "year",
}
_ADJECTIVES = _PER | {"ft": "foot", "in": "inch", "mi": "mile", "oz": "ounce"}
_COMPARED = {"YoY": "year over year", "QoQ": "quarter over quarter", "MoM": "month over month"}
_FIRST = {word.capitalize(): said.capitalize() for word, said in _BEFORE_NUMBERS.items()}
_BEGIN_SENTENCES = (
    *("A", "After", "And", "At", "Before", "But", "He", "Her", "His", "How", "I", "If", "In", "It"),
    *("Its", "My", "No", "Now", "On", "Our", "She", "So", "That", "The", "Their", "Then", "There"),
    *("These", "They", "This", "Those", "Today", "We", "What", "When", "Who", "Why", "Yes", "You"),
)
_NEW_SENTENCE = rf"(?=\s+(?:{any_of(_BEGIN_SENTENCES)})\b)"
_OF_NAMES = ("Bros", "Co", "Corp", "Inc", "Jr", "Ltd", "Sr")
"""More of the name may follow them: "Apple Inc. CEO", "King Jr. Day"."""
_HOUSE = r"(\b\d+[A-Za-z]?(?: [NSEW]\.?)?(?: [A-Z][a-z]+| \d+(?:st|nd|rd|th)){1,3})"
_NUMBERS = {"No": "Number", "Nos": "Numbers"}
_COUNTED = (
    *("apartment", "box", "bus", "chapter", "door", "exit", "question", "stop", "unit"),
    *("article", "case", "flight", "gate", "house", "invoice", "issue", "item", "line", "lot"),
    *("order", "page", "part", "platform", "room", "route", "serial", "table", "track"),
    *("am", "my", "our", "the"),
)
"""After these "no. 5" is a number, elsewhere a "no" that ends a sentence."""


def _inches(number: str) -> str:
    return f"{number} {'inch' if number == '1' else 'inches'}"


ABBREVIATIONS = Rules(
    [
        (rf"\bPh\. ?D\.{_NEW_SENTENCE}", "P H D."),
        (r"\bPh\. ?D\b\.?", "P H D"),
        (r"\bi\.e\.", "that is"),
        (r"\be\.g\.", "for example"),
        (r"\bvs\b\.?", "versus"),
        (r"\bet al\.(?! [A-Z])", "et al"),
        (r"(?<=\d)\.(?=\d\d ?(?:[ap]\. ?m\.|[aApP][mM]\b))", ":"),
        (rf"(?<=\d) ?([ap])\. ?m\.{_ITS_DAY}", lambda match: f" {match[1].upper()} M"),
        (rf"(?<=\d) ?([ap])\. ?m\.{_LAST}", lambda match: f" {match[1].upper()} M."),
        (r"(?<=\d) ?([ap])\. ?m\.", lambda match: f" {match[1].upper()} M"),
        (r"(?<=\d) ?([aApP])[mM]\b", lambda match: f" {match[1].upper()} M"),
        (r"(?<=[AP] M) ?[-–] ?(?=\d)", " to "),
        (r"\b((?:[A-Z]\.){2,8})(?=[\"'”’)]*$)", lambda match: " ".join(match[1][::2]) + "."),
        (rf"\b((?:[A-Z]\.){{2,8}}){_NEW_SENTENCE}", lambda match: " ".join(match[1][::2]) + "."),
        (r"\b((?:[A-Z]\.){2,8})(?!\w)", lambda match: " ".join(match[1][::2])),
        (rf"{_HOUSE} St\.(?= [A-Z])", r"\1 Street."),
        (rf"{_HOUSE} Dr\.(?= [A-Z])", r"\1 Drive."),
        (rf"(?<=[a-z] )St\.{_NEW_SENTENCE}", "Street."),
        (rf"\b({any_of(_BEFORE_NAMES)})\. ?(?=[A-Z])", lambda m: _BEFORE_NAMES[m[1]] + " "),
        (r"\b(Gov|Pres|Gen)\. (?=of\b)", lambda match: _BEFORE_NAMES[match[1]] + " "),
        (
            rf"(?<!\d )\b({any_of(_BEFORE_NUMBERS)})\. ?(?=\d|(?!I\b)[IVXL]+\b)",
            lambda m: _BEFORE_NUMBERS[m[1]] + " ",
        ),
        (rf"\b({any_of(_FIRST)})\. ?(?=\d|(?!I\b)[IVXL]+\b)", lambda m: _FIRST[m[1]] + " "),
        (rf"\b({any_of(_NUMBERS)})\. ?(?=\d)", lambda m: _NUMBERS[m[1]] + " "),
        (r"(?<=\d)(,?) ext\. ?(?=\d)", r"\1 extension "),
        (rf"(?<=\d)( ?(?:{_POINTED_UNITS}))\.(?=,? [a-z\d(])", r"\1"),
        (rf"\b(\d[\d.,/]*) in\.{_LAST}", lambda match: _inches(match[1]) + "."),
        (r"\b(\d[\d.,/]*) in\.", lambda match: _inches(match[1])),
        (rf"\b({any_of(_COUNTED)}) no\. ?(?=\d)", r"\1 number "),
        (r"\b(Bros|Co|Corp)\.(?= (?:Inc|Ltd|LLC)\b)", words_of(_AFTER_NAMES)),
        (
            rf"(?<=[\w&,] )({any_of(_OF_NAMES)})\.(?!{_NEW_SENTENCE}|[\"'”’)]*$)",
            words_of(_AFTER_NAMES),
        ),
        (rf"(?<=[\w&,] )({any_of(_AFTER_NAMES)})\.{_LAST}", lambda m: _AFTER_NAMES[m[1]] + "."),
        (rf"(?<=[\w&,] )({any_of(_AFTER_NAMES)})\.", words_of(_AFTER_NAMES)),
        (r"\b([JS]r)\b(?=,| [A-Z]|$)", words_of(_AFTER_NAMES)),
        (rf"\betc\.{_LAST}", "et cetera."),
        (r"\betc\b\.?", "et cetera"),
        (rf"\b({any_of(_ANYWHERE)})\.", words_of(_ANYWHERE)),
        (r"\b(volume \d+, )no\. ?(?=\d)", r"\1number "),
        (
            rf"\b({any_of(_DAYS)})\.? ?[-–] ?({any_of(_DAYS)})\b(?:\.(?=,| \d| [a-z]))?",
            lambda match: f"{_DAYS[match[1]]} to {_DAYS[match[2]]}",
        ),
        (rf"\b({any_of(_DAYS)})\.(?=,| \d| [a-z])", words_of(_DAYS)),
        (rf"\b({any_of(_DAYS)})(?= \d{{1,2}}/\d)", words_of(_DAYS)),
        (rf"\b({any_of(_DAYS)})(?=, (?:\d|(?:{any_of(_MONTHS)})\b))", words_of(_DAYS)),
        (
            rf"\b({any_of(_MONTHS)})\.? (?=\d{{1,2}}(?:st|nd|rd|th)?\b|\d{{4}}\b)",
            lambda match: _MONTHS[match[1]] + " ",
        ),
        (r"\band/or\b", "and or"),
        (r"\bw/o\b", "without"),
        (r"\bw/(?: (?=\d)| ?(?=[A-Za-z]))", "with "),
        (r"\bc/o\b", "care of"),
        (r"\bc\. ?(?=\d{3,4}\b)", "circa "),
        (r"\b([Qq])ty\b\.?", r"\1uantity"),
        (r"(?<=\d)/ea\b\.?", " each"),
        (rf"(?<=\d)/({any_of(_PER)})\b\.?(?=,? [a-z\d(])", lambda match: f" per {_PER[match[1]]}"),
        (rf"(?<=\d)/({any_of(_PER)})\b", lambda match: f" per {_PER[match[1]]}"),
        (
            rf"(?<=\d)-({any_of(_ADJECTIVES)})\b\.?(?= [a-z])",
            lambda match: f" {_ADJECTIVES[match[1]]}",
        ),
        (r"\b([Aa])ttn\b[.:]?", r"\1ttention"),
        (r"\bEsq\b\.?", "Esquire"),
        (r"\b([Tt])emp\. (?=[a-z\d])", r"\1emperature "),
        (rf"\b({any_of(_COMPARED)})\b", words_of(_COMPARED)),
    ]
)
"""Of a whole text: their points would end sentences."""
