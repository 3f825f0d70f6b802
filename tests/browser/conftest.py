"""A real browser on a real server, which watches that no page ever complains.

One browser serves all tests here, each in a context of its own: nobody's cookies but the test's.
`page` is a visitor's, `member_page` that of somebody with an account and credit, `open_page(…)`
opens another one. Whatever a page writes to the console fails the test, unless it said before
`watch.allow("…")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.people import Person, make_person, open_session
from tests.browser.watching import Watch
from tests.conftest import MakeServer
from tests.harness.fake_stripe import FakeStripe, fake_stripe_at
from tests.harness.programs import find_program
from tests.harness.server import Server

PATIENCE_MS = 60_000
"""Of one step: a busy machine is no failure."""
ARGUMENTS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

OpenPage = Callable[..., Page]
Launch = Callable[..., Browser]


@pytest.fixture(scope="package")
def cashier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeStripe]:
    with fake_stripe_at(tmp_path_factory.mktemp("cashier")) as running:
        yield running


@pytest.fixture(scope="package")
def server(make_server: MakeServer, cashier: FakeStripe) -> Iterator[Server]:
    """In one process, and with pretend payments, as a newcomer starts it."""
    env = cashier.env | {"DEMO_PAYMENTS": "true", "PRELOAD_ENGINES": "false"}
    with make_server("embedded", env=env) as running:
        cashier.config(webhook_url=f"{running.url}/webhooks/stripe")
        yield running
        running.audit()


# Not for the whole session: what drives the browser runs an event loop, beside which neither
# Django's database nor the tests of coroutines would work.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    find_program("chromium", remedy="`apt install chromium`")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def launch(playwright: Playwright) -> Iterator[Launch]:
    """`launch("--flag")`: Debian's Chromium. Playwright's own is never fetched."""
    program = find_program("chromium", remedy="`apt install chromium`")
    opened: list[Browser] = []

    def start(*arguments: str) -> Browser:
        opened.append(
            playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
        )
        return opened[-1]

    yield start
    for browser in opened:
        browser.close()


@pytest.fixture(scope="package")
def browser(launch: Launch) -> Browser:
    return launch()


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """`open_page(person, java_script_enabled=False)`: a page in a context of its own, logged in."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def opened(person: Person | None = None, *, by: Browser | None = None, **options: Any) -> Page:
        context = (by or browser).new_context(**{"base_url": server.url, **options})
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context)
        contexts.append((context, watch))
        if person:
            open_session(context.request, person)
        page = context.new_page()
        _watches[page] = watch
        return page

    yield opened
    problems = []
    for context, watch in contexts:
        context.close()
        problems += watch.problems
    assert not problems, "\n".join(problems)


_watches: dict[Page, Watch] = {}


def watch_of(page: Page) -> Watch:
    return _watches[page]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A visitor's."""
    return open_page()


@pytest.fixture
def member(server: Server) -> Person:
    """Somebody with an account, $5.00 and a key."""
    return make_person(server)


@pytest.fixture
def member_page(open_page: OpenPage, member: Person) -> Page:
    return open_page(member)


@pytest.fixture
def staff_page(open_page: OpenPage, server: Server) -> Page:
    return open_page(make_person(server, "0.00", staff=True))


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path
