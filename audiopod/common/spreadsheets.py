"""Values as spreadsheets take them from CSV."""

from __future__ import annotations

from audiopod.common import money

FORMULA_BEGINS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets know them


def plain_usd(micros: int) -> str:
    """Dollars for a spreadsheet: "-0.003734"."""
    whole, fraction = divmod(abs(micros), money.MICROS_PER_USD)
    return f"{'-' if micros < 0 else ''}{whole}.{fraction:06d}"


def seconds(milliseconds: int) -> str:
    """ "5.601"."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"


def harmless(text: str) -> str:
    """Words that a spreadsheet reads as words: an apostrophe goes before what begins a formula.

    Source: OWASP, CSV Injection.
    """
    begins_one = text.lstrip().startswith(FORMULA_BEGINS) or text[:1] in {"\t", "\r", "\n"}
    return f"'{text}" if begins_one else text
