"""Links of the navigation know where the reader is."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import RequestFactory


@pytest.mark.parametrize(
    ("path", "exact", "is_current"),
    [
        ("/dashboard/wallet/", "", True),
        ("/dashboard/wallet/topups/", "", True),
        ("/dashboard/wallet/topups/", "exact=True", False),
        ("/dashboard/", "", False),
    ],
)
def test_the_link_to_the_page_that_is_shown_says_so(
    path: str, exact: str, is_current: bool
) -> None:
    template = Template(f'{{% nav_link "wallet" words {exact} %}}')
    context = {"request": RequestFactory().get(path), "words": "My <money>"}
    link = template.render(Context(context))
    assert ('aria-current="page"' in link) is is_current
    assert "My &lt;money&gt;" in link
