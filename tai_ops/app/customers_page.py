"""What the customers' page draws: all customers, what wants attention first, and one customer with all on record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops.accuracy import customer_accuracy
from tai_ops.app import annotated, charts, customers_entry, evidence, reading, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.board import Board
from tai_ops.comparison import period
from tai_ops.errors import Refused
from tai_ops.gains import Warehouse, gain_sentence
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS, Measured, measure, target_on
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import onboarding as runbook
from tai_ops.runbooks import time_machine
from tai_ops.runbooks.onboarding import CustomerDetail
from tai_ops.runbooks.overview import Compared, Tile, rests_on
from tai_ops.store import Store, freshness
from tai_ops.store.browse import key_text
from tai_ops.success import CustomerRow, gain_words, next_words, progress_words, slip_words, stands

PAGE = "customers"
TILES = (
    "customers_live",
    "customers_onboarding",
    "accuracy_pct",
    "accuracy_gain_points",
    "hours_saved_pct",
    "nps",
    "ltr_median",
    "onboarding_complete_pct",
)
OWN_TILES = ("accuracy_pct", "accuracy_gain_points", "hours_saved_pct", "ltr_median")
SHOWN_AT_ONCE = 12
PHONE_NAME, DESK_NAME = 14, 34
PLAN_WORDS = {
    "met": ":green-badge[✓ on time]",
    "floor": ":orange-badge[≈ late]",
    "missed": ":red-badge[✗ late]",
    "no_data": ":gray-badge[– no progress]",
}
STATES = {
    "done": ":green-badge[✓ done]",
    "late": ":red-badge[✗ late]",
    "now": ":blue-badge[● now]",
    "ahead": ":gray-badge[– ahead]",
}
STYLE = """<style>
[class*="st-key-row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: 0.35rem 0; }
[class*="st-key-row_"] button { padding: 0; min-height: 2.5rem; text-align: left; }
[class*="st-key-row_"] button p { font-weight: 600; font-size: 1.05rem; white-space: normal; }
[class*="st-key-row_"] p { line-height: 1.5; }
[class*="st-key-block_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding-bottom: 0.3rem; }
</style>"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: the board, all customers, and the one in the address; what was wrong with the address."""

    board: Board
    rows: tuple[CustomerRow, ...]
    detail: CustomerDetail | None = None
    complaint: str | None = None

    @property
    def target(self) -> Decimal:
        """The accuracy to reach, in per cent."""
        target, _ = target_on(self.board.facts.targets, KPIS["accuracy_pct"], self.board.window.day)
        return target or Decimal(0)

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.board.facts.company.currency


# --- What the page is about


def seen() -> Seen:
    """All customers as of now, and the one in the address; the list, with the reason, where there is no such one."""
    store, key = session.store(), _key()
    board, rows = _board(store, key), _rows(store, key)
    wanted = st.query_params.get("customer", "")
    if not wanted:
        return Seen(board, rows)
    try:
        return Seen(board, rows, _detail(store, key, wanted))
    except Refused as refusal:
        return Seen(board, rows, complaint=str(refusal))


def _key() -> str:
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)} {reading.now():%Y%m%d%H%M} {session.then() or ''}"


@st.cache_resource(max_entries=12, show_spinner=False)
def _board(_store: Store, key: str) -> Board:  # noqa: ARG001  # the key is what the cache goes by
    found = runbook.success_board(_store, reading.now())
    return Board(time_machine.facts_then(_store, found.facts).facts) if session.then() else found


@st.cache_resource(max_entries=12, show_spinner=False)
def _rows(_store: Store, key: str) -> tuple[CustomerRow, ...]:
    return runbook.customer_board(_store, reading.now(), _board(_store, key))


@st.cache_resource(max_entries=24, show_spinner=False)
def _detail(_store: Store, key: str, customer_id: str) -> CustomerDetail:
    return runbook.customer_detail(_store, customer_id, reading.now(), _board(_store, key))


# --- All customers


def list_title(found: Seen) -> None:
    """The title row of the list, with what may be entered."""
    st.html(STYLE)
    side = widgets.page_title("Customers", reading.as_of_words())
    if found.rows and not session.looks_at():
        customers_entry.choice(side)


def list_top(found: Seen) -> None:
    """What is wrong with the address, the verdict, the form that is open, what was saved."""
    if found.complaint:
        st.info(words.escape(found.complaint), icon=":material/person_search:")
    widgets.verdict(runbook.verdict(found.board, found.rows))
    customers_entry.form(found.board, found.rows, None)


