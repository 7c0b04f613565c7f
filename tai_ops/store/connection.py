"""Opening the store, reading from it, and the one way to write to it.

The engine's access to files and networks is off and its configuration locked as soon as the file is open
(hazards.md H11); a write is one transaction under one lock, with its right checked and its audit row inside.
"""

import contextlib
import json
import os
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import duckdb
from uuid6 import uuid7

from tai_ops import measures
from tai_ops.errors import PeriodClosed, Refused, StoreBusy, StoreDamaged, TaiOpsError, WrongUsage
from tai_ops.period import Month
from tai_ops.rights import Actor, authorize
from tai_ops.store import migrate, swap
from tai_ops.store.file import is_duckdb, kept_torn_log, opened, refuse_lone_log, room
from tai_ops.store.lockdown import lock_down
from tai_ops.store.readers import Readers
from tai_ops.store.timed_cursor import STOPPED, timed

if TYPE_CHECKING:
    from tai_ops.company import Company

SCHEME = "duckdb:"
READERS_END_SECONDS = 20.0


def store_path(url: str) -> Path:
    """The file behind a store's address `duckdb:PATH`; WrongUsage for any other scheme."""
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME).strip():
        raise WrongUsage(f"--store takes duckdb:PATH, not {url!r}")
    return Path(url.removeprefix(SCHEME)).expanduser()


