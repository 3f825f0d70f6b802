"""Every container that the endpoint promises, decoded to what Whisper listens to."""

from __future__ import annotations

import asyncio
import io
import struct
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import uvloop

from audio.codecs.decode import (
    DecodedAudio,
    DecodeError,
    DecodeLimits,
    DecodeReason,
    decode,
    decode_async,
)
from tests.audio.codecs.ffmpeg import TONE, Heard, make, sine
from tests.media import formats

Decoded = Callable[..., DecodedAudio]
Refusal = Callable[..., DecodeReason]

VIDEO = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2")


def assert_is_the_tone(audio: DecodedAudio, seconds: float = 2.0) -> None:
    pcm = np.fromfile(audio.path, "<i2").astype(np.float32) / 32_768
    assert len(pcm) == audio.samples
    # codecs pad to whole frames: 48 ms in ADTS at 44.1 kHz, 128 ms in WMA
    assert audio.seconds == pytest.approx(seconds, abs=0.13)
    assert Heard(16_000, "mono", pcm).pitch() == pytest.approx(440, abs=2)
    # ffmpeg's tone is at -21 dB; of one channel among eight less is heard
    assert 0.015 < np.sqrt(np.mean(pcm**2)) < 0.2


@pytest.mark.parametrize("name", formats.AUDIO)
def test_audio_as_people_have_it(name: str, tmp_path: Path, decoded: Decoded):
    assert_is_the_tone(decoded(formats.tone(name, tmp_path / "upload")))


@pytest.mark.parametrize("name", formats.FILMS)
def test_the_sound_of_a_film(name: str, tmp_path: Path, decoded: Decoded):
    assert_is_the_tone(decoded(formats.film(name, tmp_path / "unknown_file")))


@pytest.mark.parametrize("name", ["tone.txt", "tone", ".webm", "töne 🎵.m3u8", "x" * 255])
def test_the_name_does_not_matter(name: str, tmp_path: Path, decoded: Decoded):
    assert_is_the_tone(decoded(formats.tone("webm opus", tmp_path / name)))


def test_an_mp3_with_a_cover(tmp_path: Path, decoded: Decoded):
    cover = make(tmp_path / "cover.png", *VIDEO, "-frames:v", "1")
    song = make(
        tmp_path / "song.mp3", *TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy"
    )

    assert_is_the_tone(decoded(song))


def test_an_mp3_that_changes_its_rate_and_channels(tmp_path: Path, decoded: Decoded):
    parts = [
        sine(tmp_path / "a.mp3", "-ar", "44100", "-ac", "2", "-write_xing", "0"),
        sine(tmp_path / "b.mp3", "-ar", "16000", "-id3v2_version", "0", "-write_xing", "0"),
    ]
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))

    assert_is_the_tone(decoded(joined), seconds=4.1)


def test_seconds_come_from_the_samples(tmp_path: Path, decoded: Decoded):
    source = sine(tmp_path / "tone.wav", "-af", "atrim=end_sample=16001", rate=16_000)

    audio = decoded(source)

    assert (audio.samples, audio.seconds) == (16_001, 16_001 / 16_000)
    assert audio.paid_seconds == audio.seconds


def test_a_header_that_lies_about_the_length_has_no_effect(tmp_path: Path, decoded: Decoded):
    wav = bytearray(sine(tmp_path / "tone.wav", "-bitexact").read_bytes())
    flac = bytearray(sine(tmp_path / "tone.flac").read_bytes())
    struct.pack_into("<I", wav, wav.index(b"data") + 4, 0x7FFF_FFFF)
    flac[21] |= 0x0F  # the upper bits of STREAMINFO's number of samples
    (tmp_path / "lie.wav").write_bytes(wav)
    (tmp_path / "lie.flac").write_bytes(flac)

    assert decoded(tmp_path / "lie.wav").seconds == pytest.approx(2.0, abs=0.001)
    assert decoded(tmp_path / "lie.flac").seconds == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("extension", ["mp3", "ogg", "opus", "webm", "aac", "wav", "flac"])
def test_a_file_cut_short_is_decoded_as_far_as_it_goes(
    extension: str, tmp_path: Path, decoded: Decoded
):
    source = sine(tmp_path / f"tone.{extension}", seconds=6.0)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])

    assert 1.0 < decoded(source).seconds < 5.0


def test_audio_must_last_a_tenth_of_a_second(tmp_path: Path, decoded: Decoded, refused: Refusal):
    short, enough = io.BytesIO(), io.BytesIO()
    for file, samples in ((short, 1_599), (enough, 1_600)):
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, 16_000, 0, "NONE", ""))
            wav.writeframes(bytes(2 * samples))
    (tmp_path / "short.wav").write_bytes(short.getvalue())
    (tmp_path / "enough.wav").write_bytes(enough.getvalue())

    assert refused(tmp_path / "short.wav") is DecodeReason.TOO_SHORT
    assert decoded(tmp_path / "enough.wav").seconds == 0.1


def test_audio_may_not_last_longer_than_the_limit(
    tmp_path: Path, decoded: Decoded, refused: Refusal
):
    source = sine(tmp_path / "tone.flac", "-ar", "16000")

    assert decoded(source, max_seconds=2.0).seconds == 2.0
    assert refused(source, max_seconds=1.999) is DecodeReason.TOO_LONG


def test_a_refusal_tells_the_sender_what_to_do(tmp_path: Path, output: Path):
    source = sine(tmp_path / "tone.wav")

    with pytest.raises(DecodeError, match=r"longer than 1\.5 seconds\. Split it"):
        decode(source, output, limits=DecodeLimits(max_seconds=1.5))


def test_eight_threads_at_once(tmp_path: Path):
    source = sine(tmp_path / "tone.mp3", seconds=5.0)

    def one(number: int) -> int:
        return decode(source, tmp_path / f"{number}.pcm").samples

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(one, range(8))) == {80_000}


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_eight_coroutines_at_once_leave_the_loop_free(
    tmp_path: Path, loop_factory: Callable[[], asyncio.AbstractEventLoop]
):
    source = sine(tmp_path / "tone.mp3", seconds=20.0)
    ticks = 0

    async def watch() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    async def main() -> list[DecodedAudio]:
        watcher = asyncio.create_task(watch())
        jobs = (decode_async(source, tmp_path / f"{number}.pcm") for number in range(8))
        audios = await asyncio.gather(*jobs)
        watcher.cancel()
        return audios

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        audios = runner.run(main())

    assert [audio.samples for audio in audios] == [320_000] * 8
    assert ticks > 20  # a blocked loop would tick once or twice


async def test_the_async_twin_refuses_alike(tmp_path: Path, output: Path):
    (tmp_path / "note.txt").write_text("not audio, whatever it is called")

    with pytest.raises(DecodeError) as error:
        await decode_async(tmp_path / "note.txt", output)

    assert error.value.reason is DecodeReason.UNSUPPORTED
    assert not output.exists()
