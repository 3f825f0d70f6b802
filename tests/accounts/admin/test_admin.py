"""The admin: users by e-mail address, keys that can be revoked and never made."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.admin.forms import ApiKeyAdminForm, UserAdminForm
from accounts.models import ApiKey, User
from accounts.services import create_api_key, find_api_key
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db

USERS = "admin:accounts_user"
KEYS = "admin:accounts_apikey"


def test_staff_log_in_by_the_page_of_the_site(sam: User, client: Client) -> None:
    """With the same throttle, and their second factor: the admin has no log-in of its own."""
    index = reverse("admin:index")
    asked = client.get(index, follow=True)
    assert asked.redirect_chain[-1][0].startswith(f"{reverse('login')}?next=")

    form = {"login": "Sam@Example.com", "password": PASSWORD, "next": index}
    answer = client.post(reverse("login"), form)

    assert (answer.status_code, answer.headers["Location"]) == (302, index)
    assert client.get(index).status_code == 200


def test_others_do_not_get_in(as_ada: Client) -> None:
    assert as_ada.get(reverse("admin:index"), follow=True).status_code == 403
    assert as_ada.post(reverse("admin:login")).status_code == 403


@pytest.mark.parametrize("page", [f"{USERS}_changelist", f"{USERS}_add", f"{KEYS}_changelist"])
def test_pages_open(page: str, as_sam: Client, key: ApiKey) -> None:
    assert as_sam.get(reverse(page)).status_code == 200


def test_a_user_is_added_and_changed(as_sam: Client) -> None:
    as_sam.post(
        reverse(f"{USERS}_add"),
        {
            "email": "New@Example.com",
            "usable_password": "true",
            "password1": "a long enough one",
            "password2": "a long enough one",
        },
    )

    new = User.objects.get(email="new@example.com")
    assert new.check_password("a long enough one")
    assert as_sam.get(reverse(f"{USERS}_change", args=[new.pk])).status_code == 200


def test_a_key_is_shown_masked(as_sam: Client, key: ApiKey, token: str) -> None:
    pages = [reverse(f"{KEYS}_changelist"), reverse(f"{KEYS}_change", args=[key.pk])]

    for page in pages:
        html = as_sam.get(page).content.decode()
        assert key.masked in html
        assert token not in html
        assert token[8:37] not in html


def test_a_key_is_neither_made_nor_deleted(as_sam: Client, key: ApiKey) -> None:
    assert as_sam.get(reverse(f"{KEYS}_add")).status_code == 403
    assert as_sam.post(reverse(f"{KEYS}_delete", args=[key.pk])).status_code == 403
    assert ApiKey.objects.filter(pk=key.pk).exists()


def test_chosen_keys_are_revoked(as_sam: Client, ada: User) -> None:
    made = [create_api_key(user=ada, name=str(number)) for number in range(3)]
    chosen = [key.pk for key, _ in made[:2]]

    answer = as_sam.post(
        reverse(f"{KEYS}_changelist"),
        {"action": "revoke_keys", "_selected_action": chosen},
        follow=True,
    )

    assert "2 keys revoked." in answer.content.decode()
    assert LogEntry.objects.filter(change_message="Revoked.").count() == 2
    assert [find_api_key(token) is None for _, token in made] == [True, True, False]


def test_a_key_gets_limits_of_its_own_and_loses_them(as_sam: Client, key: ApiKey) -> None:
    page = reverse(f"{KEYS}_change", args=[key.pk])
    form = {"name": key.name, "scopes": ["*"], "expires_at_0": "", "expires_at_1": ""}

    as_sam.post(page, form | {"requests_per_minute": 0, "max_concurrent_jobs": 2})
    key.refresh_from_db()
    assert (key.requests_per_minute, key.max_concurrent_jobs) == (0, 2)

    as_sam.post(page, form)
    key.refresh_from_db()
    assert (key.requests_per_minute, key.max_concurrent_jobs) == (None, None)


def test_a_key_gets_networks(as_sam: Client, key: ApiKey) -> None:
    page = reverse(f"{KEYS}_change", args=[key.pk])
    form = {"name": key.name, "scopes": ["*"], "expires_at_0": "", "expires_at_1": ""}

    as_sam.post(page, form | {"allowed_networks": "203.0.113.0/24\n2001:DB8::1"})
    key.refresh_from_db()
    assert key.allowed_networks == ["203.0.113.0/24", "2001:db8::1/128"]
    shown = as_sam.get(page).content.decode()
    assert "203.0.113.0/24\n2001:db8::1/128" in shown

    wrong = as_sam.post(page, form | {"allowed_networks": "somewhere"})
    assert "is not a network" in wrong.content.decode()
    as_sam.post(page, form | {"allowed_networks": ""})
    key.refresh_from_db()
    assert key.allowed_networks == []


def test_what_the_owner_does_meanwhile_is_not_undone(
    as_sam: Client, ada: User, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner revokes the key and sets a budget between the reading and the saving of staff."""

    def revoke() -> None:
        ApiKey.objects.update(revoked_at=timezone.now())

    def set_budget() -> None:
        User.objects.filter(pk=ada.pk).update(daily_limit_micros=5)

    monkeypatch.setattr(ApiKeyAdminForm, "_post_clean", _before(revoke, ApiKeyAdminForm))
    monkeypatch.setattr(UserAdminForm, "_post_clean", _before(set_budget, UserAdminForm))
    form = {"name": "another", "scopes": ["*"], "expires_at_0": "", "expires_at_1": ""}
    as_sam.post(reverse(f"{KEYS}_change", args=[key.pk]), form)
    as_sam.post(
        reverse(f"{USERS}_change", args=[ada.pk]),
        {"email": ada.email, "first_name": "Ada", "is_active": "on"},
    )

    key.refresh_from_db()
    ada.refresh_from_db()
    assert (key.name, ada.first_name) == ("another", "Ada")
    assert key.revoked_at is not None
    assert ada.daily_limit_micros == 5


