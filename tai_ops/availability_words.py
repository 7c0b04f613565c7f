"""Uptime in words: who kept the promise, how fast the budget burns, what no impact explains; for pages and commands."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tai_ops.availability import SMALL_TRAFFIC, Burn, Pair, Scope, Standing, Uncounted, Watched, firing
from tai_ops.board import Latency
from tai_ops.latency_spread import Bucket, is_at_least, spread_quantile
from tai_ops.readable import table
from tai_ops.words import aim, counted, day, instant, number

MOMENT = timedelta(microseconds=1)
DOES = {"page": "somebody is paged", "ticket": "a ticket is written"}


def standing_mark(one: Standing) -> str:
    """Whether the promise was kept, with shape and word."""
    if one.met is None:
        return "– unknown"
    return "✓ met" if one.met else "✗ missed"


def length_words(length: timedelta) -> str:
    """A window's length, such as `5 min`, `6 h`, `3 d`."""
    minutes = length // timedelta(minutes=1)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 1440 else f"{minutes // 1440} d"


def burn_words(pairs: Sequence[Pair]) -> str:
    """How fast the budget burns, in one sentence."""
    fires = firing(pairs)
    if fires is not None:
        return (
            f"The budget burns {rate_words(fires.long)} as fast as it may over {length_words(fires.long.window)} and "
            f"{rate_words(fires.short)} over {length_words(fires.short.window)}: {DOES[fires.alert.kind]}"
        )
    known = [pair.long for pair in pairs if pair.long.rate is not None]
    if not known:
        return "How fast the budget burns is not known: nothing was watched"
    return f"No burn alert: {rate_words(known[-1])} over {length_words(known[-1].window)}"


def rate_words(burn: Burn) -> str:
    """A burn rate such as `14.4×`; a dash where it is not known."""
    return number(burn.rate, "ratio")


def basis_words(burn: Burn) -> str:
    """What a burn rate rests on: single samples, or minutes where they are few."""
    if burn.rate is None:
        return "nothing watched"
    if burn.by_minutes:
        few = f" ({counted(burn.samples, 'sample')}, fewer than {SMALL_TRAFFIC})" if burn.samples else ""
        return f"minutes of outage{few}"
    return f"{counted(burn.samples, 'sample')}"


def uncounted_words(one: Uncounted, zone: ZoneInfo) -> str:
    """A time in which probes failed and that no uptime counts."""
    why = (
        f"incident {one.incident_id} has no impact on it" if one.incident_id else "no incident and no impact"
    )
    return (
        f"{one.service}: probes failed from {instant(one.began_at, zone)} to {instant(one.ended_at, zone)} "
        f"({number(one.minutes, 'minutes')}), {why}"
    )


def part_words(one: Standing, watched: Watched) -> str:
    """In which part of the window a promise holds, where not in all of it."""
    if one.window is None or one.window == watched.window:
        return ""
    first, last = (at.astimezone(watched.zone).date() for at in (one.window[0], one.window[1] - MOMENT))
    said = [f"from go-live on {day(first)}"] if one.window[0] > watched.window[0] else []
    return ", ".join(
        said + ([f"to the last day of service, {day(last)}"] if one.window[1] < watched.window[1] else [])
    )


def note_words(one: Standing, watched: Watched) -> str:
    """What has to be said beside a promise: the part of the window it holds in, and why it is not known."""
    return "; ".join(filter(None, (part_words(one, watched), one.reason)))


def counted_words(spreads: Mapping[str, Sequence[Bucket]]) -> str:
    """The percentiles of answers that monitors counted by latency, of all services together; empty where none did."""
    every = [bucket for buckets in spreads.values() for bucket in buckets]
    if not any(bucket.samples for bucket in every):
        return ""
    said = [
        f"p{name} {'at least ' if is_at_least(every, p) else ''}{number(spread_quantile(every, p), 'ms')}"
        for name, p in (("50", Decimal("0.5")), ("95", Decimal("0.95")), ("99", Decimal("0.99")))
    ]
    return f"Monitors counted by latency: {', '.join(said)} of {counted(sum(b.samples for b in every), 'answer')}."


def left_words(left: Decimal | None) -> str:
    """What is left of a budget, or by how much it is exceeded."""
    if left is None:
        return "budget unknown"
    if left < 0:
        return f"budget exceeded by {number(-left, 'minutes')}"
    return f"{number(left, 'minutes')} of the budget left"


def uptime_words(
    watched: Watched, scope: Scope, latency: Latency, pairs: Sequence[Pair] | None, *, whole: bool
) -> str:
    """What a person at a terminal reads below the numbers of `uptime`."""
    lines: list[str] = []
    if latency.samples and not latency.exact:
        lines.append("Percentiles are of the merged histogram of the window: within 1 % of the exact ones.")
    shown = watched.standings() if whole else [watched.standing(scope)]
    if scope.customer is not None and shown[0].window not in {None, watched.window}:
        lines.append(
            "The numbers above are of the whole window; the promise, below, holds in a part of it alone:"
        )
    rows = [
        (
            one.name,
            standing_mark(one),
            number(one.uptime.uptime_pct, "pct", decimals=3) if one.uptime else "–",
            number(one.uptime.weighted_uptime_pct, "pct", decimals=3) if one.uptime else "–",
            number(one.uptime.downtime_minutes, "minutes") if one.uptime else "–",
            number(one.left_minutes, "minutes"),
            note_words(one, watched),
        )
        for one in shown
    ]
    header = (
        "who",
        f"{aim(watched.company.uptime_target_pct, 'pct')}, weighted",
        "uptime",
        "weighted",
        "down",
        "budget left, weighted",
        "note",
    )
    lines.append(table(header, rows))
    if pairs is not None:
        lines.append(f"{burn_words(pairs)}.")
        lines += [
            f"  {rate_words(p.long)} over {length_words(p.long.window)} and {rate_words(p.short)} over "
            f"{length_words(p.short.window)} (alerts at {number(p.alert.rate, 'ratio')}); by {basis_words(p.short)}"
            for p in pairs
        ]
    missing = [one for one in watched.uncounted() if scope.service in (None, one.service)]
    lines += [uncounted_words(one, watched.zone) for one in missing]
    if missing:
        lines.append(
            "Make the incident or the impact on the page Uptime; until then no uptime counts this time."
        )
    return "\n".join(lines)
