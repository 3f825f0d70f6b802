"""After the payment page: pages that only read."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.pages import page_of
from tests.wallet.gateway.recording import RecordingGateway
from tests.wallet.pages.reading import WALLET, completed, make_topup, words
from wallet import services
from wallet.models import Topup

pytestmark = pytest.mark.django_db


def done(client: Client, topup: Topup, query: str = "", name: str = "topup-done") -> HttpResponse:
    return client.get(f"{reverse(name, args=[topup.pk])}{query}")


def looks_again(answer: HttpResponse) -> str | None:
    """After how many seconds the page asks again by itself, and where."""
    page_of(answer)
    return answer.headers.get("Refresh")


def test_payment_received(user: User, as_owner: Client) -> None:
    topup = completed(user)

    answer = done(as_owner, topup, "?sid=cs_1")

    page_of(answer)
    text = words(answer)
    for said in ("Payment received", "$25.00", "With tax you paid $27.00", "Receipt"):
        assert said in text
    assert looks_again(answer) is None


@pytest.mark.parametrize("status", ["created", "open", "processing"])
def test_a_page_that_waits_looks_again_and_stops(status: str, user: User, as_owner: Client) -> None:
    topup = make_topup(user, status=status, url="https://pay.example/1")

    answer = done(as_owner, topup)

    assert looks_again(answer) == "3;url=?checks=1"
    waits_for = "bank" if status == "processing" else "payment"
    assert f"Waiting for the {waits_for}" in words(answer)
    assert ("https://pay.example/1" in answer.content.decode()) == (status == "open")
    assert looks_again(done(as_owner, topup, "?checks=39")) == "3;url=?checks=40"
    for stopped in ("40", "9999", "-1", "x", "%D9%A1"):
        answer = done(as_owner, topup, f"?checks={stopped}")
        assert looks_again(answer) is None
        assert "has stopped looking" in words(answer)


def test_a_page_that_waits_only_reads(
    user: User, as_owner: Client, recording: RecordingGateway
) -> None:
    topup = make_topup(user)

    for name in ("topup-done", "topup-cancelled"):
        done(as_owner, topup, name=name)

    assert recording.calls == []
    assert Topup.objects.get().status == "open"
    assert done(as_owner, topup).status_code == 200
    assert as_owner.post(reverse("topup-done", args=[topup.pk])).status_code == 405


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "failed", "error": "The bank said no."}, "The bank said no."),
        ({"status": "expired"}, "The payment page has closed"),
        ({"expires_at": timezone.now() - timedelta(hours=1)}, "The payment page has closed"),
    ],
)
@pytest.mark.parametrize("name", ["topup-done", "topup-cancelled"])
def test_what_was_not_paid_can_be_tried_again(
    name: str, fields: dict[str, object], said: str, user: User, as_owner: Client
) -> None:
    answer = done(as_owner, make_topup(user, **fields), name=name)

    assert looks_again(answer) is None
    assert said in words(answer)
    assert "Try again" in words(answer)


def test_cancelled_and_paid_after_all(user: User, as_owner: Client) -> None:
    topup = make_topup(user, url="https://pay.example/1")

    answer = done(as_owner, topup, name="topup-cancelled")
    assert "Not paid yet" in words(answer)
    assert "$25.00 is not paid, and nothing was charged." in words(answer)
    assert 'class="button" href="https://pay.example/1"' in answer.content.decode()
    assert looks_again(answer) is None

    services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_1", paid_cents=2500)
    assert "Payment received" in words(done(as_owner, topup, name="topup-cancelled"))


@pytest.mark.parametrize("name", ["topup-done", "topup-cancelled"])
def test_a_top_up_of_somebody_else_does_not_exist(
    name: str, user: User, as_stranger: Client
) -> None:
    page_of(done(as_stranger, completed(user), name=name), status=404)
    page_of(as_stranger.get(reverse(name, args=[uuid.uuid4()])), status=404)


def test_top_ups_are_listed_with_what_became_of_them(user: User, as_owner: Client) -> None:
    paid = completed(user)
    services.book_refund(
        refund_id="re_1",
        payment_intent_id=paid.payment_intent_id,
        amount_cents=1000,
        status="succeeded",
    )
    make_topup(user, status="failed", error="Your card was declined.")
    make_topup(user, status="processing", kind="auto")
    make_topup(user, status="created")

    answer = as_owner.get(WALLET)

    page_of(answer)
    listed = words(answer).partition("Top-ups")[2].partition("Latest movements")[0]
    for said in (
        "paid",
        "$10.00",
        "Receipt",
        "Your card was declined.",
        "waiting for the bank",
        "auto-recharge",
    ):
        assert said in listed
    assert "not paid yet" not in listed


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("needs_response", "disputed Your bank asks for this payment back. $25.00 is set aside"),
        ("lost", "lost Your bank has taken this payment back, and $25.00 was taken"),
    ],
)
def test_a_payment_that_is_disputed(status: str, said: str, user: User, as_owner: Client) -> None:
    topup = completed(user)
    services.withdraw_dispute(
        dispute_id="du_1",
        payment_intent_id=topup.payment_intent_id or "",
        amount_cents=2700,
        status=status,
    )

    answer = done(as_owner, topup)

    page_of(answer)
    assert said in words(answer)


def test_what_can_not_be_paid_any_more_is_not_charged(user: User, as_owner: Client) -> None:
    answer = done(as_owner, make_topup(user, status="created"), name="topup-cancelled")
    assert "Nothing was charged" in words(answer)
    assert "Not paid yet" not in words(answer)


def test_attempts_that_came_to_nothing_displace_no_payment(user: User, as_owner: Client) -> None:
    completed(user)
    make_topup(user, status="open", amount_cents=700)
    for _ in range(12):
        make_topup(user, status="expired")

    answer = as_owner.get(WALLET)

    page_of(answer)
    text = answer.content.decode()
    assert text.index("https://pay.example/receipt") < text.index("Attempts that were not paid")
    assert words(answer).count("expired") == 10


def test_every_payment_can_be_reached(
    user: User, stranger: User, as_owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.views.TOPUPS_A_PAGE", 2)
    for _ in range(3):
        completed(user)
    make_topup(user, status="failed", error="Your card was declined.")
    make_topup(stranger, status="failed", error="Not yours.")
    assert "/dashboard/wallet/topups/" in as_owner.get(WALLET).content.decode()

    first, second, unpaid = (
        as_owner.get(reverse("wallet-topups") + query) for query in ("", "?page=2", "?show=unpaid")
    )

    for answer in (first, second, unpaid):
        page_of(answer)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Not yours." not in words(answer)
    assert [words(answer).count("$25.00") for answer in (first, second, unpaid)] == [2, 1, 1]
    assert "Page 1 of 2" in words(first)
    assert 'href="?page=2"' in first.content.decode()
    assert "declined" not in words(first) + words(second)
    assert "Your card was declined." in words(unpaid)


def test_a_payment_without_a_receipt_leads_to_those_of_the_provider(
    user: User, as_owner: Client, paying: RecordingGateway
) -> None:
    topup = completed(user)
    page = reverse("topup-done", args=[topup.pk])
    portal = f'action="{reverse("wallet-portal")}"'
    assert portal not in as_owner.get(page).content.decode()

    Topup.objects.update(receipt_url="")
    assert portal in as_owner.get(page).content.decode()
