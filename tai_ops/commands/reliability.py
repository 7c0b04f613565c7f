"""How severe an incident is, how the service ran, and the papers of an incident."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

from tai_ops import readable
from tai_ops.cli import Call
from tai_ops.commands.command import (
    Answer,
    actor_of,
    answered,
    calendar_of,
    content_of,
    instant_of,
    now_of,
    number_of,
    opened_store,
)
from tai_ops.errors import WrongUsage
from tai_ops.words import counted


def severity(call: Call) -> Answer:
    """Classify an incident."""
    from tai_ops.severity import classify, signals_from_json

    signals = signals_from_json(content_of(call, call.arguments.file))
    return answered(classify(signals, calendar=calendar_of(call)).as_json())


def uptime(call: Call) -> Answer:
    """Uptime, error budget and latency over a window."""
    from tai_ops.availability import Scope
    from tai_ops.availability_words import counted_words, uptime_words
    from tai_ops.reliability import BURN_ALERTS
    from tai_ops.store import availability, monitor_totals
    from tai_ops.store.facts import reliability_of

    store, arguments = opened_store(call), call.arguments
    zone = store.company.tz
    window = (instant_of(arguments.start, "--from", zone), instant_of(arguments.end, "--to", zone))
    if window[1] <= window[0]:
        raise WrongUsage("--to: the window must end after it starts")
    target = _percent(arguments.target) if arguments.target else store.company.uptime_target_pct
    now = max(now_of(store), window[0])
    found, latency = reliability_of(
        store,
        window,
        now=now,
        customer=arguments.customer,
        service=arguments.service,
        target_pct=target,
    )
    answer = {
        "uptime_pct": number_of(found.uptime_pct),
        "weighted_uptime_pct": number_of(found.weighted_uptime_pct),
        "downtime_minutes": number_of(found.downtime_minutes),
        "unknown_minutes": number_of(found.unknown_minutes),
        "coverage_pct": number_of(found.coverage_pct),
        "budget_minutes": number_of(found.budget_minutes),
        "budget_left_minutes": number_of(found.budget_left_minutes),
        "latency_p50_ms": number_of(latency.p50_ms),
        "latency_p95_ms": number_of(latency.p95_ms),
        "latency_p99_ms": number_of(latency.p99_ms),
        "error_rate_pct": number_of(latency.error_rate_pct),
        "samples": latency.samples,
    }
    if call.as_json:
        return answered(answer)
    scope = Scope(arguments.customer, arguments.service)
    watched = availability.watched(store, window, now=now, target_pct=target)
    pairs = None
    if window[0] < now <= window[1]:
        before = (now - max(alert.long for alert in BURN_ALERTS), now)
        recent = availability.watched(store, before, now=now, target_pct=target)
        pairs = recent.burns(scope, availability.counts_before(store, scope, now))
    more = uptime_words(watched, scope, latency, pairs, whole=scope == Scope())
    spreads = monitor_totals.spreads(store, window)
    told = {name: one for name, one in spreads.items() if scope.service in {None, name}}
    more = "\n".join(filter(None, (counted_words(told), more)))
    return Answer(answer, f"{answered(answer).text}\n\n{more}")


def probe(call: Call) -> Answer:
    """Look at addresses on an interval."""
    from tai_ops.probe_run import run

    sums = run(call)
    text = readable.readable(sums.as_json())
    waiting = f"{sums.why}; {counted(sums.waiting, 'sample')} kept, to be brought by the next `tai-ops probe`"
    refused = waiting if call.arguments.once and sums.waiting else None
    return Answer(sums.as_json(), text, refused=refused)


def _percent(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise WrongUsage(f"--target: {text!r} is not a number") from None
    if not 0 <= value <= 100:
        raise WrongUsage(f"--target: {text} is not between 0 and 100")
    return value


def export_incident(call: Call) -> Answer:
    """An incident's summary for a customer, or its post-mortem, as a file."""
    from tai_ops.exports.incident import incident_file

    store, asked = opened_store(call), call.arguments
    sender = actor_of(call, "reliability").email
    content = incident_file(
        store, asked.incident, asked.customer, now_of(store), Path(asked.out).suffix, sender
    )
    call.terminal.write_file(asked.out, content)
    return Answer({"file": asked.out, "bytes": len(content)}, f"wrote {asked.out}")
