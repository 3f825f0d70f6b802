"""Forms with files, also those whose file has no name: no name of a file says anything here.

Django takes such a part for a text, and makes letters of its bytes. A client that writes its form
by hand, or sends what it has in memory, leaves the name out or empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.http import parse_header_parameters
from rest_framework.parsers import DataAndFiles, MultiPartParser

_FILES = frozenset({b"file", b"audio_file", b"files", b"files[]"})
"""Fields that are files, in all forms that have one."""
_NAME = b'; filename="upload"'
_MAX_HEADER_BYTES = 1024
"""Of a part, as Django has it."""
_DISPOSITION = re.compile(rb"^content-disposition:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(rb';\s*name="?([^";\r\n]*)', re.IGNORECASE)
_FILE_NAME = re.compile(rb';\s*filename\*?=("")?', re.IGNORECASE)


class FilesParser(MultiPartParser):
    """`multipart/form-data` in which a file may be without a name."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        if boundary.isascii() and boundary:
            stream = _Naming(stream, boundary.encode())  # type: ignore[assignment]
        return super().parse(stream, media_type, parser_context)


class _Naming:
    """A form in which each file that has something in it has a name."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._begin = b"--" + boundary + b"\r\n"
        self._end = b"\r\n--" + boundary
        self._left = b""
        """What was read and not passed on yet, as it may be the beginning of a part."""

    def read(self, size: int) -> bytes:
        """Some more bytes, about as many as asked for; b"" at the end."""
        done = b""
        while not done:
            more = self._stream.read(size)
            done, self._left = self._named(self._left + more, is_last=not more)
            if not more:
                break
        return done

    def _named(self, content: bytes, *, is_last: bool) -> tuple[bytes, bytes]:
        """What can be passed on, and what cannot yet."""
        pieces: list[bytes] = []
        done = 0
        while (at := content.find(self._begin, done)) >= 0:
            begins = at + len(self._begin)
            body = content.find(b"\r\n\r\n", begins, begins + _MAX_HEADER_BYTES)
            known = begins + _MAX_HEADER_BYTES if body < 0 else body + 4 + len(self._end)
            if len(content) < known and not is_last:
                return b"".join([*pieces, content[done:at]]), content[at:]
            pieces.append(content[done:begins])
            done = begins
            # one that is empty is a field that was left out
            if body >= 0 and not content.startswith(self._end, body + 4):
                pieces.append(_DISPOSITION.sub(_with_a_name, content[begins:body]))
                done = body
        kept = 0 if is_last else len(self._begin) - 1
        rest = max(done, len(content) - kept)
        return b"".join([*pieces, content[done:rest]]), content[rest:]


def _with_a_name(line: re.Match[bytes]) -> bytes:
    """The header of a part, with a name where it is a file's and has none."""
    field = _FIELD.search(line[0])
    if field is None or field[1] not in _FILES:
        return line[0]
    name = _FILE_NAME.search(line[0])
    if name is None:
        return line[0] + _NAME
    return line[0] if name[1] is None else _FILE_NAME.sub(_NAME, line[0], count=1)
