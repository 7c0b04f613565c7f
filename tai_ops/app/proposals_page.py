"""The Proposals page's list: which proposal waits for what, how its 24 hours stand, and the request for a new one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import streamlit as st

from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.board import Board
from tai_ops.errors import Refused
from tai_ops.figure import Figure
from tai_ops.pipeline import Proposal
from tai_ops.proposal_clock import Clock, clock
from tai_ops.proposal_promises import PromisesKept, promises_kept, span
from tai_ops.store import Store, freshness, proposing
from tai_ops.store.facts import business_calendar
from tai_ops.store.proposal_desk import OPEN, OUT, Desk, Offer, desk, listed
from tai_ops.store.qualifying import deals_to_propose

PAGE, FORM = "proposals", "ask_proposal"
WINDOWS = {
    "Last 7 days": timedelta(weeks=1),
    "Last 4 weeks": timedelta(weeks=4),
    "Last 13 weeks": timedelta(weeks=13),
}
MOMENT = timedelta(microseconds=1)
"""What is sent at this very instant counts."""
STATE_WORDS = {
    "draft": ":gray-badge[– draft]",
    "in_review": ":blue-badge[● in review]",
    "approved": ":green-badge[✓ approved]",
    "sent": ":blue-badge[● sent]",
    "viewed": ":blue-badge[● viewed]",
    "accepted": ":green-badge[✓ accepted]",
    "declined": ":red-badge[✗ declined]",
    "expired": ":orange-badge[≈ expired]",
}
SPOKEN = {name: badge.partition("[")[2].rstrip("]") for name, badge in STATE_WORDS.items()}
COLUMNS = (
    Column("proposal_id", "Proposal", "text"),
    Column("company", "Company", "text"),
    Column("state", "State", "text"),
    Column("due_at", "Due", "instant"),
    Column("left", "24 hours", "text"),
    Column("year_1", "Year 1", "money"),
    Column("requested_at", "Asked for", "instant"),
    Column("sent_at", "Sent", "instant"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: every proposal with its clock, and the one in the address."""

    offers: tuple[tuple[Offer, Clock], ...]
    currency: str
    detail: Desk | None = None
    complaint: str | None = None

    @property
    def waiting(self) -> list[tuple[Offer, Clock]]:
        """Those that have not gone out, the first due first."""
        open_ones = [pair for pair in self.offers if pair[0].proposal.status in OPEN]
        return sorted(open_ones, key=lambda pair: pair[1].due_at)

    @property
    def out(self) -> list[Proposal]:
        """Those that the customer has."""
        return [offer.proposal for offer, _ in self.offers if offer.proposal.status in OUT]


def seen() -> Seen:
    """The proposals as of now, and the one in the address; the list, with the reason, where there is no such one."""
    store, key = session.store(), _key()
    offers, wanted = _offers(store, key), st.query_params.get("proposal", "")
    currency = store.company.currency
    if not wanted:
        return Seen(offers, currency)
    try:
        return Seen(offers, currency, _desk(store, key, wanted))
    except Refused as refusal:
        return Seen(offers, currency, complaint=str(refusal))


def _key() -> str:
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)} {reading.now():%Y%m%d%H%M}"


@st.cache_resource(max_entries=8, show_spinner=False)
def _offers(_store: Store, key: str) -> tuple[tuple[Offer, Clock], ...]:  # noqa: ARG001  # the cache goes by it
    calendar, now = business_calendar(_store), reading.now()
    return tuple((one, clock(one.proposal, calendar, now, urgent=one.urgent)) for one in listed(_store))


@st.cache_resource(max_entries=16, show_spinner=False)
def _desk(_store: Store, key: str, proposal_id: str) -> Desk:  # noqa: ARG001
    return desk(_store, proposal_id, reading.now())


# --- The list


def list_title(found: Seen) -> None:
    """The title, what was wrong with the address, the verdict."""
    widgets.page_title("Proposals", reading.as_of_words())
    if found.complaint:
        st.info(words.escape(found.complaint), icon=":material/search:")
    widgets.verdict(verdict(found))
    widgets.saved_line()


def verdict(found: Seen) -> str:
    """How the proposals stand, in one sentence."""
    waiting = found.waiting
    if not found.offers:
        return "No proposal has been asked for yet."
    kept = [clock_.kept for offer, clock_ in found.offers if offer.proposal.sent_at]
    promise = (
        f"{sum(map(bool, kept))} of {words.counted(len(kept), 'sent proposal')} kept the 24 hours"
        if kept
        else "none was sent yet"
    )
    if not waiting:
        return f"No proposal waits to go out; {promise}, and {words.counted(len(found.out), 'proposal')} {'waits' if len(found.out) == 1 else 'wait'} for an answer."
    offer, first = waiting[0]
    return (
        f"{words.counted(len(waiting), 'proposal')} {'waits' if len(waiting) == 1 else 'wait'} to go out: "
        f"{offer.proposal.proposal_id} for {offer.company} is {left_words(first)}; {promise}."
    )


def left_words(found: Clock) -> str:
    """How a clock stands: `due Fri 3 Apr 16:30, 1 h 30 min left`, or what it came to."""
    if found.stopped_at:
        return "sent in time" if found.kept else f"sent {span(-found.left_minutes)} late"
    at = words.instant(found.due_at, session.store().company.tz)
    return (
        f"late by {span(-found.left_minutes)}, due {at}"
        if found.late
        else f"due {at}, {span(found.left_minutes)} left"
    )


