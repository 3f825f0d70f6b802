"""Pictures of the pages: `python -m tests.browser.pictures` draws those of the README.

They go to docs/pictures. `--all FOLDER` takes every page instead, in light, in dark and on a
phone, for looking at. It starts a server of its own, with an account of 90 days that never were.
Needs Chromium, the weights (`MODELS_DIR`) and the packages of requirements-dev.txt.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import every_page
from tests.browser.people import (
    NOT_A_KEY,
    PASSWORD,
    Person,
    make_newcomer,
    make_person,
    make_regular,
    open_session,
)
from tests.harness.account import Account
from tests.harness.fake_stripe import fake_stripe_at
from tests.harness.programs import ROOT, find_program
from tests.harness.server import Server, installation

PICTURES = ROOT / "docs" / "pictures"
OWNER = "dana@example.com"
REQUESTS = 3000
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
TEXT = "The lighthouse keeper counted the ships again, and one of them answered."
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Studio:
    """A server with somebody who has used it for a while."""

    server: Server
    browser: Browser
    owner: Person

    @contextmanager
    def page(
        self, person: Person | None, *, dark: bool = False, phone: bool = False
    ) -> Iterator[Page]:
        context = self.browser.new_context(
            base_url=self.server.url,
            viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        if person:
            open_session(context.request, person)
        yield context.new_page()
        context.close()


@contextmanager
def studio(models_dir: Path) -> Iterator[Studio]:
    program = find_program("chromium", remedy="`apt install chromium`")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        fake_stripe_at(Path(folder) / "cashier") as cashier,
        installation(
            Path(folder) / "server",
            models_dir=models_dir,
            env=cashier.env | {"DEMO_PAYMENTS": "true"},
        ) as server,
        sync_playwright() as playwright,
    ):
        sample = ["--email", OWNER, "--password", PASSWORD, "--requests", str(REQUESTS)]
        server.command("seed_demo", *sample)
        owner = Person(Account(server.api, OWNER, NOT_A_KEY))
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield Studio(server, browser, owner)
        browser.close()


def for_readme(studio: Studio, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with studio.page(studio.owner) as page:
        page.goto("/dashboard/")
        page.screenshot(path=folder / "overview.png")
    with studio.page(studio.owner, dark=True) as page:
        page.goto("/dashboard/usage/?by=voice")
        page.evaluate("document.querySelector('#found > :nth-child(2)').scrollIntoView()")
        page.screenshot(path=folder / "usage.png")
    with studio.page(studio.owner) as page:
        speak(page)
        page.screenshot(path=folder / "playground.png")


def speak(page: Page) -> None:
    """A speech that has been made, and is played."""
    page.goto("/playground/")
    page.get_by_label("Text").fill(TEXT)
    page.locator("#voice").select_option(index=3)
    page.get_by_role("button", name="Speak").click()
    page.get_by_text(re.compile("left\\.$")).wait_for()
    page.evaluate("document.querySelector('#player audio').currentTime = 1.5")
    page.evaluate("document.querySelector('#player audio').pause()")
    page.evaluate("window.scrollTo(0, 0)")


def of_every_page(studio: Studio, folder: Path) -> None:
    """The whole of each page, however long."""
    regular, places = make_regular(studio.server)
    people = {
        every_page.VISITOR: None,
        every_page.NEWCOMER: make_newcomer(studio.server),
        every_page.REGULAR: regular,
        every_page.STAFF: make_person(studio.server, "", staff=True),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for look in ("light", "dark", "phone"):
        for who, person in people.items():
            with studio.page(person, dark=look == "dark", phone=look == "phone") as page:
                for name, path in _of(who, places):
                    page.goto(path)
                    page.screenshot(path=folder / f"{name}.{who}.{look}.png", full_page=True)


def _of(who: str, places: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name of a file, path) of the pages that somebody looks at."""
    for _, looker, path in every_page.PAGES:
        if looker == who and "{passkey}" not in path:
            name = re.sub(r"\W+", "-", path).strip("-") or "home"
            yield name, path.format(**places)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, to be looked at")
    parser.add_argument("--to", type=Path, default=PICTURES, help="default: docs/pictures")
    asked = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    with studio(models_dir) as opened:
        if asked.all:
            of_every_page(opened, asked.all)
        else:
            for_readme(opened, asked.to)


if __name__ == "__main__":
    main()
