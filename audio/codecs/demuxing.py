"""Open one file, and read the packets and frames of its sound. This runs in the confined process.

FFmpeg sees a stream without a name, is told which demuxer to use, and may open nothing else.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import BinaryIO, NoReturn, TypeVar, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from audio.codecs.verdict import DecodeLimits, DecodeReason

MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 4_000, 192_000
"""Hz."""

_DECODERS = [
    *(
        "mp3float",
        "mp3",
        "mp2float",
        "mp2",
        "mp1float",
        "mp1",
        "aac",
        "aac_latm",
        "opus",
        "libopus",
    ),
    *("vorbis", "libvorbis", "flac", "alac", "wavpack", "tta", "ape", "ac3", "eac3", "dca"),
    *("truehd", "mlp", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"),
    *("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice", "speex", "libspeex", "gsm", "gsm_ms"),
    *("adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_yamaha", "adpcm_swf", "g722", "g726"),
    *("adpcm_sbpro_2", "adpcm_sbpro_3", "adpcm_sbpro_4", "g723_1", "nellymoser"),
    *sorted(name for name in av.codecs_available if name.startswith("pcm_")),
]
"""No video decoder is among them: a file's pictures are never decoded, not even to probe it."""

_PREFERRED = {"amrnb": "libopencore_amrnb", "amrwb": "libopencore_amrwb"}
"""FFmpeg's own take no frames of discontinuous transmission: they would drop a phone's pauses."""


_Any = TypeVar("_Any", bound=Stream)


class Refused(Exception):
    """The file is not decoded, and why."""

    def __init__(self, reason: DecodeReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _Nameless:
    """A file without its name: demuxers act on names."""

    def __init__(self, source: BinaryIO) -> None:
        self.read = source.read
        self.tell = source.tell
        self._seek = source.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Where a damaged header leads may be no place at all: FFmpeg takes a negative answer."""
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -errno.EINVAL


def opened(source: BinaryIO, demuxer: str) -> InputContainer:
    """The file from its beginning. Raises FFmpegError, ValueError and OverflowError."""
    source.seek(0)
    return av.open(
        _Nameless(source),
        mode="r",
        format=demuxer,
        options={
            "protocol_whitelist": "pipe",
            "format_whitelist": av.ContainerFormat(demuxer, "r").name,
            "codec_whitelist": ",".join(_DECODERS),
        },
        metadata_errors="ignore",
        io_open=_open_nothing,
    )


def _open_nothing(*_args: object) -> NoReturn:
    raise PermissionError(errno.EACCES, "A media file may not refer to another.")


def opened_within(
    limits: DecodeLimits, source: BinaryIO, demuxer: str, track: int
) -> InputContainer:
    """As `opened`. Of a file that says it is too long the packets are added up first: that takes a
    twentieth of decoding them, and tells a bomb from a header that lies.
    """
    container = opened(source, demuxer)
    if (container.duration or 0) <= limits.max_seconds * av.time_base:
        return container
    with container:
        if seconds_told(container, track, limits.max_seconds) > limits.max_seconds:
            raise Refused(DecodeReason.TOO_LONG)
    return opened(source, demuxer)


def audio_stream(container: InputContainer, track: int) -> AudioStream:
    """The audio track of this number, counted from 0, which can be decoded. Raises Refused."""
    if not container.streams:
        raise Refused(DecodeReason.CORRUPT)  # to say that it has no sound, one has to see something
    if not container.streams.audio:
        raise Refused(DecodeReason.NO_AUDIO_STREAM)
    if track >= len(container.streams.audio):
        raise Refused(DecodeReason.NO_SUCH_TRACK)
    stream = container.streams.audio[track]
    if stream.codec_context is None or stream.codec_context.name not in _DECODERS:
        raise Refused(DecodeReason.UNSUPPORTED)
    if stream.rate:  # not every container says it ahead of the frames
        raise_if_beyond_reason(stream.channels, stream.rate)
    return stream


def raise_if_beyond_reason(channels: int, rate: int) -> None:
    """A stream may take on another shape anywhere."""
    if channels > MAX_CHANNELS or not MIN_RATE <= rate <= MAX_RATE:
        raise Refused(DecodeReason.UNSUPPORTED)


def frames_of(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """The frames that decode and have samples. Packets that do not are passed over."""
    decoder = _decoder(stream)
    for packet in _packets(container, stream):
        try:
            frames = decoder.decode(packet)
        except av.error.FFmpegError as error:
            _raise_if_exhausted(error)
            continue
        yield from (frame for frame in frames if frame.samples and frame.sample_rate)


def packets_of(container: InputContainer, streams: list[Stream]) -> Iterator[Packet[Stream]]:
    """The packets of several streams as they lie in the file, in its order. Damage ends them."""
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except (IndexError, av.error.FFmpegError):
            return
        if packet is None:
            return
        yield packet


def first_packet(container: InputContainer, stream: Stream) -> Packet[Stream] | None:
    """The first packet of a stream of any kind, as it lies in the file."""
    return next(_packets(container, stream), None)


def seconds_told(container: InputContainer, track: int, most_seconds: float) -> float:
    """How many seconds of sound the packets of a track have, as they say themselves, which is read
    and not decoded; it ends soon after `most_seconds`. A packet that says nothing counts as the
    longest before it."""
    stream = audio_stream(container, track)
    tick = stream.time_base or Fraction(0)
    most = most_seconds / tick if tick else 0
    ticks = longest = 0
    for packet in _packets(container, stream):
        if packet.size:
            told = max(0, packet.duration or 0)
            longest = max(longest, told)
            ticks += told or longest
            if ticks > most:
                break
    return float(ticks * tick)


def _decoder(stream: AudioStream) -> AudioCodecContext:
    own = stream.codec_context
    own.thread_count = 1
    preferred = _PREFERRED.get(own.name)
    if preferred not in av.codecs_available:
        return own
    decoder = cast("AudioCodecContext", av.CodecContext.create(preferred, "r"))
    decoder.sample_rate, decoder.layout = own.sample_rate, own.layout
    return decoder


def _packets(container: InputContainer, stream: _Any) -> Iterator[Packet[_Any]]:
    """Damage in the container ends the audio, as it would in a player."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:
            return  # PyAV at the end of a file in which streams appeared late; ours is through
        except av.error.FFmpegError as error:
            _raise_if_exhausted(error)
            return
        if packet is None:
            return
        yield cast("Packet[_Any]", packet)


def _raise_if_exhausted(error: av.error.FFmpegError) -> None:
    if blame(error) is DecodeReason.EXHAUSTED:
        raise error


def blame(error: Exception) -> DecodeReason:
    """What an error of PyAV's says of the file."""
    out_of_memory = getattr(error, "errno", None) == errno.ENOMEM
    return DecodeReason.EXHAUSTED if out_of_memory else DecodeReason.CORRUPT


@contextmanager
def blamed() -> Iterator[None]:
    """What PyAV raises in it is told as Refused."""
    try:
        yield
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        raise Refused(blame(error)) from error
