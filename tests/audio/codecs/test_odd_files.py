"""Files that people have and the ffmpeg program would not write: built here, byte by byte."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.codecs.decode import DecodedAudio, DecodeReason
from tests.audio.codecs.ffmpeg import make, sine
from tests.media import formats

Decoded = Callable[..., DecodedAudio]
Refusal = Callable[..., DecodeReason]

RATE = 16_000
SAMPLES = (8_000 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype("<i2").tobytes()
"""Two seconds of 440 Hz."""
UNKNOWN = 0xFFFF_FFFF


def wav(
    data: bytes = SAMPLES, *, size: int | None = None, before: bytes = b"", riff: int | None = None
) -> bytes:
    """size, riff: what the headers say. before: chunks ahead of the samples."""
    size = len(data) if size is None else size
    riff = 36 + len(before) + len(data) if riff is None else riff
    return (
        struct.pack("<4sI4s4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16)
        + struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
        + before
        + struct.pack("<4sI", b"data", size)
        + data
    )


@pytest.mark.parametrize("size", [0, UNKNOWN, UNKNOWN - 1, 0x8000_0000, 0x7FFF_FFFF, 64_044])
@pytest.mark.parametrize("riff", [0, UNKNOWN, 36])
def test_a_wav_that_was_streamed_has_no_true_sizes(
    size: int, riff: int, tmp_path: Path, decoded: Decoded
):
    source = tmp_path / "streamed.wav"
    source.write_bytes(wav(size=size, riff=riff))

    assert decoded(source).samples == 2 * RATE


def test_a_wav_that_says_it_is_shorter_ends_there(tmp_path: Path, decoded: Decoded):
    source = tmp_path / "short.wav"
    source.write_bytes(wav(size=RATE))

    assert decoded(source).seconds == 0.5


@pytest.mark.parametrize("kind", [b"LIST", b"JUNK", b"bext", b"zzzz"])
def test_chunks_ahead_of_the_samples_are_passed_over(kind: bytes, tmp_path: Path, decoded: Decoded):
    source = tmp_path / "chunks.wav"
    source.write_bytes(wav(before=kind + struct.pack("<I", 5_000) + bytes(5_000)))

    assert decoded(source).samples == 2 * RATE


def test_a_chunk_that_claims_gigabytes_hides_the_samples(tmp_path: Path, refused: Refusal):
    source = tmp_path / "hidden.wav"
    source.write_bytes(wav(before=b"LIST" + struct.pack("<I", 0xF000_0000) + bytes(100)))

    assert refused(source) is DecodeReason.CORRUPT


@pytest.mark.parametrize(("mode", "frame_bytes"), [(0, 18), (2, 33), (8, 61)])
def test_wide_band_amr(mode: int, frame_bytes: int, tmp_path: Path, decoded: Decoded):
    dice = random.Random(mode)
    frame = bytes([mode << 3 | 4])
    source = tmp_path / "call.awb"
    frames = (frame + dice.randbytes(frame_bytes - 1) for _ in range(100))
    source.write_bytes(b"#!AMR-WB\n" + b"".join(frames))

    assert decoded(source).seconds == 2.0  # a frame is 20 ms


def test_the_pauses_of_a_phone_are_not_dropped(tmp_path: Path, decoded: Decoded):
    """Discontinuous transmission: in silence a phone sends a frame now and then."""
    encoder = ("-c:a", "libopencore_amrnb", "-ar", "8000", "-dtx", "1")
    source = sine(tmp_path / "call.amr", "-af", "apad=pad_dur=6", *encoder)
    assert source.stat().st_size < 5_000  # without pauses it were 13 kB

    assert decoded(source).seconds == pytest.approx(8.0, abs=0.05)


def test_gsm_in_a_wav(tmp_path: Path, decoded: Decoded):
    dice = random.Random(1)
    shape = struct.pack("<HHIIHHHH", 0x31, 1, 8_000, 1_625, 65, 0, 2, 320)
    data = dice.randbytes(65 * 50)  # each block is 40 ms
    source = tmp_path / "answering-machine.wav"
    source.write_bytes(
        struct.pack("<4sI4s4sI", b"RIFF", 40 + len(data), b"WAVE", b"fmt ", len(shape))
        + shape
        + struct.pack("<4sI", b"data", len(data))
        + data
    )

    assert decoded(source).seconds == 2.0


@pytest.mark.parametrize(("name", "at_least"), [("mpga", 1.9), ("aac", 1.9), ("ts aac", 1.5)])
def test_a_stream_that_was_cut_anywhere_is_decoded_from_its_first_whole_frame(
    name: str, at_least: float, tmp_path: Path, decoded: Decoded
):
    whole = formats.tone(name, tmp_path / "whole").read_bytes()
    step = 188 if name.startswith("ts") else 1  # of whoever records packets
    for cut in (step, 3 * step, 5 * step):
        source = tmp_path / "recording"
        source.write_bytes(whole[cut:])

        assert at_least < decoded(source).seconds < 2.1


def test_a_browser_s_recording_has_no_length_in_its_header(tmp_path: Path, decoded: Decoded):
    """MediaRecorder writes clusters as they come, and never goes back."""
    live = ("-f", "webm", "-c:a", "libopus", "-live", "1")
    source = sine(tmp_path / "recording", *live)

    assert decoded(source).seconds == pytest.approx(2.0, abs=0.05)


def test_chapters_and_pictures_beside_the_sound(tmp_path: Path, decoded: Decoded):
    cover = make(
        tmp_path / "cover.jpg", "-f", "lavfi", "-i", "color=red:s=300x300", "-vframes", "1"
    )
    marks = tmp_path / "marks.txt"
    marks.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=One\n")
    book = make(
        tmp_path / "book.m4b",
        *("-f", "lavfi", "-i", "sine=440:duration=2", "-i", str(cover), "-i", str(marks)),
        *("-map", "0", "-map", "1", "-map_metadata", "2", "-c:a", "aac", "-c:v", "copy"),
        *("-disposition:v", "attached_pic", "-f", "ipod"),
    )

    assert decoded(book).seconds == pytest.approx(2.0, abs=0.05)


def test_monkey_s_audio(tmp_path: Path, decoded: Decoded):
    """Of silence only, which it writes as a flag of each frame."""
    rate, seconds, frame_samples = 44_100, 2, 73_728
    frames = -(-rate * seconds // frame_samples)
    last = rate * seconds - (frames - 1) * frame_samples
    frame = struct.pack("<II", 0x8000_0000, 3) + bytes(8)  # a checksum, flags follow; silence
    offsets = [76 + 4 * frames + number * len(frame) for number in range(frames)]
    sizes = (52, 24, 4 * frames, 0, len(frame) * frames, 0, 0)
    source = tmp_path / "song.ape"
    source.write_bytes(
        b"MAC "
        + struct.pack("<HH7I16x", 3990, 0, *sizes)
        + struct.pack("<HHIIIHHI", 1000, 0x20, frame_samples, last, frames, 16, 1, rate)
        + struct.pack(f"<{frames}I", *offsets)
        + frame * frames
    )

    audio = decoded(source)

    assert audio.seconds == 2.0
    assert not any(audio.path.read_bytes())


# --- files that have lost their end -------------------------------------------------------------
@pytest.mark.parametrize("extension", ["m4a", "mp4", "mov", "3gp"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_recording_that_was_broken_off_is_said_to_be_incomplete(
    extension: str, kept: float, tmp_path: Path, refused: Refusal
):
    """What says where the sound is comes last."""
    whole = sine(tmp_path / f"talk.{extension}", "-c:a", "aac").read_bytes()
    source = tmp_path / "upload"
    source.write_bytes(whole[: round(len(whole) * kept)])

    assert refused(source) is DecodeReason.INCOMPLETE


def test_one_whose_index_comes_first_is_decoded_as_far_as_it_goes(tmp_path: Path, decoded: Decoded):
    fast = ("-c:a", "aac", "-movflags", "+faststart")
    source = sine(tmp_path / "talk.m4a", *fast, seconds=6.0)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])

    assert 2.0 < decoded(source).seconds < 5.0


def test_a_whole_film_without_sound_is_not_said_to_be_incomplete(tmp_path: Path, refused: Refusal):
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=1", "-c:v", "mpeg4")
    film = make(tmp_path / "film.mp4", *picture)

    assert refused(film) is DecodeReason.NO_AUDIO_STREAM
