"""A second factor: an authenticator app, recovery codes, passkeys, and the sessions they guard."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.signin.second_factor import MfaAdapter
from tests.accounts.conftest import PASSWORD
from tests.accounts.signin.soft_key import SoftKey
from tests.accounts.signing_in import is_logged_in, log_in, mails_to, reauthenticate
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGES = [
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
]


def digits(secret: str = SECRET) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def at_home(ada: User, client: Client) -> Client:
    """Ada, who has just entered her password again."""
    log_in(client, ada.email, PASSWORD)
    reauthenticate(client, PASSWORD)
    return client


@pytest.fixture
def guarded(ada: User) -> User:
    """Ada with an app."""
    TOTP.activate(ada, SECRET)
    return ada


@pytest.mark.parametrize("name", PAGES)
def test_pages_look_like_ours(name: str, at_home: Client) -> None:
    page_of(at_home.get(reverse(name)))


def test_an_app_is_added_with_recovery_codes(
    at_home: Client, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    page = page_of(at_home.get(reverse("mfa_activate_totp")))
    secret = next(i["value"] for i in page.all("input") if i.get("id") == "authenticator-secret")
    assert page.all("svg")

    form = {"code": digits(secret or "")}
    with django_capture_on_commit_callbacks(execute=True):
        answer = at_home.post(reverse("mfa_activate_totp"), form, follow=True)

    page_of(answer)
    assert answer.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    kinds = set(Authenticator.objects.filter(user=ada).values_list("type", flat=True))
    assert kinds == {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    subjects = [letter.subject for letter in mails_to(ada.email)]
    assert "An authenticator app was added" in subjects
    page_of(at_home.get(reverse("mfa_index")))
    page_of(at_home.get(reverse("mfa_generate_recovery_codes")))
    page_of(at_home.get(reverse("mfa_deactivate_totp")))


def test_the_code_that_added_an_app_opens_nothing_more(
    at_home: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor half a minute later, when it would still be let in for a clock that is slow."""
    page = page_of(at_home.get(reverse("mfa_activate_totp")))
    secret = next(i["value"] for i in page.all("input") if i.get("id") == "authenticator-secret")
    code = digits(secret or "")
    at_home.post(reverse("mfa_activate_totp"), {"code": code})
    app = Authenticator.objects.get(user=ada, type=Authenticator.Type.TOTP)

    assert not app.wrap().validate_code(code)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31)
    assert not app.wrap().validate_code(code)
    assert app.wrap().validate_code(digits(secret or "")), "but the next one does"


def test_the_database_alone_reveals_no_secret(guarded: User, settings: Settings) -> None:
    stored = json.dumps(Authenticator.objects.get().data)
    assert SECRET not in stored

    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [old]
    assert Authenticator.objects.get().wrap().validate_code(digits())
    assert MfaAdapter().decrypt(MfaAdapter().encrypt("ä")) == "ä"


def test_a_password_alone_does_not_open_what_an_app_guards(guarded: User, client: Client) -> None:
    answer = log_in(client, guarded.email, PASSWORD)

    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_logged_in(client)
    page_of(client.get(reverse("mfa_authenticate")))
    page_of(client.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert not is_logged_in(client)
    assert client.get(reverse("dashboard")).status_code == 302

    client.post(reverse("mfa_authenticate"), {"code": digits()})
    assert is_logged_in(client)


def test_the_admin_asks_for_it_too(sam: User, client: Client) -> None:
    TOTP.activate(sam, SECRET)

    log_in(client, sam.email, PASSWORD, next=reverse("admin:index"))

    assert client.get(reverse("admin:index")).status_code == 302


def test_codes_cannot_be_tried_one_by_one(guarded: User, client: Client) -> None:
    log_in(client, guarded.email, PASSWORD)
    for _ in range(10):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    client.post(reverse("mfa_authenticate"), {"code": digits()})

    assert not is_logged_in(client)


def test_a_new_password_does_not_pass_by_the_second_factor(guarded: User, client: Client) -> None:
    guarded.set_password("yet another password")
    guarded.save()

    log_in(client, guarded.email, "yet another password")

    assert not is_logged_in(client)


@pytest.mark.parametrize(
    "name",
    ["mfa_activate_totp", "mfa_add_webauthn", "account-close", "mfa_generate_recovery_codes"],
)
def test_sensitive_pages_require_a_recent_login(name: str, ada: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)

    answer = client.get(reverse(name))

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))


def test_wrong_answers_to_that_are_counted(ada: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)
    for _ in range(5):
        client.post(reverse("account_reauthenticate"), {"password": "wrong"})

    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert client.get(reverse("account-close")).status_code == 302


# --- passkeys -------------------------------------------------------------------------------
@pytest.fixture
def key(at_home: Client) -> SoftKey:
    """A passkey of Ada's, added by the page."""
    page = at_home.get(reverse("mfa_add_webauthn"))
    made = SoftKey()
    form = {
        "name": "<i>phone</i>",
        "passwordless": "on",
        "credential": made.register(data_of(page)["creation_options"]),
    }
    answer = at_home.post(reverse("mfa_add_webauthn"), form, follow=True)
    page_of(answer)
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
    return made


