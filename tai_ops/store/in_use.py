"""What the records use already: the labels of categories, and the months that they reach back to."""

from tai_ops.company import CATEGORIES
from tai_ops.period import Month
from tai_ops.store.connection import Store


def category_labels(store: Store) -> list[str]:
    """The categories that can be chosen: the six, those of the category map, then those that bills and rules carry."""
    rows = store.rows(
        """
        select distinct category from (select category from bills union all select category from category_rules)
        where trim(coalesce(category, '')) <> '' order by category
        """
    )
    return list(dict.fromkeys([*CATEGORIES, *sorted(store.company.categories), *(row[0] for row in rows)]))


def first_month(store: Store) -> Month | None:
    """The month of the oldest bank line, invoice or bill; None where there is none."""
    row = store.row(
        """
        select least((select min(booked_on) from statement_lines), (select min(issued_on) from invoices),
                     (select min(incurred_on) from bills))
        """
    )
    return Month.of(row[0]) if row and row[0] else None
