"""What the books lack, made from the line in hand: one bill, payment or entry, or several parts of the line."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import account_choice, forms, session, words
from tai_ops.app.reconcile_deciding import LINE, carry_over, undo
from tai_ops.app.reconcile_page import Seen, codes, text_of
from tai_ops.app.reconcile_search import targets
from tai_ops.app.reconcile_words import named
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import ZERO, parse_money
from tai_ops.store import category_rules, deciding, in_use, match_lists, splitting
from tai_ops.store.deciding import LineState
from tai_ops.store.splitting import Part
from tai_ops.transit import other_account
from tai_ops.typed_amounts import mark_of, plain_number

BOOK, SPLIT, PARTS = "reconcile.book", "reconcile.split", "reconcile.parts"
ENTRY_KINDS = KINDS["entries"].column("kind").choices
KIND_WORDS = {"bills": "a bill", "payments": "a payment", "entries": "an entry"}
BOOKED_AS = {"bills": "Bill", "payments": "Payment", "entries": "Entry"}
MOST_PARTS = 12

Target = tuple[str, str, Mapping[str, str]]


def book(seen: Seen, line: LineState, follows: str) -> None:
    """The form of the bill, payment or entry that the books lack, filled in from the line."""
    form = f"{BOOK}.{line.line_id}"
    kinds = ["bills", "entries"] if line.left < 0 else ["payments", "entries"]
    names = ("kind", "payee", "category", "entry", "counter", "invoice", "reference")
    keys = {name: f"book_{name}_{line.line_id}" for name in names}
    texts = (line.payee, line.description)
    rule = category_rules.suggestion(session.store(), texts, -line.left, seen.account.account)
    text = " ".join(filter(None, (line.payee, line.description, line.reference)))
    own = other_account(text, seen.account.account, account_choice.called())
    first = {
        keys["kind"]: "entries" if own else kinds[0],
        keys["payee"]: line.payee or line.description or "",
        keys["category"]: rule.category if rule and line.left < 0 else None,
        keys["entry"]: "transfer" if own else "fee" if line.left < 0 else "other",
        keys["counter"]: own,
        keys["invoice"]: None,
        keys["reference"]: line.reference or "",
    }
    forms.draft(form, first)
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Book it as", kinds, format_func=BOOKED_AS.__getitem__, key=keys["kind"], required=True
        )
    with st.grid(2, min_column_width=220):
        st.text_input("Payer" if kind == "payments" else "Payee", key=keys["payee"])
        if kind == "bills":
            labels = in_use.category_labels(session.store())
            st.selectbox(
                "Category",
                labels,
                key=keys["category"],
                index=None,
                placeholder="payroll, rent, …",
                accept_new_options=True,
            )
        elif kind == "payments":
            found = match_lists.candidates(session.store(), line.line_id)
            st.selectbox(
                "For the invoice",
                [one.entry_id for one in found if one.entry_kind == "invoice"],
                key=keys["invoice"],
                index=None,
                placeholder="none: not applied yet",
            )
        else:
            st.selectbox("Kind of entry", list(ENTRY_KINDS), key=keys["entry"])
            st.selectbox(
                "Other own account (of a transfer)",
                [code for code in codes() if code != seen.account.account],
                key=keys["counter"],
                format_func=account_choice.called().__getitem__,
                index=None,
                placeholder="none",
            )
        st.text_input("Reference", key=keys["reference"])
    what = {"bills": "a bill, paid", "payments": "a payment, received", "entries": "an entry, booked"}[kind]
    amount = -line.left if kind == "bills" else line.left
    st.caption(
        f"Makes {what} {words.escape(words.day(line.booked_on))} on {words.escape(seen.account.name)} of "
        f"{seen.money(amount)}, and matches the line with it."
    )
    forms.error_line(form)
    st.button(
        "Book and match",
        key=f"book_save_{line.line_id}",
        type="primary",
        icon=":material/check:",
        on_click=forms.acted,
        args=forms.click(form, _book_line, seen, line, kind or kinds[0], keys, follows),
    )


def _book_line(
    seen: Seen,
    line: LineState,
    kind: str,
    keys: Mapping[str, str],
    follows: str,
) -> None:
    form = f"{BOOK}.{line.line_id}"
    typed = {name: str(st.session_state.get(key) or "").strip() for name, key in keys.items()}
    values = {"account": seen.account.account, "payee": typed["payee"], "reference": typed["reference"]}
    if kind == "bills":
        values["category"] = typed["category"]
    elif kind == "payments":
        values["invoice_number"] = typed["invoice"]
    else:
        values |= {"kind": typed["entry"], "counter_account": typed["counter"]}

    def write() -> str:
        if kind == "bills" and not typed["category"]:
            raise Refused("category: choose one, or write your own")
        return deciding.book_line(
            session.store(),
            session.actor(),
            line.line_id,
            kind,
            values,
            now=session.now(),
            request_key=forms.submit_token(form),
        )

    amount = words.money(line.left, seen.account.currency, exact=True)
    done = forms.run_once(
        form,
        write,
        lambda entry_id: f"{text_of(line)} {amount} booked as {KIND_WORDS[kind]} ({entry_id}) and matched",
        lambda entry_id: partial(_unbook, line.line_id, kind, entry_id),
    )
    if done:
        carry_over(seen, line.line_id, (), settled=True)
        st.session_state[LINE] = follows


def _unbook(line_id: str, kind: str, entry_id: str) -> str:
    one = (session.store(), session.actor(), line_id, deciding.SINGULAR[kind], entry_id)
    said = deciding.decide(*one, "undone", now=session.now())
    st.session_state[LINE] = line_id
    return f"Undone: the line is open again; {words.listed(list(said))}"


# --- Split over several


def split(seen: Seen, line: LineState, follows: str) -> None:
    """The line in parts, each with where it goes: an open entry, or something made from the line."""
    form = f"{SPLIT}.{line.line_id}"
    count = st.session_state.setdefault(f"{PARTS}.{line.line_id}", 2)
    goes_to = _part_targets(seen, line)
    keys = [(f"part_to_{n}_{line.line_id}", f"part_of_{n}_{line.line_id}") for n in range(count)]
    forms.draft(form, {key: first for to, of in keys for key, first in ((to, None), (of, ""))})
    for n, (to, of) in enumerate(keys):
        where, much = st.columns([3, 1])
        where.selectbox(f"Part {n + 1} goes to", list(goes_to), key=to, index=None, placeholder="choose …")
        much.text_input("Amount", key=of, placeholder="0.00")
    missing = abs(line.left) - sum((_typed(st.session_state[of]) or ZERO for _, of in keys), ZERO)
    st.markdown(f"Still to split: **{seen.money(missing)}** of {seen.money(abs(line.left))}")
    forms.error_line(form)
    with st.container(horizontal=True):
        st.button(
            "Split and match",
            key=f"split_save_{line.line_id}",
            type="primary",
            disabled=bool(missing),
            on_click=forms.acted,
            args=forms.click(form, _split, seen, line, keys, goes_to, follows),
        )
        st.button(
            "Add a part",
            key=f"split_more_{line.line_id}",
            disabled=count >= MOST_PARTS,
            on_click=_more_parts,
            args=(line.line_id,),
        )


def _part_targets(seen: Seen, line: LineState) -> Mapping[str, Target]:
    """Where a part may go, by name: the open entries nearest in amount, then what can be made from the line."""
    found: dict[str, Target] = {}
    for one in match_lists.candidates(session.store(), line.line_id):
        if one.entry_kind != "line":
            much = words.money(abs(one.left), seen.account.currency, exact=True)
            found[f"{named(one.entry_kind, one.entry_id, one)} · {much} open"] = (
                one.entry_kind,
                one.entry_id,
                {},
            )
    if line.left > 0:
        found["Payment of a customer"] = ("payments", "", {})
    found |= {name: (kind, "", values) for name, (kind, values) in targets(line.left).items()}
    return found


def _typed(text: str) -> Decimal | None:
    """An amount as it was typed; None where it is none yet."""
    try:
        return parse_money(plain_number(text, mark_of(st.context.locale)))
    except ValueError:
        return None


def _more_parts(line_id: str) -> None:
    st.session_state[f"{PARTS}.{line_id}"] += 1


def _split(
    seen: Seen,
    line: LineState,
    keys: list[tuple[str, str]],
    goes_to: Mapping[str, Target],
    follows: str,
) -> None:
    form = f"{SPLIT}.{line.line_id}"
    sign = 1 if line.left > 0 else -1

    def write() -> splitting.Pairs:
        parts: list[Part] = []
        for place, (to, of) in enumerate(keys, start=1):
            name, amount = st.session_state[to], _typed(st.session_state[of])
            if name is None and not amount:
                continue
            if name is None or not amount:
                raise Refused(f"part {place}: choose where it goes and type its amount")
            kind, entry_id, values = goes_to[name]
            new = {"account": seen.account.account, **values} if not entry_id else {}
            parts.append(Part(sign * amount, kind, entry_id, new))
        return splitting.split_line(
            session.store(),
            session.actor(),
            line.line_id,
            parts,
            now=session.now(),
            request_key=forms.submit_token(form),
        )

    said = f"{text_of(line)} {words.money(line.left, seen.account.currency, exact=True)} split"
    done = forms.run_once(
        form,
        write,
        lambda pairs: f"{said} over {', '.join(f'{kind} {entry_id}' for kind, entry_id in pairs)}",
        lambda pairs: partial(undo, line.line_id, pairs, said),
    )
    if done:
        st.session_state.pop(f"{PARTS}.{line.line_id}", None)
        carry_over(seen, line.line_id, done, settled=True)
        st.session_state[LINE] = follows
