"""The investor summary of a month as a file: workbook, e-mail draft or Markdown, chosen by extension."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tai_ops.errors import WrongUsage
from tai_ops.exports.board_update import board_md
from tai_ops.exports.investor_letter import letter_eml, letter_md
from tai_ops.exports.investor_workbook import workbook
from tai_ops.month_report import MonthReport
from tai_ops.period import Month
from tai_ops.rights import Actor, may
from tai_ops.runbooks.month_end_close import RIGHT, letter_written, report
from tai_ops.store.closing import InvestorNotes, investor_notes
from tai_ops.store.connection import Store

WRITERS: Mapping[str, Callable[[MonthReport, InvestorNotes], bytes]] = {
    "xlsx": lambda made, _: workbook(made),
    "eml": letter_eml,
    "md": lambda made, notes: letter_md(made, notes).encode(),
}
"""What writes a file of each extension."""


def export_board(store: Store, month: Month, now: datetime, extension: str = "md") -> bytes:
    """The month's update for the board: of a closed month always the same numbers, of an open one a draft."""
    if extension.lower().removeprefix(".") != "md":
        raise WrongUsage(f"--out: the board update is written as .md, not {extension!r}")
    return board_md(report(store, month, now), investor_notes(store, month)).encode()


def export_investor(
    store: Store, month: Month, now: datetime, extension: str, *, actor: Actor | None = None
) -> bytes:
    """The month's investor summary: of a closed month always the same numbers, of an open one a draft.

    Where `actor` may close months, writing the letter is kept and ticks the checklist. Raises WrongUsage for another
    extension.
    """
    wanted = extension.lower().removeprefix(".")
    if wanted not in WRITERS:
        raise WrongUsage(f"--out: the investor summary is written as .xlsx, .eml or .md, not {extension!r}")
    content = WRITERS[wanted](report(store, month, now), investor_notes(store, month))
    if actor and may(actor, RIGHT) and wanted != "xlsx":
        letter_written(store, actor, month, now)
    return content
