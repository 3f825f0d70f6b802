"""Money: paid in by a pretend card or a code, and told to the millionth of a dollar."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.people import Person, run
from tests.harness.fake_stripe import FakeStripe
from tests.harness.server import Server

pytestmark = pytest.mark.thorough


def pay(page: Page, card: str) -> None:
    """On the pretend payment page."""
    page.get_by_label(re.compile(card)).check()
    page.get_by_role("button", name=re.compile("^Pay")).click()


def saved(page: Page, link: str, folder: Path) -> list[dict[str, str]]:
    """The rows of a CSV file behind a link."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=link).click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    with file.open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


def test_a_top_up(member_page: Page, member: Person, cashier: FakeStripe, downloads: Path) -> None:
    page = member_page
    page.goto("/dashboard/wallet/")
    expect(page.get_by_text("cards are make-believe")).to_be_visible()

    # When an amount of one's own is paid, by a card that is remembered
    page.get_by_label("Another amount in USD").fill("12.34")
    page.get_by_role("button", name="Go to payment").click()
    expect(page.get_by_text("no money moves")).to_be_visible()
    pay(page, "^Card that pays")

    # Then it is there, with a receipt
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="To the wallet").click()
    expect(page.get_by_text("exactly $17.34")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Receipt"))).to_be_visible()
    assert member.account.balance_micros() == 17_340_000

    # And in the ledger, on its page and in its file
    page.get_by_role("link", name="All movements").click()
    expect(page.get_by_role("row")).to_have_count(3)
    rows = saved(page, "Download as CSV", downloads)
    amounts = sorted(row["amount_usd"] for row in rows)
    assert amounts == ["12.340000", "5.000000"]


def test_a_card_that_is_declined(member_page: Page, member: Person) -> None:
    page = member_page
    page.goto("/dashboard/wallet/")
    page.get_by_label("$5", exact=True).check()
    page.get_by_role("button", name="Go to payment").click()
    pay(page, "^Card that is declined")
    expect(page.get_by_text(re.compile("declined")).first).to_be_visible()
    assert member.account.balance_micros() == 5_000_000


def test_a_promo_code(member_page: Page, member: Person, server: Server) -> None:
    run(
        server,
        "from wallet.models import PromoCode",
        "PromoCode.objects.get_or_create(code='BROWSER-26',"
        " defaults={'amount_micros': 1_500_000, 'reason': 'Welcome'})",
    )
    page = member_page
    page.goto("/dashboard/wallet/")
    for words in ("$1.50 added", "already"):
        page.get_by_role("textbox", name="Promo code").fill("browser-26")
        page.get_by_role("button", name="Redeem").click()
        expect(page.get_by_text(re.compile(re.escape(words))).first).to_be_visible()
    assert member.account.balance_micros() == 6_500_000


def test_usage_is_filtered_and_saved(
    member_page: Page, member: Person, server: Server, downloads: Path
) -> None:
    # Given three requests: two that speak, one that is refused before it costs anything
    page = member_page
    with member.account.http() as client:
        for voice in ("af_alloy", "af_nova"):
            body = {
                "model": "tts-1",
                "voice": voice,
                "input": "One, two.",
                "response_format": "pcm",
            }
            assert client.post("/audio/speech", json=body).status_code == 200
    spent = 5_000_000 - member.account.settled_balance()

    # When the usage is narrowed to one voice, its address tells so
    page.goto("/dashboard/usage/")
    page.get_by_label("Voice").fill("af_nova")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("voice=af_nova"))
    table = page.get_by_role("table", name=re.compile("^Requests"))
    expect(table.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(table.get_by_role("row")).to_have_count(2)

    # Then the file has that request alone, and without the filter all, for what was paid
    [row] = saved(page, "CSV of all these requests", downloads)
    assert row["voice"] == "af_nova"
    page.get_by_role("link", name="Reset").click()
    expect(table.get_by_role("row")).to_have_count(3)
    rows = saved(page, "CSV of all these requests", downloads)
    assert sum(round(float(row["cost_usd"]) * 1e6) for row in rows) == spent
