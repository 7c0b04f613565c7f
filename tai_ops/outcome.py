"""What an onboarding came to: baselines beside current figures, typed beside counted, the 30-day list, the case study.

The three kinds of measurement stay apart: the old system's records against the shelf, TAI's records against the old
system's export (fidelity), TAI's records against the shelf. Only the first and the last are compared.
Source: R1.32, R1.55 to R1.60; requirements.md O7 to O11.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tai_ops.accuracy import CountAccuracy, Measurement, celebration
from tai_ops.bant import Answers
from tai_ops.customers import Customer
from tai_ops.errors import Refused
from tai_ops.gains import Warehouse
from tai_ops.money import ratio
from tai_ops.onboarding_course import StepState
from tai_ops.onboarding_gates import SATISFIED_FROM, TRAININGS, Known
from tai_ops.scores import Score
from tai_ops.words import counted, day, money, number

METHOD_WORDS = {
    "legacy": "the old system's records against the shelf",
    "migration": "TAI's records against the old system's export (fidelity, no accuracy)",
    "tai": "TAI's records against the shelf",
}
NEAR_DAYS = 7
BASELINES = (
    ("accuracy_pct", "Accuracy of cycle counts", "pct"),
    ("count_hours", "Counting hours per warehouse and quarter", "number"),
    ("errors_per_month", "Errors a month", "number"),
    ("satisfaction", "How the users rate the process, 0 to 10", "score"),
    ("error_cost_per_month", "Cost of errors a month", "money"),
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """One of the five baselines of a warehouse beside the current figure; `said` is what was noted at its step."""

    warehouse: str
    name: str
    unit: str
    before: Decimal | None
    before_on: date | None
    now: Decimal | None
    now_on: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count of one day found in a warehouse."""

    warehouse: str
    counted_on: date
    found: CountAccuracy


@dataclass(frozen=True, slots=True)
class SideBySide:
    """An accuracy that somebody typed beside the count of the same warehouse that lies nearest to it, if there is one."""

    warehouse: str
    measured_on: date
    kind: str
    method: str
    typed_pct: Decimal | None
    counted: Counted | None


def five_baselines(warehouses: Iterable[Warehouse]) -> tuple[Baseline, ...]:
    """The five baselines of each warehouse, those that nobody measured too."""
    found: list[Baseline] = []
    for one in warehouses:
        for column, name, unit in BASELINES:
            found.append(
                Baseline(
                    one.warehouse,
                    name,
                    unit,
                    getattr(one.baseline, column) if one.baseline else None,
                    one.baseline.measured_on if one.baseline else None,
                    getattr(one.current, column) if one.current else None,
                    one.current.measured_on if one.current else None,
                )
            )
    return tuple(found)


def side_by_side(measurements: Iterable[Measurement], counts: Sequence[Counted]) -> tuple[SideBySide, ...]:
    """Each typed accuracy with its method, and beside those of TAI the nearest count of seven days around; counts without one stand alone.

    A count compares TAI's records with the shelf, so that it stands beside no baseline of the old system.
    """
    rows: list[SideBySide] = []
    used: set[tuple[str, date]] = set()
    for one in measurements:
        near = (
            [c for c in counts if c.warehouse == one.warehouse and _near(c, one)]
            if one.method == "tai"
            else []
        )
        best = min(near, key=lambda c: abs((c.counted_on - one.measured_on).days), default=None)
        if best is not None:
            used.add((best.warehouse, best.counted_on))
        rows.append(SideBySide(one.warehouse, one.measured_on, one.kind, one.method, one.accuracy_pct, best))
    rows += [
        SideBySide(c.warehouse, c.counted_on, "current", "tai", None, c)
        for c in counts
        if (c.warehouse, c.counted_on) not in used
    ]
    return tuple(sorted(rows, key=lambda row: (row.warehouse, row.measured_on, row.kind)))


def _near(count: Counted, typed: Measurement) -> bool:
    return abs((count.counted_on - typed.measured_on).days) <= NEAR_DAYS


