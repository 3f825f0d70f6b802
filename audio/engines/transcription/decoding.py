"""What Whisper writes down of an encoded window: how it is asked, and what of it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audio.engines.base import SpeechTask
from audio.engines.transcription.whisper_language import (
    Guess,
    encoding_of,
    states_of,
    weighed,
)

_REPETITIVE, _DOUBTFUL, NO_SPEECH = 2.4, -1.0, 0.6
"""Compression ratio, mean log probability and probability of silence, as openai/whisper has them:
beyond the first two it is decoded again, beyond the last two nobody speaks."""
FRAMES_PER_TIMESTAMP = 2
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"
"""Marks that belong to the word after them, and to the one before."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A window in a language, as the model wrote it down."""

    guess: Guess
    tokenizer: Any
    result: Any
    avg_logprob: float
    temperature: float
    compression_ratio: float
    more: Sequence[int] = ()
    """Tokens of what was left out at its end."""

    @property
    def tokens(self) -> list[int]:
        return [*self.result.sequences_ids[0], *self.more]

    @property
    def frames(self) -> int:
        """Up to where the window has been written down, by its last timestamp."""
        last = max(self.tokens, default=0) - self.tokenizer.timestamp_begin
        return int(max(last, 0)) * FRAMES_PER_TIMESTAMP

    @property
    def open_tokens(self) -> int:
        """How many stand behind the last timestamp."""
        first = self.tokenizer.timestamp_begin
        return next((n for n, each in enumerate(reversed(self.tokens)) if each >= first), 0)

    @property
    def is_open(self) -> bool:
        """Whether another segment begins where the text ends."""
        return len(self.tokens) > 1 and self.tokens[-1] == max(self.tokens) == self.tokens[-2]

    @property
    def ends_with_timestamp(self) -> bool:
        return bool(self.tokens) and self.tokens[-1] >= self.tokenizer.timestamp_begin

    @property
    def is_good(self) -> bool:
        return self.avg_logprob >= _DOUBTFUL and self.compression_ratio <= _REPETITIVE

    @property
    def last_segment(self) -> list[int]:
        """Its tokens, with the timestamp at its end as often as if another one began there."""
        first, tokens = self.tokenizer.timestamp_begin, self.tokens
        end = max((n for n, token in enumerate(tokens) if token < first), default=-1) + 1
        start = max((n for n, token in enumerate(tokens[:end]) if token >= first), default=0)
        return [*tokens[start:end], tokens[-1], tokens[-1]]

    def and_then(self, tokens: Sequence[int]) -> Decoded:
        """This text and the segments behind it."""
        joint = [] if self.is_open else [self.tokens[-1]]
        return replace(self, more=[*self.more, *joint, *tokens])

    def ended(self, frames: int) -> Decoded:
        """The same with a timestamp at its end."""
        last = self.tokenizer.timestamp_begin + frames // FRAMES_PER_TIMESTAMP
        return replace(self, more=[*self.more, max(last, *self.tokens)])

    @property
    def weight(self) -> float:
        """The mean log probability of its text; one that repeats itself is likely in any language,
        and counts as a doubtful one."""
        return self.avg_logprob if self.is_good else _DOUBTFUL

    @property
    def is_silence(self) -> bool:
        return bool(self.result.no_speech_prob > NO_SPEECH and self.avg_logprob <= _DOUBTFUL)


