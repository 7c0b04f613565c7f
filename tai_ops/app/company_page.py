"""The Company page's frame: what it reads, its first sentence, and the line that every entry of its lists is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.company import Company
from tai_ops.rights import called
from tai_ops.store import people, settings
from tai_ops.store.people import Person
from tai_ops.store.settings import Change, Held

PARTS = ("People", "Calendar", "Targets", "Thresholds", "Categories", "Tokens", "Changes")
STYLE = """<style>
[class*="st-key-line_"] { flex-wrap: nowrap; padding: 0.45rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-line_"] > :first-child { min-width: 0; flex: 1 1 auto; }
[class*="st-key-line_"] > :last-child { flex: 0 0 auto; }
[class*="st-key-line_"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-line_"] [data-testid="stMarkdownContainer"] p { margin-bottom: 0; overflow-wrap: anywhere; }
[class*="st-key-entry_"] { margin: 0.25rem 0 0.75rem; }
</style>"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What every part of the page stands on."""

    company: Company
    held: dict[str, Held]
    people: list[Person]
    now: datetime
    may: bool

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return self.company.tz

    @property
    def today(self) -> date:
        """The company's day."""
        return self.now.astimezone(self.zone).date()

    @property
    def active(self) -> list[Person]:
        """Who works here now."""
        return [person for person in self.people if person.active]

    def called(self, email: str) -> str:
        """How a person is called; the e-mail where they are not on record."""
        return called(email, {person.email: person.name for person in self.people})


def look() -> Seen:
    """The settings and the people as they are now."""
    store = session.store()
    return Seen(
        store.company, settings.held(store), people.people(store), session.now(), widgets.may("company")
    )


def part() -> str:
    """The part of the page that is looked at; it stands in the address."""
    asked = st.query_params.get("part", "")
    st.session_state["part"] = asked if asked in PARTS else PARTS[0]
    return st.segmented_control(
        "Part",
        PARTS,
        key="part",
        required=True,
        wrap=True,
        on_change=_to_part,
        label_visibility="collapsed",
    )


def _to_part() -> None:
    forms.go_on((("part", st.session_state["part"]),))


def as_of(seen: Seen) -> str:
    """When it holds, when the newest entry was made, and the newest change of a setting."""
    newest = max((h.change.changed_at for h in seen.held.values() if h.change), default=None)
    changed = f", newest change of a setting {words.instant(newest, seen.zone)}" if newest else ""
    return f"{reading.as_of_words()}{changed}"


def verdict(seen: Seen) -> str:
    """What is set, and what is missing, in one sentence."""
    company, own = seen.company, sum(held.change is not None for held in seen.held.values())
    zone = (
        f"zone {company.zone}"
        if company.zone_chosen
        else f"no zone chosen yet, so days are in {company.zone}"
    )
    hours = f"business hours {company.business_opens:%H:%M} to {company.business_closes:%H:%M}"
    changed = f"; {words.counted(own, 'setting')} changed here" if own else ""
    return f"{words.counted(len(seen.active), 'person', 'people').capitalize()}, {zone}, {hours}{changed}."


def line(key: str, text: str, small: str, *, button: str | None, opens: tuple[tuple[str, str], ...]) -> None:
    """One entry of a list with the button that opens its form; texts are Markdown, escaped before."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"line_{key}"
    ):
        st.markdown(f"{text}  \n:small[{small}]" if small else text, width="stretch")
        if button:
            st.button(button, key=f"open_{key}", type="tertiary", on_click=forms.go_on, args=(opens,))
        else:
            st.empty()


def buttons(form: str, label: str, save: Callable[[], None], close: tuple[tuple[str, str], ...]) -> None:
    """Why the form was not saved, its button, and the way back."""
    forms.error_line(form)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            key=f"save_{form}",
            type="primary",
            icon=":material/save:",
            on_click=forms.acted,
            args=forms.click(form, save),
        )
        st.button("Cancel", key=f"cancel_{form}", type="tertiary", on_click=_cancel, args=(form, close))


def _cancel(form: str, close: tuple[tuple[str, str], ...]) -> None:
    forms.discard(form)
    forms.go_on(close)


def said_change(change: Change, seen: Seen) -> str:
    """Who made a change, and when."""
    return f"{seen.called(change.changed_by)}, {words.instant(change.changed_at, seen.zone)}"
