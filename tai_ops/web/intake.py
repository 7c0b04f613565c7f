"""`POST /api/probes` and `POST /api/incidents`: what monitors send, for a token of that scope.

401 without a good token, 413 where too much comes at once, 429 where it comes too often, 400 where the body can't be
read, 503 where the store can't write; otherwise 202, and only after what is answered stands in the store.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tai_ops.alerts import read_alert
from tai_ops.errors import TaiOpsError
from tai_ops.probe_samples import TooMany, read_batch
from tai_ops.store import Store, intake, rollups
from tai_ops.web.tokens import Throttle, bearer_of, too_often

MOST_BYTES = 4 * 2**20
MOST_A_MINUTE = 3_600
_FRESH = {"Cache-Control": "no-store"}


def intake_routes(store: Callable[[], Store], most_a_minute: int = MOST_A_MINUTE) -> list[Route]:
    """The two paths, each token counted by itself."""
    throttle = Throttle(most_a_minute)

    def taking(scope: str, act: Callable[[Store, str, bytes], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            name = await bearer_of(request, store(), scope)
            if isinstance(name, Response):
                return name
            if not throttle.lets(name):
                return too_often(f"at most {most_a_minute} requests a minute are taken from one token")
            body = await _body(request)
            if isinstance(body, Response):
                return body
            return await anyio.to_thread.run_sync(_carefully, act, store(), name, body)

        return endpoint

    return [
        Route("/api/probes", taking("probes", _probes), methods=["POST"]),
        Route("/api/incidents", taking("incidents", _incidents), methods=["POST"]),
    ]


async def _body(request: Request) -> bytes | Response:
    """The body, read no further than it may be long."""
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > MOST_BYTES:
        return _too_large()
    found = bytearray()
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > MOST_BYTES:
                return _too_large()
    except ClientDisconnect:
        return _refused("the body was cut off; nothing was taken", 400)
    return bytes(found)


def _carefully(
    act: Callable[[Store, str, bytes], Response], store: Store, name: str, body: bytes
) -> Response:
    try:
        return act(store, name, body)
    except TooMany as reason:
        return _refused(str(reason), 413)
    except ValueError as reason:
        return _refused(str(reason), 400)
    except TaiOpsError as reason:
        return _refused(str(reason), 503)


def _probes(store: Store, name: str, body: bytes) -> Response:
    clock = datetime.now(UTC)
    batch = read_batch(body, clock, rollups.samples_from(store))
    accepted = duplicates = 0
    if batch.samples:
        actor = intake.monitor(name)
        accepted, duplicates = intake.receive_samples(store, actor, batch.samples, now=store.now(clock))
    rejected = [{"row": row, "reason": reason} for row, reason in batch.rejected]
    return JSONResponse({"accepted": accepted, "duplicates": duplicates, "rejected": rejected}, 202, _FRESH)


def _incidents(store: Store, name: str, body: bytes) -> Response:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is no JSON") from None
    alert = read_alert(document)
    if isinstance(alert, str):
        return JSONResponse({"ignored": alert}, 202, _FRESH)
    now = store.now(datetime.now(UTC))
    done = intake.receive_alert(store, intake.monitor(name), alert, now=now)
    return JSONResponse(
        {"incident_id": done.incident_id, "action": done.action, "duplicate": done.duplicate}, 202, _FRESH
    )


def _too_large() -> Response:
    return _refused(f"a request holds at most {MOST_BYTES // 2**20} MiB; send it in smaller parts", 413)


def _refused(reason: str, status: int) -> Response:
    return JSONResponse({"error": reason}, status, _FRESH)
