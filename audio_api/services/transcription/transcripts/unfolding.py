"""A transcript's text, piece by piece as it is decoded."""

from __future__ import annotations


class TextSoFar:
    """Turns the texts of segments into pieces which, joined, are the text of the transcript.

    That has no space at its ends: the first piece loses its own, and a space after a piece waits
    until something follows it.
    """

    def __init__(self) -> None:
        self._begun = False
        self._space = ""

    def add(self, text: str) -> str:
        """What can be said after this segment; "" where it has no words."""
        whole = self._space + text if self._begun else text.lstrip()
        piece = whole.rstrip()
        if not piece:
            self._space = whole if self._begun else ""
            return ""
        self._begun, self._space = True, whole[len(piece) :]
        return piece
