"""The weekly review in the meeting: one block a screen in large type, two clocks, and the keys that go on and back."""

import time

import streamlit as st

from tai_ops.app import session, words
from tai_ops.app.review_blocks import block_body
from tai_ops.app.review_page import STYLE, Seen, go_to_block, notices, primary, stopwatches, watch
from tai_ops.exports.review import presenter_words, status_words
from tai_ops.period import Week
from tai_ops.review import Block, Review
from tai_ops.review_agenda import AGENDA, MEETING_MINUTES

STAGE_STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"] { display: none; }
.stMainBlockContainer { max-width: 72rem; padding-top: 1.5rem; }
.stMainBlockContainer h1 { font-size: clamp(1.7rem, 4vw, 3rem); }
[class*="st-key-lines_"] p { font-size: clamp(1.2rem, 2.6vw, 2rem); line-height: 1.5; }
[class*="st-key-asked_"] p { font-size: clamp(1.05rem, 1.8vw, 1.4rem); }
[class*="st-key-note_"] p { font-size: clamp(1rem, 1.6vw, 1.25rem); }
.st-key-clock p { font-size: clamp(1.1rem, 2vw, 1.6rem); font-variant-numeric: tabular-nums; }
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
        if last or found.review.status == "not_opened":
            primary(found)


def _clock_row(found: Seen, block: Block) -> None:
    """The clocks: they run from the start of the review to its end, and stand still before and after."""
    review = found.review
    if review.opened is None:
        _clocks(0, block.minutes, 0)
        return
    if review.ended is not None:
        held = int((review.ended.done_at - review.opened.done_at).total_seconds()) // 60
        st.markdown(f"Ended after **{held} min** of {MEETING_MINUTES}", width="content")
        return
    watches = stopwatches()
    current = watches.get(f"current {watch(found.week)}")
    number = float(AGENDA.index(next(part for part in AGENDA if part.id == block.id)))
    now = time.monotonic()
    watches.setdefault(watch(found.week), now)
    if current != number:
        watches[f"current {watch(found.week)}"] = number
        watches[watch(found.week, block.id)] = now
    watches.setdefault(watch(found.week, block.id), now)
    _clock(found.week, block.id, block.minutes)


@st.fragment(run_every=1)
def _clock(week: Week, block: str, minutes: int) -> None:
    watches, now = stopwatches(), time.monotonic()
    in_block = int(now - watches.get(watch(week, block), now))
    in_all = int(now - watches.get(watch(week), now))
    _clocks(in_block, minutes, in_all)


def _clocks(in_block: int, minutes: int, in_all: int) -> None:
    with st.container(horizontal=True, key="clock", vertical_alignment="center", width="content"):
        st.markdown(_clock_words("This block", in_block, minutes), width="content")
        st.markdown(_clock_words("Half hour", in_all, MEETING_MINUTES), width="content")


def _clock_words(label: str, seconds: int, minutes: int) -> str:
    shown = f"{seconds // 60}:{seconds % 60:02d} of {minutes}:00"
    over = seconds > minutes * 60
    return f"{label} :red-badge[✗ over] **{shown}**" if over else f"{label} **{shown}**"
