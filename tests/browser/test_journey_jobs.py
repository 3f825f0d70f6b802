"""A job that moves and ends before its owner's eyes, is heard, kept, run again and deleted."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage
from tests.browser.detached import tone
from tests.browser.people import Person, run
from tests.browser.waiting import wait_for
from tests.harness.server import Server


def begin(server: Server, person: Person, name: str) -> int:
    return int(tell(server, f"print(begin({person.email!r}, {name!r}))"))


def tell(server: Server, line: str) -> str:
    return run(server, "from tests.browser.detached import begin, finish, move", line)


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_a_job_moves_ends_is_heard_and_deleted(
    member_page: Page, member: Person, server: Server, tmp_path: Path
) -> None:
    page, number = member_page, begin(server, member, "My talk")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    # Given a job that runs
    page.goto("/dashboard/")
    page.get_by_role("link", name="Jobs", exact=True).click()
    row = row_of(page, "My talk")
    expect(row).to_contain_text("running")
    expect(row.get_by_role("progressbar", name="Progress of My talk")).to_be_visible()

    # When its worker gets on, then the row moves by itself, and a focus stays where it was
    row.get_by_role("button", name="Cancel").focus()
    tell(server, f"move({number}, 40, 'speaking')")
    expect(row).to_contain_text("40 %, speaking")
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()

    # When it ends, then that is said once, and nothing is asked for any more
    tell(server, f"finish({number})")
    expect(row).to_contain_text("succeeded")
    expect(page.locator("#told")).to_have_text("My talk: succeeded.")
    expect(row.get_by_role("progressbar")).to_have_count(0)
    asked.clear()
    page.wait_for_timeout(4_500)
    assert not asked
    assert_accessible(page)

    # And it is heard in place
    play = row.get_by_role("button", name="Play")
    play.click()
    wait_for(page, "document.querySelector('[data-play]').dataset.state === 'playing'")
    wait_for(page, "document.querySelector('[data-play]').dataset.state === 'idle'")

    # And its page has its files, to be heard and kept
    row.get_by_role("link", name="My talk", exact=True).click()
    expect(page.get_by_role("heading", name="My talk", level=1)).to_be_visible()
    expect(page.get_by_text("What was heard in it.")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download talk.wav").click()
    coming.value.save_as(tmp_path / "talk.wav")
    assert coming.value.suggested_filename == "talk.wav"
    assert (tmp_path / "talk.wav").read_bytes() == tone()
    page.evaluate("document.querySelector('audio').play()")
    wait_for(page, "document.querySelector('audio').currentTime > 0")

    # And it goes when that is confirmed
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the job").click()
    expect(page.get_by_text("The job is deleted")).to_be_visible()
    expect(row_of(page, "My talk")).to_have_count(0)


def test_the_page_of_a_job_moves_by_itself(
    member_page: Page, member: Person, server: Server
) -> None:
    page, number = member_page, begin(server, member, "An interview")
    page.goto(f"/dashboard/jobs/{number}/")
    expect(page.get_by_role("progressbar")).to_be_visible()
    tell(server, f"move({number}, 75, 'listening')")
    expect(page.get_by_text("75 %, listening")).to_be_visible()
    tell(server, f"finish({number})")
    expect(page.get_by_role("heading", name="What it made")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#facts")).to_contain_text("$0.02")


def test_a_job_without_scripts(open_page: OpenPage, member: Person, server: Server) -> None:
    page, number = open_page(member, java_script_enabled=False), begin(server, member, "Plain")

    # It moves when one asks
    page.goto("/dashboard/jobs/")
    tell(server, f"move({number}, 30, 'speaking')")
    page.get_by_role("link", name="Refresh").click()
    expect(row_of(page, "Plain")).to_contain_text("30 %, speaking")

    # It is cancelled, run again and deleted by plain forms
    row_of(page, "Plain").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The job was cancelled. Nothing was charged.")).to_be_visible()
    expect(row_of(page, "Plain")).to_contain_text("cancelled")
    row_of(page, "Plain").get_by_role("button", name="Retry").click()
    expect(page.get_by_text("The job runs again.")).to_be_visible()
    row_of(page, "Plain").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the job").click()
    expect(page.get_by_text(re.compile("The job is deleted"))).to_be_visible()
    expect(row_of(page, "Plain")).to_have_count(0)
    assert member.account.balance_micros() == 5_000_000
