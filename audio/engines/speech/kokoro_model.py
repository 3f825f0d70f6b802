"""Kokoro's convolutions of whole numbers, as the products of matrices that they are.

Two thirds of its time is `ConvInteger`, for which ONNX Runtime multiplies bytes without a sign by
bytes without a sign. Instructions of its own (VNNI) are there for one side with a sign, which
`MatMulInteger` uses: the same sums of the same whole numbers, in half the time.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.onnx_session import open_session

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

log = logging.getLogger(__name__)

_SIGN = 128
"""What a byte without a sign has more than the same one with a sign."""


def multiplied(path: Path) -> bytes | Path:
    """The model in a form that is fast on this machine: another one, or the file as it is."""
    if platform.machine() not in ("x86_64", "AMD64") or not sums_are_exact():
        log.info("This processor has no fast products of bytes: Kokoro runs as it was exported.")
        return path
    import onnx

    model = onnx.load(str(path))
    rewrite(model)
    return bytes(model.SerializeToString())


def sums_are_exact() -> bool:
    """Whether bytes with a sign are multiplied exactly here: without VNNI, two products are added
    in 16 bits, where they may have no room."""
    from onnx import TensorProto, helper, numpy_helper

    largest = numpy_helper.from_array(np.full((64, 64), 127, np.int8), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["input", "weights"], ["output"])],
        "largest",
        [helper.make_tensor_value_info("input", TensorProto.UINT8, [64, 64])],
        [helper.make_tensor_value_info("output", TensorProto.INT32, [64, 64])],
        [largest],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = open_session(model.SerializeToString(), threads=1)
    found = session.run(None, {"input": np.full((64, 64), 255, np.uint8)})[0]
    return bool((found == 64 * 127 * 255).all())


def rewrite(model: ModelProto) -> int:
    """Put products in the place of all convolutions of whole numbers that are plain enough; how
    many those are."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    plain = [node for node in graph.node if _is_plain(node, weights)]
    nodes: list[NodeProto] = []
    for node in graph.node:
        nodes += _products(node, graph, weights) if node in plain else [node]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    for name in weights.keys() - used:
        graph.initializer.remove(weights[name])
    return len(plain)


def _is_plain(node: NodeProto, weights: Mapping[str, TensorProto]) -> bool:
    """Along one dimension, over all channels and step by step, with one zero for all weights."""
    if node.op_type != "ConvInteger" or len(node.input) != 4:
        return False
    _, kernel, _, zero = node.input
    options = _options(node)
    return (
        kernel in weights
        and zero in weights
        and len(weights[kernel].dims) == 3
        and not weights[zero].dims
        and options.get("group", [1]) == [1]
        and options.get("strides", [1]) == [1]
        and "pads" in options
    )


def _options(node: NodeProto) -> dict[str, list[int]]:
    return {each.name: list(each.ints) or [each.i] for each in node.attribute}


class _Writing:
    """What stands in the place of one node: its names begin as the output of that does."""

    def __init__(self, node: NodeProto, graph: GraphProto) -> None:
        self._prefix = node.output[0]
        self._graph = graph
        self.nodes: list[NodeProto] = []

    def given(self, what: str, values: Sequence[int] | NDArray[Any] | int) -> str:
        from onnx import numpy_helper

        name = f"{self._prefix}_{what}"
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def made(self, operator: str, *inputs: str, **options: Any) -> str:
        from onnx import helper

        name = f"{self._prefix}_{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **options))
        return name


def _products(
    node: NodeProto, graph: GraphProto, weights: Mapping[str, TensorProto]
) -> list[NodeProto]:
    """The same numbers from a product: a row for each moment, with all that the kernel covers."""
    from onnx import numpy_helper

    writing = _Writing(node, graph)
    sound, kernel, zero, kernel_zero = node.input
    taps = numpy_helper.to_array(weights[kernel])
    matrix = taps.transpose(2, 1, 0).reshape(-1, len(taps))
    product = writing.made(
        "MatMulInteger",
        _covered(writing, sound, zero, taps.shape, _options(node)),
        writing.given("signed", _signed(matrix)),
        zero,
        writing.given("signed_zero", _signed(numpy_helper.to_array(weights[kernel_zero]))),
    )
    writing.made("Transpose", product, perm=[0, 2, 1])
    writing.nodes[-1].output[0] = node.output[0]
    return writing.nodes


def _covered(
    writing: _Writing,
    sound: str,
    zero: str,
    shape: tuple[int, ...],
    options: Mapping[str, list[int]],
) -> str:
    """A row for each moment: all channels at each place that the kernel covers then.

    shape: of the kernel, which has outputs, channels and places.
    """
    made, given = writing.made, writing.given
    _, channels, places = shape
    before, after = options["pads"]
    reach = (places - 1) * options.get("dilations", [1])[0]
    rows = made("Transpose", sound, perm=[0, 2, 1])
    if before or after:
        rows = made("Pad", rows, given("pads", [0, before, 0, 0, after, 0]), zero)
    if places == 1:
        return rows
    end = made("Sub", made("Shape", rows, start=1, end=2), given("reach", [reach]))
    moments = made("Range", given("from", 0), made("Squeeze", end), given("by", 1))
    column = made("Unsqueeze", moments, given("axis", [1]))
    offsets = given("offsets", np.linspace(0, reach, places, dtype=np.int64)[None])
    near = made("Gather", rows, made("Add", column, offsets), axis=1)
    return made("Reshape", near, given("shape", [1, -1, channels * places]))


def _signed(numbers: NDArray[np.uint8]) -> NDArray[np.int8]:
    return (numbers.astype(np.int16) - _SIGN).astype(np.int8)
