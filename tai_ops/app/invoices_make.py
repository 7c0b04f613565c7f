"""The invoices' page where invoices are made: drafts, what was issued and went out, files for billing systems, credit notes."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.invoices_page import Seen
from tai_ops.app.reconcile_page import typed_amount
from tai_ops.billing import Draft
from tai_ops.errors import Refused
from tai_ops.exports.invoice_imports import (
    ToSend,
    quickbooks_csv,
    quickbooks_parts,
    quickbooks_zip,
    stripe_csv,
)
from tai_ops.money import ZERO
from tai_ops.recognition import Invoice
from tai_ops.rows import Column, Rows
from tai_ops.store import billing

MAKE, SEND, UNSEND, CREDIT = "invoices.make", "invoices.send", "invoices.unsend", "invoices.credit"


# --- Drafts


def drafts(seen: Seen) -> None:
    """What is due, each with what it bills and why; made into invoices in one step."""
    due = seen.due
    widgets.section(
        "To invoice",
        f"Due by {words.day(seen.month.last_day)}: terms that began, delivered hours and reached milestones outside a fixed fee, "
        "deposits at signature, balances at go-live. Nothing is stored until it is made.",
    )
    if not due.drafts:
        st.markdown(f":green-badge[✓] Nothing is due to be invoiced in {words.escape(seen.month.name)}.")
    else:
        widgets.rows_table(
            _draft_rows(seen, due.drafts),
            key="drafts",
            alt="Invoices that are due to be made",
            period=str(seen.month),
            currency=seen.currency,
        )
        if seen.closed:
            st.info(
                f"{seen.month.name} is closed: these are issued in an open month. Choose a later month above.",
                icon=":material/lock:",
            )
        elif widgets.may("money"):
            _make_form(seen, due.drafts)
    if due.left_out:
        columns = (
            Column("customer", "Customer"),
            Column("what", "What"),
            Column("why", "Why it can't be drafted"),
        )
        rows = tuple((seen.who(who), what, why) for who, what, why in due.left_out)
        st.markdown("**Delivered, and no draft can be made of it**")
        widgets.rows_table(
            Rows("not_drafted", "line", columns, rows), key="left_out", alt="Delivered and not drafted"
        )


def _draft_rows(seen: Seen, found: Sequence[Draft]) -> Rows:
    columns = (
        Column("customer", "Customer"),
        Column("amount", "Net", "money", summed=True),
        Column("why", "Why"),
        Column("lines", "What it bills"),
        Column("service_from", "Service from", "date"),
        Column("service_to", "Service to", "date"),
    )
    rows = tuple(
        (
            seen.who(d.customer_id),
            d.amount,
            ", ".join(d.why),
            "; ".join(line.description for line in d.lines),
            d.service_from,
            d.service_to,
        )
        for d in found
    )
    return Rows("drafts", "draft", columns, rows)


def _called(seen: Seen, draft: Draft) -> str:
    return f"{seen.who(draft.customer_id)}, {', '.join(draft.why)}, {seen.money(draft.amount)}"


def _make_form(seen: Seen, found: Sequence[Draft]) -> None:
    form = f"{MAKE}.{seen.month}"
    names = {d.key: _called(seen, d) for d in found}
    keys = {"leave": f"leave_{seen.month}", "issued": f"issued_{seen.month}"}
    forms.draft(form, {keys["leave"]: [], keys["issued"]: seen.day_of_issue()})
    st.session_state[keys["leave"]] = [key for key in st.session_state[keys["leave"]] if key in names]
    with st.container(border=True, key="make_form"):
        st.multiselect(
            "Leave out",
            list(names),
            key=keys["leave"],
            format_func=lambda key: words.in_a_cell(names.get(key, key)),
            placeholder="Nothing: all of them are made",
        )
        chosen = [d for d in found if d.key not in st.session_state[keys["leave"]]]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.date_input("Issued on", key=keys["issued"], format="YYYY-MM-DD", width=170)
            issued = st.session_state[keys["issued"]]
            total = seen.money(sum((d.amount for d in chosen), ZERO))
            st.button(
                f"Make {words.counted(len(chosen), 'invoice')}",
                key="make",
                type="primary",
                icon=":material/receipt_long:",
                disabled=not chosen,
                on_click=forms.acted,
                args=forms.click(form, _make, seen, form, [d.key for d in chosen], keys["issued"]),
            )
        if isinstance(issued, date):
            due = issued + timedelta(days=session.store().company.payment_days)
            st.caption(
                words.escape(
                    f"{total} net in all, due on {words.day(due)}; numbered one after the other, without tax."
                )
            )
        forms.error_line(form)


def _make(seen: Seen, form: str, keys: list[str], day_key: str) -> None:
    def write() -> tuple[str, ...]:
        day = st.session_state[day_key]
        if not isinstance(day, date):
            raise Refused("issued_on: give the day of issue")
        return billing.make_invoices(
            session.store(), session.actor(), seen.month, keys, issued_on=day, now=session.now()
        )

    def said(numbers: tuple[str, ...]) -> str:
        span = numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        return f"{words.counted(len(numbers), 'invoice')} made: {span}"

    forms.run_once(form, write, said)


# --- What was issued


def issued(seen: Seen) -> None:
    """The month's invoices, each with what is open of it and when it went out; and the files for billing systems."""
    widgets.section(f"Invoices of {seen.month.name}", "Tax included; open as of the last day that counts.")
    if not seen.issued:
        st.caption(words.escape(f"No invoice was issued in {seen.month.name}."))
        return
    widgets.rows_table(
        _issued_rows(seen),
        key="issued",
        alt="The month's invoices",
        period=str(seen.month),
        currency=seen.currency,
        to_records=True,
    )
    if words.hides_amounts():
        return
    _billing_files(seen)


