"""The front page, and the files that browsers and robots look for."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from pytest_django import DjangoAssertNumQueries, Settings
from waffle.testutils import override_switch

from accounts.models import User
from audio_api import registry
from dashboard.site import SHOWN_VOICES, VOICES_SHOWN
from tests.pages import page_of
from voices.models import VoiceProfile
from wallet.models import Rate

pytestmark = pytest.mark.django_db


def make_voice(name: str, **fields: object) -> VoiceProfile:
    made = {
        "display_name": name.title(),
        "engine": "kokoro",
        "engine_voice": name,
        "language": "en-GB",
        "is_installed": True,
    }
    return VoiceProfile.objects.create(name=name, **(made | fields))


def test_it_says_what_things_cost(client: Client) -> None:
    Rate.objects.create(
        service_type="transcription",
        price_micros_per_minute=12_500,
        effective_from=timezone.now() - timedelta(minutes=1),
    )

    answer = client.get(reverse("home"))

    page_of(answer)
    shown = answer.content.decode()
    told = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd>\s*<span[^>]*>(\$[0-9.]+)</span>", shown))
    assert (told["Text to speech"], told["Transcription"]) == ("$0.04", "$0.0125")
    assert list(told) == [capfirst(service.offer.label) for service in registry.services()]


def test_it_does_without_prices(client: Client) -> None:
    Rate.objects.all().delete()
    answer = client.get(reverse("home"))
    page_of(answer)
    assert 'id="prices"' not in answer.content.decode()


def test_somebody_logged_in_is_led_to_the_dashboard(client: Client) -> None:
    client.force_login(User.objects.create_user("ada@example.com"))
    answer = client.get(reverse("home"))
    page_of(answer)
    assert f'class="button" href="{reverse("dashboard")}"' in answer.content.decode()


def test_a_visitor_is_led_to_an_account(client: Client) -> None:
    text = client.get(reverse("home")).content.decode()
    assert f'class="button" href="{reverse("account_signup")}"' in text
    with override_switch("sign_up", active=False):
        text = client.get(reverse("home")).content.decode()
    assert f'class="button" href="{reverse("login")}"' in text
    assert f'class="button" href="{reverse("account_signup")}"' not in text


def test_the_snippets_call_this_server(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://audio.example.com"
    text = client.get(reverse("home")).content.decode()
    codes = dict(re.findall(r'<code id="snippet-hello-(\w+)">(.*?)</code>', text, re.DOTALL))
    assert set(codes) == {"curl", "python", "node"}
    for code in codes.values():
        assert "https://audio.example.com/api/v1" in code
        assert html.unescape(code).count("YOUR_API_KEY") == 1


# --- a voice to hear ----------------------------------------------------------------------------
def played(client: Client) -> list[str | None]:
    answer = client.get(reverse("home"))
    page = page_of(answer)
    buttons = [button["data-play"] for button in page.all("button") if "data-play" in button]
    assert [audio["src"] for audio in page.all("audio")] == buttons  # without JavaScript
    return buttons


def test_the_chosen_voices_can_be_heard(client: Client) -> None:
    voices = {name: make_voice(name) for name in (*reversed(SHOWN_VOICES), "another")}
    assert played(client) == [voices[name].preview_url for name in SHOWN_VOICES]


def test_any_can_where_none_of_them_is_installed(client: Client) -> None:
    make_voice(SHOWN_VOICES[0], is_installed=False)
    make_voice(SHOWN_VOICES[1], is_active=False)
    make_voice("own", owner=User.objects.create_user("ada@example.com"))
    voices = [make_voice(f"joe-{number}") for number in range(VOICES_SHOWN + 1)]
    assert played(client) == [voice.preview_url for voice in voices[:VOICES_SHOWN]]


def test_it_does_without_voices(client: Client) -> None:
    assert played(client) == []


def test_a_voice_may_be_called_anything(client: Client) -> None:
    make_voice("joe", display_name="<script>alert(1)</script>")
    text = client.get(reverse("home")).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_it_costs_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(50):
        make_voice(f"joe-{number}")
    client.force_login(User.objects.create_user("ada@example.com"))
    client.get(reverse("home"))  # the switch is looked up once
    with django_assert_max_num_queries(6):
        client.get(reverse("home"))


# --- beside the page ----------------------------------------------------------------------------
def test_the_old_address_of_the_icon(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/static/img/favicon.svg")
    assert "max-age" in answer.headers["Cache-Control"]


def test_robots_are_kept_from_what_is_not_theirs(client: Client, settings: Settings) -> None:
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert lines[0] == "User-agent: *"
    assert "Disallow: /dashboard/" in lines
    assert settings.ADMIN_PATH not in answer.content.decode()
