"""`/docs/`: the documentation."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.docs import pages
from dashboard.docs.facts import facts, key_of_reader


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The list of the pages."""
    return render(request, "docs/index.html", {"pages": pages.pages()})


@require_safe
def docs_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page, with the reader's own key as a hint. 404 for a page that there is not."""
    page = pages.page(slug)
    if page is None:
        raise Http404
    before, after = pages.neighbours(page)
    context = {
        "page": page,
        "pages": pages.pages(),
        "before": before,
        "after": after,
        "reader_key": key_of_reader(request),
        **facts(),
    }
    return render(request, page.template, context)
