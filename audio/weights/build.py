"""How the parts from a source become one file."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from audio.weights.listing import Build

Member = tuple[str, IO[bytes]]
"""A file of a source: its path there, and its content, to be read before the next one."""

COPY_BYTES = 1 << 20
VOICE_WIDTH = 256
"""float32 values in a row of a Kokoro voice; there is one row for each length of a sentence."""
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def build_file(build: Build, members: Iterable[Member], out: Path) -> None:
    """Write `out` from `members`. Raises ValueError when a member is not what it should be."""
    if build == "voices":
        _write_voices(members, out)
    else:
        _concatenate(members, out)


def _concatenate(members: Iterable[Member], out: Path) -> None:
    with out.open("wb") as stream:
        for _, content in members:
            shutil.copyfileobj(content, stream, COPY_BYTES)


def _write_voices(members: Iterable[Member], out: Path) -> None:
    """Raw float32 voices to the .npz that kokoro-onnx loads: name -> (rows, 1, 256).

    The same voices give the same bytes on every machine (sorted, stored, without dates), which
    `numpy.savez` does not promise; only so can the file have a pinned sha256.
    """
    voices = {PurePosixPath(path).stem: content.read() for path, content in members}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(voices):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=ZIP_EPOCH)
            entry.create_system = 3  # Unix, also when it is written elsewhere
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _npy(voices[name]))


def _npy(raw: bytes) -> bytes:
    rows = np.frombuffer(raw, dtype="<f4").reshape(-1, 1, VOICE_WIDTH)
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, rows, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()
