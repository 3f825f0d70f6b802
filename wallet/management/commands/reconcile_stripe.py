"""Compare with Stripe and mend: `manage.py reconcile_stripe [--since 7d] [--dry-run]`."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import ngettext

from wallet.gateway import GatewayError, PaymentsNotConfigured
from wallet.reconcile import ReconcileReport, reconcile

HEADINGS = ("", "count", "at Stripe", "tax or given back before", "booked", "difference")
NO_ANSWER = 2
NO_KEY = (
    "Not reconciled: top-ups are not configured. Set STRIPE_SECRET_KEY"
    " (pretend payments live only inside `make run`)."
)
AGO = re.compile(r"(\d{1,4})([hd])", re.ASCII)


class Command(BaseCommand):
    help = (
        "Compare Stripe's payments, refunds and disputes with the ledger, and mend what a lost"
        " webhook left. Exit status 1 when something stays unexplained, 2 without an answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="24h", help="24h, 7d, or a day such as 2026-11-01")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would mend")

    def handle(self, *_args: Any, since: str, dry_run: bool, **_options: Any) -> None:
        begin = _moment(since)
        try:
            report = reconcile(since=begin, dry_run=dry_run)
        except PaymentsNotConfigured:
            raise CommandError(NO_KEY, returncode=NO_ANSWER) from None
        except GatewayError as error:
            raise CommandError(f"Not reconciled: {error}", returncode=NO_ANSWER) from None
        self.stdout.write(f"Since {begin:%Y-%m-%d %H:%M} UTC:\n{_table(report)}")
        for finding in report.mended:
            self.stdout.write(f"{'to mend' if dry_run else 'mended'}: {finding}")
        for finding in report.unexplained:
            self.stdout.write(f"unexplained: {finding}")
        self.stdout.write(_verdict(report))
        if not report.is_whole:
            sys.exit(1)


def _moment(since: str) -> datetime:
    """Raises CommandError unless it names a moment in the past."""
    now = timezone.now()
    try:
        if ago := AGO.fullmatch(since):
            unit = timedelta(hours=1) if ago[2] == "h" else timedelta(days=1)
            begin = now - int(ago[1]) * unit
        else:
            begin = datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        begin = now
    if begin >= now:
        raise CommandError("--since takes 24h, 7d, or a past day such as 2026-11-01.", returncode=2)
    return begin


def _table(report: ReconcileReport) -> str:
    rows = [HEADINGS, *(total.cells for total in report.totals)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])])
        for cells in rows
    )


def _verdict(report: ReconcileReport) -> str:
    unexplained, mended = len(report.unexplained), len(report.mended)
    if unexplained:
        one = "%d finding stays unexplained: look at it at Stripe."
        many = "%d findings stay unexplained: look at them at Stripe."
        return ngettext(one, many, unexplained) % unexplained
    if report.is_dry_run and mended:
        one, many = "%d thing to mend.", "%d things to mend."
        return f"{ngettext(one, many, mended) % mended} Nothing was changed."
    one, many = "%d thing was mended.", "%d things were mended."
    return f"Stripe and the ledger say the same; {ngettext(one, many, mended) % mended}"
