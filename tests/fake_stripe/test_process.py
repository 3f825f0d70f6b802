"""The process itself: what it keeps, when it ends, whom it listens to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
import stripe

from fake_stripe.__main__ import main
from tests.fake_stripe.cast import pay, session
from tests.harness.fake_stripe import SECRET_KEY, FakeStripe, WebhookReceiver, fake_stripe_at
from tests.harness.programs import ROOT, wait_until


def test_a_state_file_outlives_the_process(
    tmp_path: Path, webhook_receiver: WebhookReceiver
) -> None:
    file = tmp_path / "state.json"
    with fake_stripe_at(tmp_path, options=("--state", str(file))) as before:
        before.config(deliver="hold", webhook_url=webhook_receiver.url)
        client = before.client()
        made = session(client, metadata={"topup": "1"})
        paid = pay(client)
        key: stripe.RequestOptions = {"idempotency_key": "k"}
        customer = client.v1.customers.create({"name": "Ada"}, key)
        before.program.kill()

    with fake_stripe_at(
        tmp_path, options=("--state", str(file)), webhook_url=webhook_receiver.url
    ) as after:
        client = after.client()
        assert client.v1.payment_intents.retrieve(paid.id).status == "succeeded"
        assert client.v1.customers.create({"name": "Ada"}, key).id == customer.id
        assert after.pay(made.id)["payment_status"] == "paid"
        after.wait_delivered()

    assert webhook_receiver.types[:2] == ["payment_intent.created", "charge.succeeded"]
    assert webhook_receiver.types.count("checkout.session.completed") == 1


@pytest.mark.parametrize("port", ["null", '"http"', "-1", "70000"])
def test_a_port_that_is_none_is_not_asked_for(tmp_path: Path, port: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(f'{{"port": {port}}}')

    with fake_stripe_at(tmp_path, options=("--state", str(file))) as process:
        assert httpx.get(f"{process.url}/_fake/state").status_code == 200


def test_a_port_that_is_asked_for_and_taken_is_told(
    tmp_path: Path, fake_stripe: FakeStripe
) -> None:
    command = [sys.executable, "-m", "fake_stripe", "--secret-key", SECRET_KEY]
    command += ["--port", fake_stripe.url.rpartition(":")[2]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr


def test_a_state_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{")

    command = [sys.executable, "-m", "fake_stripe", "--secret-key", SECRET_KEY]
    command += ["--state", str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "move it away to start afresh" in ended.stderr


def test_a_live_key_makes_live_objects(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    with fake_stripe_at(
        tmp_path, secret_key="sk_live_pretend", webhook_url=webhook_receiver.url
    ) as live:
        made = session(live.client())
        paid = pay(live.client())
        live.wait_delivered()

    assert made.id.startswith("cs_live_")
    assert made.livemode
    assert paid.livemode
    assert all(event["livemode"] for event in webhook_receiver.events)


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        orphan = FakeStripe(tmp_path, options=("--parent", str(parent.pid)))
        orphan.start()
        parent.communicate(b"\n")

    wait_until(lambda: not orphan.program.running, seconds=10, what="it has ended")
    orphan.stop()


def test_it_listens_on_the_loopback_interface_only(fake_stripe: FakeStripe) -> None:
    connections = psutil.Process(fake_stripe.program.pid).net_connections()

    assert {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN} == {
        "127.0.0.1"
    }


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Host": "evil.example"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_the_controls_are_not_for_browsers(fake_stripe: FakeStripe, header: dict[str, str]) -> None:
    answer = httpx.get(f"{fake_stripe.url}/_fake/state", headers=header)

    assert answer.status_code == 403


def test_a_control_that_does_not_exist_lists_those_that_do(fake_stripe: FakeStripe) -> None:
    answer = httpx.post(f"{fake_stripe.url}/_fake/steal", json={})

    assert answer.status_code == 404
    assert "dispute" in answer.json()["error"]["message"]


def test_a_reset_forgets_everything(fake_stripe: FakeStripe) -> None:
    fake_stripe.config(duplicate=3, deliver="hold", latency_ms=5)
    session(fake_stripe.client())

    fake_stripe.reset()

    assert fake_stripe.state()["objects"] == {}
    assert fake_stripe.requests() == []
    settings = fake_stripe.config()
    assert (settings["duplicate"], settings["deliver"], settings["latency_ms"]) == (1, "on", 0)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "begins with sk_test_"),
        (("--secret-key", "pk_test_x"), "begins with sk_test_"),
        (("--secret-key", SECRET_KEY, "--webhook-url", "http://h/"), "--webhook-secret to sign"),
    ],
)
def test_a_command_line_that_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["fake_stripe", *args])

    with pytest.raises(SystemExit):
        main()

    assert message in capsys.readouterr().err


def test_it_imports_neither_django_nor_an_app() -> None:
    code = (
        "import sys, fake_stripe.__main__\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(roots & {'django', 'rest_framework', 'audiopod', 'accounts', 'audio_api'})\n"
        "print({name for name in sys.modules if name.startswith('wallet.')\n"
        "       and not name.startswith('fake_stripe')})\n"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["set()", "set()"]
