"""What a monitor's file leaves open, asked on the imports page: which services of ours it speaks of, and when it was taken."""

from dataclasses import replace
from datetime import datetime, time

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import session, words
from tai_ops.foreign import Found, folded
from tai_ops.foreign.samples import NO_SERVICE, NO_TIME
from tai_ops.store import incoming
from tai_ops.store.incoming import Said

MOST_ASKED = 30


def asked(upload: UploadedFile, found: Found, said: Said) -> Said:
    """What is said so far, with the services and the time that somebody chooses here."""
    if found.needs_time:
        said = replace(said, taken_at=_taken_at(upload))
    if found.services:
        said = _services(upload, found.services, said)
    return said


def plain(reason: str) -> str:
    """Why a row is refused, without the command line's options: on the page the fields stand above."""
    if reason == NO_TIME:
        return "the file says no time: say above when it was taken"
    return "the file names no service: say above which it is" if reason == NO_SERVICE else reason


def _taken_at(upload: UploadedFile) -> datetime | None:
    zone = session.store().company.tz
    st.markdown(
        ":orange-badge[≈ to decide] This is a snapshot that says no time. "
        f"When was it taken? :small[:gray[{words.escape(zone.key)}]]"
    )
    with st.grid(3, min_column_width=200):
        day = st.date_input("Day", value=None, format="YYYY-MM-DD", key=f"taken_on_{upload.file_id}")
        at = st.time_input("Time", value=None, step=60, key=f"taken_at_{upload.file_id}")
    return datetime.combine(day, at, tzinfo=zone) if day and isinstance(at, time) else None


def _services(upload: UploadedFile, names: tuple[str, ...], said: Said) -> Said:
    """Which service of ours each name means: the one that was noted, or the monitor's own name until somebody says."""
    known = incoming.known(session.store(), said)
    ours = incoming.services(session.store())
    unnamed = [name for name in names if not name.strip()]
    named = [name for name in names if name.strip()]
    box = st.expander(
        "Which services these are",
        icon=":material/dns:",
        key=f"services_{upload.file_id}",
        expanded=bool(unnamed) or any(folded(name) not in known.services for name in named),
    )
    chosen = dict(said.services)
    alone = said.service
    with box:
        st.caption(
            "A monitor has its own names. Choose one of ours or type one; the answer is kept for the next file."
        )
        with st.grid(3, min_column_width=200):
            for place, name in enumerate([*unnamed, *named][:MOST_ASKED]):
                stands = known.service_of(name) if name.strip() else ""
                options = list(
                    dict.fromkeys([*([stands] if stands else []), *ours, *([name] if name.strip() else [])])
                )
                picked = st.selectbox(
                    words.escape(name) if name.strip() else "The file names none",
                    options,
                    index=0 if stands else None,
                    placeholder="Choose or type a service",
                    accept_new_options=True,
                    key=f"service_{upload.file_id}_{place}",
                )
                if not picked:
                    continue
                if name.strip():
                    chosen[name] = picked
                else:
                    alone = picked
        if len(names) > MOST_ASKED:
            st.caption(f"The first {MOST_ASKED} of {len(names)}; the others keep the monitor's names.")
    return replace(
        said,
        services={n: s for n, s in chosen.items() if s != n or folded(n) in known.services},
        service=alone,
    )
