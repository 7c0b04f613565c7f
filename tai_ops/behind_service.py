"""The rows behind the numbers of customers, reliability and the meeting."""

from collections.abc import Callable
from typing import Any, Literal

from tai_ops import reliability, response, scores
from tai_ops.board import Board
from tai_ops.kpi import is_due, verdict_on
from tai_ops.rows import CUSTOMER, Column, How, Rows, listing

# --- Customers


def customers(*statuses: str) -> Callable[[Board], Rows]:
    """The customers of those statuses."""

    def read(board: Board) -> Rows:
        return listing("customers", board.in_status(*statuses), how="count")

    return read


def onboardings(board: Board) -> Rows:
    """The customers who are being onboarded, with how far each is."""
    names = {c.customer_id: c.name for c in board.facts.customers}
    columns = (
        *CUSTOMER,
        Column("kickoff_on", "Kickoff", "date"),
        Column("done_through_day", "Done through day", "count"),
        Column("complete_pct", "Complete %", "pct"),
        Column("next", "Next"),
    )
    rows = tuple(
        (o.customer_id, names.get(o.customer_id, o.customer_id), o.kickoff_on, o.done_through_day, progress.pct,
         progress.next_block.title if progress.next_block else "")
        for o in board.facts.onboardings
        if (progress := board.progress.get(o.customer_id))
    )  # fmt: skip
    return Rows("onboardings", "customer being onboarded", columns, rows, "mean", "complete_pct", "customers")


def accuracies(of: Literal["accuracy_pct", "gain_points", "hours_saved_pct"]) -> Callable[[Board], Rows]:
    """The live customers' newest figures; the number is the mean of those that are known."""

    def read(board: Board) -> Rows:
        columns = (
            *CUSTOMER,
            Column("baseline_pct", "Baseline %", "pct"),
            Column("accuracy_pct", "Current %", "pct"),
            Column("gain_points", "Gain, points", "number"),
            Column("hours_saved_pct", "Hours saved %", "pct"),
            Column("measured_on", "Measured", "date"),
        )
        live = [(c, board.accuracies[c.customer_id]) for c in board.in_status("live")]
        rows = tuple(
            (
                c.customer_id,
                c.name,
                a.baseline_pct,
                a.accuracy_pct,
                a.gain_points,
                a.hours_saved_pct,
                a.measured_on,
            )
            for c, a in sorted(
                live, key=lambda pair: (pair[1].accuracy_pct is None, pair[1].accuracy_pct or 0)
            )
        )
        return Rows("accuracy", "live customer", columns, rows, "mean", of, "customers")

    return read


def answers(how: How) -> Callable[[Board], Rows]:
    """The newest answer of each person of each customer."""

    def read(board: Board) -> Rows:
        found = scores.latest_answers(board.facts.scores, board.window.day)
        return listing("scores", found, how=how, of="score")

    return read


# --- Reliability


def outages(how: How) -> Callable[[Board], Rows]:
    """The spans in which anybody had a full outage, overlapping ones as one, with the incidents behind each."""

    def read(board: Board) -> Rows:
        now, titles = board.window.as_of, {i.incident_id: i.title for i in board.facts.incidents}
        columns = (
            Column("incident_id", "Incident"),
            Column("title", "What"),
            Column("began_at", "From", "instant"),
            Column("ended_at", "To", "instant"),
            Column("minutes", "Minutes", "number", summed=how == "sum"),
        )
        rows: list[tuple[Any, ...]] = []
        for began, ended in reliability.outages(board.facts.impacts, board.window.flow, now=now):
            there = {
                i.incident_id
                for i in board.facts.impacts
                if i.level == "full" and i.began_at < ended and (i.ended_at or now) > began
            }
            said = "; ".join(titles.get(one, one) for one in sorted(there))
            first = min(there, default="")
            rows.append((first, said, began, ended, reliability.minutes(ended - began)))
        return Rows("outages", "full outage", columns, tuple(rows), how, leads="incidents")

    return read


