"""Statements as files: for their owner, over the web and by a command."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audiopod.common.months import Month
from tests.wallet.cast import fund
from wallet.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def this_month() -> Month:
    return Month.of(timezone.now())


def page(month: object, kind: str) -> str:
    return f"/dashboard/wallet/statements/{month}.{kind}"


async def _whole(chunks) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def test_the_two_files_of_a_month(ada: User, as_ada: Client, this_month: Month) -> None:
    fund(ada, 5_000_000)

    pdf, table = as_ada.get(page(this_month, "pdf")), as_ada.get(page(this_month, "csv"))

    assert reverse("statement", args=[str(this_month), "pdf"]) == page(this_month, "pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    for answer, kind in ((pdf, "pdf"), (table, "csv")):
        named = f'attachment; filename="audiopod-{this_month}.{kind}"'
        assert answer.headers["Content-Disposition"] == named
        assert "no-store" in answer.headers["Cache-Control"]
    text = asyncio.run(_whole(table.streaming_content)).decode()
    assert [row["amount_usd"] for row in csv.DictReader(io.StringIO(text))] == ["5.000000"]


@pytest.mark.parametrize("kind", ["pdf", "csv"])
def test_months_that_have_none(kind: str, as_ada: Client, this_month: Month) -> None:
    for month in (this_month.next, this_month.previous, "2026-13", "1999-01", "0000-00"):
        assert as_ada.get(page(month, kind)).status_code == 404


def test_only_who_is_logged_in_and_only_reading(
    client: Client, as_ada: Client, this_month: Month
) -> None:
    assert Client().get(page(this_month, "pdf")).status_code == 302
    assert as_ada.post(page(this_month, "pdf")).status_code == 405
    assert as_ada.get(page(this_month, "xlsx")).status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "csv"])
def test_nothing_is_sent_of_what_does_not_add_up(
    kind: str, ada: User, client: Client, this_month: Month
) -> None:
    fund(ada, 5_000_000)
    Wallet.objects.update(posted_micros=1)
    client.raise_request_exception = False
    client.force_login(ada)

    answer = client.get(page(this_month, kind))

    assert answer.status_code == 500
    assert not answer.streaming


# --- the command --------------------------------------------------------------------------------
def test_a_statement_by_command(ada: User, this_month: Month, tmp_path: Path) -> None:
    fund(ada, 5_000_000)
    asked = {"email": "Ada@example.com", "month": str(this_month)}

    for kind, begins in (("pdf", b"%PDF-"), ("csv", b"time_utc,entry,")):
        path, said = tmp_path / f"statement.{kind}", io.StringIO()
        args = [f"--{name}={value}" for name, value in asked.items()]
        call_command("statement", *args, "--format", kind, "-o", str(path), stderr=said)
        assert path.read_bytes().startswith(begins)
        assert said.getvalue() == f"{path} written.\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["statement.csv", "statement.pdf"]


def test_a_pdf_without_a_name_lies_in_the_current_folder(
    ada: User, this_month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out, said = io.StringIO(), io.StringIO()

    args = ["--email", ada.email, "--month", str(this_month), "--format", "pdf"]
    call_command("statement", *args, stdout=out, stderr=said)

    name = f"audiopod-{this_month}.pdf"
    assert (tmp_path / name).read_bytes().startswith(b"%PDF-")
    assert (out.getvalue(), said.getvalue()) == ("", f"{name} written.\n")


def test_a_table_goes_to_stdout(ada: User, this_month: Month) -> None:
    fund(ada, 5_000_000)
    said = io.StringIO()

    args = ["--email", ada.email, "--month", str(this_month), "--format", "csv"]
    call_command("statement", *args, stdout=said)

    assert len(said.getvalue().splitlines()) == 2


def test_what_a_command_refuses(ada: User, this_month: Month, tmp_path: Path) -> None:
    def refused(*args: str) -> str:
        with pytest.raises(CommandError) as caught:
            call_command("statement", *args)
        return str(caught.value)

    known, month = ["--email", ada.email], ["--month", str(this_month)]
    output = ["-o", str(tmp_path / "x.pdf")]
    assert "No account has" in refused("--email", "nobody@example.com", *month, *output)
    assert "has no statement for" in refused(*known, "--month", str(this_month.next), *output)
    assert "is not a month, such as" in refused(*known, "--month", "November", *output)
    assert "can't be written" in refused(*known, *month, "-o", str(tmp_path / "no" / "x.pdf"))
    assert list(tmp_path.iterdir()) == []


def test_an_old_account_has_old_months(ada: User, as_ada: Client, this_month: Month) -> None:
    User.objects.filter(pk=ada.pk).update(date_joined=this_month.start - timedelta(days=1))

    assert as_ada.get(page(this_month.previous, "pdf")).status_code == 200
