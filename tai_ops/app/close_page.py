"""What the month-end close's page draws and does: the month in the address, its checklist, close and reopen, the letter.

Every number is the runbook's report; of a closed month it is the frozen one. Rights and rules are checked in the
runbook's functions, whose refusal stands where it was asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any

import streamlit as st

from tai_ops.app import charts, close_rows, forms, reading, session, widgets, words
from tai_ops.app.close_rows import Printed, Standing, Tables
from tai_ops.behind import Rows, behind
from tai_ops.board import Board
from tai_ops.cash import Runway
from tai_ops.close_checklist import Item
from tai_ops.comparison import Compared
from tai_ops.errors import Refused, WrongUsage
from tai_ops.exports.investor import export_investor
from tai_ops.exports.investor_letter import letter_md
from tai_ops.kpi import KPIS, Measured
from tai_ops.month_report import MonthReport, Reconciled
from tai_ops.period import Month, months_between
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.runbooks.month_end_close import CloseStatus
from tai_ops.runbooks.overview import rests_on
from tai_ops.store import Store, closing, facts, freshness, matches
from tai_ops.store.closing import InvestorNotes

PAGE = "month-end-close"
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
BADGES = {
    "done": ":green-badge[✓ done]",
    "open": ":orange-badge[≈ open]",
    "blocked": ":gray-badge[… waits]",
    "manual": ":blue-badge[□ to tick]",
    "no data": ":gray-badge[– no data]",
}
STOPS = ":red-badge[✗ stops]"
CLOSE, REOPEN = "close.close", "close.reopen"
SHOW = "show"
DAY = timedelta(days=1)
PARTS = (
    ("highlights", "Highlights", "What went well"),
    ("lowlights", "Lowlights", "What did not"),
    ("asks", "Asks", "What investors can help with"),
)
DOCUMENTS = {
    "xlsx": (
        "Investor workbook (.xlsx)",
        "investor-summary",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ":material/table:",
    ),
    "eml": ("Letter as an e-mail draft (.eml)", "investor-letter", "message/rfc822", ":material/mail:"),
    "md": ("Letter as text (.md)", "investor-letter", "text/markdown", ":material/article:"),
}
"""Each document by its extension: the button's words, the file's name, its type, the icon."""

STYLE = """<style>
[class*="st-key-item_"] { flex-wrap: nowrap; padding: 0.4rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[data-testid="stLayoutWrapper"]:last-child > [class*="st-key-item_"] { border-bottom: none; }
[class*="st-key-item_"] > :first-child { min-width: 0; flex: 1 1 auto; }
[class*="st-key-item_"] > :last-child { flex: 0 0 auto; }
[class*="st-key-item_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-item_"] [data-testid="stMarkdownContainer"] p { margin-bottom: 0; }
[class*="st-key-acts_"] button, [class*="st-key-acts_"] a { padding: 0 0.35rem; min-height: 1.75rem; }
.st-key-sides table { width: 100%; }
.st-key-sides td:last-child { font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 640px) {
  [class*="st-key-item_"] { flex-wrap: wrap; }
  [class*="st-key-item_"] > :first-child { flex: 1 1 100%; }
}
</style>"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: a month, how its close stands, and what was wrong with the month in the address."""

    month: Month
    months: tuple[Month, ...]
    closed: frozenset[Month]
    status: CloseStatus
    complaint: str | None
    nothing: bool

    @property
    def report(self) -> MonthReport:
        """The month's numbers: frozen where it is closed."""
        return self.status.report

    @property
    def is_closed(self) -> bool:
        """Whether the month is closed."""
        return self.status.state.closed

    @property
    def over(self) -> bool:
        """Whether the month is over and may be closed."""
        return self.month.end <= session.today()

    @property
    def zone(self) -> tzinfo:
        """The company's zone."""
        return session.store().company.tz

    @property
    def last(self) -> date:
        """The last day whose records count."""
        return self.report.until - DAY

    def day_of(self, moment: datetime) -> str:
        """The company's day of an instant, in words."""
        return words.day(moment.astimezone(self.zone).date())


# --- Which month


def seen() -> Seen:
    """The month in the address and how its close stands; the next one to close where the address has none."""
    store, today = session.store(), session.today()
    closed = frozenset(store.closed_months())
    with_records = _months_with_records(today) | closed
    usual = _next_to_close(with_records - closed, today)
    first, current = min(with_records, default=usual), Month.of(today)
    offered = tuple(reversed(months_between(min(first, usual), current)))
    month, complaint = _asked(st.query_params.get("month", ""), usual, offered)
    stamp = today.isoformat() if month < current else f"{session.now():%Y%m%d%H%M}"
    status = _status(store, f"{_key(store)} {stamp}", str(month), month)
    return Seen(month, offered, closed, status, complaint, nothing=not with_records)


def _months_with_records(today: date) -> frozenset[Month]:
    """The months that have bank lines or invoices, up to the present one."""
    found = reading.board().facts
    lines = {row.month for row in found.account_months if row.source == "bank"}
    invoices = {Month.of(invoice.issued_on) for invoice in found.invoices}
    return frozenset(month for month in lines | invoices if month <= Month.of(today))


def _next_to_close(left: Iterable[Month], today: date) -> Month:
    """The oldest open month that is over; months before the first one that was ever closed are taken as history."""
    last = Month.of(today).plus(-1)
    ever = [Month.parse(event["month"]) for event in closing.close_events(session.store())]
    return min((month for month in left if min(ever, default=month) <= month <= last), default=last)


def _asked(asked: str, usual: Month, offered: Sequence[Month]) -> tuple[Month, str | None]:
    if not asked:
        return usual, None
    try:
        month = Month.parse(asked)
    except WrongUsage as reason:
        return usual, f"{reason}. This is {usual.name}."
    if month in offered:
        return month, None
    why = "has not begun" if month > offered[0] else "lies before the first records"
    return usual, f"{month.name} {why}. This is {usual.name}."


def _key(store: Store) -> str:
    """What changes whenever a number may: the store itself, and its version."""
    return f"{store.path or id(store)} {freshness.version(store)}"


@st.cache_resource(max_entries=24, show_spinner="Working out the month …")
def _status(_store: Store, key: str, month: str, _month: Month) -> CloseStatus:  # noqa: ARG001  # the key is what the cache goes by
    return runbook.status(_store, _month, session.now())


def _board(found: Seen) -> Board:
    return reading.board(reading.looked_at(str(found.month)))


def _standings(found: Seen) -> tuple[Standing, ...]:
    store = session.store()
    return _kept_standings(store, _key(store), str(found.month), found.month)


@st.cache_resource(max_entries=24, show_spinner="Reading the accounts …")
def _kept_standings(_store: Store, key: str, month: str, _month: Month) -> tuple[Standing, ...]:  # noqa: ARG001
    """How each account stands at the month's end; the matcher isn't asked."""
    with _store.cursor() as cursor:
        held = [a for a in facts.accounts(cursor) if a.opened_on <= _month.last_day]
    now, through = session.now(), _month.last_day
    return tuple(
        Standing(a, matches.standing(_store, a.account, now=now, through=through, found=())) for a in held
    )


def _choose_month() -> None:
    forms.go_on((("month", st.session_state["month"]),))


# --- The top of the page


def title_row(found: Seen) -> None:
    """Title, as-of line, the picker of the month, and the one thing to do: close it, or reopen it."""
    st.html(STYLE)
    side = widgets.page_title("Month-end close", _as_of(found))
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
        if found.is_closed:
            _reopen_step(found)
        elif not found.nothing:
            _close_step(found)


def _as_of(found: Seen) -> str:
    stamp = found.report.closed
    if stamp is None:
        return reading.as_of_words()
    frozen = words.instant(stamp.closed_at, found.zone)
    return f"as of {words.day(found.last)}, frozen {frozen} by {_person(stamp.closed_by)}, version {stamp.version}"


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
                [i for i in items if i.state in {"open", "manual"} and _counts(i)],
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


def _counts(item: Item) -> bool:
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
            f"by {_person(done.stamp.closed_by)}{more}"
        )

    forms.run_write(
        form,
        lambda: _on_page(
            lambda: runbook.run(session.store(), session.actor(), month, session.now(), request_key=token),
            month,
            items,
        ),
        said,
    )


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


