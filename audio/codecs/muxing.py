"""Writing a recording into a file of another format. This runs in the confined process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, Self, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from audio.codecs.demuxing import Refused
from audio.codecs.tags import VORBIS_PICTURE, Cover
from audio.codecs.targets import CoverPlace, Recipe
from audio.codecs.verdict import DecodeReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How samples are encoded. form: FFmpeg's name of the packed samples that are handed over."""

    codec: str
    rate: int
    layout: str
    form: str
    bits_per_second: int | None = None
    codec_options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Films that are kept as they are. packets: of `streams`, in the order of their file; begins:
    seconds that their clock shows when the sound does."""

    streams: Sequence[Stream]
    packets: Iterator[Packet[Stream]]
    begins: float


class Writer:
    """Encodes frames of one shape into a file, with a header that knows the length.

    What goes wrong with encoding is not the recording's fault: Refused is `unavailable` then, or
    `too_large`. OSError as the file raises it.
    """

    def __init__(
        self,
        file: BinaryIO,
        recipe: Recipe,
        shape: Shape,
        *,
        tags: Mapping[str, str],
        cover: Cover | None,
        most_bytes: int,
        pictures: Pictures | None = None,
    ) -> None:
        self._container = _opened(file, recipe, shape, most_bytes)
        self._container.metadata.update(tags)
        if cover and recipe.cover is CoverPlace.TAG:
            self._container.metadata[VORBIS_PICTURE] = cover.vorbis_comment
        self._pictures = pictures
        # players show the first stream that is a film; its sound comes after it
        self._shown = {
            stream.index: self._container.add_stream_from_template(stream, opaque=True)
            for stream in (pictures.streams if pictures else ())
        }
        self._ahead: Packet[Stream] | None = None
        self._stream = self._sound(shape)
        picture = self._picture(cover) if cover and recipe.cover is CoverPlace.STREAM else None
        self._container.start_encoding()
        if picture is not None:
            self._container.mux(picture)
        self._rate = shape.rate
        self._begins = round(pictures.begins * shape.rate) if pictures else 0
        self.samples = 0
        """Of each channel, so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what the codec still has, and the header, unless something went wrong."""
        if kind is None:
            if self._pictures:
                self._show(self._pictures, None)
            self._mux(None)
            self._container.close()
            return
        with contextlib.suppress(Exception):  # what went wrong before is what is told
            self._container.close()

    def write(self, frame: AudioFrame) -> None:
        if self._pictures:
            self._show(self._pictures, self.samples / self._rate)
        frame.pts = self.samples + self._begins
        frame.time_base = Fraction(1, self._rate)
        self.samples += frame.samples
        self._mux(frame)

    def _show(self, pictures: Pictures, until: float | None) -> None:
        """The pictures before that second of the sound, or all that are left."""
        packet = self._ahead or next(pictures.packets, None)
        while packet is not None and (until is None or _second_of(packet, pictures) <= until):
            if packet.size:  # else it is the end of its stream
                packet.stream = self._shown[packet.stream.index]
                self._put(packet)
            packet = next(pictures.packets, None)
        self._ahead = packet

    def _put(self, packet: Packet[Stream]) -> None:
        try:
            self._container.mux(packet)
        except (av.error.FFmpegError, ValueError) as error:
            # pictures of a kind that this container may not have
            raise Refused(DecodeReason.UNSUPPORTED) from error

    def _mux(self, frame: AudioFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, ValueError) as error:
            raise Refused(DecodeReason.UNAVAILABLE) from error

    def _sound(self, shape: Shape) -> AudioStream:
        added = self._container.add_stream(
            shape.codec, rate=shape.rate, options=dict(shape.codec_options)
        )
        stream = cast(AudioStream, added)
        stream.layout = shape.layout
        stream.codec_context.thread_count = 1
        if shape.bits_per_second:
            stream.bit_rate = shape.bits_per_second
        elif shape.codec == "flac":
            stream.format = shape.form
        return stream

    def _picture(self, cover: Cover) -> av.Packet[Any]:
        stream = self._container.add_mux_stream(cover.codec, width=cover.width, height=cover.height)
        stream.disposition = Disposition.attached_pic
        packet: av.Packet[Any] = av.Packet(cover.data)
        packet.stream = stream
        packet.pts = packet.dts = 0
        packet.time_base = Fraction(1, 1000)
        return packet


def _opened(file: BinaryIO, recipe: Recipe, shape: Shape, most_bytes: int) -> OutputContainer:
    # a length in any other unit is not exact: the edit list of MPEG-4 has this one
    exact = {"movie_timescale": str(shape.rate)} if recipe.muxer in ("mp4", "mov") else {}
    return av.open(
        _Bounded(file, most_bytes),
        "w",
        format=recipe.muxer,
        options={**recipe.muxer_options, **exact},
        # what comes last goes to the front: FFmpeg reads what it has written
        io_open=lambda *_: _Again(file),
    )


def _second_of(packet: Packet[Stream], pictures: Pictures) -> float:
    # Matroska has no time of decoding
    ticks = packet.pts if packet.dts is None else packet.dts
    if ticks is None or packet.time_base is None:
        return 0.0
    return float(ticks * packet.time_base) - pictures.begins


class _Bounded:
    """A file that takes no more than so many bytes. Raises Refused (too_large)."""

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        self._most = most_bytes
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def write(self, data: bytes) -> int:
        if self._file.tell() + len(data) > self._most:
            raise Refused(DecodeReason.TOO_LARGE)
        return self._file.write(data)


class _Again:
    """Another place in the same file to read from."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int) -> bytes:
        self._file.flush()
        data = os.pread(self._file.fileno(), size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {
            os.SEEK_SET: 0,
            os.SEEK_CUR: self._at,
            os.SEEK_END: os.fstat(self._file.fileno()).st_size,
        }.get(whence, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """The file is closed by whom it belongs to."""
