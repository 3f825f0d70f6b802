"""Whom a connection to a stranger trusts."""

from __future__ import annotations

import ssl

import certifi


def trusting_context() -> ssl.SSLContext:
    """It trusts Certifi's authorities, and those in the file of SSL_CERT_FILE."""
    context = ssl.create_default_context(cafile=certifi.where())
    # all is loaded now: a confined process cannot open what OpenSSL would look for in folders later
    if own := ssl.get_default_verify_paths().cafile:
        context.load_verify_locations(own)
    return context
