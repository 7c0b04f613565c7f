"""The overview: how the company stands, what is due today, what is wrong, and where a new company begins.

It belongs to no runbook; it is the page from which each of them is one click away. Everything here is worked out from
one board of facts, in plain text without any markup.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tai_ops import mrr
from tai_ops.board import Board, Facts, Latency, Window
from tai_ops.comparison import NO_PAST, Compared, Period
from tai_ops.kinds import KINDS
from tai_ops.kpi import KPIS, Kpi, Measured, measure
from tai_ops.matters import Matter, due_today, verdict, wrong
from tai_ops.period import Month, Week
from tai_ops.reliability import ProbeCoverage
from tai_ops.rights import Actor
from tai_ops.store import Store, first_steps, probes, reviewing
from tai_ops.store import facts as stored
from tai_ops.store.freshness import amounts
from tai_ops.words import counted, day, listed, short_day

CEO_TILES = (
    "cash",
    "mrr",
    "runway_months",
    "uptime_pct",
    "accuracy_pct",
    "pipeline_open",
    "nps",
    "blockers_open",
)
TILES: dict[str, tuple[str, ...]] = {
    "owner": CEO_TILES,
    "ceo": CEO_TILES,
    "cfo": (
        "cash",
        "runway_months",
        "net_burn",
        "mrr",
        "ar_open",
        "ar_over_30",
        "deferred_revenue",
        "gross_margin_pct",
    ),
    "csm": (
        "customers_live",
        "accuracy_pct",
        "accuracy_gain_points",
        "hours_saved_pct",
        "customers_onboarding",
        "onboarding_complete_pct",
        "nps",
        "blockers_open",
    ),
    "vp_sales": (
        "pipeline_open",
        "pipeline_weighted",
        "coverage",
        "win_rate_pct",
        "new_leads",
        "proposals_sent",
        "proposal_slo_pct",
        "deals_won_value",
    ),
    "cto": (
        "uptime_pct",
        "budget_left_minutes",
        "latency_p95_ms",
        "error_rate_pct",
        "incidents_open_critical",
        "incidents_opened",
        "mttr_minutes",
        "timers_met_pct",
    ),
    "sales_coordinator": (
        "proposals_sent",
        "proposal_slo_pct",
        "proposals_sent_value",
        "pipeline_proposal",
        "new_leads",
        "deals_won",
        "win_rate_pct",
        "blockers_open",
    ),
}
"""The eight numbers that each role looks at first."""

# --- The numbers beside those of the period before


OF_CASH = frozenset({"cash", "runway_months", "cash_out_on"})
"""Numbers that rest on the balances of accounts, each of its own day."""
Probed = tuple[tuple[ProbeCoverage, ...], Latency]
"""What the probes of a window say: when they saw the services, and how quick these were."""


def probed(store: Store, window: Window) -> Probed:
    """What the probes of a window say: the dearest part of the facts, as there are a great many probes."""
    cursor = store.cursor()
    try:
        return probes.coverages(cursor, window.flow), probes.latency(
            cursor, window.flow, zone=store.company.tz
        )
    finally:
        cursor.close()


def previous(
    store: Store, facts: Facts, looked_at: Period, read_probes: Callable[[Store, Window], Probed] = probed
) -> dict[str, Compared]:
    """Every KPI of the period before whose past is known: worked out anew, or as the last review froze it.

    What it leaves out: the KPIs of `NO_PAST` where no review was frozen in the time before. `read_probes` is asked
    for what the probes of an earlier window say.
    """
    boards: dict[Window, Board] = {}
    found = _as_reviewed(store, looked_at)
    for kpi in KPIS.values():
        if kpi.id in NO_PAST:
            continue
        before = looked_at.before(kpi)
        if before.window not in boards:
            boards[before.window] = Board(_facts_of(store, facts, before.window, looked_at, read_probes))
        found[kpi.id] = Compared(measure(boards[before.window], kpi).value, before.name)
    return found


def _as_reviewed(store: Store, looked_at: Period) -> dict[str, Compared]:
    """The KPIs of `NO_PAST` in the newest review that was frozen no later than the earlier period's end."""
    cursor = store.cursor()
    try:
        earlier = reviewing.earlier_values(cursor, Week.of_day(looked_at.states.window.day).plus(1), 1)
    finally:
        cursor.close()
    for friday, values in earlier.items():
        name = f"review of {short_day(friday)}"
        return {one: Compared(value, name) for one, value in values.items() if one in NO_PAST}
    return {}


