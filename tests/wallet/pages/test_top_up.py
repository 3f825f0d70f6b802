"""From the form to the payment page and, whatever goes wrong, to one payment."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.pages import page_of
from tests.wallet.gateway.recording import RecordingGateway
from tests.wallet.pages.reading import WALLET, form_of, token_of, words
from wallet import services
from wallet.gateway import GatewayRefused
from wallet.models import Topup

pytestmark = pytest.mark.django_db


def top_up(client: Client, **fields: str) -> HttpResponse:
    form = {"preset": "2500", "amount_cents": "", "form_token": str(uuid.uuid4())}
    return client.post(reverse("wallet-top-up"), form | fields)


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        ({"preset": "500"}, 500),
        ({"preset": "5000"}, 5000),
        ({"preset": "", "amount_cents": "1"}, 100),
        ({"preset": "500", "amount_cents": "12.34"}, 1234),
        ({"preset": "", "amount_cents": "$10,000"}, 1_000_000),
    ],
)
def test_an_amount_leads_to_its_payment_page(
    fields: dict[str, str], cents: int, as_owner: Client, paying: RecordingGateway
) -> None:
    answer = top_up(as_owner, **fields)

    topup = Topup.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, topup.url)
    assert topup.amount_cents == cents
    assert paying.asked("create_checkout")[0].args["save_card"] is False


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"preset": ""}, "Choose an amount"),
        ({"amount_cents": "0.99"}, "between $1 and $10,000"),
        ({"amount_cents": "10000.01"}, "between $1 and $10,000"),
        ({"amount_cents": "5.001"}, "whole cents"),
        ({"amount_cents": "-5"}, "is not an amount in US dollars"),
        ({"amount_cents": "1e3"}, "is not an amount in US dollars"),
        ({"amount_cents": "9" * 40}, "too long"),
        ({"preset": "1"}, "not one of the available choices"),
        ({"form_token": "x"}, "This form is broken"),
    ],
)
def test_amounts_that_are_refused_stay_in_the_form(
    fields: dict[str, str], said: str, as_owner: Client, paying: RecordingGateway
) -> None:
    answer = top_up(as_owner, **fields)

    page_of(answer)
    assert said in words(answer).replace("&#x27;", "'")
    typed = fields.get("amount_cents", "")
    assert not typed or f'value="{typed}"' in answer.content.decode()
    assert Topup.objects.count() == 0


def test_a_form_sent_twice_is_paid_once(as_owner: Client, paying: RecordingGateway) -> None:
    token = token_of(as_owner.get(WALLET))

    first, second = (top_up(as_owner, form_token=token) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert Topup.objects.count() == 1
    assert len(paying.sessions) == 1


def test_back_and_another_amount_is_another_top_up(
    as_owner: Client, paying: RecordingGateway
) -> None:
    """Given a browser that shows the old form again, with the old token in it."""
    token = token_of(as_owner.get(WALLET))
    top_up(as_owner, form_token=token)

    top_up(as_owner, form_token=token, preset="5000")
    top_up(as_owner, form_token=token, preset="5000", save_card="on")

    assert sorted(topup.amount_cents for topup in Topup.objects.all()) == [2500, 5000, 5000]


def test_a_form_sent_again_after_its_payment_shows_that_it_is_paid(
    as_owner: Client, paying: RecordingGateway
) -> None:
    token = token_of(as_owner.get(WALLET))
    top_up(as_owner, form_token=token)
    topup = Topup.objects.get()
    services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_1", paid_cents=2500)

    answer = top_up(as_owner, form_token=token)

    assert answer.headers["Location"] == reverse("topup-done", args=[topup.pk])
    assert Topup.objects.count() == 1


@pytest.mark.parametrize("change", [{"status": "expired"}, {"status": "failed"}, "time"])
def test_a_form_sent_again_when_its_page_has_closed_begins_anew(
    change: object, as_owner: Client, paying: RecordingGateway
) -> None:
    token = token_of(as_owner.get(WALLET))
    top_up(as_owner, form_token=token)
    first = Topup.objects.get()
    past = {"expires_at": timezone.now() - timedelta(seconds=1)}
    Topup.objects.update(**(past if change == "time" else change))

    answer = top_up(as_owner, form_token=token)

    assert Topup.objects.count() == 2
    assert answer.headers["Location"] == Topup.objects.exclude(pk=first.pk).get().url


def test_the_form_of_somebody_else_is_not_theirs(
    as_owner: Client, as_stranger: Client, paying: RecordingGateway
) -> None:
    token = token_of(as_owner.get(WALLET))
    for client in (as_owner, as_stranger):
        assert top_up(client, form_token=token).status_code == 302
    assert {topup.user.email for topup in Topup.objects.all()} == {
        "owner@example.org",
        "stranger@example.org",
    }


def test_no_answer_from_the_provider_loses_nothing(
    as_owner: Client, paying: RecordingGateway
) -> None:
    # Given a provider that opens a page, but whose answer is lost
    token = token_of(as_owner.get(WALLET))
    top_up(as_owner, form_token=str(uuid.uuid4()), preset="500")  # the customer is known
    paying.fail_next(after=True)
    answer = top_up(as_owner, form_token=token, amount_cents="12.34", save_card="on")

    # Then the form is there as it was sent, and says so
    page_of(answer)
    assert "does not answer right now" in words(answer)
    form = form_of(answer, reverse("wallet-top-up"))
    assert 'value="12.34"' in form
    assert token in form
    assert re.search(r'name="save_card"[^>]* checked', form)

    # When it is sent again, Then it leads to the page that was opened
    answer = top_up(as_owner, form_token=token, amount_cents="12.34", save_card="on")
    assert answer.status_code == 302
    assert len(paying.sessions) == 2


def test_a_refusal_of_the_provider_is_told(as_owner: Client, paying: RecordingGateway) -> None:
    top_up(as_owner)
    paying.fail_next(GatewayRefused("No such tax code.", "resource_missing"))

    answer = top_up(as_owner)

    page_of(answer)
    assert "No such tax code." in words(answer)


def test_too_many_top_ups_in_a_minute(
    as_owner: Client, paying: RecordingGateway, settings: Settings
) -> None:
    settings.ACCOUNT_CHANGES_PER_MINUTE = 1

    answers = [top_up(as_owner) for _ in range(4)]  # a minute may begin meanwhile

    assert answers[0].status_code == 302
    refused = next(answer for answer in answers if answer.status_code == 200)
    page_of(refused)
    assert "too often" in words(refused)
    assert Topup.objects.count() < 4


def test_without_a_provider_a_form_that_was_open_is_told(as_owner: Client) -> None:
    answer = top_up(as_owner)

    page_of(answer)
    assert "Top-ups are not configured on this server" in words(answer)


def test_demo_payments_say_that_they_are(
    as_owner: Client, paying: RecordingGateway, settings: Settings
) -> None:
    assert "make-believe" not in words(as_owner.get(WALLET))
    settings.DEMO_PAYMENTS = True
    assert "cards are make-believe and no money moves" in words(as_owner.get(WALLET))


# --- where forms may lead -----------------------------------------------------------------------
def form_action(answer: HttpResponse) -> list[str]:
    policy = answer.headers["Content-Security-Policy"]
    found = re.search(r"form-action ([^;]+)", policy)
    assert found
    return found[1].split()


def test_forms_may_lead_to_stripe_where_they_do(as_owner: Client, settings: Settings) -> None:
    assert form_action(as_owner.get(WALLET)) == ["'self'"]
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    assert form_action(as_owner.get(WALLET)) == [
        "'self'",
        "https://checkout.stripe.com",
        "https://billing.stripe.com",
    ]
    settings.STRIPE_API_BASE = "http://127.0.0.1:4242"
    assert form_action(as_owner.get(WALLET)) == ["'self'", "http://127.0.0.1:4242"]
    assert form_action(as_owner.get(reverse("dashboard"))) == ["'self'"]


def test_a_payment_page_elsewhere_is_a_link(as_owner: Client, recording: RecordingGateway) -> None:
    """Browsers would stop a form from being led to it."""
    answer = top_up(as_owner)

    topup = Topup.objects.get()
    assert answer.headers["Location"] == reverse("topup-done", args=[topup.pk])
    answer = as_owner.get(answer.headers["Location"])
    page_of(answer)
    assert f'href="{topup.url}"' in answer.content.decode()


def test_the_portal_opens_for_who_has_paid(as_owner: Client, paying: RecordingGateway) -> None:
    assert "Manage cards" not in words(as_owner.get(WALLET))
    top_up(as_owner)
    assert "Manage cards and receipts" in words(as_owner.get(WALLET))

    answer = as_owner.post(reverse("wallet-portal"))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://billing.example/")
    assert paying.asked("portal_url")[0].args["return_url"].endswith(WALLET)


def test_a_portal_that_does_not_open_says_so(as_owner: Client, paying: RecordingGateway) -> None:
    paying.fail_next()

    answer = as_owner.post(reverse("wallet-portal"), follow=True)

    assert "does not answer right now" in words(answer)
