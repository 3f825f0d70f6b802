"""The secret of a server that is given none: made once, and kept beside its data."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from filelock import FileLock


def kept_secret(path: Path) -> str:
    """A random secret made once and kept in a file that only its owner reads."""
    with FileLock(path.with_suffix(".lock")):
        kept = path.read_text().strip() if path.exists() else ""
        if not kept:
            _write_whole(path, kept := secrets.token_urlsafe(50))
        return kept


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is there with all of its text or not at all, even after a power cut."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def secret_of(data_dir: Path) -> str:
    try:
        return kept_secret(data_dir / "secret_key")
    except OSError as error:
        raise SystemExit(
            f"The secret in {data_dir} can be neither read nor made ({error.strerror}): give"
            " this user the folder, make room on its disk, or set DATA_DIR or SECRET_KEY."
        ) from None
