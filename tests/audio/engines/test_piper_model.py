"""A Piper model in two halves: the same sound, its beginning sooner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from audio.engines.base import SpeechEngine
from audio.engines.config import EngineConfig
from audio.engines.onnx_session import open_session
from audio.engines.speech import piper_model as module
from audio.engines.speech.piper_model import PiperModel
from tests.audio.engines.test_piper import JOE

FRAME = 256
SILENT_DICE = (0.0, 1.0, 0.0)
"""Scales with which a model says a sentence in the same way twice."""
SENTENCE = [1, *([0, 20, 0, 14, 0, 39, 0, 59] * 20), 2]


@pytest.fixture
def joe(piper: SpeechEngine, config: EngineConfig) -> Path:
    assert piper.voices()
    return config.models_dir / JOE


def test_the_parts_are_what_the_whole_model_makes(joe: Path) -> None:
    asked = {
        "input": np.array([SENTENCE]),
        "input_lengths": np.array([len(SENTENCE)]),
        "scales": np.array(SILENT_DICE, np.float32),
    }
    whole = open_session(joe, threads=2).run(None, asked)[0].reshape(-1)

    parts = list(PiperModel(joe, threads=2).sound(SENTENCE, scales=SILENT_DICE, early=True))

    assert len(parts) == 2
    assert len(parts[0]) == module._BEGINNING * FRAME
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-4)


def test_the_first_sentence_begins_before_it_is_made(piper: SpeechEngine) -> None:
    voice = piper.voices()[0]
    text = "The ferry leaves the island at seven today. The bakery opens at eight o'clock."

    chunks = list(piper.speak(text, voice=voice.name, language=voice.language, speed=1.0))

    assert [bool(chunk.said) for chunk in chunks] == [True, False, True]
    assert chunks[0].seconds < 0.3 < chunks[1].seconds


@pytest.mark.parametrize(
    ("frames", "early", "cuts"),
    [
        (0, False, [0]),
        (143, True, [0, 143]),
        (144, True, [0, 24, 144]),
        (144, False, [0, 144]),
        (1100, True, [0, 24, 536, 1048, 1100]),
    ],
)
def test_where_a_sentence_is_cut(frames: int, early: bool, cuts: list[int]) -> None:
    assert module._cuts(frames, early=early) == cuts


def saved(folder: Path, *, weights: str, external: bool = False) -> Path:
    """A model of two speakers: the numbers of the phonemes, twice, and that of the speaker."""
    shape = [1, 1, None]
    nodes = [
        helper.make_node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["one"], value_ints=[1]),
        helper.make_node("Unsqueeze", ["numbers", "one"], ["handed over"]),
        helper.make_node("Conv", ["handed over", weights], ["twice"]),
        helper.make_node("Cast", ["sid"], ["speaker"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["twice", "speaker"], ["output"]),
    ]
    kinds = {"input": [1, None], "input_lengths": [1], "sid": [1]}
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            *(helper.make_tensor_value_info(n, TensorProto.INT64, s) for n, s in kinds.items()),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.full((1, 1, 1), 2, np.float32), weights)],
        value_info=[helper.make_tensor_value_info("handed over", TensorProto.FLOAT, shape)],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    path = folder / "toy.onnx"
    onnx.save(made, str(path), save_as_external_data=external, size_threshold=0)
    return path


def spoken(path: Path) -> NDArray[np.float32]:
    ids = list(range(1200))
    model = PiperModel(path, threads=1)
    return np.concatenate(list(model.sound(ids, scales=SILENT_DICE, speaker=1, early=True)))


@pytest.mark.parametrize(
    ("weights", "in_halves"),
    [("dec.conv_pre.weight", True), ("else", False)],
)
def test_each_speaker_of_a_model_is_heard(tmp_path: Path, weights: str, in_halves: bool) -> None:
    path = saved(tmp_path, weights=weights)

    assert bool(module._halves(path)) == in_halves
    assert spoken(path).tolist() == [2 * number + 1 for number in range(1200)]


def test_weights_in_another_file_are_left_to_the_runtime(tmp_path: Path) -> None:
    path = saved(tmp_path, weights="dec.conv_pre.weight", external=True)

    assert module._halves(path) is None
    assert len(spoken(path)) == 1200
