"""A passkey in software: what a browser and its authenticator answer to a page."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

SITE = "testserver"
"""Where Django's test client browses."""
PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class SoftKey:
    """Signs with a key on the curve P-256, as most do."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user_handle = b""

    def register(self, options: dict[str, Any]) -> str:
        """The credential that answers `creation_options`, as the page sends it."""
        asked = options["publicKey"]
        self.user_handle = _bytes(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(bytes(16), self.id, public)
        data = self._data(PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT, made)
        client = _client_data("webauthn.create", asked["challenge"])
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(attestation),
            },
            {"credProps": {"rk": True}},
        )

    def sign(self, options: dict[str, Any], *, user_handle: bytes = b"") -> str:
        """The credential that answers `request_options`, as the page sends it."""
        client = _client_data("webauthn.get", options["publicKey"]["challenge"])
        data = self._data(PRESENT_AND_VERIFIED)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": websafe_encode(user_handle or self.user_handle),
            },
            {},
        )

    def _data(self, flags: AuthenticatorData.FLAG, made: bytes = b"") -> AuthenticatorData:
        return AuthenticatorData.create(hashlib.sha256(SITE.encode()).digest(), flags, 0, made)

    def _answer(self, response: dict[str, str], extensions: dict[str, Any]) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {
                "type": "public-key",
                "id": name,
                "rawId": name,
                "response": response,
                "clientExtensionResults": extensions,
            }
        )


def _client_data(kind: str, challenge: str) -> CollectedClientData:
    return CollectedClientData.create(kind, challenge, f"http://{SITE}")


def _bytes(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
