"""The form that makes an account."""

from __future__ import annotations

from allauth.account.forms import SignupForm
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import User


class SignUpForm(SignupForm):
    """allauth's. It answers alike, and as slowly, whether or not there is such an account."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # as for an account that is new
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def save(self, request: HttpRequest) -> User:
        """An account is never without the row that says its address is not verified yet."""
        with transaction.atomic():
            user: User = super().save(request)
        return user
