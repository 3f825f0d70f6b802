"""Six formats, every engine's rate, judged by the ffmpeg program."""

from __future__ import annotations

import io
import itertools
import struct
import wave
from collections.abc import Iterator

import numpy as np
import pytest

from audio.codecs.encode import OUTPUT_RATE, Encoder, SpeechFormat, encode_whole, output_samples
from audio.engines.base import AudioChunk
from tests.audio.codecs.ffmpeg import Heard, listen

ENGINE_RATES = [16_000, 22_050, 24_000, 44_100]
HZ = 440
SECONDS = 3.3333

# Seconds that a format's decoder may hear beyond the audio: without a place to write the length
# down, an encoder's priming and the filling of its last frame stay audible as silence.
AAC_FRAME, MP3_FRAME = 1024 / OUTPUT_RATE, 576 / OUTPUT_RATE
EXCESS = {
    SpeechFormat.MP3: 0.06,
    SpeechFormat.AAC: 2 * AAC_FRAME,
    SpeechFormat.OPUS: 0.001,
    SpeechFormat.FLAC: 0.0001,
    SpeechFormat.WAV: 0.0001,
    SpeechFormat.PCM: 0.0001,
}
COMPRESSED = [SpeechFormat.MP3, SpeechFormat.OPUS, SpeechFormat.AAC, SpeechFormat.FLAC]


def tone(rate: int, seconds: float = SECONDS, amplitude: float = 0.8) -> np.ndarray:
    time = np.arange(int(rate * seconds)) / rate
    return (amplitude * np.sin(2 * np.pi * HZ * time)).astype(np.float32)


