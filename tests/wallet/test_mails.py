"""Letters: one for each fall of the balance, plain and in HTML, and none that breaks anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPException
from threading import Barrier

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone, translation

from accounts.models import User
from tests.wallet.billing_cast import (
    DOLLAR,
    paid_topup,
    spend,
    standing_order,
)
from tests.wallet.cast import fund
from wallet import mails, services
from wallet.mails import send_low_balance_warnings
from wallet.models import AutoRecharge, Dispute, Topup, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


class BrokenBackend(BaseEmailBackend):
    def send_messages(self, _messages: object) -> int:
        raise SMTPException("the mail server is on fire")


@pytest.fixture(autouse=True)
def forgetful() -> None:
    cache.clear()


@pytest.fixture
def low(user: User) -> User:
    """Has fallen from $6.00 to $4.50."""
    fund(user, 6 * DOLLAR)
    spend(user, 1_500_000)
    return user


def later(**time: float):
    return timezone.now() + timedelta(**time)


def html_of(letter) -> str:
    ((html, kind),) = letter.alternatives
    assert kind == "text/html"
    return html


# --- low balances ---------------------------------------------------------------------------
def test_a_fall_is_told_once_and_the_next_one_again(low):
    assert send_low_balance_warnings() == 1
    assert send_low_balance_warnings() == 0
    spend(low, DOLLAR)
    assert send_low_balance_warnings() == 0, "it is the same fall"

    fund(low, 5 * DOLLAR)
    assert send_low_balance_warnings() == 0
    spend(low, 5 * DOLLAR)
    assert send_low_balance_warnings() == 1
    assert [letter.to for letter in mail.outbox] == [[low.email]] * 2


def test_the_letter_says_what_it_is_and_what_to_do(low, settings):
    settings.PUBLIC_URL = "https://audio.example"
    send_low_balance_warnings()
    (letter,) = mail.outbox
    assert letter.subject == "Your AudioPod balance is low: $4.50"
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    for text in (letter.body, html_of(letter)):
        assert "$4.50" in text
        assert "$5.00" in text
        assert "https://audio.example/dashboard/wallet/" in text
        assert "warn me below" in text
        assert "the operator of this server" in text, "top-ups are not configured here"
        assert "{" not in text
        assert "\n\n\n" not in letter.body


def test_where_one_can_pay_it_speaks_of_the_page(low, recording):
    send_low_balance_warnings()
    (letter,) = mail.outbox
    for text in (letter.body, html_of(letter)):
        assert "Auto-recharge on that page does it by itself." in text


def test_the_plain_letter_is_plain_and_the_other_escaped(user):
    user.email = "o'brien&sons@example.org"
    user.save()
    fund(user, 6 * DOLLAR)
    spend(user, 2 * DOLLAR)
    send_low_balance_warnings()
    (letter,) = mail.outbox
    assert "o'brien&sons@example.org" in letter.body
    assert "&sons" not in html_of(letter)
    assert "o&#x27;brien&amp;sons@example.org" in html_of(letter)


def test_it_speaks_of_auto_recharge_where_there_is_one(low, recording):
    standing_order(recording, low, threshold_micros=2 * DOLLAR)
    send_low_balance_warnings()
    (letter,) = mail.outbox
    for text in (letter.body, html_of(letter)):
        assert "Visa ending 4242" in " ".join(text.split())
        assert "charged $25.00" in " ".join(text.split())
        assert "$2.00" in text


def test_it_says_so_when_auto_recharge_waits(low, recording):
    standing_order(recording, low, threshold_micros=2 * DOLLAR)
    AutoRecharge.objects.update(state="declined", error="Your card was declined.")
    send_low_balance_warnings()
    assert "Your card was declined." in mail.outbox[0].body
    assert "Your card was declined." in html_of(mail.outbox[0])


@pytest.mark.parametrize(("own", "warned"), [(0, 0), (4_500_000, 0), (4_500_001, 1), (None, 1)])
def test_an_account_has_a_level_of_its_own(low, own, warned):
    User.objects.filter(pk=low.pk).update(warn_below_micros=own)
    assert send_low_balance_warnings() == warned


def test_who_was_switched_off_is_not_written_to(low):
    User.objects.filter(pk=low.pk).update(is_active=False)
    assert send_low_balance_warnings() == 0


def test_a_balance_that_is_being_recharged_is_not_worth_a_letter(low):
    charge = Topup.objects.create(user=low, kind="auto", amount_cents=2500, livemode=False)
    assert send_low_balance_warnings() == 0
    services.mark_topup(topup_id=charge.pk, status=Topup.Status.FAILED)
    assert send_low_balance_warnings() == 1


def test_a_recharge_that_takes_long_is_not_waited_for(low):
    Topup.objects.create(
        user=low,
        kind="auto",
        amount_cents=2500,
        livemode=False,
        created_at=later(minutes=-11),
    )
    assert send_low_balance_warnings() == 1


def test_a_clock_that_was_ahead_does_not_bring_a_second_letter(low):
    Wallet.objects.filter(pk=low.pk).update(low_since=later(seconds=30))
    assert send_low_balance_warnings() == 1
    assert send_low_balance_warnings(later(minutes=1)) == 0


def test_what_cannot_be_sent_is_tried_again_later_and_not_for_ever(low, settings):
    settings.EMAIL_BACKEND = "tests.wallet.test_mails.BrokenBackend"
    assert send_low_balance_warnings() == 0
    assert Wallet.objects.get(pk=low.pk).low_mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_low_balance_warnings() == 0, "not before five minutes have passed"

    cache.clear()
    assert send_low_balance_warnings(later(hours=25)) == 0, "nobody wants it a day later"
    assert send_low_balance_warnings() == 1


def test_a_letter_that_failed_keeps_nobody_elses(low, stranger, settings, monkeypatch):
    fund(stranger, 6 * DOLLAR)
    spend(stranger, 2 * DOLLAR)
    send = mail.EmailMultiAlternatives.send

    def refuse(letter, *args, **words):
        if letter.to == [low.email]:
            raise SMTPException("no such mailbox")
        return send(letter, *args, **words)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)
    assert send_low_balance_warnings() == 1
    assert [letter.to for letter in mail.outbox] == [[stranger.email]]


@pytest.mark.race
def test_eight_threads_send_one_letter(low):
    gate = Barrier(8)

    def run(_number: int) -> int:
        gate.wait()
        try:
            return send_low_balance_warnings()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(run, range(8))) == 1
    assert len(mail.outbox) == 1


def test_a_recharge_in_between_takes_the_letter_back(low):
    """Who has read that it is low finds, when claiming the letter, that it is not any more."""
    stale = Wallet.objects.select_related("user").get(pk=low.pk)
    fund(low, 10 * DOLLAR)
    assert not mails._warn(stale, timezone.now())
    assert mail.outbox == []


# --- the other letters ----------------------------------------------------------------------
def letters(user: User) -> dict[str, bool]:
    topup = Topup.objects.create(user=user, kind="auto", amount_cents=2500, livemode=False)
    order = AutoRecharge(user=user)
    dispute = Dispute(pk="du_1", topup=paid_topup(user), amount_cents=2500, status="needs_response")
    return {
        "needs": mails.payment_needs_you(topup),
        "declined": mails.card_declined(topup, attempts=3, message="<b>Do not honor</b>"),
        "cap": mails.cap_reached(order, resumes_at=timezone.now()),
        "dispute": mails.spending_paused(dispute),
        "its end": mails.dispute_over(dispute),
    }


def test_every_letter_is_whole_in_both_forms(user):
    assert all(letters(user).values())
    assert len(mail.outbox) == 5
    for letter in mail.outbox:
        html = html_of(letter)
        assert letter.to == [user.email]
        for text in (letter.body, html):
            assert "/dashboard/wallet/" in text
            assert "$25.00" in text
            assert "{" not in text
            assert user.email in text
        assert "<" not in letter.body.replace("<b>Do not honor</b>", "")
        assert html.startswith("<!DOCTYPE html>")
        assert "<b>" not in html
        assert letter.message().get_content_type() == "multipart/alternative"


def test_a_letter_that_cannot_be_sent_is_logged_without_its_text(user, settings, caplog):
    settings.EMAIL_BACKEND = "tests.wallet.test_mails.BrokenBackend"
    assert not any(letters(user).values())
    assert "card_declined" in caplog.text
    assert "Do not honor" not in caplog.text
    assert user.email not in caplog.text


@pytest.mark.parametrize(("chosen", "spoken"), [("", "en"), ("en", "en"), ("de", "de")])
def test_letters_speak_the_language_of_the_account(user, chosen, spoken):
    """Whatever language whoever has it sent speaks."""
    user.language = chosen
    user.save()
    with translation.override("de" if spoken == "en" else "en"):
        assert all(letters(user).values())
    assert {html_of(letter).count(f'<html lang="{spoken}">') for letter in mail.outbox} == {1}
