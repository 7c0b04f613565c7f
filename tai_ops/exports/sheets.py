"""Writing a workbook: pages of tables whose totals are live formulas that carry their computed value.

A preview on a phone and Excel's protected view show the value that stands beside a formula and nothing else, so each
formula is written with its own. Text is always written as text: what begins with = + - @ is no formula.
"""

import io
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from tai_ops.exports.text import one_line
from tai_ops.words import DASH, mark

ACCENT, INK, GREY, FAINT = "#1F4E79", "#1B2430", "#5F6B76", "#D5DAE0"
STATUS = {"met": "#1B7F4B", "floor": "#9A6700", "missed": "#B42318", "no_data": GREY}
A4 = 9
NOT_LIVE = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
Look = Literal[
    "text", "wrapped", "money", "money_per_day", "pct", "pct2", "points", "months", "days", "minutes", "ms",
    "count", "ratio", "score", "date", "month", "instant", "note", "group",
]  # fmt: skip
Kind = Literal["body", "head", "total"]
Line = Literal["accent", "dash", "round_dot"]
NUMBER_FORMATS: Mapping[str, str] = {
    "money": "#,##0.00;-#,##0.00",
    "money_per_day": "#,##0.00;-#,##0.00",
    "pct": '0.0" %"',
    "pct2": '0.00" %"',
    "points": '0.0" points"',
    "months": "0.0",
    "days": "0",
    "minutes": "0.0",
    "ms": "0",
    "count": "#,##0",
    "ratio": "0.00",
    "score": "0.0",
    "date": "d mmm yyyy",
    "month": "mmm yyyy",
    "instant": "d mmm yyyy hh:mm",
}
TEXTS = frozenset({"text", "wrapped", "note", "group"})
CHART_FONT = {"color": GREY, "size": 9}
LINE = 15
"""The height of a row of one line, in points."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula and the value that it comes to."""

    text: str
    value: Decimal | str


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark of the house, drawn with its word and colour."""

    state: str | None


Cell = str | Decimal | int | date | Formula | Marked | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: heading, how its values look, and whether a total adds it up."""

    head: str
    look: Look = "text"
    total: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table stands: its sheet, first and last row of data (from 0; last < first where empty), its total's row."""

    sheet: str
    first: int
    last: int
    total: int | None

    def cell(self, column: int, row: int | None = None) -> str:
        """The address of a cell of the total's row, or of that row, as other sheets write it."""
        at = self.total if row is None else row
        return f"{self.sheet}!{xl_rowcol_to_cell(at or 0, column, row_abs=True, col_abs=True)}"

    def span(self, column: int) -> str:
        """The address of a column's data, as other sheets write it."""
        first = xl_rowcol_to_cell(self.first, column, row_abs=True, col_abs=True)
        last = xl_rowcol_to_cell(max(self.last, self.first), column, row_abs=True, col_abs=True)
        return f"{self.sheet}!{first}:{last}"


