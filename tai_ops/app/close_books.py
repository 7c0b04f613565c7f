"""What the month-end close's page shows of the books: MRR and cash, receivables, bank against books."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import (
    account_choice,
    annotated,
    cash_ahead,
    charts,
    close_rows,
    forms,
    reading,
    reconcile_statement,
    session,
    widgets,
    words,
)
from tai_ops.app.chart_cash import cash_runway
from tai_ops.app.close_month import Seen, draw, person, standings
from tai_ops.app.close_rows import Printed, Standing, Tables
from tai_ops.cash import Runway
from tai_ops.exports.reconciliation_print import reconciliation_html
from tai_ops.month_report import MonthReport, Reconciled
from tai_ops.store.line_natures import NATURES, book_key, say_nature


def pictures(found: Seen) -> None:
    """How MRR moved in the month, and where cash goes."""
    report = found.report
    left, right = st.columns(2, gap="large")
    with left:
        if report.movements.by_customer:
            drawn = charts.mrr_waterfall(report.movements, report.month, report.currency)
            _chart(found, drawn, "mrr_waterfall")
            annotated.beside(found.month.start, min(found.month.last_day, found.last))
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
            happened = annotated.month_events(balances[0][0] + timedelta(days=1), balances[-1][0])
            worst = _worst(report, expected)
            ahead = cash_ahead.ahead_of(reading.looked_at(str(found.month)))
            drawn = cash_runway(balances, expected, worst, report.currency, happened, ahead)
            _chart(found, drawn, "cash_runway")
            annotated.signs(happened)
            cash_ahead.line(ahead, report.currency)
            if ahead.receipts:
                with st.expander(
                    "The payments behind it",
                    key="cash_ahead_box",
                    icon=":material/table_rows:",
                    on_change="rerun",
                ) as box:
                    if box.open:
                        cash_ahead.tables(reading.looked_at(str(found.month)))
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
            draw(
                found,
                {report.currency: close_rows.chase(report)},
                "chase",
                "Whom to chase, the longest first",
            )
        else:
            st.markdown(":green-badge[✓] Nothing is more than 30 days past due.")


def deferred(found: Seen) -> None:
    """Deferred revenue rolled forward, contract by contract, with contract assets apart."""
    report, rolled = found.report, found.report.deferred
    if not rolled.by_customer:
        return
    widgets.section(
        "Deferred revenue", "opening + billed − recognised = closing; net of tax, contract by contract"
    )
    money = lambda amount: words.money(amount, report.currency, exact=True)  # noqa: E731
    unbilled = f", {money(rolled.unbilled)} of work not billed yet apart" if rolled.unbilled else ""
    mark = ":green-badge[✓ ties]" if rolled.ties else ":red-badge[✗ does not tie]"
    said = (
        f"{money(rolled.opening)} + {money(rolled.billings)} − {money(rolled.recognised)} = {money(rolled.closing)}; "
        f"deferred revenue {money(rolled.liability)}{unbilled}"
    )
    st.markdown(f"{mark} {words.escape(said)}")
    with st.expander(
        f"Roll-forward of {words.counted(len(rolled.by_customer), 'contract')}",
        key=f"roll_forward_{found.month}",
        icon=":material/table_rows:",
        on_change="rerun",
    ) as box:
        if box.open:
            draw(
                found,
                {report.currency: close_rows.roll_forward(report)},
                "roll_forward",
                "Roll-forward by contract",
            )


# --- Bank against books


def bank(found: Seen) -> None:
    """The bank lines that nothing settles, and each account's two-sided statement."""
    widgets.section("Bank against books")
    held = standings(found)
    tables = close_rows.open_lines(held, found.month)
    if not held:
        st.caption("No account is on record.")
    elif tables:
        _open_lines(found, tables)
    else:
        st.markdown(f":green-badge[✓] No bank line of {words.escape(found.month.name)} is open.")
    last = found.month.last_day
    frozen = {r.account: r for r in found.report.reconciliations if r.reaches(last)}
    wanted = [one for one in held if one.account.kind != "card" or one.account.account in frozen]
    if not wanted:
        return
    count = sum(one.account.account in frozen for one in wanted)
    if not words.hides_amounts():
        st.download_button(
            "Reconciliation to print (.html)",
            data=partial(reconciliation_html, found.report),
            file_name=f"reconciliation_{found.month}{'_DRAFT' if found.report.draft else ''}.html",
            mime="text/html",
            key="download_reconciliation",
            icon=":material/print:",
            type="tertiary",
            on_click="ignore",
        )
    with st.expander(
        f"Two-sided reconciliation: {count} of {words.counted(len(wanted), 'account')} locked",
        key=f"two_sided_{found.month}",
        icon=":material/balance:",
        on_change="rerun",
    ) as box:
        if box.open:
            for one in wanted:
                _account(found, one, frozen.get(one.account.account))


