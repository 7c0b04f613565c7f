"""What the weekly review's page draws and does: the chosen week, its blocks, the notes typed in place, the meeting mode."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops.accuracy import CustomerAccuracy
from tai_ops.app import charts, forms, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.board import Note
from tai_ops.commitments import promise_test
from tai_ops.comparison import Compared
from tai_ops.errors import Refused, WrongUsage
from tai_ops.exports.review import (
    block_title,
    blocker_words,
    note_words,
    presenter_words,
    promise_words,
    review_html,
    review_md,
    status_words,
    team_message,
)
from tai_ops.kpi import KPIS
from tai_ops.period import Week, parse_date
from tai_ops.review import Block, Line, Part, Review
from tai_ops.review_agenda import AFTER_MEETING, AGENDA, MEETING_MINUTES
from tai_ops.review_checks import question_words
from tai_ops.review_rows import RowsBehind
from tai_ops.rights import may
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.runbooks.overview import OF_CASH, Tile
from tai_ops.store import Store, freshness

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
TREND_WEEKS = 6
TREND = ("accuracy_pct", "ltr_median", "pipeline_open", "new_leads", "proposal_slo_pct", "uptime_pct",
         "latency_p95_ms", "mttr_minutes", "cash", "runway_months", "mrr", "commitments_kept_pct")  # fmt: skip
KIND_WORDS = {
    "win": "Win",
    "blocker": "Blocker",
    "priority": "Priority",
    "action": "Action item",
    "note": "Note",
}
FIRST_KIND = {"wins": "win", "priorities": "priority", "opening": "note"}
COLOURS = {"met": "green", "floor": "orange", "missed": "red", "no_data": "gray"}

STYLE = """<style>
[class*="st-key-lines_"] p { font-size: 1.05rem; line-height: 1.6; margin: 0; }
[class*="st-key-lines_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-note_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-note_"] button { min-height: 2rem; padding: 0 0.5rem; }
[class*="st-key-note_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; padding-bottom: 0.2rem; }
@media (min-width: 640px) { [class*="st-key-note_"] { flex-wrap: nowrap !important; } }
</style>"""
STAGE_STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"] { display: none; }
.stMainBlockContainer { max-width: 72rem; padding-top: 1.5rem; }
.stMainBlockContainer h2 { font-size: clamp(1.7rem, 4vw, 3rem); }
[class*="st-key-lines_"] p { font-size: clamp(1.2rem, 2.6vw, 2rem); line-height: 1.5; }
[class*="st-key-asked_"] p { font-size: clamp(1.05rem, 1.8vw, 1.4rem); }
[class*="st-key-note_"] p { font-size: clamp(1rem, 1.6vw, 1.25rem); }
.st-key-clock p { font-size: clamp(1.1rem, 2vw, 1.6rem); font-variant-numeric: tabular-nums; }
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
        review = _review(store, _key(store), str(week), week)
    except Refused as refusal:
        week, complaint = newest, str(refusal)
        review = _review(store, _key(store), str(week), week)
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


def _key(store: Store) -> str:
    """What changes whenever the review may: the store, its version, and the minute."""
    return f"{store.path or id(store)} {freshness.version(store)} {session.now():%Y%m%d%H%M}"


@st.cache_resource(max_entries=24, show_spinner=False)
def _review(_store: Store, key: str, friday: str, _week: Week) -> Review:  # noqa: ARG001  # the key is what the cache goes by
    return runbook.show(_store, _week, session.now())


@st.cache_resource(max_entries=24, show_spinner=False)
def _scorecard(_store: Store, key: str, friday: str, _week: Week) -> Mapping[date, Mapping[str, Any]]:  # noqa: ARG001
    return runbook.scorecard(_store, _week, TREND_WEEKS)


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
            "Present", key="present", icon=":material/slideshow:", on_click=_go_to, args=(AGENDA[0].id,)
        )
        _primary(found)


def _primary(found: Seen) -> None:
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
    said = words.listed([words.counted(n, KIND_WORDS[kind].lower(), _plural(kind)) for n, kind in counts])
    st.markdown(
        words.escape(
            f"Ending freezes {said} with the numbers of {words.day(found.review.week)}. "
            "The review is read-only from then on, and this can't be taken back."
        )
    )
    st.button("End it", key="end", type="primary", on_click=_end, args=(found.week,))
    forms.error_line("review_end")


def _plural(kind: str) -> str:
    return "priorities" if kind == "priority" else f"{KIND_WORDS[kind].lower()}s"


def _start(week: Week) -> None:
    done = forms.run_write(
        "review_start",
        lambda: runbook.open(session.store(), session.actor(), week, session.now()),
        lambda review: f"The review of {words.day(review.week)} is open and its numbers are frozen",
    )
    if done:
        _stopwatches()[_watch(week)] = time.monotonic()


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
    forms.error_line("review_start")
    forms.error_line("notes")
    widgets.saved_line()


def verdict(found: Seen) -> None:
    """The week in one sentence, then what does not add up."""
    review = found.review
    widgets.verdict(review.verdict)
    if all(measured.value is None for measured in review.kpis.values()):
        widgets.empty(
            "The week's numbers",
            "There are no records yet: customers, deals, incidents and accounts come first.",
            "Load records",
            "imports",
        )
    if review.warnings:
        with st.container(border=True, key="warnings"):
            st.markdown("**Check before the meeting**")
            for said in review.warnings:
                st.markdown(f":orange-badge[≈ check] {words.escape(said)}")
    if review.restated:
        with st.expander(
            f"{words.counted(len(review.restated), 'number')} restated since the review was frozen",
            key="restated",
        ):
            for row in review.restated:
                st.markdown(words.escape(str(row)))


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
    if name in OF_CASH and held and held.value is not None and held.reason:
        return held.reason
    return f"as of {words.instant(review.kpis[name].as_of, session.store().company.tz)}"


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
            f"{words.escape(measured.kpi.label)} is no longer a number of the catalogue; its rows are not read any more."
        )
        return
    seen = _rows(store, _key(store), f"{found.week} {name}", found.week, name)
    widgets.section(measured.kpi.label, _rows_words(review, seen))
    widgets.kpi_detail(
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


def _rows_words(review: Review, seen: RowsBehind) -> str:
    if seen.frozen:
        since = "; nothing behind it reads differently now" if not seen.changes.rows else ""
        return f"Frozen with the review, as of {words.instant(review.seen_at, session.store().company.tz)}{since}"
    if seen.missing:
        return "This review was held before rows were frozen with it: the number is frozen, the rows are read now"
    return "Not frozen yet: number and rows are read now"


@st.cache_resource(max_entries=24, show_spinner=False)
def _rows(_store: Store, key: str, what: str, _week: Week, _name: str) -> RowsBehind:  # noqa: ARG001
    return runbook.rows_behind(_store, _week, KPIS[_name], session.now())


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


# --- The blocks


def blocks(found: Seen) -> None:
    """The half hour, block by block."""
    for number, block in enumerate(found.review.blocks, start=1):
        widgets.section(f"{number}. {block_title(block)}", presenter_words(block))
        block_body(found, block)


def block_body(found: Seen, block: Block) -> None:
    """A block's printed lines, what is carried into it, what was said, where to say more, and its numbers."""
    review = found.review
    if block.lines:
        with st.container(key=f"lines_{block.id}", gap="xsmall", border=True):
            st.markdown("  \n".join(_line(line) for line in block.lines))
    if block.id == "opening":
        _promises(review)
        _carried(found)
    if block.id == "wins":
        _suggestions(found)
    with st.container(key=f"asked_{block.id}"):
        st.markdown(f":gray[{words.escape(' '.join(block.questions))}]")
    for kind in KIND_WORDS:
        _said(found, block, kind)
    _more(found, block)


def _more(found: Seen, block: Block) -> None:
    """The block's two drawers, closed until asked for: the form for a note, and the numbers."""
    review = found.review
    numbers = words.counted(len(review.measured(block.id)), "number")
    writes = review.status != "ended" and runbook.may_note(session.actor())
    drawers = {"note": "Note something"} if writes and not presenting() else {}
    drawers |= {"numbers": numbers[0].upper() + numbers[1:]} if block.kpis else {}
    asked = _drawer(block, drawers)
    if writes and (asked == "note" or presenting() or forms.has_draft(_form(found, block))):
        with st.container(border=True, key=f"form_{block.id}"):
            _fields(found, block)
    if asked == "numbers":
        _numbers(review, block)


def _drawer(block: Block, drawers: Mapping[str, str]) -> str | None:
    if not drawers:
        return None
    return st.segmented_control(
        "More of this block",
        list(drawers),
        format_func=lambda one: drawers[one],
        key=f"more_{block.id}",
        label_visibility="collapsed",
    )


def _line(line: Line) -> str:
    said = f" {words.escape('|')} ".join(_part(part) for part in line.parts)
    return f"**{words.escape(line.subject)}:** {said}" if line.subject else said


def _part(part: Part) -> str:
    text = words.escape(str(part))
    return f":{COLOURS[part.mark]}[{text}]" if part.mark else text


def _promises(review: Review) -> None:
    if not review.promises:
        st.caption("No promise of an earlier Friday is due.")
        return
    st.markdown("**Promises that were due**")
    for promise in review.promises:
        said = f":{COLOURS[promise.mark]}[{words.escape(promise_words(review, promise))}]"
        ways = tuple(way for way in ("done", "missed", "open") if way != promise.note.state)
        _note_row(promise.note, said, ways, "promise", enabled=review.status != "ended")


def _carried(found: Seen) -> None:
    carried = [note for note in found.review.blockers if note.week < found.review.week]
    if carried:
        st.markdown("**Blockers still open**")
    for note in carried:
        said = words.escape(blocker_words(found.review, note))
        _note_row(note, said, ("done",), "carried", enabled=found.review.status != "ended")


def _suggestions(found: Seen) -> None:
    taken = {note.body for note in found.review.said("win")}
    open_ones = [win for win in found.review.wins if win not in taken]
    if open_ones and found.review.status != "ended":
        st.markdown("**Suggested by the data**")
        for place, win in enumerate(open_ones):
            with _row(f"note_suggested_{place}"):
                st.markdown(words.escape(win), width="stretch")
                st.button(
                    "Celebrate",
                    key=f"celebrate_{place}",
                    type="tertiary",
                    on_click=_celebrate,
                    args=(found.week, win),
                )


def _said(found: Seen, block: Block, kind: str) -> None:
    notes = found.review.said(kind, block.id)
    if notes:
        st.markdown(f"**{words.escape(_heading(kind, len(notes)))}**")
    for place, note in enumerate(notes, start=1):
        first = f"{place}. " if kind == "priority" else ""
        ways = _ways(note)
        said = words.escape(first + note_words(found.review, note))
        _note_row(note, said, ways, "said", enabled=found.review.status != "ended")


def _heading(kind: str, count: int) -> str:
    plural = _plural(kind)
    more = f" ({count}; the runbook asks for the top 3)" if kind == "priority" and count > 3 else ""
    return plural[0].upper() + plural[1:] + more


def _ways(note: Note) -> tuple[str, ...]:
    """What may become of the note from here."""
    if note.kind == "blocker":
        return ("done", "dropped") if note.state == "open" else ("open",)
    return ("dropped",)


WAY_WORDS = {"done": "Done", "missed": "Missed", "dropped": "Take back", "open": "Reopen"}


def _row(key: str) -> Any:
    return st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key=key
    )


