"""The discovery call: five timed blocks in the order of the talk, what to ask in each, and which answers belong there.

Source: Runbook 2, Sales Qualification Call Script; requirements.md R2.27, B11. The talk goes need, authority and budget,
timeline; the decision is made in the order of BANT (`bant`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tai_ops.typed_amounts import Mark, plain_number

Kind = Literal["text", "number", "money", "flag", "choice", "pain", "names"]
YES_NO = ("yes", "no", "unsure")


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it stands in the answers (`need.pain`), what it is called, of which kind it is."""

    path: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the call with its minutes, its prompts and its answers."""

    name: str
    minutes: int
    prompts: tuple[str, ...]
    fields: tuple[Field, ...] = ()


SCRIPT: tuple[Part, ...] = (
    Part(
        "Opening",
        2,
        (
            "“Thanks for taking the time. My goal is just to see if {us} is a fit for {company}.”",
            "“I'm going to ask some quick questions—if at any point you feel like we're not aligned, just tell me and we'll wrap up.”",
            "“Sound good?”",
        ),
    ),
    Part(
        "Need",
        5,
        (
            "“Walk me through how you currently manage inventory. What does a typical cycle count look like?”",
            "LISTEN for pain: accuracy issues, time, manual effort",
            "“On a scale of 1-10, how painful is [issue] for your team?”",
            "“What's the impact?” Probe for ROI",
        ),
        (
            Field("need.current_system", "Current system", "text", hint="such as spreadsheets"),
            Field("need.accuracy_pct", "Inventory accuracy, %", "number", hint="such as 80"),
            Field(
                "need.count_hours", "Cycle count, hours a quarter and warehouse", "number", hint="such as 40"
            ),
            Field("need.errors_per_month", "Errors a month", "number", hint="such as 120"),
            Field("need.error_cost_per_month", "Cost of errors a month", "money", hint="such as 2000.00"),
            Field("need.pain", "Pain, 1 to 10", "pain"),
            Field("need.urgency", "Needs it solved by", "choice", ("Q1", "Q2", "Q3", "Q4")),
            Field("need.happy", "Happy with what they have", "flag"),
            Field("need.no_timeline", "No time by which it must be solved", "flag"),
            Field("need.too_small", "The problem is too small", "flag"),
        ),
    ),
    Part(
        "Authority and budget",
        5,
        (
            "“If this solution could solve [pain], what would that be worth to you?”",
            "“Who else in your organization would need to approve a decision like this?”",
            "“Has your team budgeted anything for this type of solution this year?”",
        ),
        (
            Field("authority.title", "Their title", "text", hint="such as VP Supply Chain"),
            Field("authority.empowered", "May say yes", "choice", YES_NO),
            Field("authority.controls_budget", "Controls the budget", "choice", YES_NO),
            Field("authority.controls_implementation", "Controls the implementation", "choice", YES_NO),
            Field(
                "authority.sign_offs",
                "Who else signs, by commas; a dash for nobody",
                "names",
                hint="such as CFO, IT lead",
            ),
            Field("authority.puts_off", "Keeps saying “I'll get back to you”", "flag"),
            Field("budget.answer", "Budget this year", "choice", YES_NO),
            Field("budget.band", "Budget range a year", "choice", ("<10K", "10-50K", "50-100K", "100K+")),
            Field("budget.acv", "Budget a year", "money", hint="such as 45000.00"),
            Field("budget.approval", "Budget approved", "choice", ("yes", "no", "in_process")),
            Field("budget.approver", "Who approves spending", "text", hint="such as CFO"),
            Field(
                "budget.procurement_weeks",
                "Procurement, weeks (4 to 8 are usual)",
                "number",
                hint="such as 6",
            ),
            Field("budget.next_year", "Approved for next year only", "flag"),
        ),
    ),
    Part(
        "Timeline and next steps",
        5,
        (
            "“When are you hoping to have this solved by?”",
            "“What does the next step look like for you?”",
            "“If I sent over some information, when could we talk again?”",
        ),
        (
            Field(
                "timeline.decision",
                "They decide in",
                "choice",
                ("2-4 weeks", "1-2 months", "3-6 months", ">6 months", "tbd", "none"),
            ),
            Field("timeline.days", "Days to the decision, where they know", "number", hint="such as 20"),
            Field(
                "timeline.start_week", "Implementation starts in week", "text", hint="week 10 or 11 is ideal"
            ),
            Field("timeline.go_live_week", "Go-live in week", "text", hint="week 11 or 12 is ideal"),
            Field("timeline.exploring", "Only looking around", "flag"),
            Field("timeline.next_year", "Some time next year", "flag"),
        ),
    ),
    Part("Wrap-up", 3, ("Say what follows; the words stand with the decision.",)),
)
FIELDS: Mapping[str, Field] = {field.path: field for part in SCRIPT for field in part.fields}
CALL_MINUTES = sum(part.minutes for part in SCRIPT)


def part_at(seconds: int) -> tuple[Part, int]:
    """The block that the call should be in after so many seconds, and how many seconds of it are left; below 0 once it is over."""
    left = seconds
    for part in SCRIPT:
        if left < part.minutes * 60:
            return part, part.minutes * 60 - left
        left -= part.minutes * 60
    return SCRIPT[-1], -left


def answers_json(
    typed: Mapping[str, Any], ended_at: datetime, company: str, contact: str | None, mark: Mark = "."
) -> dict[str, Any]:
    """What was typed in the form of a file of answers; what was left empty is left out, for it is not known.

    `mark` is the decimal mark of whoever types.
    """
    found: dict[str, Any] = {"call_ended_at": ended_at.isoformat(), "company": company}
    if contact:
        found["contact"] = contact
    for path, field in FIELDS.items():
        value = typed_value(field, typed.get(path), mark)
        if value is not None:
            block, _, name = path.partition(".")
            found.setdefault(block, {})[name] = value
    return found


def typed_value(field: Field, value: Any, mark: Mark = ".") -> Any:
    """What was typed as JSON holds it; None where nothing was. `mark` is the decimal mark of whoever types."""
    if value is None or value is False or value == "":
        return None
    text = str(value).strip()
    match field.kind:
        case "flag":
            return True
        case "number" | "pain":
            return _number(_plain(text, mark))
        case "money":
            return _plain(text, mark) or None
        case "names":
            names = [name.strip() for name in text.split(",") if name.strip()]
            return [] if names in ([], ["-"], ["–"]) else names
        case _:
            return text or None


def _plain(text: str, mark: Mark) -> str:
    """The number without thousands marks or signs; a text that is none stays as it is, and is refused where it is read."""
    try:
        return plain_number(text, mark)
    except ValueError:
        return text


def _number(text: str) -> Any:
    """The number; a text that is none goes on as it is, and is refused by its name where the answers are read."""
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def typed_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of an earlier call as the form holds them, so that nobody types them again."""
    found: dict[str, Any] = {}
    for path, field in FIELDS.items():
        block, _, name = path.partition(".")
        value = (answers.get(block) or {}).get(name)
        if value is None:
            continue
        if field.kind == "names":
            found[path] = ", ".join(value) or "-"
        elif field.kind == "flag":
            found[path] = bool(value)
        elif field.kind == "pain":
            found[path] = int(value)
        else:
            found[path] = str(value)
    return found


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """What a call said otherwise than the one before: label, before, after; a dash where nothing was said."""
    old, new = typed_of(before), typed_of(after)
    return tuple(
        (field.label, _said(old.get(path)), _said(new.get(path)))
        for path, field in FIELDS.items()
        if old.get(path) != new.get(path)
    )


def _said(value: Any) -> str:
    return "–" if value is None else "yes" if value is True else str(value)