def nobody(found: Seen) -> None:
    """A store without customers: what will stand here, why it is empty, and the form that begins it."""
    st.markdown(
        "Here stands each customer's inventory accuracy from its baseline to now, the hours that counting takes, "
        "how its onboarding keeps to the plan, and what its people say. No customer is on record yet: add the first."
    )
    customers_entry.first_customer(found.board)
    widgets.link(
        "imports",
        "Or load many from a CSV file",
        (("kind", "customers"),),
        icon=":material/upload_file:",
    )


def tiles(found: Seen) -> None:
    """The eight numbers of the customers, beside those of a week ago."""
    board, before = found.board, _week_ago(found.board)
    known = time_machine.facts_then(session.store(), board.facts).known if session.then() else None
    shown = []
    for name in TILES:
        measured = measure(board, KPIS[name])
        measured = known(measured) if known else measured
        shown.append(Tile(measured, before.get(name), rests_on(board, measured)))
    widgets.tiles(shown, found.currency)


def _week_ago(board: Board) -> dict[str, Compared]:
    earlier = period("now", board.facts.calendar, board.window.as_of).states
    then = Board(replace(board.facts, window=earlier.window))
    known = [name for name in TILES if name not in {"customers_live", "customers_onboarding"}]
    known.remove("onboarding_complete_pct")
    return {name: Compared(measure(then, KPIS[name]).value, earlier.name) for name in known}


def chart(found: Seen) -> None:
    """Each customer's accuracy from baseline to now, where any was measured."""
    measured = [
        (_short(row.name), row.accuracy)
        for row in found.rows
        if row.status != "churned"
        and (row.accuracy.baseline_pct is not None or row.accuracy.accuracy_pct is not None)
    ]
    if measured:
        widgets.chart(charts.accuracy_dumbbell(measured), key="accuracy", period=str(found.board.window.day))
        annotated.beside(found.board.window.day - timedelta(days=30), found.board.window.day)


def _short(name: str) -> str:
    """A name as it fits beside a chart; on a phone there is less room."""
    longest = PHONE_NAME if widgets.is_phone() else DESK_NAME
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"


def rows(found: Seen) -> None:
    """One line a customer, what wants attention first; each opens its detail, and all stand in a table as well."""
    widgets.section(
        "Every customer", "What wants attention stands first; a name opens all that is on record."
    )
    for place, row in enumerate(found.rows[:SHOWN_AT_ONCE]):
        _line(row, place)
    if len(found.rows) > SHOWN_AT_ONCE:
        st.caption(f"{len(found.rows) - SHOWN_AT_ONCE} more stand in the table below.")
    with st.expander(
        "All figures as a table", key="figures", icon=":material/table:", on_change="rerun"
    ) as box:
        if box.open:
            widgets.rows_table(
                table(found.rows),
                key="customers",
                alt="Every customer with its figures",
                period=str(found.board.window.day),
                opens=(PAGE, "customer", "customer_id"),
            )


def _line(row: CustomerRow, place: int) -> None:
    with st.container(key=f"row_{place}"):
        who, figures, ahead = st.columns([2, 3, 3], gap="small", vertical_alignment="center")
        with who, st.container(gap=None):
            widgets.link(PAGE, row.name, (("customer", row.customer_id),))
            st.markdown(_badges(row))
        figures.markdown("  \n".join(_figures(row)))
        with ahead, st.container(gap=None):
            st.markdown("  \n".join(_ahead(row)))
            _way_to_enter(row)


def _way_to_enter(row: CustomerRow) -> None:
    """The way to the form by which the first lack is made good."""
    lack = next((one for one in row.missing if one in customers_entry.ENTERED_BY), None)
    if lack and widgets.may("success"):
        way, said = customers_entry.ENTERED_BY[lack]
        query = (("customer", row.customer_id), (customers_entry.ENTER, way))
        widgets.link(PAGE, said, query, icon=":material/edit:")


def plan_badge(row: CustomerRow) -> str:
    """Whether an onboarding is on time, late or held up by a gate, as a badge; empty where nothing is due yet."""
    if row.stopped:
        return ":red-badge[✗ gate: NO]"
    return PLAN_WORDS[row.slip_mark] if row.slip_mark else ""


def _badges(row: CustomerRow) -> str:
    said = [f":gray-badge[{words.escape(row.status)}]"]
    if row.status == "live":
        said.append(words.badge(row.accuracy_mark))
    elif row.slip_mark:
        said.append(plan_badge(row))
    return " ".join(said)


