"""Both gateways, and the customer's hand on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.harness.fake_stripe import FakeStripe
from tests.wallet.gateway.recording import RecordingGateway
from wallet.gateway import PaymentGateway, StripeGateway
from wallet.models import Topup


@dataclass(frozen=True)
class Side:
    """A gateway, and what happens beyond it."""

    gateway: PaymentGateway
    pay: Callable[[str, str], Any]
    attach: Callable[[str, str], str]
    """Gives a customer a card that nothing was paid by; its payment method."""
    forget_customer: Callable[[str], Any]
    lose_answer: Callable[[], Any]
    """The next call is carried out, and nobody hears of it."""
    refuse_next: Callable[[], Any]
    """The next call is not carried out."""


def recording_side() -> Side:
    recording = RecordingGateway()
    return Side(
        gateway=recording,
        pay=recording.pay,
        attach=lambda customer, card: recording.save_card(customer, card).payment_method_id,
        forget_customer=recording.forget_customer,
        lose_answer=lambda: recording.fail_next(after=True),
        refuse_next=recording.fail_next,
    )


def stripe_side(pretend: FakeStripe) -> Side:
    return Side(
        gateway=StripeGateway(pretend.secret_key, api_base=pretend.url),
        pay=pretend.pay,
        attach=lambda customer, card: _attach(pretend, customer, card),
        forget_customer=pretend.client().v1.customers.delete,
        lose_answer=lambda: pretend.config(fail_next={"status": "drop_after_commit", "times": 1}),
        refuse_next=lambda: pretend.config(fail_next={"status": 503, "times": 1}),
    )


def _attach(pretend: FakeStripe, customer_id: str, card: str) -> str:
    methods = pretend.client().v1.payment_methods
    return methods.attach(card, {"customer": customer_id}).id


@pytest.fixture(autouse=True)
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own second and third try would hide what our code does without an answer."""
    monkeypatch.setattr("wallet.gateway.stripe_gateway.RETRIES", 0)


@pytest.fixture(params=["recording", "stripe"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    if request.param == "recording":
        yield recording_side()
    else:
        yield stripe_side(request.getfixturevalue("fake_stripe"))


@pytest.fixture
def new_topup(user: User) -> Callable[..., Topup]:
    """An attempt of 25 dollars that the provider has not heard of."""

    def make(**changes: Any) -> Topup:
        # the hour after which a page closes, on a second: providers know no smaller times
        over = timezone.now().replace(microsecond=0) + timedelta(hours=1)
        fields = {"kind": Topup.Kind.CHECKOUT, "amount_cents": 2500, "livemode": False}
        return Topup.objects.create(**{"user": user, "expires_at": over} | fields | changes)

    return make
