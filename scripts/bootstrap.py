"""From a bare machine to a running server or a passing test suite, with the standard library only.

    python3 scripts/bootstrap.py setup [--dev]     the virtual environment .venv
    python3 scripts/bootstrap.py run [ARGUMENT…]   that, then `manage.py run`
    python3 scripts/bootstrap.py test [ARGUMENT…]  that, then the weights, then pytest
    python3 scripts/bootstrap.py test-all          the same, with the tests marked `thorough`

Each step is skipped when its work is done already, and can be stopped with Ctrl-C and run again.
This file has to parse and start on Python 3.6, where it says that 3.11 is needed.
"""
# ruff: noqa: UP006, UP035, UP045

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
OTHER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
RUN_REQUIREMENTS = "requirements.txt"
DEV_REQUIREMENTS = "requirements-dev.txt"
WHOLE_LANE = ("-n", "auto", "--dist", "loadscope")
"""Every core is kept busy, by tests/harness/schedule.py."""

GIGABYTE = 1_000_000_000
SETUP_BYTES = 3 * GIGABYTE
"""Packages 1.3 GB, weights 0.3 GB, and room to unpack both."""
UPDATE_BYTES = 1 * GIGABYTE
FULL_BYTES = 100_000_000
"""With less than this left, a failure is put down to the disk."""
INTERRUPTED_STATUS = 130
"""What a shell reports of a program that Ctrl-C ended."""

Version = Tuple[int, ...]


class SetupError(Exception):
    """Setting up can't go on; the message tells the reader what to do."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit status."""
    commands = {"setup": setup, "run": run, "test": test, "test-all": test_all}
    if not arguments or arguments[0] not in commands:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]](list(arguments[1:]))
    except SetupError as error:
        print(f"\naudiopod: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\naudiopod: stopped; run it again to continue.", file=sys.stderr)
        return INTERRUPTED_STATUS


def setup(arguments: List[str]) -> int:
    install(DEV_REQUIREMENTS if "--dev" in arguments else RUN_REQUIREMENTS)
    return 0


def run(arguments: List[str]) -> int:
    install(RUN_REQUIREMENTS)
    return become("manage.py", "run", *arguments)


def test(arguments: List[str]) -> int:
    """The first lane; given arguments, whatever they name, of either lane."""
    return run_pytest(*(arguments or [*WHOLE_LANE, "-m", "not thorough"]))


def test_all(arguments: List[str]) -> int:
    """Both lanes in one run, so that nothing is started or run twice."""
    return run_pytest(*WHOLE_LANE, *arguments)


def run_pytest(*arguments: str) -> int:
    install(DEV_REQUIREMENTS)
    if subprocess.call([str(venv_python()), "manage.py", "fetch_models"], cwd=str(ROOT)):
        raise SetupError("the weights are not complete; the lines above say what is missing.")
    return become("-m", "pytest", *arguments)


def become(*command: str) -> int:
    """Replace this process by the environment's Python: signals then reach it directly."""
    os.chdir(str(ROOT))
    sys.stdout.flush()
    python = str(venv_python())
    os.execv(python, [python, *command])  # noqa: S606


# --- the interpreter --------------------------------------------------------------------------


def venv_python() -> Path:
    return VENV / "bin" / "python"


def dotted(version: Version) -> str:
    return ".".join(str(part) for part in version)


def version_of(python: str, needs: str = "sys") -> Optional[Version]:
    """The version of an interpreter, or None when it does not start or lacks a module."""
    code = f"import sys, {needs}; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        answer = subprocess.check_output(
            [python, "-I", "-c", code], stderr=subprocess.DEVNULL, timeout=60
        )
        return tuple(int(part) for part in answer.decode().strip().split("."))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def find_python(candidates: Sequence[str]) -> str:
    """The first interpreter that is new enough. Raises SetupError when there is none."""
    found = []
    for candidate in candidates:
        version = version_of(candidate)
        if version and version >= OLDEST_PYTHON:
            return candidate
        if version:
            found.append(dotted(version))
    raise SetupError(
        f"AudioPod needs Python {dotted(OLDEST_PYTHON)} or newer, and this machine has "
        f"{', '.join(found) or 'none'}. Install one (Debian, Ubuntu: `apt install python3.11 "
        "python3.11-venv`), then run it again."
    )