class Decoder:
    """Writes down windows of one recording.

    task: what is written; temperatures: the ladder; guidance: the text that every window begins
    after, or None; needs_words: whether the words are to be aligned afterwards.
    """

    def __init__(
        self,
        model: Any,
        *,
        task: SpeechTask,
        temperatures: Sequence[float],
        guidance: str | None,
        needs_words: bool,
    ) -> None:
        self._model, self._task, self._temperatures = model, task, list(temperatures)
        self._guidance, self._needs_words = guidance, needs_words

    def at_once(self, encoded: Any, guess: Guess, most_tokens: int) -> Decoded:
        """A window in a language, at the first temperature, whatever comes of it."""
        return self._tried(encoded, guess, self._temperatures[:1], most_tokens)

    def decoded(self, encoded: Any, guess: Guess, most_tokens: int) -> Decoded:
        """The same at the first temperature at which it is good."""
        return self._tried(encoded, guess, self._temperatures, most_tokens)

    def likeliest(self, encoded: Any, guesses: Sequence[Guess], most_tokens: int) -> Decoded:
        """A window in that of several languages whose text is the likeliest."""
        tried = [self.at_once(encoded, guess, most_tokens) for guess in guesses]
        chosen, number = weighed([(each.guess, each.weight) for each in tried])
        best = replace(tried[number], guess=chosen)
        if best.is_good or len(self._temperatures) == 1:
            return best
        return self.decoded(encoded, chosen, most_tokens)

    def together(
        self, encoded: Sequence[Any], guesses: Sequence[Guess], most_tokens: int
    ) -> list[Decoded]:
        """Windows side by side, each in its language: the weights are read once for all of them.

        One that is not good is decoded by itself again.
        """
        if len(encoded) == 1:
            return [self.decoded(encoded[0], guesses[0], most_tokens)]
        tokenizers = [self._tokenizer(guess) for guess in guesses]
        prompts = [self._prompt(tokenizer) for tokenizer in tokenizers]
        texts = self._side_by_side(encoded, guesses, tokenizers, prompts, most_tokens)
        return [
            text
            if text.is_good or text.is_silence or len(self._temperatures) == 1
            else self.decoded(alone, text.guess, most_tokens)
            for alone, text in zip(encoded, texts, strict=True)
        ]

    def longer(self, encoded: Any, text: Decoded, most_tokens: int) -> Decoded:
        """A text with what the model says of its window behind the last timestamp.

        It was trained to leave out the end of a window, where that may be incomplete.
        """
        # without it, words that end a little late would be said again; all of the text takes long
        said = text.last_segment
        prompt = [*self._prompt(text.tokenizer), *said]
        asked = ([text.guess], [text.tokenizer], [prompt])
        more = self._side_by_side([encoded], *asked, most_tokens)[0]
        # what is said in the prompt stands in the result, too
        added = more.tokens[len(said) :]
        is_said = any(token < text.tokenizer.eot for token in added)
        return text.and_then(added) if more.is_good and is_said else text

    def _side_by_side(
        self,
        encoded: Sequence[Any],
        guesses: Sequence[Guess],
        tokenizers: Sequence[Any],
        prompts: list[list[int]],
        most_tokens: int,
    ) -> list[Decoded]:
        """At the first temperature, as `WhisperModel.generate_with_fallback` decodes one window.

        prompts: all of one length.
        """
        from faster_whisper.transcribe import get_compression_ratio

        temperature = self._temperatures[0]
        options = self._options(tokenizers[0], [temperature], most_tokens)
        search: dict[str, Any] = {"beam_size": options.beam_size, "patience": options.patience}
        if temperature > 0:
            search = {
                "beam_size": 1,
                "num_hypotheses": options.best_of,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
        results = self._model.model.generate(
            encoding_of(np.concatenate([states_of(each) for each in encoded])),
            prompts,
            max_length=len(prompts[0]) + _room(prompts[0], most_tokens),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=options.suppress_tokens,
            max_initial_timestamp_index=round(
                options.max_initial_timestamp / self._model.time_precision
            ),
            **search,
        )
        found = []
        for guess, tokenizer, result in zip(guesses, tokenizers, results, strict=True):
            tokens = result.sequences_ids[0]
            # the score is a mean without the token that ends the text
            logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
            ratio = get_compression_ratio(tokenizer.decode(tokens).strip())
            found.append(Decoded(guess, tokenizer, result, logprob, temperature, ratio))
        return found

    def _tokenizer(self, guess: Guess) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        many = model.model.is_multilingual
        return Tokenizer(model.hf_tokenizer, many, task=self._task, language=guess.code)

    def _prompt(self, tokenizer: Any) -> list[int]:
        prompt: list[int] = self._model.get_prompt(tokenizer, [], hotwords=self._guidance)
        return prompt

    def _tried(
        self, encoded: Any, guess: Guess, temperatures: Sequence[float], most_tokens: int
    ) -> Decoded:
        model, tokenizer = self._model, self._tokenizer(guess)
        prompt = self._prompt(tokenizer)
        options = self._options(tokenizer, temperatures, _room(prompt, most_tokens))
        return Decoded(
            guess, tokenizer, *model.generate_with_fallback(encoded, prompt, tokenizer, options)
        )

    def _options(self, tokenizer: Any, temperatures: Sequence[float], most_tokens: int) -> Any:
        """faster-whisper's own defaults, but for what is said here."""
        from faster_whisper.transcribe import TranscriptionOptions, get_suppressed_tokens

        return TranscriptionOptions(
            beam_size=5,
            best_of=5,
            patience=1,
            length_penalty=1,
            repetition_penalty=1,
            no_repeat_ngram_size=0,
            log_prob_threshold=_DOUBTFUL,
            no_speech_threshold=NO_SPEECH,
            compression_ratio_threshold=_REPETITIVE,
            # a window that went wrong must not lead the next one astray
            condition_on_previous_text=False,
            prompt_reset_on_temperature=0.5,
            temperatures=list(temperatures),
            # not what guides the decoder, which then only the first half minute would hear
            initial_prompt=None,
            prefix=None,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            without_timestamps=False,
            max_initial_timestamp=1.0,
            word_timestamps=self._needs_words,
            prepend_punctuations=PREPENDED,
            append_punctuations=APPENDED,
            multilingual=False,
            max_new_tokens=most_tokens,
            clip_timestamps=[],
            hallucination_silence_threshold=None,
            hotwords=self._guidance,
        )


def _room(prompt: Sequence[int], most_tokens: int) -> int:
    """What has to be asked for to get so many tokens: CTranslate2 halves the length of it all."""
    return max(most_tokens, 2 * most_tokens - len(prompt))
