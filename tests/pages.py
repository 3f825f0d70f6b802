"""What must be true of every HTML page, whatever is on it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.http import HttpResponse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
LABELLED = {"input", "select", "textarea"}


class Page(HTMLParser):
    """The elements of a page, with their attributes, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_data = (tag, dict(attrs).get("type")) == ("script", "application/json")  # never run
        is_tooltip = tag == "title" and "svg" in self.open
        if not (is_data or is_tooltip):
            self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(response: HttpResponse, *, status: int = 200) -> Page:
    """The page, once it has passed what every page must pass."""
    assert response.status_code == status
    page = Page(response.content.decode())
    _has_landmarks(page)
    _carries_no_code(page)
    _loads_nothing_from_elsewhere(page)
    _names_every_field(page)
    return page


def _has_landmarks(page: Page) -> None:
    assert page.all("html")[0].get("lang") == "en"
    assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == 1
    assert {"class": "skip-link", "href": "#main"} in page.all("a")
    assert page.all("main")[0]["id"] == "main"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids)), "an id occurs twice"


def _carries_no_code(page: Page) -> None:
    """A strict Content-Security-Policy forbids inline script and style."""
    assert not page.all("style")
    assert all(script.get("src") for script in page.all("script"))
    for tag, attributes in page.elements:
        inline = [name for name in attributes if name == "style" or name.startswith("on")]
        assert not inline, f"<{tag}> has {inline}"


def _loads_nothing_from_elsewhere(page: Page) -> None:
    for tag, name in (("script", "src"), ("link", "href"), ("img", "src"), ("use", "href")):
        for attributes in page.all(tag):
            assert (attributes[name] or "").startswith("/static/"), f"<{tag}> {attributes}"
    for form in page.all("form"):
        assert (form.get("action") or "/").startswith("/")


def _names_every_field(page: Page) -> None:
    labels = {label["for"] for label in page.all("label")}
    for tag, attributes in page.elements:
        if tag in LABELLED and attributes.get("type") != "hidden":
            assert attributes["id"] in labels, f"<{tag} name={attributes.get('name')}> has no label"


def pages_differ_only_in(first: str, second: str, *, words: tuple[str, str]) -> None:
    """Two pages that tell nothing apart, but for the words that were typed into them."""
    if first.replace(words[0], "…") != second.replace(words[1], "…"):
        pytest.fail("the two pages tell something apart")
