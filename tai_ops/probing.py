"""Looking at addresses: whether each answers, how fast and with what, within a time limit that holds as a whole.

One look is one GET on a connection of its own, with the certificate checked and up to five redirects followed; its
latency is the time until the answer is there. It is up where it answers below 400. No proxy of the environment is used.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from tai_ops.errors import WrongUsage
from tai_ops.probe_samples import LONGEST_NAME, Sample

MOST_TARGETS = 50
MOST_REDIRECTS = 5
MOST_BODY_BYTES = 2**20
GRACE_SECONDS = 1.0
"""How much longer than its limit a look is waited for, where even the name server does not answer."""
_GLANCE_SECONDS = 0.1
AGENT = "tai-ops-probe/0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UP_BELOW = 400


@dataclass(frozen=True, slots=True)
class Target:
    """An address that is looked at, and the service that it stands for."""

    service: str
    url: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to; `why` says in words what a look that got no answer failed by, and is no part of the sample."""

    sample: Sample
    why: str | None


def target(text: str) -> Target:
    """`URL` or `SERVICE=URL`; the service is the address's host where none is named. WrongUsage where it is neither."""
    name, equals, url = text.partition("=")
    if not equals or name.lower().startswith(("http://", "https://")):
        name, url = "", text
    parts = split(url)
    service = (name or parts.hostname or "").strip()
    if not service or len(service) > LONGEST_NAME or not service.isprintable():
        raise WrongUsage(f"{text!r}: a service's name has at most {LONGEST_NAME} printable characters")
    return Target(service, url)


def targets(texts: Sequence[str]) -> tuple[Target, ...]:
    """The targets of a command; WrongUsage where two are one service, or there are too many."""
    found = tuple(target(text) for text in texts)
    if len(found) > MOST_TARGETS:
        raise WrongUsage(
            f"at most {MOST_TARGETS} addresses are looked at by one command; these are {len(found)}"
        )
    names = [one.service for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise WrongUsage(f"two addresses are the service {twice!r}; name them apart: SERVICE={found[0].url}")
    return found


def split(url: str) -> SplitResult:
    """The parts of a web address; WrongUsage where it is none, or carries a password."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WrongUsage(f"{url!r} is no web address; it begins with http:// or https://")
    if parts.username or parts.password:
        raise WrongUsage(f"{parts.hostname}: an address with a name or password in it is not taken")
    if not url.isascii() or any(c.isspace() for c in url):
        raise WrongUsage(f"{parts.hostname}: write the address without blanks and in ASCII")
    return parts


def look_at_all(found: Sequence[Target], source: str, timeout: float, stop: threading.Event) -> list[Look]:
    """One look at each, all at once; none is waited for longer than its limit. Nothing where it was told to stop."""
    looks: dict[str, Look] = {}
    threads: list[threading.Thread] = []
    started = datetime.now(UTC)
    for one in found:
        thread = threading.Thread(
            target=lambda one=one: looks.__setitem__(one.service, look(one, source, timeout)), daemon=True
        )
        thread.start()
        threads.append(thread)
    until = time.monotonic() + timeout + GRACE_SECONDS
    for thread in threads:
        while thread.is_alive() and time.monotonic() < until and not stop.is_set():
            thread.join(_GLANCE_SECONDS)
    if stop.is_set():
        return []
    return [
        looks.get(one.service) or Look(_sample(one, started, source), f"no answer within {timeout:g} s")
        for one in found
    ]


def look(one: Target, source: str, timeout: float) -> Look:
    """One look at one address, at most `timeout` seconds long."""
    at = datetime.now(UTC)
    began = time.monotonic()
    try:
        status = _status(one.url, began + timeout)
    except TimeoutError:
        return Look(_sample(one, at, source), f"no answer within {timeout:g} s")
    except (OSError, http.client.HTTPException, WrongUsage, ValueError) as reason:
        late = time.monotonic() - began >= timeout
        return Look(_sample(one, at, source), f"no answer within {timeout:g} s" if late else _why(reason))
    took = round((time.monotonic() - began) * 1000, 3)
    return Look(Sample(one.service, at, source, ok=status < _UP_BELOW, latency_ms=took, status=status), None)


def _sample(one: Target, at: datetime, source: str) -> Sample:
    return Sample(one.service, at, source, ok=False, latency_ms=None, status=None)


def _why(reason: Exception) -> str:
    if isinstance(reason, ssl.SSLError):
        said = getattr(reason, "verify_message", "") or reason.reason or "the certificate is not good"
        return f"no secure connection: {said}"
    if isinstance(reason, socket.gaierror):
        return "the name is not known"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return "the answer is no HTTP" if isinstance(reason, http.client.HTTPException) else str(reason)


def _status(url: str, until: float) -> int:
    """The status that the address answers with in the end; TimeoutError once the time is over."""
    for _ in range(MOST_REDIRECTS + 1):
        status, elsewhere = _asked(url, until)
        if not elsewhere:
            return status
        url = urljoin(url, elsewhere)
    raise ValueError(f"more than {MOST_REDIRECTS} redirects")


def _asked(url: str, until: float) -> tuple[int, str | None]:
    """The status, and where to look instead where it is a redirect. The watchdog ends what drips byte by byte."""
    parts = split(url)
    connection = _connection(parts, _left(until))
    watchdog = threading.Timer(_left(until), _hang_up, (connection,))
    watchdog.daemon = True
    watchdog.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"})
        answer = connection.getresponse()
        status, elsewhere = answer.status, answer.getheader("location")
        if status in _REDIRECTS and elsewhere:
            return status, elsewhere
        answer.read(MOST_BODY_BYTES)
        _left(until)
        return status, None
    finally:
        watchdog.cancel()
        connection.close()


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    held = connection.sock
    if held is not None:  # pyright: ignore[reportUnnecessaryComparison] - there is none before it is connected
        with contextlib.suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
