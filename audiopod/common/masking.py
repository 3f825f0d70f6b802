"""Keys and signed links never reach a log: every handler masks them."""

from __future__ import annotations

import logging
import re

_KEY = re.compile(r"\bap_[0-9A-Za-z]{34}([0-9A-Za-z]{4})\b")
_LINK = re.compile(r"(/media/)[\w.=-]+(?=/)")


def mask_keys(text: str) -> str:
    """Replace every API key in `text` by `ap_****` and its last four characters, and what opens a
    link to a file by `****`."""
    return _LINK.sub(r"\1****", _KEY.sub(r"ap_****\1", text))


class MaskKeys(logging.Filter):
    """A logging filter that masks API keys and links in the formatted message."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = mask_keys(message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
