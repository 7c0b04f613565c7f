"""The bank lines on the reconcile page: the one in hand with what may settle it, the queue, and the pairs that hold.

A decision is one click or one key, stands in the saved line with Undo, and a refusal stands at its line.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from tai_ops.app import forms, reconcile_page, session, widgets, words
from tai_ops.app.reconcile_page import Proposal, Seen
from tai_ops.company import CATEGORIES
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.match_facts import Match
from tai_ops.store import match_lists, matches
from tai_ops.store.match_lists import Entry, Pair
from tai_ops.store.matches import LineState

PAGE_LINES = 50
LIST_HEIGHT = 620
LISTED_WHOLE = 8
CARRY_FROM = 2000
ENTRY_KINDS = KINDS["entries"].column("kind").choices
KIND_WORDS = {"bills": "a bill", "entries": "an entry"}
BOOKED_AS = {"bills": "Bill", "entries": "Entry"}
LINE, OFFERED = "reconcile.line", "reconcile.offered"
PICKED, SEARCH, BOOK = "reconcile_picked", "reconcile_search", "reconcile.book"


# --- The line in hand


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
    hand, rest = st.columns([3, 2], gap="medium")
    with hand:
        _in_hand(seen, page[at], ids, known)
    with rest:
        st.markdown(f"**{words.counted(len(queue), 'line')} to settle**")
        with st.container(height=LIST_HEIGHT if len(page) > LISTED_WHOLE else "content", key="queue"):
            for line in page:
                _queued(seen, line, known, ids, chosen=line.line_id == page[at].line_id)


def _in_hand(seen: Seen, line: LineState, ids: Sequence[str], known: Mapping[tuple[str, str], Entry]) -> None:
    at = ids.index(line.line_id)
    follows = ids[(at + 1) % len(ids)]
    with st.container(border=True, key="in_hand"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"### {seen.money(line.left)}", width="content")
            with st.container(horizontal=True, width="content"):
                st.button("Previous", key="previous", shortcut="P", on_click=_go, args=(ids[at - 1],))
                st.button("Next", key="next", shortcut="N", on_click=_go, args=(follows,))
        _line_words(seen, line)
        forms.error_line(form_of(line.line_id))
        found = seen.proposals.get(line.line_id, ())
        if not found:
            st.caption("Nothing in the books fits on its own. Pick an entry, or book the line.")
        for place, proposal in enumerate(found):
            _proposal(seen, line, proposal, known, follows, place)
        with st.expander(
            "Match with something else",
            icon=":material/search:",
            key=f"search_{line.line_id}",
            on_change="rerun",
            expanded=not found,
        ) as box:
            if box.open:
                _search(seen, line, follows)
        with st.expander(
            "Book it from the line",
            icon=":material/edit_note:",
            key=f"book_{line.line_id}",
            on_change="rerun",
        ) as box:
            if box.open and widgets.may("money"):
                _book(seen, line, follows)
            elif box.open:
                widgets.who_may_line("money")


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
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"proposal_{place}",
    ):
        st.markdown(f"{_proposed(seen, proposal, known)}  \n{_why(proposal)}", width="stretch")
        with st.container(horizontal=True, width="content"):
            st.button(
                "Accept",
                key=f"accept_{place}_{line.line_id}",
                type="primary" if first else "secondary",
                shortcut="A" if first else None,
                disabled=not widgets.may("money"),
                on_click=forms.acted,
                args=forms.click(form, _accept, seen, line, proposal.entries, follows),
            )
            st.button(
                "Decline",
                key=f"decline_{place}_{line.line_id}",
                shortcut="D" if first else None,
                disabled=not widgets.may("money"),
                help="It is not offered for this line again.",
                on_click=forms.acted,
                args=forms.click(form, _decline, seen, line, proposal.entries),
            )


def _proposed(seen: Seen, proposal: Proposal, known: Mapping[tuple[str, str], Entry]) -> str:
    said = " + ".join(
        words.escape(_named(kind, entry_id, known.get((kind, entry_id))))
        for kind, entry_id in proposal.entries
    )
    settles = " + ".join(seen.money(part.amount) for part in proposal.parts)
    left = " and ".join(
        f"leaves {seen.money(part.left_open)} of {words.escape(part.entry_id)} open"
        for part in proposal.parts
        if part.left_open
    )
    return f"→ **{said}** settles {settles}" + (f", {left}" if left else "")


def _why(proposal: Proposal) -> str:
    badge = (
        ":green-badge[✓ certain] " if proposal.certain else ":orange-badge[≈ tie] " if proposal.tie else ""
    )
    return f":small[{badge}:gray[score {proposal.score} · {words.escape(' · '.join(proposal.reasons))}]]"


def _named(kind: str, entry_id: str, entry: Entry | None) -> str:
    """An entry in words, such as `invoice INV-1 · Acme LLC · Mon 5 Jan 2026`."""
    if kind == "line":
        where = reconcile_page.accounts().get(entry.account or "") if entry else None
        other = where.name if where else "another account"
        return f"transfer · line of {other}" + (f" · {words.day(entry.dated_on)}" if entry else "")
    parts = [f"{kind} {entry_id}"]
    if entry:
        parts += [part for part in (entry.party, words.day(entry.dated_on)) if part]
    return " · ".join(parts)


def form_of(line_id: str) -> str:
    """The form of a line's decisions: where a refusal stands, and what a second click belongs to."""
    return f"reconcile.{line_id}"


