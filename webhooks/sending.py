"""One attempt at one delivery: a POST, and as much of the answer as is of interest.

The address is looked up once and checked as it is connected to (`audiopod.common.links`), no
redirect is followed, and all of it together takes ten seconds at most, however slowly a receiver
lets its bytes drip.
"""

from __future__ import annotations

import http.client
import logging
import ssl
import time
from dataclasses import dataclass
from functools import cache

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audiopod.common.links.deadline import Deadline, DeadlineConnection, connect_within
from audiopod.common.links.links import Link
from audiopod.common.links.tls import trusting_context
from audiopod.common.links.verdict import FetchError, FetchReason
from audiopod.common.sealing import InvalidToken
from webhooks import signing
from webhooks.models import AccountSecret, Delivery
from webhooks.targets import TargetRefused, allow_list, parse

log = logging.getLogger(__name__)

TOTAL_SECONDS = 10.0
MAX_BODY_BYTES = 1024
USER_AGENT = "AudioPod-Webhooks/1"


class Failure(TextChoices):
    """Why there was no answer."""

    TIMEOUT = "timeout", _("no answer within 10 seconds")
    UNREACHABLE = "unreachable", _("the host could not be reached")
    NOT_PUBLIC = "not_public", _("the address is not public, or not allowed")
    CERTIFICATE = "certificate", _("the certificate is not valid")
    BROKEN_OFF = "broken_off", _("the connection broke off")
    SECRET = "secret", _("the secret cannot be read: rotate it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. status: None where there was no answer, for the reason in `error`.

    body: the first 1024 bytes, as text.
    """

    status: int | None = None
    body: str = ""
    error: str = ""
    milliseconds: int = 0

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send(delivery: Delivery) -> Answer:
    """Send an event to its receiver. Raises nothing that a receiver could cause."""
    began = time.monotonic()
    status, body, error = _sent(delivery, Deadline(TOTAL_SECONDS))
    milliseconds = round((time.monotonic() - began) * 1000)
    return Answer(status=status, body=body, error=error, milliseconds=milliseconds)


def _sent(delivery: Delivery, deadline: Deadline) -> tuple[int | None, str, str]:
    """Status, body and error."""
    try:
        link = parse(delivery.target, allow_list())
        headers = _headers(delivery, link)
        status, body = _posted(link, headers, delivery.body.encode(), deadline)
    except (InvalidToken, AccountSecret.DoesNotExist):
        log.exception("delivery %s: its secret cannot be decrypted", delivery.pk)
        return None, "", Failure.SECRET
    except TargetRefused:
        return None, "", Failure.NOT_PUBLIC
    except FetchError as error:
        return None, "", _failure_of(error)
    except ssl.SSLCertVerificationError:
        return None, "", Failure.CERTIFICATE
    except TimeoutError:
        return None, "", Failure.TIMEOUT
    except (OSError, http.client.HTTPException, ValueError):
        return None, "", Failure.BROKEN_OFF
    # a database takes no NUL, and half a character is none
    return status, body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}"), ""


def _failure_of(error: FetchError) -> str:
    known = {
        FetchReason.UNREACHABLE: Failure.UNREACHABLE,
        FetchReason.TOO_SLOW: Failure.TIMEOUT,
    }
    return known.get(error.reason, Failure.NOT_PUBLIC)


def _headers(delivery: Delivery, link: Link) -> dict[str, str]:
    """Signed anew each time: the time is that of the attempt. Raises InvalidToken."""
    timestamp = int(time.time())
    return {
        "Host": link.authority,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        signing.EVENT: delivery.event_type,
        signing.EVENT_ID: delivery.event_id,
        signing.TIMESTAMP: str(timestamp),
        signing.SIGNATURE: signing.signature(
            delivery.signing_secret(), timestamp, delivery.body.encode()
        ),
    }


def _posted(
    link: Link, headers: dict[str, str], body: bytes, deadline: Deadline
) -> tuple[int, bytes]:
    """Status, and the beginning of the body. Raises FetchError, OSError, HTTPException."""
    tls = _tls() if link.scheme == "https" else None
    raw = connect_within(link, allow_list(), deadline)
    client = DeadlineConnection(link, raw, tls, deadline)
    try:
        client.request("POST", link.target, body=body, headers=headers)
        response = client.getresponse()
        return response.status, _beginning(response)
    finally:
        client.hang_up()


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """As much of a body as came in time. Its status has come already, and is what counts."""
    read = b""
    try:
        while len(read) < MAX_BODY_BYTES and (block := response.read1(MAX_BODY_BYTES)):
            read += block
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return read[:MAX_BODY_BYTES]


@cache
def _tls() -> ssl.SSLContext:
    """Made once: to read the authorities takes longer than a request."""
    return trusting_context()
