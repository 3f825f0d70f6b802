"""`scripts/bootstrap.py`: the way from a bare machine to `.venv`, and each word on the way."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "bootstrap.py"
SHOW_WHAT_ARRIVED = "import os, sys; print(*sys.argv, 'PORT=' + os.environ.get('PORT', ''))"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, for a project of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    return module


def fake_python(folder: Path, name: str, version: str, *, lacks: str = "nothing") -> str:
    """An interpreter that tells this version, and fails where its code imports `lacks`."""
    path = folder / name
    path.write_text(f'#!/bin/sh\ncase "$*" in *{lacks}*) exit 1;; esac\necho {version}\n')
    path.chmod(0o755)
    return str(path)


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    return lines[0]


# --- the interpreter


def test_an_old_python_can_read_the_script_far_enough_to_be_refused() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
    futures = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert "__future__" not in {node.module for node in futures}


def test_a_python_that_is_too_old_is_refused_in_one_line(
    bootstrap: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = fake_python(tmp_path, "python", "3.8.2")
    monkeypatch.setattr(sys, "executable", old)
    monkeypatch.setattr(bootstrap, "OTHER_PYTHONS", ())

    assert bootstrap.main(["setup"]) == 1

    line = one_line(capsys.readouterr().err)
    assert "3.11 or newer" in line
    assert "3.8.2" in line
    assert not (tmp_path / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_taken(bootstrap: ModuleType, tmp_path: Path) -> None:
    old = fake_python(tmp_path, "python3", "3.9.18")
    shim = fake_python(tmp_path, "python3.13", "3.13.0", lacks="sys")  # starts, but fails
    new = fake_python(tmp_path, "python3.12", "3.12.1")
    assert bootstrap.find_python([old, shim, str(tmp_path / "absent"), new]) == new


def test_a_python_without_ensurepip_is_told_which_package_to_install(
    bootstrap: ModuleType, tmp_path: Path
) -> None:
    bare = fake_python(tmp_path, "python3", "3.11.2", lacks="ensurepip")
    with pytest.raises(bootstrap.SetupError, match=r"apt install python3\.11-venv"):
        bootstrap.require_venv_modules(bare)
    bootstrap.require_venv_modules(fake_python(tmp_path, "whole", "3.11.2"))


# --- the disk and pip


def test_a_full_disk_is_noticed_before_anything_is_written(
    bootstrap: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "free_bytes", lambda place: 500_000_000)
    assert bootstrap.main(["setup"]) == 1
    assert "has 0.5 GB free. Make room" in one_line(capsys.readouterr().err)
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("pip_says", "meaning"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is too full"),
        ("WARNING: Retrying … NewConnectionError … refused", "no package index answers"),
        ("ERROR: No matching distribution found for onnxruntime==9", "another Python"),
        ("ERROR: Failed building wheel for thing", "another Python"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "was refused"),
    ],
)
def test_what_pip_says_becomes_one_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, pip_says: str, meaning: str
) -> None:
    monkeypatch.setattr(bootstrap, "free_bytes", lambda place: 10 * bootstrap.GIGABYTE)
    assert meaning in bootstrap.explain(pip_says)
    assert bootstrap.explain("something else") is None


def test_a_disk_that_filled_up_meanwhile_is_blamed_whatever_pip_says(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "free_bytes", lambda place: 0)
    assert "disk is too full" in bootstrap.explain("something else")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("is_terminal", [True, False])
def test_pip_is_a_line_that_counts_packages(
    bootstrap: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
) -> None:
    pins = ["# a comment", "one==1 \\", "    --hash=sha256:0", "two==2", "old==3 ; python<'3'"]
    (tmp_path / "requirements.txt").write_text("\n".join(pins))
    shown = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", shown)
    progress = bootstrap.Progress("requirements.txt")
    for line in ("Ignoring old", "Collecting one==1", "  Downloading one.whl", "Collecting two==2"):
        progress.hear(line)
    drawn = shown.getvalue()
    progress.hear("Installing collected packages: one, two")
    progress.end()
    assert ("package 3 of 3" in drawn) == is_terminal
    assert "\n" not in drawn
    assert shown.getvalue().count("\n") == 1
    assert "unpacking" in shown.getvalue()
    assert "Downloading" not in shown.getvalue()


# --- a whole project, with real pip and real environments


class Project:
    """A folder with the script, a Makefile, and requirements that a local folder satisfies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True)
        (folder / "scripts").mkdir()
        shutil.copy(SCRIPT, folder / "scripts")
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "manage.py").write_text(SHOW_WHAT_ARRIVED)
        self.require(self.make_wheel())

    def make_wheel(self) -> str:
        """The sha256 of a package `tiny` 1.0 with one module."""
        path = self.wheels / "tiny-1.0-py3-none-any.whl"
        info = "tiny-1.0.dist-info"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("tiny.py", "HELLO = 1\n")
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "tiny.py,,\n")
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def require(self, sha256: str, comment: str = "") -> None:
        text = f"{comment}\ntiny==1.0 --hash=sha256:{sha256}\n"
        (self.folder / "requirements.txt").write_text(text)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PORT", "MAKE"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return {**kept, "PIP_CONFIG_FILE": os.devnull, **offline, **more}

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, **more: str) -> tuple[int, str]:
        process = self.start(*command, **more)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def setup(self, **more: str) -> tuple[int, str]:
        return self.run(sys.executable, "scripts/bootstrap.py", "setup", **more)

    @property
    def site_packages(self) -> Path:
        return next((self.folder / ".venv" / "lib").glob("python3.*")) / "site-packages"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is set up already; the tests leave it so."""
    made = Project(tmp_path_factory.mktemp("project"))
    first, again = interrupted_and_repeated(made)
    assert first == (130, "stopped; run it again to continue.")
    assert again[0] == 0, again[1]
    return made


def interrupted_and_repeated(made: Project) -> tuple[tuple[int, str], tuple[int, str]]:
    """Ctrl-C while `.venv` is being made, then the same command again."""
    process = made.start(sys.executable, "scripts/bootstrap.py", "setup")
    deadline = time.monotonic() + 30
    while not (made.folder / ".venv" / "bin").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    last = output.strip().splitlines()[-1].removeprefix("audiopod: ")
    return (process.returncode, last), made.setup()


@pytest.mark.slow
def test_an_interrupted_environment_is_made_anew_and_filled(project: Project) -> None:
    assert (project.site_packages / "tiny.py").exists()
    assert not (project.folder / ".venv" / "incomplete").exists()


@pytest.mark.slow
def test_a_second_setup_asks_nobody(project: Project) -> None:
    shutil.move(project.wheels, project.folder / "elsewhere")
    status, output = project.setup()
    shutil.move(project.folder / "elsewhere", project.wheels)
    assert (status, output) == (0, "")


@pytest.mark.slow
def test_changed_requirements_are_installed(project: Project) -> None:
    project.require(project.make_wheel(), comment="# something new")
    status, output = project.setup()
    assert status == 0
    assert "installing requirements.txt" in output
    assert len(output.splitlines()) <= 2, output
    assert "Requirement already satisfied: tiny" in (project.folder / ".venv/pip.log").read_text()
    assert project.setup() == (0, "")


@pytest.mark.slow
def test_a_package_that_pip_was_interrupted_in_is_installed_again(project: Project) -> None:
    # Given a package whose module never came, although pip finds its metadata
    (project.site_packages / "tiny.py").unlink()
    (project.site_packages / "tiny-1.0.dist-info" / "INSTALLER").unlink()
    (project.folder / ".venv" / "installed-requirements.txt").unlink()
    # When it is set up again, Then the module is there
    assert project.setup()[0] == 0
    assert (project.site_packages / "tiny.py").exists()


@pytest.mark.slow
def test_a_package_with_another_hash_is_refused(project: Project) -> None:
    shutil.rmtree(project.site_packages / "tiny-1.0.dist-info")
    project.require("0" * 64)
    status, output = project.setup()
    project.require(project.make_wheel())
    assert status == 1
    assert "not the one that the requirements pin" in output.splitlines()[-1]
    log = project.folder / ".venv" / "pip.log"
    assert output.splitlines()[-1].endswith(f"All that it wrote is in {log}.")
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in log.read_text()
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in output
    assert project.setup()[0] == 0


@pytest.mark.slow
def test_without_a_network_there_is_one_clear_line(project: Project) -> None:
    # Given a package that only an index has, and an index where nobody listens
    shutil.rmtree(project.site_packages / "tiny-1.0.dist-info")
    (project.folder / ".venv" / "installed-requirements.txt").unlink()
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}
    status, output = project.setup(PIP_NO_INDEX="0", PIP_FIND_LINKS="", **nowhere)
    assert status == 1
    assert output.splitlines()[-1].startswith("audiopod: no package index answers.")
    assert "Traceback" not in output
    assert project.setup()[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["argument", "environment"])
def test_make_run_becomes_the_server_and_hands_the_port_on(project: Project, how: str) -> None:
    if how == "argument":
        status, output = project.run("make", "run", "PORT=8001", f"PYTHON={sys.executable}")
    else:
        status, output = project.run("make", "run", PORT="8001", PYTHON=sys.executable)
    assert (status, output.strip()) == (0, "manage.py run PORT=8001")


@pytest.mark.parametrize(
    ("arguments", "pytest_is_given"),
    [
        (["test"], "-n auto --dist loadscope -m not thorough"),
        (["test", "tests/wallet", "-q"], "tests/wallet -q"),
        (["test-all"], "-n auto --dist loadscope"),
    ],
)
def test_a_lane_is_chosen_by_the_command(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    pytest_is_given: str,
) -> None:
    given: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda requirements: None)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *args, **kwargs: 0)
    monkeypatch.setattr(bootstrap, "become", lambda *command: given.extend(command) or 0)

    assert bootstrap.main(arguments) == 0
    assert " ".join(given) == f"-m pytest {pytest_is_given}"


def test_make_alone_lists_what_there_is() -> None:
    shown = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    listed = [line.split()[0] for line in shown.stdout.splitlines()]
    assert {"run", "test", "test-all"} <= set(listed)
