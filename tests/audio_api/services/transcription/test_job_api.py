"""Transcription jobs over HTTP: made of files or links, and what is done with the transcript."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import srt
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.keys import tokens
from accounts.models import User
from accounts.services import KeyLimits
from audio_api.jobs import attempts, detached
from audio_api.jobs import files as job_files
from audio_api.models import Job, JobFile
from audiopod.asgi import application
from tests.audio_api.halves import CREDIT, hears
from tests.audiopod.links.source import recording
from tests.calling import Caller, calling_as, error_of
from tests.minutes import begin_well_before_the_next
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch
SDK = "application/json"
"""What AudioPod's client accepts."""


@pytest.fixture
def caller(user: User) -> Caller:
    return calling_as(user)


def wav(name: str = "talk.wav", seconds: float = 1.5) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, recording(seconds), "audio/x-wav")


def upload(caller: Caller, *files: SimpleUploadedFile, **fields: Any) -> Any:
    return Client().post(
        "/api/v1/transcription/transcribe-upload",
        {"enable_speaker_diarization": "False", "files": list(files), **fields},
        headers={"X-API-Key": caller.token},
    )


def done(caller: Caller, monkeypatch: Patch, *texts: str) -> Job:
    """A job of one file that a worker has done."""
    hears(monkeypatch, *(texts or ("Hello there.", "General Kenobi.")))
    answer = upload(caller, wav())
    assert answer.status_code == 200, answer.content
    job = Job.objects.get(number=answer.json()["id"])
    attempts.run(job.id)
    return Job.objects.get(pk=job.pk)


def got(caller: Caller, path: str, accept: str = "*/*") -> Any:
    headers = {"X-API-Key": caller.token, "Accept": accept}
    return Client().get(f"/api/v1/transcription/{path}", headers=headers)


# --- made of files ------------------------------------------------------------------------------
def test_an_upload_is_held_for_exactly_and_answers_at_once(caller: Caller, user: User) -> None:
    answer = upload(caller, wav(), language="EN", model_type="premium").json()

    job = Job.objects.get()
    assert answer["id"] == answer["job_id"] == job.number
    assert (answer["status"], answer["source_urls"], answer["language"]) == ("PENDING", None, "en")
    assert answer["original_filename"] == answer["display_name"] == "talk.wav"
    assert answer["estimated_duration"] == 1.5
    assert wallet.balance(user).held_micros == 250
    kept = job.files.filter(role=JobFile.Role.UPLOAD).get()
    assert (kept.file_name, kept.content_type) == ("talk.wav", "audio/wav")
    detached.cancel(job)


def test_several_files_are_one_job(caller: Caller, user: User) -> None:
    answer = upload(caller, wav("a.wav"), wav("b.wav", 2.0)).json()
    job = Job.objects.get()
    names = job.files.filter(role=JobFile.Role.UPLOAD).order_by("position")
    assert [file.file_name for file in names] == ["a.wav", "b.wav"]
    assert (answer["estimated_duration"], job.params["sources"]) == (3.5, ["", ""])
    assert wallet.balance(user).held_micros == pytest.approx(584, abs=1)
    detached.cancel(job)


def test_an_older_client_has_its_own_prefix(caller: Caller, monkeypatch: Patch) -> None:
    """As AudioPod's client 2.1.0 asks: a file, the job, the list, the transcript, the end."""
    made = Client().post(
        "/api/v1/transcribe/transcribe-upload",
        {"files": wav()},
        headers={"X-API-Key": caller.token},
    )
    job = Job.objects.get(number=made.json()["id"])
    hears(monkeypatch, "Hello there.")
    attempts.run(job.pk)
    assert caller.get(f"/transcribe/jobs/{job.number}").json()["status"] == "COMPLETED"
    (row,) = caller.get("/transcribe/jobs", offset=0, limit=50).json()
    assert row["id"] == job.number
    assert caller.get(f"/transcribe/jobs/{job.number}/transcript").json()["segments"]
    assert caller.delete(f"/transcribe/jobs/{job.number}").status_code == 204
    link = {"source_urls": ["https://example.com/a.mp3"], "language": None, "min_speakers": None}
    assert caller.post("/transcribe/transcribe", link).status_code == 200


def test_a_file_that_is_no_recording_starts_no_job(caller: Caller, user: User) -> None:
    error = error_of(upload(caller, SimpleUploadedFile("a.wav", b"no sound")), 400)
    assert error["param"] == "files"
    assert "Invalid file format" in error["message"]
    assert wallet.balance(user).available_micros == CREDIT
    assert not Job.objects.exists()


