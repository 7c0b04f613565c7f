"""One proposal: its clock, every value with its origin, what is missing and with whom, quote, approvals, document, history."""

import streamlit as st

from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.app.parts import part_shown
from tai_ops.app.proposals_page import PAGE, STATE_WORDS, left_words
from tai_ops.behind import Column, Rows
from tai_ops.proposal_clock import (
    ROUND_MINUTES,
    by_person,
    label_of,
    prerequisites,
    valid_until,
    waits,
    who_has,
)
from tai_ops.proposal_facts import kickoff_offers
from tai_ops.proposal_promises import span
from tai_ops.proposal_quote import Quote
from tai_ops.proposal_steps import steps
from tai_ops.proposal_values import DERIVED, VARIABLES, printed, read_value
from tai_ops.store import proposing
from tai_ops.store.proposal_desk import OPEN, OUT, Desk
from tai_ops.typed_amounts import mark_of, plain_number

PARTS = ("Values", "Quote and ROI", "Approval", "Document", "History")
SAID_AT_ONCE = 4
PART_WORDS = {"price": "Price", "scope": "Scope", "document": "Document"}


def title(found: Desk) -> None:
    """The way back, the title with the state, and the verdict."""
    widgets.link(PAGE, "All proposals", key="back", icon=":material/arrow_back:")
    name = str(found.values["customer"].value) if "customer" in found.values else found.known.prospect.company
    side = widgets.page_title(
        f"{found.proposal.proposal_id} · {name}".replace("$", "\\$"), reading.as_of_words()
    )
    side.markdown(STATE_WORDS[found.state])
    widgets.verdict(verdict(found))
    widgets.saved_line()
    for warning in found.filled.warnings:
        st.markdown(f":orange-badge[≈ look] {words.escape(warning)}")
    for wrong in found.filled.wrong:
        st.markdown(f":red-badge[✗ wrong] {words.escape(wrong)}")


def verdict(found: Desk) -> str:
    """How the proposal stands, in one sentence."""
    state, one = found.state, found.proposal
    if state in OUT and one.sent_at:
        zone = session.store().company.tz
        last = words.instant(valid_until(one.sent_at, found.known.calendar), zone)
        return f"With the customer, {left_words(found.clock)}; it is valid until {last}."
    if state not in OPEN:
        return f"It is {state}; {left_words(found.clock)}."
    if found.missing:
        first = f"{words.counted(len(found.missing), 'value')} missing"
    elif found.filled.wrong and found.version is None:
        first = "every value is there and a sum or a claim doesn't hold"
    elif found.version is None:
        first = "every value is there; put it up for approval"
    elif found.unapproved:
        first = f"version {found.version.version} waits for {words.listed(list(found.unapproved))}"
    else:
        first = "approved by all three; send it"
    elapsed = f"{span(found.clock.elapsed_minutes)} of business time gone ({found.clock.elapsed_hours:g} hours on the clock)"
    return f"{first[0].upper()}{first[1:]}: {left_words(found.clock)}, {elapsed}."


def part() -> str:
    """Which part of the proposal is shown, kept in the address."""
    return part_shown(PARTS)


# --- Values


def values(found: Desk) -> None:
    """What is missing first, with a field for each; then what it waits for, the prerequisites and all values."""
    is_open = found.proposal.status in OPEN
    if is_open and widgets.may("proposals"):
        _missing_form(found)
        _change_form(found)
    elif is_open:
        widgets.who_may_line("proposals")
    _waiting(found)
    _prerequisites(found)
    runbook_steps(found)
    columns = (
        Column("label", "Value", "text"),
        Column("shown", "As printed", "text"),
        Column("origin", "From", "text"),
    )
    currency = found.known.company.currency
    rows = tuple(
        (label_of(name), printed(name, one.value, currency), _by_name(one.origin))
        for name in (*VARIABLES, *DERIVED)
        if (one := found.values.get(name))
    )
    widgets.section("Every value and where it comes from")
    widgets.rows_table(
        Rows("proposal_values", "value", columns, rows, "count"),
        key="proposal_values",
        alt="Each value of the proposal, as it is printed, and its origin",
        period=found.proposal.proposal_id,
    )


def _field_key(found: Desk, name: str) -> str:
    return f"pv_{found.proposal.proposal_id}_{name}"


