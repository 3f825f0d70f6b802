"""`/api/v1/webhooks/…`, as programs call it."""

from __future__ import annotations

import uuid
from typing import Any

import jsonschema
import pytest
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key
from audio_api.openapi.document import document
from tests.harness.receiver import EventReceiver, answers
from tests.webhooks.cast import serve_all, tell
from webhooks.models import Delivery, Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]
API = "/api/v1/webhooks"
URL = "https://example.com/audiopod"


def program(user: User, *scopes: str) -> Client:
    _, token = create_api_key(user=user, name="a program", scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def api(user: User) -> Client:
    return program(user)


def sent(client: Client, method: str, path: str, body: Any = None) -> Any:
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(client, method)(f"{API}{path}", **more)


def added(client: Client, **body: Any) -> dict[str, Any]:
    answer = sent(client, "post", "/endpoints", {"url": URL} | body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


# --- endpoints ----------------------------------------------------------------------------------
def test_the_secret_is_in_the_answer_that_adds_it_and_in_no_other(api: Client) -> None:
    answer = sent(api, "post", "/endpoints", {"url": URL})
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": URL,
        "events": ["job.completed", "job.failed", "job.cancelled"],
        "active": True,
        "description": "",
        "created_at": made["created_at"],
    }
    assert sent(api, "get", "/endpoints").json() == [made]
    assert sent(api, "get", f"/endpoints/{made['id']}").json() == made


def test_what_is_left_out_stays(api: Client) -> None:
    made = added(api, events=["job.failed", "job.failed"], description="CI")
    assert made["events"] == ["job.failed"]
    path = f"/endpoints/{made['id']}"
    changed = sent(api, "patch", path, {"active": False}).json()
    assert (changed["active"], changed["events"], changed["url"]) == (False, ["job.failed"], URL)
    changed = sent(api, "patch", path, {"url": f"{URL}2", "events": ["job.completed"]}).json()
    assert (changed["active"], changed["events"], changed["url"]) == (
        False,
        ["job.completed"],
        f"{URL}2",
    )


def test_removing_it_twice_is_no_error(api: Client) -> None:
    path = f"/endpoints/{added(api)['id']}"
    assert [sent(api, "delete", path).status_code for _ in range(2)] == [204, 204]
    assert sent(api, "get", path).status_code == 404
    assert sent(api, "get", "/endpoints").json() == []
    added(api)


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "url", "missing_required_parameter"),
        ({"url": 7}, "url", "invalid_type"),
        ({"url": "http://example.com/"}, "url", "invalid_webhook_url"),
        ({"url": "https://10.0.0.1/"}, "url", "invalid_webhook_url"),
        ({"url": URL, "events": ["job.exploded"]}, "events[0]", "invalid_choice"),
        ({"url": URL, "events": "job.failed"}, "events", "invalid_type"),
        ({"url": URL, "description": "x" * 201}, "description", "string_above_max_length"),
    ],
)
def test_a_refusal_says_why(api: Client, body: Any, param: str, code: str) -> None:
    answer = sent(api, "post", "/endpoints", body)
    told = answer.json()
    assert answer.status_code == 400
    assert told["error"]["code"] == code
    assert told["error"]["param"].startswith(param.partition("[")[0])
    assert told["detail"] == told["message"] == told["error"]["message"]
    assert told["error_code"] == code.upper()
    assert not Endpoint.objects.exists()


def test_the_same_address_twice_and_one_too_many(api: Client, settings: Any) -> None:
    added(api)
    again = sent(api, "post", "/endpoints", {"url": URL})
    assert (again.status_code, again.json()["error_code"]) == (409, "WEBHOOK_ENDPOINT_EXISTS")
    settings.MAX_WEBHOOK_ENDPOINTS = 1
    more = sent(api, "post", "/endpoints", {"url": f"{URL}2"})
    assert (more.status_code, more.json()["error_code"]) == (409, "WEBHOOK_ENDPOINTS_LIMIT")


def test_a_secret_is_rotated_with_an_overlap(
    api: Client, user: User, receiver: EventReceiver
) -> None:
    made = added(api, url=receiver.url)
    path = f"/endpoints/{made['id']}/rotate"
    answer = sent(api, "post", path, {})
    assert answer.headers["Cache-Control"] == "no-store"
    overlapping = answer.json()
    schema = {"$ref": "#/components/schemas/RotatedWebhookEndpoint"}
    jsonschema.validate(overlapping, schema | {"components": document()["components"]})
    assert overlapping["old_secret_signs_until"]
    tell(user)
    serve_all()
    assert receiver.events[0].is_signed_with(made["secret"])
    at_once = sent(api, "post", path, {"overlap_hours": 0}).json()
    assert at_once["old_secret_signs_until"] is None
    tell(user)
    serve_all()
    assert receiver.events[1].is_signed_with(at_once["secret"])
    assert sent(api, "post", path, {"overlap_hours": 169}).status_code == 400


# --- whose it is, and what a key may --------------------------------------------------------------
def test_what_is_another_accounts_is_not_there(api: Client, stranger: User) -> None:
    foreign = program(stranger)
    made = added(foreign)
    (delivery,) = tell(stranger)
    for method, path, body in [
        ("get", f"/endpoints/{made['id']}", None),
        ("patch", f"/endpoints/{made['id']}", {"active": False}),
        ("delete", f"/endpoints/{made['id']}", None),
        ("post", f"/endpoints/{made['id']}/test", None),
        ("post", f"/endpoints/{made['id']}/rotate", {}),
        ("get", f"/endpoints/{made['id']}/deliveries", None),
        ("post", f"/deliveries/{delivery.pk}/redeliver", None),
        ("get", f"/endpoints/{uuid.uuid4()}", None),
        ("get", "/endpoints/nothing", None),
        ("post", "/deliveries/nothing/redeliver", None),
    ]:
        assert sent(api, method, path, body).status_code == 404, (method, path)
    assert sent(api, "get", "/endpoints").json() == []
    assert sent(api, "get", "/deliveries").json() == []
    assert sent(foreign, "get", f"/endpoints/{made['id']}").json()["active"] is True
    assert Delivery.objects.count() == 1


