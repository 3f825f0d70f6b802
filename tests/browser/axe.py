"""What axe-core and a ruler find on a page, in both themes and on a screen as narrow as any."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
Look = tuple[Any, Any, dict[str, Any]]
NARROWEST: tuple[Look, ...] = (("dark", PHONE, {"type": "tag", "values": RULES}),)
OTHER_LOOKS: tuple[Look, ...] = (
    ("light", DESK, {"type": "tag", "values": RULES}),
    ("dark", DESK, {"type": "rule", "values": COLOURS}),
    ("light", PHONE, {"type": "rule", "values": COLOURS}),
)
"""Every rule in each theme and at each width; what depends on both, in each theme at each width."""
NOT_OURS = [".swagger-ui"]
"""Drawn by the widget of the API reference, whose landmarks and buttons are as they are."""
TOLERATED = {
    # that widget has a main landmark of its own
    "/docs/api/": ("landmark-no-duplicate-main",),
    # templates of Django's
    "/admin/": (
        "aria-input-field-name",
        "aria-prohibited-attr",
        "empty-table-header",
        "label",
        "label-title-only",
        "link-in-text-block",
        "scrollable-region-focusable",
        "target-size",
    ),
}
"""Rules that pages below a path may break, for it is not we who break them."""
RUN = """
async ([runOnly, exclude, off]) => (await axe.run({exclude}, {
    runOnly, preload: false, resultTypes: ["violations"],
})).violations.filter(({id}) => !off.includes(id))
    .flatMap(({id, help, nodes}) => nodes.map((node) =>
        `${id}: ${help}\\n    ${node.html}\\n    ${node.failureSummary}`))
"""
WIDER = """
() => {
  const {scrollWidth, clientWidth} = document.scrollingElement;
  if (scrollWidth <= clientWidth) return [];
  const out = [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > clientWidth + 1).slice(0, 5)
    .map((each) => `${each.tagName}.${each.className} ${each.textContent.trim().slice(0, 40)}`);
  return [`${scrollWidth} px wide on ${clientWidth}: ${out.join("; ")}`];
}
"""
SETTLED = """
async () => {
  for (let left = document.getAnimations(); left.length; left = document.getAnimations()) {
    await Promise.allSettled(left.map((each) => each.finished));
    await new Promise(requestAnimationFrame);
  }
}
"""
"""A colour that goes over into that of the other theme takes those below with it, one by one."""


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def faults_of(page: Page, looks: Sequence[Look] = (*OTHER_LOOKS, *NARROWEST)) -> list[str]:
    """What is wrong with a page as it stands."""
    page.wait_for_load_state()
    # by the browser's own hand: the page's Content-Security-Policy stays in force
    page.evaluate(_source())
    found = []
    for scheme, size, wanted in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        page.evaluate(SETTLED)
        look = f"{scheme}, {size['width']} px"
        off = [rule for path, rules in TOLERATED.items() if path in page.url for rule in rules]
        faults = page.evaluate(RUN, [wanted, NOT_OURS, off]) + page.evaluate(WIDER)
        found += [f"{page.url} ({look}): {fault}" for fault in faults]
    page.set_viewport_size(DESK)
    return found


def assert_accessible(page: Page) -> None:
    expect_none(faults_of(page))


def expect_none(faults: list[str]) -> None:
    """Fails with what was found, and with nothing else: the lines are long enough."""
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
