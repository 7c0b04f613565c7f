"""What was delivered and is not invoiced: service lines, and subscription days that no invoice pays for."""

from datetime import date
from decimal import Decimal

import pytest

from tai_ops.invoicing import not_invoiced
from tai_ops.mrr import Subscription
from tai_ops.period import Month
from tai_ops.recognition import Invoice, Service

MARCH = Month(2026, 3)
YEARLY = Subscription("S", "C", None, date(2026, 1, 1), None, Decimal("3650.00"), "year", None, None)
MONTHLY = Subscription("S", "C", None, date(2026, 3, 16), None, Decimal("310.00"), "month", None, None)


def invoice(
    issued: date, start: date | None = None, end: date | None = None, amount: str = "1.00"
) -> Invoice:
    return Invoice("I", "C", issued, None, Decimal(amount), None, "licence", start, end, None)


@pytest.mark.parametrize(
    ("subscription", "invoices", "expected"),
    [
        pytest.param(YEARLY, [], Decimal("310.00"), id="no invoice"),
        pytest.param(YEARLY, [invoice(date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31))], None, id="the term"),
        pytest.param(YEARLY, [invoice(date(2026, 4, 2), date(2026, 3, 1), date(2026, 3, 31))], None, id="in arrears"),
        pytest.param(
            YEARLY, [invoice(date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 21))], Decimal("100.00"), id="ten days short"
        ),
        pytest.param(YEARLY, [invoice(date(2026, 1, 9))], None, id="no period, inside its term"),
        pytest.param(YEARLY, [invoice(date(2025, 12, 9))], None, id="no period, before the first term"),
        pytest.param(YEARLY, [invoice(date(2026, 12, 9))], Decimal("310.00"), id="no period, for the next term"),
        pytest.param(
            YEARLY, [invoice(date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31), "-5.00")], Decimal("310.00"), id="a credit note pays for nothing"
        ),
        pytest.param(MONTHLY, [], Decimal("160.00"), id="from its start"),
    ],
)  # fmt: skip
def test_subscription_days_without_an_invoice(
    subscription: Subscription, invoices: list[Invoice], expected: Decimal | None
) -> None:
    found = not_invoiced([subscription], invoices, [], MARCH)
    assert [n.amount for n in found] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("basis", "delivered", "reached", "number", "listed"),
    [
        ("hours", date(2026, 2, 3), None, None, True),
        ("hours", date(2026, 4, 1), None, None, False),
        ("hours", date(2026, 3, 3), None, "I-1", False),
        ("milestone", date(2026, 3, 3), None, None, False),
        ("milestone", None, date(2026, 3, 31), None, True),
    ],
)
def test_service_lines_earned_by_the_months_end(
    basis: str, delivered: date | None, reached: date | None, number: str | None, listed: bool
) -> None:
    line = Service("SV", "C", delivered, "Set-up", None, None, Decimal("900.00"), basis, reached, number)
    found = not_invoiced([], [], [line], MARCH)
    assert [(n.key, n.amount) for n in found] == ([("SV", Decimal("900.00"))] if listed else [])
