"""What Whisper is told before it listens: the client's prompt and its keywords, in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MAX_PROMPT_TOKENS = 220
"""Whisper has room for 223 before a window. As with OpenAI, a longer prompt loses its beginning."""

_SPECIAL, _PLAIN = "<|", "< |"
"""The tokenizer takes `<|endoftext|>` in a text for the token that ends everything."""


def guidance(tokenizer: Any, prompt: str | None, keywords: Sequence[str]) -> tuple[str, int]:
    """The text to stand before every window as if it had been said there, and its tokens' number.

    tokenizer: of the `tokenizers` library. The keywords come first and are cut at their end;
    the room that they leave is the prompt's, which counts more where it ends.
    """
    # one that is repeated makes the decoder repeat it, too
    listed = ", ".join(dict.fromkeys(word.strip() for word in keywords if word.strip()))
    words = _beginning(tokenizer, f"{listed}." if listed else "", MAX_PROMPT_TOKENS)
    room = MAX_PROMPT_TOKENS - _count(tokenizer, words)
    text = f"{words} {_end(tokenizer, _plain(prompt or ''), room)}".strip()
    return text, _count(tokenizer, text)


def _plain(text: str) -> str:
    return text.replace(_SPECIAL, _PLAIN).strip()


def _encoding(tokenizer: Any, text: str) -> Any:
    return tokenizer.encode(f" {text}", add_special_tokens=False)


def _count(tokenizer: Any, text: str) -> int:
    return len(_encoding(tokenizer, text).ids) if text else 0


def _beginning(tokenizer: Any, text: str, room: int) -> str:
    plain = _plain(text)
    offsets = _encoding(tokenizer, plain).offsets
    return plain if len(offsets) <= room else plain[: offsets[room][0] - 1].rstrip()


def _end(tokenizer: Any, plain: str, room: int) -> str:
    offsets = _encoding(tokenizer, plain).offsets
    if len(offsets) <= room:
        return plain
    return plain[offsets[-room][0] - 1 :].lstrip() if room > 0 else ""
