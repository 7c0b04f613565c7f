"""The top of the weekly review's page: which week, what to do now, the week in one sentence, its numbers and their rows."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import streamlit as st

from tai_ops.accuracy import CustomerAccuracy
from tai_ops.app import annotated, charts, forms, kpi_views, session, widgets, words
from tai_ops.board import Facts, Window
from tai_ops.comparison import Compared
from tai_ops.errors import Refused, WrongUsage
from tai_ops.exports.review import status_words
from tai_ops.kpi import KPIS, Kpi
from tai_ops.period import Week, parse_date
from tai_ops.review import Review
from tai_ops.review_agenda import AGENDA
from tai_ops.review_rows import RowsBehind
from tai_ops.rights import may
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.runbooks.overview import Tile
from tai_ops.runbooks.weekly_review import Records
from tai_ops.store import Store, freshness, probes

PAGE = "weekly-review"
TILES = (
    "accuracy_pct",
    "pipeline_open",
    "uptime_pct",
    "latency_p95_ms",
    "cash",
    "runway_months",
    "commitments_kept_pct",
    "blockers_open",
)
OF_BALANCES = frozenset({"cash", "runway_months", "cash_out_on"})
"""Numbers that hold as of their accounts' balances."""
KIND_WORDS = {
    "win": "Win",
    "blocker": "Blocker",
    "priority": "Priority",
    "action": "Action item",
    "note": "Note",
}
STYLE = """<style>
[class*="st-key-lines_"] p { font-size: 1.05rem; line-height: 1.6; margin: 0; }
[class*="st-key-lines_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-note_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-note_"] button { min-height: 2rem; padding: 0 0.5rem; }
[class*="st-key-note_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; padding: 0.25rem 0; }
[class*="st-key-note_"] [data-testid="stMarkdownContainer"] > :last-child { margin-bottom: 0; }
@media (min-width: 640px) { [class*="st-key-note_"] { flex-wrap: nowrap !important; } }
</style>"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: the review of the chosen week, and what was wrong with the week in the address."""

    week: Week
    review: Review
    complaint: str | None = None
    weeks: tuple[Week, ...] = ()


# --- Which week


def seen() -> Seen:
    """The review of the week in the address; the nearest one, with the reason, where that is none."""
    store, now = session.store(), session.now()
    asked = st.query_params.get("week", "")
    newest = runbook.newest_week(store, now)
    week, complaint = _asked(asked, newest)
    try:
        review = _review(store, version_key(store), str(week), week)
    except Refused as refusal:
        week, complaint = newest, str(refusal)
        review = _review(store, version_key(store), str(week), week)
    offered = sorted({week, *runbook.weeks(store, now)}, reverse=True)
    return Seen(week, review, complaint, tuple(offered))


def _asked(asked: str, newest: Week) -> tuple[Week, str | None]:
    if not asked:
        return newest, None
    try:
        return Week.parse(asked), None
    except WrongUsage as reason:
        return _nearest(asked) or newest, str(reason)


def _nearest(asked: str) -> Week | None:
    try:
        day = parse_date(asked)
    except ValueError:
        return None
    ahead = Week.of_day(day)
    return min((ahead, ahead.plus(-1)), key=lambda week: abs((week.friday - day).days))


def version_key(store: Store) -> str:
    """What changes whenever the review may: the store, its version, and the minute."""
    return f"{store.path or id(store)} {freshness.version(store)} {session.now():%Y%m%d%H%M}"


@st.cache_resource(max_entries=24, show_spinner=False)
def _review(_store: Store, key: str, friday: str, _week: Week) -> Review:  # noqa: ARG001  # the key is what the cache goes by
    return runbook.show(_store, _week, session.now(), read=kept_records)