def _verdict(found: Seen) -> str:
    name, state = found.month.name, found.status.state
    stops = [_stop_words(found, item) for item in found.status.blocking]
    if found.is_closed and state.at:
        return (
            f"{name} is closed: version {state.version}, by {_person(state.by)} on {found.day_of(state.at)}. "
            "Its numbers are frozen."
        )
    again = ""
    if state.at:
        reason = f": “{state.reason}”" if state.reason else ""
        again = f" It was reopened by {_person(state.by)} on {found.day_of(state.at)}{reason}."
    if not found.over:
        so_far = f"; so far {words.listed(stops)}" if stops else ""
        return f"{name} is not over and can be closed from {words.day(found.month.end)} on{so_far}.{again}"
    if stops:
        return f"{name} can’t be closed yet: {words.listed(stops)}.{again}"
    left = sum(item.state in {"open", "manual"} and _counts(item) for item in found.status.items)
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
            return "MRR’s movements do not add up"
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


def stops(found: Seen) -> None:
    """What keeps the month from being closed, each with the way to where it is dealt with."""
    if found.is_closed or not found.status.blocking:
        return
    widgets.section("What stops the close")
    for item in found.status.blocking:
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
            gap="small",
            key=f"matter_stop_{item.id}",
        ):
            st.markdown(
                f"{STOPS} **{words.escape(item.words)}**  \n:small[{words.escape(item.evidence)}]",
                width="stretch",
            )
            _link(found, item, f"stop_{item.id}")


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
        shown.append((measured, Compared(metric.previous, before), _rests_on(found, measured)))
    return shown


