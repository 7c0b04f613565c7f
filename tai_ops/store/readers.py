"""Who reads the store at this moment, and the gate that keeps further readers out while its file is changed for another.

A reader that has a cursor already gets a second one through the shut gate, or it would never come to its end.
"""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import duckdb

from tai_ops.errors import StoreBusy

LOOK_EVERY_SECONDS = 0.01
LONGEST_SHUT_SECONDS = 60.0


class Readers:
    """The open cursors of one store, each with the thread that reads by it."""

    def __init__(self) -> None:
        self._cursors: WeakKeyDictionary[duckdb.DuckDBPyConnection, int] = WeakKeyDictionary()
        self._gate = threading.Condition()
        self._shut_by: int | None = None

    def admitted(self, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
        """A new cursor for the calling thread; waits while the gate is shut, StoreBusy where that takes too long."""
        me = threading.get_ident()
        with self._gate:
            if self._shut_by not in {None, me} and not self._reads(me):
                opened = self._gate.wait_for(lambda: self._shut_by is None, LONGEST_SHUT_SECONDS)
                if not opened:
                    raise StoreBusy("the store is being changed for a backup; try again in a minute")
            made = cursor()
            self._cursors[made] = me
            return made

    @contextmanager
    def kept_out(self, wait_seconds: float) -> Generator[None]:
        """Nobody reads while the block runs. StoreBusy where somebody still reads after so many seconds."""
        with self._gate:
            self._shut_by = threading.get_ident()
        try:
            until = time.monotonic() + wait_seconds
            while self._others():
                if time.monotonic() > until:
                    raise StoreBusy(
                        "a page or a command is still reading the store; try again when it is done"
                    )
                time.sleep(LOOK_EVERY_SECONDS)
            yield
        finally:
            with self._gate:
                self._shut_by = None
                self._gate.notify_all()

    def _reads(self, thread: int) -> bool:
        return any(of == thread and _is_open(cursor) for cursor, of in list(self._cursors.items()))

    def _others(self) -> bool:
        with self._gate:
            return any(of != self._shut_by and _is_open(cursor) for cursor, of in list(self._cursors.items()))


def _is_open(cursor: duckdb.DuckDBPyConnection) -> bool:
    try:
        cursor.query_progress()
    except duckdb.ConnectionException:
        return False
    return True
