"""Uploads travel from the web to the worker through a bucket, and do not stay there."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import MakeServer
from tests.harness.programs import wait_until
from tests.sdk.clients.scenario import assert_heard
from tests.sdk.conftest import ENGLISH, record

BUCKET = "audiopod-media"
CREDENTIALS = {"key": "test-key-id", "secret": "test-secret"}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A server that speaks S3, on a free port of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.thorough
def test_a_transcript_through_a_bucket(make_server: MakeServer, s3_url: str) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=s3_url,
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["key"],
        aws_secret_access_key=CREDENTIALS["secret"],
    )
    s3.create_bucket(Bucket=BUCKET)
    env = {
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": s3_url,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY_ID": CREDENTIALS["key"],
        "S3_SECRET_ACCESS_KEY": CREDENTIALS["secret"],
        "PRELOAD_ENGINES": "false",
    }
    with make_server("embedded", env=env) as server:
        account = server.account()
        recording = record(account, voice="joe", words=ENGLISH)
        with account.sdk() as client:
            heard = client.audio.transcriptions.create(
                model="whisper-1", file=("speech.wav", recording.wav)
            )
        assert_heard(heard.text, ENGLISH)
        # after the settlement, which follows the last byte
        wait_until(
            lambda: "Contents" not in s3.list_objects_v2(Bucket=BUCKET),
            seconds=20,
            what="the upload is removed",
        )
        assert not (server.data_dir / "media").exists(), "nothing is written beside the bucket"
        server.audit()
    s3.close()
