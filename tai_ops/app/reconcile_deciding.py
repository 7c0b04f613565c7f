"""Decisions on the line in hand: each is one click or one key, stands in the saved line with Undo, or is refused at its line."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from tai_ops.app import forms, reconcile_page, session, words
from tai_ops.app.reconcile_page import Seen
from tai_ops.app.reconcile_words import named
from tai_ops.match_facts import Match
from tai_ops.store import deciding, match_lists
from tai_ops.store.deciding import LineState

CARRY_FROM = 2000
LINE = "reconcile.line"


def form_of(line_id: str) -> str:
    """The form of a line's decisions: where a refusal stands, and what a second click belongs to."""
    return f"reconcile.{line_id}"


def go(line_id: str) -> None:
    """Take a line in hand."""
    st.session_state[LINE] = line_id


def accept(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]], follows: str) -> None:
    """Match the line with the entries and take the next one in hand."""
    done = decide(seen, line, entries, "confirmed")
    if done and st.session_state.get(LINE, line.line_id) == line.line_id:
        st.session_state[LINE] = follows


def decline(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]]) -> None:
    """Never offer the entries for the line again."""
    if decide(seen, line, entries, "declined"):
        st.session_state[LINE] = line.line_id


def decide(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]], decision: str) -> bool:
    """Write a decision on the line's pairs; whether it was written."""
    others = match_lists.entries(session.store(), [one for one in entries if one[0] == "line"])
    what = ", ".join(named(*one, others.get(one)) for one in entries)
    verb = "matched with" if decision == "confirmed" else "not offered again:"
    amount = words.money(line.left, seen.account.currency, exact=True)
    said = f"{reconcile_page.text_of(line)} {amount} {verb} {what}"
    form = form_of(line.line_id)

    def write() -> bool:
        deciding.decide_together(
            session.store(), session.actor(), line.line_id, entries, decision, now=session.now()
        )
        return True

    done = forms.run_once(form, write, lambda _: said, lambda _: partial(undo, line.line_id, entries, said))
    if done:
        carry_over(seen, line.line_id, entries, settled=decision == "confirmed")
    return bool(done)


def undo(line_id: str, entries: Sequence[tuple[str, str]], said: str) -> str:
    """Take a decision back and say so."""
    deciding.decide_together(session.store(), session.actor(), line_id, entries, "undone", now=session.now())
    st.session_state[LINE] = line_id
    return f"Undone: {said}"


def carry_over(seen: Seen, line_id: str, entries: Sequence[tuple[str, str]], *, settled: bool) -> None:
    """On a large account one decision starts no new run: what an earlier one found goes on, less what it concerns."""
    if seen.found.matched + len(seen.found.unmatched_bank) < CARRY_FROM:
        return
    lines = {line_id, *(entry_id for kind, entry_id in entries if kind == "line")}
    ranks = {
        m.rank for m in seen.found.pairs if m.line_id == line_id and (m.entry_kind, m.entry_id) in entries
    }

    def concerned(m: Match) -> bool:
        if not settled:
            return m.line_id == line_id and m.rank in ranks
        return m.line_id in lines or (m.entry_kind, m.entry_id) in entries or m.entry_id in lines

    rest = [m for m in seen.found.pairs if not concerned(m)]
    st.session_state[reconcile_page.KEPT] = (reconcile_page.version(), seen.account.account, seen.asked), rest
