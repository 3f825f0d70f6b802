"""How soon work goes on whose worker was killed: `python -m bench.recovery`.

With PostgreSQL and Redis, the real engines and the settings as they ship. A worker process gets
SIGKILL in the middle of its work and is started again at once, as systemd would. Measured from the
kill: until a transcription is being worked on again, until one that was killed twice has failed and
its money is back, and until a client of a stream that had begun is cut off. Three minutes a round.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import httpx

from bench.report import table
from tests.harness.account import Account
from tests.harness.postgres import postgres
from tests.harness.programs import ROOT, Program, wait_until
from tests.harness.server import Server, installation

SENTENCE = "The old captain watched the river, and nobody asked him what he was waiting for. "
LONG_TEXT = SENTENCE * 12
REPEATED = 6
"""So often, what is spoken keeps a transcription busy for a minute."""
PATIENCE_SECONDS = 180


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.recovery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds: int = parser.parse_args().rounds
    taken: dict[str, list[float]] = {}
    with server() as running, ThreadPoolExecutor(1) as line:
        recording = spoken(running.account())
        for _ in range(rounds):
            for what, seconds in measured(running, recording, line):
                taken.setdefault(what, []).append(seconds)
        running.audit()
    rows = [
        [what, *(f"{figure(seconds):.1f}" for figure in (min, median, max))]
        for what, seconds in taken.items()
    ]
    print(table(["from the kill until", "shortest, s", "median, s", "longest, s"], rows))


@contextmanager
def server() -> Iterator[Server]:
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres() as cluster,
        installation(Path(folder), models_dir=models_dir, postgres=cluster) as running,
    ):
        yield running


def spoken(account: Account) -> bytes:
    """A recording of some minutes, as wav."""
    body = {"model": "tts-1", "voice": "nova", "input": LONG_TEXT, "response_format": "wav"}
    with account.http() as client:
        answer = client.post("/audio/speech", json=body, timeout=PATIENCE_SECONDS)
    with wave.open(io.BytesIO(answer.raise_for_status().content)) as one:
        settings, frames = one.getparams(), one.readframes(one.getnframes())
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams(settings._replace(nframes=0))  # what is streamed does not know them
        file.writeframes(frames * REPEATED)
    return whole.getvalue()


def measured(
    running: Server, recording: bytes, line: ThreadPoolExecutor
) -> Iterator[tuple[str, float]]:
    worker = running.worker
    if worker is None:
        raise RuntimeError("A worker process is what this is about.")
    account = running.account()
    waiting = line.submit(transcribe, account, recording)
    running.wait_for_job(account, "running")
    yield (
        "a transcription is worked on again",
        killed(worker, lambda: attempts(running, account, 2)),
    )
    until_failed = killed(worker, lambda: is_over(running, account))
    yield "killed twice, it has failed and its money is back", until_failed
    waiting.result(PATIENCE_SECONDS)
    running.wait_ready()
    yield "a stream that had begun is cut off", cut_off(running.account(), worker)
    running.wait_ready()


def transcribe(account: Account, recording: bytes) -> int:
    with account.http() as client:
        answer = client.post(
            "/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": ("long.wav", recording)},
            timeout=PATIENCE_SECONDS,
        )
    return answer.status_code


def attempts(running: Server, account: Account, number: int) -> bool:
    job = running.last_job(account)
    return bool(job and job["attempt"] == number and job["status"] == "running")


def is_over(running: Server, account: Account) -> bool:
    running.wait_for_job(account, "failed", seconds=PATIENCE_SECONDS)
    return account.held_micros() == 0


def killed(worker: Program, is_over: Callable[[], bool]) -> float:
    """Seconds from the kill of a worker, which is started again, until something holds."""
    time.sleep(2)  # into the middle of its work
    began = time.monotonic()
    worker.kill()
    worker.start()
    wait_until(is_over, seconds=PATIENCE_SECONDS, every=0.1, what="the work went on")
    return time.monotonic() - began


def cut_off(account: Account, worker: Program) -> float:
    body = {"model": "tts-1", "voice": "nova", "input": LONG_TEXT, "response_format": "pcm"}
    with (
        account.http() as client,
        client.stream("POST", "/audio/speech", json=body, timeout=PATIENCE_SECONDS) as answer,
    ):
        pieces = answer.iter_raw()
        next(pieces)
        began = time.monotonic()
        worker.kill()
        worker.start()
        with suppress(httpx.HTTPError):
            for _ in pieces:
                pass
        return time.monotonic() - began


if __name__ == "__main__":
    main()