def said_to_sales(
    answers: Answers | None, warehouses: Iterable[Warehouse]
) -> tuple[tuple[str, str, str], ...]:
    """What was said in the discovery call beside what was measured since: what, said, measured."""
    need = answers.need if answers else None
    if need is None:
        return ()
    base = next((one.baseline for one in warehouses if one.baseline), None)
    pairs = (
        ("Accuracy", need.accuracy_pct, base.accuracy_pct if base else None, "pct"),
        ("Counting hours", need.count_hours, base.count_hours if base else None, "number"),
        ("Errors a month", need.errors_per_month, base.errors_per_month if base else None, "number"),
        (
            "Error cost a month",
            need.error_cost_per_month,
            base.error_cost_per_month if base else None,
            "money",
        ),
    )
    return tuple(
        (name, _worded(said, unit), _worded(measured, unit) if measured is not None else "not measured")
        for name, said, measured, unit in pairs
        if said is not None
    )


def _worded(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if unit == "money":
        return money(value)
    return number(value, unit) if unit != "number" else f"{value.normalize():f}"


def worded(value: Decimal | None, unit: str, currency: str) -> str:
    """A baseline's figure in words; a dash where nobody measured it."""
    if value is None:
        return "not measured"
    return money(value, currency) if unit == "money" else _worded(value, unit)


def payback_months(
    warehouses: Sequence[Warehouse], monthly_price: Decimal, hour_cost: Decimal | None = None
) -> tuple[Decimal | None, str | None]:
    """After how many months the error cost and the hours that are saved have paid a year's price; None with the reason.

    Hours count where it is known what one costs: those of a quarter, a third of them a month.
    """
    hours = [one.gain.hours_saved for one in warehouses if one.gain and one.gain.hours_saved is not None]
    known = [
        (one.baseline.error_cost_per_month, one.current.error_cost_per_month)
        for one in warehouses
        if one.baseline and one.current
    ]
    saved = sum((before - now for before, now in known if before is not None and now is not None), Decimal(0))
    counts_errors = any(before is not None and now is not None for before, now in known)
    if hour_cost is not None and hours:
        saved += sum(hours, Decimal(0)) * hour_cost / 3
    elif not counts_errors:
        return None, "error cost before and after are not both on record, nor what an hour of counting costs"
    if saved <= 0:
        return None, "nothing is saved"
    if not monthly_price:
        return None, "no paid subscription on record"
    return ratio(12 * monthly_price, saved), None


def celebrations(warehouses: Iterable[Warehouse]) -> tuple[str, ...]:
    """The sentences that congratulate, computed from the figures; named by warehouse where there are several."""
    gained = [one for one in warehouses if one.gain]
    if len(gained) == 1 and gained[0].gain:
        return celebration(gained[0].gain)
    said = [
        f"{one.warehouse}: {sentence}"
        for one in gained
        if one.gain
        for sentence in celebration(one.gain)[:-1]
    ]
    return (*said, "Your inventory is now real-time synchronized!")


def cost_before(
    warehouses: Iterable[Warehouse], hour_cost: Decimal | None
) -> tuple[tuple[str, Decimal], ...]:
    """What errors and counting cost the customer a year before TAI, as far as it was measured (R1.32)."""
    bases = [one.baseline for one in warehouses if one.baseline]
    errors = [base.error_cost_per_month for base in bases if base.error_cost_per_month is not None]
    hours = [base.count_hours for base in bases if base.count_hours is not None]
    found = [("Errors", 12 * sum(errors, Decimal(0)))] if errors else []
    if hours and hour_cost is not None:
        found.append(("Counting", 4 * sum(hours, Decimal(0)) * hour_cost))
    return tuple(found)


# --- The 30-day list


@dataclass(frozen=True, slots=True)
class Success:
    """One of the eight items of the 30-day list: whether it holds, None where nobody can tell yet, and why."""

    title: str
    holds: bool | None
    said: str


def thirty_days(customer: Customer, known: Known, states: Mapping[str, StepState]) -> tuple[Success, ...]:
    """The eight items that make an onboarding a success after 30 days, each from the data where there are any."""
    trained = [states[key].settled for key in TRAININGS[:2]]
    score = known.ltr_median
    confident, sure = states["w3_trained"], states["w4_confirmed"]
    return (
        Success(
            "Customer signed and trained",
            customer.status != "churned" and all(trained),
            f"{customer.status}, {sum(trained)} of 2 trainings held",
        ),
        Success("Data accurately migrated", known.fidelity, _fidelity_words(known.fidelity)),
        Success(
            "System performing reliably",
            not known.incidents,
            "; ".join(known.incidents) or "no critical incident is open",
        ),
        Success("Users confident and productive", confident.settled or None, _tick_words(confident)),
        Success(
            "Baseline metrics established",
            known.baseline_pct is not None,
            number(known.baseline_pct, "pct") if known.baseline_pct is not None else "not measured",
        ),
        Success(
            "Expansion opportunities identified",
            known.answers_on_expansion > 0,
            counted(known.answers_on_expansion, "answer"),
        ),
        Success(
            "Customer satisfied (answers of 8 or better)",
            None if score is None else score >= SATISFIED_FROM,
            "nobody answered" if score is None else f"median {number(score, 'score')} of 10" + (" (8 is a passive answer)" if score == SATISFIED_FROM else ""),
        ),
        Success("CSM confident in success", sure.settled or None, _tick_words(sure)),
    )  # fmt: skip


def _fidelity_words(found: bool | None) -> str:
    if found is None:
        return "no migration check on record"
    return "every record arrived once and alike" if found else "records are missing or differ"


def _tick_words(state: StepState) -> str:
    return f"ticked by {state.by}" if state.by else "ticked" if state.settled else "not ticked"


# --- The case study


@dataclass(frozen=True, slots=True)
class CaseStudy:
    """A case study's parts; every figure rests on a row that is on record."""

    customer: str
    gain: str
    situation: tuple[str, ...]
    results: tuple[str, ...]
    quotes: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def case_study(
    customer: Customer,
    warehouses: Sequence[Warehouse],
    scores: Iterable[Score],
    median: Decimal | None,
    on: date,
) -> CaseStudy:
    """The case study of a customer that agreed to be named; Refused without its consent or without a measured gain.

    It prints what rows support and nothing else: a figure that was not measured is not there.
    """
    if not customer.reference_consent:
        raise Refused(
            f"{customer.name} has not agreed to be named; record its consent (May be named as a reference) first"
        )
    compared = [
        one
        for one in warehouses
        if one.gain and (one.gain.points is not None or one.gain.hours_saved is not None)
    ]
    if not compared:
        why = next(
            (one.gain.reason for one in warehouses if one.gain and one.gain.reason),
            "no baseline and current figures on record",
        )
        raise Refused(f"nothing to show yet: {why}")
    size = [counted(customer.warehouses, "warehouse")] if customer.warehouses else []
    size += [f"{customer.items:,} items"] if customer.items else []
    about = ", ".join([customer.name, *([customer.industry] if customer.industry else []), *size])
    situation = [about, *(line for one in compared for line in _before(one))]
    results = [line for one in compared for line in _results(one)]
    if median is not None:
        results.append(
            f"Its people answer {number(median, 'score')} of 10 when asked whether they recommend TAI (median)."
        )
    quotes = tuple((s.comment, s.respondent) for s in scores if s.comment and s.score >= SATISFIED_FROM)
    sources = tuple(
        f"{m.warehouse}, {m.kind}, {day(m.measured_on)}: {METHOD_WORDS[m.method]}"
        for one in compared
        for m in (one.baseline, one.current)
        if m
    )
    best = max(
        (one.gain.points for one in compared if one.gain and one.gain.points is not None), default=None
    )
    headline = (
        f"{best:+.1f} points of inventory accuracy" if best is not None and best > 0 else "what TAI changed"
    )
    return CaseStudy(
        customer.name, headline, tuple(situation), tuple(results), quotes, (*sources, f"As of {day(on)}")
    )


def _before(one: Warehouse) -> Iterator[str]:
    base = one.baseline
    if base is None:
        return
    if base.accuracy_pct is not None:
        yield f"{one.warehouse}: {number(base.accuracy_pct, 'pct')} accurate before TAI."
    if base.count_hours is not None:
        yield f"{one.warehouse}: {_worded(base.count_hours, 'number')} counting hours a quarter before TAI."


def _results(one: Warehouse) -> Iterator[str]:
    gained, current = one.gain, one.current
    if gained is None or current is None:
        return
    if gained.points is not None:
        yield f"{one.warehouse}: {number(current.accuracy_pct, 'pct')} accurate now, {gained.points:+.1f} points."
    if gained.hours_saved is not None and current.count_hours is not None:
        yield f"{one.warehouse}: {_worded(current.count_hours, 'number')} counting hours a quarter now, {_worded(gained.hours_saved, 'number')} fewer."
    if gained.error_reduction_pct is not None and gained.error_reduction_pct > 0:
        yield f"{one.warehouse}: {number(gained.error_reduction_pct, 'pct', decimals=0)} fewer wrong lines."
