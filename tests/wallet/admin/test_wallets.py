"""Balances as staff see them, and the credit that they give or take back."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import User
from tests.wallet.cast import money_of, take_hold
from wallet.models import JournalEntry, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CREDIT = "admin:wallet_wallet_credit"


@pytest.fixture
def clerk(client):
    """Staff who may look at wallets and nothing else."""
    user = User.objects.create_user("clerk@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_wallet"))
    client.force_login(user)
    return user


def credit_form(**changes):
    return {
        "email": "owner@example.org",
        "kind": "grant",
        "amount": "5.00",
        "reason": "welcome",
        "nonce": str(uuid.uuid4()),
        "confirmed": "yes",
    } | changes


def test_wallets_are_listed_in_dollars(boss, rich, client):
    take_hold(rich, 1)
    page = client.get(reverse("admin:wallet_wallet_changelist")).content.decode()
    for shown in ("owner@example.org", "$1.00", "$0.000001", "$0.999999", "Grant or adjust"):
        assert shown in page


@pytest.mark.parametrize("model", ["wallet", "hold", "journalentry"])
def test_money_is_only_read(boss, rich, client, model):
    hold = take_hold(rich, 10)
    pk = {"wallet": rich.pk, "hold": hold.pk, "journalentry": JournalEntry.objects.get().pk}[model]
    name = f"admin:wallet_{model}"
    page = client.get(reverse(f"{name}_change", args=[pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert not re.search(rb"field-\w+_(?:cents|micros)", page.content)
    assert client.get(reverse(f"{name}_add")).status_code == 403
    assert client.post(reverse(f"{name}_change", args=[pk]), {}).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse(f"{name}_changelist")).status_code == 200


# --- credit -----------------------------------------------------------------------------------


def test_staff_grant_credit_with_a_reason(boss, user, client):
    page = client.get(reverse(CREDIT), {"email": user.email}).content.decode()
    nonce = re.search(r'name="nonce" value="([0-9a-f-]{36})"', page)
    assert nonce is not None
    assert 'value="owner@example.org"' in page

    answer = client.post(reverse(CREDIT), credit_form(nonce=nonce[1]), follow=True)

    entry = JournalEntry.objects.get()
    assert f"Entry {entry.pk} booked: owner@example.org." in answer.content.decode()
    assert (entry.kind, entry.actor, entry.reason) == ("grant", f"user:{boss.pk}", "welcome")
    assert money_of(user) == (5_000_000, 0)


def test_what_is_to_be_booked_is_shown_first(boss, rich, client):
    form = credit_form(kind="adjustment", amount="-0.40", reason="<b>twice</b>")
    form.pop("confirmed")
    page = client.post(reverse(CREDIT), form)
    shown = page.content.decode()
    for words in ("owner@example.org", "-$0.40", "&lt;b&gt;twice", "$1.00 now, $0.60 then"):
        assert words in shown
    assert f'value="{form["nonce"]}"' in shown, "and it is what is booked then"
    assert money_of(rich) == (1_000_000, 0)


def test_a_preview_tells_of_a_debt_and_of_what_will_be_refused(boss, user, client):
    Wallet.objects.create(user=user, debt_micros=2_000_000)
    grant, take = credit_form(), credit_form(kind="adjustment", amount="-1")
    for form in (grant, take):
        form.pop("confirmed")
    assert "$0.00 now, $3.00 then" in (page := client.post(reverse(CREDIT), grant).content.decode())
    assert "$2.00 of it pays what the account owes" in page
    assert "this will be refused" in client.post(reverse(CREDIT), take).content.decode()


def test_credit_is_on_record_once(boss, user, client):
    LogEntry.objects.all().delete()
    form = credit_form()
    for _ in range(2):
        client.post(reverse(CREDIT), form)
    [done] = LogEntry.objects.all()
    assert (done.user, done.object_id) == (boss, str(JournalEntry.objects.get().pk))
    assert done.change_message == "$5.00 for owner@example.org: welcome"


def test_each_page_has_its_own_nonce(boss, client):
    pages = [client.get(reverse(CREDIT)).context["form"].initial["nonce"] for _ in range(2)]
    assert pages[0] != pages[1]


def test_a_double_submit_books_once(boss, user, client):
    form = credit_form()
    for _ in range(2):
        assert client.post(reverse(CREDIT), form).status_code == 302
    assert money_of(user) == (5_000_000, 0)


def test_a_used_page_does_not_book_something_else(boss, user, client):
    form = credit_form()
    client.post(reverse(CREDIT), form)
    page = client.post(reverse(CREDIT), form | {"amount": "6.00"})
    assert "was used for another booking" in page.content.decode()
    assert money_of(user) == (5_000_000, 0)


def test_staff_take_back_by_an_adjustment_within_what_is_available(boss, rich, client):
    taken = credit_form(kind="adjustment", amount="-0.40", reason="credited twice")
    assert client.post(reverse(CREDIT), taken).status_code == 302
    assert money_of(rich) == (600_000, 0)
    too_much = credit_form(kind="adjustment", amount="-$0.60001")
    assert "Insufficient" in client.post(reverse(CREDIT), too_much).content.decode()
    assert money_of(rich) == (600_000, 0)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nobody@example.org", "No account has this"),
        ("amount", "0", "Nothing to book"),
        ("amount", "-1", "A grant is positive"),
        ("amount", "--1", "not a"),
        ("amount", "five", "not an amount"),
        ("amount", "NaN", "not an amount"),
        ("amount", "0.0000001", "six decimals"),
        ("amount", "99999999999", "An amount lies between"),
        ("amount", "1" * 31, "too long for an amount"),
        ("amount", "", "required"),
        ("reason", "", "required"),
        ("reason", "   ", "required"),
        ("nonce", "", "required"),
    ],
)
def test_a_credit_that_cannot_be_says_why(boss, user, client, field, value, words):
    page = client.post(reverse(CREDIT), credit_form(**{field: value}))
    assert page.status_code == 200
    assert words in str(page.context["form"].errors)
    assert not JournalEntry.objects.exists()


def test_who_may_only_look_cannot_credit(clerk, rich, client):
    page = client.get(reverse("admin:wallet_wallet_changelist"))
    assert page.status_code == 200
    assert b"Grant or adjust" not in page.content
    assert client.get(reverse(CREDIT)).status_code == 403
    assert client.post(reverse(CREDIT), credit_form()).status_code == 403
    assert money_of(rich) == (1_000_000, 0)


def test_customers_are_sent_to_the_login(user, client):
    client.force_login(user)
    assert client.post(reverse(CREDIT), credit_form()).status_code == 302
    assert not JournalEntry.objects.exists()


def test_the_permission_is_enough(clerk, user, client):
    clerk.user_permissions.add(Permission.objects.get(codename="credit_wallet"))
    assert client.post(reverse(CREDIT), credit_form()).status_code == 302
    assert money_of(user) == (5_000_000, 0)
