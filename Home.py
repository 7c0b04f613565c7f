"""The server: the pages, the HTTP paths beside them, and the ear for commands, in the one process that owns the store.

`tai-ops serve` starts it, and `streamlit run Home.py` does too. The pages themselves begin in `tai_ops/app/router.py`.
"""

import gc
import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import anyio
import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from tai_ops import instance
from tai_ops.app import failure, session
from tai_ops.app.menu import PAGES
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.serve import page_address, refuse_second
from tai_ops.store import Store
from tai_ops.terminal import Terminal
from tai_ops.web.daily import daily_backups
from tai_ops.web.grid_keys import taking_keys_in_turn
from tai_ops.web.guard import SameMachine, SecurityHeaders, content_security_policy
from tai_ops.web.health import health_route
from tai_ops.web.intake import intake_routes
from tai_ops.web.metrics import metrics_route
from tai_ops.web.paths import (
    api_not_found,
    finding_by_slash,
    front_page_route,
    leaving_fields_by_escape,
    page_routes,
    pressing_by_enter,
    told_where_it_is_served,
)

HOME = Path(__file__).resolve().parent
FRONT_END = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
INDEX_PAGE = pressing_by_enter(
    finding_by_slash(leaving_fields_by_escape(taking_keys_in_turn(told_where_it_is_served(FRONT_END))))
)
IMPORTED_ONCE = ("pandas", "plotly.graph_objects", "pyarrow", "duckdb", "streamlit.elements.plotly_chart")


def command(argv: list[str], terminal: Terminal, store: Store | None) -> int:
    """Run a forwarded command; what it needs is imported when the first one comes."""
    from tai_ops.cli import run

    return run(argv, terminal, store)


def _opened_store() -> Store:
    try:
        if not session.holds_store():
            refuse_second(session.store_file())
        return session.present()
    except TaiOpsError as refusal:
        sys.stderr.write(f"tai-ops: {refusal}\n")
        logging.getLogger("uvicorn.error").disabled = True  # the line above says it all
        raise


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None]:
    """Hold the store and the ear for commands as long as the server runs."""
    store = _opened_store()
    listener = None
    if store.path:
        address = page_address(
            st.get_option("server.address") or "localhost", int(st.get_option("server.port"))
        )
        try:
            listener = instance.listen(store, store.path, command, address=address)
        except Refused as refusal:
            sys.stderr.write(f"tai-ops: commands can't be forwarded to this process: {refusal}\n")
    for name in IMPORTED_ONCE:
        import_module(name)
    gc.collect()
    gc.freeze()  # every script run collects garbage; what is imported for good need not be walked each time
    try:
        async with anyio.create_task_group() as beside:
            beside.start_soon(daily_backups, session.present)
            yield
            beside.cancel_scope.cancel()
    finally:
        if listener:
            listener.close()
        session.close()


app = st.App(
    HOME / "tai_ops" / "app" / "router.py",
    lifespan=lifespan,
    routes=[
        health_route(session.present),
        metrics_route(session.present),
        *intake_routes(session.present),
        front_page_route("/overview"),
        *page_routes(["", *(path for path, *_ in PAGES[1:])], INDEX_PAGE),
        *api_not_found(),
    ],
    middleware=[
        Middleware(SecurityHeaders, policy=content_security_policy(INDEX_PAGE)),
        Middleware(SameMachine),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
    ],
    on_script_error=failure.show_failure,
)