def _go(line_id: str) -> None:
    st.session_state[LINE] = line_id


def _accept(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]], follows: str) -> None:
    done = _decide(seen, line, entries, "confirmed")
    if done and st.session_state.get(LINE, line.line_id) == line.line_id:
        st.session_state[LINE] = follows


def _decline(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]]) -> None:
    if _decide(seen, line, entries, "declined"):
        st.session_state[LINE] = line.line_id


def _decide(seen: Seen, line: LineState, entries: Sequence[tuple[str, str]], decision: str) -> bool:
    others = match_lists.entries(session.store(), [one for one in entries if one[0] == "line"])
    what = ", ".join(_named(*one, others.get(one)) for one in entries)
    verb = "matched with" if decision == "confirmed" else "not offered again:"
    amount = words.money(line.left, seen.account.currency, exact=True)
    said = f"{reconcile_page.text_of(line)} {amount} {verb} {what}"
    form = form_of(line.line_id)

    def write() -> bool:
        matches.decide_together(
            session.store(), session.actor(), line.line_id, entries, decision, now=session.now()
        )
        return True

    done = forms.run_once(form, write, lambda _: said, lambda _: partial(_undo, line.line_id, entries, said))
    if done:
        _carry_over(seen, line.line_id, entries, settled=decision == "confirmed")
    return bool(done)


def _undo(line_id: str, entries: Sequence[tuple[str, str]], said: str) -> str:
    matches.decide_together(session.store(), session.actor(), line_id, entries, "undone", now=session.now())
    st.session_state[LINE] = line_id
    return f"Undone: {said}"


def _carry_over(seen: Seen, line_id: str, entries: Sequence[tuple[str, str]], *, settled: bool) -> None:
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


# --- Another entry, or several


def _search(seen: Seen, line: LineState, follows: str) -> None:
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
        format_func=lambda name: _offered(seen, offered[name]),
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
    st.button(
        f"Match {words.counted(len(entries), 'entry', 'entries')}" if entries else "Match",
        key=f"match_{line.line_id}",
        type="primary",
        disabled=not entries or partly or idle or not widgets.may("money"),
        on_click=forms.acted,
        args=forms.click(
            form_of(line.line_id),
            _accept,
            seen,
            line,
            tuple((e.entry_kind, e.entry_id) for e in entries),
            follows,
        ),
    )


