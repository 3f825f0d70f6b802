"""Whether an asset is here: its folder, its stamp, its checksums."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from audio.weights.listing import Asset, catalogue

STAMP_NAME = ".verified"


@dataclass(frozen=True, slots=True)
class StampEntry:
    """A file as it was when it was verified. `size` in bytes."""

    name: str
    size: int
    sha256: str


def asset_path(name: str, models_dir: Path) -> Path | None:
    """The folder of a complete asset, or None: not fetched, incomplete, or not in the catalogue.

    Cheap enough to ask on every request: it compares sizes with the stamp and hashes nothing.
    """
    asset = catalogue().get(name)
    return installed(asset, models_dir) if asset else None


def installed(asset: Asset, models_dir: Path) -> Path | None:
    """As `asset_path`, for an asset that need not be in the shipped catalogue."""
    folder = models_dir / asset.name
    entries = {entry.name: entry for entry in read_stamp(folder)}
    for file in asset.files:
        entry = entries.get(file.name)
        # a stamp of other bytes than the catalogue's of today is an older release: fetch again
        if entry is None or file.sha256 not in (None, entry.sha256):
            return None
        if _size(folder / file.name) != entry.size:
            return None
    return folder


def verify(asset: Asset, models_dir: Path) -> list[str]:
    """Hash every file of an asset; what is wrong, one line a file. Empty when all is well.

    A file with the wrong sha256 is deleted, and the stamp with it, so that the next fetch
    replaces it. An unpinned asset is compared with what it was when it was fetched.
    """
    folder = models_dir / asset.name
    stamped = {entry.name: entry.sha256 for entry in read_stamp(folder)}
    wrong = []
    for file in asset.files:
        expected = file.sha256 or stamped.get(file.name)
        if problem := _problem(folder / file.name, expected):
            wrong.append(f"{asset.name}/{file.name}: {problem}")
    if wrong:
        (folder / STAMP_NAME).unlink(missing_ok=True)
    return wrong


def _problem(path: Path, expected: str | None) -> str | None:
    if not path.is_file():
        return "is not there"
    if expected is None:
        return "was never verified"
    actual = sha256_of(path)
    if actual == expected:
        return None
    path.unlink()
    return f"had sha256 {actual} and not {expected}: deleted"


def read_stamp(folder: Path) -> list[StampEntry]:
    """The entries of a folder's stamp; [] when there is none or it cannot be read."""
    try:
        data = json.loads((folder / STAMP_NAME).read_text(encoding="utf-8"))
        return [StampEntry(**entry) for entry in data["files"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def write_stamp(folder: Path, entries: list[StampEntry]) -> None:
    """Declare a folder complete. Written last and at once, so that half an asset has no stamp."""
    temporary = folder / f"{STAMP_NAME}.part"
    temporary.write_text(
        json.dumps({"files": [asdict(entry) for entry in entries]}, indent=1), encoding="utf-8"
    )
    os.replace(temporary, folder / STAMP_NAME)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
