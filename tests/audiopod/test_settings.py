"""Settings that are made, not given: the secret, the address, the cache of one process."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from audiopod.settings.secret import kept_secret
from tests.harness.programs import ROOT

SHOW = """
import sys
sys.argv = ["manage.py", *sys.argv[1:]]
import manage
def show(argv):
    from django.conf import settings
    print(settings.PUBLIC_URL, settings.CACHES["default"].get("OPTIONS"))
manage.execute_from_command_line = show
manage.main()
"""


def shown(*arguments: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `manage.py ARGUMENTS` would have for settings, in a process of its own."""
    named = ("HOST", "PORT", "PUBLIC_URL", "REDIS_URL", "SECRET_KEY", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if name not in named}
    return subprocess.run(
        [sys.executable, "-c", SHOW, *arguments],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(data_dir)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# --- the secret -----------------------------------------------------------------------------
def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    secret = kept_secret(path)
    assert len(secret) >= 50
    assert kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.touch()
    secret = kept_secret(path)
    assert len(secret) >= 50
    assert path.read_text() == secret


def test_a_full_disk_leaves_no_half_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "secret_key"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept_secret(path)
    monkeypatch.undo()
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size] == []
    assert len(kept_secret(path)) >= 50


def test_first_starts_at_the_same_time_agree_on_the_secret(tmp_path: Path) -> None:
    code = "import sys, audiopod.settings as s; print(s.SECRET_KEY)"
    environment = {k: v for k, v in os.environ.items() if k != "SECRET_KEY"}
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment | {"DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert len({start.communicate(timeout=60)[0] for start in starts}) == 1


@pytest.mark.parametrize("where", ["in the way", "in the way/below"])
def test_a_data_dir_that_cannot_be_is_told_in_a_sentence(tmp_path: Path, where: str) -> None:
    (tmp_path / "in the way").touch()
    done = shown("check", data_dir=tmp_path / where)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "DATA_DIR" in done.stderr


def test_a_secret_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    done = shown("check", data_dir=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


# --- the address ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        (["run"], "http://127.0.0.1:8111"),
        (["run", "--port", "8222"], "http://127.0.0.1:8222"),
        (["run", "--port=8222", "--host=0.0.0.0", "--no-demo"], "http://127.0.0.1:8222"),
        (["run", "--host", "192.0.2.7"], "http://192.0.2.7:8111"),
        (["run", "--host", "::1"], "http://[::1]:8111"),
        (["run", "--port"], "http://127.0.0.1:8111"),
        (["migrate", "--port", "8222"], "http://127.0.0.1:8111"),
    ],
    ids=" ".join,
)
def test_the_address_of_run_is_the_public_one(
    tmp_path: Path, arguments: list[str], url: str
) -> None:
    done = shown(*arguments, data_dir=tmp_path, PORT="8111")
    assert done.stdout.split()[:1] == [url], done.stderr


def test_the_cache_of_one_process_remembers_many(tmp_path: Path) -> None:
    done = shown("check", data_dir=tmp_path)
    assert "'MAX_ENTRIES': 100000" in done.stdout, done.stderr
