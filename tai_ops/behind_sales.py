"""The rows behind the numbers of sales: leads, proposals, deals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tai_ops import pipeline
from tai_ops.board import Board
from tai_ops.money import ZERO, cents
from tai_ops.rows import Column, How, Rows, listing, with_rounding

PROSPECT = (Column("prospect_id", "Prospect"), Column("company", "Company"))
DEAL = (Column("deal_id", "Deal"), Column("company", "Company"))


def deals(*stages: str, closed: bool = False, how: How = "sum") -> Callable[[Board], Rows]:
    """The deals in those stages; `closed`: those closed on the flow's days."""

    def read(board: Board) -> Rows:
        first, last = board.window.flow_days
        found = [
            d
            for d in board.facts.deals
            if d.stage in stages
            and (not closed or (d.closed_on is not None and first <= d.closed_on <= last))
        ]
        return _deals(board, found, "deal", how)

    return read


def decided(board: Board) -> Rows:
    """The deals that were won or lost in twelve months, with which of them were won."""
    f = board.facts
    found = pipeline.decided(f.deals, f.stage_entries, f.proposals, board.window.day)
    return _deals(board, found, "decided deal of twelve months", "share", "won")


def _deals(board: Board, found: list[pipeline.Deal], what: str, how: How, of: str = "") -> Rows:
    company = board.facts.company
    named = {p.prospect_id: p.company for p in board.facts.prospects}
    columns = (
        *DEAL,
        Column("stage", "Stage"),
        Column("amount", "Year-1 value", "money", summed=how in {"sum", "count"}),
        Column("probability_pct", "Probability %", "pct"),
        Column("expected_close_on", "Expected close", "date"),
        Column("closed_on", "Closed", "date"),
        Column("lost_reason", "Lost because"),
        *((Column("won", "Won", "flag"),) if of == "won" else ()),
    )
    rows: list[tuple[Any, ...]] = []
    for deal in sorted(found, key=lambda d: -(d.amount or 0)):
        chance = (
            company.stage_probability_pct.get(deal.stage)
            if deal.probability_pct is None
            else deal.probability_pct
        )
        row = (
            deal.deal_id, named.get(deal.prospect_id, deal.prospect_id), deal.stage, deal.amount, chance,
            deal.expected_close_on, deal.closed_on, deal.lost_reason,
        )  # fmt: skip
        rows.append((*row, deal.stage == "won") if of == "won" else row)
    return Rows("deals", what, columns, tuple(rows), how, of, "deals")


def weighted(board: Board) -> Rows:
    """The open deals by value and chance; the cents that rounding leaves over stand in a row of their own."""
    named = {p.prospect_id: p.company for p in board.facts.prospects}
    columns = (
        *DEAL,
        Column("stage", "Stage"),
        Column("amount", "Year-1 value", "money"),
        Column("probability_pct", "Probability %", "pct"),
        Column("weighted", "Weighted", "money", summed=True),
    )
    default = board.facts.company.stage_probability_pct
    rows: list[tuple[Any, ...]] = []
    exact = ZERO
    for deal in board.facts.deals:
        chance = default.get(deal.stage) if deal.probability_pct is None else deal.probability_pct
        if deal.stage in pipeline.OPEN_STAGES and deal.amount is not None and chance is not None:
            exact += deal.amount * chance / 100
            name = named.get(deal.prospect_id, deal.prospect_id)
            rows.append(
                (deal.deal_id, name, deal.stage, deal.amount, chance, cents(deal.amount * chance / 100))
            )
    with_rounding(columns, rows, exact)
    return Rows("deals_weighted", "open deal", columns, tuple(rows), "sum", leads="deals")


def leads(board: Board) -> Rows:
    """The prospects created on the flow's days."""
    first, last = board.window.flow_days
    found = [p for p in board.facts.prospects if first <= p.created_on <= last]
    return listing("prospects", found, how="count")


def leads_value(board: Board) -> Rows:
    """The same with what each is worth: its deals' amounts, else the middle of its budget band."""
    f, (first, last) = board.facts, board.window.flow_days
    amounts = pipeline.amount_by_prospect((*f.deals, *f.later_deals))
    columns = (
        *PROSPECT,
        Column("created_on", "Created", "date"),
        Column("value", "Value", "money", summed=True),
        Column("basis", "From"),
    )
    rows: list[tuple[Any, ...]] = []
    for prospect in f.prospects:
        if first <= prospect.created_on <= last:
            known, guess = amounts.get(prospect.prospect_id), f.lead_estimates.get(prospect.prospect_id)
            basis = (
                "its deals" if known is not None else "its budget band" if guess is not None else "not known"
            )
            value: Decimal | None = guess if known is None else known
            rows.append((prospect.prospect_id, prospect.company, prospect.created_on, value, basis))
    return Rows("new_leads_value", "new lead", columns, tuple(rows), "sum", leads="prospects")


def sent(how: How) -> Callable[[Board], Rows]:
    """The proposals first sent in the flow, with their Year-1 value."""

    def read(board: Board) -> Rows:
        start, end = board.window.flow
        named = _companies(board)
        columns = (
            Column("proposal_id", "Proposal"),
            Column("company", "Company"),
            Column("requested_at", "Requested", "instant"),
            Column("sent_at", "Sent", "instant"),
            Column("services", "Services", "money"),
            Column("licence", "Licence", "money"),
            Column("value", "Year-1 value", "money", summed=True),
            Column("status", "Status"),
        )
        rows = tuple(
            (p.proposal_id, named.get(p.deal_id, p.deal_id), p.requested_at, p.sent_at, p.services, p.licence, p.year_1, p.status)
            for p in board.facts.proposals
            if p.sent_at is not None and start <= p.sent_at < end
        )  # fmt: skip
        return Rows("proposals", "sent proposal", columns, rows, how, leads="proposals")

    return read


def promised(board: Board) -> Rows:
    """The proposals whose promise of 24 hours was decided in the flow, with which were kept."""
    start, end = board.window.flow
    named = _companies(board)
    f = board.facts
    found = pipeline.promises(f.proposals, start, end, f.calendar, board.window.as_of, f.urgent)
    columns = (
        Column("proposal_id", "Proposal"),
        Column("company", "Company"),
        Column("requested_at", "Requested", "instant"),
        Column("due_at", "Due", "instant"),
        Column("sent_at", "Sent", "instant"),
        Column("kept", "In time", "flag"),
    )
    rows = tuple(
        (one.proposal.proposal_id, named.get(one.proposal.deal_id, one.proposal.deal_id), one.proposal.requested_at,
         one.due_at, one.proposal.sent_at, one.kept)
        for one in found
    )  # fmt: skip
    return Rows("proposal_promises", "decided promise", columns, rows, "share", "kept", "proposals")


def _companies(board: Board) -> dict[str, str]:
    named = {p.prospect_id: p.company for p in board.facts.prospects}
    every = (*board.facts.deals, *board.facts.later_deals)
    return {deal.deal_id: named.get(deal.prospect_id, deal.prospect_id) for deal in every}
