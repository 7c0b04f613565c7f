"""The variables of a proposal: what each is called, of which type it is, who has it where it is missing.

A value is text until it is read by its variable's type; `printed` says how the document shows it. Money is in the
company's currency.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tai_ops.errors import Refused
from tai_ops.money import parse_money
from tai_ops.period import parse_date
from tai_ops.words import money

Kind = Literal["text", "long", "whole", "number", "pct", "money", "date"]
LONGEST = {"text": 120, "long": 420}
"""How many signs fit into the three pages."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its name in the template, what people call it, its type, and who has it.

    `group` is the part of the form; an `optional` one may stay unknown: the lines that need it are then left out.
    A `carried` one is taken from the newest proposal that has it.
    """

    name: str
    label: str
    kind: Kind
    who: str
    group: str
    optional: bool = False
    carried: bool = False
    computed: bool = False


def _v(name: str, label: str, kind: Kind, who: str, group: str, **more: bool) -> Variable:
    return Variable(name, label, kind, who, group, **more)


_CUSTOMER, _PAIN, _SCOPE, _PRICE, _DATES, _PEOPLE, _PROOF = (
    "Customer", "Pain", "Scope", "Price", "Dates", "People", "Proof",
)  # fmt: skip
VARIABLES: Mapping[str, Variable] = {
    one.name: one
    for one in (
        _v("customer", "Company", "text", "vp_sales", _CUSTOMER),
        _v("contact", "Contact", "text", "vp_sales", _CUSTOMER),
        _v("email", "Contact's e-mail", "text", "vp_sales", _CUSTOMER, optional=True),
        _v("industry", "Industry", "text", "vp_sales", _CUSTOMER),
        _v("call_on", "Day of the discovery call", "date", "vp_sales", _CUSTOMER),
        _v("warehouses", "Warehouses", "whole", "vp_sales", _SCOPE),
        _v("items", "Inventory items", "whole", "vp_sales", _SCOPE),
        _v("pilot_location", "Pilot warehouse", "text", "vp_sales", _SCOPE),
        _v("current_system", "Current system", "text", "vp_sales", _PAIN),
        _v("accuracy_now", "Accuracy now, %", "pct", "vp_sales", _PAIN),
        _v("accuracy_need", "Accuracy needed, %", "pct", "ceo", _PAIN),
        _v("count_hours_now", "Cycle count hours a quarter now", "number", "vp_sales", _PAIN),
        _v("count_hours_need", "Cycle count hours a quarter needed", "number", "vp_sales", _PAIN),
        _v("resolution_hours", "Error resolution, hours on average", "number", "vp_sales", _PAIN),
        _v("error_cost", "Cost of errors a month", "money", "vp_sales", _PAIN),
        _v("labour_rate", "Customer's cost of an hour of counting", "money", "vp_sales", _PAIN, optional=True),
        _v("savings", "Annual savings from fewer errors", "money", "vp_sales", _PAIN),
        _v("annual_value", "Annual value", "money", "vp_sales", _PAIN),
        _v("implementation_hours", "Implementation hours", "number", "cto", _SCOPE),
        _v("training_hours", "Training hours", "number", "cto", _SCOPE),
        _v("support_hours", "Launch support hours", "number", "cto", _SCOPE),
        _v("implementation_rate", "Rate of implementation", "money", "ceo", _PRICE, carried=True),
        _v("training_rate", "Rate of training", "money", "ceo", _PRICE, carried=True),
        _v("support_rate", "Rate of launch support", "money", "ceo", _PRICE, carried=True),
        _v("services", "Professional services", "money", "ceo", _PRICE),
        _v("licence", "Annual licence", "money", "ceo", _PRICE),
        _v("deposit", "Deposit on signature", "money", "ceo", _PRICE),
        _v("kickoff_on", "Kickoff", "date", "cto", _DATES),
        _v("go_live_on", "Go-live", "date", "cto", _DATES),
        _v("implementation_days", "Implementation window, days", "whole", "cto", _DATES),
        _v("support_days", "Launch support, days", "whole", "cto", _DATES),
        _v("sla", "Uptime promised, %", "pct", "cto", _DATES),
        _v("questions_on", "Questions call", "date", "vp_sales", _DATES),
        _v("case_study", "Case study of customer", "text", "csm", _PROOF, optional=True),
        _v("vp_name", "VP Sales", "text", "vp_sales", _PEOPLE),
        _v("vp_email", "VP Sales, e-mail", "text", "vp_sales", _PEOPLE),
        _v("vp_phone", "VP Sales, phone", "text", "vp_sales", _PEOPLE, carried=True),
        _v("booking_link", "Link to book a call", "text", "vp_sales", _PEOPLE, carried=True),
        _v("bio_vp", "Bio of the VP Sales", "long", "vp_sales", _PEOPLE, carried=True),
        _v("bio_cto", "Bio of the CTO", "long", "cto", _PEOPLE, carried=True),
        _v("bio_csm", "Bio of the CSM", "long", "csm", _PEOPLE, carried=True),
    )
}  # fmt: skip
"""Every variable that is filled from a source or typed."""
GROUPS = (_CUSTOMER, _PAIN, _SCOPE, _PRICE, _DATES, _PROOF, _PEOPLE)

DERIVED: Mapping[str, Variable] = {
    one.name: one
    for one in (
        _v("year_1", "Total of Year 1", "money", "", _PRICE, computed=True),
        _v("balance", "Balance on go-live", "money", "", _PRICE, computed=True),
        _v("implementation_fee", "Implementation", "money", "", _PRICE, computed=True),
        _v("training_fee", "Training", "money", "", _PRICE, computed=True),
        _v("support_fee", "Launch support", "money", "", _PRICE, computed=True),
        _v("payback", "Payback, months", "number", "", _PRICE, computed=True),
        _v("case_customer", "Case study: customer", "text", "", _PROOF, optional=True, computed=True),
        _v("case_before", "Case study: accuracy before, %", "pct", "", _PROOF, optional=True, computed=True),
        _v("case_after", "Case study: accuracy measured, %", "pct", "", _PROOF, optional=True, computed=True),
        _v("case_days", "Case study: days between", "whole", "", _PROOF, optional=True, computed=True),
        _v("case_on", "Case study: measured on", "date", "", _PROOF, optional=True, computed=True),
        _v("company", "Our company", "text", "", _PEOPLE, computed=True),
        _v("dated_on", "Date of the document", "date", "", _DATES, computed=True),
        _v("valid_until", "Valid until", "date", "", _DATES, computed=True),
    )
}  # fmt: skip
"""Variables of the template that follow from the others."""
OF_PROSPECT = ("contact", "email", "industry", "warehouses", "items", "current_system")
"""Variables that stand in the prospect's record under the same name; `customer` is its company."""
OF_CALL: Mapping[str, str] = {
    "call_on": "$.call_ended_at",
    "contact": "$.contact",
    "current_system": "$.need.current_system",
    "accuracy_now": "$.need.accuracy_pct",
    "count_hours_now": "$.need.count_hours",
    "error_cost": "$.need.error_cost_per_month",
}
"""Variables that a discovery call answers, and where in its answers."""
FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "deposit": ("services",),
    "savings": ("error_cost", "accuracy_now"),
    "annual_value": ("error_cost", "accuracy_now"),
    "count_hours_need": ("count_hours_now",),
    "go_live_on": ("kickoff_on",),
}
"""Variables that come by themselves once others are there, unless they are typed; until then those others are missing."""
STAMPS = ("dated_on", "valid_until")
"""What the day of sending sets: no part of the content that is approved."""


