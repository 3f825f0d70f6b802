"""The admin: staff with few rights cannot get more, and cannot get into other accounts."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = [pytest.mark.database, pytest.mark.django_db]

USERS = "admin:accounts_user"
ADDRESSES = "admin:account_emailaddress"
FACTORS = "admin:mfa_authenticator"
SESSIONS = "admin:usersessions_usersession"
NEW_PASSWORD = "nine green umbrellas"


@pytest.fixture
def clerk(db: None) -> User:
    """Staff with every permission that exists, without being a superuser."""
    user = User.objects.create_user("clerk@example.com", "correct horse battery", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create_user("colleague@example.com", "correct horse", is_staff=True)


@pytest.fixture
def as_clerk(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


@pytest.fixture
def factor(sam: User) -> Authenticator:
    return Authenticator.objects.create(user=sam, type="totp", data={"secret": "the secret"})


@pytest.fixture
def session(sam: User) -> UserSession:
    return UserSession.objects.create(
        user=sam, session_key="the-secret-key", ip="203.0.113.7", user_agent="Browser", data={}
    )


def change(client: Client, user: User, **fields: Any) -> Any:
    return client.post(reverse(f"{USERS}_change", args=[user.pk]), fields)


# --- nobody gives themselves more -----------------------------------------------------------------
def test_staff_change_their_name_and_not_what_they_may(as_clerk: Client, clerk: User) -> None:
    group = Group.objects.create(name="bosses")
    flags = {"is_superuser": "on", "is_staff": "", "groups": [group.pk], "user_permissions": []}

    answer = change(as_clerk, clerk, first_name="Clara", email="sam@example.net", **flags)

    assert answer.status_code == 302
    clerk.refresh_from_db()
    assert (clerk.first_name, clerk.email) == ("Clara", "clerk@example.com")
    assert (clerk.is_superuser, clerk.is_staff, clerk.is_active) == (False, True, True)
    assert not clerk.groups.exists()
    assert clerk.user_permissions.exists()


def test_staff_do_not_give_more_to_a_customer(as_clerk: Client, ada: User) -> None:
    form = {"email": "new@example.com", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
    permissions = list(Permission.objects.values_list("pk", flat=True)[:2])

    assert change(as_clerk, ada, user_permissions=permissions, **form).status_code == 302

    ada.refresh_from_db()
    assert (ada.email, ada.is_active) == ("new@example.com", True)
    assert (ada.is_superuser, ada.is_staff) == (False, False)
    assert not ada.user_permissions.exists()


def test_a_group_is_widened_by_superusers(as_clerk: Client, as_sam: Client) -> None:
    group = Group.objects.create(name="support")
    page = reverse("admin:auth_group_change", args=[group.pk])
    form = {"name": "support", "permissions": [Permission.objects.all()[0].pk]}

    assert as_clerk.post(page, form).status_code == 403
    assert as_clerk.post(reverse("admin:auth_group_add"), {"name": "more"}).status_code == 403
    assert not group.permissions.exists()
    assert as_sam.post(page, form).status_code == 302
    assert group.permissions.exists()


# --- nor takes over who has more ------------------------------------------------------------------
@pytest.mark.parametrize("above", ["sam", "colleague"])
def test_staff_do_not_change_other_staff(
    as_clerk: Client, above: str, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(above)
    before = (user.email, user.password)
    passwords = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    password_page = reverse("admin:auth_user_password_change", args=[user.pk])

    assert change(as_clerk, user, email="mine@example.com", is_active="on").status_code == 403
    assert as_clerk.get(password_page).status_code == 403
    assert as_clerk.post(password_page, passwords).status_code == 403
    as_clerk.post(
        reverse(f"{USERS}_changelist"), {"action": "suspend", "_selected_action": [user.pk]}
    )

    user.refresh_from_db()
    assert (user.email, user.password) == before
    assert user.is_active
    assert as_clerk.get(reverse(f"{USERS}_change", args=[user.pk])).status_code == 200


def test_staff_help_customers_with_their_password(as_clerk: Client, ada: User) -> None:
    passwords = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = reverse("admin:auth_user_password_change", args=[ada.pk])

    assert as_clerk.post(page, passwords).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW_PASSWORD)


def test_staff_change_their_own_password_by_the_old_one(as_clerk: Client, clerk: User) -> None:
    answer = as_clerk.get(reverse("admin:auth_user_password_change", args=[clerk.pk]))
    assert answer.headers["Location"] == reverse("account_change_password")


def test_superusers_change_staff(as_sam: Client, colleague: User) -> None:
    form = {"email": "other@example.com", "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    assert change(as_sam, colleague, **form).status_code == 302

    colleague.refresh_from_db()
    assert (colleague.email, colleague.is_superuser) == ("other@example.com", True)


# --- what opens an account ------------------------------------------------------------------------
def test_staff_add_no_address_to_an_account(as_clerk: Client, as_sam: Client, sam: User) -> None:
    form = {"user": sam.pk, "email": "mine@example.com", "verified": "on"}
    for client in (as_clerk, as_sam):
        assert client.post(reverse(f"{ADDRESSES}_add"), form).status_code == 403

    address = EmailAddress.objects.create(user=sam, email="old@example.com")
    page = reverse(f"{ADDRESSES}_change", args=[address.pk])
    for client in (as_clerk, as_sam):
        assert client.post(page, form).status_code == 403
        chosen = {"action": "make_verified", "_selected_action": [address.pk]}
        client.post(reverse(f"{ADDRESSES}_changelist"), chosen)
    address.refresh_from_db()
    assert (address.email, address.verified) == ("old@example.com", False)


def test_a_lost_second_factor_is_removed_by_superusers(
    as_clerk: Client, as_sam: Client, sam: User, factor: Authenticator
) -> None:
    page = reverse(f"{FACTORS}_delete", args=[factor.pk])

    assert as_clerk.post(page, {"post": "yes"}).status_code == 403
    assert Authenticator.objects.exists()
    assert as_sam.post(page, {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.exists()
    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.action_flag, entry.object_id) == (sam, DELETION, str(factor.pk))


@pytest.mark.parametrize("listing", [ADDRESSES, FACTORS, SESSIONS])
def test_superusers_look_and_search(
    listing: str,
    as_clerk: Client,
    as_sam: Client,
    sam: User,
    factor: Authenticator,
    session: UserSession,
) -> None:
    EmailAddress.objects.get_or_create(user=sam, email=sam.email)
    address = reverse(f"{listing}_changelist")

    assert as_clerk.get(address).status_code == 403
    for asked, count in (("sam@example", 1), ("nobody@example", 0)):
        found = as_sam.get(address, {"q": asked}).context["cl"].result_list
        assert len({row.user_id for row in found}) == count
    assert as_sam.post(reverse(f"{listing}_add"), {}).status_code == 403


def test_nothing_secret_is_shown(
    as_sam: Client, factor: Authenticator, session: UserSession
) -> None:
    assert (
        len(
            as_sam.get(reverse(f"{SESSIONS}_changelist"), {"q": session.ip})
            .context["cl"]
            .result_list
        )
        == 1
    )
    for listing, row in ((FACTORS, factor), (SESSIONS, session)):
        page = as_sam.get(reverse(f"{listing}_change", args=[row.pk])).content.decode()
        assert "sam@example.com" in page
        assert "the secret" not in page
        assert "the-secret-key" not in page


# --- deleting -------------------------------------------------------------------------------------
def test_no_account_is_deleted_and_the_page_says_what_to_do(as_sam: Client, ada: User) -> None:
    page = reverse(f"{USERS}_change", args=[ada.pk])
    delete = reverse(f"{USERS}_delete", args=[ada.pk])

    html = as_sam.get(page).content.decode()
    assert delete not in html
    assert "cannot be deleted here, because the ledger" in html
    listing = as_sam.get(reverse(f"{USERS}_changelist")).content.decode()
    assert 'value="suspend"' in listing
    assert 'value="delete_selected"' not in listing
    assert as_sam.post(delete, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()
