"""`/api/v1/auth/…`: the account of a key, and its keys made, listed and revoked by one."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts import services
from accounts.models import ApiKey, User
from accounts.services import create_api_key, find_api_key
from tests.calling import Caller, calling_as, error_of
from tests.minutes import begin_well_before_the_next

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEYS = "/auth/api-keys"
ME = "/auth/me"


@pytest.fixture
def caller(token: str) -> Caller:
    return Caller(token)


def make(caller: Caller, *, once: str = "", **fields: object) -> Any:
    return caller.post(KEYS, {"name": "CI"} | fields, once=once)


# --- who --------------------------------------------------------------------------------------
def test_me(caller: Caller, ada: User) -> None:
    body = caller.get(ME).json()
    assert set(body) >= {"id", "email", "full_name", "is_verified", "created_at", "updated_at"}
    assert (body["id"], body["email"], body["full_name"]) == (ada.pk, "ada@example.com", "")
    assert datetime.fromisoformat(body["created_at"]) == ada.date_joined


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        *(("Ada Lovelace", "Ada Lovelace"), ("  Ada   King  Lovelace ", "Ada King Lovelace")),
        *(("Ada", "Ada"), ("", ""), ("x" * 150, "x" * 150)),
    ],
)
def test_a_name_is_kept_as_it_is_read(caller: Caller, ada: User, typed: str, kept: str) -> None:
    assert caller.patch(ME, {"full_name": typed}).json()["full_name"] == kept
    ada.refresh_from_db()
    assert ada.get_full_name() == kept


@pytest.mark.parametrize("wrong", [{"full_name": value} for value in (5, None, "x" * 151)])
def test_a_name_that_is_none_is_refused(caller: Caller, wrong: dict[str, object]) -> None:
    assert error_of(caller.patch(ME, wrong), 400)["param"] == "full_name"


def test_a_change_of_nothing_changes_nothing(caller: Caller) -> None:
    caller.patch(ME, {"full_name": "Ada Lovelace"})
    assert caller.patch(ME, {}).json()["full_name"] == "Ada Lovelace"


def test_nothing_else_of_an_account_can_be_changed(caller: Caller, ada: User) -> None:
    more = {"email": "eve@example.com", "is_staff": True, "daily_limit_micros": 9}
    caller.patch(ME, {"full_name": "Ada"} | more)
    ada.refresh_from_db()
    assert (ada.email, ada.is_staff, ada.daily_limit_micros) == ("ada@example.com", False, None)


# --- making -----------------------------------------------------------------------------------
def test_a_new_key_is_shown_once_and_opens(caller: Caller, ada: User) -> None:
    answer = make(caller, name="CI", scopes=["*"], expires_in_days=None)

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert re.fullmatch(r"ap_[0-9A-Za-z]{38}", body["api_key"])
    found = find_api_key(body["api_key"])
    assert found is not None
    assert (found.user, str(found.public_id), found.name) == (ada, body["id"], "CI")
    assert (body["scopes"], body["expires_at"], body["status"]) == (["*"], None, "active")
    assert body["api_key"] not in caller.get(KEYS).content.decode()


def test_scopes_expiry_and_limits_are_kept(caller: Caller) -> None:
    body = make(
        caller,
        scopes=["transcribe", "voice:read", "transcribe"],
        expires_in_days=30,
        monthly_limit_usd="25.00",
        total_limit_usd=100.5,
        requests_per_minute=60,
        max_concurrent_jobs=4,
        allowed_networks=["203.0.113.7", "2001:DB8::/32", "203.0.113.7/32"],
    ).json()

    key = ApiKey.objects.get(public_id=body["id"])
    assert key.scopes == body["scopes"] == ["transcribe", "voice:read"]
    assert key.expires_at is not None
    assert abs(key.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert (key.monthly_limit_micros, key.total_limit_micros) == (25_000_000, 100_500_000)
    assert (body["monthly_limit_usd"], body["total_limit_usd"]) == ("$25.00", "$100.50")
    assert body["monthly_limit_micros"] == 25_000_000
    assert (key.requests_per_minute, key.max_concurrent_jobs) == (60, 4)
    assert key.allowed_networks == body["allowed_networks"] == ["203.0.113.7/32", "2001:db8::/32"]


def test_without_scopes_a_key_has_those_of_its_maker(ada: User) -> None:
    maker = calling_as(ada, scopes=["keys:write", "transcribe"])
    assert make(maker).json()["scopes"] == ["keys:write", "transcribe"]


def test_everything_makes_other_scopes_superfluous(caller: Caller) -> None:
    assert make(caller, scopes=["transcribe", "*"]).json()["scopes"] == ["*"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [({"name": value}, "name") for value in ("", "   ", 5, None, "x" * 101)]
    + [({"scopes": value}, "scopes") for value in ([], "*", {})]
    + [({"scopes": ["music:generate"]}, "scopes[0]")]
    + [({"expires_in_days": value}, "expires_in_days") for value in (0, -1, "7", True, 3651, 1.5)]
    + [({"monthly_limit_usd": v}, "monthly_limit_usd") for v in (-1, "much", True, [], " 5", 1e30)]
    + [({"total_limit_usd": v}, "total_limit_usd") for v in ("0.0000001", "1000000000.01")]
    + [({"requests_per_minute": value}, "requests_per_minute") for value in (0, 601, "5")]
    + [({"max_concurrent_jobs": value}, "max_concurrent_jobs") for value in (0, 101)]
    + [({"allowed_networks": value}, "allowed_networks") for value in ("10.0.0.0/8", 5, {})]
    + [({"allowed_networks": [f"10.0.{n}.0/24" for n in range(51)]}, "allowed_networks")]
    + [
        ({"allowed_networks": [value]}, "allowed_networks[0]")
        for value in (5, None, "", "somewhere", "203.0.113.7/24", "::ffff:203.0.113.7")
    ],
)
def test_what_makes_no_sense_makes_no_key(
    caller: Caller, wrong: dict[str, object], param: str
) -> None:
    assert error_of(make(caller, **wrong), 400)["param"] == param
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("body", ["[]", '"CI"', "5", "null", "{", ""])
def test_a_body_that_is_no_object_makes_no_key(caller: Caller, body: str) -> None:
    error_of(caller.post(KEYS, body), 400)


def test_where_the_server_has_no_limit_a_key_may_have_any(
    caller: Caller, settings: Settings
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = settings.MAX_CONCURRENT_JOBS = 0
    assert make(caller, requests_per_minute=10**6, max_concurrent_jobs=10**6).status_code == 201
    error_of(make(caller, requests_per_minute=2**31), 400)


def test_the_same_idempotency_key_makes_one_key(caller: Caller, eve: User) -> None:
    once = str(uuid.uuid4())
    first = make(caller, once=once).json()

    again = make(caller, once=once, name="another")

    error = error_of(again, 409)
    assert (error["param"], error["code"]) == ("Idempotency-Key", "idempotency_key_used")
    assert "shown only once" in error["message"]
    assert again.headers["x-should-retry"] == "false"
    assert again.json()["id"] == first["id"]
    assert first["api_key"] not in again.content.decode()
    assert ApiKey.objects.count() == 2
    assert make(calling_as(eve), once=once).status_code == 201, "each account has its own"


@pytest.mark.parametrize("once", ["x" * 256, "ä"])
def test_an_idempotency_key_that_is_none_is_refused(caller: Caller, once: str) -> None:
    assert error_of(make(caller, once=once), 400)["param"] == "Idempotency-Key"


# --- listing ----------------------------------------------------------------------------------
def test_the_list_is_a_plain_array_of_what_is_there(caller: Caller, key: ApiKey) -> None:
    (listed,) = caller.get(KEYS).json()
    assert {"id", "name", "status", "scopes", "created_at", "expires_at", "last_used_at"} <= set(
        listed
    )
    assert (listed["id"], listed["name"]) == (str(key.public_id), "Laptop")
    assert (listed["status"], listed["scopes"]) == ("active", ["*"])
    assert listed["key_hint"] == key.masked
    assert listed["last_used_at"] is not None, "this very request"


def test_keys_are_listed_by_what_they_are(caller: Caller, ada: User, eve: User) -> None:
    revoked, _ = create_api_key(user=ada, name="revoked")
    services.revoke(revoked)
    expired, _ = create_api_key(user=ada, name="expired")
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    create_api_key(user=eve, name="Eve's")

    def names(**query: str) -> list[tuple[str, str]]:
        return [(each["name"], each["status"]) for each in caller.get(KEYS, **query).json()]

    active = ("Laptop", "active")
    assert names() == [("expired", "expired"), ("revoked", "revoked"), active]
    assert names(status="active") == [active]
    assert names(status="revoked") == [("revoked", "revoked")]
    assert names(status="expired") == [("expired", "expired")]
    assert names(limit="1", skip="2") == [active]
    error_of(caller.get(KEYS, status="lost"), 400)


# --- looking up and revoking ----------------------------------------------------------------------
def test_a_key_is_found_by_its_id_alone(caller: Caller, key: ApiKey) -> None:
    assert caller.get(f"{KEYS}/{key.public_id}").json()["name"] == "Laptop"
    assert caller.get(f"{KEYS}/{str(key.public_id).upper()}").status_code == 200
    assert caller.get(f"{KEYS}/{key.pk}").status_code == 404


def test_revoking_is_at_once_and_may_be_said_twice(caller: Caller, ada: User) -> None:
    other, token = create_api_key(user=ada, name="leaked")

    assert caller.delete(f"{KEYS}/{other.public_id}").status_code == 204
    assert caller.delete(f"{KEYS}/{other.public_id}").status_code == 204
    assert find_api_key(token) is None
    assert Caller(token).get(ME).status_code == 401


@pytest.mark.parametrize("how", [{}, {"scopes": ["transcribe"]}])
def test_a_key_may_revoke_itself_whatever_its_scopes(ada: User, how: dict[str, Any]) -> None:
    key, token = create_api_key(user=ada, name="leaked", **how)
    assert Caller(token).delete(f"{KEYS}/{key.public_id}").status_code == 204
    assert Caller(token).delete(f"{KEYS}/{key.public_id}").status_code == 401


def test_another_key_is_revoked_only_by_one_that_may(ada: User, key: ApiKey) -> None:
    narrow = calling_as(ada, scopes=["transcribe"])
    for ident in (key.public_id, uuid.uuid4()):
        assert error_of(narrow.delete(f"{KEYS}/{ident}"), 403)["code"] == "missing_scope"
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.parametrize("method", ["get", "delete"])
def test_the_keys_of_others_do_not_exist(caller: Caller, eve: User, method: str) -> None:
    """The key of another account, an unknown id and nonsense get the same answer."""
    hers, _ = create_api_key(user=eve, name="Eve's")
    said = set()
    for ident in (str(hers.public_id), str(uuid.uuid4()), "nonsense", str(hers.pk)):
        answer = (
            caller.get(f"{KEYS}/{ident}") if method == "get" else caller.delete(f"{KEYS}/{ident}")
        )
        said.add(error_of(answer, 404)["message"])
    assert len(said) == 1
    hers.refresh_from_db()
    assert hers.revoked_at is None


# --- how often --------------------------------------------------------------------------------
def test_keys_are_made_only_so_often_by_an_account(
    caller: Caller, ada: User, eve: User, settings: Settings
) -> None:
    begin_well_before_the_next()
    settings.ACCOUNT_CHANGES_PER_MINUTE = 2
    assert [make(caller).status_code for _ in range(2)] == [201, 201]

    refused = make(calling_as(ada))

    assert error_of(refused, 429)["code"] == "rate_limit_exceeded"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert caller.get(KEYS).status_code == 200, "reading is free"
    assert make(calling_as(eve)).status_code == 201, "others go on"
