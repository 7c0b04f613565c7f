"""The wins that the data suggests for the weekly review: deals, go-lives, gates, accuracy reached, records, a quiet week.

Source: Runbook 5, Wins Celebration; requirements.md W11.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from tai_ops.kpi import Mark, Measured, mark
from tai_ops.onboarding_gates import GATE_NAMES
from tai_ops.review import pct_words
from tai_ops.review_lines import Week
from tai_ops.words import day

RECORDS = (
    ("new_leads_value", "New pipeline hit"),
    ("pipeline_open", "Open pipeline at a new high:"),
    ("mrr", "MRR at a new high:"),
)
"""What may be celebrated as a record, and how it is said. Source: Runbook 5, Wins Celebration."""


def suggested_wins(
    week: Week, seen_before: Iterable[Mapping[str, object]], unexplained_minutes: Decimal
) -> tuple[str, ...]:
    """What the data would celebrate: deals, go-lives, gates passed, accuracy reached, records, a week without incidents.

    A week without incidents is claimed only where probes saw all of it. A record is one against the frozen weeks.
    Source: Runbook 5, Wins Celebration; requirements.md W11.
    """
    found = [
        *_deals_won(week),
        *_went_live(week),
        *_gates(week),
        *_reached(week),
        *_records(week, seen_before),
    ]
    if _quiet(week, unexplained_minutes):
        found.append("Zero incidents, infrastructure stable")
    return tuple(found)


def _deals_won(week: Week) -> Iterator[str]:
    first, last = week.board.window.flow_days
    for deal in week.board.facts.deals:
        if deal.stage == "won" and deal.closed_on and first <= deal.closed_on <= last:
            worth = f": {week.money(deal.amount)}" if deal.amount is not None else ""
            yield f"{week.prospect(deal.prospect_id)} signed{worth}"


def _went_live(week: Week) -> Iterator[str]:
    first, last = week.board.window.flow_days
    for customer in week.board.in_status("live"):
        if customer.go_live_on and first <= customer.go_live_on <= last:
            yield f"{customer.name} onboarding successful: live since {day(customer.go_live_on)}"


def _gates(week: Week) -> Iterator[str]:
    """Gates of an onboarding that a YES of this week passed; one that was taken back since is no win."""
    start, end = week.board.window.flow
    for one in week.board.facts.onboardings:
        for number, name in GATE_NAMES.items():
            decided = one.course.decided(number) if one.course else None
            if decided and decided.decision == "yes" and start <= decided.at < end:
                yield f"{week.customer(one.customer_id)} passed the week-{number} gate ({name})"


def _reached(week: Week) -> Iterator[str]:
    """Customers whose accuracy reached its target this week for the first time."""
    measured = week.kpis["accuracy_pct"]
    first, last = week.board.window.flow_days
    target = measured.target
    for customer in week.board.in_status("live", "onboarding"):
        rows = [
            m
            for m in week.board.measured.get(customer.customer_id, ())
            if m.kind == "current" and m.method != "migration"
        ]
        good = [m for m in rows if m.accuracy_pct is not None and _meets(measured, m.accuracy_pct)]
        if target is not None and good and first <= min(m.measured_on for m in good) <= last:
            best = max(m.accuracy_pct or Decimal(0) for m in good if m.measured_on <= last)
            yield f"{customer.name} reached {pct_words(measured, best)} accuracy"


def _meets(measured: Measured, value: Decimal) -> bool:
    found: Mark | None = mark(measured.kpi, value, measured.target, measured.floor)
    return found == "met"


def _records(week: Week, seen_before: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """What stands higher than in any frozen week: `New pipeline` is what the week added, as the block says it."""
    weeks = list(seen_before)
    for name, words in RECORDS:
        value = week.kpis[name].value
        earlier = [v for row in weeks if isinstance(v := row.get(name), Decimal)]
        if isinstance(value, Decimal) and earlier and value > max(earlier):
            yield f"{words} {week.money(value)}"


def _quiet(week: Week, unexplained_minutes: Decimal) -> bool:
    platform = week.board.platform
    return (
        week.kpis["incidents_opened"].value == 0
        and platform.coverage_pct is not None
        and not platform.unknown_minutes
        and not platform.downtime_minutes
        and not unexplained_minutes
    )
