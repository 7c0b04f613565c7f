"""The investor summary on the month-end close's page: the CFO's own words, and the documents to download."""

from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.close_month import Seen, person
from tai_ops.exports.investor import export_board, export_investor
from tai_ops.exports.investor_letter import letter_eml
from tai_ops.period import Month
from tai_ops.rights import may
from tai_ops.runbooks import month_end_close as runbook
from tai_ops.store import closing
from tai_ops.store.closing import InvestorNotes

LETTER = "close.letter"
PARTS = (
    ("highlights", "Highlights", "What went well"),
    ("lowlights", "Lowlights", "What did not"),
    ("asks", "Asks", "What investors can help with"),
)
DOCUMENTS = {
    "xlsx": (
        "Investor workbook (.xlsx)",
        "investor-summary",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ":material/table:",
    ),
    "eml": ("Letter as an e-mail draft (.eml)", "investor-letter", "message/rfc822", ":material/mail:"),
    "md": ("Letter as text (.md)", "investor-letter", "text/markdown", ":material/article:"),
}
"""Each document by its extension: the button's words, the file's name, its type, the icon."""


def investors(found: Seen) -> None:
    """The CFO's own words for the investors, and the documents, made when they are asked for."""
    report, month = found.report, found.month
    widgets.section("Investor summary", "The workbook and the letter, from the numbers of this page.")
    if report.draft:
        said = f"{month.name} is open: every sheet and the letter say DRAFT until it is closed."
        st.markdown(f":orange-badge[≈ DRAFT] {words.escape(said)}")
    _notes_form(found)
    with st.container(horizontal=True, key="documents"):
        for extension, (label, name, mime, icon) in DOCUMENTS.items():
            made = words.document(document(month, extension), extension)
            if made is None:
                st.caption(words.escape(f"{label}: not while amounts are hidden"))
                continue
            st.download_button(
                label,
                data=made,
                file_name=f"{name}_{month}{'_DRAFT' if report.draft else ''}.{extension}",
                mime=mime,
                key=f"download_{extension}",
                icon=icon,
                on_click="ignore" if extension == "xlsx" else partial(_letter_taken, month),
            )
        st.download_button(
            "Board update (.md)",
            data=partial(export_board, session.store(), month, session.now()),
            file_name=f"board-update_{month}{'_DRAFT' if report.draft else ''}.md",
            mime="text/markdown",
            key="download_board",
            icon=":material/groups:",
            on_click="ignore",
        )
    forms.error_line(LETTER)
    with st.expander(
        "Read the letter here", key=f"letter_{month}", icon=":material/visibility:", on_change="rerun"
    ) as box:
        if box.open:
            notes = closing.investor_notes(session.store(), month)
            letter = message_from_bytes(letter_eml(report, notes), policy=policy.default)
            written = letter.get_body(("plain",))
            st.code(words.shown(written.get_content()) if written else "", language=None, wrap_lines=True)


def document(month: Month, extension: str) -> Callable[[], bytes]:
    """What makes the month's document once it is asked for."""
    return partial(export_investor, session.store(), month, session.now(), extension)


def _letter_taken(month: Month) -> None:
    """Keep that the letter was written, where whoever takes it may: that ticks its item."""
    actor = session.actor()
    if may(actor, runbook.RIGHT):
        forms.run_write(
            LETTER,
            lambda: runbook.letter_written(session.store(), actor, month, session.now()),
            lambda _: f"The letter of {month.name} is written, and its item is ticked",
        )


def _notes_form(found: Seen) -> None:
    month, notes = found.month, closing.investor_notes(session.store(), found.month)
    stamp = f"{notes.noted_at:%Y%m%d%H%M%S%f}" if notes.noted_at else "new"
    form = f"close.notes.{month}.{stamp}"
    keys = {part: f"{part}_{month}_{stamp}" for part, _, _ in PARTS}
    forms.draft(form, {keys[part]: getattr(notes, part) or "" for part, _, _ in PARTS})
    with st.grid(3, min_column_width=240, key="notes"):
        for part, label, example in PARTS:
            st.text_area(label, key=keys[part], placeholder=f"{example}, one point a line", height=120)
    forms.error_line(form)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Save the notes", key="save_notes", on_click=_save_notes, args=(month, form, keys, notes))
        st.markdown(f":small[:gray[{words.escape(_notes_words(found, notes, form))}]]", width="content")


def _notes_words(found: Seen, notes: InvestorNotes, form: str) -> str:
    if forms.has_draft(form):
        return "Typed and not saved yet: the letter does not have it."
    if notes.noted_at and notes.noted_by:
        return f"Written by {person(notes.noted_by)}, {found.day_of(notes.noted_at)}. They close the letter."
    return "They close the letter; an empty part is left out."


def _save_notes(month: Month, form: str, keys: Mapping[str, str], before: InvestorNotes) -> None:
    typed = {part: st.session_state[key] for part, key in keys.items()}
    was = {part: getattr(before, part) for part in keys}
    store, actor = session.store(), session.actor()

    def back() -> str:
        runbook.note(store, actor, month, now=session.now(), **was)
        return f"The notes of {month.name} are as they were before"

    forms.run_write(
        form,
        lambda: runbook.note(store, actor, month, now=session.now(), **typed),
        lambda _: f"Notes to the investors about {month.name} saved",
        lambda _: back,
    )
