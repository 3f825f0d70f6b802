"""Whisper on CTranslate2 (faster-whisper), with a voice detector in front."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import (
    WHISPER_SAMPLE_RATE,
    AssetMissing,
    EngineError,
    Recording,
    Segment,
    SpeechDetection,
    SpeechTask,
    Transcription,
    Word,
)
from audio.engines.config import EngineConfig
from audio.engines.languages import whisper_code
from audio.engines.transcription.choosing import AUTO, BY_SIZE, has_gpu, suitable
from audio.engines.transcription.clock import Clock
from audio.engines.transcription.fitted import Fit, fit_of
from audio.engines.transcription.voice_activity import Span, as_floats, spans_of_speech
from audio.engines.transcription.whisper_language import LanguageListener
from audio.engines.transcription.whisper_prompt import guidance
from audio.engines.transcription.windows import Heard, Windows
from audio.engines.usage import Usage

log = logging.getLogger(__name__)

_BLOCK_SECONDS = 300
"""Speech that is decoded as one: its features take 250 MB meanwhile, an hour's gigabytes. Each
block costs a window more, one part in a hundred."""
_BATCH = 6
"""Windows that are decoded together: twice as fast as one by one, on two cores. More gain nothing,
and whoever reads along or goes away waits for all of them. A block has ten or eleven."""
_TEMPERATURE_STEP = 0.2
_NO_SPEECH, _UNSURE = 0.6, -0.5
"""Measured: of right transcripts, also of those under noise, neither is beyond 0.3 and -0.5."""
_LANGUAGE_OF_SILENCE = "en"
"""What is answered where nobody speaks and no language was given."""
_USUAL_DETECTION = SpeechDetection(threshold=0.5, padding_ms=400, silence_ms=2000)


class FasterWhisperEngine:
    """Transcribes and translates. Silence and noise never reach the model, which would invent."""

    name = "faster-whisper"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._model: Any = None
        self._usage = Usage(self._lock)

    def load(self) -> None:
        self._opened()

    def unload_idle(self, seconds: float) -> bool:
        with self._usage.spared(seconds) as is_spared:
            if self._model is None or not is_spared:
                return False
            self._model = None
            return True

    def available(self) -> bool:
        named = self._config.whisper_model
        names = BY_SIZE if named == AUTO else (named,)
        return any(self._folder(name) is not None or self._in_hub_cache(name) for name in names)

    def transcribe(
        self,
        samples: Recording,
        *,
        task: SpeechTask,
        language: str | None,
        prompt: str | None,
        temperature: float | None,
        word_timestamps: bool,
        languages: Sequence[str] = (),
        keywords: Sequence[str] = (),
        detection: SpeechDetection | None = None,
    ) -> Transcription:
        code = _code(language) if language else None
        candidates = [_code(each) for each in languages]
        model = self._opened()
        text, prompt_tokens = guidance(model.hf_tokenizer, prompt, keywords)
        windows = Windows(
            model,
            LanguageListener(model, code, candidates),
            task=task,
            temperatures=_ladder(temperature or 0.0),
            guidance=text or None,
            needs_words=word_timestamps,
            fit=self._fit_of(model),
            batch=_BATCH,
        )
        blocks = _blocks(_speech(samples, detection or _USUAL_DETECTION))
        decoded = ((Clock(spans), windows.heard(_joined(samples, spans))) for spans in blocks)
        seconds = len(samples) / WHISPER_SAMPLE_RATE
        segments = self._usage.during(_segments(decoded, seconds))
        first = next(segments, None)
        if first is None:
            silent = code or next(iter(candidates), _LANGUAGE_OF_SILENCE)
            return Transcription(silent, iter(()), prompt_tokens)
        return Transcription(first.language, chain([first], segments), prompt_tokens)

    def _opened(self) -> Any:
        """The model, which whoever has it may use for as long as it wants."""
        with self._lock:
            self._usage.touch()
            if self._model is None:
                self._model = self._open()
            return self._model

    def _open(self) -> Any:
        cuda = has_gpu(self._config.device)
        if self._config.device == "cuda" and not cuda:
            raise EngineError("The device is set to cuda, but no CUDA device is visible.")
        device, compute_type = ("cuda", "float16") if cuda else ("cpu", "int8")
        log.info("%s transcribes on %s", self.model_name, device)
        return self._read(self.model_name, device, compute_type)

    @cached_property
    def model_name(self) -> str:
        """Which model transcribes, as it was named or chosen. Loads none."""
        return self._chosen(has_gpu=has_gpu(self._config.device))

    def _chosen(self, *, has_gpu: bool) -> str:
        """The model that is named; else the best installed one that this machine is fast enough
        for, or of those that are too slow for it the fastest."""
        named = self._config.whisper_model
        if named != AUTO:
            return named
        fast = suitable(has_gpu=has_gpu, threads=self._config.engine_threads)
        slow = [name for name in reversed(BY_SIZE) if name not in fast]
        here = (name for name in (*fast, *slow) if self._folder(name))
        return next(here, fast[-1])

    def _read(self, name: str, device: str, compute_type: str) -> Any:
        from faster_whisper import WhisperModel

        folder = self._folder(name)
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

    def _folder(self, name: str) -> Path | None:
        """The folder of weights on this machine, whatever way they were named."""
        root = self._config.models_dir
        candidates = (Path(name), root / name, root / f"whisper-{name}")
        return next((path for path in candidates if (path / "model.bin").is_file()), None)

    def _fit_of(self, model: Any) -> Fit | None:
        # a GPU encodes otherwise, in float16, and was not measured
        is_known = self._config.whisper_fitted and model.model.device == "cpu"
        return fit_of(self.model_name) if is_known else None

    @property
    def _hub_cache(self) -> Path:
        return self._config.models_dir / "hub"

    def _in_hub_cache(self, name: str) -> bool:
        """Whether an earlier load brought this model from the hub."""
        repository = name.replace("/", "--")
        return any(self._hub_cache.glob(f"models--*{repository}*/snapshots/*/model.bin"))


def _code(language: str) -> str:
    """Whisper's own code. Raises EngineError for a language that it does not know."""
    code = whisper_code(language)
    if code is None:
        raise EngineError(f"Whisper knows no language {language!r}.")
    return code


