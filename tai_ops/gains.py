"""What a customer's warehouses gained since their baselines, in figures and in one sentence each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tai_ops.accuracy import HOURS_GOAL_PCT, Gain, Measurement, gain
from tai_ops.words import day, listed, number

UNLIKELY_PCT = Decimal(10)
FIGURES = (
    "accuracy_pct",
    "count_hours",
    "counts_per_quarter",
    "errors_per_month",
    "error_cost_per_month",
    "satisfaction",
)
"""What may be measured of a warehouse; at least one is."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One warehouse's newest baseline and current figures, and what it gained between them."""

    warehouse: str
    baseline: Measurement | None
    current: Measurement | None
    gain: Gain | None


def warehouses(
    measurements: Iterable[Measurement], customer_id: str, on: date, needed_hours: Decimal | None = None
) -> tuple[Warehouse, ...]:
    """Each warehouse of a customer with its newest figures up to that day, by name; beside the hours that it needs."""
    rows = [m for m in measurements if m.customer_id == customer_id and m.measured_on <= on]
    names = sorted({m.warehouse for m in rows})
    return tuple(warehouse_of(name, [m for m in rows if m.warehouse == name], needed_hours) for name in names)


def warehouse_of(name: str, rows: Sequence[Measurement], needed_hours: Decimal | None = None) -> Warehouse:
    """One warehouse out of its measurements; migration fidelity is no accuracy and stays out."""
    baseline, current = _newest(rows, "baseline"), _newest(rows, "current")
    return Warehouse(
        name, baseline, current, gain(baseline, current, needed_hours) if baseline and current else None
    )


def _newest(rows: Iterable[Measurement], kind: str) -> Measurement | None:
    """The newest figures of a kind as one measurement: its accuracy, and the newest hours of the same method."""
    found = sorted(
        (m for m in rows if m.kind == kind and m.method != "migration"), key=lambda m: m.measured_on
    )
    accurate = next((m for m in reversed(found) if m.accuracy_pct is not None), None)
    timed = next((m for m in reversed(found) if m.count_hours is not None), None)
    if accurate is None:
        return timed or next(reversed(found), None)
    if timed is None or timed.method != accurate.method:
        return accurate
    return replace(accurate, count_hours=timed.count_hours, counts_per_quarter=timed.counts_per_quarter)


# --- As if an entry were saved


def with_entry(entered: Measurement, known: Iterable[Measurement], sent: Iterable[str]) -> Warehouse:
    """A warehouse as it would stand for an entry: beside the newest figures of the other kind.

    What is newer than the entry, of its own kind, is left out, and so are baselines of a later day where there is an
    earlier one. `sent` are the columns that the entry holds: of a row that is on record the others stay.
    """
    same, others = on_record(entered, known)
    merged = _over(same, entered, sent) if same else entered
    rows = [m for m in others if m.kind != merged.kind or m.measured_on <= merged.measured_on]
    earlier = [m for m in rows if m.kind == "baseline" and m.measured_on <= merged.measured_on]
    if merged.kind == "current" and earlier:
        rows = [m for m in rows if m.kind == "current"] + earlier
    return warehouse_of(merged.warehouse, [*rows, merged])


def on_record(
    entered: Measurement, known: Iterable[Measurement]
) -> tuple[Measurement | None, list[Measurement]]:
    """The row on record that an entry would change, None where it is new, and the warehouse's other rows."""
    own = [m for m in known if (m.customer_id, m.warehouse) == (entered.customer_id, entered.warehouse)]
    same = next((m for m in own if (m.measured_on, m.kind) == (entered.measured_on, entered.kind)), None)
    return same, [m for m in own if m is not same]


def _over(same: Measurement, entered: Measurement, sent: Iterable[str]) -> Measurement:
    given: Mapping[str, object] = {
        name: getattr(entered, name) for name in sent if name in (*FIGURES, "method")
    }
    return replace(same, **given)  # type: ignore[arg-type]


