"""A direct link, taken apart and checked as far as that goes without the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from audiopod.common.links.addresses import is_public, literal
from audiopod.common.links.allow import AllowList
from audiopod.common.links.hosts import normal_host
from audiopod.common.links.verdict import FetchReason, FetchRefused

MAX_URL_LENGTH = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FIRST_FREE_PORT = 1024
"""Below it live mail, remote shells and the like, which are not for a stranger to speak to."""
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
"""`urlsplit` drops some of these silently, and browsers read a backslash as a slash."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31}):")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]|"
_PLATFORMS = {
    "YouTube": ("youtube.com", "youtu.be", "youtube-nocookie.com"),
    "SoundCloud": ("soundcloud.com", "snd.sc"),
    "Spotify": ("open.spotify.com", "spotify.link"),
    "Apple": ("music.apple.com", "podcasts.apple.com"),
    "Vimeo": ("vimeo.com",),
    "TikTok": ("tiktok.com",),
    "Instagram": ("instagram.com",),
    "Facebook": ("facebook.com", "fb.watch"),
    "X": ("twitter.com", "x.com"),
    "Twitch": ("twitch.tv",),
    "Dailymotion": ("dailymotion.com", "dai.ly"),
}
"""Sites whose pages people paste. Other pages are known by what they answer."""


@dataclass(frozen=True, slots=True)
class Link:
    """An http or https address in ASCII, without credentials and fragment."""

    scheme: str
    host: str
    """As `normal_host` writes it."""
    port: int
    target: str
    """Path and query, as a request line has them."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_link(url: str, allow: AllowList) -> Link:
    """Raises FetchRefused. The addresses of a name are checked later, when it is connected to."""
    link = split_link(url)
    address = literal(link.host)
    # a name may yet resolve to what is on the list: `connect` knows
    if address and not _is_allowed(link, allow):
        if not is_public(address):
            raise FetchRefused(FetchReason.NOT_PUBLIC, link.host)
        require_public_port(link.port)
    if platform := _platform(link.host):
        raise FetchRefused(FetchReason.PLATFORM, platform)
    return link


def split_link(url: str) -> Link:
    """Take any http or https address apart. Raises FetchRefused where that cannot be done."""
    url = url.strip(" ")
    if not url or len(url) > MAX_URL_LENGTH or _FORBIDDEN.search(url):
        raise FetchRefused(
            FetchReason.MALFORMED,
            f"it is empty, longer than {MAX_URL_LENGTH} characters, or has control characters",
        )
    scheme = _SCHEME.match(url)
    if not scheme:
        raise FetchRefused(FetchReason.MALFORMED, "it does not begin with https:// or http://")
    if scheme[1].lower() not in _DEFAULT_PORTS:
        raise FetchRefused(FetchReason.SCHEME, f"{scheme[1].lower()}: links")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchRefused(FetchReason.MALFORMED, "its host or port cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise FetchRefused(FetchReason.CREDENTIALS)
    host = normal_host(parts.hostname or "")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    return Link(parts.scheme, host, port, _target(parts))


def require_public_port(port: int) -> None:
    """Raises FetchRefused for a port on which media is not offered to the public."""
    if port not in _DEFAULT_PORTS.values() and port < _FIRST_FREE_PORT:
        raise FetchRefused(FetchReason.PORT, port)


def redirected(link: Link, location: str, allow: AllowList) -> Link:
    """Where a redirect leads. Raises FetchRefused as for any link, and for https to http.

    The sender of an https link relies on a file that cannot be changed on its way.
    """
    try:
        # `urljoin` drops control characters without a word
        joined = location if _FORBIDDEN.search(location) else urljoin(str(link), location)
    except ValueError:
        joined = ""
    target = parse_link(joined, allow)
    downgraded = link.scheme == "https" and target.scheme == "http"
    if downgraded and not _is_allowed(target, allow):
        raise FetchRefused(FetchReason.DOWNGRADE)
    return target


def _is_allowed(link: Link, allow: AllowList) -> bool:
    address = literal(link.host)
    return allow.allows_host(link.host, link.port) or (
        address is not None and allow.allows_address(address, link.port)
    )


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    return f"{path}?{quote(parts.query, safe=_QUERY_SAFE)}" if parts.query else path


def _platform(host: str) -> str | None:
    for platform, domains in _PLATFORMS.items():
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            return platform
    return None
