"""With the keyboard alone, and without any script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import PASSWORD, Person
from tests.harness.account import KEY_SHAPE

pytestmark = pytest.mark.thorough

MOST_STEPS = 80
"""From one end of a page to whatever is on it."""


def tab_to(page: Page, wanted: Locator) -> None:
    """By the Tab key, as who has no mouse."""
    for _ in range(MOST_STEPS):
        if wanted.evaluate("(each) => each === document.activeElement"):
            assert wanted.evaluate("(each) => each.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted} is not reached by Tab")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


def test_a_key_by_the_keyboard_alone(page: Page, member: Person) -> None:
    # Given somebody who logs in
    page.goto("/login/")
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type(member.email)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()

    # Then the first stop of a page leads past what is on every page
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    # When they make a key
    page.goto("/dashboard/")
    press(page, page.get_by_role("link", name="API keys", exact=True).first)
    expect(page.get_by_role("heading", name="API keys", level=1)).to_be_visible()
    press(page, page.get_by_role("link", name="New key"))
    expect(page.get_by_role("heading", name="New API key")).to_be_visible()
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("By keys alone")
    press(page, page.get_by_role("button", name="Create key"))

    # Then they see it
    expect(page.get_by_role("heading", name="Your new API key")).to_be_visible()
    field = page.get_by_label("By keys alone")
    tab_to(page, field)
    assert KEY_SHAPE.fullmatch(field.input_value())

    # And they log out
    press(page, page.get_by_role("button", name="Log out"))
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def test_everything_without_scripts(open_page: OpenPage, member: Person, tmp_path: Path) -> None:
    page = open_page(java_script_enabled=False)

    # Log in
    page.goto("/login/")
    page.get_by_label("Email").fill(member.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()

    # Make a key
    page.goto("/dashboard/keys/new/")
    page.get_by_label("Name", exact=True).fill("Without scripts")
    page.get_by_role("button", name="Create key").click()
    assert KEY_SHAPE.fullmatch(page.get_by_label("Without scripts").input_value())

    # Speak: the form alone gives a file
    page.goto("/playground/")
    page.get_by_label("Text").fill("Plain words.")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Speak").click()
    coming.value.save_as(tmp_path / "plain.mp3")
    assert (tmp_path / "plain.mp3").stat().st_size > 1000

    # Write it down: the form alone gives a page
    page.goto("/playground/transcription/")
    page.locator("#file").set_input_files(tmp_path / "plain.mp3")
    page.get_by_role("button", name="Transcribe").click()
    expect(page.get_by_role("heading", name="Transcript")).to_be_visible()
    expect(page.locator(".transcript")).to_contain_text(re.compile("words", re.IGNORECASE))

    # See what that was
    page.goto("/dashboard/usage/")
    page.get_by_label("Endpoint").select_option(label="speech")
    page.get_by_role("button", name="Show", exact=True).click()
    table = page.get_by_role("table", name="Requests", exact=True)
    expect(table.get_by_role("row")).to_have_count(2)

    # Pay
    page.goto("/dashboard/wallet/")
    page.get_by_label("$10", exact=True).check()
    page.get_by_role("button", name="Go to payment").click()
    page.get_by_label(re.compile("^Card that pays")).check()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert member.account.balance_micros() > 14_000_000


def test_no_page_can_be_framed(page: Page) -> None:
    for path in ("/", "/login/", "/voices/", "/docs/api/", "/playground/", "/admin/"):
        headers = page.context.request.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == "'none'", path
        assert policy["default-src"] == "'none'", path
        assert policy["script-src"] == "'self'", path
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY"
