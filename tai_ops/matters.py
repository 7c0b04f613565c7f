"""What wants a person: what is due or late, and what does not fit together or misses its mark.

Both lists are worked out from a board of facts, in plain text; each matter names its owner and the page where it is
dealt with.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tai_ops import receivables, reliability
from tai_ops.board import Board
from tai_ops.cash import account_names
from tai_ops.checklist import BLOCKS, onboarding_dates, slip_business_days, slip_mark, stopped_words
from tai_ops.company import Company
from tai_ops.kpi import Kpi, Mark, Measured, Value
from tai_ops.money import ZERO
from tai_ops.period import FRIDAY, Month, Week
from tai_ops.pipeline import OPEN_STAGES, proposal_due
from tai_ops.reliability import Interval
from tai_ops.rights import Actor
from tai_ops.severity import TIMERS
from tai_ops.words import aim, counted, day, instant, listed, money, number

LATE_STATEMENT_DAYS = 10
CLOSE_BY_BUSINESS_DAY = 5
SAID_ELSEWHERE = frozenset({"ar_over_30", "arr"})
"""Numbers whose miss another line says already: the chase list, MRR."""
SILENT_AFTER = timedelta(minutes=5)
_ORDER = {"missed": 0, "floor": 1, "no_data": 2, "met": 3}


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that wants a person: how it stands, what it is, whose it is, and the page where it is dealt with.

    `query` are the parameters of the page's address; `link` says what is done there. What is `urgent` stands first.
    """

    state: Mark
    text: str
    owner: str
    page: str
    link: str
    query: tuple[tuple[str, str], ...] = ()
    on: date | None = None
    urgent: bool = False


def due_today(
    board: Board, role: str, *, reviewed: Collection[date] = (), people: Mapping[str, Actor] | None = None
) -> list[Matter]:
    """What falls due on the board's day or is late, the worst first and the role's own before others'.

    `reviewed` are the Fridays whose review was held, `people` are the company's by their e-mail.
    """
    found = [
        *_review_due(board, reviewed),
        *_close_due(board),
        *_incidents_open(board),
        *_incidents_after(board),
        *_proposals_due(board),
        *_commitments_due(board, people or {}),
        *_onboardings_due(board),
        *_bills_due(board),
        *_deals_due(board),
    ]
    return _sorted(found, role)


def _sorted(found: Iterable[Matter], role: str) -> list[Matter]:
    return sorted(
        found, key=lambda m: (not m.urgent, _ORDER[m.state], m.owner != role, m.on or date.max, m.text)
    )


def _review_due(board: Board, held: Collection[date]) -> Iterator[Matter]:
    today = board.window.day
    if today.weekday() == FRIDAY and today not in held:
        yield Matter("no_data", "Weekly review today at 16:00, 30 minutes", "ceo", "weekly-review",
                     "Open the review", (("week", today.isoformat()),), today)  # fmt: skip
    last = Week.of_day(today).plus(-1).friday if today.weekday() != FRIDAY else today - timedelta(days=7)
    if held and max(held) < last:
        yield Matter("missed", f"The review of {day(last)} was not held", "ceo", "weekly-review",
                     "Open it", (("week", last.isoformat()),), last)  # fmt: skip


def _close_due(board: Board) -> Iterator[Matter]:
    """The months left open since the first that was closed; before any was, the last month alone."""
    today, calendar, closed = board.window.day, board.facts.calendar, board.facts.closed
    past = sorted({row.month for row in board.facts.account_months if row.month < Month.of(today)})
    left = [m for m in past if m not in closed and m > min(closed)] if closed else past[-1:]
    if not left:
        return
    oldest = left[0]
    due = calendar.add_business_days(oldest.last_day, CLOSE_BY_BUSINESS_DAY)
    more = f", and {counted(len(left) - 1, 'later month')}" if len(left) > 1 else ""
    said = "is due by" if due >= today else "was due on"
    yield Matter("missed" if due < today else "no_data", f"Close of {oldest.name} {said} {day(due)}{more}", "cfo",
                 "month-end-close", "Go on closing", (("month", str(oldest)),), due)  # fmt: skip


def _incidents_open(board: Board) -> Iterator[Matter]:
    now, zone = board.window.as_of, board.facts.company.tz
    for incident in board.facts.incidents:
        if incident.is_request or incident.detected_at > now:
            continue
        if incident.resolved_at is not None and incident.resolved_at <= now:
            continue
        allowed = dict(TIMERS[incident.severity]).get("resolve") if incident.severity else None
        due = incident.detected_at + timedelta(minutes=allowed) if allowed else None
        until = f", to be resolved by {instant(due, zone)}" if due else ""
        yield Matter("missed" if due is None or due < now else "floor",
                     f"{incident.severity or 'Incident without severity'}: {incident.title} is open{until}", "cto",
                     "incidents", "Run it", (("incident", incident.incident_id),), incident.detected_at.date(),
                     urgent=incident.severity == "CRITICAL")  # fmt: skip


