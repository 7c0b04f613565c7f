"""The weekly review as a workbook: the meeting's lines, every number with its owner, what was promised and what blocks."""

from tai_ops.exports.review import NOTE_TITLES, block_title, presenter_words, status_words, title
from tai_ops.exports.sheets import Book, Cell, Column, Look, Marked, Page
from tai_ops.kpi import Measured
from tai_ops.matters import kpi_owner
from tai_ops.review import Review, sign
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.words import day, instant

NUMBER_WIDTHS = (34, 18, 16, 14, 14, 12, 26, 30, 44)
LINE_WIDTHS = (30, 90, 24)
PROMISE_WIDTHS = (60, 24, 16, 14, 44, 30)


def review_workbook(review: Review) -> bytes:
    """The review as an Excel file: sheets Meeting, Numbers and Commitments. The same review gives the same bytes."""
    book = Book(title(review), review.company, review.local(review.seen_at))
    _meeting(_page(book, review, "Meeting", LINE_WIDTHS), review)
    _numbers(_page(book, review, "Numbers", NUMBER_WIDTHS), review)
    _commitments(_page(book, review, "Commitments", PROMISE_WIDTHS), review)
    return book.content()


def _page(book: Book, review: Review, name: str, widths: tuple[int, ...]) -> Page:
    stamp = f"{review.company}, as of {instant(review.seen_at, review.tz)}, {status_words(review)}"
    return book.page(name, title(review), stamp, draft=review.opened is None, widths=widths)


def _meeting(page: Page, review: Review) -> None:
    page.words(review.verdict)
    for said in review.checks:
        page.words(f"Check: {said}")
    for number, block in enumerate(review.blocks, start=1):
        page.heading(f"{number}. {block_title(block)}")
        page.words(presenter_words(block))
        rows: list[tuple[Cell, ...]] = [
            (line.subject or "", " | ".join(part.text for part in line.parts), " ".join(
                sign(part.mark) for part in line.parts if part.mark
            ))
            for line in block.lines
        ]  # fmt: skip
        for kind, heading in NOTE_TITLES.items():
            rows += [(heading, note.body, review.person(note.owner)) for note in review.said(kind, block.id)]
        page.table((Column("Of"), Column("Said", "wrapped"), Column("Marks or owner")), rows)


def _numbers(page: Page, review: Review) -> None:
    columns = (
        Column("Number"),
        Column("Owner"),
        Column("Value", "count"),
        Column("Target", "count"),
        Column("Floor", "count"),
        Column("Mark"),
        Column("Change"),
        Column("Over", "wrapped"),
        Column("Note", "wrapped"),
    )
    measured = sorted(review.kpis.values(), key=lambda one: (ROLE_IN_WORDS[kpi_owner(one.kpi)], one.kpi.area))
    rows = [_number_row(review, one) for one in measured]
    looks: list[Look | None] = [_look(one) for one in measured]
    page.table(columns, rows, looks=looks)


def _number_row(review: Review, one: Measured) -> tuple[Cell, ...]:
    return (
        one.kpi.label,
        ROLE_IN_WORDS[kpi_owner(one.kpi)],
        one.value,
        one.target if one.target is not None else "",
        one.floor if one.floor is not None else "",
        Marked(one.mark) if one.mark else "",
        review.change(one),
        one.window,
        one.reason or "",
    )


def _look(one: Measured) -> Look:
    return "pct2" if one.kpi.unit == "pct" and one.kpi.decimals == 2 else one.kpi.unit


def _commitments(page: Page, review: Review) -> None:
    columns = (
        Column("What", "wrapped"),
        Column("Owner"),
        Column("Due"),
        Column("State"),
        Column("What the data says", "wrapped"),
        Column("Mark"),
    )
    page.heading("Promised for this Friday")
    page.table(
        columns,
        [
            (
                promise.note.body,
                review.person(promise.note.owner),
                day(promise.note.due_on) if promise.note.due_on else "",
                promise.note.state,
                f"{promise.test}: {promise.found}" if promise.test else "a person says",
                Marked(promise.mark),
            )
            for promise in review.promises
        ],
    )
    page.heading("For next week")
    notes = [note for kind in ("priority", "action") for note in review.said(kind)]
    page.table(
        columns,
        [
            (
                note.body,
                review.person(note.owner),
                day(note.due_on) if note.due_on else "",
                note.state,
                "",
                "",
            )
            for note in notes
        ],
    )
    page.heading("Blockers still open")
    page.table(
        columns,
        [
            (note.body, review.person(note.owner), "", note.state, f"raised {day(note.week)}", "")
            for note in review.blockers
        ],
    )
