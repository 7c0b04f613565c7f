"""`POST /api/probes` and `POST /api/incidents`: what monitors send, for a token of that scope.

401 without a good token, 413 where too much comes at once, 415 where the body is packed or no JSON, 429 where it comes
too often, 405 by another method, 408 where the body does not come, 400 where the body can't be read, 503 where the store can't write; otherwise 202, and only after what is
answered stands in the store. Every refusal is one line, `{"error": …}`.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tai_ops.alerts import read_alerts
from tai_ops.errors import TaiOpsError
from tai_ops.probe_samples import TooMany, read_batch, read_quickly
from tai_ops.store import Store, intake, rollups
from tai_ops.web.tokens import Throttle, bearer_of, too_often

MOST_BYTES = 4 * 2**20
LET_PASS_BYTES = 64 * 2**20
MOST_A_MINUTE = 3_600
MOST_AT_ONCE = 24
BODY_SECONDS = 20
OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"]
TAKEN = frozenset(
    {
        "application/json",
        "application/jsonl",
        "application/x-jsonlines",
        "application/x-ndjson",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "text/json",
        "text/plain",
    }
)
"""What a body may be called: JSON, lines of it, or what is said by programs that don't look."""
_FRESH = {"Cache-Control": "no-store"}


def intake_routes(
    store: Callable[[], Store], most_a_minute: int = MOST_A_MINUTE, most_at_once: int = MOST_AT_ONCE
) -> list[Route]:
    """The two paths, each token counted by itself; so many requests at once, that the pages go on beside a flood."""
    throttle = Throttle(most_a_minute)
    under_way = [0]

    def taking(scope: str, act: Callable[[Store, str, bytes], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if under_way[0] >= most_at_once:
                return too_often(f"at most {most_at_once} requests are taken at the same time", 1)
            under_way[0] += 1
            try:
                return await taken(request)
            finally:
                under_way[0] -= 1

        async def taken(request: Request) -> Response:
            name = await bearer_of(request, store(), scope)
            if isinstance(name, Response):
                return Unread(name)
            if not throttle.lets(name):
                reason = f"at most {most_a_minute} requests a minute are taken from one token"
                return Unread(too_often(reason, throttle.free_in(name)))
            unreadable = _unreadable(request)
            if unreadable is not None:
                return Unread(unreadable)
            body = await _body(request)
            if isinstance(body, Response):
                return body
            return await anyio.to_thread.run_sync(_carefully, act, store(), name, body)

        return endpoint

    return [
        Route("/api/probes", taking("probes", _probes), methods=["POST"]),
        Route("/api/incidents", taking("incidents", _incidents), methods=["POST"]),
        *(Route(path, _by_post, methods=OTHER_METHODS) for path in ("/api/probes", "/api/incidents")),
    ]


class Unread(Response):
    """An answer to a body that was not read: it goes out at once, and what still comes is let pass unkept.

    Without that the connection would be torn down while the sender writes, and a sender that reads only afterwards would
    see a broken connection instead of the reason.
    """

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status_code)
        self.raw_headers = answer.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as every answer is called
        """Send the answer, let the rest of the body pass, and end."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        passed, more = 0, True
        with anyio.move_on_after(BODY_SECONDS):
            while more and passed < LET_PASS_BYTES:
                message = await receive()
                passed += len(message.get("body", b""))
                more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _by_post(request: Request) -> Response:
    return JSONResponse(
        {"error": f"{request.scope['path']} takes POST alone"}, 405, {"Allow": "POST", **_FRESH}
    )


def _unreadable(request: Request) -> Response | None:
    """What to answer where the head says already that the body is packed or no JSON; nothing is read of it then.

    What programs send that say nothing of their own (curl, urllib) is taken for JSON too.
    """
    packed = request.headers.get("content-encoding", "").strip().lower()
    if packed not in {"", "identity"}:
        return _refused(f"the body is packed ({packed[:40]}); send it as it is, in parts if it is long", 415)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in TAKEN and not kind.endswith("+json"):
        return _refused(f"the body is {kind[:80]}; send JSON, as application/json", 415)
    return None


async def _body(request: Request) -> bytes | Response:
    """The body, read no further than it may be long."""
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > MOST_BYTES:
        return Unread(_too_large())
    found, more = bytearray(), True
    try:
        with anyio.fail_after(BODY_SECONDS):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    return _refused("the body was cut off; nothing was taken", 400)
                found += message.get("body", b"")
                more = message.get("more_body", False)
                if len(found) > MOST_BYTES:
                    return Unread(_too_large()) if more else _too_large()
    except TimeoutError:
        return _refused(f"the body took longer than {BODY_SECONDS} seconds; nothing was taken", 408)
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
    clock, first = datetime.now(UTC), rollups.samples_from(store)
    actor, now = intake.monitor(name), store.now(clock)
    table = read_quickly(body, clock, first)
    if table is not None:
        accepted, duplicates = intake.receive_columns(store, actor, table, now=now)
        return JSONResponse({"accepted": accepted, "duplicates": duplicates, "rejected": []}, 202, _FRESH)
    batch = read_batch(body, clock, first)
    accepted = duplicates = 0
    if batch.samples:
        accepted, duplicates = intake.receive_samples(store, actor, batch.samples, now=now)
    rejected = [{"row": row, "reason": reason} for row, reason in batch.rejected]
    return JSONResponse({"accepted": accepted, "duplicates": duplicates, "rejected": rejected}, 202, _FRESH)


def _incidents(store: Store, name: str, body: bytes) -> Response:
    try:
        document = json.loads(body)
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    except ValueError as reason:
        raise ValueError(f"the body is no JSON: {_why(reason)}") from None
    clock = datetime.now(UTC)
    alerts = read_alerts(document, clock)
    if isinstance(alerts, str):
        return JSONResponse({"ignored": alerts}, 202, _FRESH)
    done = intake.receive_alerts(store, intake.monitor(name), alerts, now=store.now(clock))
    told = [{"incident_id": o.incident_id, "action": o.action, "duplicate": o.duplicate} for o in done]
    return JSONResponse(told[0] if len(told) == 1 else {"incidents": told}, 202, _FRESH)


def _why(reason: ValueError) -> str:
    if isinstance(reason, json.JSONDecodeError):
        return f"{reason.msg} at character {reason.pos + 1}"
    return "a number in it is too long"


def _too_large() -> Response:
    return _refused(f"a request holds at most {MOST_BYTES // 2**20} MiB; send it in smaller parts", 413)


def _refused(reason: str, status: int) -> Response:
    return JSONResponse({"error": reason}, status, _FRESH)
