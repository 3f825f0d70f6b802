"""Pages speak the reader's language; the API speaks English."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9"}

pytestmark = pytest.mark.django_db


def test_a_page_says_which_language_it_speaks(client: Client) -> None:
    # When a browser that prefers German asks for a page
    page = client.get("/", **GERMAN)
    # Then the page is in German, and caches know that others may get another one
    assert b'<html lang="de"' in page.content
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize("path", ["/api/v1/models", "/api/v1/nowhere", "/api/v1/audio/speech"])
def test_the_api_speaks_english_to_everybody(client: Client, path: str) -> None:
    # Given what it says to who asks in English
    english = client.post(path, HTTP_ACCEPT_LANGUAGE="en")
    # When somebody who prefers German asks, right after a page was made in German
    client.get("/", **GERMAN)
    german = client.post(path, **GERMAN)
    # Then it says the same, and nothing of languages
    assert german.json() == english.json()
    assert "Accept-Language" not in german.headers.get("Vary", "")
    assert "Content-Language" not in german.headers


def test_a_chosen_language_stays_with_browser_and_account(client: Client) -> None:
    # Given somebody who is logged in
    user = User.objects.create_user("wanda@example.com", "secret-enough-1")
    client.force_login(user)
    # When they choose German at the foot of a page
    answer = client.post("/language/", {"language": "de", "next": "/dashboard/wallet/?x=1"})
    # Then they are back on it, in German from now on, and mails will be as well
    assert answer.headers["Location"] == "/dashboard/wallet/?x=1"
    user.refresh_from_db()
    assert user.language == "de"
    assert b'<html lang="de"' in client.get("/").content


def test_a_language_nobody_offers_changes_nothing(client: Client) -> None:
    user = User.objects.create_user("wanda@example.com", "secret-enough-1")
    client.force_login(user)
    client.post("/language/", {"language": "tlh", "next": "/"})
    user.refresh_from_db()
    assert user.language == ""
    assert b'<html lang="en"' in client.get("/").content


def test_the_way_back_leads_to_this_site_only(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


@pytest.fixture(autouse=True)
def english_afterwards() -> object:
    yield
    translation.activate("en")
