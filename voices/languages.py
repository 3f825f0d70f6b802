"""Languages in the reader's words, for pages, where the API has a BCP 47 tag."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from voices.catalogue import UNKNOWN_LANGUAGE

Choice = tuple[str, str]
"""tag, words"""

# What Django's table of languages lacks.
_LANGUAGES = {
    "zh": _("Mandarin Chinese"),
    "no": _("Norwegian"),
    "yue": _("Cantonese"),
    UNKNOWN_LANGUAGE: _("Language unknown"),
}

# Where the voices that people install come from. Others are shown by their code.
_REGIONS = {
    "AR": _("Argentina"),
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BE": _("Belgium"),
    "BR": _("Brazil"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CN": _("China"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "ES": _("Spain"),
    "FI": _("Finland"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "GR": _("Greece"),
    "HU": _("Hungary"),
    "IE": _("Ireland"),
    "IN": _("India"),
    "IT": _("Italy"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "MX": _("Mexico"),
    "NL": _("Netherlands"),
    "NO": _("Norway"),
    "NZ": _("New Zealand"),
    "PL": _("Poland"),
    "PT": _("Portugal"),
    "RO": _("Romania"),
    "RU": _("Russia"),
    "SE": _("Sweden"),
    "TR": _("Türkiye"),
    "TW": _("Taiwan"),
    "UA": _("Ukraine"),
    "US": _("United States"),
    "VN": _("Vietnam"),
    "ZA": _("South Africa"),
}


def in_words(tag: str) -> str:
    """A BCP 47 tag in the language of the page, or the tag itself where no table has it.

    >>> in_words("en-GB")
    'English (United Kingdom)'
    """
    base, _dash, rest = tag.partition("-")
    language = _language(base.lower())
    if not language:
        return tag
    if not rest:
        return language
    region = str(_REGIONS.get(rest.upper(), rest.upper()))
    return gettext("%(language)s (%(region)s)") % {"language": language, "region": region}


def _language(base: str) -> str:
    if base in _LANGUAGES:
        return str(_LANGUAGES[base])
    try:
        name = str(get_language_info(base)["name_translated"])
    except KeyError:
        return ""
    return name[:1].upper() + name[1:]


def choices(tags: Iterable[str]) -> list[Choice]:
    """Each tag once, in the order of its words; before several of one language, all of it."""
    kinds: dict[str, set[str]] = {}
    for tag in tags:
        kinds.setdefault(tag.partition("-")[0].lower(), set()).add(tag)
    found = set()
    for base, members in kinds.items():
        found |= {(tag, in_words(tag)) for tag in members}
        if len(members) > 1 and base not in {tag.lower() for tag in members}:
            found.add((base, in_words(base)))
    return sorted(found, key=lambda choice: choice[1].casefold())