def test_the_same_key_finds_the_same_job(caller: Caller) -> None:
    def ask(name: str) -> Any:
        return Client().post(
            "/api/v1/transcription/transcribe-upload", {"files": [wav(name)]},
            headers={"X-API-Key": caller.token, "Idempotency-Key": "once"},
        )  # fmt: skip

    assert ask("a.wav").json()["id"] == ask("a.wav").json()["id"]
    job = Job.objects.get()
    detached.cancel(job)


# --- made of links ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        {"source_urls": ["https://example.com/talk.mp3?x=1"], "enable_speaker_diarization": False},
        {"url": "https://example.com/talk.mp3?x=1", "language": "auto"},
        {"urls": "['https://example.com/talk.mp3?x=1']"},
    ],
)
def test_a_link_makes_a_job_that_is_fetched_later(
    caller: Caller, user: User, body: dict[str, Any]
) -> None:
    answer = caller.post("/transcription/transcribe", body).json()
    job = Job.objects.get()
    assert (answer["id"], answer["status"]) == (job.number, "PENDING")
    assert answer["source_urls"] == ["https://example.com/talk.mp3?x=1"]
    assert (answer["source_type"], answer["display_name"]) == ("URL", "talk.mp3")
    assert wallet.balance(user).held_micros == 600_000, "an hour at a cent"
    assert answer["language"] is None
    detached.cancel(job)


def test_a_form_may_bring_links_too(caller: Caller) -> None:
    answer = Client().post(
        "/api/v1/transcription/transcribe",
        {"source_urls": ["https://example.com/a.mp3", "https://example.com/b.mp3"]},
        headers={"X-API-Key": caller.token},
    )
    assert answer.status_code == 200, answer.content
    assert Job.objects.get().params["sources"] == [
        "https://example.com/a.mp3", "https://example.com/b.mp3"
    ]  # fmt: skip
    detached.cancel(Job.objects.get())


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1/a.mp3", "http://10.1.2.3/a.mp3", "http://[::1]/a.mp3",
        "file:///etc/passwd", "https://www.youtube.com/watch?v=1", "not a link",
        "https://user:secret@example.com/a.mp3",
    ],
)  # fmt: skip
def test_what_is_no_direct_link_is_refused_at_once(caller: Caller, user: User, link: str) -> None:
    answer = caller.post("/transcription/transcribe", {"source_urls": [link]})
    assert error_of(answer, 400)["param"] == "url"
    assert answer.json()["error_code"] == "UNSUPPORTED_URL"
    assert wallet.balance(user).available_micros == CREDIT


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"source_urls": None}, "missing_required_parameter"),
        ({}, "missing_required_parameter"),
        ({"url": "https://example.com/a.mp3", "diarize": True}, "model_not_installed"),
        ({"url": "https://example.com/a.mp3", "language": "klingon"}, "invalid_language_format"),
        ({"url": "https://example.com/a.mp3", "min_speakers": 0}, "invalid_value"),
        ({"files": "a", "url": "https://example.com/a.mp3"}, "invalid_type"),
        ({"source_urls": ["https://example.com/a.mp3"] * 21}, "string_above_max_length"),
    ],
)
def test_what_cannot_be_done_is_refused(caller: Caller, body: dict[str, Any], code: str) -> None:
    answer = caller.post("/transcription/transcribe", body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["code"] in {code, "min_value", "max_length"}
    assert not Job.objects.exists()


def test_files_and_links_together_are_refused(caller: Caller) -> None:
    answer = upload(caller, wav(), source_urls="https://example.com/a.mp3")
    assert "not both" in error_of(answer, 400)["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://example.com/a.mp3", "source_urls": ["https://example.com/b.mp3"]},
        {"urls": ["https://example.com/a.mp3"], "source_url": "https://example.com/b.mp3"},
        {"url": "https://example.com/a.mp3", "diarize": True, "enable_speaker_diarization": False},
    ],
    ids=" and ".join,
)
def test_two_names_of_one_field_bring_nothing_that_is_dropped(
    caller: Caller, user: User, body: dict[str, Any]
) -> None:
    error = error_of(caller.post("/transcription/transcribe", body), 400)
    assert "are names of one field" in error["message"]
    assert error["param"] in body
    assert (wallet.balance(user).held_micros, Job.objects.exists()) == (0, False)


def test_two_names_for_files_drop_none_of_them(caller: Caller) -> None:
    error = error_of(upload(caller, wav("a.wav"), file=wav("b.wav")), 400)
    assert (error["param"], error["code"]) == ("file", "invalid_value")
    assert not Job.objects.exists()


