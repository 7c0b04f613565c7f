"""What the runbook has each presenter say, with the week's figures in its blanks.

Source: Runbook 5, Meeting Flow: the sentences of CSM, VP Sales and CTO.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from tai_ops import pipeline, response
from tai_ops.checklist import CUTOVER_DAY, Onboarding, onboarding_dates, slip_business_days, stopped_words
from tai_ops.commitments import is_about
from tai_ops.customers import Customer
from tai_ops.review import BlockId, number_words, pct_words
from tai_ops.review_lines import Week, cutover_on, is_done
from tai_ops.words import listed, several, short_day

PLAN_WEEK_DAYS = 5


MOST_SPOKEN = 8
"""Of so many customers a sentence is said each; of more, those that need it most."""
MET = 3


def says(week: Week) -> Mapping[BlockId, str]:
    """The sentences of the blocks that have some; what is not known is said so."""
    return {
        "customer_success": " ".join(_customers(week)),
        "sales_pipeline": " ".join(_sales(week)),
        "engineering": " ".join(_engineering(week)),
    }


def _customers(week: Week) -> Iterator[str]:
    live, coming = week.board.in_status("live"), week.board.in_status("onboarding", "signed")
    if len(live) <= MOST_SPOKEN:
        spoken = live
    else:
        spoken = sorted(live, key=lambda one: _need(week, one))[:MOST_SPOKEN]
    for customer in spoken:
        yield _live(week, customer)
    if len(live) > len(spoken):
        yield _the_others(week, live, spoken)
    for customer in coming[:MOST_SPOKEN]:
        yield _on_the_way(week, customer)
    if len(coming) > MOST_SPOKEN:
        yield f"{len(coming) - MOST_SPOKEN} more are on the way."


def _need(week: Week, customer: Customer) -> tuple[int, Decimal]:
    """How much a live customer needs talking about: what misses its floor first, the lowest accuracy first."""
    value, mark = (week.kpis["accuracy_pct"].by_customer or {}).get(customer.customer_id, (None, "no_data"))
    known = value if isinstance(value, Decimal) else Decimal(0)
    return ("missed", "floor", "no_data", "met").index(mark or "no_data"), known


def _the_others(week: Week, live: list[Customer], spoken: list[Customer]) -> str:
    """What is to be said of the live customers that no sentence of their own is said of."""
    said = {one.customer_id for one in spoken}
    others = [one for one in live if one.customer_id not in said]
    good = sum(_need(week, one)[0] == MET for one in others)
    return f"Of {len(others)} other live customers {good} meet their accuracy target."


def _live(week: Week, customer: Customer) -> str:
    accuracy, score = week.kpis["accuracy_pct"], week.kpis["ltr_median"]
    value, _ = (accuracy.by_customer or {}).get(customer.customer_id, (None, None))
    if value is None or isinstance(value, date):
        stands = "has no accuracy measured"
    else:
        stands = f"is at {pct_words(accuracy, value)} accuracy"
    said, mark = (score.by_customer or {}).get(customer.customer_id, (None, None))
    if said is None or isinstance(said, date):
        return f"{customer.name} {stands}."
    shown = number_words(said, 1, score.target)
    mood = "happy with system" if mark == "met" else f"not happy with system (NPS {shown})"
    return f"{customer.name} {stands}, {mood}."


def _on_the_way(week: Week, customer: Customer) -> str:
    plan = week.plans.get(customer.customer_id)
    if plan is None:
        return f"{customer.name} still negotiating timeline."
    if plan.kickoff_on > week.today:
        return f"{customer.name} contract signed, kickoff {short_day(plan.kickoff_on)}."
    slip = slip_business_days(plan, week.today, week.board.facts.calendar)
    started = f"{customer.name} onboarding started {short_day(plan.kickoff_on)}"
    if stopped_words(plan):
        return f"{started}, {stopped_words(plan)}."
    if slip is None:
        return f"{started}, progress not recorded."
    if slip > 0:
        return f"{started}, {several(slip, 'business day')} late."
    return f"{started}, on track for Week {_plan_week(week, plan)} completion."


def _plan_week(week: Week, plan: Onboarding) -> int:
    """The week of the plan that the Friday lies in, at most the fourth."""
    dates = onboarding_dates(plan, week.board.facts.calendar).dates
    passed = [number for number, on in dates.items() if on <= week.today and number > 0]
    return min(4, (max(passed, default=1) + PLAN_WEEK_DAYS - 1) // PLAN_WEEK_DAYS)


def _sales(week: Week) -> Iterator[str]:
    total = week.kpis["pipeline_open"].value
    shown = week.money(total) if isinstance(total, Decimal) else "not measured"
    added = week.board.leads.value
    new = "not measured" if added is None or not week.board.facts.prospects else week.money(added)
    yield f"Pipeline {shown}, added {new} this week."
    waiting = pipeline.proposals_outstanding(week.board.facts.proposals)
    yield f"{several(waiting.n, 'proposal')} outstanding."


def _engineering(week: Week) -> Iterator[str]:
    board, first = week.board, week.friday + timedelta(days=1)
    names = {c.customer_id: c.name for c in board.in_status("onboarding", "signed")}
    plans = [plan for customer_id, plan in week.plans.items() if customer_id in names]
    under_way = [
        names[p.customer_id] for p in plans if p.kickoff_on <= week.today and not is_done(p, CUTOVER_DAY)
    ]
    if under_way:
        yield f"{listed(under_way)} integrations in progress."
    opened = response.opened(board.facts.incidents, *board.window.flow)
    if week.kpis["incidents_opened"].value is None:
        yield "Incidents not measured."
    else:
        yield f"{several(len(opened), 'incident')}." if opened else "No incidents."
    soon = [
        names[p.customer_id] for p in plans
        if not is_done(p, CUTOVER_DAY) and first <= cutover_on(week, p) <= week.friday + timedelta(days=7)
    ]  # fmt: skip
    blocked = [
        n
        for n in board.facts.notes
        if n.kind == "blocker"
        and n.state == "open"
        and (n.block == "engineering" or any(is_about(n.body, name) for name in soon))
    ]
    if soon:
        has = several(len(blocked), "blocker") if blocked else "No blockers"
        yield f"{has} for {listed(soon)} deployment next week."