def _figures(row: CustomerRow) -> list[str]:
    """What is known of a customer in two lines: its accuracy or progress, then the rest and how fresh it is."""
    accuracy = row.accuracy
    first = []
    if accuracy.accuracy_pct is not None:
        first.append(f"**{words.escape(words.number(accuracy.accuracy_pct, 'pct'))}** accuracy")
    if accuracy.gain_points is not None:
        first.append(words.escape(gain_words(accuracy.gain_points)))
    if row.status in {"signed", "onboarding"} and progress_words(row):
        first.append(f"**{words.escape(progress_words(row))}**")
    if accuracy.accuracy_pct is None and accuracy.baseline_pct is not None:
        first.append(words.escape(f"baseline {words.number(accuracy.baseline_pct, 'pct')}"))
    second = []
    if accuracy.hours_saved_pct is not None:
        second.append(f"{words.number(accuracy.hours_saved_pct, 'pct', decimals=0)} of counting hours saved")
    if row.ltr_median is not None:
        second.append(f"recommends {words.number(row.ltr_median, 'score')} of 10 (n = {row.nps.n})")
    if row.measured_on:
        second.append(f"measured {words.day(row.measured_on)}, {row.source}")
    small = f":small[:gray[{words.escape(', '.join(second))}]]" if second else ""
    return [line for line in (" · ".join(first) or words.DASH, small) if line]


def _ahead(row: CustomerRow) -> list[str]:
    """What is missing, and what comes next."""
    lines = [f":orange[{words.escape(f'– {lack}')}]" for lack in row.missing]
    if row.next_step:
        lines.append(words.escape(f"Next: {next_words(row)}"))
    who = [f"CSM {row.csm}"] if row.csm else []
    if row.go_live_on:
        who.append(f"live {'since' if row.status == 'live' else 'on'} {words.day(row.go_live_on)}")
    if who:
        lines.append(f":small[:gray[{words.escape(', '.join(who))}]]")
    return lines


def table(shown: Sequence[CustomerRow]) -> Rows:
    """Every customer with all its figures."""
    columns = (
        Column("customer", "Customer"),
        Column("standing", "Standing"),
        Column("accuracy_pct", "Accuracy %", "pct"),
        Column("status", "Status"),
        Column("baseline_pct", "Baseline %", "pct"),
        Column("gain_points", "Gain, points", "number"),
        Column("hours_saved_pct", "Hours saved %", "pct"),
        Column("ltr_median", "Recommends, 0–10", "number"),
        Column("nps", "NPS", "number"),
        Column("answers", "Answers", "count"),
        Column("done_pct", "Onboarding done %", "pct"),
        Column("phase", "Phase"),
        Column("slip", "Plan"),
        Column("measured_on", "Measured", "date"),
        Column("source", "Source"),
        Column("csm", "CSM"),
        Column("go_live_on", "Go-live", "date"),
        Column("missing", "Missing"),
        Column("next_step", "Next"),
        Column("next_on", "By", "date"),
        Column("customer_id", "Id"),
    )
    return Rows("customers", "customer", columns, tuple(_cells(row) for row in shown))


def _cells(row: CustomerRow) -> tuple[Any, ...]:
    onboarding = row.status in {"signed", "onboarding"}
    return (
        row.name,
        words.mark(row.slip_mark if onboarding else row.accuracy_mark),
        row.accuracy.accuracy_pct,
        row.status,
        row.accuracy.baseline_pct,
        row.accuracy.gain_points,
        row.accuracy.hours_saved_pct,
        row.ltr_median,
        row.nps.value,
        row.nps.n,
        row.progress.pct,
        row.progress.phase.name if row.progress.phase else None,
        slip_words(row.slip_days),
        row.measured_on,
        row.source,
        row.csm,
        row.go_live_on,
        "; ".join(row.missing),
        row.next_step,
        row.next_on,
        row.customer_id,
    )


# --- One customer


def detail_title(detail: CustomerDetail) -> None:
    """The way back, the customer's name with its status, and what may be entered."""
    st.html(STYLE)
    widgets.back("All customers", PAGE)
    row = detail.row
    since = f" since {words.day(row.go_live_on)}" if row.go_live_on and row.status == "live" else ""
    csm = f", CSM {row.csm}" if row.csm else ""
    said = f"{row.customer_id}, {row.status}{since}{csm}; {reading.as_of_words()}"
    side = widgets.page_title(words.escape(row.name), said)
    customers_entry.choice(side)