def test_a_field_may_be_said_twice(caller: Caller) -> None:
    link = "https://example.com/a.mp3"
    answer = caller.post("/transcription/transcribe", {"url": link, "source_url": link})
    assert answer.json()["source_urls"] == [link]
    detached.cancel(Job.objects.get())


@pytest.mark.parametrize(
    ("language", "code"), [("en-US", "en"), ("English", "en"), ("zh-CN", "zh"), ("Auto", None)]
)
def test_a_language_as_other_services_name_it(
    caller: Caller, language: str, code: str | None
) -> None:
    assert upload(caller, wav(), language=language).json()["language"] == code
    detached.cancel(Job.objects.get())


def test_a_file_without_a_name_is_a_file(caller: Caller) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\n'
    answer = Client().post(
        "/api/v1/transcription/transcribe-upload",
        head + recording(1.5) + b"\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
        headers={"X-API-Key": caller.token},
    )
    assert (answer.status_code, answer.json()["estimated_duration"]) == (200, 1.5)
    detached.cancel(Job.objects.get())


# --- the transcript -----------------------------------------------------------------------------
def test_subtitles_are_cut_as_they_are_asked_for(caller: Caller, monkeypatch: Patch) -> None:
    path = f"jobs/{done(caller, monkeypatch).number}/transcript"

    whole = got(caller, f"{path}?format=srt").content.decode()
    by_word = got(caller, f"{path}?format=srt&timestamp_granularities[]=word").content.decode()
    said = [cue.content for cue in srt.parse(whole)]
    assert [cue.content for cue in srt.parse(by_word)] == " ".join(said).split()

    for query, name in (
        ("format=vtt&max_line_width=1", "max_line_width"),
        ("format=json&max_line_count=2", "max_line_count"),
        ("format=vtt&timestamp_granularities=letter", "timestamp_granularities"),
    ):
        error = error_of(got(caller, f"{path}?{query}"), 400)
        assert error["param"].startswith(name)


