"""The run sheet of a cutover: what is done at which minute from 14:00 to 17:00, by whom, and what shifts when one runs over.

The old system is made read-only, then the final migration runs and is verified, then TAI is opened (O14, O15). Until
15:00 one may roll back; the go that closes the old system needs fidelity, the smoke test and a name (O13); after it one
only fixes forward. Source: Runbook 1, Day 12; R1.44 to R1.49; requirements.md O7, O13 to O16.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from tai_ops.errors import Refused

STARTS = time(14, 0)
CHECK_IN_HOURS = 24
ANSWER_MINUTES = 5
REVIEW_AT = time(16, 0)
DECISION = "declared_live"

ItemState = Literal["ahead", "running", "done", "skipped"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the run sheet: when it is planned in minutes after 14:00, how long it takes, whose it is.

    `step_key` is the step of the checklist that it ticks; `message` the template that is sent then; `parts` must all be
    ticked where there are any. `follows` is false for what runs beside the others, `asks` what is written down with it.
    """

    key: str
    starts_minute: int
    minutes: int
    title: str
    owner: str
    step_key: str | None = None
    message: str | None = None
    parts: tuple[tuple[str, str], ...] = ()
    follows: bool = True
    asks: str | None = None


SMOKE_PARTS = (
    ("login", "Inventory manager logs in, the data looks right"),
    ("receive", "Operator completes one receive transaction"),
    ("report", "A report is generated"),
    ("confirmed", 'Customer confirms on Slack: "We\'re good to go"'),
)
RUN_SHEET: tuple[Item, ...] = (
    Item("cutover_message", 0, 2, "Final message to the customer's team", "csm", "cutover_message", "stand_by"),
    Item("old_read_only", 2, 3, "Data sync stopped, old system read-only", "cto", "old_read_only"),
    Item("migration", 5, 15, "Final migration: old system to TAI production", "cto", "migration"),
    Item("nothing_missing", 20, 10, "Verified: all items there, no missing records", "csm cto", "nothing_missing"),
    Item("live", 30, 15, "System live: dashboard, logins, mobile app; CSM on Slack, CTO on logs", "csm cto", "live"),
    Item("smoke_test", 45, 15, "Smoke test by the customer", "customer", "smoke_test", "good_to_go", SMOKE_PARTS),
    Item(DECISION, 60, 5, "Go or no-go; then announced", "csm", "declared_live", "youre_live"),
    Item("hyper_support", 60, 120, "Support: CSM answers within 5 minutes, CTO on standby", "csm cto", "hyper_support", None, (), False, "Issues, and what was done about them"),
    Item("old_closed", 65, 5, "Customer closes the old system: no way back", "customer", "old_closed"),
    Item("accuracy_97", 75, 15, "Spot check of the pilot's items: still 97 % or better?", "csm", "accuracy_97", asks="How many items, how many right"),
    Item("wrap_up", 180, 10, "Wrap-up call: how did it go, any issues?", "csm customer", "wrap_up", "wrap_up", asks="How did it go, any issues?"),
    Item("cutover_documented", 190, 10, "Written down; check-in planned for Monday 10:00", "csm", "cutover_documented", asks="Success, issues found, resolutions"),
)  # fmt: skip
BY_KEY: Mapping[str, Item] = {one.key: one for one in RUN_SHEET}


