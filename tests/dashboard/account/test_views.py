"""`/account/`: the overview, and what can be changed on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.dashboard.account.conftest import Cast
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ACCOUNT = "account"
EVIL = "<script>alert(1)</script> \u202eevil"


def save(client: Client, **fields: str):
    form = {"full_name": "Ada Lovelace", "language": "en"} | fields
    return client.post(reverse(ACCOUNT), form, follow=True)


def test_it_leads_everywhere(as_ada: Client) -> None:
    page = page_of(as_ada.get(reverse(ACCOUNT)))

    links = {link.get("href") for link in page.all("a")}
    for name in (
        "account_email",
        "account_change_password",
        "mfa_index",
        "mfa_list_webauthn",
        "usersessions_list",
        "account-close",
    ):
        assert reverse(name) in links
    assert reverse("account-export") in {form.get("action") for form in page.all("form")}


def test_a_name_is_changed_and_is_text(as_ada: Client, ada: Cast) -> None:
    answer = save(as_ada, full_name=f"  {EVIL} ")

    page_of(answer)
    ada.user.refresh_from_db()
    assert ada.user.get_full_name() == EVIL
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"full_name": "x" * 1000}, {"language": "xx"}])
def test_what_is_wrong_is_not_stored(wrong: dict[str, str], as_ada: Client, ada: Cast) -> None:
    page_of(save(as_ada, **wrong))

    ada.user.refresh_from_db()
    assert (ada.user.get_full_name(), ada.user.language) == ("Ada Lovelace", "")


def test_a_language_is_that_of_pages_and_letters(as_ada: Client, ada: Cast) -> None:
    answer = save(as_ada, language="de")

    assert '<html lang="de"' in answer.content.decode()
    assert User.objects.get(pk=ada.user.pk).language == "de"


def test_it_costs_the_same_whatever_there_is(
    as_ada: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        as_ada.get(reverse(ACCOUNT))
