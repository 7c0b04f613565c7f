"""Another entry for the line in hand, or several, and where the small difference that they leave goes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.reconcile_deciding import LINE, accept, carry_over, form_of, undo
from tai_ops.app.reconcile_page import Seen, text_of
from tai_ops.app.reconcile_words import named
from tai_ops.money import ZERO
from tai_ops.store import in_use, match_lists, splitting
from tai_ops.store.deciding import LineState
from tai_ops.store.match_lists import Entry
from tai_ops.store.splitting import WriteOff

OFFERED = "reconcile.offered"
PICKED, SEARCH = "reconcile_picked", "reconcile_search"
MONEY_OUT = {"Bank fee": "fee", "Interest": "interest", "Tax": "tax", "Other": "other"}
MONEY_IN = {"Other": "other", "Interest": "interest", "Tax refund": "tax", "Fee refund": "fee"}


def search(seen: Seen, line: LineState, follows: str) -> None:
    """Find open entries by text and match the line with one or several, or write off what they miss."""
    text = st.text_input(
        "Search the open entries",
        key=f"{SEARCH}_{line.line_id}",
        placeholder="name, number, reference or amount",
        live=True,
    )
    found = match_lists.candidates(session.store(), line.line_id, text)
    held = st.session_state.setdefault(OFFERED, {})
    offered = held.setdefault(line.line_id, {})
    offered |= {f"{entry.entry_kind} {entry.entry_id}": entry for entry in found}
    key = f"{PICKED}_{line.line_id}"
    picked = [name for name in st.session_state.get(key, []) if name in offered]
    options = list(dict.fromkeys([*picked, *(f"{e.entry_kind} {e.entry_id}" for e in found)]))
    if not options:
        st.caption("Nothing open fits that and goes this line's way.")
        return
    chosen = st.multiselect(
        "Match with (one or several)",
        options,
        format_func=lambda name: words.in_a_cell(_offered(seen, offered[name])),
        key=key,
        placeholder=f"{words.counted(len(found), 'open entry', 'open entries')}, nearest in amount first",
    )
    entries = [offered[name] for name in chosen]
    left = match_lists.left_after(line.left, entries)
    open_words = seen.money(left)
    partly = bool(entries) and left != 0
    idle = len(entries) > 1 and match_lists.left_after(line.left, entries[:-1]) == 0
    st.markdown(f"Left open of the line: **{open_words}**")
    if idle:
        st.markdown(":orange-badge[≈ too many] The line is used up before the last of them; take one out.")
    if partly:
        partly = not st.checkbox(f"Leave {open_words} of the line open", key=f"partly_{line.line_id}")
    write_off(seen, line, entries, follows, "search")
    st.button(
        f"Match {words.counted(len(entries), 'entry', 'entries')}" if entries else "Match",
        key=f"match_{line.line_id}",
        type="primary",
        disabled=not entries or partly or idle or not widgets.may("money"),
        on_click=forms.acted,
        args=forms.click(
            form_of(line.line_id),
            accept,
            seen,
            line,
            tuple((e.entry_kind, e.entry_id) for e in entries),
            follows,
        ),
    )


def _offered(seen: Seen, entry: Entry) -> str:
    amount = words.money(entry.left, seen.account.currency, exact=True)
    return f"{amount} · {named(entry.entry_kind, entry.entry_id, entry)}"


def write_off(seen: Seen, line: LineState, entries: Sequence[Entry], follows: str, place: str) -> None:
    """The step that settles the entries in full and books what the line misses of them, or has too much."""
    missed = line.left - sum((entry.left for entry in entries), ZERO)
    if not entries or not missed or abs(missed) >= abs(line.left):
        return
    much = seen.money(abs(missed))
    with st.popover(
        f"Write off {much} …", key=f"write_off_{place}_{line.line_id}", disabled=not widgets.may("money")
    ):
        goes_to = targets(missed)
        chosen = st.selectbox(
            f"{much} {'less' if missed * line.left < 0 else 'more'} than is open goes to",
            list(goes_to),
            key=f"write_off_to_{place}_{line.line_id}",
        )
        st.caption(
            f"Settles the whole of what is chosen and books {seen.money(missed)} on {words.escape(seen.account.name)}, "
            "in one step; Undo takes both back."
        )
        st.button(
            "Match and write off",
            key=f"write_off_save_{place}_{line.line_id}",
            type="primary",
            on_click=forms.acted,
            args=forms.click(
                form_of(line.line_id),
                _write_off,
                seen,
                line,
                tuple((entry.entry_kind, entry.entry_id) for entry in entries),
                goes_to[chosen] if chosen else None,
                missed,
                follows,
            ),
        )


def targets(amount: Decimal) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """What money of that direction can be booked as: by name, the kind of row and its values."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {
        name: ("entries", {"kind": kind}) for name, kind in (MONEY_OUT if amount < 0 else MONEY_IN).items()
    }
    if amount < 0:
        labels = in_use.category_labels(session.store())
        found |= {f"Bill: {one}": ("bills", {"category": one}) for one in labels}
    return found


def _write_off(
    seen: Seen,
    line: LineState,
    entries: Sequence[tuple[str, str]],
    goes_to: tuple[str, Mapping[str, str]],
    missed: Decimal,
    follows: str,
) -> None:
    form = form_of(line.line_id)
    kind, values = goes_to
    rest = WriteOff(kind, {"account": seen.account.account, **values})
    much = words.money(abs(missed), seen.account.currency, exact=True)
    said = f"{text_of(line)} matched with {', '.join(entry for _, entry in entries)}; {much} written off"
    done = forms.run_once(
        form,
        lambda: splitting.match_and_write_off(
            session.store(),
            session.actor(),
            line.line_id,
            entries,
            rest,
            now=session.now(),
            request_key=forms.submit_token(form),
        ),
        lambda _: said,
        lambda pairs: partial(undo, line.line_id, pairs, said),
    )
    if done:
        carry_over(seen, line.line_id, entries, settled=True)
        st.session_state[LINE] = follows
