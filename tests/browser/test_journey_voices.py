"""Voices: found, heard, marked and tried; and edited by the operator."""

from __future__ import annotations

# ruff: noqa: RUF001 - phonetic letters, meant as they are
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.waiting import wait_for
from tests.harness.server import Server

pytestmark = pytest.mark.thorough


def card(page: Page, name: str) -> Locator:
    """Of the voice that is called so by programs."""
    exactly = page.get_by_text(name, exact=True)
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading")).filter(has=exactly)


def test_a_voice_is_found_heard_and_tried(member_page: Page) -> None:
    page = member_page
    page.goto("/voices/")
    everything = page.locator("#voices-count").text_content()

    # When one is looked for, the list follows without a new page
    page.evaluate("window.same = true")
    page.get_by_label("Search").fill("am_adam")
    expect(page).to_have_url(re.compile("q=am_adam"))
    expect(page.locator("#voices-count")).to_contain_text("1 voice")
    assert page.evaluate("window.same")
    voice = card(page, "am_adam")

    # Then it is heard in place, and the button tells how that goes
    page.evaluate(
        "window.heard = [];"
        "document.addEventListener('play-state', (event) => window.heard.push(event.detail))"
    )
    voice.get_by_role("button", name=re.compile("^Play")).click()
    wait_for(page, "window.heard.length >= 3")
    assert page.evaluate("window.heard") == ["loading", "playing", "idle"]
    expect(voice.get_by_role("button", name=re.compile("^Play"))).to_be_visible()

    # And its name is copied
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    voice.get_by_role("button", name=re.compile("^Copy")).click()
    expect(voice.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "am_adam"

    # And marked, which stays
    voice.get_by_role("button", name=re.compile("^Add favourite")).click()
    expect(voice.get_by_role("button", name=re.compile("^Favourite"))).to_be_visible()
    page.get_by_label("Search").fill("")
    expect(page.locator("#voices-count")).to_have_text(re.compile(everything.strip()))
    page.get_by_label("My favourites only").check()
    expect(page.locator("#voices-count")).to_contain_text("1 voice")

    # And tried
    card(page, "am_adam").get_by_role("link", name=re.compile("^Try it")).click()
    expect(page.get_by_label("Voice", exact=True)).to_have_value("am_adam")


def test_a_word_is_heard_before_and_after_it_is_saved(member_page: Page) -> None:
    page = member_page
    page.goto("/dashboard/pronunciations/")
    said_last = page.get_by_label("The word that was said last")

    # When a word is heard as it stands in the form
    page.get_by_role("textbox", name="Word").fill("nginx")
    page.get_by_role("textbox", name="Said as").fill("/ˈɛndʒɪn ˈɛks/")
    with page.expect_response("**/playground/speech/run") as run:
        page.get_by_role("button", name="Listen first").click()
    assert run.value.status == 200
    wait_for(page, "document.getElementById('heard').readyState > 1")

    # And then as it is saved, beside another one
    for word in ("SQL", "nginx"):
        page.get_by_role("textbox", name="Word").fill(word)
        page.get_by_role("textbox", name="Said as").fill("/ˈɛndʒɪn ˈɛks/")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text(f"“{word}” is in your dictionary.")).to_be_visible()
    expect(said_last).to_be_hidden()
    with page.expect_response("**/playground/speech/run") as run:
        page.get_by_role("button", name="Listen nginx").click()
    assert run.value.status == 200
    expect(said_last).to_be_visible()

    # Then it goes
    page.get_by_role("button", name="Delete nginx").click()
    expect(page.get_by_role("cell", name="nginx")).to_have_count(0)


def test_filters_without_scripts(open_page: OpenPage, member: Person) -> None:
    page = open_page(member, java_script_enabled=False)
    page.goto("/voices/")
    page.get_by_label("Language").select_option("es")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("language=es"))
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    first = page.get_by_role("button", name=re.compile("^Add favourite")).first
    first.click()
    expect(page).to_have_url(re.compile("language=es"))
    expect(page.get_by_role("button", name=re.compile("^Favourite"))).to_have_count(1)
    assert page.locator("audio").count() > 0


