"""The frame of every page that a person sees: one style sheet, no script, text escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html import escape

CSS = """
:root { color-scheme: light dark; --ink: #1c1f2b; --paper: #f6f7fb; --card: #fff;
  --line: #c6cad8; --soft: #555b70; --accent: #4338ca; --on-accent: #fff;
  --warn: #fff4d6; --warn-ink: #5c4300; --bad: #fde8e8; --bad-ink: #8a1414; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef6; --paper: #12141c;
  --card: #1b1e2a; --line: #454b61; --soft: #b0b6c9; --accent: #a5b4fc;
  --on-accent: #14162a; --warn: #3a2f0b; --warn-ink: #ffe3a0; --bad: #431717;
  --bad-ink: #ffc9c9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
.notice { margin: 0; padding: .75rem 1rem; background: var(--warn); color: var(--warn-ink);
  text-align: center; font-weight: 600; }
main { max-width: 32rem; margin: 1.5rem auto; padding: 1.25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
@media (max-width: 34rem) { main { margin: 0; border-width: 0 0 1px; border-radius: 0; } }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; line-height: 1.25; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; }
p { margin: .5rem 0; }
.amount { font-size: 2rem; font-weight: 700; margin: .25rem 0 1rem; }
.soft { color: var(--soft); }
.error { padding: .75rem 1rem; border-radius: .5rem; background: var(--bad);
  color: var(--bad-ink); }
fieldset { margin: 1rem 0; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; margin-bottom: .5rem; }
.choice { display: flex; gap: .75rem; align-items: flex-start; padding: .75rem;
  border: 1px solid var(--line); border-radius: .5rem; margin-top: .5rem; cursor: pointer; }
.choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.choice input { margin: .25rem 0 0; width: 1.1rem; height: 1.1rem; flex: none;
  accent-color: var(--accent); }
.choice b { display: block; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem;
  border-radius: .5rem; border: 1px solid var(--accent); background: var(--accent);
  color: var(--on-accent); cursor: pointer; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--soft); }
.wide { width: 100%; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center;
  justify-content: space-between; padding: .5rem 0; border-top: 1px solid var(--line); }
a { color: var(--accent); display: inline-block; padding: .35rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem 0; text-align: left; border-top: 1px solid var(--line);
  vertical-align: top; }
td:last-child, th:last-child { text-align: right; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
)
NOTICE = "This is a pretend payment page: no money moves, no card is charged."


@dataclass(frozen=True)
class Page:
    status: int
    html: str
    headers: dict[str, str] = field(default_factory=dict)


def page(title: str, content: str, *, status: int = 200) -> Page:
    """A whole page. `content` is HTML: its maker escapes what it puts in."""
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} · pretend payments</title>
<style>{CSS}</style>
</head>
<body>
<header><p class="notice">{NOTICE}</p></header>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(status, html, headers)


def go(url: str) -> Page:
    """Send the browser on, after a form."""
    return Page(303, "", {"Location": url, "Cache-Control": "no-store"})


def money(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def link(url: str, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'


def error(message: str) -> str:
    return f'<p class="error" role="alert">{escape(message)}</p>'
