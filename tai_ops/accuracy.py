"""Inventory accuracy: how often the record agrees with the shelf, and what a customer gained since its baseline.

Accuracy is always a share of counted lines or a typed percentage with its method. Migration fidelity (TAI against
the old system's export) is another thing and is never compared with it (requirements.md O7).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple, Protocol

from tai_ops.money import percent

TOLERANCE_PCT: Mapping[str | None, int] = {"A": 1, "B": 3, "C": 5}
"""How far off a line's count may be, in per cent of the record, by ABC class; no class: not at all."""

TARGET_PCT, FLOOR_PCT = Decimal(97), Decimal(95)
HOURS_GOAL_PCT = Decimal(30)
Z_95 = Decimal("1.96")

Mark = Literal["met", "floor", "missed", "no_data"]
Method = Literal["legacy", "migration", "tai"]
Interval = tuple[Decimal, Decimal]


class CountLine(NamedTuple):
    """One counted line, the light form for large files: what accuracy needs and nothing else."""

    abc_class: str | None
    unit_cost: Decimal | None
    record_qty: Decimal
    counted_qty: Decimal


@dataclass(frozen=True, slots=True)
class Count:
    """One counted line of a customer's warehouse, as loaded (kind `counts`)."""

    customer_id: str
    warehouse: str
    counted_on: date
    location: str
    sku: str
    abc_class: str | None
    unit_cost: Decimal | None
    record_qty: Decimal
    counted_qty: Decimal


class Counted(Protocol):
    """What `count_accuracy` reads of a line: a CountLine or a Count."""

    @property
    def abc_class(self) -> str | None:
        """A, B, C, or None where the line has no class."""
        ...

    @property
    def unit_cost(self) -> Decimal | None:
        """Money a unit, None where it is not known."""
        ...

    @property
    def record_qty(self) -> Decimal:
        """What the system says is there."""
        ...

    @property
    def counted_qty(self) -> Decimal:
        """What was found there."""
        ...


