"""The Uptime page: whether the promise was kept, what is left of the budget, why, and the rows behind it."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import streamlit as st

from tai_ops.app import annotated, forms, latency_counted, reading, session, uptime_reading, widgets, words
from tai_ops.app.chart_uptime import budget_used, uptime_strip
from tai_ops.app.charts import Event, latency_lines
from tai_ops.app.parts import month_asked
from tai_ops.app.uptime_reading import Seen
from tai_ops.availability import Scope, Standing, lives_without_day
from tai_ops.availability_words import (
    basis_words,
    burn_words,
    left_words,
    length_words,
    note_words,
    rate_words,
    standing_mark,
)
from tai_ops.behind import Column, Rows
from tai_ops.customers import Customer
from tai_ops.period import Month, months_between
from tai_ops.store import probes
from tai_ops.store.facts import of_kind

MONTHS_BACK = 12
LATENCY_PROMISE_MS = 500
KIND = {"all": "Company", "customer": "Customer", "service": "Service"}


def title_row() -> Seen:
    """The title with the pickers of month and of whom; what the page is about."""
    current = Month.of(session.today())
    offered = tuple(reversed(months_between(current.plus(-MONTHS_BACK), current)))
    scopes = _scopes()
    side = widgets.page_title("Uptime", reading.as_of_words())
    month = month_asked(offered)
    st.session_state["month"] = str(month)
    asked = st.query_params.get("of", "all")
    st.session_state["of"] = asked if asked in scopes else "all"
    with side:
        st.selectbox(
            "Month",
            [str(one) for one in offered],
            format_func=lambda code: Month.parse(code).name,
            key="month",
            on_change=forms.into_address,
            args=("month", str(current)),
            label_visibility="collapsed",
            width=170,
        )
        st.selectbox(
            "Of whom",
            list(scopes),
            format_func=lambda code: words.in_a_cell(scopes[code][1]),
            key="of",
            on_change=forms.into_address,
            args=("of", "all"),
            label_visibility="collapsed",
            width=230,
        )
    return uptime_reading.seen(month, scopes[st.session_state["of"]][0])


def _scopes() -> dict[str, tuple[Scope, str]]:
    """Of whom or what the page can be, by the code in its address, with the words for it."""
    with session.store().cursor() as cursor:
        customers = of_kind(cursor, "customers", Customer)
        services = probes.services(cursor)
    live = sorted((c for c in customers if c.go_live_on or lives_without_day(c)), key=lambda c: c.name)
    found = [
        (Scope(), "Everyone"),
        *((Scope(customer=c.customer_id), c.name) for c in live),
        *((Scope(service=s), f"Service {s}") for s in services),
    ]
    return {scope.code: (scope, name) for scope, name in found}


def empty() -> None:
    """The page of a company of which nothing is known."""
    widgets.verdict(
        "Whether the promised uptime was kept is not known: nobody watches, and no incident is on record."
    )
    widgets.empty(
        "Uptime by customer and service, the error budget in minutes, latency, a calendar of days",
        "It comes from incidents with their impacts, and from probes. Make a token on the Company page and let your monitor "
        "post to /api/probes, or bring in a file of what it saw.",
        "Bring in probes",
        "imports",
        (("kind", "probes"),),
    )
    widgets.link("company", "Make a token for a monitor", (("part", "Tokens"),), key="to_tokens")


def verdict(seen: Seen) -> str:
    """The month in one sentence: whether the promise was kept, and how many minutes are left."""
    one, target = seen.standing, words.aim(seen.target, "pct")
    who = "" if seen.scope == Scope() else f"{one.name}: "
    name = f"{who}{seen.month.name}{' so far' if seen.is_running else ''}"
    up = one.uptime
    if one.met is None or up is None:
        why = one.reason or "no part of the month is over yet"
        return f"{name}: whether the promise of {target} was kept is not known ({why}){_beside(seen)}."
    held = {
        True: "holds" if seen.is_running else "was kept",
        False: "is missed" if seen.is_running else "was missed",
    }
    said = (
        f"{name}: the promise of {target} {held[one.met]}, {words.number(up.weighted_uptime_pct, 'pct', decimals=3)} "
        f"weighted uptime, {left_words(one.left_minutes)}"
    )
    if seen.scope == Scope():
        said += _customers_words(seen)
    if up.coverage_pct is not None and up.unknown_minutes:
        said += f"; {words.number(up.unknown_minutes, 'minutes')} are unknown, as nobody watched"
    return f"{said}{_beside(seen)}."


def _beside(seen: Seen) -> str:
    """What is in none of the figures yet, or in them longer than it was."""
    count, blank = len(seen.uncounted), sum(one.severity == "CRITICAL" for one in seen.without_impact)
    said = ""
    if count:
        said += f"; {words.counted(count, 'failure')} that only probes saw {'is' if count == 1 else 'are'} in none of this"
    if blank:
        has = "has" if blank == 1 else "have"
        said += f"; {words.counted(blank, 'CRITICAL incident')} {has} no impact on record and {'counts' if blank == 1 else 'count'} for nothing"
    if seen.running_on:
        named = words.listed([one.incident_id for one, _ in seen.running_on[:3]])
        said += f"; the outage of {named} counts on although it is resolved"
    return said


def _customers_words(seen: Seen) -> str:
    mine = [one for one in seen.standings if one.scope.customer is not None]
    missed = [one.name for one in mine if one.met is False]
    if missed:
        return f"; missed for {words.listed(missed[:3])}{f' and {len(missed) - 3} more' if len(missed) > 3 else ''}"
    if not mine:
        return ""
    unknown = [one for one in mine if one.met is None]
    blind = sum(one.uptime is None or not one.uptime.coverage_pct for one in unknown)
    kept = "it holds" if seen.is_running else "kept"
    counts = (
        (f"{kept} for", len(mine) - len(unknown)),
        ("nothing watches", blind),
        ("not known for", len(unknown) - blind),
    )
    said = [f"{how} {count} of {words.counted(len(mine), 'customer')}" for how, count in counts if count]
    return f"; {', '.join(said)}"


# --- Numbers


def numbers(seen: Seen) -> None:
    """The month's numbers in an even grid, each with its mark where it has one."""
    up, one, latency = seen.standing.uptime, seen.standing, seen.latency
    promise = None if latency.p95_ms is None else latency.p95_ms < LATENCY_PROMISE_MS
    cells = (
        ("Weighted uptime", up and up.weighted_uptime_pct, "pct", 3, one.met, f"target ≥ {words.aim(seen.target, 'pct')}"),
        ("Uptime, full outages", up and up.uptime_pct, "pct", 3, None, "partial outages left out"),
        ("Budget left, weighted", one.left_minutes, "minutes", None, _sign(one), _of(up and up.budget_minutes)),
        ("Downtime, weighted", up and up.weighted_downtime_minutes, "minutes", None, None, _full(up and up.downtime_minutes)),
        ("Watched", up and up.coverage_pct, "pct", 1, None, _watched_words(seen)),
        ("API latency p95", latency.p95_ms, "ms", None, promise, _exact_words(seen)),
        ("API latency p50", latency.p50_ms, "ms", None, None, f"p99 {words.number(latency.p99_ms, 'ms')}"),
        ("Error rate", latency.error_rate_pct, "pct", 2, None, words.counted(latency.samples, "probe")),
    )  # fmt: skip
    with st.grid(4, min_column_width=widgets.TILE_WIDTH, key="numbers"):
        for place, (label, value, unit, decimals, met, note) in enumerate(cells):
            with st.container(border=True, height="stretch", gap="xsmall", key=f"tile_{place}"):
                st.metric(label, words.escape(words.number(value, unit, decimals=decimals)))
                mark = "" if met is None else words.badge("met" if met else "missed")
                st.markdown(f":small[{mark} :gray[{words.escape(note)}]]")


