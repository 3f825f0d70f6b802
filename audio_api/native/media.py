"""Links to the files of jobs that open without a key, for a while: signed, and made anew each time.

A token says which file and until when. What it is signed with is this server's SECRET_KEY, so
that whoever has a link has that file, and cannot make another.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.utils import timezone

from audio_api.models import JobFile

SALT = "audio_api.media"
"""Not the name of this module: links that are out must stay true when it moves."""
PATH = "/media/"


class BadLink(Exception):
    """This server has made no such link."""


class LinkExpired(Exception):
    """The link was good, and is too old."""


class FileGone(Exception):
    """The file of a good link has been erased."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says. expires_at: seconds since 1970."""

    file_id: int
    expires_at: int

    @property
    def seconds_left(self) -> int:
        return self.expires_at - int(time.time())


def link(file: JobFile) -> str:
    """An absolute link to a file, good for `MEDIA_LINK_SECONDS`."""
    ticket = [file.pk, int(time.time()) + settings.MEDIA_LINK_SECONDS]
    token = _signer().sign_object(ticket)
    return f"{settings.PUBLIC_URL}{PATH}{token}/{quote(file.file_name, safe='')}"


def opened(token: str) -> Ticket:
    """What a token says. Raises BadLink and LinkExpired."""
    try:
        file_id, expires_at = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        raise BadLink(token) from None
    ticket = Ticket(file_id, expires_at)
    if ticket.seconds_left <= 0:
        raise LinkExpired(token)
    return ticket


def find(ticket: Ticket) -> JobFile:
    """The file that a ticket is for, with its job. Raises FileGone."""
    now = timezone.now()
    # the sweeper comes later than the moment from which a file is not kept
    kept = Q(job__kept_until=None) | Q(job__kept_until__gt=now)
    there = JobFile.objects.filter(kept, job__deleted_at=None, job__user__is_active=True)
    file = there.select_related("job").filter(pk=ticket.file_id).first()
    if file is None:
        raise FileGone(ticket.file_id)
    return file


def _signer() -> Signer:
    return Signer(sep=".", salt=SALT)