@dataclass(frozen=True, slots=True)
class Value:
    """A variable's value and where it comes from."""

    name: str
    value: Any
    origin: str


def known_names() -> frozenset[str]:
    """Every name that a template may use."""
    return frozenset(VARIABLES) | frozenset(DERIVED)


def read_value(name: str, text: str) -> Any:
    """The value that was typed for a variable; Refused in one line where it can't be one."""
    variable = VARIABLES.get(name)
    if variable is None:
        raise Refused(f"there is no variable {name!r} to type; those are {', '.join(VARIABLES)}")
    typed = " ".join(text.split())
    try:
        return _read(variable, typed)
    except (ValueError, InvalidOperation) as reason:
        said = str(reason) if isinstance(reason, ValueError) and str(reason) else f"{typed!r} is no number"
        raise Refused(f"{variable.label}: {said}") from None


def _read(variable: Variable, typed: str) -> Any:
    match variable.kind:
        case "money":
            amount = parse_money(typed)
            if amount < 0:
                raise ValueError(f"{typed} is less than nothing")
            return amount
        case "date":
            return parse_date(typed)
        case "whole":
            if not re.fullmatch(r"\d{1,9}", typed.replace(",", "")):
                raise ValueError(f"{typed!r} is no whole number")
            return int(typed.replace(",", ""))
        case "number" | "pct":
            number = Decimal(typed.removesuffix("%").strip())
            if not number.is_finite() or number < 0 or (variable.kind == "pct" and number > 100):
                raise ValueError(f"{typed} must be {'0 to 100' if variable.kind == 'pct' else '0 or more'}")
            return number
        case _:
            most = LONGEST[variable.kind]
            if len(typed) > most:
                raise ValueError(f"{len(typed)} signs don't fit, {most} do")
            return typed


def stored(value: Any) -> str:
    """A value as the text that `read_value` reads back."""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def revived(name: str, text: str) -> Any:
    """A value out of a version, as it was then."""
    variable = VARIABLES.get(name) or DERIVED[name]
    match variable.kind:
        case "money" | "number" | "pct":
            return Decimal(text)
        case "whole":
            return int(text)
        case "date":
            return date.fromisoformat(text)
        case _:
            return text


def printed(name: str, value: Any, currency: str) -> str:
    """A value as the document prints it: money without empty cents, dates as letters write them."""
    variable = VARIABLES.get(name) or DERIVED[name]
    match variable.kind:
        case "money":
            shown = money(value, currency, exact=True)
            return shown.removesuffix(".00")
        case "date":
            return f"{value.day} {value:%B %Y}"
        case "whole":
            return f"{value:,}"
        case "number" | "pct":
            return plain_number(value)
        case _:
            return str(value)


def plain_number(value: Decimal) -> str:
    """A number with one decimal where it has any: `80`, `97.5`, `40,000`."""
    rounded = (
        value.quantize(Decimal("0.1")) if value != value.to_integral_value() else value.quantize(Decimal(1))
    )
    return f"{rounded:,f}"