def _facts_of(
    store: Store,
    facts: Facts,
    window: Window,
    looked_at: Period,
    read_probes: Callable[[Store, Window], Probed],
) -> Facts:
    """The same facts for an earlier window, with anew what depends on it: balances, and what the probes say."""
    moved = replace(facts, window=window, account_months=facts.flows_to(window.until))
    if window in {looked_at.states.window, looked_at.money.window}:
        held = stored.cash_of(store, window.day, facts.own_transfers)
        moved = replace(moved, **held._asdict())
    if window in {looked_at.flows.window, looked_at.states.window}:
        coverages, latency = read_probes(store, window)
        moved = replace(moved, coverages=coverages, latency=latency)
    return moved


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the numbers that a role looks at first: read, beside the one before, and what it rests on."""

    measured: Measured
    before: Compared | None
    rests_on: str


def tiles(
    board: Board, measured: Mapping[str, Measured], before: Mapping[str, Compared], role: str
) -> list[Tile]:
    """The eight numbers of the role that is looking."""
    return [
        Tile(measured[one], before.get(one), rests_on(board, measured[one]))
        for one in TILES.get(role, CEO_TILES)
    ]


def rests_on(board: Board, measured: Measured) -> str:
    """As of when a number holds, and the newest fact behind it where that is older."""
    if measured.kpi.id in OF_CASH and board.cash.words:
        return board.cash.words
    zone, newest = board.facts.company.tz, _newest(board, measured.kpi)
    as_of = measured.as_of.astimezone(zone)
    if newest is None:
        return f"as of {day(as_of.date())} {as_of:%H:%M}"
    what, when = newest
    return f"as of {day(when)}, {what}"


def _newest(board: Board, kpi: Kpi) -> tuple[str, date] | None:
    """What the newest fact behind a number is and its day; None where the number holds at the window's instant."""
    f, last = board.facts, board.window.day
    if kpi.rows == "measurements":
        days = [a.measured_on for a in board.accuracies.values() if a.measured_on]
        return ("the newest count", max(days)) if days else None
    if kpi.rows == "scores":
        days = [s.answered_on for s in f.scores if s.answered_on <= last]
        return ("the newest answer", max(days)) if days else None
    if kpi.rows == "review_notes" and f.notes:
        return "the newest review", max(n.week for n in f.notes)
    return None


# --- The sentence on top


# --- The chart


def mrr_year(board: Board) -> list[tuple[Month, mrr.Flow]]:
    """MRR and its movements of the twelve months to the board's, from the first that has any."""
    window = board.window
    months = [window.month.plus(-back) for back in range(11, -1, -1)]
    found = [
        (
            month,
            mrr.flow_of(board.levels, month, window.until if month == window.month else None).rounded(),
        )
        for month in months
    ]
    first = next((i for i, (_, flow) in enumerate(found) if flow.closing or flow.opening), len(found))
    return found[first:]


# --- Where a new company begins


_NO_NUMBER = frozenset({"people", "accounts", "holidays", "targets"})
"""Kinds of record that make no number by themselves."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up: what, why, whether it is done, what is there, and the page that takes it.

    `link` says what is done on the page.
    """

    title: str
    why: str
    done: bool
    there: str
    page: str
    link: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far the company is set up: the three first steps, and the rest that makes the numbers whole.

    `empty` says that nothing is there yet that any number could be read from, `put_away` that somebody wants to see
    the first steps no more.
    """

    steps: tuple[Step, Step, Step]
    rest: tuple[Step, ...]
    empty: bool
    put_away: bool = False

    @property
    def done(self) -> int:
        """How many of the three first steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def left(self) -> tuple[Step, ...]:
        """The first steps that are not done; none where they are put away."""
        return () if self.put_away else tuple(step for step in self.steps if not step.done)

    @property
    def unfinished(self) -> bool:
        """Whether anything is left to set up, of the first steps or the rest."""
        return self.done < len(self.steps) or self.rest_done < len(self.rest)

    @property
    def rest_done(self) -> int:
        """How many of the other steps are done."""
        return sum(step.done for step in self.rest)


