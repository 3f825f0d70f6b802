"""The host of a link, in the one spelling that is looked up, checked and sent."""

from __future__ import annotations

import re

import idna

from audiopod.common.links.addresses import literal
from audiopod.common.links.verdict import FetchReason, FetchRefused

_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def normal_host(host: str) -> str:
    """Lower case, ASCII (IDNA 2008 with UTS 46), without the dot at the end; a literal address as
    `ipaddress` writes it.

    Raises FetchRefused for what is neither a name nor an address in its usual form: 2130706433,
    0x7f.1 and 0177.0.0.1 are loopback to the C library.
    """
    name = _ascii(host).removesuffix(".")
    if address := literal(name):
        return str(address)
    if not _NAME.fullmatch(name):
        raise FetchRefused(FetchReason.MALFORMED, "its host is not a name or an address")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise FetchRefused(
            FetchReason.MALFORMED, "an IP address is written as four decimal numbers"
        )
    return name


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise FetchRefused(
            FetchReason.MALFORMED, "its host has characters that no name may have"
        ) from None