def _incidents_after(board: Board) -> Iterator[Matter]:
    """What is left to do after an incident that was run here: all-clear, summary, post-mortem."""
    now, zone = board.window.as_of, board.facts.company.tz
    for incident, duty in board.facts.incident_duties:
        done = duty.done_at is not None and duty.done_at <= now
        if done or incident.resolved_at is None or incident.resolved_at > now:
            continue
        late = duty.due_at < now
        said = "was due" if late else "is due"
        yield Matter("missed" if late else "floor" if duty.due_at.astimezone(zone).date() <= board.window.day else "no_data",
                     f"{duty.title} after {incident.incident_id} ({incident.title}) {said} {instant(duty.due_at, zone)}",
                     duty.owner, "incidents", "Open the incident", (("incident", incident.incident_id),),
                     duty.due_at.astimezone(zone).date())  # fmt: skip


def _proposals_due(board: Board) -> Iterator[Matter]:
    calendar, now, today = board.facts.calendar, board.window.as_of, board.window.day
    for one in board.facts.proposals:
        if one.sent_at is not None or one.status not in {"draft", "in_review", "approved"}:
            continue
        due = proposal_due(one.requested_at, calendar, urgent=one.proposal_id in board.facts.urgent)
        if calendar.local_date(due) <= today:
            late = due < now
            yield Matter("missed" if late else "floor",
                         f"Proposal {one.proposal_id} {'was' if late else 'is'} due {instant(due, calendar.zone)}",
                         "sales_coordinator", "proposals", one.proposal_id, (("proposal", one.proposal_id),),
                         calendar.local_date(due))  # fmt: skip


def _commitments_due(board: Board, people: Mapping[str, Actor]) -> Iterator[Matter]:
    today = board.window.day
    for note in board.facts.notes:
        if note.kind == "priority" and note.state == "open" and note.due_on and note.due_on <= today:
            late = note.due_on < today
            owner = people.get(note.owner or "")
            by = f" ({owner.name if owner else note.owner})" if note.owner else ""
            yield Matter("missed" if late else "floor", f"{note.body}{by}, promised for {day(note.due_on)}",
                         owner.role if owner else "ceo", "weekly-review", "Priorities", (), note.due_on)  # fmt: skip


def _onboardings_due(board: Board) -> Iterator[Matter]:
    today, calendar = board.window.day, board.facts.calendar
    names = {c.customer_id: c.name for c in board.in_status("onboarding", "signed")}
    for one in board.facts.onboardings:
        if one.customer_id not in names:
            continue
        slip = slip_business_days(one, today, calendar) if one.kickoff_on <= today else 0
        plan = onboarding_dates(one, calendar).dates
        number_today = next((n for n, on in plan.items() if on == today), None)
        block = next((b for b in BLOCKS if number_today and b.first_day <= number_today <= b.last_day), None)
        link = ("customers", "Open the customer", (("customer", one.customer_id),))
        stopped = stopped_words(one)
        if stopped:
            yield Matter("missed", f"{names[one.customer_id]}: {stopped}", "csm", *link, today)
        if slip is None:
            yield Matter(
                "no_data", f"{names[one.customer_id]}: no onboarding progress recorded", "csm", *link, today
            )
        elif slip > 0:
            yield Matter(slip_mark(slip), f"{names[one.customer_id]} is {counted(slip, 'business day')} behind its plan",
                         "csm", *link, today)  # fmt: skip
        if block and number_today and not one.is_done(number_today):
            yield Matter(
                "no_data", f"{names[one.customer_id]}: Day {number_today}, {block.title}", "csm", *link, today
            )


def _bills_due(board: Board) -> Iterator[Matter]:
    today, currency = board.window.day, board.facts.company.currency
    due, apart = (
        sorted(
            (b.due_on, b.payee, b.amount)
            for b in bills
            if b.paid_on is None and b.due_on and b.due_on <= today
        )
        for bills in (board.facts.bills, board.facts.bills_apart)
    )
    if not due and not apart:
        return
    oldest, payee, _ = min(due + apart)
    total = sum((amount for _, _, amount in due), ZERO)
    said = [f"{counted(len(due), 'bill')} to pay, {money(total, currency)}"] if due else []
    said += [f"{counted(len(apart), 'bill')} to pay in another currency"] if apart else []
    yield Matter("missed" if oldest < today else "floor",
                 f"{' and '.join(said)}: the oldest is {payee}'s of {day(oldest)}",
                 "cfo", "month-end-close", "Bills", (), oldest)  # fmt: skip


