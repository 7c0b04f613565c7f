"""The Company page's people: who is here with which role, what each has open, how one comes and leaves; the rights."""

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.app.company_page import Seen, buttons, line
from tai_ops.kinds import ROLES
from tai_ops.rights import RIGHT_IN_WORDS, RIGHTS, ROLE_IN_WORDS
from tai_ops.store import duties
from tai_ops.store import people as stored
from tai_ops.store.people import Person

HERE = (("part", "People"),)
ADD, CHANGE, LEAVE = "person_add", "person_change", "person_leave"


def people(seen: Seen) -> None:
    """Everybody on record, each with a form to change or let go; and the form for a new one."""
    wanted = st.query_params.get("person", "")
    if not seen.people:
        st.markdown(
            "**Nobody is on record yet.** Until a CEO is, whoever sits at this machine may do everything; "
            "add yourself first."
        )
    for person in seen.active:
        _person(person, seen, is_open=wanted == person.email)
    gone = [person for person in seen.people if not person.active]
    if gone:
        with st.expander(f"{words.counted(len(gone), 'person', 'people')} not active", key="gone"):
            for person in gone:
                _person(person, seen, is_open=wanted == person.email)
    if seen.may:
        if wanted == "new" or not seen.people:
            _new_form()
        else:
            st.button(
                "Add a person",
                key="add_person",
                icon=":material/person_add:",
                on_click=forms.go_on,
                args=((*HERE, ("person", "new")),),
            )


def rights() -> None:
    """Who may do what, by role, in plain words; everybody reads everything."""
    with st.expander("Who may do what", key="rights", expanded=False):
        st.markdown("Everybody may read everything. Beyond that:")
        for role in ROLES:
            may = [RIGHT_IN_WORDS[right] for right, roles in RIGHTS.items() if role in roles]
            st.markdown(f"**{ROLE_IN_WORDS[role]}**  \n:small[{words.escape('; '.join(may))}]")


def _person(person: Person, seen: Seen, *, is_open: bool) -> None:
    has = duties.in_words(dict(person.has_open))
    recorded = (
        f"on record since {words.instant(person.recorded_at, seen.zone)} by {seen.called(person.recorded_by)}"
    )
    small = words.escape(" · ".join(part for part in (person.email, has and f"has {has}", recorded) if part))
    line(
        f"person_{person.email}",
        f"**{words.escape(person.name)}** {words.escape(ROLE_IN_WORDS[person.role])}",
        f":gray[{small}]",
        button="Change" if seen.may and not is_open else None,
        opens=(*HERE, ("person", person.email)),
    )
    if is_open and seen.may:
        with st.container(border=True, key=f"entry_person_{person.email}"):
            _change_form(person)
            if person.active:
                _leave_form(person, seen)


def _new_form() -> None:
    forms.draft(ADD, {"new_email": "", "new_name": "", "new_role": None})
    with st.container(border=True, key="entry_new_person"):
        st.markdown("**Add a person**")
        with st.grid(3, min_column_width=200):
            st.text_input("E-mail", key="new_email", placeholder="mara.klein@company.com")
            st.text_input("Name", key="new_name")
            st.selectbox(
                "Role",
                ROLES,
                format_func=ROLE_IN_WORDS.__getitem__,
                index=None,
                key="new_role",
                placeholder="Choose a role",
            )
        buttons(ADD, "Add", _add, HERE)


def _add() -> None:
    typed = st.session_state
    values = {
        "email": typed["new_email"].strip(),
        "name": typed["new_name"],
        "role": typed["new_role"] or "",
        "active": "true",
    }
    token = forms.submit_token(ADD)
    done = forms.run_write(
        ADD,
        lambda: stored.enter(session.store(), session.actor(), values, now=session.now(), request_key=token),
        lambda _: f"{values['name']} is on record as {ROLE_IN_WORDS[values['role']]}",
    )
    if done:
        forms.go_on(HERE)


def _change_form(person: Person) -> None:
    form = f"{CHANGE}_{person.email}"
    forms.draft(form, {f"{form}_name": person.name, f"{form}_role": person.role})
    with st.grid(2, min_column_width=200):
        st.text_input("Name", key=f"{form}_name")
        st.selectbox("Role", ROLES, format_func=ROLE_IN_WORDS.__getitem__, key=f"{form}_role")
    buttons(form, "Save" if person.active else "Save, active again", lambda: _change(person, form), HERE)


def _change(person: Person, form: str) -> None:
    name, role = st.session_state[f"{form}_name"], st.session_state[f"{form}_role"]
    values = {"email": person.email, "name": name, "role": role, "active": "true"}
    token = forms.submit_token(form)
    before = {"email": person.email, "name": person.name, "role": person.role}
    before["active"] = "true" if person.active else "false"

    def back() -> str:
        stored.enter(session.store(), session.actor(), before, now=session.now())
        return f"Taken back: {person.name} is {ROLE_IN_WORDS[person.role]} again"

    done = forms.run_write(
        form,
        lambda: stored.enter(session.store(), session.actor(), values, now=session.now(), request_key=token),
        lambda _: f"{name} is on record as {ROLE_IN_WORDS[role]}",
        lambda _: back,
    )
    if done:
        forms.go_on(HERE)


def _leave_form(person: Person, seen: Seen) -> None:
    form = f"{LEAVE}_{person.email}"
    has = duties.in_words(dict(person.has_open))
    others = [other.email for other in seen.active if other.email != person.email]
    st.markdown(f"**{words.escape(person.name)} leaves**")
    if has:
        listed = stored.open_of(session.store(), person.email)
        named = words.listed([words.escape(duty.title) for duty in listed[:6]])
        more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
        st.markdown(f":small[{words.escape(has)} must go to somebody: {named}{more}.]")
        forms.draft(form, {f"{form}_to": None})
        st.selectbox(
            "Who takes that over",
            others,
            format_func=seen.called,
            index=None,
            key=f"{form}_to",
            placeholder="Choose a person",
            width=320,
        )
    else:
        st.markdown(":small[:gray[Nothing is open under this name. What was entered stays with it.]]")
    forms.error_line(form)
    st.button(
        "Make inactive",
        key=f"save_{form}",
        icon=":material/person_off:",
        on_click=forms.acted,
        args=forms.click(form, _leave, person, form),
    )


def _leave(person: Person, form: str) -> None:
    to = st.session_state.get(f"{form}_to")
    taker = next((other.name for other in session.store().people() if other.email == to), to)
    token = forms.submit_token(form)
    done = forms.run_write(
        form,
        lambda: stored.leave(
            session.store(), session.actor(), person.email, to, now=session.now(), request_key=token
        ),
        lambda moved: (
            f"{person.name} is not active any more"
            + (f"; {duties.in_words(duties.counted(moved))} handed over to {taker}" if moved else "")
        ),
    )
    if done is not None:
        forms.go_on(HERE)