def _before(act: Any, form: Any) -> Any:
    real = form._post_clean

    def both(self: Any) -> None:
        act()
        real(self)

    return both


def test_a_key_gets_scopes_and_budgets_in_dollars(as_sam: Client, key: ApiKey) -> None:
    page = reverse(f"{KEYS}_change", args=[key.pk])
    form = {"name": key.name, "expires_at_0": "", "expires_at_1": ""}
    chosen = {"scopes": ["transcribe", "voice:read"], "monthly_limit_micros": "25.50"}

    as_sam.post(page, form | chosen)
    key.refresh_from_db()
    assert (key.scopes, key.monthly_limit_micros) == (["transcribe", "voice:read"], 25_500_000)
    assert key.total_limit_micros is None
    assert 'value="$25.50"' in as_sam.get(page).content.decode()

    as_sam.post(page, form | {"scopes": ["*", "transcribe"], "total_limit_micros": "0"})
    key.refresh_from_db()
    assert (key.scopes, key.total_limit_micros, key.monthly_limit_micros) == (["*"], 0, None)


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["everything"]}, {"total_limit_micros": "-1"}]
    + [{"monthly_limit_micros": text} for text in ("a lot", "999999999999999")],
)
def test_what_makes_no_sense_is_not_stored(
    as_sam: Client, key: ApiKey, wrong: dict[str, Any]
) -> None:
    page = reverse(f"{KEYS}_change", args=[key.pk])
    form = {"name": "changed", "scopes": ["transcribe"], "expires_at_0": "", "expires_at_1": ""}

    assert as_sam.post(page, form | wrong).status_code == 200
    key.refresh_from_db()
    assert (key.name, key.scopes) == ("Laptop", ["*"])


def test_an_account_gets_a_daily_budget_in_dollars(as_sam: Client, ada: User) -> None:
    page = reverse(f"{USERS}_change", args=[ada.pk])
    form = {"email": ada.email, "is_active": "on"}

    as_sam.post(page, form | {"daily_limit_micros": "$1,000.00", "warn_below_micros": "0.50"})
    ada.refresh_from_db()
    assert (ada.daily_limit_micros, ada.warn_below_micros) == (1_000_000_000, 500_000)

    as_sam.post(page, form)
    ada.refresh_from_db()
    assert (ada.daily_limit_micros, ada.warn_below_micros) == (None, None)