def _rests_on(found: Seen, measured: Measured) -> str:
    """As of when a number holds, and what it rests on where that is told apart."""
    as_of = f"as of {words.day(found.last)}"
    if not found.report.draft:
        return f"{as_of}, {measured.source}"
    told = rests_on(_board(found), measured)
    return told if "," in told else as_of


# --- The checklist


def checklist(found: Seen) -> None:
    """The runbook's checklist by its groups; a group in which everything is done is folded."""
    items = found.status.items
    done = sum(item.state == "done" for item in items)
    widgets.section(
        "Checklist",
        f"{done} of {len(items)} done; what data can tell ticks itself, and is never ticked by hand.",
    )
    for group in dict.fromkeys(item.group for item in items):
        _group(found, group, [item for item in items if item.group == group])


def _group(found: Seen, group: str, items: Sequence[Item]) -> None:
    stopping = sum(item.fails for item in items)
    done = sum(item.state == "done" for item in items)
    mark = ":green-badge[✓]" if done == len(items) else ":red-badge[✗ stops the close]" if stopping else ""
    asked = any(item.id == st.query_params.get(SHOW) for item in items)
    with st.expander(
        f"**{words.escape(group)}** :small[:gray[{done} of {len(items)} done]] {mark}",
        expanded=asked or not (found.is_closed or done == len(items)),
        key=f"group_{found.month}_{group}",
    ):
        with st.container(gap=None):
            for item in items:
                _item(found, item)


def _item(found: Seen, item: Item) -> None:
    stopping = item.fails and not found.is_closed
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
        key=f"item_{item.id}",
    ):
        tick = f"  \n:small[{words.escape(_tick_words(found, item))}]" if item.tick else ""
        st.markdown(
            f"{STOPS if stopping else BADGES[item.state]} {words.escape(item.words)}  \n"
            f":small[:gray[{words.escape(item.evidence)}]]{tick}",
            width="stretch",
        )
        with st.container(
            horizontal=True, width="content", gap="xsmall", vertical_alignment="center", key=f"acts_{item.id}"
        ):
            _rows_button(item)
            if item.state not in {"done", "no data"}:
                _link(found, item, f"item_{item.id}")
            _tick_step(found, item)
    forms.error_line(_tick_form(found, item))
    if st.query_params.get(SHOW) == item.id and item.id in ROWS:
        _draw(found, ROWS[item.id](found), f"rows_{item.id}", item.words)


def _rows_button(item: Item) -> None:
    if item.id not in ROWS:
        return
    shown = st.query_params.get(SHOW) == item.id
    many = words.counted(item.count, "row") if item.count else "rows"
    st.button(
        ":blue[Hide the rows]" if shown else f":blue[Show {many}]",
        key=f"show_{item.id}",
        type="tertiary",
        on_click=_show,
        args=(None if shown else item.id,),
    )


def _show(item: str | None) -> None:
    if item is None:
        st.query_params.pop(SHOW, None)
    else:
        st.query_params[SHOW] = item