def rows(found: Seen) -> None:
    """The proposals: those that wait first, then those with the customer, then the others by their sending."""
    if not found.offers:
        widgets.empty(
            "Proposals with their 24-hour clock, what each still misses, and who has approved",
            "A proposal belongs to a deal whose prospect has qualified.",
            "Qualify a prospect on the call",
            "qualify",
        )
        return
    order = {**dict.fromkeys(OPEN, 0), **dict.fromkeys(OUT, 1)}
    listed_ = sorted(found.offers, key=lambda pair: order.get(pair[0].proposal.status, 2))
    made = Rows(
        "proposals", "proposal", COLUMNS, tuple(_row(offer, held) for offer, held in listed_), "count"
    )
    widgets.section("All proposals", "Tick a row to open it.")
    widgets.rows_table(
        made,
        key="proposals_rows",
        alt="Every proposal with its state, when it is due and how its 24 hours stand",
        currency=found.currency,
        zone=session.store().company.tz,
        opens=(PAGE, "proposal", "proposal_id"),
    )


def _row(offer: Offer, held: Clock) -> tuple[Any, ...]:
    one = offer.proposal
    if held.stopped_at:
        left = "kept" if held.kept else f"{span(-held.left_minutes)} late"
    else:
        left = f"{span(-held.left_minutes)} over" if held.late else f"{span(held.left_minutes)} left"
    state = SPOKEN[one.status]
    return one.proposal_id, offer.company, state, held.due_at, left, one.year_1, one.requested_at, one.sent_at


def waiting(found: Seen) -> None:
    """What waits to go out, each with its clock and the way to it."""
    if not found.waiting:
        return
    widgets.section("Waiting to go out")
    for offer, held in found.waiting:
        one = offer.proposal
        with st.container(horizontal=True, vertical_alignment="center", key=f"matter_{one.proposal_id}"):
            mark = ":red-badge[✗ late]" if held.late else ":green-badge[✓ in time]"
            st.markdown(
                f"{mark} {STATE_WORDS[one.status]} **{words.escape(offer.company)}**: {words.escape(left_words(held))}"
            )
            widgets.link(PAGE, f"Open {one.proposal_id}", (("proposal", one.proposal_id),))


def promise() -> None:
    """How the promise of 24 hours was kept over the last weeks: the share, both medians, the rounds of changes."""
    board = reading.board()
    if not board.facts.proposals:
        return
    widgets.section(
        "How the 24 hours are kept",
        "Business time; the second clock begins when the last missing value came.",
    )
    columns = (
        Column("window", "Window", "text"),
        Column("decided", "Promises due", "count"),
        Column("kept", "Kept", "count"),
        Column("share", "Share kept, %", "pct"),
        Column("asked", "Median, request to sending", "text"),
        Column("ready", "Median, all there to sending", "text"),
        Column("rounds", "Rounds of changes", "count"),
    )
    rows = _promise_rows(_key(), board)
    widgets.rows_table(
        Rows("promises_kept", "window", columns, rows, ""),
        key="promises_kept",
        alt="Share of proposals sent in time, and the medians, by window",
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _promise_rows(key: str, _board: Board) -> tuple[tuple[Any, ...], ...]:  # noqa: ARG001  # the cache goes by it
    now = _board.window.as_of
    return tuple(
        _promise_row(name, promises_kept(_board, (now - weeks, now + MOMENT)))
        for name, weeks in WINDOWS.items()
    )


def _promise_row(name: str, found: PromisesKept) -> tuple[Any, ...]:
    asked, ready = found.asked_to_sent, found.ready_to_sent
    return (
        name,
        len(found.promised),
        found.kept,
        found.kept_pct.value,
        _median_words(asked),
        _median_words(ready),
        found.rounds,
    )


def _median_words(found: Figure) -> str:
    return (
        (found.reason or words.DASH) if found.value is None else f"{span(int(found.value))} (n = {found.n})"
    )


def ask(found: Seen) -> None:
    """Asking for a proposal: the clock starts with it."""
    if not widgets.may("proposals"):
        widgets.who_may_line("proposals")
        return
    choices = {one.deal_id: one.words for one in deals_to_propose(session.store())}
    if not choices and not found.offers:
        return  # without deals there is nothing to ask for; the empty place says what to do
    with st.expander(
        "Ask for a proposal", icon=":material/add:", expanded=not found.offers and bool(choices)
    ):
        if not choices:
            st.caption("Every open deal in discovery, proposal or closing has its proposal already.")
            return
        st.selectbox(
            "Deal",
            list(choices),
            format_func=lambda one: words.in_a_cell(choices[one]),
            key="ask_deal",
            index=0,
        )
        st.toggle("Urgent: today by closing time", key="ask_urgent")
        forms.error_line(FORM)
        st.button(
            "Ask for it",
            key="ask_now",
            type="primary",
            icon=":material/timer:",
            on_click=forms.acted,
            args=forms.click(FORM, _ask),
        )


def _ask() -> None:
    deal, urgent, now = st.session_state["ask_deal"], st.session_state["ask_urgent"], session.now()
    made = forms.run_once(
        FORM,
        lambda: proposing.ask_for(
            session.store(),
            session.actor(),
            deal,
            now=now,
            urgent=urgent,
            request_key=forms.submit_token(FORM),
        ),
        lambda proposal: f"{proposal} is asked for; its 24 hours run",
    )
    if made:
        forms.go_on((("proposal", made),))
