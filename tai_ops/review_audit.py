"""The auditor before the meeting: where the records disagree with one another, with the rows and who can mend it.

Source: requirements.md section 6 (5, consistency auditor).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from tai_ops import pipeline, response
from tai_ops.checklist import LAST_DAY, stopped_words
from tai_ops.customers import Customer
from tai_ops.money import ZERO, cents
from tai_ops.reliability import Interval
from tai_ops.review import Finding, money_words, number_words
from tai_ops.review_checks import Decision, length_words, minutes_of
from tai_ops.review_lines import Week
from tai_ops.words import counted, day, instant

INVOICE_AFTER_GO_LIVE_DAYS = 7
GATE_ACCURACY_PCT = Decimal(95)
CONTENT_FROM = 9
ROWS_SHOWN = 12
_ZERO_INCIDENTS = re.compile(r"\b(zero|no|0)\s+(critical\s+)?(incidents?|issues?|outages?)\b", re.IGNORECASE)


def findings(
    week: Week, unexplained: Sequence[Interval], decisions: Sequence[Decision], now: datetime
) -> tuple[Finding, ...]:
    """Every place where the records disagree, in the order of the meeting's blocks."""
    return (
        *_unexplained(week, unexplained),
        *_unwatched(week),
        *_claimed_quiet(week),
        *_pursued(week, decisions, now),
        *_stages(week, decisions),
        *_deal_amounts(week),
        *_go_lives(week),
        *_failed_gates(week),
        *_content_in_an_outage(week),
        *_paying(week),
        *_overpaid(week),
        *_sums(week),
    )


def _of_customer(customer_id: str) -> tuple[tuple[str, str], ...]:
    return (("customer", customer_id),)


def _unexplained(week: Week, unexplained: Sequence[Interval]) -> Iterator[Finding]:
    if unexplained:
        zone = week.board.facts.calendar.zone
        rows = tuple(
            f"probes failed from {instant(began, zone)} to {instant(ended, zone)}"
            for began, ended in unexplained
        )
        length, first = length_words(minutes_of(unexplained)), instant(unexplained[0][0], zone)
        yield Finding(
            "unexplained_downtime",
            f"Unexplained downtime: probes failed for {length} without an incident (first {first}); "
            "record the incident or its impact",
            "cto",
            rows[:ROWS_SHOWN],
            "uptime",
            (("month", f"{unexplained[0][0].astimezone(zone):%Y-%m}"),),
        )


def _unwatched(week: Week) -> Iterator[Finding]:
    platform, zone = week.board.platform, week.board.facts.calendar.zone
    if platform.coverage_pct is not None and platform.unknown_minutes:
        gaps = week.board.unknown_time or []
        yield Finding(
            "unwatched",
            f"No probe came for {length_words(platform.unknown_minutes)} of the week; uptime leaves that time out",
            "cto",
            tuple(f"no probe from {instant(a, zone)} to {instant(b, zone)}" for a, b in gaps[:ROWS_SHOWN]),
            "overview",
            (("kpi", "uptime_pct"),),
        )


def _claimed_quiet(week: Week) -> Iterator[Finding]:
    """Somebody noted a week without incidents, and the rows have some."""
    facts, window = week.board.facts, week.board.window
    opened = response.opened(facts.incidents, *window.flow)
    claims = [
        note
        for note in facts.notes
        if note.week == week.friday and note.kind in {"win", "note"} and note.state != "dropped"
        and _ZERO_INCIDENTS.search(note.body)
    ]  # fmt: skip
    if claims and opened:
        rows = tuple(f"{i.incident_id} ({i.severity or 'no severity yet'}): {i.title}" for i in opened)
        yield Finding(
            "claimed_quiet",
            f"“{claims[0].body}” is noted, and {counted(len(opened), 'incident')} began this week",
            "cto",
            rows[:ROWS_SHOWN],
            "overview",
            (("kpi", "incidents_opened"),),
        )


