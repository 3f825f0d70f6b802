"""What the pages of signing up and logging in say about this server."""

from __future__ import annotations

from django import template
from django.conf import settings

from audiopod.common import features

register = template.Library()

CONSOLE = "django.core.mail.backends.console.EmailBackend"


@register.simple_tag
def mail_goes_to_the_log() -> bool:
    """Whether no mail server is set, so that mails are printed in the server's log."""
    return bool(settings.EMAIL_BACKEND == CONSOLE)


@register.simple_tag
def starter_credit_micros() -> int:
    """The credit of a new account."""
    return int(settings.STARTER_CREDIT_MICROS)


@register.simple_tag
def sign_up_is_open() -> bool:
    return features.is_on(features.SIGN_UP)