def test_who_may_only_read_changes_nothing(user: User, api: Client) -> None:
    made, reader = added(api), program(user, "webhooks:read")
    assert sent(reader, "get", "/endpoints").status_code == 200
    assert sent(reader, "get", "/deliveries").status_code == 200
    for method, path in [
        ("post", "/endpoints"),
        ("patch", f"/endpoints/{made['id']}"),
        ("delete", f"/endpoints/{made['id']}"),
        ("post", f"/endpoints/{made['id']}/test"),
        ("post", f"/endpoints/{made['id']}/rotate"),
    ]:
        assert sent(reader, method, path, {}).status_code == 403, (method, path)
    assert sent(program(user, "transcribe"), "get", "/endpoints").status_code == 403


# --- deliveries -----------------------------------------------------------------------------------
def test_a_test_and_what_came_of_it(api: Client, user: User, receiver: EventReceiver) -> None:
    receiver.behaviour = answers(418, b"a teapot")
    made = added(api, url=receiver.url)
    test = sent(api, "post", f"/endpoints/{made['id']}/test").json()
    assert (test["status"], test["event_type"], test["job_id"]) == ("pending", "webhook.test", None)
    serve_all()
    (line,) = sent(api, "get", f"/endpoints/{made['id']}/deliveries").json()
    assert (line["id"], line["event_id"]) == (test["id"], test["event_id"])
    assert (line["status"], line["response_code"], line["response_body"]) == (
        "dead",
        418,
        "a teapot",
    )
    (attempt,) = line["tries"]
    assert (attempt["number"], attempt["response_code"]) == (1, 418)


def test_the_log_is_found_by_status_and_in_parts(
    api: Client, user: User, receiver: EventReceiver
) -> None:
    added(api, url=receiver.url)
    for job in (1, 2, 3):
        tell(user, job=job)
    receiver.behaviour = answers(500)
    serve_all()
    tell(user, job=4)
    answer = sent(api, "get", "/deliveries?limit=2&skip=1")
    assert [line["job_id"] for line in answer.json()] == [3, 2]
    assert answer.headers["X-Total-Count"] == "4"
    failed = sent(api, "get", "/deliveries?status=failed").json()
    assert [line["job_id"] for line in failed] == [3, 2, 1]
    assert sent(api, "get", "/deliveries?event_type=webhook.test").json() == []
    assert sent(api, "get", "/deliveries?status=nonsense").status_code == 400


def test_an_event_is_sent_again_under_its_id(
    api: Client, user: User, receiver: EventReceiver
) -> None:
    added(api, url=receiver.url)
    (delivery,) = tell(user)
    serve_all()
    again = sent(api, "post", f"/deliveries/{delivery.pk}/redeliver").json()
    assert again["id"] != str(delivery.pk)
    assert again["event_id"] == delivery.event_id
    serve_all()
    assert [event.raw for event in receiver.events] == [delivery.body.encode()] * 2


def test_one_that_waits_is_sent_now_instead(
    api: Client, user: User, receiver: EventReceiver
) -> None:
    added(api, url=receiver.url)
    receiver.behaviour = answers(500)
    (delivery,) = tell(user)
    serve_all()
    receiver.behaviour = answers(200)
    again = sent(api, "post", f"/deliveries/{delivery.pk}/redeliver").json()
    assert again["id"] == str(delivery.pk)
    serve_all()
    assert len(receiver.events) == 2
    assert Delivery.objects.get().status == "delivered"


def test_the_address_of_a_job_is_in_the_log(
    api: Client, user: User, receiver: EventReceiver
) -> None:
    tell(user, url=receiver.url)
    (line,) = sent(api, "get", "/deliveries").json()
    assert (line["endpoint_id"], line["url"]) == (None, receiver.url)


def test_asking_too_often_is_refused(api: Client, settings: Any) -> None:
    settings.ACCOUNT_CHANGES_PER_MINUTE = 2
    made = added(api)
    assert sent(api, "post", f"/endpoints/{made['id']}/test").status_code == 200
    assert sent(api, "post", f"/endpoints/{made['id']}/test").status_code == 429


def test_answers_are_as_the_schema_says(api: Client, user: User, receiver: EventReceiver) -> None:
    made = sent(api, "post", "/endpoints", {"url": receiver.url, "description": "x"}).json()
    tell(user)
    sent(api, "post", f"/endpoints/{made['id']}/test")
    serve_all()
    receiver.behaviour = answers(500)
    tell(user, url=receiver.url)
    serve_all()
    paths = document()["paths"]
    for path, answer in [
        ("/webhooks/endpoints", sent(api, "get", "/endpoints").json()),
        ("/webhooks/deliveries", sent(api, "get", "/deliveries").json()),
    ]:
        response = paths[path]["get"]["responses"]["200"]
        schema = response["content"]["application/json"]["schema"]
        jsonschema.validate(answer, schema | {"components": document()["components"]})
        assert answer
    new = {"$ref": "#/components/schemas/NewWebhookEndpoint"}
    jsonschema.validate(made, new | {"components": document()["components"]})
