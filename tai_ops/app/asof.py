"""The time machine's control, and the strip that says which past Friday a page shows, out of what, and the way back.

The Friday stands in the address as `asof`, on every page. While one is chosen nobody has a right to enter anything.
"""

import streamlit as st

from tai_ops.app import session, words
from tai_ops.errors import WrongUsage
from tai_ops.period import Week
from tai_ops.runbooks import weekly_review as runbook
from tai_ops.runbooks.time_machine import FROM_RECORDS, FROM_REVIEW, NEVER_HELD, was_held

KEY, NOW = "asof", "now"
WEEKS_BACK = 26
SAID = "asof.said"
SHOWN_THEN = {
    "overview": "",
    "weekly-review": "",
    "customers": f"{FROM_RECORDS} Customers stand as they were recorded by then.",
}
"""The pages that work a past Friday out by themselves, with what more is to be said of each."""
SHOWN_NOW = {
    "health": "Health is about the program and its file as they are at this moment: it shows today.",
    "help": "The guide describes the program as it is today.",
}
"""The pages that have no past, with why."""
STOOD = "Everything stands as it was on record at that moment; what was entered later is not there."
MORE = {
    "month-end-close": "The month of that Friday is chosen.",
    "imports": "An import that was undone since is not listed.",
    "reconcile": "An import that was undone since is not listed.",
    "company": "What stands in the settings file beside the store reads as it does today.",
}
"""What more is to be said of a page that shows the store as it stood."""
STYLE = """<style>
@media (min-width: 640px) { .st-key-asof_line { flex-wrap: nowrap !important; }
  .st-key-asof_line > :last-child { flex: 0 0 auto; } }
</style>"""


def control(page: str) -> None:
    """Choose a past Friday or the present, kept in the address of every page; `page` is the path of the one that is open.

    The options are shown as they stand in the address: the framework knows a bound widget's value by its label.
    """
    offered = _offered()
    _refuse_unknown(offered)
    code = st.selectbox(
        "As of Friday",
        offered,
        key=KEY,
        bind="query-params",
        help="Shows the numbers of a past Friday. Nothing can be entered meanwhile.",
    )
    week = None if code in {None, NOW} else Week.parse(code)
    stood = _stands(page)
    session.look_at(week, sees_then=stood or page in SHOWN_THEN, stood=stood)


def _stands(page: str) -> bool:
    """Whether the page reads the store as it stood: all that do not work the day out; a customer's onboarding does too."""
    return page not in SHOWN_NOW and (
        page not in SHOWN_THEN or (page == "customers" and "view" in st.query_params)
    )


def _offered() -> list[str]:
    """The present, and the Fridays that are over: half a year of them, and every one whose review was held."""
    store = session.present()
    now = session.real_now()
    last = Week.of_day(now.astimezone(store.company.tz).date())
    while last.ends_at(store.company.tz) > now:
        last = last.plus(-1)
    held = {week for week in runbook.held_weeks(store) if week.friday <= last.friday}
    asked = _asked()
    linked = {asked} if asked and asked.friday <= last.friday else set[Week]()
    weeks = held | linked | {last.plus(-back) for back in range(WEEKS_BACK)}
    return [NOW, *(str(week) for week in sorted(weeks, key=lambda week: week.friday, reverse=True))]


def _asked() -> Week | None:
    """The Friday in the address; None where that is none."""
    try:
        return Week.parse(st.query_params.get(KEY, ""))
    except WrongUsage:
        return None


def _refuse_unknown(offered: list[str]) -> None:
    """Keep why the address's day can't be shown, for the strip to say once: the framework takes such a value out."""
    code = st.query_params.get(KEY, NOW)
    if code in offered:
        return
    try:
        week = Week.parse(code)
    except WrongUsage as reason:
        st.session_state[SAID] = f"{reason}. This is now."
    else:
        st.session_state[SAID] = f"Friday {week} is not over yet. This is now."


def strip(page: str) -> None:
    """What the page shows while a past Friday is looked at, and the way back; why a day in the address can't be shown."""
    week = session.looks_at()
    if week is None:
        complaint = st.session_state.pop(SAID, None)
        if complaint:
            st.info(words.escape(complaint), icon=":material/history:")
        return
    said = _said(page, week)
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="asof_line"):
        st.warning(
            f"**As of Friday {words.escape(words.day(week.friday)[4:])}.** {words.escape(said)}",
            icon=":material/history:",
        )
        st.button("Back to now", key="asof_back", icon=":material/undo:", on_click=_back)


def _said(page: str, week: Week) -> str:
    if page in SHOWN_NOW:
        return f"{SHOWN_NOW[page]} Nothing can be entered."
    if page == "weekly-review":
        return "The review of a week is chosen on this page. Nothing can be entered."
    if page == "overview":
        return f"{FROM_REVIEW if was_held(session.present(), week) else NEVER_HELD} Nothing can be entered."
    if _stands(page):
        return " ".join((STOOD, *filter(None, [MORE.get(page)]), "Nothing can be entered."))
    return f"{SHOWN_THEN[page]} Nothing can be entered."


def _back() -> None:
    st.session_state[KEY] = NOW


def period_code() -> str:
    """The code of the period that the page is about where the address names none."""
    week = session.then()
    return str(week) if week else "now"


def month_code() -> str:
    """The month of the Friday that is looked at, empty for the present."""
    week = session.looks_at()
    return f"{week.friday:%Y-%m}" if week else ""
