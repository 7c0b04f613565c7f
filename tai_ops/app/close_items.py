"""The month-end close's checklist: what stops the close, each item with its evidence, its rows, its tick."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from tai_ops.app import account_choice, close_rows, close_time, evidence, forms, session, widgets, words
from tai_ops.app.close_month import Seen, board_of, draw, person, standings
from tai_ops.app.close_rows import Tables
from tai_ops.behind import Rows, behind
from tai_ops.close_checklist import Item
from tai_ops.kpi import KPIS
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.store import close_minutes, closing
from tai_ops.store.close_proofs import PROOFS, rows_of
from tai_ops.store.evidence import CLOSE, counts

BADGES = {
    "done": ":green-badge[✓ done]",
    "open": ":orange-badge[≈ open]",
    "blocked": ":gray-badge[… waits]",
    "manual": ":blue-badge[□ to tick]",
    "no data": ":gray-badge[– no data]",
}
STOPS = ":red-badge[✗ stops]"
KPI_OF = {"mrr_identity": "mrr", "deferred_revenue": "deferred_revenue"}
"""The number whose rows show why an item stops the close, where no other page deals with it."""
SHOW = "show"
"""The parameter of the address that names the item whose rows are shown."""
PROOF = "why"
"""The parameter of the address that names the item whose rule and query are shown."""
EVIDENCE = "evidence"
"""The parameter of the address that names the item whose evidence is shown."""


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
            rows = (
                "overview",
                "See the rows",
                (("kpi", KPI_OF.get(item.id, "")), ("period", str(found.month))),
            )
            _link(_way(found, item) or rows, f"stop_{item.id}")


def checklist(found: Seen) -> None:
    """The runbook's checklist by its groups; a group in which everything is done is folded."""
    items = found.status.items
    done = sum(item.state == "done" for item in items)
    widgets.section(
        "Checklist",
        f"{done} of {len(items)} done; what data can tell ticks itself, and is never ticked by hand.",
    )
    kept = counts(session.store(), CLOSE, f"{found.month}/")
    spent = close_minutes.minutes_of(session.store(), found.month)
    groups = tuple(dict.fromkeys(item.group for item in items))
    for group in groups:
        _group(found, group, [item for item in items if item.group == group], kept, spent.get(group, 0))
    close_time.time_spent(found, groups, spent)


def _group(found: Seen, group: str, items: Sequence[Item], kept: Mapping[str, int], minutes: int) -> None:
    stopping = sum(item.fails for item in items)
    done = sum(item.state == "done" for item in items)
    mark = ":green-badge[✓]" if done == len(items) else ":red-badge[✗ stops the close]" if stopping else ""
    took = f", {minutes} min" if minutes else ""
    named = {st.query_params.get(name) for name in (SHOW, EVIDENCE, PROOF)}
    asked = any(item.id in named for item in items)
    with (
        st.expander(
            f"**{words.escape(group)}** :small[:gray[{done} of {len(items)} done{took}]] {mark}",
            expanded=asked or not (found.is_closed or done == len(items)),
            key=f"group_{found.month}_{group}",
        ),
        st.container(gap=None),
    ):
        for item in items:
            _item(found, item, kept.get(f"{found.month}/{item.id}", 0))


def _item(found: Seen, item: Item, kept: int) -> None:
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
            if not found.is_closed and item.state not in {"done", "no data"}:
                _link(_way(found, item), f"item_{item.id}")
            _tick_step(found, item)
            _proof_button(item)
            _evidence_button(item, kept)
    forms.error_line(_tick_form(found, item))
    if st.query_params.get(PROOF) == item.id:
        _proof(found, item)
    if st.query_params.get(EVIDENCE) == item.id:
        with st.container(border=True, key=f"evidence_{item.id}"):
            evidence.panel(CLOSE, f"{found.month}/{item.id}", heading=None)
    if st.query_params.get(SHOW) == item.id and item.id in ROWS:
        draw(found, ROWS[item.id](found), f"rows_{item.id}", item.words)


def _rows_button(item: Item) -> None:
    if item.id not in ROWS or item.state == "no data":
        return
    shown = st.query_params.get(SHOW) == item.id
    many = words.counted(item.count, "row") if item.count and item.state != "blocked" else "rows"
    st.button(
        ":blue[Hide the rows]" if shown else f":blue[Show {many}]",
        key=f"show_{item.id}",
        type="tertiary",
        on_click=_show,
        args=(None if shown else item.id,),
    )


def _show(item: str | None, parameter: str = SHOW) -> None:
    if item is None:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = item


def _proof_button(item: Item) -> None:
    shown = st.query_params.get(PROOF) == item.id
    st.button(
        ":blue[Hide why]" if shown else ":blue[Why]",
        key=f"proof_of_{item.id}",
        type="tertiary",
        help="The rule that decides this item, and the query that shows it.",
        on_click=_show,
        args=(None if shown else item.id, PROOF),
    )


