"""Lists on a phone: what was asked for folds away, and rows take few lines."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize("path", ["/dashboard/usage/", "/dashboard/jobs/"])
def test_filters_fold_on_a_phone(open_page: OpenPage, member: Person, path: str) -> None:
    page = open_page(member, viewport=PHONE)
    page.goto(path)
    status, folded = page.get_by_label("Status"), page.locator(".fold > summary")
    expect(status).to_be_hidden()
    expect(folded).to_have_text("Filters")
    folded.click()
    status.select_option("failed")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(folded).to_have_text("Filters Status")
    expect(status).to_be_hidden()


@pytest.mark.parametrize("path", ["/dashboard/usage/", "/dashboard/wallet/ledger/"])
def test_filters_stand_open_on_a_desk(open_page: OpenPage, member: Person, path: str) -> None:
    page = open_page(member)
    page.goto(path)
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    expect(page.locator(".fold > summary")).to_be_hidden()


def test_filters_without_sense_are_shown(open_page: OpenPage, member: Person) -> None:
    page = open_page(member, viewport=PHONE)
    page.goto("/dashboard/usage/?from=nonsense")
    expect(page.get_by_label("From", exact=True)).to_be_visible()


def test_what_is_in_a_row_shares_lines(open_page: OpenPage, member: Person) -> None:
    page = open_page(member, viewport=PHONE)
    page.goto("/dashboard/keys/")
    tops = page.locator("tbody tr td").evaluate_all(
        "cells => cells.map(cell => Math.round(cell.getBoundingClientRect().top / 8))"
    )
    assert len(tops) > 3
    assert len(set(tops)) < len(tops), tops
