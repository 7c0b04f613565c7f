"""The Pipeline page's look back and ahead: what moved in a week, what was won and lost and why, forecasts against what came, cash."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import streamlit as st

from tai_ops import pipeline
from tai_ops.app import annotated, cash_ahead, charts, forms, reading, session, widgets, words
from tai_ops.app.chart_pipeline import forecast_bars, pipeline_waterfall
from tai_ops.app.pipeline_page import Seen
from tai_ops.behind import Column, Rows
from tai_ops.deal_value import Measure
from tai_ops.pipeline import FEW_CLOSED, Deal
from tai_ops.pipeline_forecast import (
    BACK_WEEKS,
    Compared,
    Forecast,
    Span,
    against_forecasts,
    months_around,
    quarters_around,
)
from tai_ops.pipeline_moves import ENOUGH_CLOSED, Movement, calibration, lost_reasons, movement
from tai_ops.proposal_outcomes import outcomes_by_version
from tai_ops.store.dealing import PastDeals
from tai_ops.store.proposal_states import sent_versions

WEEK = timedelta(days=7)
PERIODS = {"month": "Months", "quarter": "Quarters"}
AGAINST = "Won in the period and, while it runs, the weighted value of what is expected to close in it, as it was seen on that day."


# --- Movement


@st.cache_resource(max_entries=8, show_spinner=False)
def _moved(
    _past: PastDeals,
    key: str,  # noqa: ARG001  # the cache goes by it
    _at: datetime,
    measure: Measure,
    _now: tuple[Deal, ...],
) -> tuple[Movement, int]:
    before, unknown = _past.at(_at, measure)
    return movement(before.deals, _now), len(unknown)


def moves(found: Seen) -> None:
    """What moved the open pipeline in the last seven days, as a waterfall and deal by deal."""
    key = f"{reading.store_key()} {reading.as_of_words()}"
    moved, unknown = _moved(found.past, key, reading.now() - WEEK, found.valued.measure, found.valued.deals)
    if pipeline.by_stage(found.valued.deals)["total"].amount is None and not moved.opening:
        st.caption(
            words.escape(
                f"No open deal has a value as {found.valued.name}, now or a week ago: there is no amount to move."
            )
        )
        return
    widgets.chart(
        pipeline_waterfall(moved, found.currency, "" if found.is_year_1 else " (ACV)"),
        key="pipeline_moves",
        currency=found.currency,
    )
    annotated.beside(reading.now().date() - WEEK, reading.now().date())
    said = [
        f"{words.counted(moved.count('moved on'), 'deal')} moved on a stage and {moved.count('moved back')} moved back, which changes no value.",
        f"{words.counted(moved.unpriced, 'deal')} without a value {'counts' if moved.unpriced == 1 else 'count'} as nothing."
        if moved.unpriced
        else "",
        f"Of {words.counted(unknown, 'deal')} the stage of a week ago is not on record: it counts as new."
        if unknown
        else "",
    ]
    st.caption(words.escape(" ".join(filter(None, said))))
    columns = (
        Column("deal_id", "Deal", "text"),
        Column("company", "Company", "text"),
        Column("change", f"Change, {found.valued.name}", "money", summed=True),
        Column("what", "What", "text"),
        Column("before", "From", "text"),
        Column("after", "To", "text"),
    )
    rows = tuple(
        (m.deal_id, found.names.get(m.deal_id, m.deal_id), m.change, m.what, m.before, m.after)
        for m in moved.moves
    )
    widgets.rows_table(
        Rows("deal_moves", "move", columns, rows, "sum", leads="deals"),
        key="moves_rows",
        alt="Each deal that moved in the last seven days",
        currency=found.currency,
        to_records=True,
    )


# --- Won and lost


def closed(found: Seen) -> None:
    """Win rate, velocity and coverage with what stands behind each, why deals were lost, stage probabilities against history."""
    _rates(found)
    facts, day = found.board.facts, found.board.window.day
    decided = pipeline.decided(found.valued.deals, facts.stage_entries, facts.proposals, day)
    lost = [deal for deal in decided if deal.stage == "lost"]
    widgets.section(
        "Why deals were lost", f"{words.counted(len(lost), 'deal')} in twelve months that reached a proposal"
    )
    columns = (
        Column("reason", "Reason", "text"),
        Column("deals", "Deals", "count"),
        Column("value", found.valued.name, "money"),
    )
    widgets.rows_table(
        Rows("lost_reasons", "reason", columns, lost_reasons(lost), "count"),
        key="lost_rows",
        alt="Reasons for lost deals with count and value",
        currency=found.currency,
    )
    _decided(found, decided)
    _by_version(found)
    widgets.section(
        "Do the stages' probabilities hold?",
        f"Said from {ENOUGH_CLOSED} closed deals on that reached the stage.",
    )
    done = [deal for deal in found.valued.deals if deal.stage in {"won", "lost"}]
    for one in calibration(done, facts.stage_entries, facts.company.stage_probability_pct):
        told = f"{one.won_pct:.0f} % won" if one.won_pct is not None else f"too few: {one.n}"
        st.markdown(
            words.escape(
                f"{one.stage.capitalize()}: set to {one.set_pct:.0f} %, {told} ({one.won} of {one.n} closed)"
                if one.set_pct is not None
                else f"{one.stage.capitalize()}: {told}"
            )
        )


def _by_version(found: Seen) -> None:
    """What became of the proposals that went out, by which version of them that was."""
    facts = found.board.facts
    with session.store().cursor() as cursor:
        versions = sent_versions(cursor)
    made = outcomes_by_version(facts.proposals, versions, facts.calendar, found.board.window.as_of)
    columns = (
        Column("version", "Version", "text"),
        Column("accepted", "Accepted", "count"),
        Column("declined", "Declined", "count"),
        Column("expired", "Expired", "count"),
        Column("waiting", "No answer yet", "count"),
        Column("share", "Accepted of those answered or expired, %", "pct"),
        Column("note", "Note", "text"),
    )
    rows = tuple(
        (
            f"Version {one.version}" if one.version else "No version on record",
            len(one.accepted),
            len(one.declined),
            len(one.expired),
            len(one.waiting),
            one.accepted_pct,
            f"too few: {one.n} of {FEW_CLOSED}" if one.few else "",
        )
        for one in made
    )
    widgets.section(
        "Won and lost by the version that went out",
        "Every proposal that was ever sent; what came by a file has no versions.",
    )
    widgets.rows_table(
        Rows("proposals_by_version", "sent proposal", columns, rows, ""),
        key="by_version",
        alt="Accepted, declined, expired and open proposals by the version that was sent",
    )


def _rates(found: Seen) -> None:
    """The win rate, and the velocity and coverage that rest on it, each with its n."""
    board, facts, day = found.board, found.board.facts, found.board.window.day
    rate = board.win_rate
    cycle = pipeline.cycle_days(found.valued.deals, facts.stage_entries, facts.prospects, day)
    speed = pipeline.sales_velocity(
        found.valued.deals, facts.stage_entries, facts.proposals, facts.prospects, day
    )
    n = rate.n or 0
    won = words.number(rate.value, "pct") if rate.value is not None else words.DASH
    _figure("Win rate", won, f"of n = {n} closed in twelve months", n, rate.reason)
    a_day = (
        words.number(speed.value, "money_per_day", found.currency) if speed.value is not None else words.DASH
    )
    span = words.number(cycle.value, "days") if cycle.value is not None else words.DASH
    behind = f"{words.counted(speed.n or 0, 'open deal')} in {found.valued.name} × win rate / {span} median cycle of {words.counted(cycle.n or 0, 'won deal')}"
    _figure("Sales velocity", a_day, behind, min(n, cycle.n or 0), speed.reason)
    if not found.is_year_1:
        return
    held = found.measured["coverage"]
    times = words.number(held.value, held.kpi.unit) if isinstance(held.value, Decimal) else words.DASH
    _figure(
        "Coverage",
        times,
        "open pipeline / what is missing to the year's revenue target, needed 1 / win rate",
        n,
        held.reason,
    )


def _figure(label: str, shown: str, behind: str, n: int, reason: str | None) -> None:
    few = f" :orange-badge[≈ too few: {n} of {FEW_CLOSED}]" if n < FEW_CLOSED else ""
    more = f" :gray[{words.escape(reason)}]" if reason and not reason.startswith("few") else ""
    st.markdown(f"{label} **{words.escape(shown)}** {words.escape(behind)}{few}{more}")


def _decided(found: Seen, decided: list[Deal]) -> None:
    columns = (
        Column("deal_id", "Deal", "text"),
        Column("company", "Company", "text"),
        Column("outcome", "Outcome", "text"),
        Column("value", found.valued.name, "money"),
        Column("closed_on", "Closed", "date"),
        Column("reason", "Reason", "text"),
    )
    rows = tuple(
        (
            one.deal_id,
            found.names.get(one.deal_id, one.deal_id),
            one.stage,
            one.amount,
            one.closed_on,
            one.lost_reason,
        )
        for one in sorted(decided, key=lambda one: one.closed_on or date.min, reverse=True)
    )
    with st.expander("The deals behind the win rate", icon=":material/table_rows:"):
        widgets.rows_table(
            Rows("deals_decided", "closed deal", columns, rows, "count", leads="deals"),
            key="decided_rows",
            alt="Each deal that the win rate counts",
            currency=found.currency,
            to_records=True,
        )


# --- Forecast


def forecast(found: Seen) -> None:
    """The weighted pipeline by month of the expected close, and earlier forecasts against what came."""
    facts = found.board.facts
    columns = (
        Column("month", "Month", "text"),
        Column("value", f"Weighted, {found.valued.name}", "money", summed=True),
        Column("spread", "± spread", "money"),
        Column("n", "Deals", "count"),
        Column("left_out", "Left out", "count"),
    )
    made = pipeline.forecast(found.valued.deals, facts.company.stage_probability_pct)
    rows = tuple(
        (month.name if month else "no date", one.value, one.spread, one.n, one.n_left_out)
        for month, one in made.items()
    )
    widgets.section("Expected by month", "Value × probability; the spread is one standard deviation.")
    widgets.rows_table(
        Rows("forecast", "month", columns, rows, "sum"),
        key="forecast_rows",
        alt="The weighted pipeline by month",
        currency=found.currency,
    )
    _against(found)
    widgets.chart(
        charts.pipeline_stages(pipeline.by_stage(found.valued.deals), found.currency),
        key="stages",
        currency=found.currency,
    )
    annotated.beside(reading.now().date() - WEEK, reading.now().date())


@st.cache_resource(max_entries=8, show_spinner=False)
def _compared(
    _past: PastDeals,
    key: str,  # noqa: ARG001  # the cache goes by it
    measure: Measure,
    _spans: tuple[Span, ...],
    _now: datetime,
    _today: date,
    _found: Seen,
) -> tuple[Compared, ...]:
    return against_forecasts(
        _spans,
        lambda day: _past.at_end_of(day, _now, measure),
        _today,
        _found.board.facts.company.stage_probability_pct,
    )


def _against(found: Seen) -> None:
    widgets.section("Forecast against what came", AGAINST)
    per = "quarter" if st.query_params.get("per") == "quarter" else "month"
    st.session_state["per"] = per
    st.segmented_control(
        "By", list(PERIODS), format_func=lambda one: PERIODS[one], key="per", required=True,
        on_change=forms.into_address, args=("per", "month"), label_visibility="collapsed",
    )  # fmt: skip
    today = found.board.window.day
    spans = quarters_around(today) if per == "quarter" else months_around(today)
    key = f"{reading.store_key()} {reading.as_of_words()} {per}"
    made = _compared(found.past, key, found.valued.measure, spans, found.board.window.as_of, today, found)
    widgets.chart(
        forecast_bars(made, found.valued.name, found.currency),
        key="forecast_against",
        currency=found.currency,
    )
    annotated.beside(spans[0].first, today)
    columns = (
        Column("period", "Period", "text"),
        *(Column(f"weeks_{n}", f"{n} weeks before", "money") for n in BACK_WEEKS),
        Column("now", "Now", "money"),
        Column("came", "Won in it", "money"),
        Column("share", f"Won / forecast of {BACK_WEEKS[-1]} weeks before, %", "pct"),
        Column("state", "State", "text"),
    )
    rows = tuple(
        (
            one.span.name,
            *(each.value for each in one.earlier),
            one.now.value,
            one.came,
            one.came_pct(one.earlier[-1]),
            "over" if one.over else "ahead" if one.span.first > today else "runs",
        )
        for one in made
    )
    widgets.rows_table(
        Rows("forecasts", "period", columns, rows, ""),
        key="forecasts_rows",
        alt="Each period's forecasts of 13 and 4 weeks before its end against what was won in it",
        currency=found.currency,
    )
    for one in made:
        for weeks, each in zip(BACK_WEEKS, one.earlier, strict=True):
            if each.reason:
                st.caption(
                    words.escape(
                        f"{one.span.name}, {weeks} weeks before ({words.day(each.on)}): {each.reason}."
                    )
                )
    _behind(found, made)


def _behind(found: Seen, made: tuple[Compared, ...]) -> None:
    """The deals of one forecast, as they stood then."""
    choices: dict[str, Forecast] = {}
    for one in made:
        for weeks, each in zip(BACK_WEEKS, one.earlier, strict=True):
            choices[f"{one.span.name}, {weeks} weeks before ({words.day(each.on)})"] = each
        choices[f"{one.span.name}, now"] = one.now
    with st.expander("The deals behind a forecast", icon=":material/table_rows:"):
        chosen = st.selectbox("Forecast", list(choices), key="forecast_chosen")
        columns = (
            Column("deal_id", "Deal", "text"),
            Column("company", "Company", "text"),
            Column("stage", "Stage then", "text"),
            Column("value", found.valued.name, "money"),
            Column("chance", "Chance, %", "pct"),
            Column("counts", "Counts for", "money", summed=True),
        )
        rows = tuple(
            (p.deal_id, found.names.get(p.deal_id, p.deal_id), p.stage, p.value, p.chance_pct, p.counts)
            for p in choices[chosen].parts
        )
        widgets.rows_table(
            Rows("forecast_deals", "deal", columns, rows, "sum", leads="deals"),
            key="forecast_deals",
            alt="Each deal in the forecast, as it stood then",
            currency=found.currency,
            to_records=True,
        )


# --- Cash


def cash() -> None:
    """What the open proposals may bring in cash: the range over the runway, by month, payment by payment."""
    seen_at = reading.looked_at()
    cash_ahead.picture(seen_at)
    cash_ahead.tables(seen_at)
