"""A cursor whose statements are counted with the time that they took, for `/metrics`."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, cast

import duckdb

from tai_ops import measures

STOPPED = (duckdb.FatalException, duckdb.InternalException)
"""After one of these the engine refuses every statement until the file is opened anew."""


class TimedCursor:
    """One of the engine's cursors; what it runs is counted as a query of that kind."""

    __slots__ = ("_cursor", "_kind", "_stopped")

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, kind: str, stopped: Callable[[duckdb.Error], Exception]
    ) -> None:
        self._cursor = cursor
        self._kind = kind
        self._stopped = stopped

    def execute(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """Run a statement; its rows are read from what this answers."""
        with measures.timed("query", self._kind):
            try:
                return self._cursor.execute(statement, parameters)
            except STOPPED as reason:
                raise self._stopped(reason) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cursor.close()


def timed(
    cursor: duckdb.DuckDBPyConnection, kind: str, stopped: Callable[[duckdb.Error], Exception]
) -> duckdb.DuckDBPyConnection:
    """The cursor, timed; it is used like the engine's own. `stopped` says what to raise once the engine gave up."""
    return cast("duckdb.DuckDBPyConnection", TimedCursor(cursor, kind, stopped))
