"""`manage.py run` as a process: the first start, the second, and one beside a running server."""

from __future__ import annotations

import re
import threading
from io import StringIO
from pathlib import Path

import httpx
import pytest
from filelock import FileLock
from pytest_django import Settings

from audio_api.management.commands import run
from tests.harness.programs import wait_until
from tests.harness.run import START_SECONDS, Installation

KEY = re.compile(r"^API key +(ap_[0-9A-Za-z]{38})$", re.MULTILINE)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Installation:
    return Installation(tmp_path_factory.mktemp("run"), models_dir)


def balance_cents(installation: Installation, key: str) -> int:
    answer = httpx.get(
        f"{installation.url}/api/v1/api-wallet/balance", headers={"X-API-Key": key}, timeout=20
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["balance_cents"])


@pytest.mark.slow
def test_the_first_start_shows_all_and_the_second_keeps_it(installation: Installation) -> None:
    # Given nothing, When it is started, Then everything is there and told
    with installation.running("first") as said:
        found = KEY.search(said)
        assert found, said
        assert balance_cents(installation, found[1]) == 1000
        for step in range(1, 6):
            assert f"{step}/5 " in said
        assert f"Base URL   {installation.url}/api/v1" in said
        assert f"Wallet     {installation.url}/dashboard/wallet/   top up with a pretend" in said
        assert said.count(f"Bearer {found[1]}") == 2
        voices = httpx.get(f"{installation.url}/api/v1/voice/voice-profiles", timeout=20).json()
        assert "af_nova" in {voice["name"] for voice in voices}

        # When a second one is started beside it, Then it says so in one line
        output = installation.folder / "beside"
        assert installation.start(output).wait(START_SECONDS) == 1
        assert len(output.read_text().strip().splitlines()) == 1
        assert f"AudioPod is running at port {installation.port} already" in output.read_text()

    # When it is started again, Then the key still works and is not shown
    with installation.running("second") as said:
        assert "ap_" not in said.replace("AUDIOPOD_API_KEY=ap_…", "")
        assert "shown when it was made" in said
        assert balance_cents(installation, found[1]) == 1000


def test_two_first_starts_set_up_one_after_the_other(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    said = StringIO()
    command = run.Command(stdout=said)
    entered = threading.Event()

    def second() -> None:
        with command._alone():
            entered.set()

    # Given a start that sets up, When another comes, Then it says that it waits
    thread = threading.Thread(target=second)
    with FileLock(tmp_path / "run.lock"):
        thread.start()
        wait_until(lambda: "Waiting" in said.getvalue(), seconds=10, what="a word about waiting")
        assert not entered.is_set()
    # When the first has finished, Then the other goes on
    thread.join(10)
    assert entered.is_set()
    assert len(said.getvalue().strip().splitlines()) == 1


@pytest.mark.parametrize("is_behind", [True, False])
def test_only_a_proxy_is_believed_whose_address_a_client_has(
    settings: Settings, is_behind: bool
) -> None:
    """Else limits by address, and keys bound to networks, would hold back nobody."""
    settings.BEHIND_PROXY = is_behind
    assert run._uvicorn_config().proxy_headers is is_behind
