"""The forms of the entrance: allauth's, where an address has one spelling and a code one use."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm, SignupForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signin import mailboxes, second_factor
from accounts.signin.adapter import TOO_MANY_ATTEMPTS, AccountAdapter

CODE_IS_SENT = _(
    "A code was sent to this address a moment ago: enter it on the page that you have open, or"
    " wait a minute and log in again. If somebody else signed up with it, choose a new password."
)


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


class LogInForm(LoginForm):
    """An address opens the same account however it is spelled."""

    def clean(self) -> dict[str, Any]:
        """Of its refusals, allauth's own one for too many attempts comes after a right password:
        a code was sent to who has not confirmed the address, just before."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError as error:
            if error.message is not AccountAdapter.error_messages[TOO_MANY_ATTEMPTS]:
                raise
            raise ValidationError(CODE_IS_SENT, code=TOO_MANY_ATTEMPTS) from error
        return cleaned

    def clean_login(self) -> str:
        typed: str = super().clean_login()
        try:
            return mailboxes.as_known(typed)
        except mailboxes.NoMailbox:
            return typed  # as unknown as any other


class NewPasswordForm(ResetPasswordForm):
    """What asks for a code by which to choose a new password."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        return mailboxes.as_known(email)


class AddAppForm(ActivateTOTPForm):
    """The code that shows that an app was set up opens nothing more."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        second_factor.spend(self.user, code)
        return code