def test_the_transcript_as_json(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    told = got(caller, f"jobs/{job.number}/transcript").json()
    assert (told["job_id"], told["text"]) == (job.number, "Hello there. General Kenobi.")
    assert [segment["id"] for segment in told["segments"]] == [1, 2]
    assert told["video_metadata"][0]["title"] == "talk.wav"
    assert got(caller, f"transcript/{job.number}").json() == told
    assert got(caller, f"result/{job.number}").json()["transcription"] == told["text"]


@pytest.mark.parametrize(
    ("form", "content_type", "begins"),
    [
        ("txt", "text/plain; charset=utf-8", "Hello"),
        ("srt", "application/x-subrip", "1\n00:00"),
        ("vtt", "text/vtt", "WEBVTT"),
    ],
)
def test_a_text_is_a_string_to_audiopods_client_and_a_file_to_others(
    caller: Caller, monkeypatch: Patch, form: str, content_type: str, begins: str
) -> None:
    path = f"jobs/{done(caller, monkeypatch).number}/transcript?format={form}"
    for accept in ("*/*", "text/plain", "application/json, text/plain, */*"):
        file = got(caller, path, accept)
        assert file.headers["Content-Type"] == content_type
        assert file.content.decode().startswith(begins)
        assert f'filename="talk.{form}"' in file.headers["Content-Disposition"]
    string = got(caller, path, SDK)
    assert string.headers["Content-Type"] == "application/json"
    assert string.json() == file.content.decode()


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!")])
def test_documents_are_files(caller: Caller, monkeypatch: Patch, form: str, begins: bytes) -> None:
    path = f"jobs/{done(caller, monkeypatch).number}/transcript?format={form}"
    file = got(caller, path, SDK)
    assert file.content.lower().startswith(begins.lower())
    assert f'filename="talk.{form}"' in file.headers["Content-Disposition"]


def test_a_pdf_counts_as_a_request_of_its_key(user: User, monkeypatch: Patch) -> None:
    """One of hours takes many seconds of a server, and costs nothing."""
    caller = calling_as(user, limits=KeyLimits(requests_per_minute=2))
    begin_well_before_the_next()
    job = done(caller, monkeypatch)
    assert got(caller, f"jobs/{job.number}/transcript?format=pdf").status_code == 200
    refused = got(caller, f"jobs/{job.number}/transcript?format=pdf")
    assert error_of(refused, 429)["code"] == "rate_limit_exceeded"
    assert got(caller, f"jobs/{job.number}/transcript?format=docx").status_code == 200


def test_an_unknown_format_names_the_known_ones(caller: Caller, monkeypatch: Patch) -> None:
    answer = got(caller, f"jobs/{done(caller, monkeypatch).number}/transcript?format=xml")
    assert "srt" in error_of(answer, 400)["message"]


def test_a_job_that_is_not_finished_has_none_yet(caller: Caller) -> None:
    job = Job.objects.get(number=upload(caller, wav()).json()["id"])
    for path in ("transcript", "edit", "versions"):
        answer = got(caller, f"jobs/{job.number}/{path}")
        assert error_of(answer, 409)["code"] == "job_not_completed"
    detached.cancel(job)
    assert "cancelled" in error_of(got(caller, f"jobs/{job.number}/transcript"), 409)["message"]


def test_the_job_of_somebody_else_is_not_there(caller: Caller, monkeypatch: Patch) -> None:
    number = done(caller, monkeypatch).number
    stranger = calling_as(User.objects.create_user("stranger@example.com"))
    for path in ("transcript", "edit", "versions", "audio/0"):
        assert error_of(got(stranger, f"jobs/{number}/{path}"), 404)["code"] == "job_not_found"


def test_a_transcript_that_is_erased_is_gone(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    Job.objects.filter(pk=job.pk).update(kept_until=timezone.now())
    for path in ("transcript", "audio/0"):
        answer = got(caller, f"jobs/{job.number}/{path}")
        assert error_of(answer, 410)["code"] == "file_expired"
    job_files.erase_expired()
    answer = got(caller, f"jobs/{job.number}/audio/0")
    assert error_of(answer, 410)["code"] == "file_expired"


def test_a_transcript_that_is_erased_while_it_is_asked_for_is_gone(
    caller: Caller, monkeypatch: Patch
) -> None:
    """The sweeper takes the rows first: who has read one finds no file."""
    job = done(caller, monkeypatch)
    default_storage.delete(job.files.get(role=JobFile.Role.OUTPUT).path)

    for path in ("transcript", "transcript?format=srt", "edit", "versions"):
        assert error_of(got(caller, f"jobs/{job.number}/{path}"), 410)["code"] == "file_expired"
    told = got(caller, f"jobs/{job.number}").json()
    assert (told["status"], "transcript" in told) == ("COMPLETED", False)


def test_a_recording_that_is_erased_while_it_is_copied_is_gone(
    caller: Caller, monkeypatch: Patch
) -> None:
    first = done(caller, monkeypatch)
    link = got(caller, f"jobs/{first.number}/audio/0").headers["Location"]
    default_storage.delete(first.files.get(role=JobFile.Role.UPLOAD).path)

    answer = caller.post("/transcription/transcribe", {"url": link})

    assert error_of(answer, 410)["code"] == "file_expired"


# --- corrected ----------------------------------------------------------------------------------
def edit(caller: Caller, job: Job, body: Any) -> Any:
    return Client().put(
        f"/api/v1/transcription/jobs/{job.number}/edit", json.dumps(body), "application/json",
        headers={"X-API-Key": caller.token},
    )  # fmt: skip


def test_an_edit_is_a_version_and_all_forms_have_it(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    segments = got(caller, f"jobs/{job.number}/edit").json()["segments"]
    segments[1]["text"] = "Major Kenobi."

    answer = edit(caller, job, {"segments": segments, "edit_notes": "his rank"})

    assert answer.json() == {"changes_count": 1, "version": 2}
    text = got(caller, f"jobs/{job.number}/transcript?format=txt").content.decode()
    assert "Major Kenobi." in text
    versions = got(caller, f"jobs/{job.number}/versions").json()["versions"]
    assert [(each["version"], each["edit_notes"]) for each in versions] == [
        (1, ""),
        (2, "his rank"),
    ]
    assert job.files.filter(role=JobFile.Role.OUTPUT).count() == 2


def test_an_edit_may_bring_all_that_a_transcript_has(caller: Caller, monkeypatch: Patch) -> None:
    """More than a form may have; what is not read is ignored."""
    job = done(caller, monkeypatch, "Hello there.")
    rows = got(caller, f"jobs/{job.number}/edit").json()["segments"]
    answer = edit(caller, job, {"segments": [rows[0] | {"words": ["x" * 9_000_000]}]})
    assert answer.status_code == 200, answer.content


async def test_the_edit_of_a_long_recording_is_let_in() -> None:
    """Four hours of speech with all words and times: a megabyte is not enough."""
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
    headers = {"X-API-Key": tokens.make_token(), "Content-Length": "8000000"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        path = "/api/v1/transcription/jobs/7/edit"
        answer = await client.put(path, content=b"", headers=headers)
        assert answer.status_code == 401, "who asks is all that is wrong"
        large = await client.put(path, content=b"", headers=headers | {"Content-Length": "9999999"})
        assert error_of(large, 413)["type"] == "invalid_request_error"


def test_an_edit_that_changes_nothing_makes_no_version(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    segments = got(caller, f"jobs/{job.number}/edit").json()
    assert edit(caller, job, segments).json() == {"changes_count": 0, "version": 1}


def test_of_two_edits_of_one_version_the_second_is_told(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    body = got(caller, f"jobs/{job.number}/edit").json()
    body["segments"][0]["text"] = "Hi."
    stale = job.files.get(role=JobFile.Role.OUTPUT)
    assert edit(caller, job, body).status_code == 200
    monkeypatch.setattr(
        "audio_api.services.transcription.transcript_api.require_transcript", lambda job: stale
    )

    answer = edit(caller, job, body)

    assert error_of(answer, 409)["code"] == "transcript_changed"
    assert job.files.filter(role=JobFile.Role.OUTPUT).count() == 2


def test_a_transcript_has_no_more_versions_than_are_kept(
    caller: Caller, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("audio_api.services.transcription.keeping.MAX_VERSIONS", 2)
    job = done(caller, monkeypatch)
    body = got(caller, f"jobs/{job.number}/edit").json()
    body["segments"][0]["text"] = "Hi."
    assert edit(caller, job, body).status_code == 200
    assert edit(caller, job, body).status_code == 200, "it changes nothing"
    body["segments"][0]["text"] = "Good morning."

    assert error_of(edit(caller, job, body), 409)["code"] == "too_many_versions"
    assert job.files.filter(role=JobFile.Role.OUTPUT).count() == 2


@pytest.mark.parametrize("body", [[], {}, {"segments": "x"}, {"segments": [], "edit_notes": 1}])
def test_an_edit_without_sense_is_refused(caller: Caller, monkeypatch: Patch, body: Any) -> None:
    job = done(caller, monkeypatch)
    assert edit(caller, job, body).status_code == 400


# --- the recording ------------------------------------------------------------------------------
def test_the_recording_can_be_heard_again(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    answer = got(caller, f"jobs/{job.number}/audio/0")
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).path.endswith("/talk.wav")
    assert error_of(got(caller, f"jobs/{job.number}/audio/1"), 404)["code"] == "file_not_found"


# --- input from another job ---------------------------------------------------------------------
def test_a_job_may_be_made_of_what_another_has(caller: Caller, monkeypatch: Patch) -> None:
    first = done(caller, monkeypatch)
    link = got(caller, f"jobs/{first.number}/audio/0").headers["Location"]

    answer = caller.post("/transcription/transcribe", {"url": link})

    assert answer.status_code == 200, answer.content
    job = Job.objects.get(number=answer.json()["id"])
    assert (job.params["sources"], job.params["seconds"]) == ([""], 1.5)
    detached.delete(first)
    attempts.run(job.id)
    assert Job.objects.get(pk=job.pk).status == "succeeded", "it has a copy of its own"


def test_a_job_without_a_recording_is_no_input(caller: Caller, monkeypatch: Patch) -> None:
    first = done(caller, monkeypatch)
    answer = caller.post("/transcription/transcribe", {"url": f"job:transcription:{first.number}"})
    assert error_of(answer, 400)["code"] == "unsupported_url"


# --- looked after -------------------------------------------------------------------------------
def test_a_finished_job_tells_what_was_heard(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    for path in (f"jobs/{job.number}", f"status/{job.number}", f"jobs/{job.pk}"):
        told = got(caller, path).json()
        assert (told["status"], told["progress"]) == ("COMPLETED", 100)
        assert told["transcript"] == told["text"] == "Hello there. General Kenobi."
        assert (told["detected_language"], told["total_duration"]) == ("en", 1.5)
        assert len(told["segments"]) == 2
        assert told["transcript_url"].endswith("/transcript.json")


def test_a_list_has_no_transcripts(caller: Caller, monkeypatch: Patch) -> None:
    number = done(caller, monkeypatch).number
    answer = got(caller, "jobs?limit=5")
    assert answer.headers["X-Total-Count"] == "1"
    assert [(row["id"], "transcript" in row) for row in answer.json()] == [(number, False)]


def test_a_job_is_deleted_with_all_it_has(caller: Caller, monkeypatch: Patch) -> None:
    job = done(caller, monkeypatch)
    for _ in range(2):
        assert caller.delete(f"/transcription/jobs/{job.number}").status_code == 204
    assert error_of(got(caller, f"jobs/{job.number}"), 404)["code"] == "job_not_found"
    assert not JobFile.objects.filter(job=job).exists()