def _deals_due(board: Board) -> Iterator[Matter]:
    today, currency = board.window.day, board.facts.company.currency
    due = [
        d
        for d in board.facts.deals
        if d.stage in OPEN_STAGES and d.expected_close_on and d.expected_close_on <= today
    ]
    if due:
        total = sum((d.amount or ZERO for d in due), ZERO)
        oldest = min(d.expected_close_on for d in due if d.expected_close_on)
        yield Matter("missed" if oldest < today else "floor",
                     f"{counted(len(due), 'deal')} worth {money(total, currency)} should have closed by now, "
                     f"the first on {day(oldest)}",
                     "vp_sales", "overview", "Deals", (("kpi", "pipeline_open"),), oldest)  # fmt: skip


def wrong(
    board: Board, measured: Mapping[str, Measured], role: str, *, failing: Iterable[Interval] = ()
) -> list[Matter]:
    """What does not fit together or misses its mark, the worst first and the role's own before others'.

    `failing` are the stretches in which probes failed.
    """
    found = [
        *_status_wrong(board),
        *_overdue(board),
        *_unexplained(board, failing),
        *_impacts_open(board),
        *_probes_stopped(board),
        *_statements_late(board),
        *_marks_missed(board, measured),
    ]
    return _sorted(found, role)


def _status_wrong(board: Board) -> Iterator[Matter]:
    today, currency = board.window.day, board.facts.company.currency
    for c in board.facts.customers:
        link = ("customers", "Open the customer", (("customer", c.customer_id),))
        mrr = board.paying.get(c.customer_id)
        if c.go_live_on and c.go_live_on <= today and c.status in {"signed", "onboarding"}:
            yield Matter("missed", f"{c.name} went live on {day(c.go_live_on)} and its status is still {c.status}",
                         "csm", *link, c.go_live_on)  # fmt: skip
        elif mrr and c.status != "live":
            yield Matter("missed", f"{c.name} counts {money(mrr, currency)} of MRR and its status is {c.status}",
                         "csm", *link)  # fmt: skip
        elif not mrr and c.status == "live":
            yield Matter("floor", f"{c.name} is live and has no running subscription", "cfo", *link)


def _overdue(board: Board) -> Iterator[Matter]:
    f, currency = board.facts, board.facts.company.currency
    chased = receivables.chase_list(f.invoices, f.payments, board.window.day)
    names = {c.customer_id: c.name for c in f.customers}
    if chased:
        total = sum((i.open_amount for i in chased), ZERO)
        worst = max(chased, key=lambda i: i.days_past_due)
        yield Matter("missed",
                     f"{counted(len(chased), 'invoice')} more than 30 days past due, {money(total, currency)}: the oldest is "
                     f"{names.get(worst.customer_id, worst.customer_id)}'s {worst.invoice_number}, {counted(worst.days_past_due, 'day')}",
                     "cfo", "overview", "Chase list", (("kpi", "ar_over_30"),), worst.due_on)  # fmt: skip


def _unexplained(board: Board, failing: Iterable[Interval]) -> Iterator[Matter]:
    f, now, zone = board.facts, board.window.as_of, board.facts.company.tz
    gaps = reliability.unexplained_downtime(failing, f.impacts, f.incidents, now=now)
    if gaps:
        lost = reliability.minutes(reliability.total(gaps))
        yield Matter("missed", f"Probes failed for {number(lost, 'minutes')} that no incident explains, "
                               f"the first at {instant(gaps[0][0], zone)}",
                     "cto", "uptime", "Make it an impact", (("month", f"{gaps[0][0].astimezone(zone):%Y-%m}"),),
                     gaps[0][0].date())  # fmt: skip


def _impacts_open(board: Board) -> Iterator[Matter]:
    """Impacts that run on although their incident is resolved: they count as downtime until they are ended."""
    now = board.window.as_of
    over = {
        i.incident_id: i for i in board.facts.incidents if i.resolved_at is not None and i.resolved_at <= now
    }
    running = {i.incident_id for i in board.facts.impacts if i.ended_at is None and i.began_at <= now}
    for incident_id in sorted(running & over.keys()):
        yield Matter("missed", f"An impact of {incident_id} ({over[incident_id].title}) runs on although it is resolved",
                     "cto", "incidents", "End the impact", (("incident", incident_id), ("view", "customers")),
                     over[incident_id].detected_at.date())  # fmt: skip


def _probes_stopped(board: Board) -> Iterator[Matter]:
    zone, now = board.facts.company.tz, board.window.as_of
    for one in board.facts.coverages:
        if now - one.last_at > max(SILENT_AFTER, one.longest_silence):
            yield Matter("missed", f"Probes of {one.service} stopped: none since {instant(one.last_at, zone)}",
                         "cto", "overview", "Probes", (("kpi", "latency_p95_ms"),), one.last_at.date())  # fmt: skip


