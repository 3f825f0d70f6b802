"""What `manage.py check --deploy` says, and who may come here."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from audio_api.process.doctor.finding import Finding, Verdict

TOPIC = "settings"
_OF_HTTPS = {"security.W004", "security.W008", "security.W012", "security.W016"}
"""What Django says of each setting that follows from the address."""


def look() -> Iterator[Finding]:
    yield _address()
    found = checks.run_checks(include_deployment_checks=True)
    yield from _plain_http({message.id or "" for message in found} & _OF_HTTPS)
    for message in found:
        if not message.is_silenced() and (settings.HTTPS or message.id not in _OF_HTTPS):
            yield _finding(message)
    if not found:
        yield Finding(topic=TOPIC, about="checks", says="`manage.py check --deploy` finds nothing")


def _address() -> Finding:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    about = "address"
    if "*" in settings.ALLOWED_HOSTS or host in settings.ALLOWED_HOSTS:
        return Finding(topic=TOPIC, about=about, says=f"clients come to {settings.PUBLIC_URL}")
    return Finding(
        topic=TOPIC,
        about=about,
        says=f"requests to {settings.PUBLIC_URL} are refused",
        verdict=Verdict.BROKEN,
        remedy=f"Name {host} in ALLOWED_HOSTS.",
    )


def _plain_http(found: set[str]) -> Iterator[Finding]:
    if not found or settings.HTTPS:
        return
    says = "is not https: passwords and keys can be read on their way, unless that is this machine"
    says += f" alone ({', '.join(sorted(found))})"
    remedy = "Put a proxy with a certificate before it, and set PUBLIC_URL=https://…"
    yield Finding(topic=TOPIC, about="PUBLIC_URL", says=says, verdict=Verdict.NOTE, remedy=remedy)


def _finding(message: checks.CheckMessage) -> Finding:
    """An error keeps `manage.py run` and `migrate` from starting, a warning does not."""
    return Finding(
        topic=TOPIC,
        about=message.id or "check",
        says=str(message.msg),
        verdict=Verdict.BROKEN if message.is_serious() else Verdict.NOTE,
        remedy=str(message.hint or ""),
    )
