"""`tai-ops probe`: look at addresses again and again, keep what was seen, and bring it to who takes it.

Who takes it is a server at an address, by token, or the store itself: then the rows are loaded as `load probes` does it,
in the process that serves the store where there is one. Whoever is away gets what waited as soon as they are back.
"""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult

from tai_ops.errors import Refused
from tai_ops.probe_samples import Sample
from tai_ops.probe_spool import Spool, line
from tai_ops.probing import AGENT, Look, Target, look_at_all

MOST_SENT = 1_000
SEND_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0
MOST_ANSWER_BYTES = 2**20
CLOCK_SLACK_SECONDS = 60
_TAKEN, _TOO_MUCH, _TOO_OFTEN = 202, 413, 429


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of samples that somebody took: added, there before, refused with the reason."""

    accepted: int
    duplicates: int
    rejected: tuple[str, ...]


class Away(Exception):
    """Nobody took the samples, for now: they are kept. `pause` is how long not to ask again, where it was said."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


class TooMuchAtOnce(Exception):
    """The samples are too many for one request."""


Deliver = Callable[[Sequence[Sample]], Taken]


@dataclass(slots=True)
class Sums:
    """What all rounds came to; `why` is why samples wait, where one round was all."""

    measured: int = 0
    up: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    why: str = ""

    def as_json(self) -> dict[str, int]:
        """As the command answers it."""
        return {
            "measured": self.measured,
            "up": self.up,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "waiting": self.waiting,
        }


@dataclass(slots=True)
class Rounds:
    """The looks at some addresses, round by round. `tell` says each look, `warn` what went wrong.

    With `once` there is one round, and why its samples wait is left to the caller to say.
    """

    found: Sequence[Target]
    source: str
    timeout: float
    spool: Spool
    deliver: Deliver
    tell: Callable[[str], None]
    warn: Callable[[str], None]
    once: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    sums: Sums = field(default_factory=Sums)
    _not_before: float = 0.0
    _said: str = ""
    _batch: int = MOST_SENT

    def run(self, every: float) -> Sums:
        """Look every so many seconds until it is told to stop, or once; a round that was missed is not made up for."""
        began = time.monotonic()
        while not self.stop.is_set():
            self.round()
            if self.once:
                self.sums.why = self._said
                return self.sums
            self.stop.wait(every - (time.monotonic() - began) % every)
        self._not_before = 0.0
        self._bring()
        return self.sums

    def round(self) -> None:
        """Look at every address, keep what was seen, and bring all that waits."""
        looks = look_at_all(self.found, self.source, self.timeout, self.stop)
        self.spool.add([one.sample for one in looks])
        self.sums.measured += len(looks)
        self.sums.up += sum(one.sample.ok for one in looks)
        for one in looks:
            self.tell(said(one))
        self._bring()

    def _bring(self) -> None:
        """Bring what waits, the oldest first; what nobody takes stays."""
        while len(self.spool) and time.monotonic() >= self._not_before:
            batch = self.spool.first(self._batch)
            try:
                taken = self.deliver(batch)
            except TooMuchAtOnce:
                if len(batch) == 1:
                    self._stay(Away("a single sample is too long for the server"))
                    break
                self._batch = len(batch) // 2
                continue
            except Away as reason:
                self._stay(reason)
                break
            self.spool.taken(len(batch))
            self._count(taken)
        self.sums.waiting = len(self.spool)

    def _count(self, taken: Taken) -> None:
        self.sums.accepted += taken.accepted
        self.sums.duplicates += taken.duplicates
        self.sums.rejected += len(taken.rejected)
        for reason in taken.rejected[:3]:
            self.warn(f"a sample was refused: {reason}")
        if self._said:
            self.warn("what waited is being taken again")
            self._said = ""

    def _stay(self, reason: Away) -> None:
        """Say once why samples wait, and wait as long as was asked for, within bounds."""
        self._not_before = time.monotonic() + min(reason.pause, LONGEST_PAUSE_SECONDS)
        if str(reason) != self._said:
            self._said = str(reason)
            if not self.once:
                self.warn(f"{reason}; what is measured waits in {self.spool.path}")


