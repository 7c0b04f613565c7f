"""The store: one DuckDB file, one writer at a time, every read on a cursor of its own."""

from tai_ops.store.connection import Store, Write

__all__ = ["Store", "Write"]
