"""The lines that the weekly review prints, block by block, computed from the week's board and numbers.

Source: Runbook 5, Meeting Flow. Every mark comes from the rule that the number's row of the catalogue holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from tai_ops import cash, pipeline, response
from tai_ops.board import Board
from tai_ops.checklist import (
    CUTOVER_DAY,
    Onboarding,
    onboarding_dates,
    slip_business_days,
    slip_mark,
    stopped_words,
)
from tai_ops.customers import Customer
from tai_ops.kpi import Mark, Measured
from tai_ops.period import Month
from tai_ops.proposal_promises import PromisesKept, promises_kept, span
from tai_ops.reliability import Incident, minutes
from tai_ops.review import (
    Line,
    Part,
    line,
    money_words,
    number_words,
    pct_words,
)
from tai_ops.sla_credits import Credit
from tai_ops.words import day, number, several

STATUS_ORDER = ("live", "onboarding", "signed")
DETRACTOR = 6
VALID_DAYS = 30
TRAJECTORY_MONTHS = 3


@dataclass(frozen=True)
class Week:
    """What the lines are made of: the week's board, its numbers, the names behind the ids, credits that wait for a person."""

    board: Board
    kpis: Mapping[str, Measured]
    credits: tuple[Credit, ...] = ()

    @property
    def friday(self) -> date:
        """The Friday on which the week ends."""
        return self.board.window.day

    @property
    def today(self) -> date:
        """The day as of which the week is seen: its Friday, or the day that it is while the week is under way."""
        return min(self.friday, self.board.facts.calendar.local_date(self.board.window.as_of))

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.board.facts.company.currency

    def money(self, amount: Decimal | None) -> str:
        """An amount for people, `not valued` where it is unknown."""
        return "not valued" if amount is None else money_words(amount, self.currency)

    def customer(self, customer_id: str) -> str:
        """A customer's name."""
        return self.board.names.get(customer_id, customer_id)

    def prospect(self, prospect_id: str) -> str:
        """A prospect's company."""
        return self._prospects.get(prospect_id, prospect_id)

    @cached_property
    def _prospects(self) -> Mapping[str, str]:
        return {p.prospect_id: p.company for p in self.board.facts.prospects}

    def prospect_of(self, deal_id: str) -> str:
        """The company that a deal is made with."""
        return self.prospect(self._deals.get(deal_id, deal_id))

    @cached_property
    def _deals(self) -> Mapping[str, str]:
        return {d.deal_id: d.prospect_id for d in self.board.facts.deals}

    @cached_property
    def plans(self) -> Mapping[str, Onboarding]:
        """Each customer's onboarding."""
        return {o.customer_id: o for o in self.board.facts.onboardings}


def verdict(week: Week) -> str:
    """The week in one sentence: accuracy, pipeline, reliability, runway."""
    parts = [_accuracy_words(week), _pipeline_words(week), _reliability_words(week), _runway_words(week)]
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _accuracy_words(week: Week) -> str:
    live = week.board.in_status("live")
    measured = week.kpis["accuracy_pct"]
    if not live:
        return "no customer is live" if week.board.facts.customers else "no customers on record"
    marks = [(measured.by_customer or {}).get(c.customer_id, (None, None))[1] for c in live]
    unknown = sum(mark in {None, "no_data"} for mark in marks)
    wanted = number_words(measured.target, 1) if measured.target is not None else "target"
    met = f"{marks.count('met')} of {several(len(live), 'live customer')} at {wanted}% accuracy or better"
    return f"{met}, {unknown} not measured" if unknown else met


def _pipeline_words(week: Week) -> str:
    value = week.kpis["pipeline_open"].value
    if value is None or isinstance(value, date):
        return "no pipeline on record"
    added = week.board.leads.value
    more = f", {money_words(added, week.currency)} added" if added and week.board.facts.prospects else ""
    return f"pipeline {week.money(value if not isinstance(value, int) else None)}{more}"


