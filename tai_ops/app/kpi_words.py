"""What a number's value, target, change and rows are called, in words."""

import re
from datetime import date
from decimal import Decimal

from tai_ops.app import words
from tai_ops.behind import Rows
from tai_ops.comparison import Compared
from tai_ops.kpi import Measured
from tai_ops.matters import kpi_owner
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.rows import DETRACTS, PROMOTES


def value_words(measured: Measured, value: Decimal | int | date | None, currency: str) -> str:
    """A value of the number, with its unit."""
    return words.number(value, measured.kpi.unit, currency, decimals=measured.kpi.decimals)


def target_words(measured: Measured, currency: str) -> str:
    """What is aimed at, with the sign that says from which side; empty without a target."""
    if measured.target is None:
        return ""
    sign = {("up", False): "≥", ("up", True): ">", ("down", False): "≤", ("down", True): "<"}
    aimed = words.aim(measured.target, measured.kpi.unit, currency)
    return f"{sign[measured.kpi.good, measured.kpi.strict]} {aimed}"


def change_words(measured: Measured, before: Compared | None, currency: str) -> str:
    """How the number moved against the period before; empty where that is not compared."""
    if before is None:
        return ""
    kpi = measured.kpi
    return words.change(
        measured.value, before.value, kpi.unit, before.period, currency, decimals=kpi.decimals
    )


def change_colour(measured: Measured, before: Compared | None) -> str:
    """Green where the change is good, red where it is not: up is not always good."""
    said = change_words(measured, before, "USD")
    if said[:1] not in {words.UP, words.DOWN}:
        return "gray"
    return "green" if (said[0] == words.UP) == (measured.kpi.good == "up") else "red"


def definition(measured: Measured, currency: str) -> str:
    """What a number is: formula, inputs, owner, exact value, target, window, source; as Markdown."""
    kpi = measured.kpi
    exact = words.number(measured.value, kpi.unit, currency, decimals=4, exact=True)
    lines = [
        ("Formula", kpi.formula),
        ("From", kpi.rows.replace("_", " ")),
        ("Owner", ROLE_IN_WORDS[kpi_owner(kpi)]),
        ("Exactly", exact),
        ("Target", target_words(measured, currency) or "none set"),
        ("Floor", words.aim(measured.floor, kpi.unit, currency) if measured.floor is not None else ""),
        ("Note", measured.reason or ""),
        ("Over", "the state at that time" if kpi.over == "now" else measured.window),
        ("Source", measured.source),
    ]
    return "  \n".join(f"**{name}:** {words.escape(text)}" for name, text in lines if text)


def rows_words(rows: Rows, measured: Measured, currency: str) -> str:
    """What the rows count, and how the number comes out of them."""
    if not rows.rows:
        return ""
    said = words.counted(len(rows.rows), rows.what, plural(rows.what))
    value = value_words(measured, measured.value, currency)
    total = rows.total()
    match rows.how:
        case "count":
            return said
        case "sum" if measured.kpi.unit == "money" and total is not None:
            return f"{said}, together {words.money(total, currency, exact=True)}"
        case "sum":
            return f"{said}, together {value}"
        case "share":
            held, named = rows.values(), {column.name: column.label.lower() for column in rows.columns}
            return f"{said}, {sum(map(bool, held))} of {len(held)} {named[rows.of]}: {value}"
        case "mean" | "median":
            known = len(rows.values())
            return f"{said}; the {rows.how} of the {known} known is {value}" if known else said
        case "promoters":
            held = rows.values()
            more, less = sum(one >= PROMOTES for one in held), sum(one <= DETRACTS for one in held)
            return (
                f"{said}: {more} from {PROMOTES} up less {less} to {DETRACTS}, of {len(held)}, make {value}"
            )
        case _:
            return f"{said}; the number is made of several such figures, see its formula"


def plural(noun: str) -> str:
    """`customers with MRR`: the first noun takes the plural, not what follows it."""
    head, *rest = re.split(r"(?= (?:with|of|being|billed) )", noun, maxsplit=1)
    many = {"person": "people"}.get(head) or (
        head[:-1] + "ies" if re.search("[^aeiou]y$", head) else head + "s"
    )
    return many + "".join(rest)
