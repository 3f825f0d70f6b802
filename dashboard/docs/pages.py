"""The pages of the documentation, in the order in which one reads them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class DocsPage:
    """One page: its address under /docs/, and what it is about."""

    slug: str
    title: str | Promise
    summary: str | Promise

    @property
    def template(self) -> str:
        return f"docs/{self.slug}.html"

    @property
    def url(self) -> str:
        return reverse("docs-page", args=[self.slug])


PAGES = (
    DocsPage("quickstart", _("Quickstart"), _("From a key to the first sound in a minute.")),
    DocsPage("speech", _("Text to speech"), _("Say a text: voices, pace, pauses, streaming.")),
    DocsPage(
        "transcription",
        _("Transcription and translation"),
        _("Write down what is said, in its language or in English, whole or as it is heard."),
    ),
    DocsPage("voices", _("Voices"), _("What they are called, and how to find one.")),
    DocsPage("formats", _("Formats"), _("What goes in, and what comes out.")),
    DocsPage("keys", _("API keys"), _("What a key opens, from where, for how long and how much.")),
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


def page(slug: str) -> DocsPage | None:
    return next((each for each in PAGES if each.slug == slug), None)


def neighbours(of: DocsPage) -> tuple[DocsPage | None, DocsPage | None]:
    """The pages before and after one."""
    place = PAGES.index(of)
    before = PAGES[place - 1] if place else None
    after = PAGES[place + 1] if place + 1 < len(PAGES) else None
    return before, after
