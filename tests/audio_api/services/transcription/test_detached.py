"""Transcripts that no client waits for: of files and links, what they cost, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError

from accounts.models import User
from audio_api.jobs import attempts, detached, settlement
from audio_api.jobs.detached import Upload
from audio_api.jobs.leases import LeaseLost
from audio_api.jobs.start import Caller
from audio_api.models import Job, JobFile
from audio_api.services.transcription.documents import StoredTranscript
from audio_api.services.transcription.params import TranscriptionJobRequest
from audio_api.services.transcription.price import most_seconds, prepare_transcription_job
from audiopod.common.money import cost_micros
from tests.audio_api.halves import CREDIT, Settings, hears, spent
from tests.audiopod.links.source import Source, found, recording
from wallet import services as wallet
from wallet.audit import audit

pytestmark = pytest.mark.usefixtures("background")
PRICE = 10_000
"""Micro-dollars per minute."""
Patch = pytest.MonkeyPatch


def caller(user: User) -> Caller:
    return Caller(user, None, "req_1")


def files(folder: Path, *seconds: float) -> list[Upload]:
    """Uploads of so many seconds, each with its decoded samples."""
    kept = []
    for number, length in enumerate(seconds):
        sent, pcm = folder / f"{number}.wav", folder / f"{number}.pcm"
        sent.write_bytes(b"RIFF" + bytes(40))
        pcm.write_bytes(bytes(int(length * 16_000) * 2))
        told: dict[str, Any] = {"file_name": f"part {number}.wav", "content_type": "audio/wav"}
        kept.append(Upload(sent, position=number, **told))
        kept.append(Upload(pcm, position=number, role=JobFile.Role.DECODED, **told))
    return kept


def of_files(user: User, folder: Path, *seconds: float) -> Job:
    whole = sum(seconds)
    request = TranscriptionJobRequest(("",) * len(seconds), whole, whole)
    job = prepare_transcription_job(caller(user), request, display_name="part 0.wav")
    return detached.start(job, files(folder, *seconds))


def of_links(user: User, *links: str) -> Job:
    request = TranscriptionJobRequest(links, 0.0, most_seconds(caller(user), len(links), 0.0))
    return detached.start(prepare_transcription_job(caller(user), request, display_name="a link"))


def run(job: Job) -> Job:
    attempts.run(job.id)
    return Job.objects.get(pk=job.pk)


def transcript(job: Job) -> StoredTranscript:
    file = JobFile.objects.get(job=job, role=JobFile.Role.OUTPUT)
    assert (file.name, file.content_type) == ("transcript", "application/json")
    with default_storage.open(file.path) as opened:
        return StoredTranscript.from_bytes(opened.read())


# --- files --------------------------------------------------------------------------------------
def test_it_costs_its_length_and_is_kept(user: User, tmp_path: Path, monkeypatch: Patch) -> None:
    hears(monkeypatch, "one", "two")
    job = of_files(user, tmp_path, 2.5)
    assert wallet.balance(user).held_micros == job.held_micros == cost_micros(2500, PRICE)

    done = run(job)

    assert (done.status, done.progress, done.audio_ms) == ("succeeded", 100, 2500)
    assert spent(user) == cost_micros(2500, PRICE)
    assert transcript(done).text == "one two"
    roles = JobFile.objects.filter(job=job).values_list("role", flat=True)
    assert sorted(roles) == ["output", "upload"], "the decoded samples are gone"


def test_several_files_are_one_transcript_and_one_charge(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    hears(monkeypatch, "hello")
    done = run(of_files(user, tmp_path, 2.0, 3.5, 1.0))
    heard = transcript(done)
    assert [(source.name, source.offset, source.duration) for source in heard.sources] == [
        ("part 0.wav", 0.0, 2.0), ("part 1.wav", 2.0, 3.5), ("part 2.wav", 5.5, 1.0)
    ]  # fmt: skip
    assert [segment.start for segment in heard.segments] == [0.0, 2.0, 5.5]
    assert (done.audio_ms, heard.duration) == (6500, 6.5)
    assert spent(user) == cost_micros(6500, PRICE)


def test_progress_is_the_position_in_all_recordings(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    seen: list[tuple[float, str]] = []
    hears(monkeypatch, "one", "two")
    monkeypatch.setattr(
        "audio_api.jobs.attempt.Attempt.alive",
        lambda self, *, progress=0.0, stage="": seen.append((progress, stage)),
    )
    run(of_files(user, tmp_path, 2.0, 2.0))
    assert [progress for progress, stage in seen if stage == "transcribing"] == [
        0.0, 0.25, 0.5, 0.5, 0.75, 1.0
    ]  # fmt: skip


def test_a_cancelled_job_stops_at_the_next_segment_and_costs_nothing(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr("audio_api.jobs.attempt.PROGRESS_SECONDS", 0.0)
    job = of_files(user, tmp_path, 9.0)
    hears(
        monkeypatch, "one", lambda: detached.cancel(job) and None, "two", lambda: heard.append("")
    )
    assert (run(job).status, spent(user), heard) == ("cancelled", 0, [])


def test_a_failure_costs_nothing(user: User, tmp_path: Path, monkeypatch: Patch) -> None:
    hears(monkeypatch, "one", RuntimeError("broken"))
    done = run(of_files(user, tmp_path, 2.0))
    assert (done.status, done.error_code, spent(user)) == ("failed", "internal_error", 0)
    assert not JobFile.objects.filter(job=done, role=JobFile.Role.OUTPUT).exists()


def test_a_job_of_files_that_failed_can_be_run_again(
    user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    job = of_files(user, tmp_path, 1.0, 2.0)
    uploads = JobFile.objects.filter(job=job, role=JobFile.Role.UPLOAD).order_by("position")
    for file, seconds in zip(uploads, (1.0, 2.0), strict=True):
        default_storage.delete(file.path)
        default_storage.save(file.path, ContentFile(recording(seconds)))
    hears(monkeypatch, "one", RuntimeError("broken"))
    failed = run(job)
    assert failed.status == "failed"

    hears(monkeypatch, "hello")
    done = run(detached.retry(failed, request_id="again"))

    assert (done.status, done.audio_ms, spent(user)) == (
        "succeeded",
        3000,
        cost_micros(3000, PRICE),
    )
    assert [source.name for source in transcript(done).sources] == ["part 0.wav", "part 1.wav"]


# --- links --------------------------------------------------------------------------------------
@pytest.fixture
def source(settings: Settings) -> Iterator[Source]:
    """Recordings of three and of two seconds, and a page, on a host that may be fetched from."""
    answers = {
        "/talk.wav": found(recording(3.0)),
        "/more.wav": found(recording(2.0)),
        "/page": found(b"<!doctype html><html></html>"),
        "/broken.wav": found(recording(3.0)[:20]),
    }
    settings.URL_INTAKE_ALLOW = ["127.0.0.1"]
    with Source(answers) as running:
        yield running


def test_a_link_is_fetched_by_the_worker_and_kept_as_an_upload(
    user: User, source: Source, settings: Settings, monkeypatch: Patch
) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 60
    hears(monkeypatch, "hello")
    job = of_links(user, f"{source.url}/talk.wav", f"{source.url}/more.wav")
    assert wallet.balance(user).held_micros == cost_micros(2 * 60_000, PRICE)
    assert source.requests == [], "nothing is fetched before a worker has the job"

    done = run(job)

    assert (done.status, done.audio_ms, spent(user)) == (
        "succeeded", 5000, cost_micros(5000, PRICE)
    )  # fmt: skip
    kept = JobFile.objects.filter(job=job, role=JobFile.Role.UPLOAD).order_by("position")
    assert [(file.file_name, file.content_type) for file in kept] == [
        ("talk.wav", "audio/wav"), ("more.wav", "audio/wav")
    ]  # fmt: skip
    assert [each.offset for each in transcript(done).sources] == [0.0, 3.0]


def test_what_a_link_leads_to_is_held_for_and_no_more(
    user: User, source: Source, settings: Settings, monkeypatch: Patch
) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 3600
    held: list[int] = []
    hears(monkeypatch, "one", lambda: held.append(wallet.balance(user).held_micros), "two")
    job = of_links(user, f"{source.url}/talk.wav")
    assert wallet.balance(user).held_micros == cost_micros(3_600_000, PRICE)

    done = run(job)

    assert held == [cost_micros(3000, PRICE)], "the rest can be spent while it is worked on"
    assert (done.held_micros, done.cost_micros) == (held[0], held[0])
    assert done.params["most_seconds"] == 3.0
    assert audit().breaches == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_does_not_stop_a_job_at_its_hold(
    user: User, source: Source, settings: Settings, monkeypatch: Patch
) -> None:
    def away(**how: Any) -> None:
        raise OperationalError("away")

    hears(monkeypatch, "one")
    job = of_links(user, f"{source.url}/talk.wav")
    monkeypatch.setattr(wallet, "lower", away)
    assert (run(job).status, spent(user)) == ("succeeded", cost_micros(3000, PRICE))


def test_a_job_that_was_taken_away_lets_nothing_go(
    user: User, source: Source, settings: Settings
) -> None:
    job = of_links(user, f"{source.url}/talk.wav")
    before = wallet.balance(user).held_micros
    with pytest.raises(LeaseLost):
        settlement.hold_less(job, 7, most_ms=1, params={})
    assert wallet.balance(user).held_micros == before
    detached.cancel(job)


def test_a_recording_that_is_longer_than_was_held_for_costs_nothing(
    user: User, source: Source, settings: Settings, monkeypatch: Patch
) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 2
    hears(monkeypatch, AssertionError("it was worked on"))
    done = run(of_links(user, f"{source.url}/talk.wav"))
    assert (done.status, done.error_code, spent(user)) == ("failed", "recording_too_long", 0)
    assert "0:00:03" in done.error_message
    assert "0:00:02" in done.error_message
    assert not JobFile.objects.filter(job=done).exists()


@pytest.mark.parametrize(
    ("path", "code"), [("/page", "unsupported_url"), ("/broken.wav", "undecodable_input")]
)
def test_what_is_no_recording_fails_the_job_in_words(
    user: User, source: Source, path: str, code: str
) -> None:
    done = run(of_links(user, f"{source.url}{path}"))
    assert (done.status, done.error_code, spent(user)) == ("failed", code, 0)
    assert done.error_message.endswith(".")
    assert not JobFile.objects.filter(job=done).exists()


def test_a_host_of_the_own_network_is_not_asked(user: User, settings: Settings) -> None:
    settings.URL_INTAKE_ALLOW = []
    with Source(found(recording())) as source:
        done = run(of_links(user, source.url + "/a.wav"))
    assert (done.status, done.error_code, source.connections) == ("failed", "unsupported_url", 0)


def test_a_cancelled_download_ends(user: User, source: Source, monkeypatch: Patch) -> None:
    monkeypatch.setattr("audio_api.jobs.attempt.PROGRESS_SECONDS", 0.0)
    job = of_links(user, f"{source.url}/talk.wav")
    monkeypatch.setattr(
        "audio_api.native.fetched.fetch",
        lambda link, *, alive, **asked: (detached.cancel(job), alive(1), pytest.fail("went on")),
    )
    assert (run(job).status, spent(user)) == ("cancelled", 0)


# --- what is held for a link --------------------------------------------------------------------
def test_a_link_is_held_for_as_far_as_the_balance_goes(user: User, settings: Settings) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 3600
    assert most_seconds(caller(user), 1, 0.0) == 3600
    assert most_seconds(caller(user), 2, 10.0) == CREDIT * 60 / PRICE == 6000
    job = of_links(user, "https://example.com/a.mp3", "https://example.com/b.mp3")
    assert wallet.balance(user).available_micros == 0
    with pytest.raises(wallet.InsufficientBalance):
        most_seconds(caller(user), 1, 0.0)
    detached.cancel(job)


def test_recordings_that_are_here_are_held_for_exactly(user: User) -> None:
    assert most_seconds(caller(user), 0, 12.5) == 12.5
    with pytest.raises(wallet.InsufficientBalance):
        most_seconds(caller(user), 1, 6001.0)


def test_no_job_is_held_for_longer_than_a_recording_may_be(user: User, settings: Settings) -> None:
    settings.MAX_AUDIO_SECONDS = 100
    assert most_seconds(caller(user), 3, 0.0) == 100


def test_what_was_asked_comes_out_of_the_database_as_it_went_in() -> None:
    asked = TranscriptionJobRequest(("", "https://example.com/a"), 1.5, 3.0, "de", min_speakers=2)
    stored = json.loads(json.dumps(asked.stored()))
    assert TranscriptionJobRequest.of(stored) == asked
    assert stored["source_url"] == "https://example.com/a"
