"""Where allauth asks this project: who may come in, and how it writes to them."""

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
from accounts.signin import addresses, letters, mailboxes
from audiopod.common.features import Feature, is_on

logger = logging.getLogger(__name__)

TOO_MANY_ATTEMPTS = "too_many_login_attempts"
"""allauth's name for it."""
NOWHERE = "0.0.0.0"  # noqa: S104 - what stands for an unknown address; nothing is bound
NO_MATCH = gettext_lazy("That e-mail address and password do not match an account.")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, with our throttle and letters; accounts that staff have made count as verified."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NO_MATCH,
        TOO_MANY_ATTEMPTS: gettext_lazy("Too many attempts. Try again later."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return is_on(Feature.SIGN_UP)

    def clean_email(self, email: str) -> str:
        """In the one spelling that its mailbox has: else one mailbox could be many accounts."""
        try:
            return mailboxes.as_known(email)
        except mailboxes.NoMailbox as error:
            raise forms.ValidationError(str(error)) from error

    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: Any, commit: bool = True
    ) -> AbstractBaseUser:
        """The language that somebody signs up in is the one they are written to in."""
        cast(User, user).language = translation.get_language() or ""
        return super().save_user(request, user, form, commit)

    # --- logging in ---------------------------------------------------------------------------
    def get_client_ip(self, request: HttpRequest) -> str:
        """The server has looked through the proxies that it trusts already."""
        return str(networks.address_of(request.META.get("REMOTE_ADDR")) or NOWHERE)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Our throttle in place of allauth's, by which anybody could lock anybody out."""
        address = self.get_client_ip(request)
        if not throttle.take_attempt(credentials.get("email", ""), address):
            logger.warning("Log-in refused: too many attempts from %s.", address)
            words = _("Too many attempts. Try again in fifteen minutes.")
            raise forms.ValidationError(words, code=TOO_MANY_ATTEMPTS)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """An account that is closed answers as a wrong password does."""
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            logger.warning("Log-in failed from %s.", self.get_client_ip(request))
            return None
        throttle.forget(credentials.get("email", ""), self.get_client_ip(request))
        return user

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **how: Any
    ) -> HttpResponse | None:
        refused = super().pre_login(request, user, **how)
        if refused is None:
            addresses.vouch_for(cast(User, user))
        return refused

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, str(NO_MATCH))
        return HttpResponseRedirect(reverse("login"))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """A first address is verified together with what that brings, or not at all.

        A change of address is told to the old one by mail, which has no place in a transaction.
        """
        others = EmailAddress.objects.filter(user_id=email_address.user_id)
        if others.exclude(pk=email_address.pk).exists():
            return super().confirm_email(request, email_address)
        with transaction.atomic():
            return super().confirm_email(request, email_address)

    # --- letters ------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of `letters`, in its reader's language. One that can't be sent is logged, and
        the page says so: it breaks nothing."""
        reader = User.objects.filter(email=email).first()
        chosen = (reader and reader.language) or translation.get_language() or "en"
        with translation.override(chosen):
            letter = letters.write(template_prefix, email, context)
        try:
            letter.send()
        except (SMTPException, OSError) as error:
            logger.warning("The mail %r was not sent: %s", template_prefix, error)
            words = _("The mail server does not answer, so no mail was sent. Try again later.")
            messages.error(self.request, words)
