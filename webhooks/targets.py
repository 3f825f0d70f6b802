"""Where events may be sent: to https and public hosts, and to what the operator allows."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audiopod.common.links import configured
from audiopod.common.links.addresses import is_public, literal
from audiopod.common.links.allow import AllowList
from audiopod.common.links.links import Link, require_public_port, split_link
from audiopod.common.links.verdict import FetchReason, FetchRefused
from audiopod.common.problem import Problem

MAX_URL_CHARACTERS = 2048
CODE = "invalid_webhook_url"
_WORDS = {
    FetchReason.SCHEME: _("Events are sent to https:// addresses."),
    FetchReason.CREDENTIALS: _(
        "Leave user name and password out of the address: the signature tells who sends."
    ),
    FetchReason.PORT: _("Use the port 443, or one from 1024 on."),
    FetchReason.NOT_PUBLIC: _(
        "The host has no public address on the internet. The operator of this server can allow"
        " hosts of the own network."
    ),
}
_TOO_LONG = _("Use an address of at most %(most)d characters.")
_MALFORMED = _("This is not a complete web address, such as https://example.com/audiopod.")


class TargetRefused(Problem):
    """An address that no events are sent to. The message is fit for its owner."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message), param="url", code=CODE)


def allow_list() -> AllowList:
    """Raises ImproperlyConfigured, with the entry that cannot be understood."""
    return configured.allow_list("WEBHOOK_ALLOW")


def parse(url: str, allow: AllowList) -> Link:
    """Take an address apart. Raises TargetRefused.

    As far as that goes without the network: the addresses of a name are checked when it is
    connected to.
    """
    try:
        link = split_link(url)
        if len(url) > MAX_URL_CHARACTERS:
            raise TargetRefused(_TOO_LONG % {"most": MAX_URL_CHARACTERS})
        if not _is_listed(link, allow):
            _require_public(link)
    except FetchRefused as refusal:
        raise TargetRefused(_WORDS.get(refusal.reason, _MALFORMED)) from None
    return link


def origin(link: Link) -> str:
    """Which receiver it is: `https://example.com:8443`."""
    return f"{link.scheme}://{link.authority}"


def _require_public(link: Link) -> None:
    """Raises FetchRefused."""
    if link.scheme != "https":
        raise FetchRefused(FetchReason.SCHEME, link.scheme)
    address = literal(link.host)
    if address and not is_public(address):
        raise FetchRefused(FetchReason.NOT_PUBLIC, link.host)
    require_public_port(link.port)


def _is_listed(link: Link, allow: AllowList) -> bool:
    address = literal(link.host)
    return allow.allows_host(link.host, link.port) or (
        address is not None and allow.allows_address(address, link.port)
    )
