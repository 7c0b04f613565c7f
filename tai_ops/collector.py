"""Python's search for cycles, put at rest while a great many small values are made."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Generator[None]:
    """Without passes of the cycle collector: rows, matches and the like hold no cycles, and the search costs them a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
