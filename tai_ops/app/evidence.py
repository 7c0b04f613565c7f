"""The evidence beside a record: files and links with who and when, shown or saved, added and removed.

`panel(subject, key)` is all that a page calls. A picture or a text is drawn only when it is opened; no file is run, and
none is served before somebody asks for it.
"""

import hashlib
import io
from functools import partial

import streamlit as st
from PIL import Image

from tai_ops import evidence as nature
from tai_ops.app import forms, session, widgets, words
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.rights import LOCAL_OWNER, may
from tai_ops.store import evidence
from tai_ops.store.evidence import Evidence

MOST_PIXELS = 40_000_000
MOST_SIGNS = 20_000
KB, MB = 2**10, 2**20
STYLE = """<style>
[class*="st-key-evidence_row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: 0.35rem 0; }
</style>"""


def panel(subject: str, key: str, *, heading: str | None = "Evidence", gone: bool = False) -> None:
    """What stands beside a record, and the form that adds a file or a link; `subject` is a kind, `key` as `void` takes it.

    For an item of a month's checklist the subject is `evidence.CLOSE` and the key `YYYY-MM/item`. Nothing is added to a
    record that is `gone`.
    """
    store = session.stood()
    found = evidence.of(store, subject, key)
    removed = evidence.of(store, subject, key, removed=True)
    if heading:
        widgets.section(heading, "Files and links that show why this is so; at most 10 MB each.")
    st.html(STYLE)
    if not found:
        st.caption("Nothing yet.")
    people = {person.email: person.name for person in (LOCAL_OWNER, *store.people())}
    right = evidence.right_of(subject)
    is_theirs = may(session.actor(), right)
    for one in found:
        _row(one, people, is_theirs=is_theirs)
    if removed:
        st.caption(words.escape(_removed_words(removed, people)))
    if not is_theirs:
        widgets.who_may_line(right)
        return
    if not gone:
        _add_form(subject, key)


def count_words(count: int) -> str:
    """What a button is called that opens a panel."""
    return f"Evidence ({count})" if count else "Evidence"


def _removed_words(removed: tuple[Evidence, ...], people: dict[str, str]) -> str:
    last = removed[0]
    by = people.get(last.voided_by or "", last.voided_by or "")
    named = nature.shown_name(last.file_name or last.link or "")
    return f"{words.counted(len(removed), 'piece')} removed; the last was {named}, by {by}: {last.reason}"


# --- One piece


def _row(one: Evidence, people: dict[str, str], *, is_theirs: bool) -> None:
    zone = session.store().company.tz
    by = f"{people.get(one.added_by, one.added_by)}, {words.instant(one.added_at, zone)}"
    name = nature.shown_name(one.file_name or one.link or "")
    size = f" · {_size(one.size_bytes)}" if one.size_bytes else ""
    note = f"  \n{words.escape(one.note)}" if one.note else ""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
        key=f"evidence_row_{one.evidence_id}",
    ):
        st.markdown(
            f"**{words.escape(name)}** :small[:gray[{words.escape(by + size)}]]{note}", width="stretch"
        )
        with st.container(horizontal=True, width="content", gap="xsmall", vertical_alignment="center"):
            if one.link:
                st.link_button("Open", one.link, icon=":material/open_in_new:", type="tertiary")
            else:
                _save_button(one)
            if is_theirs:
                _remove(one, name)
    if one.file_name and one.content_type in {*nature.IMAGES, nature.TEXT}:
        box = st.expander(
            "Show",
            icon=":material/visibility:",
            key=f"evidence_show_{one.evidence_id}",
            on_change="rerun",
            type="compact",
        )
        if box.open:
            with box:
                _show(one)