def detail_top(found: Seen, detail: CustomerDetail) -> None:
    """How the customer stands in one sentence, the form that is open, what was saved, its four numbers."""
    widgets.verdict(stands(detail.row, found.target))
    customers_entry.form(found.board, found.rows, detail)
    live = detail.row.status == "live"
    owned = [
        one for one in (_own(found.board, detail.row, n) for n in OWN_TILES) if live or one.value is not None
    ]
    if not owned:
        return
    with st.grid(4, min_column_width=widgets.TILE_WIDTH, key="own_tiles"):
        for one in owned:
            name = one.kpi.id
            with st.container(border=True, height="stretch", gap="xsmall", key=f"own_{name}"):
                widgets.number(one, None, found.currency, _own_rests_on(detail, name))


def _own(board: Board, row: CustomerRow, name: str) -> Measured:
    """A number of the catalogue for one customer alone."""
    measured = measure(board, KPIS[name])
    value, state = (measured.by_customer or {}).get(row.customer_id, (None, "no_data"))
    return replace(measured, value=value, mark=state, reason=_why(row, name) if value is None else None)


def _why(row: CustomerRow, name: str) -> str | None:
    if name == "ltr_median":
        return "nobody was asked yet"
    if name == "hours_saved_pct":
        return "hours before and after are not both on record"
    if name == "accuracy_gain_points" and row.accuracy.accuracy_pct is not None:
        return "no baseline to compare with"
    return row.accuracy.reason and "no current accuracy on record"


def _own_rests_on(detail: CustomerDetail, name: str) -> str:
    if name == "ltr_median":
        newest = detail.answers[0].answered_on if detail.answers else None
        return f"newest answer {words.day(newest)}, n = {detail.row.nps.n}" if newest else ""
    on = detail.row.accuracy.measured_on
    return f"measured {words.day(on)}" if on else ""


def detail_body(found: Seen, detail: CustomerDetail) -> None:
    """Measurements, answers, plan and history; the plan stands first while the customer is being onboarded."""
    if detail.row.status in {"signed", "onboarding"}:
        plan(detail)
    warehouses(found, detail)
    scores(detail)
    if detail.row.status not in {"signed", "onboarding"}:
        plan(detail)
    evidence.panel("customers", key_text(KINDS["customers"], {"customer_id": detail.row.customer_id}))
    history(detail)


def warehouses(found: Seen, detail: CustomerDetail) -> None:
    """What each warehouse gained, drawn and said, and the measurements behind it."""
    widgets.section(
        "Warehouses", "Newest baseline against newest current figures; hours are per warehouse and quarter."
    )
    if not detail.measurements:
        st.caption("Nothing was measured yet. The baseline is measured on Day 7-8 of the onboarding.")
        return
    for place, one in enumerate(detail.warehouses):
        with st.container(key=f"block_warehouse_{place}"):
            state = one.gain.mark if one.gain else "no_data"
            st.markdown(
                f"**{words.escape(one.warehouse)}** {words.badge(state)}  \n{words.escape(gain_sentence(one))}"
            )
    _warehouse_chart(found, detail)
    widgets.rows_table(
        _measurements(detail),
        key="measurements",
        alt="What was measured of each warehouse",
        currency=found.currency,
        zone=session.store().company.tz,
        period=detail.row.customer_id,
    )
    customers_entry.take_out(detail)


def _warehouse_chart(found: Seen, detail: CustomerDetail) -> None:
    pairs = [(_short(one.warehouse), _accuracy_of(found, detail, one)) for one in detail.warehouses]
    known = [pair for pair in pairs if pair[1].accuracy_pct is not None or pair[1].baseline_pct is not None]
    if known:
        said = _at_goal([one.accuracy_pct for _, one in known], found.target)
        drawn = replace(charts.accuracy_dumbbell(known), title=said, alt=f"{said}.")
        widgets.chart(drawn, key="warehouse_accuracy", period=detail.row.customer_id)
        annotated.beside(found.board.window.day - timedelta(days=30), found.board.window.day)


def _at_goal(measured: Sequence[Decimal | None], target: Decimal) -> str:
    """How many warehouses are at the goal; one that was not measured is not missed."""
    known = [one for one in measured if one is not None]
    if not known:
        return "No current accuracy is measured yet"
    met = sum(one >= target for one in known)
    if len(measured) == 1:
        return f"The warehouse is {'' if met else 'not yet '}at the goal"
    unknown = len(measured) - len(known)
    said = f"{met} of {len(measured)} warehouses {'is' if met == 1 else 'are'} at the goal"
    return f"{said}; {unknown} not measured" if unknown else said


def _accuracy_of(found: Seen, detail: CustomerDetail, one: Warehouse) -> Any:
    own = [m.measurement for m in detail.measurements if m.measurement.warehouse == one.warehouse]
    return customer_accuracy(own, detail.row.customer_id, found.board.window.day)


