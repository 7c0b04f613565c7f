"""The dropped files of records on the imports page: told by their headers, tried together, loaded in one go.

A file may name what another one of the same drop brings, so all of them are tried as one, in the order of their
references; each file's frame says what would happen to its own rows.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import forms, imports_page, imports_preview, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.errors import TaiOpsError
from tai_ops.kinds import KINDS
from tai_ops.rights import may
from tai_ops.sheet import Sheet, read_sheet
from tai_ops.store import freshness, incoming
from tai_ops.store.records import Loaded
from tai_ops.store.together import File, in_order, load_together

PAGE_ROWS = 500
TOGETHER = "imports.together"


@dataclass(frozen=True, slots=True)
class Batch:
    """The files of records that lie on the page and can be read, and what loading all of them would do."""

    uploads: tuple[UploadedFile, ...]
    files: tuple[File, ...]
    answers: tuple[Loaded, ...]

    @property
    def by_file(self) -> Mapping[str, Loaded]:
        """What each file would do, by the upload's id."""
        return {one.file_id: answer for one, answer in zip(self.uploads, self.answers, strict=True)}

    @property
    def bad(self) -> int:
        """How many rows are refused, of all files."""
        return sum(len({p.row for p in one.rejected}) for one in self.answers)

    @property
    def good(self) -> int:
        """How many rows are new or change something, of all files."""
        return sum(one.added + one.updated for one in self.answers)

    @property
    def ordered(self) -> tuple[str, ...]:
        """The kinds of the files that bring something, in the order in which they load."""
        kinds = [
            self.files[place].sheet.kind.name
            for place in in_order(self.files)
            if self.answers[place].added + self.answers[place].updated
        ]
        return tuple(dict.fromkeys(kinds))


def tried(placed: Sequence[tuple[UploadedFile, str | None]], accounts: Container[str]) -> Batch:
    """What loading the files of records would do; files that can't be read, or not by this person, stay out."""
    actor = session.actor()
    read: list[tuple[UploadedFile, File]] = []
    for upload, target in placed:
        if target is None or target in accounts or not may(actor, KINDS[target].owner):
            continue
        try:
            read.append((upload, File(upload.name, _sheet(upload, target))))
        except TaiOpsError:
            continue  # its own frame says why
    if not read:
        return Batch((), (), ())
    uploads, files = zip(*read, strict=True)
    answers = load_together(session.store(), actor, files, now=session.now(), skip_bad=True, dry_run=True)
    return Batch(uploads, files, answers)


def _sheet(upload: UploadedFile, name: str) -> Sheet:
    return imports_page.kept(
        upload, "sheet", name, lambda: read_sheet(KINDS[name], upload.getvalue(), upload.name)
    )


def panel(upload: UploadedFile, name: str, batch: Batch) -> None:
    """What happens to the rows of one file; its button where it is the only one. Raises what reading it raises."""
    kind = KINDS[name]
    if not widgets.may(kind.owner):
        widgets.who_may_line(kind.owner)
        return
    sheet, seen = _sheet(upload, name), batch.by_file[upload.file_id]
    bad = len({problem.row for problem in seen.rejected})
    counted = (
        (seen.added, "new", "blue"),
        (seen.updated, "changed", "blue"),
        (seen.unchanged, "unchanged", "gray"),
        (bad, "refused", "red"),
    )
    shown = " ".join(imports_page.count_badge(*one) for one in counted)
    st.markdown(f"{shown} = **{words.counted(sheet.count, 'row')}** in the file")
    if seen.rejected:
        _refused_rows(upload, seen)
    if sheet.count > bad:
        _row_by_row(upload, batch, changes=seen.updated > 0)
    if not seen.added + seen.updated:
        why = "Every good row stands like this already." if sheet.count > bad else "No row of it is good."
        st.markdown(f":gray-badge[– nothing to do] {why}")
    if len(batch.files) == 1:
        _button(batch, key=f"load_{upload.file_id}")


def _row_by_row(upload: UploadedFile, batch: Batch, *, changes: bool) -> None:
    """What is new, and what each changed cell says now and will say; worked out when it is opened."""
    box = st.expander(
        "Row by row",
        icon=":material/list:",
        key=f"rows_{upload.file_id}",
        on_change="rerun",
        expanded=changes,
    )
    if not box.open:
        return
    files = tuple(one.file_id for one in batch.uploads)
    place = files.index(upload.file_id)
    key = (freshness.version(session.store()), files, tuple(one.sheet.kind.name for one in batch.files))
    sheets = [one.sheet for one in batch.files]
    seen = imports_page.kept(
        upload,
        "look",
        key,
        lambda: incoming.look(session.store(), session.actor(), sheets, now=session.now())[place],
    )
    with box:
        imports_preview.rows([(sheets[place], seen, None)], upload.file_id, upload.name.rpartition(".")[0])


def together_button(batch: Batch) -> None:
    """The button that loads several files at once."""
    if len(batch.files) > 1:
        with st.container(border=True, key="load_all"):
            _button(batch, key="load_together")


def _button(batch: Batch, *, key: str) -> None:
    form = f"{TOGETHER}.{'.'.join(sorted(one.file_id for one in batch.uploads))}"
    if not batch.good:
        return
    several = len(batch.files) > 1
    if several:
        order = ", then ".join(batch.ordered)
        st.markdown(f"All files of records at once: {words.escape(order)}. All of them come in or none.")
    skip = not batch.bad or st.checkbox(
        f"Leave out {words.counted(batch.bad, 'bad row')} and load the rest",
        key=f"skip_{form if several else batch.uploads[0].file_id}",
    )
    forms.error_line(form)
    st.button(
        f"Load {words.counted(batch.good, 'row')} of {words.listed(list(batch.ordered))}",
        key=key,
        type="primary",
        icon=":material/download_done:",
        disabled=not skip,
        on_click=forms.acted,
        args=forms.click(form, _load, form, batch),
    )


def _refused_rows(upload: UploadedFile, seen: Loaded) -> None:
    page = imports_page.paged(len(seen.rejected), PAGE_ROWS, f"refused_page_{upload.file_id}")
    widgets.rows_table(
        Rows(
            "refused",
            "refused row",
            (Column("row", "Row", "count"), Column("field", "Field"), Column("reason", "Why")),
            tuple((p.row, p.field, p.reason) for p in seen.rejected[page]),
        ),
        key=f"refused_{upload.file_id}",
        alt="The rows that are refused, with field and reason",
        period=upload.name.rpartition(".")[0],
    )


def _load(form: str, batch: Batch) -> None:
    def write() -> tuple[Loaded, ...]:
        return load_together(
            session.store(),
            session.actor(),
            batch.files,
            now=session.now(),
            skip_bad=batch.bad > 0,
            request_key=forms.submit_token(form),
        )

    def said(answers: tuple[Loaded, ...]) -> str:
        return "; ".join(_said(file, answer) for file, answer in zip(batch.files, answers, strict=True))

    done = forms.run_once(form, write, said)
    if not done:
        return
    for upload, file, answer in zip(batch.uploads, batch.files, done, strict=True):
        imports_page.done_files()[upload.file_id] = _said(file, answer), None


def _said(file: File, answer: Loaded) -> str:
    parts = f"{answer.added} new, {answer.updated} changed, {answer.unchanged} unchanged"
    bad = len({p.row for p in answer.rejected})
    left = f", {words.counted(bad, 'bad row')} left out" if bad else ""
    return f"{file.name}: {file.sheet.kind.name} loaded: {parts}{left}"
