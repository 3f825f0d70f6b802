"""allauth's forms, so that an address has one spelling and a code is used once."""

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

CODE_WAS_SENT = _(
    "A code was sent to this address a moment ago. Enter it on the page that you have open, or"
    " wait a minute and log in again. If somebody else signed up with this address, choose a new"
    " password."
)


class SignUpForm(SignupForm):
    """Answers alike, and as slowly, whether or not the address has an account."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            # takes as long as the hash of a new account's password
            make_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def save(self, request: HttpRequest) -> User:
        # the account and the row of its unverified address: both or neither
        with transaction.atomic():
            user: User = super().save(request)
        return user


class LogInForm(LoginForm):
    """Finds the account of an address, however the address is spelled."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError as error:
            if error.message is not AccountAdapter.error_messages[TOO_MANY_ATTEMPTS]:
                raise
            # After a right password, allauth raises this one for an account whose address is not
            # verified, when it has sent that address a code just before.
            raise ValidationError(CODE_WAS_SENT, code=TOO_MANY_ATTEMPTS) from error
        return cleaned

    def clean_login(self) -> str:
        typed: str = super().clean_login()
        try:
            return mailboxes.stored_spelling(typed)
        except mailboxes.InvalidMailbox:
            return typed  # no account has it: answered as any unknown address is


class PasswordResetForm(ResetPasswordForm):
    """Asks for a code that lets the user choose a new password."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        return mailboxes.stored_spelling(email)


class ActivateTotpForm(ActivateTOTPForm):
    """Adds an authenticator app. The code that proves the setup cannot be used to log in."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        second_factor.mark_code_used(self.user, code)
        return code
