"""What the confined process does to a file: an order, and its outcome as JSON has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Self

from audio.codecs.converting import Conversion, convert_file
from audio.codecs.dubbing import Dubbing, dub_file
from audio.codecs.measuring import seconds_in
from audio.codecs.pcm import decode_to_pcm
from audio.codecs.sampling import Sampling, sample_file
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import DecodeLimits, Sampled, Wanted

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Order:
    """work: a name in `WORKS`; asked: its own words; beside: another file that is read."""

    work: str
    demuxer: str
    asked: dict[str, Any]
    limits: DecodeLimits
    beside: BinaryIO | None = field(default=None, compare=False)

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        limits = DecodeLimits(**message["limits"])
        return cls(message["work"], message["demuxer"], message["asked"], limits)


def done(source: BinaryIO, output: BinaryIO, order: Order, tell: Tell) -> dict[str, Any]:
    """Do what is asked. tell: is called with seconds that are done, where it takes long.

    Raises Refused, and OSError where the output cannot be written.
    """
    return WORKS[order.work](source, output, order, tell)


def _decode(source: BinaryIO, output: BinaryIO, order: Order, _tell: Tell) -> dict[str, Any]:
    wanted = Wanted(**order.asked)
    decoded = decode_to_pcm(
        source, output, demuxer=order.demuxer, wanted=wanted, limits=order.limits
    )
    return {"samples": decoded.samples, "sound": asdict(decoded.sound)}


def _measure(source: BinaryIO, _output: BinaryIO, order: Order, _tell: Tell) -> dict[str, Any]:
    return {"seconds": seconds_in(source, demuxer=order.demuxer, limits=order.limits)}


def _convert(source: BinaryIO, output: BinaryIO, order: Order, tell: Tell) -> dict[str, Any]:
    converted = convert_file(
        Conversion(
            source=source,
            demuxer=order.demuxer,
            output=output,
            target=Target(order.asked["target"]),
            quality=Quality(order.asked["quality"]),
            limits=order.limits,
            tell=tell,
        )
    )
    return asdict(converted)


def _sample(source: BinaryIO, output: BinaryIO, order: Order, tell: Tell) -> dict[str, Any]:
    sampled = sample_file(
        Sampling(
            source=source,
            demuxer=order.demuxer,
            output=output,
            rate=order.asked["rate"],
            limits=order.limits,
            tell=tell,
        )
    )
    return asdict(sampled)


def _dub(source: BinaryIO, output: BinaryIO, order: Order, tell: Tell) -> dict[str, Any]:
    assert order.beside is not None  # noqa: S101 - `rewriting.dubbed` sends it
    samples = dub_file(
        Dubbing(
            source=source,
            demuxer=order.demuxer,
            samples=order.beside,
            sampled=Sampled.of(order.asked["sampled"]),
            output=output,
            limits=order.limits,
            tell=tell,
        )
    )
    return {"samples": samples}


WORKS = {
    "decode": _decode,
    "measure": _measure,
    "convert": _convert,
    "sample": _sample,
    "dub": _dub,
}
