"""One spelling for each mailbox: an address that can be written in many ways is one address.

The domain is in lower case, without a dot at its end, and in ASCII (RFC 3490), as Django's mail
sends it.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from accounts.models import User

MAX_CHARACTERS = 254
"""The length of an address in the database."""
_QUOTED = re.compile(r'^"(.*)"$')
_ESCAPE = re.compile(r"\\(.)")


class InvalidMailbox(ValueError):
    """The address cannot be used to sign up; the message says what to write instead."""


def parts_of(email: str) -> tuple[str, str]:
    """The local part and the domain that an address means, however it is spelled."""
    folded = unicodedata.normalize("NFKC", email.strip()).lower()
    name, _at, domain = folded.rpartition("@")
    if quoted := _QUOTED.match(name):
        name = _ESCAPE.sub(r"\1", quoted[1])
    with suppress(UnicodeError):  # an invalid domain stays as it was typed
        domain = punycode(domain).lower()
    return name, domain.rstrip(".")


def normalize(email: str) -> str:
    """An address in its one spelling.

    Raises InvalidMailbox where the local part is quoted, is not ASCII or could be written in
    more than one way, and where the domain is not a domain name.
    """
    name, domain = parts_of(email)
    typed_name = email.strip().lower().rpartition("@")[0]
    if typed_name != name or not name.isascii():
        raise InvalidMailbox(
            _("Write the part before the @ in plain letters and digits, without quotation marks.")
        )
    address = f"{name}@{domain}"
    if domain.startswith("[") or len(address) > MAX_CHARACTERS or not _is_address(address):
        raise InvalidMailbox(_("Write an address with a domain name, such as you@example.com."))
    return address


def _is_address(text: str) -> bool:
    with suppress(ValidationError):
        EmailValidator()(text)
        return text.isascii()
    return False


def stored_spelling(email: str) -> str:
    """The spelling of an address that its account has; without an account, the normal one.

    Raises InvalidMailbox, as `normalize` does, for an address that no account has.
    """
    # staff and commands may have made accounts with other spellings
    typed = email.strip().lower()
    try:
        address = normalize(typed)
    except InvalidMailbox:
        if User.objects.filter(email=typed).exists():
            return typed
        raise
    if address != typed and User.objects.filter(email=typed).exists():
        return typed
    return address
