"""Filling a proposal from what is on record: each variable with its origin, and whoever has what is missing.

What was typed for the proposal wins; then what the prospect, the call, the deal, the targets, the calendar and earlier
proposals say; then what follows from those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tai_ops.accuracy import Measurement
from tai_ops.bant import Answers
from tai_ops.board import Target
from tai_ops.capacity import Workload, feasible_kickoffs
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.money import cents
from tai_ops.onboarding_plan import onboarding_plan
from tai_ops.period import BusinessCalendar
from tai_ops.pipeline import Deal, Proposal, Prospect, proposal_due
from tai_ops.proposal_quote import (
    CaseStudy,
    Quote,
    case_studies,
    claims,
    error_savings,
    hours_value,
    payback_months,
    payback_warning,
    price_warning,
    quote,
)
from tai_ops.proposal_values import VARIABLES, Value, plain_number, read_value
from tai_ops.rights import Actor
from tai_ops.words import day

VALID_DAYS = 30
IMPLEMENTATION_DAYS, SUPPORT_DAYS = 60, 90
ACCURACY_NEEDED = Decimal(97)
HOURS_FEWER_PCT = Decimal(30)
NEAR_DAYS = 3
"""How far a typed kickoff may be from one that fits: the same week."""


@dataclass(frozen=True, slots=True)
class Call:
    """The newest discovery call of a prospect."""

    answers: Answers
    decision: str
    decided_at: datetime
    decided_by: str
    hour_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything on record that a proposal may draw on."""

    proposal: Proposal
    deal: Deal
    prospect: Prospect
    call: Call | None
    company: Company
    calendar: BusinessCalendar
    today: date
    people: Sequence[Actor] = ()
    customers: Sequence[Customer] = ()
    measurements: Sequence[Measurement] = ()
    work: Workload | None = None
    targets: Sequence[Target] = ()
    typed: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """What was typed for this proposal: the text, and who typed it when."""
    carried: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """What was typed for earlier ones: the text, and in which."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A proposal's values, its quote, what warns, and what forbids it to be made."""

    values: Mapping[str, Value]
    quote: Quote
    cases: tuple[CaseStudy, ...]
    case: CaseStudy | None
    warnings: tuple[str, ...]
    wrong: tuple[str, ...]


def filled(known: Known) -> Filled:
    """The proposal's values with their origins."""
    values: dict[str, Value] = {}
    _typed(known, values)
    _from_records(known, values)
    _from_call(known, values)
    _from_company(known, values)
    _dates(known, values)
    _follows(values)
    _deposit(known, values)
    made = quote(values)
    cases = case_studies(
        known.customers,
        known.measurements,
        known.today,
        industry=_of(values, "industry"),
        items=_of(values, "items"),
        accuracy_now=_of(values, "accuracy_now"),
    )
    case, no_case = _chosen(cases, values)
    _from_case(case, values)
    _from_quote(made, values)
    texts = {
        VARIABLES[n].label: str(v.value)
        for n, v in values.items()
        if n in VARIABLES and VARIABLES[n].kind in {"text", "long"}
    }
    warnings = [
        payback_warning(_of(values, "payback")),
        kickoff_warning(known, _of(values, "kickoff_on")),
        price_warning(made.licence, known.call.answers.budget.about if known.call else None),
        "no consenting customer has a measured gain: the claim and the case study are left out"
        if not cases
        else None,
        None if known.call else "no discovery call is on record",
        f"the call's decision was {known.call.decision}, not PURSUE"
        if known.call and known.call.decision != "PURSUE"
        else None,
    ]
    wrong = [*made.wrong, *claims(texts, case), *([no_case] if no_case else [])]
    return Filled(values, made, cases, case, tuple(w for w in warnings if w), tuple(wrong))


def _put(values: dict[str, Value], name: str, value: Any, origin: str) -> None:
    if value is not None and value != "" and name not in values:
        values[name] = Value(name, value, origin)


def _of(values: Mapping[str, Value], name: str) -> Any:
    return values[name].value if name in values else None


def _typed(known: Known, values: dict[str, Value]) -> None:
    for name, (text, who) in known.typed.items():
        if name in VARIABLES:
            _put(values, name, read_value(name, text), f"typed by {who}")


