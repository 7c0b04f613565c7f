"""The overview: how the company stands, what is due, what is wrong, and where a new company begins."""

import streamlit as st

from tai_ops.app import annotated, cash_ahead, charts, first_steps, kpi_views, reading, session, widgets
from tai_ops.app.cash_ahead import OF_RUNWAY
from tai_ops.kpi import KPIS

chosen = KPIS.get(st.query_params.get("kpi", ""))
setting_up = reading.set_up()
company = session.store().company

if setting_up.empty:
    widgets.page_title("Welcome", f"{company.name} has no data yet: three steps and the numbers stand here.")
    widgets.saved_line()
    first_steps.welcome(setting_up)
    first_steps.checklist(setting_up, opened=True)
    st.stop()

period = reading.looked_at(st.query_params.get("period", "now"))
with widgets.page_title(chosen.label if chosen else "Overview", reading.as_of_words(period)):
    widgets.period_picker(reading.choices())
widgets.saved_line()
measured, before = reading.measured(period), reading.previous(period)
board = reading.board(period)
names = {customer.customer_id: customer.name for customer in board.facts.customers}

if chosen:
    widgets.back()
    kpi_views.kpi_detail(
        measured[chosen.id],
        before.get(chosen.id),
        reading.rows_behind(period, chosen),
        names=names,
        zone=company.tz,
        currency=company.currency,
        period=period.code,
    )
    if chosen.id in OF_RUNWAY:
        cash_ahead.picture(period)
        cash_ahead.tables(period)
    st.stop()

seen = reading.overview(period, session.actor())
widgets.verdict(seen.verdict)
if not session.looks_at():
    first_steps.still_to_do(setting_up, reading.put_first_steps_away)
if reading.was_held(period):
    widgets.link(
        "weekly-review", "As the review of that Friday froze it", (("week", period.code),), key="as_frozen"
    )
widgets.tiles(seen.tiles, company.currency)
if setting_up.unfinished and not session.looks_at():
    first_steps.checklist(setting_up)
due, wrong = st.columns(2, gap="large")
with due:
    widgets.section("Due")
    widgets.matters(seen.due, late=True, nothing="Nothing is due.", key="due")
with wrong:
    widgets.section("What is wrong")
    widgets.matters(seen.wrong, late=False, nothing="Nothing is wrong.", key="wrong")
if seen.mrr_year:
    widgets.section("MRR of twelve months")
    happened = annotated.month_events(seen.mrr_year[0][0].start, seen.mrr_year[-1][0].last_day)
    drawn = charts.mrr_months(seen.mrr_year, seen.mrr_target, company.currency, happened)
    widgets.chart(drawn, key="mrr_year", currency=company.currency, zone=company.tz, period=period.code)
    annotated.signs(happened)
widgets.section("All numbers")
kpi_views.kpi_table(measured.values(), before, company.tz, company.currency, period=period.code)