def require_venv_modules(python: str) -> None:
    """Debian ships Python without `ensurepip`; raises SetupError with the package to install."""
    if version_of(python, needs="venv, ensurepip"):
        return
    version = dotted((version_of(python) or OLDEST_PYTHON)[:2])
    raise SetupError(
        f"{python} can't make a virtual environment: its ensurepip module is missing. Install it "
        f"(Debian, Ubuntu: `apt install python{version}-venv`), then run it again."
    )


# --- the virtual environment ------------------------------------------------------------------


def install(requirements: str) -> None:
    """Make .venv hold what `requirements` pins; at once when it does. Raises SetupError."""
    version = venv_version()
    if version and is_stamped(requirements, version):
        return
    require_disk_space(UPDATE_BYTES if version else SETUP_BYTES)
    if not version:
        # the real path: .venv's own interpreter, if that is what runs this, is about to go
        version = make_venv(find_python([os.path.realpath(sys.executable), *OTHER_PYTHONS]))
    print(f"audiopod: installing {requirements} into .venv (minutes, the first time)", flush=True)
    forget_half_installed()
    pip_install(requirements)
    stamp_path(requirements).write_text(stamp(requirements, version))


def incomplete() -> Path:
    """Lies in .venv as long as its making is not finished."""
    return VENV / "incomplete"


def venv_version() -> Optional[Version]:
    """The version of .venv's Python, or None when .venv has to be made."""
    if incomplete().exists():
        return None
    return version_of(str(venv_python()), needs="pip")


def make_venv(python: str) -> Version:
    """Make .venv anew, whatever an interrupted run has left there; returns Python's version."""
    require_venv_modules(python)
    print("audiopod: making the virtual environment .venv", flush=True)
    try:
        empty(VENV)
        incomplete().touch()
    except OSError as error:
        raise SetupError(f"can't write {VENV}: {error.strerror}.") from None
    status, errors = call([python, "-m", "venv", str(VENV)])
    version = version_of(str(venv_python()), needs="pip")
    if status or not version:
        raise SetupError(explain(errors) or f"`{python} -m venv .venv` failed.")
    incomplete().unlink()
    return version


def empty(folder: Path) -> None:
    """Make the folder, or empty it; it may be a link to one elsewhere."""
    folder.mkdir(exist_ok=True)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(str(entry))
        else:
            entry.unlink()


def stamp_path(requirements: str) -> Path:
    return VENV / f"installed-{requirements}"


def stamp(requirements: str, version: Version) -> str:
    """What .venv was made from: when this changes, pip has work to do."""
    digest = hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()
    return f"{digest} python-{dotted(version)}\n"


def is_stamped(requirements: str, version: Version) -> bool:
    path = stamp_path(requirements)
    return path.exists() and path.read_text() == stamp(requirements, version)


def forget_half_installed() -> None:
    """pip takes a package for installed that it was interrupted in: its last file tells."""
    for info in VENV.glob("lib/python*/site-packages/*.dist-info"):
        if not (info / "INSTALLER").exists():
            shutil.rmtree(str(info))


# --- pip --------------------------------------------------------------------------------------

MISLEADING = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "VIRTUAL_ENV"}
"""Environment variables that would lead pip or Python out of .venv."""

OTHER_PYTHON_WORDS = "Try another Python: remove .venv, then `make setup PYTHON=python3.12`."
EXPLANATIONS = (
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES",
        "a package is not the one that the requirements pin, and was refused: an index of your "
        "own may repackage it. Use pip's default index, or look into that package.",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout"
        r"|Read timed out|ProxyError|SSLError|Network is unreachable|Connection refused"
        r"|ConnectionResetError|Max retries exceeded|HTTP error",
        "no package index answers. Check the network (or pip's own index and proxy settings), "
        "then run it again: what is here already is kept.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "a package does not exist for this Python or machine; the lines above name it. "
        + OTHER_PYTHON_WORDS,
    ),
    (
        r"Failed building wheel|metadata-generation-failed|subprocess-exited-with-error",
        "a package has no ready-made wheel for this machine and could not be built. "
        + OTHER_PYTHON_WORDS,
    ),
)


LOG_TAIL_LINES = 20
"""Of pip's log, shown where it fails."""


def pip_install(requirements: str) -> None:
    """Raises SetupError in words, after the end of pip's log."""
    command = [str(venv_python()), "-m", "pip", "install", "--require-hashes", "--prefer-binary"]
    log = VENV / "pip.log"
    progress = Progress(requirements)
    try:
        status, said = logged([*command, "-r", requirements], log, progress)
    finally:
        progress.end()
    if status:
        sys.stderr.writelines(said.splitlines(keepends=True)[-LOG_TAIL_LINES:])
        words = explain(said) or "pip failed; its last lines above say why."
        raise SetupError(f"{words} All that it wrote is in {log}.")


