"""The page of the keys: what each may, has spent and when it was last used."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, User
from accounts.services import KeyLimits, create_api_key
from audio_api.models import UsageDay
from dashboard.keys.listing import Budget
from tests.pages import page_of
from tests.wallet.cast import fund
from wallet import services as wallet

pytestmark = pytest.mark.django_db

KEYS = "/dashboard/keys/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def eve() -> User:
    return User.objects.create_user("eve@example.com")


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def words(answer: HttpResponse) -> str:
    page_of(answer)
    main = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def used(
    key: ApiKey | None, user: User, micros: int, *, days_ago: int = 0, voice: str = ""
) -> None:
    day = timezone.now().date() - timedelta(days=days_ago)
    UsageDay.objects.create(
        user=user, api_key=key, day=day, kind="speech", voice_name=voice, cost_micros=micros
    )


def test_an_account_without_a_key_is_led_to_its_first(as_ada: Client) -> None:
    answer = as_ada.get(KEYS)
    assert "Make your first key" in words(answer)
    assert 'action="/dashboard/keys/new/"' in answer.content.decode()


def test_a_key_tells_what_it_spent_and_where_it_was_used(
    ada: User, eve: User, as_ada: Client
) -> None:
    # Given a key used today and 29 days ago, what is older, and what others spent
    key, _ = create_api_key(user=ada, name="Laptop", allowed_networks=["203.0.113.0/24"])
    used(key, ada, 1_000_000)
    used(key, ada, 234_567, days_ago=29, voice="nova")
    used(key, ada, 777, days_ago=30)
    used(None, ada, 888)
    used(create_api_key(user=eve, name="Eve's")[0], eve, 999)
    services.touch(key, "203.0.113.7")

    answer = as_ada.get(KEYS)

    said = words(answer)
    for words_ in ("$1.234567", "Only from 203.0.113.0/24", "from 203.0.113.7", "no limit"):
        assert words_ in said
    assert f"?key={key.public_id}" in answer.content.decode()
    assert "Eve" not in said


def test_a_budget_counts_what_is_held(ada: User, as_ada: Client) -> None:
    limits = KeyLimits(monthly_limit_micros=2_000_000, total_limit_micros=0)
    fund(ada, 5_000_000)
    key, _ = create_api_key(user=ada, name="Laptop")

    def hold() -> uuid.UUID:
        job = uuid.uuid4()
        wallet.hold(user=ada, job_id=job, amount_micros=1_000_000, seconds=60, api_key=key)
        return job

    wallet.settle(job_id=hold(), amount_micros=400_000)
    hold()
    services.change(key, name="Laptop", scopes=["*"], limits=limits, allowed_networks=[])

    said = words(as_ada.get(KEYS))

    assert "$1.40 of $2.00 this month" in said
    assert "$1.40 of $0.00 in all" in said


@pytest.mark.parametrize(
    ("used_micros", "limit", "percent", "is_short"),
    [
        (0, 0, 100, True),
        (0, 5, 0, False),
        (899, 1000, 89, False),
        (900, 1000, 90, True),
        (3000, 1000, 100, True),
    ],
)
def test_how_much_of_a_budget_is_used(
    used_micros: int, limit: int, percent: int, is_short: bool
) -> None:
    budget = Budget(True, used_micros, limit)
    assert (budget.percent, budget.is_short) == (percent, is_short)


def test_keys_that_are_over_are_folded_away(ada: User, eve: User, as_ada: Client) -> None:
    create_api_key(user=ada, name="Works")
    revoked, _ = create_api_key(user=ada, name="Revoked")
    services.revoke(revoked)
    expired, _ = create_api_key(user=ada, name="Expired")
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    services.revoke(create_api_key(user=eve, name="Eve's")[0])
    used(revoked, ada, 1_234)

    first = words(as_ada.get(KEYS))
    table, _, folded = first.partition("Revoked and expired keys")
    assert "Works" in table
    assert "Expired" not in table.partition("Works")[2]
    assert re.search(r"expired .*Expired ap_.* revoked .*Revoked ap_", folded)

    over = words(as_ada.get(KEYS, {"show": "over"}))
    assert "$0.001234" in over
    assert "Works" not in over
    assert "Eve" not in over
    assert "Rotate" not in over


def test_many_keys_take_pages(ada: User, as_ada: Client) -> None:
    for number in range(51):
        create_api_key(user=ada, name=f"key-{number:02}")
    assert re.findall(r"key-\d\d", words(as_ada.get(KEYS)))[0] == "key-50"
    last = as_ada.get(KEYS, {"page": "2"})
    assert set(re.findall(r"key-\d\d", words(last))) == {"key-00"}
    assert "Page 2 of 2" in words(last)
    assert "Page 2 of 2" in words(as_ada.get(KEYS, {"page": "99"}))


def test_an_account_with_many_keys_costs_no_more_queries(ada: User, as_ada: Client) -> None:
    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_ada.get(KEYS, query))
        return len(captured)

    def make(count: int) -> None:
        for number in range(count):
            limits = KeyLimits(monthly_limit_micros=number)
            key, _ = create_api_key(user=ada, name="Laptop", limits=limits)
            used(key, ada, number)
            if number % 3 == 0:
                services.rotate(key, overlap=timedelta(hours=number % 2))

    make(3)
    few = queries()
    few_over = queries(show="over")
    make(297)

    assert queries() == few <= 8
    assert queries(show="over") == few_over <= 8
    assert queries(page="2") == few
