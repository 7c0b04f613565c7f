"""The doctor: what is wrong with a store, in plain words and with what to do about it.

The engine keeps no keys and no references here (hazards.md H3); a scan looks after them instead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

import duckdb

from tai_ops.company import company_settings
from tai_ops.errors import TaiOpsError
from tai_ops.kinds import RECORDS, Column, Kind
from tai_ops.store import digest, migrate, rollups
from tai_ops.store.backup import last_backup, verify
from tai_ops.store.connection import Store
from tai_ops.store.digest import columns, table_digests
from tai_ops.store.file import room
from tai_ops.store.ledger import CONFIRMED
from tai_ops.store.lockdown import is_locked_down
from tai_ops.store.onboardings import OF_CUSTOMERS
from tai_ops.store.records import key_sql
from tai_ops.words import counted, instant

Level = Literal["good", "advice", "wrong"]
BACKUP_EVERY = timedelta(days=7)
LEFT_OVER_AFTER = timedelta(days=1)
SHOWN = 3
UNIQUE: tuple[tuple[str, str], ...] = (
    ("applications", "application_id"),
    ("absences", "absence_id, noted_at"),
    ("annotations", "annotation_id, noted_at"),
    ("audit", "audit_id"),
    ("close_files", "month, version, file_name"),
    ("credit_notes", "invoice_number"),
    ("drafts", "person, form"),
    ("evidence", "evidence_id"),
    ("evidence_voids", "evidence_id"),
    ("files", "file_hash"),
    ("invoice_lines", "invoice_number, line_number"),
    ("match_decisions", "decision_id"),
    ("note_measures", "note_id"),
    ("proposal_versions", "proposal_id, version"),
    ("qualifications", "qualification_id"),
    ("review_notes", "note_id, noted_at"),
    ("review_ready", "week, block, marked_at"),
    ("sla_credits", "invoice_number"),
    ("snapshots", "snapshot_id"),
    ("statement_balances", "account, stated_on, source, stated_at"),
    ("statement_lines", "line_id"),
    ("statement_lines", "account, row_key, occurrence"),
    ("statements", "statement_id"),
    ("settings", "name, recorded_at"),
    ("store_facts", "name"),
    ("token_revocations", "name"),
    ("tokens", "name"),
)
"""What else stands once only, beside the keys of the kinds: table and columns."""
OWNERS: tuple[tuple[str, str, str, str], ...] = (
    ("evidence", "file_hash", "files", "file_hash"),
    ("evidence_voids", "evidence_id", "evidence", "evidence_id"),
    ("statements", "account", "accounts", "account"),
    ("statements", "file_hash", "files", "file_hash"),
    ("statement_lines", "account", "accounts", "account"),
    ("statement_lines", "statement_id", "statements", "statement_id"),
    ("statement_rows", "statement_id", "statements", "statement_id"),
    ("statement_repeats", "statement_id", "statements", "statement_id"),
    ("statement_repeats", "of_statement_id", "statements", "statement_id"),
    ("closes", "snapshot_id", "snapshots", "snapshot_id"),
    ("note_measures", "note_id", "review_notes", "note_id"),
    ("close_files", "file_hash", "files", "file_hash"),
    ("application_undos", "application_id", "applications", "application_id"),
    *((table, "customer_id", "customers", "customer_id") for table in OF_CUSTOMERS),
    ("sla_credits", "customer_id", "customers", "customer_id"),
    ("spot_check_items", "spot_check_id", "spot_checks", "spot_check_id"),
    ("spot_check_results", "spot_check_id", "spot_checks", "spot_check_id"),
    ("token_revocations", "name", "tokens", "name"),
    ("reviews", "snapshot_id", "snapshots", "snapshot_id"),
)
"""What the program's own rows belong to: table, column, the other table, its column."""
MATCHED: dict[str, tuple[str, str]] = {
    "invoice": ("invoices", "invoice_number"),
    "payment": ("payments", "payment_id"),
    "bill": ("bills", "bill_id"),
    "entry": ("entries", "entry_id"),
    "line": ("statement_lines", "line_id"),
}
"""Where the other side of a match stands, by the match's kind of entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: good, worth an advice, or wrong; `detail` says what and what to do."""

    check: str
    level: Level
    detail: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; an advice is not wrong."""
        return self.level != "wrong"


Found = Iterator[tuple[Level, str]]
Look = Callable[[Store], Found]


def check(store: Store, *, now: datetime, full: bool = False) -> list[Finding]:
    """Every finding, each check at least once; `full` also reads every value and the last backup."""
    looks: dict[str, Look] = {
        "lock-down": _lock_down,
        "engine": _engine,
        "tables": _tables,
        "settings": _settings,
        "free space": _free_space,
        "keys": _keys,
        "references": _references,
        "undone statements": _undone,
        "matches": _matches,
        "snapshots": _snapshots,
        "possible duplicates": _possible_duplicates,
        "rollups": _rollups,
        "last backup": lambda s: _last_backup(s, now),
        "torn logs": _torn_logs,
        "left-overs": lambda s: _left_overs(s, now),
    }
    if full:
        looks |= {
            "every value": _every_value,
            "kept files": _kept_files,
            "backup's content": _backup_content,
        }
    return [finding for name, look in looks.items() for finding in _looked(store, name, look)]


def _looked(store: Store, name: str, look: Look) -> list[Finding]:
    try:
        found = [Finding(name, level, detail) for level, detail in look(store)]
    except (duckdb.Error, TaiOpsError) as reason:
        first = str(reason).splitlines()[0]
        return [Finding(name, "wrong", f"can't be looked at ({first}); {_BRING_BACK}")]
    return found or [Finding(name, "good", "nothing found")]


_BRING_BACK = "bring the last verified backup back with `tai-ops restore FILE --replace`"
_KEEP = "keep the store as it is and restore a backup from before, or correct the record"


def _lock_down(store: Store) -> Found:
    cursor = store.cursor()
    try:
        if is_locked_down(cursor):
            yield "good", "the engine reaches no files, networks or extensions"
        else:
            yield "wrong", "the engine may reach files or networks; stop the program and start it anew"
    finally:
        cursor.close()


def _engine(store: Store) -> Found:
    cursor = store.cursor()
    try:
        recorded, schema = migrate.engine(cursor), migrate.version(cursor)
    finally:
        cursor.close()
    if recorded == duckdb.__version__:
        yield "good", f"DuckDB {recorded}, schema {schema}"
    else:
        yield (
            "wrong",
            f"DuckDB {duckdb.__version__} runs and the store is of {recorded}; start the program anew",
        )


def _tables(store: Store) -> Found:
    cursor = store.cursor()
    try:
        found = columns(cursor)
        indexes = cursor.execute("select index_name from duckdb_indexes() order by index_name").fetchall()
    finally:
        cursor.close()
    wanted = _columns_as_made()
    for table in sorted(found.keys() | wanted.keys()):
        if found.get(table) != wanted.get(table):
            yield "wrong", f"the table {table} is not as this program makes it; {_BRING_BACK}"
    for (index,) in indexes:
        yield "wrong", f"the index {index} may lose entries; remove it with `drop index {index}`"


@cache
def _columns_as_made() -> dict[str, tuple[digest.Column, ...]]:
    with duckdb.connect(":memory:") as fresh:
        migrate.lay(fresh, migrate.migrations()[-1][0])
        return columns(fresh)


def _settings(store: Store) -> Found:
    try:
        company_settings(store.settings_file)
    except TaiOpsError as reason:
        yield "wrong", f"{reason}; correct the file beside the store"
        return
    try:
        company = store.company
    except TaiOpsError as reason:
        yield "wrong", f"{reason}; set it anew, or take it back to the file, on the Company page"
        return
    if company.zone_chosen:
        yield "good", f"{company.name}, {company.zone}, {company.currency}"
    else:
        yield (
            "advice",
            f"no zone is chosen, so days and deadlines are in {company.zone}; choose one on the Company page",
        )


def _free_space(store: Store) -> Found:
    if store.path is None:
        return
    free, least = room(store.path)
    told = f"{free // 2**20} MB are free, writing needs {least // 2**20} MB"
    yield (
        ("good", told)
        if free >= least
        else ("wrong", f"{told}; free some space, nothing is written until then")
    )


def _keys(store: Store) -> Found:
    for kind in RECORDS.values():
        keys = ", ".join(kind.key)
        twice = store.rows(
            f"select min({key_sql(kind)}), count(*) from {kind.table} group by {keys} "
            f"having count(*) > 1 order by min({key_sql(kind)})"
        )
        if twice:
            yield (
                "wrong",
                (
                    f"{kind.name}: {_some(twice)} stand more than once; "
                    f"void the key with `tai-ops void {kind.name} KEY --reason TEXT` and load the right row again"
                ),
            )
    for table, keys in UNIQUE:
        twice = store.rows(
            f"select concat_ws(',', {keys}), count(*) from {table} group by {keys} having count(*) > 1 order by all"
        )
        if twice:
            yield "wrong", f"{table}: {_some(twice)} stand more than once ({keys}); {_BRING_BACK}"


def _references(store: Store) -> Found:
    for kind in RECORDS.values():
        for column in kind.columns:
            if column.refers:
                yield from _orphans(store, kind, column, RECORDS[column.refers])
    for table, column, other, other_column in OWNERS:
        lost = _lost(store, table, column, other, other_column)
        if lost:
            yield "wrong", f"{table}: {column} {_some(lost)} is not in {other}; {_BRING_BACK}"


def _orphans(store: Store, kind: Kind, column: Column, other: Kind) -> Found:
    lost = _lost(store, kind.table, column.name, other.table, other.key[0])
    lost = [row for row in lost if not (column.any_mark and row[0] == "*")]
    if lost:
        yield (
            "wrong",
            (
                f"{kind.name}: {column.name} {_some(lost)} names no {other.noun}; "
                f"load it with `tai-ops load {other.name} FILE`, or void the rows"
            ),
        )


def _lost(store: Store, table: str, column: str, other: str, other_column: str) -> list[tuple[Any, ...]]:
    return store.rows(
        f"""
        select t.{column}, count(*) from {table} t
        where t.{column} is not null
          and not exists (select 1 from {other} o where o.{other_column} = t.{column})
        group by t.{column} order by t.{column}
        """
    )


def _undone(store: Store) -> Found:
    left = store.rows(
        """
        select statement_id, count(*) from statement_lines
        where statement_id in (select statement_id from statement_undos)
        group by statement_id order by statement_id
        """
    )
    if left:
        yield "wrong", f"lines of undone statements are still there: {_some(left)}; {_BRING_BACK}"


def _matches(store: Store) -> Found:
    lineless = store.rows(
        f"""
        select m.line_id, count(*) from ({CONFIRMED}) m
        where not exists (select 1 from statement_lines l where l.line_id = m.line_id)
        group by m.line_id order by m.line_id
        """
    )
    if lineless:
        yield "wrong", f"matches stand for bank lines that are not there: {_some(lineless)}; {_KEEP}"
    for entry_kind, (table, column) in MATCHED.items():
        gone = store.rows(
            f"""
            select m.entry_id, count(*) from ({CONFIRMED}) m
            where m.entry_kind = $kind and not exists (select 1 from {table} t where t.{column} = m.entry_id)
            group by m.entry_id order by m.entry_id
            """,
            {"kind": entry_kind},
        )
        if gone:
            yield (
                "wrong",
                (
                    f"matches stand with {table} that are not there: {_some(gone)}; "
                    "load the record again, or take the match back on the bank page"
                ),
            )
    yield from _overmatched(store)


def _overmatched(store: Store) -> Found:
    strange = store.rows(
        f"select entry_kind, count(*) from ({CONFIRMED}) where not list_contains($known, entry_kind) "
        "group by entry_kind order by entry_kind",
        {"known": list(MATCHED)},
    )
    if strange:
        yield "wrong", f"matches name a kind of record that there is not: {_some(strange)}; {_KEEP}"
    over = store.rows(
        f"""
        select l.line_id, sum(m.amount), l.amount
        from ({CONFIRMED}) m join statement_lines l using (line_id)
        group by l.line_id, l.amount
        having abs(sum(m.amount)) > abs(l.amount) or sum(m.amount) * sign(l.amount) < 0
        order by l.line_id
        """
    )
    for line_id, matched, amount in over[:SHOWN]:
        yield (
            "wrong",
            (
                f"the matches of the bank line {line_id} come to {matched} and the line to {amount}; "
                "take one of them back on the bank page"
            ),
        )
    if len(over) > SHOWN:
        yield "wrong", f"{len(over) - SHOWN} more bank lines are matched beyond their amount"


def _snapshots(store: Store) -> Found:
    changed = store.rows(
        """
        select subject, period, version from snapshots
        where sha256(body_json) <> body_hash order by subject, period, version
        """
    )
    for subject, period, version in changed:
        yield (
            "wrong",
            (f"the frozen {subject} of {period} (version {version}) is not what was frozen; {_BRING_BACK}"),
        )
    if not changed:
        found = store.row("select count(*) from snapshots")
        yield "good", f"{found[0] if found else 0} frozen states are as they were frozen"


def _possible_duplicates(store: Store) -> Found:
    found = store.row(
        """
        select count(distinct d.line_id) from possible_duplicates d join statement_lines l using (line_id)
        where not exists (select 1 from duplicate_decisions x where x.line_id = d.line_id)
        """
    )
    if found and found[0]:
        yield "advice", f"{counted(found[0], 'bank line')} may stand twice; decide on the Imports page"


def _rollups(store: Store) -> Found:
    cursor = store.cursor()
    try:
        wrong = rollups.differing(cursor)
    finally:
        cursor.close()
    for one in wrong[:SHOWN]:
        yield (
            "wrong",
            (
                f"the rollups of {one.service} on {one.day} hold {one.rolled} of {one.samples} samples, or others; "
                "make them anew with `tai-ops rollups rebuild`"
            ),
        )
    if len(wrong) > SHOWN:
        yield "wrong", f"{len(wrong) - SHOWN} more days of services are not what their samples add up to"


def _last_backup(store: Store, now: datetime) -> Found:
    made = last_backup(store)
    how = "make one with `tai-ops backup --out FILE`"
    if made is None:
        yield "advice", f"there is no verified backup yet; {how}"
        return
    told = f"{made.path.name} of {instant(made.made_at, store.company.tz)}, {counted(made.rows, 'row')}"
    if not made.path.is_file():
        yield "advice", f"the last verified backup, {told}, is no longer at {made.path.parent}; {how}"
    elif now - made.made_at > BACKUP_EVERY:
        yield (
            "advice",
            f"the last verified backup is {counted((now - made.made_at).days, 'day')} old ({told}); {how}",
        )
    else:
        yield "good", told


def _torn_logs(store: Store) -> Found:
    if store.path is None:
        return
    for kept in sorted((store.path.parent / "backups").glob(f"{store.path.stem}-torn-log-*.wal")):
        told = f"the rest of the log is kept as {kept}; delete it when all is well"
        yield (
            "advice",
            f"the program was stopped amid a write: see whether its last records are there; {told}",
        )


def _left_overs(store: Store, now: datetime) -> Found:
    if store.path is None:
        return
    for entry in sorted(store.path.parent.glob(".*")):
        if ".restoring-" not in entry.name and ".part-" not in entry.name:
            continue
        if now - datetime.fromtimestamp(entry.stat().st_mtime, UTC) > LEFT_OVER_AFTER:
            yield "advice", f"{entry} was left by a backup or restore that was killed; it may be deleted"


def _every_value(store: Store) -> Found:
    cursor = store.cursor()
    try:
        counts = [rows for rows, _ in table_digests(cursor).values()]
    finally:
        cursor.close()
    yield "good", f"{counted(sum(counts), 'row')} of {counted(len(counts), 'table')} read to the last value"


def _kept_files(store: Store) -> Found:
    changed = store.rows(
        "select file_hash, file_name from files where sha256(content) <> file_hash order by file_hash"
    )
    for key, name in changed:
        yield "wrong", f"{name!r} ({key[:12]}) is not the file that was kept; {_BRING_BACK}"
    if not changed:
        found = store.row("select count(*) from files")
        yield "good", f"{found[0] if found else 0} kept files are as they came"


def _backup_content(store: Store) -> Found:
    made = last_backup(store)
    if made is None or not made.path.is_file():
        return
    if verify(made.path).digest == made.digest:
        yield "good", f"{made.path.name} is as it was written"
    else:
        yield "wrong", f"{made.path.name} is not the backup that was made; make another"


def _some(rows: list[tuple[Any, ...]]) -> str:
    shown = ", ".join(repr(str(row[0])) for row in rows[:SHOWN])
    return shown if len(rows) <= SHOWN else f"{shown} and {len(rows) - SHOWN} more"
