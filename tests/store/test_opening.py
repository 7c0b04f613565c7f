"""An account without an opening balance can't be locked; entering it lets the close go on."""

from datetime import date
from decimal import Decimal

import make
import pytest
from small_company import MARCH, NOW

from tai_ops.errors import NotAllowed, Refused
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store
from tai_ops.store.matches import lock, type_balance
from tai_ops.store.opening import enter_opening

LINE = "Date,Description,Amount\n2026-03-10,WIRE IN,500.00\n"


@pytest.fixture
def bare(store: Store) -> Store:
    """A bank account with a line and the bank's balance, and no opening balance."""
    make.loaded(store, "accounts", "account,name,kind,currency,opened_on\nNEW,New bank,bank,USD,2026-03-10\n")
    make.statement(store, LINE, "NEW")
    type_balance(store, make.CFO, "NEW", MARCH.last_day, Decimal("600.00"), now=NOW)
    return store


def evidence(store: Store) -> str:
    return next(i.evidence for i in close.status(store, MARCH, NOW).items if i.id == "reconciled")


def test_the_checklist_says_what_to_do_and_entering_it_lets_the_account_be_locked(bare: Store) -> None:
    assert evidence(bare).startswith(
        "New bank has no opening balance, so it can't be reconciled: enter it on the Reconcile page"
    )
    with pytest.raises(Refused, match="no opening balance"):
        lock(bare, make.CFO, "NEW", MARCH.last_day, now=NOW)
    enter_opening(bare, make.CFO, "NEW", Decimal("100.00"), date(2026, 3, 1), now=NOW)
    assert bare.rows("select opened_on, opening_balance, kind from accounts") == [
        (date(2026, 3, 1), Decimal("100.00"), "bank")
    ]
    assert lock(bare, make.CFO, "NEW", MARCH.last_day, now=NOW).difference == Decimal("500.00")
    assert evidence(bare).startswith("New bank $600.00 on both sides")


def test_it_is_the_cfos_and_must_lie_before_the_first_line_and_any_lock(bare: Store) -> None:
    make.loaded(bare, "people", "email,name,role\nmara.klein@tai.example,Mara Klein,ceo\n")
    with pytest.raises(NotAllowed):
        enter_opening(bare, make.CSM, "NEW", Decimal(1), date(2026, 3, 1), now=NOW)
    with pytest.raises(Refused, match="after the first bank line of NEW on 2026-03-10"):
        enter_opening(bare, make.CFO, "NEW", Decimal(1), date(2026, 3, 11), now=NOW)
    with pytest.raises(Refused, match="there is no account 'OLD'"):
        enter_opening(bare, make.CFO, "OLD", Decimal(1), date(2026, 3, 1), now=NOW)
    enter_opening(bare, make.CFO, "NEW", Decimal("100.00"), date(2026, 3, 1), now=NOW)
    lock(bare, make.CFO, "NEW", MARCH.last_day, now=NOW)
    with pytest.raises(Refused, match="unlock it first"):
        enter_opening(bare, make.CFO, "NEW", Decimal("90.00"), date(2026, 3, 1), now=NOW)
