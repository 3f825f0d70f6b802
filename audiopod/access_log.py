"""One line of the log for each answer: of Django's, and of the gate's, which Django never saw."""

from __future__ import annotations

import logging
from urllib.parse import quote

log = logging.getLogger("audiopod.access")


def log_answer(
    method: str | None, path: str, status: int, milliseconds: int, request_id: str
) -> None:
    # quoted: a path must end neither its line nor its column, whatever a client asked for
    printable = quote(path, safe="/:@!$&'()*+,;=~", errors="backslashreplace")
    log.info("%s %s %d %d ms %s", method, printable, status, milliseconds, request_id)
