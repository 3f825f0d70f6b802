"""Who did what: read by superusers, written by nobody's hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_logged_in
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LISTING = "admin:admin_logentry_changelist"


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@example.org")


@pytest.fixture
def as_boss(boss: User, client: Client) -> Client:
    client.force_login(boss)
    LogEntry.objects.all().delete()
    return client


def note(boss: User, about: User, words: str) -> LogEntry:
    LogEntry.objects.log_actions(boss.pk, [about], CHANGE, words, single_object=True)
    return LogEntry.objects.latest("pk")


def test_it_is_read_and_searched(as_boss: Client, boss: User) -> None:
    ada = User.objects.create_user("<script>ada@example.com")
    entry = note(boss, ada, "Suspended.")
    page = as_boss.get(reverse(LISTING)).content.decode()
    for shown in ("boss@example.org", "&lt;script&gt;ada@example.com", "Suspended.", "changed"):
        assert shown in page
    assert reverse("admin:accounts_user_change", args=[ada.pk]) in page
    for asked, count in (("boss", 1), ("suspended", 1), ("nobody", 0)):
        assert as_boss.get(reverse(LISTING), {"q": asked}).context["cl"].result_count == count
    of_one = as_boss.get(reverse("admin:admin_logentry_change", args=[entry.pk]))
    assert "Suspended." in of_one.content.decode()


def test_it_is_written_by_nobody(as_boss: Client, boss: User) -> None:
    entry = note(boss, boss, "Something.")
    assert as_boss.get(reverse("admin:admin_logentry_add")).status_code == 403
    for page in ("change", "delete"):
        address = reverse(f"admin:admin_logentry_{page}", args=[entry.pk])
        assert as_boss.post(address, {"post": "yes"}).status_code == 403
    assert LogEntry.objects.filter(pk=entry.pk, change_message="Something.").exists()


def test_only_superusers_read_it(client: Client) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.all())
    client.force_login(clerk)
    assert client.get(reverse(LISTING)).status_code == 403


def test_staff_who_come_in_are_noted_and_customers_are_not(boss: User) -> None:
    ada = User.objects.create_user("ada@example.com")
    for user in (boss, ada):
        user_logged_in.send(User, request=RequestFactory().get("/"), user=user)
    [came] = LogEntry.objects.all()
    assert (came.user, came.change_message) == (boss, "Logged in.")


def test_listing_takes_as_many_queries_for_many(
    as_boss: Client, boss: User, django_assert_max_num_queries: Any
) -> None:
    note(boss, boss, "Something.")
    with django_assert_max_num_queries(12) as few:
        as_boss.get(reverse(LISTING))
    for number in range(30):
        note(User.objects.create_superuser(f"{number}@example.org"), boss, "Something.")
    with django_assert_max_num_queries(len(few)):
        as_boss.get(reverse(LISTING))
