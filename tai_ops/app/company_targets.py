"""The Company page's targets: what each number is to reach now, since when and by whom; one more from a day on."""

from decimal import Decimal

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.company_page import Seen, buttons
from tai_ops.behind import Column, Rows
from tai_ops.kpi import KPIS, Kpi
from tai_ops.store import targets as stored
from tai_ops.store.targets import Aim

HERE = (("part", "Targets"),)
FORM = "target"
UNITS = {
    "money": " ({currency})",
    "money_per_day": " ({currency} a day)",
    "pct": " (%)",
    "count": "",
    "ratio": " (times)",
    "score": "",
}
"""How the unit of a number is said in a field's label, where its own word does not do."""


def targets(seen: Seen) -> None:
    """Every number with its target and floor as they hold today; the chosen one with its history and form."""
    aims = stored.aims(session.store())
    chosen = KPIS.get(st.query_params.get("number", ""))
    if chosen:
        _one(seen, chosen, aims.get(chosen.id, []))
    widgets.section(
        "Targets and floors",
        "A number that reaches its target is met; short of it but not of its floor it is amber; beyond that it is "
        "missed. Until you set your own, the runbooks' targets hold. Tick a number to see its history or set a new one.",
    )
    _table(seen, aims)


def _now(aims: list[Aim], seen: Seen) -> Aim | None:
    return next((aim for aim in aims if aim.from_on <= seen.today), None)


def _words(value: Decimal | None, kpi: Kpi, seen: Seen) -> str:
    return "" if value is None else words.aim(value, kpi.unit, seen.company.currency)


def _table(seen: Seen, aims: dict[str, list[Aim]]) -> None:
    columns = (
        Column("kpi", "Number"),
        Column("target", "Target"),
        Column("floor", "Floor"),
        Column("since", "Since"),
        Column("by", "Set by"),
        Column("next", "Then"),
        Column("good", "Good is"),
        Column("id", "Id"),
    )
    ordered = sorted(KPIS.values(), key=lambda kpi: (not aims.get(kpi.id), kpi.target is None))
    rows = tuple(_row(seen, kpi, aims.get(kpi.id, [])) for kpi in ordered)
    widgets.rows_table(
        Rows("targets", "number", columns, rows),
        key="targets",
        alt="Every number with its target and floor",
        period=f"{seen.today}",
        opens=("company", "number", "id"),
    )


def _row(seen: Seen, kpi: Kpi, aims: list[Aim]) -> tuple[object, ...]:
    aim = _now(aims, seen)
    ahead = [one for one in aims if one.from_on > seen.today]
    then = (
        f"{_words(ahead[-1].target, kpi, seen) or 'none'} from {words.day(ahead[-1].from_on)}"
        if ahead
        else ""
    )
    return (
        kpi.label,
        _words(aim.target if aim else kpi.target, kpi, seen),
        _words(aim.floor if aim else kpi.floor, kpi, seen),
        words.day(aim.from_on) if aim else "",
        seen.called(aim.recorded_by) if aim else "the runbooks" if kpi.target is not None else "",
        then,
        kpi.good,
        kpi.id,
    )


def _one(seen: Seen, kpi: Kpi, aims: list[Aim]) -> None:
    with st.container(border=True, key="entry_target"):
        st.markdown(f"**{words.escape(kpi.label)}** :small[:gray[{words.escape(kpi.formula)}]]")
        for aim in aims:
            st.markdown(f":small[{words.escape(_said(aim, kpi, seen))}]")
        theirs = _words(kpi.target, kpi, seen) or "no target"
        floor = f", floor {_words(kpi.floor, kpi, seen)}" if kpi.floor is not None else ""
        st.markdown(f":small[:gray[{words.escape(f'The runbooks: {theirs}{floor}')}]]")
        if seen.may:
            _form(seen, kpi, aims)
        else:
            st.button("Close", key="close_target", type="tertiary", on_click=forms.go_on, args=(HERE,))


def _said(aim: Aim, kpi: Kpi, seen: Seen) -> str:
    target = f"target {_words(aim.target, kpi, seen)}" if aim.target is not None else "no target"
    floor = f", floor {_words(aim.floor, kpi, seen)}" if aim.floor is not None else ""
    who = f"{seen.called(aim.recorded_by)}, {words.instant(aim.recorded_at, seen.zone)}"
    return f"from {words.day(aim.from_on)}: {target}{floor} ({who})"


def _form(seen: Seen, kpi: Kpi, aims: list[Aim]) -> None:
    if kpi.unit.startswith("money") and words.hides_amounts():
        st.caption("Amounts are hidden; show them to change one.")
        return
    aim, form = _now(aims, seen), f"{FORM}_{kpi.id}"
    target, floor = (aim.target, aim.floor) if aim else (kpi.target, kpi.floor)
    forms.draft(
        form,
        {
            f"{form}_from": seen.today,
            f"{form}_target": None if target is None else float(target),
            f"{form}_floor": None if floor is None else float(floor),
        },
    )
    unit = UNITS.get(kpi.unit, f" ({kpi.unit})").format(currency=seen.company.currency)
    with st.grid(3, min_column_width=170):
        st.date_input("Holds from", key=f"{form}_from", format="YYYY-MM-DD")
        st.number_input(f"Target{unit}", key=f"{form}_target", step=1.0, format="%g")
        st.number_input(
            f"Floor{unit}", key=f"{form}_floor", step=1.0, format="%g", help="Empty: there is only a target."
        )
    buttons(form, "Set from that day", lambda: _save(kpi, form), HERE)


def _save(kpi: Kpi, form: str) -> None:
    typed, token = st.session_state, forms.submit_token(form)
    from_on, target, floor = typed[f"{form}_from"], typed[f"{form}_target"], typed[f"{form}_floor"]
    done = forms.run_write(
        form,
        lambda: stored.set_target(
            session.store(),
            session.actor(),
            kpi.id,
            from_on,
            _decimal(target),
            _decimal(floor),
            now=session.now(),
            request_key=token,
        ),
        lambda _: f"{kpi.label}: {_aims(kpi, _decimal(target), _decimal(floor))} from {words.day(from_on)}",
    )
    if done:
        forms.go_on(HERE)


def _aims(kpi: Kpi, target: Decimal | None, floor: Decimal | None) -> str:
    currency = session.store().company.currency
    said = f"target {words.aim(target, kpi.unit, currency)}" if target is not None else "no target"
    return said + (f", floor {words.aim(floor, kpi.unit, currency)}" if floor is not None else "")


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
