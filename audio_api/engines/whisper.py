"""Whisper on CTranslate2 (faster-whisper), with a voice detector in front."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import (
    WHISPER_SAMPLE_RATE,
    AssetMissing,
    EngineError,
    Segment,
    SpeechTask,
    Transcription,
    Word,
)
from .config import EngineConfig
from .languages import is_language_code, whisper_code

_BLOCK_SECONDS = 600
"""Speech that is decoded as one: features of an hour at once would take gigabytes."""
_FRAMES_PER_SECOND = 100
_TEMPERATURE_STEP = 0.2
_LANGUAGE_OF_SILENCE = "en"
"""What is answered where nobody speaks and no language was given."""

Span = dict[str, int]
"""A stretch of speech: `start` and `end` in samples, as Silero's detector gives it."""


class FasterWhisperEngine:
    """Transcribes and translates. Silence and noise never reach the model, which would invent."""

    name = "faster-whisper"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._model: Any = None

    def load(self) -> None:
        with self._lock:
            if self._model is None:
                self._model = self._open()

    def available(self) -> bool:
        return self._folder() is not None or self._in_hub_cache()

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        task: SpeechTask,
        language: str | None,
        prompt: str | None,
        temperature: float | None,
        word_timestamps: bool,
    ) -> Transcription:
        if language is not None and not is_language_code(language):
            raise EngineError(f"Whisper knows no language {language!r}.")
        self.load()
        code = whisper_code(language) if language else None
        blocks = _blocks(_speech(samples))
        if not blocks:
            return Transcription(code or _LANGUAGE_OF_SILENCE, iter(()))
        options: dict[str, Any] = {
            "task": task,
            "temperature": _ladder(temperature or 0.0),
            "word_timestamps": word_timestamps,
            # a window that went wrong must not lead the next one astray
            "condition_on_previous_text": False,
        }
        spoken = _joined(samples, blocks[0])
        first, info = self._model.transcribe(
            spoken, language=code, initial_prompt=prompt or None, **options
        )
        segments = self._segments(samples, blocks, first, {**options, "language": info.language})
        return Transcription(info.language, segments)

    def _segments(
        self,
        samples: NDArray[np.float32],
        blocks: list[list[Span]],
        first: Iterator[Any],
        options: dict[str, Any],
    ) -> Iterator[Segment]:
        """Decode block after block, as the segments are asked for."""
        from faster_whisper.transcribe import restore_speech_timestamps

        seconds = len(samples) / WHISPER_SAMPLE_RATE
        number, earliest = 0, 0.0
        for index, spans in enumerate(blocks):
            decoded = first
            if index:
                decoded, _ = self._model.transcribe(_joined(samples, spans), **options)
            for found in restore_speech_timestamps(decoded, spans, WHISPER_SAMPLE_RATE):
                segment = _segment(found, number, spans, between=(earliest, seconds))
                yield segment
                number, earliest = number + 1, segment.end

    def _open(self) -> Any:
        import ctranslate2

        cuda = self._config.device != "cpu" and ctranslate2.get_cuda_device_count() > 0
        if self._config.device == "cuda" and not cuda:
            raise EngineError("The device is set to cuda, but no CUDA device is visible.")
        device, compute_type = ("cuda", "float16") if cuda else ("cpu", "int8")
        return _encoding_once(self._read(device, compute_type))

    def _read(self, device: str, compute_type: str) -> Any:
        from faster_whisper import WhisperModel

        name, folder = self._config.whisper_model, self._folder()
        if folder is None and name.startswith("whisper-"):
            raise AssetMissing(f"{name} is not installed: run `manage.py fetch_models {name}`.")
        try:
            return WhisperModel(
                str(folder or name),
                device=device,
                compute_type=compute_type,
                cpu_threads=self._config.engine_threads,
                num_workers=self._config.whisper_workers,
                download_root=str(self._hub_cache),
            )
        except (OSError, ValueError) as error:
            raise AssetMissing(
                f"The Whisper model {name!r} is neither a folder nor could it be fetched from the "
                f"Hugging Face hub ({error}). Set WHISPER_MODEL to an installed one."
            ) from error

    def _folder(self) -> Path | None:
        """The folder of weights on this machine, whatever way they were named."""
        name, root = self._config.whisper_model, self._config.models_dir
        candidates = (Path(name), root / name, root / f"whisper-{name}")
        return next((path for path in candidates if (path / "model.bin").is_file()), None)

    @property
    def _hub_cache(self) -> Path:
        return self._config.models_dir / "hub"

    def _in_hub_cache(self) -> bool:
        """Whether an earlier load brought this model from the hub."""
        name = self._config.whisper_model.replace("/", "--")
        return any(self._hub_cache.glob(f"models--*{name}*/snapshots/*/model.bin"))


