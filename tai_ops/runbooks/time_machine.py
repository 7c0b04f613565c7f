"""The time machine: the numbers of a past Friday, as its review froze them, else worked out from what is on record.

Out of a review every number is what people saw then. Out of the records, what has a day of its own (invoices, probes,
bank lines) is read by it, also where it was entered later; what has a state (customers, onboardings, proposals, deals,
notes) stands as it was recorded by that Friday. What was first recorded later and may have stood then makes a number of
such states unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tai_ops.behind import Rows, behind
from tai_ops.board import Board, Facts
from tai_ops.checklist import Onboarding
from tai_ops.comparison import Compared
from tai_ops.customers import Customer
from tai_ops.kpi import KPIS, Kpi, Measured, measure
from tai_ops.period import Week
from tai_ops.pipeline import Proposal
from tai_ops.review import Review
from tai_ops.review_rows import rows_in
from tai_ops.store import Store, reviewing, then
from tai_ops.words import counted, day

FROM_REVIEW = "The numbers are those that the review of that week froze; charts and lists are worked out from the records."
FROM_RECORDS = (
    "The numbers are worked out from the records, also from what was entered later about that time."
)
NEVER_HELD = f"No review was held that week. {FROM_RECORDS}"
OF_CUSTOMERS = frozenset({"customers_live", "customers_onboarding"})
OF_ONBOARDINGS = frozenset({"onboarding_complete_pct"})
BY_RECORDS = "worked out from the records"


@dataclass(frozen=True, slots=True)
class Then:
    """The facts as they stood on a past Friday, and why a number that rests on states can't be told."""

    facts: Facts
    unknown: Mapping[str, str]

    def known(self, measured: Measured) -> Measured:
        """The number, without its value where that can't be told of that Friday."""
        why = self.unknown.get(measured.kpi.id)
        return (
            replace(measured, value=None, mark="no_data", reason=why, by_customer=None) if why else measured
        )


def was_held(store: Store, week: Week) -> bool:
    """Whether the week's review was opened: its numbers were frozen."""
    cursor = store.cursor()
    try:
        return "opened" in reviewing.held(cursor, week)
    finally:
        cursor.close()


def frozen(store: Store, week: Week) -> Review | None:
    """The week's review as it was frozen last; None where none was opened."""
    cursor = store.cursor()
    try:
        events = reviewing.held(cursor, week)
        if "opened" not in events:
            return None
        return reviewing.frozen(cursor, events.get("ended", events["opened"])[1])[0]
    finally:
        cursor.close()


def facts_then(store: Store, facts: Facts) -> Then:
    """The facts of a past window with customers, onboardings, proposals and notes as they stood at its instant.

    Measurements, scores and incidents of a later day are left out.
    """
    at, on = facts.window.as_of, facts.window.day
    cursor = store.cursor()
    try:
        customers = then.stood(cursor, "customers", Customer, at)
        onboardings = then.onboardings_then(cursor, at)
        proposals = then.stood(cursor, "proposals", Proposal, at)
        notes = then.notes_then(cursor, at)
    finally:
        cursor.close()
    signed = [one for one in customers.later if one.signed_on is None or one.signed_on <= on]
    begun = [one for one in onboardings.later if one.kickoff_on <= on]
    moved = replace(
        facts,
        customers=(*customers.rows, *signed),
        onboardings=(*onboardings.rows, *begun),
        proposals=(*proposals.rows, *(one for one in proposals.later if one.requested_at <= at)),
        measurements=tuple(one for one in facts.measurements if one.measured_on <= on),
        scores=tuple(one for one in facts.scores if one.answered_on <= on),
        incidents=tuple(one for one in facts.incidents if one.detected_at <= at),
        notes=notes,
    )
    return Then(moved, _unknown(signed, begun, on))


def _unknown(customers: list[Customer], onboardings: list[Onboarding], on: date) -> dict[str, str]:
    found: dict[str, str] = {}
    if customers:
        why = (
            f"{counted(len(customers), 'customer')} may have been there on {day(on)} and came on record later"
        )
        found |= dict.fromkeys(OF_CUSTOMERS | OF_ONBOARDINGS, why)
    if onboardings:
        why = f"{counted(len(onboardings), 'onboarding')} had begun by {day(on)} and came on record later"
        found |= dict.fromkeys(OF_ONBOARDINGS, why)
    return found


def measured_then(review: Review | None, then_: Then, board: Board) -> dict[str, Measured]:
    """Every number of the catalogue on that Friday: as the review froze it, else worked out; what came later is unknown."""
    found: dict[str, Measured] = {}
    for kpi in KPIS.values():
        kept = review.kpis.get(kpi.id) if review else None
        if kept is not None:
            found[kpi.id] = kept
        elif review is not None:
            found[kpi.id] = replace(
                then_.known(measure(board, kpi)), reason=f"not among what the review froze; {BY_RECORDS}"
            )
        else:
            found[kpi.id] = then_.known(measure(board, kpi))
    return found


def before_then(
    review: Review, worked_out: Mapping[str, Compared], name: Callable[[Kpi], str]
) -> dict[str, Compared]:
    """What the review's numbers were compared with when it was held; nothing where nothing was known then."""
    kept = {one: Compared(value, name(KPIS[one])) for one, value in review.before.items() if one in KPIS}
    return {one: kept[one] for one in worked_out if one in kept}


def rows_then(store: Store, week: Week, kpi: Kpi, board: Board) -> Rows:
    """The rows behind a number of that Friday: as they were frozen with it, else worked out."""
    cursor = store.cursor()
    try:
        text = reviewing.frozen_rows(cursor, week)
    finally:
        cursor.close()
    kept = rows_in(text, kpi.id) if text is not None else None
    return kept if kept is not None else behind(board, kpi)
