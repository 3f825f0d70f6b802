"""What the `url` of a request can refer to."""

from __future__ import annotations

import pytest

from audiopod.common.links.allow import AllowList
from audiopod.common.links.reference import (
    DirectLink,
    JobReference,
    OwnLink,
    Reference,
    is_own,
    parse,
)
from audiopod.common.links.verdict import FetchReason, FetchRefused

HERE = "https://audio.example/pod"


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        ("job:text_to_speech:4198", JobReference("text_to_speech", 4198)),
        (" Job:Stems:1 ", JobReference("stems", 1)),
        ("https://example.com/a.mp3#t=3", DirectLink("https://example.com/a.mp3")),
        ("https://audio.example/pod/media/x/a.mp3?e=1", OwnLink("/media/x/a.mp3?e=1")),
        ("https://AUDIO.example:443/pod", OwnLink("/")),
        ("https://audio.example/podcast/a.mp3", DirectLink("https://audio.example/podcast/a.mp3")),
    ],
)
def test_each_kind_of_reference(url: str, reference: Reference) -> None:
    assert parse(url, public_url=HERE) == reference


@pytest.mark.parametrize(
    "url",
    ["job:", "job:4198", "job:tts:", "job:tts:-1", "job:tts:1.5", "job:tts:x", "job::1",
     "job:tts:1:2", "job:tts:" + "9" * 19, "job:" + "x" * 33 + ":1", "job:tts:\u0661"],
)  # fmt: skip
def test_a_reference_to_a_job_that_is_none(url: str) -> None:
    with pytest.raises(FetchRefused, match="job:<service>:<number>") as error:
        parse(url)
    assert error.value.code == "UNSUPPORTED_URL"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8000/media/x/a.mp3", True),
        ("http://127.0.0.1:8000/", True),
        ("https://127.0.0.1:8000/media/x/a.mp3", False),
        ("http://127.0.0.1:8001/media/x/a.mp3", False),
        ("http://127.0.0.1.example:8000/media", False),
        ("http://127.0.0.1:8000@example.com/media", False),
        ("file:///media", False),
        ("", False),
    ],
)
def test_own_links_are_those_of_the_public_url(url: str, own: bool) -> None:
    assert is_own(url, "http://127.0.0.1:8000") is own


def test_a_link_to_this_machine_is_refused_unless_it_is_own_or_on_the_list() -> None:
    link = "http://127.0.0.1:8000/a.mp3"

    with pytest.raises(FetchRefused) as error:
        parse(link)
    assert error.value.reason is FetchReason.NOT_PUBLIC

    assert parse(link, public_url="http://127.0.0.1:8000") == OwnLink("/a.mp3")
    assert parse(link, allow=AllowList(("127.0.0.1",))) == DirectLink(link)
