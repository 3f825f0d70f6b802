"""Keys: rotated with an overlap, revoked at once, and never shown a second time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Person
from tests.harness.account import KEY_SHAPE, Account
from tests.harness.server import Server

pytestmark = pytest.mark.thorough


def works(key: str, server: Server) -> bool:
    with Account(api=server.api, email="", key=key).http() as client:
        status = client.get("/models").status_code
    assert status in (200, 401)
    return status == 200


def row_of(page: Page, name: str) -> Page:
    return page.get_by_role("row").filter(has_text=name)  # type: ignore[return-value]


def make_key(page: Page, name: str) -> str:
    page.goto("/dashboard/keys/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create key").click()
    return page.get_by_label(name).input_value()


def test_a_key_is_rotated_and_then_revoked(
    member_page: Page, member: Person, server: Server
) -> None:
    page, old = member_page, make_key(member_page, "Web shop")
    assert works(old, server)

    # When it is rotated, with an overlap
    page.goto("/dashboard/keys/")
    row_of(page, "Web shop").get_by_role("link", name=re.compile("^Rotate")).click()
    page.get_by_role("button", name="Rotate the key").click()
    new = page.get_by_label("Web shop").input_value()
    expect(page.get_by_text(re.compile("The old key .* works until"))).to_be_visible()

    # Then both work
    assert new != old
    assert works(old, server)
    assert works(new, server)

    # When the old one is revoked
    page.goto("/dashboard/keys/")
    old_row = row_of(page, "Web shop").filter(has_text="rotated")
    old_row.get_by_role("link", name=re.compile("^Revoke")).click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status").first).to_be_visible()

    # Then it is refused at once, and the new one is not
    assert not works(old, server)
    assert works(new, server)


def test_a_key_is_shown_once(member_page: Page, server: Server) -> None:
    page, key = member_page, make_key(member_page, "Shown once")
    assert KEY_SHAPE.fullmatch(key)

    # Neither after a reload, which asks to send the form again
    page.reload()
    assert key not in page.content()

    # Nor by the way back, nor on any page that tells of the key
    page.goto("/dashboard/keys/")
    assert key not in page.content()
    expect(row_of(page, "Shown once")).to_have_count(1)
    page.go_back()
    page.wait_for_load_state()
    assert key not in page.content()
    row = page.goto("/dashboard/keys/")
    assert row
    for name in ("Edit", "Rotate", "Revoke"):
        page.goto("/dashboard/keys/")
        row_of(page, "Shown once").get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert key not in page.content()

    # And it works, but no log tells of it
    assert works(key, server)
    assert key[6:-4] not in server.web.said()


def test_a_key_that_may_do_little(member_page: Page, server: Server) -> None:
    page = member_page
    page.goto("/dashboard/keys/new/")
    page.get_by_label("Name", exact=True).fill("Only from afar")
    page.get_by_text("What it may do and spend, and from where").click()
    page.get_by_label("Where it may be used from").fill("203.0.113.0/24")
    page.get_by_role("button", name="Create key").click()
    key = page.get_by_label("Only from afar").input_value()

    with Account(api=server.api, email="", key=key).http() as client:
        assert client.get("/models").status_code in (401, 403)
    page.goto("/dashboard/keys/")
    expect(row_of(page, "Only from afar")).to_contain_text("Only from 203.0.113.0/24")
