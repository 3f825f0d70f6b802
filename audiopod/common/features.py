"""What the operator can switch off without a restart: a switch for each, in the admin.

Processes see a change at their next look when they share a Redis, and so does the one process of
an embedded server. What nobody has switched off is on (`WAFFLE_SWITCH_DEFAULT`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis
import waffle
from django.db import connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from waffle.models import Switch

from audiopod.common.problem import SERVER_ERROR, Problem


@dataclass(frozen=True, slots=True)
class Feature:
    """What can be switched off.

    name: of its switch; called: as the subject of a sentence, "Top-ups are"; when_off: what
    becomes of it, for the operator who is about to switch it off.
    """

    name: str
    called: str
    when_off: Promise | str

    def __str__(self) -> str:
        return self.name


SIGN_UP = Feature(
    "sign_up",
    "Signing up is",
    _("Nobody can make an account. Those who have one log in as ever."),
)
PLAYGROUND = Feature(
    "playground", "The playground is", _("The playground is closed. The API goes on.")
)
TOP_UP = Feature(
    "top_up",
    "Top-ups are",
    _(
        "No payment is begun, not even by auto-recharge. One that was begun before can still be"
        " paid, and is credited."
    ),
)
PROMO_CODES = Feature(
    "promo_codes",
    "Promo codes are",
    _("No promo code is redeemed. The codes stay as they are."),
)

_features = {feature.name: feature for feature in (SIGN_UP, PLAYGROUND, TOP_UP, PROMO_CODES)}


def register(feature: Feature) -> None:
    """Add what an app brings. Raises ValueError when another feature has its name."""
    if _features.setdefault(feature.name, feature) != feature:
        raise ValueError(f"There is another feature of the name {feature.name!r}.")


def all() -> list[Feature]:  # noqa: A001 - read as `features.all()`
    """Everything that can be switched off."""
    return list(_features.values())


def get(name: str) -> Feature | None:
    return _features.get(name)


def is_on(feature: Feature) -> bool:
    """By the cache, and by the database where the cache does not answer."""
    try:
        return bool(waffle.switch_is_active(feature.name))
    except redis.RedisError:
        return not Switch.objects.filter(name=feature.name, active=False).exists()


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
    return f"{feature.called} switched off by the operator of this server."


def make_missing(using: str = "default", **_signal: Any) -> None:
    """Put a switch in the database for each feature that has none, switched on.

    Connected to `post_migrate`: the migrations of one app alone may leave no table for it.
    """
    if Switch._meta.db_table not in connections[using].introspection.table_names():
        return
    switches = [Switch(name=feature.name, active=True) for feature in all()]
    Switch.objects.using(using).bulk_create(switches, ignore_conflicts=True)
