"""The bank lines on the reconcile page: the one in hand beside what may settle it, and the queue below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from tai_ops.app import forms, reconcile_bulk, reconcile_page, session, widgets, words
from tai_ops.app.reconcile_booking import book, split
from tai_ops.app.reconcile_deciding import LINE, accept, decline, form_of, go
from tai_ops.app.reconcile_page import PAGE_LINES, Proposal, Seen
from tai_ops.app.reconcile_search import search, write_off
from tai_ops.app.reconcile_words import named, proposed, why
from tai_ops.store import match_lists
from tai_ops.store.deciding import LineState
from tai_ops.store.match_lists import Entry

LIST_HEIGHT = 620
LISTED_WHOLE = 8


def settle(seen: Seen) -> None:
    """The bank lines without their counterpart: one in hand with everything that may settle it, and the queue."""
    queue = seen.queue
    if not queue and not seen.found.matched:
        widgets.empty(
            "The bank's lines, each with what may settle it",
            "This account has no line through this day.",
            "Bring in its statement",
            "imports",
            (("account", seen.account.account),),
        )
        return
    if not queue:
        st.markdown(
            ":green-badge[✓] Every bank line through this day is matched. "
            "What is left is to compare both sides and lock."
        )
        st.button(
            "Compare and lock",
            key="to_lock",
            type="primary",
            icon=":material/lock:",
            on_click=_compare,
        )
        return
    if reconcile_page.is_locked(seen.found):
        st.markdown(
            ":green-badge[✓ locked] What is decided here is refused until the period is unlocked, with a reason."
        )
    page = queue[reconcile_page.paged(len(queue), PAGE_LINES, "queue_page")]
    known = match_lists.entries(
        session.store(), [e for line in page for p in seen.proposals.get(line.line_id, ()) for e in p.entries]
    )
    ids = [line.line_id for line in page]
    current = st.session_state.get(LINE)
    at = ids.index(current) if current in ids else 0
    with st.container(key="workbench"):
        hand, found = st.columns([2, 3], gap="medium")
        with hand:
            _in_hand(seen, page[at], ids)
        with found:
            _candidates(seen, page[at], ids[(at + 1) % len(ids)], known)
    reconcile_bulk.bulk(seen, known)
    st.markdown(f"**{words.counted(len(queue), 'line')} to settle**")
    may = widgets.may("money")
    with st.container(height=LIST_HEIGHT if len(page) > LISTED_WHOLE else "content", key="queue"):
        for line in page:
            _queued(seen, line, known, ids, chosen=line.line_id == page[at].line_id, may=may)


def _compare() -> None:
    """Go to the two sides and the lock."""
    st.session_state["show"] = reconcile_page.VIEWS[-1]


def _in_hand(seen: Seen, line: LineState, ids: Sequence[str]) -> None:
    """The line itself, the way to its neighbours, and the steps that a key opens."""
    at = ids.index(line.line_id)
    with st.container(border=True, key="in_hand"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"### {seen.money(line.left)}", width="content")
            with st.container(horizontal=True, width="content", gap="small"):
                st.button("Previous", key="previous", shortcut="K", on_click=go, args=(ids[at - 1],))
                following = ids[(at + 1) % len(ids)]
                st.button("Next", key="next", shortcut="J", on_click=go, args=(following,))
        _line_words(seen, line)
        forms.error_line(form_of(line.line_id))
        if widgets.may("money"):
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Split", key="to_split", shortcut="S", on_click=_unfold, args=("split", line.line_id)
                )
                st.button("New", key="to_book", shortcut="N", on_click=_unfold, args=("book", line.line_id))
        else:
            widgets.who_may_line("money")


def _unfold(what: str, line_id: str) -> None:
    st.session_state[f"{what}_{line_id}"] = True


def _candidates(seen: Seen, line: LineState, follows: str, known: Mapping[tuple[str, str], Entry]) -> None:
    """What may settle the line, the likeliest first, and the ways to settle it otherwise."""
    found = seen.proposals.get(line.line_id, ())
    if not found:
        st.caption(
            "Nothing in the books fits on its own. Find an entry, split the line, or book what it lacks."
        )
    for place, proposal in enumerate(found):
        _proposal(seen, line, proposal, known, follows, place)
    _folded(
        "search",
        "Find and match others",
        ":material/search:",
        search,
        seen,
        line,
        follows,
        expanded=not found,
    )
    if widgets.may("money"):
        _folded("split", "Split over several", ":material/call_split:", split, seen, line, follows)
        _folded(
            "book",
            "New bill, payment or entry from the line",
            ":material/edit_note:",
            book,
            seen,
            line,
            follows,
        )


def _folded(
    what: str,
    title: str,
    icon: str,
    draw: Callable[[Seen, LineState, str], None],
    seen: Seen,
    line: LineState,
    follows: str,
    *,
    expanded: bool = False,
) -> None:
    """A step that costs nothing until it is opened."""
    box = st.expander(title, icon=icon, key=f"{what}_{line.line_id}", on_change="rerun", expanded=expanded)
    if box.open:
        with box:
            draw(seen, line, follows)


def _line_words(seen: Seen, line: LineState) -> None:
    text = words.escape(reconcile_page.text_of(line))
    small = [words.day(line.booked_on)]
    if line.reference:
        small.append(f"reference {line.reference}")
    st.markdown(f"**{text}**  \n:small[:gray[{words.escape(' · '.join(small))}]]")
    if line.matched:
        held = ", ".join(f"{kind} {entry_id}" for kind, entry_id, _, _ in line.matched)
        st.markdown(
            f":orange-badge[≈ in part] {seen.money(line.left)} of {seen.money(line.amount)} is left; "
            f"the rest is matched with {words.escape(held)}."
        )


def _proposal(
    seen: Seen,
    line: LineState,
    proposal: Proposal,
    known: Mapping[tuple[str, str], Entry],
    follows: str,
    place: int,
) -> None:
    """A suggestion with its reasons; the first one's buttons have keys."""
    first, form = place == 0, form_of(line.line_id)
    may = widgets.may("money")
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"proposal_{place}",
    ):
        st.markdown(f"{proposed(seen, proposal, known)}  \n{why(proposal)}", width="stretch")
        with st.container(horizontal=True, width="content"):
            st.button(
                "Accept",
                key=f"accept_{place}_{line.line_id}",
                type="primary" if first else "secondary",
                shortcut="Enter" if first else None,
                disabled=not may,
                on_click=forms.acted,
                args=forms.click(form, accept, seen, line, proposal.entries, follows),
            )
            st.button(
                "Decline",
                key=f"decline_{place}_{line.line_id}",
                shortcut="D" if first else None,
                disabled=not may,
                help="It is not offered for this line again.",
                on_click=forms.acted,
                args=forms.click(form, decline, seen, line, proposal.entries),
            )
            if any(part.left_open for part in proposal.parts) and not stage_of_payout(proposal):
                write_off(seen, line, _as_open(proposal, known), follows, str(place))


