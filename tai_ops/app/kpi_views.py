"""All numbers as a table, and one number by itself with the rows behind it."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo

import streamlit as st

from tai_ops.app import widgets, words
from tai_ops.app.kpi_words import change_words, definition, rows_words, target_words, value_words
from tai_ops.behind import Column, Rows
from tai_ops.comparison import Compared
from tai_ops.kpi import Measured
from tai_ops.matters import kpi_owner
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.overview import OF_CASH


def kpi_table(
    measured: Iterable[Measured],
    before: Mapping[str, Compared],
    company_zone: tzinfo,
    currency: str,
    *,
    period: str,
    key: str = "kpis",
) -> None:
    """All numbers: value, mark, change, target, window, as-of, source, what limits them, definition."""
    columns = (
        Column("kpi", "Number"),
        Column("value_words", "Value"),
        Column("mark", "Mark"),
        Column("change", "Change"),
        Column("target", "Target"),
        Column("reason", "Note"),
        Column("window", "Over"),
        Column("as_of", "As of", "instant"),
        Column("area", "Area"),
        Column("owner", "Owner"),
        Column("source", "Source"),
        Column("formula", "Definition"),
    )
    rows = tuple(
        (
            m.kpi.label,
            value_words(m, m.value, currency),
            words.mark(m.mark),
            change_words(m, before.get(m.kpi.id), currency),
            target_words(m, currency),
            m.reason or "",
            "" if m.kpi.over == "now" else m.window,
            m.as_of,
            m.kpi.area,
            ROLE_IN_WORDS[kpi_owner(m.kpi)],
            m.source,
            m.kpi.formula,
        )
        for m in measured
    )
    widgets.rows_table(
        Rows("kpis", "number", columns, rows),
        zone=company_zone,
        currency=currency,
        period=period,
        alt="Every number with its value, mark, target and definition",
        key=key,
    )


def kpi_detail(
    measured: Measured,
    before: Compared | None,
    rows: Rows,
    *,
    names: Mapping[str, str],
    zone: tzinfo,
    currency: str,
    period: str,
) -> None:
    """One number by itself: what it is, how it stands by customer, and the rows behind it."""
    left, right = st.columns([1, 2], gap="medium")
    with left, st.container(border=True, key="detail_number"):
        of_balances = measured.kpi.id in OF_CASH and measured.value is not None
        rests = "" if of_balances else f"as of {words.instant(measured.as_of, zone)}"
        widgets.number(measured, before, currency, rests)
    with right:
        st.markdown(definition(measured, currency))
    if measured.by_customer and [column.name for column in rows.columns[:2]] != ["customer_id", "customer"]:
        widgets.section("By customer")
        widgets.rows_table(
            _by_customer(measured, names, currency),
            zone=zone,
            currency=currency,
            period=period,
            alt=f"{measured.kpi.label} by customer",
            opens=("customers", "customer", "customer_id"),
            key="detail_customers",
        )
    widgets.section("Rows", rows_words(rows, measured, currency))
    widgets.rows_table(
        rows,
        zone=zone,
        currency=currency,
        period=period,
        alt=f"Rows behind {measured.kpi.label}",
        opens=("customers", "customer", "customer_id") if rows.leads in {"", "customers"} else None,
        key="detail_rows",
        to_records=True,
    )


def _by_customer(measured: Measured, names: Mapping[str, str], currency: str) -> Rows:
    columns = (
        Column("customer_id", "Id"),
        Column("customer", "Customer"),
        Column("value", measured.kpi.label),
        Column("mark", "Mark"),
    )
    rows = tuple(
        (one, names.get(one, one), value_words(measured, value, currency), words.mark(state))
        for one, (value, state) in (measured.by_customer or {}).items()
    )
    return Rows(f"{measured.kpi.id}_by_customer", "customer", columns, rows)
