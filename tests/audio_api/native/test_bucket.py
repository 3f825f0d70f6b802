"""Files of jobs in a bucket: served by this server, or by the bucket itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer

from accounts.models import User
from audio_api.native import media
from tests.audio_api.native.cast import SOUND, content_of, first_output, succeeded

pytestmark = pytest.mark.django_db

BUCKET = "audiopod-media"
SECRETS = {"access_key": "test-key-id", "secret_key": "test-secret"}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A server that speaks S3, on a free port of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=SECRETS["access_key"],
        aws_secret_access_key=SECRETS["secret_key"],
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield url
    server.stop()


@pytest.fixture(autouse=True)
def _bucket(settings: Any, s3_url: str) -> Iterator[None]:
    options = {"bucket_name": BUCKET, "endpoint_url": s3_url, "region_name": "us-east-1", **SECRETS}
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": s3}
    settings.S3_BUCKET = BUCKET
    yield
    default_storage.connection.meta.client.close()


@pytest.fixture
def path(ada: User) -> str:
    return urlsplit(media.link(first_output(succeeded(ada, {"file_name": "grüße.mp3"})))).path


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [({}, 200, SOUND), ({"Range": "bytes=10-19"}, 206, SOUND[10:20])],
)
def test_this_server_hands_on_what_is_asked_for(
    path: str, asked: dict[str, str], status: int, part: bytes
) -> None:
    answer = Client().get(path, headers=asked)
    assert (answer.status_code, content_of(answer)) == (status, part)


def test_a_link_leads_on_to_the_bucket_where_that_is_set(
    path: str, settings: Any, s3_url: str
) -> None:
    settings.MEDIA_REDIRECT = True
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    link = answer.headers["Location"]
    assert link.startswith(f"{s3_url}/{BUCKET}/job-files/")
    assert "Signature=" in link
    got = httpx.get(link, headers={"Range": "bytes=10-19"})
    assert (got.status_code, got.content) == (206, SOUND[10:20])
    assert got.headers["Content-Type"] == "audio/mpeg"
    assert "gr%C3%BC%C3%9Fe.mp3" in got.headers["Content-Disposition"]


def test_head_is_answered_here(path: str, settings: Any) -> None:
    settings.MEDIA_REDIRECT = True
    answer = Client().head(path)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(SOUND)))


def test_a_link_is_not_led_on_where_there_is_no_bucket(path: str, settings: Any) -> None:
    """A folder's own addresses are not signed."""
    settings.MEDIA_REDIRECT = True
    settings.S3_BUCKET = ""
    assert content_of(Client().get(path)) == SOUND
