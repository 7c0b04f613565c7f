"""The sample company itself: settings, people, calendar, targets, and its three customers' success."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from tai_ops.demo.acts import PEOPLE, Act, Row, header, loads, local, who
from tai_ops.kinds import KINDS
from tai_ops.runbooks.customer_onboarding import after_cutover, steps
from tai_ops.store import Store
from tai_ops.store.onboardings import Said

SETTINGS = """\
# The settings of the sample company. Those of your own company stand in company.toml beside its store.
name = "TAI Autonomics"
zone = "America/New_York"
currency = "USD"
plan_week_1 = 2026-01-05
revenue_target_year = 125000

[categories]
"payroll taxes" = "payroll"
hosting = "cloud infrastructure"
advertising = "sales and marketing"
"trade fairs" = "sales and marketing"
contractors = "cost of delivery"
software = "other"
rent = "other"
insurance = "other"
travel = "other"
office = "other"
"legal and accounting" = "other"
"""

NORTHWIND, QUILLON, AMBERMOOR = "C-001", "C-002", "C-003"

_CUSTOMER = "customer_id name industry time_zone csm_email signed_on go_live_on warehouses items status reference_consent"
_CSM = "ida.roth@tai.example"
_FIRST = (NORTHWIND, "Northwind Parts (Customer #1)", "spare parts", "America/Chicago", _CSM, "2025-11-03")
_SECOND = (QUILLON, "Quillon Foods (Customer #2)", "food", "America/New_York", _CSM, "2026-03-12")
_THIRD = (AMBERMOOR, "Ambermoor Medical (Customer #3)", "medical", "America/Denver", _CSM, "2026-03-30")


def company_acts() -> Iterator[Act]:
    """People, calendar and targets."""
    yield loads(
        local("2025-09-08", "08:00"),
        "people",
        header(KINDS["people"]),
        [(p.email, p.name, p.role, "true") for p in PEOPLE],
    )
    yield loads(
        local("2025-09-08", "08:30"),
        "holidays",
        "day name",
        (
            ("2025-11-27", "Thanksgiving"),
            ("2025-12-25", "Christmas Day"),
            ("2026-01-01", "New Year's Day"),
            ("2026-05-25", "Memorial Day"),
        ),
    )
    yield loads(
        local("2026-01-05", "09:00"),
        "targets",
        "kpi from_on target floor",
        (
            ("mrr", "2026-01-01", "10416.67", None),
            ("arr", "2026-01-01", "125000", None),
            ("accuracy_pct", "2026-01-01", "97", "95"),
            ("runway_months", "2026-01-01", "12", "6"),
        ),
    )


def customer_acts() -> Iterator[Act]:
    """What the CSM recorded of each customer."""
    yield from _first_customer()
    yield from _second_customer()
    yield loads(
        local("2026-03-30", "09:00"), "customers", _CUSTOMER, [(*_THIRD, None, 1, 8200, "signed", None)]
    )
    yield loads(
        local("2026-03-31", "09:00"), "onboardings", "customer_id kickoff_on", [(AMBERMOOR, "2026-04-09")]
    )
    yield loads(
        local("2026-03-31", "09:05"),
        "holidays",
        "day customer_id name",
        [("2026-04-06", AMBERMOOR, "yearly stocktaking")],
    )


def _first_customer() -> Iterator[Act]:
    for at, live_on, warehouses, items, status, consent in (
        (local("2025-11-03", "09:00"), None, 1, 31000, "signed", None),
        (local("2025-11-21", "15:00"), "2025-11-21", 1, 31000, "live", None),
        (local("2026-01-14", "17:00"), "2025-11-21", 2, 48000, "live", "true"),
    ):
        yield loads(at, "customers", _CUSTOMER, [(*_FIRST, live_on, warehouses, items, status, consent)])
    for day, clock, done in (
        ("2025-11-07", "17:00", 2),
        ("2025-12-04", "17:00", 20),
    ):
        yield _progress(NORTHWIND, "2025-11-06", local(day, clock), done)
    for at, rows in _NORTHWIND_MEASURED:
        yield loads(at, "measurements", _MEASUREMENT, rows)
    counted = (*_counted("Main", {7: -9, 33: 14}), *_counted("East", {11: 21, 19: -16, 41: -30}))
    yield loads(local("2026-03-27", "12:00"), "counts", header(KINDS["counts"]), counted)
    for at, rows in _NORTHWIND_SCORES:
        yield loads(at, "scores", header(KINDS["scores"]), rows)


def _second_customer() -> Iterator[Act]:
    for at, status in (
        (local("2026-03-12", "09:00"), "signed"),
        (local("2026-03-26", "13:00"), "onboarding"),
    ):
        yield loads(at, "customers", _CUSTOMER, [(*_SECOND, None, 1, 12500, status, None)])
    for day, done in (("2026-03-27", 2), ("2026-04-02", 6)):
        yield _progress(QUILLON, "2026-03-26", local(day, "17:00"), done)
    baseline = (QUILLON, "Newark", "2026-04-02", "baseline", "legacy", 83, 36, 1, 95, "1600.00", 5)
    yield loads(local("2026-04-02", "16:00"), "measurements", _MEASUREMENT, [baseline])
    yield loads(
        local("2026-04-02", "16:10"),
        "scores",
        header(KINDS["scores"]),
        [(QUILLON, "sponsor", "2026-04-02", 8, "kickoff was clear; wants dates for the scanners")],
    )
    yield Act(local("2026-04-02", "17:30"), _kept_by_hand)


def _kept_by_hand(store: Store, now: datetime) -> None:
    """What the CSM noted of the steps so far, and how the customer feels."""
    csm = who("success")
    told = [
        Said("kickoff", "noted", minutes=110, note="sponsor wants dates for the scanners"),
        Said("admin_training", "noted", minutes=75, link="https://videos.tai.example/quillon-admin"),
        Said("training_1", "noted", minutes=70, link="https://videos.tai.example/quillon-welcome"),
        Said(
            "export_checked", "noted", minutes=95, note="12,500 records, 31 twice, cleaned up by the customer"
        ),
    ]
    steps.record_steps(store, csm, QUILLON, told, now, "quillon-steps")
    answers = {
        "performance": "pilot is quick",
        "accuracy": "none so far",
        "training": "moves need one more hour",
    }
    after_cutover.record_check_in(
        store, csm, QUILLON, date(2026, 4, 2), answers, "good", now, "quillon-check-in"
    )
    after_cutover.raise_issue(
        store, csm, QUILLON, "blocker", "Scanners for the operators are not delivered yet", now, "quillon-scanners",
        raised_on=date(2026, 3, 30),
    )  # fmt: skip


def _progress(customer: str, kickoff: str, at: datetime, done: int) -> Act:
    return loads(at, "onboardings", header(KINDS["onboardings"]), [(customer, kickoff, done)])


_MEASUREMENT = header(KINDS["measurements"])
_NORTHWIND_MEASURED: tuple[tuple[datetime, tuple[Row, ...]], ...] = (
    (
        local("2025-11-14", "16:00"),
        ((NORTHWIND, "Main", "2025-11-14", "baseline", "legacy", 82, 38, 1, 120, "2000.00", 5),),
    ),
    (
        local("2025-12-12", "16:00"),
        ((NORTHWIND, "Main", "2025-12-12", "current", "tai", 93, 31, 1, 48, "800.00", 7),),
    ),
    (
        local("2026-01-16", "16:00"),
        ((NORTHWIND, "East", "2026-01-16", "baseline", "legacy", 78, 42, 1, 90, "1450.00", 4),),
    ),
    (
        local("2026-01-30", "16:00"),
        (
            (NORTHWIND, "Main", "2026-01-30", "current", "tai", 95, 29, 1, 31, "520.00", 8),
            (NORTHWIND, "East", "2026-01-30", "current", "tai", 89, 35, 1, 44, "710.00", 6),
        ),
    ),
    (
        local("2026-02-27", "12:00"),
        (
            (NORTHWIND, "Main", "2026-02-27", "current", "tai", 96, 28, 1, 24, "400.00", 9),
            (NORTHWIND, "East", "2026-02-27", "current", "tai", 92, 31, 1, 30, "480.00", 8),
        ),
    ),
    (
        local("2026-03-27", "12:10"),
        (
            (NORTHWIND, "Main", "2026-03-27", "current", "tai", 96, 27, 1, 18, "300.00", 9),
            (NORTHWIND, "East", "2026-03-27", "current", "tai", 94, 29, 1, 22, "350.00", 9),
        ),
    ),
)
_NORTHWIND_SCORES: tuple[tuple[datetime, tuple[Row, ...]], ...] = (
    (
        local("2025-12-12", "16:30"),
        (
            (NORTHWIND, "sponsor", "2025-12-12", 8, "good start, reports could be clearer"),
            (NORTHWIND, "warehouse lead", "2025-12-12", 7, "scanners took a week to settle"),
        ),
    ),
    (
        local("2026-02-20", "16:30"),
        (
            (NORTHWIND, "sponsor", "2026-02-20", 9, None),
            (NORTHWIND, "IT lead", "2026-02-19", 10, "the interface simply runs"),
            (NORTHWIND, "operator East", "2026-02-18", 8, "counts are quicker, moves need more taps"),
        ),
    ),
    (
        local("2026-03-27", "14:00"),
        (
            (NORTHWIND, "sponsor", "2026-03-27", 9, "accuracy is where we wanted it, East is catching up"),
            (NORTHWIND, "warehouse lead", "2026-03-26", 9, "counting takes three days less"),
        ),
    ),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def _counted(warehouse: str, off: Mapping[int, int]) -> Iterator[Row]:
    """Fifty counted lines, those named off by so many pieces; what else differs lies within its class's tolerance."""
    for n in range(1, 51):
        abc = "A" if n % 5 == 0 else "B" if n % 5 < 3 else "C"
        record = 40 + n * 37 % 360
        counted = record + off.get(n, 1 if abc == "C" and n % 10 == 3 else 0)
        cost = f"{(45 + n * 613 % 4200) / 100:.2f}"
        place = f"{_LETTERS[n * 7 % len(_LETTERS)]}-{n:02d}"
        yield NORTHWIND, warehouse, "2026-03-27", place, f"NP-{1000 + n * 17}", abc, cost, record, counted
