"""A dictionary of pronunciations as CSV, in and out: word, said, match_case."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from audiopod.common.spreadsheets import FORMULA_BEGINS, harmless
from voices.dictionary import MAX_ENTRIES, Pronunciation, clean_said, clean_word

COLUMNS = ("word", "said", "match_case")
MAX_BYTES = 256 * 1024
"""Of a file."""
_YES = {"1", "true", "yes", "y", "x", "ja", "wahr"}


def written(entries: Iterable[Pronunciation]) -> str:
    """The table, with its heading. A word that a spreadsheet would compute has an apostrophe."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for entry in entries:
        case = "yes" if entry.match_case else ""
        table.writerow([harmless(entry.word), harmless(entry.said), case])
    return text.getvalue()


def read(user: User, content: bytes) -> list[Pronunciation]:
    """The entries of a file, not saved. Columns after the third are ignored, and so is a heading.

    Raises ValidationError with the line that is wrong: nothing of such a file is taken.
    """
    entries: list[Pronunciation] = []
    for number, row in enumerate(_rows(content), start=1):
        cells = [_plain(cell) for cell in row[:3]]
        if not any(cells) or (number == 1 and cells[0].lower() in {"word", "wort"}):
            continue
        if len(entries) == MAX_ENTRIES:
            raise ValidationError(
                _("A dictionary has at most %(most)d entries.") % {"most": MAX_ENTRIES}
            )
        try:
            if len(cells) < 2:
                raise ValidationError(_("There is only one column."))
            word, said = clean_word(cells[0]), clean_said(cells[1])
        except ValidationError as error:
            told = {"number": number, "reason": error.messages[0]}
            raise ValidationError(_("Line %(number)d: %(reason)s") % told) from None
        case = len(cells) > 2 and cells[2].lower() in _YES
        entries.append(Pronunciation(user=user, word=word, said=said, match_case=case))
    return entries


def _rows(content: bytes) -> Iterable[list[str]]:
    if len(content) > MAX_BYTES:
        raise ValidationError(
            _("The file is too large: a dictionary has at most %(most)d entries.")
            % {"most": MAX_ENTRIES}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("The file is no text in UTF-8: save it as CSV UTF-8.")) from None
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        yield from csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    except csv.Error:
        raise ValidationError(_("The file cannot be read as a table of CSV.")) from None


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from computing it."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_BEGINS) else cell
