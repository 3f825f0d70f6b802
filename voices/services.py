"""Finding the voice that a request means: by name, alias, id or UUID."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from uuid import UUID

from django.db.models import Case, F, FilteredRelation, Q, Value, When

from audio.engines.speech.length import USUAL_PACE_MS
from audio.engines.speech.mixing import MixError, Part, is_mix, parts_of, written
from voices.catalogue import NAME_LENGTH, catalogue
from voices.models import (
    NAME_PATTERN,
    Reader,
    VoiceAlias,
    VoiceProfile,
    VoiceProfileQuerySet,
)
from voices.seeding import Installed, SeedReport, refresh_installed, seed

__all__ = [
    "Installed",
    "MixRefused",
    "SeedReport",
    "UnknownVoice",
    "VoiceRef",
    "answering_aliases",
    "find",
    "find_any",
    "refresh_installed",
    "resolve",
    "seed",
]

MAX_SUGGESTIONS = 13
MIXED_ENGINE = "kokoro"
MIX_NAME_LENGTH = 128
"""characters, as many as a job's voice may have"""
MAX_ID = 2**63 - 1
MAX_ID_DIGITS = len(str(MAX_ID))


@dataclass(frozen=True, slots=True)
class VoiceRef:
    """A voice as the rest of a request's way carries it. No database behind it.

    A mix of several has neither id nor UUID; what is measured of it is their weighted mean.
    """

    id: int | None
    uuid: UUID | None
    name: str
    engine: str
    engine_voice: str
    language: str
    """BCP 47"""
    pace_ms: float
    """Milliseconds that a beat takes; `length.USUAL_PACE_MS` until it is measured."""
    gain_db: float
    """What brings it to the level of all voices; 0 until it is measured."""


class UnknownVoice(LookupError):
    """No voice that this user may use answers to `ref`.

    The message may be shown to the client. suggestions: up to 13 names that would work, those
    like `ref` first.
    """

    def __init__(self, ref: object, suggestions: tuple[str, ...]) -> None:
        self.ref = _shown(ref)
        self.suggestions = suggestions
        if suggestions:
            message = f"There is no voice {self.ref}. Try one of these: {', '.join(suggestions)}."
        else:
            message = f"There is no voice {self.ref}: no voice is installed on this server."
        super().__init__(message)


class MixRefused(UnknownVoice):
    """A mix that can't be, or that is written wrongly. The message may be shown to the client."""

    def __init__(self, message: str) -> None:
        LookupError.__init__(self, message)
        self.suggestions = ()


def resolve(user: Reader, ref: object) -> VoiceRef:
    """The voice that `ref` means to `user`. One query, two when there is no such voice.

    ref: a name or an alias in any case, an int id or its digits, a UUID or its text, or
    `{"id": …}` around one of these; also an id that AudioPod's clients name by themselves, and a
    mix of names (`af_bella(2)+af_sky`), one query each. Raises UnknownVoice for anything else, for
    a private voice of somebody else, and for one that is switched off or not installed, unless the
    name leads to another voice that is; MixRefused for a mix.
    """
    asked = ref.get("id") if isinstance(ref, Mapping) else ref
    if isinstance(asked, str) and is_mix(asked):
        return _mixed(user, asked)
    return _ref(find(user, ref))


def _ref(voice: VoiceProfile) -> VoiceRef:
    return VoiceRef(
        id=voice.pk,
        uuid=voice.uuid,
        name=voice.name,
        engine=voice.engine,
        engine_voice=voice.engine_voice,
        language=voice.language,
        pace_ms=voice.pace_ms or USUAL_PACE_MS,
        gain_db=voice.gain_db or 0.0,
    )


def _mixed(user: Reader, text: str) -> VoiceRef:
    """A mix of voices by their names or aliases. Raises MixRefused."""
    shipped, weights = catalogue().voices, dict[VoiceRef, float]()
    try:
        for part in parts_of(text.lower()):
            voice = find(user, part.name)
            key = (voice.engine, voice.engine_voice)
            if voice.engine != MIXED_ENGINE or key not in shipped:
                raise MixError(f"{voice.name} can't be mixed, only the voices of Kokoro can.")
            # an alias and the name of its voice are one voice
            weights[_ref(voice)] = weights.get(_ref(voice), 0.0) + part.weight
        return _mean(weights)
    except UnknownVoice as error:
        raise MixRefused(str(error)) from None
    except MixError as error:
        raise MixRefused(f"There is no voice {_shown(text)}. {error}") from None