def set_up(store: Store) -> SetUp:
    """What a company has set up, told by its data alone."""
    has, company = amounts(store), store.company
    steps = (
        Step(
            "Set the company's zone and people",
            "The zone says when Friday 16:00 is, people say who may do what.",
            company.zone_chosen and has["people"] > 0,
            f"{f'zone {company.zone}' if company.zone_chosen else 'zone not set'}, {counted(has['people'], 'person', 'people')}",
            "company",
            "Add people" if company.zone_chosen else "Choose the zone and add people",
            (("part", "People"),) if company.zone_chosen else (("part", "Calendar"), ("change", "zone")),
        ),
        Step(
            "Load customers and subscriptions",
            "MRR, revenue and every number per customer come from them.",
            has["customers"] > 0 and has["subscriptions"] > 0,
            f"{counted(has['customers'], 'customer')}, {counted(has['subscriptions'], 'subscription')}",
            "imports",
            f"Load {listed([kind for kind in ('customers', 'subscriptions') if not has[kind]]) or 'more of them'}",
            (("kind", "subscriptions" if has["customers"] else "customers"),),
        ),
        Step(
            "Upload a bank statement",
            "Cash, burn and runway rest on it."
            + ("" if has["accounts"] else " It belongs to an account, which is added first."),
            has["statements"] > 0,
            f"{counted(has['accounts'], 'account')}, {counted(has['statements'], 'statement')}",
            "imports",
            "Upload a statement" if has["accounts"] else "Add an account and upload a statement",
        ),
    )
    rest = (
        _kinds_step(has, "Name your accounts", "A statement belongs to one of them.", ("accounts",)),
        _kinds_step(has, "Load invoices and payments", "Receivables, deferred revenue and the match with the bank.", ("invoices", "payments")),
        _kinds_step(has, "Load bills", "Burn by category, acquisition cost and gross margin.", ("bills",)),
        _kinds_step(has, "Load prospects and deals", "Pipeline, win rate and the proposal clock.", ("prospects", "deals")),
        _kinds_step(has, "Start an onboarding", "Its plan and how far it is.", ("onboardings",)),
        _kinds_step(has, "Record baseline and current accuracy", "What customers gain.", ("measurements",)),
        _kinds_step(has, "Ask customers for a score", "NPS and how likely they recommend you.", ("scores",)),
        _kinds_step(has, "Send probes", "Latency, errors and unexplained downtime.", ("probes",)),
        _company_step(has, "Load holidays", "Business days and every deadline.", "holidays", "Calendar", "Load a country's"),
        _company_step(has, "Set your own targets", "Until then the runbooks' targets hold.", "targets", "Targets", "Set a target"),
    )  # fmt: skip
    return SetUp(
        steps,
        rest,
        empty=not any(count for kind, count in has.items() if kind not in _NO_NUMBER),
        put_away=store.fact(first_steps.FACT) is not None,
    )


def _kinds_step(has: Mapping[str, int], title: str, why: str, kinds: tuple[str, ...]) -> Step:
    there = ", ".join(counted(has[kind], KINDS[kind].noun, kind) for kind in kinds)
    missing = next((kind for kind in kinds if not has[kind]), kinds[0])
    done, link = all(has[kind] for kind in kinds), f"Load {missing}"
    return Step(title, why, done, there, "imports", link, (("kind", missing),))


def _company_step(has: Mapping[str, int], title: str, why: str, kind: str, part: str, link: str) -> Step:
    there = counted(has[kind], KINDS[kind].noun, kind)
    return Step(title, why, has[kind] > 0, there, "company", link, (("part", part),))


# --- All of it


@dataclass(frozen=True, slots=True)
class Overview:
    """What the overview shows of one period to one person."""

    period: Period
    verdict: str
    tiles: tuple[Tile, ...]
    due: tuple[Matter, ...]
    wrong: tuple[Matter, ...]
    mrr_year: tuple[tuple[Month, mrr.Flow], ...]
    mrr_target: Decimal | None


def overview(
    store: Store,
    board: Board,
    measured: Mapping[str, Measured],
    before: Mapping[str, Compared],
    looked_at: Period,
    actor: Actor,
) -> Overview:
    """The overview of a period for the person who looks."""
    shown = tiles(board, measured, before, actor.role)
    return Overview(
        looked_at,
        verdict([tile.measured for tile in shown], board.facts.company),
        tuple(shown),
        tuple(_due(store, board, actor)),
        tuple(_wrong(store, board, measured, actor)),
        tuple(mrr_year(board)),
        measured["mrr"].target,
    )


def _due(store: Store, board: Board, actor: Actor) -> list[Matter]:
    cursor = store.cursor()
    try:
        reviewed = reviewing.weeks_held(cursor)
    finally:
        cursor.close()
    people = {person.email: person for person in store.people()}
    return due_today(board, actor.role, reviewed=reviewed, people=people)


def _wrong(store: Store, board: Board, measured: Mapping[str, Measured], actor: Actor) -> list[Matter]:
    cursor = store.cursor()
    try:
        failing = probes.failing_runs(cursor, board.window.flow) if board.facts.coverages else []
    finally:
        cursor.close()
    return wrong(board, measured, actor.role, failing=failing)
