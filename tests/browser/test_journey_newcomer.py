"""From the front page to the first request that is paid for."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.people import PASSWORD, code_in_mail
from tests.harness.account import Account
from tests.harness.server import Server


def test_from_sign_up_to_the_first_paid_request(page: Page, server: Server) -> None:
    email = f"{uuid.uuid4().hex[:12]}@example.com"

    # Given somebody who signs up from the front page
    page.goto("/")
    page.get_by_role("link", name="Sign up").first.click()
    expect(page.get_by_text("starts with $1.00 of credit")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()

    # When the code of the letter is typed in
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Code").fill(code_in_mail(server, email))
    page.get_by_role("button", name="Continue").click()

    # Then the overview shows the credit to begin with, and what there is to do
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    expect(page.get_by_text("exactly $1.00")).to_be_visible()
    steps = page.get_by_role("listitem").filter(has=page.get_by_text(re.compile("to do|done")))
    expect(steps).to_have_count(3)
    expect(steps.filter(has_text="done")).to_have_count(0)

    # When a key is made and copied
    page.get_by_role("link", name="Make an API key").click()
    page.get_by_label("Name", exact=True).fill("My first program")
    page.get_by_role("button", name="Create key").click()
    field = page.get_by_label("My first program")
    account = Account(api=server.api, email=email, key=field.input_value())
    assert_accessible(page)
    field.focus()
    assert page.evaluate("document.getSelection().toString()") == account.key
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=re.compile("^Copy.* the key$")).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == account.key
    assert account.key in page.locator("pre").first.text_content()

    # And the official client makes a request with it
    with account.sdk() as client:
        speech = client.audio.speech.create(
            model="tts-1", voice="alloy", input="Hello, and welcome.", response_format="wav"
        )
    assert len(speech.content) > 10_000
    job = server.wait_for_job(account, "succeeded")
    assert job["cost_micros"] > 0

    # Then the steps are ticked, and the request is in the usage, for what it cost
    page.goto("/dashboard/")
    expect(steps.filter(has_text="done")).to_have_count(2)
    page.get_by_role("link", name="Usage", exact=True).click()
    row = page.get_by_role("row").filter(has_text=job["request_id"])
    expect(row).to_contain_text("succeeded")
    expect(row).to_contain_text("My first program")
    expect(row).to_contain_text(f"${job['cost_micros'] / 1e6:.6f}".rstrip("0"))

    # And its page shows its life
    row.get_by_role("link").first.click()
    expect(page.get_by_text(job["request_id"])).to_be_visible()
    expect(page.get_by_text("af_alloy").first).to_be_visible()
    assert_accessible(page)
