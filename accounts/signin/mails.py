"""The mails about an account, with the same words in plain text and in HTML."""

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
class MailText:
    """The text of one mail. `words` may name facts that allauth passes, such as `%(email)s`."""

    subject: str | Promise
    words: str | Promise
    leads_to: str = ""
    """The URL name of the page that the button opens."""
    button: str | Promise = ""


def _notice(subject: str | Promise) -> MailText:
    """A change of the account, whose subject says everything."""
    return MailText(subject, subject, "account", gettext_lazy("Look at your account"))


CONFIRM = MailText(
    gettext_lazy("Confirm your e-mail address"),
    gettext_lazy(
        "Enter this code on the page that you have open to confirm that %(email)s is your address."
        " The code is valid for fifteen minutes."
    ),
)
MAILS = {
    "account/email/email_confirmation_signup": CONFIRM,
    "account/email/email_confirmation": CONFIRM,
    "account/email/password_reset_code": MailText(
        gettext_lazy("Choose a new password"),
        gettext_lazy(
            "Enter this code on the page that you have open to choose a new password."
            " The code is valid for fifteen minutes."
        ),
    ),
    "account/email/unknown_account": MailText(
        gettext_lazy("You have no AudioPod account"),
        gettext_lazy(
            "Somebody, probably you, asked for a new password for %(email)s. There is no account"
            " with that address here. Perhaps you signed up with another address."
        ),
        "account_signup",
        gettext_lazy("Sign up"),
    ),
    "account/email/account_already_exists": MailText(
        gettext_lazy("You have an AudioPod account already"),
        gettext_lazy(
            "Somebody, probably you, tried to sign up with %(email)s. You have an account with"
            " that address already. If you have forgotten its password, choose a new one."
        ),
        "account_reset_password",
        gettext_lazy("Choose a new password"),
    ),
    "account/email/email_changed": MailText(
        gettext_lazy("Your e-mail address was changed"),
        gettext_lazy(
            "The address of your AudioPod account was changed from %(from_email)s to %(to_email)s."
        ),
    ),
    "account/email/email_deleted": MailText(
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
"""By the prefix of a template, which is how allauth names a mail."""


def compose(name: str, email: str, given: dict[str, Any]) -> EmailMultiAlternatives:
    """A mail in the active language, from the facts that allauth has given.

    Raises KeyError for a name that is not in MAILS.
    """
    text = MAILS[name]
    # by PUBLIC_URL: the host that a request names may be anybody's
    button_url = f"{settings.PUBLIC_URL}{reverse(text.leads_to)}" if text.leads_to else ""
    context = {
        "subject": str(text.subject).rstrip("."),
        "words": str(text.words) % ({"email": email} | given),
        "code": given.get("code", ""),
        "button": text.button,
        "button_url": button_url,
        "assurance": _assurance(given),
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


def _assurance(given: dict[str, Any]) -> str:
    """What to do if somebody else caused the mail."""
    if "ip" not in given:
        return _("If that was not you, do nothing: nothing has changed.")
    return _(
        "This was done from %(ip)s with the browser “%(browser)s”. If that was not you, choose a"
        " new password at once and end the other sessions of your account."
    ) % {"ip": given["ip"], "browser": given["user_agent"][:MAX_BROWSER_CHARACTERS]}
