"""What fetching a link is allowed to cost and what can come of it. Standard library only: both
sides of the process border share it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FetchReason(StrEnum):
    """Why a link was not fetched."""

    # refused: the link, or what it leads to, is of a kind that is not taken
    MALFORMED = "malformed"
    SCHEME = "scheme"
    CREDENTIALS = "credentials"
    PORT = "port"
    NOT_PUBLIC = "not_public"
    PLATFORM = "platform"
    REDIRECTS = "redirects"
    DOWNGRADE = "downgrade"
    ENCODED = "encoded"
    EMPTY = "empty"
    WEB_PAGE = "web_page"
    PLAYLIST = "playlist"
    NOT_MEDIA = "not_media"
    # failed: another try, or another place for the same file, may succeed
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    STATUS = "status"
    BROKEN_OFF = "broken_off"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNAVAILABLE = "unavailable"


_DIRECT = "Give the address of the audio or video file itself."
_UNREACHABLE_CODE = "URL_UNREACHABLE"
_FAILURES: dict[FetchReason, tuple[str, int]] = {
    # 400, not 502: clients repeat what was answered with 5xx, and the source would be no better
    FetchReason.UNREACHABLE: (_UNREACHABLE_CODE, 400),
    FetchReason.CERTIFICATE: (_UNREACHABLE_CODE, 400),
    FetchReason.STATUS: (_UNREACHABLE_CODE, 400),
    FetchReason.BROKEN_OFF: (_UNREACHABLE_CODE, 400),
    FetchReason.TOO_SLOW: ("URL_TOO_SLOW", 400),
    FetchReason.TOO_LARGE: ("URL_TOO_LARGE", 413),
    FetchReason.UNAVAILABLE: ("URL_INTAKE_UNAVAILABLE", 503),
}
"""Code and HTTP status. What is not here is a refusal."""

_WORDS: dict[FetchReason, str] = {
    FetchReason.MALFORMED: "This is not a complete web address: {}.",
    FetchReason.SCHEME: f"Only http:// and https:// links are fetched, not {{}}. {_DIRECT}",
    FetchReason.CREDENTIALS: (
        "A link with a user name or password in it is not fetched. Use a signed link of the"
        " storage, or upload the file."
    ),
    FetchReason.PORT: (
        "Port {} is not one that files are fetched from: use 80, 443 or a port from 1024 on."
    ),
    FetchReason.NOT_PUBLIC: (
        "The host {} has no public address on the internet. Check its spelling, or upload the"
        " file. The operator of this server can allow hosts of the own network."
    ),
    FetchReason.PLATFORM: (
        "Pages of {} are not fetched, only direct links to media files. Download the recording"
        " where you have the right to, and upload the file."
    ),
    FetchReason.REDIRECTS: f"The link redirects more than {{}} times. {_DIRECT}",
    FetchReason.DOWNGRADE: (
        "The link redirects from https to http, where the file could be changed on its way."
        " Give the final address itself."
    ),
    FetchReason.ENCODED: (
        "The source sends the file compressed ({}) although that was not asked for. Upload the"
        " file."
    ),
    FetchReason.EMPTY: f"The link leads to an empty file. {_DIRECT}",
    FetchReason.WEB_PAGE: (
        f"The link leads to a web page, not to a media file. {_DIRECT} A page that plays a"
        " recording is not the recording."
    ),
    FetchReason.PLAYLIST: (
        f"The link leads to a playlist, a manifest or a feed, not to a media file. {_DIRECT}"
    ),
    FetchReason.NOT_MEDIA: (
        f"The link does not lead to an audio or video file of a known format. {_DIRECT}"
    ),
    FetchReason.UNREACHABLE: "The host {} did not answer. Check the link, or try again later.",
    FetchReason.CERTIFICATE: (
        "The certificate of {} is not valid for it, so another host may be answering. Upload"
        " the file."
    ),
    FetchReason.STATUS: (
        "The source answered with status {} instead of the file. Check that the link opens"
        " without logging in."
    ),
    FetchReason.BROKEN_OFF: (
        "The host {} sent an incomplete or broken answer. Try again, or upload the file."
    ),
    FetchReason.TOO_LARGE: (
        "The file is larger than {} bytes, or does not end. Give a link to a smaller one."
    ),
    FetchReason.TOO_SLOW: (
        "The source was too slow: the file did not arrive in time. Try again later, or upload"
        " the file."
    ),
    FetchReason.UNAVAILABLE: "The link could not be fetched just now. Try again.",
}


class FetchError(Exception):
    """A link was not fetched.

    The message is fit for the client; `code` and `status` are the API's; `detail` fills the gap
    in the words of the reason.
    """

    code: str
    status: int

    def __init__(self, reason: FetchReason, detail: object = "") -> None:
        super().__init__(_WORDS[reason].format(detail))
        self.reason = reason
        self.detail = str(detail)


class FetchRefused(FetchError):
    """The link is of a kind that this server does not take, now or later."""

    code = "UNSUPPORTED_URL"
    status = 400


class FetchFailed(FetchError):
    """The source did not give the file, or not within the limits."""

    def __init__(self, reason: FetchReason, detail: object = "") -> None:
        super().__init__(reason, detail)
        self.code, self.status = _FAILURES[reason]


def fetch_error(reason: FetchReason, detail: object = "") -> FetchError:
    """The exception that this reason is raised as."""
    return (FetchFailed if reason in _FAILURES else FetchRefused)(reason, detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one link may cost."""

    max_bytes: int = 26_214_400
    """As received. What the source says of the size can only make for an earlier no."""
    connect_seconds: float = 10.0
    """For each address that is tried, of `MAX_ADDRESSES`."""
    silence_seconds: float = 15.0
    """The longest wait for the next bytes, for a TLS handshake and for the whole header."""
    min_bytes_per_second: int = 1024
    """On the average, from `silence_seconds` on."""
    total_seconds: float = 300.0
    """For all of it: name lookups, redirects, download. The process is killed then."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A media file, whole, where `fetch` had to put it."""

    final_url: str
    """Where it came from after all redirects, without a fragment."""
    file_name: str
    """Fit for a file system and a header: no path, no control characters, 255 bytes at most."""
    content_type: str
    """Of what the bytes are. What the source declares is not looked at."""
    bytes: int
