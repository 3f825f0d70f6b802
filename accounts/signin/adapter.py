"""What allauth asks this project: who may sign up or log in, and how mails are sent."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import networks, throttle
from accounts.models import User
from accounts.signin import addresses, mailboxes, mails
from audiopod.common import features

logger = logging.getLogger(__name__)

TOO_MANY_ATTEMPTS = "too_many_login_attempts"
"""The code that allauth uses for this error."""
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - stands for an unknown address; nothing is bound to it
NO_MATCH = gettext_lazy("That e-mail address and password do not match an account.")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter, with our throttle and our mails.

    The e-mail address of an account that staff have created counts as verified.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NO_MATCH,
        TOO_MANY_ATTEMPTS: gettext_lazy("Too many attempts. Try again later."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return features.is_on(features.SIGN_UP)

    def clean_email(self, email: str) -> str:
        """The one spelling of the address, so that one mailbox cannot have many accounts."""
        try:
            return mailboxes.stored_spelling(email)
        except mailboxes.InvalidMailbox as error:
            raise forms.ValidationError(str(error)) from error

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: Any, commit: bool = True
    ) -> AbstractBaseUser:
        """Save the language of the sign-up page too: mails to the user are written in it."""
        cast(User, user).language = translation.get_language() or ""
        return super().save_user(request, user, form, commit)

    # --- logging in ---------------------------------------------------------------------------
    def get_client_ip(self, request: HttpRequest) -> str:
        # the server has replaced the addresses of trusted proxies by the client's already
        return str(networks.address_of(request.META.get("REMOTE_ADDR")) or UNKNOWN_ADDRESS)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. Raises ValidationError after too many."""
        # allauth's own throttle counts by account: a stranger could lock its owner out
        address = self.get_client_ip(request)
        if not throttle.take_attempt(credentials.get("email", ""), address):
            logger.warning("Log-in refused: too many attempts from %s.", address)
            message = _("Too many attempts. Try again in fifteen minutes.")
            raise forms.ValidationError(message, code=TOO_MANY_ATTEMPTS)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The user, or None. An inactive account is answered like a wrong password."""
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            logger.warning("Log-in failed from %s.", self.get_client_ip(request))
            return None
        throttle.reset(credentials.get("email", ""), self.get_client_ip(request))
        return user

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **how: Any
    ) -> HttpResponse | None:
        refused = super().pre_login(request, user, **how)
        if refused is None:
            addresses.mark_email_verified(cast(User, user))
        return refused

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, str(NO_MATCH))
        return HttpResponseRedirect(reverse("login"))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark an address as verified.

        The first address of an account is verified in one transaction with what that gives the
        account, such as its starter credit.
        """
        others = EmailAddress.objects.filter(user_id=email_address.user_id)
        if others.exclude(pk=email_address.pk).exists():
            # a change of address sends a mail to the old one: not inside a transaction
            return super().confirm_email(request, email_address)
        with transaction.atomic():
            return super().confirm_email(request, email_address)

    # --- mails --------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of `mails.MAILS`, in the language of the account that it goes to.

        A mail that cannot be sent is logged and shown as an error on the page; nothing is raised.
        """
        reader = User.objects.filter(email=email).first()
        language = (reader and reader.language) or translation.get_language() or "en"
        with translation.override(language):
            mail = mails.compose(template_prefix, email, context)
        try:
            mail.send()
        except (SMTPException, OSError) as error:
            logger.warning("The mail %r was not sent: %s", template_prefix, error)
            message = _("The mail server does not answer, so no mail was sent. Try again later.")
            messages.error(self.request, message)
