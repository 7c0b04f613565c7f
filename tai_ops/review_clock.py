"""How long a meeting has run: from its opening to its end, without the time that it was suspended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

STARTS = frozenset({"opened", "continued"})


@dataclass(frozen=True, slots=True)
class Clock:
    """How long the meeting has run, and whether it runs; `turned_at` is when it last began to run or stopped."""

    ran: timedelta
    runs: bool
    turned_at: datetime | None


def clock(events: Sequence[tuple[str, datetime]], now: datetime) -> Clock:
    """The clock of a meeting at an instant, from its events in order: opened, suspended, continued, ended."""
    ran, since = timedelta(0), None
    turned_at: datetime | None = None
    for event, at in events:
        if event in STARTS and since is None:
            since = turned_at = at
        elif event not in STARTS and since is not None:
            ran, since, turned_at = ran + (at - since), None, at
    if since is not None:
        ran += max(timedelta(0), now - since)
    return Clock(ran, since is not None, turned_at)