def _missing_form(found: Desk) -> None:
    """A field for each missing value, and for what was typed here of values that somebody else has given meanwhile."""
    form = f"proposal_{found.proposal.proposal_id}"
    missing = [name for name in found.missing if name in VARIABLES]
    names = [*missing, *_given_meanwhile(found, form, missing)]
    if not names:
        return
    widgets.section("What is missing", "Type what you know and save; the rest can follow.")
    forms.draft(form, {_field_key(found, name): "" for name in names})
    for place in range(0, len(names), 2):
        for column, name in zip(st.columns(2), names[place : place + 2], strict=False):
            with column:
                _field(found, name, name in missing)
    forms.error_line(form)
    st.button(
        "Save these values",
        key="save_values",
        type="primary",
        icon=":material/save:",
        on_click=forms.acted,
        args=forms.click(form, _save, found, form, tuple(names)),
    )


def _given_meanwhile(found: Desk, form: str, missing: list[str]) -> list[str]:
    """The values that are not missing any more and that somebody has typed into this form and not saved."""
    kept = forms.draft_of(form)
    typed = {
        name: st.session_state.get(key := _field_key(found, name)) or kept.get(key) for name in VARIABLES
    }
    return [
        name
        for name, text in typed.items()
        if name not in missing
        and str(text or "").strip()
        and _plain(name, str(text)) != _typed_now(found, name)
    ]


def _typed_now(found: Desk, name: str) -> str:
    return found.known.typed.get(name, ("", ""))[0]


def _seen_key(key: str) -> str:
    """Where the page keeps what a field's value was when it was looked at."""
    return f"seen_{key}"


def _field(found: Desk, name: str, is_missing: bool) -> None:
    variable, key = VARIABLES[name], _field_key(found, name)
    st.session_state.setdefault(_seen_key(key), _typed_now(found, name))
    st.text_input(
        f"{variable.label} · ask {who_has(name)}",
        key=key,
        placeholder=_example(found, name),
        max_chars=420 if variable.kind == "long" else 120,
    )
    if not is_missing:
        _meanwhile(found, name, key)


def _meanwhile(found: Desk, name: str, key: str) -> None:
    """That somebody else has given a value, and what saving would do; from then on it counts as seen."""
    text, who = found.known.typed.get(name, ("", ""))
    now = f"{who} typed “{text}” meanwhile" if who else "it is known now"
    st.caption(words.escape(f"{now}: save to put yours over it, or empty the field."))
    st.session_state[_seen_key(key)] = _typed_now(found, name)


def _example(found: Desk, name: str) -> str:
    kind = VARIABLES[name].kind
    if name == "kickoff_on":
        return ", ".join(day.isoformat() for day in kickoff_offers(found.known))
    return {
        "money": "such as 150.00",
        "number": "such as 40",
        "whole": "such as 2",
        "pct": "such as 97",
        "date": "such as 2026-04-20",
        "long": "two or three sentences, at most 420 signs",
    }.get(kind, "")


def _plain(name: str, text: str) -> str:
    """A number without thousands marks, in the reader's own way of writing; any other text as it is, to be refused by its name."""
    if VARIABLES[name].kind not in {"money", "number", "whole", "pct"}:
        return text
    try:
        return plain_number(text, mark_of(st.context.locale))
    except ValueError:
        return text


def _save(found: Desk, form: str, names: tuple[str, ...]) -> None:
    given = {name: str(st.session_state[_field_key(found, name)]) for name in names}
    typed = {name: _plain(name, text) for name, text in given.items() if text.strip()}
    seen = {name: str(st.session_state.get(_seen_key(_field_key(found, name)), "")) for name in typed}
    _keep(found, form, typed, seen)
    for name in names:
        st.session_state.pop(_seen_key(_field_key(found, name)), None)


def _keep(found: Desk, form: str, typed: dict[str, str], seen: dict[str, str]) -> None:
    forms.run_once(
        form,
        lambda: proposing.type_values(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            typed,
            now=session.now(),
            seen=seen,
            request_key=forms.submit_token(form),
        ),
        lambda changed: _saved_words(found, typed, changed),
    )


def _saved_words(found: Desk, typed: dict[str, str], changed: tuple[str, ...]) -> str:
    """What was saved, as it was read."""
    currency = found.known.company.currency
    told = [
        f"{label_of(name)} {printed(name, read_value(name, typed[name]), currency) if typed[name].strip() else 'taken back'}"
        for name in changed
    ]
    many = f"{words.counted(len(told), 'value')} saved" if told else "Nothing was changed"
    return f"{many}: {', '.join(told)}" if 0 < len(told) <= SAID_AT_ONCE else many


