"""What is seen on the pages of jobs."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from audio_api.models import Job
from tests.pages import Page, page_of


def said(answer: Any) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def listed(client: Client, **query: str) -> str:
    answer = client.get(reverse("jobs"), query)
    page_of(answer)
    return said(answer)


def of_job(client: Client, job: Job) -> tuple[Page, str]:
    answer = client.get(reverse("job", args=[job.number]))
    return page_of(answer), said(answer)


def element(page: Page, name: str) -> dict[str, str | None]:
    [found] = [attrs for _, attrs in page.elements if attrs.get("id") == name]
    return found