def _note_row(note: Note, said: str, ways: tuple[str, ...], place: str, *, enabled: bool) -> None:
    with _row(f"note_{place}_{note.note_id}"):
        st.markdown(said, width="stretch")
        if enabled and runbook.may_note(session.actor()):
            for way in ways:
                st.button(
                    WAY_WORDS[way],
                    key=f"{way}_{place}_{note.note_id}",
                    type="tertiary",
                    on_click=_set_state,
                    args=(note.note_id, note.state, way),
                )


def _set_state(note_id: str, was: str, state: str) -> None:
    store, actor = session.store(), session.actor()

    def back() -> str:
        note = runbook.set_note_state(store, actor, note_id, was, session.now())
        return f"“{note.body}” is {was} again"

    forms.run_write(
        "notes",
        lambda: runbook.set_note_state(store, actor, note_id, state, session.now()),
        lambda note: f"“{note.body}” is {'taken back' if state == 'dropped' else state}",
        None if state == "dropped" else lambda _note: back,
    )


def _celebrate(week: Week, win: str) -> None:
    _add("notes", week, "wins", "win", win, None, None, str(uuid.uuid4()))


# --- Typing a note in place


def _form(found: Seen, block: Block) -> str:
    return f"typed_{found.week}_{block.id}"


def _fields(found: Seen, block: Block) -> None:
    form = _form(found, block)
    kind, body, owner, due = (f"{form}_{name}" for name in ("kind", "body", "owner", "due"))
    people = {"": "nobody", **found.review.people}
    forms.draft(
        form,
        {
            kind: FIRST_KIND.get(block.id, "blocker"),
            body: "",
            owner: "",
            due: found.week.plus(1).friday,
        },
    )
    st.segmented_control(
        "What it is", list(KIND_WORDS), format_func=lambda one: KIND_WORDS[one], key=kind, required=True
    )
    chosen = st.session_state[kind] or "note"
    st.text_input(
        "In one sentence",
        key=body,
        max_chars=runbook.LONGEST_NOTE,
        placeholder=_example(chosen),
        autocomplete="off",
        live="1s",
    )
    if chosen in {"blocker", "priority", "action"}:
        with st.grid(2, min_column_width=180):
            if found.review.people:
                st.selectbox("Owner", list(people), format_func=lambda one: people[one], key=owner)
            else:
                st.text_input("Owner", key=owner, help="Nobody is on record yet: any name will do.")
            if chosen != "blocker":
                st.date_input("Due", key=due, format="YYYY-MM-DD")
    _preview(chosen, st.session_state[body])
    forms.error_line(form)
    st.button(
        f"Save the {KIND_WORDS[chosen].lower()}",
        key=f"{form}_save",
        type="primary",
        on_click=_save,
        args=(found.week, block.id, form, forms.submit_token(form)),
    )


