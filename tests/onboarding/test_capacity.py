"""Hours of CSM and CTO against what onboardings ask: who carries what, and the kickoffs that still fit."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.capacity import Booking, Carrier, Workload, feasible_kickoffs, incident_hours, loads
from tai_ops.checklist import onboarding_plan_dates
from tai_ops.errors import NotAllowed, Refused
from tai_ops.onboarding_steps import STEPS
from tai_ops.period import BusinessCalendar
from tai_ops.store import settings
from tai_ops.store.capacity import workload

CALENDAR, TODAY = BusinessCalendar(), date(2026, 4, 3)
KICKOFF = date(2026, 4, 9)
IDA, PRIYA = ("ida@tai.example", "Ida", "csm"), ("priya@tai.example", "Priya", "cto")
NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)


def work(*whose, hours=39, people=(IDA, PRIYA)):
    plan = onboarding_plan_dates(KICKOFF, CALENDAR).dates
    carriers = tuple(Carrier(*one, Decimal(hours)) for one in people)
    return Workload(
        tuple(Booking(f"C-{n}", csm, plan) for n, csm in enumerate(whose)), carriers, TODAY, CALENDAR
    )


def test_an_onboarding_asks_for_its_39_hours_and_those_of_stabilising():
    asked = sum(one.hours for one in loads(work(IDA[0])))
    assert round(asked * 60) == sum(one.minutes for one in STEPS)
    assert sum(one.minutes for one in STEPS if one.weighs) == 39 * 60


def test_a_kickoff_is_offered_while_every_week_has_room():
    assert feasible_kickoffs(work())[0] == KICKOFF
    assert feasible_kickoffs(work(*[IDA[0]] * 2))[0] == KICKOFF
    busy = work(*[IDA[0]] * 4)
    assert KICKOFF not in feasible_kickoffs(busy)
    assert any(one.is_over for one in loads(work(*[IDA[0]] * 5)))
    assert feasible_kickoffs(work(hours=5)) == ()
    assert feasible_kickoffs(work(people=(IDA,))) == ()


def test_two_half_free_people_are_no_whole_one():
    tom = ("tom@tai.example", "Tom", "csm")
    both = work(IDA[0], IDA[0], tom[0], tom[0], hours=21, people=(IDA, tom, ("o@x", "O", "cto"), PRIYA))
    assert KICKOFF not in feasible_kickoffs(both)
    assert {one.name for one in loads(both) if one.hours and one.role == "csm"} == {"Ida", "Tom"}


def test_what_nobody_is_named_for_counts_against_the_role():
    tom = ("tom@tai.example", "Tom", "csm")
    open_ = work(None, people=(IDA, tom, PRIYA))
    assert {(one.name, one.capacity_hours) for one in loads(open_) if one.role == "csm" and one.hours} == {
        ("nobody named", None)
    }
    assert KICKOFF not in feasible_kickoffs(work(*[None] * 9, people=(IDA, tom, PRIYA)))


def test_a_kickoff_waits_for_the_signature():
    assert feasible_kickoffs(work(), after=date(2026, 5, 4), count=1) == (date(2026, 5, 7),)
    assert feasible_kickoffs(work(), after=date(2026, 5, 6), count=1) == (date(2026, 5, 14),)
    assert feasible_kickoffs(work(), after=date(2020, 1, 1), count=1) == (KICKOFF,)


def test_the_hours_are_a_setting_for_all_and_one_for_each(store):
    make.loaded(store, "people", "email,name,role\n" + "".join(f"{','.join(one)}\n" for one in (IDA, PRIYA)))
    assert [one.hours for one in workload(store, NOW).carriers] == [39, 39]
    settings.change(store, make.CEO, "onboarding_hours", "30", now=NOW)
    settings.change(store, make.CEO, "onboarding_hours_of", {"IDA@tai.example": "12.5"}, now=NOW)
    assert {one.name: one.hours for one in workload(store, NOW).carriers} == {
        "Ida": Decimal("12.5"),
        "Priya": 30,
    }
    with pytest.raises(Refused, match="greater than or equal to 0"):
        settings.change(store, make.CEO, "onboarding_hours_of", {"ida@tai.example": "-1"}, now=NOW)
    with pytest.raises(NotAllowed):
        settings.change(store, make.CSM, "onboarding_hours", "50", now=NOW)


def test_only_what_is_under_way_is_booked_and_to_its_own_csm(store):
    make.loaded(store, "people", "email,name,role\n" + "".join(f"{','.join(one)}\n" for one in (IDA, PRIYA)))
    make.loaded(
        store, "customers",
        "customer_id,name,status,csm_email\nC-1,A,onboarding,ida@tai.example\nC-2,B,live,ida@tai.example\n"
        "C-3,C,churned,ida@tai.example\nC-4,D,live,ida@tai.example\n",
    )  # fmt: skip
    make.loaded(store, "onboardings", "customer_id,kickoff_on,done_through_day\nC-1,2026-04-02,1\nC-2,2026-03-05,15\n"
                "C-3,2026-04-02,1\nC-4,2026-01-08,20\n")  # fmt: skip
    assert [(one.customer_id, one.csm_email) for one in workload(store, NOW).bookings] == [
        ("C-1", "ida@tai.example"), ("C-2", "ida@tai.example")
    ]  # fmt: skip


def test_what_incidents_take_of_a_week_is_kept_free():
    now = datetime(2026, 4, 3, 16, tzinfo=UTC)
    told = [
        ("CRITICAL", datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("HIGH", datetime(2026, 3, 2, 11, tzinfo=UTC), datetime(2026, 3, 2, 13, tzinfo=UTC)),
        ("MEDIUM", datetime(2026, 3, 10, 20, tzinfo=UTC), datetime(2026, 3, 12, 4, tzinfo=UTC)),
        ("LOW", datetime(2026, 3, 15, 9, tzinfo=UTC), datetime(2026, 3, 15, 19, tzinfo=UTC)),
        ("HIGH", datetime(2026, 4, 3, 15, tzinfo=UTC), None),
        ("HIGH", datetime(2025, 12, 1, 9, tzinfo=UTC), datetime(2025, 12, 1, 19, tzinfo=UTC)),
    ]
    took = incident_hours(told, now, UTC)
    assert (round(took["csm"] * 13, 6), round(took["cto"] * 13, 6)) == (4, 4 + 4 + 8 + 4)
    alone = work(*[IDA[0]] * 2)
    assert feasible_kickoffs(alone)[0] == KICKOFF
    busy = replace(alone, incident_hours={"csm": Decimal(20), "cto": Decimal(1)})
    assert KICKOFF not in feasible_kickoffs(busy)
    csm = next(one for one in loads(busy) if one.role == "csm")
    assert csm.incident_hours == 20
    tom = ("tom@tai.example", "Tom", "csm")
    shared = replace(work(people=(IDA, tom, PRIYA)), incident_hours={"csm": Decimal(20)})
    assert {one.incident_hours for one in loads(shared) if one.role == "csm"} == {10}


def test_the_incidents_on_record_are_part_of_the_workload(store):
    make.loaded(store, "people", "email,name,role\n" + "".join(f"{','.join(one)}\n" for one in (IDA, PRIYA)))
    head = "incident_id,title,severity,detected_at,resolved_at\n"
    rows = "I-1,Down,CRITICAL,2026-03-02T10:00:00+00:00,2026-03-02T12:36:00+00:00\n"
    make.loaded(store, "incidents", head + rows)
    assert workload(store, NOW).incident_hours == {"csm": Decimal("0.2"), "cto": Decimal("0.2")}
