"""A language without a wording of its own: what is written short is left to the voice."""

from __future__ import annotations

from audio.engines.speech.spoken.wording import Rules

_AMOUNT = r"(?:[kKmMbBtT]|bn|thousand|million|billion|trillion)\b"
_PRICES = Rules([(rf"([$€£¥₹])[ ]?(\d+(?:[.,]\d+)*(?:[ ]?{_AMOUNT})?)", r"\2 \1")])
"""espeak-ng says the sign of a price where it stands."""


class Plain:
    def abbreviations(self, text: str) -> str:
        return text

    def sentence(self, text: str) -> str:
        return _PRICES(text)


PLAIN = Plain()
