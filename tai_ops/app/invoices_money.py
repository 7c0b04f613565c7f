"""The invoices' page where money is: payments and what they pay, customers' credit, ageing, reminders and contacts."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import account_choice, annotated, charts, forms, session, widgets, words
from tai_ops.app.invoices_page import Seen
from tai_ops.app.reconcile_page import typed_amount
from tai_ops.errors import Refused
from tai_ops.exports.chase_mail import Reminder, reminder_eml, reminders_zip
from tai_ops.money import ZERO
from tai_ops.receivables import OpenInvoice, spread
from tai_ops.rows import Column, Rows
from tai_ops.store import billing, facts, receipts

PAY, APPLY, CHASE = "invoices.pay", "invoices.apply", "invoices.chase"
MOST_MAILS = 200


# --- Payments


def payment_form(seen: Seen) -> None:
    """The form that records money received and shows what it will pay before it is saved."""
    widgets.section(
        "Record a payment", "For one invoice, a part of it, or several; the one due first is paid first."
    )
    owed = _by_customer(seen)
    accounts = _accounts()
    if not owed:
        st.markdown(":green-badge[✓] Nobody owes anything.")
        return
    if not accounts or not widgets.may("money"):
        if not accounts:
            st.caption("No bank or processor account is on record to receive it.")
        return
    keys = {name: f"pay_{name}" for name in ("who", "account", "on", "amount", "which", "payer", "reference")}
    forms.draft(
        PAY,
        {
            keys["who"]: None,
            keys["account"]: accounts[0],
            keys["on"]: session.today(),
            keys["amount"]: "",
            keys["which"]: [],
            keys["payer"]: "",
            keys["reference"]: "",
        },
    )
    with st.container(border=True, key="pay_form"):
        with st.grid(4, min_column_width=180, key="pay_grid"):
            st.selectbox(
                "Customer",
                list(owed),
                key=keys["who"],
                index=None,
                format_func=lambda who: words.in_a_cell(seen.who(who)),
                placeholder="Choose who paid",
            )
            st.text_input(f"Amount in {seen.currency}", key=keys["amount"], placeholder="1234.50")
            st.date_input("Received on", key=keys["on"], format="YYYY-MM-DD")
            st.selectbox(
                "Account", accounts, key=keys["account"], format_func=account_choice.called().__getitem__
            )
        who = st.session_state[keys["who"]]
        mine = owed.get(who or "", [])
        if who:
            numbers = [i.invoice_number for i in mine]
            st.session_state[keys["which"]] = [n for n in st.session_state[keys["which"]] if n in numbers]
            st.multiselect(
                "Invoices",
                numbers,
                key=keys["which"],
                format_func=lambda n: words.in_a_cell(_open_words(seen, mine, n)),
                placeholder="All that are open, the one due first first",
            )
        with st.container(horizontal=True):
            st.text_input(
                "Payer", key=keys["payer"], placeholder="as the bank spells it", width=260, autocomplete="off"
            )
            st.text_input(
                "Reference", key=keys["reference"], placeholder="WIRE 8841", width=260, autocomplete="off"
            )
        parts = _preview(seen, keys, mine)
        forms.error_line(PAY)
        st.button(
            "Record the payment",
            key="pay",
            type="primary",
            icon=":material/payments:",
            disabled=parts is None,
            on_click=forms.acted,
            args=forms.click(PAY, _pay, seen, keys, parts),
        )


def _accounts() -> list[str]:
    with session.store().cursor() as cursor:
        currency = session.store().company.currency
        held = facts.accounts(cursor)
    return [a.account for a in held if a.kind != "card" and a.currency == currency]


def _by_customer(seen: Seen) -> dict[str, list[OpenInvoice]]:
    found: dict[str, list[OpenInvoice]] = defaultdict(list)
    for item in seen.left.open_invoices:
        found[item.customer_id].append(item)
    return dict(sorted(found.items(), key=lambda pair: seen.who(pair[0])))


def _open_words(seen: Seen, mine: list[OpenInvoice], number: str) -> str:
    item = next(i for i in mine if i.invoice_number == number)
    return f"{number}, {seen.money(item.open_amount)} open, due {words.day(item.due_on)}"


def _preview(seen: Seen, keys: dict[str, str], mine: list[OpenInvoice]) -> dict[str, Decimal] | None:
    """What the payment will pay, said before it is saved; None where it can't be told yet."""
    text = st.session_state[keys["amount"]].strip()
    if not mine or not text:
        st.caption("What it pays stands here before it is saved.")
        return None
    try:
        amount = typed_amount(text)
    except Refused as reason:
        st.markdown(f":red[:small[✗ {words.escape(str(reason).removeprefix('balance: '))}]]")
        return None
    chosen = st.session_state[keys["which"]]
    parts = spread(amount, [i for i in mine if not chosen or i.invoice_number in chosen])
    left = amount - sum(parts.values(), ZERO)
    said = [f"{seen.money(part)} to {number}" for number, part in parts.items()]
    if left > 0:
        said.append(f"{seen.money(left)} stays the customer's credit")
    st.markdown(f"**{words.escape('; '.join(said))}**")
    return parts


