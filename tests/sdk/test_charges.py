"""The wallet moves by exactly the price, for each endpoint and under a stampede."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from openai import OpenAI

from audiopod.common.money import cost_micros
from tests.harness.audio import hear, silence
from tests.harness.server import Server
from tests.sdk.conftest import Recording
from tests.sdk.test_translation import translate

INPUT_PRICE = 10_000
"""Micro-dollars per minute of audio given to transcription and translation."""
BUYERS = 40
AFFORDABLE = 11


def test_a_transcription_costs_the_length_of_its_input(
    sdk: OpenAI, spent: Callable[[], int], english: Recording
) -> None:
    sdk.audio.transcriptions.create(model="whisper-1", file=("a.wav", english.wav))
    assert spent() == cost_micros(english.ms, INPUT_PRICE)


def test_a_translation_costs_the_length_of_its_input(
    sdk: OpenAI, spent: Callable[[], int], spanish: Recording
) -> None:
    translate(sdk, spanish)
    assert spent() == cost_micros(spanish.ms, INPUT_PRICE)


def test_silence_is_a_success_with_no_words(
    sdk: OpenAI, spent: Callable[[], int], tmp_path: Path
) -> None:
    quiet = silence(tmp_path / "quiet.wav", seconds=2)
    assert sdk.audio.transcriptions.create(model="whisper-1", file=quiet).text == ""
    assert spent() == cost_micros(2000, INPUT_PRICE)


def test_the_usage_of_every_request_adds_up_to_what_was_spent(server: Server) -> None:
    buyer = server.account(credit="1.00")
    with buyer.sdk() as sdk:
        for words in ("One.", "Two, three.", "Four, five, six."):
            sdk.audio.speech.create(model="tts-1", voice="joe", input=words)
    left = buyer.settled_balance()

    jobs = server.rows(
        "SELECT status, cost_micros FROM audio_api_job job JOIN accounts_user u"
        f" ON u.id = job.user_id WHERE u.email = '{buyer.email}'"
    )
    assert [job["status"] for job in jobs] == ["succeeded"] * 3
    assert 1_000_000 - left == sum(job["cost_micros"] for job in jobs)
    server.audit()


def test_forty_buyers_of_a_balance_for_eleven(server: Server, tmp_path: Path) -> None:
    """Of silence, since a transcript's hold is its price: nothing comes back for a twelfth."""
    quiet = silence(tmp_path / "quiet.wav", seconds=2).read_bytes()
    price = cost_micros(2000, INPUT_PRICE)
    purse = server.account(credit=f"{AFFORDABLE * price / 1_000_000:.6f}")
    together = threading.Barrier(BUYERS)

    def buy(_: int) -> tuple[int, str | None]:
        with purse.http() as client:
            together.wait()
            answer = client.post(
                "/audio/transcriptions", data={"model": "whisper-1"}, files={"file": quiet}
            )
        return answer.status_code, answer.json().get("error", {}).get("code")

    with ThreadPoolExecutor(BUYERS) as pool:
        outcomes = Counter(pool.map(buy, range(BUYERS)))

    assert outcomes == {(200, None): AFFORDABLE, (429, "insufficient_quota"): BUYERS - AFFORDABLE}
    assert purse.settled_balance() == 0
    server.audit()


def test_speech_buyers_never_overspend(server: Server) -> None:
    """A speech hold is larger than its price, so how many succeed depends on who comes when."""
    purse = server.account(credit="0.006")
    body = {"model": "tts-1", "voice": "joe", "input": "Good morning.", "response_format": "pcm"}

    def buy(_: int) -> tuple[int, float]:
        with purse.http() as client:
            answer = client.post("/audio/speech", json=body)
        received = hear(answer.content, raw_pcm=True).seconds if answer.is_success else 0
        return answer.status_code, received

    with ThreadPoolExecutor(BUYERS) as pool:
        outcomes = list(pool.map(buy, range(BUYERS)))

    statuses = Counter(status for status, _ in outcomes)
    assert set(statuses) == {200, 429}
    left = purse.settled_balance()
    heard_micros = sum(seconds for _, seconds in outcomes) / 60 * 40_000
    assert left >= 0
    # Each success is rounded up once, and its length to the millisecond.
    assert abs(6_000 - left - heard_micros) <= 2 * statuses[200]
    server.audit()
