"""What is sold: the wallet prices and names it without knowing what it is.

The app that does the work registers an `Offer` for each of its services when it starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_NAME_CHARACTERS = 32
"""Of a `service_type` and of a mode: so much room have the columns."""


class Basis(models.TextChoices):
    """Which audio is measured."""

    INPUT = "input", _("audio sent")
    OUTPUT = "output", _("audio made")


@dataclass(frozen=True, slots=True)
class Offer:
    """A service that has a price by the minute. Two of one `service_type` are the same offer."""

    service_type: str
    label: Promise | str = field(compare=False)
    """In a list of prices, such as "text to speech"."""
    basis: Basis = field(compare=False)
    aliases: tuple[str, ...] = field(default=(), compare=False)
    """Other names by which a client may ask for it."""
    modes: tuple[str, ...] = field(default=(), compare=False)
    """A mode may have a price of its own; without one it costs what the service costs."""
    default_mode: str = field(default="", compare=False)
    charged_as: Promise | str = field(default="", compare=False)
    """What a request made, such as "speech", in the ledger; empty: the label."""


_offers: dict[str, Offer] = {}


def register(offer: Offer) -> None:
    """Add an offer after the others; one that is there already stays.

    Raises ValueError when a name is too long, or when another offer has one of its names.
    """
    for name in (offer.service_type, *offer.modes):
        if not 0 < len(name) <= MAX_NAME_CHARACTERS:
            raise ValueError(f"{name!r} does not have 1 to {MAX_NAME_CHARACTERS} characters.")
    for name in (offer.service_type, *offer.aliases):
        other = get(name)
        if other is not None and other != offer:
            raise ValueError(f"{other.service_type} has the name {name!r} already.")
    _offers.setdefault(offer.service_type, offer)


def get(name: str) -> Offer | None:
    """The offer of a `service_type` or of an alias."""
    if name in _offers:
        return _offers[name]
    return next((offer for offer in _offers.values() if name in offer.aliases), None)


def all() -> list[Offer]:  # noqa: A001 - read as `offers.all()`
    """Every offer, in the order of registration."""
    return list(_offers.values())


def label_of(service_type: str) -> Promise | str:
    """What a service is called in a list of prices, also when it is not sold any more."""
    offer = _offers.get(service_type)
    return offer.label if offer else service_type.replace("_", " ")


def charged_as(service_type: str) -> Promise | str:
    """What a request of a service made, also when it is not sold any more."""
    offer = _offers.get(service_type)
    return (offer and offer.charged_as) or label_of(service_type)