def _sign(one: Standing) -> bool | None:
    """Whether the budget holds; not known where too little was watched to know the promise."""
    left = one.left_minutes
    return None if left is None or one.met is None else left >= 0


def _of(budget: Decimal | None) -> str:
    return (
        f"of {words.number(budget, 'minutes')} in the month" if budget is not None else "no budget is known"
    )


def _full(minutes: Decimal | None) -> str:
    return f"{words.number(minutes, 'minutes')} of full outage"


def _watched_words(seen: Seen) -> str:
    up = seen.standing.uptime
    if up is None or up.coverage_pct is None:
        return "no probes: from incidents alone"
    return f"{words.number(up.unknown_minutes, 'minutes')} unknown"


def _exact_words(seen: Seen) -> str:
    if not seen.latency.samples:
        return latency_counted.p95_words(seen.spreads) or seen.latency.reason or "no probes in this month"
    return f"promise < {LATENCY_PROMISE_MS} ms, {'exact' if seen.latency.exact else 'within 1 %'}"


# --- Why


def charts(seen: Seen) -> None:
    """The calendar, the budget, the latency."""
    period = str(seen.month)
    left, right = st.columns(2, gap="medium")
    happened = annotated.events(seen.strip[0].on, seen.strip[-1].on)
    with left:
        widgets.chart(
            uptime_strip(seen.strip, seen.target, happened),
            key="strip",
            zone=seen.watched.zone,
            period=period,
        )
        st.caption(
            "✓ met · ≈ met, not watched all day · ✗ missed · – unknown. Days of the company's clock, weighted uptime."
            + unwatched_words(seen)
        )
    with right:
        budget = seen.standing.uptime.budget_minutes if seen.standing.uptime else None
        widgets.chart(
            budget_used(seen.month_days, seen.burned, budget, _incident_days(seen), happened),
            key="budget",
            period=period,
        )
        if seen.is_running:
            st.caption(words.escape(f"{burn_words(seen.pairs)}."))
    annotated.signs(happened, "On the days")
    if any(one.samples for _, one in seen.latency_days):
        first, last = seen.latency_days[0][0], seen.latency_days[-1][0]
        marks = annotated.marks(first, last)
        widgets.chart(latency_lines(seen.latency_days, marks), key="latency", period=period)
        annotated.beside(first, last)
    if seen.is_running:
        _burn_table(seen)


