"""Short ways to read a statement in a test."""

from decimal import Decimal
from typing import Any

from tai_ops.statements import Statement, read_statement


def read(text: str | bytes, name: str = "bank.csv", **said: Any) -> Statement:
    """The statement in that text."""
    return read_statement(text if isinstance(text, bytes) else text.encode(), name=name, **said)


def amounts(statement: Statement) -> list[str]:
    """Its lines' amounts as text."""
    return [f"{amount:.2f}" for amount in statement.columns.amount]


def dates(statement: Statement) -> list[str]:
    """Its lines' dates in ISO form."""
    return [day.isoformat() for day in statement.columns.date]


def net(statement: Statement) -> Decimal:
    """The sum of its lines."""
    return sum(statement.columns.amount, Decimal(0))
