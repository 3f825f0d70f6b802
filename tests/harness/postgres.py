"""A private PostgreSQL cluster in a temporary folder, on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.harness.programs import find_program, free_port, missing

REMEDY = "install PostgreSQL's server (Debian: apt install postgresql)"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # The cluster is thrown away: nothing in it has to survive a crash of the machine.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True)
class Postgres:
    """A running cluster. Every database in it belongs to the user `audiopod`, no password."""

    port: int

    def create_database(self, name: str, *, template: str = "") -> str:
        """Make a database, empty or like another one; its DATABASE_URL."""
        like = f' TEMPLATE "{template}"' if template else ""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{like}')  # type: ignore[call-overload]
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgres://audiopod@127.0.0.1:{self.port}/{database}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a cluster, and stop and remove it at the end."""
    initdb, pg_ctl = (_binary(name) for name in ("initdb", "pg_ctl"))
    # Not pytest's own temporary folder: its parents are closed to PostgreSQL's user.
    folder = Path(tempfile.mkdtemp(prefix="audiopod-postgres-"))
    as_owner = _give_away(folder)
    data, port = str(folder / "data"), free_port()
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    creation = ["-U", "audiopod", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    start = ["-l", str(folder / "log"), "-w", "-t", "60", "-o", f"-p {port} {options}", "start"]
    try:
        _run([*as_owner, initdb, "-D", data, *creation], folder)
        _run([*as_owner, pg_ctl, "-D", data, *start], folder)
        try:
            yield Postgres(port)
        finally:
            _run([*as_owner, pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binary(name: str) -> str:
    """Debian keeps the server's programs off PATH, one folder per major version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    return find_program(name, remedy=REMEDY, folders=folders)


def _major(folder: Path) -> int:
    version = folder.parent.name
    return int(version) if version.isdigit() else 0


def _give_away(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: then its folder and its programs are `postgres`'s."""
    if os.geteuid() != 0:
        return []
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        missing("The system user `postgres`", REMEDY)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def _run(args: list[str], folder: Path) -> None:
    # Output goes to a file: the server that pg_ctl leaves running would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            args, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    assert done.returncode == 0, f"{' '.join(args)} failed:\n{said}"
