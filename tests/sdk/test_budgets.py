"""What a key may spend, for OpenAI's client: refused once, said why, and never exceeded."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import openai
import pytest

from audio.engines.speech.length import USUAL_PACE_MS, length
from audiopod.common.money import cost_micros
from tests.harness.account import Account
from tests.harness.server import Server
from voices.catalogue import catalogue

WORDS = "Three words, spoken."
SPEECH_PRICE = 40_000
JOE = catalogue().voices["piper", "en_US-joe-medium"]
HOLD_MICROS = cost_micros(
    length(WORDS, JOE.language).longest_ms(JOE.pace_ms or USUAL_PACE_MS, 1.0), SPEECH_PRICE
)
"""What is held for the words; they cost a little less."""
BUYERS = 10


@pytest.fixture
def buyer(server: Server) -> Account:
    """An account with enough money, whatever its keys may spend of it."""
    return server.account(credit="1.00")


def key_with(account: Account, **how: Any) -> Account:
    """The same account, with a new key that its first one made."""
    with account.http() as client:
        answer = client.post("/auth/api-keys", json={"name": "budgeted"} | how)
    assert answer.status_code == 201, answer.text
    return replace(account, key=answer.json()["api_key"])


def say(account: Account) -> str:
    """What came of one speech: "spoken", or the code of its refusal."""
    with account.sdk() as sdk:
        try:
            sdk.audio.speech.create(model="tts-1", voice="joe", input=WORDS)
        except openai.RateLimitError as refusal:
            return str(refusal.code)
    return "spoken"


def usd(micros: int) -> str:
    return f"{micros / 1_000_000:.6f}"


def test_a_key_spends_its_budget_and_no_more(server: Server, buyer: Account) -> None:
    """Room for a hold and a half: the first is let in, and what it leaves is not enough."""
    limit = HOLD_MICROS + 100
    key = key_with(buyer, total_limit_usd=usd(limit))
    assert say(key) == "spoken"
    spent = 1_000_000 - buyer.settled_balance()
    assert 100 < spent < HOLD_MICROS

    with key.sdk(max_retries=2) as sdk, pytest.raises(openai.RateLimitError) as refused:
        sdk.audio.speech.create(model="tts-1", voice="joe", input=WORDS)

    error = refused.value
    assert (error.code, error.type) == ("budget_exceeded", "insufficient_quota")
    assert "total budget of this API key" in error.message
    assert f"left: ${usd(limit - spent).rstrip('0')}" in error.message
    assert error.response.headers["x-should-retry"] == "false"
    assert error.response.request.headers["x-stainless-retry-count"] == "0", "it was tried once"
    assert 1_000_000 - buyer.settled_balance() == spent
    assert say(buyer) == "spoken", "the account's other key goes on"
    server.audit()


def test_a_stampede_does_not_exceed_a_budget(server: Server, buyer: Account) -> None:
    limit = 3 * HOLD_MICROS
    key = key_with(buyer, monthly_limit_usd=usd(limit))
    with ThreadPoolExecutor(BUYERS) as pool:
        outcomes = Counter(pool.map(say, [key] * BUYERS))
    spent = 1_000_000 - buyer.settled_balance()
    assert set(outcomes) == {"spoken", "budget_exceeded"}
    assert outcomes["spoken"] >= 3
    assert 0 < spent <= limit
    server.audit()


def test_no_recording_is_decoded_for_who_may_not_spend(buyer: Account) -> None:
    """It is no recording at all, and nobody finds out."""
    key = key_with(buyer, total_limit_usd=0)
    with key.sdk() as sdk, pytest.raises(openai.RateLimitError) as refused:
        sdk.audio.transcriptions.create(model="whisper-1", file=("a.mp3", b"words"))
    assert refused.value.code == "budget_exceeded"


def test_an_accounts_day_counts_all_its_keys(server: Server, buyer: Account) -> None:
    limit = f"filter(email='{buyer.email}').update(daily_limit_micros=5)"
    server.command("shell", "--command", f"from accounts.models import *; User.objects.{limit}")
    with buyer.sdk() as sdk, pytest.raises(openai.RateLimitError) as refused:
        sdk.audio.speech.create(model="tts-1", voice="joe", input=WORDS)
    assert "daily budget of this account" in refused.value.message
    assert "resets at 20" in refused.value.message
    assert say(key_with(buyer)) == "budget_exceeded"


def freeze(server: Server, account: Account, frozen: bool) -> None:
    """As a dispute does, without one: undo it, for the audit would find it."""
    wallet = f"filter(user__email='{account.email}').update(is_frozen={frozen})"
    server.command("shell", "--command", f"from wallet.models import *; Wallet.objects.{wallet}")


def test_nothing_is_spent_while_a_payment_is_disputed(server: Server, buyer: Account) -> None:
    freeze(server, buyer, frozen=True)
    with buyer.sdk() as sdk, pytest.raises(openai.RateLimitError) as refused:
        sdk.audio.speech.create(model="tts-1", voice="joe", input=WORDS)
    freeze(server, buyer, frozen=False)
    assert refused.value.code == "insufficient_quota"
    assert "disputed" in refused.value.message
    assert say(buyer) == "spoken"


def test_a_key_does_what_its_scopes_say_and_nothing_else(buyer: Account) -> None:
    narrow = key_with(buyer, scopes=["audio:read"])
    with narrow.sdk() as sdk:
        assert sdk.models.list().data
        with pytest.raises(openai.PermissionDeniedError) as refused:
            sdk.audio.speech.create(model="tts-1", voice="joe", input=WORDS)
    assert refused.value.code == "missing_scope"
    assert "voice:synthesize" in refused.value.message