def _reliability_words(week: Week) -> str:
    uptime, critical = week.kpis["uptime_pct"], week.kpis["incidents_open_critical"].value
    if uptime.value is None or isinstance(uptime.value, date):
        return "uptime not measured"
    issues = (
        several(critical, "critical issue") + " open"
        if isinstance(critical, int) and critical
        else "no critical issues"
    )
    return f"uptime {pct_words(uptime, uptime.value)}, {issues}"


def _runway_words(week: Week) -> str:
    runway = week.kpis["runway_months"]
    if runway.value is None or isinstance(runway.value, date):
        return "not burning" if week.board.runway.reason == "not burning" else "runway not measured"
    return f"runway {number_words(runway.value, 1, runway.target, runway.floor)} months"


def customer_lines(week: Week) -> tuple[Line, ...]:
    """One line a customer: live ones by accuracy and score, onboarding ones by progress, signed ones by kickoff."""
    if not week.board.facts.customers:
        return (line("No customers on record", "no_data"),)
    lines = [
        Line(_customer_parts(week, customer), customer.name)
        for status in STATUS_ORDER
        for customer in week.board.in_status(status)
    ]
    return (*lines, *_red_flags(week))


def _customer_parts(week: Week, customer: Customer) -> tuple[Part, ...]:
    if customer.status == "live":
        return _accuracy(week, customer.customer_id), _score(week, customer.customer_id)
    plan = week.plans.get(customer.customer_id)
    if plan and plan.kickoff_on <= week.today:
        return _progress(week, plan)
    if customer.status == "signed":
        return (Part(f"contract signed, {_kickoff(plan, week.today)}", None if plan else "no_data"),)
    return Part("implementation not measured", "no_data"), Part(_kickoff(plan, week.today))


def _accuracy(week: Week, customer_id: str) -> Part:
    measured = week.kpis["accuracy_pct"]
    value, found = (measured.by_customer or {}).get(customer_id, (None, "no_data"))
    if value is None or isinstance(value, date):
        return Part("accuracy not measured", "no_data")
    return Part(f"{pct_words(measured, value)} accuracy", found)


def _score(week: Week, customer_id: str) -> Part:
    measured = week.kpis["ltr_median"]
    value, found = (measured.by_customer or {}).get(customer_id, (None, "no_data"))
    if value is None or isinstance(value, date):
        return Part("NPS not measured", "no_data")
    return Part(f"NPS {number_words(value, 1, measured.target)}", found)


def _progress(week: Week, plan: Onboarding) -> tuple[Part, ...]:
    progress = week.board.progress.get(plan.customer_id)
    if progress is None or progress.pct is None:
        return (
            Part("implementation not measured", "no_data"),
            Part(f"kicked off {day(plan.kickoff_on)}"),
        )
    return Part(f"{number_words(progress.pct, 0)}% implementation"), track(week, plan)


def track(week: Week, plan: Onboarding) -> Part:
    """Whether an onboarding is on track; late or a gate's NO has a mark, `on-track` says it all (requirements.md W7)."""
    slip = slip_business_days(plan, week.today, week.board.facts.calendar)
    stopped = stopped_words(plan)
    if stopped:
        late = f", {several(slip, 'business day')} late" if slip and slip > 0 else ""
        return Part(f"{stopped}{late}", slip_mark(slip, gate_failed=True))
    if slip is None or slip <= 0:
        return Part("on-track") if slip is not None else Part("progress not measured", "no_data")
    return Part(f"{several(slip, 'business day')} late", slip_mark(slip))


def _kickoff(plan: Onboarding | None, friday: date) -> str:
    if plan is None:
        return "kickoff not planned"
    next_week = friday + timedelta(days=3) <= plan.kickoff_on <= friday + timedelta(days=9)
    return "kickoff next week" if next_week else f"kickoff {day(plan.kickoff_on)}"