@dataclass(frozen=True, slots=True)
class CountAccuracy:
    """How accurate a count found the records; every figure in per cent, None where there is nothing to divide by."""

    ira_pct: Decimal | None
    lines: int
    within_tolerance: int
    value_accuracy_pct: Decimal | None
    net_variance_pct: Decimal | None
    absolute_variance_pct: Decimal | None
    interval_pct: Interval | None

    def as_json(self) -> dict[str, Any]:
        """The accuracy as `accuracy` prints it."""
        return {
            "ira_pct": _number(self.ira_pct),
            "lines": self.lines,
            "within_tolerance": self.within_tolerance,
            "value_accuracy_pct": _number(self.value_accuracy_pct),
            "net_variance_pct": _number(self.net_variance_pct),
            "absolute_variance_pct": _number(self.absolute_variance_pct),
            "interval_pct": [float(end) for end in self.interval_pct] if self.interval_pct else None,
        }


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of a customer's warehouse on one day (kind `measurements`).

    `count_hours` are hours per warehouse and quarter, `satisfaction` is 0-10.
    """

    customer_id: str
    warehouse: str
    measured_on: date
    kind: Literal["baseline", "current"]
    method: Method
    accuracy_pct: Decimal | None = None
    count_hours: Decimal | None = None
    counts_per_quarter: Decimal | None = None
    errors_per_month: Decimal | None = None
    error_cost_per_month: Decimal | None = None
    satisfaction: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """What a warehouse gained since its baseline.

    `points` are percentage points of accuracy; hours are per warehouse and quarter, or per cycle count where the
    name says so; `needed_hours` are those that the customer said it needs. `reason` says why `points` is None, `hours_reason` why the hours are.
    """

    points: Decimal | None
    error_reduction_pct: Decimal | None
    hours_saved: Decimal | None
    hours_saved_pct: Decimal | None
    hours_saved_per_count: Decimal | None
    hours_goal_met: bool | None
    hours_need_met: bool | None
    mark: Mark
    reason: str | None
    hours_reason: str | None
    needed_hours: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CustomerAccuracy:
    """A customer's accuracy in per cent, the mean over its measured warehouses, beside its baseline.

    `gain_points` and `hours_saved_pct` rest on the warehouses where both sides are comparable. `reason` says why
    `accuracy_pct` is None.
    """

    accuracy_pct: Decimal | None
    baseline_pct: Decimal | None
    gain_points: Decimal | None
    hours_saved_pct: Decimal | None
    warehouses: int
    measured_on: date | None
    reason: str | None


def count_accuracy(lines: Iterable[Counted]) -> CountAccuracy:
    """Inventory record accuracy (IRA): lines within tolerance of all lines counted, in per cent.

    Beside it: value accuracy over the lines whose unit cost is known; net and absolute variance of quantities in
    per cent of the recorded quantity; the 95 % interval of the IRA. Value accuracy is below 0 where the
    differences are worth more than the records.
    Source: requirements.md section 8. All None without lines; a variance is None where the records add up to 0.
    """
    counted = hits = 0
    record = net = gross = value = value_off = Decimal(0)
    for line in lines:
        was = line.record_qty
        off = line.counted_qty - was
        gap = abs(off)
        counted += 1
        hits += 100 * gap <= TOLERANCE_PCT.get(line.abc_class, 0) * was
        record += was
        net += off
        gross += gap
        cost = line.unit_cost
        if cost is not None:
            value += was * cost
            value_off += gap * cost
    return CountAccuracy(
        ira_pct=percent(hits, counted),
        lines=counted,
        within_tolerance=hits,
        value_accuracy_pct=100 - 100 * value_off / value if value > 0 else None,
        net_variance_pct=100 * net / record if record > 0 else None,
        absolute_variance_pct=100 * gross / record if record > 0 else None,
        interval_pct=wilson(hits, counted),
    )


def wilson(hits: int, n: int) -> Interval | None:
    """The 95 % interval of a share, in per cent, low end and high end; None where nothing was counted.

    Source: Wilson's score interval with z = 1.96.
    """
    if n == 0:
        return None
    share, z2 = Decimal(hits) / n, Z_95 * Z_95
    middle = share + z2 / (2 * n)
    spread = Z_95 * (share * (1 - share) / n + z2 / (4 * n * n)).sqrt()
    whole = 1 + z2 / n
    low = Decimal(0) if hits == 0 else 100 * (middle - spread) / whole
    high = Decimal(100) if hits == n else 100 * (middle + spread) / whole
    return low, high


def mark(value: Decimal | None, target: Decimal = TARGET_PCT, floor: Decimal | None = FLOOR_PCT) -> Mark:
    """Whether an accuracy in per cent meets its target, its floor, or neither (requirements.md O8)."""
    if value is None:
        return "no_data"
    if value >= target:
        return "met"
    return "floor" if floor is not None and value >= floor else "missed"


def gain(baseline: Measurement, current: Measurement, needed_hours: Decimal | None = None) -> Gain:
    """What one warehouse gained between two measurements.

    A baseline of the old records (legacy) against a current of TAI's is the comparison the runbook makes; otherwise
    the methods must be the same, and migration fidelity compares with nothing. The goal is 30 % fewer hours;
    `needed_hours` are what the customer itself said it needs.
    Source: Runbook 1, Day 16-20; requirements.md O7-O10 and section 8. What it leaves out: class weights.
    """
    blocked = _not_comparable(baseline, current)
    points = None if blocked else _less(current.accuracy_pct, baseline.accuracy_pct)
    saved = None if blocked else _less(baseline.count_hours, current.count_hours)
    saved_pct = percent(saved, baseline.count_hours) if saved is not None and baseline.count_hours else None
    counts = _counts_per_quarter(baseline, current)
    return Gain(
        points=points,
        error_reduction_pct=None if points is None else percent(points, 100 - (baseline.accuracy_pct or 0)),
        hours_saved=saved,
        hours_saved_pct=saved_pct,
        hours_saved_per_count=saved / counts if saved is not None and counts else None,
        hours_goal_met=None if saved_pct is None else saved_pct >= HOURS_GOAL_PCT,
        hours_need_met=None if blocked else _need_met(current.count_hours, needed_hours),
        mark=mark(None if current.method == "migration" else current.accuracy_pct),
        reason=blocked or _missing("accuracy", baseline.accuracy_pct, current.accuracy_pct),
        hours_reason=blocked or _missing("hours", baseline.count_hours, current.count_hours),
        needed_hours=needed_hours,
    )


def celebration(gained: Gain) -> tuple[str, ...]:
    """The sentences that congratulate a customer, each only where its figure is a gain (R1.57, O10)."""
    said: list[str] = []
    if points := _shown(gained.points):
        said.append(f"You're up {points} percentage point{_s(points)} in accuracy!")
    per_count = gained.hours_saved_per_count is not None
    hours = _shown(gained.hours_saved_per_count if per_count else gained.hours_saved)
    if hours:
        unit = "cycle count" if per_count else "warehouse per quarter"
        said.append(f"You're saving {hours} hour{_s(hours)} per {unit}!")
    return (*said, "Your inventory is now real-time synchronized!")


def customer_accuracy(measurements: Iterable[Measurement], customer_id: str, on: date) -> CustomerAccuracy:
    """A customer's accuracy as of the end of a day: the latest current figure of each warehouse, and their mean.

    The baseline is reckoned the same way; migration fidelity is left out. Hours saved are the sum over warehouses
    in per cent of the baselines' sum. None with the reason where no current accuracy was measured by then.
    """
    rows = [
        m
        for m in measurements
        if m.customer_id == customer_id and m.measured_on <= on and m.method != "migration"
    ]
    accurate = [m for m in rows if m.accuracy_pct is not None]
    timed = [m for m in rows if m.count_hours is not None]
    current = _latest(accurate, "current")
    gains = _gains(_latest(accurate, "baseline"), current)
    timed_baseline = _latest(timed, "baseline")
    timed_gains = _gains(timed_baseline, _latest(timed, "current"))
    saved = {w: g.hours_saved for w, g in timed_gains.items() if g.hours_saved is not None}
    before = sum((timed_baseline[w].count_hours or Decimal(0) for w in saved), Decimal(0))
    return CustomerAccuracy(
        accuracy_pct=_mean([m.accuracy_pct for m in current.values()]),
        baseline_pct=_mean([m.accuracy_pct for m in _latest(accurate, "baseline").values()]),
        gain_points=_mean([g.points for g in gains.values()]),
        hours_saved_pct=percent(sum(saved.values(), Decimal(0)), before),
        warehouses=len(current),
        measured_on=max((m.measured_on for m in current.values()), default=None),
        reason=None if current else f"no accuracy measured up to {on}",
    )


def _not_comparable(baseline: Measurement, current: Measurement) -> str | None:
    if baseline.kind != "baseline" or current.kind != "current":
        return "not comparable: needs a baseline and a current measurement"
    if (baseline.customer_id, baseline.warehouse) != (current.customer_id, current.warehouse):
        return "not comparable: measured in different warehouses"
    if current.measured_on < baseline.measured_on:
        return "not comparable: the current was measured before the baseline"
    if "migration" in {baseline.method, current.method}:
        return "not comparable: migration is fidelity to the old records, not accuracy"
    if baseline.method != current.method and (baseline.method, current.method) != ("legacy", "tai"):
        return f"not comparable: measured by {baseline.method}, then by {current.method}"
    return None


def _missing(what: str, baseline: Decimal | None, current: Decimal | None) -> str | None:
    if baseline is None:
        return f"baseline {what} not measured"
    return f"current {what} not measured" if current is None else None


def _less(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first - second


def _need_met(hours: Decimal | None, needed_hours: Decimal | None) -> bool | None:
    return None if hours is None or needed_hours is None else hours <= needed_hours


def _counts_per_quarter(baseline: Measurement, current: Measurement) -> Decimal | None:
    before, now = baseline.counts_per_quarter, current.counts_per_quarter
    if before is None or now is None:
        return before or now
    return now if before == now else None


def _latest(rows: Sequence[Measurement], kind: str) -> dict[str, Measurement]:
    return {m.warehouse: m for m in sorted(rows, key=lambda m: m.measured_on) if m.kind == kind}


def _gains(baselines: Mapping[str, Measurement], currents: Mapping[str, Measurement]) -> dict[str, Gain]:
    return {w: gain(baselines[w], currents[w]) for w in sorted(baselines.keys() & currents.keys())}


def _mean(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _shown(value: Decimal | None) -> str | None:
    if value is None or value <= 0:
        return None
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    text = str(rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded)
    return None if text == "0" else text


def _s(shown: str) -> str:
    return "" if shown == "1" else "s"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
