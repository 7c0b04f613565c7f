"""What kinds of record and their columns are called on pages: titles, labels with units, helps, and what names a row.

Every kind of `kinds.RECORDS` has words here, also one that is not listed below: they are then made from its names.
"""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from tai_ops.entries import typed
from tai_ops.kinds import RECORDS, Column, Kind
from tai_ops.words import DASH, day, instant, money

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Customers": (
        "customers", "contacts", "onboardings", "tasks", "measurements", "counts", "scores",
    ),
    "Bank and books": ("subscriptions", "services", "invoices", "payments", "bills", "entries", "accounts"),
    "Sales": ("prospects", "deals", "deal_stages", "proposals"),
    "Reliability": ("incidents", "impacts", "probes", "latency_counts", "outage_days"),
    "Company": ("people", "targets", "holidays"),
}  # fmt: skip
"""The kinds as the menu of records groups them; what stands in none comes last."""

TITLES: Mapping[str, str] = {
    "counts": "Count lines",
    "deal_stages": "Stages of deals",
    "outage_days": "Days of outage",
    "services": "Service lines",
}
NAMED_BY: Mapping[str, str] = {
    "accounts": "name",
    "bills": "payee",
    "contacts": "name",
    "customers": "name",
    "entries": "payee",
    "holidays": "name",
    "incidents": "title",
    "payments": "payer",
    "people": "name",
    "prospects": "company",
    "services": "description",
    "tasks": "title",
}
"""The column that says in words what a row is about, where it has one of its own."""

NAMED_THROUGH: Mapping[str, str] = {
    "deals": "prospect_id",
    "proposals": "deal_id",
    "subscriptions": "customer_id",
    "invoices": "customer_id",
    "onboardings": "customer_id",
    "measurements": "customer_id",
    "counts": "customer_id",
    "scores": "customer_id",
    "impacts": "incident_id",
    "deal_stages": "deal_id",
}
"""The column whose record names the row, where it has no words of its own."""

SPEAKING = frozenset(
    {"customers", "accounts", "people", "contacts", "prospects", "incidents", "holidays", "tasks"}
)
"""Kinds whose rows are called by their name; the others are called by their noun and key."""

SOFT: Mapping[tuple[str, str], str] = {
    ("customers", "csm_email"): "people",
    ("prospects", "owner_email"): "people",
    ("tasks", "owner_email"): "people",
}
"""Columns that mean a record of another kind without being held to it."""

NEWEST_BY: Mapping[str, str] = {
    "accounts": "opened_on",
    "bills": "incurred_on",
    "counts": "counted_on",
    "deals": "entered_stage_on",
    "deal_stages": "entered_at",
    "entries": "booked_on",
    "holidays": "day",
    "impacts": "began_at",
    "incidents": "detected_at",
    "invoices": "issued_on",
    "latency_counts": "ended_at",
    "measurements": "measured_on",
    "onboardings": "kickoff_on",
    "outage_days": "day",
    "payments": "received_on",
    "probes": "seen_at",
    "proposals": "requested_at",
    "prospects": "created_on",
    "scores": "answered_on",
    "services": "delivered_on",
    "subscriptions": "starts_on",
    "targets": "from_on",
    "tasks": "due_on",
}
"""The date by which a list stands, the newest first; the others stand by their key."""

LONG = frozenset({"comment", "lost_reason", "memo", "notes", "root_cause"})
"""Texts that may need several lines."""

LABELS: Mapping[str, str] = {
    "abc_class": "ABC class",
    "acknowledged_at": "Acknowledged",
    "any": "Any",
    "csm_email": "CSM",
    "contact": "Contact person",
    "count_hours": "Count hours",
    "counter_account": "Other account of ours",
    "diagnosed_at": "Cause known",
    "done_through_day": "Done through day",
    "email": "E-mail",
    "ended_at": "Ended",
    "ends_on": "Ends before",
    "entered_stage_on": "In this stage since",
    "error_cost_per_month": "Error cost per month",
    "expected_close_on": "Expected to close",
    "go_live_on": "Go-live",
    "interval": "Paid per",
    "kickoff_on": "Kickoff",
    "high_ms": "Up to",
    "kpi": "Number",
    "low_ms": "From",
    "minutes_down": "Minutes down",
    "lost_reason": "Lost because",
    "ok": "Answered",
    "opening_balance": "Opening balance",
    "owner_email": "Owner",
    "path_at": "Way out chosen",
    "reference_consent": "May be named as a reference",
    "reimbursable_to": "To be paid back to",
    "requested_at": "Requested",
    "sku": "SKU",
    "source": "Source",
    "time_zone": "Time zone",
    "trial_ends_on": "Trial ends, first paid day",
    "hours": "Hours",
    "items": "Items in the warehouses",
}
LABELS_OF: Mapping[tuple[str, str], str] = {
    ("bills", "amount"): "Amount with tax",
    ("bills", "payee"): "Paid to",
    ("entries", "amount"): "Amount, money in is positive",
    ("invoices", "amount"): "Amount without tax",
    ("invoices", "kind"): "For",
    ("subscriptions", "amount"): "Price per interval",
    ("deals", "amount"): "Year-1 value",
    ("impacts", "service"): "Service",
    ("people", "active"): "Works here",
    ("targets", "floor"): "Floor, tolerated",
}
HELPS: Mapping[str, str] = {
    "abc_class": "A for the items of most value, C for the least.",
    "account": "The account whose bank lines show it.",
    "began_at": "When it began, not when it was seen.",
    "counter_account": "For a transfer: the account of ours at the other end.",
    "customer_id": "The customer whom it concerns.",
    "discount_pct": "Taken off each interval's price as long as this row runs.",
    "done_through_day": "The last day of the 30-day checklist whose block is finished.",
    "ends_on": "The first day that is not covered any more; empty while it goes on.",
    "floor": "Between target and floor the mark is ≈, beyond it ✗.",
    "interval": "How often the price is due.",
    "method": "Legacy: the old system. Migration: the fidelity of the move. TAI: with the product.",
    "reimbursable_to": "Who paid it out of their own pocket.",
    "service_from": "First day of the period that it bills.",
    "service_to": "Last day of the period that it bills.",
    "tax_amount": "The tax that is part of it; empty: none.",
    "time_zone": "Written like America/New_York.",
    "trial_ends_on": "Until this day nothing is paid, and it counts in no MRR.",
}
EXAMPLES_OF: Mapping[str, str] = {
    "money": "1,234.50",
    "price": "12.50",
    "number": "40",
    "percent": "97.5",
    "whole": "12",
    "email": "name@company.example",
}
UNITS: Mapping[str, str] = {
    "count_hours": "h",
    "hours": "h",
    "high_ms": "ms",
    "latency_ms": "ms",
    "low_ms": "ms",
    "satisfaction": "0 to 10",
    "score": "0 to 10",
    "rate": "per hour",
}


