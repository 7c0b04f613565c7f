"""The suggestions that nothing puts in doubt, accepted together after they were looked through."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.reconcile_page import Proposal, Seen, text_of
from tai_ops.app.reconcile_words import named
from tai_ops.store import deciding, match_lists
from tai_ops.store.deciding import LineState
from tai_ops.store.match_lists import Entry

MOST_AT_ONCE = 200
BULK, PREVIEW = "reconcile.bulk", "bulk_preview"


def bulk(seen: Seen, known: Mapping[tuple[str, str], Entry]) -> None:
    """What would be accepted, row by row, each of which can be left out; nothing where no suggestion is clear."""
    clear = unambiguous(seen)
    if not clear or not widgets.may("money"):
        return
    shown = clear[:MOST_AT_ONCE]
    box = st.expander(
        f"Accept {words.counted(len(clear), 'unambiguous suggestion')} at once …",
        icon=":material/done_all:",
        key="bulk",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        said = "Each settles its line and its entry to the cent, and nothing else fits as well. Untick what is to wait."
        if len(clear) > len(shown):
            said += f" The first {len(shown)} are shown; the others come next."
        st.caption(said)
        wanted = [one for _, proposal in shown for one in proposal.entries if one not in known]
        names = {**known, **match_lists.entries(session.store(), wanted)}
        table = pd.DataFrame(
            {
                "Accept": [True] * len(shown),
                "Amount": [words.money(line.left, seen.account.currency, exact=True) for line, _ in shown],
                "Bank line": [f"{text_of(line)} · {words.day(line.booked_on)}" for line, _ in shown],
                "With": [
                    " + ".join(named(*one, names.get(one)) for one in proposal.entries)
                    for _, proposal in shown
                ],
                "Why": [f"score {p.score} · {' · '.join(p.reasons)}" for _, p in shown],
            }
        )
        ticked = st.data_editor(
            table,
            key=PREVIEW,
            hide_index=True,
            disabled=["Amount", "Bank line", "With", "Why"],
            column_config={"Why": st.column_config.TextColumn(width="large")},
        )
        chosen = [
            (line.line_id, proposal.entries)
            for (line, proposal), tick in zip(shown, ticked["Accept"].tolist(), strict=True)
            if tick
        ]
        forms.error_line(BULK)
        st.button(
            f"Accept {words.counted(len(chosen), 'suggestion')}",
            key="bulk_accept",
            type="primary",
            icon=":material/done_all:",
            disabled=not chosen,
            on_click=forms.acted,
            args=forms.click(BULK, _accept_all, chosen),
        )


def unambiguous(seen: Seen) -> list[tuple[LineState, Proposal]]:
    """Lines whose first suggestion settles line and entries in full, is no tie, and shares no entry with another line's."""
    firsts = [
        (line, seen.proposals[line.line_id][0]) for line in seen.queue if line.line_id in seen.proposals
    ]
    claimed: dict[tuple[str, str], int] = {}
    for _, proposal in firsts:
        for one in proposal.entries:
            claimed[one] = claimed.get(one, 0) + 1
    return [
        (line, proposal)
        for line, proposal in firsts
        if not proposal.tie
        and sum(part.amount for part in proposal.parts) == line.left
        and not any(part.left_open for part in proposal.parts)
        and all(claimed[one] == 1 for one in proposal.entries)
    ]


def _accept_all(chosen: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    said = f"{words.counted(len(chosen), 'suggestion')} accepted"

    def again() -> str:
        deciding.decide_many(session.store(), session.actor(), chosen, "undone", now=session.now())
        return f"Undone: {said}"

    def write() -> bool:
        deciding.decide_many(session.store(), session.actor(), chosen, "confirmed", now=session.now())
        return True

    forms.run_once(BULK, write, lambda _: said, lambda _: again)