def _red_flags(week: Week) -> Iterator[Line]:
    first, last = week.board.window.flow_days
    for score in week.board.facts.scores:
        if first <= score.answered_on <= last and score.score <= DETRACTOR:
            said = f"red flag: {score.respondent} answered {score.score} on {day(score.answered_on)}"
            yield line(
                f"{said}{f': {score.comment}' if score.comment else ''}",
                None,
                week.customer(score.customer_id),
            )


def pipeline_lines(week: Week, expected: Decimal | None = None) -> tuple[Line, ...]:
    """The pipeline by phase, what the week added beside what was expected, what waits for an answer or too long."""
    facts = week.board.facts
    if not facts.deals:
        phases = [
            line(f"{name} phase: not measured", "no_data") for name in ("Discovery", "Proposal", "Closing")
        ]
        phases.append(line("Total pipeline: not measured", "no_data"))
    else:
        phases = [
            line(f"{stage.capitalize()} phase: {_phase(week, stage)}") for stage in pipeline.OPEN_STAGES
        ]
        total = week.board.stages["total"]
        phases.append(line(f"Total pipeline: {week.money(total.amount)}{_without(total.n_without_amount)}"))
    return (*phases, *_added(week), *_expected(week, expected), *_outstanding(week), *_rotting(week))


def _phase(week: Week, stage: str) -> str:
    found = week.board.stages[stage]
    customers = len({d.prospect_id for d in week.board.facts.deals if d.stage == stage})
    amount = week.money(found.amount)
    return f"{amount} ({several(customers, 'customer')}){_without(found.n_without_amount)}"


def _without(count: int) -> str:
    return f", {count} without an amount" if count else ""


def _added(week: Week) -> Iterator[Line]:
    board = week.board
    if board.facts.prospects:
        leads = board.leads
        share = f", {leads.estimated_pct:.0f}% of it estimated" if leads.estimated_pct else ""
        yield line(_tallied(week, "Added this week", leads.value, leads.n, "new lead") + share)
    if board.facts.proposals:
        yield line(_tallied(week, "Proposals sent this week", board.sent.value, board.sent.n, "proposal"))
        promised = promises_kept(board)
        if promised.promised:
            yield line(_promised(promised), week.kpis["proposal_slo_pct"].mark)
    if board.facts.deals:
        yield line(_tallied(week, "Deals closed this week", board.won.value, board.won.n, "deal"))


def _promised(found: PromisesKept) -> str:
    """The share of the promises of 24 hours that was kept, and how long half of the proposals took at most."""
    asked = found.asked_to_sent
    took = (
        f", median {span(int(asked.value))} of business time from request to sending"
        if asked.value is not None
        else ""
    )
    return f"Proposals inside 24 hours: {found.kept} of {len(found.promised)}{took}"


def _expected(week: Week, expected: Decimal | None) -> Iterator[Line]:
    """The new leads that were expected last Friday beside those that came."""
    if expected is None:
        return
    came = week.board.leads.value
    if came is None or not week.board.facts.prospects:
        yield line(f"New leads expected: {week.money(expected)}, came: not measured", "no_data")
        return
    state: Mark = "met" if came >= expected else "missed"
    yield line(f"New leads expected: {week.money(expected)}, came: {week.money(came)}", state)


def _tallied(week: Week, label: str, value: Decimal | None, count: int, noun: str) -> str:
    return f"{label}: {week.money(value)} ({several(count, noun)})"


def _outstanding(week: Week) -> Iterator[Line]:
    if not week.board.facts.proposals:
        return
    waiting = pipeline.proposals_outstanding(week.board.facts.proposals)
    yield line(_tallied(week, "Proposals outstanding", waiting.value, waiting.n, "proposal"))
    for proposal in week.board.facts.proposals:
        if proposal.status in {"sent", "viewed"} and proposal.sent_at:
            ends_on = week.board.facts.calendar.local_date(proposal.sent_at) + timedelta(days=VALID_DAYS)
            who = f"Proposal {proposal.proposal_id} ({week.prospect_of(proposal.deal_id)})"
            if ends_on < week.today:
                yield line(f"{who} ran out on {day(ends_on)}", "missed")
            elif ends_on <= week.today + timedelta(days=7):
                yield line(f"{who} runs out on {day(ends_on)}", "floor")


