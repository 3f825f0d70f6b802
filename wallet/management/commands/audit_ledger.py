"""Check every rule of the ledger: `manage.py audit_ledger [--user you@example.org]`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from accounts.models import User
from audiopod.common import money
from wallet.audit import AuditReport, audit


class Command(BaseCommand):
    help = "Check that the ledger explains every balance. Exit status 1 when it does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="EMAIL", help="check this account alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        report = audit(_user(options["user"]))
        for breach in report.breaches:
            self.stdout.write(str(breach))
        if report.breaches:
            found = _counted(len(report.breaches), "breach", "breaches")
            self.stderr.write(f"{found}. Nothing was changed.")
            sys.exit(1)
        self.stdout.write(_summary(report))


def _user(email: str | None) -> User | None:
    if email is None:
        return None
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(f"No account has the e-mail address {email}.") from None


def _summary(report: AuditReport) -> str:
    counts = [
        _counted(report.wallets, "wallet", "wallets"),
        _counted(report.entries, "entry", "entries"),
        _counted(report.postings, "posting", "postings"),
        _counted(report.open_holds, "open hold", "open holds"),
    ]
    return (
        f"The ledger is whole: {', '.join(counts)};"
        f" {money.usd_exact(report.posted_micros)} posted,"
        f" {money.usd_exact(report.held_micros)} of it held."
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {ngettext(one, many, number)}"