def _from_records(known: Known, values: dict[str, Value]) -> None:
    prospect, deal = known.prospect, known.deal
    where = f"prospect {prospect.prospect_id}"
    _put(values, "customer", prospect.company, where)
    _put(values, "contact", prospect.contact, where)
    _put(values, "email", prospect.email, where)
    _put(values, "industry", prospect.industry, where)
    _put(values, "warehouses", prospect.warehouses, where)
    _put(values, "items", prospect.items, where)
    _put(values, "current_system", prospect.current_system, where)
    _put(values, "services", known.proposal.services, f"proposal {known.proposal.proposal_id}")
    _put(values, "licence", known.proposal.licence, f"proposal {known.proposal.proposal_id}")
    if deal.amount is not None and "services" in values and "licence" not in values:
        rest = deal.amount - values["services"].value
        _put(values, "licence", rest if rest > 0 else None, f"deal {deal.deal_id} less services")


def _from_call(known: Known, values: dict[str, Value]) -> None:
    call = known.call
    if call is None:
        return
    need, ended = call.answers.need, call.answers.call_ended_at.astimezone(known.calendar.zone).date()
    said = f"discovery call of {ended.day} {ended:%b %Y}"
    _put(values, "call_on", ended, said)
    _put(values, "contact", call.answers.contact, said)
    _put(values, "current_system", need.current_system, said)
    _put(values, "accuracy_now", need.accuracy_pct, said)
    _put(values, "count_hours_now", need.count_hours, said)
    _put(values, "error_cost", need.error_cost_per_month, said)
    _put(values, "labour_rate", call.hour_cost, said)


def _from_company(known: Known, values: dict[str, Value]) -> None:
    _put(values, "company", known.company.name, "settings")
    accuracy = _target(known, "accuracy_pct")
    _put(values, "accuracy_need", accuracy or ACCURACY_NEEDED, "target" if accuracy else "Runbook 3")
    fewer = _target(known, "hours_saved_pct")
    now = _of(values, "count_hours_now")
    if now is not None:
        share = fewer or HOURS_FEWER_PCT
        _put(
            values,
            "count_hours_need",
            now * (100 - share) / 100,
            f"{plain_number(share)} % fewer than now ({'target' if fewer else 'Runbook 2'})",
        )
    _put(values, "implementation_days", IMPLEMENTATION_DAYS, "Runbook 3")
    _put(values, "support_days", SUPPORT_DAYS, "Runbook 3")
    _put(values, "sla", known.company.uptime_target_pct, "settings")
    seller = _seller(known)
    if seller:
        _put(values, "vp_name", seller.name, "people")
        _put(values, "vp_email", seller.email, "people")
    for name, (text, proposal) in known.carried.items():
        variable = VARIABLES.get(name)
        if variable and variable.carried:
            _put(values, name, read_value(name, text), f"as in proposal {proposal}")


def _seller(known: Known) -> Actor | None:
    sellers = [person for person in known.people if person.role == "vp_sales"]
    own = (person for person in sellers if person.email == known.prospect.owner_email)
    return next(own, sellers[0] if sellers else None)


def _target(known: Known, kpi: str) -> Decimal | None:
    rows = [one for one in known.targets if one.kpi == kpi and one.from_on <= known.today]
    return max(rows, key=lambda one: one.from_on).target if rows else None


def _dates(known: Known, values: dict[str, Value]) -> None:
    offers = kickoff_offers(known, 1) if "kickoff_on" not in values else ()
    if offers:
        close = known.deal.expected_close_on
        signed = f", signature expected {day(close)}" if close and close > known.today else ""
        _put(values, "kickoff_on", offers[0], f"first kickoff that CSM and CTO have the hours for{signed}")
    kickoff = _of(values, "kickoff_on")
    if kickoff and "go_live_on" not in values:
        try:
            plan = onboarding_plan(kickoff, known.calendar)
        except Refused:
            pass  # a typed kickoff on a day off: the check says so
        else:
            _put(
                values, "go_live_on", plan.cutover_on, "cutover of the onboarding plan that begins at kickoff"
            )
    due = known.calendar.local_date(proposal_due(known.proposal.requested_at, known.calendar))
    asked = known.calendar.add_business_days(due, 3)
    _put(values, "questions_on", asked, "three business days after the proposal is due")


def kickoff_offers(known: Known, count: int = 3) -> tuple[date, ...]:
    """The next kickoffs that the hours of CSM and CTO have room for, from the expected signature on; empty where nobody has the role."""
    if known.work is None:
        return ()
    return feasible_kickoffs(known.work, count=count, after=known.deal.expected_close_on)


