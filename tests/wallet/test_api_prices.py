"""Prices and estimates, which everybody may ask for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from wallet.models import Rate

pytestmark = [pytest.mark.database, pytest.mark.django_db]

WALLET = "/api/v1/api-wallet"


def price(service, micros, **fields):
    Rate.objects.create(
        service_type=service,
        price_micros_per_minute=micros,
        effective_from=fields.pop("effective_from", timezone.now()),
        **fields,
    )


def estimate(seconds, service="transcription", **more):
    body = {"service_type": service, "duration_seconds": seconds, **more}
    answer = Client().post(f"{WALLET}/estimate", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_shape_of_the_pricing():
    price("transcription", 100_000, description="per minute of audio")

    body = Client().get(f"{WALLET}/pricing").json()

    assert body["services"]["transcription"] == {
        "rate_per_minute": "$0.10/min",
        "rate_per_hour": "$6.00",
        "cents_per_minute": 10,
        "price_micros_per_minute": 100_000,
        "description": "per minute of audio",
    }
    assert body["wallet"] == {
        "minimum_topup_cents": 100,
        "minimum_topup_usd": "$1.00",
        "maximum_topup_cents": 1_000_000,
        "maximum_topup_usd": "$10000.00",
        "currency": "USD",
    }


def test_a_price_below_a_cent_is_not_rounded_away():
    price("translation", 2_500)
    said = Client().get(f"{WALLET}/pricing").json()["services"]["translation"]
    assert (said["rate_per_minute"], said["rate_per_hour"]) == ("$0.0025/min", "$0.15")
    assert said["cents_per_minute"] == 0.25
    assert said["description"] == "translation", "what it is, where nobody has said more"


def test_what_has_no_price_yet_is_not_for_sale():
    Rate.objects.filter(service_type="translation").delete()
    price("translation", 5, effective_from=timezone.now() + timedelta(days=1))
    assert Client().get(f"{WALLET}/service-types").json() == [
        "text_to_speech",
        "transcription",
        "media_converter",
        "denoise",
    ]
    assert "translation" not in Client().get(f"{WALLET}/pricing").json()["services"]
    body = {"service_type": "translation", "duration_seconds": 1}
    answer = Client().post(f"{WALLET}/estimate", body, content_type="application/json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "service_type"
    assert "text_to_speech, transcription" in error["message"]


def test_an_estimate_by_the_second():
    price("transcription", 100_000, description="per minute of audio")
    assert estimate(300) == {
        "service_type": "transcription",
        "duration_seconds": 300,
        "duration_minutes": 5.0,
        "rate_per_minute": "$0.10/min",
        "cost_cents": 50,
        "cost_usd": "$0.50",
        "cost_micros": 500_000,
        "description": "per minute of audio",
    }
    odd = estimate(328)
    assert (odd["duration_minutes"], odd["cost_cents"], odd["cost_micros"]) == (5.47, 55, 546_667)


def test_a_service_answers_to_its_other_names(toy_service):
    price("toy_service", 100_000)
    said = estimate(60, "toys")
    assert (said["service_type"], said["mode"], said["cost_micros"]) == (
        "toy_service",
        "small",
        100_000,
    )
    assert said["description"] == "toy making"


def test_a_mode_has_its_price(toy_service):
    price("toy_service", 100_000)
    price("toy_service", 250_000, mode="big")

    big = estimate(60, "toy_service", mode="big")

    assert (big["mode"], big["cost_micros"], big["rate_per_minute"]) == (
        "big",
        250_000,
        "$0.25/min",
    )
    assert estimate(60, "toy_service", mode=None)["cost_micros"] == 100_000
    listed = Client().get(f"{WALLET}/pricing").json()["services"]["toy_service"]
    assert listed["rate_per_minute"] == "$0.10/min"
    assert {mode: of["rate_per_minute"] for mode, of in listed["modes"].items()} == {
        "big": "$0.25/min"
    }


@pytest.mark.parametrize(
    ("service", "hint"),
    [("toy_service", "Use one of these: small, big."), ("transcription", "Leave it out.")],
)
def test_an_unknown_mode_is_refused(toy_service, service, hint):
    price("toy_service", 100_000)
    body = {"service_type": service, "duration_seconds": 1, "mode": "huge"}
    answer = Client().post(f"{WALLET}/estimate", body, content_type="application/json")
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "mode")
    assert error["message"] == f"{service} has no mode 'huge'. {hint}"


@pytest.mark.parametrize(
    ("seconds", "micros", "cents"),
    [
        *((0, 0, 0), (0.001, 1, 1), (60, 10_000, 1), (60.0001, 10_001, 2)),
        *((0.07, 12, 1), (1.1, 184, 1), (100_000_000, 16_666_666_667, 1_666_667)),
    ],
)
def test_a_cost_is_rounded_up_once(seconds, micros, cents):
    said = estimate(seconds)
    assert (said["cost_micros"], said["cost_cents"]) == (micros, cents)


def test_a_key_is_not_even_looked_at():
    for path in ("pricing", "service-types"):
        answer = Client().get(f"{WALLET}/{path}", headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code == 200
