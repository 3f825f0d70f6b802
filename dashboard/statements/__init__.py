"""What became of an account's money in a month: a CSV of every line, a PDF of the sums.

Both are made of the ledger alone, checked against it, and refused when they do not add up.
"""

from dashboard.statements.lines import write_csv
from dashboard.statements.pdf import render
from dashboard.statements.span import DoesNotAddUp, NoStatement, PostingSpan
from dashboard.statements.summary import Statement, summarize

__all__ = [
    "DoesNotAddUp",
    "NoStatement",
    "PostingSpan",
    "Statement",
    "render",
    "summarize",
    "write_csv",
]
