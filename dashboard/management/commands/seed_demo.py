"""`manage.py seed_demo`: an account with months of usage, for looking at."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audiopod.common import money
from dashboard import sample
from wallet.pricing import NoRate

EMAIL = "demo-data@example.com"
REQUESTS, MOST_REQUESTS = 3000, 200_000
PASSWORD_BYTES = 12


class Command(BaseCommand):
    help = (
        "Make an account with keys, top-ups and requests of the last 90 days that never happened,"
        " in a ledger that adds up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default=EMAIL, help=f"of the account; default: {EMAIL}")
        parser.add_argument("--password", help="to log in by; else one is made and shown")
        parser.add_argument("--requests", type=int, default=REQUESTS, help=f"default: {REQUESTS}")
        parser.add_argument("--seed", type=int, default=1, help="the same makes the same account")
        parser.add_argument(
            "--yes", action="store_true", help="also on a server that looks like a real one"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._require_consent(sure=options["yes"])
        if not 1 <= options["requests"] <= MOST_REQUESTS:
            raise CommandError(f"--requests is between 1 and {MOST_REQUESTS:,}.")
        password = options["password"] or secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            made = sample.make(
                email=options["email"],
                password=password,
                requests=options["requests"],
                seed=options["seed"],
            )
        except (sample.AccountExists, NoRate) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{made.user.email}: {made.requests} requests for {money.usd_exact(made.spent_micros)},"
            f" {money.usd_exact(made.posted_micros)} left."
        )
        if not options["password"]:
            self.stdout.write(f"Its password, shown this once: {password}")

    def _require_consent(self, *, sure: bool) -> None:
        # entries are never deleted: invented revenue would stay in the sums of a real ledger
        if settings.HTTPS and not sure:
            raise CommandError(
                f"{settings.PUBLIC_URL} looks like a real server, and what is written to its"
                " ledger stays there, as revenue that never was. Give --yes if you mean it."
            )
