"""Speech of known words, spoken by the server under test itself."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
import pytest
from openai import OpenAI

from tests.harness.account import Account
from tests.harness.server import Server

ENGLISH = "The old captain watched the river carry leaves past the silent garden."
SPANISH = "Buenos días. El perro negro duerme en la casa de mi hermana."

Charged = Callable[[], tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Recording:
    """A wav file, what is said in it, and its length in milliseconds."""

    wav: bytes
    words: str
    ms: int


@pytest.fixture
def sdk(account: Account) -> Iterator[OpenAI]:
    with account.sdk() as client:
        yield client


@pytest.fixture
def client(account: Account) -> Iterator[httpx.Client]:
    with account.http() as plain:
        yield plain


@pytest.fixture
def nothing_is_charged(account: Account) -> Iterator[None]:
    before = account.settled_balance()
    yield
    assert account.settled_balance() == before


@pytest.fixture
def spent(account: Account) -> Callable[[], int]:
    """Micro-dollars that the account has paid since the test began."""
    before = account.settled_balance()
    return lambda: before - account.settled_balance()


@pytest.fixture
def charged(server: Server, account: Account, spent: Callable[[], int]) -> Charged:
    """What the account has paid since the test began, and the columns of its newest job."""

    def look() -> tuple[int, dict[str, Any]]:
        paid, job = spent(), server.last_job(account)
        assert job is not None
        return paid, job

    return look


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error object of a refusal, once its shape is seen to be right."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-request-id"]
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert isinstance(error["message"], str)
    return error


def record(account: Account, *, voice: str, words: str) -> Recording:
    with account.sdk() as client:
        speech = client.audio.speech.create(
            model="tts-1", voice=voice, input=words, response_format="wav"
        )
    with wave.open(BytesIO(speech.content)) as file:
        samples = len(file.readframes(file.getnframes())) // file.getsampwidth()
        ms = -(-samples * 1000 // file.getframerate())
    return Recording(speech.content, words, ms)


@pytest.fixture(scope="session")
def english(server: Server) -> Recording:
    return record(server.account(), voice="nova", words=ENGLISH)


@pytest.fixture(scope="session")
def spanish(server: Server) -> Recording:
    return record(server.account(), voice="ef_dora", words=SPANISH)
