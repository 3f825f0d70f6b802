"""A transcript as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from audio_api.services.transcription.documents.rows import Row, rows_of, summary
from audio_api.services.transcription.documents.stored import StoredTranscript
from audio_api.services.transcription.documents.wording import clean

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
header p, time { opacity: .7; }
section { display: grid; grid-template-columns: 5rem 1fr; gap: 0 1rem; }
section p, section h3 { grid-column: 2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
section h3 { font-size: 1rem; }
time { grid-column: 1; font-variant-numeric: tabular-nums; }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'"


def to_html(stored: StoredTranscript, title: str) -> str:
    """A page with the times of its segments. Its own policy lets no script run in it."""
    heading = _text(title)
    return "".join(
        (
            f'<!DOCTYPE html>\n<html lang="{_text(stored.language)}">\n<head>\n',
            '<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n",
            f'<header>\n<h1 dir="auto">{heading}</h1>\n',
            f"<p>{_text(summary(stored))}</p>\n</header>\n<main>\n",
            *_sections(stored),
            "</main>\n</body>\n</html>\n",
        )
    )


def _sections(stored: StoredTranscript) -> Iterator[str]:
    for row in rows_of(stored):
        if row.source is not None:
            yield f'<h2 dir="auto">{_text(row.source)}</h2>\n'
        yield _section(row)


def _section(row: Row) -> str:
    speaker = f'<h3 dir="auto">{_text(row.speaker)}</h3>' if row.speaker else ""
    return (
        f'<section>{speaker}<time datetime="PT{row.start:.3f}S">{row.time}</time>'
        f'<p dir="auto" lang="{_text(row.language)}">{_text(row.text)}</p></section>\n'
    )


def _text(text: str) -> str:
    return escape(clean(text))
