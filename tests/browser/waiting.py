"""Waiting for what only the page's own scripts can see."""

from __future__ import annotations

from playwright.sync_api import Page

EVERY_MS, TIMES = 50, 1200


def wait_for(page: Page, expression: str) -> None:
    """Until a JavaScript expression is true. Playwright's own way asks the page to evaluate text,
    which its Content-Security-Policy forbids."""
    page.evaluate(
        f"""async () => {{
            for (let times = 0; !({expression}); times += 1) {{
                if (times > {TIMES}) throw new Error("it never came to that");
                await new Promise((resolve) => setTimeout(resolve, {EVERY_MS}));
            }}
        }}"""
    )