def _billing_files(seen: Seen) -> None:
    """The month's invoices for QuickBooks, in as many files as it takes them in, and for Stripe."""
    store, found = session.store(), seen.issued[::-1]
    lines = billing.lines(store, (i.invoice_number for i in found))
    what = ToSend(found, lines, seen.names, billing.addresses(store), seen.currency)
    parts, name = quickbooks_parts(what), f"invoices-quickbooks_{seen.month}"
    several = len(parts) > 1
    help_text = (
        "The month's invoices, a row a line. Credit notes are left out: neither takes them from a file."
    )
    with st.container(horizontal=True, key="billing_files"):
        st.download_button(
            f"For QuickBooks ({len(parts)} files, .zip)" if several else "For QuickBooks (.csv)",
            data=partial(quickbooks_zip, parts, name, session.now())
            if several
            else partial(quickbooks_csv, what),
            file_name=f"{name}.zip" if several else f"{name}.csv",
            mime="application/zip" if several else "text/csv",
            key="file_quickbooks",
            icon=":material/folder_zip:" if several else ":material/upload_file:",
            on_click="ignore",
            help=help_text,
        )
        st.download_button(
            "For Stripe (.csv)",
            data=partial(stripe_csv, what),
            file_name=f"invoices-stripe_{seen.month}.csv",
            mime="text/csv",
            key="file_stripe",
            icon=":material/upload_file:",
            on_click="ignore",
            help=help_text,
        )
    if several:
        st.caption(
            "QuickBooks takes 100 invoices and 1,000 rows of a file at a time: import the files of the archive one after the other. "
            "They hold whole invoices in the order of their numbers."
        )


def _issued_rows(seen: Seen) -> Rows:
    left = {i.invoice_number: i for i in seen.left.open_invoices}
    columns = (
        Column("invoice_number", "Invoice"),
        Column("gross", "Amount", "money", summed=True),
        Column("open", "Open", "money"),
        Column("customer", "Customer"),
        Column("issued_on", "Issued", "date"),
        Column("due_on", "Due", "date"),
        Column("sent_on", "Sent", "date"),
        Column("channel", "By"),
        Column("external_id", "Number there"),
        Column("memo", "Memo"),
    )
    rows = [
        (
            i.invoice_number,
            i.gross,
            left[i.invoice_number].open_amount if i.invoice_number in left else ZERO,
            seen.who(i.customer_id),
            i.issued_on,
            i.due_on,
            stamp.sent_on if stamp else None,
            stamp.channel if stamp else ("not sent" if i.amount > 0 else "credit note"),
            stamp.external_id if stamp else None,
            i.memo,
        )
        for i in seen.issued
        for stamp in (seen.stamps.get(i.invoice_number),)
    ]
    return Rows("invoices", "invoice", columns, tuple(rows), "sum", leads="invoices")


def send_form(seen: Seen) -> None:
    """The form that keeps when invoices went out, and the one that takes a stamp back."""
    if not seen.issued or not widgets.may("money"):
        return
    waiting = [i.invoice_number for i in seen.unsent]
    stamped = [i.invoice_number for i in seen.issued if i.invoice_number in seen.stamps]
    if waiting:
        _stamp_form(seen, waiting)
    if stamped:
        with st.popover("Take a sent stamp back", icon=":material/undo:", key="unsend_ask"):
            st.multiselect("Invoices", stamped, key="unsend_which")
            forms.error_line(UNSEND)
            st.button(
                "Take it back",
                key="unsend",
                type="primary",
                disabled=not st.session_state["unsend_which"],
                on_click=forms.acted,
                args=forms.click(UNSEND, _unsend),
            )


