"""The view of the migration check: the customer's export beside the load report, record by record."""

from functools import partial
from hashlib import sha256

import streamlit as st

from tai_ops.app import forms, onboarding_measures, session, widgets, words
from tai_ops.app.onboarding_view import SHARED, holds, line, mine, no_plan, person, press, seen
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.migration_check import MigrationCheck
from tai_ops.runbooks.customer_onboarding import going_live as runbook
from tai_ops.runbooks.customer_onboarding import measures
from tai_ops.runbooks.customer_onboarding.going_live import Tried
from tai_ops.runbooks.customer_onboarding.steps import Made

File = tuple[str, bytes]


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    if seen(customer_id) is None:
        no_plan()
        return
    kept = runbook.checks(session.store(), customer_id)
    if kept:
        newest = kept[0]
        widgets.verdict(_said(newest.check))
        st.markdown(
            line(
                f"Newest check: {words.instant(newest.at, session.store().company.tz)} by {person(newest.by)}"
            )
        )
    else:
        widgets.verdict(
            "No check is on record yet. Both files are compared here; only what was found is kept."
        )
    mine()
    _upload(customer_id)
    _items(customer_id)
    if kept:
        _found(kept[0].check, "kept")
        if len(kept) > 1:
            with st.expander(f"{len(kept) - 1} earlier", key="earlier_checks", on_change="rerun") as box:
                if box.open:
                    for one in kept[1:]:
                        st.markdown(
                            words.escape(
                                f"{words.instant(one.at, session.store().company.tz)}, {person(one.by)}: {_said(one.check)}"
                            )
                        )


def _items(customer_id: str) -> None:
    """The list of the customer's items: counts of others are refused."""
    held = onboarding_measures.kept(customer_id).items
    widgets.section("Items", "Counts of an item that is not on the list are refused.")
    if held:
        st.markdown(
            words.escape(
                f"{held.items:,} items of {held.source}, {words.instant(held.at, session.store().company.tz)} by {person(held.by)}"
            )
        )
    else:
        st.caption("No list yet: counts of any item are taken. Keeping a check keeps its items as the list.")
    form = f"items_{customer_id}"
    turn = forms.submit_token(form)
    with st.expander(
        "Put a newer list in its place" if held else "Keep a list of items",
        key=f"{form}_box",
        icon=":material/list:",
        on_change="rerun",
    ) as box:
        if box.open:
            file = st.file_uploader(
                "List of items (location, sku, quantity)", key=f"{form}_file_{turn}", max_upload_size=50
            )
            forms.error_line(form)
            press(
                "Keep this list",
                form,
                _keep_items,
                customer_id,
                partial(_file, file),
                owners=SHARED,
                icon=":material/save:",
            )


def _file(file):  # noqa: ANN001, ANN202
    return (file.name, file.getvalue()) if file else None


def _keep_items(customer_id: str, file: File | None, token: str) -> Made:
    if file is None:
        raise Refused("choose the list first")
    return measures.keep_items(
        session.store(), session.actor(), customer_id, file[0], file[1], session.now(), token
    )


def _said(check: MigrationCheck) -> str:
    whole = "everything arrived once and alike" if check.is_whole else "not whole"
    return (
        f"{check.faithful_records:,} of {check.export_records:,} records arrived faithfully; "
        f"fidelity {words.number(check.fidelity_pct, 'pct', decimals=2)}: {whole}."
    )