def _draw(found: Seen, tables: Tables, key: str, alt: str) -> None:
    """Tables one below the other, each in the currency of its amounts."""
    if not tables:
        st.caption("No rows here.")
    for currency, rows in tables.items():
        has = {column.name for column in rows.columns}
        widgets.rows_table(
            rows,
            key=f"{key}_{currency}",
            alt=alt,
            period=str(found.month),
            currency=currency,
            zone=found.zone,
            opens=("customers", "customer", "customer_id") if "customer_id" in has else None,
        )


Way = tuple[str, str, tuple[tuple[str, str], ...]]
"""A page, what is done there, and its address."""


def _link(found: Seen, item: Item, key: str) -> None:
    way = _way(found, item)
    if way:
        page, label, query = way
        widgets.link(page, label, query, key=f"{key}_go")


def _way(found: Seen, item: Item) -> Way | None:
    """Where what is open of the item is dealt with; None where that is on this page."""
    link = item.link
    if link is None:
        return None
    through = ("through", found.month.last_day.isoformat())
    account = link.filter.get("account") or link.filter.get("accounts", "").partition(",")[0]
    if link.filter.get("state") == "possible_duplicate":
        return "imports", "Keep or join them", ()
    if link.kind in {"bank_lines", "reconcile"}:
        return "reconcile", f"Reconcile {account}".strip(), _query(("account", account), through)
    if item.id == "invoices_made":
        return "imports", "Load the invoices", (("kind", "invoices"),)
    if link.kind in {"bills", "accounts"}:
        return "imports", f"Load {link.kind}", (("kind", link.kind),)
    if item.blocking:
        kpi = "mrr" if item.id == "mrr_identity" else "deferred_revenue"
        return "overview", "See the rows", (("kpi", kpi), ("period", str(found.month)))
    return None


def _query(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if pair[1])


# --- Ticks


def _tick_form(found: Seen, item: Item) -> str:
    return f"close.tick.{found.month}.{item.id}"


def _tick_words(found: Seen, item: Item) -> str:
    if item.tick is None:
        return ""
    note = f": {item.tick.note}" if item.tick.note else ""
    return f"Ticked by {_person(item.tick.ticked_by)}, {found.day_of(item.tick.ticked_at)}{note}"


def _tick_step(found: Seen, item: Item) -> None:
    if not item.tickable or (found.is_closed and item.group != runbook.AFTER_CLOSE):
        return
    if item.tick:
        st.button(
            "Take back",
            key=f"untick_{item.id}",
            type="tertiary",
            icon=":material/undo:",
            on_click=_tick,
            args=(found.month, item, _tick_form(found, item), "", False),
        )
        return
    if item.state not in {"open", "manual", "no data"}:
        return
    key = f"tick_note_{found.month}_{item.id}"
    forms.draft(_tick_form(found, item), {key: ""})
    with st.popover("Tick", key=f"tick_ask_{item.id}", type="tertiary", icon=":material/check:"):
        st.markdown(f"**{words.escape(item.words)}**")
        st.text_input("Note", key=key, placeholder=_example(item), max_chars=300, autocomplete="off")
        st.button(
            "Tick it",
            key=f"tick_{item.id}",
            type="primary",
            on_click=_tick,
            args=(found.month, item, _tick_form(found, item), key, True),
        )


def _example(item: Item) -> str:
    return {
        "invoices_sent": "all sent by QuickBooks on 2 April",
        "past_due": "called on 1 April, pays next week",
        "out_of_pocket": "asked everybody, nothing to pay back",
        "expense_trends": "the trade fair, planned",
        "board_update": "sent with the letter",
    }.get(item.id, "")


def _tick(month: Month, item: Item, form: str, key: str, ticked: bool) -> None:
    store, actor = session.store(), session.actor()
    note = st.session_state.get(key) or None

    def write(state: bool, said: str | None) -> bool:
        runbook.tick(store, actor, month, item.id, now=session.now(), ticked=state, note=said)
        return state

    def back() -> str:
        was = None if ticked or item.tick is None else item.tick.note
        return _ticked_words(item, ticked=write(not ticked, was))

    forms.run_write(
        form, lambda: write(ticked, note), lambda state: _ticked_words(item, ticked=state), lambda _: back
    )


def _ticked_words(item: Item, *, ticked: bool) -> str:
    return f"Ticked: {item.words}" if ticked else f"Tick taken back: {item.words}"


# --- The rows behind an item


def _own(rows: Callable[[Seen], Rows]) -> Callable[[Seen], Tables]:
    """Rows in the company's currency."""
    return lambda found: {found.report.currency: rows(found)}


