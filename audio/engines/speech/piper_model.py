"""A Piper model in two halves: the first decides how a sentence sounds, the second makes the sound.

The second, most of the work, hears only a few frames to both sides. So the beginning of a sentence
is made and sent before the rest, and is the same, sample by sample, as if all were made at once. It
is a tenth of the weights as well, and is opened again for the threads that its share of cores has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.onnx_session import open_session
from audio.engines.sharing import SharingSession

if TYPE_CHECKING:
    from onnx import ModelProto

Samples = NDArray[np.float32]

_HEARD = 16
"""Frames to each side of one that have a part in its sound: 10.5 in a voice of medium quality, 13.9
in one of high quality."""
_BEGINNING = 24
"""Frames of 256 samples: a quarter of a second is sent first, and plays for longer than the rest of
the sentence takes."""
_WORTH_CUTTING = 6 * _BEGINNING
"""Frames: what lies around the cut is made twice, which is much of a sentence of one second."""
_AT_ONCE = 512
"""Frames, at most: six seconds, so that a long sentence takes no more memory than that."""
_BORDER_WEIGHTS = "dec.conv_pre.weight"
"""What the second half does first, in the models that Piper's own script exports."""


class PiperModel:
    """Shared by all threads. A model that is made in another way is left in one piece."""

    def __init__(self, path: Path, *, threads: int) -> None:
        halves = _halves(path)
        self._first = open_session(halves[0] if halves else path, threads=threads)
        self._second = SharingSession(halves[1], threads=threads) if halves else None

    def sound(
        self,
        ids: Sequence[int],
        *,
        scales: Sequence[float],
        speaker: int | None = None,
        early: bool = False,
    ) -> Iterator[Samples]:
        """The sound of a sentence, in its parts.

        ids: of its phonemes; scales: noise, length and noise of the lengths; speaker: of a model
        that has several; early: the beginning comes by itself.
        """
        asked = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(scales, np.float32),
        }
        spoken_by = {} if speaker is None else {"sid": np.array([speaker], np.int64)}
        made = self._first.run(None, asked | spoken_by)[0]
        if self._second is None:
            yield made.reshape(-1)
            return
        name, *others = self._second.inputs
        known = {other: spoken_by[other] for other in others}
        for start, end in pairwise(_cuts(made.shape[2], early=early)):
            before, after = max(start - _HEARD, 0), min(end + _HEARD, made.shape[2])
            samples = self._second.run({name: made[:, :, before:after], **known})
            samples = samples.reshape(after - before, -1)  # a row for each frame
            yield samples[start - before : end - before].reshape(-1)


def _cuts(frames: int, *, early: bool) -> list[int]:
    """Where the parts of so many frames begin, and the last one ends."""
    begun = _BEGINNING if early and frames >= _WORTH_CUTTING else 0
    return sorted({0, begun, *range(begun, frames, _AT_ONCE), frames})


def _halves(path: Path) -> tuple[bytes, bytes] | None:
    """Both halves as ONNX models of their own; None for a model without the border."""
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(str(path), load_external_data=False)
    border = _border(model)
    if border is None or any(weights.external_data for weights in model.graph.initializer):
        return None
    inputs = [entry.name for entry in model.graph.input]
    output = model.graph.output[0].name
    cutting = Extractor(model)
    try:
        first = cutting.extract_model(inputs, [border])
        second = cutting.extract_model([border, *(n for n in inputs if n == "sid")], [output])
    except ValueError:  # the model does not say what passes the border
        return None
    return first.SerializeToString(), second.SerializeToString()


def _border(model: ModelProto) -> str | None:
    """What the first half hands over to the second."""
    found: Iterator[Any] = (n for n in model.graph.node if _BORDER_WEIGHTS in n.input)
    return next((str(node.input[0]) for node in found), None)
