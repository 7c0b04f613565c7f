"""The Company page's settings: each with its value, what it changes, who set it; a form that shows before and after."""

from datetime import date, time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.company_page import Seen, buttons, line, said_change
from tai_ops.behind import Column, Rows
from tai_ops.capacity import BUSY_ROLES
from tai_ops.company import PROBABILITIES
from tai_ops.settings import MONTHS, SETTINGS, USUAL_LADDER, Group, Setting, of_group, shown
from tai_ops.store import settings as stored

PART: dict[str, str] = {
    "people": "People",
    "calendar": "Calendar",
    "thresholds": "Thresholds",
    "stages": "Thresholds",
    "credits": "Thresholds",
    "categories": "Categories",
}
STEPS = 5


def thresholds(seen: Seen) -> None:
    """Everything that a number is measured against, by what it is about."""
    group(seen, "thresholds")
    group(seen, "stages")
    group(seen, "credits")


def group(seen: Seen, name: Group) -> None:
    """The settings of a group, one below the other; the one that is being changed with its form."""
    wanted = st.query_params.get("change", "")
    for setting in of_group(name):
        _setting(seen, setting, is_open=seen.may and wanted == setting.name)
        if setting.name == "name":
            _currency(seen)


def changes(seen: Seen) -> None:
    """Every change of a setting, newest first: who, when, before, after."""
    widgets.link(
        "audit", "Who changed people, targets and holidays", key="to_audit", icon=":material/history:"
    )
    found = stored.changes(session.store())
    if not found:
        st.markdown(
            ":gray[No setting was changed here yet: the values of company.toml, and the defaults, hold.]"
        )
        return
    currency = seen.company.currency
    rows = tuple(
        (
            change.changed_at,
            seen.called(change.changed_by),
            SETTINGS[change.name].label,
            shown(SETTINGS[change.name], change.before, currency),
            "as the file says" if change.is_back else shown(SETTINGS[change.name], change.after, currency),
        )
        for change in found
        if change.name in SETTINGS
    )
    columns = (
        Column("changed_at", "When", "instant"),
        Column("changed_by", "Who"),
        Column("setting", "Setting"),
        Column("before", "Before"),
        Column("after", "After"),
    )
    widgets.rows_table(
        Rows("settings", "change", columns, rows),
        key="changes",
        alt="Changes of settings with who, when, before and after",
        zone=seen.zone,
        period=f"{seen.today}",
    )


def origin(seen: Seen, name: str) -> str:
    """Where a setting's value comes from: a change and who made it, the file, or the default."""
    held = seen.held[name]
    if held.change:
        return f"set by {said_change(held.change, seen)}"
    file = session.store().settings_file
    return f"from {file.name}" if held.by_file and file else "the default"


def _currency(seen: Seen) -> None:
    """The one setting that is only shown: the file alone says it."""
    file = session.store().settings_file
    named = file.name if file else "company.toml"
    by_file = file is not None and "currency" in stored.named_in_file(session.store())
    line(
        "setting_currency",
        _headed("Currency", seen.company.currency, f"from {named}" if by_file else "the default"),
        words.escape(
            "The money of all totals; accounts may have their own. It is not changed here, as every amount on record "
            f"would change its name and keep its figure: before the first one, write it into {named} beside the store."
        ),
        button=None,
        opens=(),
    )


def _headed(label: str, value: str, origin_words: str) -> str:
    return f"{words.escape(label)}: **{words.escape(value)}** :small[:gray[· {words.escape(origin_words)}]]"


def _setting(seen: Seen, setting: Setting, *, is_open: bool) -> None:
    value = shown(setting, seen.held[setting.name].value, seen.company.currency)
    line(
        f"setting_{setting.name}",
        _headed(setting.label, value, origin(seen, setting.name)),
        words.escape(setting.says),
        button="Change" if seen.may and not is_open else None,
        opens=(("part", PART[setting.group]), ("change", setting.name)),
    )
    if is_open:
        with st.container(border=True, key=f"entry_setting_{setting.name}"):
            _form(seen, setting)


def _form(seen: Seen, setting: Setting) -> None:
    if setting.form == "money" and words.hides_amounts():
        st.caption("Amounts are hidden; show them to change one.")
        return
    form, held = f"setting_{setting.name}", seen.held[setting.name]
    here = (("part", PART[setting.group]),)
    match setting.name:
        case "stage_probability_pct":
            _stages(form, held.value)
        case "sla_credits":
            _ladder(form, held.value)
        case "onboarding_hours_of":
            _hours(form, seen, held.value)
        case _:
            forms.draft(form, {form: _typed(setting, held.value)})
            _field(form, setting)
    buttons(form, "Save", lambda: save(setting.name, _read(form, setting), form, here), here)
    if held.change:
        below = stored.below(session.store(), setting.name)
        st.button(
            f"Back to {words.escape(shown(setting, below, seen.company.currency))}",
            key=f"back_{form}",
            type="tertiary",
            icon=":material/undo:",
            help="What company.toml says, or the default where it says nothing.",
            on_click=save,
            args=(setting.name, None, form, here),
        )


