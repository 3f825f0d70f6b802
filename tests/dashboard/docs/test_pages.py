"""The pages of the documentation: what they say is what the server does."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.scopes import scope_choices
from accounts.services import create_api_key, revoke
from audio.codecs.encode import Encoder, SpeechFormat
from audio.codecs.verdict import FORMATS
from audio_api.services.transcription.transcripts.formats import TranscriptFormat
from audiopod.common import money
from dashboard.docs.pages import pages
from tests.pages import page_of
from wallet import pricing

pytestmark = pytest.mark.django_db

SLUGS = [page.slug for page in pages()]


class Words(HTMLParser):
    """What is read on a page, in one line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def __str__(self) -> str:
        return " ".join("".join(self.found).split())


def text_of(client: Client, slug: str) -> str:
    return client.get(reverse("docs-page", args=[slug])).content.decode()


def row_of(text: str, heading: str) -> str:
    """The row of a table that has this as its first cell, without its tags."""
    rows = [str(Words(row)) for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)]
    found = [row for row in rows if row.split()[:1] == [heading] or row.startswith(f"{heading} ")]
    assert found, f"no row {heading}"
    return found[0].removeprefix(heading).strip()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_is_a_page(client: Client, slug: str) -> None:
    page_of(client.get(reverse("docs-page", args=[slug])))


def test_the_index_names_every_page(client: Client) -> None:
    page = page_of(client.get(reverse("docs")))
    links = {link.get("href") for link in page.all("a")}
    assert {page.url for page in pages()} | {reverse("api-reference")} <= links


def test_one_reads_from_the_first_page_to_the_last(client: Client) -> None:
    for page, following in pairwise(pages()):
        links = page_of(client.get(page.url)).all("a")
        assert [link["href"] for link in links if link.get("rel") == "next"] == [following.url]
        links = page_of(client.get(following.url)).all("a")
        assert [link["href"] for link in links if link.get("rel") == "prev"] == [page.url]


@pytest.mark.parametrize("slug", ["no-such-page", "base", "heading"])
def test_what_is_no_page_is_not_found(client: Client, slug: str) -> None:
    assert client.get(f"/docs/{slug}/").status_code == 404


def test_every_internal_link_leads_somewhere(client: Client) -> None:
    texts = {page.url: text_of(client, page.slug) for page in pages()}
    for url, text in texts.items():
        for link in re.findall(r'<a\b[^>]*?href="([^"]+)"', text):
            target, _, anchor = html.unescape(link).partition("#")
            resolve(target.partition("?")[0] or url)
            if anchor and (target or url) in texts:
                assert f'id="{anchor}"' in texts[target or url], f"{url}: {link}"


# --- what the pages say -------------------------------------------------------------------------
@pytest.mark.parametrize("fmt", list(SpeechFormat))
def test_every_format_that_the_encoder_has_is_listed(client: Client, fmt: SpeechFormat) -> None:
    Encoder(fmt)
    assert row_of(text_of(client, "formats"), fmt.value).startswith(fmt.content_type)


@pytest.mark.parametrize("fmt", list(TranscriptFormat))
def test_every_format_of_a_transcript_is_listed(client: Client, fmt: TranscriptFormat) -> None:
    assert row_of(text_of(client, "formats"), fmt.value).startswith(fmt.content_type)


def test_no_other_format_is_listed(client: Client) -> None:
    rows = re.findall(r'<th scope="row">\s*<code>(.*?)</code>', text_of(client, "formats"))
    assert set(rows) == {*SpeechFormat, *TranscriptFormat}


def test_every_kind_of_upload_is_listed(client: Client) -> None:
    text = text_of(client, "formats")
    assert all(f"<code>{name}</code>" in text for name in FORMATS)


def test_every_scope_is_listed(client: Client) -> None:
    text = text_of(client, "keys")
    for scope, label in scope_choices():
        assert row_of(text, scope).casefold() == str(label).casefold()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("MAX_UPLOAD_BYTES", 7 * 2**20, "7 MiB"),
        ("MAX_AUDIO_SECONDS", 7200, "2 hours"),
        ("RATE_LIMIT_PER_MINUTE", 77, "77"),
        ("RATE_LIMIT_PER_MINUTE", 0, "no limit"),
        ("MAX_CONCURRENT_JOBS", 7, "7"),
        ("MAX_QUEUED_JOBS", 70, "70"),
        ("QUEUE_WAIT_SECONDS", 90, "90 seconds"),
        ("BATCH_FROM_SECONDS", 120, "2 minutes"),
        ("BATCH_WAIT_SECONDS", 3600, "1 hour"),
        ("IDEMPOTENCY_SECONDS", 60, "1 minute"),
        ("BAD_KEYS_PER_MINUTE", 3, "3"),
        ("ACCOUNT_CHANGES_PER_MINUTE", 4, "4"),
    ],
)
def test_the_limits_are_those_of_the_settings(
    client: Client, settings: Settings, setting: str, value: int, said: str
) -> None:
    setattr(settings, setting, value)
    shown = re.findall(rf'data-setting="{setting}">(.*?)</td>', text_of(client, "prices"))
    assert shown == [said]


def test_the_limits_in_the_prose_are_those_of_the_settings(
    client: Client, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES, settings.MAX_AUDIO_SECONDS = 3 * 2**20, 180
    settings.IDEMPOTENCY_SECONDS = 240
    for slug in ("transcription", "formats"):
        words = str(Words(text_of(client, slug)))
        assert "3 MiB" in words
        assert "3 minutes" in words
    assert "for 4 minutes" in str(Words(text_of(client, "speech")))


def test_the_prices_are_those_of_now(client: Client) -> None:
    prices = pricing.prices_now()
    assert prices
    words = str(Words(text_of(client, "prices")))
    for service, micros in prices.items():
        assert f"{str(service.label).capitalize()} {money.usd_exact(micros)} per minute" in words


def test_every_endpoint_is_listed_with_its_scope(client: Client) -> None:
    text = text_of(client, "endpoints")
    assert row_of(text, "POST /audio/speech").endswith("voice:synthesize")
    assert row_of(text, "GET /api-wallet/pricing").endswith("no key needed")
    assert row_of(text, "GET /voice/voice-profiles").endswith("no key needed")
    assert row_of(text, "DELETE /auth/api-keys/{ident}").endswith("any key")


# --- who reads them -----------------------------------------------------------------------------
def test_a_reader_sees_the_beginning_of_the_own_key(client: Client) -> None:
    ada = User.objects.create_user("ada@example.com")
    old, _ = create_api_key(user=ada, name="Old")
    revoke(old)
    key, token = create_api_key(user=ada, name="<script>alert(1)</script>")
    client.force_login(ada)

    text = text_of(client, "quickstart")

    assert f"<code>{key.masked}</code>" in text
    assert old.masked not in text
    assert token not in text
    assert "<script>alert" not in text


def test_a_reader_without_a_key_is_told_where_to_make_one(client: Client) -> None:
    client.force_login(User.objects.create_user("ada@example.com"))
    assert "You have no key yet" in text_of(client, "keys")


def test_a_visitor_is_asked_to_log_in(client: Client) -> None:
    assert f'<a href="{reverse("login")}">log in</a> first' in text_of(client, "keys")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_costs_few_queries(
    client: Client, slug: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ada = User.objects.create_user("ada@example.com")
    for number in range(20):
        create_api_key(user=ada, name=f"Key {number}")
    client.force_login(ada)
    with django_assert_max_num_queries(5):
        client.get(reverse("docs-page", args=[slug]))
