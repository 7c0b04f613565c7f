"""The month-end close's page from its title to its tiles, and its history: which month, close and reopen, the verdict.

Every number is the runbook's report; of a closed month it is the frozen one. Rights and rules are checked in the
runbook's functions, whose refusal stands where it was asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tai_ops.app import close_rows, forms, reading, session, widgets, words
from tai_ops.app.close_month import Seen, draw, person, since_close
from tai_ops.cash import rests_on
from tai_ops.close_checklist import Item
from tai_ops.comparison import Compared
from tai_ops.errors import Refused
from tai_ops.kpi import KPIS, Measured
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.runbooks.overview import OF_CASH
from tai_ops.store import close_files, closing

TILES = (
    "cash",
    "mrr",
    "net_burn",
    "runway_months",
    "ar_open",
    "ar_over_30",
    "revenue_recognised",
    "deferred_revenue",
)
FILES = {
    "investor-summary": "Workbook",
    "investor-letter": "Letter",
    "board-update": "Board update",
    "reconciliation": "Reconciliation, to print",
    "report": "Report as JSON",
}
"""What the files of a closed version are called, by how their names begin."""
CLOSE, REOPEN = "close.close", "close.reopen"
STYLE = """<style>
[class*="st-key-item_"] { flex-wrap: nowrap; padding: 0.4rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[data-testid="stLayoutWrapper"]:last-child > [class*="st-key-item_"] { border-bottom: none; }
[class*="st-key-item_"] > :first-child { min-width: 0; flex: 1 1 auto; }
[class*="st-key-item_"] > :last-child { flex: 0 0 auto; }
[class*="st-key-item_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-item_"] [data-testid="stMarkdownContainer"] p { margin-bottom: 0; }
[class*="st-key-acts_"] button, [class*="st-key-acts_"] a { padding: 0 0.35rem; min-height: 1.75rem; }
[class*="st-key-sides_"] table, [class*="st-key-clearing_"] table { width: 100%; }
[class*="st-key-sides_"] td:last-child, [class*="st-key-clearing_"] td:last-child { white-space: nowrap; }
@media (max-width: 640px) {
  [class*="st-key-item_"] { flex-wrap: wrap; }
  [class*="st-key-item_"] > :first-child { flex: 1 1 100%; }
}
</style>"""


# --- The top of the page


def title_row(found: Seen) -> None:
    """Title, as-of line, the picker of the month, and the one thing to do: close it, or reopen it."""
    st.html(STYLE)
    side = widgets.page_title("Month-end close", _as_of(found))
    if found.nothing:
        return
    st.session_state["month"] = str(found.month)
    with side:
        st.selectbox(
            "Month",
            [str(month) for month in found.months],
            format_func=lambda code: _month_words(found, Month.parse(code)),
            key="month",
            on_change=_choose_month,
            label_visibility="collapsed",
            width=240,
        )
        if session.looks_at():
            return
        if found.is_closed:
            _reopen_step(found)
        else:
            _close_step(found)


def _choose_month() -> None:
    forms.go_on((("month", st.session_state["month"]),))


def _as_of(found: Seen) -> str:
    stamp = found.report.closed
    if stamp is None:
        return reading.as_of_words()
    frozen = words.instant(stamp.closed_at, found.zone)
    return f"as of {words.day(found.last)}, frozen {frozen} by {person(stamp.closed_by)}, version {stamp.version}"


def _month_words(found: Seen, month: Month) -> str:
    if month in found.closed:
        return f"{month.name} · closed"
    return f"{month.name} · {'open' if month < found.months[0] else 'to date'}"


def _close_step(found: Seen) -> None:
    """The step before the close, which says what it does; a refusal names what stops it."""
    name, items = words.escape(found.month.name), found.status.items
    version = (found.status.state.version or 0) + 1
    with st.popover("Close the month", key="close_ask", type="primary", icon=":material/lock:"):
        st.markdown(
            f"**Locks {name}.** From then on nothing that would change it can be entered, imported or matched, until "
            "the CFO or the CEO reopens it with a reason."
        )
        st.markdown(
            f"**Freezes its report as version {version}**: the investor workbook and letter are written from that."
        )
        for said, left in (
            (
                "Still open, and not stopping it",
                [i for i in items if i.state in {"open", "manual"} and counts(i)],
            ),
            ("Without data", [i for i in items if i.state == "no data" and i.blocking]),
        ):
            if left:
                st.markdown(f":small[{said}: {words.escape('; '.join(item.words for item in left))}.]")
        forms.error_line(_form(CLOSE, found))
        st.button(
            f"Close {name}",
            key="close",
            type="primary",
            on_click=_close,
            args=(
                found.month,
                found.status.blocking,
                _form(CLOSE, found),
                forms.submit_token(_form(CLOSE, found)),
            ),
        )


def counts(item: Item) -> bool:
    """Whether the item is work before the close: what comes after it is not, and what stops it is named anyway."""
    return item.group != runbook.AFTER_CLOSE and not item.fails


def _form(name: str, found: Seen) -> str:
    return f"{name}.{found.month}"


def _close(month: Month, items: Sequence[Item], form: str, token: str) -> None:
    def said(done: runbook.Closed) -> str:
        more = (
            f"; {words.counted(len(done.changes), 'number')} changed since version {done.stamp.version - 1}"
            if done.stamp.version > 1
            else ""
        )
        return (
            f"{month.name} is closed: version {done.stamp.version}, hash {done.stamp.body_hash[:12]}, "
            f"by {person(done.stamp.closed_by)}{more}"
        )

    done = forms.run_write(
        form,
        lambda: _on_page(
            lambda: runbook.run(session.store(), session.actor(), month, session.now(), request_key=token),
            month,
            items,
        ),
        said,
    )
    if done:
        forms.discard(f"{REOPEN}.{month}")
        st.query_params["month"] = str(month)


def _on_page(write: Callable[[], Any], month: Month, items: Sequence[Item] = ()) -> Any:
    """Carry out a write; a refusal names month and items as the page does, and no command."""
    try:
        return write()
    except Refused as refusal:
        said = str(refusal).partition("; reopen it first")[0].partition(": --reason")[0]
        for item in items:
            said = said.replace(f"{item.id}: ", f"{item.words}: ")
        raise Refused(said.replace(str(month), month.name, 1)) from None


def _reopen_step(found: Seen) -> None:
    form, key = _form(REOPEN, found), f"reopen_reason_{found.month}"
    forms.draft(form, {key: ""})
    later = [month.name for month in sorted(found.closed) if month > found.month]
    version = found.status.state.version
    with st.popover("Reopen", key="reopen_ask", icon=":material/lock_open:"):
        st.markdown(
            f"**Opens {words.escape(found.month.name)} again.** Version {version} stays on record; the next close is "
            f"version {(version or 0) + 1}, with a list of every number that changed."
        )
        if later:
            stay = "stays closed as it was" if len(later) == 1 else "stay closed as they were"
            st.markdown(f":small[{words.escape(words.listed(later))} {stay} frozen.]")
        st.text_area("Reason", key=key, placeholder="Invoice 0042 was missing", height=80, max_chars=500)
        forms.error_line(form)
        st.button(
            f"Reopen {words.escape(found.month.name)}",
            key="reopen",
            type="primary",
            on_click=_reopen,
            args=(found.month, form, key),
        )


def _reopen(month: Month, form: str, key: str) -> None:
    reason = st.session_state.get(key) or ""
    forms.run_write(
        form,
        lambda: _on_page(
            lambda: runbook.reopen(session.store(), session.actor(), month, reason, session.now()), month
        ),
        lambda done: f"{month.name} is open again; version {done.version} stays on record: {done.reason}",
    )


def notices(found: Seen) -> None:
    """What must be seen before all else: a wrong month, what was saved."""
    if found.complaint:
        st.info(words.escape(found.complaint), icon=":material/event:")
    widgets.saved_line()


def empty() -> None:
    """The page of a company without a bank line or an invoice."""
    widgets.verdict("There is no month to close yet.")
    widgets.empty(
        "A month's checklist, its numbers, and the investor summary",
        "No bank line and no invoice is on record: a close compares what the bank says with what the books say.",
        "Upload a bank statement",
        "imports",
    )


def verdict(found: Seen) -> None:
    """How the close stands in one sentence, and the days between which it belongs."""
    widgets.verdict(_verdict(found))
    between = found.status.closes_between
    first, last = words.day(between.first), words.day(between.last)
    said = (
        f"To be closed between {first} (pre-close: invoices, categories, unusual items) and {last} (final: balances, "
        "recognition, snapshot)"
    )
    st.markdown(f":small[:gray[{words.escape(said)}] {_timeliness(found)}]")


def _since_words(found: Seen) -> str:
    rows = len(since_close(found))
    if not rows:
        return ""
    were = "was" if rows == 1 else "were"
    return (
        f"; {words.counted(rows, 'row')} of earlier days {were} written since, so some of them may come out otherwise: "
        "reopen and close it to take that over"
    )


def _verdict(found: Seen) -> str:
    name, state = found.month.name, found.status.state
    stops = [_stop_words(found, item) for item in found.status.blocking]
    if found.is_closed and state.at:
        return (
            f"{name} is closed: version {state.version}, by {person(state.by)} on {found.day_of(state.at)}. "
            f"Its numbers are frozen{_since_words(found)}."
        )
    again = ""
    if state.at:
        reason = f": “{state.reason}”" if state.reason else ""
        again = f" It was reopened by {person(state.by)} on {found.day_of(state.at)}{reason}."
    if not found.over:
        so_far = f"; so far {words.listed(stops)}" if stops else ""
        return f"{name} is not over and can be closed from {words.day(found.month.end)} on{so_far}.{again}"
    if stops:
        return f"{name} can't be closed yet: {words.listed(stops)}.{again}"
    left = sum(item.state in {"open", "manual"} and counts(item) for item in found.status.items)
    rest = f"{words.counted(left, 'other item')} {_verb(left)} still open" if left else "every item is done"
    return f"{name} is ready to close: nothing stops it, and {rest}.{again}"


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"


def _stop_words(found: Seen, item: Item) -> str:
    """What stops the close, as a part of a sentence."""
    count = item.count
    have = "has" if count == 1 else "have"
    match item.id:
        case "bank_lines" | "card_lines":
            return f"{words.counted(count, item.id.replace('_lines', ' line'))} {have} no match"
        case "reconciled":
            return f"{_unreconciled(found, item)} not reconciled"
        case "duplicates":
            return f"{words.counted(count, 'possible duplicate')} {_verb(count)} undecided"
        case "deferred_revenue":
            return f"deferred revenue does not tie out for {words.counted(count, 'customer')}"
        case "mrr_identity":
            return "MRR's movements do not add up"
        case _:
            return f"{item.words} ({item.evidence})"


def _unreconciled(found: Seen, item: Item) -> str:
    code = item.link.filter.get("account", "") if item.link else ""
    name = next((r.name for r in found.report.reconciliations if r.account == code), code)
    others = item.count - 1
    more = f" and {others} other account{'s' if others > 1 else ''}" if others else ""
    return f"{name}{more} {_verb(item.count)}"


def _timeliness(found: Seen) -> str:
    late = found.status.closes_between.late
    if found.is_closed:
        return ":red-badge[✗ closed late]" if late else ":green-badge[✓ closed in time]"
    return ":red-badge[✗ late]" if late else ""


def tiles(found: Seen) -> None:
    """The eight numbers that the close turns on, each with its rows."""
    shown, currency = _measured(found), found.report.currency
    with st.grid(4, min_column_width=widgets.TILE_WIDTH, key="tiles"):
        for measured, before, rests in shown:
            name = measured.kpi.id
            with st.container(border=True, height="stretch", gap="xsmall", key=f"tile_{name}"):
                widgets.number(measured, before, currency, rests)
                widgets.link(
                    "overview",
                    "Show the rows",
                    (("kpi", name), ("period", str(found.month))),
                    key=f"rows_of_{name}",
                    help=f"What {measured.kpi.label} of {found.month.name} is made of",
                )


def _measured(found: Seen) -> list[tuple[Measured, Compared, str]]:
    """The report's numbers as tiles show them: of a closed month as they were frozen."""
    report, before = found.report, found.month.plus(-1).name.split()[0]
    shown: list[tuple[Measured, Compared, str]] = []
    for name in TILES:
        metric, kpi = report.metric(name), KPIS[name]
        measured = Measured(
            kpi,
            metric.value,
            metric.target,
            metric.floor,
            metric.mark,
            report.as_of,
            metric.window,
            "computed" if report.draft else f"frozen, version {report.closed.version}",
            metric.reason,
        )
        shown.append((measured, Compared(metric.previous, before), _rests(found, name)))
    return shown


def _rests(found: Seen, name: str) -> str:
    """What a number rests on: cash and runway on each account's balance, the others on the month's last day."""
    held = [(one.as_of, one.basis) for one in found.report.cash.accounts if one.ending is not None]
    dated = any(on is not None for on, _ in held)
    full = found.report.metric("cash").reason if dated else rests_on(held)
    said = (name in OF_CASH and held and full) or f"as of {words.day(found.last)}"
    return said if found.report.draft else f"{said}, frozen"


# --- Who closed it, and when


def history(found: Seen) -> None:
    """Every close and reopening of the month, the newest first, with what each version changed."""
    widgets.section("Close history")
    events = closing.close_events(session.store(), found.month)
    if not events:
        st.caption(
            f"{words.escape(found.month.name)} was never closed. Each version will stand here with who, when and why."
        )
    since = since_close(found)
    if since:
        title = f"Written since, of earlier days ({len(since)})"
        with st.expander(title, key=f"since_close_{found.month}", on_change="rerun") as box:
            if box.open:
                rows = close_rows.written_since(since)
                draw(found, {found.report.currency: rows}, "since_close", title)
    for event in events:
        _event(found, event)


def _event(found: Seen, event: Mapping[str, Any]) -> None:
    by, at = person(event["done_by"]), words.instant(event["done_at"], found.zone)
    version = event["version"]
    if event["event"] == "closed":
        said = f":green-badge[✓ closed] Version {version} by {words.escape(by)}, {words.escape(at)} "
        st.markdown(f"{said} :small[:gray[hash {words.escape((event['body_hash'] or '')[:12])}]]")
        _files(found, version)
        if version > 1:
            _changes(found, version)
    else:
        reason = words.escape(f"“{event['reason']}”")
        st.markdown(
            f":orange-badge[≈ reopened] Version {version} by {words.escape(by)}, {words.escape(at)}: {reason}"
        )


def _changes(found: Seen, version: int) -> None:
    with st.expander(
        f"What changed since version {version - 1}", key=f"changes_{found.month}_{version}", on_change="rerun"
    ) as box:
        if box.open:
            with session.store().cursor() as cursor:
                made = closing.frozen(cursor, found.month, version)
            rows = close_rows.changed(made.changes, made.because) if made else close_rows.changed(())
            if not rows.rows:
                st.caption("No number changed.")
                return
            draw(found, {found.report.currency: rows}, f"changed_{version}", "What changed")
            st.markdown("**The rows that were written in between**")
            written = close_rows.written_since(made.because if made else ())
            draw(found, {found.report.currency: written}, f"written_{version}", "Rows written in between")


def _files(found: Seen, version: int) -> None:
    """The files that the version archived, each as it was written then."""
    kept = [file for file in close_files.archived(session.store(), found.month) if file.version == version]
    if not kept:
        return
    with st.container(horizontal=True, gap="small", key=f"files_{version}"):
        for file in kept:
            st.download_button(
                FILES.get(file.name.partition("_")[0], file.name),
                data=partial(close_files.content, session.store(), file),
                file_name=file.name,
                mime=file.content_type,
                key=f"file_{version}_{file.file_hash[:12]}",
                type="tertiary",
                icon=":material/draft:",
                help=f"{file.name}, {file.size_bytes:,} bytes, SHA-256 {file.file_hash}",
                on_click="ignore",
            )
