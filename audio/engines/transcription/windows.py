"""Whisper window by window: half a minute of speech is encoded once, and all is asked of that."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import WHISPER_SAMPLE_RATE, SpeechTask, Word
from audio.engines.transcription.decoding import (
    APPENDED,
    NO_SPEECH,
    PREPENDED,
    Decoder,
)
from audio.engines.transcription.fitted import (
    Fit,
    echoes,
    ends_with_speech,
    repeats_itself,
)
from audio.engines.transcription.voice_activity import longest_pause
from audio.engines.transcription.whisper_language import Features, Guess, LanguageListener
from audio.engines.transcription.whisper_prompt import MAX_PROMPT_TOKENS
from audio.engines.transcription.window import FRAMES_PER_SECOND, Block, Window

_MOST_TOKENS = 448 - 8 - MAX_PROMPT_TOKENS
"""Room for text, besides the prompt and the model's own marks. OpenAI's Whisper takes 224."""
_LEAST_TOKENS, _MOST_TOKENS_PER_SECOND = 40, 30
"""Nobody says more in a short clip: a decoder that repeats itself is stopped."""
_SAMPLES_PER_FRAME = WHISPER_SAMPLE_RATE // FRAMES_PER_SECOND
_TAIL_FRAMES = 600
"""At the end of a window. The pause in which it ends is looked for there."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A segment by the clock of what the model was given; words with the spaces before them.

    seek: the frame at which its window begins; language: what it is in.
    """

    seek: int
    start: float
    end: float
    text: str
    tokens: Sequence[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    language: Guess
    words: Sequence[Word] = field(default=())


class Windows:
    """Decodes the joined speech of one recording. The model is shared by threads.

    task: what is written; temperatures: the ladder; guidance: the text that every window begins
    after, or None; needs_words: whether segments have their words; fit: how speech that one window
    holds is encoded in fewer frames, or None to encode full windows alone; batch: how many windows
    are decoded at once, but for the first one, which whoever reads along waits for.
    """

    def __init__(
        self,
        model: Any,
        languages: LanguageListener,
        *,
        task: SpeechTask,
        temperatures: Sequence[float],
        guidance: str | None,
        needs_words: bool,
        fit: Fit | None = None,
        batch: int = 1,
    ) -> None:
        self._model, self._languages, self._needs_words = model, languages, needs_words
        self._decoder = Decoder(
            model,
            task=task,
            temperatures=temperatures,
            guidance=guidance,
            needs_words=needs_words,
        )
        self._fit, self._batch = fit, batch
        self._is_first = True
        self._last: tuple[Features, Any] = (np.zeros((0, 0), np.float32), None)

    def heard(self, spoken: NDArray[np.float32]) -> Iterator[Heard]:
        """The segments of a block of speech, as they are decoded."""
        features = self._model.feature_extractor(spoken)
        most = _LEAST_TOKENS + len(spoken) * _MOST_TOKENS_PER_SECOND // WHISPER_SAMPLE_RATE
        block = Block(spoken, features, min(most, _MOST_TOKENS))
        seek = 0
        while seek < block.frames:
            windows = self._decoded(block, seek)
            self._is_first = False
            for window in windows:
                seek = yield from self._said(block, window)

    def _decoded(self, block: Block, seek: int) -> list[Window]:
        """The next windows, encoded one by one and decoded together."""
        # only for the whole of the speech: windows of longer speech say less when they are shorter
        if self._is_first and self._fit and block.frames <= self._longest:
            fitted = self._fitted(block, self._fit)
            if fitted:
                return [fitted]
        windows = list(islice(self._encodings(block, seek), 1 if self._is_first else self._batch))
        waiting = [window for window in windows if window.text is None]
        encoded, guesses = [w.encoded for w in waiting], [w.guess for w in waiting]
        texts = self._decoder.together(encoded, guesses, block.most_tokens) if waiting else []
        for window, decoded in zip(waiting, texts, strict=True):
            window.text = decoded
        for window in windows:
            self._complete(window, block.most_tokens)
        return windows

    def _complete(self, window: Window, most_tokens: int) -> None:
        """Has the text go on up to the end of the speech, as far as the model can be made to."""
        while window.may_go_on(most_tokens):
            longer = self._decoder.longer(window.encoded, window.decoded, most_tokens)
            window.is_stuck = longer.frames <= window.decoded.frames
            window.text = longer

    def _encodings(self, block: Block, seek: int) -> Iterator[Window]:
        """Windows one behind the other, up to one that ends amid words."""
        while seek < block.frames:
            window = self._window(block, seek)
            yield window
            if window.speech is None:
                return
            seek = window.end

    def _window(self, block: Block, seek: int) -> Window:
        """As much as one holds, until a pause, or until another language begins in it."""
        frames, speech = self._cut(block, seek)
        features = block.features[:, seek : seek + frames]
        encoded = self._encoded(features)
        size = self._languages.first_run(encoded, features, self._encoded)
        if size < frames:
            # that is a pause, too
            frames = speech = size
            encoded = self._encoded(features[:, :size])
        guesses = self._languages.guesses(encoded, frames)
        window = Window(seek, frames, encoded, guesses[0], speech)
        if len(guesses) > 1:
            window.text = self._decoder.likeliest(encoded, guesses, block.most_tokens)
            window.guess = window.text.guess
        self._languages.spoken(window.guess.code)
        return window

    def _cut(self, block: Block, seek: int) -> tuple[int, int | None]:
        """How many frames a window has, and of how many the speech is, as `Window` says."""
        if block.frames - seek <= self._longest:
            return block.frames - seek, block.frames - seek
        tail = self._longest - _TAIL_FRAMES
        start, end = ((seek + each) * _SAMPLES_PER_FRAME for each in (tail, self._longest))
        pause = longest_pause(block.spoken[start:end])
        if pause is None:
            return self._longest, None
        middle = (pause["start"] + pause["end"]) // 2
        return tail + middle // _SAMPLES_PER_FRAME, tail + pause["start"] // _SAMPLES_PER_FRAME

    @property
    def _longest(self) -> int:
        return int(self._model.feature_extractor.nb_max_frames)

    def _fitted(self, block: Block, fit: Fit) -> Window | None:
        """All in as few frames as it needs; None where what comes of it may be wrong."""
        from faster_whisper.audio import pad_or_trim

        frames, most_tokens = block.frames, block.most_tokens
        features = block.features[:, :frames]
        size = fit.size(frames)
        if size is None or echoes(features):
            return None
        encoded = self._model.encode(pad_or_trim(features, size))
        guess = self._languages.clear(encoded, frames, fit.least_sure)
        if guess is None:
            return None
        decoded = self._decoder.at_once(encoded, guess, most_tokens)
        tokens = decoded.result.sequences_ids[0]
        text = [token for token in tokens if token < decoded.tokenizer.eot]
        is_believed = (
            decoded.is_good
            and decoded.result.no_speech_prob <= NO_SPEECH
            and len(tokens) < most_tokens
            and ends_with_speech(tokens, decoded.tokenizer.timestamp_begin, frames)
            and not repeats_itself(text)
        )
        if not is_believed:
            return None
        self._languages.spoken(guess.code)
        return Window(0, frames, encoded, guess, frames, decoded)

    def _encoded(self, features: Features) -> Any:
        """The encoding of a window; of the same one again what it was."""
        from faster_whisper.audio import pad_or_trim

        seen, encoded = self._last
        if not np.array_equal(seen, features):
            encoded = self._model.encode(pad_or_trim(features))
            self._last = features, encoded
        return encoded

    def _said(self, block: Block, window: Window) -> Generator[Heard, None, int]:
        """The segments of a window. Returns the frame at which the next one begins."""
        if window.decoded.is_silence:
            return window.end
        window.close(block.most_tokens)
        segments, following = self._segments(block, window)
        for segment in segments:
            block.last_end = segment.end
            yield segment
        if window.speech is None:
            # a window that ends where it begins would be decoded for ever
            return following if following > window.seek else window.end
        if segments and window.is_left_off:
            yield from self._said(block, self._rest(block, window))
        return window.end

    def _rest(self, block: Block, window: Window) -> Window:
        """What a window has left unwritten, by itself, in the same language."""
        done = window.decoded.frames
        seek = window.seek + done
        encoded = self._encoded(block.features[:, seek : window.end])
        decoded = self._decoder.decoded(encoded, window.guess, block.most_tokens)
        speech = None if window.speech is None else window.speech - done
        return Window(seek, window.frames - done, encoded, window.guess, speech, decoded)

    def _segments(self, block: Block, window: Window) -> tuple[list[Heard], int]:
        """The segments of a window, and the frame up to which the model is done with it."""
        seek, size, decoded = window.seek, window.frames, window.decoded
        model, tokenizer = self._model, decoded.tokenizer
        found, following, _ = model._split_segments_by_timestamps(
            tokenizer=tokenizer,
            tokens=decoded.tokens,
            time_offset=seek / FRAMES_PER_SECOND,
            segment_size=size,
            segment_duration=size / FRAMES_PER_SECOND,
            seek=seek,
        )
        if self._needs_words:
            model.add_word_timestamps(
                [found], tokenizer, window.encoded, size, PREPENDED, APPENDED, block.last_end
            )
        heard = [
            Heard(
                seek=seek,
                start=float(each["start"]),
                end=float(each["end"]),
                text=text,
                tokens=tuple(each["tokens"]),
                temperature=decoded.temperature,
                avg_logprob=decoded.avg_logprob,
                compression_ratio=decoded.compression_ratio,
                no_speech_prob=decoded.result.no_speech_prob,
                language=decoded.guess,
                words=tuple(map(_word, each.get("words", ()))),
            )
            for each in found
            if (text := tokenizer.decode(each["tokens"])).strip() and each["start"] != each["end"]
        ]
        return heard, following


def _word(found: dict[str, Any]) -> Word:
    return Word(
        found["word"], float(found["start"]), float(found["end"]), float(found["probability"])
    )