def _offered(seen: Seen, entry: Entry) -> str:
    amount = words.money(entry.left, seen.account.currency, exact=True)
    return f"{amount} · {_named(entry.entry_kind, entry.entry_id, entry)}"


# --- A bill or an entry made from the line


def _book(seen: Seen, line: LineState, follows: str) -> None:
    form = f"{BOOK}.{line.line_id}"
    kinds = ["bills", "entries"] if line.left < 0 else ["entries"]
    names = ("kind", "payee", "category", "entry", "counter", "reference")
    keys = {name: f"book_{name}_{line.line_id}" for name in names}
    first = {
        keys["kind"]: kinds[0],
        keys["payee"]: line.payee or line.description or "",
        keys["category"]: None,
        keys["entry"]: "fee" if line.left < 0 else "other",
        keys["counter"]: None,
        keys["reference"]: line.reference or "",
    }
    forms.draft(form, first)
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Book it as", kinds, format_func=BOOKED_AS.__getitem__, key=keys["kind"], required=True
        )
    with st.grid(2, min_column_width=220):
        st.text_input("Payee", key=keys["payee"])
        if kind == "bills":
            st.selectbox(
                "Category",
                [*CATEGORIES, *sorted(set(session.store().company.categories) - set(CATEGORIES))],
                key=keys["category"],
                index=None,
                placeholder="payroll, rent, …",
                accept_new_options=True,
            )
        else:
            st.selectbox("Kind of entry", list(ENTRY_KINDS), key=keys["entry"])
            st.selectbox(
                "Other own account (of a transfer)",
                [code for code in reconcile_page.codes() if code != seen.account.account],
                key=keys["counter"],
                index=None,
                placeholder="none",
            )
        st.text_input("Reference", key=keys["reference"])
    what = "a bill, paid" if kind == "bills" else "an entry, booked"
    st.caption(
        f"Makes {what} {words.escape(words.day(line.booked_on))} on {words.escape(seen.account.name)} over "
        f"{seen.money(line.left)}, and matches the line with it."
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
    else:
        values |= {"kind": typed["entry"], "counter_account": typed["counter"]}

    def write() -> str:
        if kind == "bills" and not typed["category"]:
            raise Refused("category: choose one, or write your own")
        return matches.book_line(
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
        lambda entry_id: (
            f"{reconcile_page.text_of(line)} {amount} booked as {KIND_WORDS[kind]} ({entry_id}) and matched"
        ),
        lambda entry_id: partial(_unbook, line.line_id, kind, entry_id),
    )
    if done:
        _carry_over(seen, line.line_id, (), settled=True)
        st.session_state[LINE] = follows


def _unbook(line_id: str, kind: str, entry_id: str) -> str:
    singular = "bill" if kind == "bills" else "entry"
    one = (session.store(), session.actor(), line_id, singular, entry_id)
    said = matches.decide(*one, "undone", now=session.now())
    st.session_state[LINE] = line_id
    return f"Undone: the line is open again; {words.listed(list(said))}"


# --- The queue


def _queued(
    seen: Seen, line: LineState, known: Mapping[tuple[str, str], Entry], ids: Sequence[str], *, chosen: bool
) -> None:
    found = seen.proposals.get(line.line_id, ())
    best = found[0] if found else None
    said = f"**{seen.money(line.left)}** {words.escape(reconcile_page.text_of(line))} :gray[{words.escape(words.day(line.booked_on))}]"
    if best:
        named = " + ".join(
            _named(kind, entry_id, known.get((kind, entry_id))) for kind, entry_id in best.entries
        )
        tie = " · certain" if best.certain else " · tie" if best.tie else ""
        said += f"  \n:small[→ {words.escape(named)} :gray[score {best.score}{tie}]]"
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
                    disabled=not widgets.may("money"),
                    on_click=forms.acted,
                    args=forms.click(form_of(line.line_id), _accept, seen, line, best.entries, ids[0]),
                )
            st.button("Open", key=f"open_{line.line_id}", type="tertiary", on_click=_go, args=(line.line_id,))


