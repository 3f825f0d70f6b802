"""The wallet as its owner sees it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from tests.pages import page_of
from tests.wallet.cast import fund, take_hold
from tests.wallet.gateway.recording import RecordingGateway
from tests.wallet.pages.reading import WALLET, completed, make_topup, words
from wallet import services
from wallet.models import Wallet

pytestmark = pytest.mark.django_db


def test_a_new_account_has_nothing_and_is_told_how_to_begin(as_owner: Client) -> None:
    answer = as_owner.get(WALLET)

    page_of(answer)
    text = words(answer)
    for said in ("$0.00", "No top-up yet.", "Nothing yet.", "Top-ups are not configured"):
        assert said in text
    assert "Go to payment" not in text
    assert "Manage cards" not in text
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_money(user: User, as_owner: Client) -> None:
    fund(user, 24_876_544)
    take_hold(user, 123_456)

    answer = as_owner.get(WALLET)

    page_of(answer)
    figure = r'<p class="figure__value">(.*?)</p>\s*<p[^>]*>\s*(.*?)\s*</p>'
    assert re.findall(figure, answer.content.decode()) == [
        ("$24.75", "exactly $24.753088"),
        ("$0.123456", "of a balance of $24.876544"),
    ]


def test_a_debt_says_what_it_is(user: User, as_owner: Client) -> None:
    payment = completed(user)
    services.settle(job_id=take_hold(user, 20_000_000).job_id, amount_micros=20_000_000)
    services.book_refund(
        refund_id="re_1",
        payment_intent_id=payment.payment_intent_id,
        amount_cents=2700,
        status="succeeded",
    )

    answer = as_owner.get(WALLET)

    page_of(answer)
    assert "You owe $20.00: it was spent before its payment was refunded" in words(answer)
    assert "and $20.00 owed" in words(answer)

    fund(user, 21_000_000)
    assert "and $20.00 paid what you owed" in words(as_owner.get(WALLET))


def test_a_frozen_wallet_says_why(user: User, as_owner: Client) -> None:
    fund(user, 1)
    Wallet.objects.update(is_frozen=True)
    text = words(as_owner.get(WALLET))
    assert "Spending is paused" in text
    assert "Nothing that you have is lost" in text


def test_a_disputed_payment_says_what_is_set_aside(user: User, as_owner: Client) -> None:
    # Given a payment whose money the bank has taken until it decides
    facts = {
        "dispute_id": "du_1",
        "payment_intent_id": completed(user).payment_intent_id,
        "amount_cents": 2700,
    }
    services.withdraw_dispute(**facts, status="needs_response")

    answer = as_owner.get(WALLET)
    page_of(answer)
    assert "$25.00 of it is set aside until the bank decides" in words(answer)
    assert "Nothing that you have is lost" not in words(answer)
    topups = top_ups(answer)
    assert "disputed $25.00 is set aside" in topups
    assert "paid" not in topups

    # When the bank decides for the customer, Then it says so
    services.note_dispute(**facts, status="lost")
    assert "lost $25.00 was taken back" in top_ups(as_owner.get(WALLET))
    assert "set aside" not in words(as_owner.get(WALLET))


def test_a_dispute_that_is_won_leaves_a_payment_paid(user: User, as_owner: Client) -> None:
    facts = {
        "dispute_id": "du_1",
        "payment_intent_id": completed(user).payment_intent_id,
        "amount_cents": 2700,
    }
    services.withdraw_dispute(**facts, status="needs_response")
    services.reinstate_dispute(**facts, status="won")

    topups = top_ups(as_owner.get(WALLET))
    assert "paid" in topups
    assert "set aside" not in topups


def top_ups(answer: HttpResponse) -> str:
    return words(answer).partition("Top-ups")[2].partition("Latest movements")[0]


def test_large_sums_are_easy_to_read(user: User, as_owner: Client) -> None:
    fund(user, 40_000_000_000)
    assert "$40,000.00 exactly $40,000.00" in words(as_owner.get(WALLET))


def test_a_top_up_by_auto_recharge_says_so(user: User, as_owner: Client) -> None:
    completed(user)
    topup = make_topup(user, kind="auto")
    services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_auto", paid_cents=2500)

    ledger = words(as_owner.get(WALLET)).partition("Latest movements")[2]

    assert ledger.count("Top-up") == 2
    assert ledger.count("Top-up by auto-recharge") == 1


def test_the_ledger_names_what_each_entry_was_for(user: User, as_owner: Client) -> None:
    fund(user, 1_000_000)
    key, _ = create_api_key(user=user, name="<i>Laptop</i>")
    hold = services.hold(user=user, job_id=uuid.uuid4(), amount_micros=500, seconds=60, api_key=key)
    services.settle(
        job_id=hold.job_id, amount_micros=123, request_id="req_abc", reason="speech: 12.345 s"
    )

    answer = as_owner.get(WALLET)

    page_of(answer)
    ledger = words(answer).partition("Latest movements")[2]
    assert "Request speech: 12.345 s with the key &lt;i&gt;Laptop&lt;/i&gt; req_abc" in ledger
    assert "-$0.000123 $0.999877" in ledger
    assert "Grant a test" in ledger
    assert ledger.index("-$0.000123") < ledger.index("$1.00")


def test_the_newest_twenty_and_only_one_s_own(user: User, stranger: User, as_owner: Client) -> None:
    for micros in range(1, 26):
        fund(user, micros)
    fund(stranger, 777_777)

    ledger = words(as_owner.get(WALLET)).partition("Latest movements")[2]

    assert ledger.count("Grant") == 20
    assert "$0.000006" in ledger
    assert "$0.777777" not in ledger


def test_a_wallet_that_grows_costs_no_more_queries(
    user: User, as_owner: Client, paying: RecordingGateway
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_owner.get(WALLET))
        return len(captured)

    def live() -> None:
        completed(user)
        key, _ = create_api_key(user=user, name="x")
        hold = services.hold(
            user=user, job_id=uuid.uuid4(), amount_micros=500, seconds=60, api_key=key
        )
        services.settle(job_id=hold.job_id, amount_micros=123)

    live()
    queries()  # the first look remembers what is switched on
    few = queries()
    for _ in range(15):
        live()

    assert queries() == few <= 11
    assert paying.calls == []  # a page to look at waits for nobody else


def test_statements_are_offered_from_the_first_month_on(user: User, as_owner: Client) -> None:
    now = timezone.now()
    User.objects.filter(pk=user.pk).update(date_joined=now.replace(day=1) - timedelta(days=300))

    text = as_owner.get(WALLET).content.decode()

    assert text.count(".pdf") == text.count(".csv") == 11
    assert reverse("statement", args=[f"{now:%Y-%m}", "pdf"]) in text
    assert "Older months" in text


def test_the_way_to_the_wallet(as_owner: Client, client: Client) -> None:
    page = as_owner.get(reverse("dashboard")).content.decode()
    assert page.count(f'href="{WALLET}"') == 2  # in the head of each page, and beside the balance


PAGES = {
    "wallet": "get",
    "wallet-top-up": "post",
    "wallet-portal": "post",
    "wallet-promo": "post",
    "wallet-limits": "post",
    "wallet-auto-recharge": "get",
    "wallet-topups": "get",
}


@pytest.mark.parametrize(("name", "method"), PAGES.items())
def test_only_for_who_is_logged_in(name: str, method: str, client: Client) -> None:
    answer = getattr(client, method)(reverse(name))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{reverse('login')}?next={reverse(name)}",
    )


@pytest.mark.parametrize("name", [name for name, method in PAGES.items() if method == "post"])
def test_a_link_changes_nothing(name: str, as_owner: Client) -> None:
    assert as_owner.get(reverse(name)).status_code == 405


def test_forms_of_other_sites_are_refused(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for name in ("wallet-top-up", "wallet-portal", "wallet-promo", "wallet-limits"):
        assert client.post(reverse(name)).status_code == 403