@dataclass(frozen=True, slots=True)
class CutoverEvent:
    """Something that happened on the day: an item began or was done, a part was ticked, a decision, a check-in."""

    item: str
    event: str
    happened_at: datetime
    note: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its times: as planned, and as they come now; its state, its parts that are ticked, what was noted."""

    item: Item
    planned_at: datetime
    begins_at: datetime
    ends_at: datetime
    state: ItemState
    ticked: tuple[str, ...]
    over_minutes: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The go or the roll-back, who took it and when."""

    decision: Literal["go", "roll_back"]
    decider: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cutover day as it stands: its lines, the decision, and whether one can still roll back."""

    on: date
    lines: tuple[Line, ...]
    decision: Decision | None
    point_at: datetime

    @property
    def late_minutes(self) -> int:
        """By how many minutes what is still ahead comes later than planned."""
        ahead = [line for line in self.lines if line.state in {"ahead", "running"} and line.item.follows]
        late = [int((line.begins_at - line.planned_at).total_seconds() // 60) for line in ahead]
        return max([0, *late])

    def line(self, key: str) -> Line:
        """The line of an item."""
        return next(line for line in self.lines if line.item.key == key)

    @property
    def branch(self) -> Literal["roll back", "fix forward", "rolled back"]:
        """What is done if something fails: back to the old system before the go, only forward after it."""
        if self.decision is None:
            return "roll back"
        return "fix forward" if self.decision.decision == "go" else "rolled back"


def run_sheet(on: date, zone: tzinfo, events: Sequence[CutoverEvent], now: datetime) -> Sheet:
    """The run sheet of that day with what happened: an item that runs over shifts all that follow it.

    What is done early pulls nothing forward, as the customer was told the times.
    """
    start = datetime.combine(on, STARTS, tzinfo=zone).astimezone(UTC)
    lines: list[Line] = []
    free_at = start
    for item in RUN_SHEET:
        planned = start + timedelta(minutes=item.starts_minute)
        own = [event for event in events if event.item == item.key]
        began = _newest(own, "began")
        done = _newest(own, "done")
        begins = began or max(planned, free_at if item.follows else planned)
        ends = done or begins + timedelta(minutes=item.minutes)
        if done is None and began is not None:
            ends = max(ends, now)
        state: ItemState = "done" if done else "running" if began else "ahead"
        over = int((ends - begins).total_seconds() // 60) - item.minutes if began or done else 0
        lines.append(Line(item, planned, begins, ends, state, _ticked(own), max(0, over), _note(own)))
        if item.follows:
            free_at = max(free_at, ends)
    decision = decided(events)
    point = next(line for line in lines if line.item.key == DECISION).begins_at
    return Sheet(on, tuple(lines), decision, point)


def _newest(events: Iterable[CutoverEvent], what: str) -> datetime | None:
    """When the newest event of that kind happened; one that was taken back since doesn't count."""
    found: datetime | None = None
    for one in events:
        if one.event == what:
            found = one.happened_at
        elif one.event == f"not {what}":
            found = None
    return found


def _ticked(events: Iterable[CutoverEvent]) -> tuple[str, ...]:
    ticked: dict[str, bool] = {}
    for one in events:
        word, _, part = one.event.partition(":")
        if part and word in {"tick", "untick"}:
            ticked[part] = word == "tick"
    return tuple(part for part, on in ticked.items() if on)


def _note(events: Sequence[CutoverEvent]) -> str | None:
    return next((one.note for one in reversed(events) if one.note), None)


def decided(events: Iterable[CutoverEvent]) -> Decision | None:
    """The decision of the day, None before it. A roll-back may be followed by another day's go: the newest holds."""
    found: Decision | None = None
    for one in events:
        if one.item == DECISION and one.event in {"go", "roll_back"}:
            found = Decision(
                "go" if one.event == "go" else "roll_back", one.note or one.by, one.happened_at, one.by
            )
    return found


def refuse_open_parts(item: Item, events: Iterable[CutoverEvent]) -> None:
    """Nothing where every part of an item is ticked; Refused names those that are open."""
    ticked = _ticked(one for one in events if one.item == item.key)
    left = [title for part, title in item.parts if part not in ticked]
    if left:
        raise Refused(f"{len(ticked)} of {len(item.parts)} are ticked; still open: {'; '.join(left)}")


