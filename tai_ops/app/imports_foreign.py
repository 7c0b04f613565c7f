"""Another system's file on the imports page: what it was taken for, what it would do to which kinds, and its button."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import forms, imports_monitors, imports_page, imports_preview, session, words
from tai_ops.errors import Problem
from tai_ops.foreign import FORMATS, File, Format, Found, detect, pipeline_stages
from tai_ops.foreign.hubspot import is_pipeline
from tai_ops.kinds import KINDS, STAGES
from tai_ops.rights import may, who_may
from tai_ops.store import freshness, incoming
from tai_ops.store.incoming import Report, Said, Seen

PIPELINE = "pipeline"
"""What a HubSpot list of a pipeline's stages is called here: it holds no records."""


def told(upload: UploadedFile) -> str | None:
    """Which other system's file it is, by what it holds: an id of the formats; None where it is none of them."""
    return imports_page.kept(upload, "foreign", None, lambda: _told(upload))


def _told(upload: UploadedFile) -> str | None:
    file = _file(upload)
    if is_pipeline(file):
        return PIPELINE
    found = detect(file)
    return found.id if found else None


def _file(upload: UploadedFile) -> File:
    return File(upload.getvalue(), upload.name)


def panel(upload: UploadedFile, uploads: Sequence[UploadedFile]) -> None:
    """What happens to the rows of the file, kind by kind, and the button that loads it."""
    if told(upload) == PIPELINE:
        _pipeline(upload)
        return
    form = next(one for one in FORMATS if one.id == told(upload))
    st.caption(words.escape(f"Recognised as {form.label}."))
    right = KINDS[form.kinds[0]].owner
    if not may(session.actor(), right):
        st.markdown(f":gray-badge[– not yours] {words.escape(who_may(right))}.")
        return
    listed = {name: stage for one in uploads if told(one) == PIPELINE for name, stage in _stages(one).items()}
    first = _read(upload, form, Said(listed))
    said = imports_monitors.asked(upload, first, Said(listed | _asked(upload, first)))
    found = _read(upload, form, said)
    key = (freshness.version(session.store()), _fingerprint(said), session.actor().email)
    seen: tuple[Seen, ...] = imports_page.kept(
        upload,
        "foreign_seen",
        key,
        lambda: incoming.look_at(session.store(), session.actor(), found, now=session.now()),
    )
    _draw(upload, found, seen, said)


def _read(upload: UploadedFile, form: Format, said: Said) -> Found:
    key = (freshness.version(session.store()), _fingerprint(said))
    return imports_page.kept(
        upload,
        f"foreign_read_{said != Said()}",
        key,
        lambda: form.reads(_file(upload), incoming.known(session.store(), said)),
    )


def _fingerprint(said: Said) -> tuple[object, ...]:
    return (
        tuple(sorted(said.stages.items())),
        tuple(sorted(said.services.items())),
        said.service,
        said.taken_at,
    )


def _stages(upload: UploadedFile) -> dict[str, str]:
    return imports_page.kept(upload, "stages", None, lambda: pipeline_stages(_file(upload)))


def _pipeline(upload: UploadedFile) -> None:
    stages = _stages(upload)
    named = words.counted(len(stages), "name")
    st.markdown(
        f":gray-badge[– stages] Recognised as HubSpot's list of a pipeline's stages ({named} of stages). "
        "It holds no records; the HubSpot files dropped beside it are read by it."
    )


def _asked(upload: UploadedFile, found: Found) -> dict[str, str]:
    """Which stage of ours a stage is that nobody has named yet; what is chosen is kept when the file is loaded."""
    if not found.unknown_stages:
        return {}
    st.markdown(
        ":orange-badge[≈ to decide] Which of our stages are these? The answer is kept for the next file."
    )
    chosen: dict[str, str] = {}
    with st.grid(3, min_column_width=200):
        for place, name in enumerate(found.unknown_stages):
            stage = st.selectbox(
                words.escape(name),
                STAGES,
                index=None,
                placeholder="Choose a stage",
                key=f"stage_{upload.file_id}_{place}",
            )
            if stage:
                chosen[name] = stage
    return chosen


