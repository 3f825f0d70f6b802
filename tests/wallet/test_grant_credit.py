from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from tests.wallet.cast import money_of
from wallet.models import JournalEntry

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(**changes: str) -> None:
    options = {"email": "owner@example.org", "usd": "5.00", "reason": "welcome"} | changes
    call_command("grant_credit", **options)


def test_it_credits_and_says_so(user, capsys):
    run()
    entry = JournalEntry.objects.get()
    assert (entry.actor, entry.reason) == ("command:grant_credit", "welcome")
    assert money_of(user) == (5_000_000, 0)
    assert capsys.readouterr().out == (
        f"Entry {entry.pk} booked. owner@example.org has $5.00 available.\n"
    )


def test_it_credits_again_unless_given_the_same_key(user):
    run()
    run()
    run(key="k")
    run(key="k")
    assert money_of(user) == (15_000_000, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody@example.org"}, "No account has the e-mail address nobody"),
        ({"usd": "five"}, "not an amount"),
        ({"usd": "0"}, "An amount lies between"),
        ({"usd": "-5"}, "not an amount"),
        ({"reason": " "}, "Give a reason"),
    ],
)
def test_it_says_what_is_wrong(user, changes, words):
    with pytest.raises(CommandError, match=words):
        run(**changes)
    assert not JournalEntry.objects.exists()


def test_one_key_is_for_one_booking(user):
    run(key="k")
    with pytest.raises(CommandError, match="use a new one"):
        run(key="k", usd="6")
    assert money_of(user) == (5_000_000, 0)
