"""Which of the provider's customers an account is."""

from __future__ import annotations

import hashlib
from typing import Protocol

from accounts.models import User
from wallet.models import StripeCustomer


class CustomerBook(Protocol):
    """The part of a gateway that makes customers."""

    livemode: bool

    def create_customer(self, user: User, *, idempotency_key: str) -> str:
        """A new customer's id."""

    def has_customer(self, customer_id: str) -> bool:
        """Whether it is there, and was not deleted."""


def ensure(book: CustomerBook, user: User) -> str:
    """The account's customer id, of a customer that is there. Twins are given the same one.

    It is not there any more when it was deleted on the provider's pages, when the key is another
    account's now, or when a demo was begun anew.
    """
    rows = StripeCustomer.objects.filter(user=user, livemode=book.livemode)
    known = rows.values_list("customer_id", flat=True).first()
    if known and book.has_customer(known):
        return known
    made = book.create_customer(user, idempotency_key=_key(book, user, known or ""))
    if known:
        rows.filter(customer_id=known).update(customer_id=made)
    else:
        row = StripeCustomer(user=user, livemode=book.livemode, customer_id=made)
        StripeCustomer.objects.bulk_create([row], ignore_conflicts=True)
    return rows.values_list("customer_id", flat=True).get()


def _key(book: CustomerBook, user: User, replaces: str) -> str:
    """The same for twins, another for what would be sent otherwise."""
    told = f"{book.livemode} {user.pk} {user.email} {user.date_joined.isoformat()} {replaces}"
    return f"customer:{user.pk}:{hashlib.sha256(told.encode()).hexdigest()[:16]}"
