"""The pages of the documentation, in the order of reading."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audio_api import registry
from audio_api.registry import DocsPage

_FIRST = (DocsPage("quickstart", _("Quickstart"), _("From a key to the first sound in a minute.")),)
_LAST = (
    DocsPage("voices", _("Voices"), _("What they are called, and how to find one.")),
    DocsPage("formats", _("Formats"), _("What goes in, and what comes out.")),
    DocsPage("keys", _("API keys"), _("What a key opens, from where, for how long and how much.")),
    DocsPage(
        "webhooks",
        _("Webhooks"),
        _("Being told of a job’s end, and knowing who tells it."),  # noqa: RUF001
    ),
    DocsPage(
        "prices", _("Prices and limits"), _("What things cost, and how much of them there is.")
    ),
    DocsPage(
        "wallet", _("Wallet and billing"), _("Who pays for what, top-ups, budgets and receipts.")
    ),
    DocsPage("errors", _("Errors"), _("What can go wrong, what it is called, and what to do.")),
    DocsPage("migration", _("Coming from OpenAI"), _("What stays, what differs, what is refused.")),
    DocsPage(
        "endpoints", _("Endpoints"), _("Every address of the API, and the scope that it wants.")
    ),
)


def pages() -> list[DocsPage]:
    """Every page: after the first, those on the kinds of work."""
    return [*_FIRST, *registry.docs(), *_LAST]


def page(slug: str) -> DocsPage | None:
    return next((each for each in pages() if each.slug == slug), None)


def neighbours(of: DocsPage) -> tuple[DocsPage | None, DocsPage | None]:
    """The pages before and after one."""
    every = pages()
    place = every.index(of)
    before = every[place - 1] if place else None
    after = every[place + 1] if place + 1 < len(every) else None
    return before, after