def _of_kpi(name: str) -> Callable[[Seen], Tables]:
    return _own(lambda found: behind(_board(found), KPIS[name]))


def _lines(*kinds: str, receipts: bool = False) -> Callable[[Seen], Tables]:
    def read(found: Seen) -> Tables:
        wanted = [one for one in _standings(found) if one.account.kind in kinds]
        return close_rows.open_lines(wanted, found.month, receipts=receipts)

    return read


def _unusual(found: Seen) -> Rows:
    with session.store().cursor() as cursor:
        books = closing.books(cursor, _board(found).facts)
    return close_rows.unusual_charges(found.report, books.charges)


def _cash_of(kind: str | None = None) -> Callable[[Seen], Tables]:
    return lambda found: close_rows.accounts_cash(found.report, kind)


def _outstanding(found: Seen) -> Rows:
    return close_rows.outstanding({r.account: r.book_items for r in found.report.reconciliations})


ROWS: Mapping[str, Callable[[Seen], Tables]] = {
    "invoices_made": _own(lambda found: close_rows.uninvoiced(found.report, _board(found))),
    "invoices_sent": _own(lambda found: close_rows.issued(found.report, _board(found))),
    "past_due": _own(lambda found: close_rows.chase(found.report)),
    "payments_recorded": _lines("bank", "processor", receipts=True),
    "mrr_identity": _of_kpi("mrr"),
    "services_revenue": _of_kpi("revenue_recognised"),
    "deferred_revenue": _of_kpi("deferred_revenue"),
    "financial_model": _of_kpi("arr"),
    "card_lines": _lines("card"),
    "bank_lines": _lines("bank"),
    "categories": _own(lambda found: close_rows.unlabelled(found.report, _board(found))),
    "out_of_pocket": _own(lambda found: close_rows.out_of_pocket(found.report, _board(found))),
    "expense_trends": _own(_unusual),
    "card_balances": _cash_of("card"),
    "outstanding_checks": _own(_outstanding),
    "processor_balances": _cash_of("processor"),
    "mrr": _of_kpi("mrr"),
    "expenses": _own(lambda found: close_rows.expenses(found.report)),
    "burn": _of_kpi("net_burn"),
    "runway": _of_kpi("runway_months"),
    "cash_impact": _cash_of(),
}
"""What stands behind each item that has rows."""


# --- What explains it


def pictures(found: Seen) -> None:
    """How MRR moved in the month, and where cash goes."""
    report = found.report
    left, right = st.columns(2, gap="large")
    with left:
        if report.movements.by_customer:
            drawn = charts.mrr_waterfall(report.movements, report.month, report.currency)
            _chart(found, drawn, "mrr_waterfall")
        else:
            st.caption(f"MRR of {report.month.name} will stand here: no subscription is on record.")
    with right:
        balances = [
            (min(one.month.last_day, found.last), one.ending)
            for one in report.cash_months
            if one.ending is not None
        ]
        if balances:
            expected = report.runway()
            drawn = charts.cash_runway(balances, expected, _worst(report, expected), report.currency)
            _chart(found, drawn, "cash_runway")
        else:
            st.caption("Cash and how long it lasts will stand here: no balance is known yet.")


def _worst(report: MonthReport, expected: Runway) -> Runway | None:
    """The shortest of the runways, where it is shorter than the expected one."""
    ends = [one.runway for one in report.runways if one.runway.cash_out_on]
    worst = min(ends, key=lambda runway: runway.cash_out_on or date.max, default=None)
    if worst is None or worst.cash_out_on == expected.cash_out_on:
        return None
    return worst


def _chart(found: Seen, drawn: charts.Chart, key: str) -> None:
    widgets.chart(drawn, key=key, currency=found.report.currency, zone=found.zone, period=str(found.month))


