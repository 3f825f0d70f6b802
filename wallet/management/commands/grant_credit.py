"""Give an account credit: `manage.py grant_credit --email … --usd 5.00 --reason "…"`."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from audiopod.common import money
from wallet import services


class Command(BaseCommand):
    help = "Give an account credit. The reason stays in the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--usd", required=True, help="the amount, such as 5.00")
        parser.add_argument("--reason", required=True)
        parser.add_argument(
            "--key", default="", help="the same key again books nothing: for scripts that retry"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
            entry = services.grant(
                user=user,
                amount_micros=money.parse_usd(options["usd"]),
                reason=options["reason"],
                actor="command:grant_credit",
                idempotency_key=options["key"] or str(uuid.uuid4()),
            )
        except User.DoesNotExist:
            email = options["email"]
            raise CommandError(f"No account has the e-mail address {email}.") from None
        except (ValueError, services.IdempotencyConflict) as error:
            raise CommandError(str(error)) from None
        now = services.balance(user)
        self.stdout.write(
            f"Entry {entry.pk} booked. {user.email} has"
            f" {money.usd_exact(now.available_micros)} available."
        )
