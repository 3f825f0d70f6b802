"""The list of what the admin shows: everything about accounts stands in one section."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

ALLAUTH_ROWS = ["Authenticators", "Email addresses", "User sessions"]


def sections(client: Client, page: str) -> dict[str, list[str]]:
    """The names of the sections that a page shows, each with those of its rows."""
    answer = client.get(page)
    assert answer.status_code == 200
    return {
        str(section["name"]): [str(model["name"]) for model in section["models"]]
        for section in answer.context["app_list"]
    }


def test_accounts_stand_once_with_the_rows_of_allauth(as_sam: Client) -> None:
    listed = sections(as_sam, reverse("admin:index"))

    assert listed["Accounts"][:2] == ["API keys", "Users"]
    assert sorted(listed["Accounts"][2:]) == sorted([*ALLAUTH_ROWS, "Groups"])
    others = [row for name, rows in listed.items() if name != "Accounts" for row in rows]
    assert not {*ALLAUTH_ROWS, "Groups", "Users"} & set(others)


def test_no_two_sections_have_one_name(as_sam: Client) -> None:
    shown = as_sam.get(reverse("admin:index")).context["app_list"]

    names = [str(section["name"]) for section in shown]
    assert len(names) == len(set(names)) > 1


def test_the_sections_stand_in_the_order_of_their_names(as_sam: Client) -> None:
    names = list(sections(as_sam, reverse("admin:index")))

    assert names == sorted(names, key=str.lower)
    assert len(names) > 1


@pytest.mark.parametrize("label", ["accounts", "account", "mfa", "usersessions", "auth"])
def test_the_page_of_each_of_these_apps_is_that_of_accounts(label: str, as_sam: Client) -> None:
    shown = sections(as_sam, reverse("admin:app_list", args=[label]))

    assert list(shown) == ["Accounts"]
    assert {"Users", *ALLAUTH_ROWS} <= set(shown["Accounts"])


def test_the_page_of_another_app_shows_that_app(as_sam: Client) -> None:
    assert list(sections(as_sam, reverse("admin:app_list", args=["wallet"]))) == ["Wallet"]
    assert as_sam.get("/admin/nothing/").status_code == 404


def test_the_section_is_there_for_staff_who_see_only_groups(eve: User, client: Client) -> None:
    eve.user_permissions.add(Permission.objects.get(codename="view_group"))
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    client.force_login(eve)

    assert sections(client, reverse("admin:index")) == {"Accounts": ["Groups"]}


def test_the_section_has_a_german_name(as_sam: Client) -> None:
    page = as_sam.get(reverse("admin:index"), headers={"Accept-Language": "de"})

    assert ">Konten</a>" in "".join(page.content.decode().split())
