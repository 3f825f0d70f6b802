"""A month on paper: a page or two that a bookkeeper can file."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from audiopod.common.money import MS_PER_MINUTE, usd_exact
from dashboard.statements import fonts
from dashboard.statements.summary import Charge, Movement, Statement
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
    JournalEntry.Kind.TOPUP: gettext_lazy("Top-ups"),
    JournalEntry.Kind.GRANT: gettext_lazy("Credit granted"),
    JournalEntry.Kind.PROMO: gettext_lazy("Promo codes"),
    JournalEntry.Kind.ADJUSTMENT: gettext_lazy("Adjustments"),
    JournalEntry.Kind.REFUND: gettext_lazy("Refunds"),
    JournalEntry.Kind.REFUND_FAILED: gettext_lazy("Refunds that failed, given back"),
    JournalEntry.Kind.DISPUTE: gettext_lazy("Disputed payments"),
    JournalEntry.Kind.DISPUTE_WON: gettext_lazy("Disputes won, given back"),
    JournalEntry.Kind.COLLECTION: gettext_lazy("Held money that paid a debt"),
}
Row = list[Any]


def render(statement: Statement) -> bytes:
    """The statement as PDF, in the language of its reader. In one language, the same statement
    gives the same bytes."""
    fonts.register()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=_("AudioPod statement %(month)s") % {"month": statement.span.month},
        author="AudioPod",
        creator="AudioPod",
        lang=get_language() or settings.LANGUAGE_CODE,
        invariant=1,
    )
    document.build(_story(statement), onFirstPage=_page, onLaterPages=_page)
    return out.getvalue()


def _story(statement: Statement) -> list[Flowable]:
    story = [*_head(statement), *_balance(statement)]
    if statement.has_debt:
        story += _debt(statement)
    if statement.charges:
        story += _charges(_("Requests by service"), _("Service"), statement.charges)
        story += _charges(_("Requests by key"), _("Key"), statement.keys)
    if statement.days:
        story += _days(statement)
    return [*story, Spacer(0, 10), _note()]


def _head(statement: Statement) -> list[Flowable]:
    span = statement.span
    period = (
        _("Period: %(month)s, to date (UTC)") if span.is_to_date else _("Period: %(month)s (UTC)")
    )
    return [
        Paragraph(_("AudioPod statement"), TITLE),
        _text(_("Account: %(email)s") % {"email": span.user.email}),
        _text(period % {"month": date_format(span.month.start, "F Y")}),
        _text(_("Server: %(address)s") % {"address": settings.PUBLIC_URL}),
    ]


def _balance(statement: Statement) -> list[Flowable]:
    span = statement.span
    rows: list[Row] = [["", _("Number"), "USD"]]
    rows += [[_("Opening balance"), "", usd_exact(span.opening_micros)]]
    rows += [_movement(movement) for movement in statement.movements]
    requests = sum(charge.requests for charge in statement.charges)
    if requests:
        rows += [[_("Requests"), f"{requests:,}", usd_exact(-statement.charged_micros)]]
    closing = _("Balance to date") if span.is_to_date else _("Closing balance")
    rows += [[closing, "", usd_exact(span.closing_micros)]]
    return [Paragraph(_("Balance"), HEADING), _table(rows, [0.6, 0.15, 0.25], total=True)]


def _debt(statement: Statement) -> list[Flowable]:
    rows: list[Row] = [["", _("Number"), "USD"]]
    rows += [[_("Owed before"), "", usd_exact(statement.opening_debt_micros)]]
    for debt in statement.debts:
        words = _("%(kind)s: paid") if debt.micros > 0 else _("%(kind)s: owed")
        name = words % {"kind": WORDS[JournalEntry.Kind(debt.kind)]}
        rows += [[name, f"{debt.count:,}", usd_exact(-debt.micros)]]
    rows += [[_("Owed after"), "", usd_exact(statement.closing_debt_micros)]]
    why = _("What was spent before its payment was refunded or disputed. The next credit pays it.")
    return [
        Paragraph(_("Debt"), HEADING),
        _text(why),
        _table(rows, [0.6, 0.15, 0.25], total=True),
    ]


def _movement(movement: Movement) -> Row:
    name = str(WORDS[JournalEntry.Kind(movement.kind)])
    return [name, f"{movement.count:,}", usd_exact(movement.micros)]


def _charges(heading: str, what: str, charges: list[Charge]) -> list[Flowable]:
    rows: list[Row] = [[what, _("Requests"), _("Minutes of audio"), "USD"]]
    rows += [
        [_text(charge.name), f"{charge.requests:,}", _minutes(charge.audio_ms), _cost(charge)]
        for charge in charges
    ]
    requests = sum(charge.requests for charge in charges)
    audio = _minutes(sum(charge.audio_ms for charge in charges))
    rows += [[_("Together"), f"{requests:,}", audio, usd_exact(sum(c.micros for c in charges))]]
    return [Paragraph(heading, HEADING), _table(rows, [0.46, 0.14, 0.2, 0.2], total=True)]


def _days(statement: Statement) -> list[Flowable]:
    rows: list[Row] = [
        [_("Day"), _("Requests"), _("Minutes of audio"), _("Charged, USD"), _("Other, USD")]
    ]
    for day in statement.days:
        charged, other = usd_exact(day.charged_micros), usd_exact(day.other_micros)
        minutes = _minutes(day.audio_ms)
        rows += [[day.date.isoformat(), f"{day.requests:,}", minutes, charged, other]]
    return [Paragraph(_("Day by day"), HEADING), _table(rows, [0.2, 0.15, 0.2, 0.2, 0.25])]


def _note() -> Paragraph:
    return Paragraph(
        _(
            "Amounts are US dollars, exact to a millionth. Receipts of payments come from the"
            " payment provider. Every line of this statement is in the CSV of the same month."
        ),
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
    page = _("Page %(number)s") % {"number": canvas.getPageNumber()}
    canvas.drawRightString(A4[0] - MARGIN - FRAME_PADDING, MARGIN / 2, page)
