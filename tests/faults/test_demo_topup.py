"""`make run` without any key, in a browser's place: a newcomer tops up with a pretend card."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from pypdf import PdfReader

from tests.harness.programs import wait_until
from tests.harness.run import Installation

DEMO = re.compile(r"^Demo +(\S+) +(\S+)$", re.MULTILINE)


class Forms(HTMLParser):
    """The forms of a page: where each goes, and what it sends as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
        if tag == "input" and self.found and chosen:
            self.found[-1][1][given["name"]] = given.get("value", "")


class Newcomer:
    """Somebody with a browser."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=30, verify=False)
        self.page = self.http.get("/")

    def open(self, path: str) -> str:
        self.page = self.http.get(path)
        assert self.page.status_code == 200, self.page.text
        return self.text

    def send(self, action: str, **fields: str) -> str:
        """Send the form of the page in sight that goes to `action`, as it stands but for these."""
        forms = Forms(self.page.text).found
        to, values = next(form for form in forms if form[0].endswith(action))
        target = urljoin(str(self.page.url), to)
        self.page = self.http.post(target, data=values | fields, headers={"Referer": target})
        assert self.page.status_code == 200, self.page.text
        return self.text

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page.text)).split())


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Installation:
    return Installation(tmp_path_factory.mktemp("demo"), models_dir)


@pytest.fixture(scope="module")
def newcomer(installation: Installation) -> Iterator[Newcomer]:
    with installation.running("server") as said:
        found = DEMO.search(said)
        assert found, said
        somebody = Newcomer(installation.url)
        somebody.open("/login/")
        somebody.send("/login/", login=found[1], password=found[2])
        with closing(somebody.http):
            yield somebody


def top_up(newcomer: Newcomer, method: str, **fields: str) -> str:
    """From the wallet through the payment page and back; what the last page says."""
    newcomer.open("/dashboard/wallet/")
    assert "cards are make-believe" in newcomer.text
    assert "no money moves" in newcomer.send("/top-up/", **fields)
    return newcomer.send(newcomer.page.url.path, method=method)


@pytest.mark.slow
def test_a_pretend_card_fills_the_wallet(newcomer: Newcomer) -> None:
    # When $12.34 are paid by a pretend card
    said = top_up(newcomer, "pm_card_visa", amount_cents="12.34", save_card="on")
    if "Payment received" not in said:
        assert "Waiting for the payment" in said
        done = newcomer.page.url.path
        wait_until(
            lambda: "Payment received" in newcomer.open(done), seconds=20, what="the webhook"
        )

    # Then they are there, with a receipt
    assert "$12.34" in newcomer.text
    said = newcomer.open("/dashboard/wallet/")
    assert "exactly $22.34" in said
    assert "Receipt" in said

    # And on this month's statement
    month = f"{datetime.now(UTC):%Y-%m}"
    table = newcomer.http.get(f"/dashboard/wallet/statements/{month}.csv").text
    lines = [
        (row["kind"], row["amount_usd"], row["balance_after_usd"])
        for row in csv.DictReader(io.StringIO(table, newline=""))
    ]
    assert lines == [("grant", "10.000000", "10.000000"), ("topup", "12.340000", "22.340000")]
    pdf = newcomer.http.get(f"/dashboard/wallet/statements/{month}.pdf").content
    assert "$22.34" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()

    # And the card that was remembered can be charged by itself
    assert "Visa ending 4242" in newcomer.open("/dashboard/wallet/auto-recharge/")


@pytest.mark.thorough
@pytest.mark.slow
def test_a_card_that_is_declined_adds_nothing(newcomer: Newcomer) -> None:
    before = re.search(r"exactly \$[0-9.]+", newcomer.open("/dashboard/wallet/"))

    said = top_up(newcomer, "pm_card_chargeDeclined")

    assert "declined" in said.lower()
    assert before
    assert before[0] in newcomer.open("/dashboard/wallet/")


@pytest.mark.thorough
@pytest.mark.slow
def test_the_portal_of_pretend_payments_opens(newcomer: Newcomer) -> None:
    newcomer.open("/dashboard/wallet/")

    said = newcomer.send("/portal/")

    assert "pretend" in said
    assert "4242" in said