def unwatched_words(seen: Seen) -> str:
    """That nobody watches, so that only incidents tell; empty where probes come."""
    watches = seen.watched.unknown(seen.watched.window, seen.scope.service) is not None
    return "" if watches else " No probes: what no incident tells counts as up."


def _incident_days(seen: Seen) -> Sequence[Event]:
    """The days on which an outage of the month began, with the incidents; those of one day stand in one mark."""
    zone, named = seen.watched.zone, dict[date, list[str]]()
    for one in seen.watched.impacts:
        counts = one.level in {"full", "partial"} and one.touches(seen.scope.customer, seen.scope.service)
        if counts and seen.watched.window[0] <= one.began_at < seen.watched.window[1]:
            held = named.setdefault(one.began_at.astimezone(zone).date(), [])
            held += [] if one.incident_id in held else [one.incident_id]
    return tuple(Event(on, ", ".join(ids)) for on, ids in named.items())[:4]


def _burn_table(seen: Seen) -> None:
    columns = (
        Column("windows", "Windows"),
        Column("long_rate", "Burn, long"),
        Column("state", "Alert"),
        Column("short_rate", "Burn, short"),
        Column("alerts_at", "Fires at"),
        Column("basis", "Told by"),
    )
    rows = tuple(
        (
            f"{length_words(p.long.window)} and {length_words(p.short.window)}",
            rate_words(p.long),
            ("✗ page" if p.alert.kind == "page" else "✗ ticket") if p.fires else _quiet(p.long.rate),
            rate_words(p.short),
            f"{words.number(p.alert.rate, 'ratio')} in both",
            basis_words(p.short),
        )
        for p in seen.pairs
    )
    box = st.expander("How fast the budget burns", key="burns", on_change="rerun")
    if box.open:
        with box:
            st.caption(
                "1× uses the budget up just by the end of 30 days. Both windows of a pair must burn at its rate; fewer "
                "than 100 samples in a window are told by minutes of outage."
            )
            widgets.rows_table(
                Rows("burn", "pair of windows", columns, rows),
                key="burn_rows",
                alt="Burn of the error budget by window",
            )


def _quiet(rate: Decimal | None) -> str:
    return "✓ quiet" if rate is not None else "– unknown"


# --- Rows


