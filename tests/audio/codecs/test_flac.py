"""A FLAC that says how long it is: readers such as soundfile allocate what its head tells them."""

from __future__ import annotations

import hashlib
import io

import av
import numpy as np
import pytest

from audio.codecs import flac
from audio.codecs.encode import OUTPUT_RATE, Encoder, SpeechFormat, encode_whole, output_samples
from tests.audio.codecs.streaminfo import stream_info
from tests.audio.codecs.test_encode import chunks, streamed, tone
from tests.audio.codecs.test_encode_file import encoded

UNKNOWN = bytes(16)


def samples_in(body: bytes) -> np.ndarray:
    with av.open(io.BytesIO(body)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


def test_a_stream_of_unknown_length_says_so() -> None:
    info = stream_info(streamed(SpeechFormat.FLAC, tone(24_000), 24_000))

    assert (info.rate, info.channels, info.bits) == (OUTPUT_RATE, 1, 16)
    assert (info.samples, info.digest) == (0, UNKNOWN)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_a_stream_of_known_length_says_it_in_its_first_bytes(rate: int) -> None:
    samples = tone(rate)
    total = output_samples(len(samples), rate)
    encoder = Encoder(SpeechFormat.FLAC, total_samples=total)

    pieces = [encoder.encode(chunk) for chunk in chunks(samples, rate)]
    body = b"".join(pieces) + encoder.finish()

    first = next(piece for piece in pieces if piece)
    assert stream_info(first).samples == total
    assert len(samples_in(body)) == total


@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_a_whole_flac_says_its_length_and_the_digest_of_its_samples(rate: int) -> None:
    samples = tone(rate)

    body = encode_whole(chunks(samples, rate), SpeechFormat.FLAC)

    info, heard = stream_info(body), samples_in(body)
    assert info.samples == len(heard) == output_samples(len(samples), rate)
    assert info.digest == hashlib.md5(heard.astype("<i2").tobytes()).digest()


def test_a_file_says_its_length_and_the_digest_of_its_samples() -> None:
    body = encoded(SpeechFormat.FLAC, tone(22_050), 22_050)

    info, heard = stream_info(body), samples_in(body)
    assert info.samples == len(heard) == output_samples(len(tone(22_050)), 22_050)
    assert info.digest == hashlib.md5(heard.astype("<i2").tobytes()).digest()


def test_nothing_else_of_a_head_is_changed() -> None:
    plain = streamed(SpeechFormat.FLAC, tone(24_000), 24_000)

    told = flac.with_length(plain, 2**36 - 2, b"\xaa" * 16)

    assert stream_info(told) == (OUTPUT_RATE, 1, 16, 2**36 - 2, b"\xaa" * 16)
    assert (told[:18], told[42:]) == (plain[:18], plain[42:])


def test_a_length_that_does_not_fit_is_not_told() -> None:
    plain = streamed(SpeechFormat.FLAC, tone(24_000), 24_000)

    assert stream_info(flac.with_length(plain, 2**36)).samples == 0


@pytest.mark.parametrize("head", [b"", b"fLaC", b"RIFF" + bytes(60)], ids=["empty", "cut", "wav"])
def test_what_is_no_flac_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="STREAMINFO"):
        flac.with_length(head, 1)
