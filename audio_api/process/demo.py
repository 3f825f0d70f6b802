"""Somebody to try things as, with credit and a key, and an administrator beside."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import services as accounts
from accounts.models import User
from audiopod.common import money
from wallet import services as wallet

DEMO_EMAIL = "demo@example.com"
ADMIN_EMAIL = "admin@example.com"
CREDIT_MICROS = 10 * money.MICROS_PER_USD
"""Above LOW_BALANCE_MICROS by default: else the first request would bring a mail."""
PASSWORD_BYTES = 12
SHOWN_BEFORE = "(shown when it was made)"


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo account and an administrator. A secret is None unless it was made just now."""

    admin_email: str
    token: str | None = None
    password: str | None = None
    admin_password: str | None = None

    def lines(self) -> list[str]:
        """What there is to know, and how to replace what cannot be shown again."""
        manage = ".venv/bin/python manage.py"
        lines = [
            f"API key    {self.token or SHOWN_BEFORE}",
            f"Demo       {DEMO_EMAIL}   {self.password or SHOWN_BEFORE}",
            f"Admin      {self.admin_email}   {self.admin_password or SHOWN_BEFORE}",
        ]
        if self.token:
            return [*lines, "           (shown this once: only digests are stored)"]
        return [
            *lines,
            f"           another key: {manage} create_api_key --email {DEMO_EMAIL}",
            f"           a new password: {manage} changepassword {DEMO_EMAIL}",
        ]


@transaction.atomic
def ensure() -> Demo:
    """Make the demo account and an administrator where they are missing. Idempotent."""
    admin_email, admin_password = _ensure_admin()
    if User.objects.filter(email=DEMO_EMAIL).exists():
        return Demo(admin_email=admin_email, admin_password=admin_password)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.create_user(DEMO_EMAIL, password)
    wallet.grant(
        user=user,
        amount_micros=CREDIT_MICROS,
        reason="Credit of the demo account.",
        actor="command:demo_account",
        idempotency_key=f"demo-account:{user.pk}",
    )
    _, token = accounts.create_api_key(user=user, name="Demo")
    return Demo(
        admin_email=admin_email, token=token, password=password, admin_password=admin_password
    )


def _ensure_admin() -> tuple[str, str | None]:
    """The e-mail address of an administrator, and the password if it was made just now."""
    admin = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if admin is not None:
        return admin.email, None
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    return User.objects.create_superuser(ADMIN_EMAIL, password).email, password
