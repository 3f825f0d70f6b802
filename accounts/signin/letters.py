"""The letters about an account, in plain text and in HTML: the same words in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_BROWSER_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says. Words may name what allauth tells, such as `%(code)s`."""

    subject: str | Promise
    words: str | Promise
    leads_to: str = ""
    """The URL name of the page that its button opens."""
    button: str | Promise = ""


def _code(subject: str | Promise, words: str | Promise) -> Letter:
    return Letter(subject, words)


def _notice(subject: str | Promise) -> Letter:
    """Something about the account has changed: the subject says it all."""
    return Letter(subject, subject, "account", gettext_lazy("Look at your account"))


CONFIRM = _code(
    gettext_lazy("Confirm your e-mail address"),
    gettext_lazy(
        "Enter this code on the page that you have open, to confirm that %(email)s is yours."
        " It works for fifteen minutes."
    ),
)
LETTERS = {
    "account/email/email_confirmation_signup": CONFIRM,
    "account/email/email_confirmation": CONFIRM,
    "account/email/password_reset_code": _code(
        gettext_lazy("Choose a new password"),
        gettext_lazy(
            "Enter this code on the page that you have open, to choose a new password."
            " It works for fifteen minutes."
        ),
    ),
    "account/email/unknown_account": Letter(
        gettext_lazy("You have no AudioPod account"),
        gettext_lazy(
            "Somebody, probably you, wanted a new password for %(email)s. There is no account of"
            " that address here. Perhaps you signed up with another one."
        ),
        "account_signup",
        gettext_lazy("Sign up"),
    ),
    "account/email/account_already_exists": Letter(
        gettext_lazy("You have an AudioPod account already"),
        gettext_lazy(
            "Somebody, probably you, wanted to sign up with %(email)s. You have an account with"
            " that address. If you do not remember its password, choose a new one."
        ),
        "account_reset_password",
        gettext_lazy("Choose a new password"),
    ),
    "account/email/email_changed": Letter(
        gettext_lazy("Your e-mail address was changed"),
        gettext_lazy(
            "The address of your AudioPod account was changed from %(from_email)s to %(to_email)s."
        ),
    ),
    "account/email/email_deleted": Letter(
        gettext_lazy("An e-mail address was removed"),
        gettext_lazy("%(deleted_email)s was removed from your AudioPod account."),
    ),
    "account/email/email_confirm": _notice(gettext_lazy("Your e-mail address was confirmed.")),
    "account/email/password_changed": _notice(gettext_lazy("Your password was changed.")),
    "account/email/password_reset": _notice(gettext_lazy("Your password was reset.")),
    "account/email/password_set": _notice(gettext_lazy("Your account has a password now.")),
    "mfa/email/totp_activated": _notice(gettext_lazy("An authenticator app was added.")),
    "mfa/email/totp_deactivated": _notice(gettext_lazy("The authenticator app was removed.")),
    "mfa/email/recovery_codes_generated": _notice(gettext_lazy("New recovery codes were made.")),
    "mfa/email/webauthn_added": _notice(gettext_lazy("A passkey was added.")),
    "mfa/email/webauthn_removed": _notice(gettext_lazy("A passkey was removed.")),
}
"""By the name that allauth has for them."""


def write(name: str, email: str, told: dict[str, Any]) -> EmailMultiAlternatives:
    """A letter in the language that is active. Raises KeyError for one that is not known."""
    letter = LETTERS[name]
    facts = {"email": email} | told
    context = {
        "subject": str(letter.subject).rstrip("."),
        "words": str(letter.words) % facts,
        "code": told.get("code", ""),
        "button": letter.button,
        "button_url": _page(letter.leads_to) if letter.leads_to else "",
        "assurance": _assurance(told),
        "site_url": settings.PUBLIC_URL,
        "email": email,
    }
    mail = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string("mail/letter.txt", context).strip(),
        to=[email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("mail/letter.html", context), "text/html")
    return mail


def _page(name: str) -> str:
    """By PUBLIC_URL, whatever host the request that causes the letter names."""
    return f"{settings.PUBLIC_URL}{reverse(name)}"


def _assurance(told: dict[str, Any]) -> str:
    """What to do when somebody else was it."""
    if "ip" not in told:
        return _("If that was not you, do nothing: nothing has changed.")
    return _(
        "This was done from %(ip)s with the browser “%(browser)s”. If that was not you, choose a"
        " new password at once and end the other sessions of your account."
    ) % {"ip": told["ip"], "browser": told["user_agent"][:MAX_BROWSER_CHARACTERS]}