# --- Matched


def matched(seen: Seen) -> None:
    """The pairs that hold, newest first, each with who decided and Undo."""
    text = st.text_input(
        "Search", key="matched_search", placeholder="name, number or amount", live=True, width=420
    )
    account, through = seen.account.account, seen.found.through
    count = match_lists.pairs_that_hold(session.store(), account, through, limit=1, text=text)[0]
    if not count:
        st.caption("No matched line fits that." if text else "No line is matched yet. Run the matcher first.")
        return
    st.caption(words.counted(count, "pair"))
    place = reconcile_page.paged(count, PAGE_LINES, "matched_page")
    _, found = match_lists.pairs_that_hold(
        session.store(), account, through, limit=PAGE_LINES, offset=place.start, text=text
    )
    people = {person.email: person.name for person in session.store().people()}
    for pair in found:
        _pair(seen, pair, people)


def _pair(seen: Seen, pair: Pair, people: Mapping[str, str]) -> None:
    entry = pair.entry
    by = "the matcher" if pair.decided_by == matches.AUTO else people.get(pair.decided_by, pair.decided_by)
    when = words.day(pair.decided_at.astimezone(session.store().company.tz).date())
    part = "" if pair.settles == pair.amount else f" ({seen.money(pair.settles)} of it)"
    why = f" · {' · '.join(pair.reasons)}" if pair.reasons else ""
    key = f"{pair.line_id}_{entry.entry_kind}_{entry.entry_id}"
    form = f"reconcile.pair.{key}"
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"pair_{key}"
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{seen.money(pair.amount)}** {words.escape(pair.text)} :gray[{words.escape(words.day(pair.booked_on))}]"
                f"{part} → **{words.escape(_named(entry.entry_kind, entry.entry_id, entry))}**  \n"
                f":small[:gray[{words.escape(f'by {by}, {when}{why}')}]]"
            )
            forms.error_line(form)
        with st.container(horizontal=True, width="content", gap="small"):
            st.button(
                "Undo",
                key=f"undo_{key}",
                disabled=not widgets.may("money"),
                icon=":material/undo:",
                help="Both are open again; a certain pair is confirmed by the matcher's next run.",
                on_click=forms.acted,
                args=forms.click(form, _undo_pair, seen, pair, "undone"),
            )
            st.button(
                "Not a match",
                key=f"apart_{key}",
                disabled=not widgets.may("money"),
                type="tertiary",
                help="Both are open again, and the pair is never offered again.",
                on_click=forms.acted,
                args=forms.click(form, _undo_pair, seen, pair, "declined"),
            )


def _undo_pair(seen: Seen, pair: Pair, decision: str) -> None:
    entry = pair.entry
    key = f"{pair.line_id}_{entry.entry_kind}_{entry.entry_id}"
    form = f"reconcile.pair.{key}"
    amount = words.money(pair.settles, seen.account.currency, exact=True)
    named = _named(entry.entry_kind, entry.entry_id, None)

    def write() -> tuple[str, ...]:
        one = (session.store(), session.actor(), pair.line_id, entry.entry_kind, entry.entry_id)
        return matches.decide(*one, decision, now=session.now())

    def again() -> str:
        one = (session.store(), session.actor(), pair.line_id, entry.entry_kind, entry.entry_id)
        matches.decide(*one, "confirmed", now=session.now())
        return f"Matched again: {pair.text} {amount} with {named}"

    forms.run_once(
        form,
        write,
        lambda booked: (
            f"Match undone: {pair.text} {amount} is open again; {words.listed(list(booked))}"
            if booked
            else f"Match undone: {pair.text} {amount} and {named} are open again"
        ),
        lambda booked: None if booked else again,
    )
