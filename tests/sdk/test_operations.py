"""On real servers of both modes: workers are seen, and switches felt by every process."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

LOG_IN = """
from django.test import Client
from accounts.models import User
client = Client()
client.force_login(User.objects.create_superuser("{email}"))
print("session", client.cookies["sessionid"].value)
"""
OPERATIONS = "/admin/audio_api/job/operations/"
SWITCHES = "/admin/waffle/switch/"


@pytest.fixture
def boss(server: Server) -> Iterator[httpx.Client]:
    said = server.command("shell", "-c", LOG_IN.format(email=f"{uuid.uuid4().hex}@example.org"))
    session = said.rsplit(maxsplit=1)[-1]
    with httpx.Client(base_url=server.url, cookies={"sessionid": session}, timeout=30) as client:
        yield client


def test_those_who_work_are_seen(server: Server, boss: httpx.Client) -> None:
    page = boss.get(OPERATIONS)
    assert page.status_code == 200
    assert "nobody works here" not in page.text
    assert "No worker is ready" not in page.text
    for engine in ("kokoro", "piper", "faster-whisper"):
        assert engine in page.text
    if server.mode == "grown-up":
        assert "PostgreSQL" in page.text
        assert "Redis" in page.text
        assert re.search(r"interactive:\s+\d", page.text)


def test_the_sweeper_is_seen(boss: httpx.Client) -> None:
    def is_known() -> bool:
        return "not known: does a worker run?" not in boss.get(OPERATIONS).text

    wait_until(is_known, seconds=30, what="the page knows when the sweeper came by")


def turn(boss: httpx.Client, action: str, name: str) -> None:
    page = boss.get(SWITCHES).text
    row = re.search(rf'value="(\d+)"[^>]*>(?:(?!</tr>).)*?>{name}</a>', page, re.DOTALL)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert row
    assert token
    form = {"csrfmiddlewaretoken": token[1], "action": action, "_selected_action": row[1]}
    assert boss.post(SWITCHES, data=form, headers={"Referer": str(boss.base_url)}).is_redirect


def test_a_switch_is_felt_by_the_next_request(account: Account, boss: httpx.Client) -> None:
    def redeem() -> int:
        with account.http() as client:
            return client.post("/api-wallet/redeem", json={"code": "NO-SUCH-CODE"}).status_code

    assert redeem() == 400
    turn(boss, "switch_off", "promo_codes")
    try:
        assert redeem() == 503
    finally:
        turn(boss, "switch_on", "promo_codes")
    assert redeem() == 400