def said(one: Look) -> str:
    """A look as a line: when, what, and how it answered."""
    sample = one.sample
    at = sample.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if one.why:
        return f"{at} UTC  {sample.service}  down: {one.why}"
    word = "up" if sample.ok else "down"
    return f"{at} UTC  {sample.service}  {word}  {sample.status}  {sample.latency_ms:.0f} ms"


# --- To a server


def to_server(address: SplitResult, token: str, warn: Callable[[str], None]) -> Deliver:
    """What brings samples to `POST /api/probes` of the server at that address."""
    clock = _Clock(warn)

    def deliver(samples: Sequence[Sample]) -> Taken:
        body = "".join(map(line, samples)).encode()
        try:
            status, headers, answer = _posted(address, token, body)
        except (OSError, http.client.HTTPException):
            raise Away(f"{address.netloc} does not answer") from None
        clock.compare(headers.get("date"))
        if status == _TOO_MUCH:
            raise TooMuchAtOnce
        try:
            document = json.loads(answer)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Away(f"{address.netloc} answered {status}, and nothing that a TAI Ops server says")
        if status == _TAKEN and "accepted" in document:
            rejected = tuple(str(one.get("reason", "")) for one in document.get("rejected", []))
            return Taken(int(document["accepted"]), int(document.get("duplicates", 0)), rejected)
        pause = _seconds(headers.get("retry-after")) if status == _TOO_OFTEN else 0.0
        raise Away(f"{address.netloc} answered {status}: {document.get('error', 'no reason')}", pause)

    return deliver


def _posted(address: SplitResult, token: str, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    made = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = made(address.hostname or "", address.port, timeout=SEND_SECONDS)
    try:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "User-Agent": AGENT,
        }
        connection.request("POST", address.path.rstrip("/") + "/api/probes", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read(MOST_ANSWER_BYTES)
    finally:
        connection.close()


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


class _Clock:
    """Compares this machine's clock with the server's, and says once that they differ."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._was_said = False

    def compare(self, date: str | None) -> None:
        try:
            ahead = (datetime.now(UTC) - parsedate_to_datetime(date or "")).total_seconds()
        except (ValueError, TypeError):
            return
        if abs(ahead) > CLOCK_SLACK_SECONDS and not self._was_said:
            self._was_said = True
            word = "ahead of" if ahead > 0 else "behind"
            self._warn(
                f"this machine's clock is {abs(ahead) / 60:.0f} minutes {word} the server's; set it right"
            )


# --- To the store


def to_store(load: Callable[[bytes], tuple[int, str, str]]) -> Deliver:
    """What brings samples to the store: `load` runs `load probes` on a CSV and answers status, output, errors."""

    def deliver(samples: Sequence[Sample]) -> Taken:
        status, out, err = load(_csv(samples))
        try:
            report = json.loads(out)
            rejected = tuple(f"{one['field']}: {one['reason']}" for one in report["rejected"])
            return Taken(int(report["added"]), int(report["unchanged"]), rejected)
        except (ValueError, KeyError, TypeError):
            reason = err.strip().removeprefix("tai-ops: ") or f"the load ended with status {status}"
            raise Away(reason) from None

    return deliver


def _csv(samples: Sequence[Sample]) -> bytes:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("service", "at", "source", "ok", "latency_ms", "status"))
    for one in samples:
        latency = "" if one.latency_ms is None else f"{one.latency_ms:.3f}"
        status = "" if one.status is None else one.status
        writer.writerow((one.service, one.at.isoformat(), one.source, str(one.ok).lower(), latency, status))
    return out.getvalue().encode()


def token_from(text: str, where: str) -> str:
    """A token as it came from a file or the environment; Refused, without showing it, where it is none."""
    token = text.strip()
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise Refused(
            f"{where}: this is no token; put in it what `tai-ops token create --scope probes` printed"
        )
    return token