def _rotting(week: Week) -> Iterator[Line]:
    for age in pipeline.stage_ages(week.board.facts.deals, week.today, week.board.facts.calendar):
        if age.rotting:
            stands = f"{several(age.age_days or 0, 'business day')} in {age.stage} (limit {age.limit_days})"
            yield line(stands, "missed", week.prospect_of(age.deal_id))


def engineering_lines(week: Week) -> tuple[Line, ...]:
    """Uptime, latency and open CRITICAL incidents as the runbook prints them, then the week's incidents."""
    return (_uptime(week), _latency(week), _critical(week), *_incidents(week))


def _uptime(week: Week) -> Line:
    measured = week.kpis["uptime_pct"]
    if measured.value is None or isinstance(measured.value, date):
        return line("Uptime this week: not measured", "no_data")
    return line(f"Uptime this week: {pct_words(measured, measured.value)}", measured.mark)


def _latency(week: Week) -> Line:
    measured = week.kpis["latency_p95_ms"]
    if measured.value is None or isinstance(measured.value, date):
        return line("API latency p95: not measured", "no_data")
    return line(f"API latency p95: {number_words(measured.value, 0, measured.target)}ms", measured.mark)


def _critical(week: Week) -> Line:
    measured = week.kpis["incidents_open_critical"]
    if measured.value is None:
        return line("Critical issues: not measured", "no_data")
    facts, window = week.board.facts, week.board.window
    still_open = response.open_critical(facts.incidents, window.as_of)
    if still_open:
        named = ", ".join(f"{i.incident_id} {i.title}" for i in still_open)
        return line(f"{several(len(still_open), 'critical issue')} open: {named}", measured.mark)
    over = [i for i in response.opened(facts.incidents, *window.flow) if i.severity == "CRITICAL"]
    if over:
        return Line((Part("No critical issues open", measured.mark), Part(f"{len(over)} resolved this week")))
    return line("No critical issues", measured.mark)


def _incidents(week: Week) -> Iterator[Line]:
    measured = week.kpis["incidents_opened"]
    opened = response.opened(week.board.facts.incidents, *week.board.window.flow)
    if measured.value is not None and not opened:
        seen = week.board.platform.coverage_pct is not None and not week.board.platform.unknown_minutes
        yield line(
            "No incidents this week" if seen else "No incidents on record this week, not watched throughout"
        )
    for incident in opened:
        what = f"Incident {incident.incident_id} ({incident.severity or 'no severity yet'}): {incident.title}"
        yield line(f"{what}, {_outcome(week, incident)}")


def _outcome(week: Week, incident: Incident) -> str:
    until = incident.resolved_at
    if until is None or until > week.board.window.as_of:
        return "not resolved"
    took = number(minutes(until - incident.detected_at).quantize(Decimal(1)), "minutes")
    return f"resolved after {took}{f', {incident.root_cause}' if incident.root_cause else ''}"


def finance_lines(week: Week) -> tuple[Line, ...]:
    """Cash, where burn is going, what that means for fundraising, what was invoiced, what is overdue, credits to decide."""
    return (
        _cash(week),
        _trajectory(week),
        _fundraising(week),
        _invoiced(week),
        *_overdue(week),
        *_credits(week),
    )


def _cash(week: Week) -> Line:
    measured = week.kpis["cash"]
    if not isinstance(measured.value, Decimal):
        return line("Cash balance: not measured", "no_data")
    why = f" ({measured.reason})" if measured.reason else ""
    return line(f"Cash balance: {week.money(measured.value)}{why}")


