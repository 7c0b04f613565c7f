"""What the running program measures of itself: how often something was done and how long it took.

Counts live as long as the process; `/metrics` reads them out. Only the standard library is imported here.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper ends between which durations are counted."""

_lock = threading.Lock()
_timings: dict[tuple[str, str], "Timing"] = {}


@dataclass(slots=True)
class Timing:
    """How often one thing was done, how long it took in all, and how many times up to each bound (the last: longer)."""

    count: int = 0
    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_SECONDS) + 1))


def took(name: str, label: str, seconds: float) -> None:
    """Count one more of that name and label."""
    with _lock:
        timing = _timings.setdefault((name, label), Timing())
        timing.count += 1
        timing.seconds += seconds
        timing.counts[bisect_left(BOUNDS_SECONDS, seconds)] += 1


@contextmanager
def timed(name: str, label: str = "") -> Generator[None]:
    """Count what the block does, also where it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        took(name, label, time.perf_counter() - began)


def timings() -> dict[tuple[str, str], Timing]:
    """Everything that was counted so far, by name and label; a copy."""
    with _lock:
        return {
            key: Timing(timing.count, timing.seconds, list(timing.counts))
            for key, timing in sorted(_timings.items())
        }
