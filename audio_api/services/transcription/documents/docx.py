"""A transcript for Word and LibreOffice.

Written as WordprocessingML (ECMA-376) itself: a document of paragraphs is five small files, and
python-docx takes eight seconds for ten hours of speech.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from audio_api.services.transcription.documents.rows import Row, rows_of, summary
from audio_api.services.transcription.documents.stored import StoredTranscript
from audio_api.services.transcription.documents.wording import clean, is_right_to_left

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

_CONTENT_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_WORD_TYPE}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_WORD_TYPE}.styles+xml"/>
<Override PartName="/docProps/core.xml"
 ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""
_RELATIONSHIPS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties"
 Target="docProps/core.xml"/>
</Relationships>"""
_DOCUMENT_RELATIONSHIPS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/relationships/styles" Target="styles.xml"/>
</Relationships>"""


def _style(name: str, identity: str, *, size: int, kind: str = "paragraph", more: str = "") -> str:
    """size: half points."""
    based = "" if identity == "Normal" or kind == "character" else '<w:basedOn w:val="Normal"/>'
    default = ' w:default="1"' if identity == "Normal" else ""
    return (
        f'<w:style w:type="{kind}"{default} w:styleId="{identity}"><w:name w:val="{name}"/>{based}'
        f'{more}<w:rPr><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>'
    )


def _spacing(before: int, after: int, *, outline: int | None = None) -> str:
    """Twentieths of a point."""
    level = "" if outline is None else f'<w:outlineLvl w:val="{outline}"/>'
    keep = "" if outline is None else "<w:keepNext/>"
    return f'<w:pPr>{keep}<w:spacing w:before="{before}" w:after="{after}"/>{level}</w:pPr>'


_STYLES = (
    f"{_XML}<w:styles {_W}>"
    + _style("Normal", "Normal", size=22, more=_spacing(0, 120))
    + _style("Title", "Title", size=40, more=_spacing(0, 60))
    + _style("Subtitle", "Subtitle", size=20, more=_spacing(0, 300))
    + _style("heading 1", "Heading1", size=30, more=_spacing(300, 120, outline=0))
    + _style("heading 2", "Heading2", size=24, more=_spacing(200, 60, outline=1))
    + _style("Time", "Time", size=18, kind="character")
    + "</w:styles>"
)


_A4 = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134"'
    ' w:bottom="1134" w:left="1134" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
)


def to_docx(stored: StoredTranscript, title: str) -> bytes:
    """The same transcript gives the same bytes."""
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONSHIPS,
        "docProps/core.xml": _properties(stored, title),
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONSHIPS,
        "word/styles.xml": _STYLES,
        "word/document.xml": _document(stored, title),
    }
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in parts.items():
            # the least date that a ZIP can tell, so that the bytes stay the same
            archive.writestr(ZipInfo(name), content, compress_type=ZIP_DEFLATED)
    return out.getvalue()


def _properties(stored: StoredTranscript, title: str) -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{_text(title)}</dc:title><dc:creator>AudioPod</dc:creator>"
        f"<dc:language>{_text(stored.language)}</dc:language></cp:coreProperties>"
    )


def _document(stored: StoredTranscript, title: str) -> str:
    body = [_paragraph(title, "Title"), _paragraph(summary(stored), "Subtitle")]
    for row in rows_of(stored):
        body += _row(row)
    return f"{_XML}<w:document {_W}><w:body>{''.join(body)}{_A4}</w:body></w:document>"


def _row(row: Row) -> Iterator[str]:
    if row.source is not None:
        yield _paragraph(row.source, "Heading1")
    if row.speaker:
        yield _paragraph(row.speaker, "Heading2")
    time = f'<w:r><w:rPr><w:rStyle w:val="Time"/></w:rPr><w:t>{row.time}</w:t></w:r>'
    yield _paragraph(row.text, "Normal", language=row.language, before=f"{time}<w:r><w:tab/></w:r>")


def _paragraph(text: str, style: str, *, language: str = "", before: str = "") -> str:
    is_rtl = is_right_to_left(text)
    bidi = "<w:bidi/>" if is_rtl else ""
    # a run from right to left takes its language from `bidi`
    name = "w:bidi" if is_rtl else "w:val"
    spoken = f"<w:lang {name}={quoteattr(clean(language))}/>" if language else ""
    rtl = "<w:rtl/>" if is_rtl else ""
    run = f'<w:rPr>{rtl}{spoken}</w:rPr><w:t xml:space="preserve">{_text(text)}</w:t>'
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{bidi}</w:pPr>{before}<w:r>{run}</w:r></w:p>'


def _text(text: str) -> str:
    return escape(clean(text))
