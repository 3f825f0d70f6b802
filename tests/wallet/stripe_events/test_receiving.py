"""Each event once, whatever it is of, and kept with what became of it."""

from __future__ import annotations

import pytest
import stripe

from accounts.models import User
from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, NOTHING, pay, tell
from wallet import services
from wallet.models import StripeEvent
from wallet.stripe_events import handle
from wallet.stripe_events.table import EVENT_TYPES

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_an_event_is_kept_with_what_was_done(topup):
    told = events.event("checkout.session.completed", events.session(topup))
    handle(told)
    kept = StripeEvent.objects.get()
    assert (kept.id, kept.type, kept.status) == (told["id"], told["type"], "handled")
    assert (kept.object_id, kept.deliveries, kept.livemode) == ("cs_1", 1, False)
    assert kept.outcome.startswith("credited by entry")
    assert kept.payload == told


def test_an_event_of_the_sdks_own_kind_is_taken_as_well(topup, user):
    told = events.event("checkout.session.completed", events.session(topup))
    assert handle(stripe.Event.construct_from(told, "sk_test_x")).is_settled
    assert money_of(user) == CREDITED


def test_the_same_event_again_does_nothing(topup, user):
    told = events.event("checkout.session.completed", events.session(topup))
    outcomes = [handle(told).outcome for _ in range(3)]
    assert outcomes[1:] == ["duplicate", "duplicate"]
    assert StripeEvent.objects.get().deliveries == 3
    assert money_of(user) == CREDITED


def test_what_failed_is_done_when_it_comes_again(topup, user, monkeypatch):
    told = events.event("checkout.session.completed", events.session(topup))
    with monkeypatch.context() as patch:
        patch.setattr(services, "complete_topup", broken)
        receipt = handle(told)
    assert (receipt.http_status, receipt.outcome) == (500, "ZeroDivisionError: half done")
    assert StripeEvent.objects.get().status == "failed"
    assert money_of(user) == NOTHING

    assert handle(told).is_settled

    kept = StripeEvent.objects.get()
    assert (kept.status, kept.deliveries) == ("handled", 2)
    assert money_of(user) == CREDITED


def broken(**kwargs):
    """Dies with its work half done."""
    User.objects.filter(email="owner@example.org").update(email="half@example.org")
    raise ZeroDivisionError("half done")


def test_the_work_of_an_event_that_fails_is_undone(topup, user, monkeypatch):
    monkeypatch.setattr(services, "complete_topup", broken)
    pay(topup)
    assert User.objects.filter(email="owner@example.org").exists()


def test_a_twin_that_fails_afterwards_unmakes_nothing(topup, user, monkeypatch):
    told = events.event("checkout.session.completed", events.session(topup))
    handle(told)
    with monkeypatch.context() as patch:
        patch.setattr("wallet.stripe_events.receiving._claim", lambda told: 1 // 0)
        assert handle(told).http_status == 500
    assert StripeEvent.objects.get().status == "handled"
    assert handle(told).outcome == "duplicate"
    assert money_of(user) == CREDITED


# --- odds and ends --------------------------------------------------------------------------


def test_client_secrets_are_not_kept(topup):
    tell("payment_intent.succeeded", events.intent(topup))
    assert "pi_secret_of_the_customer" not in str(StripeEvent.objects.get().payload)


def test_another_version_of_the_interface_is_warned_of(topup, user, caplog):
    told = events.event("checkout.session.completed", events.session(topup))
    handle(told | {"api_version": "2020-01-01.old"})
    assert "is of version 2020-01-01.old" in caplog.text
    assert money_of(user) == CREDITED


def test_text_that_postgresql_cannot_keep_is_kept_without(topup):
    odd = events.event("customer.created", {"id": "cus_\0", "name": "a\0b"})
    assert handle(odd).is_settled
    assert StripeEvent.objects.get().payload["data"]["object"]["name"] == "ab"


def test_every_type_that_matters_is_known_to_stripe():
    described = stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"]
    assert all(f"'{kind}'" in repr(described) for kind in EVENT_TYPES)
