"""The engine's access to files, networks and extensions, taken away as soon as a store is open (hazards.md H11)."""

import duckdb

from tai_ops.errors import StoreDamaged

LOCK_DOWN = (
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set global timezone = 'UTC'",  # a plain `set` is not heard by cursors
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the access away and lock the configuration; StoreDamaged where the engine says otherwise after."""
    for statement in LOCK_DOWN:
        connection.execute(statement)
    with connection.cursor() as cursor:
        accepted = is_locked_down(cursor)
    if not accepted:
        raise StoreDamaged("the engine did not accept the lock-down of its file access; nothing was opened")


def is_locked_down(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Whether the engine itself says on this cursor that the lock-down is in force and that it thinks in UTC."""
    settings = cursor.execute(
        """
        select current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions'),
               current_setting('enable_external_access'), current_setting('lock_configuration'),
               current_setting('timezone')
        """
    ).fetchone()
    return settings == (False, False, False, True, "UTC")