def _statements_late(board: Board) -> Iterator[Matter]:
    """An account is late once the month before is over by ten days, or is named where its newest line is older."""
    today = board.window.day
    last_month = Month.of(today).plus(-1)
    called = account_names(board.facts.balances)
    for b in board.facts.balances:
        link = ("imports", "Upload the statement", (("account", b.account),))
        if b.basis == "books":
            yield Matter(
                "no_data",
                f"{called[b.account]}: no statement yet, its balance is from the books",
                "cfo",
                *link,
            )
        elif b.as_of < last_month.last_day - timedelta(days=LATE_STATEMENT_DAYS):
            yield Matter(
                "floor", f"{called[b.account]}: no statement since {day(b.as_of)}", "cfo", *link, b.as_of
            )


def _marks_missed(board: Board, measured: Mapping[str, Measured]) -> Iterator[Matter]:
    company, names = board.facts.company, {c.customer_id: c.name for c in board.facts.customers}
    for m in measured.values():
        if m.mark in {"missed", "floor"} and m.kpi.id not in SAID_ELSEWHERE:
            text = f"{_said(m, company)}, target {_target(m, company)}"
            yield Matter(m.mark, text, kpi_owner(m.kpi), "overview", "Why", (("kpi", m.kpi.id),))
        for customer, (value, state) in (m.by_customer or {}).items():
            if state == "missed" and m.kpi.id in {"accuracy_pct", "ltr_median"}:
                yield Matter("missed", f"{names.get(customer, customer)}: {m.kpi.label} {_value(m, value, company)}",
                             kpi_owner(m.kpi), "customers", "Open the customer", (("customer", customer),))  # fmt: skip


OWNERS = {
    "revenue": "cfo",
    "cash": "cfo",
    "unit economics": "cfo",
    "sales": "vp_sales",
    "customers": "csm",
    "reliability": "cto",
    "meeting": "ceo",
}
"""Which role answers for the numbers of an area, as the runbooks name their owners."""


def kpi_owner(kpi: Kpi) -> str:
    """The role that answers for a number; the Sales Coordinator for the proposal clock."""
    return "sales_coordinator" if kpi.id == "proposal_slo_pct" else OWNERS[kpi.area]


# --- Sentences


def verdict(measured: Iterable[Measured], company: Company) -> str:
    """One sentence on the numbers given: how many meet their targets, which do not, which are not known."""
    shown = list(measured)
    aimed = [m for m in shown if m.target is not None]
    if not aimed:
        return f"{listed([_said(m, company) for m in shown[:3]])}."
    by = {state: [m for m in aimed if m.mark == state] for state in ("met", "missed", "floor", "no_data")}
    if len(by["no_data"]) == len(aimed):
        return _nothing_known(aimed)
    parts = [
        f"{len(by['met']) or 'None'} of {counted(len(aimed), 'target')} {_is(min(len(by['met']) or 2, len(aimed)))} met"
    ]
    for state, said in (("missed", "missed"), ("floor", "at the floor")):
        if by[state]:
            parts.append(f"{listed([aimed_at(m, company) for m in by[state]])} {_is(len(by[state]))} {said}")
    if by["no_data"]:
        parts.append(f"no figure for {_unknown(by['no_data'])}")
    return "; ".join(parts) + "."


def _nothing_known(aimed: list[Measured]) -> str:
    """What is said where no target can be judged: nothing is met, and nothing is missed either."""
    count = f"{len(aimed)} targets" if len(aimed) > 1 else "target"
    return f"No data yet to judge the {count} by: no figure for {_unknown(aimed)}."


def _unknown(measured: list[Measured]) -> str:
    return listed([f"{_inside(m.kpi.label)} ({_first(m.reason)})" for m in measured])


def aimed_at(m: Measured, company: Company) -> str:
    """A number beside its target, such as `MRR $7,500 (target $10,417)`."""
    return f"{_inside(m.kpi.label)} {_value(m, m.value, company)} (target {_target(m, company)})"


def _said(m: Measured, company: Company) -> str:
    return f"{m.kpi.label} {_value(m, m.value, company)}"


def _first(reason: str | None) -> str:
    """The first clause of a reason; the rest stands beside the number."""
    return (reason or "no data").split(";")[0]


def _inside(label: str) -> str:
    """A label inside a sentence: a small letter in front, unless it begins with an abbreviation."""
    return label if label[1:2].isupper() or label[:3] == "API" else label[:1].lower() + label[1:]


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _target(m: Measured, company: Company) -> str:
    return aim(m.target, m.kpi.unit, company.currency)


def _value(m: Measured, value: Value | None, company: Company) -> str:
    return number(value, m.kpi.unit, company.currency, decimals=m.kpi.decimals)