def stage_of_payout(proposal: Proposal) -> bool:
    """Whether what is left open is a processor's fee, which the match itself accounts for."""
    return proposal.parts[0].stage == "processor"


def _as_open(proposal: Proposal, known: Mapping[tuple[str, str], Entry]) -> list[Entry]:
    """The proposal's entries with all that is open of each."""
    found = [
        known[part.entry_kind, part.entry_id]
        for part in proposal.parts
        if (part.entry_kind, part.entry_id) in known
    ]
    whole = {(part.entry_kind, part.entry_id): part.amount + part.left_open for part in proposal.parts}
    return [replace(entry, left=whole[entry.entry_kind, entry.entry_id]) for entry in found]


def _queued(
    seen: Seen,
    line: LineState,
    known: Mapping[tuple[str, str], Entry],
    ids: Sequence[str],
    *,
    chosen: bool,
    may: bool,
) -> None:
    found = seen.proposals.get(line.line_id, ())
    best = found[0] if found else None
    said = f"**{seen.money(line.left)}** {words.escape(reconcile_page.text_of(line))} :gray[{words.escape(words.day(line.booked_on))}]"
    if best:
        best_words = " + ".join(
            named(kind, entry_id, known.get((kind, entry_id))) for kind, entry_id in best.entries
        )
        tie = " · certain" if best.certain else " · tie" if best.tie else ""
        said += f"  \n:small[→ {words.escape(best_words)} :gray[score {best.score}{tie}]]"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        wrap=False,
        key=f"queue_{'chosen_' if chosen else ''}{line.line_id}",
    ):
        st.markdown(said, width="stretch")
        if chosen:
            return
        with st.container(horizontal=True, width="content", gap="small"):
            if best:
                st.button(
                    "Accept",
                    key=f"quick_{line.line_id}",
                    disabled=not may,
                    on_click=forms.acted,
                    args=forms.click(form_of(line.line_id), accept, seen, line, best.entries, ids[0]),
                )
            st.button("Open", key=f"open_{line.line_id}", type="tertiary", on_click=go, args=(line.line_id,))
