"""Three minutes of known speech through the server; `python -m bench.long_audio` takes an hour."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
import srt

from audio.codecs.verdict import PCM_RATE
from bench.lecture import Lecture, lecture, numbers_said
from bench.long_audio import Heard, faults_of, transcribed
from bench.memory import Curve, Held
from tests.audio.codecs.ffmpeg import make
from tests.harness.account import Account
from tests.harness.server import Server
from tests.sdk.conftest import error_of


@pytest.mark.thorough
@pytest.mark.slow
def test_long_speech_is_heard_to_its_end_in_flat_memory(
    media_server: Server, media_account: Account, models_dir: Path, tmp_path: Path
):
    spoken = lecture(models_dir, seconds=120)

    heard = transcribed(media_server, media_account, spoken, tmp_path)

    assert list(faults_of(heard, spoken)) == []


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("form", ["srt", "verbose_json"])
def test_long_silence_is_a_success_without_words(client: httpx.Client, form: str, tmp_path: Path):
    quiet = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "1000")
    upload = make(tmp_path / "quiet.flac", *quiet).read_bytes()

    answer = client.post(
        "/audio/transcriptions",
        data={"model": "whisper-1", "response_format": form},
        files={"file": ("quiet.flac", upload)},
    )

    assert answer.status_code == 200, answer.text
    if form == "verbose_json":
        body = answer.json()
        assert (body["text"], body["segments"], float(body["duration"])) == ("", [], 1000.0)
    else:
        assert answer.text.strip() == ""


@pytest.mark.thorough
def test_a_tenth_of_a_second_is_enough_and_less_is_not(client: httpx.Client, tmp_path: Path):
    for seconds, status in ((0.1, 200), (0.05, 400)):
        quiet = ("-f", "lavfi", "-i", f"anullsrc=r={PCM_RATE}:cl=mono", "-t", str(seconds))
        upload = make(tmp_path / "short.wav", *quiet).read_bytes()

        answer = client.post(
            "/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": ("short.wav", upload)},
        )

        assert answer.status_code == status, answer.text
        if status == 400:
            error = error_of(answer, 400)
            assert error["param"] == "file"
            assert error["message"].startswith("Audio file is too short. Minimum audio length")


# --- the judge itself -------------------------------------------------------------------------
def test_numbers_of_parts_are_read_in_figures_and_in_words():
    text = "Part number 17. Heart number forty-two, the ferry. part number one hundred and five."

    assert numbers_said(text) == [17, 42, 105]


def cue(number: int, start: float, text: str) -> srt.Subtitle:
    return srt.Subtitle(number, timedelta(seconds=start), timedelta(seconds=start + 5), text)


def curve(*own: float) -> Curve:
    return Curve([Held(float(second), mib + 100, mib) for second, mib in enumerate(own)])


@pytest.fixture
def spoken() -> Lecture:
    return Lecture(np.zeros(40 * 16_000, np.int16), 16_000, {1: 0.0, 2: 20.0})


GOOD = [cue(1, 0.2, "Part number one."), cue(2, 20.1, "Part number two."), cue(3, 34.0, "End.")]
FLAT = curve(700, 1_000, 800, 800, 800, 810)


@pytest.mark.parametrize(
    ("cues", "held", "fault"),
    [
        (GOOD, FLAT, ""),
        (GOOD[:2], FLAT, "The last cue ends"),
        ([GOOD[1], GOOD[0], GOOD[2]], FLAT, "not numbered"),
        (
            [GOOD[0], cue(2, 30.0, "Part number two.")],
            FLAT,
            "Of 2 parts 1 were heard",
        ),
        ([cue(1, 0.0, "What?"), cue(2, 34.0, "Where?")], FLAT, "Of 2 parts 0 were heard"),
        (GOOD, curve(700, 800, 1_500, 900), "grew by 800 MiB"),
        (GOOD, curve(700, 800, 900, 1_000, 1_100, 1_200), "still grew in the second half"),
    ],
)
def test_faults_are_seen(cues: list[srt.Subtitle], held: Curve, fault: str, spoken: Lecture):
    heard = Heard(cues, 10.0, {"web": held}, {"web": curve(690, 700)})

    faults = "\n".join(faults_of(heard, spoken))

    assert fault in faults
    assert bool(faults) == bool(fault)
