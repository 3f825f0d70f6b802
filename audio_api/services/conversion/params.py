"""What was asked of a conversion, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import Converted


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A recording to be converted.

    source_url: the link that a worker fetches it from, or "" for one that the job has as a file;
    seconds: what its packets say, 0 where that is not known yet; most_seconds: what of it may have
    to be paid for, since no more was held for; made: what came of it, None before it has succeeded.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("output_format", "quality", "seconds")
    KEPT: ClassVar[tuple[str, ...]] = ("model", "most_seconds", "made")

    output_format: Target
    quality: Quality
    seconds: float
    most_seconds: float
    source_url: str = ""
    model: str = ""
    made: Converted | None = None

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> ConversionRequest:
        known = {name: params[name] for name in cls.__slots__ if name in params}
        made = known.get("made")
        return cls(
            **{
                **known,
                "output_format": Target(params["output_format"]),
                "quality": Quality(params["quality"]),
                "made": Converted(**made) if made else None,
            }
        )
