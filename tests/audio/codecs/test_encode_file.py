"""Files whose players know their length and can seek, judged by the ffmpeg program."""

from __future__ import annotations

import io
import subprocess
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from audio.codecs.encode import OUTPUT_RATE, SpeechFormat
from audio.codecs.encode_file import FILE_FORMATS, FileEncoder
from tests.audio.codecs.ffmpeg import FFMPEG, listen
from tests.audio.codecs.test_encode import HZ, chunks, tone

SECONDS = 20.0


def encoded(fmt: SpeechFormat, samples: np.ndarray, rate: int) -> bytes:
    with tempfile.SpooledTemporaryFile(1024) as file:
        encoder = FileEncoder(fmt, file)
        for chunk in chunks(samples, rate):
            encoder.encode(chunk)
        encoder.finish()
        assert encoder.milliseconds == pytest.approx(1000 * len(samples) / rate, abs=1)
        file.seek(0)
        return file.read()


@pytest.mark.parametrize("rate", [22_050, 24_000])
@pytest.mark.parametrize("fmt", FILE_FORMATS)
def test_what_is_heard_is_as_long_as_what_was_said(fmt: SpeechFormat, rate: int) -> None:
    heard = listen(encoded(fmt, tone(rate, SECONDS), rate))

    # an MP3's decoder gives whole frames where it cannot be told where the last one ends
    assert heard.seconds == pytest.approx(SECONDS, abs=0.001)
    assert heard.pitch() == pytest.approx(HZ, abs=1)


@pytest.mark.parametrize("fmt", FILE_FORMATS)
def test_a_player_knows_the_length_before_it_has_read_the_file(fmt: SpeechFormat) -> None:
    body = encoded(fmt, tone(24_000, SECONDS), 24_000)
    with av.open(io.BytesIO(body)) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(SECONDS, abs=0.06)


@pytest.mark.parametrize("fmt", FILE_FORMATS)
def test_a_player_can_begin_in_the_middle(fmt: SpeechFormat, tmp_path: Path) -> None:
    """Silence, and a tone from the tenth second on."""
    silence = np.zeros(int(10 * OUTPUT_RATE), np.float32)
    path = tmp_path / "file"
    path.write_bytes(encoded(fmt, np.concatenate([silence, tone(24_000, 10.0)]), 24_000))

    done = subprocess.run(
        [FFMPEG, "-ss", "12", "-i", str(path), "-ar", str(OUTPUT_RATE), "-f", "f32le", "-"],
        capture_output=True,
        check=True,
    )

    sought = np.frombuffer(done.stdout, np.float32)
    assert len(sought) / OUTPUT_RATE == pytest.approx(8.0, abs=0.1)
    assert np.abs(sought[:OUTPUT_RATE]).max() > 0.5


def test_a_wav_says_its_exact_size() -> None:
    body = encoded(SpeechFormat.WAV, tone(22_050, 1.5), 22_050)
    with wave.open(io.BytesIO(body)) as opened:
        assert opened.getnframes() == 36_000
        assert len(opened.readframes(99_999)) == 72_000