@dataclass(slots=True)
class Write:
    """A write under way: its cursor, who and when, and what its audit row will say."""

    cursor: duckdb.DuckDBPyConnection
    actor: Actor
    now: datetime
    audit_id: str
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    repeated: dict[str, Any] | None = None

    def sql(self, statement: str, parameters: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run a statement inside the write's transaction."""
        return self.cursor.execute(statement, parameters) if parameters else self.cursor.execute(statement)

    @property
    def by(self) -> str:
        """The acting person's e-mail."""
        return self.actor.email

    def refuse_closed(self, days: Iterable[date]) -> None:
        """Nothing where every day lies in an open month; PeriodClosed names the month and who closed it."""
        months = closed_months(self.cursor)
        for day in days:
            closed = months.get(Month.of(day))
            if closed:
                raise PeriodClosed(closed_message(Month.of(day), *closed))


def closed_message(month: Month, by: str, when: datetime) -> str:
    """Why a closed month refuses a write, and what to do."""
    return (
        f"{month} is closed (by {by} on {when:%Y-%m-%d}); "
        f"the CFO or CEO can reopen it on the Month-end close page or with `tai-ops close reopen --month {month}`"
    )


def closed_months(cursor: duckdb.DuckDBPyConnection) -> dict[Month, tuple[str, datetime]]:
    """Each month that is closed now, with who closed it and when."""
    rows = cursor.execute(
        """
        select month, arg_max(event, done_at), arg_max(done_by, done_at), max(done_at)
        from closes group by month order by month
        """
    ).fetchall()
    return {Month.parse(m): (by, at) for m, event, by, at in rows if event == "closed"}


class Store:
    """An open store. Readers take a cursor each; writers take turns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._readers = Readers()
        self._replaced = 0
        self._settings: tuple[object, Company] | None = None
        self._people: tuple[object, tuple[Actor, ...]] | None = None
        self._writes = 0
        self.settings_version = 0
        self.path = path
        self.failed: str | None = None
        self._present: Store | None = None
        self.as_of: datetime | None = None

    @classmethod
    def open(cls, path: Path, *, create: bool = False, wait_seconds: float = 5.0) -> "Store":
        """The store in that file, brought up to the newest schema.

        Raises Refused where there is none (unless `create`), StoreBusy where another process holds it,
        StoreDamaged where it can't be opened.
        """
        refuse_open_here(path)
        swap.finish(path)
        if path.is_dir():
            raise Refused(f"{path} is a folder, not a store")
        if not path.exists():
            refuse_lone_log(path)
            if not create:
                raise Refused(f"{path}: there is no store here; make one with `tai-ops init`")
            path.parent.mkdir(parents=True, exist_ok=True)
        elif path.stat().st_size and not is_duckdb(path):
            raise StoreDamaged(f"{path} is not a DuckDB file; name the store with --store duckdb:PATH")
        torn_log = kept_torn_log(path)
        connection, migrated = opened(path, wait_seconds)
        store = cls(connection, path)
        store.torn_log, store.migrated = torn_log, migrated
        _open_here[path.resolve()] = store
        return store

    migrated: migrate.Migrated | None = None
    torn_log: Path | None = None
    """Where a copy of the log was kept that the store was found with, if it ended amid an entry."""

    @classmethod
    def in_memory(cls) -> "Store":
        """A store that lives as long as the object, for tests and trials."""
        connection = duckdb.connect(":memory:")
        store = cls(connection, None)
        lock_down(connection)
        store.migrated = migrate.bring_up(connection, None)
        return store

    @property
    def present(self) -> "Store":
        """The store as it stands now: itself, unless it is one as it stood."""
        return self._present or self

    @property
    def written(self) -> tuple[int, int]:
        """How often this process has written to the store and has put a backup in its place."""
        return self._writes, self._replaced

    @property
    def folder(self) -> Path:
        """Where the store's settings and backups stand: the folder of its file."""
        return self.path.parent if self.path else Path("data")

    @property
    def company(self) -> "Company":
        """The settings that hold now: the file beside the store, and over it what was changed on the Company page."""
        known = (self.settings_version, _stamp(self.settings_file))
        held = self._settings
        if held is None or held[0] != known:
            from tai_ops.company import Company, company_settings

            changed = self.rows(
                """
                select name, value_json from settings
                qualify row_number() over (partition by name order by recorded_at desc) = 1
                order by name
                """
            )
            over = {name: json.loads(text) for name, text in changed if text and name in Company.model_fields}
            self._settings = held = (known, company_settings(self.settings_file, over))
        return held[1]

    @property
    def settings_file(self) -> Path | None:
        """Where the settings beside the store stand, whether the file is there or not."""
        from tai_ops.company import settings_file

        return settings_file(self.path) if self.path else None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one reader."""
        return timed(self.uncounted_cursor(), "read", self._broken)

    def uncounted_cursor(self) -> duckdb.DuckDBPyConnection:
        """The same without its statements being counted for `/metrics`."""
        return self._readers.admitted(self._new_cursor)

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        if self.failed:
            raise StoreDamaged(self.failed)
        return self._connection.cursor()

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        cursor = self.uncounted_cursor()
        try:
            with measures.timed("query", "rows"):
                result = cursor.execute(statement, parameters) if parameters else cursor.execute(statement)
                return result.fetchall()
        except STOPPED as reason:
            raise self._broken(reason) from None
        except duckdb.Error as reason:
            if not _is_damage(reason):
                raise
            raise StoreDamaged(
                f"a value of the store can't be read ({str(reason).splitlines()[0]}); "
                "bring the last verified backup back with `tai-ops restore FILE --replace`"
            ) from None
        finally:
            cursor.close()

    def row(self, statement: str, parameters: Mapping[str, Any] | None = None) -> tuple[Any, ...] | None:
        """The first row of a query, None where it has none."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    @contextmanager
    def write(
        self,
        actor: Actor,
        right: str,
        event: str,
        *,
        now: datetime,
        subject: tuple[str, str] | None = None,
        request_key: str | None = None,
        checkpoint: bool = False,
    ) -> Generator[Write]:
        """One transaction of one person: the right checked first, an audit row last, all of it or none.

        Where `request_key` was used before, `repeated` holds what that write answered; the caller returns it and
        changes nothing. Raises NotAllowed, Refused (disk nearly full), StoreDamaged.
        """
        authorize(actor, right)
        began = self._replaced
        with self._lock, measures.timed("write", event):
            if began != self._replaced:
                raise Refused(
                    "a backup has taken the store's place meanwhile; look again (nothing was written)"
                )
            self._refuse_full_disk()
            cursor = timed(self._readers.admitted(self._new_cursor), "write", self._broken)
            try:
                yield from self._transaction(
                    cursor, actor, event, now=now, subject=subject, request_key=request_key
                )
                if checkpoint:
                    _fold(cursor)
            except STOPPED as reason:
                raise self._broken(reason) from None
            except duckdb.IOException as reason:
                raise self._broken(reason) from None
            except duckdb.TransactionException as reason:
                raise Refused(f"nothing was written ({str(reason).splitlines()[0]}); try again") from None
            finally:
                cursor.close()

    def _transaction(
        self,
        cursor: duckdb.DuckDBPyConnection,
        actor: Actor,
        event: str,
        *,
        now: datetime,
        subject: tuple[str, str] | None,
        request_key: str | None,
    ) -> Generator[Write]:
        write = Write(cursor, actor, now, str(uuid7()))
        cursor.execute("begin")
        try:
            write.now = _after_the_last(cursor, now)
            write.repeated = _earlier(cursor, request_key)
            yield write
            if write.repeated is None:
                _audit(write, event, subject, request_key)
            cursor.execute("commit")
            self._writes += 1
        except BaseException:
            _roll_back(cursor)
            raise

    def _refuse_full_disk(self) -> None:
        if self.path is None:
            return
        free, least = room(self.path)
        if free < least:
            raise Refused(
                f"only {free // 2**20} MB are free beside {self.path.name} and writing needs {least // 2**20} MB; "
                "free some space and try again (nothing was written)"
            )

    def _broken(self, reason: duckdb.Error) -> StoreDamaged:
        if self.failed is None:  # the first reason is the one to tell
            first = str(reason).splitlines()[0]
            self.failed = (
                f"the store stopped ({first}); restart needed: start the program anew, "
                "its last complete state is safe"
            )
        return StoreDamaged(self.failed)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file."""
        with self._lock:
            self._connection.execute("checkpoint")

    @contextmanager
    def still(self) -> Generator[None]:
        """Nobody else writes while the block runs; readers go on."""
        with self._lock:
            yield

    @contextmanager
    def apart(self, wait_seconds: float = READERS_END_SECONDS) -> Generator[None]:
        """The file is let go of while the block runs, so that another may take its place; readers and writers wait.

        StoreBusy where a reader doesn't come to its end in time; nothing has happened then. Afterwards the store
        stands on whatever file is there; StoreDamaged, now and from then on, where that can't be opened.
        """
        path = self.path
        if path is None:
            raise Refused("a store in memory has no file")
        with self._lock, self._readers.kept_out(wait_seconds):
            self._connection.close()
            _open_here.pop(path.resolve(), None)
            try:
                yield
            finally:
                self._replaced += 1
                self.settings_version += 1
                self._reopen(path)

    def _reopen(self, path: Path) -> None:
        try:
            swap.finish(path)
            self._connection, self.migrated = opened(path, READERS_END_SECONDS)
        except TaiOpsError as reason:
            self.failed = f"{reason}; then start the program anew"
            raise StoreDamaged(self.failed) from None
        self.failed = None
        _open_here[path.resolve()] = self

    def fact(self, name: str) -> str | None:
        """A fact about the store itself, such as its demo clock."""
        found = self.row("select value from store_facts where name = $name", {"name": name})
        return found[0] if found else None

    def now(self, clock: datetime | None = None) -> datetime:
        """The instant that the store is seen at: its demo clock where it carries one, else the given clock.

        A demo clock stands still until somebody lets it run (`demo_clock.let_run`); then it goes on with the given clock.
        """
        real = clock or datetime.now(UTC)
        held = dict(
            self.rows(
                "select name, value from store_facts where name in ('demo_clock', 'demo_clock_runs_from') order by name"
            )
        )
        if "demo_clock" not in held:
            return real
        seen_at, runs_from = datetime.fromisoformat(held["demo_clock"]), held.get("demo_clock_runs_from")
        if runs_from is None:
            return seen_at
        return seen_at + max(timedelta(), real - datetime.fromisoformat(runs_from))

    def people(self) -> list[Actor]:
        """The active people, by role and name; read anew after each write, as a page asks for them at every button."""
        written = self.present.written
        held = self._people
        if held is None or held[0] != written:
            rows = self.rows(
                "select email, name, role from people where coalesce(active, true) order by role, name, email"
            )
            self._people = held = (written, tuple(Actor(*row) for row in rows))
        return list(held[1])

    def closed_months(self) -> dict[Month, tuple[str, datetime]]:
        """Each closed month with who closed it and when."""
        cursor = self.cursor()
        try:
            return closed_months(cursor)
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the file, the log folded in."""
        with self._lock:
            self._connection.close()
            if self.path is not None:
                _open_here.pop(self.path.resolve(), None)


_open_here: WeakValueDictionary[Path, Store] = WeakValueDictionary()
"""The stores that this process has open, by their real paths."""


def _is_damage(reason: duckdb.Error) -> bool:
    """Whether the engine says that the file can't be read as it was written; its versions say so in two ways."""
    return isinstance(reason, duckdb.IOException) or str(reason).startswith("Corrupt database file")


def refuse_open_here(path: Path) -> None:
    """StoreBusy where this process has that store open already.

    The system drops a process's lock on a file as soon as the process closes any handle of it, so a store's file
    must not even be looked into by the process that has it open.
    """
    if path.resolve() in _open_here:
        raise StoreBusy(
            f"{path} is open in this program already (process {os.getpid()}); stop it and try again"
        )


def new_id() -> str:
    """A fresh id that sorts by time (UUIDv7)."""
    return str(uuid7())


def placeholders(names: Sequence[str]) -> str:
    """`$a, $b` for the named columns of an insert."""
    return ", ".join(f"${name}" for name in names)


def _stamp(file: Path | None) -> tuple[str, int, int] | None:
    """What changes whenever the file does; None where there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (str(file), found.st_mtime_ns, found.st_size) if found else None


def _earlier(cursor: duckdb.DuckDBPyConnection, request_key: str | None) -> dict[str, Any] | None:
    if request_key is None:
        return None
    found = cursor.execute(
        "select detail_json from audit where request_key = $key limit 1", {"key": request_key}
    ).fetchone()
    return json.loads(found[0]) if found else None


def _fold(cursor: duckdb.DuckDBPyConnection) -> None:
    """Fold the log into the file where the engine is free to: what is committed is safe in the log as well."""
    with contextlib.suppress(duckdb.TransactionException):
        cursor.execute("checkpoint")


def _after_the_last(cursor: duckdb.DuckDBPyConnection, now: datetime) -> datetime:
    """The instant of a write: later than every write of the same second, so that the newest row is always told."""
    found = cursor.execute(
        "select max(done_at) from audit where done_at >= $now and done_at < $soon",
        {"now": now, "soon": now + timedelta(seconds=1)},
    ).fetchone()
    return found[0] + timedelta(microseconds=1) if found and found[0] else now


def _audit(write: Write, event: str, subject: tuple[str, str] | None, request_key: str | None) -> None:
    kind, key = subject or (None, None)
    write.sql(
        """
        insert into audit (audit_id, done_at, done_by, role, event, subject_kind, subject_key, detail_json, request_key)
        values ($id, $at, $by, $role, $event, $kind, $key, $detail, $request_key)
        """,
        {
            "id": write.audit_id,
            "at": write.now,
            "by": write.actor.email,
            "role": write.actor.role,
            "event": event,
            "kind": kind,
            "key": key,
            "detail": json.dumps(write.detail, default=str, sort_keys=True),
            "request_key": request_key,
        },
    )


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("rollback")
    except (
        duckdb.Error,
        StoreDamaged,
    ):  # the transaction is gone already; the first error is the one to tell
        return
