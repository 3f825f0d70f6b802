"""Making, finding, touching and revoking keys."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import services
from accounts.keys import tokens
from accounts.models import ApiKey, User
from audiopod import settings as product

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_new_key_opens_its_own_account(ada: User, eve: User) -> None:
    key, token = services.create_api_key(user=ada, name="Laptop")

    found = services.find_api_key(token)

    assert found == key
    assert found.user == ada
    assert key.masked == f"{token[:8]}…{token[-4:]}"


def test_the_token_is_stored_nowhere(
    token: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    call_command("dumpdata", "--all")

    dump = capsys.readouterr().out
    assert "accounts.apikey" in dump
    for secret in (token, token[3:35], token[8:37]):
        assert secret not in dump + caplog.text


def test_a_well_formed_key_costs_one_query(
    token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        key = services.find_api_key(token)
        assert key is not None
        assert key.user.email == "ada@example.com"


@pytest.mark.parametrize("garbage", ["", "ap_", "sk-1234", "ap_" + "A" * 38, "\x00" * 41])
def test_garbage_costs_no_query(
    garbage: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert services.find_api_key(garbage) is None


@pytest.mark.parametrize("why", ["unknown", "revoked", "expired", "account closed"])
def test_every_refused_key_costs_the_same_query(
    why: str, key: ApiKey, token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    if why == "unknown":
        token = tokens.make_token()
    elif why == "revoked":
        services.revoke(key)
    elif why == "expired":
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        User.objects.filter(pk=key.user_id).update(is_active=False)

    with django_assert_num_queries(1):
        assert services.find_api_key(token) is None


def test_a_key_lives_until_its_expiry(ada: User) -> None:
    tomorrow = timezone.now() + timedelta(days=1)

    key, token = services.create_api_key(user=ada, name="Short", expires_at=tomorrow)

    assert services.find_api_key(token) == key
    assert key.is_usable(tomorrow - timedelta(seconds=1))
    assert not key.is_usable(tomorrow)


def test_an_expiry_in_the_past_is_refused(ada: User) -> None:
    with pytest.raises(ValueError, match="future"):
        services.create_api_key(user=ada, name="Late", expires_at=timezone.now())


def test_one_form_makes_one_key(ada: User) -> None:
    form = uuid.uuid4()
    services.create_api_key(user=ada, name="Laptop", form_token=form)

    with pytest.raises(services.KeyAlreadyMade):
        services.create_api_key(user=ada, name="Laptop", form_token=form)

    assert ApiKey.objects.count() == 1


def test_peppers_rotate_without_losing_a_key(ada: User, settings: Settings) -> None:
    settings.API_KEY_PEPPERS = ["old"]
    key, token = services.create_api_key(user=ada, name="Laptop")

    settings.API_KEY_PEPPERS = ["new", "old"]
    assert services.find_api_key(token) == key  # and moves it to the new pepper

    settings.API_KEY_PEPPERS = ["new"]
    assert services.find_api_key(token) == key

    settings.API_KEY_PEPPERS = ["old"]
    assert services.find_api_key(token) is None


def test_use_is_noted_at_most_once_a_minute(
    key: ApiKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        services.touch(key, "203.0.113.7")
    with django_assert_num_queries(0):
        services.touch(key, "203.0.113.7")

    key.last_used_at = timezone.now() - services.TOUCH_EVERY
    with django_assert_num_queries(1):
        services.touch(key, "203.0.113.7")


def test_two_processes_note_one_use(key: ApiKey) -> None:
    mine, theirs = ApiKey.objects.get(), ApiKey.objects.get()
    services.touch(theirs, "203.0.113.7")
    noted = ApiKey.objects.get().last_used_at

    services.touch(mine, "203.0.113.8")

    assert ApiKey.objects.get().last_used_at == noted
    assert ApiKey.objects.get().last_used_address == "203.0.113.7"


@pytest.mark.parametrize(
    ("address", "noted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unix:", None),
        ("", None),
        (None, None),
    ],
)
def test_it_is_noted_from_where(key: ApiKey, address: str | None, noted: str | None) -> None:
    services.touch(key, address)
    assert ApiKey.objects.get().last_used_address == noted


# --- changing and rotating ----------------------------------------------------------------------
LIMITS = services.KeyLimits(
    requests_per_minute=5, max_concurrent_jobs=2, monthly_limit_micros=7, total_limit_micros=9
)


def a_day_old(ada: User, **fields: Any) -> tuple[ApiKey, str]:
    key, token = services.create_api_key(
        user=ada,
        name="Laptop",
        scopes=["transcribe"],
        limits=LIMITS,
        allowed_networks=["203.0.113.0/24"],
    )
    made_at = timezone.now() - timedelta(days=1)
    ApiKey.objects.filter(pk=key.pk).update(created_at=made_at, **fields)
    key.refresh_from_db()
    return key, token


def test_a_key_that_is_changed_is_another_from_its_next_request_on(ada: User) -> None:
    key, token = services.create_api_key(user=ada, name="Laptop")

    services.change(
        key, name="CI", scopes=["transcribe"], limits=LIMITS, allowed_networks=["10.0.0.0/8"]
    )

    found = services.find_api_key(token)
    assert found is not None
    assert (found.name, found.scopes, found.allowed_networks) == (
        "CI",
        ["transcribe"],
        ["10.0.0.0/8"],
    )
    assert services.KeyLimits.of(found) == LIMITS


def test_a_successor_has_what_the_old_key_had(ada: User) -> None:
    old, token = a_day_old(ada)

    made, new_token = services.rotate(old, overlap=timedelta(hours=1))

    assert services.find_api_key(new_token) == made
    assert (made.name, made.scopes, made.user) == ("Laptop", ["transcribe"], ada)
    assert (services.KeyLimits.of(made), made.allowed_networks) == (LIMITS, ["203.0.113.0/24"])
    assert (made.replaces, made.expires_at) == (old, None)
    old.refresh_from_db()
    assert services.find_api_key(token) == old
    assert old.expires_at is not None
    assert abs(old.expires_at - timezone.now() - timedelta(hours=1)) < timedelta(seconds=20)


def test_without_an_overlap_the_old_key_ends_at_once(ada: User) -> None:
    old, token = a_day_old(ada)

    services.rotate(old, overlap=timedelta())

    assert services.find_api_key(token) is None
    old.refresh_from_db()
    assert old.revoked_at is not None


def test_no_key_lives_longer_by_being_rotated(ada: User) -> None:
    """Given a key made a day ago for two days, rotated with an overlap of seven."""
    ends_at = timezone.now() + timedelta(days=1)
    old, _ = a_day_old(ada, expires_at=ends_at)

    made, _ = services.rotate(old, overlap=timedelta(days=7))

    old.refresh_from_db()
    assert old.expires_at == ends_at
    assert made.expires_at is not None
    assert abs(made.expires_at - timezone.now() - timedelta(days=2)) < timedelta(seconds=20)


def test_a_key_has_one_successor_while_that_works(ada: User) -> None:
    old, _ = a_day_old(ada)
    first, _ = services.rotate(old, overlap=timedelta(hours=1))

    with pytest.raises(services.AlreadyRotated) as refused:
        services.rotate(old, overlap=timedelta(hours=1))
    assert refused.value.successor == first

    services.revoke(first)  # its secret was lost, say
    second, _ = services.rotate(old, overlap=timedelta(hours=1))
    assert second != first


@pytest.mark.parametrize("why", ["revoked", "expired", "account closed"])
def test_what_is_over_is_neither_rotated_nor_changed(why: str, ada: User) -> None:
    key, _ = a_day_old(ada)
    if why == "revoked":
        services.revoke(key)
    elif why == "expired":
        ApiKey.objects.update(expires_at=timezone.now())
    else:
        User.objects.update(is_active=False)

    with pytest.raises(services.KeyNotUsable):
        services.rotate(ApiKey.objects.get(), overlap=timedelta(hours=1))
    with pytest.raises(services.KeyNotUsable):
        services.change(key, name="CI", scopes=["*"], limits=LIMITS, allowed_networks=[])
    assert ApiKey.objects.get().name == "Laptop"


def test_revoking_is_at_once_and_for_good(key: ApiKey, token: str) -> None:
    assert services.revoke(key)
    first = ApiKey.objects.get().revoked_at

    assert services.find_api_key(token) is None
    assert not services.revoke(ApiKey.objects.get())
    assert ApiKey.objects.get().revoked_at == first


def test_usable_keys_are_those_that_open_something(key: ApiKey, eve: User) -> None:
    now = timezone.now()
    services.revoke(services.create_api_key(user=eve, name="Revoked")[0])
    expired, _ = services.create_api_key(user=eve, name="Old", expires_at=now + timedelta(days=1))
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=now)

    assert list(ApiKey.objects.usable()) == [key]
    User.objects.update(is_active=False)
    assert not ApiKey.objects.usable().exists()


def test_an_address_is_one_account_whatever_its_case(ada: User) -> None:
    ada.email = " ADA@Example.COM "
    ada.save()

    assert User.objects.get_by_natural_key("Ada@example.com").email == "ada@example.com"
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key("nobody@example.com")
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")


def test_passwords_are_kept_by_argon2(cheap_passwords: None, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS

    assert make_password("correct horse battery").startswith("argon2$argon2id$")