def _example(kind: str) -> str:
    return {
        "win": "New pipeline hit $500K",
        "blocker": "Firewall rules of Customer #2 are not open",
        "priority": "Customer #2 implementation 75% complete",
        "action": "Send Customer #3 the deployment plan",
    }.get(kind, "")


def _preview(kind: str, body: str) -> None:
    """What next Friday will ask of the data, before it is saved."""
    if kind not in {"priority", "action"} or not body.strip():
        return
    test = promise_test(body, runbook.customers(session.store()))
    said = (
        f"The data will be asked: {question_words(test)}."
        if test
        else "Next Friday a person says whether it is done."
    )
    st.caption(words.escape(said))


def _save(week: Week, block: str, form: str, token: str) -> None:
    state = st.session_state
    kind = state[f"{form}_kind"] or "note"
    owner = state.get(f"{form}_owner") or None
    due = state.get(f"{form}_due") if kind in {"priority", "action"} else None
    _add(
        form,
        week,
        block,
        kind,
        state[f"{form}_body"],
        owner if kind not in {"win", "note"} else None,
        due,
        token,
    )


def _add(
    form: str,
    week: Week,
    block: str,
    kind: str,
    body: str,
    owner: str | None,
    due_on: date | None,
    token: str,
) -> None:
    store, actor = session.store(), session.actor()

    def back(note: Note) -> str:
        runbook.set_note_state(store, actor, note.note_id, "dropped", session.now())
        return f"“{note.body}” is taken back"

    forms.run_write(
        form,
        lambda: runbook.add_note(
            store,
            actor,
            week,
            block,
            kind=kind,
            body=body,
            owner=owner,
            due_on=due_on,
            now=session.now(),
            request_key=token,
        ),
        lambda note: f"{KIND_WORDS[kind]} noted: “{note.body}”",
        lambda note: lambda: back(note),
    )