def _pay(seen: Seen, keys: dict[str, str], parts: dict[str, Decimal]) -> None:
    state = st.session_state

    def write() -> str:
        day = state[keys["on"]]
        if not isinstance(day, date):
            raise Refused("received_on: give the day on which it came")
        return receipts.receive(
            session.store(),
            session.actor(),
            state[keys["account"]],
            day,
            typed_amount(state[keys["amount"]]),
            parts,
            now=session.now(),
            payer=state[keys["payer"]].strip() or seen.who(state[keys["who"]]),
            reference=state[keys["reference"]].strip(),
        )

    forms.run_once(
        PAY, write, lambda number: f"Payment {number} recorded for {', '.join(parts) or 'no invoice'}"
    )


# --- Credit


def credits(seen: Seen) -> None:  # noqa: A001  # what the page calls it
    """What customers have to their credit, and the form that puts it on an open invoice."""
    widgets.section(
        "Customers' credit",
        "Payments without an invoice, what was overpaid, credit notes beyond what was open.",
    )
    left = seen.left
    if not left.credits:
        st.markdown(":green-badge[✓] Nobody has anything to their credit.")
        return
    columns = (
        Column("source", "From"),
        Column("amount", "Credit", "money", summed=True),
        Column("customer", "Customer"),
        Column("why", "Why"),
    )
    rows = tuple(
        (c.source, c.amount, seen.who(c.customer_id) if c.customer_id else c.payer or "not known", c.reason)
        for c in left.credits
    )
    widgets.rows_table(
        Rows("credits", "credit", columns, rows, "sum"),
        key="credits",
        alt="Customers' credit",
        period=str(seen.month),
        currency=seen.currency,
    )
    if widgets.may("money") and left.open_invoices:
        _apply_form(seen)


def _apply_form(seen: Seen) -> None:
    left = seen.left
    held = {c.source: c for c in left.credits if c.amount > 0}
    if not held:
        return
    keys = {name: f"apply_{name}" for name in ("from", "to", "amount", "on")}
    forms.draft(
        APPLY, {keys["from"]: None, keys["to"]: None, keys["amount"]: "", keys["on"]: session.today()}
    )
    with st.container(border=True, key="apply_form"):
        st.markdown("**Put credit on an invoice**")
        with st.grid(4, min_column_width=180, key="apply_grid"):
            st.selectbox(
                "Credit",
                list(held),
                key=keys["from"],
                index=None,
                format_func=lambda s: (
                    words.in_a_cell(f"{s}, {seen.money(held[s].amount)}") if s in held else s
                ),
                placeholder="Choose the credit",
            )
            source = held.get(st.session_state[keys["from"]] or "")
            fits = {
                i.invoice_number: i
                for i in left.open_invoices
                if source is None or source.customer_id in {None, i.customer_id}
            }
            if st.session_state[keys["to"]] not in fits:
                st.session_state[keys["to"]] = None
            st.selectbox(
                "Invoice",
                list(fits),
                key=keys["to"],
                index=None,
                format_func=lambda n: (
                    words.in_a_cell(
                        f"{n}, {seen.money(fits[n].open_amount)} open, {seen.who(fits[n].customer_id)}"
                    )
                    if n in fits
                    else n
                ),
                placeholder="Choose the invoice",
            )
            target = fits.get(st.session_state[keys["to"]] or "")
            most = min(source.amount, target.open_amount) if source and target else ZERO
            st.text_input(
                "Amount", key=keys["amount"], placeholder=f"empty: {most:,.2f}" if most else "1234.50"
            )
            st.date_input("On", key=keys["on"], format="YYYY-MM-DD")
        forms.error_line(APPLY)
        st.button(
            "Put it on the invoice",
            key="apply",
            type="primary",
            disabled=not most,
            on_click=forms.acted,
            args=forms.click(APPLY, _apply, keys, most),
        )


