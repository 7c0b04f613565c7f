"""What open proposals may bring in cash, drawn over the runway wherever it is drawn, with the rows that the range rests on."""

import streamlit as st

from tai_ops.app import annotated, reading, session, widgets, words
from tai_ops.app.chart_cash import cash_runway
from tai_ops.behind import Column, Rows
from tai_ops.board import Board
from tai_ops.comparison import Period
from tai_ops.money import ZERO
from tai_ops.pipeline_cash import CashAhead, Receipt, by_month, cash_ahead
from tai_ops.store import Store
from tai_ops.store.capacity import workload

OF_RUNWAY = ("runway_months", "cash_out_on")
"""The numbers beside which the runway is drawn."""
SAID = (
    "The burn is the average of past months, in which earlier deposits came in too. A deposit is expected its payment terms after "
    "the deal's expected close, a balance after go-live; licences are invoiced when their terms begin and are not in it."
)


def ahead_of(seen: Period) -> CashAhead:
    """What the proposals that were open in that period may bring."""
    board = reading.then_board(seen)
    key = f"{reading.store_key()} {seen.code} {board.window.as_of:{reading.MINUTE}}"
    return _ahead(session.store(), key, board)


@st.cache_resource(max_entries=reading.KEPT, show_spinner=False)
def _ahead(_store: Store, key: str, _board: Board) -> CashAhead:  # noqa: ARG001  # the cache goes by it
    return cash_ahead(_board, workload(_store, _board.window.as_of))


def picture(seen: Period, *, key: str = "cash_ahead") -> None:
    """The runway from now on with the range of open proposals over it; why there is none where cash is not known."""
    board, ahead = reading.board(seen), ahead_of(seen)
    currency = board.facts.company.currency
    if board.cash.total is None:
        st.caption("Cash is not known: load or import accounts and statements, and the runway stands here.")
        return
    drawn = cash_runway([(board.window.day, board.cash.total)], board.runway, None, currency, (), ahead)
    widgets.chart(drawn, key=key, currency=currency, period=seen.code)
    annotated.beside(board.window.month.start, board.window.day)
    line(ahead, currency)


def line(ahead: CashAhead, currency: str) -> None:
    """What the range counts and what it leaves out, in a sentence each."""
    if not ahead.receipts:
        st.caption("No proposal is open, so nothing is expected on top of the runway.")
        return
    by_chance, every = ahead.total
    first = (
        f"Open proposals: {words.money(by_chance, currency)} of deposits and balances by chance, "
        f"{words.money(every, currency)} if all are signed, nothing if none is."
    )
    out = [one for one in ahead.left_out if one.expected_on is None]
    second = (
        f" {words.counted(len(out), 'payment')} without a day {'is' if len(out) == 1 else 'are'} left out."
        if out
        else ""
    )
    st.caption(words.escape(first + second))


def tables(seen: Period) -> None:
    """The receipts by month as a range, each receipt with where its day comes from, and those that have no day."""
    ahead, currency = ahead_of(seen), reading.board(seen).facts.company.currency
    months = by_month(ahead.placed)
    if months:
        widgets.section(
            "Expected by month",
            "By chance with one standard deviation; the parts of one deal come or fail together.",
        )
        columns = (
            Column("month", "Month", "text"),
            Column("low", "None signed", "money"),
            Column("weighted", "By chance", "money", summed=True),
            Column("spread", "± spread", "money"),
            Column("every", "All signed", "money"),
            Column("n", "Payments", "count"),
        )
        rows = tuple((one.month.name, ZERO, one.weighted, one.spread, one.every, one.n) for one in months)
        widgets.rows_table(
            Rows("cash_ahead_months", "month", columns, rows, "sum"),
            key="cash_ahead_months", alt="Deposits and balances expected by month", currency=currency,
        )  # fmt: skip
    for title, note, found, key in (
        ("Each payment", SAID, ahead.placed, "cash_ahead_rows"),
        (
            "Not in the range",
            "Its day, its amount or its chance is not known.",
            ahead.left_out,
            "cash_ahead_left",
        ),
    ):
        if found:
            widgets.section(title, note)
            widgets.rows_table(
                _rows(found), key=key, alt=f"{title}: deposits and balances of open proposals", currency=currency,
                opens=("proposals", "proposal", "proposal_id"),
            )  # fmt: skip


def _rows(found: tuple[Receipt, ...]) -> Rows:
    columns = (
        Column("proposal_id", "Proposal", "text"),
        Column("company", "Company", "text"),
        Column("part", "Part", "text"),
        Column("expected_on", "Expected", "date"),
        Column("amount", "Amount", "money"),
        Column("chance", "Chance", "pct"),
        Column("weighted", "By chance", "money", summed=True),
        Column("basis", "Where the day comes from", "text"),
    )
    rows = tuple(
        (r.proposal_id, r.company, r.part, r.expected_on, r.amount, r.chance_pct, r.weighted, r.basis)
        for r in found
    )
    return Rows("cash_ahead", "payment", columns, rows, "sum", leads="proposals")
