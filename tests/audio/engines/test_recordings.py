"""Recordings in which speech used to be lost or misplaced, from the file to the words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import jiwer
import numpy as np
import pytest

from audio.codecs.decode import decode
from audio.codecs.verdict import Wanted
from audio.engines.base import Segment, SpeechEngine
from tests.audio.codecs.ffmpeg import make
from tests.audio.engines.conftest import Samples, for_whisper, text_of
from tests.audio.engines.test_contract import Hear, Say, normalised

pytestmark = pytest.mark.thorough
RATE = 16_000
WORDS = "The garden is full of yellow flowers. A small boat is sailing to the island."
MISHEARD = 0.25
"""Speech that is lost has hardly a word right; each take of the voice is another, though."""


@pytest.fixture(scope="module")
def speech(piper: SpeechEngine, say: Say) -> Samples:
    english = next(voice.name for voice in piper.voices() if voice.language.startswith("en"))
    samples = for_whisper(say(piper, english, WORDS))
    return samples / np.abs(samples).max() / 2


def wav(path: Path, *rows: Samples, codec: str = "pcm_f32le") -> Path:
    layout = {1: "mono", 2: "stereo"}[len(rows)]
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        packed = np.stack(rows, axis=1).reshape(1, -1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def heard_in(hear: Hear, source: Path, **wanted: bool | int) -> list[Segment]:
    audio = decode(source, source.with_suffix(".pcm"), wanted=Wanted(**wanted))  # type: ignore[arg-type]
    return hear(np.fromfile(audio.path, "<i2"))


def misheard(found: Sequence[Segment]) -> float:
    return float(jiwer.wer(normalised(WORDS), normalised(text_of(found))))


def assert_is_the_sentence(found: Sequence[Segment]) -> None:
    assert misheard(found) <= MISHEARD, text_of(found)


def test_channels_of_opposite_phase(hear: Hear, speech: Samples, tmp_path: Path) -> None:
    assert_is_the_sentence(heard_in(hear, wav(tmp_path / "a.wav", speech, -speech)))


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_s24le", "pcm_s16le"])
def test_speech_that_is_hardly_there(
    hear: Hear, speech: Samples, tmp_path: Path, codec: str
) -> None:
    decibels = -60 if codec == "pcm_s16le" else -87
    quiet = speech * 2 * 10 ** (decibels / 20)
    assert_is_the_sentence(heard_in(hear, wav(tmp_path / "a.wav", quiet, codec=codec)))


def test_a_film_whose_sound_begins_late(hear: Hear, speech: Samples, tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=12")
    sound = wav(tmp_path / "a.wav", speech)
    for extension in ("mkv", "mp4"):
        late = ("-itsoffset", "4.9", "-i", str(sound), "-c:a", "aac", "-c:v", "mpeg4")
        film = make(tmp_path / f"late.{extension}", *picture, *late)

        found = heard_in(hear, film)

        assert_is_the_sentence(found)
        assert found[0].start == pytest.approx(4.9, abs=0.6)


def test_a_film_whose_first_track_is_silent(hear: Hear, speech: Samples, tmp_path: Path) -> None:
    silence = wav(tmp_path / "silence.wav", np.zeros_like(speech))
    sound = wav(tmp_path / "speech.wav", speech)
    both = ("-i", str(silence), "-i", str(sound), "-map", "0", "-map", "1", "-c:a", "aac")
    film = make(tmp_path / "film.mp4", *both)

    assert_is_the_sentence(heard_in(hear, film))
    assert heard_in(hear, film, track=1) == []
    assert_is_the_sentence(heard_in(hear, film, track=2))
