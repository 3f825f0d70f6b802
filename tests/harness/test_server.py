"""What a server sends can be read by a test, as its recipient would."""

from __future__ import annotations

from pathlib import Path

import environ
from django.core.mail import EmailMessage, get_connection

from tests.harness.server import Server


def test_mails_are_those_to_one_address_the_oldest_first(tmp_path: Path) -> None:
    server = Server(tmp_path, models_dir=tmp_path)
    assert server.mails(to="ada@example.org") == []

    # Given the outbox that the server's own setting leads to, and mails to two people in it
    outbox = environ.Env.email_url_config(server.env["EMAIL_URL"])
    backend, folder = outbox["EMAIL_BACKEND"], outbox["EMAIL_FILE_PATH"]
    with get_connection(backend, file_path=folder) as connection:
        for to, words in [("ada", "First, ünïcode."), ("bob", "Not hers."), ("ada", "Second.")]:
            mail = EmailMessage("News", words, "shop@example.org", [f"{to}@example.org"])
            mail.connection = connection
            mail.send()

    # Then hers are read
    bodies = [mail.get_body() for mail in server.mails(to="ada@example.org")]
    assert [body and body.get_content().strip() for body in bodies] == [
        "First, ünïcode.",
        "Second.",
    ]
