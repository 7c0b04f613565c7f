"""BANT: what a 20-minute discovery call says about budget, authority, need and timeline, and what follows from it.

Two stages (requirements.md B1). The gates in the order budget, authority, need, timeline: an explicit NO ends in
PASS, a timeline beyond six months in WAIT. Only where no gate closed does the count decide: four YES PURSUE, two
or three WARM, fewer PASS. A red flag lowers its own block's YES to UNSURE and decides nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tai_ops.json_object import (
    Flag,
    Instant,
    JsonObject,
    Money,
    Name,
    Number,
    Percent,
    Text,
    Whole,
    YesNo,
    known,
    number,
    object_from_json,
    wrong,
)
from tai_ops.message_templates import DEFAULTS, Template, fill
from tai_ops.period import BusinessCalendar, add_months
from tai_ops.pipeline import proposal_due
from tai_ops.sales_words import SIMILAR_CUSTOMER
from tai_ops.words import day

SMALLEST_ACV = Decimal(10000)
SIGN_OFFS_NO_OBSTACLE = 3
SIGN_OFFS_RED_FLAG = 5
ACCURACY_WANTED_PCT = Decimal(97)
PAIN_THAT_COUNTS = Decimal(6)
INSIDE_BAND = {
    "<10K": Decimal(5000),
    "10-50K": Decimal(30000),
    "50-100K": Decimal(75000),
    "100K+": Decimal(100000),
}
"""What stands for a range of the budget in which no amount was said: its middle, and the least of the open one."""
HOT_DAYS, WARM_DAYS, LATER_DAYS = 28, 62, 183
EMAIL_WITHIN = timedelta(minutes=20)
INSUFFICIENT_EVIDENCE_NURTURE = timedelta(days=30)
NURTURE_MONTHS = 6

State = Literal["YES", "NO", "UNSURE", "WAIT"]
Block = Literal["budget", "authority", "need", "timeline"]
Outcome = Literal["PURSUE", "WARM", "WAIT", "PASS"]
Priority = Literal["hot", "warm", "later"]
Quarter = Literal["Q1", "Q2", "Q3", "Q4"]
Horizon = Literal["hot", "warm", "later", "wait", "none", "unknown"]
BLOCKS: tuple[Block, ...] = ("budget", "authority", "need", "timeline")

_HORIZON: dict[str, Horizon] = {
    "2-4 weeks": "hot",
    "1-2 months": "warm",
    "3-6 months": "later",
    ">6 months": "wait",
    "none": "none",
    "tbd": "unknown",
    "3+ months": "unknown",
}
_STATE_OF: dict[Horizon, State] = {
    "hot": "YES",
    "warm": "YES",
    "later": "UNSURE",
    "wait": "WAIT",
    "none": "NO",
    "unknown": "UNSURE",
}
_PRIORITY_OF: dict[Horizon, Priority] = {"hot": "hot", "warm": "warm", "later": "later"}
_QUARTER_MONTH: dict[Quarter, int] = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}


def _week(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong("must be a week's number or text")
    return value


Week = Annotated[int | str, BeforeValidator(_week)]
Pain = Annotated[Decimal, number(1, 10)]


class Budget(JsonObject):
    """B: is there money this year? `acv` is money a year, `band` its range where they name no amount."""

    answer: YesNo | None = None
    next_year: Flag | None = None
    band: Literal["<10K", "10-50K", "50-100K", "100K+"] | None = None
    acv: Money | None = None
    approval: Literal["yes", "no", "in_process"] | None = None
    approver: Text | None = None
    procurement_weeks: Number | None = None

    @property
    def about(self) -> Decimal | None:
        """Money a year: the amount said, else one inside the range said; None where neither was."""
        return self.acv if self.acv is not None else INSIDE_BAND.get(self.band or "")


class Authority(JsonObject):
    """A: can this person decide? `sign_offs` are the others who must agree; None is not known, not nobody."""

    empowered: YesNo | None = None
    controls_budget: YesNo | None = None
    controls_implementation: YesNo | None = None
    sign_offs: tuple[Name, ...] | None = None
    puts_off: Flag | None = None
    title: Text | None = None


class Need(JsonObject):
    """N: do they have the problem? `count_hours` are hours per warehouse and quarter."""

    current_system: Text | None = None
    accuracy_pct: Percent | None = None
    count_hours: Number | None = None
    errors_per_month: Number | None = None
    error_cost_per_month: Money | None = None
    pain: Pain | None = None
    urgency: Quarter | None = None
    happy: Flag | None = None
    no_timeline: Flag | None = None
    too_small: Flag | None = None


class Timeline(JsonObject):
    """T: when do they want to buy? `days` to the decision, where known, decides over the chosen words."""

    decision: (
        Literal["2-4 weeks", "1-2 months", "3-6 months", ">6 months", "tbd", "3+ months", "none"] | None
    ) = None
    days: Whole | None = None
    start_week: Week | None = None
    go_live_week: Week | None = None
    exploring: Flag | None = None
    next_year: Flag | None = None


class Answers(JsonObject):
    """What a discovery call answered. What is None was not asked or is not known; it is never a no or a 0."""

    call_ended_at: Instant
    company: Text | None = None
    contact: Text | None = None
    budget: Annotated[Budget, known(Budget)] = Field(default_factory=Budget)
    authority: Annotated[Authority, known(Authority)] = Field(default_factory=Authority)
    need: Annotated[Need, known(Need)] = Field(default_factory=Need)
    timeline: Annotated[Timeline, known(Timeline)] = Field(default_factory=Timeline)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do after the call; `owner` is a role, `due_at` has the offset of `call_ended_at`."""

    kind: str
    owner: str
    due_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the answers come to: the closed gate, the count, the decision, and what to do and say."""

    gate: Block | None
    yes_count: int
    count_decision: Outcome
    decision: Outcome
    priority: Priority | None
    tasks: tuple[Task, ...]
    red_flags: tuple[str, ...]
    message: str
    follow_up_on: date | None
    reasons: tuple[str, ...]
    blocks: Mapping[Block, State]

    def as_json(self) -> dict[str, Any]:
        """The decision as `bant decide` prints it."""
        return {
            "gate": self.gate,
            "yes_count": self.yes_count,
            "count_decision": self.count_decision,
            "decision": self.decision,
            "priority": self.priority,
            "tasks": [
                {"kind": t.kind, "owner": t.owner, "due_at": t.due_at.isoformat(), "text": t.text}
                for t in self.tasks
            ],
            "red_flags": list(self.red_flags),
            "message": self.message,
            "follow_up_on": self.follow_up_on.isoformat() if self.follow_up_on else None,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class _Block:
    name: Block
    state: State
    why: str
    flags: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.name.capitalize()} is {self.state}: {self.why}."


def answers_from_json(data: Any) -> Answers:
    """The answers in a JSON text or in decoded JSON; Refused in one line that names the dotted path otherwise."""
    return object_from_json(Answers, data)


def decide(
    answers: Answers,
    *,
    fiscal_start: tuple[int, int] = (1, 1),
    calendar: BusinessCalendar,
    wording: Mapping[str, Template] = DEFAULTS,
) -> Decision:
    """The decision on a prospect, with its tasks, message and reasons.

    `fiscal_start` is the month and day on which the company's fiscal year begins, `wording` the words for what is said.
    Source: Runbook 2, Qualification Decision Tree; requirements.md B1-B16. What it leaves out: an override, and
    the company's plan weeks, which are notes.
    """
    budget, authority, need = _budget(answers.budget), _authority(answers.authority), _need(answers.need)
    timeline = _timeline(answers.timeline)
    blocks = (budget, authority, need, timeline)
    closed = next((block for block in blocks if block.state in {"NO", "WAIT"}), None)
    yes_count = sum(block.state == "YES" for block in blocks)
    count_decision: Outcome = _by_count(yes_count)
    decision: Outcome = count_decision
    if closed:
        decision = "WAIT" if closed.state == "WAIT" else "PASS"
    gate = closed.name if closed else None
    follow_up_on = _follow_up_on(answers, gate, decision, fiscal_start, calendar)
    states: dict[Block, State] = {block.name: block.state for block in blocks}
    return Decision(
        gate=gate,
        yes_count=yes_count,
        count_decision=count_decision,
        decision=decision,
        priority=_PRIORITY_OF.get(_horizon(answers.timeline)),
        tasks=_tasks(
            answers, states, gate=gate, decision=decision, follow_up_on=follow_up_on, calendar=calendar
        ),
        red_flags=tuple(flag for block in blocks for flag in block.flags),
        message=_message(answers, gate, decision, wording),
        follow_up_on=follow_up_on,
        reasons=(
            *(block.sentence for block in blocks),
            *_verdict(closed, yes_count, count_decision, decision),
        ),
        blocks=states,
    )


def decided_otherwise(
    made: Decision,
    outcome: Outcome,
    answers: Answers,
    *,
    fiscal_start: tuple[int, int] = (1, 1),
    calendar: BusinessCalendar,
    wording: Mapping[str, Template] = DEFAULTS,
) -> Decision:
    """What follows where a person decides against the computed decision: its tasks, message and day are those of theirs.

    Gate, count, flags and reasons stay as computed (B1).
    """
    gate = made.gate if outcome == "PASS" and made.decision == "PASS" else None
    on = _follow_up_on(answers, gate, outcome, fiscal_start, calendar)
    tasks = _tasks(answers, made.blocks, gate=gate, decision=outcome, follow_up_on=on, calendar=calendar)
    said = _message(answers, gate, outcome, wording)
    return replace(made, decision=outcome, tasks=tasks, message=said, follow_up_on=on)


def _by_count(yes_count: int) -> Outcome:
    if yes_count == 4:
        return "PURSUE"
    return "WARM" if yes_count >= 2 else "PASS"


def _budget(budget: Budget) -> _Block:
    small = budget.band == "<10K" if budget.acv is None else budget.acv < SMALLEST_ACV
    flags = _raised(
        no_budget=budget.answer == "no",
        budget_next_year=budget.next_year,
        budget_unknown=budget.answer == "unsure",
        budget_too_small=small,
    )
    if budget.next_year:
        return _Block("budget", "NO", "approved for next year, not for this one", flags)
    if budget.answer == "no":
        return _Block("budget", "NO", "none is allocated this year", flags)
    if budget.answer != "yes":
        return _Block("budget", "UNSURE", "whether it is allocated this year is not known", flags)
    if small:
        return _Block("budget", "UNSURE", f"allocated, but below {SMALLEST_ACV} a year", flags)
    if budget.approval == "no":
        return _Block("budget", "UNSURE", "allocated, but not approved", flags)
    return _Block("budget", "YES", "allocated this year", flags)


def _authority(authority: Authority) -> _Block:
    others = None if authority.sign_offs is None else len(authority.sign_offs)
    flags = _raised(
        many_sign_offs=others is not None and others >= SIGN_OFFS_RED_FLAG, puts_off=authority.puts_off
    )
    controls = authority.controls_budget
    if authority.empowered == "yes":
        return _lowered(_Block("authority", "YES", "empowered to say yes", flags))
    if authority.empowered == "no":
        if controls == "no":
            return _Block("authority", "NO", "neither empowered nor in control of the budget", flags)
        return _Block("authority", "UNSURE", "not empowered to say yes alone", flags)
    if controls != "yes":
        return _Block("authority", "UNSURE", "who may say yes is not known", flags)
    if others is None:
        return _Block("authority", "UNSURE", "controls the budget, but who else signs is not known", flags)
    if others > SIGN_OFFS_NO_OBSTACLE:
        return _Block("authority", "UNSURE", f"controls the budget, but {others} others must sign", flags)
    return _lowered(_Block("authority", "YES", "controls the budget and few others must sign", flags))


def _need(need: Need) -> _Block:
    flags = _raised(happy=need.happy, need_no_timeline=need.no_timeline, problem_too_small=need.too_small)
    accuracy, cost = need.accuracy_pct, need.error_cost_per_month
    if need.happy:
        return _Block("need", "NO", "happy with the current system", flags)
    if accuracy is not None and accuracy < ACCURACY_WANTED_PCT:
        why = f"accuracy of {accuracy:g} % is below {ACCURACY_WANTED_PCT} %"
        return _lowered(_Block("need", "YES", why, flags))
    if cost and need.pain is not None and need.pain >= PAIN_THAT_COUNTS:
        why = f"errors cost {cost} a month, with a pain of {need.pain:g} of 10"
        return _lowered(_Block("need", "YES", why, flags))
    if accuracy is not None and cost == 0:
        return _Block("need", "NO", f"accuracy of {accuracy:g} % and no cost of errors", flags)
    return _Block("need", "UNSURE", "the pain is not shown in figures", flags)


def _timeline(timeline: Timeline) -> _Block:
    horizon = _horizon(timeline)
    state = _STATE_OF[horizon]
    flags = _raised(
        timeline_next_year=timeline.next_year, exploring=timeline.exploring, no_timeline=state == "NO"
    )
    if timeline.days is not None:
        return _lowered(
            _Block(
                "timeline",
                state,
                f"a decision in {timeline.days} {'day' if timeline.days == 1 else 'days'}",
                flags,
            )
        )
    if timeline.decision is None or timeline.decision == "tbd":
        return _Block("timeline", "UNSURE", "when they decide is not known", flags)
    if timeline.decision == "3+ months":
        return _Block("timeline", "UNSURE", "3+ months; ask whether within six", flags)
    words = "no timeline" if state == "NO" else f"a decision in {timeline.decision}"
    return _lowered(_Block("timeline", state, words, flags))


def _horizon(timeline: Timeline) -> Horizon:
    days = timeline.days
    if days is None:
        return _HORIZON[timeline.decision or "tbd"]
    if days <= HOT_DAYS:
        return "hot"
    if days <= WARM_DAYS:
        return "warm"
    return "later" if days <= LATER_DAYS else "wait"


def _raised(**flags: bool | None) -> tuple[str, ...]:
    return tuple(code for code, raised in flags.items() if raised)


def _lowered(block: _Block) -> _Block:
    if block.state != "YES" or not block.flags:
        return block
    why = f"{block.why}, but a red flag stands against it ({', '.join(block.flags)})"
    return _Block(block.name, "UNSURE", why, block.flags)


def _verdict(closed: _Block | None, yes_count: int, by_count: Outcome, decision: Outcome) -> tuple[str, ...]:
    if closed:
        gate = f"The {closed.name} gate closed: {decision}."
        if by_count == decision:
            return (gate,)
        return (gate, f"The count alone ({yes_count} YES) would say {by_count}; the closed gate decides.")
    if decision == "PASS":
        return (f"PASS - insufficient evidence: {yes_count} YES of 4, and nothing said no.",)
    return (f"{yes_count} YES of 4: {decision}.",)


def _follow_up_on(
    answers: Answers,
    gate: Block | None,
    decision: Outcome,
    fiscal_start: tuple[int, int],
    calendar: BusinessCalendar,
) -> date | None:
    today = answers.call_ended_at.date()
    if decision == "WAIT":
        return _next_occurrence(today, _QUARTER_MONTH[answers.need.urgency or "Q3"], 1)
    if decision != "PASS":
        return calendar.next_business_day(today + timedelta(days=6))
    if gate is None:
        return today + INSUFFICIENT_EVIDENCE_NURTURE
    if gate == "budget" and answers.budget.next_year:
        return _next_occurrence(today, *fiscal_start)
    return add_months(today, NURTURE_MONTHS)


def _next_occurrence(today: date, month: int, day: int) -> date:
    this_year = date(today.year, month, day)
    return this_year if this_year > today else date(today.year + 1, month, day)


_AT_GATE: dict[Block, tuple[str, str]] = {
    "budget": ("call_no_budget", "when budget is allocated"),
    "authority": ("call_refer", "when the decision maker can join"),
    "need": ("call_not_qualified", "when that changes"),
    "timeline": ("call_not_qualified", "when you have a timeline"),
}
"""Which words close the call at a gate, and when to talk again."""


def _message(answers: Answers, gate: Block | None, decision: Outcome, wording: Mapping[str, Template]) -> str:
    words, when = "call_qualified", "next week"
    if decision == "WAIT":
        words, when = "call_not_qualified", f"in {answers.need.urgency or 'Q3'}"
    elif decision == "PASS":
        words, when = _AT_GATE[gate] if gate else ("call_not_qualified", "when you know more")
    known = {
        "prospect": (answers.company or "").strip() or "your company",
        "similar_customer": SIMILAR_CUSTOMER,
        "when": when,
    }
    return fill(wording[words], known).body


def _tasks(
    answers: Answers,
    states: Mapping[Block, State],
    *,
    gate: Block | None,
    decision: Outcome,
    follow_up_on: date | None,
    calendar: BusinessCalendar,
) -> tuple[Task, ...]:
    ended = answers.call_ended_at
    who = (answers.company or "").strip() or "the prospect"
    soon = proposal_due(ended, calendar).astimezone(ended.tzinfo)
    later = _same_clock(ended, follow_up_on, calendar) if follow_up_on else soon
    open_due = later if gate else soon
    tasks = [Task("follow_up_email", "vp_sales", ended + EMAIL_WITHIN, f"Send {who} the follow-up e-mail")]
    if decision == "PURSUE":
        text = f"Prepare and send the proposal for {who}, requested at the end of the call"
        tasks.append(Task("proposal_request", "sales_coordinator", soon, text))
    if decision in {"PURSUE", "WARM"} and follow_up_on:
        what = "demo" if decision == "PURSUE" else "deeper discovery"
        text = f"Schedule the next meeting with {who} ({what}), proposed for {day(follow_up_on)}"
        tasks.append(Task("meeting", "vp_sales", soon, text))
    for block, kind, text in _OPEN_QUESTIONS:
        if states[block] == "UNSURE":
            tasks.append(Task(kind, "vp_sales", open_due, text.format(who=who)))
    if states["authority"] == "NO":
        tasks.append(Task("refer", "vp_sales", soon, f"Ask {who} to refer us to the decision maker"))
    if decision in {"WAIT", "PASS"}:
        tasks.append(Task("nurture", "vp_sales", later, f"Reconnect with {who}"))
    return tuple(tasks)


def _same_clock(ended: datetime, on: date, calendar: BusinessCalendar) -> datetime:
    """The call's wall-clock time on another day: the company's clock where the call was on it, over a clock change too."""
    local = ended.astimezone(calendar.zone)
    if local.utcoffset() != ended.utcoffset():
        return datetime.combine(on, ended.timetz())
    return datetime.combine(on, local.timetz()).astimezone(UTC).astimezone(ended.tzinfo)


_OPEN_QUESTIONS: tuple[tuple[Block, str, str], ...] = (
    ("budget", "ask", "Confirm in the follow-up with {who} that the budget is allocated"),
    ("authority", "investigate", "Request an intro to the actual buyer at {who}"),
    ("need", "discover", "Schedule a deeper demo call with {who} to put the pain in figures"),
    ("timeline", "clarify_timeline", "Ask {who} when they decide"),
)
