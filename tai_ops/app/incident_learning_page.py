"""What incidents teach, on a page: response times, timers, where they come from, before and after, monitors' own totals."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from tai_ops import incident_learning as learning
from tai_ops.app import forms, latency_counted, parts, reading, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.errors import WrongUsage
from tai_ops.incident_learning import MEASURES, Group, Learned, Span
from tai_ops.reliability import Incident, minutes
from tai_ops.store import monitor_totals

PERIOD = "period"
PARTS = ("Response", "Where from", "Before and after", "Monitors' totals")
OPENS = ("incidents", "incident", "incident_id")
INCIDENT = (Column("incident_id", "Incident"), Column("title", "What"), Column("severity", "Severity"))


def title_row() -> Learned | None:
    """The title with its period; what the incidents of the period teach, None where nothing is on record at all."""
    side = widgets.page_title("Learning", reading.as_of_words())
    facts = reading.board().facts
    since = monitor_totals.first_at(session.store())
    offered = learning.spans(facts.incidents, facts.window.as_of, facts.calendar.zone, since)
    if not facts.incidents and since is None:
        return None
    with side:
        span = _span(offered)
    key = f"{reading.store_key()} {facts.window.as_of:%Y-%m-%dT%H:%M} {span.code}"
    return _learned(session.store(), key, span)


def _span(offered: Sequence[Span]) -> Span:
    try:
        asked = learning.span_of(st.query_params.get(PERIOD, learning.ALL), offered)
    except WrongUsage:
        asked = offered[0]
    names = {one.code: one.name for one in offered}
    st.session_state[PERIOD] = asked.code
    st.selectbox(
        "Period",
        list(names),
        format_func=lambda code: names[code],
        key=PERIOD,
        on_change=forms.into_address,
        args=(PERIOD, learning.ALL),
        label_visibility="collapsed",
        width=240,
    )
    return asked


@st.cache_resource(max_entries=12, show_spinner=False)
def _learned(_store: object, key: str, _span: Span) -> Learned:  # noqa: ARG001
    return learning.learned(reading.board().facts, _span)


def empty() -> None:
    """A company without incidents."""
    widgets.verdict("There is nothing to learn from yet.")
    widgets.empty(
        "How quickly incidents were answered, where they come from, and what changed around them",
        "No incident is on record: start one, load a file of your monitor, or let it post alerts.",
        "Load incidents from a file",
        "imports",
        (("kind", "incidents"),),
    )


def part() -> str:
    """Which part of the page is shown."""
    return parts.part_shown(PARTS)


# --- Response


def response(found: Learned) -> None:
    """Times and timers, with the rows behind each, then month by month."""
    widgets.section(
        "How quickly",
        f"Of the {words.counted(len(found.resolved), 'incident')} resolved in the period that carry both stamps; "
        "requests are none.",
    )
    lines = [(name, getattr(found.times, name)) for name in MEASURES]
    _table(
        "times",
        "time",
        (
            Column("time", "Time to"),
            Column("median", "Median, min", "number"),
            Column("mean", "Mean, min", "number"),
            Column("n", "Incidents", "count"),
            Column("note", "Note"),
        ),
        [
            (MEASURES[name][0], one.median_minutes, one.mean_minutes, one.n, learning.few_words(one.n))
            for name, one in lines
        ],
        found,
        "Mean, median and number of incidents of each time",
    )
    _behind(found)
    _timers(found)
    _months(found)


def _behind(found: Learned) -> None:
    name = st.segmented_control(
        "The incidents behind",
        list(MEASURES),
        format_func=lambda one: MEASURES[one][0],
        key="behind",
        wrap=True,
    )
    if not name:
        return
    label, since, until = MEASURES[name]
    rows: list[tuple[object, ...]] = []
    for one in found.resolved:
        first, last = getattr(one, since), getattr(one, until)
        took = minutes(last - first) if first and last else None
        rows.append((*_named(one), first, last, took))
    rows.sort(key=lambda row: (row[-1] is None, -(row[-1] or 0)))  # type: ignore[operator]
    stamps = (Column("since", _stamp(since), "instant"), Column("until", _stamp(until), "instant"))
    _table(
        "behind",
        "resolved incident",
        (*INCIDENT, *stamps, Column("minutes", "Minutes", "number")),
        rows,
        found,
        f"The incidents behind {label}",
        opens=OPENS,
    )


def _stamp(name: str) -> str:
    return name.removesuffix("_at").capitalize()


def _timers(found: Learned) -> None:
    share = f"{found.met} of {found.due} met" if found.due else "none was due"
    widgets.section(
        "Timers of the playbook", f"{share}; a timer counts in the period in which it was decided."
    )
    titles = {one.incident_id: one for one in reading.board().facts.incidents}
    _table(
        "timers",
        "timer",
        (
            Column("timer", "Timer"),
            Column("met", "Met", "count"),
            Column("due", "Decided", "count"),
            Column("pct", "Met %", "pct"),
            Column("note", "Note"),
        ),
        [
            (line.timer.capitalize(), line.met, line.due, line.pct, learning.few_words(line.due))
            for line in found.timers
        ],
        found,
        "How each timer was kept",
    )
    missed = [timer for timer, met in found.decided if not met]
    if missed:
        st.markdown(f"**{words.counted(len(missed), 'missed timer')}**")
        _table(
            "missed",
            "missed timer",
            (*INCIDENT, Column("timer", "Timer"), Column("due_at", "Was due", "instant")),
            [
                (*_named(titles[one.incident_id]), one.timer, one.due_at)
                for one in sorted(missed, key=lambda t: t.due_at, reverse=True)
                if one.incident_id in titles
            ],
            found,
            "The timers that were missed",
            opens=OPENS,
        )


def _months(found: Learned) -> None:
    if len(found.months) < 2:
        return
    widgets.section("Month by month", "Medians in minutes of the incidents resolved in the month.")
    _table(
        "months",
        "month",
        (
            Column("month", "Month"),
            Column("detected", "Detected", "count"),
            Column("resolved", "Resolved", "count"),
            Column("mttd", "MTTD", "number"),
            Column("mtta", "MTTA", "number"),
            Column("mttr", "MTTR", "number"),
            Column("timers", "Timers met"),
        ),
        [
            (
                str(line.month),
                line.detected,
                line.times.resolve.n,
                line.times.detect.median_minutes,
                line.times.acknowledge.median_minutes,
                line.times.resolve.median_minutes,
                f"{line.met} of {line.due}" if line.due else "",
            )
            for line in found.months
        ],
        found,
        "Times and timers of each month",
    )


# --- Where from


def where(found: Learned) -> None:
    """The incidents by cause, service and customer, with the rows behind each group."""
    note = "Incidents detected in the period; minutes are full outage inside it, overlaps counted once."
    widgets.section("By cause", note)
    _groups(found, found.causes, "cause", "Cause")
    widgets.section(
        "By service", "One that hit several services stands in each, so the lines are more than their sum."
    )
    _groups(found, found.services, "service", "Service")
    widgets.section(
        "By customer", "A customer's line holds what hit it alone and what hit all; so the lines overlap."
    )
    _groups(found, found.customers, "customer", "Customer")


def _groups(found: Learned, groups: Sequence[Group], kind: str, label: str) -> None:
    _table(
        kind,
        kind,
        (
            Column(kind, label),
            Column("incidents", "Incidents", "count"),
            Column("critical", "Of them CRITICAL", "count"),
            Column("outage", "Full outage, min", "number"),
            Column("median", "Median to resolve, min", "number"),
            Column("mean", "Mean, min", "number"),
            Column("n", "Resolved", "count"),
        ),
        [
            (
                group.name,
                len(group.incidents),
                sum(one.severity == "CRITICAL" for one in group.incidents),
                group.outage_minutes,
                group.resolve.median_minutes,
                group.resolve.mean_minutes,
                group.resolve.n,
            )
            for group in groups
        ],
        found,
        f"Incidents by {kind}",
    )
    if not groups:
        return
    names = [group.name for group in groups]
    chosen = st.selectbox(
        f"The incidents of one {kind}",
        names,
        index=None,
        placeholder=f"Choose a {kind} to see its incidents",
        key=f"of_{kind}",
    )
    if chosen in names:
        _incidents(found, groups[names.index(chosen)].incidents, f"of_{kind}_rows")


def _incidents(found: Learned, some: Sequence[Incident], key: str) -> None:
    _table(
        key,
        "incident",
        (
            *INCIDENT,
            Column("detected_at", "Detected", "instant"),
            Column("resolved_at", "Resolved", "instant"),
            Column("root_cause", "Root cause"),
        ),
        [(*_named(one), one.detected_at, one.resolved_at, one.root_cause) for one in some],
        found,
        "The incidents behind the line",
        opens=OPENS,
    )


# --- Before and after


def around(found: Learned) -> None:
    """Accuracy and scores of the customers that an incident hit, before and after it."""
    names = {c.customer_id: c.name for c in reading.board().facts.customers}
    note = (
        f"The nearest day before and after, at most {learning.AROUND_DAYS} days away; the days of the incident are on neither "
        "side. What came after an incident did not come of it by that alone."
    )
    widgets.section("Accuracy", note)
    st.markdown(words.escape(learning.accuracy_in_words(found.accuracy)))
    _table(
        "accuracy_around",
        "warehouse around an incident",
        (
            INCIDENT[0],
            Column("customer", "Customer"),
            Column("warehouse", "Warehouse"),
            Column("before_on", "Measured before", "date"),
            Column("before_pct", "Before %", "pct"),
            Column("after_on", "Measured after", "date"),
            Column("after_pct", "After %", "pct"),
            Column("change", "Change, points", "number"),
            Column("note", "Note"),
        ),
        [
            (
                one.incident.incident_id,
                names.get(one.customer_id, one.customer_id),
                one.warehouse,
                one.before.measured_on,
                one.before.accuracy_pct,
                one.after.measured_on if one.after else None,
                one.after.accuracy_pct if one.after else None,
                one.change_points,
                one.note,
            )
            for one in found.accuracy
        ],
        found,
        "Accuracy before and after each incident",
        opens=OPENS,
    )
    widgets.section("Scores", "0 to 10, each person's last answer before and first one after.")
    st.markdown(words.escape(learning.scores_in_words(found.scores)))
    _table(
        "scores_around",
        "customer around an incident",
        (
            INCIDENT[0],
            Column("customer", "Customer"),
            Column("before", "Before, mean", "number"),
            Column("before_n", "Answers before", "count"),
            Column("after", "After, mean", "number"),
            Column("after_n", "Answers after", "count"),
            Column("change", "Change, who answered twice", "number"),
            Column("pairs", "Answered twice", "count"),
            Column("note", "Note"),
        ),
        [
            (
                one.incident.incident_id,
                names.get(one.customer_id, one.customer_id),
                one.before_mean,
                one.before_n,
                one.after_mean,
                one.after_n,
                one.change,
                one.pairs,
                one.note,
            )
            for one in found.scores
        ],
        found,
        "Scores before and after each incident",
        opens=OPENS,
    )


# --- Monitors' totals


def totals(found: Learned) -> None:
    """What monitors' files told as totals, beside the record."""
    store = session.store()
    widgets.section(
        "Latency as monitors counted it",
        "Percentiles of answers counted by latency, added up and never averaged; single probes stand on the page Uptime.",
    )
    spreads = monitor_totals.spreads(store, found.span.interval)
    latency_counted.table(spreads, key="learning_spreads", period=found.span.code)
    widgets.section(
        "Minutes down by the day",
        "What a monitor counted on a day (UTC), beside the full outage on record; what is missing there is no downtime until an "
        "impact is entered.",
    )
    impacts = reading.board().facts.impacts
    days = monitor_totals.outage_days(store, impacts, found.span.interval, found.now)
    _table(
        "outage_days",
        "day",
        (
            Column("service", "Service"),
            Column("day", "Day", "date"),
            Column("source", "Source"),
            Column("counted", "Counted, min", "number"),
            Column("recorded", "On record, min", "number"),
            Column("missing", "Missing on record, min", "number"),
        ),
        [
            (one.service, one.day, one.source, one.counted_minutes, one.recorded_minutes, one.missing_minutes)
            for one in days
        ],
        found,
        "Minutes down by day, counted and on record",
    )
    widgets.link("help", "How to connect a monitor", (("document", "monitors"),), icon=":material/menu_book:")


def _named(one: Incident) -> tuple[str, str, str | None]:
    return one.incident_id, one.title, one.severity


def _table(
    key: str,
    what: str,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[object, ...]],
    found: Learned,
    alt: str,
    *,
    opens: tuple[str, str, str] | None = None,
) -> None:
    widgets.rows_table(
        Rows(key, what, columns, tuple(tuple(_round(cell) for cell in row) for row in rows)),
        key=f"learning_{key}",
        alt=alt,
        period=found.span.code,
        zone=session.store().company.tz,
        opens=opens,
    )


def _round(cell: object) -> object:
    return round(cell, 1) if isinstance(cell, Decimal) else cell
