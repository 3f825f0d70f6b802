"""Where the processor's time of one speech goes, without the engine: `python -m bench.stack`.

An embedded server on SQLite, whose voice is a tone that costs nothing, and a client in another
process over one connection. Each step is measured by the clock of the thread that takes it, so
what others on the machine do does not count; what no step has is in the last row.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from typing import Any

from bench.report import table
from bench.wallet import set_up_django
from tests.harness.programs import ROOT, free_port

REQUESTS, WARM_UP = 200, 20
BODY = {"model": "tts-1", "voice": "tone", "input": "Good morning.", "response_format": "mp3"}
STEPS = {
    "key": ("accounts.authentication", "ApiKeyAuthentication.authenticate"),
    "limits and queue": ("audio_api.http.paid", "PaidView.check_throttles"),
    "fields": ("audio_api.services.speech.serializer", "SpeechSerializer.is_valid"),
    "voice and dictionary": ("audio_api.services.speech.api", "speech_request"),
    "length and price": ("audio_api.services.speech.api", "prepare_speech"),
    "hold and job": ("audio_api.jobs.start", "_hold_and_save"),
    "enqueue": ("audio_api.jobs.start", "enqueue"),
    "claim": ("audio_api.jobs.attempts", "_claimed"),
    "encode": ("audio.codecs.encode", "Encoder.encode"),
    "end of encoding": ("audio.codecs.encode", "Encoder.finish"),
    "settlement": ("audio_api.jobs.settlement", "_end"),
}
"""What is measured -> the function that does it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stack", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"measured ({REQUESTS})")
    parser.add_argument("--here", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        serve_here(asked.here)
        return
    with tempfile.TemporaryDirectory(prefix="audiopod-bench-") as folder:
        told = _measured(folder, asked.requests)
    whole = told.pop("whole")
    rest = {"the rest: sockets, gate, middleware, threads, channel": whole - sum(told.values())}
    rows = [
        [step, f"{seconds * 1000:.2f}", f"{seconds / whole:.0%}"]
        for step, seconds in [*(told | rest).items(), ("sum", whole)]
    ]
    print(table(["step", "ms of a processor", "share"], rows))


def _measured(folder: str, requests: int) -> dict[str, float]:
    """Seconds of each step of a request, and of the `whole`."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.stack", "--here", str(port)],
        cwd=ROOT,
        env=os.environ
        | {"DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/stack.sqlite3"}
        | {"EXTRA_ENGINES": "tests.doubles:FaultyEngine", "PRELOAD_ENGINES": "false"}
        | {"MODELS_DIR": f"{folder}/models", "SWEEP_SECONDS": "3600", "BILLING_SECONDS": "3600"}
        | {"RATE_LIMIT_PER_MINUTE": "0", "REDIS_URL": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        token = server.stdout.readline().strip()
        client = http.client.HTTPConnection("127.0.0.1", port)
        for count in (WARM_UP, requests):
            for _ in range(count):
                _speak(client, token)
            server.stdin.write("tell\n")
            server.stdin.flush()
            told: dict[str, float] = json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(30)
    return {step: seconds / requests for step, seconds in told.items()}


def _speak(client: http.client.HTTPConnection, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    client.request("POST", "/api/v1/audio/speech", json.dumps(BODY), headers)
    answer = client.getresponse()
    assert answer.status == http.client.OK, answer.read()
    answer.read()


# --- in the process that serves -----------------------------------------------------------------
def serve_here(port: int) -> None:
    """Serve, and tell at each line what was measured since the one before."""
    set_up_django()
    import logging

    from django.core.management import call_command

    call_command("seed_voices", verbosity=0, stdout=sys.stderr)
    key = token()
    logging.disable(logging.INFO)
    spent: dict[str, float] = defaultdict(float)
    for step, (module, path) in STEPS.items():
        _time(import_module(module), path, step, spent)
    serving(port)
    print(key, flush=True)
    began = time.process_time()
    for _ in sys.stdin:
        print(json.dumps({**spent, "whole": time.process_time() - began}), flush=True)
        spent.clear()
        began = time.process_time()


def serving(port: int) -> None:
    """Serve in a thread of this process; back when the engines work and the port listens."""
    import uvicorn

    from audio_api.process import boot

    config = uvicorn.Config(
        "audiopod.asgi:application",
        port=port,
        lifespan="on",
        ws="none",
        http="audiopod.protocol:PromptHeadProtocol",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    boot.ready.wait()
    while not server.started:
        time.sleep(0.05)


def token() -> str:
    """A key of a new account with credit."""
    from accounts.models import User
    from accounts.services import create_api_key
    from wallet import services

    user = User.objects.create_user("bench@example.com")
    services.grant(
        user=user, amount_micros=10**9, reason="bench", actor="bench", idempotency_key="bench"
    )
    _, key = create_api_key(user=user, name="bench")
    return key


def _time(module: Any, path: str, step: str, spent: dict[str, float]) -> None:
    """Add what a function takes to the seconds of its step."""
    *owners, name = path.split(".")
    owner = getattr(module, owners[0]) if owners else module
    function: Callable[..., Any] = getattr(owner, name)

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[step] += time.thread_time() - began

    setattr(owner, name, timed)


if __name__ == "__main__":
    main()
