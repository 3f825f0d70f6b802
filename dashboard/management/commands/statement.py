"""`manage.py statement`: what became of an account's money in a month."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from audiopod.common.months import Month
from dashboard import statements


class Command(BaseCommand):
    help = "Write the statement of an account for a month, as PDF or CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the account")
        parser.add_argument("--month", required=True, type=_month, help="such as 2026-11")
        parser.add_argument("--format", choices=["pdf", "csv"], default="pdf")
        parser.add_argument(
            "-o",
            "--output",
            type=Path,
            help="the file; else a PDF is audiopod-2026-11.pdf here, and CSV goes to stdout",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No account has the e-mail address {options['email']}.")
        path: Path | None = options["output"]
        if path is None and options["format"] == "pdf":
            path = Path(f"audiopod-{options['month']}.pdf")
        try:
            self._write(user, options["month"], options["format"], path)
        except (statements.NoStatement, statements.DoesNotAddUp) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from None

    def _write(self, user: User, month: Month, kind: str, path: Path | None) -> None:
        """Write the file whole or not at all."""
        with tempfile.NamedTemporaryFile(dir=path.parent if path else None, delete=False) as file:
            unfinished = Path(file.name)
        try:
            if kind == "pdf":
                unfinished.write_bytes(statements.render(statements.summarize(user, month)))
            else:
                with unfinished.open("w", encoding="utf-8", newline="") as text:
                    statements.write_csv(user, month, text)
            self._deliver(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _deliver(self, unfinished: Path, path: Path | None) -> None:
        if path is None:
            with unfinished.open(encoding="utf-8", newline="") as text:
                self.stdout.writelines(text)
            return
        os.replace(unfinished, path)
        self.stderr.write(f"{path} written.", str)  # `str`: it is not an error, which would be red


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
