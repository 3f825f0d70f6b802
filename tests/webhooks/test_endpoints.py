"""Adding, rotating and erasing endpoints, and where they may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from accounts.models import User
from audiopod.common.problem import Problem
from tests.audio_api.jobs.toy import at_once
from tests.harness.receiver import EventReceiver
from tests.webhooks.cast import serve_all, tell
from webhooks import endpoints
from webhooks.models import AccountSecret, Delivery, Endpoint, Receiver
from webhooks.targets import TargetRefused

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rung"),
]


# --- where they may be --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/hook", "https"),
        ("ftp://example.com/hook", "https"),
        ("example.com/hook", "complete web address"),
        ("https://user:secret@example.com/", "signature"),
        ("https://10.0.0.7/hook", "no public address"),
        ("https://[::1]/hook", "no public address"),
        ("https://169.254.169.254/latest/meta-data", "no public address"),
        ("https://[::ffff:10.0.0.7]/", "no public address"),
        ("https://2130706433/", "complete web address"),
        ("https://example.com:25/", "port"),
        ("https://example.com/" + "x" * 2048, "2048 characters"),
        ("https://exa mple.com/", "complete web address"),
        ("", "complete web address"),
    ],
)
def test_an_endpoint_is_public_and_https(user: User, url: str, words: str) -> None:
    with pytest.raises(TargetRefused, match=words):
        endpoints.create(user, url=url)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://example.com:8443/a?b=c",
        "https://8.8.8.8/",
        "https://discord.com/api/webhooks/1",
        "https://facebook.com/hook",
        "http://nas.lan:9000/hook",
        "http://10.1.2.3/hook",
    ],
)
def test_these_may_be_endpoints(user: User, settings: Settings, url: str) -> None:
    settings.WEBHOOK_ALLOW = ["nas.lan:9000", "10.0.0.0/8"]
    assert endpoints.create(user, url=url)[0].url == url


def test_plain_http_needs_a_name_on_the_list_not_an_address_behind_it(
    user: User, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOW = ["10.0.0.0/8"]
    with pytest.raises(TargetRefused):
        endpoints.create(user, url="http://nas.lan/hook")


# --- how many -----------------------------------------------------------------------------------
def test_one_address_is_one_endpoint(user: User, stranger: User) -> None:
    url = "https://example.com/hook"
    made, _ = endpoints.create(user, url=url)
    endpoints.create(stranger, url=url)
    with pytest.raises(Problem) as refused:
        endpoints.create(user, url="https://EXAMPLE.com:443/hook")
    assert (refused.value.status, refused.value.code) == (409, "webhook_endpoint_exists")
    endpoints.remove(made)
    endpoints.create(user, url=url)


@pytest.mark.race
def test_there_are_never_too_many(user: User, settings: Settings) -> None:
    settings.MAX_WEBHOOK_ENDPOINTS = 2
    urls = [f"https://example.com/{number}" for number in range(6)]
    made = at_once([lambda url=url: endpoints.create(user, url=url) for url in urls])
    refused = [each for each in made if isinstance(each, Problem)]
    assert (len(refused), Endpoint.objects.count()) == (4, 2)
    assert {each.code for each in refused} == {"webhook_endpoints_limit"}


# --- secrets ------------------------------------------------------------------------------------
def test_no_secret_lies_in_the_database(user: User) -> None:
    made, secret = endpoints.create(user, url="https://example.com/")
    assert secret.startswith("whsec_")
    assert len(secret) > 40
    assert secret not in str(Endpoint.objects.values().get(pk=made.pk))


def test_the_old_secret_signs_until_its_time_is_over(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    old = receiver.secret
    new = endpoints.rotate(endpoint, overlap=timedelta(hours=24))
    tell(user)
    serve_all()
    Endpoint.objects.update(previous_until=endpoint.created_at)
    receiver.secret = new
    tell(user)
    serve_all()
    assert not receiver.forged
    first, second = receiver.events
    assert first.is_signed_with(old)
    assert second.is_signed_with(new)
    assert not second.is_signed_with(old)


def test_a_rotation_can_be_finished_early(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.secret = endpoints.rotate(endpoint, overlap=timedelta(hours=24))
    endpoints.finish_rotation(endpoint)
    tell(user)
    serve_all()
    assert len(receiver.events) == 1
    assert not receiver.forged


def test_a_rotation_without_overlap_is_finished_at_once(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.secret = endpoints.rotate(endpoint, overlap=timedelta())
    tell(user)
    serve_all()
    assert not receiver.forged


def test_of_two_rotations_the_secret_that_is_in_use_goes_on(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    in_use = receiver.secret
    endpoints.rotate(endpoint, overlap=timedelta(hours=24))
    endpoints.rotate(endpoint, overlap=timedelta(hours=24))
    tell(user)
    serve_all()
    assert receiver.events[0].is_signed_with(in_use)


def test_another_secret_key_is_a_failure_that_says_so(
    user: User, receiver: EventReceiver, endpoint: Endpoint, settings: Settings
) -> None:
    key = settings.SECRET_KEY
    settings.SECRET_KEY = "quite another one"
    tell(user)
    serve_all()
    assert Delivery.objects.get().error == "secret"
    settings.SECRET_KEY_FALLBACKS = [key]
    Delivery.objects.update(next_attempt_at=endpoint.created_at)
    serve_all()
    assert Delivery.objects.get().status == "delivered"
    assert not receiver.forged


def test_erasing_an_account_erases_all_of_it(
    user: User, stranger: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user, url=receiver.url)
    serve_all()
    endpoints.create(stranger, url="https://example.com/")
    endpoints.erase(user)
    for model in (Delivery, Receiver, Endpoint, AccountSecret):
        assert not model.objects.filter(user=user).exists()
    assert Endpoint.objects.get().user == stranger
