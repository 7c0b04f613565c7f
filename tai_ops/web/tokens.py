"""Who asks over HTTP: the bearer token of a request, for the one scope that the path needs, and not too often."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tai_ops.store import Store, tokens
from tai_ops.words import counted

WRONG_A_MINUTE = 30
_MINUTE = 60.0


class Throttle:
    """Lets so many through a minute, each caller by itself."""

    def __init__(self, most_a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most_a_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, deque[float]] = {}

    def lets(self, caller: str) -> bool:
        """Whether one more is let through; one that is not counts for nothing."""
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault(caller, deque())
            while seen and now - seen[0] >= _MINUTE:
                seen.popleft()
            if len(seen) >= self._most:
                return False
            seen.append(now)
            return True

    def free_in(self, caller: str) -> int:
        """In how many whole seconds one more of that caller is let through; 1 at least."""
        with self._lock:
            seen = self._seen.get(caller)
            left = _MINUTE - (self._clock() - seen[0]) if seen else 0
        return max(1, math.ceil(left))


_wrong = Throttle(WRONG_A_MINUTE)


async def bearer_of(request: Request, store: Store, scope: str) -> str | Response:
    """The name of the token that the request carries; the answer to give where it carries none of that scope."""
    token = tokens.bearer(request.headers.get("authorization"))
    name = await anyio.to_thread.run_sync(tokens.holder, store, token, scope) if token else None
    if name is not None:
        return name
    if token and not _wrong.lets("anybody"):
        return too_often("too many wrong tokens", _wrong.free_in("anybody"))
    return JSONResponse(
        {
            "error": f"a good token of the scope {scope} is needed (`tai-ops token create --scope {scope} --name N`)"
        },
        401,
        {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
    )


def too_often(reason: str, seconds: int) -> Response:
    """The answer to who asks too often: why, and in how many seconds to ask again."""
    said = f"{reason}; try again in {counted(seconds, 'second')}"
    return JSONResponse({"error": said}, 429, {"Retry-After": str(seconds), "Cache-Control": "no-store"})
