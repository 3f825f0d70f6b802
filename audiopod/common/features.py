"""What whoever runs the place can switch off without a restart: a switch for each, in the admin.

Processes see a change at their next look when they share a Redis, and so does the one process of
an embedded server. What nobody has switched off is on (`WAFFLE_SWITCH_DEFAULT`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import redis
import waffle
from django.db import connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from waffle.models import Switch

from audiopod.common.problem import SERVER_ERROR, Problem


class Feature(StrEnum):
    """The name of each switch."""

    SIGN_UP = "sign_up"
    PLAYGROUND = "playground"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    TOP_UP = "top_up"
    PROMO_CODES = "promo_codes"


WHEN_OFF: dict[Feature, Promise] = {
    Feature.SIGN_UP: _("Nobody can make an account. Those who have one log in as ever."),
    Feature.PLAYGROUND: _("The playground is closed. The API goes on."),
    Feature.SPEECH: _("Requests for speech are refused with 503, and cost nothing."),
    Feature.TRANSCRIPTION: _(
        "Requests for transcripts and translations are refused with 503, and cost nothing."
    ),
    Feature.TOP_UP: _(
        "No payment is begun, not even by auto-recharge. One that was begun before can still be"
        " paid, and is credited."
    ),
    Feature.PROMO_CODES: _("No promo code is redeemed. The codes stay as they are."),
}
"""What becomes of a feature that is switched off, for whoever is about to do so."""

_CALLED = {
    Feature.SIGN_UP: "Signing up is",
    Feature.PLAYGROUND: "The playground is",
    Feature.SPEECH: "Text to speech is",
    Feature.TRANSCRIPTION: "Transcription and translation are",
    Feature.TOP_UP: "Top-ups are",
    Feature.PROMO_CODES: "Promo codes are",
}


def is_on(feature: Feature) -> bool:
    """By the cache, and by the database where the cache does not answer."""
    try:
        return bool(waffle.switch_is_active(feature.value))
    except redis.RedisError:
        return not Switch.objects.filter(name=feature.value, active=False).exists()


def require(feature: Feature) -> None:
    """Raises Problem (503) when a feature is switched off."""
    if not is_on(feature):
        raise Problem(
            f"{said_to_be_off(feature)} You were not charged.",
            status=503,
            type=SERVER_ERROR,
            code="switched_off",
            headers={"x-should-retry": "false"},
        )


def said_to_be_off(feature: Feature) -> str:
    """A sentence for clients of the API, which speaks English."""
    return f"{_CALLED[feature]} switched off by the administrator of this server."


def make_missing(using: str = "default", **_signal: Any) -> None:
    """Put a switch in the database for each feature that has none, switched on.

    Connected to `post_migrate`: the migrations of one app alone may leave no table for it.
    """
    if Switch._meta.db_table not in connections[using].introspection.table_names():
        return
    switches = [Switch(name=feature.value, active=True) for feature in Feature]
    Switch.objects.using(using).bulk_create(switches, ignore_conflicts=True)
