"""The pages of a key in a browser: made, changed, rotated and revoked."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.services import KeyLimits, create_api_key, find_api_key, revoke
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import log_in
from tests.minutes import begin_well_before_the_next
from tests.pages import page_of

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"ap_[0-9A-Za-z]{38}")
KEYS = "/dashboard/keys/"


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    """Has just logged in."""
    log_in(client, ada.email, PASSWORD)
    return client


@pytest.fixture
def as_eve(eve: User) -> Client:
    client = Client()
    log_in(client, eve.email, PASSWORD)
    return client


def new_key(client: Client, **fields: str | list[str]):
    form = {"name": "CI", "expires_in_days": "", "scopes": "*", "form_token": str(uuid.uuid4())}
    return client.post(reverse("key-create"), form | fields)


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
    assert answer.content.decode().count(field["value"] or "") >= 4  # the field, and each snippet
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
    answer = as_ada.get(KEYS)
    page_of(answer)
    page = " ".join(answer.content.decode().split())
    for said in (
        "May only: make speech, see balance, usage and top-ups",
        "$0.00 of $5.00 this month",
        "$0.00 of $1,000.50 in all",
    ):
        assert said in page


def test_a_key_that_may_be_used_seldom_and_from_few_places(as_ada: Client) -> None:
    typed = " 203.0.113.7\r\n198.51.100.0/24,2001:DB8::/32 \n\n203.0.113.7/32 "
    new_key(as_ada, requests_per_minute="60", max_concurrent_jobs="2", allowed_networks=typed)

    key = ApiKey.objects.get()
    assert (key.requests_per_minute, key.max_concurrent_jobs) == (60, 2)
    assert key.allowed_networks == ["203.0.113.7/32", "198.51.100.0/24", "2001:db8::/32"]


def test_the_form_says_where_the_reader_is(as_ada: Client) -> None:
    said = as_ada.get(reverse("key-create"), REMOTE_ADDR="::ffff:203.0.113.7").content.decode()
    assert '<span class="mono">203.0.113.7</span>' in said
    assert "You are at" not in as_ada.get(reverse("key-create"), REMOTE_ADDR="").content.decode()


def test_a_key_may_do_everything_unless_scopes_are_chosen(as_ada: Client) -> None:
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

    assert (again.status_code, again.headers["Location"]) == (302, KEYS)
    assert ApiKey.objects.count() == 1
    overview = as_ada.get(KEYS).content.decode()
    assert "has made its key already" in overview
    assert TOKEN.search(shown)
    assert not TOKEN.search(overview)


def test_each_form_is_another(as_ada: Client) -> None:
    tokens = [
        re.findall(r'name="form_token"\s+value="([^"]+)"', as_ada.get(page).content.decode())
        for page in (KEYS, KEYS, reverse("key-create"))  # the form is there until there is a key
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
        {"requests_per_minute": "0"},
        {"requests_per_minute": "601"},
        {"requests_per_minute": "many"},
        {"max_concurrent_jobs": "101"},
        {"allowed_networks": "somewhere"},
        {"allowed_networks": "203.0.113.7/24"},
        {"allowed_networks": "::ffff:203.0.113.7"},
        {"allowed_networks": " ".join(f"10.0.{n}.0/24" for n in range(51))},
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
    for answer in (created, *(as_ada.get(url_of(name, key)) for name in PAGES)):
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

    own = [url_of(name, key) for name in PAGES]
    staff = [
        reverse("admin:accounts_apikey_changelist"),
        reverse("admin:accounts_apikey_change", args=[key.pk]),
    ]
    told = [as_ada.get(url).content.decode() for url in own]
    told += [as_sam.get(url).content.decode() for url in staff]
    told.append(as_ada.post(own[-1], follow=True).content.decode())
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
    assert "The key “Laptop” was revoked." in answer.content.decode()
    assert find_api_key(token) is None


def test_a_revoked_key_says_so(as_ada: Client, key: ApiKey) -> None:
    revoke(key)

    answer = as_ada.get(reverse("key-revoke", args=[key.pk]))

    page_of(answer)
    assert "This key is revoked" in answer.content.decode()


# --- changing ---------------------------------------------------------------------------------
SETTINGS: dict[str, Any] = {
    "name": "Server",
    "scopes": ["transcribe"],
    "monthly_limit_micros": "5",
    "requests_per_minute": "60",
    "allowed_networks": "203.0.113.0/24",
}


def test_a_key_is_changed_and_stays_the_same_key(as_ada: Client, key: ApiKey, token: str) -> None:
    page_of(as_ada.get(reverse("key-edit", args=[key.pk])))

    answer = as_ada.post(reverse("key-edit", args=[key.pk]), SETTINGS, follow=True)

    page_of(answer)
    assert "The key “Server” was changed." in answer.content.decode()
    found = find_api_key(token)
    assert found == key
    assert (found.name, found.scopes) == ("Server", ["transcribe"])
    assert (found.monthly_limit_micros, found.total_limit_micros) == (5_000_000, None)
    assert (found.requests_per_minute, found.max_concurrent_jobs) == (60, None)
    assert found.allowed_networks == ["203.0.113.0/24"]


def test_the_form_shows_what_is_set_and_saves_it_unchanged(as_ada: Client, ada: User) -> None:
    # Given what staff may set, and its owner may not
    limits = KeyLimits(
        requests_per_minute=0, max_concurrent_jobs=10**6, total_limit_micros=1_250_500_000
    )
    networks = ["203.0.113.0/24", "2001:db8::/32"]
    key, _ = create_api_key(
        user=ada, name="Own", limits=limits, allowed_networks=networks, scopes=["voice:read"]
    )
    url = reverse("key-edit", args=[key.pk])

    answer = as_ada.get(url)
    page = page_of(answer)
    sent = {
        str(field["name"]): field.get("value") or ""
        for field in page.all("input")
        if field.get("type") != "checkbox" or "checked" in field
    }
    assert "\n".join(networks) in answer.content.decode()
    answer = as_ada.post(url, sent | {"allowed_networks": "\r\n".join(networks)})

    assert answer.status_code == 302
    key.refresh_from_db()
    assert (KeyLimits.of(key), key.allowed_networks) == (limits, networks)
    assert (key.name, key.scopes) == ("Own", ["voice:read"])
    wider = sent | {"requests_per_minute": "601"}
    assert "Use a number from 1 to 600" in as_ada.post(url, wider).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"allowed_networks": "10.0.0.0/99"}]
)
def test_what_makes_no_sense_changes_nothing(
    wrong: dict[str, Any], as_ada: Client, key: ApiKey
) -> None:
    answer = as_ada.post(reverse("key-edit", args=[key.pk]), SETTINGS | wrong)

    page_of(answer)
    assert 'class="errorlist"' in answer.content.decode()
    key.refresh_from_db()
    assert (key.name, key.scopes, key.allowed_networks) == ("Laptop", ["*"], [])


@pytest.mark.parametrize("name", ["key-edit", "key-rotate"])
def test_a_key_that_is_over_is_neither_changed_nor_rotated(
    name: str, as_ada: Client, key: ApiKey
) -> None:
    revoke(key)
    form = SETTINGS | {"overlap_hours": "24", "form_token": str(uuid.uuid4())}

    answer = as_ada.post(reverse(name, args=[key.pk]), form, follow=True)

    assert "is revoked or has expired" in answer.content.decode()
    assert ApiKey.objects.get().name == "Laptop"


# --- rotating ---------------------------------------------------------------------------------
def rotation(client: Client, key: ApiKey, **fields: str):
    form = {"overlap_hours": "24", "form_token": str(uuid.uuid4())}
    return client.post(reverse("key-rotate", args=[key.pk]), form | fields)


def test_rotating_shows_the_new_key_and_lets_the_old_one_live(
    as_ada: Client, key: ApiKey, token: str
) -> None:
    page_of(as_ada.get(reverse("key-rotate", args=[key.pk])))

    answer = rotation(as_ada, key)

    page = page_of(answer)
    field = next(field for field in page.all("input") if field.get("id") == "new-key")
    made = find_api_key(field["value"] or "")
    assert made is not None
    assert (made.name, made.replaces) == ("Laptop", key)
    assert find_api_key(token) == key
    assert f'The old key <span class="mono">{key.masked}</span> works until' in (
        answer.content.decode()
    )
    assert "no-store" in answer.headers["Cache-Control"]
    listed = as_ada.get(KEYS).content.decode()
    assert "rotated" in listed
    assert listed.count(reverse("key-rotate", args=[made.pk])) == 1
    assert reverse("key-rotate", args=[key.pk]) not in listed
    assert not TOKEN.search(listed)


def test_rotating_without_an_overlap_ends_the_old_key(
    as_ada: Client, key: ApiKey, token: str
) -> None:
    answer = rotation(as_ada, key, overlap_hours="0")

    page_of(answer)
    assert find_api_key(token) is None
    assert f'The old key <span class="mono">{key.masked}</span> no longer works' in (
        answer.content.decode()
    )


@pytest.mark.parametrize("hours", ["0", "24"])
def test_a_rotation_sent_twice_makes_one_key_and_shows_it_once(
    hours: str, as_ada: Client, key: ApiKey
) -> None:
    form = str(uuid.uuid4())
    rotation(as_ada, key, form_token=form, overlap_hours=hours)

    again = rotation(as_ada, key, form_token=form, overlap_hours=hours)

    assert (again.status_code, again.headers["Location"]) == (302, KEYS)
    assert "has made its key already" in as_ada.get(KEYS).content.decode()
    assert ApiKey.objects.count() == 2


def test_a_rotated_key_has_one_successor(as_ada: Client, key: ApiKey) -> None:
    rotation(as_ada, key)

    again = as_ada.post(
        reverse("key-rotate", args=[key.pk]),
        {"overlap_hours": "1", "form_token": str(uuid.uuid4())},
        follow=True,
    )

    assert "was already rotated into" in again.content.decode()
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"overlap_hours": "2"}, {"overlap_hours": ""}, {"form_token": "x"}]
)
def test_a_rotation_that_is_wrong_makes_nothing(
    wrong: dict[str, str], as_ada: Client, key: ApiKey, token: str
) -> None:
    page_of(rotation(as_ada, key, **wrong))
    assert ApiKey.objects.count() == 1
    assert find_api_key(token)


@pytest.mark.parametrize("url", ["key-create", "key-rotate"])
def test_keys_are_made_only_so_often(
    url: str, as_ada: Client, key: ApiKey, settings: Settings
) -> None:
    begin_well_before_the_next()
    settings.ACCOUNT_CHANGES_PER_MINUTE = 1
    assert new_key(as_ada).status_code == 200

    answer = new_key(as_ada) if url == "key-create" else rotation(as_ada, key)

    page_of(answer, status=429)
    assert ApiKey.objects.count() == 2


# --- who may, and how -------------------------------------------------------------------------
PAGES = ["keys", "key-create", "key-edit", "key-rotate", "key-revoke"]


def url_of(name: str, key: ApiKey) -> str:
    return reverse(name, args=[] if name in {"keys", "key-create"} else [key.pk])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PAGES[1:])
def test_visitors_are_sent_to_log_in(name: str, method: str, client: Client, key: ApiKey) -> None:
    url = url_of(name, key)

    answer = getattr(client, method)(url)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PAGES[2:])
def test_somebody_else_s_key_does_not_exist(
    name: str, method: str, as_eve: Client, key: ApiKey, token: str
) -> None:
    for number in (key.pk, key.pk + 1000):
        assert getattr(as_eve, method)(reverse(name, args=[number])).status_code == 404
    assert find_api_key(token)
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("name", PAGES[1:])
def test_forms_of_other_sites_are_refused(name: str, ada: User, key: ApiKey, token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    page_of(client.post(url_of(name, key)), status=403)
    assert find_api_key(token)


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_an_account_are_kept_by_no_cache(name: str, as_ada: Client, key: ApiKey) -> None:
    assert "no-store" in as_ada.get(url_of(name, key)).headers["Cache-Control"]


def test_a_key_does_not_open_its_pages(client: Client, token: str) -> None:
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}):
        assert client.get(KEYS, headers=headers).status_code == 302
