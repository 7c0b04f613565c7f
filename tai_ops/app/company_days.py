"""The Company page's holidays: those on record, whose they are, and how more come in: by country, or one by one."""

from datetime import date

import streamlit as st

from tai_ops import public_holidays
from tai_ops.app import forms, session, widgets, words
from tai_ops.app.company_page import Seen, buttons
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.kinds import KINDS
from tai_ops.store import calendar as stored
from tai_ops.store import records
from tai_ops.store.calendar import Holiday

HERE = (("part", "Calendar"),)
COUNTRY, ONE, GONE = "holidays_country", "holiday_one", "holiday_gone"
COMPANY = "The company"


def holidays(seen: Seen) -> None:
    """The holidays ahead, and the three things to do with them."""
    found = stored.holidays(session.store())
    ahead = [one for one in found if one.day >= seen.today]
    names = _customers()
    widgets.section(
        "Holidays",
        "On these days nobody works: business days, deadlines and business hours leave them out. A customer's own days "
        "count in its onboarding plan.",
    )
    own = sum(one.customer_id is None for one in ahead)
    st.markdown(
        words.escape(
            f"{words.counted(len(ahead), 'holiday')} ahead, {own} of the company; {len(found) - len(ahead)} past."
            if found
            else "None are on record, so every Monday to Friday is a business day."
        )
    )
    if seen.may:
        way = st.segmented_control(
            "Holidays",
            ("Load a country's", "Add one", "Take one out"),
            key="holidays_way",
            label_visibility="collapsed",
            wrap=True,
        )
        match way:
            case "Load a country's":
                _country(seen, names, found)
            case "Add one":
                _one(names)
            case "Take one out":
                _gone(found, names)
            case _:
                pass
    _table(seen, ahead or found[-40:], names)


def _customers() -> dict[str, str]:
    rows = session.store().rows("select customer_id, name from customers order by name, customer_id")
    return dict(rows)


def _table(seen: Seen, listed: list[Holiday], names: dict[str, str]) -> None:
    if not listed:
        return
    columns = (
        Column("day", "Day", "date"),
        Column("name", "Name"),
        Column("whose", "Whose"),
        Column("recorded_by", "By"),
        Column("recorded_from", "From"),
    )
    rows = tuple(
        (
            one.day,
            one.name,
            names.get(one.customer_id, one.customer_id) if one.customer_id else COMPANY,
            seen.called(one.recorded_by),
            one.recorded_from,
        )
        for one in listed
    )
    widgets.rows_table(
        Rows("holidays", "holiday", columns, rows),
        key="holidays",
        alt="Holidays ahead",
        period=f"{seen.today}",
    )


def _whose(key: str, names: dict[str, str]) -> None:
    st.selectbox(
        "Whose",
        ["", *names],
        format_func=lambda code: names.get(code, COMPANY),
        key=key,
        help="A customer's own days are added to the company's in its onboarding plan.",
    )


def _country(seen: Seen, names: dict[str, str], found: list[Holiday]) -> None:
    year = seen.today.year
    first = {"hol_country": None, "hol_part": "", "hol_from": year, "hol_to": year + 1, "hol_whose": ""}
    forms.draft(COUNTRY, first)
    countries = public_holidays.countries()
    with st.container(border=True, key="entry_holidays"):
        with st.grid(3, min_column_width=180):
            country = st.selectbox(
                "Country",
                list(countries),
                format_func=countries.__getitem__,
                index=None,
                key="hol_country",
                placeholder="Choose a country",
            )
            parts = public_holidays.parts(country) if country else ()
            if st.session_state["hol_part"] not in parts:
                st.session_state["hol_part"] = ""
            st.selectbox(
                "Part of it",
                ["", *parts],
                format_func=lambda code: code or "the whole country",
                key="hol_part",
                disabled=not parts,
            )
            _whose("hol_whose", names)
            st.number_input("From year", key="hol_from", step=1)
            st.number_input("To year", key="hol_to", step=1)
        if not country:
            return
        try:
            days = _asked()
        except TaiOpsError as refusal:
            st.markdown(f":red[:small[✗ {words.escape(refusal)}]]")
            return
        known = {one.day for one in found if (one.customer_id or "") == st.session_state["hol_whose"]}
        new = [day for day in days if day not in known]
        sample = words.listed([f"{words.day(day)} {days[day]}" for day in new[:3]])
        st.markdown(
            words.escape(
                f"{words.counted(len(days), 'holiday')}, {len(new)} of them new"
                + (f": {sample}{' …' if len(new) > 3 else ''}" if new else "; nothing would be added")
            )
        )
        buttons(COUNTRY, f"Load {words.counted(len(days), 'holiday')}", _load, HERE)


