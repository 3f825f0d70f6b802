from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from wallet.models import Rate
from wallet.pricing import NoRate, Service, price_now, prices_now

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_first_prices_are_audiopods():
    assert prices_now() == {
        Service.TEXT_TO_SPEECH: 40_000,
        Service.TRANSCRIPTION: 10_000,
        Service.TRANSLATION: 10_000,
    }
    assert [price_now(service) for service in Service] == [40_000, 10_000, 10_000]


def test_a_rate_holds_from_its_moment_until_the_next():
    moment = timezone.now() + timedelta(days=1)
    Rate.objects.create(
        service=Service.TRANSCRIPTION, price_micros_per_minute=1, effective_from=moment
    )
    just_before = moment - timedelta(microseconds=1)
    assert price_now(Service.TRANSCRIPTION) == 10_000
    assert price_now(Service.TRANSCRIPTION, at=just_before) == 10_000
    assert price_now(Service.TRANSCRIPTION, at=moment) == 1
    assert prices_now(at=moment)[Service.TRANSCRIPTION] == 1
    assert price_now(Service.TRANSLATION, at=moment) == 10_000


def test_before_the_first_rate_nothing_has_a_price():
    long_ago = datetime(2019, 12, 31, tzinfo=UTC)
    with pytest.raises(NoRate, match="text_to_speech has no price yet: add a rate"):
        price_now(Service.TEXT_TO_SPEECH, at=long_ago)
    assert prices_now(at=long_ago) == {}


def test_a_service_may_be_free():
    now = timezone.now()
    Rate.objects.create(service="translation", price_micros_per_minute=0, effective_from=now)
    assert price_now(Service.TRANSLATION) == 0


def test_a_price_is_not_negative_and_a_moment_has_one(db):
    beginning = Rate.objects.get(service="translation").effective_from
    for price, begins in [(-1, timezone.now()), (5, beginning)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Rate.objects.create(
                service="translation", price_micros_per_minute=price, effective_from=begins
            )


def test_prices_are_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        prices_now()
    with django_assert_num_queries(1):
        price_now(Service.TEXT_TO_SPEECH)
