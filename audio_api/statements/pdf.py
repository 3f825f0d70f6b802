"""A month on paper: a page or two that a bookkeeper can file."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from audio_api.statements import fonts
from audio_api.statements.summary import Charge, Movement, Statement
from audiopod.common.money import MS_PER_MINUTE, usd_exact
from wallet.models import JournalEntry

MARGIN = 20 * mm
FRAME_PADDING = 6
"""Points that reportlab leaves on each side inside the margins."""
WIDTH = A4[0] - 2 * (MARGIN + FRAME_PADDING)
INK, SOFT, LINE = (colors.HexColor(code) for code in ("#1d1f23", "#5a5d66", "#c9c4ba"))

TEXT = ParagraphStyle("text", fontName=fonts.REGULAR, fontSize=9, leading=13, textColor=INK)
SMALL = ParagraphStyle("small", TEXT, fontSize=8, leading=11, textColor=SOFT)
TITLE = ParagraphStyle("title", TEXT, fontName=fonts.BOLD, fontSize=18, leading=24)
HEADING = ParagraphStyle(
    "heading", TEXT, fontName=fonts.BOLD, fontSize=11, leading=15, spaceBefore=14, spaceAfter=4
)
RULES: list[Any] = [
    ("FONT", (0, 0), (-1, -1), fonts.REGULAR, 9, 12),
    ("FONT", (0, 0), (-1, 0), fonts.REGULAR, 8, 11),
    ("TEXTCOLOR", (0, 0), (-1, -1), INK),
    ("TEXTCOLOR", (0, 0), (-1, 0), SOFT),
    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
LAST_ROW: list[Any] = [
    ("FONT", (0, -1), (-1, -1), fonts.BOLD, 9, 12),
    ("LINEABOVE", (0, -1), (-1, -1), 0.6, LINE),
]
WORDS = {
    JournalEntry.Kind.TOPUP: "Top-ups",
    JournalEntry.Kind.GRANT: "Credit granted",
    JournalEntry.Kind.PROMO: "Promo codes",
    JournalEntry.Kind.ADJUSTMENT: "Adjustments",
    JournalEntry.Kind.REFUND: "Refunds",
    JournalEntry.Kind.REFUND_FAILED: "Refunds that failed, given back",
    JournalEntry.Kind.DISPUTE: "Disputed payments",
    JournalEntry.Kind.DISPUTE_WON: "Disputes won, given back",
    JournalEntry.Kind.COLLECTION: "Held money that paid a debt",
}
Row = list[Any]


def render(statement: Statement) -> bytes:
    """The statement as PDF. The same statement gives the same bytes."""
    fonts.register()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"AudioPod statement {statement.scope.month}",
        author="AudioPod",
        creator="AudioPod",
        lang="en",
        invariant=1,
    )
    document.build(_story(statement), onFirstPage=_page, onLaterPages=_page)
    return out.getvalue()


def _story(statement: Statement) -> list[Flowable]:
    story = [*_head(statement), *_balance(statement)]
    if statement.has_debt:
        story += _debt(statement)
    if statement.charges:
        story += _charges("Requests by service", "Service", statement.charges)
        story += _charges("Requests by key", "Key", statement.keys)
    if statement.days:
        story += _days(statement)
    return [*story, Spacer(0, 10), _note()]


def _head(statement: Statement) -> list[Flowable]:
    scope = statement.scope
    period = f"{scope.month.start:%B %Y}{', to date' if scope.is_to_date else ''}"
    return [
        Paragraph("AudioPod statement", TITLE),
        _text(f"Account: {scope.user.email}"),
        _text(f"Period: {period} (UTC)"),
        _text(f"Server: {settings.PUBLIC_URL}"),
    ]


def _balance(statement: Statement) -> list[Flowable]:
    scope = statement.scope
    rows: list[Row] = [["", "Number", "USD"]]
    rows += [["Opening balance", "", usd_exact(scope.opening_micros)]]
    rows += [_movement(movement) for movement in statement.movements]
    requests = sum(charge.requests for charge in statement.charges)
    if requests:
        rows += [["Requests", f"{requests:,}", usd_exact(-statement.charged_micros)]]
    closing = "Balance to date" if scope.is_to_date else "Closing balance"
    rows += [[closing, "", usd_exact(scope.closing_micros)]]
    return [Paragraph("Balance", HEADING), _table(rows, [0.6, 0.15, 0.25], total=True)]


def _debt(statement: Statement) -> list[Flowable]:
    rows: list[Row] = [["", "Number", "USD"]]
    rows += [["Owed before", "", usd_exact(statement.opening_debt_micros)]]
    for debt in statement.debts:
        name = f"{WORDS[JournalEntry.Kind(debt.kind)]}: {'paid' if debt.micros > 0 else 'owed'}"
        rows += [[name, f"{debt.count:,}", usd_exact(-debt.micros)]]
    rows += [["Owed after", "", usd_exact(statement.closing_debt_micros)]]
    why = "What was spent before its payment was refunded or disputed. The next credit pays it."
    return [
        Paragraph("Debt", HEADING),
        _text(why),
        _table(rows, [0.6, 0.15, 0.25], total=True),
    ]


def _movement(movement: Movement) -> Row:
    name = WORDS[JournalEntry.Kind(movement.kind)]
    return [name, f"{movement.count:,}", usd_exact(movement.micros)]


def _charges(heading: str, what: str, charges: list[Charge]) -> list[Flowable]:
    rows: list[Row] = [[what, "Requests", "Minutes of audio", "USD"]]
    rows += [
        [_text(charge.name), f"{charge.requests:,}", _minutes(charge.audio_ms), _cost(charge)]
        for charge in charges
    ]
    requests = sum(charge.requests for charge in charges)
    audio = _minutes(sum(charge.audio_ms for charge in charges))
    rows += [["Together", f"{requests:,}", audio, usd_exact(sum(c.micros for c in charges))]]
    return [Paragraph(heading, HEADING), _table(rows, [0.46, 0.14, 0.2, 0.2], total=True)]


def _days(statement: Statement) -> list[Flowable]:
    rows: list[Row] = [["Day", "Requests", "Minutes of audio", "Charged, USD", "Other, USD"]]
    for day in statement.days:
        charged, other = usd_exact(day.charged_micros), usd_exact(day.other_micros)
        minutes = _minutes(day.audio_ms)
        rows += [[day.date.isoformat(), f"{day.requests:,}", minutes, charged, other]]
    return [Paragraph("Day by day", HEADING), _table(rows, [0.2, 0.15, 0.2, 0.2, 0.25])]


def _note() -> Paragraph:
    return Paragraph(
        "Amounts are US dollars, exact to a millionth. Receipts of payments come from the payment"
        " provider. Every line of this statement is in the CSV of the same month.",
        SMALL,
    )


def _cost(charge: Charge) -> str:
    return usd_exact(charge.micros)


def _minutes(milliseconds: int) -> str:
    """Minutes with three decimals, rounded to the nearest."""
    thousandths = (milliseconds * 1000 + MS_PER_MINUTE // 2) // MS_PER_MINUTE
    return f"{thousandths // 1000:,}.{thousandths % 1000:03d}"


def _text(words: str) -> Paragraph:
    return Paragraph(escape(fonts.printable(words)), TEXT)


def _table(rows: list[Row], shares: list[float], *, total: bool = False) -> Table:
    widths = [WIDTH * share for share in shares]
    table = Table(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
    table.setStyle(TableStyle([*RULES, *(LAST_ROW if total else [])]))
    return table


def _page(canvas: Canvas, _document: SimpleDocTemplate) -> None:
    canvas.setFont(fonts.REGULAR, 8)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(
        A4[0] - MARGIN - FRAME_PADDING, MARGIN / 2, f"Page {canvas.getPageNumber()}"
    )
