"""What staff may do to each other's accounts.

Staff who could change the account of somebody with more rights would have those rights too. So
only superusers change the accounts of staff; other staff help customers.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def may_change(request: HttpRequest, account: User) -> bool:
    """Superusers may change every account, other staff those of customers and their own."""
    if is_superuser(request) or account.pk == request.user.pk:
        return True
    return not (account.is_staff or account.is_superuser)
