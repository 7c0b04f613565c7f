"""The Pipeline page: what is open by stage and age, and what it is worth as Year 1 or as ACV; moving a deal."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops import pipeline
from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.parts import part_shown
from tai_ops.behind import Column, Rows
from tai_ops.board import Board
from tai_ops.deal_value import MEASURES, Measure, Valued, valued
from tai_ops.kinds import STAGES
from tai_ops.kpi import Measured
from tai_ops.pipeline import OPEN_STAGES, Deal, StageAge
from tai_ops.runbooks.overview import Tile, rests_on
from tai_ops.store import Store
from tai_ops.store.dealing import PastDeals, move_deal, past_deals

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: the board of now, the age of each open deal, what it measures."""

    board: Board
    measured: dict[str, Measured]
    ages: tuple[StageAge, ...]
    past: PastDeals
    valued: Valued

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.board.facts.company.currency

    @property
    def deals(self) -> dict[str, Deal]:
        """The deals by their id."""
        return {deal.deal_id: deal for deal in self.valued.deals}

    @property
    def names(self) -> dict[str, str]:
        """What each deal's prospect is called."""
        companies = {one.prospect_id: one.company for one in self.board.facts.prospects}
        return {d.deal_id: companies.get(d.prospect_id, d.deal_id) for d in self.board.facts.deals}

    @property
    def is_year_1(self) -> bool:
        """Whether values are Year-1 values, which are those of the catalogue's numbers."""
        return self.valued.measure == "year_1"

    def worth(self, deal: Deal) -> str:
        """A deal's value in words, an estimate marked as one."""
        value = self.valued.values[deal.deal_id]
        if value.amount is None:
            return f"no {self.valued.name} value"
        return f"{'≈ ' if value.estimated else ''}{words.money(value.amount, self.currency)}"

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
    past = past_of(session.store(), reading.store_key())
    return Seen(
        board,
        reading.measured(now),
        pipeline.stage_ages(facts.deals, board.window.day, facts.calendar),
        past,
        valued(facts.deals, facts.proposals, past.said, _measure(), board.window.as_of),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def past_of(_store: Store, key: str) -> PastDeals:  # noqa: ARG001  # the cache goes by it
    """The history of the deals, read once for each state of the store."""
    return past_deals(_store)


def _measure() -> Measure:
    return "acv" if st.query_params.get("value") == "acv" else "year_1"


def choose_measure() -> None:
    """The choice between Year 1 and ACV, kept in the address."""
    st.session_state["value"] = _measure()
    st.segmented_control(
        "Value as",
        list(MEASURES),
        format_func=lambda one: MEASURES[one],
        key="value",
        required=True,
        on_change=forms.into_address,
        args=("value", "year_1"),
        help="Year 1 is services and licence, the deal's amount. ACV is the licence a year, or the budget said on the call (≈).",
    )


def title(found: Seen) -> None:
    """The title, the verdict, the tiles."""
    with widgets.page_title("Pipeline", reading.as_of_words()):
        if found.board.facts.deals:
            choose_measure()
    widgets.verdict(verdict(found))
    widgets.saved_line()


def verdict(found: Seen) -> str:
    """What is open, what it is worth in the end, and how many deals stand too long."""
    total = pipeline.by_stage(found.valued.deals)["total"]
    if not total.n:
        return "No deal is open."
    value = pipeline.weighted(found.valued.deals, found.board.facts.company.stage_probability_pct)
    what = "Year-1 value" if found.is_year_1 else "ACV"
    first = (
        f"{words.money(total.amount, found.currency)} of {what} is open in {words.counted(total.n, 'deal')}"
        if total.amount is not None
        else f"{words.counted(total.n, 'deal')} without a value {'is' if total.n == 1 else 'are'} open"
    )
    many, guessed = found.valued.estimated
    if many:
        first += f" (≈ {words.money(guessed, found.currency)} of it estimated, in {many})"
    if total.n_without_amount and total.amount is not None:
        first += f", {total.n_without_amount} of them without a value"
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
    """The pipeline's numbers against the period before; the catalogue's are Year-1 values and stand with these alone."""
    if not found.is_year_1:
        st.caption(
            "Deals count by their ACV here. The catalogue's numbers are of Year-1 values and stand under Year 1."
        )
        return
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
    sums = pipeline.by_stage(found.valued.deals)
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
    amount, chance = found.worth(deal), found.chance(deal)
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
        Column("deal_id", "Deal", "text"), Column("company", "Company", "text"), Column("amount", found.valued.name, "money", summed=True), Column("basis", "Value from", "text"),
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
    chance, value_of = found.chance(deal), found.valued.values[deal.deal_id]
    value = None if deal.amount is None or chance is None else deal.amount * chance / 100
    state = "age unknown" if age.rotting is None else "too long" if age.rotting else "in time"
    return (
        deal.deal_id,
        found.names[deal.deal_id],
        deal.amount,
        f"≈ {value_of.basis}" if value_of.estimated else value_of.basis,
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
            format_func=lambda one: words.in_a_cell(names[one]),
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
