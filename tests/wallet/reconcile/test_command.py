"""`manage.py reconcile_stripe`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.wallet.billing_cast import (
    webhooks_arrive,
)
from tests.wallet.reconcile.cast import paid
from wallet.gateway import GatewayRefused, GatewayUnavailable

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def command(*args: str) -> tuple[int, str]:
    """Exit status and output."""
    out = StringIO()
    try:
        call_command("reconcile_stripe", *args, stdout=out)
    except SystemExit as over:
        return int(over.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_the_command_prints_what_it_mended_and_the_totals(stripe, user):
    topup = paid(stripe, user)
    status, text = command("--dry-run")
    assert status == 1
    assert "to mend: payment" in text
    assert "1 thing to mend. Nothing" in text

    status, text = command("--since", "7d")
    assert status == 0
    assert "1 thing was mended." in text
    assert f"mended: payment {topup.payment_intent_id}: $25.00 credited to {user.email}" in text
    assert ["payments", "1", "$25.00", "$0.00", "$25.00", "$0.00"] in [
        line.split() for line in text.splitlines()
    ]
    status, text = command("--since", "24h")
    assert (status, "0 things were mended" in text) == (0, True)


def test_the_command_fails_on_what_is_unexplained(stripe, user):
    paid(stripe, user)
    webhooks_arrive(stripe)
    stripe.intents.clear()
    status, text = command()
    assert status == 1
    assert "unexplained: top-up" in text
    assert "1 finding stays unexplained" in text


def test_the_command_says_that_stripe_does_not_answer(stripe, user, settings):
    stripe.fail_next(GatewayUnavailable())
    status, text = command()
    assert status == 2
    assert "does not answer" in text
    stripe.fail_next(GatewayRefused("The key is wrong.", "key_refused"))
    assert command()[0] == 2
    settings.STRIPE_SECRET_KEY = ""
    status, text = command()
    assert status == 2
    assert "Set STRIPE_SECRET_KEY (pretend payments live only inside `make run`)." in text
    assert "grant credit" not in text, "that is for customers"


@pytest.mark.parametrize("since", ["", "yesterday", "0h", "5m", "2999-01-01", "2026-13-01", "-1d"])
def test_the_command_wants_a_moment_in_the_past(stripe, since):
    status, text = command(f"--since={since}")
    assert status == 2
    assert "--since takes" in text


@pytest.mark.parametrize("since", ["1h", "30d", "2026-01-01"])
def test_the_command_takes_hours_days_and_a_date(stripe, since):
    assert command("--since", since)[0] == 0
