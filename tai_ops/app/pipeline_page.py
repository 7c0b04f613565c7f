"""The Pipeline page: what is open by stage and age, what it is worth, what moved it, what was won and lost and why."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops import pipeline
from tai_ops.app import cash_ahead, charts, forms, reading, session, widgets, words
from tai_ops.app.chart_pipeline import pipeline_waterfall
from tai_ops.app.parts import part_shown
from tai_ops.behind import Column, Rows
from tai_ops.board import Board
from tai_ops.kinds import STAGES
from tai_ops.kpi import Measured
from tai_ops.pipeline import OPEN_STAGES, Deal, StageAge
from tai_ops.pipeline_moves import ENOUGH_CLOSED, Movement, calibration, lost_reasons, movement
from tai_ops.runbooks.overview import Tile, rests_on
from tai_ops.store import Store
from tai_ops.store.dealing import deals_at, move_deal

PARTS = ("Board", "Table", "Movement", "Won and lost", "Forecast", "Cash")
TILES = (
    "pipeline_open",
    "pipeline_weighted",
    "win_rate_pct",
    "sales_velocity",
    "coverage",
    "proposal_slo_pct",
    "new_leads",
    "deals_won_value",
)
FORM = "move_deal"
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: the board of now, the age of each open deal, what it measures."""

    board: Board
    measured: dict[str, Measured]
    ages: tuple[StageAge, ...]

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.board.facts.company.currency

    @property
    def deals(self) -> dict[str, Deal]:
        """The deals by their id."""
        return {deal.deal_id: deal for deal in self.board.facts.deals}

    @property
    def names(self) -> dict[str, str]:
        """What each deal's prospect is called."""
        companies = {one.prospect_id: one.company for one in self.board.facts.prospects}
        return {d.deal_id: companies.get(d.prospect_id, d.deal_id) for d in self.board.facts.deals}

    def chance(self, deal: Deal) -> Decimal | None:
        """How likely a deal is to be won, in per cent: its own probability, else its stage's."""
        return (
            self.board.facts.company.stage_probability_pct.get(deal.stage)
            if deal.probability_pct is None
            else deal.probability_pct
        )


def seen() -> Seen:
    """The pipeline as of now."""
    now = reading.looked_at()
    board = reading.board(now)
    facts = board.facts
    return Seen(
        board, reading.measured(now), pipeline.stage_ages(facts.deals, board.window.day, facts.calendar)
    )


def title(found: Seen) -> None:
    """The title, the verdict, the tiles."""
    widgets.page_title("Pipeline", reading.as_of_words())
    widgets.verdict(verdict(found))
    widgets.saved_line()


def verdict(found: Seen) -> str:
    """What is open, what it is worth in the end, and how many deals stand too long."""
    total = pipeline.by_stage(found.board.facts.deals)["total"]
    if not total.n:
        return "No deal is open."
    value = pipeline.weighted(found.board.facts.deals, found.board.facts.company.stage_probability_pct)
    first = (
        f"{words.money(total.amount, found.currency)} of Year-1 value is open in {words.counted(total.n, 'deal')}"
        if total.amount is not None
        else f"{words.counted(total.n, 'deal')} without an amount {'is' if total.n == 1 else 'are'} open"
    )
    worth = (
        f", worth {words.money(value.value, found.currency)} ± {words.money(value.spread, found.currency)} by probability"
        if value.value is not None and value.spread is not None
        else ""
    )
    rotting = [one for one in found.ages if one.rotting]
    late = (
        f"; {len(rotting)} {'stands' if len(rotting) == 1 else 'stand'} longer than the stage's limit"
        if rotting
        else "; none stands too long"
    )
    return f"{first}{worth}{late}."


def tiles(found: Seen) -> None:
    """The pipeline's numbers against the period before."""
    before = reading.previous(reading.looked_at())
    widgets.tiles(
        [
            Tile(found.measured[name], before.get(name), rests_on(found.board, found.measured[name]))
            for name in TILES
        ],
        found.currency,
    )


def empty() -> None:
    """The page of a company without deals."""
    widgets.empty(
        "Deals by stage with their age, the weighted value and its spread, what moved in the week, why deals were lost",
        "No deal is on record.",
        "Bring in deals",
        "imports",
        (("kind", "deals"),),
    )


def part() -> str:
    """Which part of the page is shown, kept in the address."""
    return part_shown(PARTS)