def event_words(item: str, event: str) -> str:
    """What an event says, such as `Smoke test by the customer: A report is generated`."""
    known = BY_KEY.get(item)
    title = known.title if known else f"Check-in {item.removeprefix('check_in_')} of {CHECK_IN_HOURS}"
    word, _, part = event.partition(":")
    if part and known:
        what = dict(known.parts).get(part, part)
        return f"{title}: {what}" if word == "tick" else f"{title}: taken back: {what}"
    return f"{title}: {event}"


def attempt(events: Sequence[CutoverEvent], on: date, zone: tzinfo) -> tuple[CutoverEvent, ...]:
    """The events of the attempt of that day: what came before a roll-back of an earlier day begins anew."""
    back = [one.happened_at for one in events if one.item == DECISION and one.event == "roll_back"]
    earlier = [at for at in back if at.astimezone(zone).date() < on]
    since = max(earlier, default=None)
    return tuple(one for one in events if since is None or one.happened_at > since)


def lacks_for_go(sheet: Sheet, fidelity: bool | None, decider: str) -> tuple[str, ...]:
    """What the go still lacks: everything that is not there; empty where it may be given (O13)."""
    smoke = sheet.line("smoke_test")
    lacking: list[str] = []
    if fidelity is None:
        lacking.append("no migration check is on record")
    elif not fidelity:
        lacking.append("the newest migration check is not whole (fidelity under 100 % or records differ)")
    missing = [title for key, title in SMOKE_PARTS if key not in smoke.ticked]
    if missing:
        done = len(SMOKE_PARTS) - len(missing)
        lacking.append(f"the smoke test is at {done} of {len(SMOKE_PARTS)}: {'; '.join(missing)}")
    if not decider.strip():
        lacking.append("nobody is named who decides")
    return tuple(lacking)


def refuse_decision(sheet: Sheet, decision: str, decider: str, fidelity: bool | None, reason: str) -> None:
    """Nothing where the decision may be taken; Refused says what it lacks, or that there is no way back any more."""
    if sheet.decision is not None and sheet.decision.decision == "go":
        raise Refused("the old system is closed; from here on one fixes forward")
    if decision == "go":
        lacking = lacks_for_go(sheet, fidelity, decider)
        if lacking:
            raise Refused(f"no go yet: {'; '.join(lacking)}")
    elif decision == "roll_back":
        if not decider.strip():
            raise Refused("name who decides to roll back")
        if not reason.strip():
            raise Refused("a roll-back needs its reason: what failed")
    else:
        raise Refused("the decision is a go or a roll-back")


# --- The first 24 hours


@dataclass(frozen=True, slots=True)
class Hour:
    """One hourly check-in after the go: when, whose, and what the customer said; None where it was not held."""

    number: int
    at: datetime
    email: str | None
    held_at: datetime | None
    note: str | None


def check_in_hours(
    on: date,
    zone: tzinfo,
    decision: Decision | None,
    roster: Mapping[int, str],
    events: Sequence[CutoverEvent],
) -> tuple[Hour, ...]:
    """The 24 check-ins, an hour apart from the go on; from 15:00 of the day while there is none."""
    began = (
        decision.at
        if decision and decision.decision == "go"
        else datetime.combine(on, time(15, 0), tzinfo=zone).astimezone(UTC)
    )
    found: list[Hour] = []
    for number in range(1, CHECK_IN_HOURS + 1):
        own = [event for event in events if event.item == f"check_in_{number}"]
        held = own[-1] if own else None
        found.append(
            Hour(
                number,
                began + timedelta(hours=number),
                roster.get(number),
                held.happened_at if held else None,
                held.note if held else None,
            )
        )
    return tuple(found)


def review_clash(on: date) -> str | None:
    """What a cutover on that day means for the Friday review; None where it is held on another day."""
    if on.weekday() != 4:
        return None
    return (
        "The Friday review is at 16:00, while CSM and CTO answer within five minutes: in the review their parts come "
        "from the data, and both are on watch"
    )
