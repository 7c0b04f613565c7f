"""How the store itself is doing: its schema, size, room, last verified backup, and the imports that came to nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from tai_ops.store import migrate
from tai_ops.store.backup import Backup, last_backup
from tai_ops.store.connection import Store
from tai_ops.store.file import room
from tai_ops.store.log import log_of
from tai_ops.store.refusals import EVENT

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    """The store as it is now; sizes in bytes, 0 for a store in memory."""

    schema: int
    engine: str
    size_bytes: int
    log_bytes: int
    free_bytes: int
    needed_bytes: int
    backup: Backup | None
    imports: int
    refused: int
    refused_lately: int

    @property
    def has_room(self) -> bool:
        """Whether enough is free for the next write."""
        return self.free_bytes >= self.needed_bytes


def health(store: Store, now: datetime) -> Health:
    """The store's state; `refused_lately` counts the last seven days."""
    with store.cursor() as cursor:
        schema = migrate.version(cursor)
        imports, refused, lately = cursor.execute(
            """
            select count(*) filter (where event like 'load %' or event = 'import statement'),
                   count(*) filter (where event = $refused),
                   count(*) filter (where event = $refused and done_at > $since)
            from audit
            """,
            {"refused": EVENT, "since": now - LATELY},
        ).fetchone() or (0, 0, 0)
    path = store.path
    free, needed = room(path) if path else (0, 0)
    log = log_of(path) if path else None
    return Health(
        schema,
        duckdb.__version__,
        path.stat().st_size if path else 0,
        log.stat().st_size if log and log.exists() else 0,
        free,
        needed,
        last_backup(store),
        imports,
        refused,
        lately,
    )
