"""What a change of the category map would move: bills by their own label, month by month, from one category to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tai_ops.company import Company, company_settings
from tai_ops.money import ZERO
from tai_ops.period import Month
from tai_ops.store.connection import Store
from tai_ops.store.settings import changed


@dataclass(frozen=True, slots=True)
class Label:
    """A label as bills carry it: the category that it counts as now, how many bills, their net sum."""

    label: str
    category: str
    bills: int
    net: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """What goes from one category to another: by label, how many bills, their net sum; how many in closed months."""

    label: str
    category: str
    to: str
    bills: int
    net: Decimal
    in_closed_months: int


def labels(store: Store) -> list[Label]:
    """Every label that bills carry, the largest first."""
    company = store.company
    rows = store.rows(
        """
        select category, count(*), coalesce(sum(amount - coalesce(tax_amount, 0)), 0) as net
        from bills where category is not null group by category order by net desc, category
        """
    )
    return [Label(label, company.category_of(label), count, net) for label, count, net in rows]


def moves(store: Store, categories: Mapping[str, str]) -> list[Move]:
    """What that map would move, the largest first. Refused where it can't be a map (a loop, an unknown end).

    Closed months keep the numbers that they were closed with.
    """
    over = {name: one.value for name, one in changed(store).items()} | {"categories": dict(categories)}
    then, now = company_settings(store.settings_file, over), store.company
    closed = store.closed_months()
    found: dict[str, Move] = {}
    for label, first_day, count, net in store.rows(
        """
        select category, date_trunc('month', incurred_on)::date as first_day, count(*),
               sum(amount - coalesce(tax_amount, 0))
        from bills where category is not null group by category, first_day order by category, first_day
        """
    ):
        category, to = now.category_of(label), then.category_of(label)
        if category == to:
            continue
        is_closed = Month.of(first_day) in closed
        known = found.get(label, Move(label, category, to, 0, ZERO, 0))
        found[label] = Move(
            label,
            category,
            to,
            known.bills + count,
            known.net + net,
            known.in_closed_months + (count if is_closed else 0),
        )
    return sorted(found.values(), key=lambda move: (-move.net, move.label))


def leads(company: Company) -> list[tuple[str, str, str]]:
    """The map line by line: label, what it leads to, and the category at the end."""
    return sorted((label, to, company.category_of(label)) for label, to in company.categories.items())
