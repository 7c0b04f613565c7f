"""Rows that are not posted: pending, or failed and cancelled. They are kept out of a statement's lines and counted."""

from typing import Literal

from tai_ops.statements.reading import Reading
from tai_ops.statements.words import (
    FAILED,
    FALSE_WORDS,
    PENDING,
    SETTLED,
    TRUE_WORDS,
    fold,
    opens_pending_rows,
    roles_of,
)

State = Literal["pending", "failed"]


def kept_out(reading: Reading) -> dict[int, State]:
    """The rows, as indices, that a status, a mark, a word in the place of the date or a line above them keeps out."""
    columns = reading.layout.columns
    states: dict[int, State] = {}
    if None in reading.days:
        states |= _words_for_dates(reading) | _below_pending_lines(reading)
    if columns.status is not None:
        states |= _by_status(reading, columns.status)
    if columns.pending is not None:
        states |= _by_mark(reading, columns.pending, states)
    if columns.status is None and columns.pending is None:
        states |= _without_posting_date(reading)
    return states


def _words_for_dates(reading: Reading) -> dict[int, State]:
    place = reading.layout.columns.date
    undated = (n for n, day in enumerate(reading.days) if day is None)
    return {n: "pending" for n in undated if fold(reading.cells[n][place]) in PENDING}


def _below_pending_lines(reading: Reading) -> dict[int, State]:
    """Rows below a line such as `Pending transactions`, up to the next line of one cell."""
    states: dict[int, State] = {}
    pending = False
    for n, row in enumerate(reading.cells):
        if reading.days[n] is None:
            texts = [cell for cell in row if cell.strip()]
            if len(texts) == 1:
                pending = opens_pending_rows(texts[0])
        elif pending:
            states[n] = "pending"
    return states


def _by_status(reading: Reading, place: int) -> dict[int, State]:
    texts = reading.column(place)
    header = reading.layout.header
    asked = place < len(header) and fold(header[place]) in {"posted", "cleared", "settled", "booked"}
    meant: dict[str, State] = {
        text: state for text in set(texts) if (state := _state_of(fold(text), asked=asked))
    }
    return {n: meant[text] for n, text in enumerate(texts) if text in meant}


def _state_of(word: str, *, asked: bool) -> State | None:
    """What a status says; `asked` where the heading asks whether a row is posted, so that `false` means pending."""
    if word in PENDING or (asked and word in FALSE_WORDS):
        return "pending"
    return "failed" if word in FAILED else None


def _by_mark(reading: Reading, place: int, states: dict[int, State]) -> dict[int, State]:
    """Rows that a column of marks calls pending; a settled status beside the mark outweighs it, and is said."""
    marked: dict[int, State] = {}
    status = reading.layout.columns.status
    texts = reading.column(place)
    for n, text in enumerate(texts):
        if fold(text) not in TRUE_WORDS or n in states:
            continue
        shown = "" if status is None else reading.cells[n][status].strip()
        if fold(shown) in SETTLED:
            reading.warnings.append(
                f"line {reading.lines[n]} is marked pending and also {shown!r}; it was kept"
            )
        else:
            marked[n] = "pending"
    return marked


def _without_posting_date(reading: Reading) -> dict[int, State]:
    """Rows with a date but a blank in the column of posting dates, where most rows have one there."""
    columns, header = reading.layout.columns, reading.layout.header
    dates = [n for n in (columns.date, *columns.other_dates) if n < len(header)]
    posting = next((n for n in dates if roles_of(header[n]).get("date", 0) >= 100), None)
    if posting is None or len(dates) < 2:
        return {}
    blank = [n for n, row in enumerate(reading.cells) if not row[posting].strip()]
    if not blank or len(blank) * 2 > len(reading.cells):
        return {}
    return {n: "pending" for n in blank if any(reading.dates.dates.get(reading.cells[n][k]) for k in dates)}
