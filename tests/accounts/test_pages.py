"""Logging in and the life of a key, as somebody with a browser sees them."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, User
from accounts.services import create_api_key, find_api_key, revoke
from tests.accounts.conftest import PASSWORD
from tests.pages import page_of, pages_differ_only_in

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"ap_[0-9A-Za-z]{38}")
CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="[^"]+"')


def log_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(reverse("login"), {"username": email, "password": password})


def new_key(client: Client, **fields: str | list[str]):
    form = {"name": "CI", "expires_in_days": "", "scopes": "*", "form_token": str(uuid.uuid4())}
    return client.post(reverse("key-create"), form | fields)


# --- logging in -------------------------------------------------------------------------------
def test_logging_in_and_out(ada: User, client: Client) -> None:
    page_of(client.get(reverse("login")))

    answer = log_in(client, "Ada@Example.com")
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("dashboard"))

    answer = client.post(reverse("logout"))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("home"))
    assert client.get(reverse("dashboard")).status_code == 302


def test_a_link_does_not_log_out(as_ada: Client) -> None:
    assert as_ada.get(reverse("logout")).status_code == 405
    assert as_ada.get(reverse("dashboard")).status_code == 200


def test_the_session_changes_at_log_in(ada: User, client: Client) -> None:
    client.session["visited"] = True
    client.session.save()
    before = client.session.session_key

    log_in(client, ada.email)

    assert client.session.session_key != before


def test_wrong_passwords_and_unknown_addresses_read_the_same(ada: User, client: Client) -> None:
    User.objects.create_user("gone@example.com", PASSWORD, is_active=False)
    wrong = log_in(client, ada.email, "wrong")
    page_of(wrong)

    for email in ("nobody@example.com", "gone@example.com"):
        other = log_in(client, email, PASSWORD)
        assert other.status_code == wrong.status_code
        pages_differ_only_in(
            CSRF.sub("", wrong.content.decode()),
            CSRF.sub("", other.content.decode()),
            words=(ada.email, email),
        )


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_the_sixth_attempt_is_refused(email: str, ada: User, client: Client) -> None:
    for _ in range(5):
        assert log_in(client, email, "wrong").status_code == 200

    answer = log_in(client, email)

    page_of(answer, status=429)
    assert "Try again in fifteen minutes" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_no_password_reaches_the_log(
    ada: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    log_in(client, ada.email, "not-the-password")

    assert "Log-in failed from 127.0.0.1." in caplog.text
    assert "not-the-password" not in caplog.text


def test_log_in_leads_nowhere_else(ada: User, client: Client) -> None:
    form = {"username": ada.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(reverse("login"), form).headers["Location"] == reverse("dashboard")


# --- making a key -----------------------------------------------------------------------------
def test_a_new_key_is_shown_with_its_snippets(as_ada: Client) -> None:
    page_of(as_ada.get(reverse("key-create")))

    answer = new_key(as_ada)

    page = page_of(answer)
    field = next(field for field in page.all("input") if field.get("id") == "new-key")
    assert "readonly" in field
    key = find_api_key(field["value"] or "")
    assert key is not None
    assert (key.name, key.user.email, key.expires_at) == ("CI", "ada@example.com", None)
    assert answer.content.decode().count(field["value"]) == 4  # the field and three snippets
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_key_with_an_expiry(as_ada: Client) -> None:
    new_key(as_ada, expires_in_days="30")

    key = ApiKey.objects.get()
    assert key.expires_at is not None
    assert (key.expires_at - key.created_at).days in (29, 30)


def test_a_key_that_may_little_and_spend_little(as_ada: Client) -> None:
    scopes = ["voice:synthesize", "wallet:read"]
    new_key(as_ada, scopes=scopes, monthly_limit_micros="5", total_limit_micros="$1,000.50")

    key = ApiKey.objects.get()
    assert key.scopes == scopes
    assert (key.monthly_limit_micros, key.total_limit_micros) == (5_000_000, 1_000_500_000)
    answer = as_ada.get(reverse("dashboard"))
    page_of(answer)
    overview = answer.content.decode()
    for said in ("only voice:synthesize, wallet:read", "$5.00 a month", "$1,000.50 in all"):
        assert said in overview


def test_a_key_may_do_everything_unless_told_otherwise(as_ada: Client) -> None:
    boxes = page_of(as_ada.get(reverse("key-create"))).all("input")
    assert [box["value"] for box in boxes if "checked" in box] == ["*"]

    new_key(as_ada)

    key = ApiKey.objects.get()
    assert (key.scopes, key.monthly_limit_micros, key.total_limit_micros) == (["*"], None, None)


def test_what_is_wrong_in_the_folded_part_is_in_sight(as_ada: Client) -> None:
    assert "<details open>" in new_key(as_ada, scopes=[]).content.decode()
    assert "<details open>" not in as_ada.get(reverse("key-create")).content.decode()


def test_a_form_sent_twice_makes_one_key_and_shows_it_once(as_ada: Client) -> None:
    form = str(uuid.uuid4())
    shown = new_key(as_ada, form_token=form).content.decode()

    again = new_key(as_ada, form_token=form)

    assert (again.status_code, again.headers["Location"]) == (302, reverse("dashboard"))
    assert ApiKey.objects.count() == 1
    overview = as_ada.get(reverse("dashboard")).content.decode()
    assert "had made its key already" in overview
    assert TOKEN.search(shown)
    assert not TOKEN.search(overview)


def test_each_form_is_another(as_ada: Client) -> None:
    tokens = [
        re.findall(r'name="form_token"\s+value="([^"]+)"', as_ada.get(page).content.decode())
        for page in (reverse("dashboard"), reverse("dashboard"), reverse("key-create"))
    ]

    assert [len(found) for found in tokens] == [1, 1, 1]
    assert len({found[0] for found in tokens}) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "n" * 101},
        {"expires_in_days": "0"},
        {"form_token": "nonsense"},
        {"scopes": []},
        {"scopes": ["*", "transcribe"]},
        {"scopes": "everything"},
        {"monthly_limit_micros": "-5"},
        {"total_limit_micros": "1000000001"},
    ],
)
def test_a_form_that_is_wrong_makes_nothing(
    wrong: dict[str, str | list[str]], as_ada: Client
) -> None:
    answer = new_key(as_ada, **wrong)

    page_of(answer)
    assert ApiKey.objects.count() == 0
    assert 'class="errorlist"' in answer.content.decode() or 'role="alert"' in (
        answer.content.decode()
    )


def test_a_name_is_text_wherever_it_is_shown(as_ada: Client) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

    created = new_key(as_ada, name=evil)
    key = ApiKey.objects.get()
    confirm = as_ada.get(reverse("key-revoke", args=[key.pk]))
    overview = as_ada.get(reverse("dashboard"))

    for answer in (created, confirm, overview):
        page_of(answer)
        assert "<script>alert" not in answer.content.decode()


def test_a_token_is_in_no_later_page_no_log_and_no_database(
    as_ada: Client,
    as_sam: Client,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    shown = TOKEN.search(new_key(as_ada).content.decode())
    assert shown
    token = shown.group()
    key = ApiKey.objects.get()

    own = [reverse("dashboard"), reverse("key-create"), reverse("key-revoke", args=[key.pk])]
    staff = [
        reverse("admin:accounts_apikey_changelist"),
        reverse("admin:accounts_apikey_change", args=[key.pk]),
    ]
    told = [as_ada.get(url).content.decode() for url in own]
    told += [as_sam.get(url).content.decode() for url in staff]
    told.append(as_ada.post(own[2], follow=True).content.decode())
    call_command("dumpdata", "--all")
    told += [capsys.readouterr().out, str(dict(as_ada.session)), caplog.text]

    for text in told:
        assert not TOKEN.search(text)
        assert token[3:35] not in text


# --- revoking ---------------------------------------------------------------------------------
def test_revoking_asks_first(as_ada: Client, key: ApiKey, token: str) -> None:
    url = reverse("key-revoke", args=[key.pk])

    page_of(as_ada.get(url))
    assert find_api_key(token)

    answer = as_ada.post(url, follow=True)
    page_of(answer)
    assert "The key “Laptop” is revoked." in answer.content.decode()
    assert find_api_key(token) is None


def test_a_revoked_key_says_so(as_ada: Client, key: ApiKey) -> None:
    revoke(key)

    answer = as_ada.get(reverse("key-revoke", args=[key.pk]))

    page_of(answer)
    assert "This key is revoked" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_else_s_key_does_not_exist(
    method: str, as_eve: Client, key: ApiKey, token: str
) -> None:
    url = reverse("key-revoke", args=[key.pk])
    missing = reverse("key-revoke", args=[key.pk + 1000])

    assert getattr(as_eve, method)(url).status_code == 404
    assert getattr(as_eve, method)(missing).status_code == 404
    assert find_api_key(token)


# --- who may, and how ---------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["dashboard", "key-create", "key-revoke"])
def test_visitors_are_sent_to_log_in(name: str, method: str, client: Client, key: ApiKey) -> None:
    url = reverse(name, args=[key.pk] if name == "key-revoke" else [])

    answer = getattr(client, method)(url)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize("name", ["login", "logout", "key-create", "key-revoke"])
def test_forms_of_other_sites_are_refused(name: str, ada: User, key: ApiKey, token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    answer = client.post(reverse(name, args=[key.pk] if name == "key-revoke" else []))

    page_of(answer, status=403)
    assert find_api_key(token)


def test_pages_of_an_account_are_kept_by_no_cache(as_ada: Client, key: ApiKey) -> None:
    pages = [
        reverse("dashboard"),
        reverse("key-create"),
        reverse("key-revoke", args=[key.pk]),
    ]
    for page in pages:
        assert "no-store" in as_ada.get(page).headers["Cache-Control"]


def test_a_key_does_not_open_the_dashboard(client: Client, ada: User) -> None:
    _, token = create_api_key(user=ada, name="Laptop")

    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}):
        assert client.get(reverse("dashboard"), headers=headers).status_code == 302
