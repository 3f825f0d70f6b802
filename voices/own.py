"""Changing and deleting the voices of a user."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from audiopod.common.problem import Problem
from voices import piper_files
from voices.catalogue import as_name
from voices.models import VoiceProfile
from voices.services import find_any


def find_own(user: User, ref: str) -> VoiceProfile:
    """The user's own voice that `ref` means, installed or not.

    Raises Problem: 404 where there is none, 403 where it is everybody's.
    """
    voice = find_any(user, ref)
    if voice is None:
        raise Problem(
            "This account has no voice of that name, id or UUID.",
            status=404,
            code="voice_not_found",
        )
    if voice.owner_id != user.pk:
        raise Problem(
            f"{voice.display_name} is a voice that everybody has: only an operator can change it.",
            status=403,
            code="voice_not_yours",
        )
    return voice


def change(voice: VoiceProfile, fields: dict[str, Any]) -> None:
    """Set the fields that are there: `name`, which is shown as it is, `description`, `gender`.

    Requests may call the voice by its new name in lower case, with dashes for what a name may not
    have. Raises Problem (400) when the account has another voice of that name.
    """
    if title := fields.get("name"):
        voice.display_name, voice.name = title, as_name(title, voice.engine)
    voice.description = fields.get("description", voice.description)
    voice.gender = fields.get("gender", voice.gender)
    try:
        with transaction.atomic():
            voice.save()
    except IntegrityError:
        raise Problem(
            f"This account has another voice of the name {voice.name!r}.",
            param="name",
            code="invalid_value",
        ) from None


@transaction.atomic
def delete(voice: VoiceProfile) -> None:
    """Delete a voice, and its files where no other voice speaks from them."""
    engine, engine_voice = voice.engine, voice.engine_voice
    voice.delete()
    transaction.on_commit(partial(piper_files.discard_unused, engine, engine_voice))