def _open_lines(found: Seen, tables: Tables) -> None:
    said = words.listed([words.counted(len(rows.rows), rows.what) for rows in tables.values()])
    st.markdown(f"**{words.escape(said)} of {words.escape(found.month.name)}**")
    for currency, rows in tables.items():
        widgets.rows_table(
            rows,
            key=f"open_lines_{currency}",
            alt="Bank lines of the month that nothing settles",
            period=str(found.month),
            currency=currency,
        )
    with st.container(horizontal=True):
        called = account_choice.called()
        for account in dict.fromkeys(row[0] for rows in tables.values() for row in rows.rows):
            query = (("account", account), ("through", found.month.last_day.isoformat()))
            widgets.link(
                "reconcile",
                f"Settle {called.get(account, account)} in Reconcile",
                query,
                icon=":material/arrow_forward:",
            )


def _account(found: Seen, one: Standing, locked: Reconciled | None) -> None:
    """One account: its two sides as they were locked, else as they stand now."""
    account, currency = one.account, one.account.currency
    is_locked = locked is not None and locked.statement is not None
    both = locked.statement if locked and locked.statement else one.found.two_sided
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{words.escape(account.name)}** {_lock_words(found, locked)}", width="stretch")
        query = (("account", account.account), ("through", found.month.last_day.isoformat()))
        widgets.link("reconcile", "Open in Reconcile", query, key=f"account_{account.account}_go")
    cleared = [c for c in found.report.clearings if c.account == account.account]
    for clearing in cleared:
        reconcile_statement.clearing_sides(clearing)
    if cleared and not (one.found.matched or one.found.unmatched_bank):
        return
    if both is None:
        missing = "bank's balance" if one.found.bank_balance is None else "books' opening balance"
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
        draw(
            found,
            {currency: rows},
            f"between_{account.account}",
            "What the two sides differ by, item by item",
        )
    if not is_locked and (one.found.unmatched_bank or one.found.unmatched_book) and widgets.may("money"):
        _nature_form(one)


def _nature_form(one: Standing) -> None:
    """The form that says what an open bank line is, where its own words don't, and that a booking is an error."""
    form = f"close.nature.{one.account.account}"
    items = {item.item_id: item for item in close_rows.bank_items(one)}
    items |= {book_key(one.account.account, item.item_id): item for item in one.found.unmatched_book}
    keys = {name: f"nature_{name}_{one.account.account}" for name in ("line", "is", "note")}
    with st.popover("Say what a line is", icon=":material/label:", key=f"nature_ask_{one.account.account}"):
        st.selectbox(
            "Line",
            list(items),
            key=keys["line"],
            format_func=lambda n: words.shown(
                f"{items[n].happened_on} {words.set_apart(items[n].text)} {words.money(items[n].amount, one.account.currency, exact=True)}"
            ),
        )
        st.selectbox(
            "It is",
            NATURES,
            key=keys["is"],
            format_func=lambda nature: close_rows.NATURES[nature] or "a receipt or a payment",
            help="A line of the books alone is an error of the books, or a receipt or a payment.",
        )
        st.text_input(
            "Note", key=keys["note"], placeholder="entered twice, reported on 2 April", max_chars=200
        )
        forms.error_line(form)
        st.button(
            "Keep it",
            key=f"nature_keep_{one.account.account}",
            type="primary",
            on_click=forms.acted,
            args=forms.click(form, _say, form, keys),
        )


def _say(form: str, keys: dict[str, str]) -> None:
    state = st.session_state
    forms.run_once(
        form,
        lambda: say_nature(
            session.store(),
            session.actor(),
            state[keys["line"]],
            state[keys["is"]],
            now=session.now(),
            note=state[keys["note"]],
        ),
        lambda nature: f"Kept: the line is {close_rows.NATURES[nature] or 'a receipt or a payment'}",
    )


def _lock_words(found: Seen, locked: Reconciled | None) -> str:
    if locked is None or locked.statement is None or locked.through_on is None:
        return f":gray-badge[– not locked] :small[:gray[as it stands through {words.escape(words.day(found.month.last_day))}]]"
    who = f" by {person(locked.locked_by)}" if locked.locked_by else ""
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