def _proof(found: Seen, item: Item) -> None:
    """The item's rule, its query, and how many rows that gives now."""
    proof = PROOFS[item.id]
    with session.store().cursor() as cursor:
        rows = rows_of(cursor, proof, found.month, found.report.currency)
    many = words.counted(len(rows), "row")
    with st.container(border=True, key=f"proof_{item.id}"):
        st.markdown(f"{words.escape(proof.rule)}")
        says = (
            "Each of its rows stops the item"
            if proof.stops
            else "These are the rows that it is worked out from"
        )
        st.caption(f"The query gives {many} for {words.escape(found.month.name)}. {says}.")
        st.code(proof.query, language="sql", wrap_lines=True)


def _evidence_button(item: Item, kept: int) -> None:
    shown = st.query_params.get(EVIDENCE) == item.id
    st.button(
        ":blue[Hide evidence]" if shown else f":blue[{evidence.count_words(kept)}]",
        key=f"evidence_of_{item.id}",
        type="tertiary",
        help="Files and links beside this item.",
        on_click=_show,
        args=(None if shown else item.id, EVIDENCE),
    )


Way = tuple[str, str, tuple[tuple[str, str], ...]]
"""A page, what is done there, and its address."""


def _link(way: Way | None, key: str) -> None:
    if way:
        page, label, query = way
        widgets.link(page, label, query, key=f"{key}_go")


def _way(found: Seen, item: Item) -> Way | None:
    """Where what is open of the item is dealt with; None where that is on this page."""
    told = item.link.filter if item.link else {}
    match item.id:
        case "invoices_made":
            return "invoices", "Make the invoices", (("month", str(found.month)),)
        case "invoices_sent":
            return "invoices", "Stamp them as sent", (("month", str(found.month)), ("part", "Invoices"))
        case "past_due":
            return "invoices", "Chase them", (("month", str(found.month)), ("part", "Overdue"))
        case "categories":
            return "expenses", "Give them a category", (("month", str(found.month)),)
        case "out_of_pocket":
            return "expenses", "Follow them", (("month", str(found.month)), ("part", "Reimbursements"))
        case "expense_trends":
            return "expenses", "Look at them", (("month", str(found.month)), ("part", "Unusual"))
        case "sla_credits":
            return "uptime", "Decide them", (("month", str(found.month)),)
        case "duplicates":
            return "imports", "Keep or join them", ()
    if item.link is None or item.link.kind not in {"bank_lines", "reconcile"}:
        return None
    account = told.get("account") or told.get("accounts", "").partition(",")[0]
    query = (("account", account), ("through", found.month.last_day.isoformat()))
    called = account_choice.called().get(account, account)
    return "reconcile", f"Reconcile {called}".strip(), tuple(pair for pair in query if pair[1])


# --- Ticks


def _tick_form(found: Seen, item: Item) -> str:
    return f"close.tick.{found.month}.{item.id}"


def _tick_words(found: Seen, item: Item) -> str:
    if item.tick is None:
        return ""
    note = f": {item.tick.note}" if item.tick.note else ""
    return f"Ticked by {person(item.tick.ticked_by)}, {found.day_of(item.tick.ticked_at)}{note}"


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
            args=(found.month, item, _tick_form(found, item), None, False),
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
        "sla_credits": "the customer waived it on 2 April",
    }.get(item.id, "")


def _tick(month: Month, item: Item, form: str, key: str | None, ticked: bool) -> None:
    store, actor = session.store(), session.actor()
    note = st.session_state[key] if key else None

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
    return _own(lambda found: behind(board_of(found), KPIS[name]))


def _lines(*kinds: str, receipts: bool = False) -> Callable[[Seen], Tables]:
    def read(found: Seen) -> Tables:
        wanted = [one for one in standings(found) if one.account.kind in kinds]
        return close_rows.open_lines(wanted, found.month, receipts=receipts)

    return read


def _unusual(found: Seen) -> Rows:
    with session.store().cursor() as cursor:
        books = closing.books(cursor, board_of(found).facts)
    return close_rows.unusual_charges(found.report, books.charges)


def _cash_of(kind: str | None = None) -> Callable[[Seen], Tables]:
    return lambda found: close_rows.accounts_cash(found.report, kind)


def _outstanding(found: Seen) -> Rows:
    return close_rows.outstanding({r.account: r.book_items for r in found.report.reconciliations})


ROWS: Mapping[str, Callable[[Seen], Tables]] = {
    "invoices_made": _own(lambda found: close_rows.uninvoiced(found.report, board_of(found))),
    "invoices_sent": _own(lambda found: close_rows.issued(found.report, board_of(found))),
    "past_due": _own(lambda found: close_rows.chase(found.report)),
    "payments_recorded": _lines("bank", "processor", receipts=True),
    "mrr_identity": _of_kpi("mrr"),
    "services_revenue": _of_kpi("revenue_recognised"),
    "deferred_revenue": _of_kpi("deferred_revenue"),
    "financial_model": _of_kpi("arr"),
    "card_lines": _lines("card"),
    "bank_lines": _lines("bank"),
    "categories": _own(lambda found: close_rows.unlabelled(found.report, board_of(found))),
    "out_of_pocket": _own(lambda found: close_rows.out_of_pocket(found.report, board_of(found))),
    "expense_trends": _own(_unusual),
    "reconciled": lambda found: close_rows.reconciled(found.report),
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
