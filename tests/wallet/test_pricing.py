from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audio_api.services.transcription.service import TRANSCRIPTION
from wallet.models import Rate
from wallet.pricing import NoRate, price_list, price_now, prices_now, rates_now

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_first_prices_are_audiopods():
    prices = {offer.service_type: price for offer, price in prices_now().items()}
    per_minute = {"text_to_speech": 40_000, "transcription": 10_000, "translation": 10_000}
    assert prices == per_minute | {"media_converter": 10_000, "denoise": 20_000}
    assert [price_now(service) for service in prices] == list(prices.values())


def test_a_rate_holds_from_its_moment_until_the_next():
    moment = timezone.now() + timedelta(days=1)
    Rate.objects.create(
        service_type="transcription", price_micros_per_minute=1, effective_from=moment
    )
    just_before = moment - timedelta(microseconds=1)
    assert price_now("transcription") == 10_000
    assert price_now("transcription", at=just_before) == 10_000
    assert price_now("transcription", at=moment) == 1
    assert prices_now(at=moment)[TRANSCRIPTION.offer] == 1
    assert price_now("translation", at=moment) == 10_000


def test_before_the_first_rate_nothing_has_a_price():
    long_ago = datetime(2019, 12, 31, tzinfo=UTC)
    with pytest.raises(NoRate, match="text_to_speech has no price yet: add a rate"):
        price_now("text_to_speech", at=long_ago)
    assert prices_now(at=long_ago) == {}


def rate(service_type, mode, micros, begins):
    Rate.objects.create(
        service_type=service_type,
        mode=mode,
        basis="output",
        price_micros_per_minute=micros,
        effective_from=begins,
    )


def test_a_mode_without_a_price_costs_what_its_service_costs(toy_service):
    long_ago, lately = (timezone.now() - timedelta(days=days) for days in (9, 2))
    rate("toy_service", "big", 8, long_ago)
    with pytest.raises(NoRate):
        price_now("toy_service", "small")
    assert toy_service not in prices_now(), "a mode alone is not for sale"

    rate("toy_service", "", 3, lately)

    prices = [price_now("toy_service", mode) for mode in ("", "small", "big", "unheard of")]
    assert prices == [3, 3, 8, 3]
    assert price_now("toy_service", "big", at=long_ago) == 8
    assert prices_now()[toy_service] == 3
    listed = price_list()[-1]
    assert (listed.offer, {m: r.price_micros_per_minute for m, r in listed.modes.items()}) == (
        toy_service,
        {"big": 8},
    )


def test_what_no_app_offers_has_no_place_in_the_list(toy_service):
    rate("toy_service", "", 3, timezone.now())
    rate("unknown_service", "", 3, timezone.now())
    names = [offer.service_type for offer in rates_now()]
    assert names == [
        "text_to_speech",
        "transcription",
        "translation",
        "media_converter",
        "denoise",
        "toy_service",
    ]
    assert price_now("stem_extraction", "gender") == 150_000, "and has its price all the same"


def test_a_service_may_be_free():
    now = timezone.now()
    Rate.objects.create(service_type="translation", price_micros_per_minute=0, effective_from=now)
    assert price_now("translation") == 0


def test_a_price_is_not_negative_and_a_moment_has_one(db):
    beginning = Rate.objects.get(service_type="translation").effective_from
    for price, begins in [(-1, timezone.now()), (5, beginning)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Rate.objects.create(
                service_type="translation", price_micros_per_minute=price, effective_from=begins
            )


def test_prices_are_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        prices_now()
    with django_assert_num_queries(1):
        price_now("text_to_speech")
