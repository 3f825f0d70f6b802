"""The verified e-mail address of an account."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


def mark_email_verified(user: User) -> None:
    """Mark the address of an account as verified, and delete its other addresses.

    This is for accounts whose address staff or a command have set. An account that signed up has
    a row for its address, which allauth keeps up to date: it is left as it is.
    """
    rows = EmailAddress.objects.filter(email=user.email)
    if rows.filter(user=user).exists():
        return
    own = EmailAddress(user=user, email=user.email, verified=True, primary=True)
    with transaction.atomic():
        # rows of accounts that had this address before
        rows.exclude(user__email=user.email).delete()
        EmailAddress.objects.filter(user=user).delete()
        # another request may do the same at this moment: its row is as good
        EmailAddress.objects.bulk_create([own], ignore_conflicts=True)