def kickoff_warning(known: Known, kickoff: date | None) -> str | None:
    """What to say where a typed kickoff is none that the capacity calendar has room for."""
    if kickoff is None or "kickoff_on" not in known.typed or known.work is None:
        return None
    near = feasible_kickoffs(known.work, count=1, after=kickoff - timedelta(days=7))
    if any(abs((one - kickoff).days) <= NEAR_DAYS for one in near):
        return None
    there = f"the next that fits is {day(near[0])}" if near else "none in the next half year fits"
    return f"the kickoff of {day(kickoff)} is none that CSM and CTO have the hours for; {there}"


def _follows(values: dict[str, Value]) -> None:
    cost, now, need = (_of(values, name) for name in ("error_cost", "accuracy_now", "accuracy_need"))
    if cost is not None and now is not None and need is not None:
        saved = error_savings(cost, now, need)
        _put(
            values,
            "savings",
            saved,
            f"{cost:,.2f} of errors a month × 12 × the {_share(now, need)} % that go from {plain_number(now)} to {plain_number(need)} %",
        )
    savings = _of(values, "savings")
    if savings is None:
        return
    hours, less, counted, rate = (
        _of(values, name) for name in ("count_hours_now", "count_hours_need", "warehouses", "labour_rate")
    )
    if None not in {hours, less, counted, rate}:
        extra = hours_value(hours, less, counted, rate)
        words = (
            f"savings + {plain_number(hours - less)} hours a quarter × 4 × {counted} warehouses × {rate:,.2f}"
        )
        _put(values, "annual_value", savings + extra, words)
    _put(
        values,
        "annual_value",
        savings,
        "savings from fewer errors; hours saved are not valued: the cost of an hour is not known",
    )


def _share(now: Decimal, need: Decimal) -> str:
    return f"{max(Decimal(0), need - now) / (100 - now) * 100:.1f}"


def _chosen(cases: Sequence[CaseStudy], values: dict[str, Value]) -> tuple[CaseStudy | None, str | None]:
    wanted = _of(values, "case_study")
    if wanted is None:
        if not cases:
            return None, None
        why = ", ".join(cases[0].why) or "the only measured gain with consent"
        _put(values, "case_study", cases[0].customer_id, f"nearest customer: {why}")
        return cases[0], None
    found = next((one for one in cases if wanted in {one.customer_id, one.name}), None)
    if found is None:
        return None, f"case study: {wanted} has no measured gain, or has not consented to be named"
    return found, None


def _from_case(case: CaseStudy | None, values: dict[str, Value]) -> None:
    if case is None:
        return
    row = f"measurements of {case.customer_id}, {case.warehouse}, {case.measured_on}"
    _put(
        values,
        "case_customer",
        case.name.partition("(")[0].strip() or case.name,
        f"customer {case.customer_id}, consenting",
    )
    _put(values, "case_before", case.before, f"baseline of {case.customer_id}, {case.baseline_on}")
    _put(values, "case_after", case.after, row)
    _put(values, "case_days", case.days, f"{case.baseline_on} to {case.measured_on}")
    _put(values, "case_on", case.measured_on, row)


def _from_quote(made: Quote, values: dict[str, Value]) -> None:
    for line in made.lines:
        _put(values, f"{line.part}_fee", line.amount, f"{plain_number(line.hours)} hours × {line.rate:,.2f}")
    _put(values, "balance", made.balance, "services less deposit")
    _put(values, "year_1", made.year_1, "services + licence")
    annual = _of(values, "annual_value")
    if made.year_1 is not None and annual is not None:
        _put(values, "payback", payback_months(made.year_1, annual), "total of Year 1 / (annual value / 12)")


def _deposit(known: Known, values: dict[str, Value]) -> None:
    services = _of(values, "services")
    if services is not None:
        share = known.company.deposit_pct
        _put(
            values,
            "deposit",
            cents(services * share / 100),
            f"{plain_number(share)} % of the services (settings)",
        )


def stamped(values: Mapping[str, Value], on: date) -> dict[str, Value]:
    """The values with the day that the document goes out, and the last one that it is valid on (P12)."""
    last = on + timedelta(days=VALID_DAYS)
    return dict(values) | {
        "dated_on": Value("dated_on", on, "the day of sending"),
        "valid_until": Value("valid_until", last, f"{VALID_DAYS} days after it"),
    }
