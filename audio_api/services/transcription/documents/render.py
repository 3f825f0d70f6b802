"""A stored transcript as the file that a client asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from audio_api.services.transcription.documents import docx, page, pdf, subtitles
from audio_api.services.transcription.documents.answers import transcript_answer
from audio_api.services.transcription.documents.names import DEFAULT_NAME, file_name
from audio_api.services.transcription.documents.stored import StoredTranscript
from audio_api.services.transcription.documents.wording import clean
from audio_api.services.transcription.subtitles import Layout
from audio_api.services.transcription.transcripts.formats import PUBLISHED
from audiopod.common.problem import Problem


class DocumentForm(StrEnum):
    """`format` of a transcript; also the ending of its file."""

    JSON = "json"
    TXT = "txt"
    SRT = "srt"
    VTT = "vtt"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"

    @classmethod
    def of(cls, asked: str) -> Self:
        """The form of a request's `format`. Raises Problem for one that there is not."""
        try:
            return cls(asked.strip().lower())
        except ValueError:
            known = ", ".join(cls)
            raise Problem(f"`format` must be one of {known}.", param="format") from None

    @property
    def content_type(self) -> str:
        return _CONTENT_TYPES[self]

    @property
    def is_text(self) -> bool:
        """Whether the body can be sent as a JSON string."""
        return self in {DocumentForm.TXT, DocumentForm.SRT, DocumentForm.VTT}


_CONTENT_TYPES = {
    DocumentForm.JSON: "application/json",
    DocumentForm.TXT: "text/plain; charset=utf-8",
    DocumentForm.SRT: "application/x-subrip",
    DocumentForm.VTT: "text/vtt",
    DocumentForm.HTML: "text/html; charset=utf-8",
    DocumentForm.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentForm.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file to send. The name has no path and no letter that a file system refuses."""

    body: bytes
    content_type: str
    file_name: str


def render(
    stored: StoredTranscript,
    form: DocumentForm,
    *,
    job_id: int,
    title: str,
    fonts: Sequence[Path] = (),
    layout: Layout = PUBLISHED,
) -> Rendered:
    """The transcript in one form.

    job_id: the public number, for JSON; title: the job's display name, which heads the page and
    names the file; fonts: TrueType files of the operator's, for scripts of a PDF that the font at
    hand does not have; layout: of subtitles.
    """
    heading = " ".join(clean(title).split()) or DEFAULT_NAME.capitalize()
    match form:
        case DocumentForm.SRT:
            body = subtitles.to_srt(stored, layout).encode()
        case DocumentForm.VTT:
            body = subtitles.to_vtt(stored, layout).encode()
        case _:
            body = _body(stored, form, job_id, heading, tuple(fonts))
    return Rendered(body, form.content_type, file_name(title, form.value))


def _body(
    stored: StoredTranscript, form: DocumentForm, job_id: int, title: str, fonts: tuple[Path, ...]
) -> bytes:
    match form:
        case DocumentForm.JSON:
            answer = transcript_answer(stored, job_id=job_id)
            return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
        case DocumentForm.TXT:
            return subtitles.to_text(stored).encode()
        case DocumentForm.HTML:
            return page.to_html(stored, title).encode()
        case DocumentForm.DOCX:
            return docx.to_docx(stored, title)
        case _:
            return pdf.to_pdf(stored, title, fonts)