def _stamp_form(seen: Seen, waiting: list[str]) -> None:
    form = f"{SEND}.{seen.month}"
    keys = {name: f"send_{name}_{seen.month}" for name in ("which", "by", "on", "id")}
    forms.draft(
        form,
        {
            keys["which"]: waiting,
            keys["by"]: billing.CHANNELS[0],
            keys["on"]: session.today(),
            keys["id"]: "",
        },
    )
    st.session_state[keys["which"]] = [n for n in st.session_state[keys["which"]] if n in waiting]
    with st.container(border=True, key="send_form"):
        st.markdown("**Keep that they went out**")
        st.multiselect("Invoices", waiting, key=keys["which"])
        chosen = st.session_state[keys["which"]]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox("By", billing.CHANNELS, key=keys["by"], width=160)
            st.date_input("On", key=keys["on"], format="YYYY-MM-DD", width=170)
            if len(chosen) == 1:
                st.text_input(
                    "Number there",
                    key=keys["id"],
                    placeholder="in_1P…",
                    width=200,
                    max_chars=80,
                    autocomplete="off",
                )
            st.button(
                f"Stamp {words.counted(len(chosen), 'invoice')} as sent",
                key="send",
                type="primary",
                icon=":material/mark_email_read:",
                disabled=not chosen,
                on_click=forms.acted,
                args=forms.click(form, _send, form, keys),
            )
        forms.error_line(form)


def _send(form: str, keys: dict[str, str]) -> None:
    state = st.session_state
    chosen: list[str] = list(state[keys["which"]])

    def write() -> int:
        day = state[keys["on"]]
        if not isinstance(day, date):
            raise Refused("sent_on: give the day on which they went out")
        other = {chosen[0]: state[keys["id"]].strip()} if len(chosen) == 1 else {}
        return billing.stamp_sent(
            session.store(),
            session.actor(),
            chosen,
            sent_on=day,
            channel=state[keys["by"]],
            now=session.now(),
            external_ids=other,
        )

    def back() -> str:
        billing.stamp_sent(
            session.store(), session.actor(), chosen, sent_on=None, channel="other", now=session.now()
        )
        return f"{words.counted(len(chosen), 'sent stamp')} taken back"

    forms.run_once(form, write, lambda n: f"{words.counted(n, 'invoice')} stamped as sent", lambda _: back)


def _unsend() -> None:
    chosen = list(st.session_state["unsend_which"])
    forms.run_once(
        UNSEND,
        lambda: billing.stamp_sent(
            session.store(), session.actor(), chosen, sent_on=None, channel="other", now=session.now()
        ),
        lambda n: f"{words.counted(n, 'sent stamp')} taken back",
    )


# --- Credit notes


def credit_form(seen: Seen) -> None:
    """The form that credits an invoice, in part or in full."""
    positive = [i for i in seen.board.facts.invoices if i.amount > 0]
    if not positive or not widgets.may("money"):
        return
    box = st.expander("Credit an invoice", icon=":material/undo:", key="credit_box", on_change="rerun")
    if not box.open:
        return
    by_number = {i.invoice_number: i for i in sorted(positive, key=lambda i: i.issued_on, reverse=True)}
    keys = {name: f"credit_{name}" for name in ("which", "amount", "on", "why")}
    forms.draft(
        CREDIT, {keys["which"]: None, keys["amount"]: "", keys["on"]: session.today(), keys["why"]: ""}
    )
    with box:
        st.selectbox(
            "Invoice",
            list(by_number),
            key=keys["which"],
            index=None,
            format_func=lambda n: words.in_a_cell(_invoice_words(seen, by_number[n])),
            placeholder="Choose the invoice",
        )
        chosen = by_number.get(st.session_state[keys["which"]] or "")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                f"Net amount in {seen.currency}",
                key=keys["amount"],
                placeholder=f"empty: all of {chosen.amount:,.2f}" if chosen else "1234.50",
                width=220,
            )
            st.date_input("Issued on", key=keys["on"], format="YYYY-MM-DD", width=170)
        st.text_input(
            "Reason", key=keys["why"], placeholder="the rate was wrong", max_chars=200, autocomplete="off"
        )
        st.caption(
            "A note with its own number settles what is open of the invoice; the rest is the customer's credit."
        )
        forms.error_line(CREDIT)
        st.button(
            "Make the credit note",
            key="credit",
            type="primary",
            disabled=chosen is None,
            on_click=forms.acted,
            args=forms.click(CREDIT, _credit, chosen, keys),
        )


def _invoice_words(seen: Seen, invoice: Invoice) -> str:
    return f"{invoice.invoice_number}, {seen.who(invoice.customer_id)}, {seen.money(invoice.amount)} of {words.day(invoice.issued_on)}"


def _credit(chosen: Invoice, keys: dict[str, str]) -> None:
    state = st.session_state

    def write() -> str:
        day, text = state[keys["on"]], state[keys["amount"]]
        if not isinstance(day, date):
            raise Refused("issued_on: give the day of issue")
        amount = typed_amount(text) if text.strip() else chosen.amount
        return billing.credit(
            session.store(),
            session.actor(),
            chosen.invoice_number,
            amount,
            state[keys["why"]],
            issued_on=day,
            now=session.now(),
        )

    forms.run_once(CREDIT, write, lambda number: f"Credit note {number} made for {chosen.invoice_number}")
