"""The messages of an onboarding, of an incident and of sales as templates: the program's words or the company's own, with typed variables.

A variable stands in braces, such as {customer}. A template may name only the variables that are defined for it, and a
message is only made where every one of them has a value; what is refused is named with the line that it stands in. A
document may name lists, such as {questions}, each alone on its line.
Source: requirements.md, table of templates, Runbooks 1 to 4; section 11 no. 11.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tai_ops.document_words import DOCUMENTS, MARKS, TEXT
from tai_ops.errors import Refused
from tai_ops.sales_words import (
    CALL_VARIABLES,
    CALL_WORDS,
    FOLLOW_UP_VARIABLES,
    FOLLOW_UPS,
    IF_THERE,
    PROPOSAL_MAILS,
    PROPOSAL_VARIABLES,
)
from tai_ops.words import day, listed

_ONBOARDING: Mapping[str, tuple[str, str]] = {
    "company": ("text", "our name"),
    "customer": ("text", "the customer's name"),
    "csm": ("text", "the CSM's name"),
    "customer_admin": ("text", "whom the warehouse asks at the customer"),
    "cutover_date": ("date", "the day of the cutover"),
    "cutover_time": ("clock", "when it begins, on the customer's clock"),
    "points_gained": ("points", "percentage points of accuracy gained"),
    "hours_saved": ("hours", "hours of counting saved"),
    "hours_unit": ("text", "what the saved hours are for: cycle count, or warehouse per quarter"),
    "check_in_date": ("date", "the day of the next check-in"),
    "review_date": ("date", "the day of the quarterly review"),
}
_DOCUMENT: Mapping[str, tuple[str, str]] = {
    **_ONBOARDING,
    "kickoff_date": ("date", "the day of the kickoff"),
    "gain": ("text", "what the headline says was gained"),
    "items_met": ("text", "how many of the eight items hold, such as 7 of 8"),
    "situation": ("list", "how it was before, as it was measured"),
    "results": ("list", "what was measured since"),
    "quotes": ("list", "what its people said, with who said it"),
    "sources": ("list", "the rows that the figures rest on"),
    "thirty_days": ("list", "the eight items of the 30-day list, each with its mark"),
    "questions": ("list", "the users' questions with their answers"),
    "milestones": ("list", "the dates of the plan and after it"),
    "baselines": ("list", "the five baselines of each warehouse"),
    "findings": ("list", "what the migration check found, types of errors, issues"),
    "goals": ("list", "what is to be reached"),
    "contacts": ("list", "the customer's key contacts"),
}
_INCIDENT: Mapping[str, tuple[str, str]] = {
    "company": ("text", "our name"),
    "customer": ("text", "the customer's name"),
    "csm": ("text", "the CSM's name"),
    "cto": ("text", "the CTO's name"),
    "issue": ("text", "what the incident is, as the customer may read it"),
    "eta": ("text", "when it is expected to be resolved: 30 min, 1 hour or TBD"),
    "duration": ("text", "how long the customer was affected"),
    "resolved_time": ("clock", "when it was resolved, on the customer's clock"),
    "summary_date": ("date", "the day by whose end the summary is due"),
    "cause": ("text", "the root cause in plain words"),
    "resolution": ("text", "what was done to fix it"),
    "prevention": ("text", "what will be done so that it does not come back"),
    "prevention_time": ("text", "when that will be in place"),
}
VARIABLES_OF: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "onboarding": _ONBOARDING,
    "document": _DOCUMENT,
    "incident": _INCIDENT,
    "call": CALL_VARIABLES,
    "follow_up": FOLLOW_UP_VARIABLES,
    "proposal": PROPOSAL_VARIABLES,
}
"""The variables that a message of each matter may name."""
VARIABLES: Mapping[str, tuple[str, str]] = {
    **CALL_VARIABLES,
    **FOLLOW_UP_VARIABLES,
    **PROPOSAL_VARIABLES,
    **_INCIDENT,
    **_DOCUMENT,
}
"""Each variable with its type and what it is."""
_NAME = re.compile(r"\{([^{}]*)\}")
_STRAY = re.compile(r"[{}]")
MOST_CHARACTERS = 8000


@dataclass(frozen=True, slots=True)
class Template:
    """A message's words; `subject` is empty where it is no e-mail. `used` says when it is sent, `matter` in what."""

    template_id: str
    name: str
    used: str
    subject: str
    body: str
    matter: str = "onboarding"

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it names, each once, in order."""
        return tuple(dict.fromkeys(_NAME.findall(f"{self.subject}\n{self.body}")))

    def place(self, piece: str) -> str:
        """Where a piece of it stands: in the subject, or in which line of its words."""
        if piece in self.subject:
            return "in the subject"
        return f"in line {next((n for n, line in enumerate(self.body.splitlines(), 1) if piece in line), 1)}"


@dataclass(frozen=True, slots=True)
class Message:
    """A template filled in."""

    subject: str
    body: str


DEFAULTS: Mapping[str, Template] = {
    one.template_id: one
    for one in (
        Template(
            "announcement", "Warehouse announcement", "Day 11", "A new inventory system from {cutover_date}",
            "Hello everybody,\n\nour new inventory system goes live on {cutover_date} at {cutover_time}.\n\n"
            "What is new: a dashboard, a mobile app, stock figures in real time.\n"
            "What stays: the way you work in the warehouse, and cycle counts.\n"
            "Where to get help: write to {csm} or {customer_admin} on Slack.\n\n{company}",
        ),
        Template("stand_by", "Cutover: stand by", "Day 12, 14:00", "", "Cutover starting now. Stand by, {customer}: please enter nothing until we say so. {csm}"),
        Template("youre_live", "Cutover: you're live", "Day 12, 15:00", "", "You're live, {customer}! All systems normal. {csm} answers here within five minutes until 17:00."),
        Template("good_to_go", "Cutover: the customer's go", "Day 12, 14:45", "", "{customer_admin}, once the data looks right, one receive is booked and one report made: please write \"We're good to go\" here."),
        Template(
            "wrap_up", "Cutover: wrap-up", "Day 12, 17:00", "Cutover of {customer}: how it went",
            "Hello,\n\n{customer} has been live since today. Any issues of the day and what was done about them are in our "
            "notes. We talk again on {check_in_date} at 10:00; until then we ask every hour whether all is well.\n\n{csm}",
        ),
        Template(
            "celebrate", "Celebration", "Day 16-20", "What {customer} gained",
            "Hello,\n\nYou're up {points_gained} in accuracy!\nYou're saving {hours_saved} per {hours_unit}!\n"
            "Your inventory is now real-time synchronized!\n\nThank you for the work together.\n\n{csm}, {company}",
        ),
        Template(
            "qbr_agenda", "Quarterly review: agenda", "Week 8", "Quarterly review on {review_date}",
            "Hello,\n\nfor our review on {review_date}:\n1. Performance metrics: accuracy, counting hours, uptime\n"
            "2. Expansion opportunities\n3. Roadmap\n\n{csm}, {company}",
        ),
        Template(
            "help", "How to get help", "Day 11 and after", "How to get help with the new system",
            "Hello everybody,\n\nwhenever something looks wrong or you are stuck: write to {csm} or {customer_admin} on Slack. "
            "Say what you scanned or typed, and what you expected. On the day of the cutover somebody answers within five "
            "minutes.\n\n{company}",
        ),
        *(Template(*one, "document") for one in DOCUMENTS),
        Template("investigating", "CTO acknowledges", "minute 0-5", "", "Investigating.\n{cto}, CTO", "incident"),
        Template(
            "aware", "CSM: we're aware", "minute 5-15", "",
            "We're aware of the issue. Our team is investigating.\nWhat exactly are you seeing?\n"
            "Expected resolution time: {eta}",
            "incident",
        ),
        Template(
            "back_to_normal", "CSM: back to normal", "minute 30-60", "",
            "System is back to normal. We'll send a summary email in 30 min.", "incident",
        ),
        Template(
            "all_clear", "All-clear", "30 minutes after it was resolved", "All clear: {issue}",
            "Hello,\n\n{issue} has been over since {resolved_time}; it lasted {duration} for {customer}. The systems have "
            "been stable since then. You get our full summary by the end of {summary_date}.\n\n{csm}, {company}",
            "incident",
        ),
        Template(
            "summary", "Incident summary", "next business day", "Incident summary: {issue}",
            "INCIDENT SUMMARY: {issue}\nDuration: {duration}\nRoot cause: {cause}\nResolution: {resolution}\n"
            "Prevention: {prevention}\nTimeline: {prevention_time}",
            "incident",
        ),
        *(Template(*one, "call") for one in CALL_WORDS),
        *(Template(*one, "follow_up") for one in FOLLOW_UPS),
        *(Template(*one, "proposal") for one in PROPOSAL_MAILS),
    )
}  # fmt: skip


def own_template(template_id: str, subject: str, body: str) -> Template:
    """The company's own words for a message; Refused names what is not defined in them."""
    known = DEFAULTS.get(template_id)
    if known is None:
        raise Refused(f"there is no template {template_id!r}")
    made = replace(known, subject=subject.strip(), body=body.strip())
    if not made.body:
        raise Refused(
            "a message without words can't be sent; empty the form to go back to the program's words"
        )
    if len(made.body) > MOST_CHARACTERS or len(made.subject) > 200:
        raise Refused(f"a message has at most {MOST_CHARACTERS:,} characters, its subject 200")
    if "\n" in made.subject:
        raise Refused("a subject is one line")
    named = VARIABLES_OF[known.matter]
    strange = [name for name in made.variables if name not in named]
    if strange:
        raise Refused(
            f"{{{strange[0]}}} is not defined ({made.place(f'{{{strange[0]}}}')}); "
            f"a message may name {listed([f'{{{n}}}' for n in named])}"
        )
    for line in (made.subject, *made.body.splitlines()):
        if _STRAY.search(_NAME.sub("", line)):
            raise Refused(f"a brace stands alone ({made.place(line)}); a variable is written {{customer}}")
        _refuse_inline_list(made, line)
    if made.matter == "document" and not made.subject:
        raise Refused("a document needs its title (the subject)")
    return made