def _asked() -> dict[date, str]:
    typed = st.session_state
    if typed["hol_from"] is None or typed["hol_to"] is None:
        raise Refused("say from which year to which")
    return public_holidays.public_holidays(
        typed["hol_country"], int(typed["hol_from"]), int(typed["hol_to"]), typed["hol_part"] or None
    )


def _load() -> None:
    typed, token = st.session_state, forms.submit_token(COUNTRY)
    called = public_holidays.countries()[typed["hol_country"]]
    forms.run_write(
        COUNTRY,
        lambda: stored.bring_in(
            session.store(),
            session.actor(),
            _asked(),
            customer_id=typed["hol_whose"] or None,
            source=f"holidays of {called}",
            now=session.now(),
            request_key=token,
        ),
        lambda done: (
            f"Holidays of {called}: {done.added} added, {done.updated} renamed, {done.unchanged} as they were"
        ),
    )


def _one(names: dict[str, str]) -> None:
    forms.draft(ONE, {"one_day": None, "one_name": "", "one_whose": ""})
    with st.container(border=True, key="entry_holiday"):
        with st.grid(3, min_column_width=180):
            st.date_input("Day", key="one_day", format="YYYY-MM-DD")
            st.text_input("Name", key="one_name", placeholder="Company outing")
            _whose("one_whose", names)
        buttons(ONE, "Add", _add, HERE)


def _add() -> None:
    typed, token = st.session_state, forms.submit_token(ONE)
    day, name = typed["one_day"], typed["one_name"].strip()

    def write() -> records.Loaded:
        if day is None or not name:
            raise Refused("say the day and what it is called")
        return stored.bring_in(
            session.store(),
            session.actor(),
            {day: name},
            customer_id=typed["one_whose"] or None,
            source="entered",
            now=session.now(),
            request_key=token,
        )

    forms.run_write(ONE, write, lambda _: f"{words.day(day)} is a holiday: {name}")


def _gone(found: list[Holiday], names: dict[str, str]) -> None:
    listed = {_key(one): one for one in found}
    forms.draft(GONE, {"gone_key": None, "gone_reason": ""})
    with st.container(border=True, key="entry_holiday_gone"):
        with st.grid(2, min_column_width=220):
            st.selectbox(
                "Which",
                list(listed),
                format_func=lambda key: _called(listed[key], names),
                index=None,
                key="gone_key",
                placeholder="Choose a holiday",
            )
            st.text_input("Why", key="gone_reason")
        buttons(GONE, "Take out", _void, HERE)


def _called(one: Holiday, names: dict[str, str]) -> str:
    whose = f" ({names.get(one.customer_id, one.customer_id)})" if one.customer_id else ""
    return f"{words.day(one.day)} {one.name}{whose}"


def _key(one: Holiday) -> str:
    return f"{one.day.isoformat()},{one.customer_id or ''}"


def _void() -> None:
    key, reason = st.session_state["gone_key"], st.session_state["gone_reason"]

    def write() -> str:
        if not key:
            raise Refused("choose a holiday")
        if not reason.strip():
            raise Refused("say why it is taken out")
        records.void(session.store(), session.actor(), KINDS["holidays"], key, reason, now=session.now())
        return key

    forms.run_write(
        GONE, write, lambda gone: f"The holiday {gone.rstrip(',')} is off the record; it stays in the history"
    )