def _speech(samples: NDArray[np.float32]) -> list[Span]:
    """Where somebody speaks; [] for silence, noise and an empty clip."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return []
    options = VadOptions(min_speech_duration_ms=100, max_speech_duration_s=_BLOCK_SECONDS)
    spans: list[Span] = get_speech_timestamps(samples, options)
    return spans


def _blocks(spans: list[Span]) -> list[list[Span]]:
    """Neighbouring spans grouped into blocks of at most `_BLOCK_SECONDS` of speech."""
    blocks: list[list[Span]] = []
    room = 0
    for span in spans:
        length = span["end"] - span["start"]
        if not blocks or length > room:
            blocks.append([])
            room = _BLOCK_SECONDS * WHISPER_SAMPLE_RATE
        blocks[-1].append(span)
        room -= length
    return blocks


def _joined(samples: NDArray[np.float32], spans: list[Span]) -> NDArray[np.float32]:
    return np.concatenate([samples[span["start"] : span["end"]] for span in spans])


def _ladder(temperature: float) -> list[float]:
    """The temperatures to try in turn, as openai/whisper climbs them: 0.4 -> 0.4, 0.6, 0.8, 1.0."""
    rungs = int((1.0 - temperature) / _TEMPERATURE_STEP + 1e-6) + 1
    return [round(temperature + rung * _TEMPERATURE_STEP, 6) for rung in range(rungs)]


def _segment(
    found: Any, number: int, spans: list[Span], *, between: tuple[float, float]
) -> Segment:
    """faster-whisper's segment as ours, its times in order and inside the audio.

    between: the end of the segment before and the length of the audio, in seconds.
    """
    earliest, latest = between
    start = min(max(found.start, earliest), latest)
    return Segment(
        id=number,
        seek=_original_frame(found.seek, spans),
        start=start,
        end=min(max(found.end, start), latest),
        text=found.text,
        tokens=tuple(found.tokens),
        temperature=found.temperature,
        avg_logprob=found.avg_logprob,
        compression_ratio=found.compression_ratio,
        no_speech_prob=found.no_speech_prob,
        words=tuple(_words(found.words or (), between)),
    )


def _words(found: Iterable[Any], between: tuple[float, float]) -> Iterator[Word]:
    earliest, latest = between
    for word in found:
        start = min(max(word.start, earliest), latest)
        earliest = min(max(word.end, start), latest)
        yield Word(word.word.strip(), start, earliest, word.probability)


def _original_frame(seek: int, spans: list[Span]) -> int:
    """Where a window starts in the audio as it was sent, in frames of 10 ms."""
    from faster_whisper.vad import SpeechTimestampsMap

    times = SpeechTimestampsMap(spans, WHISPER_SAMPLE_RATE)
    seconds: float = times.get_original_time(seek / _FRAMES_PER_SECOND)
    return round(seconds * _FRAMES_PER_SECOND)


def _encoding_once(model: Any) -> Any:
    """Let the window on which the language is detected be decoded without a second encoding.

    faster-whisper encodes it for both, and encoding is most of the cost of a short clip. The
    detector is shown the frames that the decoder will see, one less than it would get by itself.
    """
    encode, detect = model.encode, model.detect_language
    mine = threading.local()

    def encode_once(features: NDArray[np.float32]) -> Any:
        seen, output = mine.__dict__.pop("last", (None, None))
        if seen is None or not np.array_equal(seen, features):
            output = encode(features)
        if getattr(mine, "detecting", False):
            mine.last = (features, output)
        return output

    def detect_on_decoded(features: NDArray[np.float32], **options: Any) -> Any:
        mine.detecting = True
        try:
            return detect(features=features[..., :-1], **options)
        finally:
            mine.detecting = False

    model.encode, model.detect_language = encode_once, detect_on_decoded
    return model
