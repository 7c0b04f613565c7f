"""`GET /metrics`: what the program measures of itself and of the company, as Prometheus reads it, for a token of that scope."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tai_ops import measures
from tai_ops.kpi import Measured, measure_all
from tai_ops.store import Store, facts, freshness
from tai_ops.store.health import health
from tai_ops.web.tokens import Throttle, bearer_of, too_often

PATH = "/metrics"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
MOST_A_MINUTE = 120
Sample = tuple[str, dict[str, str], str]
TIMINGS = {
    "page": ("tai_ops_page_render_seconds", "Time that a page's script took, by page.", "page"),
    "query": ("tai_ops_query_seconds", "Time that a query of the store took.", "kind"),
    "write": (
        "tai_ops_write_seconds",
        "Time that a write took, its checks and its audit row included.",
        "kind",
    ),
}
"""What is timed: the family's name, what it says, and what its label names."""


def metrics_route(store: Callable[[], Store]) -> Route:
    """200 with the measures, 401 without a good token, 429 where one asks too often."""
    throttle, numbers = Throttle(MOST_A_MINUTE), _Numbers()

    async def metrics(request: Request) -> Response:
        name = await bearer_of(request, store(), "metrics")
        if isinstance(name, Response):
            return name
        if not throttle.lets(name):
            return too_often("measures are given twice a second at most", throttle.free_in(name))
        text = await anyio.to_thread.run_sync(lambda: _exposed(store(), numbers))
        return PlainTextResponse(text, headers={"Content-Type": TEXT, "Cache-Control": "no-store"})

    return Route(PATH, metrics, methods=["GET"])


class _Numbers:
    """The company's numbers, worked out anew when the store changes, once a minute at most."""

    def __init__(self) -> None:
        self._key = ""
        self._found: dict[str, Measured] = {}

    def of(self, store: Store) -> dict[str, Measured]:
        now = store.now(datetime.now(UTC))
        key = f"{freshness.version(store)} {now:%Y-%m-%dT%H:%M}"
        if key != self._key:
            window = facts.window(store, now)
            self._found, self._key = measure_all(facts.facts(store, window)), key
        return self._found


def _exposed(store: Store, numbers: _Numbers) -> str:
    lines: list[str] = []
    for family in (_of_store(store), _of_program(), _of_company(numbers.of(store))):
        for name, kind, says, samples in family:
            lines += [f"# HELP {name} {says}", f"# TYPE {name} {kind}", *map(_line, samples)]
    return "\n".join(lines) + "\n"


Family = tuple[str, str, str, list[Sample]]


def _of_store(store: Store) -> Iterator[Family]:
    found = health(store, store.now(datetime.now(UTC)))

    def one(name: str, kind: str, says: str, value: object) -> Family:
        return name, kind, says, [(name, {}, str(value))]

    info = {"version": version("tai-ops"), "schema": str(found.schema), "engine": found.engine}
    yield "tai_ops_info", "gauge", "Versions of program, schema and engine.", [("tai_ops_info", info, "1")]
    yield one("tai_ops_store_size_bytes", "gauge", "Size of the store's file.", found.size_bytes)
    yield one("tai_ops_store_log_bytes", "gauge", "Size of the log beside the store.", found.log_bytes)
    yield one("tai_ops_store_free_bytes", "gauge", "What is free beside the store.", found.free_bytes)
    backup = f"{found.backup.made_at.timestamp():.0f}" if found.backup else "NaN"
    yield one(
        "tai_ops_last_backup_timestamp_seconds", "gauge", "When the last verified backup was made.", backup
    )
    name = "tai_ops_imports_total"
    yield (
        name,
        "counter",
        "Imports on record, by how they ended.",
        [(name, {"result": "done"}, str(found.imports)), (name, {"result": "refused"}, str(found.refused))],
    )


def _of_program() -> Iterator[Family]:
    known = measures.timings()
    for what, (name, says, label) in TIMINGS.items():
        samples: list[Sample] = []
        for (kind, labelled), timing in known.items():
            if kind == what:
                samples += _histogram(name, {label: labelled}, timing)
        yield name, "histogram", says, samples


def _histogram(name: str, labels: dict[str, str], timing: measures.Timing) -> Iterator[Sample]:
    up_to = 0
    for bound, count in zip((*measures.BOUNDS_SECONDS, None), timing.counts, strict=True):
        up_to += count
        yield f"{name}_bucket", labels | {"le": "+Inf" if bound is None else f"{bound:g}"}, str(up_to)
    yield f"{name}_sum", labels, f"{timing.seconds:.6f}"
    yield f"{name}_count", labels, str(timing.count)


def _of_company(measured: dict[str, Measured]) -> Iterator[Family]:
    """The catalogue's numbers that are known and are numbers; a date is none."""
    name = "tai_ops_kpi"
    samples = [
        (
            name,
            {"id": one.kpi.id, "unit": one.kpi.unit},
            _plain(one.value),
        )
        for one in measured.values()
        if isinstance(one.value, Decimal | int)
    ]
    yield name, "gauge", "The numbers of the catalogue as they are now.", samples


def _plain(value: Decimal | int) -> str:
    return f"{round(Decimal(value), 6).normalize():f}"


def _line(sample: Sample) -> str:
    name, labels, value = sample
    return f"{name}{_labels(labels.items())} {value}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
