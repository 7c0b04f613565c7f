"""The expenses' page where rules are: their order, a new or changed one with what it would change, applying them."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import account_choice, forms, session, widgets, words
from tai_ops.app.expenses_page import OFFER, PARTS, Seen, category_box
from tai_ops.category_rules import Change, Preview, Rule
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.money import parse_money
from tai_ops.rows import Column, Rows
from tai_ops.store import category_rules as stored
from tai_ops.store import deciding
from tai_ops.store.category_rules import Applied

FORM, APPLY, BOOK, ORDER = "expenses.rule", "expenses.apply", "expenses.book", "expenses.order"
EDITED = "expenses.edited"
FIELDS: dict[str, str | None] = {
    "rule_text_is": "contains",
    "rule_text": "",
    "rule_from": "",
    "rule_to": "",
    "rule_account": None,
    "rule_direction": None,
    "rule_category": None,
}
TEXT_IS = {"contains": "contains", "starts": "starts with"}
DIRECTIONS = {"out": "money out", "in": "money in (a credit)"}
SHOWN = 200


def offer(seen: Seen) -> None:
    """After a correction by hand: the rule that would do the same for this payee from now on."""
    held = st.session_state.get(OFFER)
    if held is None:
        return
    text, category = held
    draft = _offered(text, category)
    try:
        found = stored.would_change(session.store(), draft)
    except TaiOpsError:
        st.session_state.pop(OFFER)
        return
    more = len(found.records)
    does = f"it would change {words.counted(more, 'other record')} now" if more else "it changes nothing now"
    with st.container(border=True, key="offer"):
        st.markdown(
            f"**Do the same for “{words.escape(text)}” from now on?**  \n"
            + words.escape(f"A rule: text contains “{draft.text}” → {category}; {does}.")
        )
        with st.container(horizontal=True):
            st.button(
                "Look at the rule", key="offer_take", type="primary", on_click=_take_offer, args=(seen, draft)
            )
            st.button("No", key="offer_no", type="tertiary", on_click=_drop_offer)


def _offered(text: str, category: str) -> Rule:
    held = stored.rules(session.store())
    return Rule(
        stored.new_rule_id(held, session.store()), stored.next_place(held), category, "contains", text[:200]
    )


def _take_offer(seen: Seen, draft: Rule) -> None:
    _drop_offer()
    _fill(draft, edited=None)
    forms.go_on((("month", str(seen.month)), ("part", PARTS[3])))


def _drop_offer() -> None:
    st.session_state.pop(OFFER, None)


def rules_view(seen: Seen) -> None:
    """The rules in their order, what they would change now, and the form of a new or changed one."""
    held, may = seen.rules, widgets.may("money")
    _apply_part(seen, may=may)
    widgets.section(
        "The rules",
        "Asked from the top; the first that fits decides. They speak where nobody else did: a category that a person "
        "or a file gave stays, and so does everything in a closed month.",
    )
    if not held:
        st.caption("No rule yet. The form below shows what one would change before it is saved.")
    for number, rule in enumerate(held, start=1):
        _rule(rule, number, may=may)
    forms.error_line(ORDER)
    if may:
        _form(held)


def _rule(rule: Rule, number: int, *, may: bool) -> None:
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"rule_{rule.rule_id}",
    ):
        st.markdown(
            f"{number}. {words.escape(rule.words)} → **{words.escape(rule.category)}** "
            f":small[:gray[{words.escape(rule.rule_id)}]]",
            width="stretch",
        )
        if not may:
            return
        with st.container(horizontal=True, width="content"):
            st.button(
                "Change",
                key=f"rule_edit_{rule.rule_id}",
                type="tertiary",
                on_click=_fill,
                args=(rule,),
                kwargs={"edited": rule.rule_id},
            )
            st.button(
                "Up",
                key=f"rule_up_{rule.rule_id}",
                type="tertiary",
                disabled=number == 1,
                help="Ask it before the rule above it",
                on_click=forms.acted,
                args=forms.click(ORDER, _move, rule),
            )
            st.button(
                "Take out",
                key=f"rule_out_{rule.rule_id}",
                type="tertiary",
                help="What it gave stays as it is",
                on_click=forms.acted,
                args=forms.click(ORDER, _take_out, rule),
            )


def _move(rule: Rule) -> None:
    forms.run_once(
        ORDER,
        lambda: stored.move_up(session.store(), session.actor(), rule.rule_id, now=session.now()),
        lambda _: f"Rule {rule.rule_id} is asked earlier",
    )


def _take_out(rule: Rule) -> None:
    def back(_: None) -> partial[str]:
        return partial(_put_back, rule)

    forms.run_once(
        ORDER,
        lambda: stored.take_out(session.store(), session.actor(), rule, now=session.now()),
        lambda _: f"Rule {rule.rule_id} is taken out; what it gave stays",
        back,
    )


def _put_back(rule: Rule) -> str:
    stored.put_back(session.store(), session.actor(), rule, now=session.now())
    return f"Rule {rule.rule_id} holds again"


# --- A new or changed rule


def _fill(rule: Rule, *, edited: str | None) -> None:
    typed = {
        "rule_text_is": rule.text_is or "contains",
        "rule_text": rule.text or "",
        "rule_from": "" if rule.amount_from is None else f"{rule.amount_from}",
        "rule_to": "" if rule.amount_to is None else f"{rule.amount_to}",
        "rule_account": rule.account,
        "rule_direction": rule.direction,
        "rule_category": rule.category,
    }
    st.session_state.update(typed)
    st.session_state[EDITED] = edited


def _form(held: list[Rule]) -> None:
    forms.draft(FORM, FIELDS)
    edited = next((rule for rule in held if rule.rule_id == st.session_state.get(EDITED)), None)
    accounts = stored.account_codes(session.store())
    with st.container(border=True, key="rule_form"):
        st.markdown(f"**Change rule {edited.rule_id}**" if edited else "**A new rule**")
        with st.grid(4, min_column_width=170, key="rule_grid"):
            st.selectbox("The text", list(TEXT_IS), key="rule_text_is", format_func=lambda key: TEXT_IS[key])
            st.text_input(
                "Payee, description or reference",
                key="rule_text",
                placeholder="hetzner",
                max_chars=200,
                autocomplete="off",
            )
            st.text_input("Amount from", key="rule_from", placeholder="any")
            st.text_input("to", key="rule_to", placeholder="any")
            st.selectbox(
                "Account",
                accounts,
                key="rule_account",
                index=None,
                placeholder="any",
                format_func=account_choice.called().__getitem__,
            )
            st.selectbox(
                "Direction",
                list(DIRECTIONS),
                key="rule_direction",
                index=None,
                format_func=lambda key: DIRECTIONS[key],
                placeholder="either",
            )
            category_box("Counts as", "rule_category")
        ready = _ready(held, edited)
        forms.error_line(FORM)
        with st.container(horizontal=True):
            st.button(
                "Save and apply",
                key="rule_save",
                type="primary",
                icon=":material/save:",
                disabled=not ready,
                on_click=forms.acted,
                args=forms.click(FORM, _save, held, edited),
            )
            if edited or forms.has_draft(FORM):
                st.button("Start over", key="rule_clear", type="tertiary", on_click=_clear)


def _clear() -> None:
    st.session_state.pop(EDITED, None)
    forms.discard(FORM)


def _typed_amount(key: str, name: str) -> Decimal | None:
    text = st.session_state[key].replace(",", "").replace("$", "").strip()
    if not text:
        return None
    try:
        return parse_money(text)
    except ValueError as reason:
        raise Refused(f"{name}: {reason}") from None


def _drafted(held: list[Rule], edited: Rule | None) -> Rule:
    state = st.session_state
    return Rule(
        edited.rule_id if edited else stored.new_rule_id(held, session.store()),
        edited.place if edited else stored.next_place(held),
        state["rule_category"] or "",
        state["rule_text_is"],
        state["rule_text"],
        _typed_amount("rule_from", "amount from"),
        _typed_amount("rule_to", "amount to"),
        state["rule_account"],
        state["rule_direction"],
    )


def _ready(held: list[Rule], edited: Rule | None) -> bool:
    """Whether the form holds a rule; shows what that would change, or what is wrong with it."""
    if not st.session_state["rule_category"]:
        st.markdown(":small[:gray[What it would change stands here once it has a category.]]")
        return False
    try:
        found = stored.would_change(session.store(), _drafted(held, edited))
    except TaiOpsError as refusal:
        st.markdown(f":red[:small[✗ {words.escape(refusal)}]]")
        return False
    parts = [f"It would change {words.counted(len(found.records), 'record')} of open months"]
    if found.lines:
        parts.append(f"name {words.counted(len(found.lines), 'open bank line')}, to be booked as bills")
    if found.shut:
        parts.append(f"leave {words.counted(found.shut, 'record')} of closed months as they are")
    st.markdown(words.escape("; ".join(parts) + "."))
    changes_table((*found.records, *found.lines), "rule_preview")
    return True


def changes_table(changes: Sequence[Change], key: str) -> None:
    """What rules would change, row by row."""
    if not changes:
        return
    columns = (
        Column("text", "Payee or text"),
        Column("amount", "Amount", "money"),
        Column("now", "Now"),
        Column("then", "Then"),
        Column("on", "On", "date"),
        Column("what", "Record"),
        Column("account", "Account"),
    )
    rows = tuple(
        (
            c.item.text,
            c.item.amount,
            c.item.category,
            c.category,
            c.item.day,
            "bank line" if c.item.subject == "line" else f"{c.item.subject} {c.item.item_id}",
            c.item.account,
        )
        for c in changes[:SHOWN]
    )
    widgets.rows_table(
        Rows("rule_changes", "change", columns, rows),
        key=key,
        alt="What the rule would change",
        currency=session.store().company.currency,
        file=False,
    )
    if len(changes) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(changes)}.")


def _save(held: list[Rule], edited: Rule | None) -> None:
    def write() -> Applied:
        return stored.save(
            session.store(),
            session.actor(),
            _drafted(held, edited),
            now=session.now(),
            request_key=forms.submit_token(FORM),
        )

    if forms.run_once(FORM, write, _said, _undo):
        st.session_state.pop(EDITED, None)


def _said(done: Applied) -> str:
    return f"The rule is saved; {words.counted(done.count, 'record')} changed"


def _undo(done: Applied) -> partial[str] | None:
    return partial(_take_back, done) if done.count else None


def _take_back(done: Applied) -> str:
    count = stored.take_back(session.store(), session.actor(), done, now=session.now())
    return f"{words.counted(count, 'record')} as before; the rule itself stays"


# --- Applying the rules


def _apply_part(seen: Seen, *, may: bool) -> None:
    found: Preview = seen.would
    if not found.records and not found.lines:
        return
    widgets.section("What the rules would change now")
    changes_table((*found.records, *found.lines), "would_change")
    with st.container(horizontal=True):
        if found.records:
            st.button(
                f"Apply to {words.counted(len(found.records), 'record')}",
                key="rules_apply",
                type="primary",
                disabled=not may,
                on_click=forms.acted,
                args=forms.click(APPLY, _apply),
            )
        if found.lines:
            book_button(found.lines, "rules_book", may=may)
    forms.error_line(APPLY)
    forms.error_line(BOOK)


def book_button(lines: Sequence[Change], key: str, *, may: bool) -> None:
    """The button that books the lines as paid bills with the rules' categories, and matches them."""
    chosen = tuple(change.item.item_id for change in lines[: stored.MOST_BOOKED])
    st.button(
        f"Book {words.counted(len(chosen), 'bank line')} as {'a bill' if len(chosen) == 1 else 'bills'}",
        key=key,
        disabled=not may,
        help="Makes a paid bill of each line, with the rule's category, and matches the two",
        on_click=forms.acted,
        args=forms.click(BOOK, _book, chosen),
    )


def _apply() -> None:
    forms.run_once(
        APPLY,
        lambda: stored.apply(
            session.store(), session.actor(), now=session.now(), request_key=forms.submit_token(APPLY)
        ),
        lambda done: f"The rules changed {words.counted(done.count, 'record')}",
        _undo,
    )


def _book(line_ids: tuple[str, ...]) -> None:
    forms.run_once(
        BOOK,
        lambda: stored.book_lines(
            session.store(),
            session.actor(),
            line_ids,
            now=session.now(),
            request_key=forms.submit_token(BOOK),
        ),
        lambda booked: f"{words.counted(len(booked), 'bank line')} booked as bills and matched",
        lambda booked: partial(_unbook, booked),
    )


def _unbook(booked: tuple[tuple[str, str], ...]) -> str:
    for line_id, bill_id in booked:
        deciding.decide(
            session.store(), session.actor(), line_id, "bill", bill_id, "undone", now=session.now()
        )
    return f"{words.counted(len(booked), 'bank line')} open again"
