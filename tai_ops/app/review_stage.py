"""The weekly review in the meeting: one block a screen in large type, two clocks, and the keys that go on and back."""

import time

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.app.review_blocks import block_body
from tai_ops.app.review_page import STYLE, Seen, go_to_block, notices, primary, stopwatches, watch
from tai_ops.exports.review import presenter_words, status_words
from tai_ops.period import Week
from tai_ops.review import Block, Review
from tai_ops.review_agenda import AGENDA, MEETING_MINUTES
from tai_ops.review_clock import Clock
from tai_ops.rights import may
from tai_ops.runbooks import weekly_review as runbook

STAGE_STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"] { display: none; }
.stMainBlockContainer { max-width: min(94vw, 108rem); padding-top: 1.5rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding-top: 4.5rem; } }
.stMainBlockContainer h1 { font-size: clamp(1.7rem, 4vw, 3.4rem); padding-top: 0; }
.stMainBlockContainer [data-testid="stMarkdownContainer"] p { font-size: clamp(1rem, 1.4vw, 1.6rem); }
.stMainBlockContainer [data-testid="stCaptionContainer"] p { font-size: clamp(0.9rem, 1.1vw, 1.3rem); }
.stMainBlockContainer [class*="st-key-lines_"] p { font-size: clamp(1.2rem, 2vw, 2.3rem); line-height: 1.4; }
.stMainBlockContainer [class*="st-key-says_"] p { font-size: clamp(1.1rem, 1.7vw, 2rem); }
.stMainBlockContainer [class*="st-key-asked_"] p { font-size: clamp(1.05rem, 1.5vw, 1.8rem); }
.stMainBlockContainer input, .stMainBlockContainer [data-baseweb="select"] > div { font-size: clamp(1rem, 1.2vw, 1.4rem); }
.stMainBlockContainer .st-key-steps p { font-size: clamp(0.9rem, 1vw, 1.2rem); }
.stMainBlockContainer .st-key-clock p { font-size: clamp(1.1rem, 1.7vw, 2rem); font-variant-numeric: tabular-nums; }
</style>"""


def stage(found: Seen) -> None:
    """One block a screen in large type, with the clocks of block and half hour, and back and next by key."""
    review = found.review
    place = _place(review)
    block = review.blocks[place]
    st.html(STYLE + STAGE_STYLE)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="stage_row"
    ):
        _clock_row(found, block)
        _steps(found, place)
    notices(found)
    with st.container(key="stage_title", gap=None):
        st.title(f"{place + 1}. {words.escape(block.title)}", anchor=False)
        st.caption(words.escape(f"{_week_words(found)} · {presenter_words(block)}"))
    block_body(found, block)


def _week_words(found: Seen) -> str:
    """Which week the numbers are of, and as of when they stand."""
    review = found.review
    as_of = words.instant(review.seen_at, session.store().company.tz)
    return f"Week to {words.day(review.week)} · as of {as_of} · {status_words(review)}"


def _place(review: Review) -> int:
    asked = st.query_params.get("present", "")
    return next((i for i, block in enumerate(review.blocks) if block.id == asked), 0)


def _leave() -> None:
    st.query_params.pop("present", None)


def _steps(found: Seen, place: int) -> None:
    ids = [block.id for block in found.review.blocks]
    with st.container(horizontal=True, width="content", key="steps"):
        st.button(
            "Back",
            key="back",
            shortcut="Left",
            disabled=place == 0,
            on_click=go_to_block,
            args=(ids[max(place - 1, 0)],),
        )
        last = place == len(ids) - 1
        st.button(
            "Next",
            key="next",
            type="secondary" if last else "primary",
            shortcut="Right",
            disabled=last,
            on_click=go_to_block,
            args=(ids[min(place + 1, len(ids) - 1)],),
        )
        st.button("Leave", key="leave", shortcut="Esc", type="tertiary", on_click=_leave)
        _suspend(found)
        if last or found.review.status == "not_opened":
            primary(found)


def _suspend(found: Seen) -> None:
    """Suspend the meeting, or let it go on: for whom may hold it, while it is open."""
    if found.review.status != "open" or not may(session.actor(), "review"):
        return
    runs = _ran(found.week)[1]
    st.button(
        "Suspend" if runs else "Continue",
        key="suspend",
        shortcut="P",
        type="tertiary" if runs else "primary",
        on_click=_turn,
        args=(found.week, runs),
    )


def _turn(week: Week, runs: bool) -> None:
    turn = runbook.suspend if runs else runbook.go_on
    forms.run_write(
        "notes",
        lambda: turn(session.store(), session.actor(), week, session.now()),
        lambda _: "The meeting is suspended" if runs else "The meeting goes on",
    )


def _clock_row(found: Seen, block: Block) -> None:
    """The clocks: they run from the start of the review to its end, and stand still before, after and in between."""
    review = found.review
    if review.opened is None:
        _clocks(0, block.minutes, 0)
        return
    if review.ended is not None:
        held = int(_ran(found.week)[0]) // 60
        st.markdown(f"Ended after **{held} min** of {MEETING_MINUTES}", width="content")
        return
    watches = stopwatches()
    number = float(AGENDA.index(next(part for part in AGENDA if part.id == block.id)))
    if watches.get(f"current {watch(found.week)}") != number:
        watches[f"current {watch(found.week)}"] = number
        watches[watch(found.week, block.id)] = _ran(found.week)[0]
    _clock(found.week, block.id, block.minutes)


def _ran(week: Week) -> tuple[float, bool]:
    """How many seconds the meeting has run, and whether it runs; where the sample's clock stands, the process's counts."""
    store = session.store()
    told = runbook.clock_of(store, week, session.now())
    seconds = told.ran.total_seconds()
    if store.fact("demo_clock") is None:
        return seconds, told.runs
    watches, key = stopwatches(), watch(week)
    if watches.get(f"turned {key}") != _turned(told):
        watches[f"before {key}"] = watches.get(f"shown {key}", 0.0)
        watches[f"turned {key}"], watches[f"since {key}"] = _turned(told), time.monotonic()
    more = time.monotonic() - watches[f"since {key}"] if told.runs else 0.0
    watches[f"shown {key}"] = watches[f"before {key}"] + more
    return (seconds if not told.runs and seconds > 60 else watches[f"shown {key}"]), told.runs


def _turned(told: Clock) -> float:
    return told.turned_at.timestamp() if told.turned_at else 0.0


@st.fragment(run_every=1)
def _clock(week: Week, block: str, minutes: int) -> None:
    in_all, runs = _ran(week)
    _clocks(int(in_all - stopwatches().get(watch(week, block), in_all)), minutes, int(in_all), runs=runs)


def _clocks(in_block: int, minutes: int, in_all: int, *, runs: bool = True) -> None:
    with st.container(horizontal=True, key="clock", vertical_alignment="center", width="content"):
        st.markdown(_clock_words("This block", in_block, minutes), width="content")
        st.markdown(_clock_words("Half hour", in_all, MEETING_MINUTES), width="content")
        if not runs:
            st.markdown(":orange-badge[≈ suspended]", width="content")


def _clock_words(label: str, seconds: int, minutes: int) -> str:
    shown = f"{seconds // 60}:{seconds % 60:02d} of {minutes}:00"
    over = seconds > minutes * 60
    return f"{label} :red-badge[✗ over] **{shown}**" if over else f"{label} **{shown}**"
