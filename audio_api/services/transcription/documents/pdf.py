"""A transcript as PDF: a column of times and the text beside it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from audio_api.services.transcription.documents.letters import INSTEAD, MAIN, Letters
from audio_api.services.transcription.documents.rows import Row, rows_of, summary
from audio_api.services.transcription.documents.stored import StoredTranscript
from audio_api.services.transcription.documents.typesetting import Run, lines, runs
from audio_api.services.transcription.documents.wording import is_right_to_left

MARGIN = 20 * mm
TIME_WIDTH = 18 * mm
TITLE, HEADING, TEXT, SMALL = 18.0, 13.0, 10.0, 8.0
"""Sizes in points."""
LEADING = 1.45
"""Height of a line, in sizes."""
INK, SOFT = HexColor("#1d1f23"), HexColor("#5a5d66")

# reportlab's fonts collect the glyphs that a document uses, and are shared by all threads
_ONE_AT_A_TIME = threading.Lock()


def to_pdf(stored: StoredTranscript, title: str, fonts: Sequence[Path] = ()) -> bytes:
    """Letters that no font has are replaced by `[?]`, and a note at the top says so."""
    out = BytesIO()
    with _ONE_AT_A_TIME:
        letters = Letters(language=stored.language, fonts=fonts)
        heading = letters.printable(title)
        rows = [(row, letters.printable(row.text)) for row in rows_of(stored)]
        sheet = _Sheet(out, letters, title=title, language=stored.language)
        sheet.write(heading, TITLE)
        sheet.skip(SMALL)
        sheet.write(letters.printable(summary(stored)), SMALL, color=SOFT)
        if letters.missing:
            note = (
                f"{INSTEAD} stands for letters that this PDF has no font for"
                f" ({letters.missing:,} in all). The other formats of this transcript have them."
            )
            sheet.write(note, SMALL, color=SOFT)
        sheet.skip(TEXT)
        for row, text in rows:
            _write_row(sheet, row, text, letters)
        sheet.close()
    return out.getvalue()


def _write_row(sheet: _Sheet, row: Row, text: str, letters: Letters) -> None:
    if row.source is not None:
        sheet.skip(HEADING)
        sheet.write(letters.printable(row.source), HEADING)
    if row.speaker:
        sheet.skip(SMALL)
        sheet.write(letters.printable(row.speaker), SMALL, indent=TIME_WIDTH, color=SOFT)
    sheet.write(text, TEXT, indent=TIME_WIDTH, time=row.time)
    sheet.skip(TEXT * 0.3)


class _Sheet:
    """Pages that are written from top to bottom. Lengths in points."""

    def __init__(self, out: BytesIO, letters: Letters, *, title: str, language: str) -> None:
        self._canvas = Canvas(out, pagesize=A4, invariant=1, lang=language or None)
        self._canvas.setTitle(title)
        self._canvas.setAuthor("AudioPod")
        self._canvas.setCreator("AudioPod")
        self._letters = letters
        self._y = A4[1] - MARGIN

    def write(
        self,
        text: str,
        size: float,
        *,
        indent: float = 0.0,
        color: Color = INK,
        time: str = "",
    ) -> None:
        """A paragraph in printable letters, with a time beside its first line."""
        left = MARGIN + indent
        width = A4[0] - MARGIN - left
        is_rtl = is_right_to_left(text)
        for line in lines(text, self._letters, width / size):
            self._next_line(size)
            if time:
                self._draw(Run(MAIN, SMALL, time), MARGIN, SOFT)
                time = ""
            self._write_line(line, size, left, color, is_rtl=is_rtl)

    def skip(self, height: float) -> None:
        self._y -= height

    def close(self) -> None:
        self._end_page()
        self._canvas.save()

    def _write_line(self, line: str, size: float, x: float, color: Color, *, is_rtl: bool) -> None:
        pieces = runs(line, self._letters, size, is_rtl=is_rtl)
        if is_rtl:
            # drawn in the order of reading, in which a PDF is searched
            x = A4[0] - MARGIN
            for piece in reversed(pieces):
                x -= piece.width()
                self._draw(piece, x, color)
            return
        for number, piece in enumerate(pieces, start=1):
            self._draw(piece, x, color)
            if number < len(pieces):
                x += piece.width()

    def _draw(self, run: Run, x: float, color: Color) -> None:
        # drawString measures the text for nothing
        words: Any = self._canvas.beginText(x, self._y)
        words.setFont(run.font, run.size)
        words.setFillColor(color)
        if run.said:
            # what a reader finds and copies (ISO 32000-1, 14.9.4): reportlab has no call for it
            said = run.said.encode("utf-16-be").hex()
            words._code.append(f"/Span <</ActualText <feff{said}>>> BDC")
        words.textOut(run.text)
        if run.said:
            words._code.append("EMC")
        self._canvas.drawText(words)

    def _next_line(self, size: float) -> None:
        self._y -= size * LEADING
        if self._y < MARGIN:
            self._end_page()
            self._canvas.showPage()
            self._y = A4[1] - MARGIN - size * LEADING

    def _end_page(self) -> None:
        self._canvas.setFont(MAIN, SMALL)
        self._canvas.setFillColor(SOFT)
        number = str(self._canvas.getPageNumber())
        self._canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, number)
