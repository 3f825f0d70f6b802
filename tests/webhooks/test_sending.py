"""One attempt, towards a real receiver that behaves in every way a receiver can."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from audiopod.common.links import connect as connecting
from tests.audiopod.links.source import certificate_for
from tests.harness import receiver as behaving
from tests.harness.programs import free_port
from tests.harness.receiver import Behaviour, EventReceiver, answers
from tests.webhooks.cast import only, serve_all, tell
from tests.webhooks.conftest import Open, make
from webhooks import sending
from webhooks.models import Attempt, Delivery, Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]


def sent(user: User) -> Delivery:
    tell(user)
    serve_all()
    return only()


def test_an_event_arrives_signed_over_time_and_body(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    delivery = sent(user)
    (event,) = receiver.events
    assert not receiver.forged
    assert event.raw == delivery.body.encode()
    told = event.body
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "event_type": "job.completed",
        "event_id": event.id,
        "job_id": 999_001,
        "job_type": "text_to_speech",
        "status": "completed",
    }
    assert event.headers["X-AudioPod-Event"] == "job.completed"
    assert event.headers["Content-Type"] == "application/json"
    assert event.headers["Host"] == receiver.host
    assert (delivery.status, delivery.attempts, delivery.response_code) == ("delivered", 1, 200)


def test_a_verifier_with_another_secret_refuses_it(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.secret += "x"
    sent(user)
    assert len(receiver.forged) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(
    user: User, receiver: EventReceiver, endpoint: Endpoint, status: int
) -> None:
    receiver.behaviour = answers(status)
    assert sent(user).status == "delivered"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
def test_any_other_answer_is_none(
    user: User, receiver: EventReceiver, opened: Open, endpoint: Endpoint, status: int
) -> None:
    elsewhere = opened()
    receiver.behaviour = answers(status, b"not now", Location=elsewhere.url)
    delivery = sent(user)
    assert (delivery.status, delivery.response_code) == ("failed", status)
    assert delivery.response_body == "not now"
    assert not elsewhere.events, "no redirect is followed"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (behaving.hangs, "timeout"),
        (behaving.drips, "timeout"),
        (behaving.resets, "broken_off"),
        (behaving.hangs_up, "broken_off"),
        (behaving.talks_nonsense, "broken_off"),
    ],
)
def test_what_is_no_answer_is_told_by_a_word(
    user: User,
    receiver: EventReceiver,
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    error: str,
) -> None:
    # whoever drips would drip to the end of the test, and so for ever
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)
    receiver.behaviour = behaviour
    delivery = sent(user)
    assert (delivery.status, delivery.response_code, delivery.error) == ("failed", None, error)
    assert Attempt.objects.get().error == error


def test_a_body_that_drips_is_cut_and_its_status_counts(
    user: User, receiver: EventReceiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)
    receiver.behaviour = behaving.drips_its_body
    delivery = sent(user)
    assert (delivery.status, delivery.response_code) == ("delivered", 200)
    assert set(delivery.response_body) == {"."}


def test_a_kilobyte_of_a_response_is_kept(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.behaviour = behaving.talks_on
    assert sent(user).response_body == "x" * 1024


def test_a_response_may_be_any_bytes(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.behaviour = answers(500, b"a\0b\xff\xfe")
    assert sent(user).response_body == "a\ufffdb\ufffd\ufffd"


def test_nobody_is_at_home(user: User) -> None:
    with EventReceiver() as gone:
        make(user, gone)
        gone.url = f"http://127.0.0.1:{free_port()}/"
    assert sent(user).error == "unreachable"


# --- where to -----------------------------------------------------------------------------------
def test_what_the_operator_allows_no_more_is_not_sent_to(
    user: User, receiver: EventReceiver, endpoint: Endpoint, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOW = []
    assert sent(user).error == "not_public"
    assert not receiver.events


def test_a_name_that_turns_private_is_refused_as_it_is_connected_to(
    user: User, receiver: EventReceiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: it was public when the endpoint was added."""
    settings.WEBHOOK_ALLOW = []
    receiver.url = f"https://rebound.example.com:{receiver.port}/"
    make(user, receiver)
    looked_up: list[str] = []

    def rebound(host: str, port: int, **_: object) -> list[object]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(connecting.socket, "getaddrinfo", rebound)
    assert sent(user).error == "not_public"
    assert looked_up == ["rebound.example.com"]


def test_a_name_is_looked_up_once_and_what_was_checked_is_used(
    user: User, receiver: EventReceiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOW = [f"hook.test:{receiver.port}"]
    receiver.url = f"http://hook.test:{receiver.port}/"
    make(user, receiver)
    answers_ = iter(["127.0.0.1", "192.0.2.1"])

    def once(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers_), port))]

    monkeypatch.setattr(connecting.socket, "getaddrinfo", once)
    assert sent(user).status == "delivered"
    assert next(answers_) == "192.0.2.1"


def test_a_look_up_that_never_ends_takes_no_longer_than_all_else(
    user: User, receiver: EventReceiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.3)
    settings.WEBHOOK_ALLOW = ["hook.test"]
    receiver.url = "http://hook.test/"
    make(user, receiver)

    def never(*_: object, **__: object) -> list[object]:
        receiver.over.wait()
        return []

    monkeypatch.setattr(connecting.socket, "getaddrinfo", never)
    assert sent(user).error == "timeout"


# --- TLS ----------------------------------------------------------------------------------------
@pytest.fixture
def _forgets_authorities() -> object:
    sending._tls.cache_clear()
    yield
    sending._tls.cache_clear()


@pytest.mark.usefixtures("_forgets_authorities")
def test_tls_is_spoken_with_whom_is_trusted(
    user: User, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate_for(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    receiver = opened(answers(200, b"taken"), tls=context)
    make(user, receiver)
    delivery = sent(user)
    assert (delivery.status, delivery.response_body) == ("delivered", "taken")


@pytest.mark.usefixtures("_forgets_authorities")
@pytest.mark.parametrize("name", ["127.0.0.1", "other.example.com"])
def test_tls_is_not_spoken_with_whom_nobody_trusts(
    user: User, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither signed by a stranger, nor a certificate of another host."""
    context, trusted = certificate_for(tmp_path, name)
    if name != "127.0.0.1":
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    receiver = opened(tls=context)
    make(user, receiver)
    assert sent(user).error == "certificate"
    assert not receiver.events
