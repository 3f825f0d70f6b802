"""Whisper on CTranslate2 (faster-whisper), with a voice detector in front."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
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
from audio.engines.transcription.voice_activity import Span, as_floats, spans_of_speech
from audio.engines.transcription.whisper_language import LanguageDetection
from audio.engines.transcription.whisper_prompt import MAX_PROMPT_TOKENS, guidance

_BLOCK_SECONDS = 300
"""Speech that is decoded as one: its features take 250 MB meanwhile, an hour's gigabytes. Each
block costs a window more, one part in a hundred."""
_FRAMES_PER_SECOND = 100
_TEMPERATURE_STEP = 0.2
_NO_SPEECH, _UNSURE = 0.6, -0.5
"""Measured: of right transcripts, also of those under noise, neither is beyond 0.3 and -0.5."""
_LANGUAGE_OF_SILENCE = "en"
"""What is answered where nobody speaks and no language was given."""
_USUAL_DETECTION = SpeechDetection(threshold=0.5, padding_ms=400, silence_ms=2000)
_MOST_TOKENS = 448 - 8 - MAX_PROMPT_TOKENS
"""Room for text, besides the prompt and the model's own marks. OpenAI's Whisper takes 224."""
_LEAST_TOKENS, _MOST_TOKENS_PER_SECOND = 40, 30
"""Nobody says more in a short clip: a decoder that repeats itself is stopped."""


class FasterWhisperEngine:
    """Transcribes and translates. Silence and noise never reach the model, which would invent."""

    name = "faster-whisper"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._model: Any = None
        self._languages: LanguageDetection

    def load(self) -> None:
        with self._lock:
            if self._model is None:
                self._model = self._open()
                self._languages = LanguageDetection(self._model)

    def available(self) -> bool:
        return self._folder() is not None or self._in_hub_cache()

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
        self.load()
        text, prompt_tokens = guidance(self._model.hf_tokenizer, prompt, keywords)
        blocks = _blocks(_speech(samples, detection or _USUAL_DETECTION))
        block = next(blocks, None)
        if block is None:
            silent = code or next(iter(candidates), _LANGUAGE_OF_SILENCE)
            return Transcription(silent, iter(()), prompt_tokens)
        options: dict[str, Any] = {
            "task": task,
            "temperature": _ladder(temperature or 0.0),
            "word_timestamps": word_timestamps,
            # a window that went wrong must not lead the next one astray
            "condition_on_previous_text": False,
            # not as `initial_prompt`, which only the first half minute would hear
            "hotwords": text or None,
        }
        with self._languages.among(candidates):
            first, info = self._decode(_joined(samples, block), language=code, **options)
        options["language"] = info.language
        decoded = chain([(block, first)], self._decoded(samples, blocks, options))
        segments = _segments(decoded, len(samples) / WHISPER_SAMPLE_RATE)
        return Transcription(info.language, segments, prompt_tokens)

    def _decoded(
        self, samples: Recording, blocks: Iterator[list[Span]], options: dict[str, Any]
    ) -> Iterator[tuple[list[Span], Iterator[Any]]]:
        """Decode block after block, as they are asked for."""
        for spans in blocks:
            found, _ = self._decode(_joined(samples, spans), **options)
            yield spans, found

    def _decode(self, spoken: NDArray[np.float32], **options: Any) -> tuple[Iterator[Any], Any]:
        """The model's segments, still to be decoded, and what it knows of the whole."""
        most = _LEAST_TOKENS + len(spoken) * _MOST_TOKENS_PER_SECOND // WHISPER_SAMPLE_RATE
        found: tuple[Iterator[Any], Any] = self._model.transcribe(
            spoken, max_new_tokens=min(most, _MOST_TOKENS), **options
        )
        return found

    def _open(self) -> Any:
        import ctranslate2

        cuda = self._config.device != "cpu" and ctranslate2.get_cuda_device_count() > 0
        if self._config.device == "cuda" and not cuda:
            raise EngineError("The device is set to cuda, but no CUDA device is visible.")
        device, compute_type = ("cuda", "float16") if cuda else ("cpu", "int8")
        return self._read(device, compute_type)

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
    decoded: Iterable[tuple[list[Span], Iterator[Any]]], seconds: float
) -> Iterator[Segment]:
    """Of all blocks in order, by the clock of the audio as it was sent, `seconds` long."""
    from faster_whisper.transcribe import restore_speech_timestamps

    number, earliest = 0, 0.0
    for spans, segments in decoded:
        for found in restore_speech_timestamps(segments, spans, WHISPER_SAMPLE_RATE):
            if not _was_said(found):
                continue
            segment = _segment(found, number, spans, between=(earliest, seconds))
            yield segment
            number, earliest = number + 1, segment.end


def _was_said(found: Any) -> bool:
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
