"""Every statement that the pages ask, many times over with all of the engine's threads: does it ever stop of itself?

The engine has had races that stop it for good in one run of twenty (duckdb 25713). One pass of the tests rarely meets
them; this does. Answers with status 1 and the statement where the engine stopped.
"""

import argparse
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

import duckdb
from served import ROOT, demo_store, empty_store, folder
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.app.menu import PAGES
from tai_ops.store import Store, timed_cursor

Asked = dict[str, Mapping[str, Any] | None]


def main() -> None:
    """Listen to what the pages ask on both stores, then ask it again and again."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--runs", type=int, default=500, help="how often each statement is asked")
    ask.add_argument("--most-seconds", type=float, default=5.0, help="at most so long for one statement")
    ask.add_argument("--windows", action="store_true", help="only the statements with a window")
    asked = ask.parse_args()
    logging.disable(logging.CRITICAL)
    with folder() as place:
        for name, make in (("sample", demo_store), ("empty", empty_store)):
            store = Store.open(make(place))
            found = heard(store)
            if asked.windows:
                found = {sql: given for sql, given in found.items() if " over (" in sql.lower()}
            began = time.perf_counter()
            runs = sum(again(store, name, sql, given, asked) for sql, given in found.items())
            print(
                f"{name}: {len(found)} statements, {runs:,} runs in {time.perf_counter() - began:.0f} s, "
                "the engine never stopped"
            )
            session.use(None)
            store.close()


def heard(store: Store) -> Asked:
    """Each statement that a page of the menu asks of the store, with the parameters of the last time."""
    found: Asked = {}
    rows, execute = Store.rows, timed_cursor.TimedCursor.execute

    def noted_rows(self: Store, statement: str, parameters: Mapping[str, Any] | None = None) -> Any:
        found[statement] = parameters
        return rows(self, statement, parameters)

    def noted(self: Any, statement: str, parameters: Mapping[str, Any] | None = None) -> Any:
        if statement.lstrip().lower().startswith(("select", "with")):
            found[statement] = parameters
        return execute(self, statement, parameters)

    Store.rows, timed_cursor.TimedCursor.execute = noted_rows, noted
    try:
        session.use(store)
        for page, *_ in PAGES:
            script = ROOT / "tai_ops" / "app" / "router.py"
            test = AppTest.from_file(str(script), default_timeout=120)
            test.switch_page(f"../../pages/{page.replace('-', '_')}.py").run()
    finally:
        Store.rows, timed_cursor.TimedCursor.execute = rows, execute
    return found


def again(
    store: Store, name: str, sql: str, given: Mapping[str, Any] | None, asked: argparse.Namespace
) -> int:
    """Ask it that often or that long; how often it was. Ends the program where the engine stops."""
    until = time.perf_counter() + asked.most_seconds
    for run in range(asked.runs):
        try:
            store.rows(sql, given)
        except duckdb.Error:  # a statement that wants tables of its own cursor
            return run
        except Exception as reason:
            print(f"{name}, run {run + 1}: {reason}\n{sql}\n{given}", file=sys.stderr)
            raise SystemExit(1) from None
        if time.perf_counter() > until:
            return run + 1
    return asked.runs


if __name__ == "__main__":
    main()