def receivables(found: Seen) -> None:
    """What customers owe by age, and whom to chase."""
    report = found.report
    widgets.section("Receivables", f"as of {words.day(found.last)}, tax included; credits are not deducted")
    if not report.ageing.open_amount:
        st.markdown(":green-badge[✓] Nobody owes anything.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _chart(found, charts.ageing_bars(report.ageing, report.currency), "ageing")
    with right:
        st.markdown("**Chase list: more than 30 days past due**")
        if report.overdue:
            _draw(
                found,
                {report.currency: close_rows.chase(report)},
                "chase",
                "Whom to chase, the longest first",
            )
        else:
            st.markdown(":green-badge[✓] Nothing is more than 30 days past due.")


# --- Bank against books


def bank(found: Seen) -> None:
    """The bank lines that nothing settles, and each account's two-sided statement."""
    widgets.section("Bank against books")
    standings = _standings(found)
    tables = close_rows.open_lines(standings, found.month)
    if not standings:
        st.caption("No account is on record.")
    elif tables:
        said = words.listed([words.counted(len(rows.rows), rows.what) for rows in tables.values()])
        st.markdown(f"**{words.escape(said)} of {words.escape(found.month.name)}**: tick one to settle it.")
        for currency, rows in tables.items():
            widgets.rows_table(
                rows,
                key=f"open_lines_{currency}",
                alt="Bank lines of the month that nothing settles",
                period=str(found.month),
                currency=currency,
                opens=("reconcile", "account", "account"),
            )
    else:
        st.markdown(f":green-badge[✓] No bank line of {words.escape(found.month.name)} is open.")
    frozen = {r.account: r for r in found.report.reconciliations}
    wanted = [one for one in standings if one.account.kind != "card" or one.account.account in frozen]
    if not wanted:
        return
    count = sum(
        frozen[a.account.account].statement is not None for a in wanted if a.account.account in frozen
    )
    with st.expander(
        f"Two-sided reconciliation: {count} of {len(wanted)} accounts locked",
        key=f"two_sided_{found.month}",
        icon=":material/balance:",
        on_change="rerun",
    ) as box:
        if box.open:
            for one in wanted:
                _account(found, one, frozen.get(one.account.account))


def _account(found: Seen, one: Standing, locked: Reconciled | None) -> None:
    """One account: its two sides as they were locked, else as they stand now."""
    account, currency = one.account, one.account.currency
    is_locked = locked is not None and locked.statement is not None
    both = locked.statement if locked and locked.statement else one.found.two_sided
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{words.escape(account.name)}** {_lock_words(found, locked)}", width="stretch")
        query = (("account", account.account), ("through", found.month.last_day.isoformat()))
        widgets.link("reconcile", "Open in Reconcile", query, key=f"account_{account.account}_go")
    if both is None:
        missing = "bank’s balance" if one.found.bank_balance is None else "books’ opening balance"
        st.caption(words.escape(f"The {missing} on {words.day(found.month.last_day)} is not known."))
        return
    with st.container(key=f"sides_{account.account}"):
        for place, title, printed in zip(
            st.columns(2, gap="medium"), ("Bank", "Books"), close_rows.two_sides(both), strict=True
        ):
            with place:
                _side(title, printed, currency)
    off = both.unexplained
    if off is not None:
        amount = words.escape(words.money(off, currency, exact=True))
        st.markdown(
            ":green-badge[✓ both sides agree]" if off == 0 else f":red-badge[✗ {amount} not explained]"
        )
    if locked and is_locked:
        rows = close_rows.between(locked.bank_items, locked.book_items)
    else:
        rows = close_rows.between(close_rows.bank_items(one), one.found.unmatched_book)
    if rows.rows:
        _draw(
            found,
            {currency: rows},
            f"between_{account.account}",
            "What the two sides differ by, item by item",
        )


def _lock_words(found: Seen, locked: Reconciled | None) -> str:
    if locked is None or locked.statement is None or locked.through_on is None:
        return f":gray-badge[– not locked] :small[:gray[as it stands through {words.escape(words.day(found.month.last_day))}]]"
    who = f" by {_person(locked.locked_by)}" if locked.locked_by else ""
    return f":green-badge[✓ locked] :small[:gray[{words.escape(f'through {words.day(locked.through_on)}{who}')}]]"


def _side(title: str, printed: Sequence[Printed], currency: str) -> None:
    rows = [
        f"| {_strong(words.escape(text), strong=strong)} | {_strong(_exact(amount, currency), strong=strong)} |"
        for text, amount, strong in printed
    ]
    st.markdown("\n".join((f"| {title} | {currency} |", "|:---|---:|", *rows)))


def _exact(amount: Decimal | None, currency: str) -> str:
    return words.DASH if amount is None else words.escape(words.money(amount, currency, exact=True))


def _strong(text: str, *, strong: bool) -> str:
    return f"**{text}**" if strong else text


# --- The investor summary


def investors(found: Seen) -> None:
    """The CFO's own words for the investors, and the documents, made when they are asked for."""
    report, month = found.report, found.month
    widgets.section("Investor summary", "The workbook and the letter, from the numbers of this page.")
    if report.draft:
        said = f"{month.name} is open: every sheet and the letter say DRAFT until it is closed."
        st.markdown(f":orange-badge[≈ DRAFT] {words.escape(said)}")
    _notes_form(found)
    with st.container(horizontal=True, key="documents"):
        for extension, (label, name, mime, icon) in DOCUMENTS.items():
            st.download_button(
                label,
                data=document(month, extension),
                file_name=f"{name}_{month}{'_DRAFT' if report.draft else ''}.{extension}",
                mime=mime,
                key=f"download_{extension}",
                icon=icon,
                on_click="ignore",
            )
    with st.expander(
        "Read the letter here", key=f"letter_{month}", icon=":material/visibility:", on_change="rerun"
    ) as box:
        if box.open:
            notes = closing.investor_notes(session.store(), month)
            st.code(letter_md(report, notes), language=None, wrap_lines=True)


def document(month: Month, extension: str) -> Callable[[], bytes]:
    """What makes the month's document once it is asked for; a letter written by the CFO or CEO ticks its item."""
    return partial(export_investor, session.store(), month, session.now(), extension, actor=session.actor())


def _notes_form(found: Seen) -> None:
    month, notes = found.month, closing.investor_notes(session.store(), found.month)
    stamp = f"{notes.noted_at:%Y%m%d%H%M%S%f}" if notes.noted_at else "new"
    form = f"close.notes.{month}.{stamp}"
    keys = {part: f"{part}_{month}_{stamp}" for part, _, _ in PARTS}
    forms.draft(form, {keys[part]: getattr(notes, part) or "" for part, _, _ in PARTS})
    with st.grid(3, min_column_width=240, key="notes"):
        for part, label, example in PARTS:
            st.text_area(label, key=keys[part], placeholder=f"{example}, one point a line", height=120)
    forms.error_line(form)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Save the notes", key="save_notes", on_click=_save_notes, args=(month, form, keys, notes))
        st.markdown(f":small[:gray[{words.escape(_notes_words(found, notes, form))}]]", width="content")


def _notes_words(found: Seen, notes: InvestorNotes, form: str) -> str:
    if forms.has_draft(form):
        return "Typed and not saved yet: the letter does not have it."
    if notes.noted_at and notes.noted_by:
        return f"Written by {_person(notes.noted_by)}, {found.day_of(notes.noted_at)}. They close the letter."
    return "They close the letter; an empty part is left out."


def _save_notes(month: Month, form: str, keys: Mapping[str, str], before: InvestorNotes) -> None:
    typed = {part: st.session_state[key] for part, key in keys.items()}
    was = {part: getattr(before, part) for part in keys}
    store, actor = session.store(), session.actor()

    def back() -> str:
        runbook.note(store, actor, month, now=session.now(), **was)
        return f"The notes of {month.name} are as they were before"

    forms.run_write(
        form,
        lambda: runbook.note(store, actor, month, now=session.now(), **typed),
        lambda _: f"Notes to the investors about {month.name} saved",
        lambda _: back,
    )


# --- Who closed it, and when


def history(found: Seen) -> None:
    """Every close and reopening of the month, the newest first, with what each version changed."""
    widgets.section("Close history")
    events = closing.close_events(session.store(), found.month)
    if not events:
        st.caption(
            f"{words.escape(found.month.name)} was never closed. Each version will stand here with who, when and why."
        )
    for event in events:
        _event(found, event)


def _event(found: Seen, event: Mapping[str, Any]) -> None:
    by, at = _person(event["done_by"]), words.instant(event["done_at"], found.zone)
    version = event["version"]
    if event["event"] == "closed":
        said = f":green-badge[✓ closed] Version {version} by {words.escape(by)}, {words.escape(at)} "
        st.markdown(f"{said} :small[:gray[hash {words.escape((event['body_hash'] or '')[:12])}]]")
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
            rows = close_rows.changed(made.changes if made else ())
            if not rows.rows:
                st.caption("No number changed.")
            else:
                _draw(found, {found.report.currency: rows}, f"changed_{version}", "What changed")


def _person(email: str | None) -> str:
    return next((p.name for p in session.store().people() if p.email == email), email or "nobody")