class Progress:
    """A line that counts packages while pip works; without a terminal it is written once."""

    def __init__(self, requirements: str) -> None:
        pins = (ROOT / requirements).read_text(encoding="utf-8").splitlines()
        self.all = sum(1 for line in pins if re.match(r"[A-Za-z0-9].*==", line))
        self.done = 0
        self.is_drawn = sys.stdout.isatty()

    def hear(self, line: str) -> None:
        """Understand a line of pip's."""
        if re.match(r"(Collecting|Ignoring|Requirement already satisfied)\b", line):
            self.done = min(self.done + 1, self.all)
            if self.is_drawn:
                self._draw(f"audiopod: package {self.done} of {self.all}")
        elif line.startswith("Installing collected packages"):
            words = "audiopod: all packages are here; unpacking them"
            if self.is_drawn:
                self._draw(words)
            else:
                print(words, flush=True)

    def end(self) -> None:
        """Leave the line as it is, and go on below it."""
        if self.is_drawn and self.done:
            print(flush=True)

    def _draw(self, words: str) -> None:
        # back to the beginning of the line, and what is left of it erased
        print(f"\r{words}\033[K", end="", flush=True)


def logged(command: Sequence[str], log: Path, progress: Progress) -> Tuple[int, str]:
    """Run a command with its output in a file; returns its status and what it wrote."""
    process = subprocess.Popen(
        list(command),
        cwd=str(ROOT),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = []
    assert process.stdout is not None  # noqa: S101 - says so to the type checker
    try:
        with log.open("w", encoding="utf-8") as file:
            for raw in process.stdout:
                lines.append(raw.decode(errors="replace"))
                file.write(lines[-1])
                file.flush()
                progress.hear(lines[-1])
        return process.wait(), "".join(lines)
    except KeyboardInterrupt:
        process.wait()  # the same Ctrl-C reached it, and it tidies up
        raise
    except OSError as error:
        process.kill()
        raise SetupError(explain(str(error)) or f"can't write {log}: {error.strerror}.") from None


def call(command: Sequence[str]) -> Tuple[int, str]:
    """Run a command with its output shown; returns its status and what it wrote to stderr."""
    process = subprocess.Popen(
        list(command), cwd=str(ROOT), env=environment(), stderr=subprocess.PIPE
    )
    lines = []
    assert process.stderr is not None  # noqa: S101 - says so to the type checker
    try:
        for raw in process.stderr:
            lines.append(raw.decode(errors="replace"))
            sys.stderr.write(lines[-1])
        return process.wait(), "".join(lines)
    except KeyboardInterrupt:
        process.wait()  # the same Ctrl-C reached it, and it tidies up
        raise


def environment() -> Dict[str, str]:
    """The user's own, less what would lead astray."""
    kept = {key: value for key, value in os.environ.items() if key not in MISLEADING}
    return dict(kept, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")


def explain(errors: str) -> Optional[str]:
    """One line for what pip or venv wrote, or None when it is nothing known."""
    full = [place for place in disk_places() if free_bytes(place) < FULL_BYTES]
    if full or re.search(r"No space left on device|Errno 28", errors):
        return disk_line(full[0] if full else ROOT, SETUP_BYTES)
    for pattern, words in EXPLANATIONS:
        if re.search(pattern, errors):
            return words
    return None


# --- the disk ---------------------------------------------------------------------------------


def disk_places() -> List[Path]:
    """Where .venv and the weights go, and where pip unpacks."""
    return [ROOT, Path(tempfile.gettempdir())]


def free_bytes(place: Path) -> int:
    return shutil.disk_usage(str(place)).free


def require_disk_space(needed: int) -> None:
    """Raises SetupError when the project's disk has less than `needed` bytes free."""
    if free_bytes(ROOT) < needed:
        raise SetupError(disk_line(ROOT, needed))


def disk_line(place: Path, needed: int) -> str:
    return (
        f"the disk is too full: setting up takes {needed / GIGABYTE:.0f} GB, and {place} has "
        f"{free_bytes(place) / GIGABYTE:.1f} GB free. Make room (or point TMPDIR at a larger "
        "disk if that is the full one), then run it again."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