def _refuse_inline_list(made: Template, line: str) -> None:
    text = line[len(mark_of(line)) :].strip()
    for name in _NAME.findall(line):
        if VARIABLES[name][0] == "list" and (line == made.subject or list_of(text) != name):
            raise Refused(f"{{{name}}} is a list ({made.place(line)}); it stands alone on its line")


def mark_of(line: str) -> str:
    """What a line of a document begins with: the mark of a heading, an item, a quote; nothing of a text."""
    return next((mark for mark in MARKS if line.startswith(mark)), TEXT)


def list_of(text: str) -> str | None:
    """The list that a line is made of; None where it is no list."""
    found = _NAME.fullmatch(text)
    return found[1] if found and VARIABLES[found[1]][0] == "list" else None


def without_unknown(template: Template, known: Mapping[str, object]) -> Template:
    """The template without the lines that name a variable which may be unknown for good and is."""
    gone = [f"{{{name}}}" for name in IF_THERE if not known.get(name)]
    kept = [line for line in template.body.splitlines() if not any(name in line for name in gone)]
    return replace(template, body="\n".join(kept))


def fill(template: Template, values: Mapping[str, object]) -> Message:
    """The message of a template; Refused names every variable that has no value, and one of another type."""
    refuse_missing(template, [name for name in template.variables if values.get(name) in {None, ""}])
    known = {name: shown(name, values[name]) for name in template.variables}
    return Message(filled(template.subject, known), filled(template.body, known))


def refuse_missing(template: Template, missing: Sequence[str]) -> None:
    """Nothing where nothing is missing; Refused names each with what it is and where it stands."""
    if missing:
        told = [f"{{{name}}} ({VARIABLES[name][1]}; {template.place(f'{{{name}}}')})" for name in missing]
        raise Refused(f"{template.name}: not known yet: {listed(told)}")


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with its variables' values."""
    return _NAME.sub(lambda found: known[found.group(1)], text)


def shown(name: str, value: object) -> str:
    """A variable's value in words; Refused where it is of another type."""
    kind = VARIABLES[name][0]
    match kind, value:
        case "date", date() if not isinstance(value, datetime):
            return day(value)
        case "clock", datetime():
            return f"{value:%H:%M} {value.tzname() or ''}".strip()
        case "points", Decimal():
            plain = _plain(value)
            return f"{plain} percentage point{'' if plain == '1' else 's'}"
        case "hours", Decimal():
            plain = _plain(value)
            return f"{plain} hour{'' if plain == '1' else 's'}"
        case "text", str():
            return value
        case _:
            raise Refused(f"{{{name}}} is a {kind}, not {value!r}")


def _plain(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded}"
