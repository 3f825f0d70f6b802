"""What the `url` of a request leads to: a file of the account's own jobs, or a link to fetch."""

from __future__ import annotations

from django.conf import settings

from accounts import scopes
from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.jobs import unknown_job
from audio_api.native.objects import is_kept
from audiopod.common.links import reference
from audiopod.common.links.configured import allow_list
from audiopod.common.links.reference import DirectLink, JobReference, OwnLink
from audiopod.common.links.verdict import FetchRefused
from audiopod.common.problem import Problem

PARAM = "url"
SOUND = ("audio/", "video/")


def resolve(text: str, user: User, key: ApiKey | None = None) -> JobFile | DirectLink:
    """Understand the `url` of a request, without fetching anything.

    `job:<service>:<id>` is the first recording among the outputs of a job; ids are unique over all
    services, so the service's name is for its reader. A link to this server has to be one to a
    file of the same account. key: has to have the scope of the job's kind, where one asks. Raises
    Problem: 400 for what is none of these, 403 without that scope, 404 for another account's, 409
    for a job that is not done, 410 for what is not kept any more.
    """
    try:
        found = reference.parse(text, public_url=settings.PUBLIC_URL, allow=allow_list())
    except FetchRefused as refusal:
        raise _unsupported(str(refusal)) from None
    match found:
        case JobReference():
            return _output_of(found, user, key)
        case OwnLink():
            return _own_file(found, user)
    return found


def _output_of(named: JobReference, user: User, key: ApiKey | None) -> JobFile:
    job = Job.objects.detached().for_user(user).filter(number=named.id).first()
    if job is None:
        raise unknown_job()
    if key is not None:
        # what a key may not read, it may not have read to it either
        scopes.require(key, registry.get(job.kind).scope)
    if job.status != Job.Status.SUCCEEDED:
        raise Problem(
            f"The job {named.id} has no output yet, or has failed. Use it when it is completed.",
            status=409,
            param=PARAM,
            code="job_not_completed",
        )
    if not is_kept(job):
        raise gone(f"The files of job {named.id} are not kept any more.")
    outputs = job.files.filter(role=JobFile.Role.OUTPUT).order_by("position", "pk")
    for file in outputs:
        if file.content_type.startswith(SOUND):
            return file
    raise _unsupported(f"The job {named.id} has made no recording.")


def _own_file(link: OwnLink, user: User) -> JobFile:
    """The file of a link as `media.link` makes it."""
    path = link.path.partition("?")[0]
    if not path.startswith(media.PATH):
        raise _unsupported("This address of this server is not a link to a file.")
    try:
        file = media.find(media.opened(path.removeprefix(media.PATH).partition("/")[0]))
    except media.BadLink:
        raise _unsupported("This is not a link that this server has made.") from None
    except media.LinkExpired:
        raise gone("This link has expired. Ask for the job again to get a new one.") from None
    except media.FileGone:
        raise gone("This file is not kept any more.") from None
    if file.job.user_id != user.pk:
        raise _unsupported("This file is another account's: download it, and upload it.")
    return file


def _unsupported(message: str) -> Problem:
    return Problem(message, param=PARAM, code="unsupported_url")


def gone(message: str) -> Problem:
    """What was there is not any more (410)."""
    return Problem(message, status=410, param=PARAM, code="file_expired")