def save(name: str, value: Any, form: str, here: tuple[tuple[str, str], ...]) -> None:
    """Change a setting from a form's callback; None takes it back to the file."""
    store, token, setting = session.store(), forms.submit_token(form), SETTINGS[name]
    currency = store.company.currency

    def back(made: stored.Change) -> str:
        was = None if not earlier else made.before
        stored.change(store, session.actor(), name, was, now=session.now())
        return f"Taken back: {setting.label} is {shown(setting, made.before, currency)} again"

    earlier = name in stored.changed(store)
    done = forms.run_write(
        form,
        lambda: stored.change(store, session.actor(), name, value, now=session.now(), request_key=token),
        lambda made: (
            f"{setting.label}: {shown(setting, made.before, currency)} → {shown(setting, made.after, currency)}"
        ),
        lambda made: lambda: back(made),
    )
    if done:
        forms.go_on(here)


def _typed(setting: Setting, value: Any) -> Any:
    """A stored value as its widget holds it."""
    if value is None:
        return None
    match setting.form:
        case "time":
            return time.fromisoformat(value)
        case "day":
            return date.fromisoformat(value)
        case "percent" | "number" | "money":
            return float(value)
        case "month":
            return int(value)
        case _:
            return value


def _field(key: str, setting: Setting) -> None:
    label = setting.label
    match setting.form:
        case "zone":
            st.selectbox(label, sorted(available_timezones()), key=key, width=320)
        case "time":
            st.time_input(label, key=key, step=900, width=320)
        case "day":
            st.date_input(label, key=key, format="YYYY-MM-DD", width=320)
        case "month":
            st.selectbox(label, range(1, 13), format_func=lambda n: MONTHS[n - 1], key=key, width=320)
        case "flag":
            st.toggle(label, key=key)
        case "choice":
            choices = dict(setting.choices or {})
            st.selectbox(label, list(choices), format_func=choices.__getitem__, key=key, width=320)
        case "whole":
            st.number_input(label, key=key, step=1, min_value=setting.low, max_value=setting.high, width=320)
        case "percent" | "number" | "money":
            unit = " (%)" if setting.form == "percent" else ""
            st.number_input(label + unit, key=key, step=0.1, format="%g", width=320)
        case _:
            st.text_input(label, key=key, width=320)


def _read(form: str, setting: Setting) -> Any:
    """What was typed, as the store keeps it; an empty field as the empty text, which no setting but a text can be."""
    if setting.name == "stage_probability_pct":
        return {stage: _number(st.session_state[f"{form}_{stage}"]) for stage in PROBABILITIES}
    if setting.name == "sla_credits":
        steps = [
            (st.session_state[f"{form}_{n}_below"], st.session_state[f"{form}_{n}_gives"])
            for n in range(STEPS)
        ]
        return [
            {"below_pct": _number(below), "credit_pct": _number(gives)}
            for below, gives in steps
            if below is not None or gives is not None
        ]
    if setting.name == "onboarding_hours_of":
        typed = st.session_state[f"{form}_people"]
        hours = {email: st.session_state[f"{form}_{email}"] for email in typed}
        return {email: _number(one) for email, one in hours.items() if one is not None}
    value = st.session_state[form]
    if isinstance(value, float):
        return _number(value)
    return value.isoformat() if hasattr(value, "isoformat") else "" if value is None else value


def _number(value: float | None) -> str:
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"


def _stages(form: str, value: dict[str, str]) -> None:
    forms.draft(form, {f"{form}_{stage}": float(share) for stage, share in value.items()})
    with st.grid(4, min_column_width=130):
        for stage in PROBABILITIES:
            st.number_input(f"{stage.capitalize()} (%)", key=f"{form}_{stage}", step=5.0, format="%g")


def _hours(form: str, seen: Seen, value: dict[str, str]) -> None:
    there = [person for person in seen.active if person.role in BUSY_ROLES]
    st.session_state[f"{form}_people"] = sorted({*(person.email.lower() for person in there), *value})
    if not there:
        st.markdown(":small[Nobody is on record as CSM or CTO yet.]")
    forms.draft(
        form,
        {
            f"{form}_{email}": float(value[email]) if email in value else None
            for email in st.session_state[f"{form}_people"]
        },
    )
    with st.grid(3, min_column_width=200):
        for email in st.session_state[f"{form}_people"]:
            st.number_input(
                f"{words.escape(seen.called(email))}, hours a week",
                key=f"{form}_{email}",
                min_value=0.0,
                max_value=168.0,
                step=1.0,
                format="%g",
                placeholder=f"{seen.company.onboarding_hours.normalize():f} like everybody",
            )


def _ladder(form: str, value: list[dict[str, str]]) -> None:
    steps = value or list(USUAL_LADDER)
    fields: dict[str, float | None] = {}
    for n in range(STEPS):
        step = steps[n] if n < len(steps) else {}
        fields[f"{form}_{n}_below"] = float(step["below_pct"]) if step else None
        fields[f"{form}_{n}_gives"] = float(step["credit_pct"]) if step else None
    forms.draft(form, fields)
    if not value:
        st.markdown(
            ":small[No ladder is agreed yet. These steps are usual where 99.5 % is promised; change them or save them "
            "as they are.]"
        )
    with st.grid(2, min_column_width=130):
        for n in range(STEPS):
            st.number_input("Uptime below (%)", key=f"{form}_{n}_below", step=0.1, format="%g")
            st.number_input("gives back (%)", key=f"{form}_{n}_gives", step=5.0, format="%g")