def standings(seen: Seen) -> None:
    """Everyone, each customer and each service: missed ones first."""
    widgets.section(
        "By customer and service",
        "A customer's month begins on its go-live day. Weighted: full outages whole, partial ones by their weight.",
    )
    order = {False: 0, None: 1, True: 2}
    ordered = sorted(seen.standings[1:], key=lambda one: (one.scope.customer is None, order[one.met]))
    columns = (
        Column("customer", "Who"),
        Column("promise", "Promise"),
        Column("left", "Budget left, min", "number"),
        Column("kind", "Kind"),
        Column("weighted_uptime_pct", "Weighted %", "number"),
        Column("uptime_pct", "Uptime %", "number"),
        Column("downtime_minutes", "Down, min", "number"),
        Column("budget_minutes", "Budget, min", "number"),
        Column("unknown_minutes", "Unknown, min", "number"),
        Column("p50_ms", "p50, ms", "number"),
        Column("p95_ms", "p95, ms", "number"),
        Column("p99_ms", "p99, ms", "number"),
        Column("error_rate_pct", "Errors %", "number"),
        Column("note", "Note"),
        Column("customer_id", "Id"),
    )
    rows = tuple(_standing_row(seen, one) for one in (seen.standings[0], *ordered))
    widgets.rows_table(
        Rows("uptime", "customer or service", columns, rows),
        key="standings",
        alt="Uptime of everyone, by customer and by service",
        period=str(seen.month),
        opens=("customers", "customer", "customer_id"),
    )


def counted(seen: Seen) -> None:
    """Latency as monitors counted it, where any did."""
    if seen.spreads:
        widgets.section("Latency as monitors counted it", latency_counted.WHAT)
        latency_counted.table(seen.spreads, key="counted", period=str(seen.month))


def _standing_row(seen: Seen, one: Standing) -> tuple[object, ...]:
    up = one.uptime
    name = one.scope.service
    latency = seen.by_service.get(name) if name else (seen.latency if one.scope == Scope() else None)
    return (
        one.name,
        standing_mark(one),
        rounded(one.left_minutes, 1),
        KIND[one.scope.code.split(":")[0]],
        rounded(up and up.weighted_uptime_pct, 3),
        rounded(up and up.uptime_pct, 3),
        rounded(up and up.downtime_minutes, 1),
        rounded(up and up.budget_minutes, 1),
        rounded(up and up.unknown_minutes, 1),
        rounded(latency and latency.p50_ms, 1),
        rounded(latency and latency.p95_ms, 1),
        rounded(latency and latency.p99_ms, 1),
        rounded(latency and latency.error_rate_pct, 3),
        note_words(one, seen.watched),
        one.scope.customer or "",
    )


def rounded(value: Decimal | None, places: int) -> Decimal | None:
    """A figure for a table, half up; None stays None."""
    return None if value is None else value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def behind(seen: Seen) -> None:
    """The impacts of the month, each leading to its record, and where the numbers come from."""
    start, end = seen.watched.window
    held = [
        i
        for i in seen.watched.impacts
        if i.began_at < end
        and (i.ended_at or seen.now) > start
        and i.touches(seen.scope.customer, seen.scope.service)
    ]
    widgets.section(
        "The impacts behind it",
        "What an incident did to whom, from when to when; overlapping ones count once.",
    )
    columns = (
        Column("incident_id", "Incident"),
        Column("level", "Level"),
        Column("began_at", "Began", "instant"),
        Column("ended_at", "Ended", "instant"),
        Column("customer_id", "Customer"),
        Column("service", "Service"),
        Column("minutes", "Minutes", "number"),
    )
    rows = tuple(
        (
            i.incident_id,
            i.level,
            i.began_at,
            i.ended_at,
            i.customer_id,
            i.service,
            round(Decimal(int(((i.ended_at or seen.now) - i.began_at).total_seconds())) / 60, 1),
        )
        for i in sorted(held, key=lambda i: i.began_at, reverse=True)
    )
    widgets.rows_table(
        Rows("impacts", "impact", columns, rows, leads="impacts"),
        key="impacts",
        alt="The impacts of the month",
        period=str(seen.month),
        zone=seen.watched.zone,
        to_records=True,
    )
    st.caption(words.escape(_source(seen)))


def _source(seen: Seen) -> str:
    """What the numbers rest on."""
    watched = seen.watched
    said = [
        f"Downtime: impacts on record ({len(watched.impacts)} in all)",
        *(
            f"probes of {one.service}: {words.counted(one.samples, 'sample')} in the month, "
            f"last {words.instant(one.last_at, watched.zone)}"
            for one in watched.coverages
        ),
    ]
    if not watched.coverages:
        said.append("no probes, so no time is unknown and no latency is known")
    return f"Source: {'; '.join(said)}."
