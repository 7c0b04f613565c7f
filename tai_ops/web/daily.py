"""The day's backup, made by the process that serves the store, in a thread of its own beside everything else."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import anyio.to_thread

from tai_ops.store import Store, backups

FIRST_AFTER_SECONDS = 60.0
LOOK_EVERY_SECONDS = 600.0


async def daily_backups(store: Callable[[], Store]) -> None:
    """Look now and then whether the day has its backup, and make it where not; until it is cancelled.

    A backup under way is finished first. One that fails is told in the log and tried again at the next look.
    """
    await anyio.sleep(FIRST_AFTER_SECONDS)
    while True:
        await anyio.to_thread.run_sync(_make, store)
        await anyio.sleep(LOOK_EVERY_SECONDS)


def _make(store: Callable[[], Store]) -> None:
    try:
        backups.daily(store(), clock=datetime.now(UTC))
    except Exception as reason:  # noqa: BLE001  # the last handler of this thread: the pages go on
        sys.stderr.write(f"tai-ops: the day's backup was not made: {reason}\n")
