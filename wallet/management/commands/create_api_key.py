"""Make an API key: `key=$(manage.py create_api_key --email … [--name …] [--credit 5.00])`.

The key alone goes to stdout, for scripts; everything else to stderr.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import User
from accounts.services import create_api_key
from audiopod.common import money
from wallet import services

NAME_LENGTH = 100


class Command(BaseCommand):
    help = "Make an API key and print it alone on stdout. Makes the account when there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="command line", help="what the key is for")
        parser.add_argument("--credit", default="", help="US dollars to give, such as 5.00")

    def handle(self, *_args: Any, email: str, name: str, credit: str, **_options: Any) -> None:
        name = name.strip()
        if not 0 < len(name) <= NAME_LENGTH:
            raise CommandError(f"--name takes 1 to {NAME_LENGTH} characters.")
        try:
            amount_micros = money.parse_usd(credit) if credit else 0
            with transaction.atomic():
                user = self._account(email)
                self._give(user, amount_micros)
                _key, token = create_api_key(user=user, name=name)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(token)

    def _account(self, email: str) -> User:
        try:
            return User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            pass
        try:
            validate_email(email.strip())
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        user = User.objects.create_user(email)
        self.stderr.write(
            f"Account {user.email} made. `manage.py changepassword {user.email}` lets it log in."
        )
        return user

    def _give(self, user: User, amount_micros: int) -> None:
        if not amount_micros:
            return
        services.grant(
            user=user,
            amount_micros=amount_micros,
            reason="Given with a new key",
            actor="command:create_api_key",
            idempotency_key=str(uuid.uuid4()),
        )
        self.stderr.write(f"{money.usd_exact(amount_micros)} given to {user.email}.")
