"""A server of one's own, whose temporary files can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import MakeServer
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server puts temporary files."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def media_server(make_server: MakeServer, scratch: Path) -> Iterator[Server]:
    env = {"TMPDIR": str(scratch), "RATE_LIMIT_PER_MINUTE": "100000"}
    with make_server("embedded", env=env) as running:
        yield running
        running.audit()


@pytest.fixture(scope="session")
def media_account(media_server: Server) -> Account:
    return media_server.account()


@pytest.fixture
def client(media_account: Account) -> Iterator[httpx.Client]:
    with media_account.http() as plain:
        yield plain


@pytest.fixture(scope="session")
def files_of_its_own(media_server: Server, scratch: Path) -> set[Path]:
    """What the server keeps there for itself since its start: the libraries of its engines."""
    return set(scratch.rglob("*"))


@pytest.fixture
def nothing_is_left(
    media_server: Server, media_account: Account, scratch: Path, files_of_its_own: set[Path]
) -> Iterator[None]:
    """No file of an upload or of its samples, no open hold, and the server well."""
    yield
    media_account.settled_balance()
    media = media_server.data_dir / "media"

    def left() -> list[Path]:
        found = {*scratch.rglob("*"), *media.rglob("*")} - files_of_its_own
        return [path for path in found if path.is_file()]

    wait_until(lambda: not left(), seconds=10, what=f"no file is left: {left()}")
    assert media_server.answer_of_readyz().startswith("200")


@pytest.fixture
def nothing_is_charged(media_account: Account) -> Iterator[None]:
    before = media_account.settled_balance()
    yield
    assert media_account.settled_balance() == before
