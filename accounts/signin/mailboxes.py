"""One mailbox has one spelling: what one person could write in a hundred ways is one address.

The domain is spelled as mail is sent to it (RFC 3490, as Django's mail does), in lower case and
without the dot at its end.
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
"""Of an address in the database."""
_QUOTED = re.compile(r'^"(.*)"$')
_ESCAPE = re.compile(r"\\(.)")


class NoMailbox(ValueError):
    """Not an address to sign up with; the message says what to write instead."""


def parts_of(email: str) -> tuple[str, str]:
    """The name and the domain that an address means, however oddly it is spelled."""
    folded = unicodedata.normalize("NFKC", email.strip()).lower()
    name, _at, domain = folded.rpartition("@")
    if quoted := _QUOTED.match(name):
        name = _ESCAPE.sub(r"\1", quoted[1])
    with suppress(UnicodeError):  # a domain that is none is at least the same as itself
        domain = punycode(domain).lower()
    return name, domain.rstrip(".")


def spelled(email: str) -> str:
    """An address as it is stored. Raises NoMailbox for a name that mail does not reach or that
    could be written in more than one way, and for a domain without a name."""
    name, domain = parts_of(email)
    typed_name = email.strip().lower().rpartition("@")[0]
    if typed_name != name or not name.isascii():
        raise NoMailbox(
            _("Write the part before the @ in plain letters and digits, without quotation marks.")
        )
    address = f"{name}@{domain}"
    if domain.startswith("[") or len(address) > MAX_CHARACTERS or not _is_address(address):
        raise NoMailbox(_("Write an address with the name of a domain, such as you@example.com."))
    return address


def _is_address(text: str) -> bool:
    with suppress(ValidationError):
        EmailValidator()(text)
        return text.isascii()
    return False


def as_known(email: str) -> str:
    """As an account has it: staff and commands may have made one that is spelled in another way.
    Raises as `spelled` where there is none."""
    typed = email.strip().lower()
    try:
        address = spelled(typed)
    except NoMailbox:
        if User.objects.filter(email=typed).exists():
            return typed
        raise
    if address != typed and User.objects.filter(email=typed).exists():
        return typed
    return address
