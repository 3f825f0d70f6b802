"""Files from the Hugging Face hub, checked against the checksums that the hub publishes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from audio.weights.build import Member
from audio.weights.listing import Part
from audio.weights.sources import file_members
from audio.weights.store import sha256_of
from audio.weights.workspace import DISK_FULL_ERRNOS, SourceFailed, Workspace

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile


def hub_members(part: Part, work: Workspace) -> Iterator[Member]:
    """The files of a repository that a part names.

    The hub's own client resumes what was interrupted and reads the usual settings (`HF_ENDPOINT`,
    `HF_TOKEN`, `HF_HUB_OFFLINE`). It compares sizes only; here the checksums are compared too.
    """
    try:
        paths = _download(part, work)
    except SourceFailed:
        raise
    except Exception as error:
        # anything: the errors of its HTTP library are not its own
        if getattr(error, "errno", None) in DISK_FULL_ERRNOS:
            raise
        raise SourceFailed(_first_line(error)) from error
    for path in paths:
        yield from file_members(path)


def _download(part: Part, work: Workspace) -> list[Path]:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.hf_api import RepoFile
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not work.interactive:
        disable_progress_bars()
    api = HfApi()
    # one commit for the listing and the files: the repository may change meanwhile
    revision = api.repo_info(part.package, revision=part.version or None).sha
    listed = api.list_repo_tree(part.package, recursive=True, revision=revision)
    found = [e for e in listed if isinstance(e, RepoFile) and fnmatchcase(e.path, part.path)]
    if not found:
        raise SourceFailed(f"{part} has no {part.path}")
    work.say(f"downloading {part.path} of {part} from the Hugging Face hub")
    paths = []
    for entry in sorted(found, key=lambda entry: entry.path):
        path = Path(
            hf_hub_download(part.package, entry.path, revision=revision, local_dir=work.kept(part))
        )
        _check(entry, path)
        paths.append(path)
    return paths


def _check(entry: RepoFile, path: Path) -> None:
    """Large files are published with their sha256, small ones with the sha1 of a git blob."""
    if entry.lfs is not None:
        matches = sha256_of(path) == entry.lfs.sha256
    else:
        content = path.read_bytes()
        blob = b"blob %d\0%b" % (len(content), content)
        matches = hashlib.sha1(blob, usedforsecurity=False).hexdigest() == entry.blob_id
    if not matches:
        path.unlink()
        raise SourceFailed(f"{entry.path} does not have the checksum that the hub publishes")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