def _apply(keys: dict[str, str], most: Decimal) -> None:
    state = st.session_state

    def write() -> str:
        day, text = state[keys["on"]], state[keys["amount"]]
        if not isinstance(day, date):
            raise Refused("applied_on: give the day")
        return receipts.apply_credit(
            session.store(),
            session.actor(),
            state[keys["from"]],
            state[keys["to"]],
            typed_amount(text) if text.strip() else most,
            applied_on=day,
            now=session.now(),
        )

    forms.run_once(
        APPLY,
        write,
        lambda _: "The credit is on the invoice",
        lambda moved: lambda: _take_back(moved),
    )


def _take_back(moved: str) -> str:
    receipts.take_application_back(session.store(), session.actor(), moved, now=session.now())
    return "Taken back: the credit is where it was"


def moved(seen: Seen) -> None:
    """What was put on which invoice, the newest first; each can be taken back while its month is open."""
    found = receipts.applications(session.store())
    if not found:
        return
    widgets.section("What was put on which invoice")
    columns = (
        Column("invoice_number", "Invoice"),
        Column("amount", "Amount", "money"),
        Column("source", "From"),
        Column("applied_on", "On", "date"),
        Column("by", "By"),
    )
    rows = tuple((a.invoice_number, a.amount, a.source_id, a.applied_on, a.recorded_by) for a in found)
    widgets.rows_table(
        Rows("applications", "move", columns, rows, leads="invoices"),
        key="moved",
        alt="What was put on which invoice",
        currency=seen.currency,
        to_records=True,
    )
    if not widgets.may("money"):
        return
    names = {
        a.application_id: f"{seen.money(a.amount)} of {a.source_id} to {a.invoice_number}" for a in found
    }
    with st.popover("Take one back", icon=":material/undo:", key="take_back_ask"):
        st.selectbox(
            "Which",
            list(names),
            key="take_back_which",
            format_func=lambda k: words.in_a_cell(names.get(k, k)),
        )
        forms.error_line("invoices.take_back")
        st.button(
            "Take it back",
            key="take_back",
            type="primary",
            on_click=forms.acted,
            args=forms.click("invoices.take_back", _take_one_back),
        )


def _take_one_back() -> None:
    chosen = st.session_state["take_back_which"]
    forms.run_once("invoices.take_back", lambda: _take_back(chosen), lambda said: said)


# --- Ageing and chasing


def ageing(seen: Seen) -> None:
    """What customers owe by days past due."""
    aged = seen.board.ageing
    widgets.section("Ageing", f"by days past the due date, as of {words.day(seen.last)}, tax included")
    if not aged.open_amount:
        st.markdown(":green-badge[✓] Nobody owes anything.")
        return
    widgets.chart(
        charts.ageing_bars(aged, seen.currency), key="ageing", currency=seen.currency, period=str(seen.month)
    )
    annotated.beside(seen.last - timedelta(days=30), seen.last)
    heads = (
        ("current", "Not due"),
        ("days_1_30", "1–30 days"),
        ("days_31_60", "31–60"),
        ("days_61_90", "61–90"),
        ("over_90", "Over 90"),
    )
    columns = (
        Column("customer_id", "Id"),
        Column("customer", "Customer"),
        Column("open", "Open", "money", summed=True),
        *(Column(name, head, "money") for name, head in heads),
        Column("credit", "Credit apart", "money"),
    )
    rows = tuple(
        (
            r.customer_id,
            seen.who(r.customer_id),
            r.open_amount,
            *(getattr(r, name) for name, _ in heads),
            r.unapplied,
        )
        for r in sorted(aged.by_customer, key=lambda r: -r.over_30)
    )
    widgets.rows_table(
        Rows("ageing", "customer", columns, rows, "sum"),
        key="ageing_rows",
        alt="What each customer owes by age",
        period=str(seen.month),
        currency=seen.currency,
        opens=("customers", "customer", "customer_id"),
    )