def chunks(samples: np.ndarray, rate: int) -> Iterator[AudioChunk]:
    """Pieces of odd and changing sizes, an empty one among them."""
    sizes = itertools.cycle([rate // 5 + 1, 1, 0, rate // 7, 4_999])
    start = 0
    while start < len(samples):
        size = next(sizes)
        yield AudioChunk(samples[start : start + size], rate)
        start += size


def streamed(fmt: SpeechFormat, samples: np.ndarray, rate: int) -> bytes:
    encoder = Encoder(fmt)
    return b"".join([encoder.encode(c) for c in chunks(samples, rate)]) + encoder.finish()


def hear(data: bytes, fmt: SpeechFormat) -> Heard:
    if fmt is SpeechFormat.PCM:
        samples = np.frombuffer(data, "<i2").astype(np.float32) / 32_768
        return Heard(OUTPUT_RATE, "mono", samples)
    return listen(data)


@pytest.mark.parametrize("rate", ENGINE_RATES)
@pytest.mark.parametrize("fmt", SpeechFormat)
def test_a_tone_comes_out_as_long_and_as_high_as_it_went_in(fmt: SpeechFormat, rate: int):
    samples = tone(rate)

    heard = hear(streamed(fmt, samples, rate), fmt)

    truth = len(samples) / rate
    # Opus decoders always play at 48 kHz
    assert heard.rate == (48_000 if fmt is SpeechFormat.OPUS else OUTPUT_RATE)
    assert heard.layout == "mono"
    assert truth - 0.0005 <= heard.seconds <= truth + EXCESS[fmt]
    assert heard.pitch() == pytest.approx(HZ, abs=1.0)
    # the last tenth of a second was not lost
    tail = heard.samples[int((truth - 0.1) * heard.rate) : int((truth - 0.02) * heard.rate)]
    assert np.sqrt(np.mean(tail**2)) == pytest.approx(0.8 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("fmt", SpeechFormat)
def test_bytes_leave_with_the_first_fifth_of_a_second(fmt: SpeechFormat):
    first = Encoder(fmt).encode(AudioChunk(tone(22_050, 0.2), 22_050))

    assert len(first) > 800


@pytest.mark.parametrize("fmt", COMPRESSED)
def test_no_more_than_a_tenth_of_a_second_is_held_back(fmt: SpeechFormat):
    encoder = Encoder(fmt)

    sent = b"".join(encoder.encode(c) for c in chunks(tone(24_000, 2.0), 24_000))

    # FLAC frames are 96 ms; the others hold a frame or two
    assert hear(sent, fmt).seconds > 1.9


def test_opus_says_that_it_was_made_from_24_khz_mono():
    data = streamed(SpeechFormat.OPUS, tone(24_000), 24_000)

    head = data.index(b"OpusHead")
    channels, input_rate = struct.unpack_from("<xBxxI", data, head + 8)
    assert data.startswith(b"OggS")
    assert (channels, input_rate) == (1, OUTPUT_RATE)


@pytest.mark.parametrize("rate", [*ENGINE_RATES, 11_025, 48_000])
@pytest.mark.parametrize("length", [1, 2, 15, 16, 331, 24_001])
def test_the_number_of_samples_is_known_beforehand(rate: int, length: int):
    samples = tone(rate, 2.5)[:length]

    pcm = streamed(SpeechFormat.PCM, samples, rate)

    assert len(pcm) == 2 * output_samples(length, rate)


def test_milliseconds_count_the_engines_audio_and_nothing_else():
    encoder = Encoder(SpeechFormat.AAC)

    encoder.encode(AudioChunk(tone(22_050, 1.0), 22_050))
    assert encoder.milliseconds == 1000
    encoder.encode(AudioChunk(np.zeros(1, np.float32), 22_050))
    assert encoder.milliseconds == 1001  # a started millisecond
    encoder.finish()

    assert encoder.milliseconds == 1001
    assert encoder.samples_out == output_samples(22_051, 22_050)


def test_an_engine_may_change_its_rate_between_chunks():
    encoder = Encoder(SpeechFormat.PCM)
    pcm = encoder.encode(AudioChunk(tone(16_000, 1.0), 16_000))
    pcm += encoder.encode(AudioChunk(tone(44_100, 1.0), 44_100))
    pcm += encoder.finish()

    heard = hear(pcm, SpeechFormat.PCM)

    assert heard.seconds == 2.0
    assert encoder.milliseconds == 2000
    for half in np.split(heard.samples, 2):
        assert Heard(OUTPUT_RATE, "mono", half).pitch() == pytest.approx(HZ, abs=2)


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_samples_beyond_full_scale_are_clipped_and_never_wrap(rate: int):
    loud = tone(rate, 0.5, amplitude=1.0) * np.float32(1e10)

    heard = hear(streamed(SpeechFormat.PCM, loud, rate), SpeechFormat.PCM)

    # a clipped sine has the sign of the sine everywhere but at its crossings
    sign = np.sign(tone(OUTPUT_RATE, 0.5)[: len(heard.samples)])
    assert np.mean(np.sign(heard.samples) == sign) > 0.98
    assert np.max(np.abs(heard.samples)) > 0.99


def test_samples_that_are_not_numbers_become_silence():
    nothing = np.full(2_400, np.nan, np.float32)

    pcm = streamed(SpeechFormat.PCM, nothing, OUTPUT_RATE)

    assert pcm == bytes(4_800)


def test_a_streamed_wav_does_not_claim_a_length():
    data = streamed(SpeechFormat.WAV, tone(24_000), 24_000)

    assert data[4:8] == data[40:44] == b"\xff\xff\xff\xff"


def test_a_whole_wav_has_exact_sizes_and_nothing_after_its_samples():
    data = encode_whole(chunks(tone(22_050), 22_050), SpeechFormat.WAV)

    with wave.open(io.BytesIO(data)) as reader:
        assert reader.getframerate() == OUTPUT_RATE
        assert (reader.getnchannels(), reader.getsampwidth()) == (1, 2)
        assert reader.getnframes() == output_samples(len(tone(22_050)), 22_050)
        assert len(data) == 44 + 2 * reader.getnframes()
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8


def test_a_wav_of_known_length_streams_with_exact_sizes():
    samples = tone(16_000)
    encoder = Encoder(SpeechFormat.WAV, total_samples=output_samples(len(samples), 16_000))

    data = b"".join(encoder.encode(c) for c in chunks(samples, 16_000)) + encoder.finish()

    assert data == encode_whole(chunks(samples, 16_000), SpeechFormat.WAV)


def test_a_wav_whose_length_was_announced_wrongly_is_an_error():
    encoder = Encoder(SpeechFormat.WAV, total_samples=10)
    encoder.encode(AudioChunk(tone(24_000, 0.1), 24_000))

    with pytest.raises(ValueError, match="10 samples were announced, 2400 were encoded"):
        encoder.finish()


@pytest.mark.parametrize("fmt", COMPRESSED)
def test_a_whole_file_is_the_stream_in_one_piece(fmt: SpeechFormat):
    samples = tone(24_000)

    heard = hear(encode_whole(chunks(samples, 24_000), fmt), fmt)

    assert heard.seconds == pytest.approx(len(samples) / 24_000, abs=EXCESS[fmt])


@pytest.mark.parametrize("fmt", SpeechFormat)
def test_no_audio_at_all_is_no_error(fmt: SpeechFormat):
    encoder = Encoder(fmt)

    encoder.finish()

    assert (encoder.milliseconds, encoder.samples_out) == (0, 0)


@pytest.mark.parametrize(
    ("fmt", "content_type"),
    [
        ("mp3", "audio/mpeg"),
        ("opus", "audio/opus"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("wav", "audio/wav"),
        ("pcm", "audio/pcm"),
    ],
)
def test_content_types(fmt: str, content_type: str):
    assert SpeechFormat(fmt).content_type == content_type