def title(kind: Kind) -> str:
    """What the list of a kind is called, such as `Customers`."""
    return TITLES.get(kind.name, kind.name.replace("_", " ").capitalize())


def plural(kind: Kind) -> str:
    """The noun of many, such as `service lines`."""
    return title(kind)[:1].lower() + title(kind)[1:]


def one_more(kind: Kind) -> str:
    """The noun with its article, such as `an invoice`."""
    return f"{'an' if kind.noun[0] in 'aeiou' else 'a'} {kind.noun}"


def groups() -> dict[str, list[Kind]]:
    """All kinds by group."""
    found = {name: [RECORDS[one] for one in kinds if one in RECORDS] for name, kinds in GROUPS.items()}
    placed = {kind.name for kinds in found.values() for kind in kinds}
    rest = [kind for kind in RECORDS.values() if kind.name not in placed]
    return found | ({"Others": rest} if rest else {})


def label(kind: Kind, column: str) -> str:
    """What a column is called, without its unit, such as `Signed` or `Amount without tax`."""
    if column.endswith("_id") and column == kind.key[0] and not kind.column(column).refers:
        return "Id"
    own = LABELS_OF.get((kind.name, column)) or LABELS.get(column)
    if own:
        return own
    plain = column
    for ending in ("_on", "_at", "_id", "_pct", "_ms"):
        plain = plain.removesuffix(ending)
    return plain.replace("_", " ").capitalize()


def labelled(kind: Kind, column: Column, currency: str, zone: str) -> str:
    """What a column is called with its unit, such as `Amount (USD)` or `Detected (America/New_York)`."""
    unit = UNITS.get(column.name) or {
        "money": currency, "price": currency, "percent": "%", "instant": zone,
    }.get(column.type, "")  # fmt: skip
    name = label(kind, column.name)
    return f"{name} ({unit})" if unit else name


def choice(value: str) -> str:
    """A choice in words, such as `in review`; one written in capitals stays so."""
    return value.replace("_", " ")


def said(column: Column, value: Any, currency: str, zone: tzinfo) -> str:
    """A value as a page says it: money with its currency, days and instants on the company's clock."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value, zone)
    if isinstance(value, date):
        return day(value)
    if column.type == "money":
        return money(Decimal(value), currency, exact=True)
    if column.type == "price":
        return (
            money(Decimal(value), currency, exact=True)
            if Decimal(value) == round(Decimal(value), 2)
            else f"{typed(value)} {currency}"
        )
    if column.type == "percent":
        return f"{typed(value)} %"
    unit = UNITS.get(column.name, "")
    if column.type in {"number", "whole"}:
        digits = f"{value:,}" if isinstance(value, int) else f"{Decimal(value).normalize():,f}"
        return f"{digits} {unit}" if unit in {"h", "ms"} else digits
    return choice(str(value)) if column.type == "choice" else str(value)


def key_text(kind: Kind, values: Mapping[str, Any]) -> str:
    """A row's key as addresses and `void` carry it: its parts by commas, one with a comma in it in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([key_part(values[name]) for name in kind.key])
    return line.getvalue()


def key_part(value: Any) -> str:
    """A part of a key as a file holds it."""
    return value.isoformat() if isinstance(value, datetime) else typed(value)


def key_words(kind: Kind, row: Mapping[str, Any], zone: tzinfo) -> str:
    """A row's key as people say it: its parts with middle dots, an empty one left out."""
    parts = [
        said(kind.column(name), row[name], "", zone) for name in kind.key if row.get(name) not in {None, ""}
    ]
    return " · ".join(parts)


def called(kind: Kind, row: Mapping[str, Any], name: str | None, zone: tzinfo) -> str:
    """What a row is called at the top of its page: its name, or its noun with its key."""
    if kind.name in SPEAKING and name:
        return name
    noun = kind.noun[:1].upper() + kind.noun[1:]
    return f"{noun} {key_words(kind, row, zone)}"