def _pursued(week: Week, decisions: Sequence[Decision], now: datetime) -> Iterator[Finding]:
    facts = week.board.facts
    deals = {deal.deal_id: deal.prospect_id for deal in (*facts.deals, *facts.later_deals)}
    sent = {deals.get(one.deal_id) for one in facts.proposals if one.sent_at is not None}
    drafts = {deals.get(one.deal_id): one for one in facts.proposals if one.sent_at is None}
    closed = {deal.prospect_id for deal in facts.deals if deal.stage in {"won", "lost", "nurture"}}
    for one in decisions:
        draft = drafts.get(one.prospect_id)
        urgent = draft is not None and draft.proposal_id in facts.urgent
        asked_at = draft.requested_at if draft else one.decided_at
        due = pipeline.proposal_due(asked_at, facts.calendar, urgent=urgent)
        if one.decision != "PURSUE" or one.prospect_id in sent | closed or due >= now:
            continue
        when = instant(due, facts.calendar.zone)
        has = f"its proposal {draft.proposal_id} is not sent" if draft else "has no proposal"
        zone = facts.calendar.zone
        since = (
            f"proposal {draft.proposal_id} asked for {instant(draft.requested_at, zone)}"
            if draft
            else f"decided PURSUE {instant(one.decided_at, zone)}"
        )
        yield Finding(
            "pursued_without_proposal",
            f"{week.prospect(one.prospect_id)} is to be pursued and {has}; it was due {when}",
            "sales_coordinator",
            (f"{since}, due by the same time of the next business day",),
            "overview",
            (("kpi", "proposal_slo_pct"),),
        )


def _stages(week: Week, decisions: Sequence[Decision]) -> Iterator[Finding]:
    refused = {one.prospect_id: one for one in decisions if one.decision in {"PASS", "WAIT"}}
    for deal in week.board.facts.deals:
        one = refused.get(deal.prospect_id)
        if deal.stage in pipeline.OPEN_STAGES and one:
            yield Finding(
                "stage_against_decision",
                f"{week.prospect(deal.prospect_id)} stands in {deal.stage}, "
                f"its last qualification says {one.decision}",
                "vp_sales",
                (
                    f"deal {deal.deal_id}: {deal.stage}",
                    f"qualified {instant(one.decided_at, week.board.facts.calendar.zone)}: {one.decision}",
                ),
                "overview",
                (("kpi", f"pipeline_{deal.stage}"),),
            )


def _deal_amounts(week: Week) -> Iterator[Finding]:
    """A deal in closing, or won this week, whose value is not what its sent proposal adds up to."""
    facts = week.board.facts
    first, last = week.board.window.flow_days
    proposals = {one.deal_id: one for one in facts.proposals if one.sent_at is not None}
    for deal in facts.deals:
        won = deal.stage == "won" and deal.closed_on is not None and first <= deal.closed_on <= last
        proposal = proposals.get(deal.deal_id)
        if not proposal or not (won or deal.stage == "closing") or deal.amount is None:
            continue
        if proposal.year_1 is not None and proposal.year_1 != deal.amount:
            amounts = week.money(deal.amount), week.money(proposal.year_1)
            yield Finding(
                "deal_against_proposal",
                f"{week.prospect(deal.prospect_id)}: the deal says {amounts[0]}, its proposal {amounts[1]}",
                "vp_sales",
                (f"deal {deal.deal_id}: {amounts[0]}", f"proposal {proposal.proposal_id}: {amounts[1]}"),
                "overview",
                (("kpi", "pipeline_closing"),),
            )


def _go_lives(week: Week) -> Iterator[Finding]:
    for customer in week.board.facts.customers:
        live_on = customer.go_live_on
        if live_on is None or live_on > week.friday:
            continue
        if customer.status in {"signed", "onboarding"}:
            yield Finding(
                "go_live_against_status",
                f"{customer.name}: go-live was {day(live_on)}, the status still says {customer.status}",
                "csm",
                (f"customer {customer.customer_id}: go-live {day(live_on)}, status {customer.status}",),
                "customers",
                _of_customer(customer.customer_id),
            )
        elif customer.status == "live" and _balance_is_missing(week, customer, live_on):
            invoices = [i for i in week.board.facts.invoices if i.customer_id == customer.customer_id]
            rows = tuple(
                f"invoice {i.invoice_number} of {day(i.issued_on)}: {week.money(i.amount)}" for i in invoices
            )
            yield Finding(
                "go_live_without_invoice",
                f"{customer.name} is live since {day(live_on)} and no invoice was issued from then on",
                "cfo",
                rows[-ROWS_SHOWN:] or ("no invoice on record",),
                "customers",
                _of_customer(customer.customer_id),
            )


def _balance_is_missing(week: Week, customer: Customer, live_on: date) -> bool:
    """Whether a go-live of the last quarter has had its week and no invoice followed."""
    if not INVOICE_AFTER_GO_LIVE_DAYS <= (week.friday - live_on).days <= 91:
        return False
    return not any(
        i.customer_id == customer.customer_id and live_on <= i.issued_on <= week.friday
        for i in week.board.facts.invoices
    )


