"""`GET /healthz`: whether the store answers."""

from collections.abc import Callable
from importlib.metadata import version

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tai_ops.store import Store, migrate

MOST_SECONDS = 3.0


def health_route(store: Callable[[], Store]) -> Route:
    """200 with the schema's version where the store answers in time, 503 where it can't."""

    async def healthz(_request: Request) -> JSONResponse:
        schema = await _schema(store)
        return JSONResponse(
            {
                "status": "ok" if schema is not None else "the store does not answer",
                "schema": schema,
                "version": version("tai-ops"),
            },
            200 if schema is not None else 503,
            {"Cache-Control": "no-store"},
        )

    return Route("/healthz", healthz, methods=["GET"])


async def _schema(store: Callable[[], Store]) -> int | None:
    try:
        with anyio.fail_after(MOST_SECONDS):
            return await anyio.to_thread.run_sync(_ask, store, abandon_on_cancel=True)
    except Exception:  # noqa: BLE001  # whatever keeps it from answering, that is the answer
        return None


def _ask(store: Callable[[], Store]) -> int:
    cursor = store().cursor()
    try:
        return migrate.version(cursor)
    finally:
        cursor.close()