def _measurements(detail: CustomerDetail) -> Rows:
    called = {person.email: person.name for person in (LOCAL_OWNER, *session.store().people())}
    columns = (
        Column("measured_on", "Measured", "date"),
        Column("what", "Warehouse, kind"),
        Column("accuracy_pct", "Accuracy %", "pct"),
        Column("count_hours", "Hours", "number"),
        Column("counts_per_quarter", "Counts", "number"),
        Column("errors_per_month", "Errors a month", "number"),
        Column("error_cost_per_month", "Cost a month", "money"),
        Column("satisfaction", "Rating", "number"),
        Column("method", "Method"),
        Column("source", "Source"),
        Column("recorded_at", "Recorded", "instant"),
        Column("recorded_by", "By"),
    )
    cells = tuple(
        (
            one.measurement.measured_on,
            f"{one.measurement.warehouse}, {one.measurement.kind}",
            one.measurement.accuracy_pct,
            one.measurement.count_hours,
            one.measurement.counts_per_quarter,
            one.measurement.errors_per_month,
            one.measurement.error_cost_per_month,
            one.measurement.satisfaction,
            one.measurement.method,
            one.source,
            one.recorded_at,
            called.get(one.recorded_by, one.recorded_by),
        )
        for one in detail.measurements
    )
    return Rows("measurements", "measurement", columns, cells)


def scores(detail: CustomerDetail) -> None:
    """What the customer's people answered, newest first."""
    found = detail.row.nps
    note = f"n = {found.n}: {found.counts}; the newest answer of each person counts" if found.n else ""
    widgets.section("How likely to recommend", note)
    columns = (
        Column("answered_on", "Answered", "date"),
        Column("respondent", "Who"),
        Column("score", "Score, 0–10", "count"),
        Column("comment", "Comment"),
    )
    cells = tuple((s.answered_on, s.respondent, s.score, s.comment) for s in detail.answers)
    widgets.rows_table(
        Rows("scores", "answer", columns, cells),
        key="scores",
        alt="What the customer's people answered",
        period=detail.row.customer_id,
    )


def plan(detail: CustomerDetail) -> None:
    """The onboarding block by block with its dates, then the dates that follow it; folded away once all is done."""
    if not detail.plan:
        widgets.section("Onboarding")
        st.caption("No kickoff is on record; the dated plan is made under *Onboarding* with one click.")
        return
    over = detail.row.progress.next_block is None and detail.row.progress.pct is not None
    kickoff = f"kickoff on {words.day(detail.plan.kickoff_on)}"
    said = "; ".join(
        filter(None, dict.fromkeys([kickoff, progress_words(detail.row)]))
    )  # alike before any progress
    widgets.section("Onboarding", said[:1].upper() + said[1:])
    if over:
        box = st.expander(
            "Every block with its dates", key="blocks", icon=":material/checklist:", on_change="rerun"
        )
        if box.open:
            with box:
                _blocks(detail)
    else:
        st.progress(float(detail.row.progress.pct or 0) / 100)
        _blocks(detail)
    st.markdown("**After the checklist**")
    st.markdown("  \n".join(words.escape(f"{words.day(m.on)}: {m.name}") for m in detail.milestones))


def _blocks(detail: CustomerDetail) -> None:
    for place, one in enumerate(detail.blocks):
        hours = f", {one.block.hours} h" if one.block.hours else ""
        small = f"{_days(one.block.first_day, one.block.last_day)}{hours}, {_when(one.first_on, one.last_on)}"
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"block_{place}"
        ):
            st.markdown(STATES[one.state], width=80)
            st.markdown(
                f"**{words.escape(one.block.title)}** :small[:gray[{words.escape(small)}]]", width="stretch"
            )


def _days(first: int, last: int) -> str:
    return f"Day {first}" if first == last else f"Day {first} to {last}"


def _when(first: Any, last: Any) -> str:
    return words.day(first) if first == last else f"{words.short_day(first)} to {words.day(last)}"


def history(detail: CustomerDetail) -> None:
    """Who entered, changed and took out what, newest first."""
    with st.expander(
        "History of changes", key="history", icon=":material/history:", on_change="rerun"
    ) as box:
        if box.open:
            columns = (Column("changed_at", "When", "instant"), Column("what", "What"), Column("by", "Who"))
            cells = tuple((c.at, c.what, c.by) for c in detail.changes)
            widgets.rows_table(
                Rows("changes", "change", columns, cells),
                key="changes",
                alt="What was changed of this customer, by whom and when",
                zone=session.store().company.tz,
                period=detail.row.customer_id,
            )
