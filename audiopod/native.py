"""Refusals as AudioPod's own clients read them, on every path that OpenAI does not have.

They look for `detail`, `message` and `error_code` beside `error`. Two refusals are spelt as
AudioPod documents them, with the bare code as `error`: want of money, which is 402 there, and an
amount that is not a top-up.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from audiopod.common.problem import Problem
from audiopod.quota import INSUFFICIENT_QUOTA

OPENAI = re.compile(r"/api/v1/(audio|models)(/|$)")
"""What is OpenAI's under `/api/v1/`, and keeps exactly its shape."""
NATIVE = ("/api/v1/", "/api/v2/")
SCORES = "/api/v1/music/v3/"
"""Where AudioPod's clients read `detail` as an object."""
INSUFFICIENT_API_BALANCE = "insufficient_api_balance"
SERVICE_NOT_OFFERED = "service_not_offered"

NOT_OFFERED = {
    "audiobook": "audiobooks",
    "karaoke": "karaoke",
    "midi": "MIDI",
    "music": "music",
    "podcast": "podcasts",
    "reader": "the reader",
    "speaker": "speaker separation",
    "stem-extraction": "stem separation",
    "translation": "the translation of speech into speech",
    "video": "videos",
    "voice/clone": "voice cloning",
    "voice/collections": "collections of voices",
    "voice/convert": "voice conversion",
    "voice/design": "voice design",
    "voice/voice-clone": "voice cloning",
    "voice/voice-convert": "voice conversion",
}
"""Where AudioPod's hosted API has a product that this server has not: its path and its name."""


def is_native(path: str) -> bool:
    """Whether it is AudioPod's own."""
    return path.startswith(NATIVE) and not OPENAI.match(path)


def natively(problem: Problem, path: str) -> Problem:
    """The problem as it is told on a path: as it is, but for AudioPod's own."""
    if not is_native(path):
        return problem
    if problem.type == INSUFFICIENT_QUOTA:
        problem = _unpaid(problem)
    code, message = _error_code(problem), problem.message
    detail = {"code": code, "message": message} if path.startswith(SCORES) else message
    told = {"detail": detail, "message": message, "error_code": code}
    problem.extra = {**told, **problem.extra}
    return problem


def unknown(method: str | None, path: str) -> Problem:
    """404 for a path of the API that is not mounted."""
    product = _product(path)
    if product is None:
        return Problem(f"Invalid URL ({method} {path})", status=404)
    return Problem(f"This server does not offer {product}.", status=404, code=SERVICE_NOT_OFFERED)


def _product(path: str) -> str | None:
    """What AudioPod offers at a path and this server does not."""
    if not is_native(path):
        return None
    first, second, *_ = [*path.split("/")[3:5], ""]
    return NOT_OFFERED.get(f"{first}/{second}") or NOT_OFFERED.get(first)


def _error_code(problem: Problem) -> str:
    """The exact reason in capitals, or for want of one what the status is called."""
    if problem.code:
        return problem.code.upper()
    if problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # Python has two names for it
        return "TOO_LARGE"
    return HTTPStatus(problem.status).name


def _unpaid(problem: Problem) -> Problem:
    code = problem.code
    return Problem(
        problem.message,
        status=402,
        type=problem.type,
        code=INSUFFICIENT_API_BALANCE if code == INSUFFICIENT_QUOTA else code,
        extra=problem.extra,
        is_bare=True,
    )