# --- Numbers, documents


def _numbers(review: Review, block: Block) -> None:
    found = review.measured(block.id)
    widgets.kpi_table(
        found,
        {m.kpi.id: compared for m in found if (compared := before(review, m.kpi.id))},
        session.store().company.tz,
        review.currency,
        period=str(review.week),
        key=f"kpis_{block.id}",
    )
    with st.container(horizontal=True, key=f"rows_of_{block.id}"):
        st.markdown("Rows behind", width="content")
        for measured in found:
            query = (("week", str(review.week)), ("kpi", measured.kpi.id))
            widgets.link(PAGE, measured.kpi.label, query, key=f"rows_{block.id}_{measured.kpi.id}")


def trend(found: Seen) -> None:
    """The frozen numbers of the last Fridays beside this week's: the scorecard of the meeting."""
    review, store = found.review, session.store()
    earlier = _scorecard(store, _key(store), str(found.week), found.week)
    widgets.section("Scorecard", "What each Friday's review froze, this week last")
    if not earlier:
        st.caption("No earlier review was opened yet; the first one that is stands here next week.")
        return
    fridays = list(earlier)
    columns = (
        Column("number", "Number"),
        Column("this_week", "This week"),
        Column("mark", "Mark"),
        *(Column(f"week_{friday}", words.short_day(friday)) for friday in reversed(fridays)),
    )
    rows = tuple(
        (
            KPIS[name].label,
            review.in_words(measured, measured.value),
            words.mark(measured.mark),
            *(review.in_words(measured, earlier[friday].get(name)) for friday in reversed(fridays)),
        )
        for name in TREND
        if (measured := review.kpis.get(name))
    )
    widgets.rows_table(
        Rows("scorecard", "number", columns, rows),
        key="scorecard",
        alt="The meeting's numbers this week and as the last reviews froze them",
        period=str(found.week),
    )


