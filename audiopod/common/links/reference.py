"""What the `url` of a request can refer to: another job, a file of this server, a direct link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from audiopod.common.links.allow import NOTHING, AllowList
from audiopod.common.links.links import parse_link, split_link
from audiopod.common.links.verdict import FetchReason, FetchRefused

_JOB = re.compile(r"job:(?P<service>[a-z][a-z0-9_.-]{0,31}):(?P<id>[0-9]{1,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JobReference:
    """`job:<service>:<id>`: the output of a job. Whose it is, the caller has to check."""

    service: str
    """Lower case, at most 32 characters. Whether there is such a service is not checked."""
    id: int


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A link to this server, which is never fetched. Its signature is the caller's to check."""

    path: str
    """With the query, from the root of PUBLIC_URL: begins with a slash."""


@dataclass(frozen=True, slots=True)
class DirectLink:
    """A link for `fetch`, checked as far as that goes without the network."""

    url: str
    """Normalised: ASCII, without a fragment."""


Reference = JobReference | OwnLink | DirectLink


def parse(url: str, *, public_url: str = "", allow: AllowList = NOTHING) -> Reference:
    """Understand the `url` of a request, at once and without the network.

    public_url: the setting PUBLIC_URL; with "" no link is an own one.
    Raises FetchRefused.
    """
    url = url.strip()
    if url[:4].lower() == "job:":
        match = _JOB.fullmatch(url)
        if not match:
            raise FetchRefused(
                FetchReason.MALFORMED, "a reference to a job is job:<service>:<number>"
            )
        return JobReference(match["service"].lower(), int(match["id"]))
    if public_url and is_own(url, public_url):
        root = split_link(public_url).target.rstrip("/")
        return OwnLink(split_link(url).target[len(root) :] or "/")
    return DirectLink(str(parse_link(url, allow)))


def is_own(url: str, public_url: str) -> bool:
    """Whether a link leads to this server: same scheme, host and port, below the same path."""
    try:
        link, root = split_link(url), split_link(public_url)
    except FetchRefused:
        return False
    if (link.scheme, link.host, link.port) != (root.scheme, root.host, root.port):
        return False
    base = root.target.rstrip("/")
    return link.target.startswith((f"{base}/", f"{base}?")) or link.target == base
