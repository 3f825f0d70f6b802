"""Encode generated speech into a file, with all that a stream has no place to write down."""

from __future__ import annotations

import io
import math
from typing import IO

from audio.codecs.encode import MuxedSink, PcmSink, Recipe, Resampler, SpeechFormat, wav_header
from audio.engines.base import AudioChunk

_FILE_RECIPES = {
    # a Xing header with a table for seeking, and with what to cut at both ends
    SpeechFormat.MP3: Recipe(
        "mp3", "libmp3lame", bits_per_second=64_000, codec_options={"compression_level": "5"}
    ),
    SpeechFormat.OPUS: Recipe(
        "ogg", "libopus", bits_per_second=48_000, codec_options={"application": "audio"}
    ),
    # FFmpeg goes back for the length and the digest of the samples
    SpeechFormat.FLAC: Recipe("flac", "flac", muxer_options={"metadata_header_padding": "0"}),
}
FILE_FORMATS = (SpeechFormat.MP3, SpeechFormat.WAV, SpeechFormat.OPUS, SpeechFormat.FLAC)


class FileEncoder:
    """Encodes one speech into a file that players can seek in and know the length of.

    file: empty and seekable. Its header is written last, when everything is known. The formats are
    those of `FILE_FORMATS`; any other raises KeyError.
    """

    def __init__(self, fmt: SpeechFormat, file: IO[bytes]) -> None:
        self._resampler = Resampler()
        self._file = file
        self._is_wav = fmt is SpeechFormat.WAV
        self._sink: PcmSink | MuxedSink
        if self._is_wav:
            self._sink = PcmSink(wav_header(None))
        else:
            self._sink = MuxedSink(_FILE_RECIPES[fmt], file)

    @property
    def milliseconds(self) -> int:
        """As `Encoder.milliseconds`."""
        return math.ceil(self._resampler.seconds_in * 1000)

    def encode(self, chunk: AudioChunk) -> None:
        """Write the next chunk."""
        self._file.write(self._sink.write(self._resampler.resample(chunk)))

    def finish(self) -> None:
        """Write what is left, and the header."""
        self._file.write(self._sink.write(self._resampler.flush()) + self._sink.close())
        if self._is_wav:
            self._file.seek(0)
            self._file.write(wav_header(self._resampler.samples_out))
        self._file.seek(0, io.SEEK_END)