def kept_records(store: Store, window: Window) -> Records:
    """The records of a week, read anew where one of them changed: not for a note, and the probes for probes alone."""
    held, about = f"{store.path or id(store)}", f"{window.flow[0]:%Y%m%dT%H} {window.as_of:%Y%m%dT%H%M}"
    records, probes = freshness.records_version(store), freshness.probes_version(store)
    return _kept(
        store, f"{held} {records} {probes}", about, window, (f"{held} {records}", f"{held} {probes}")
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _kept(_store: Store, key: str, about: str, _window: Window, _keys: tuple[str, str]) -> Records:  # noqa: ARG001
    found = _records(_store, _keys[0], about, _window)
    seen = _probes(_store, _keys[1], about, _window)
    return Records(replace(found, coverages=seen.coverages, latency=seen.latency), seen.failing)


@st.cache_resource(max_entries=12, show_spinner=False)
def _records(_store: Store, key: str, about: str, _window: Window) -> Facts:  # noqa: ARG001
    return runbook.facts_read(_store, _window)


@st.cache_resource(max_entries=12, show_spinner=False)
def _probes(_store: Store, key: str, about: str, _window: Window) -> probes.Probed:  # noqa: ARG001
    return probes.probed(_store, _window)


def _choose_week() -> None:
    st.query_params["week"] = st.session_state["week"]


# --- The top of the page


def title_row(found: Seen) -> None:
    """Title, as-of line, the picker of the week, and the one thing to do now: start the review, or end it."""
    review = found.review
    st.html(STYLE)
    as_of = f"as of {words.instant(review.seen_at, session.store().company.tz)} · {status_words(review)}"
    side = widgets.page_title("Weekly review", as_of)
    st.session_state["week"] = str(found.week)
    with side:
        st.selectbox(
            "Week",
            [str(week) for week in found.weeks],
            format_func=lambda iso: f"Week to {words.day(parse_date(iso))}",
            key="week",
            on_change=_choose_week,
            label_visibility="collapsed",
            width=230,
        )
        st.button(
            "Present", key="present", icon=":material/slideshow:", on_click=go_to_block, args=(AGENDA[0].id,)
        )
        primary(found)


def primary(found: Seen) -> None:
    """The one thing to do now: start the review or end it; nothing where it has ended."""
    review, why = found.review, _why_not(found)
    allowed = not why
    if review.status == "not_opened":
        st.button(
            "Start the review",
            key="start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not allowed,
            help=why or f"Freezes the numbers of the week to {words.day(review.week)}",
            on_click=_start,
            args=(found.week,),
        )
    elif review.status == "open":
        with st.popover(
            "End the review", key="end_ask", type="primary", disabled=not allowed, help=why or None
        ):
            _ask_to_end(found)


def _why_not(found: Seen) -> str:
    """Why the acting person can't open or end the review now; empty where they can."""
    if not may(session.actor(), "review"):
        return "The CEO opens and ends the review; act for the CEO to do so."
    if found.review.status == "not_opened" and found.week.friday > session.today():
        return f"The review can be opened on {words.day(found.week.friday)}."
    return ""


def _ask_to_end(found: Seen) -> None:
    counts = [(len(found.review.said(kind)), kind) for kind in ("win", "blocker", "priority", "action")]
    said = words.listed([words.counted(n, KIND_WORDS[kind].lower(), plural(kind)) for n, kind in counts])
    st.markdown(
        words.escape(
            f"Ending freezes {said} with the numbers of {words.day(found.review.week)}. "
            "The review is read-only from then on, and this can't be taken back."
        )
    )
    unnamed = not found.review.said("priority")
    if unnamed:
        st.warning("No priority is named for next week; the runbook asks for the top three.")
    label = "End it without priorities" if unnamed else "End it"
    st.button(label, key="end", type="primary", on_click=_end, args=(found.week,))
    forms.error_line("review_end")


def plural(kind: str) -> str:
    """What several notes of a kind are called, in small letters."""
    return "priorities" if kind == "priority" else f"{KIND_WORDS[kind].lower()}s"


def _start(week: Week) -> None:
    forms.run_write(
        "review_start",
        lambda: runbook.open(session.store(), session.actor(), week, session.now(), kept_records),
        lambda review: f"The review of {words.day(review.week)} is open and its numbers are frozen",
    )


def _end(week: Week) -> None:
    forms.run_write(
        "review_end",
        lambda: runbook.end(session.store(), session.actor(), week, session.now()),
        lambda review: f"The review of {words.day(review.week)} has ended and is frozen",
    )


def notices(found: Seen) -> None:
    """What must be seen before all else: a wrong week, a refused start, what was saved."""
    if found.complaint:
        st.info(words.escape(found.complaint), icon=":material/event:")
        widgets.link(PAGE, f"Open the review of {words.day(found.week.friday)}", (("week", str(found.week)),))
    why = _why_not(found)
    if why and found.review.status != "ended" and not session.looks_at():
        st.caption(words.escape(why))
    forms.error_line("review_start")
    forms.error_line("notes")
    widgets.saved_line()


def verdict(found: Seen) -> None:
    """The week in one sentence, and the way to the first records where there are none."""
    review = found.review
    widgets.verdict(review.verdict)
    if all(measured.value is None for measured in review.kpis.values()):
        widgets.empty(
            "The week's numbers",
            "There are no records yet: customers, deals, incidents and accounts come first.",
            "Load records",
            "imports",
        )


def tiles(found: Seen) -> None:
    """The eight numbers that the meeting turns on."""
    review = found.review
    shown = [
        Tile(review.kpis[name], before(review, name), _rests(review, name))
        for name in TILES
        if name in review.kpis
    ]
    widgets.tiles(shown, review.currency, rows_page=PAGE, query=_in_week(found))


def _rests(review: Review, name: str) -> str:
    """What a number rests on: cash and runway on the accounts' balances, the others on their instant."""
    held = review.kpis.get("cash")
    if name in OF_BALANCES and held and held.value is not None and held.reason:
        return held.reason
    as_of = review.kpis[name].as_of.astimezone(session.store().company.tz)
    return f"as of {words.day(as_of.date())} {as_of:%H:%M}"


def _in_week(found: Seen) -> tuple[tuple[str, str], ...]:
    return (("week", str(found.week)),)


# --- One number and its rows


def asked_number(found: Seen) -> str | None:
    """The number whose rows the address asks for; None where it is none of this review's."""
    name = st.query_params.get("kpi", "")
    return name if name in found.review.kpis else None


def number_and_rows(found: Seen, name: str) -> None:
    """One number of the review by itself, with the rows behind it: frozen with the review, or read now."""
    store, review = session.store(), found.review
    measured = review.kpis[name]
    widgets.link(PAGE, "Back to the review", _in_week(found), key="back", icon=":material/arrow_back:")
    if name not in KPIS:
        st.info(
            f"{words.escape(measured.kpi.label)} is no longer a number of the catalogue; it stands as it was frozen."
        )
    try:
        seen = _rows(store, version_key(store), f"{found.week} {name}", found.week, measured.kpi)
    except Refused as refusal:
        st.caption(words.escape(str(refusal)))
        return
    widgets.section(measured.kpi.label, _rows_words(review, seen, is_read=name in KPIS))
    kpi_views.kpi_detail(
        measured,
        before(review, name),
        seen.rows,
        names=review.customers,
        zone=store.company.tz,
        currency=review.currency,
        period=str(review.week),
    )
    if seen.changes.rows:
        widgets.section("Restated", "What reads differently now than when the review was frozen")
        widgets.rows_table(
            seen.changes,
            key="restated_rows",
            alt="Rows that changed since the review was frozen",
            period=str(review.week),
        )


def _rows_words(review: Review, seen: RowsBehind, *, is_read: bool) -> str:
    if seen.frozen:
        since = "; nothing behind it reads differently now" if is_read and not seen.changes.rows else ""
        return f"Frozen with the review, as of {words.instant(review.seen_at, session.store().company.tz)}{since}"
    if seen.missing:
        return "This review was held before rows were frozen with it: the number is frozen, the rows are read now"
    return "Not frozen yet: number and rows are read now"


@st.cache_resource(max_entries=24, show_spinner=False)
def _rows(_store: Store, key: str, what: str, _week: Week, _kpi: Kpi) -> RowsBehind:  # noqa: ARG001
    return runbook.rows_behind(_store, _week, _kpi, session.now(), kept_records)


def before(review: Review, name: str) -> Compared | None:
    """A number of the week before."""
    friday = words.short_day(review.week - timedelta(days=7))
    return Compared(review.before[name], f"week to {friday}") if name in review.before else None


def pictures(found: Seen) -> None:
    """What explains the sentence: accuracy from baseline to now, and the pipeline by phase."""
    review = found.review
    accuracies = _accuracies(review)
    left, right = st.columns(2, gap="large")
    if accuracies:
        with left:
            widgets.chart(charts.accuracy_dumbbell(accuracies), key="accuracy", period=str(review.week))
    if review.stages["total"].n:
        drawn = charts.pipeline_stages(review.stages, review.currency)
        with right if accuracies else left:
            widgets.chart(drawn, key="stages", currency=review.currency, period=str(review.week))
    annotated.beside(found.week.first_date, found.week.friday, review.happened)


def _accuracies(review: Review) -> list[tuple[str, CustomerAccuracy]]:
    """The accuracy of each customer that is live or measured, as the review has it."""
    gains = review.kpis["accuracy_gain_points"].by_customer or {}
    live = review.kpis["uptime_pct"].by_customer or {}
    found: list[tuple[str, CustomerAccuracy]] = []
    for customer, (value, _) in (review.kpis["accuracy_pct"].by_customer or {}).items():
        if value is None and customer not in live:
            continue
        gain = gains.get(customer, (None, None))[0]
        before = value - gain if isinstance(value, Decimal) and isinstance(gain, Decimal) else None
        now = value if isinstance(value, Decimal) else None
        why = None if now is not None else "not measured"
        found.append(
            (
                review.customers.get(customer, customer),
                CustomerAccuracy(now, before, gain, None, 1, None, why),
            )
        )
    return found if any(one.accuracy_pct is not None for _, one in found) else []


# --- The way into the meeting


def presenting() -> bool:
    """Whether the address asks for the meeting mode."""
    return "present" in st.query_params


def go_to_block(block_id: str) -> None:
    """Present that block."""
    st.query_params["present"] = block_id


# --- When the meeting and its blocks began


@st.cache_resource(show_spinner=False)
def stopwatches() -> dict[str, float]:
    """When each meeting and each of its blocks began, on the process's stopwatch: the same for everybody who looks."""
    return {}


def watch(week: Week, block: str = "") -> str:
    """The stopwatch of a meeting, or of one of its blocks."""
    store = session.store()
    return f"{store.path or id(store)} {week} {block}"