def _change_form(found: Desk) -> None:
    with st.expander("Change a value", icon=":material/edit:"):
        names = [name for name in VARIABLES if name not in found.missing]
        name = st.selectbox("Value", names, format_func=label_of, key="change_name")
        form = f"change_{found.proposal.proposal_id}_{name}"
        held = found.known.typed.get(name)
        key = f"change_{_field_key(found, name)}"
        _refreshed(key, held[0] if held else "")
        forms.draft(form, {key: held[0] if held else ""})
        if name == "case_study" and found.filled.cases:
            _case_picker(found, key)
        else:
            now = found.values.get(name)
            st.text_input(
                "New value",
                key=key,
                placeholder=printed(name, now.value, found.known.company.currency)
                if now
                else _example(found, name),
                help="Empty takes the typed value back: what is on record then holds again.",
            )
        if st.session_state[_seen_key(key)] != _typed_now(found, name):
            _meanwhile(found, name, key)
        if name == "kickoff_on":
            offered = ", ".join(words.day(day) for day in kickoff_offers(found.known))
            st.caption(
                words.escape(
                    f"CSM and CTO have the hours for a kickoff on {offered}."
                    if offered
                    else "No kickoff fits: nobody is CSM or CTO, or their hours are full."
                )
            )
        if found.version:
            st.caption("Saving takes the proposal back to draft: approvals are given anew.")
        forms.error_line(form)
        st.button(
            "Save this value",
            key="save_change",
            icon=":material/save:",
            on_click=forms.acted,
            args=forms.click(form, _save_change, found, form, name, key),
        )


def _case_picker(found: Desk, key: str) -> None:
    """The consenting customers with a measured gain, the nearest first, each with what makes it near."""
    told = {"": "The nearest one"}
    for case in found.filled.cases:
        why = words.listed(list(case.why)) or "nothing in common"
        gain = f"{case.before:.1f} % to {case.after:.1f} % in {case.days} days"
        told.setdefault(case.customer_id, f"{case.name}: {gain}; {why}")
    if st.session_state.get(key) not in told:
        st.session_state[key] = ""
    st.selectbox("Case study", list(told), format_func=told.__getitem__, key=key)


def _save_change(found: Desk, form: str, name: str, key: str) -> None:
    seen = {name: str(st.session_state.get(_seen_key(key), ""))}
    _keep(found, form, {name: _plain(name, str(st.session_state[key]))}, seen)
    st.session_state.pop(_seen_key(key), None)


def _refreshed(key: str, now: str) -> None:
    """Show what stands now in a field into which nothing was typed; keep what its value was when it was looked at."""
    seen = st.session_state.setdefault(_seen_key(key), now)
    if seen != now and st.session_state.get(key, seen) == seen:
        st.session_state[key] = st.session_state[_seen_key(key)] = now


def _waiting(found: Desk) -> None:
    widgets.section("The 24 hours")
    st.markdown(words.escape(clock_words(found)))
    listed = waits(found.known, found.missing, found.arrived, found.known.calendar, found.until)
    if not listed:
        st.caption("Nothing was waited for: every value was there when it was asked for.")
        return
    columns = (
        Column("what", "What", "text"),
        Column("who", "Asked of", "text"),
        Column("waited", "Business time", "text"),
        Column("state", "State", "text"),
    )
    rows = tuple((w.what, w.who, span(w.minutes), "came" if w.came else "waiting") for w in listed)
    with st.expander("What it waits for, and waited for, and whom", icon=":material/hourglass_empty:"):
        for who, open_n, came_n, minutes in by_person(listed):
            mark = ":red-badge[● waiting]" if open_n else ":green-badge[✓ came]"
            values = words.counted(open_n, "value") if open_n else words.counted(came_n, "value")
            st.markdown(
                f"{mark} **{words.escape(who)}**: {words.escape(f'{values}, {span(minutes)} of business time since the request')}"
            )
        widgets.rows_table(
            Rows("proposal_waits", "wait", columns, rows, "count"),
            key="proposal_waits",
            alt="What the proposal waits for, of whom, and for how long",
            file=False,
        )