# --- Board and table


def board(found: Seen) -> None:
    """The open deals in a column a stage, those that stand longest first."""
    sums = pipeline.by_stage(found.board.facts.deals)
    places = st.columns(len(OPEN_STAGES))
    for place, stage in zip(places, OPEN_STAGES, strict=True):
        with place:
            one = sums[stage]
            amount = words.money(one.amount, found.currency) if one.amount is not None else words.DASH
            widgets.section(
                f"{stage.capitalize()} · {one.n}",
                f"{amount}, limit {pipeline.ROTTING_DAYS[stage]} business days",
            )
            for age in [a for a in found.ages if a.stage == stage]:
                _card(found, age)
    _move_form(found)


def _card(found: Seen, age: StageAge) -> None:
    deal = found.deals[age.deal_id]
    amount = words.money(deal.amount, found.currency) if deal.amount is not None else "no amount"
    chance = found.chance(deal)
    with st.container(border=True, key=f"card_{age.deal_id}", gap=None):
        st.markdown(f"**{words.escape(found.names[age.deal_id])}** :gray[{words.escape(age.deal_id)}]")
        close = f", expected {words.short_day(deal.expected_close_on)}" if deal.expected_close_on else ""
        st.markdown(
            words.escape(f"{amount} at {chance:.0f} %{close}" if chance is not None else f"{amount}{close}")
        )
        st.markdown(_age_words(age))


def _age_words(age: StageAge) -> str:
    if age.age_days is None:
        return ":gray-badge[– age unknown]"
    days = words.counted(age.age_days, "business day")
    return f":red-badge[✗ {days}]" if age.rotting else f":green-badge[✓ {days}]"


def table(found: Seen) -> None:
    """Every open deal in a row."""
    columns = (
        Column("deal_id", "Deal", "text"), Column("company", "Company", "text"), Column("amount", "Year 1", "money", summed=True),
        Column("stage", "Stage", "text"), Column("age", "Business days in stage", "count"), Column("state", "State", "text"),
        Column("chance", "Chance, %", "pct"), Column("weighted", "Weighted", "money"), Column("expected", "Expected", "date"),
    )  # fmt: skip
    rows = tuple(_row(found, age) for age in found.ages)
    widgets.rows_table(
        Rows("deals", "open deal", columns, rows, "sum", leads="deals"),
        key="deals_rows", alt="Every open deal with its stage, age, chance and value", currency=found.currency, to_records=True,
    )  # fmt: skip
    _move_form(found)


def _row(found: Seen, age: StageAge) -> tuple[Any, ...]:
    deal = found.deals[age.deal_id]
    chance = found.chance(deal)
    value = None if deal.amount is None or chance is None else deal.amount * chance / 100
    state = "age unknown" if age.rotting is None else "too long" if age.rotting else "in time"
    return (
        deal.deal_id,
        found.names[deal.deal_id],
        deal.amount,
        deal.stage,
        age.age_days,
        state,
        chance,
        value,
        deal.expected_close_on,
    )


def _move_form(found: Seen) -> None:
    if not widgets.may("sales"):
        widgets.who_may_line("sales")
        return
    with st.expander("Move a deal", icon=":material/swap_horiz:"):
        names = {
            d.deal_id: f"{found.names[d.deal_id]} · {d.deal_id}, {d.stage}" for d in found.board.facts.deals
        }
        forms.draft(FORM, {"move_reason": ""})
        st.selectbox(
            "Deal",
            sorted(names, key=lambda one: names[one]),
            format_func=lambda one: names[one],
            key="move_id",
        )
        st.segmented_control("To", STAGES, key="move_to", wrap=True)
        st.text_input(
            "Reason", key="move_reason", help="Needed where a deal is lost, goes back or opens again."
        )
        forms.error_line(FORM)
        st.button(
            "Move it", key="move_now", type="primary", on_click=forms.acted, args=forms.click(FORM, _move)
        )


def _move() -> None:
    deal, stage = st.session_state["move_id"], st.session_state.get("move_to") or ""
    reason, today, now = str(st.session_state["move_reason"]), session.today(), session.now()
    forms.run_once(
        FORM,
        lambda: move_deal(
            session.store(),
            session.actor(),
            deal,
            stage,
            on=today,
            now=now,
            reason=reason,
            request_key=forms.submit_token(FORM),
        ),
        lambda before: f"{deal} moved from {before} to {stage}",
    )