def _mean(weights: Mapping[VoiceRef, float]) -> VoiceRef:
    """The voice between several, which speaks the language of the first one. Raises MixError."""
    first = next(iter(weights))
    if len(weights) == 1:
        return first
    whole = sum(weights.values())
    means = {
        field.name: sum(getattr(ref, field.name) * share / whole for ref, share in weights.items())
        for field in fields(VoiceRef)
        if isinstance(getattr(first, field.name), float)
    }
    name = written([Part(ref.name, weight) for ref, weight in weights.items()])
    if len(name) > MIX_NAME_LENGTH:
        raise MixError("The names of this mix are too long together. Mix fewer voices.")
    by_engine = written([Part(ref.engine_voice, weight) for ref, weight in weights.items()])
    return replace(first, id=None, uuid=None, name=name, engine_voice=by_engine, **means)


def find(user: Reader, ref: object) -> VoiceProfile:
    """As `resolve`, but the row itself."""
    asked = ref.get("id") if isinstance(ref, Mapping) else ref
    offered = VoiceProfile.objects.offered().visible_to(user)
    voice = _lookup(offered, asked) or _hosted(user, offered, asked)
    if voice is None:
        raise UnknownVoice(asked, _suggestions(offered, asked))
    return voice


def find_any(user: Reader, ref: str) -> VoiceProfile | None:
    """As `find`, but also what is switched off or not installed; None where there is none."""
    return _lookup(VoiceProfile.objects.visible_to(user), ref)


def _lookup(voices: VoiceProfileQuerySet, ref: object) -> VoiceProfile | None:
    match ref:
        case bool():
            return None
        case int():
            return voices.filter(pk=ref).first()
        case UUID():
            return voices.filter(uuid=ref).first()
        case str() if ref.isascii() and ref.isdigit():
            return voices.filter(pk=int(ref)).first() if len(ref) <= MAX_ID_DIGITS else None
        case str():
            uuid = _as_uuid(ref)
            return voices.filter(uuid=uuid).first() if uuid else _by_name(voices, ref)
    return None


def _hosted(user: Reader, offered: VoiceProfileQuerySet, ref: object) -> VoiceProfile | None:
    """The voice that stands for one of AudioPod's hosted API, unless one here has its id."""
    name = catalogue().hosted.get(_spelt(ref))
    if name is None or _lookup(VoiceProfile.objects.visible_to(user), ref) is not None:
        return None
    return _by_name(offered, name)


def _spelt(ref: object) -> str:
    """An id or a UUID as the catalogue writes it; empty for anything else."""
    match ref:
        case bool():
            return ""
        case int() if 0 <= ref <= MAX_ID:
            return str(ref)
        case UUID():
            return str(ref)
        case str() if ref.isascii() and ref.isdigit():
            return ref.lstrip("0")
        case str():
            return str(_as_uuid(ref) or "")
    return ""


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _by_name(voices: VoiceProfileQuerySet, text: str) -> VoiceProfile | None:
    """A user's own voice before a public one, a name before an alias, then by preference."""
    name = text.strip().lower()
    if not re.fullmatch(NAME_PATTERN, name):
        return None
    return (
        voices.alias(alias=FilteredRelation("aliases", condition=Q(aliases__name=name)))
        .filter(Q(name=name) | Q(alias__name=name))
        .order_by(
            F("owner").asc(nulls_last=True),
            Case(When(name=name, then=Value(0)), default=Value(1)),
            "alias__preference",
        )
        .first()
    )


def _suggestions(voices: VoiceProfileQuerySet, ref: object) -> tuple[str, ...]:
    """What the user may have meant, then OpenAI's names, then whatever else there is."""
    rows = voices.order_by("name").values_list("name", "display_name", "aliases__name")
    leads_to: dict[str, str] = {}
    for name, display_name, alias in rows:
        leads_to |= {word: word for word in (name, alias) if word}
        leads_to.setdefault(display_name.lower(), name)
    word = ref[:NAME_LENGTH].lower() if isinstance(ref, str) else ""
    near = get_close_matches(word, leads_to, n=3)
    openai = [name for name in catalogue().openai_names if name in leads_to]
    ranked = dict.fromkeys(leads_to[word] for word in (*near, *openai, *sorted(leads_to)))
    return tuple(ranked)[:MAX_SUGGESTIONS]


def _shown(ref: object) -> str:
    """A hostile or endless reference, made fit for a message and a log line."""
    match ref:
        case str():
            return repr(ref if len(ref) <= NAME_LENGTH else f"{ref[:NAME_LENGTH]}…")
        case int() if -MAX_ID <= ref <= MAX_ID:
            return str(ref)
        case UUID():
            return str(ref)
    return f"given as {type(ref).__name__}"


def answering_aliases(user: Reader) -> dict[int, list[str]]:
    """Voice id -> the aliases that lead to it now, which may be fewer than it has. One query."""
    offered = VoiceProfile.objects.offered().visible_to(user)
    first: dict[str, int] = {}
    rows = VoiceAlias.objects.filter(voice__in=offered).order_by("name", "preference")
    for name, voice_id in rows.values_list("name", "voice_id"):
        first.setdefault(name, voice_id)
    answers: dict[int, list[str]] = {}
    for name, voice_id in first.items():
        answers.setdefault(voice_id, []).append(name)
    return answers
