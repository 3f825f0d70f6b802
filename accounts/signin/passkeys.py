"""What a browser hands over as a passkey: anybody can send anything there."""

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

NOT_A_PASSKEY = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    InvalidSignature,
    UnsupportedAlgorithm,
)
"""What the parsers below these forms raise for what is not one."""


class _Sane:
    """Mixed into a form: what makes no sense is wrong, and not an error of the server's."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except NOT_A_PASSKEY as error:
            raise get_adapter().validation_error("incorrect_code") from error


class LogInByPasskey(_Sane, LoginWebAuthnForm):
    """Instead of a password."""


class SecondFactorPasskey(_Sane, AuthenticateWebAuthnForm):
    """After a password."""


class OnceMoreByPasskey(_Sane, ReauthenticateWebAuthnForm):
    """Before something sensitive."""


class AddPasskey(AddWebAuthnForm):
    """A new one."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except NOT_A_PASSKEY as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned
