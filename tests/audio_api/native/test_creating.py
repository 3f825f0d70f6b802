"""What the endpoints share that create jobs, in an endpoint that only this test has."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from waffle.testutils import override_switch

from accounts.models import User
from accounts.services import create_api_key
from audio_api import registry
from audio_api.http.paid import caller_of
from audio_api.jobs import detached
from audio_api.models import Job
from audio_api.native.creating import (
    CreatingView,
    SourceFields,
    copied,
    created,
    fields_of,
    on_disk,
)
from audiopod import urls
from tests.audio_api.native.cast import PRICE, SOUND, Asked, first_output, succeeded
from tests.calling import error_of
from tests.wallet.cast import money_of

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("whole_ledger")]


class ToyView(CreatingView):
    required_scopes = (registry.get("speech").scope,)
    feature = registry.get("speech").switch

    def post(self, request: Request) -> Response:
        fields = fields_of(request, SourceFields)
        asked = Asked(source_url=fields.get("url", ""))
        caller = caller_of(request, fields)
        name = fields["display_name"]
        job = detached.prepare(caller, "speech", asked, PRICE, 10_000, display_name=name)
        if "file" not in fields:
            return created(job)
        with on_disk(fields["file"]) as upload:
            return created(job, [upload])


urlpatterns = [path("api/v1/toys", ToyView.as_view()), *urls.urlpatterns]
pytestmark.append(pytest.mark.urls(__name__))


class Asking:
    def __init__(self, user: User) -> None:
        token = create_api_key(user=user, name="a test")[1]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = Client(raise_request_exception=False)

    def form(self, once: str = "", **fields: Any) -> Any:
        headers = self.headers | ({"Idempotency-Key": once} if once else {})
        return self.client.post("/api/v1/toys", fields, headers=headers)

    def urlencoded(self, body: str) -> Any:
        kind = "application/x-www-form-urlencoded"
        return self.client.post("/api/v1/toys", body, kind, headers=self.headers)

    def json(self, body: Any) -> Any:
        return self.client.post("/api/v1/toys", body, "application/json", headers=self.headers)


@pytest.fixture
def asking(ada: User) -> Asking:
    return Asking(ada)


def sound(size: int = 100) -> io.BytesIO:
    file = io.BytesIO(b"RIFF" + bytes(size))
    file.name = "words.wav"
    return file


@pytest.mark.parametrize("size", [100, 300_000])
def test_a_file_becomes_the_input_of_a_job(ada: User, asking: Asking, size: int) -> None:
    answer = asking.form(file=sound(size), display_name="Chapter 1")
    assert answer.status_code == 200
    told = answer.json()
    assert told["id"] == told["job_id"]
    assert (told["status"], told["original_filename"]) == ("PENDING", "words.wav")
    assert (told["display_name"], told["source_type"]) == ("Chapter 1", "FILE")
    job = Job.objects.get(number=told["id"])
    assert job.files.get().bytes == size + 4
    assert money_of(ada) == (1_000_000, 10_000)


def test_a_link_comes_in_any_kind_of_body(asking: Asking) -> None:
    link = "https://example.com/a.mp3"
    answers = [
        asking.json({"url": link}),
        asking.urlencoded("url=https%3A%2F%2Fexample.com%2Fa.mp3"),
        asking.form(url=link),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.json()["source_url"] == link
        assert answer.json()["source_type"] == "URL"


def test_either_a_file_or_a_link(asking: Asking) -> None:
    both = error_of(asking.form(file=sound(), url="https://example.com/a.mp3"), 400)
    assert (both["param"], both["message"]) == ("url", "Send `file` or `url`, not both.")
    for neither in (asking.form(display_name="x"), asking.json({}), asking.urlencoded("")):
        error = error_of(neither, 400)
        assert (error["param"], error["code"]) == ("file", "missing_required_parameter")
    assert not Job.objects.exists()


def test_a_webhook_is_not_promised(asking: Asking) -> None:
    answer = asking.json({"url": "https://a.com/a.mp3", "webhook_url": "https://a.com/hook"})
    error = error_of(answer, 400)
    assert (error["param"], error["code"]) == ("webhook_url", "webhooks_not_available")
    assert answer.json()["error_code"] == "WEBHOOKS_NOT_AVAILABLE"
    assert asking.json({"url": "https://a.com/a.mp3", "webhook_url": None}).status_code == 200


def test_the_same_request_sent_twice_makes_one_job(ada: User, asking: Asking) -> None:
    first, second = (asking.form(once="k1", file=sound()) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert Job.objects.count() == 1
    assert money_of(ada) == (1_000_000, 10_000)
    other = asking.form(once="k1", file=sound(5))
    assert error_of(other, 422)["code"] == "idempotency_key_reused"


def test_what_is_switched_off_is_refused_before_its_body_is_read(asking: Asking) -> None:
    with override_switch("speech", active=False):
        assert error_of(asking.json({"url": "x"}), 503)["code"] == "switched_off"


def test_an_upload_is_on_disk_for_as_long_as_it_is_needed() -> None:
    with on_disk(SimpleUploadedFile("a.wav", b"abc", "audio/x-wav")) as upload:
        assert upload.path.read_bytes() == b"abc"
        assert (upload.file_name, upload.content_type) == ("a.wav", "audio/x-wav")
    assert not upload.path.exists()


def test_a_file_of_another_job_is_copied(ada: User) -> None:
    file = first_output(succeeded(ada))
    with copied(file) as upload:
        assert upload.path.read_bytes() == SOUND
        assert (upload.file_name, upload.content_type) == ("words.mp3", "audio/mpeg")
    assert not Path(upload.path).exists()