class _PlainSheet(Worksheet):
    """A sheet whose formulas hold no function newer than its format and whose cells' attributes need no escape.

    The writer asks both of every cell, which is half of its time for a large company; the file is the same byte for byte.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        return formula.removeprefix("=")

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        told = "".join([f' {key}="{value}"' for key, value in attributes])
        self.fh.write(f"<c{told}><v>{number:.16G}</v></c>")


class Book:
    """A workbook under way. The same calls give the same bytes."""

    def __init__(self, title: str, company: str, created: datetime) -> None:
        self._out = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._out, NOT_LIVE)
        made = created.replace(tzinfo=None, microsecond=0)
        self.book.set_properties({"title": title, "company": company, "author": company, "created": made})
        self._formats: dict[tuple[str, str, bool], Format] = {}

    def page(self, name: str, title: str, stamp: str, *, draft: bool, widths: Sequence[int]) -> "Page":
        """A new sheet with its title, its stamp, and its print set-up: A4 landscape, one page wide."""
        sheet = self.book.add_worksheet(name, worksheet_class=_PlainSheet)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        word = "DRAFT" if draft else ""
        sheet.set_footer(f"&L{one_line(title).replace('&', '&&')}&C{word}&RPage &P of &N")
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width, self.format("text"))
        page = Page(self, sheet, name, widths)
        sheet.set_row(0, 24)
        page.words(title, "title")
        page.words(stamp, "draft" if draft else "note")
        return page

    def format(self, look: str, kind: Kind = "body", *, indent: bool = False) -> Format:
        """The format for such values in the body, the head or the total of a table."""
        key = (look, kind, indent)
        if key not in self._formats:
            self._formats[key] = self.book.add_format(
                _style(look, kind) | ({"align": "left", "indent": 1} if indent else {})
            )
        return self._formats[key]

    def name(self, name: str, address: str) -> None:
        """Give a cell a name that formulas of a reader can use."""
        self.book.define_name(name, f"={address}")

    def content(self) -> bytes:
        """The finished file."""
        self.book.close()
        return self._out.getvalue()


class Page:
    """A sheet that is written from top to bottom."""

    def __init__(self, book: Book, sheet: Worksheet, name: str, widths: Sequence[int]) -> None:
        self.book, self.sheet, self.name, self.widths = book, sheet, name, widths
        self.row = 0
        self._frozen = False

    def words(self, text: str, look: str = "note") -> None:
        """One line of text across the page."""
        self.sheet.write_string(self.row, 0, one_line(text), self.book.format(look))
        self.row += 1

    def heading(self, text: str) -> None:
        """A heading above a table, with a blank line before it but at the top."""
        self.row += self.row > 2
        self.sheet.set_row(self.row, 1.4 * LINE)
        self.words(text, "heading")

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        total: str | None = None,
        looks: Sequence[Look | None] | None = None,
        strong: Container[int] = (),
    ) -> Placed:
        """A table under its head; `total` names a last row that adds up the columns that say so.

        `looks` gives a row's own look to its numbers, where one table holds numbers of several units, or makes it
        the title of the rows below (`group`). `strong` rows stand out like a total.
        """
        self._head(columns)
        first = self.row
        for n, cells in enumerate(rows):
            own = looks[n] if looks else None
            for at, (column, value) in enumerate(zip(columns, cells, strict=True)):
                takes = own and (own == "group" or column.look not in TEXTS)
                look = own if own and takes else column.look
                self.put(self.row, at, value, look, "total" if n in strong else "body")
            self._heighten(
                [str(c) for c, column in zip(cells, columns, strict=True) if column.look == "wrapped"],
                [w for w, column in zip(self.widths, columns, strict=False) if column.look == "wrapped"],
            )
            self.row += 1
        if not rows:
            self.words("Nothing on record.")
        placed = Placed(self.name, first, first + len(rows) - 1, None)
        return self._total(columns, rows, placed, total) if total and rows else placed

    def _head(self, columns: Sequence[Column]) -> None:
        for at, column in enumerate(columns):
            text = column.look in TEXTS or column.look == "month"
            form = self.book.format("text" if text else "money", "head", indent=text and at > 0)
            self.sheet.write_string(self.row, at, column.head, form)
        self._heighten([column.head for column in columns], self.widths)
        self.row += 1
        if not self._frozen:
            self.sheet.freeze_panes(self.row, 1)
            self.sheet.repeat_rows(self.row - 1)
            self._frozen = True

    def _heighten(self, texts: Sequence[str], widths: Sequence[int]) -> None:
        """Make the row as high as its longest wrapped text needs."""
        lines = [ceil(len(text) * 1.05 / width) for text, width in zip(texts, widths, strict=False)]
        if max(lines, default=1) > 1:
            self.sheet.set_row(self.row, LINE * max(lines))

    def _total(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], placed: Placed, label: str
    ) -> Placed:
        for at, column in enumerate(columns):
            value: Cell = label if at == 0 else ""
            if column.total:
                span = f"{xl_rowcol_to_cell(placed.first, at)}:{xl_rowcol_to_cell(placed.last, at)}"
                value = Formula(f"=SUM({span})", sum((_number(row[at]) for row in rows), Decimal(0)))
            self.put(self.row, at, value, column.look, "total")
        self.row += 1
        return Placed(placed.sheet, placed.first, placed.last, self.row - 1)

    def put(self, row: int, at: int, value: Cell, look: str, kind: Kind = "body") -> None:
        """Write one value as what it is; an unknown one is a dash."""
        form = self.book.format(look, kind, indent=look in TEXTS and at > 0)
        if value is None:
            self.sheet.write_string(row, at, DASH, self.book.format("dash"))
        elif isinstance(value, Formula):
            shown = value.value if isinstance(value.value, str) else float(value.value)
            self.sheet.write_formula(row, at, value.text, form, shown)
        elif isinstance(value, Marked):
            self.sheet.write_string(
                row, at, mark(value.state), self.book.format(f"mark_{value.state}", indent=True)
            )
        elif isinstance(value, Decimal | int):
            self.sheet.write_number(row, at, float(value), form)
        elif isinstance(value, date):
            bare = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            dated = look if look in {"month", "instant"} else "date"
            self.sheet.write_datetime(row, at, bare, self.book.format(dated, kind))
        else:
            self.sheet.write_string(row, at, one_line(value), form)

    def bars(self, placed: Placed, values: int, title: str, name: str, *, row: int, column: int = 0) -> None:
        """A chart of one column of a table over its first column, drawn as bars at that cell."""
        chart = self.book.book.add_chart({"type": "column"})
        style = {"name": name, "fill": {"color": ACCENT}, "gap": 60}
        chart.add_series(style | self._series(placed, values))
        self._draw(chart, title, row, column, {"none": True})

    def lines(self, placed: Placed, series: Mapping[int, Line], title: str, *, row: int, column: int) -> None:
        """A chart of several columns of a table over its first column; the accented one is the one to read."""
        chart = self.book.book.add_chart({"type": "line"})
        for at, how in series.items():
            line = (
                {"color": ACCENT, "width": 2.5}
                if how == "accent"
                else {"color": GREY, "width": 1.25, "dash_type": how}
            )
            head = [self.name, placed.first - 1, at]
            chart.add_series({"name": head, "line": line} | self._series(placed, at))
        self._draw(chart, title, row, column, {"position": "bottom", "font": CHART_FONT})

    def _series(self, placed: Placed, at: int) -> dict[str, Any]:
        return {
            "categories": [self.name, placed.first, 0, placed.last, 0],
            "values": [self.name, placed.first, at, placed.last, at],
        }

    def _draw(self, chart: Chart, title: str, row: int, column: int, legend: dict[str, Any]) -> None:
        name_font = {"size": 12, "bold": True, "color": ACCENT}
        grid = {"visible": True, "line": {"color": FAINT}}
        axis = {"num_font": CHART_FONT}
        chart.set_title({"name": title, "overlay": False, "name_font": name_font})
        chart.set_x_axis(axis | {"num_format": "mmm yy", "line": {"color": FAINT}, "text_axis": True})
        chart.set_y_axis(axis | {"num_format": "#,##0", "line": {"none": True}, "major_gridlines": grid})
        chart.set_legend(legend)
        chart.set_size({"width": 640, "height": 300})
        self.sheet.insert_chart(row, column, chart, {"description": title, "object_position": 2})


def _number(value: Cell) -> Decimal:
    if isinstance(value, Formula):
        value = value.value
    return Decimal(value) if isinstance(value, Decimal | int) else Decimal(0)


def _style(look: str, kind: str) -> dict[str, Any]:
    style: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
    if look in NUMBER_FORMATS:
        style |= {"num_format": NUMBER_FORMATS[look], "align": "right"}
    style |= _SPECIAL.get(look, {})
    if look.startswith("mark_"):
        style |= {"font_color": STATUS.get(look.removeprefix("mark_"), GREY)}
    if look == "month":
        style |= {"align": "left"}
    if kind == "head":
        style |= {
            "valign": "bottom",
            "bold": True,
            "font_color": GREY,
            "bottom": 1,
            "bottom_color": ACCENT,
            "text_wrap": True,
        }
    if kind == "total":
        style |= {"bold": True, "top": 1, "top_color": GREY}
    return style


_SPECIAL: Mapping[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": ACCENT},
    "draft": {"bold": True, "font_color": STATUS["missed"]},
    "group": {"bold": True, "font_size": 10, "font_color": GREY},
    "heading": {"bold": True, "font_size": 12, "font_color": ACCENT},
    "note": {"font_color": GREY},
    "wrapped": {"text_wrap": True},
    "dash": {"font_color": GREY, "align": "right"},
}
