"""The door for Stripe's events: who is let in, and what the rest is told."""

from __future__ import annotations

import json
import time

import pytest
import stripe
from django.test import Client

from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from wallet import services
from wallet.models import StripeEvent, Topup
from wallet.webhooks import MAX_BYTES

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SECRET = "whsec_recording"
URL = "/webhooks/stripe"
CREDITED, NOTHING = (25_000_000, 0), (0, 0)


@pytest.fixture(autouse=True)
def _configured(recording):
    """Test keys and the secret above."""


@pytest.fixture
def topup(user) -> Topup:
    return Topup.objects.create(
        user=user, kind="checkout", status="open", amount_cents=2500, livemode=False
    )


@pytest.fixture
def body(topup) -> bytes:
    """A payment of 25 dollars."""
    return json.dumps(events.event("checkout.session.completed", events.session(topup))).encode()


def signed(body: bytes, *, secret: str = SECRET, age_seconds: int = 0) -> str:
    moment = int(time.time()) - age_seconds
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, moment)


@pytest.fixture
def deliver(client):
    """What the door answers to a body; by default as Stripe signs it."""

    def post(body: bytes, signature: str | None = None):
        headers = {"Stripe-Signature": signed(body) if signature is None else signature}
        return client.post(URL, body, content_type="application/json", headers=headers)

    return post


def signature_of(header: str) -> str:
    return header.partition("v1=")[2]


# --- let in ---------------------------------------------------------------------------------


def test_a_signed_event_is_booked(deliver, body, user):
    answer = deliver(body)
    assert answer.status_code == 200
    assert answer.json()["outcome"].startswith("credited by entry")
    assert money_of(user) == CREDITED


def test_stripe_sends_no_csrf_token(body, user):
    strict = Client(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": signed(body)}
    answer = strict.post(URL, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200


def test_twice_is_once(deliver, body, user):
    assert deliver(body).json()["outcome"].startswith("credited")
    assert deliver(body).json() == {"outcome": "duplicate"}
    assert money_of(user) == CREDITED


def test_each_secret_is_tried_while_one_replaces_the_other(deliver, body, settings, user):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert deliver(body, signed(body)).status_code == 200
    assert deliver(body, signed(body, secret="whsec_new")).status_code == 200
    assert deliver(body, signed(body, secret="whsec_third")).status_code == 400


@pytest.mark.parametrize("right_is_last", [True, False])
def test_one_of_two_signatures_is_enough(deliver, body, user, right_is_last):
    right = signed(body)
    wrong = "0" * 64
    stamp = right.partition(",")[0]
    signatures = [wrong, signature_of(right)] if right_is_last else [signature_of(right), wrong]
    header = ",".join([stamp, *(f"v1={signature}" for signature in signatures), "v0=abc"])
    assert deliver(body, header).status_code == 200
    assert money_of(user) == CREDITED


@pytest.mark.parametrize("age_seconds", [-290, 0, 290])
def test_a_signature_of_these_minutes_is_taken(deliver, body, user, age_seconds):
    assert deliver(body, signed(body, age_seconds=age_seconds)).status_code == 200


# --- kept out -------------------------------------------------------------------------------


def forgeries(body: bytes) -> dict[str, tuple[bytes, str]]:
    right = signed(body)
    stamp = right.partition(",")[0]
    changed = body.replace(b"2500", b"9900")
    rewritten = json.dumps(json.loads(body), indent=1).encode()
    return {
        "wrong secret": (body, signed(body, secret="whsec_wrong")),
        "empty secret": (body, signed(body, secret="")),
        "changed body": (changed, right),
        "body written anew": (rewritten, right),
        "body with a blank more": (body + b" ", right),
        "301 s old": (body, signed(body, age_seconds=301)),
        "301 s ahead": (body, signed(body, age_seconds=-302)),
        "another time": (body, right.replace(stamp, f"t={int(time.time()) - 60}")),
        "two times": (body, f"t={int(time.time()) + 9999},{right}"),
        "no header": (body, ""),
        "no time": (body, f"v1={signature_of(right)}"),
        "no signature": (body, stamp),
        "an old scheme": (body, f"{stamp},v0={signature_of(right)}"),
        "nonsense": (body, "a=b=c,,="),
        "a time that is none": (body, f"t=soon,v1={signature_of(right)}"),
        "not UTF-8": (b"\xff" + body, right),
        "nothing": (b"", right),
    }


@pytest.mark.parametrize("forgery", forgeries(b'{"a": 2500}'))
def test_what_is_not_proven_is_told_nothing(deliver, body, user, forgery):
    answer = deliver(*forgeries(body)[forgery])
    assert answer.status_code == 400
    assert answer.json() == {"outcome": "bad signature"}
    assert money_of(user) == NOTHING
    assert not StripeEvent.objects.exists()


def test_a_header_that_is_missing_altogether(client, body, user):
    assert client.post(URL, body, content_type="application/json").status_code == 400
    assert money_of(user) == NOTHING


def test_a_body_of_two_megabytes_is_not_read(deliver, user):
    large = b'{"a": "' + b"x" * 2 * MAX_BYTES + b'"}'
    assert deliver(large).status_code == 413


def test_a_body_just_below_the_limit_is(deliver, body):
    padding = b" " * (MAX_BYTES - len(body))
    assert deliver(body + padding).status_code == 200
    assert deliver(body + padding + b" ").status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post(client, method):
    assert getattr(client, method)(URL).status_code == 405


# --- no secret, no webhook --------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting",
    [
        {"STRIPE_WEBHOOK_SECRETS": []},
        {"STRIPE_WEBHOOK_SECRETS": ["", "  "]},
        {"STRIPE_SECRET_KEY": ""},
    ],
)
@pytest.mark.parametrize("secret", [SECRET, "", "  "])
def test_without_a_secret_the_door_is_shut_and_says_so(
    deliver, body, settings, user, setting, secret
):
    for name, value in setting.items():
        setattr(settings, name, value)
    answer = deliver(body, signed(body, secret=secret))
    assert answer.status_code == 503
    assert answer.json() == {"outcome": "webhooks are not configured on this server"}
    assert money_of(user) == NOTHING


def test_an_empty_secret_beside_a_good_one_opens_nothing(deliver, body, settings, user):
    settings.STRIPE_WEBHOOK_SECRETS = ["", SECRET]
    assert deliver(body, signed(body, secret="")).status_code == 400
    assert deliver(body).status_code == 200


# --- what is answered -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "{}", '{"id": "evt_1", "type": "x"}', "null"])
def test_what_is_signed_and_no_event_is_not_sent_again(deliver, text):
    assert deliver(text.encode()).status_code == 200
    assert not StripeEvent.objects.exists()


def test_signed_text_that_is_not_json(deliver):
    assert deliver(b"hello").status_code == 400


def test_stripe_is_asked_to_come_again_until_it_is_done(deliver, body, user, monkeypatch):
    def broken(**kwargs):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(services, "complete_topup", broken)
        assert deliver(body).status_code == 500
    assert deliver(body).status_code == 200
    assert money_of(user) == CREDITED


def test_what_does_not_fit_is_answered_409(deliver, topup, user):
    told = events.event("checkout.session.completed", events.session(topup, currency="eur"))
    assert deliver(json.dumps(told).encode()).status_code == 409
    assert money_of(user) == NOTHING