def _failed_gates(week: Week) -> Iterator[Finding]:
    """Every day of the plan is done, and a gate was answered with NO or the improvement of week 4 is not there."""
    for customer in week.board.in_status("onboarding", "live"):
        plan = week.plans.get(customer.customer_id)
        if plan is None or not plan.is_done(LAST_DAY):
            continue
        if stopped_words(plan):
            yield Finding(
                "complete_with_failed_gate",
                f"{customer.name}: every step of the onboarding is done beside a {stopped_words(plan)}",
                "csm",
                (f"kickoff {day(plan.kickoff_on)}, {stopped_words(plan)}",),
                "customers",
                _of_customer(customer.customer_id),
            )
            continue
        seen = week.board.accuracies.get(customer.customer_id)
        accuracy = seen.accuracy_pct if seen else None
        if accuracy is not None and accuracy >= GATE_ACCURACY_PCT:
            continue
        has = "is not measured" if accuracy is None else f"stands at {number_words(accuracy, 2)}%"
        yield Finding(
            "complete_with_failed_gate",
            f"{customer.name}: onboarding is 100% complete and accuracy {has} "
            f"(the gate asks for {number_words(GATE_ACCURACY_PCT, 0)}%)",
            "csm",
            (f"plan done through day {LAST_DAY}, kickoff {day(plan.kickoff_on)}",),
            "customers",
            _of_customer(customer.customer_id),
        )


def _content_in_an_outage(week: Week) -> Iterator[Finding]:
    window, facts = week.board.window, week.board.facts
    open_ones = {i.incident_id: i for i in response.open_critical(facts.incidents, window.as_of)}
    for customer_id, (value, _) in (week.kpis["ltr_median"].by_customer or {}).items():
        hit = [
            i for i in facts.impacts
            if i.incident_id in open_ones and i.touches(customer_id, None)
        ]  # fmt: skip
        if hit and isinstance(value, Decimal) and value >= CONTENT_FROM:
            named = {i.incident_id: open_ones[i.incident_id].title for i in hit}
            yield Finding(
                "content_in_an_outage",
                f"{week.customer(customer_id)} scored {number_words(value, 1)} and has an open CRITICAL incident",
                "csm",
                tuple(f"{incident_id}: {title}" for incident_id, title in named.items()),
                "customers",
                _of_customer(customer_id),
            )


def _paying(week: Week) -> Iterator[Finding]:
    status = {c.customer_id: c.status for c in week.board.facts.customers}
    for customer_id, amount in sorted(week.board.paying.items()):
        if status.get(customer_id) not in {"live", None}:
            pays = money_words(amount, week.currency)
            rows = tuple(
                f"subscription {s.subscription_id} from {day(s.starts_on)}: {week.money(s.amount)} a {s.interval}"
                for s in week.board.facts.subscriptions
                if s.customer_id == customer_id
            )
            yield Finding(
                "mrr_not_live",
                f"{week.customer(customer_id)} pays {pays} a month and is not live ({status[customer_id]})",
                "csm",
                rows[-ROWS_SHOWN:],
                "customers",
                _of_customer(customer_id),
            )


def _overpaid(week: Week) -> Iterator[Finding]:
    """Invoices that more was paid for than they ask, or a payment for an invoice that is not there."""
    facts = week.board.facts
    gross = {i.invoice_number: i.gross for i in facts.invoices}
    paid: dict[str, Decimal] = {}
    for payment in facts.payments:
        if payment.invoice_number is not None:
            paid[payment.invoice_number] = paid.get(payment.invoice_number, ZERO) + payment.amount
    for number, amount in sorted(paid.items()):
        asked = gross.get(number)
        if asked is not None and asked > 0 and amount > asked:
            yield Finding(
                "paid_over_invoice",
                f"Invoice {number} asks for {week.money(asked)} and {week.money(amount)} is booked on it",
                "cfo",
                tuple(
                    f"payment {p.payment_id} of {day(p.received_on)}: {week.money(p.amount)}"
                    for p in facts.payments
                    if p.invoice_number == number
                )[:ROWS_SHOWN],
                "overview",
                (("kpi", "ar_open"),),
            )


def _sums(week: Week) -> Iterator[Finding]:
    """Printed totals that their printed parts do not add up to."""
    stages = week.board.stages
    parts = {
        "pipeline_open": [cents(stages[name].amount or ZERO) for name in pipeline.OPEN_STAGES],
        "mrr": list(week.board.paying.values()),
    }
    for name, amounts in parts.items():
        total = week.kpis[name].value
        if isinstance(total, Decimal) and abs(sum(amounts, ZERO) - total) >= Decimal("0.01"):
            label = week.kpis[name].kpi.label
            yield Finding(
                "sums_disagree",
                f"{label} reads {week.money(total)}, its parts add up to {week.money(cents(sum(amounts, ZERO)))}",
                "cfo",
                tuple(week.money(amount) for amount in amounts[:ROWS_SHOWN]),
                "overview",
                (("kpi", name),),
            )