def _draw(upload: UploadedFile, found: Found, seen: tuple[Seen, ...], answers: Said) -> None:
    would = incoming.report(found, seen)
    main = [did for one, did in zip(found.parts, seen, strict=True) if one.sheet.kind.name == found.main]
    refused = len(would.main.rejected)
    imports_preview.counts(main, refused, found.read)
    for kind, other in would.also.items():
        beside = f"{other.added} new, {other.updated} changed, {other.unchanged} unchanged"
        st.markdown(f":small[:gray[{words.escape(f'Beside them {_plain(kind)}: {beside}.')}]]")
    for note in found.notes:
        st.markdown(f":orange-badge[≈ note] {words.escape(note[:1].upper() + note[1:])}")
    period = upload.name.rpartition(".")[0]
    imports_preview.refused_rows([_plainly(one) for one in would.main.rejected], upload.file_id, period)
    _parts(upload, found, seen, period)
    _button(upload, found, seen, would, answers)


def _parts(upload: UploadedFile, found: Found, seen: tuple[Seen, ...], period: str) -> None:
    """Row by row, one kind at a time: the one that the file is about first."""
    shown: dict[str, list[imports_preview.Shown]] = {found.main: []}
    for one, did in zip(found.parts, seen, strict=True):
        if did.new or did.changed or did.unchanged:
            shown.setdefault(one.sheet.kind.name, []).append((one.sheet, did, one.numbers))
    shown = {kind: some for kind, some in shown.items() if some}
    if not shown:
        return
    box = st.expander(
        "Row by row",
        icon=":material/list:",
        key=f"foreign_rows_{upload.file_id}",
        on_change="rerun",
        expanded=any(did.changed for did in seen),
    )
    if not box.open:
        return
    with box:
        kind = next(iter(shown))
        if len(shown) > 1:
            chosen = st.segmented_control(
                "Of which kind",
                list(shown),
                default=kind,
                required=True,
                format_func=_plain,
                key=f"part_{upload.file_id}",
            )
            kind = chosen if chosen in shown else kind
        imports_preview.rows(shown[kind], f"{upload.file_id}_{kind}", period)


def _button(upload: UploadedFile, found: Found, seen: tuple[Seen, ...], would: Report, answers: Said) -> None:
    form = f"imports.{upload.file_id}"
    good = sum(len(did.new) + len(did.changed) for did in seen)
    if not good:
        why = (
            "Nothing in it comes into the records."
            if not found.parts
            else "Every good row stands like this already."
            if any(did.unchanged for did in seen)
            else "No row is good."
        )
        st.markdown(f":gray-badge[– nothing to do] {why}")
        return
    bad = len(would.main.rejected)
    skip = not bad or st.checkbox(
        f"Leave out {words.counted(bad, 'bad row')} and load the rest", key=f"skip_{upload.file_id}"
    )
    kinds = dict.fromkeys(
        _plain(one.sheet.kind.name)
        for one, did in zip(found.parts, seen, strict=True)
        if did.new or did.changed
    )
    forms.error_line(form)
    st.button(
        f"Load {words.counted(good, 'row')} of {words.listed(list(kinds))}",
        key=f"load_{upload.file_id}",
        type="primary",
        icon=":material/download_done:",
        disabled=not skip,
        on_click=forms.acted,
        args=forms.click(form, _load, form, upload, found, seen, answers),
    )


def _load(form: str, upload: UploadedFile, found: Found, seen: tuple[Seen, ...], answers: Said) -> None:
    def write() -> Report:
        return incoming.bring_in(
            session.store(),
            session.actor(),
            found,
            now=session.now(),
            name=upload.name,
            skip_bad=True,
            seen=seen,
            said=answers,
            request_key=forms.submit_token(form),
        )

    done = forms.run_once(form, write, lambda told: _said(upload, found, told))
    if done:
        imports_page.done_files()[upload.file_id] = _said(upload, found, done), None


def _said(upload: UploadedFile, found: Found, told: Report) -> str:
    every = {found.main: told.main, **told.also}
    parts = [
        f"{_plain(kind)} {one.added} new, {one.updated} changed, {one.unchanged} unchanged"
        for kind, one in every.items()
    ]
    bad = len(told.main.rejected)
    left = f"; {words.counted(bad, 'bad row')} left out" if bad else ""
    return f"{upload.name}: {'; '.join(parts)}{left}"


def _plainly(problem: Problem) -> Problem:
    """Why a row is refused, without the command line's option: on the page the choice stands above."""
    reason, option, _ = problem.reason.partition("; say which it is with --stage")
    if option:
        return Problem(problem.row, problem.field, f"{reason}; choose above which it is")
    return Problem(problem.row, problem.field, imports_monitors.plain(problem.reason))


def _plain(kind: str) -> str:
    """A kind's name as words."""
    return kind.replace("_", " ")