# --- Movement, won and lost, forecast


@st.cache_resource(max_entries=8, show_spinner=False)
def _moved(_store: Store, key: str, _now_deals: tuple[Deal, ...]) -> Movement:  # noqa: ARG001  # the cache goes by it
    return movement(deals_at(_store, reading.now() - WEEK), _now_deals)


def moves(found: Seen) -> None:
    """What moved the open pipeline in the last seven days, as a waterfall and deal by deal."""
    moved = _moved(session.store(), reading.as_of_words(), found.board.facts.deals)
    widgets.chart(pipeline_waterfall(moved, found.currency), key="pipeline_moves", currency=found.currency)
    on, back = moved.count("moved on"), moved.count("moved back")
    st.caption(
        words.escape(
            f"{words.counted(on, 'deal')} moved on a stage and {back} moved back, which changes no value."
            + (
                f" {words.counted(moved.unpriced, 'deal')} without an amount counts as nothing."
                if moved.unpriced
                else ""
            )
        )
    )
    columns = (
        Column("deal_id", "Deal", "text"),
        Column("company", "Company", "text"),
        Column("change", "Change", "money", summed=True),
        Column("what", "What", "text"),
        Column("before", "From", "text"),
        Column("after", "To", "text"),
    )
    rows = tuple(
        (m.deal_id, found.names.get(m.deal_id, m.deal_id), m.change, m.what, m.before, m.after)
        for m in moved.moves
    )
    widgets.rows_table(
        Rows("deal_moves", "move", columns, rows, "sum"),
        key="moves_rows",
        alt="Each deal that moved in the last seven days",
        currency=found.currency,
    )


def closed(found: Seen) -> None:
    """The win rate with its n, why deals were lost, and the stages' probabilities against history."""
    facts = found.board.facts
    rate = found.board.win_rate
    shown = words.number(rate.value, "pct") if rate.value is not None else words.DASH
    few = f" :orange-badge[≈ {words.escape(rate.reason)}]" if rate.reason else ""
    st.markdown(f"Win rate **{words.escape(shown)}** of n = {rate.n} closed in twelve months{few}")
    lost = [
        deal
        for deal in pipeline.decided(
            facts.deals, facts.stage_entries, facts.proposals, found.board.window.day
        )
        if deal.stage == "lost"
    ]
    widgets.section(
        "Why deals were lost", f"{words.counted(len(lost), 'deal')} in twelve months that reached a proposal"
    )
    columns = (
        Column("reason", "Reason", "text"),
        Column("deals", "Deals", "count"),
        Column("value", "Year 1", "money"),
    )
    widgets.rows_table(
        Rows("lost_reasons", "reason", columns, lost_reasons(lost), "count"),
        key="lost_rows",
        alt="Reasons for lost deals with count and value",
        currency=found.currency,
    )
    widgets.section(
        "Do the stages' probabilities hold?",
        f"Said from {ENOUGH_CLOSED} closed deals on that reached the stage.",
    )
    done = [deal for deal in facts.deals if deal.stage in {"won", "lost"}]
    for one in calibration(done, facts.stage_entries, facts.company.stage_probability_pct):
        told = f"{one.won_pct:.0f} % won" if one.won_pct is not None else f"too few: {one.n}"
        st.markdown(
            words.escape(
                f"{one.stage.capitalize()}: set to {one.set_pct:.0f} %, {told} ({one.won} of {one.n} closed)"
                if one.set_pct is not None
                else f"{one.stage.capitalize()}: {told}"
            )
        )


def forecast(found: Seen) -> None:
    """The weighted pipeline by the month in which it is expected to close, each with its spread."""
    facts = found.board.facts
    columns = (
        Column("month", "Month", "text"),
        Column("value", "Weighted", "money", summed=True),
        Column("spread", "± spread", "money"),
        Column("n", "Deals", "count"),
        Column("left_out", "Left out", "count"),
    )
    made = pipeline.forecast(facts.deals, facts.company.stage_probability_pct)
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
    widgets.chart(
        charts.pipeline_stages(pipeline.by_stage(facts.deals), found.currency),
        key="stages",
        currency=found.currency,
    )


# --- Cash


def cash() -> None:
    """What the open proposals may bring in cash: the range over the runway, by month, payment by payment."""
    seen_at = reading.looked_at()
    cash_ahead.picture(seen_at)
    cash_ahead.tables(seen_at)