def data_of(page: Any) -> Any:
    """What the page hands to its script."""
    found = re.search(r'<script id="js_data"[^>]*>(.*?)</script>', page.content.decode())
    assert found
    return json.loads(found[1])


def asked_for_log_in(client: Client) -> Any:
    answer = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    return answer.json()["request_options"]


def test_a_passkey_logs_in_without_a_password(key: SoftKey, ada: User) -> None:
    client = Client()
    page_of(client.get(reverse("login")))
    credential = key.sign(asked_for_log_in(client))

    client.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert client.session["_auth_user_id"] == str(ada.pk)
    # and no second time by the same signature
    thief = Client()
    thief.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert not is_logged_in(thief)


def test_a_passkey_of_a_closed_account_opens_nothing(key: SoftKey, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    client = Client()
    credential = key.sign(asked_for_log_in(client))

    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential}, follow=True)

    assert not is_logged_in(client)
    assert "do not match an account" in answer.content.decode()


def test_a_passkey_is_a_second_factor(key: SoftKey, ada: User) -> None:
    client = Client()
    log_in(client, ada.email, PASSWORD)
    assert not is_logged_in(client)
    page = client.get(reverse("mfa_authenticate"))
    page_of(page)
    credential = key.sign(data_of(page)["request_options"])

    client.post(reverse("mfa_authenticate"), {"credential": credential})

    assert is_logged_in(client)


def test_a_passkey_is_enough_for_a_recent_login(key: SoftKey, at_home: Client) -> None:
    page = at_home.get(reverse("mfa_reauthenticate_webauthn"))
    page_of(page)
    form = {"credential": key.sign(data_of(page)["request_options"])}

    assert at_home.post(reverse("mfa_reauthenticate_webauthn"), form).status_code == 302


def test_passkeys_are_listed_renamed_and_removed(key: SoftKey, at_home: Client, ada: User) -> None:
    listed = at_home.get(reverse("mfa_list_webauthn"))
    page_of(listed)
    assert "&lt;i&gt;phone&lt;/i&gt;" in listed.content.decode()
    page_of(at_home.get(reverse("mfa_index")))
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        page_of(at_home.get(reverse(name, args=[passkey.pk])))

    at_home.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "old phone"})
    assert "old phone" in at_home.get(reverse("mfa_list_webauthn")).content.decode()

    at_home.post(reverse("mfa_remove_webauthn", args=[passkey.pk]))
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()
    assert mails_to(ada.email)[-1].subject == "A passkey was removed"


def test_a_strangers_passkey_does_not_exist(key: SoftKey, as_eve: Client) -> None:
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    reauthenticate(as_eve, PASSWORD)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert as_eve.post(reverse(name, args=[passkey.pk])).status_code == 404


@pytest.mark.parametrize("credential", ["", "x", "[]", "7", "null", "{}", '{"id": "x"}', "both"])
@pytest.mark.parametrize("page", ["mfa_login_webauthn", "mfa_authenticate", "mfa_add_webauthn"])
def test_what_is_no_passkey_is_wrong(page: str, credential: str, guarded: User) -> None:
    client = Client()
    log_in(client, guarded.email, PASSWORD)
    if page == "mfa_add_webauthn":
        client.post(reverse("mfa_authenticate"), {"code": digits()})
        reauthenticate(client, PASSWORD)
    client.get(reverse(page), headers={"Accept": "application/json"})
    if credential == "both":
        credential = SoftKey().sign({"publicKey": {"challenge": "AAAA"}}, user_handle=b"1")

    answer = client.post(reverse(page), {"credential": credential}, follow=True)

    assert answer.status_code == 200
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
    assert is_logged_in(client) == (page == "mfa_add_webauthn")


# --- sessions -------------------------------------------------------------------------------
def test_log_out_everywhere_else(ada: User, client: Client) -> None:
    elsewhere = Client(headers={"User-Agent": "<script>alert(1)</script>"})
    log_in(elsewhere, ada.email, PASSWORD)
    log_in(client, ada.email, PASSWORD)
    listed = client.get(reverse("usersessions_list"))
    page_of(listed)
    assert "<script>alert" not in listed.content.decode()

    client.post(reverse("usersessions_list"))

    assert client.get(reverse("dashboard")).status_code == 200
    assert elsewhere.get(reverse("dashboard")).status_code == 302


# --- staff ----------------------------------------------------------------------------------
def test_staff_remove_a_lost_factor_and_see_no_secret(guarded: User, as_sam: Client) -> None:
    factor = Authenticator.objects.get(user=guarded)
    shown = as_sam.get(reverse("admin:mfa_authenticator_change", args=[factor.pk]))
    assert str(factor.data["secret"]) not in shown.content.decode()

    form = {"post": "yes"}
    as_sam.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), form)

    assert not Authenticator.objects.exists()