def clock_words(found: Desk) -> str:
    """Both clocks in words: since the request, and since everything was there; the rounds of changes."""
    zone = session.store().company.tz
    held, asked = found.clock, words.instant(found.proposal.requested_at, zone)
    until = f"to sending {words.instant(held.stopped_at, zone)}" if held.stopped_at else "so far"
    first = f"Asked for {asked}: {span(held.elapsed_minutes)} of business time {until} ({held.elapsed_hours:g} hours on the clock), {left_words(held)}."
    if found.ready_at is None or found.ready_minutes is None:
        second = f"Second clock, from the last missing value: not running, {words.counted(len(found.missing), 'value')} missing."
    else:
        second = f"Second clock, from the last missing value on {words.instant(found.ready_at, zone)}: {span(found.ready_minutes)} {until}."
    rounds = (
        f"{words.counted(found.rounds, 'round')} of changes, {ROUND_MINUTES} min each."
        if found.rounds
        else "No round of changes."
    )
    return f"{first} {second} {rounds}"


def _prerequisites(found: Desk) -> None:
    with st.expander("The seven prerequisites", icon=":material/checklist:"):
        call = found.known.call
        budget_known = call is not None and call.answers.budget.about is not None
        for name, who, wanting in prerequisites(found.values, budget_known=budget_known):
            mark = ":green-badge[✓ met]" if not wanting else ":red-badge[✗ missing]"
            more = f": {words.listed(list(wanting))}, ask the {who}" if wanting else ""
            st.markdown(f"{mark} {words.escape(name + more)}")
        st.markdown(":green-badge[✓ met] Template")


def runbook_steps(found: Desk) -> None:
    """The runbook's four steps with their minutes, each item done or not by what is on record."""
    made = steps(found.known, found.values, found.approved, put_up=found.version is not None)
    done, every = sum(one.done for one in made), sum(len(one.items) for one in made)
    with st.expander(
        f"The runbook's four steps: {done} of {every} done", icon=":material/format_list_numbered:"
    ):
        for number, one in enumerate(made, 1):
            st.markdown(f"**{number}. {one.name}** :gray[{one.minutes} min]")
            for item in one.items:
                st.markdown(
                    f"{':green-badge[✓ done]' if item.done else ':gray-badge[– to do]'} {words.escape(item.text)}"
                )


# --- Quote


def quote(found: Desk) -> None:
    """The quote's lines and sums, and what the return rests on."""
    made, currency = found.filled.quote, found.known.company.currency
    widgets.section("Quote")
    columns = (
        Column("part", "Part", "text"),
        Column("hours", "Hours", "number"),
        Column("rate", "Rate", "money"),
        Column("amount", "Amount", "money", summed=True),
    )
    rows = tuple((line.part.capitalize(), line.hours, line.rate, line.amount) for line in made.lines)
    widgets.rows_table(
        Rows("quote", "line of the quote", columns, rows, "sum"),
        key="quote_rows",
        alt="Hours times rate for each part of the services",
        currency=currency,
        period=found.proposal.proposal_id,
    )
    for label, amount in _sums(made):
        shown = words.money(amount, currency, exact=True) if amount is not None else words.DASH
        st.markdown(f"{words.escape(label)}: **{words.escape(shown)}**")
    st.markdown(
        ":red-badge[✗ the sums don't hold]"
        if made.wrong
        else ":green-badge[✓ every sum holds to the cent]"
        if made.year_1 is not None and len(made.lines) == len(PART_WORDS)
        else ":gray-badge[– not all of it is known]"
    )
    widgets.section("What it saves, and when it has paid for itself")
    for name in (
        "error_cost",
        "accuracy_now",
        "accuracy_need",
        "savings",
        "labour_rate",
        "count_hours_now",
        "count_hours_need",
        "annual_value",
        "year_1",
        "payback",
    ):
        one = found.values.get(name)
        shown = printed(name, one.value, currency) if one else words.DASH
        origin = _by_name(one.origin) if one else f"not known; ask {who_has(name)}"
        st.markdown(
            f"{words.escape(label_of(name))}: **{words.escape(shown)}** :gray[{words.escape(origin)}]"
        )


def _sums(made: Quote) -> tuple[tuple[str, object], ...]:
    return (
        ("Professional services", made.services),
        ("Annual licence", made.licence),
        ("Total of Year 1", made.year_1),
        ("Deposit on signature", made.deposit),
        ("Balance on go-live", made.balance),
    )


def _by_name(origin: str) -> str:
    """Where a value comes from, with people by their names."""
    return next(
        (
            origin.replace(person.email, person.name)
            for person in session.store().people()
            if person.email in origin
        ),
        origin,
    )
