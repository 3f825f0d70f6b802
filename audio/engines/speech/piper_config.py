"""Is a file that somebody brought a Piper voice? The cheap questions, before it is tried.

The configuration is what Piper's training writes beside a model: `X.onnx.json` for `X.onnx`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG_BYTES = 1_000_000
"""Those of real voices have about 5,000; one with a thousand speakers, 60,000."""
SMALLEST_MODEL_BYTES = 100_000
LARGEST_MODEL_BYTES = 200_000_000
"""Real voices have 20 to 120 million."""
SAMPLE_RATES = range(8_000, 48_001)
"""Hz"""
MOST_SPEAKERS = 10_000
PHONEME_TYPES = ("espeak", "text")
"""Others need a library of their own for one language."""

_ESPEAK_VOICE = re.compile(r"[A-Za-z0-9-]{2,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_ONNX_HEAD = 0x08
"""An ONNX file is a protobuf message that begins with field 1, a number: its IR version."""
_IR_VERSIONS = range(3, 32)


class NotAVoice(ValueError):
    """These files are no Piper voice that could be spoken. The message says why, for people."""


@dataclass(frozen=True, slots=True)
class PiperFacts:
    """What a voice's configuration says of it.

    language: BCP 47; sample_rate: Hz; speakers: how many it has, of which the first is heard.
    """

    language: str
    sample_rate: int
    speakers: int


def read_config(data: bytes) -> PiperFacts:
    """The facts in the content of an `.onnx.json`. Raises NotAVoice."""
    config = _object(data)
    rate: Any = _part(config, "audio").get("sample_rate")
    speakers: Any = config.get("num_speakers")
    if not _is_number(rate, SAMPLE_RATES):
        raise NotAVoice("The configuration has no audio.sample_rate from 8000 to 48000.")
    if not _is_number(speakers, range(1, MOST_SPEAKERS + 1)):
        raise NotAVoice("The configuration has no sensible num_speakers.")
    if config.get("phoneme_type", "espeak") not in PHONEME_TYPES:
        known = " and ".join(PHONEME_TYPES)
        raise NotAVoice(f"Only voices with the phoneme_type {known} can be spoken here.")
    _check_phonemes(config)
    return PiperFacts(_language(config), rate, speakers)


def check_model(path: Path) -> None:
    """Whether a file may be an ONNX model, by its size and head. Raises NotAVoice."""
    size = path.stat().st_size
    if not SMALLEST_MODEL_BYTES <= size <= LARGEST_MODEL_BYTES:
        most = LARGEST_MODEL_BYTES // 1_000_000
        raise NotAVoice(f"A Piper model has 0.1 to {most} MB; this file has {size / 1e6:.1f} MB.")
    with path.open("rb") as file:
        head = file.read(2)
    if head[0] != _ONNX_HEAD or head[1] not in _IR_VERSIONS:
        raise NotAVoice("The model is not an ONNX file: choose the .onnx of the voice.")


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > CONFIG_BYTES:
        raise NotAVoice("The configuration is too large: choose the .onnx.json of the voice.")
    try:
        config = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotAVoice("The configuration is not JSON: choose the .onnx.json.") from error
    if not isinstance(config, dict):
        raise NotAVoice("The configuration is not a JSON object: choose the .onnx.json.")
    return config


def _part(config: dict[str, Any], name: str) -> dict[str, Any]:
    part = config.get(name)
    return part if isinstance(part, dict) else {}


def _is_number(value: object, among: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in among


def _check_phonemes(config: dict[str, Any]) -> None:
    if not _is_number(config.get("num_symbols"), range(1, 100_000)):
        raise NotAVoice("The configuration has no sensible num_symbols.")
    ids = _part(config, "phoneme_id_map")
    if not ids or not all(isinstance(each, list) and each for each in ids.values()):
        raise NotAVoice("The configuration has no phoneme_id_map.")
    if not all(isinstance(number, int) for each in ids.values() for number in each):
        raise NotAVoice("The phoneme_id_map must hold numbers.")
    voice = _part(config, "espeak").get("voice")
    if not isinstance(voice, str) or not _ESPEAK_VOICE.fullmatch(voice):
        raise NotAVoice("The configuration has no espeak.voice such as en-us.")


def _language(config: dict[str, Any]) -> str:
    """As the engine reads it: the code of the language, or else the voice of espeak."""
    code = _part(config, "language").get("code") or _part(config, "espeak").get("voice")
    if not isinstance(code, str) or not _LANGUAGE.fullmatch(code):
        raise NotAVoice("The configuration names no language such as en_GB.")
    return code.replace("_", "-")
