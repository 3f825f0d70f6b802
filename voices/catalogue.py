"""What is known of the voices that AudioPod ships: `catalogue.toml`, read and judged.

The catalogue describes voices; it does not say which are installed. That is what the engines
answer, and `services.seed` brings the two together.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol

CATALOGUE = Path(__file__).with_name("catalogue.toml")
NAME_LENGTH = 64
"""characters"""
DISPLAY_NAME_LENGTH = 100
"""characters"""
LANGUAGE_LENGTH = 35
"""characters, enough for every registered BCP 47 tag"""
PREFERENCE_STEP = 10
"""Between two voices of one alias, so that the operator can put one in the middle."""

UNKNOWN_LANGUAGE = "und"
"""BCP 47 for a language nobody named."""

Measured = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Engine -> its voice -> what was measured of it, by the names of `Entry`."""

VoiceKey = tuple[str, str]
"""engine, engine voice"""


class InstalledVoice(Protocol):
    """What an engine tells of a voice that it can speak now."""

    @property
    def name(self) -> str: ...

    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A voice as the catalogue, or for want of it the engine, describes it."""

    engine: str
    engine_voice: str
    name: str
    display_name: str
    language: str
    gender: str = ""
    accent: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    pace_ms: float | None = None
    gain_db: float | None = None
    """None where nobody has measured it."""

    @property
    def key(self) -> VoiceKey:
        return self.engine, self.engine_voice


@dataclass(frozen=True, slots=True)
class Catalogue:
    voices: Mapping[VoiceKey, Entry]
    openai_names: tuple[str, ...]
    aliases: Mapping[VoiceKey, Mapping[str, int]]
    """The aliases of each voice, with the preference of that voice among all of the alias."""
    alias_names: frozenset[str]
    hosted: Mapping[str, str]
    """Ids and UUIDs of the hosted API -> the alias that answers to them here."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue. Raises KeyError or TypeError where the file is wrong."""
    data = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    measured: Measured = data["measured"]
    voices = {entry.key: entry for group in data["group"] for entry in _entries(group, measured)}
    by_name = {entry.name: entry.key for entry in voices.values()}
    openai, audiopod = data["aliases"]["openai"], data["aliases"]["audiopod"]
    wanted: dict[str, list[str]] = openai | audiopod
    aliases: dict[VoiceKey, dict[str, int]] = {}
    for alias, names in wanted.items():
        for place, name in enumerate([*names, *data["aliases"]["last"]], start=1):
            aliases.setdefault(by_name[name], {})[alias] = place * PREFERENCE_STEP
    return Catalogue(voices, tuple(openai), aliases, frozenset(wanted), data["hosted"])


def _entries(group: dict[str, Any], measured: Measured) -> Iterator[Entry]:
    """The voices of one group: what they share is written once."""
    shared = {key: value for key, value in group.items() if key != "voices"}
    of_engine = measured.get(group["engine"], {})
    for engine_voice, own in group["voices"].items():
        learned = of_engine.get(engine_voice, {})
        fields = {"name": engine_voice, "engine_voice": engine_voice} | shared | own | learned
        yield Entry(**fields | {"tags": tuple(own["tags"])})


def describe(engine: str, voice: InstalledVoice) -> Entry:
    """The entry of an installed voice: the catalogue's, or one made of what the engine says.

    A voice that somebody dropped into a folder is called after its file: `de_DE-eva_k-x_low`
    is named `de_de-eva_k-x_low`, and shown as `eva k`.
    """
    known = catalogue().voices.get((engine, voice.name))
    if known:
        return known
    return Entry(
        engine=engine,
        engine_voice=voice.name,
        name=as_name(voice.name, engine),
        display_name=_as_title(voice.name),
        language=voice.language[:LANGUAGE_LENGTH] or UNKNOWN_LANGUAGE,
        description=f"A voice of {engine} that was added on this server.",
        tags=(engine, "added"),
    )


def as_name(stem: str, engine: str) -> str:
    """A voice name from a file stem or a title: what a name may not have becomes a dash."""
    name = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")
    return (name if name[:1].isalpha() else f"{engine}-{name or 'voice'}")[:NAME_LENGTH]


def _as_title(stem: str) -> str:
    """`de_DE-eva_k-x_low` -> `eva k`: the speaker, where the stem is in Piper's pattern."""
    match stem.split("-"):
        case [_language, speaker, _quality]:
            return speaker.replace("_", " ")[:DISPLAY_NAME_LENGTH]
    return stem[:DISPLAY_NAME_LENGTH]


def free_name(entry: Entry, taken: Set[str]) -> str:
    """`entry.name`, or the first variant of it that is free.

    The shipped names and aliases are kept for the voices that the catalogue gives them to.
    """
    shipped = catalogue()
    reserved = shipped.alias_names | {voice.name for voice in shipped.voices.values()}
    if entry.name not in taken and (entry.key in shipped.voices or entry.name not in reserved):
        return entry.name
    base = f"{entry.engine}-{entry.name.removeprefix(f'{entry.engine}-')}"[: NAME_LENGTH - 6]
    variants = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(name for name in variants if name not in taken and name not in reserved)