def overdue(seen: Seen) -> None:
    """Whom to chase: each customer with what is more than 30 days past due, the last contact, and a reminder's draft."""
    found = _reminders(seen)
    widgets.section(
        "More than 30 days past due",
        "The longest first; a reminder is a draft in your mail program, nothing is sent from here.",
    )
    if not found:
        st.markdown(":green-badge[✓] Nothing is more than 30 days past due.")
        return
    last = billing.last_chases(session.store())
    columns = (
        Column("customer", "Customer"),
        Column("open", "Open", "money", summed=True),
        Column("days", "Longest, days", "count"),
        Column("invoices", "Invoices"),
        Column("asked_on", "Last asked", "date"),
        Column("how", "How"),
        Column("note", "What was said"),
        Column("address", "Address"),
    )
    rows = tuple(
        (
            one.customer,
            one.total,
            one.invoices[0].days_past_due,
            ", ".join(i.invoice_number for i in one.invoices),
            last[who].chased_on if who in last else None,
            last[who].channel if who in last else None,
            last[who].note if who in last else None,
            one.to or "no address on record",
        )
        for who, one in found.items()
    )
    widgets.rows_table(
        Rows("overdue", "customer", columns, rows, "sum"),
        key="overdue",
        alt="Whom to chase",
        period=str(seen.month),
        currency=seen.currency,
    )
    if not words.hides_amounts():
        _mails(seen, found)
    if widgets.may("money"):
        _chase_form(seen, list(found))


def _reminders(seen: Seen) -> dict[str, Reminder]:
    store, actor = session.store(), session.actor()
    emails, last = billing.addresses(store), billing.last_chases(store)
    late: dict[str, list[OpenInvoice]] = defaultdict(list)
    for item in sorted(seen.overdue, key=lambda i: -i.days_past_due):
        late[item.customer_id].append(item)
    return {
        who: Reminder(
            seen.board.facts.company.name,
            seen.who(who),
            emails.get(who),
            actor.email,
            items,
            seen.last,
            seen.currency,
            last[who].chased_on if who in last else None,
        )
        for who, items in late.items()
    }


def _mails(seen: Seen, found: dict[str, Reminder]) -> None:
    many = list(found.values())
    with st.container(horizontal=True, key="reminders"):
        st.selectbox(
            "Reminder to",
            list(found),
            key="remind",
            format_func=lambda who: words.in_a_cell(found[who].customer) if who in found else who,
            label_visibility="collapsed",
            width=300,
        )
        chosen = found.get(st.session_state["remind"]) or many[0]
        st.download_button(
            "Reminder as a draft (.eml)",
            data=partial(reminder_eml, chosen, session.now()),
            file_name=f"reminder_{seen.last}.eml",
            mime="message/rfc822",
            key="reminder",
            icon=":material/mail:",
            on_click="ignore",
        )
        if len(many) > 1:
            st.download_button(
                f"All {len(many)} (.zip)",
                data=partial(reminders_zip, many[:MOST_MAILS], session.now()),
                file_name=f"reminders_{seen.last}.zip",
                mime="application/zip",
                key="reminders_zip",
                icon=":material/folder_zip:",
                on_click="ignore",
            )


def _chase_form(seen: Seen, customers: list[str]) -> None:
    keys = {name: f"chase_{name}" for name in ("who", "how", "on", "note")}
    forms.draft(
        CHASE,
        {keys["who"]: customers[0], keys["how"]: "e-mail", keys["on"]: session.today(), keys["note"]: ""},
    )
    if st.session_state[keys["who"]] not in customers:
        st.session_state[keys["who"]] = customers[0]
    with st.container(border=True, key="chase_form"):
        st.markdown("**Keep that you asked**")
        with st.grid(3, min_column_width=180, key="chase_grid"):
            st.selectbox(
                "Customer", customers, key=keys["who"], format_func=lambda who: words.in_a_cell(seen.who(who))
            )
            st.selectbox("How", ("e-mail", "phone", "meeting", "post", "other"), key=keys["how"])
            st.date_input("On", key=keys["on"], format="YYYY-MM-DD")
        st.text_input(
            "What was said", key=keys["note"], placeholder="pays on Friday", max_chars=300, autocomplete="off"
        )
        forms.error_line(CHASE)
        st.button(
            "Keep it",
            key="chase",
            type="primary",
            on_click=forms.acted,
            args=forms.click(CHASE, _chase, seen, keys),
        )


def _chase(seen: Seen, keys: dict[str, str]) -> None:
    state = st.session_state

    def write() -> str:
        day = state[keys["on"]]
        if not isinstance(day, date):
            raise Refused("chased_on: give the day")
        billing.note_chase(
            session.store(),
            session.actor(),
            state[keys["who"]],
            chased_on=day,
            channel=state[keys["how"]],
            note=state[keys["note"]],
            now=session.now(),
        )
        return str(state[keys["who"]])

    forms.run_once(CHASE, write, lambda who: f"Kept: {seen.who(who)} was asked to pay")
