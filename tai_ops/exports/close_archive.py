"""What a close leaves behind as files: workbook, letter, board update, reconciliation, and the report's own JSON."""

from dataclasses import dataclass

from tai_ops.exports.board_update import board_md
from tai_ops.exports.investor_letter import letter_eml
from tai_ops.exports.investor_workbook import workbook
from tai_ops.exports.reconciliation_print import reconciliation_html
from tai_ops.month_report import MonthReport, to_json
from tai_ops.store.closing import InvestorNotes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Document:
    """A file to keep: its name, its type, its content."""

    name: str
    content_type: str
    content: bytes


def documents(report: MonthReport, notes: InvestorNotes, body: str | None = None) -> tuple[Document, ...]:
    """The files of a closed month; the same report and notes give the same bytes. Source: finance.md R6.21.

    `body` is the report's JSON where it is written already.
    """
    if report.closed is None:
        raise ValueError("a month is archived when it is closed")
    tail = f"{report.month}_v{report.closed.version}"
    return (
        Document(f"investor-summary_{tail}.xlsx", XLSX, workbook(report)),
        Document(f"investor-letter_{tail}.eml", "message/rfc822", letter_eml(report, notes)),
        Document(f"board-update_{tail}.md", "text/markdown", board_md(report, notes).encode()),
        Document(f"reconciliation_{tail}.html", "text/html", reconciliation_html(report)),
        Document(f"report_{tail}.json", "application/json", (body or to_json(report)).encode()),
    )