def _save_button(one: Evidence) -> None:
    store = session.store()
    st.download_button(
        "Save",
        data=lambda: evidence.content(store, one.evidence_id),
        file_name=nature.safe_name(one.file_name or "file", one.content_type or nature.DOWNLOAD),
        mime=nature.DOWNLOAD,
        key=f"evidence_save_{one.evidence_id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _show(one: Evidence) -> None:
    """A picture as a picture, a text sign by sign; what can't be drawn is said, and can still be saved."""
    try:
        data = evidence.content(session.store(), one.evidence_id)
    except TaiOpsError as refusal:
        widgets.problem_line(str(refusal))
        return
    if one.content_type == nature.TEXT:
        text = data.decode("utf-8", "replace")
        st.code(text[:MOST_SIGNS], language=None, wrap_lines=True)
        if len(text) > MOST_SIGNS:
            st.caption(f"The first {MOST_SIGNS:,} of {len(text):,} characters; save the file for the rest.")
        return
    if not _drawable(data):
        st.caption("The picture is damaged or too large to be drawn here; save it to look at it.")
        return
    st.image(data, alt=nature.shown_name(one.file_name or ""))


def _drawable(data: bytes) -> bool:
    """Whether the picture can be decoded and is no larger than is good for a page."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return False
            picture.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False
    return True


def _size(size: int) -> str:
    if size < KB:
        return words.counted(size, "byte")
    return f"{size / KB:,.0f} kB" if size < MB else f"{size / MB:,.1f} MB"


# --- Removing


def _remove(one: Evidence, name: str) -> None:
    form = f"evidence.remove.{one.evidence_id}"
    key = f"evidence_reason_{one.evidence_id}"
    with st.popover(
        "Remove", icon=":material/delete:", type="tertiary", key=f"evidence_ask_{one.evidence_id}"
    ):
        st.markdown(
            f"Takes **{words.escape(name)}** away from here. It stays in the history with the reason."
        )
        forms.draft(form, {key: ""})
        st.text_input("Why", key=key, max_chars=300, autocomplete="off")
        forms.error_line(form)
        st.button(
            "Remove it",
            key=f"evidence_remove_{one.evidence_id}",
            type="primary",
            on_click=forms.acted,
            args=forms.click(form, _take_away, form, one.evidence_id, key),
        )


def _take_away(form: str, evidence_id: str, key: str) -> None:
    reason = st.session_state[key]

    def write() -> str:
        return evidence.void(session.store(), session.actor(), evidence_id, reason, now=session.now())

    forms.run_once(form, write, lambda name: f"Removed {nature.shown_name(name)}: {reason.strip()}")


# --- Adding


def _add_form(subject: str, key: str) -> None:
    mark = hashlib.sha256(f"{subject} {key}".encode()).hexdigest()[:12]
    form = f"evidence.add.{mark}"
    box = st.expander(
        "Add a file or a link",
        icon=":material/attach_file:",
        key=f"evidence_add_{mark}",
        on_change="rerun",
        expanded=forms.has_draft(form),
    )
    if not box.open:
        return
    link, note = f"evidence_link_{mark}", f"evidence_note_{mark}"
    upload = f"evidence_file_{mark}_{forms.submit_token(form)}"
    forms.draft(form, {link: "", note: ""})
    with box:
        st.file_uploader("File", key=upload, max_upload_size=nature.MAX_BYTES // MB)
        st.text_input("or link", key=link, placeholder="https://", autocomplete="off")
        st.text_input("Note", key=note, max_chars=nature.MAX_NOTE, autocomplete="off")
        forms.error_line(form)
        st.button(
            "Add it",
            key=f"evidence_put_{mark}",
            type="primary",
            icon=":material/attach_file_add:",
            on_click=forms.acted,
            args=forms.click(form, _put, form, subject, key, upload, link, note),
        )


def _put(form: str, subject: str, key: str, upload: str, link: str, note: str) -> None:
    file, typed, said = st.session_state.get(upload), st.session_state[link], st.session_state[note]
    token = forms.submit_token(form)
    store, actor, now = session.store(), session.actor(), session.now()

    def write() -> tuple[str, str]:
        if (file is None) == (not typed.strip()):
            raise Refused("choose a file or write a link, one of the two")
        if file is None:
            made = evidence.add_link(store, actor, subject, key, typed, now=now, note=said, request_key=token)
            return made, typed.strip()
        made = evidence.add_file(
            store, actor, subject, key, file.getvalue(), file.name, now=now, note=said, request_key=token
        )
        return made, nature.shown_name(file.name)

    forms.run_once(
        form,
        write,
        lambda done: f"Added {done[1]}",
        lambda done: partial(_undo, done[0]),
    )


def _undo(evidence_id: str) -> str:
    name = evidence.void(session.store(), session.actor(), evidence_id, "added by mistake", now=session.now())
    return f"Taken away again: {nature.shown_name(name)}"
