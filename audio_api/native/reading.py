"""A part of a stored file, block by block: neither its size nor a slow reader costs memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import IO, Any

from django.core.files.storage import default_storage

from audiopod.common.threads import off_loop

BLOCK_BYTES = 256 * 1024


def opened(path: str, part: range) -> IO[bytes]:
    """Open a stored file where a part of it begins. Raises FileNotFoundError."""
    file: Any = default_storage.open(path)
    bucket_object = getattr(file, "obj", None)
    if bucket_object is None:
        file.seek(part.start)
        local: IO[bytes] = file
        return local
    # what a bucket's file reads first is the whole of itself, into memory
    asked = f"bytes={part.start}-{part.stop - 1}"
    body: IO[bytes] = bucket_object.get(Range=asked)["Body"]
    return body


async def blocks(file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    """The next `size` bytes of an open file, which is closed in the end."""
    left = size
    try:
        while left and (block := await off_loop(file.read)(min(left, BLOCK_BYTES))):
            left -= len(block)
            yield block
    finally:
        file.close()
