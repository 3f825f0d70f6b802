"""What is known of an account, in one file: all of it, no secret, and nobody else's."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tracemalloc
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from audio_api.jobs import detached
from audio_api.models import Job
from dashboard.account import export
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import log_in
from tests.dashboard.account.conftest import Cast
from tests.dashboard.jobs import cast
from webhooks import endpoints, outbox

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NAMES = [
    "README.txt",
    "profile.json",
    "keys.json",
    "voices.json",
    "words.csv",
    "webhooks.json",
    "wallet.json",
    "requests.csv",
    "jobs.csv",
    "files.csv",
    "usage.csv",
    "ledger.csv",
    "deliveries.csv",
    "topups.csv",
]


def body(response: Any) -> bytes:
    async def whole() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return asyncio.run(whole())


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def test_all_of_it_is_there(as_ada: Client, ada: Cast, eve: Cast) -> None:
    answer = as_ada.post(reverse("account-export"))

    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    archive = zipfile.ZipFile(io.BytesIO(body(answer)))
    assert archive.namelist() == NAMES
    assert archive.testzip() is None
    profile = json.loads(archive.read("profile.json"))
    assert (profile["email"], profile["first_name"]) == ("ada@example.com", "Ada")
    assert len(profile["sessions"]) == 1
    assert [key["key_hint"] for key in json.loads(archive.read("keys.json"))] == [ada.key.masked]
    voices = json.loads(archive.read("voices.json"))
    assert [voice["name"] for voice in voices["own"]] == voices["favourites"] == [ada.voice.name]
    assert json.loads(archive.read("wallet.json"))["posted_micros"] == 1_000_000
    (request,) = table(archive, "requests.csv")
    assert (request["request_id"], request["audio_ms"]) == ("req_1", "1500")
    assert table(archive, "usage.csv")[0]["cost_micros"] == "750"
    lines = table(archive, "ledger.csv")
    moved = [line["amount_micros"] for line in lines]
    assert moved == ["1000750", "-750"]
    told = [line["entry_hold_service"] + line["entry_hold_billed_ms"] for line in lines]
    assert told == ["", "text_to_speech1500"]


def test_detached_jobs_and_their_files_are_listed(
    as_ada: Client, ada: Cast, eve: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "enqueue", lambda job: None)
    job = cast.done(ada.user, name="=talk")
    detached.delete(cast.done(ada.user, name="deleted"))
    cast.done(eve.user, name="theirs")

    archive = zipfile.ZipFile(io.BytesIO(body(as_ada.post(reverse("account-export")))))

    (listed,) = table(archive, "jobs.csv")
    assert (listed["number"], listed["display_name"]) == (str(job.number), "'=talk")
    assert (listed["status"], listed["progress"]) == ("succeeded", "100")
    (file,) = table(archive, "files.csv")
    told = (file["job_number"], file["role"], file["file_name"], file["bytes"])
    assert told == (str(job.number), "output", "talk.mp3", "11")


def test_no_secret_and_nobody_else_is_in_it(as_ada: Client, ada: Cast, eve: Cast) -> None:
    archive = zipfile.ZipFile(io.BytesIO(body(as_ada.post(reverse("account-export")))))
    text = b"".join(archive.read(name) for name in archive.namelist()).decode()

    digest = bytes(ApiKey.objects.get(pk=ada.key.pk).digest).hex()
    for secret in (ada.token, digest, ada.user.password, "eve@", eve.key.masked, "otpauth"):
        assert secret not in text


def test_a_spreadsheet_runs_nothing_of_it(as_ada: Client, ada: Cast) -> None:
    archive = zipfile.ZipFile(io.BytesIO(body(as_ada.post(reverse("account-export")))))

    assert table(archive, "requests.csv")[0]["api_key_name"] == '\'=HYPERLINK("x")'


def test_it_asks_once_more_who_it_is(ada: Cast, client: Client) -> None:
    log_in(client, ada.user.email, PASSWORD)

    answer = client.post(reverse("account-export"))

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    # and goes on with the file when it has been told
    resumed = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert resumed.headers["Content-Type"] == "application/zip"
    body(resumed)


def test_a_link_exports_nothing(as_ada: Client) -> None:
    assert as_ada.get(reverse("account-export")).status_code == 405


@pytest.mark.thorough
@pytest.mark.slow
def test_a_large_account_takes_no_more_memory(ada: Cast, tmp_path: Any) -> None:
    def peak_bytes() -> int:
        tracemalloc.start()
        with (tmp_path / "account.zip").open("wb") as file:
            export.write(ada.user, file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    one = Job.objects.get(user=ada.user)
    few = [_like(one, n) for n in range(2_000)]
    Job.objects.bulk_create(few)
    peak_bytes()
    small = peak_bytes()
    for start in range(0, 18_000, 2_000):
        Job.objects.bulk_create([_like(one, start + n) for n in range(2_000)])

    assert peak_bytes() < 1.5 * small


def _like(job: Job, number: int) -> Job:
    return Job(
        user=job.user,
        request_id=f"req_{number}",
        kind=job.kind,
        status=job.status,
        model=job.model,
        queue_deadline=job.queue_deadline,
        price_micros_per_minute=1,
        held_micros=1,
    )


def test_where_one_is_told_of_jobs_is_there_without_its_secret(as_ada: Client, ada: Cast) -> None:
    made, secret = endpoints.create(ada.user, url="https://example.com/hook")
    test = outbox.write_test(made)
    archive = zipfile.ZipFile(io.BytesIO(body(as_ada.post(reverse("account-export")))))
    told = archive.read("webhooks.json").decode()
    assert json.loads(told)[0]["url"] == made.url
    assert secret not in told
    assert made.secret not in told
    (sent,) = table(archive, "deliveries.csv")
    assert (sent["event_id"], sent["body"]) == (test.event_id, test.body)