def test_staff_hear_a_voice_in_a_list_that_fits(staff_page: Page) -> None:
    page = staff_page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/admin/voices/voiceprofile/")
    list_ = page.locator(".results")
    assert list_.evaluate("list => list.scrollWidth") <= list_.evaluate("list => list.clientWidth")

    # When one is started by the keyboard, Then it is heard in place
    page.evaluate(
        "window.heard = [];"
        "document.addEventListener('play-state', (event) => window.heard.push(event.detail))"
    )
    page.get_by_role("button", name="Play Preview of Bella").press("Enter")
    wait_for(page, "window.heard.length >= 3")
    assert page.evaluate("window.heard") == ["loading", "playing", "idle"]


def test_staff_edit_a_voice(staff_page: Page, page: Page) -> None:
    # When staff call a voice by another name
    staff_page.goto("/admin/voices/voiceprofile/?q=af_bella")
    staff_page.get_by_role("link", name="af_bella").click()
    before = staff_page.get_by_label("Display name").input_value()
    staff_page.get_by_label("Display name").fill("Bella from the hills")
    staff_page.get_by_role("button", name="Save", exact=True).click()
    expect(staff_page.get_by_text("was changed successfully")).to_be_visible()

    # Then everybody sees that
    page.goto("/voices/?q=af_bella")
    expect(page.get_by_role("heading", name="Bella from the hills")).to_be_visible()

    # And when they switch it off, nobody sees it, nor its preview
    staff_page.goto("/admin/voices/voiceprofile/?q=af_bella")
    for action, count in (("Deactivate selected voices", 0), ("Activate selected voices", 1)):
        staff_page.get_by_role("checkbox", name=re.compile("Select this object")).check()
        staff_page.get_by_label("Action:").select_option(label=action)
        staff_page.get_by_role("button", name="Go").click()
        expect(staff_page.get_by_text("1 voice changed")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Bella from the hills")).to_have_count(count)

    staff_page.get_by_role("link", name="af_bella").click()
    staff_page.get_by_label("Display name").fill(before)
    staff_page.get_by_role("button", name="Save", exact=True).click()
    expect(staff_page.get_by_text("was changed successfully")).to_be_visible()


def test_staff_give_credit(staff_page: Page, member_page: Page, member: Person) -> None:
    # Given staff who have found an account and what it has
    staff_page.goto("/admin/wallet/wallet/")
    staff_page.get_by_role("textbox", name="Search").fill(member.email)
    staff_page.get_by_role("button", name="Search").click()
    staff_page.get_by_role("row").filter(has_text=member.email).get_by_role(
        "link", name="Grant or adjust…"
    ).click()

    # When they grant credit, with a reason, and have seen what that does
    staff_page.get_by_label("Amount in USD").fill("2.50")
    staff_page.get_by_label("Reason").fill("For your patience")
    staff_page.get_by_role("button", name="Continue").click()
    expect(staff_page.get_by_text("$5.00 now, $7.50 then")).to_be_visible()
    assert member.account.balance_micros() == 5_000_000
    staff_page.get_by_role("button", name="Book it").click()
    expect(staff_page.get_by_text(re.compile("Entry .* booked"))).to_be_visible()

    # Then the customer has it, and reads why
    assert member.account.balance_micros() == 7_500_000
    member_page.goto("/dashboard/wallet/ledger/")
    expect(member_page.get_by_text("For your patience")).to_be_visible()


def test_staff_switch_speech_off(
    staff_page: Page, member_page: Page, member: Person, server: Server
) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "One.", "response_format": "pcm"}

    def turn(action: str) -> None:
        staff_page.goto("/admin/waffle/switch/")
        row = staff_page.get_by_role("row").filter(
            has=staff_page.get_by_role("link", name="speech", exact=True)
        )
        row.get_by_role("checkbox").check()
        staff_page.get_by_label("Action:").select_option(label=action)
        staff_page.get_by_role("button", name="Go").click()
        expect(staff_page.locator(".messagelist")).to_be_visible()

    with member.account.http() as client:
        # When staff switch speech off, the API says so, and so does the playground
        turn("Switch off")
        try:
            assert client.post("/audio/speech", json=body).status_code == 503
            member_page.goto("/playground/")
            expect(member_page.get_by_text("switched this page off")).to_be_visible()
        finally:
            turn("Switch on")

        # And on again, everything goes on
        assert client.post("/audio/speech", json=body).status_code == 200
        member_page.goto("/playground/")
        expect(member_page.get_by_role("button", name="Speak")).to_be_visible()
