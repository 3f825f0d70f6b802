"""What there is to choose from: voices by language, formats, models, languages to listen for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse

from accounts.models import User
from audio.codecs.encode import SpeechFormat
from audio.engines.languages import LANGUAGE_CODES, language_name
from audio_api.http.model_list import NAMES
from voices import languages
from voices.models import VoiceProfile
from voices.services import UnknownVoice, find

Choice = tuple[str, str]
"""what is sent, what is read"""

FIRST_VOICE = "nova"
"""The voice that is chosen at first. Most servers have OpenAI's names."""
SPEECH_MODELS = tuple(name.id for name in NAMES if name.speaks)
TRANSCRIPTION_MODELS = tuple(name.id for name in NAMES if not name.speaks)
SPEECH_FORMATS = tuple(form.value for form in SpeechFormat)


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """A voice in the list. preview: where it is heard, "" for somebody's own."""

    name: str
    display_name: str
    preview: str


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of an account by language, and the one that is chosen, if there is any."""

    groups: list[tuple[str, list[VoiceChoice]]]
    chosen: VoiceChoice | None


def voices_for(user: User, wanted: str = "") -> Voices:
    """Every voice that `user` may name. Two queries at most, however many there are.

    wanted: a name or an alias, else `FIRST_VOICE`; where no voice has it, the first in the list.
    """
    offered = VoiceProfile.objects.offered().visible_to(user)
    fields = ("name", "display_name", "language", "uuid", "owner_id")
    # somebody's own voice answers to a name before a public one does
    rows = {row[0]: row for row in offered.order_by("owner_id").values_list(*fields)}
    mine = {row[0]: row for row in rows.values() if row[4] is not None}
    ranked = sorted(
        (rows | mine).values(), key=lambda row: (languages.in_words(row[2]), row[1].casefold())
    )
    groups = [
        (words, [_choice(*row) for row in some])
        for words, some in groupby(ranked, key=lambda row: languages.in_words(row[2]))
    ]
    choices = [choice for _words, some in groups for choice in some]
    return Voices(groups, _chosen(choices, user, wanted))


def _choice(name: str, display_name: str, _language: str, uuid: str, owner: object) -> VoiceChoice:
    preview = "" if owner else reverse("voice-preview", args=[uuid])
    return VoiceChoice(name, display_name, preview)


def _chosen(choices: list[VoiceChoice], user: User, wanted: str) -> VoiceChoice | None:
    by_name = {choice.name: choice for choice in choices}
    wanted = wanted or FIRST_VOICE
    if wanted.lower() not in by_name:
        try:
            wanted = find(user, wanted).name
        except UnknownVoice:
            wanted = ""
    return by_name.get(wanted.lower()) or (choices[0] if choices else None)


def spoken_languages() -> list[Choice]:
    """Every language that a recording may be in, in the reader's words."""
    found = [(code, _in_words(code)) for code in LANGUAGE_CODES]
    return sorted(found, key=lambda choice: choice[1].casefold())


def _in_words(code: str) -> str:
    words = languages.in_words(code)
    return language_name(code).title() if words == code else words
