"""The Health page: how the store is in one sentence, its sizes, the refused imports, the doctor's checks, the measures."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import streamlit as st

from tai_ops import measures
from tai_ops.app import company_page, forms, reading, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.rights import called
from tai_ops.store import backups, doctor, refusals
from tai_ops.store import health as stored
from tai_ops.store.backups import Kept
from tai_ops.store.health import Health

STYLE = company_page.STYLE
CHECKED = "health.checked"
OLD_DAYS = 7
MARKS = {
    "good": ":green-badge[✓ good]",
    "advice": ":orange-badge[≈ advice]",
    "wrong": ":red-badge[✗ wrong]",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page stands on."""

    health: Health
    kept: list[Kept]
    now: datetime
    zone: ZoneInfo
    names: dict[str, str]
    may: bool

    def called(self, email: str) -> str:
        """How a person is called; the e-mail where they are not on record."""
        return called(email, self.names)

    @property
    def backup_days(self) -> int | None:
        """How many days old the last verified backup is; None where there is none."""
        made = self.health.backup
        return max(0, (self.now - made.made_at).days) if made else None


def look() -> Seen:
    """The store as it is now."""
    store, now = session.store(), session.now()
    names = {person.email: person.name for person in store.people()}
    return Seen(
        stored.health(store, now), backups.kept(store), now, store.company.tz, names, widgets.may("store")
    )


def as_of(seen: Seen) -> str:
    """Which program and schema this is, and when it was looked at."""
    return (
        f"TAI Ops {version('tai-ops')}, schema {seen.health.schema}, DuckDB {seen.health.engine}, "
        f"{reading.as_of_words()}"
    )


def verdict(seen: Seen) -> str:
    """What is not in order, or that all is."""
    wrong: list[str] = []
    if not seen.health.has_room:
        wrong.append(
            f"only {size(seen.health.free_bytes)} are free and writing needs {size(seen.health.needed_bytes)}"
        )
    days = seen.backup_days
    if days is None:
        wrong.append("there is no verified backup yet")
    elif days > OLD_DAYS:
        wrong.append(f"the last verified backup is {days} days old")
    if seen.health.refused_lately:
        count = seen.health.refused_lately
        wrong.append(
            f"{words.counted(count, 'import')} {'was' if count == 1 else 'were'} refused in seven days"
        )
    damaged = sum(one.damage is not None for one in seen.kept)
    if damaged:
        wrong.append(f"{words.counted(damaged, 'backup')} can't be read")
    said = words.listed(wrong)
    return f"{said[0].upper()}{said[1:]}." if said else "Room, backups and imports are in order."


def tiles(seen: Seen) -> None:
    """Size, room, last verified backup, imports."""
    found = seen.health
    with st.grid(4, min_column_width=150, key="health_tiles"):
        with st.container(border=True, height="stretch", key="health_size"):
            st.metric("Store", size(found.size_bytes))
            st.markdown(f":small[:gray[and a log of {size(found.log_bytes)}]]")
        with st.container(border=True, height="stretch", key="health_room"):
            st.metric("Free", size(found.free_bytes))
            badge = ":green-badge[✓ enough]" if found.has_room else ":red-badge[✗ too little]"
            st.markdown(f"{badge} :small[:gray[writing needs {size(found.needed_bytes)}]]")
        with st.container(border=True, height="stretch", key="health_backup"):
            _backup_tile(seen)
        with st.container(border=True, height="stretch", key="health_imports"):
            st.metric("Imports", f"{found.imports:,}")
            st.markdown(
                f":small[:gray[{found.refused_lately} refused in seven days, {found.refused} in all]]"
            )


def _backup_tile(seen: Seen) -> None:
    made, days = seen.health.backup, seen.backup_days
    if made is None or days is None:
        st.metric("Last verified backup", words.DASH)
        st.markdown(":orange-badge[≈ none yet]")
        return
    st.metric("Last verified backup", "today" if days == 0 else words.counted(days, "day") + " ago")
    badge = ":green-badge[✓ good]" if days <= OLD_DAYS else ":orange-badge[≈ old]"
    gone = "" if made.path.is_file() else ", its file is gone"
    st.markdown(
        f"{badge} :small[:gray[{words.escape(words.instant(made.made_at, seen.zone))}, {made.rows:,} rows{gone}]]"
    )


def refused(seen: Seen) -> None:
    """The imports that came to nothing, the newest first, each with its reason."""
    widgets.section(
        "Imports that were refused", "Nothing of such a file is on record; correct it and bring it in again."
    )
    found = refusals.refusals(session.store())
    columns = (
        Column("refused_at", "When", "instant"),
        Column("file", "File"),
        Column("reason", "Why"),
        Column("what", "Of"),
        Column("refused_by", "By"),
    )
    rows = tuple(
        (
            one.refused_at,
            one.file,
            one.reason.removeprefix(f"{one.file}: "),
            one.what,
            seen.called(one.refused_by),
        )
        for one in found
    )
    widgets.rows_table(
        Rows("refused imports", "refused import", columns, rows),
        key="refused",
        alt="Refused imports with file and reason",
        zone=seen.zone,
        period=f"{seen.now:%Y-%m-%d}",
    )


def checks(seen: Seen) -> None:
    """The doctor's checks, on demand: they read much of the store."""
    widgets.section(
        "Checks",
        "Duplicate keys, orphans, matches, frozen states, settings, room, backups: the same that the command tai-ops doctor looks at.",
    )
    st.button("Run the checks", key="run_checks", icon=":material/stethoscope:", on_click=_check)
    held = st.session_state.get(CHECKED)
    if not held:
        return
    at, findings = held
    wrong = sum(not finding.ok for finding in findings)
    told = f"{words.counted(wrong, 'thing')} wrong" if wrong else "nothing wrong"
    st.markdown(words.escape(f"Looked at {words.instant(at, seen.zone)}: {told}."))
    for level in ("wrong", "advice", "good"):
        for finding in findings:
            if finding.level == level:
                st.markdown(
                    f"{MARKS[level]} **{words.escape(finding.check)}** {words.escape(finding.detail)}"
                )


def _check() -> None:
    st.session_state[CHECKED] = (session.now(), doctor.check(session.store(), now=session.now()))


def measured() -> None:
    """How long pages and queries took since the program started, and where other programs read that."""
    widgets.section(
        "Measures",
        "Since the program was started. The same, and the company's numbers, stand at /metrics for Prometheus, for a "
        "token of the scope metrics.",
    )
    words_of = {"page": "page", "query": "query", "write": "write"}
    columns = (
        Column("what", "What"),
        Column("label", "Which"),
        Column("count", "Times", "count"),
        Column("mean_ms", "Mean, ms", "count"),
    )
    rows = tuple(
        (words_of.get(kind, kind), label, timing.count, round(1000 * timing.seconds / timing.count))
        for (kind, label), timing in measures.timings().items()
        if timing.count
    )
    with st.expander("Times", key="times"):
        widgets.rows_table(
            Rows("times", "measure", columns, rows), key="times_rows", alt="How long pages and queries took"
        )
    widgets.link("company", "Make a token", (("part", "Tokens"),), key="to_tokens", icon=":material/key:")


def size(count: int) -> str:
    """Bytes for people, such as `12.6 MB`."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"


def dismiss(form: str) -> None:
    """Close an open form."""
    forms.discard(form)
    forms.go_on(())