def after(found: Seen) -> None:
    """What comes after the meeting: the documents, the team's message, what is left to do."""
    review = found.review
    widgets.section("After the meeting", "; ".join(AFTER_MEETING))
    name = f"weekly-review_{review.week}"
    with st.container(horizontal=True, key="documents"):
        st.download_button(
            "Review as Markdown",
            data=lambda: review_md(review),
            file_name=f"{name}.md",
            mime="text/markdown",
            key="download_md",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Review to print (HTML)",
            data=lambda: review_html(review),
            file_name=f"{name}.html",
            mime="text/html",
            key="download_html",
            icon=":material/print:",
            on_click="ignore",
        )
    with st.expander("The message to the team", key="team_message", on_change="rerun") as box:
        if box.open:
            st.code(team_message(review), language=None, wrap_lines=True)


# --- In the meeting


def presenting() -> bool:
    """Whether the address asks for the meeting mode."""
    return "present" in st.query_params


def stage(found: Seen) -> None:
    """One block a screen in large type, with the clocks of block and half hour, and back and next by key."""
    review = found.review
    place = _place(review)
    block = review.blocks[place]
    st.html(STYLE + STAGE_STYLE)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="stage_row"
    ):
        _clock_row(found, block)
        _steps(found, place)
    notices(found)
    st.header(f"{place + 1}. {words.escape(block.title)}", anchor=False)
    st.caption(words.escape(presenter_words(block)))
    block_body(found, block)


def _place(review: Review) -> int:
    asked = st.query_params.get("present", "")
    return next((i for i, block in enumerate(review.blocks) if block.id == asked), 0)


def _go_to(block_id: str) -> None:
    st.query_params["present"] = block_id


def _leave() -> None:
    st.query_params.pop("present", None)


def _steps(found: Seen, place: int) -> None:
    ids = [block.id for block in found.review.blocks]
    with st.container(horizontal=True, width="content", key="steps"):
        st.button(
            "Back",
            key="back",
            shortcut="Left",
            disabled=place == 0,
            on_click=_go_to,
            args=(ids[max(place - 1, 0)],),
        )
        last = place == len(ids) - 1
        st.button(
            "Next",
            key="next",
            type="secondary" if last else "primary",
            shortcut="Right",
            disabled=last,
            on_click=_go_to,
            args=(ids[min(place + 1, len(ids) - 1)],),
        )
        st.button("Leave", key="leave", shortcut="Esc", type="tertiary", on_click=_leave)
        if last or found.review.status == "not_opened":
            _primary(found)


@st.cache_resource(show_spinner=False)
def _stopwatches() -> dict[str, float]:
    """When each meeting and each of its blocks began, on the process's stopwatch: the same for everybody who looks."""
    return {}


def _watch(week: Week, block: str = "") -> str:
    store = session.store()
    return f"{store.path or id(store)} {week} {block}"


def _clock_row(found: Seen, block: Block) -> None:
    watches = _stopwatches()
    current = watches.get(f"current {_watch(found.week)}")
    number = float(AGENDA.index(next(part for part in AGENDA if part.id == block.id)))
    now = time.monotonic()
    watches.setdefault(_watch(found.week), now)
    if current != number:
        watches[f"current {_watch(found.week)}"] = number
        watches[_watch(found.week, block.id)] = now
    watches.setdefault(_watch(found.week, block.id), now)
    _clock(found.week, block.id, block.minutes)


@st.fragment(run_every=1)
def _clock(week: Week, block: str, minutes: int) -> None:
    watches, now = _stopwatches(), time.monotonic()
    in_block = int(now - watches.get(_watch(week, block), now))
    in_all = int(now - watches.get(_watch(week), now))
    with st.container(horizontal=True, key="clock", vertical_alignment="center", width="content"):
        st.markdown(_clock_words("This block", in_block, minutes), width="content")
        st.markdown(_clock_words("Half hour", in_all, MEETING_MINUTES), width="content")


def _clock_words(label: str, seconds: int, minutes: int) -> str:
    shown = f"{seconds // 60}:{seconds % 60:02d} of {minutes}:00"
    over = seconds > minutes * 60
    return f"{label} :red-badge[✗ over] **{shown}**" if over else f"{label} **{shown}**"
