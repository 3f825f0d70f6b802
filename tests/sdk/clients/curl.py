"""curl, run as its user would; the answer taken apart."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.harness.programs import find_program

CURL_SECONDS = 60
MARK = b"\n--- written out ---\n"


@dataclass(frozen=True)
class Answer:
    """What curl printed: the body to its standard output, all else with `--verbose`."""

    status: int
    body: bytes
    headers: dict[str, str]
    sent: str
    """The request line and the headers that curl sent, and what it noted meanwhile."""

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error object, once its shape is seen to be right."""
        error: dict[str, Any] = self.json["error"]
        assert self.headers["content-type"].startswith("application/json")
        assert self.headers["x-request-id"]
        assert set(error) == {"message", "type", "param", "code"}
        return error


def curl(url: str, *args: str, stdin: bytes = b"") -> Answer:
    program = find_program("curl", remedy="install it (Debian: apt install curl)")
    written = ["--write-out", MARK.decode() + "%{http_code}"]
    done = subprocess.run(
        [program, "--silent", "--verbose", *written, *args, url],
        input=stdin,
        capture_output=True,
        timeout=CURL_SECONDS,
        check=False,
    )
    noted = done.stderr.decode(errors="replace")
    assert done.returncode == 0, noted
    body, _, status = done.stdout.rpartition(MARK)
    return Answer(int(status), body, _headers(noted), noted)


def _headers(noted: str) -> dict[str, str]:
    """Of the last answer: "100 Continue" comes before it, with none."""
    found = re.findall(r"^< ([^:\s]+): (.*?)\r?$", noted, re.MULTILINE)
    return {name.lower(): value for name, value in found}
