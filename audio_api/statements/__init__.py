"""What became of an account's money in a month: a CSV of every line, a PDF of the sums.

Both are made of the ledger alone, checked against it, and refused when they do not add up.
"""

from audio_api.statements.lines import write_csv
from audio_api.statements.pdf import render
from audio_api.statements.scope import DoesNotAddUp, NoStatement, Scope
from audio_api.statements.summary import Statement, summarize

__all__ = ["DoesNotAddUp", "NoStatement", "Scope", "Statement", "render", "summarize", "write_csv"]
