"""Every page, in both themes, on a desk and on a phone: axe finds nothing, nothing scrolls
sideways, and nothing is in the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import every_page
from tests.browser.axe import NARROWEST, OTHER_LOOKS, Look, expect_none, faults_of
from tests.browser.conftest import PATIENCE_MS
from tests.browser.people import (
    PASSWORD,
    guard,
    make_newcomer,
    make_person,
    make_regular,
    open_session,
)
from tests.browser.watching import Watch
from tests.harness.server import Server


@dataclass
class House:
    """Everybody who looks at pages, logged in once, and where what they look at is found."""

    contexts: dict[str, BrowserContext]
    watches: dict[str, Watch]
    places: dict[str, Any]


@pytest.fixture(scope="module")
def house(browser: Browser, server: Server) -> Iterator[House]:
    regular, places = make_regular(server)
    people = {
        every_page.VISITOR: None,
        every_page.NEWCOMER: make_newcomer(server),
        every_page.REGULAR: regular,
        every_page.STAFF: make_person(server, "", staff=True),
    }
    contexts = {name: browser.new_context(base_url=server.url) for name in people}
    for name, person in people.items():
        contexts[name].set_default_timeout(PATIENCE_MS)
        if person:
            open_session(contexts[name].request, person)
    watches = {name: Watch(context) for name, context in contexts.items()}
    yield House(contexts, watches, places | guard(server, regular))
    for context in contexts.values():
        context.close()


def show(page: Page, path: str) -> None:
    """Open a page, showing once more who one is where that is asked."""
    page.goto(path)
    if urlsplit(page.url).path == "/account/reauthenticate/" and "next=" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"**{path}")
    where = urlsplit(page.url)
    assert page.url.endswith(path), f"{path} leads to {where.path}"


def test_every_page_is_known() -> None:
    known = {name for name, _, _ in every_page.PAGES if name}
    others = every_page.IN_A_JOURNEY.keys() | every_page.NO_PAGES.keys()
    assert every_page.named_urls() - known - others == set()


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(NARROWEST, id="narrow and dark"),
        pytest.param(OTHER_LOOKS, id="otherwise", marks=pytest.mark.thorough),
    ],
)
@pytest.mark.parametrize(
    ("who", "path"),
    [
        pytest.param(
            who,
            path,
            id=f"{who} {path}",
            marks=() if (who, path) in every_page.FULLEST else pytest.mark.thorough,
        )
        for _, who, path in every_page.PAGES
    ],
)
def test_a_page(who: str, path: str, looks: tuple[Look, ...], house: House) -> None:
    page, watch = house.contexts[who].new_page(), house.watches[who]
    if path == "/no-such-page/":
        watch.allow("status of 404")
    already = len(watch.problems)
    try:
        show(page, path.format(**house.places))
        expect_none(faults_of(page, looks) + watch.problems[already:])
    finally:
        page.close()


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/wallet/"])
def test_a_page_in_german(path: str, browser: Browser, server: Server, house: House) -> None:
    state = house.contexts[every_page.REGULAR].storage_state()
    context = browser.new_context(base_url=server.url, storage_state=state, locale="de-DE")
    watch, page = Watch(context), context.new_page()
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == "de"
    found = faults_of(page) + watch.problems
    context.close()
    expect_none(found)
