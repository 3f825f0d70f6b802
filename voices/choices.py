"""Voices as a list to choose from, in the shape that Open WebUI fetches.

It asks `GET {base URL}/audio/voices` without a key and reads `id` and `name` of each: `id` is
what it then sends as a speech's `voice`, `name` is what its users see.
"""

from __future__ import annotations

from typing import TypedDict

from voices.catalogue import catalogue
from voices.models import Reader, VoiceProfile
from voices.serializers import language_name
from voices.services import answering_aliases


class Choice(TypedDict):
    """id: what a request may call the voice; name: what people call it."""

    id: str
    name: str


def choices(user: Reader) -> list[Choice]:
    """OpenAI's names that are answered here, then every voice by its own name. Two queries."""
    called = {alias for names in answering_aliases(user).values() for alias in names}
    openai = [name for name in catalogue().openai_names if name in called]
    voices = VoiceProfile.objects.offered().visible_to(user)
    return [
        *(Choice(id=name, name=f"{name.title()} (OpenAI)") for name in openai),
        *(Choice(id=voice.name, name=_label(voice)) for voice in voices),
    ]


def _label(voice: VoiceProfile) -> str:
    about = filter(None, (language_name(voice.language), voice.get_gender_display()))
    return f"{voice.display_name} ({', '.join(about)})"
