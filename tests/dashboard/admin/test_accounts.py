"""Accounts in the admin: what they have, spend and do; and how one is suspended."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key, find_api_key, revoke
from audio_api.models import Job, UsageDay
from wallet import services as wallet
from wallet.admin import OF_ACCOUNT
from wallet.models import Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LISTING = "admin:accounts_user_changelist"
PAGE = "admin:accounts_user_change"


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@example.org")


@pytest.fixture
def as_boss(boss: User, client: Client) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture
def ada(db: None) -> User:
    """Has $3.00, of which $0.50 are held."""
    user = User.objects.create_user("ada@example.com")
    wallet.grant(
        user=user, amount_micros=3_000_000, reason="gift", actor="command:t", idempotency_key="g"
    )
    wallet.hold(user=user, job_id=uuid.uuid4(), amount_micros=500_000, seconds=60)
    return user


def spend(user: User, day: datetime, micros: int) -> None:
    UsageDay.objects.create(
        user=user, day=day.date(), kind="speech", requests=1, cost_micros=micros
    )


def row_of(client: Client, user: User, **asked: Any) -> User:
    listed = client.get(reverse(LISTING), {"q": user.email} | asked).context["cl"].result_list
    [found] = listed
    return found  # type: ignore[no-any-return]


def test_an_account_is_listed_with_its_money(as_boss: Client, ada: User) -> None:
    Wallet.objects.filter(pk=ada.pk).update(is_frozen=True)
    page = as_boss.get(reverse(LISTING), {"q": ada.email}).content.decode()
    for shown in ("ada@example.com", "$2.50", "$0.50"):
        assert shown in page
    of_ada = as_boss.get(reverse(PAGE, args=[ada.pk])).content.decode()
    assert "$2.50 available, $0.50 held, $0.00 owed · frozen by a dispute" in of_ada


def test_what_it_spent_is_that_of_the_month_and_of_thirty_days(as_boss: Client, ada: User) -> None:
    today = timezone.now().astimezone(UTC)
    first = today.replace(day=1)
    for day, micros in (
        (today, 1), (first - timedelta(days=1), 20), (today - timedelta(days=29), 300),
        (today - timedelta(days=30), 4000),
    ):  # fmt: skip
        if not UsageDay.objects.filter(day=day.date()).exists():
            spend(ada, day, micros)
    expected = UsageDay.objects.filter(day__gte=first.date())
    row: Any = row_of(as_boss, ada)
    assert row.month_micros == sum(expected.values_list("cost_micros", flat=True))
    assert row.recent_micros < 4000
    assert row.recent_micros >= 301


def test_its_newest_request_and_its_live_keys_are_seen(as_boss: Client, ada: User) -> None:
    now = timezone.now()
    for days in (3, 1, 2):
        Job.objects.create(
            user=ada, request_id="r", kind="speech", model="tts-1", held_micros=1, params={},
            price_micros_per_minute=1, queue_deadline=now, created_at=now - timedelta(days=days),
        )  # fmt: skip
    create_api_key(user=ada, name="one")
    revoke(create_api_key(user=ada, name="another")[0])
    row: Any = row_of(as_boss, ada)
    assert row.last_request_at == now - timedelta(days=1)
    assert row.keys_alive == 1


def test_an_account_that_never_did_anything_is_shown(as_boss: Client, boss: User) -> None:
    row: Any = row_of(as_boss, boss)
    assert (row.month_micros, row.last_request_at, row.keys_alive) == (0, None, 0)
    assert as_boss.get(reverse(PAGE, args=[boss.pk])).status_code == 200


@pytest.mark.parametrize(
    ("money", "is_found"), [("held", True), ("debt", False), ("frozen", False), ("spent", False)]
)
def test_accounts_are_filtered_by_money(
    as_boss: Client, ada: User, money: str, is_found: bool
) -> None:
    page = as_boss.get(reverse(LISTING), {"money": money, "q": ada.email})
    assert (page.context["cl"].result_count == 1) is is_found


def test_its_page_leads_to_all_that_belongs_to_it(as_boss: Client, boss: User, ada: User) -> None:
    page = as_boss.get(reverse(PAGE, args=[ada.pk])).content.decode()
    for listing in ("audio_api_job", "accounts_apikey", "wallet_topup"):
        address = reverse(f"admin:{listing}_changelist", query={"user__id__exact": ada.pk})
        assert address in page
        assert as_boss.get(address).status_code == 200
    ledger = reverse("admin:wallet_journalentry_changelist", query={OF_ACCOUNT: ada.pk})
    wallet.grant(user=boss, amount_micros=5, reason="gift", actor="command:t", idempotency_key="b")
    assert ledger in page
    assert as_boss.get(ledger).context["cl"].result_count == 1


def test_listing_accounts_takes_as_many_queries_for_many(
    as_boss: Client, ada: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as few:
        as_boss.get(reverse(LISTING))
    for number in range(30):
        user = User.objects.create_user(f"user{number}@example.com")
        create_api_key(user=user, name="one")
        wallet.grant(
            user=user, amount_micros=5, reason="gift", actor="command:t",
            idempotency_key=str(number),
        )  # fmt: skip
    with django_assert_max_num_queries(len(few)):
        as_boss.get(reverse(LISTING))


# --- suspension -----------------------------------------------------------------------------
def act(client: Client, action: str, *users: User) -> list[str]:
    chosen = {"action": action, "_selected_action": [user.pk for user in users]}
    answer = client.post(reverse(LISTING), chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_a_suspended_account_is_out_at_once_and_may_come_back(as_boss: Client, ada: User) -> None:
    _, token = create_api_key(user=ada, name="one")
    as_ada = Client()
    as_ada.force_login(ada)

    assert act(as_boss, "suspend", ada) == ["1 account suspended."]
    assert find_api_key(token) is None
    assert as_ada.get(reverse("dashboard")).status_code == 302
    assert wallet.balance(ada).available_micros == 2_500_000

    assert act(as_boss, "restore", ada) == ["1 account let in again."]
    assert find_api_key(token) is not None


def test_what_its_owner_closed_is_not_opened_again(as_boss: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False, closed_at=timezone.now())
    assert act(as_boss, "restore", ada) == ["0 accounts let in again."]
    ada.refresh_from_db()
    assert not ada.is_active


def test_nobody_suspends_themselves(as_boss: Client, boss: User, ada: User) -> None:
    assert act(as_boss, "suspend", boss, ada) == [
        "You can't suspend yourself.",
        "1 account suspended.",
    ]
    boss.refresh_from_db()
    assert boss.is_active


def test_staff_do_not_suspend_those_above_them(client: Client, boss: User, ada: User) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    names = ["view_user", "change_user"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(clerk)
    assert act(client, "suspend", boss, ada) == ["1 account suspended."]
    boss.refresh_from_db()
    assert boss.is_active


def test_it_is_on_record(as_boss: Client, boss: User, ada: User) -> None:
    LogEntry.objects.all().delete()
    act(as_boss, "suspend", ada)
    act(as_boss, "suspend", ada)
    act(as_boss, "restore", ada)
    done = LogEntry.objects.order_by("pk").values_list("user", "object_id", "change_message")
    assert list(done) == [
        (boss.pk, str(ada.pk), "Suspended."),
        (boss.pk, str(ada.pk), "Let in again."),
    ]
