"""What was entered, changed and taken out of records, in words: what a row is about and what of it differs."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tai_ops.kinds import Kind
from tai_ops.words import DASH, day

SAID: Mapping[str, str] = {
    "accuracy_pct": "accuracy {} %",
    "comment": "“{}”",
    "count_hours": "{} count hours",
    "counts_per_quarter": "{} counts a quarter",
    "csm_email": "CSM {}",
    "done_through_day": "done through Day {}",
    "error_cost_per_month": "error cost {} a month",
    "errors_per_month": "{} errors a month",
    "go_live_on": "live on {}",
    "kickoff_on": "kickoff on {}",
    "satisfaction": "satisfaction {} of 10",
    "score": "{} of 10",
    "signed_on": "signed on {}",
}
"""How a column's value is said in a sentence, where its name before it does not read well."""


NAMES: Mapping[str, str] = {
    "accuracy_pct": "accuracy",
    "answered_on": "date",
    "count_hours": "counting time",
    "csm_email": "CSM",
    "customer_id": "id",
    "done_through_day": "day",
    "error_cost_per_month": "error cost",
    "go_live_on": "go-live",
    "kickoff_on": "kickoff",
    "measured_on": "date",
    "respondent": "who answered",
    "signed_on": "signed",
}
"""What a column is called by itself, where its own name does not read well."""


def field_name(column: str) -> str:
    """What a column is called by itself, such as `accuracy`."""
    return NAMES.get(column, column.replace("_", " "))


def subject(kind: str, row: Mapping[str, Any]) -> str:
    """What a customer's record is about, such as `Baseline of Main, Fri 20 Feb 2026`."""
    if kind == "measurements":
        what = "Baseline" if row["kind"] == "baseline" else "Current figures"
        return f"{what} of {row['warehouse']}, {day(row['measured_on'])}"
    if kind == "scores":
        return f"Score of {row['respondent']}, {day(row['answered_on'])}"
    return "Onboarding" if kind == "onboardings" else "Customer"


def entered(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """The filled columns of a row, such as `accuracy 97 %, 28 count hours`."""
    return ", ".join(_said(name, shown(row[name])) for name in names if row.get(name) is not None)


def differences(earlier: Mapping[str, Any], row: Mapping[str, Any], kind: Kind) -> str:
    """What two versions of a row differ in, such as `accuracy 96 → 97 %`."""
    return ", ".join(
        _said(name, f"{shown(earlier[name])} → {shown(row[name])}")
        for name in kind.names
        if earlier.get(name) != row.get(name)
    )


def shown(value: Any) -> str:
    """A value in a sentence; a dash where it is empty."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    return day(value) if isinstance(value, date) else typed(value)


def typed(value: Any) -> str:
    """A value as a person types it, and as a cell of a file holds it; empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _said(name: str, value: str) -> str:
    return SAID.get(name, f"{name.replace('_', ' ')} {{}}").format(value)
