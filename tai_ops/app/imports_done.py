"""What came in on the imports page: lines that may be there twice with the decisions on them, and every import."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from tai_ops.app import forms, imports_page, session, widgets, words
from tai_ops.app.imports_page import PAGE_DUPLICATES, PAGE_IMPORTS, Standing, paged
from tai_ops.rights import LOCAL_OWNER, who_may
from tai_ops.store.duplicates import Decided, decide_duplicate, decided, undo_decision

DECISIONS = {"keep": "both kept", "join": "joined, the newer line taken out"}
LONGEST_NAME = 100


# --- What may be there twice


def duplicates(seen: Standing) -> None:
    """The lines that may be there twice with the two decisions, then what was decided so far."""
    if seen.duplicates:
        widgets.section(
            "Possible duplicates",
            "Lines that may repeat an earlier one spelled anew. They count until they are joined.",
        )
        for found in seen.duplicates[paged(len(seen.duplicates), PAGE_DUPLICATES, "duplicates_page")]:
            _duplicate(found, seen)
    settled = decided(session.store())
    if not settled:
        return
    box = st.expander(
        f"Duplicates decided so far ({len(settled)})",
        icon=":material/rule:",
        key="decided",
        on_change="rerun",
    )
    if box.open:
        with box:
            by_mail = names()
            for one in settled[paged(len(settled), PAGE_DUPLICATES, "decided_page")]:
                _settled(one, seen, by_mail)


def _duplicate(found: Mapping[str, Any], seen: Standing) -> None:
    """A line that may repeat an earlier one, with that one, and the two decisions."""
    currency = seen.currency(found["account"])
    line_id, alike = found["line_id"], f"{found['similarity']} %"
    amount = words.escape(words.money(found["amount"], currency, exact=True))
    earlier = (
        f"{words.day(found['other_on'])} · {found['other_text'] or ''}"
        if found["other_on"]
        else "a line taken out since"
    )
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"import_row_{line_id}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{amount}** {words.escape(found['text'] or '')} :gray[{words.escape(words.day(found['booked_on']))} · "
                f"{words.escape(seen.name(found['account']))}]  \n"
                f":small[{words.escape(f'{alike} like')} {words.escape(earlier)}]"
            )
            forms.error_line(f"imports.duplicate.{line_id}")
        for decision, label, why in (
            ("keep", "Keep both", "Both are real: nothing changes, and it is not asked again."),
            ("join", "Join", "They are one: the newer line is taken out, the earlier one stays."),
        ):
            st.button(
                label,
                key=f"{decision}_{line_id}",
                help=_help(why),
                disabled=not widgets.may("money"),
                on_click=forms.acted,
                args=forms.click(f"imports.duplicate.{line_id}", _decide, found, decision),
            )


def _help(why: str) -> str:
    """What a button does; who may press it, for a person who may not."""
    return f"{who_may('money')}." if not widgets.may("money") else why


def _decide(found: Mapping[str, Any], decision: str) -> None:
    line_id = found["line_id"]
    text = found["text"] or "the line"

    def write() -> bool:
        decide_duplicate(session.store(), session.actor(), line_id, decision, now=session.now())
        return True

    said = (
        "both lines kept" if decision == "keep" else "joined with the earlier line, the newer one taken out"
    )
    forms.run_once(
        f"imports.duplicate.{line_id}",
        write,
        lambda _: f"{text} of {words.day(found['booked_on'])}: {said}",
        lambda _: lambda: _undo_decision(line_id),
    )


def _settled(one: Decided, seen: Standing, by_mail: Mapping[str, str]) -> None:
    """A decision with who made it and when, and Undo."""
    amount = words.escape(words.money(one.amount, seen.currency(one.account), exact=True))
    when = words.instant(one.decided_at, session.store().company.tz)
    form = f"imports.decided.{one.line_id}"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"import_row_decided_{one.line_id}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{amount}** {words.escape(one.text)} :gray[{words.escape(words.day(one.booked_on))} · "
                f"{words.escape(seen.name(one.account))}]  \n"
                f":small[{DECISIONS[one.decision]} :gray[{words.escape(f'{by_mail.get(one.decided_by, one.decided_by)}, {when}')}]]"
            )
            forms.error_line(form)
        st.button(
            "Ask again",
            key=f"again_{one.line_id}",
            icon=":material/undo:",
            help=_help("Takes the decision back; a joined line stands again."),
            disabled=not widgets.may("money"),
            on_click=forms.acted,
            args=forms.click(form, _take_decision_back, form, one.line_id),
        )


def _take_decision_back(form: str, line_id: str) -> None:
    forms.run_once(form, lambda: _undo_decision(line_id), str)


def _undo_decision(line_id: str) -> str:
    was = undo_decision(session.store(), session.actor(), line_id, now=session.now())
    return "Decision taken back: " + (
        "the joined line stands again" if was == "join" else "it is asked again whether both lines are real"
    )


# --- What was imported


def history(seen: Standing) -> None:
    """Every import, newest first."""
    widgets.section("Imported so far")
    if not seen.imports:
        st.caption(
            "Nothing yet. Each import of a statement will stand here with its counts, and can be undone."
        )
    by_mail, called = names(), _called(seen)
    for done in seen.imports[paged(len(seen.imports), PAGE_IMPORTS, "imports_page")]:
        _import(done, seen, by_mail, called.get(done["statement_id"], ""))


def _called(seen: Standing) -> dict[str, str]:
    """What each import that stands is called beside its button: its file, and what else tells it from another one."""
    standing = [done for done in seen.imports if not done["undone_at"]]
    times = Counter(done["file_name"] for done in standing)
    zone = session.store().company.tz
    return {
        done["statement_id"]: _short(done["file_name"])
        if times[done["file_name"]] == 1
        else f"{_short(done['file_name'])} of {words.instant(done['imported_at'], zone)}, {done['account']}"
        for done in standing
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def _import(done: Mapping[str, Any], seen: Standing, by_mail: Mapping[str, str], called: str) -> None:
    """One import of the history: file, account, period, counts, by whom and when; Undo, or who undid it."""
    statement_id, currency = done["statement_id"], seen.currency(done["account"])
    zone = session.store().company.tz
    period = (
        f"{words.day(done['period_start'])} – {words.day(done['period_end'])}"
        if done["period_start"]
        else "no lines"
    )
    counts = f"{done['read']} read, {done['added']} added, {words.counted(done['duplicates'], 'duplicate')}"
    net = words.money(done["net_total"], currency, exact=True)
    by = (
        f"{by_mail.get(done['imported_by'], done['imported_by'])}, {words.instant(done['imported_at'], zone)}"
    )
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"import_row_{statement_id}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{words.escape(done['file_name'])}** → {words.escape(seen.name(done['account']))} "
                f":gray[{words.escape(period)}]  \n:small[{words.escape(f'{counts}, net {net}')} "
                f":gray[{words.escape(by)}]]"
            )
            forms.error_line(f"imports.undo.{statement_id}")
        if done["undone_at"]:
            undone = f"{by_mail.get(done['undone_by'], done['undone_by'])}, {words.instant(done['undone_at'], zone)}"
            st.markdown(f":gray-badge[– undone] :small[:gray[{words.escape(undone)}]]", width="content")
            return
        with st.popover(words.escape(f"Undo {called}"), icon=":material/undo:"):
            _undo_box(done, seen.name(done["account"]), called)


def _undo_box(done: Mapping[str, Any], account: str, called: str) -> None:
    statement_id = done["statement_id"]
    if not widgets.may("money"):
        widgets.who_may_line("money")
        return
    st.markdown(
        words.escape(
            f"Takes the lines of {done['file_name']} out of {account} again. "
            "Lines that another import holds too stay. It can be imported again."
        )
    )
    st.button(
        words.escape(f"Undo the import of {called}"),
        key=f"undo_{statement_id}",
        on_click=forms.acted,
        args=forms.click(f"imports.undo.{statement_id}", _undo, statement_id),
        type="primary",
    )


def _undo(statement_id: str) -> None:
    forms.run_once(f"imports.undo.{statement_id}", lambda: imports_page.take_back(statement_id, None), str)


def names() -> dict[str, str]:
    """People by their e-mail."""
    return {person.email: person.name for person in (LOCAL_OWNER, *session.store().people())}
