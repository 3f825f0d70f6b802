"""An engine that fails: our fault, so it costs the client nothing."""

from __future__ import annotations

import httpx
import httpx2
import openai
import pytest

from tests.faults.conftest import CREDIT_MICROS, speak, speech, speech_stream
from tests.harness.account import Account
from tests.harness.server import Server


def test_failing_before_the_first_chunk_is_an_ordinary_error(
    shaky: Server, customer: Account
) -> None:
    answer = speak(customer, "faulty-before")

    assert answer.status_code == 500, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "server_error"
    assert "double" not in answer.text, "the engine's own words are for the operator"
    assert customer.settled_balance() == CREDIT_MICROS
    assert shaky.wait_for_job(customer, "failed")["cost_micros"] == 0


@pytest.mark.who_pays("it fails here")
def test_failing_after_the_first_chunk_cuts_the_stream(shaky: Server, customer: Account) -> None:
    with speech_stream(customer, "faulty-after") as answer:
        pieces = answer.iter_raw()
        assert next(pieces), "the first chunk had been made and should have been sent"
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)

    assert customer.settled_balance() == CREDIT_MICROS
    assert shaky.wait_for_job(customer, "failed")["cost_micros"] == 0


def test_the_sdk_notices_a_cut_stream(customer: Account) -> None:
    cut = (openai.APIConnectionError, httpx2.RemoteProtocolError)
    with customer.sdk() as sdk, pytest.raises(cut):
        sdk.audio.speech.create(**speech("faulty-after"))
    assert customer.settled_balance() == CREDIT_MICROS


def test_the_next_request_is_served(customer: Account) -> None:
    speak(customer, "faulty-before")
    answer = speak(customer, "tone")
    assert answer.status_code == 200
    assert len(answer.content) > 0
    assert 0 < customer.settled_balance() < CREDIT_MICROS
