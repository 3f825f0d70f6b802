"""Prices with their history: what was, what is charged, what will be."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from wallet.models import Rate
from wallet.offers import Offer
from wallet.pricing import price_now

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LISTING = "admin:wallet_rate_changelist"


@pytest.fixture
def as_boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


@pytest.fixture
def rates(db: None) -> dict[str, Rate]:
    """A service with a price in each time, and none of another service."""
    Rate.objects.all().delete()
    days = {"past": -20, "now": -10, "planned": 10}
    return {
        when: Rate.objects.create(
            service_type="transcription",
            price_micros_per_minute=1000 + number,
            effective_from=timezone.now() + timedelta(days=number),
        )
        for when, number in days.items()
    }


def listed(client: Client, **asked: str) -> list[Rate]:
    return list(client.get(reverse(LISTING), asked).context["cl"].result_list)


def test_each_says_when_it_is_charged(as_boss: Client, rates: dict[str, Rate]) -> None:
    page = as_boss.get(reverse(LISTING)).content.decode()
    for when, rate in rates.items():
        assert f'<td class="field-when">{when}</td>' in page
        assert listed(as_boss, when=when) == [rate]
    assert price_now("transcription") == rates["now"].price_micros_per_minute


def test_a_newer_rate_of_another_service_ends_none(as_boss: Client, rates: Any) -> None:
    Rate.objects.create(
        service_type="translation", price_micros_per_minute=5, effective_from=timezone.now()
    )
    assert rates["now"] in listed(as_boss, when="now")
    assert len(listed(as_boss, when="now")) == 2


def test_a_newer_rate_of_a_mode_ends_only_that_of_the_mode(as_boss: Client, rates: Any) -> None:
    newer = Rate.objects.create(
        service_type="transcription",
        mode="live",
        price_micros_per_minute=5,
        effective_from=timezone.now(),
    )
    assert set(listed(as_boss, when="now")) == {rates["now"], newer}


def send(client: Client, **fields: str) -> Any:
    tomorrow = timezone.now() + timedelta(days=1)
    sent = {
        "price": "0.05",
        "basis": "output",
        "effective_from_0": f"{tomorrow:%Y-%m-%d}",
        "effective_from_1": "00:00:00",
    }
    return client.post(reverse("admin:wallet_rate_add"), sent | fields)


def test_a_mode_gets_a_price_of_its_own(as_boss: Client, toy_service: Offer) -> None:
    assert send(as_boss, service_type="toy_service", mode="big").status_code == 302
    made = Rate.objects.get(service_type="toy_service")
    assert (made.mode, made.basis, made.price_micros_per_minute) == ("big", "output", 50_000)
    page = as_boss.get(reverse(LISTING), {"q": "toy_service"}).content.decode()
    assert "toy making" in page
    assert "icon-yes" in page


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("mode", {"mode": "huge"}, "It has: small, big."),
        ("basis", {"basis": "input"}, "audio made"),
        ("service_type", {"service_type": "unheard_of"}, "Select a valid choice"),
    ],
)
def test_a_price_is_of_what_the_service_has(
    field: str, wrong: dict[str, str], said: str, as_boss: Client, toy_service: Offer
) -> None:
    answer = send(as_boss, **{"service_type": "toy_service", **wrong})
    assert said in " ".join(answer.context["adminform"].form.errors[field])
    assert not Rate.objects.filter(service_type="toy_service").exists()


def test_what_is_not_offered_yet_is_priced_all_the_same(as_boss: Client) -> None:
    page = as_boss.get(reverse("admin:wallet_rate_add")).content.decode()
    assert '<option value="stem_extraction">stem_extraction (not offered)</option>' in page
    assert send(as_boss, service_type="stem_extraction", basis="input").status_code == 302
    listing = as_boss.get(reverse(LISTING), {"q": "stem_extraction"}).content.decode()
    assert listing.count("icon-no") == 5


def test_what_has_begun_is_neither_changed_nor_deleted(as_boss: Client, rates: Any) -> None:
    for when, answer in (("past", 403), ("now", 403), ("planned", 302)):
        page = reverse("admin:wallet_rate_delete", args=[rates[when].pk])
        assert as_boss.post(page, {"post": "yes"}).status_code == answer
    assert Rate.objects.count() == 2


def test_several_are_deleted_only_if_none_has_begun(as_boss: Client, rates: Any) -> None:
    chosen = [rate.pk for rate in rates.values()]
    sent = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    as_boss.post(reverse(LISTING), sent)
    assert set(Rate.objects.all()) >= {rates["past"], rates["now"]}


def test_a_new_price_is_on_record(as_boss: Client, rates: Any) -> None:
    LogEntry.objects.all().delete()
    tomorrow = timezone.now() + timedelta(days=1)
    as_boss.post(
        reverse("admin:wallet_rate_add"),
        {
            "service_type": "transcription",
            "basis": "input",
            "price": "0.05",
            "effective_from_0": f"{tomorrow:%Y-%m-%d}",
            "effective_from_1": "00:00:00",
            "description": "dearer",
        },
    )
    new = Rate.objects.get(description="dearer")
    assert new.price_micros_per_minute == 50_000
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(new.pk)]


# --- the form ---------------------------------------------------------------------------------

SEEDED = len(import_module("wallet.migrations.0008_price_list").PRICES)


def rate_form(begins, **changes):
    return {
        "service_type": "transcription",
        "basis": "input",
        "price": "0.0125",
        "effective_from_0": begins.strftime("%Y-%m-%d"),
        "effective_from_1": begins.strftime("%H:%M:%S"),
        "description": "from next month",
    } | changes


def test_a_price_is_planned_in_dollars(boss, client):
    begins = timezone.now() + timedelta(days=30)
    answer = client.post(reverse("admin:wallet_rate_add"), rate_form(begins))
    assert answer.status_code == 302
    rate = Rate.objects.get(effective_from__gt=timezone.now())
    assert rate.price_micros_per_minute == 12_500
    page = client.get(reverse("admin:wallet_rate_changelist")).content.decode()
    assert "$0.0125" in page
    assert "$0.04" in page


def test_a_planned_price_can_still_be_changed_and_taken_back(boss, client):
    begins = timezone.now() + timedelta(days=30)
    rate = Rate.objects.create(
        service_type="transcription", price_micros_per_minute=1, effective_from=begins
    )
    change = reverse("admin:wallet_rate_change", args=[rate.pk])
    assert b'value="$0.000001"' in client.get(change).content
    assert client.post(change, rate_form(begins, price="0.02")).status_code == 302
    rate.refresh_from_db()
    assert rate.price_micros_per_minute == 20_000
    client.post(reverse("admin:wallet_rate_delete", args=[rate.pk]), {"post": "yes"})
    assert not Rate.objects.filter(pk=rate.pk).exists()


def test_a_price_does_not_begin_in_the_past(boss, client):
    begins = timezone.now() - timedelta(seconds=1)
    page = client.post(reverse("admin:wallet_rate_add"), rate_form(begins))
    assert "Choose a moment to come" in page.content.decode()
    assert Rate.objects.count() == SEEDED


@pytest.mark.parametrize("price", ["-1", "free", ""])
def test_a_price_is_an_amount(boss, client, price):
    begins = timezone.now() + timedelta(days=1)
    page = client.post(reverse("admin:wallet_rate_add"), rate_form(begins, price=price))
    assert page.context["adminform"].form.errors["price"]
    assert Rate.objects.count() == SEEDED


def test_a_price_has_a_limit(boss, client):
    begins = timezone.now() + timedelta(days=1)
    page = client.post(reverse("admin:wallet_rate_add"), rate_form(begins, price="1000.000001"))
    assert "at most $1,000.00 a minute" in page.content.decode()
    assert Rate.objects.count() == SEEDED
    added = client.post(reverse("admin:wallet_rate_add"), rate_form(begins, price="1000"))
    assert added.status_code == 302


def test_a_price_that_has_begun_is_only_read(boss, client):
    rate = Rate.objects.get(service_type="translation")
    change = reverse("admin:wallet_rate_change", args=[rate.pk])
    page = client.get(change)
    assert b"$0.01" in page.content
    assert b'name="_save"' not in page.content
    assert client.post(change, rate_form(timezone.now())).status_code == 403
    delete = reverse("admin:wallet_rate_delete", args=[rate.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    client.post(
        reverse("admin:wallet_rate_changelist"),
        {"action": "delete_selected", "_selected_action": [rate.pk], "post": "yes"},
    )
    assert Rate.objects.filter(pk=rate.pk, price_micros_per_minute=10_000).exists()