def probes(board: Board) -> Rows:
    """What was probed, and how much of the window was silent."""
    columns = (
        Column("service", "Service"),
        Column("first_at", "First probe", "instant"),
        Column("last_at", "Last probe", "instant"),
        Column("usual_interval_seconds", "Usual interval, s", "number"),
        Column("samples", "Probes in the window", "count"),
        Column("silent_minutes", "Silent minutes", "number"),
    )
    rows = tuple(
        (c.service, c.first_at, c.last_at, c.usual_interval_seconds, c.samples,
         reliability.minutes(reliability.total(reliability.clip(c.gaps, board.window.flow))))
        for c in board.facts.coverages
    )  # fmt: skip
    return Rows("probes", "service", columns, rows)


def opened(board: Board) -> Rows:
    """The incidents detected in the flow."""
    return listing("incidents", response.opened(board.facts.incidents, *board.window.flow), how="count")


def open_critical(board: Board) -> Rows:
    """The CRITICAL incidents that are not resolved."""
    return listing(
        "incidents", response.open_critical(board.facts.incidents, board.window.as_of), how="count"
    )


def times(since: str, until: str) -> Callable[[Board], Rows]:
    """The incidents resolved in the flow, with the minutes from one stamp to another."""

    def read(board: Board) -> Rows:
        columns = (
            Column("incident_id", "Incident"),
            Column("title", "What"),
            Column("severity", "Severity"),
            Column("since", since.removesuffix("_at").capitalize(), "instant"),
            Column("until", until.removesuffix("_at").capitalize(), "instant"),
            Column("minutes", "Minutes", "number"),
        )
        rows: list[tuple[Any, ...]] = []
        for one in response.resolved(board.facts.incidents, *board.window.flow):
            began, ended = getattr(one, since), getattr(one, until)
            length = reliability.minutes(ended - began) if began and ended else None
            rows.append((one.incident_id, one.title, one.severity, began, ended, length))
        return Rows(
            "response_times", "resolved incident", columns, tuple(rows), "median", "minutes", "incidents"
        )

    return read


def timers(board: Board) -> Rows:
    """The playbook's timers that were decided in the flow, with which were met."""
    start, end = board.window.flow
    hours = board.facts.calendar if board.facts.company.mttr_support_hours_for_medium else None
    found = response.decided_timers(
        board.facts.incidents,
        start,
        end,
        now=board.window.as_of,
        support_hours=hours,
        kept=board.facts.kept_timers,
    )
    titles = {i.incident_id: i.title for i in board.facts.incidents}
    columns = (
        Column("incident_id", "Incident"),
        Column("title", "What"),
        Column("timer", "Timer"),
        Column("due_at", "Due", "instant"),
        Column("met", "Met", "flag"),
    )
    rows = tuple((t.incident_id, titles.get(t.incident_id), t.timer, t.due_at, met) for t, met in found)
    return Rows("timers", "decided timer", columns, rows, "share", "met", "incidents")


# --- The meeting

_NOTE = (
    Column("body", "What"),
    Column("owner", "Owner"),
    Column("due_on", "Due", "date"),
    Column("state", "State"),
    Column("week", "Raised", "date"),
)


def blockers(board: Board) -> Rows:
    """The blockers that are raised and not cleared."""
    found = [n for n in board.facts.notes if n.kind == "blocker" and n.state == "open"]
    rows = tuple((n.body, n.owner, n.due_on, n.state, n.week) for n in found)
    return Rows("blockers", "blocker", _NOTE, rows, "count")


def commitments(board: Board) -> Rows:
    """The promises that are due, with which were kept; one that nobody judged yet counts neither way."""
    due = [n for n in board.facts.notes if n.kind == "priority" and is_due(board, n)]
    columns = (*_NOTE, Column("kept", "Kept", "flag"))
    rows = tuple((n.body, n.owner, n.due_on, n.state, n.week, verdict_on(board, n)) for n in due)
    return Rows("priorities", "due commitment", columns, rows, "share", "kept")
