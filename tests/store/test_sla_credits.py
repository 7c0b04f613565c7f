"""Credits for missed uptime: proposed with the minutes behind them, in the review and the close, posted by a person, once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.availability import Scope, month_window
from tai_ops.errors import NotAllowed, PeriodClosed, Refused
from tai_ops.kinds import KINDS
from tai_ops.kpi import measure_all
from tai_ops.period import Month, Week
from tai_ops.runbooks import month_end_close, weekly_review
from tai_ops.settings import USUAL_LADDER
from tai_ops.sla_credits import Credit
from tai_ops.store import Store, availability, receipts, settings, sla_credits
from tai_ops.store.doctor import check
from tai_ops.store.facts import facts, window
from tai_ops.store.records import void

D = Decimal
MARCH = Month(2026, 3)
NOW = datetime(2026, 4, 3, 16, tzinfo=UTC)
TODAY = date(2026, 4, 3)
FEE = D("4166.67")
CUSTOMERS = "customer_id,name,go_live_on,status\nC-1,Northwind,2026-01-05,live\nC-2,Harbor,2026-03-20,live\nC-3,Apex,,onboarding\n"
TERMS = (
    "subscription_id,customer_id,starts_on,amount,interval\n"
    "S-1,C-1,2026-01-05,50000.00,year\nS-2,C-2,2026-03-20,1000.00,month\n"
)
INVOICES = (
    "invoice_number,customer_id,issued_on,due_on,amount,tax_amount,kind,service_from,service_to\n"
    "INV-1,C-1,2026-01-05,2026-02-04,50000.00,,licence,2026-01-05,2027-01-04\n"
    "INV-2,C-2,2026-03-20,2026-04-19,100.00,,licence,2026-03-20,2026-04-19\n"
)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store.in_memory()
    for kind, text in (("customers", CUSTOMERS), ("subscriptions", TERMS), ("invoices", INVOICES)):
        make.loaded(made, kind, text, now=NOW)
    make.loaded(
        made,
        "incidents",
        "incident_id,title,severity,began_at,detected_at\nI-1,down,CRITICAL,2026-03-10T00:00:00+00:00,2026-03-10T00:00:00+00:00\n",
        now=NOW,
    )
    yield made
    made.close()


def down(store: Store, hours: int, customer: str = "C-1", level: str = "full", day: int = 10) -> None:
    make.loaded(
        store,
        "impacts",
        "incident_id,customer_id,began_at,ended_at,level\n"
        f"I-1,{customer},2026-03-{day}T00:00:00+00:00,2026-03-{day}T{hours:02d}:00:00+00:00,{level}\n",
        now=NOW,
    )


def agreed(store: Store) -> None:
    settings.change(store, make.CEO, "sla_credits", list(USUAL_LADDER), now=NOW)


def due(store: Store, now: datetime = NOW, month: Month = MARCH) -> dict[str, Credit]:
    with store.cursor() as cursor:
        return {c.customer_id: c for c in sla_credits.credits_of_month(cursor, store.company, month, now=now)}


def posted(store: Store, amount: str = "416.67", customer: str = "C-1", **more: object) -> str:
    return sla_credits.post(
        store,
        make.CFO,
        customer,
        MARCH,
        amount=D(amount),
        issued_on=TODAY,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def test_a_missed_month_is_proposed_with_its_minutes(store: Store) -> None:
    agreed(store)
    down(store, 5)
    one, other = due(store)["C-1"], due(store)["C-2"]
    assert (one.state, one.amount, one.credit_pct, one.fee) == ("proposed", D("416.67"), 10, FEE)
    assert (one.downtime_minutes, one.budget_minutes) == (300, D("223.2"))
    assert one.uptime_pct == pytest.approx(D("99.328"), abs=D("0.001"))
    assert (other.state, other.amount) == ("kept", 0)
    assert "C-3" not in due(store)
    assert sla_credits.why(one) == (
        "uptime 99.328 % in March 2026, 300 min down of 223.2 min allowed: 10.0 % of the month's fee"
    )


def test_the_uptime_by_customer_begins_at_go_live_like_the_month_that_credits_rest_on(store: Store) -> None:
    down(store, 5)
    down(store, 4, "C-2")
    down(store, 1, "C-2", day=25)
    month = measure_all(facts(store, window(store, NOW, month=MARCH)))["uptime_pct"].by_customer or {}
    held = availability.watched(store, month_window(MARCH, store.company.tz), now=NOW)
    stands = {name: held.standing(Scope(customer=name)).uptime for name in ("C-1", "C-2")}
    assert stands["C-2"] is not None
    assert stands["C-2"].downtime_minutes == 60
    assert {name: one[0] for name, one in month.items()} == {
        name: one and one.uptime_pct for name, one in stands.items()
    }
    before = measure_all(facts(store, window(store, NOW, month=Month(2026, 2))))["uptime_pct"].by_customer
    assert before == {"C-1": (D(100), "met"), "C-2": (None, "no_data")}


@pytest.mark.parametrize(
    ("hours", "level", "amount"),
    [
        (3, "full", "0"),
        (5, "full", "416.67"),
        (9, "full", "1041.67"),
        (20, "full", "2083.34"),
        (20, "partial", "416.67"),
        (23, "degraded", "0"),
    ],
)
def test_the_ladder_takes_the_weighted_minutes(store: Store, hours: int, level: str, amount: str) -> None:
    agreed(store)
    down(store, hours, level=level)
    assert due(store)["C-1"].amount == D(amount)


def test_a_customer_that_went_live_late_has_a_shorter_month(store: Store) -> None:
    agreed(store)
    down(store, 2, "C-2", day=25)
    one = due(store)["C-2"]
    assert (one.state, one.amount, one.budget_minutes) == ("proposed", 100, D("86.4"))


def test_without_a_ladder_nothing_is_proposed_and_a_month_under_way_waits(store: Store) -> None:
    down(store, 9)
    assert due(store)["C-1"].state == "no ladder"
    assert due(store)["C-2"].state == "kept"
    agreed(store)
    assert due(store, datetime(2026, 3, 31, 23, tzinfo=UTC))["C-1"].state == "running"
    with pytest.raises(Refused, match="no credit of Northwind for 2026-03 is due: the month is not over yet"):
        sla_credits.post(
            store,
            make.CFO,
            "C-1",
            MARCH,
            amount=D(1),
            issued_on=date(2026, 3, 20),
            now=datetime(2026, 3, 20, tzinfo=UTC),
        )


def test_a_person_posts_it_as_a_credit_note_and_never_twice(store: Store) -> None:
    agreed(store)
    down(store, 5)
    note = posted(store, request_key="k")
    assert (note, posted(store, request_key="k")) == ("CN-0001", "CN-0001")
    with pytest.raises(Refused, match=r"is posted already, as CN-0001 by jonas\.feld@tai\.example"):
        posted(store)
    assert store.rows("select amount, memo from invoices where invoice_number = 'CN-0001'") == [
        (
            D("-416.67"),
            "Credit note for INV-1: uptime 99.328 % in March 2026, 300 min down of 223.2 min allowed: 10.0 % of the month's fee",
        )
    ]
    one = due(store)["C-1"]
    assert (one.state, one.amount, one.posted.invoice_number if one.posted else None) == (
        "posted",
        D("416.67"),
        note,
    )
    assert store.row("select count(*) from credit_notes") == (1,)
    assert [f for f in check(store, now=NOW) if not f.ok] == []


def test_a_voided_note_takes_the_credit_back(store: Store) -> None:
    agreed(store)
    down(store, 5)
    posted(store)
    for (application,) in store.rows("select application_id from applications"):
        receipts.take_application_back(store, make.CFO, application, now=NOW)
    void(store, make.CFO, KINDS["invoices"], "CN-0001", "wrong month", now=NOW)
    assert due(store)["C-1"].state == "proposed"
    assert posted(store) == "CN-0002"


def test_what_cannot_be_posted_says_why(store: Store) -> None:
    agreed(store)
    down(store, 5)
    with pytest.raises(Refused, match=r"is 416\.67 now and not 400\.00; look again"):
        posted(store, "400.00")
    with pytest.raises(NotAllowed):
        sla_credits.post(store, make.CSM, "C-1", MARCH, amount=D("416.67"), issued_on=TODAY, now=NOW)
    with pytest.raises(Refused, match="had no promise in 2026-03"):
        posted(store, customer="C-3")
    down(store, 23, "C-2", day=25)
    with pytest.raises(Refused, match=r"C-2 has no licence invoice with 1000\.00 left to credit"):
        posted(store, "1000.00", "C-2")
    assert store.row("select count(*) from sla_credits") == (0,)


def test_the_review_and_the_close_show_what_waits(store: Store) -> None:
    down(store, 5)

    def lines() -> str:
        review = weekly_review.agenda(store, Week(TODAY), NOW)
        block = next(b for b in review.blocks if b.id == "finance")
        return "\n".join(str(one) for one in block.lines)

    def item() -> tuple[str, str]:
        found = next(i for i in month_end_close.status(store, MARCH, NOW).items if i.id == "sla_credits")
        return found.state, found.evidence

    assert "the promise was missed, and no credit ladder is agreed" in lines()
    assert item() == ("open", "Northwind missed its promise, and no credit ladder is agreed")
    agreed(store)
    assert (
        "SLA credit of March 2026 to decide: $416.67 (99.33 % uptime, 300 min down of 223.2 min allowed)"
        in lines()
    )
    assert item() == (
        "open",
        "1 credit for missed uptime to decide, $416.67 (Northwind: 99.33 %, 300.0 min down of 223.2 allowed)",
    )
    posted(store)
    assert "SLA credit" not in lines()
    assert item() == ("done", "1 credit posted, $416.67")


def test_a_closed_month_takes_no_note(store: Store) -> None:
    agreed(store)
    down(store, 5)
    with store.cursor() as cursor:
        cursor.execute("insert into closes values ('2026-04', 1, 'closed', 'N', null, now(), 'x')")
    with pytest.raises(PeriodClosed):
        posted(store)
