"""Bringing the voices table in line with what is installed on this server.

`is_installed` is a column, refreshed when a server starts, and not an argument of every read:
so listing and resolving need nothing from the engines, and a process that loads no engine
answers them too. Where weights vanish while a server runs, the worker that misses them reports
it; the next start stops offering the voice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import Q

from voices.catalogue import Entry, InstalledVoice, VoiceKey, catalogue, describe, free_name
from voices.models import VoiceAlias, VoiceProfile

Installed = Mapping[str, Sequence[InstalledVoice]]
"""Engine name -> the voices that it can speak now."""

_SEEDED_FIELDS = (
    *("display_name", "language", "gender", "accent", "description", "tags"),
    *("pace_ms", "gain_db"),
)
"""What a later catalogue may correct, as long as nobody has changed it here. Never the name."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    created: int
    updated: int
    total: int
    """Public voices that are installed now, whether active or not."""


@transaction.atomic
def seed(installed: Installed, *, added: Set[VoiceKey] = frozenset()) -> SeedReport:
    """Make a profile for each installed voice that has none, and give it its aliases.

    added: voices that got their profile, public or not, when somebody added them. None is made
    for them here: one that was private would become everybody's.

    Idempotent, and careful with what operators did: a field that differs from what seeding
    wrote is left alone, an alias that was removed does not return, nothing is activated and
    nothing deleted. A voice that is no longer installed stays, and is no longer offered.
    """
    found = (describe(engine, voice) for engine, voices in installed.items() for voice in voices)
    entries = {entry.key: entry for entry in found if entry.key not in added}
    profiles = _public_profiles()
    missing = [entry for key, entry in entries.items() if key not in profiles]
    _create(missing, taken={profile.name for profile in profiles.values()})
    if missing:
        profiles = _public_profiles()
    updated = sum(_correct(profiles[key], entry) for key, entry in entries.items())
    _give_aliases([profiles[key] for key in entries])
    return SeedReport(created=len(missing), updated=updated, total=refresh_installed(installed))


def refresh_installed(installed: Installed) -> int:
    """Note which voices can be spoken now; returns how many public ones. Two writes at most.

    An empty mapping says that nothing is installed: a process that cannot see the weights
    must not call this.
    """
    present = Q(pk__in=[])
    for engine, voices in installed.items():
        present |= Q(engine=engine, engine_voice__in=[voice.name for voice in voices])
    VoiceProfile.objects.filter(present, is_installed=False).update(is_installed=True)
    VoiceProfile.objects.filter(is_installed=True).exclude(present).update(is_installed=False)
    return VoiceProfile.objects.public().filter(is_installed=True).count()


def seeded_uuid(key: VoiceKey) -> UUID:
    """The same voice has the same UUID on every server: what clients stored stays true."""
    return uuid5(NAMESPACE_URL, "voice:{}:{}".format(*key))


def _public_profiles() -> dict[VoiceKey, VoiceProfile]:
    return {(p.engine, p.engine_voice): p for p in VoiceProfile.objects.public()}


def _snapshot(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry) | {"tags": list(entry.tags)}
    return {name: fields[name] for name in _SEEDED_FIELDS}


def _create(entries: Sequence[Entry], *, taken: set[str]) -> None:
    """Two servers that start at once may both come here: the second changes nothing."""
    rows = []
    for entry in entries:
        name = free_name(entry, taken)
        taken.add(name)
        snapshot = _snapshot(entry)
        rows.append(
            VoiceProfile(
                uuid=seeded_uuid(entry.key),
                name=name,
                engine=entry.engine,
                engine_voice=entry.engine_voice,
                seeded=snapshot,
                **snapshot,
            )
        )
    VoiceProfile.objects.bulk_create(rows, ignore_conflicts=True)


def _correct(profile: VoiceProfile, entry: Entry) -> bool:
    """Take over what the catalogue has changed since, field by field; whether anything was."""
    fresh = _snapshot(entry)
    changed = [
        name
        for name, value in fresh.items()
        if value != profile.seeded.get(name) == getattr(profile, name)
    ]
    if not changed:
        return False
    for name in changed:
        setattr(profile, name, fresh[name])
        profile.seeded[name] = fresh[name]
    profile.save(update_fields=[*changed, "seeded", "updated_at"])
    return True


def _give_aliases(profiles: Sequence[VoiceProfile]) -> None:
    """Each alias is given to a voice once: the snapshot remembers it when the row is gone."""
    taken = set(VoiceAlias.objects.values_list("name", "preference"))
    rows = []
    for profile in profiles:
        wanted = catalogue().aliases.get((profile.engine, profile.engine_voice), {})
        given = profile.seeded.get("aliases", [])
        new = {name: place for name, place in wanted.items() if name not in given}
        for name, place in new.items():
            preference = next(n for n in count(place) if (name, n) not in taken)
            taken.add((name, preference))
            rows.append(VoiceAlias(name=name, voice=profile, preference=preference))
        if new:
            profile.seeded["aliases"] = [*given, *new]
            profile.save(update_fields=["seeded"])
    VoiceAlias.objects.bulk_create(rows, ignore_conflicts=True)
