"""Accounts to look at: one with months of everything in it, named as nobody expects."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts import services as accounts
from accounts.models import ApiKey, User
from audio_api.models import Job
from dashboard import sample
from tests.dashboard.jobs import cast
from voices import dictionary
from voices.models import Pronunciation, VoiceProfile
from wallet.models import Topup
from webhooks import endpoints
from webhooks.models import Attempt, Delivery, Endpoint

REQUESTS = 400
LONG = f"A name as long as a name may be {'and longer ' * 6}".strip()
TWISTED = "مفتاح الإنتاج الرئيسي لخادم الصوت"
SCRIPT = "<script>alert('stored')</script>"
NAMES = (LONG, TWISTED, SCRIPT, "x" * 100)


def fill(email: str, password: str) -> str:
    """Make the account; what is found where, as JSON."""
    user = sample.make(email=email, password=password, requests=REQUESTS, seed=1).user
    User.objects.filter(pk=user.pk).update(first_name=SCRIPT, last_name="x" * 100)
    for name in NAMES:
        _key(user, name)
    _voice(user)
    _words(user)
    _jobs(user)
    _webhooks(user)
    return json.dumps(_places(user))


def guard(email: str) -> str:
    """Second factors of every sort, once somebody has logged in without them."""
    user = User.objects.get(email=email)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    keys = [
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": name, "credential": {"clientExtensionResults": {}}},
        )
        for name in NAMES
    ]
    return json.dumps({"passkey": keys[0].pk})


def _key(user: User, name: str) -> None:
    limits = accounts.KeyLimits(
        monthly_limit_micros=1_000, total_limit_micros=123_456_789, requests_per_minute=7
    )
    networks = [
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128",
        "203.0.113.0/24",
        "10.0.0.0/8",
        "::1/128",
    ]
    key, _ = accounts.create_api_key(user=user, name=name, limits=limits)
    ApiKey.objects.filter(pk=key.pk).update(
        allowed_networks=networks,
        last_used_at=timezone.now(),
        last_used_address="2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
        expires_at=timezone.now() + timedelta(days=30),
    )


def _voice(user: User) -> None:
    VoiceProfile.objects.create(
        owner=user,
        name="a-voice-of-ones-own-with-a-name-that-is-as-long-as-it-ever-may-be"[:64],
        display_name=SCRIPT,
        description=f"{TWISTED} {'x' * 120}",
        language="ar",
        engine="piper",
        engine_voice="nothing",
        tags=["x" * 32, "هادئ"],
        is_installed=True,
    )


def _words(user: User) -> None:
    """A dictionary of more than a page, its words as long as they may be."""
    words = [("nginx", "/ˈɛndʒɪn ˈɛks/"), ("SQL", "sequel"), (TWISTED, "x" * 120)]  # noqa: RUF001
    words += [(SCRIPT.translate({60: None, 62: None}), "w" * 120), ("y" * 64, "why")]
    words += [(f"word {number}", "said so") for number in range(60)]
    entries = [Pronunciation(user=user, word=word, said=said) for word, said in words]
    dictionary.save_all(user, entries)


def _jobs(user: User) -> None:
    """Detached jobs at every point of their lives; no worker takes them meanwhile."""
    talk = "Once more, and from the beginning: " * 100
    cast.done(user, cast.SOUND, ("talk.srt", "text/plain", talk.encode()), name=LONG)
    cast.failed(user, name=SCRIPT)
    cast.running(user, name=TWISTED, progress=45, stage="speaking")
    cast.waiting(user, name="x" * 100)
    tomorrow = timezone.now() + timedelta(days=1)
    mine = Job.objects.for_user(user).detached().open()
    # the sweeper sends again what is older than a few seconds
    mine.update(lease_until=tomorrow, created_at=tomorrow)


def _webhooks(user: User) -> None:
    """Endpoints in every state, and deliveries in every one; nothing of it is sent meanwhile."""
    urls = [f"https://example.com/{'a/long/way/down/' * 30}", "https://example.com/paused"]
    made = [endpoints.create(user, url=url, description=SCRIPT)[0] for url in urls]
    endpoints.rotate(made[0], overlap=timedelta(days=1))
    endpoints.change(made[1], is_active=False)
    endpoints.show_account_secret(user, overlap=timedelta())
    now = timezone.now()
    made[0].receiver.dead_since = made[0].receiver.mailed_at = now
    made[0].receiver.save()
    tomorrow = now + timedelta(days=1)
    for status, answer in [
        ("delivered", {"response_code": 200, "delivered_at": now, "next_attempt_at": None}),
        ("dead", {"response_code": 500, "response_body": SCRIPT * 30, "next_attempt_at": None}),
        ("failed", {"error": "not_public", "next_attempt_at": tomorrow}),
        ("pending", {"next_attempt_at": tomorrow}),
    ]:
        delivery = Delivery.objects.create(
            user=user,
            receiver=made[0].receiver,
            event_id=f"evt_{uuid.uuid4().hex}",
            event_type="job.completed",
            job_number=_number(user, "succeeded"),
            body=json.dumps({"event_type": "job.completed", "error_message": TWISTED * 9}),
            status=status,
            attempts=0 if status == "pending" else 1,
            **answer,
        )
        if delivery.attempts:
            outcome = {name: answer[name] for name in ("response_code", "error") if name in answer}
            Attempt.objects.create(
                delivery=delivery, number=1, began_at=now, milliseconds=12, **outcome
            )


def _places(user: User) -> dict[str, Any]:
    jobs, topups = Job.objects.filter(user=user, is_detached=False), Topup.objects.filter(user=user)
    return {
        "user": user.pk,
        "key": user.api_keys.get(name=LONG[:100]).pk,
        "request": str(jobs.filter(status="succeeded", kind="speech").first().pk),
        "failed_request": str(jobs.filter(status="failed").first().pk),
        "job_done": _number(user, "succeeded"),
        "job_failed": _number(user, "failed"),
        "job_running": _number(user, "running"),
        "paid": str(topups.filter(status="completed").first().pk),
        "failed_topup": str(topups.filter(status="failed").first().pk),
        "expired_topup": str(topups.filter(status="expired").first().pk),
        "pronunciation": Pronunciation.objects.get(user=user, word=TWISTED).pk,
        "webhook": str(Endpoint.objects.get(user=user, is_active=True).pk),
        "delivery_failed": _delivery(user, "failed"),
        "delivery_waiting": _delivery(user, "pending"),
        "voice": VoiceProfile.objects.filter(owner=None).first().pk,
    }


def _number(user: User, status: str) -> int | None:
    return Job.objects.for_user(user).detached().filter(status=status).get().number


def _delivery(user: User, status: str) -> str:
    return str(Delivery.objects.get(user=user, status=status).pk)
