"""The page of the ledger, and its file, as their owner meets them."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from tests.pages import page_of
from tests.wallet.cast import fund
from tests.wallet.pages.reading import words
from wallet import services
from wallet.models import Hold, JournalEntry, Posting, Wallet
from wallet.offers import Offer

pytestmark = pytest.mark.django_db

LEDGER = "/dashboard/wallet/ledger/"
CSV = "/dashboard/wallet/ledger.csv"


def spend(
    user: User,
    micros: int,
    key: ApiKey | None = None,
    *,
    service: str = "",
    billed_ms: int | None = None,
    price: int | None = None,
) -> Hold:
    hold = services.hold(
        user=user,
        job_id=uuid.uuid4(),
        amount_micros=micros,
        seconds=60,
        api_key=key,
        service=service,
        price_micros_per_minute=price,
    )
    services.settle(
        job_id=hold.job_id, amount_micros=micros, billed_ms=billed_ms, request_id="req_abc"
    )
    return hold


def speak(user: User, key: ApiKey | None = None) -> Hold:
    return spend(user, 3_734, key, service="text_to_speech", billed_ms=5_601, price=40_000)


def in_file(answer: StreamingHttpResponse) -> list[dict[str, str]]:
    async def whole() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return list(csv.DictReader(io.StringIO(async_to_sync(whole)().decode())))


def main_of(client: Client, **query: str) -> str:
    answer = client.get(LEDGER, query)
    page_of(answer)
    return words(answer).partition("Balance after")[2] or words(answer)


def test_an_account_that_has_nothing(as_owner: Client) -> None:
    assert "Nothing yet." in main_of(as_owner)


def test_a_request_says_why_it_cost_what_it_cost(user: User, as_owner: Client) -> None:
    fund(user, 1_000_000)
    key, _ = create_api_key(user=user, name="<i>Laptop</i>")
    speak(user, key)
    spend(user, 1)

    said = main_of(as_owner)

    assert (
        "Speech 5.601 s \u00d7 $0.04 a minute with the key &lt;i&gt;Laptop&lt;/i&gt; req_abc"
        in said
    )
    assert "-$0.003734 $0.996266" in said
    assert "Request Playground req_abc" in said


def test_an_amount_keeps_its_units_in_every_language(user: User, as_owner: Client) -> None:
    """Given one request that was charged by a German process, and one by an English one."""
    fund(user, 1_000_000)
    with translation.override("de"):
        speak(user)
    speak(user)
    german = {"accept-language": "de"}

    english_page = main_of(as_owner)
    german_page = words(as_owner.get(LEDGER, headers=german))
    rows = in_file(as_owner.get(CSV, headers=german))

    assert english_page.count("Speech 5.601 s \u00d7 $0.04 a minute") == 2
    assert german_page.count("Sprachausgabe 5,601 s \u00d7 $0.04") == 2
    told = [(row["description"], row["seconds"], row["usd_per_minute"]) for row in rows[1:]]
    assert told == [("Sprachausgabe", "5.601", "0.040000")] * 2
    assert not JournalEntry.objects.filter(kind="settlement").exclude(reason="").exists()


def test_a_kind_of_work_that_the_wallet_does_not_know(
    user: User, as_owner: Client, toy_service: Offer
) -> None:
    fund(user, 1_000_000)
    spend(user, 500, service=toy_service.service_type, billed_ms=10_000, price=3_000)

    assert "Toy making 10 s \u00d7 $0.003 a minute" in main_of(as_owner)
    row = in_file(as_owner.get(CSV))[-1]
    told = (row["description"], row["seconds"], row["usd_per_minute"], row["amount_usd"])
    assert told == ("toy making", "10.000", "0.003000", "-0.000500")


def test_a_service_that_is_offered_no_more_keeps_its_lines(user: User, as_owner: Client) -> None:
    fund(user, 1_000_000)
    spend(user, 500, service="old_service", billed_ms=10_000, price=3_000)
    assert "Old service 10 s \u00d7 $0.003 a minute" in main_of(as_owner)


def test_filters_stand_in_the_url(user: User, as_owner: Client) -> None:
    fund(user, 1_000_000)
    key, _ = create_api_key(user=user, name="Laptop")
    other, _ = create_api_key(user=user, name="Phone")
    for micros, with_key in ((11, key), (12, other), (13, None)):
        spend(user, micros, with_key)
    today = timezone.now().date()
    yesterday = (today - timedelta(days=1)).isoformat()

    assert "$1.00" in main_of(as_owner, kind="grant")
    assert "-$0.0000" not in main_of(as_owner, kind="grant")
    with_key = main_of(as_owner, key=str(key.public_id))
    assert "-$0.000011" in with_key
    assert "-$0.000012" not in with_key
    assert "-$0.000013" in main_of(as_owner, key="playground")
    assert "-$0.000013" in main_of(as_owner, **{"from": today.isoformat()})
    assert "No such entry." in main_of(as_owner, to=yesterday)
    page = as_owner.get(LEDGER, {"kind": "grant", "from": yesterday}).content.decode()
    assert f'href="{CSV}?kind=grant&amp;from={yesterday}"' in page
    rows = in_file(as_owner.get(CSV, {"key": str(key.public_id)}))
    assert [row["amount_usd"] for row in rows] == ["-0.000011"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"kind": "music"}, "Select a valid choice"),
        ({"from": "yesterday"}, "Write a day as 2026-11-23."),
        ({"to": "9999-12-31"}, "less than or equal"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "The last day comes before the first one."),
        ({"key": "nonsense"}, "This account has no such key."),
        ({"key": str(uuid.uuid4())}, "This account has no such key."),
    ],
)
def test_what_makes_no_sense_is_said(query: dict[str, str], said: str, as_owner: Client) -> None:
    assert said in main_of(as_owner, **query)
    answer = as_owner.get(CSV, query)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{LEDGER}?")


def test_a_foreign_key_is_none(stranger: User, as_owner: Client) -> None:
    key, _ = create_api_key(user=stranger, name="Theirs")
    said = main_of(as_owner, key=str(key.public_id))
    assert "This account has no such key." in said
    assert "Theirs" not in said


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 19, "٣"])
def test_a_place_that_is_none_is_the_first_page(before: str, user: User, as_owner: Client) -> None:
    fund(user, 1)
    assert "$0.000001" in main_of(as_owner, before=before)


def test_older_lines_are_on_the_next_page(user: User, as_owner: Client) -> None:
    for micros in range(1, 56):
        fund(user, micros)

    page = page_of(as_owner.get(LEDGER))
    older = next(str(a["href"]) for a in page.all("a") if a.get("rel") == "next")
    first, second = main_of(as_owner), words(as_owner.get(LEDGER + older))

    assert (first.count("Grant"), second.count("Grant a test")) == (50, 5)
    assert "Newest" in second
    assert "Older" not in second


def test_the_file(user: User, stranger: User, as_owner: Client) -> None:
    fund(stranger, 777)
    fund(user, 1_000_000)
    key, _ = create_api_key(user=user, name="@Laptop")
    hold = speak(user, key)

    answer = as_owner.get(CSV)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audiopod-ledger.csv"'
    assert "no-store" in answer.headers["Cache-Control"]
    _, request = in_file(answer)
    del request["time_utc"], request["entry"]
    assert request == {
        "kind": "settlement",
        "description": "speech",
        "seconds": "5.601",
        "usd_per_minute": "0.040000",
        "job": str(hold.job_id),
        "request": "req_abc",
        "key": "'@Laptop",
        "amount_usd": "-0.003734",
        "balance_after_usd": "0.996266",
        "debt_change_usd": "",
    }


def test_the_file_of_some_days_is_named_after_them(as_owner: Client) -> None:
    answer = as_owner.get(CSV, {"from": "2026-11-01", "to": "2026-11-30"})
    named = 'filename="audiopod-ledger-2026-11-01-2026-11-30.csv"'
    assert named in answer.headers["Content-Disposition"]


def many(user: User, count: int) -> None:
    """Grants of a micro-dollar, written in bulk."""
    wallet, _ = Wallet.objects.get_or_create(user=user)
    numbers = range(wallet.seq + 1, wallet.seq + 1 + count)
    entries = JournalEntry.objects.bulk_create(
        JournalEntry(kind="grant", idempotency_key=f"grant:{n}", actor="command:x", reason="x")
        for n in numbers
    )
    legs = []
    for entry, n in zip(entries, numbers, strict=True):
        theirs = {"user": user, "account": "customer", "wallet_seq": n, "posted_after": n}
        legs += [
            Posting(entry=entry, number=1, amount_micros=1, **theirs),
            Posting(entry=entry, number=2, amount_micros=-1, account="promo"),
        ]
    Posting.objects.bulk_create(legs)
    Wallet.objects.filter(pk=user.pk).update(seq=numbers[-1], posted_micros=numbers[-1])


def test_a_ledger_that_grows_costs_no_more_queries(user: User, as_owner: Client) -> None:
    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_owner.get(LEDGER, query))
        return len(captured)

    asked: list[dict[str, str]] = [{}, {"kind": "grant"}, {"kind": "refund"}]
    many(user, 10)
    few = [queries(**query) for query in asked]
    many(user, 9_990)

    many_more = [queries(**query) for query in asked]
    # one more, for where a page ends that another one follows
    assert all(few <= now <= few + 1 <= 9 for few, now in zip(few, many_more, strict=True))
    assert queries(before="5000") <= many_more[0] + 1
    # a day is found by halving
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    assert queries(**{"from": tomorrow}) <= many_more[0] + 14


@pytest.mark.parametrize("name", ["ledger", "ledger-csv"])
def test_only_for_who_is_logged_in_and_only_reading(name: str, client: Client, user: User) -> None:
    answer = client.get(reverse(name))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{reverse('login')}?next={reverse(name)}",
    )
    client.force_login(user)
    assert client.post(reverse(name)).status_code == 405
