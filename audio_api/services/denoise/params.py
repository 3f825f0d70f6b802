"""What was asked of a noise reduction, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from audio.engines.base import Cleaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What came of it.

    seconds: of the recording by its clock; noise_reduction_db: how much quieter its quietest parts
    became, None where they were silent already; processing_seconds: what it took; before, after:
    the peaks of equal parts of the recording, 0 to 1.
    """

    seconds: float
    noise_reduction_db: float | None
    processing_seconds: float
    is_video: bool
    channels: int
    before: list[float]
    after: list[float]


@dataclass(frozen=True, slots=True)
class DenoiseRequest:
    """A recording that is to be rid of its noise.

    source_url: the link that a worker fetches it from, or "" for one that the job has as a file;
    seconds: what its packets say, 0 where that is not known yet; most_seconds: what of it may have
    to be paid for, since no more was held for; made: what came of it, None before it has succeeded.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("quality_mode", "seconds")
    KEPT: ClassVar[tuple[str, ...]] = ("model", "most_seconds", "made")

    quality_mode: Cleaning
    seconds: float
    most_seconds: float
    source_url: str = ""
    model: str = ""
    made: Cleaned | None = None

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> DenoiseRequest:
        known = {name: params[name] for name in cls.__slots__ if name in params}
        made = known.get("made")
        return cls(
            **{
                **known,
                "quality_mode": Cleaning(params["quality_mode"]),
                "made": Cleaned(**made) if made else None,
            }
        )
