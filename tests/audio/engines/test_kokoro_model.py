"""Kokoro's convolutions as products: the same numbers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from audio.engines.base import SpeechEngine
from audio.engines.config import EngineConfig
from audio.engines.onnx_session import open_session
from audio.engines.speech import kokoro_model as module
from audio.engines.speech.kokoro_model import multiplied, rewrite

CHANNELS, KERNELS, LENGTH = 3, 5, 40
KERNEL_ZERO = 60


def convolution(kernel: int, **options: Any) -> ModelProto:
    taps = np.random.default_rng(1).integers(0, 256, (KERNELS, CHANNELS, kernel), np.uint8)
    graph = helper.make_graph(
        [
            helper.make_node("DynamicQuantizeLinear", ["input"], ["bytes", "scale", "zero"]),
            helper.make_node(
                "ConvInteger", ["bytes", "taps", "zero", "taps_zero"], ["output"], **options
            ),
        ],
        "one",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info("output", TensorProto.INT32, None)],
        [
            numpy_helper.from_array(taps, "taps"),
            numpy_helper.from_array(np.array(KERNEL_ZERO, np.uint8), "taps_zero"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def run(model: bytes | Path, **inputs: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = open_session(model, threads=1).run(None, inputs)[0]
    return found


@pytest.mark.skipif(not module.sums_are_exact(), reason="this processor is left as it is")
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        (1, {"pads": [0, 0]}),
        (3, {"pads": [1, 1], "dilations": [1], "strides": [1], "group": 1}),
        (3, {"pads": [0, 2]}),
        (11, {"pads": [25, 25], "dilations": [5]}),
    ],
)
def test_a_product_gives_the_numbers_of_the_convolution(
    kernel: int, options: dict[str, Any]
) -> None:
    model = convolution(kernel, **options)
    sound = np.random.default_rng(2).normal(1.0, 2.0, (1, CHANNELS, LENGTH)).astype(np.float32)
    expected = run(model.SerializeToString(), input=sound)

    assert rewrite(model) == 1

    assert not any(node.op_type == "ConvInteger" for node in model.graph.node)
    np.testing.assert_array_equal(run(model.SerializeToString(), input=sound), expected)


@pytest.mark.parametrize("options", [{"strides": [2], "pads": [1, 1]}, {}, {"auto_pad": "VALID"}])
def test_other_convolutions_stay(options: dict[str, Any]) -> None:
    model = convolution(3, **options)
    before = model.SerializeToString()

    assert rewrite(model) == 0
    assert model.SerializeToString() == before


def test_kokoro_says_the_same_sample_by_sample(kokoro: SpeechEngine, config: EngineConfig) -> None:
    assert kokoro.voices()
    path = config.models_dir / "kokoro" / "model.onnx"
    asked = {
        "tokens": np.array([[0, 50, 83, 54, 156, 57, 135, 0]]),
        "style": np.load(path.with_name("voices.npz"))["af_nova"][6],
        "speed": np.ones(1, np.float32),
    }
    model = onnx.load(str(path))

    assert rewrite(model) > 80

    if module.sums_are_exact():
        np.testing.assert_array_equal(run(model.SerializeToString(), **asked), run(path, **asked))


@pytest.mark.parametrize("most", [0, 1])
def test_a_processor_that_adds_with_errors_is_noticed(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = np.full((64, 64), 64 * 127 * 255 - most)
    session = SimpleNamespace(run=lambda *_: [sums])
    monkeypatch.setattr(module, "open_session", lambda *_, **__: session)

    assert module.sums_are_exact() == (most == 0)


@pytest.mark.parametrize(("machine", "exact"), [("x86_64", False), ("aarch64", True)])
def test_what_is_not_known_to_be_faster_is_left(
    machine: str, exact: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.platform, "machine", lambda: machine)
    monkeypatch.setattr(module, "sums_are_exact", lambda: exact)

    assert multiplied(tmp_path) == tmp_path
