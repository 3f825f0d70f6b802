"""What staff see of payments, and the two things they can do: refund, and process again."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import User
from tests.wallet.cast import money_of, take_hold
from tests.wallet.gateway import events
from wallet import services, topups
from wallet.audit import audit
from wallet.models import (
    AutoRecharge,
    Dispute,
    JournalEntry,
    Refund,
    StripeCustomer,
    StripeEvent,
    Topup,
    Wallet,
)
from wallet.stripe_events import handle

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def clerk(client) -> User:
    """Staff who may look at payments and nothing else."""
    user = User.objects.create_user("clerk@example.org", is_staff=True)
    looking = Permission.objects.filter(codename__in=["view_topup", "view_stripeevent"])
    user.user_permissions.set(looking)
    client.force_login(user)
    return user


@pytest.fixture
def paid(recording, user) -> Topup:
    """25 dollars, paid on a page."""
    topup = topups.start_checkout(user, 2500)
    payment = recording.pay(topup.session_id)
    services.complete_topup(topup_id=topup.pk, payment_intent_id=payment.id, paid_cents=2500)
    topup.refresh_from_db()
    return topup


def refund_page(topup: Topup) -> str:
    return reverse("admin:wallet_topup_refund", args=[topup.pk])


def refund_form(**changes):
    return {"amount": "", "reason": "a mistake", "nonce": str(uuid.uuid4())} | changes


# --- looking --------------------------------------------------------------------------------


@pytest.fixture
def one_of_each(paid, user):
    refund = services.book_refund(
        refund_id="re_1",
        payment_intent_id=paid.payment_intent_id,
        amount_cents=100,
        status="succeeded",
        reason="once",
    )
    dispute = services.note_dispute(
        dispute_id="du_1",
        payment_intent_id=paid.payment_intent_id,
        amount_cents=2400,
        status="needs_response",
    )
    handle(events.event("customer.created", {"id": "cus_1", "name": "<b>Bo</b>"}))
    return {
        "topup": paid,
        "refund": refund,
        "dispute": dispute,
        "stripeevent": StripeEvent.objects.get(),
        "stripecustomer": StripeCustomer.objects.get(),
        "autorecharge": AutoRecharge.objects.create(user=user),
    }


@pytest.mark.parametrize(
    "model", ["topup", "refund", "dispute", "stripeevent", "stripecustomer", "autorecharge"]
)
def test_payments_are_only_read(boss, one_of_each, client, model):
    row, name = one_of_each[model], f"admin:wallet_{model}"
    page = client.get(reverse(f"{name}_change", args=[row.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.get(reverse(f"{name}_changelist"), {"q": "a"}).status_code == 200
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    assert client.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_lists_show_dollars_and_accounts(boss, one_of_each, client):
    for model, shown in (
        ("topup", ["owner@example.org", "$25.00", "$1.00", "completed"]),
        ("refund", ["owner@example.org", "$1.00", "once"]),
        ("dispute", ["owner@example.org", "$24.00", "needs_response"]),
    ):
        page = client.get(reverse(f"admin:wallet_{model}_changelist")).content.decode()
        assert [text for text in shown if text not in page] == []


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("topup", ["$25.00", "$1.00"]),
        ("refund", ["$1.00"]),
        ("dispute", ["$24.00"]),
        ("autorecharge", ["$5.00", "$25.00", "$100.00"]),
    ],
)
def test_each_page_shows_dollars_and_no_other_unit(boss, one_of_each, client, model, shown):
    page = reverse(f"admin:wallet_{model}_change", args=[one_of_each[model].pk])
    text = client.get(page).content.decode()
    assert [amount for amount in shown if amount not in text] == []
    assert re.findall(r"field-\w+_(?:cents|micros)", text) == []


def test_an_event_shows_its_content_as_text(boss, one_of_each, client):
    event = one_of_each["stripeevent"]
    page = client.get(reverse("admin:wallet_stripeevent_change", args=[event.pk])).content
    assert b"&lt;b&gt;Bo&lt;/b&gt;" in page
    assert b"<b>Bo</b>" not in page


# --- refunds --------------------------------------------------------------------------------


def test_a_top_up_leads_to_its_refund(boss, paid, client):
    page = client.get(reverse("admin:wallet_topup_change", args=[paid.pk])).content.decode()
    assert refund_page(paid) in page


def test_all_of_a_payment_is_given_back(boss, paid, recording, user, client):
    page = client.get(refund_page(paid)).content.decode()
    assert "owner@example.org paid $25.00" in page
    assert "would become a debt" not in page
    nonce = re.search(r'name="nonce" value="([0-9a-f-]{36})"', page)
    assert nonce is not None

    answer = client.post(refund_page(paid), refund_form(nonce=nonce[1]), follow=True)

    refund = Refund.objects.get()
    assert f"Refund {refund.pk} of $25.00 is succeeded." in answer.content.decode()
    assert (refund.amount_cents, refund.reason) == (2500, "a mistake")
    assert refund.actor == f"user:{boss.pk}"
    assert money_of(user) == (0, 0)
    (call,) = recording.asked("refund")
    assert (call.args["amount_cents"], call.args["key"]) == (None, f"refund:{nonce[1]}")
    entry = JournalEntry.objects.get(kind="refund")
    assert (entry.reason, entry.actor) == ("a mistake", f"user:{boss.pk}")


def test_a_refund_leads_to_its_page_whatever_its_id_is(boss, paid, client, monkeypatch):
    monkeypatch.setattr(events, "new_id", lambda prefix: f"{prefix}_3CAB")

    answer = client.post(refund_page(paid), refund_form(), follow=True)

    assert answer.redirect_chain[-1][0].endswith("/re_5F3CAB/change/")
    assert "re_3CAB" in answer.content.decode()


def test_who_refunded_is_known_when_the_webhook_comes_first(boss, paid, recording, client):
    form = refund_form(amount="5")
    recording.fail_next(after=True)  # Stripe has done it, and we did not hear its answer
    client.post(refund_page(paid), form)
    (given,) = recording.given_back.values()

    marks = {"reason": given.reason, "actor": given.actor}
    told = events.refund(
        paid, 500, id=given.id, payment_intent=paid.payment_intent_id, metadata=marks
    )
    handle(events.event("refund.created", told))

    assert Refund.objects.get().actor == f"user:{boss.pk}"
    assert JournalEntry.objects.get(kind="refund").actor == f"user:{boss.pk}"


def test_staff_are_told_that_the_customer_reads_the_reason(boss, paid, client):
    pages = [
        refund_page(paid),
        reverse("admin:wallet_promocode_add"),
        reverse("admin:wallet_wallet_credit"),
    ]
    for page in pages:
        assert "the customer reads it" in client.get(page).content.decode()


def test_a_part_is_given_back_and_then_the_rest(boss, paid, user, client):
    assert client.post(refund_page(paid), refund_form(amount="7.50")).status_code == 302
    assert money_of(user) == (17_500_000, 0)
    assert "$17.50 can still be given back" in client.get(refund_page(paid)).content.decode()
    assert client.post(refund_page(paid), refund_form()).status_code == 302
    assert money_of(user) == (0, 0)
    assert sorted(r.amount_cents for r in Refund.objects.all()) == [750, 1750]
    page = client.get(reverse("admin:wallet_topup_change", args=[paid.pk])).content.decode()
    assert "nothing left to give back" in page


def test_a_double_submit_gives_back_once(boss, paid, recording, user, client):
    form = refund_form(amount="5")
    for _ in range(2):
        assert client.post(refund_page(paid), form).status_code == 302
    assert len(recording.given_back) == 1
    assert money_of(user) == (20_000_000, 0)


def test_the_webhook_of_the_same_refund_books_nothing_more(boss, paid, recording, user, client):
    client.post(refund_page(paid), refund_form(amount="5"))
    (given,) = recording.given_back.values()
    told = events.refund(paid, 500, id=given.id, payment_intent=paid.payment_intent_id)
    assert handle(events.event("refund.created", told)).is_settled
    assert money_of(user) == (20_000_000, 0)
    assert Refund.objects.get().actor == f"user:{boss.pk}"


def test_a_refund_of_which_we_did_not_hear_is_booked_when_it_is_sent_again(
    boss, paid, recording, user, client
):
    form = refund_form(amount="5")
    recording.fail_next(after=True)
    page = client.post(refund_page(paid), form)
    assert "does not answer right now" in page.content.decode()
    assert form["nonce"] in page.content.decode()
    assert money_of(user) == (25_000_000, 0)

    assert client.post(refund_page(paid), form).status_code == 302

    assert len(recording.given_back) == 1
    assert money_of(user) == (20_000_000, 0)


def test_what_is_spent_becomes_a_debt_only_when_staff_say_so(boss, paid, recording, user, client):
    services.settle(job_id=take_hold(user, 10_000_000).job_id, amount_micros=10_000_000)
    page = client.get(refund_page(paid)).content.decode()
    assert "$10.00 of that is spent or held: it would become a debt" in page
    warned = client.post(refund_page(paid), refund_form())
    assert "$10.00 of it is spent or held" in warned.content.decode()
    assert recording.asked("refund") == []

    assert client.post(refund_page(paid), refund_form(accept_debt="on")).status_code == 302

    wallet = Wallet.objects.get(pk=user.pk)
    assert (wallet.posted_micros, wallet.debt_micros) == (0, 10_000_000)
    assert audit().breaches == []


def test_a_part_that_the_wallet_has_needs_no_debt(boss, paid, user, client):
    services.settle(job_id=take_hold(user, 10_000_000).job_id, amount_micros=10_000_000)
    assert client.post(refund_page(paid), refund_form(amount="15")).status_code == 302
    assert money_of(user) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "0", "at least one"),
        ("amount", "0.005", "whole cents"),
        ("amount", "-1", "not an amount"),
        ("amount", "all", "not an amount"),
        ("amount", "25.01", "greater than"),
        ("reason", "", "required"),
        ("nonce", "x", "valid UUID"),
    ],
)
def test_a_refund_that_cannot_be_says_why(boss, paid, user, client, field, value, words):
    form = refund_form(accept_debt="on") | {field: value}
    page = client.post(refund_page(paid), form)
    assert page.status_code == 200
    assert words in str(page.context["form"].errors)
    assert money_of(user) == (25_000_000, 0)
    assert not Refund.objects.exists()


def test_a_used_page_does_not_give_back_something_else(boss, paid, recording, user, client):
    form = refund_form(amount="5")
    client.post(refund_page(paid), form)
    page = client.post(refund_page(paid), form | {"amount": "6"})
    assert "other words" in page.content.decode()
    assert money_of(user) == (20_000_000, 0)


def test_a_payment_of_the_other_mode_is_not_ours_to_give_back(boss, paid, recording, client):
    recording.livemode = True
    page = client.post(refund_page(paid), refund_form())
    assert "cannot give this payment back" in page.content.decode()
    assert recording.asked("refund") == []


def test_only_what_was_paid_can_be_given_back(boss, recording, user, client):
    open_topup = topups.start_checkout(user, 2500)
    assert client.get(refund_page(open_topup)).status_code == 404
    assert client.post(refund_page(open_topup), refund_form()).status_code == 404


def test_who_may_only_look_cannot_refund(clerk, paid, recording, client):
    page = client.get(reverse("admin:wallet_topup_change", args=[paid.pk]))
    assert page.status_code == 200
    assert refund_page(paid).encode() not in page.content
    assert client.get(refund_page(paid)).status_code == 403
    assert client.post(refund_page(paid), refund_form()).status_code == 403
    assert recording.asked("refund") == []
    clerk.user_permissions.add(Permission.objects.get(codename="refund_topup"))
    assert client.post(refund_page(paid), refund_form()).status_code == 302


def test_customers_are_sent_to_the_login(user, paid, recording, client):
    client.force_login(user)
    assert client.post(refund_page(paid), refund_form()).status_code == 302
    assert recording.asked("refund") == []


# --- events ---------------------------------------------------------------------------------


@pytest.fixture
def failed(recording, paid) -> StripeEvent:
    """A dispute that did not fit once, and would now."""
    thing = events.dispute(paid, currency="eur")
    assert handle(events.event("charge.dispute.created", thing)).http_status == 409
    event = StripeEvent.objects.get()
    event.payload["data"]["object"]["currency"] = "usd"
    event.save()
    return event


def process_again(client, *events_):
    chosen = {"action": "process_again", "_selected_action": [event.pk for event in events_]}
    return client.post(reverse("admin:wallet_stripeevent_changelist"), chosen, follow=True)


def test_a_failed_event_is_processed_again(boss, failed, client):
    page = process_again(client, failed).content.decode()
    assert "the dispute is needs_response" in page
    failed.refresh_from_db()
    assert (failed.status, failed.deliveries) == ("handled", 2)
    assert Dispute.objects.exists()


def test_what_did_not_fail_is_left_alone(boss, failed, client):
    StripeEvent.objects.update(status="handled")
    page = process_again(client, failed).content.decode()
    assert "None of these has failed." in page
    assert not Dispute.objects.exists()


def test_who_may_only_look_processes_nothing(clerk, failed, client):
    process_again(client, failed)
    failed.refresh_from_db()
    assert failed.status == "failed"
