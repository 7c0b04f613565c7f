"""The view of the migration check: the customer's export beside the load report, record by record."""

from functools import partial
from hashlib import sha256

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.onboarding_view import SHARED, holds, line, mine, no_plan, press, seen
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.migration_check import MigrationCheck
from tai_ops.runbooks.customer_onboarding import going_live as runbook
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
            line(f"Newest check: {words.instant(newest.at, session.store().company.tz)} by {newest.by}")
        )
    else:
        widgets.verdict(
            "No check is on record yet. Both files are compared here; only what was found is kept."
        )
    mine()
    _upload(customer_id)
    if kept:
        _found(kept[0].check, "kept")
        if len(kept) > 1:
            with st.expander(f"{len(kept) - 1} earlier", key="earlier_checks", on_change="rerun") as box:
                if box.open:
                    for one in kept[1:]:
                        st.markdown(
                            words.escape(
                                f"{words.instant(one.at, session.store().company.tz)}, {one.by}: {_said(one.check)}"
                            )
                        )


def _said(check: MigrationCheck) -> str:
    whole = "everything arrived once and alike" if check.is_whole else "not whole"
    return (
        f"{check.faithful_records:,} of {check.export_records:,} records arrived faithfully "
        f"({words.number(check.fidelity_pct, 'pct', decimals=2)}): {whole}."
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
                check = _checked(sha256(one[1]).hexdigest(), sha256(other[1]).hexdigest(), one, other)
        except TaiOpsError as refusal:
            widgets.problem_line(str(refusal))
            return
        st.markdown(f"{holds(check.is_whole)} **{words.escape(_said(check))}**")
        press(
            "Keep this check",
            form,
            _keep,
            customer_id,
            partial(_given, one, other, check),
            owners=SHARED,
            primary=True,
            icon=":material/save:",
        )
        _found(check, "new")


@st.cache_resource(max_entries=4, show_spinner=False)
def _checked(export_hash: str, load_hash: str, _one: File, _other: File) -> MigrationCheck:  # noqa: ARG001
    return runbook.try_check(_one, _other)


def _given(one: File, other: File, check: MigrationCheck) -> tuple[File, File, MigrationCheck]:
    return one, other, check


def _keep(customer_id: str, given: tuple[File, File, MigrationCheck], token: str) -> Made:
    one, other, check = given
    if not check.export_records:
        raise Refused("the export has no records; it proves nothing")
    return runbook.keep_check(
        session.store(), session.actor(), customer_id, one, other, check, session.now(), token
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
    places = tuple((p.location, p.exported, p.loaded, p.loaded - p.exported) for p in check.places)
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