def notes(entered: Measurement, known: Iterable[Measurement]) -> Iterator[str]:
    """What a person should know before an entry is saved: what it replaces, and whether it is the newest."""
    same, others = on_record(entered, known)
    what, go = ("baseline", "goes") if entered.kind == "baseline" else ("current figures", "go")
    if same:
        yield f"Changes what is on record for that day: {figures(same)}"
    newer = [m.measured_on for m in others if m.kind == entered.kind and m.measured_on > entered.measured_on]
    if newer:
        yield f"The newer {what} of {day(max(newer))} {go} on counting"
    reached = entered.accuracy_pct
    if reached is not None and 0 < reached < UNLIKELY_PCT:
        yield f"{_pct(reached)} is lower than warehouses are; if {_pct(10 * reached)} was meant, mend it before saving"


def figures(m: Measurement) -> str:
    """A measurement's figures in a row, such as `80 %, 40 hours`."""
    said = [
        _pct(m.accuracy_pct) if m.accuracy_pct is not None else "",
        _hours(m.count_hours) if m.count_hours is not None else "",
        f"{_plain(m.errors_per_month)} {'error' if m.errors_per_month == 1 else 'errors'} a month"
        if m.errors_per_month is not None
        else "",
    ]
    return listed([text for text in said if text]) or "other figures"


# --- In one sentence


def gain_sentence(pair: Warehouse) -> str:
    """What a warehouse gained, or what is missing to say it.

    Such as `Up 17.0 points: 80.0 % → 97.0 %, errors down 85 %; 12 of 40 hours saved (30 %): goal met`.
    """
    baseline, current, gained = pair.baseline, pair.current, pair.gain
    if baseline is None or current is None or gained is None:
        side = "baseline" if baseline is None else "current figures"
        verb = "is" if baseline is None else "are"
        return f"The gain shows once {possessive(pair.warehouse)} {side} {verb} on record"
    if gained.reason and gained.reason == gained.hours_reason:
        return f"No gain to show: {gained.reason}"
    return f"{_points_words(baseline, current, gained)}; {_hours_words(baseline, gained)}"


def _points_words(baseline: Measurement, current: Measurement, gained: Gain) -> str:
    if gained.points is None:
        return _capital(gained.reason or "accuracy not measured")
    moved = f"{_pct(baseline.accuracy_pct)} → {_pct(current.accuracy_pct)}"
    if gained.points == 0:
        return f"No change: {moved}"
    up = gained.points > 0
    said = f"{'Up' if up else 'Down'} {points(abs(gained.points))}: {moved}"
    less = gained.error_reduction_pct
    return said if less is None else f"{said}, errors {'down' if up else 'up'} {_whole(abs(less))}"


def _hours_words(baseline: Measurement, gained: Gain) -> str:
    saved, share = gained.hours_saved, gained.hours_saved_pct
    if saved is None or share is None:
        return gained.hours_reason or "no hours to compare"
    goal = "goal met" if gained.hours_goal_met else f"goal of {HOURS_GOAL_PCT} % missed"
    if gained.hours_need_met is not None:
        goal += f", the customer's need of {_plain(gained.needed_hours)} {'met' if gained.hours_need_met else 'missed'}"
    if saved < 0:
        return f"{_hours(-saved)} more than the {_plain(baseline.count_hours)} before: {goal}"
    each = gained.hours_saved_per_count
    a_count = f", {_plain(each)} a count" if each is not None and each != saved else ""
    return f"{_plain(saved)} of {_plain(baseline.count_hours)} hours saved ({_whole(share)}{a_count}): {goal}"


def _hours(value: Decimal) -> str:
    return f"{_plain(value)} {'hour' if value == 1 else 'hours'}"


def points(value: Decimal) -> str:
    """Percentage points with one decimal, such as `17.0 points`."""
    return f"{_pct(value).removesuffix(' %')} points"


def possessive(name: str) -> str:
    """Whose something is, such as `Main's` and `Harbor Foods'`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pct(value: Decimal | None) -> str:
    return number(value, "pct")


def _whole(value: Decimal) -> str:
    return number(value, "pct", decimals=0)


def _plain(value: Decimal | None) -> str:
    if value is None:
        return number(None, "count")
    rounded = round(value, 1)
    return f"{round(rounded) if rounded == round(rounded) else rounded:,}"
