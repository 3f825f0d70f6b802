"""Decode one file to raw PCM. This runs in the confined process: it may be handed anything.

FFmpeg sees a stream without a name, is told which demuxer to use, and may open nothing else.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import BinaryIO, NoReturn, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from audio.codecs.verdict import PCM_BYTES_PER_SAMPLE, PCM_RATE, DecodeLimits, DecodeReason

MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 4_000, 192_000
"""Hz."""
BLOCK_SAMPLES = 32_768
"""Frames are gathered to this size before they are resampled: per frame it costs twice as much."""

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


class Refused(Exception):
    """The file is not decoded, and why."""

    def __init__(self, reason: DecodeReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def decode_to_pcm(source: BinaryIO, output: BinaryIO, *, demuxer: str, limits: DecodeLimits) -> int:
    """Write the first audio stream of `source` as mono s16le at `PCM_RATE`; return the samples.

    Packets that do not decode are passed over. Raises Refused; `output` is then incomplete.
    """
    try:
        with _open_within(limits, source, demuxer) as container:
            stream = _audio_stream(container)
            frames = _frames(container, stream, _decoder(stream))
            samples = _write(_resampled(frames), output, limits)
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        raise Refused(_blame(error)) from error
    if not samples:
        raise Refused(DecodeReason.CORRUPT)
    if samples < limits.min_seconds * PCM_RATE:
        raise Refused(DecodeReason.TOO_SHORT)
    return samples


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


def _open(source: BinaryIO, demuxer: str) -> InputContainer:
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


def _open_within(limits: DecodeLimits, source: BinaryIO, demuxer: str) -> InputContainer:
    """As `_open`. Of a file that says it is too long the packets are added up first: that takes a
    twentieth of decoding them, and tells a bomb from a header that lies.
    """
    container = _open(source, demuxer)
    if (container.duration or 0) <= limits.max_seconds * av.time_base:
        return container
    with container:
        if _is_longer(container, limits):
            raise Refused(DecodeReason.TOO_LONG)
    source.seek(0)
    return _open(source, demuxer)


def _is_longer(container: InputContainer, limits: DecodeLimits) -> bool:
    stream = _audio_stream(container)
    most = limits.max_seconds / stream.time_base if stream.time_base else 0
    ticks = 0
    for packet in _packets(container, stream):
        ticks += packet.duration or 0
        if ticks > most:
            return True
    return False


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise Refused(DecodeReason.NO_AUDIO_STREAM)
    stream = container.streams.audio[0]
    if stream.codec_context is None or stream.codec_context.name not in _DECODERS:
        raise Refused(DecodeReason.UNSUPPORTED)
    if stream.rate:  # not every container says it ahead of the frames
        _raise_if_beyond_reason(stream.channels, stream.rate)
    return stream


def _decoder(stream: AudioStream) -> AudioCodecContext:
    own = stream.codec_context
    own.thread_count = 1
    preferred = _PREFERRED.get(own.name)
    if preferred not in av.codecs_available:
        return own
    decoder = cast("AudioCodecContext", av.CodecContext.create(preferred, "r"))
    decoder.sample_rate, decoder.layout = own.sample_rate, own.layout
    return decoder


def _frames(
    container: InputContainer, stream: AudioStream, decoder: AudioCodecContext
) -> Iterator[AudioFrame]:
    """The frames that decode."""
    for packet in _packets(container, stream):
        try:
            yield from decoder.decode(packet)
        except av.error.FFmpegError as error:
            _raise_if_exhausted(error)


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[av.Packet[AudioStream]]:
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
        yield packet


def _raise_if_exhausted(error: av.error.FFmpegError) -> None:
    if _blame(error) is DecodeReason.EXHAUSTED:
        raise error


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[bytes]:
    """Blocks of PCM. A stream may change rate or layout on its way: each stretch has a filter."""
    shape: tuple[str, str, int] | None = None
    fifo, resampler = av.AudioFifo(), av.AudioResampler("s16", "mono", PCM_RATE)
    for frame in frames:
        if not frame.samples:
            continue
        if shape != (next_shape := _shape(frame)):
            if shape:
                yield _pcm(fifo, resampler, last=True)
            shape, fifo = next_shape, av.AudioFifo()
            resampler = av.AudioResampler("s16", "mono", PCM_RATE)
        frame.pts = None  # gaps and jumps in a file's clock are not audio
        fifo.write(frame)
        if fifo.samples >= BLOCK_SAMPLES:
            yield _pcm(fifo, resampler)
    if shape:
        yield _pcm(fifo, resampler, last=True)


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    _raise_if_beyond_reason(frame.layout.nb_channels, frame.sample_rate)
    return frame.format.name, frame.layout.name, frame.sample_rate


def _raise_if_beyond_reason(channels: int, rate: int) -> None:
    if channels > MAX_CHANNELS or not MIN_RATE <= rate <= MAX_RATE:
        raise Refused(DecodeReason.UNSUPPORTED)


def _pcm(fifo: av.AudioFifo, resampler: av.AudioResampler, *, last: bool = False) -> bytes:
    block = fifo.read()
    frames = resampler.resample(block) if block else []
    if last:
        frames += resampler.resample(None)
    return b"".join(bytes(f.planes[0])[: f.samples * PCM_BYTES_PER_SAMPLE] for f in frames)


def _write(blocks: Iterator[bytes], output: BinaryIO, limits: DecodeLimits) -> int:
    max_samples = limits.max_seconds * PCM_RATE
    samples = 0
    for block in blocks:
        samples += len(block) // PCM_BYTES_PER_SAMPLE
        if samples > max_samples:
            raise Refused(DecodeReason.TOO_LONG)
        output.write(block)
    output.flush()
    return samples


def _blame(error: Exception) -> DecodeReason:
    out_of_memory = getattr(error, "errno", None) == errno.ENOMEM
    return DecodeReason.EXHAUSTED if out_of_memory else DecodeReason.CORRUPT
