"""What every view of an incident shares: which one is open, how a click writes, how times and people are said."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.incident_questions import instant_in
from tai_ops.incident_report import zone_words
from tai_ops.incident_run import Tick
from tai_ops.runbooks.incident_response import running
from tai_ops.runbooks.incident_response.standing import Known, Standing, read, standing_at
from tai_ops.runbooks.incident_response.starting import Made
from tai_ops.store import Store, demo_clock, freshness

PAGE = "incidents"
INCIDENT, VIEW = "incident", "view"
MAY = "incident.may"
VIEWS = {"run": "Run", "customers": "Customers", "timeline": "Timeline", "after": "After"}
EARLIER, EARLIER_AT, EARLIER_ZONE = "incident_earlier", "incident_earlier_at", "incident_earlier_zone"
SEVERITY_WORDS = {
    "CRITICAL": ":red-badge[▲ CRITICAL]",
    "HIGH": ":orange-badge[▲ HIGH]",
    "MEDIUM": ":blue-badge[● MEDIUM]",
    "LOW": ":gray-badge[○ LOW]",
    None: ":gray-badge[– no severity]",
}
STYLE = """<style>
[class*="st-key-in_row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: 0.3rem 0; }
[class*="st-key-in_row_"] > :first-child { min-width: 0; flex: 1 1 12rem; }
[class*="st-key-press_"] button { min-height: 2.75rem; min-width: 2.75rem; }
[class*="st-key-in_clocks"] [data-stale="true"] { opacity: 1 !important; transition: none !important; }
[class*="st-key-in_row_"] p { line-height: 1.45; }
[class*="st-key-in_timer_"] p { line-height: 1.35; }
[class*="st-key-in_big_"] p { font-size: 1.6rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
[class*="st-key-in_entry_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: 0.25rem 0; }
</style>"""


def asked() -> str:
    """The incident in the address; empty where none is."""
    return st.query_params.get(INCIDENT, "")


def seen(incident_id: str) -> Standing | None:
    """How the incident stands now; what it rests on is read anew once something was entered."""
    store = session.store()
    key = f"{store.path or id(store)} {freshness.version(store)} {incident_id}"
    known = _known(store, key, incident_id)
    return standing_at(store, known, session.now()) if known else None


@st.cache_resource(max_entries=24, show_spinner=False)
def _known(_store: Store, key: str, incident_id: str) -> Known | None:  # noqa: ARG001
    return read(_store, incident_id)


def view_chosen() -> str:
    """Which view of the incident is open, kept in the address."""
    named = st.query_params.get(VIEW, "run")
    st.session_state[VIEW] = named if named in VIEWS else "run"
    with st.container(key="views"):
        st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            key=VIEW,
            required=True,
            wrap=True,
            on_change=forms.into_address,
            args=(VIEW, "run"),
            label_visibility="collapsed",
        )
    return st.session_state[VIEW]


# --- Writing


def press(
    label: str,
    form: str,
    act: Callable[..., Made],
    *given: object,
    allowed: bool = True,
    primary: bool = False,
    icon: str | None = None,
    width: str = "content",
    help: str | None = None,  # noqa: A002  # Streamlit's own word
) -> None:
    """A button that does something once and says what it did; `act` is given what follows and the request's key.

    What is given as a function is asked when the button is pressed, so that it takes what is typed by then.
    """
    st.button(
        label,
        key=f"press_{form}_{label}",
        type="primary" if primary else "secondary",
        icon=icon,
        help=help,
        width=width,  # type: ignore[arg-type]
        disabled=not allowed,
        on_click=forms.acted,
        args=forms.click(form, write, form, act, *given),
    )


def write(form: str, act: Callable[..., Made], *given: object) -> Made | None:
    """Carry an act out, in a callback; what stood in the way is the form's error line."""
    token = forms.submit_token(form)

    def once() -> Made:
        values = [one() if callable(one) else one for one in given]
        return act(*values, token)

    made = forms.run_once(form, once, lambda made: made.said, _undo)
    if made is not None:
        st.session_state[EARLIER] = False
    return made


def _undo(made: Made) -> Callable[[], str] | None:
    if made.undo is None:
        return None
    name, given = made.undo
    token = forms.submit_token(f"undo_{name}_{given}")

    def back() -> str:
        store, actor, now = session.store(), session.actor(), session.now()
        if name == "take_back":
            return running.take_back(store, actor, *given, now, token, reason="clicked by mistake").said
        return running.tick(store, actor, *given, now, token).said

    return back


def earlier_time(found: Standing) -> None:
    """A switch to enter what follows at an earlier time than now, in a zone that is named."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="in_earlier"):
        on = st.toggle(
            "It was earlier", key=EARLIER, help="What you enter next gets this time; now stands beside it."
        )
        if on:
            if EARLIER_AT not in st.session_state:
                local = found.now.astimezone(found.company.tz).replace(tzinfo=None, second=0, microsecond=0)
                st.session_state[EARLIER_AT] = local
            st.datetime_input(
                "At", key=EARLIER_AT, format="YYYY-MM-DD", step=60, label_visibility="collapsed", width=220
            )
            st.selectbox("Zone", zones(found), key=EARLIER_ZONE, label_visibility="collapsed", width=200)


def entered_at() -> datetime | None:
    """The time that was entered for what is pressed; None for now."""
    if not st.session_state.get(EARLIER):
        return None
    zone = str(st.session_state.get(EARLIER_ZONE) or session.store().company.tz)
    return instant_in(st.session_state.get(EARLIER_AT), zone, "the earlier time")


def zones(found: Standing) -> list[str]:
    """The zones in which a time may be entered: ours, the customers', UTC."""
    named = [str(found.company.tz), *(one.time_zone for one in found.customers if one.time_zone), "UTC"]
    return list(dict.fromkeys(named))


def form_of(found: Standing, key: str) -> str:
    """The name of a form of that incident."""
    return f"in_{found.run.incident.incident_id}_{key}"


def typed(key: str) -> Callable[[], Any]:
    """What stands in a widget when a button is pressed."""
    return lambda: st.session_state.get(key)


def text(key: str) -> Callable[[], str]:
    """The text in a widget when a button is pressed."""
    return lambda: str(st.session_state.get(key) or "")


# --- The sample's clock


def sample_clock() -> None:
    """On the sample company: that its clock stands still and no timer runs down, and the click that lets it run."""
    seen_at = session.sample_seen_at()
    if seen_at is None or session.looks_at() is not None:
        return
    runs = demo_clock.runs(session.store())
    said = (
        "The sample's clock runs: timers run down, and every page goes on with it."
        if runs
        else f"The sample's clock stands still at {seen_at:%H:%M}, so no timer runs down."
    )
    form = "in_sample_clock"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="in_row_sample_clock"):
        st.markdown(line(said), width="stretch")
        press(
            "Stop it" if runs else "Let it run",
            form,
            _stop_clock if runs else _run_clock,
            allowed=widgets.may(demo_clock.RIGHT),
            icon=":material/pause:" if runs else ":material/play_arrow:",
        )
    forms.error_line(form)


def _run_clock(token: str) -> Made:  # noqa: ARG001  # a second click finds it running
    seen_at = demo_clock.let_run(session.present(), session.actor(), session.wall_clock())
    return Made(f"The sample's clock runs on from {clock(seen_at, session.store().company.tz, seen_at)}")


def _stop_clock(token: str) -> Made:  # noqa: ARG001  # a second click finds it stopped
    seen_at = demo_clock.stop(session.present(), session.actor(), session.wall_clock())
    return Made(f"The sample's clock stands still at {clock(seen_at, session.store().company.tz, seen_at)}")


# --- Words


def clock(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """A time on the company's clock, with its day where that is another one than now's."""
    local = moment.astimezone(zone)
    same = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same else f"{words.short_day(local.date())} {local:%H:%M}"


def zoned(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """The same with the zone's name."""
    return f"{clock(moment, zone, now)} {zone_words(moment.astimezone(zone))}"


def open_for(detected_at: datetime, zone: tzinfo, now: datetime) -> str:
    """How long an incident is open; a detection that the store's own clock has not reached is said as such."""
    if detected_at > now:
        return f"detected {zoned(detected_at, zone, now)}, which the clock here has not reached"
    return f"open for {span((now - detected_at).total_seconds())}"


def span(seconds: float) -> str:
    """A length as a clock shows it: `3:07`, `1:02:07`; days where it is long."""
    left = int(seconds)
    days, rest = divmod(left, 86400)
    hours, rest = divmod(rest, 3600)
    if days:
        return f"{words.counted(days, 'day')} {hours} h"
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def who(email: str | None, names: dict[str, str]) -> str:
    """A person's name; a monitor by its token."""
    if not email:
        return ""
    return names.get(email, email.removeprefix("token:") if email.startswith("token:") else email)


def ticked(tick: Tick, found: Standing) -> str:
    """Who ticked an item and when, in small grey print."""
    if tick.at is None or tick.state == "open":
        return ""
    name = who(tick.by, found.names)
    said = ", ".join(filter(None, (name, clock(tick.at, found.company.tz, found.now))))
    return line(f"{said}{f': {tick.note}' if tick.note else ''}")


def line(said: str) -> str:
    """Small grey print."""
    return f":small[:gray[{words.escape(said)}]]" if said else ""


def mine() -> None:
    """What the acting person may do here, asked once for all the buttons of a page."""
    runs = widgets.may("reliability")
    st.session_state[MAY] = {
        "cto": runs,
        "csm": runs or (session.actor().role == "csm" and widgets.may("success")),
        "notes": widgets.may("notes"),
    }


def may_run() -> bool:
    """Whether the acting person runs incidents."""
    return may_of("cto")


def may_note() -> bool:
    """Whether the acting person may add notes and actions."""
    return may_of("notes")


def may_of(owner: str) -> bool:
    """Whether the acting person may do what is that role's."""
    return bool(st.session_state.get(MAY, {}).get(owner, False))
