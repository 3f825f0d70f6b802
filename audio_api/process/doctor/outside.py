"""What the server talks to: the storage of files, the mail server, the payment provider."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.utils import timezone

from audio_api.process import demo_payments
from audio_api.process.doctor.finding import Finding, Verdict
from wallet import gateway

TRIED = "doctor-tried"


def look() -> Iterator[Finding]:
    yield _storage()
    yield _mail()
    yield _payments()


def _storage() -> Finding:
    """A file is kept, read and removed."""
    bucket = settings.S3_BUCKET
    where = f"bucket {bucket}" if bucket else f"folder {settings.MEDIA_ROOT}"
    try:
        name = default_storage.save(TRIED, ContentFile(b"tried"))
        try:
            with default_storage.open(name) as file:
                is_same = file.read() == b"tried"
        finally:
            default_storage.delete(name)
    except Exception as error:  # noqa: BLE001 - whatever the storage raises
        is_same, why = False, type(error).__name__
    else:
        why = "it gives back something else"
    if not is_same:
        remedy = "Check S3_… in the settings." if bucket else "Give this user the folder."
        return _finding("storage", f"{where} keeps nothing: {why}", Verdict.BROKEN, remedy)
    if settings.REDIS_URL and not bucket:
        says = f"{where} works; it has to be one that all machines share"
        return _finding("storage", says, Verdict.NOTE, "With several machines, set S3_BUCKET.")
    return _finding("storage", f"{where} works")


def _mail() -> Finding:
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        says = "goes to no mail server: nobody outside can sign up"
        return _finding("mail", says, Verdict.NOTE, "Set EMAIL_URL=smtp+tls://… to send it.")
    at = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection():
            return _finding("mail", f"{at} takes it, from {settings.DEFAULT_FROM_EMAIL}")
    except (OSError, smtplib.SMTPException) as error:
        says = f"{at} takes none ({type(error).__name__}): codes and warnings do not arrive"
        return _finding("mail", says, Verdict.NOTE, "Check EMAIL_URL, and that it can be reached.")


def _payments() -> Finding:
    if not gateway.is_configured():
        if demo_payments.are_wanted(settings.HOST):
            return _finding("payments", "pretend cards with `make run`: no money moves")
        says = "off: staff grants credit"
        remedy = "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS to take cards."
        return _finding("payments", says, remedy=remedy)
    mode = "pretend cards" if gateway.is_demo() else "real money" if gateway.is_live() else "test"
    try:
        next(iter(gateway.gateway().payments(timezone.now())), None)
    except gateway.GatewayUnavailable:
        remedy = "Open the way to api.stripe.com; top-ups wait until then."
        return _finding("payments", f"{mode}; Stripe does not answer", Verdict.NOTE, remedy)
    except gateway.GatewayRefused as refusal:
        says = f"{mode}; Stripe refuses the key ({refusal.code or 'no reason'})"
        return _finding("payments", says, Verdict.BROKEN, "Correct STRIPE_SECRET_KEY.")
    return _finding("payments", f"{mode}; Stripe answers")


def _finding(about: str, says: str, verdict: Verdict = Verdict.FINE, remedy: str = "") -> Finding:
    return Finding(topic="outside", about=about, says=says, verdict=verdict, remedy=remedy)