def _trajectory(week: Week) -> Line:
    facts = week.board.facts
    whole = [month for month in cash.operating_flows(facts.account_months) if month.last_day <= week.friday][
        -TRAJECTORY_MONTHS:
    ]
    if not whole:
        return line("Net burn: not measured", "no_data")
    return line("Net burn: " + " → ".join(_month_burn(week, month) for month in whole))


def _month_burn(week: Week, month: Month) -> str:
    found = cash.burn(week.board.facts.account_months, month)
    return f"{week.money(found.net if found else None)} in {month.start:%b %Y}"


def _fundraising(week: Week) -> Line:
    measured = week.kpis["runway_months"]
    if not isinstance(measured.value, Decimal):
        why = week.board.runway.reason or "no data"
        return line(
            f"Fundraising impact: runway not measured ({why})"
            if why != "not burning"
            else "Fundraising impact: not burning",
            "no_data" if why != "not burning" else None,
        )
    months = number_words(measured.value, 1, measured.target, measured.floor)
    out = week.board.runway.cash_out_on
    until = f", cash out on {day(out)}" if out else ""
    return line(f"Fundraising impact: runway {months} months{until}", measured.mark)


def _invoiced(week: Week) -> Line:
    count, value = week.kpis["invoices_sent"].value, week.kpis["invoices_sent_value"].value
    if not isinstance(count, int) or not isinstance(value, Decimal):
        return line("Invoices sent: not measured", "no_data")
    return line(f"Invoices sent: {count} ({week.money(value)})")


def _overdue(week: Week) -> Iterator[Line]:
    measured = week.kpis["ar_over_30"]
    if isinstance(measured.value, Decimal) and measured.value > 0:
        yield line(f"More than 30 days past due: {week.money(measured.value)}", measured.mark)


def _credits(week: Week) -> Iterator[Line]:
    for one in week.credits:
        what = f"SLA credit of {one.month.name}"
        minutes_down = f"{number(one.downtime_minutes, 'minutes')} down of {number(one.budget_minutes, 'minutes')} allowed"
        said = f"{number(one.uptime_pct, 'pct', decimals=2)} uptime, {minutes_down}"
        if one.waits:
            yield line(f"{what} to decide: {week.money(one.amount)} ({said})", "floor", one.customer)
        else:
            yield line(f"{what}: {one.reason} ({said})", "missed", one.customer)


def coming_lines(week: Week) -> tuple[Line, ...]:
    """What the dates on record say about the week ahead, by date: kickoffs, cutovers, closings, holidays."""
    first, last = week.friday + timedelta(days=1), week.friday + timedelta(days=7)
    dated = sorted((on, text) for on, text in _dated(week) if first <= on <= last)
    return tuple(line(text, None, day(on)) for on, text in dated)


def _dated(week: Week) -> Iterator[tuple[date, str]]:
    facts = week.board.facts
    for customer in week.board.in_status("onboarding", "signed"):
        plan = week.plans.get(customer.customer_id)
        if plan:
            yield plan.kickoff_on, f"kickoff of {customer.name}"
            if not is_done(plan, CUTOVER_DAY):
                yield cutover_on(week, plan), f"cutover of {customer.name}"
    for deal in facts.deals:
        if deal.stage in pipeline.OPEN_STAGES and deal.expected_close_on:
            yield deal.expected_close_on, f"{week.prospect(deal.prospect_id)} is expected to close"
    for holiday in facts.calendar.holidays:
        yield holiday, "holiday"


def cutover_on(week: Week, plan: Onboarding) -> date:
    """The Friday on which an onboarding is to go live."""
    return onboarding_dates(plan, week.board.facts.calendar).cutover_on


def is_done(plan: Onboarding, plan_day: int) -> bool:
    """Whether the plan's day is done."""
    return plan.is_done(plan_day)
