"""The Health page's backups: make one now, read one again to its last value, bring one back as a new store."""

from datetime import UTC, datetime

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.company_page import line
from tai_ops.app.health_page import Seen, dismiss, size
from tai_ops.errors import TaiOpsError
from tai_ops.store import backups
from tai_ops.store.backups import Kept

SHOWN = 20
READ = "health.read"


def back_up_button(seen: Seen) -> None:
    """The page's one primary action."""
    st.button(
        "Back up now",
        key="back_up",
        type="primary",
        icon=":material/save:",
        disabled=not seen.may or session.store().path is None,
        help=None if seen.may else "Not yours; see below.",
        on_click=_back_up,
    )


def _back_up() -> None:
    forms.run_write(
        "back_up",
        lambda: backups.back_up_now(session.store(), session.actor(), clock=datetime.now(UTC)),
        lambda made: (
            f"{made.path.name} is made and was read back: {made.rows:,} rows, {size(made.size_bytes)}"
        ),
    )


def listed(seen: Seen) -> None:
    """The backups in the store's folder, the newest first, each with what can be done with it."""
    widgets.section(
        "Backups",
        f"One a day is made by itself and {backups.KEPT_DAYS} are kept; each is read back and compared before it gets its "
        "name. A restore from here makes a new store and never touches the running one.",
    )
    forms.error_line("back_up")
    if not seen.may:
        widgets.who_may_line("store")
    if not seen.kept:
        st.markdown(
            ":gray[There are none yet. The first of the day is made a minute after the program starts.]"
        )
    wanted = st.query_params.get("backup", "")
    for kept in seen.kept[:SHOWN]:
        _backup(seen, kept, is_open=kept.path.name == wanted)
    if len(seen.kept) > SHOWN:
        st.markdown(f":small[:gray[and {len(seen.kept) - SHOWN} older ones in {backups.FOLDER}/]]")


def _backup(seen: Seen, kept: Kept, *, is_open: bool) -> None:
    if kept.damage or kept.made_at is None:
        line(
            f"backup_{kept.path.name}",
            f":red-badge[✗ damaged] {words.escape(kept.path.name)}",
            f":gray[{words.escape(kept.damage or '')}]",
            button=None,
            opens=(),
        )
        return
    told = f"{size(kept.size_bytes)}, {kept.rows:,} rows, schema {kept.schema}, {kept.path.name}"
    line(
        f"backup_{kept.path.name}",
        f"**{words.escape(words.instant(kept.made_at, seen.zone))}** {words.escape(kept.occasion)}",
        f":gray[{words.escape(told)}]",
        button="Open" if seen.may and not is_open else None,
        opens=(("backup", kept.path.name),),
    )
    if is_open and seen.may:
        with st.container(border=True, key=f"entry_backup_{kept.path.name}"):
            _form(kept)


def _form(kept: Kept) -> None:
    name = kept.path.name
    form = f"restore_{name}"
    forms.draft(form, {f"{form}_as": ""})
    st.markdown(f":small[:gray[digest {kept.digest}]]")
    read = st.session_state.get(READ, {}).get(name)
    if read:
        st.markdown(f"{read}")
    st.text_input(
        "Name of the new store",
        key=f"{form}_as",
        placeholder="look-back",
        help="It is made beside the running store and can then be served with --store.",
        width=320,
    )
    forms.error_line(form)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Restore into a new store",
            key=f"save_{form}",
            type="primary",
            icon=":material/settings_backup_restore:",
            on_click=forms.acted,
            args=forms.click(form, _restore, name, form),
        )
        st.button(
            "Read it again", key=f"read_{name}", icon=":material/fact_check:", on_click=_read, args=(name,)
        )
        st.button("Close", key=f"close_{name}", type="tertiary", on_click=dismiss, args=(form,))


def _restore(name: str, form: str) -> None:
    new = st.session_state[f"{form}_as"]
    forms.run_write(
        form,
        lambda: backups.restore_as(session.store(), session.actor(), name, new, clock=datetime.now(UTC)),
        lambda done: (
            f"{done.target.name} beside the running store holds {done.rows:,} rows as of "
            f"{done.made_at:%Y-%m-%d %H:%M} UTC; another tai-ops serve shows it, with --store and a --port of its own"
        ),
    )


def _read(name: str) -> None:
    try:
        found = backups.check(session.store(), name)
        said = f":green-badge[✓ good] {found.rows:,} rows were read to the last value and are as they were written"
    except TaiOpsError as reason:
        said = f":red-badge[✗ damaged] {words.escape(reason)}"
    st.session_state.setdefault(READ, {})[name] = said
