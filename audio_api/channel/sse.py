"""Server-sent events as OpenAI's clients read them: one JSON object per `data:` line.

Events are told apart by their `type`; there is no `event:` line, and the stream ends without a
mark of its own.
"""

from __future__ import annotations

import json
from typing import Any

from audiopod.common.problem import Problem

CONTENT_TYPE = "text/event-stream; charset=utf-8"
"""Clients compare the part before the semicolon; the charset is for those that assume Latin-1."""

KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, which every reader skips: it keeps an idle connection from being closed."""

_LINE_ENDS = "\x85\u2028\u2029"
_ESCAPED = str.maketrans({end: f"\\u{ord(end):04x}" for end in _LINE_ENDS})
"""Unicode's other ends of a line: a client that splits text would cut an event at them."""


def event(data: dict[str, Any]) -> bytes:
    """One event: compact JSON, other scripts as they are, and the blank line that ends it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text.translate(_ESCAPED)}\n\n".encode()


def error(problem: Problem) -> bytes:
    """A failure after the status was sent: both official clients raise `APIError` for it."""
    return event({"error": problem.body()["error"]})
