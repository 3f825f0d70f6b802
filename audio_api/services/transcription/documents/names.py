"""The name of a downloaded document."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from audio_api.services.transcription.documents.wording import clean

DEFAULT_NAME = "transcript"
MAX_BYTES = 150
"""Of the name without its ending: file systems take 255 bytes."""

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Windows opens a device by these names."""


def file_name(title: str, ending: str) -> str:
    """`Team call.mp3` and `srt` is `Team call.srt`. Any system can keep a file of this name."""
    return f"{_stem(title)}.{ending}"


def _stem(title: str) -> str:
    name = _without_media_ending(clean(title).strip())
    # marks of direction can make a name read as another: `gpj.exe`
    name = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    name = _FORBIDDEN.sub(lambda found: " " if found.group().isspace() else "-", name)
    name = name.encode()[:MAX_BYTES].decode(errors="ignore").strip(".- ")
    if not name:
        return DEFAULT_NAME
    return f"_{name}" if _DEVICE.match(name) else name


def _without_media_ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    kind, _ = mimetypes.guess_type(f"a.{ending}")
    is_media = kind is not None and kind.partition("/")[0] in {"audio", "video"}
    return stem if dot and is_media else name