def _upload(customer_id: str) -> None:
    form = f"migration_{customer_id}"
    turn = forms.submit_token(form)
    with st.container(border=True, key=f"entry_{form}"):
        st.markdown(
            line(
                "CSV with a header: location (or warehouse), sku (or item), quantity (or on hand); further columns are compared by name."
            )
        )
        left, right = st.columns(2)
        export = left.file_uploader("The customer's export", key=f"{form}_export_{turn}", max_upload_size=50)
        load = right.file_uploader("The load report", key=f"{form}_load_{turn}", max_upload_size=50)
        forms.error_line(form)
        if not export or not load:
            return
        one, other = (export.name, export.getvalue()), (load.name, load.getvalue())
        try:
            with st.spinner("Comparing…"):
                tried = _checked(sha256(one[1]).hexdigest(), sha256(other[1]).hexdigest(), one, other)
        except TaiOpsError as refusal:
            widgets.problem_line(str(refusal))
            return
        check = tried.check
        st.markdown(f"{holds(check.is_whole)} **{words.escape(_said(check))}**")
        press(
            "Keep this check",
            form,
            _keep,
            customer_id,
            partial(_given, one, other, tried),
            owners=SHARED,
            primary=True,
            icon=":material/save:",
        )
        _found(check, "new")


@st.cache_resource(max_entries=4, show_spinner=False)
def _checked(export_hash: str, load_hash: str, _one: File, _other: File) -> Tried:  # noqa: ARG001
    return runbook.try_check(_one, _other)


def _given(one: File, other: File, tried: Tried) -> tuple[File, File, Tried]:
    return one, other, tried


def _keep(customer_id: str, given: tuple[File, File, Tried], token: str) -> Made:
    one, other, tried = given
    if not tried.check.export_records:
        raise Refused("the export has no records; it proves nothing")
    return runbook.keep_check(
        session.store(), session.actor(), customer_id, one, other, tried, session.now(), token
    )


def _found(check: MigrationCheck, key: str) -> None:
    widgets.section("What was found", f"{check.export_name} beside {check.load_name}")
    figures = (
        ("Records that lack a required field", check.lacking),
        ("Records that stand twice in the export", check.export_repeated),
        ("Records that stand twice in the load", check.load_repeated),
        ("Records missing in the load", check.missing),
        ("Records that only the load has", check.added),
        ("Records whose values differ", check.differing),
    )
    st.markdown(
        "  \n".join(
            f"{':red-badge[✗]' if count else ':green-badge[✓]'} {name}: **{count:,}**"
            for name, count in figures
        )
    )
    if check.not_compared:
        st.markdown(line(f"Not compared, as only one file has them: {', '.join(check.not_compared)}"))
    places = tuple(
        (f"{p.location} ({p.city})" if p.city else p.location, p.exported, p.loaded, p.loaded - p.exported)
        for p in check.places
    )
    total = ("Total", check.export_records, check.load_records, check.load_records - check.export_records)
    columns = (
        Column("location", "Location"),
        Column("exported", "Export", "count"),
        Column("loaded", "Load", "count"),
        Column("off", "Difference", "count"),
    )
    widgets.rows_table(
        Rows("locations", "location", columns, (*places, total)),
        key=f"{key}_places",
        alt="Records by location",
    )
    if check.differences:
        columns = (
            Column("record", "Record"),
            Column("exported", "Export"),
            Column("loaded", "Load"),
            Column("column", "Column"),
        )
        rows = tuple((f"{d.location}, {d.sku}", d.exported, d.loaded, d.column) for d in check.differences)
        st.markdown(f"**Values that differ** {line(f'the first {len(rows)}')}")
        widgets.rows_table(
            Rows("differences", "difference", columns, rows),
            key=f"{key}_differences",
            alt="Values that differ",
        )
    for title, keys in (
        ("Missing", check.examples_missing),
        ("Only in the load", check.examples_added),
        ("Twice", check.examples_repeated),
    ):
        if keys:
            shown = ", ".join(f"{location} {sku}" for location, sku in keys[:12])
            st.markdown(f"**{title}:** {words.escape(shown)}{' …' if len(keys) > 12 else ''}")
    if check.examples_lacking:
        shown = ", ".join(f"row {row}: {field}" for row, field in check.examples_lacking[:12])
        st.markdown(f"**Lacking:** {words.escape(shown)}")
