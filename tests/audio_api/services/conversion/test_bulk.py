"""Several recordings in one request: a job for each, or none at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from audio_api.jobs import detached
from audio_api.models import Job, JobFile
from tests.audio_api.halves import spent
from tests.audio_api.services.conversion.conftest import Send, leave, run, sent, stored, tone
from tests.calling import error_of
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
PRICE = 10_000


# --- several --------------------------------------------------------------------------------------
def test_several_recordings_are_a_job_each(send: Send, user: User) -> None:
    answer = send(
        "bulk-convert", files=[sent("a.wav"), sent("b.wav", tone(3.0))], output_format="wav"
    )
    told = answer.json()
    assert (told["total"], len(told["jobs"])) == (2, 2)
    first, second = (run(number) for number in told["job_ids"])
    assert (first.cost_micros, second.cost_micros) == (250, 500)
    assert [job["display_name"] for job in told["jobs"]] == ["a.wav", "b.wav"]


@pytest.mark.usefixtures("nothing_is_paid")
def test_one_that_is_refused_stops_all(send: Send) -> None:
    files = [sent("a.wav"), sent("b.wav", b"no sound at all"), sent("c.wav")]
    told = error_of(send("bulk-convert", files=files, output_format="mp3"), 400)
    assert told["param"] == "files[1]"


@pytest.mark.usefixtures("nothing_is_paid")
def test_too_many_are_refused(send: Send) -> None:
    links = [f"https://example.com/{number}" for number in range(21)]
    assert send("bulk-convert", urls=links, output_format="mp3").status_code == 400
    assert send("bulk-convert", output_format="mp3").status_code == 400


def test_where_the_balance_does_not_pay_for_all_none_is_started(send: Send, user: User) -> None:
    leave(user, 400)
    files = [sent("a.wav"), sent("b.wav")]
    assert send("bulk-convert", files=files, output_format="mp3").status_code == 402
    assert not Job.objects.exists()
    assert stored() == []
    assert wallet.balance(user).held_micros == 0


def test_of_several_one_may_fail_alone(send: Send, user: User) -> None:
    files = [sent("silent.wav", tone(loudness=0.0)), sent("b.wav")]
    silent, loud = send("bulk-convert", files=files, output_format="mp3").json()["job_ids"]
    assert run(silent).status == "failed"
    assert run(loud).status == "succeeded"
    assert spent(user) == 250


def test_a_request_that_is_sent_again_finds_its_jobs(send: Send) -> None:
    def ask(once: str) -> Any:
        files = [sent("a.wav"), sent("b.wav", tone(2.0))]
        return send("bulk-convert", once, files=files, output_format="mp3")

    first = ask("one").json()["job_ids"]
    assert ask("one").json()["job_ids"] == first
    assert Job.objects.count() == 2
    assert ask("two").json()["job_ids"] != first
    other = send("bulk-convert", "one", files=[sent("a.wav")], output_format="mp3")
    assert error_of(other, 422)["code"] == "idempotency_key_reused"
    single = send("convert", "three", file=sent(), output_format="mp3").json()["id"]
    assert send("convert", "three", file=sent(), output_format="mp3").json()["id"] == single


# --- races ----------------------------------------------------------------------------------------
@pytest.mark.race
@pytest.mark.database
def test_two_that_are_sent_at_once_are_paid_once(send: Send, user: User) -> None:
    """Both are looked at before either is started: the money is held by one."""
    leave(user, 600)
    both = threading.Barrier(2)
    answers: list[int] = []

    def ask() -> None:
        both.wait(30)
        answers.append(
            send("bulk-convert", files=[sent("a"), sent("b")], output_format="mp3").status_code
        )
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 402]
    assert Job.objects.count() == 2
    assert JobFile.objects.count() == len(stored()) == 2
    for job in Job.objects.all():
        detached.cancel(job)
