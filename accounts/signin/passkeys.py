"""allauth's passkey forms, which answer malformed input with an error in the form."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    InvalidSignature,
    UnsupportedAlgorithm,
)
"""What allauth's parsers raise for input that is not a passkey."""


class _RefusesMalformed:
    """Mixed into a form: malformed input is a wrong code, not an error of the server."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyLogInForm(_RefusesMalformed, LoginWebAuthnForm):
    """A passkey instead of a password."""


class PasskeySecondFactorForm(_RefusesMalformed, AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyReauthenticationForm(_RefusesMalformed, ReauthenticateWebAuthnForm):
    """A passkey before a sensitive change."""


class AddPasskeyForm(AddWebAuthnForm):
    """Adds a passkey to an account."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned
