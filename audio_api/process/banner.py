"""What `make run` shows when the server listens: where, as whom, and three things to try."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from audio_api.process import demo_payments
from audio_api.process.demo import Demo

PLACEHOLDER = "$AUDIOPOD_API_KEY"


def banner(url: str, account: Demo | None, *, host: str) -> str:
    """Addresses, log-ins and three commands to copy.

    `url` is the server's, without a path; `host` is what it listens at.
    """
    key = (account and account.token) or PLACEHOLDER
    return "\n".join(
        [
            "",
            f"AudioPod answers at {url}; its engines are loading.",
            "",
            f"Base URL   {url}/api/v1",
            f"Dashboard  {url}/dashboard/",
            *_wallet(url, host),
            f"Admin      {url}/{settings.ADMIN_PATH}",
            *(account.lines() if account else []),
            *_reach(url),
            "",
            *_commands(f"{url}/api/v1", key),
            "",
        ]
    )


def _wallet(url: str, host: str) -> list[str]:
    if settings.DEMO_PAYMENTS:
        return [f"Wallet     {url}/dashboard/wallet/   top up with a pretend card: no money moves"]
    if settings.STRIPE_SECRET_KEY or demo_payments.are_wanted(host):
        return []  # there are real ones; or the pretend ones did not start, and have said why
    why = "pretend cards are for this machine alone, without any key"
    return [f"Payments   off: {why}; set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS"]


def _reach(url: str) -> list[str]:
    """A word for those who serve an address whose requests would be refused."""
    if "*" in settings.ALLOWED_HOSTS or urlsplit(url).hostname in settings.ALLOWED_HOSTS:
        return []
    return [f"           Requests to {url} are refused: name its host in ALLOWED_HOSTS."]


def _commands(base_url: str, key: str) -> list[str]:
    lines = [
        "# speech",
        f'curl -sS {base_url}/audio/speech -H "Authorization: Bearer {key}" \\',
        "  -H 'Content-Type: application/json' -o hello.mp3 \\",
        '  -d \'{"model": "tts-1", "voice": "nova", "input": "Hello from AudioPod."}\'',
        "# and back to text",
        f'curl -sS {base_url}/audio/transcriptions -H "Authorization: Bearer {key}" \\',
        "  -F model=whisper-1 -F file=@hello.mp3",
        "# the official Python SDK",
        ".venv/bin/python -m pip install --quiet openai &&",
        f'  OPENAI_BASE_URL={base_url} OPENAI_API_KEY="{key}" .venv/bin/python -c "'
        "from openai import OpenAI; "
        "print(OpenAI().audio.transcriptions.create("
        "model='whisper-1', file=open('hello.mp3', 'rb')).text)\"",
    ]
    if key == PLACEHOLDER:
        return ["export AUDIOPOD_API_KEY=ap_…   # your key, then:", *lines]
    return lines