def _speech(samples: Recording, detection: SpeechDetection) -> Iterator[Span]:
    return spans_of_speech(samples, detection, longest_seconds=_BLOCK_SECONDS)


def _blocks(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Neighbouring spans grouped into blocks of at most `_BLOCK_SECONDS` of speech."""
    block: list[Span] = []
    room = 0
    for span in spans:
        length = span["end"] - span["start"]
        if length > room:
            if block:
                yield block
            block, room = [], _BLOCK_SECONDS * WHISPER_SAMPLE_RATE
        block.append(span)
        room -= length
    if block:
        yield block


def _joined(samples: Recording, spans: list[Span]) -> NDArray[np.float32]:
    return np.concatenate([as_floats(samples[span["start"] : span["end"]]) for span in spans])


def _segments(
    decoded: Iterable[tuple[Clock, Iterator[Heard]]], seconds: float
) -> Iterator[Segment]:
    """Of all blocks in order, by the clock of the audio as it was sent, `seconds` long."""
    number, earliest = 0, 0.0
    for clock, block in decoded:
        for heard in filter(_was_said, block):
            for part in clock.placed(heard):
                segment = _segment(part, number, between=(earliest, seconds))
                yield segment
                number, earliest = number + 1, segment.end


def _was_said(found: Heard) -> bool:
    """False for what Whisper makes of noise that was taken for speech: dots, notes of music, or
    anything at all, but then it doubts that there is speech and is not sure of its words either.
    """
    if not any(character.isalnum() for character in found.text):
        return False
    doubted: bool = found.no_speech_prob > _NO_SPEECH and found.avg_logprob < _UNSURE
    return not doubted


def _ladder(temperature: float) -> list[float]:
    """The temperatures to try in turn, as openai/whisper climbs them: 0.4 -> 0.4, 0.6, 0.8, 1.0."""
    rungs = int((1.0 - temperature) / _TEMPERATURE_STEP + 1e-6) + 1
    return [round(temperature + rung * _TEMPERATURE_STEP, 6) for rung in range(rungs)]


def _segment(found: Heard, number: int, *, between: tuple[float, float]) -> Segment:
    """A segment as the engine answers it, its times in order and inside the audio.

    between: the end of the segment before and the length of the audio, in seconds.
    """
    earliest, latest = between
    start = min(max(found.start, earliest), latest)
    return Segment(
        id=number,
        seek=found.seek,
        start=start,
        end=min(max(found.end, start), latest),
        text=found.text,
        tokens=found.tokens,
        temperature=found.temperature,
        avg_logprob=found.avg_logprob,
        compression_ratio=found.compression_ratio,
        no_speech_prob=found.no_speech_prob,
        words=tuple(_words(found.words, between)),
        language=found.language.code,
        language_probability=found.language.probability,
    )


def _words(found: Iterable[Word], between: tuple[float, float]) -> Iterator[Word]:
    earliest, latest = between
    for word in found:
        start = min(max(word.start, earliest), latest)
        earliest = min(max(word.end, start), latest)
        yield Word(word.text.strip(), start, earliest, word.probability)
