"""A name for a downloaded file, from what its source calls it."""

from __future__ import annotations

import os
import re
import unicodedata
from email.message import Message
from email.utils import collapse_rfc2231_value
from urllib.parse import unquote, urlsplit

MAX_NAME_BYTES = 255
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}")
_MAX_HEADER_LENGTH = 4096
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_FORBIDDEN = set('<>:"|?*')
"""What file systems of other machines do not take."""


def file_name(disposition: str, url: str, *, extension: str) -> str:
    """By Content-Disposition, else by the last part of the path, else "download".

    disposition: the header's value as http.client gives it (Latin-1), or "".
    extension: is added where the name has none, without its dot.
    """
    name = _clean(_declared(disposition)) or _clean(unquote(urlsplit(url).path)) or "download"
    stem, ending = os.path.splitext(name)
    if not _EXTENSION.fullmatch(ending):
        stem, ending = name.rstrip("."), f".{extension}"
    return _cut(stem, MAX_NAME_BYTES - len(ending.encode())) + ending


def _declared(disposition: str) -> str:
    """The file name in a Content-Disposition (RFC 6266), "" where it has none that can be read."""
    message = Message()
    message["Content-Disposition"] = _CONTROLS.sub("", disposition[:_MAX_HEADER_LENGTH])
    try:
        declared = [
            value
            for name, value in message.get_params([], "Content-Disposition")
            if name.lower() == "filename"
        ]
        # `filename*`, which says its charset and comes as a tuple, goes first
        name = collapse_rfc2231_value(
            max(declared, key=lambda value: isinstance(value, tuple), default="")
        )
    except (ValueError, LookupError, TypeError, IndexError):  # of a broken or unknown charset
        return ""
    try:
        return name.encode("latin-1").decode("utf-8")  # sent as it is, by many
    except UnicodeError:
        return name


def _clean(name: str) -> str:
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    # control signs, and the marks that turn the direction of writing around
    kept = (sign for sign in last if unicodedata.category(sign)[0] != "C")
    return "".join("_" if sign in _FORBIDDEN else sign for sign in kept).strip(" .")


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode("utf-8", "ignore")
