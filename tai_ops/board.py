"""The facts that the numbers rest on, the window that they are about, and what several numbers share.

The store fills `Facts`; `kpi` reads a `Board` of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from tai_ops import deferral, mrr, pipeline, receivables, recognition, reliability, response, unit_economics
from tai_ops.accuracy import CustomerAccuracy, Measurement, customer_accuracy
from tai_ops.availability import promised
from tai_ops.cash import (
    AccountDay,
    AccountMonth,
    Balance,
    Bill,
    Cash,
    OnTheWay,
    Runway,
    account_months,
    runway,
    total_cash,
)
from tai_ops.checklist import Onboarding, Progress, progress_of
from tai_ops.company import Company
from tai_ops.customers import Customer
from tai_ops.expenses import Charge
from tai_ops.figure import Figure
from tai_ops.incident_run import Duty
from tai_ops.money import ZERO
from tai_ops.period import BusinessCalendar, Month, Week
from tai_ops.proposal_state import ProposalState
from tai_ops.scores import Nps, Score, nps
from tai_ops.transit import OwnTransfers
from tai_ops.words import counted
from tai_ops.words import day as day_words

OF_DELIVERY = frozenset({"cost of delivery", "cloud infrastructure", "processor fees"})
"""The categories of expense that gross margin takes off revenue."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target that the company set for a KPI from a day on (kind `targets`)."""

    kpi: str
    from_on: date
    target: Decimal | None
    floor: Decimal | None


@dataclass(frozen=True, slots=True)
class Latency:
    """What the probes of a window say: percentiles in ms, errors in per cent of the samples.

    `good` of the samples were good, `errors` counted as errors, `answered` tell a latency; `exact` says whether the percentiles are of the values
    themselves, or of their histogram (within 1 %).
    """

    p50_ms: Decimal | None
    p95_ms: Decimal | None
    p99_ms: Decimal | None
    error_rate_pct: Decimal | None
    samples: int
    reason: str | None = None
    good: int = 0
    errors: int = 0
    answered: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What a promise asks of the data: a number of the catalogue (of one customer), and what it has to reach."""

    kpi: str
    at_least: Decimal
    customer_id: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said in a review: a win, a blocker, a priority with owner, due day and state.

    `measure` is what a promise was given to be judged by, None where its own words say it.
    """

    note_id: str
    week: date
    block: str
    kind: str
    body: str
    owner: str | None
    due_on: date | None
    state: str
    measure: Question | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What a board of KPIs is about: its instant, and the ranges over which flows are summed.

    `until` is the day after the last day that counts; money runs from the month's start to it, weekly flows over
    `flow` (instants) and `flow_days` (first and last date). `words` say the flow's window to a reader.
    """

    as_of: datetime
    month: Month
    until: date
    flow: tuple[datetime, datetime]
    flow_days: tuple[date, date]
    words: str
    money_words: str

    @property
    def day(self) -> date:
        """The last day that counts."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True)
class Facts:
    """All rows that the numbers rest on, as the store has them, for one window.

    `deals` stand as they stood at the window's end; `later_deals` came after it, and of those `unknown_deals` may have
    been open then.
    """

    company: Company
    calendar: BusinessCalendar
    window: Window
    customers: tuple[Customer, ...] = ()
    subscriptions: tuple[mrr.Subscription, ...] = ()
    invoices: tuple[recognition.Invoice, ...] = ()
    services: tuple[recognition.Service, ...] = ()
    payments: tuple[receivables.Payment, ...] = ()
    sends: Mapping[str, date] = field(default_factory=dict[str, date])
    billed_terms: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    bills: tuple[Bill, ...] = ()
    account_months: tuple[AccountMonth, ...] = ()
    account_days: tuple[AccountDay, ...] = ()
    balances: tuple[Balance, ...] = ()
    on_the_way: OnTheWay | None = None
    own_transfers: OwnTransfers | None = None
    charges: tuple[Charge, ...] = ()
    bills_apart: tuple[Bill, ...] = ()
    """Those of accounts in another currency: in no sum of the company's."""
    closed: frozenset[Month] = frozenset()
    prospects: tuple[pipeline.Prospect, ...] = ()
    deals: tuple[pipeline.Deal, ...] = ()
    later_deals: tuple[pipeline.Deal, ...] = ()
    unknown_deals: tuple[str, ...] = ()
    stage_entries: tuple[pipeline.StageEntry, ...] = ()
    proposals: tuple[pipeline.Proposal, ...] = ()
    proposal_states: Mapping[str, ProposalState] = field(default_factory=dict[str, ProposalState])
    lead_estimates: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    onboardings: tuple[Onboarding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    scores: tuple[Score, ...] = ()
    incidents: tuple[reliability.Incident, ...] = ()
    kept_timers: tuple[response.KeptTimer, ...] = ()
    incident_duties: tuple[tuple[reliability.Incident, Duty], ...] = ()
    impacts: tuple[reliability.Impact, ...] = ()
    coverages: tuple[reliability.ProbeCoverage, ...] = ()
    latency: Latency | None = None
    notes: tuple[Note, ...] = ()
    calls: tuple[datetime, ...] = ()
    targets: tuple[Target, ...] = ()

    @property
    def urgent(self) -> frozenset[str]:
        """The proposals that were asked for as urgent."""
        return frozenset(key for key, state in self.proposal_states.items() if state.urgent)

    @property
    def every_bill(self) -> tuple[Bill, ...]:
        """The bills of every currency, for what counts them one by one."""
        return self.bills + self.bills_apart

    def flows_to(self, until: date) -> tuple[AccountMonth, ...]:
        """The accounts' flows before an earlier day: the month that it lies in is cut short there."""
        return account_months(self.account_days, until) if self.account_days else self.account_months


class Board:
    """The facts with what several KPIs share worked out once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.window = facts.window

    @cached_property
    def movements(self) -> mrr.Movements:
        """MRR movements of the month to date."""
        return mrr.movements(
            self.facts.subscriptions, self.window.month, self.window.until, known=self.levels
        )

    @cached_property
    def rounded_movements(self) -> mrr.Movements:
        """The same in cents."""
        return self.movements.rounded()

    @cached_property
    def levels(self) -> mrr.Levels:
        """When each customer's MRR changed, and to what."""
        return mrr.levels(self.facts.subscriptions)

    @cached_property
    def residuals(self) -> receivables.Residuals:
        """What is open of each invoice and what is unapplied on the day."""
        return receivables.residuals(self.facts.invoices, self.facts.payments, self.window.day)

    @cached_property
    def overdue(self) -> tuple[receivables.OpenInvoice, ...]:
        """Open invoices more than 30 days past due on the day, longest overdue first."""
        return receivables.late_of(self.residuals)

    @cached_property
    def year(self) -> mrr.Cohort:
        """The customers of twelve months ago and what became of them."""
        month = self.window.month
        return mrr.cohort(
            self.facts.subscriptions, month.plus(-11), month, self.window.until, known=self.levels
        )

    @cached_property
    def recognised(self) -> recognition.Recognised:
        """Revenue recognised in the month to date."""
        f = self.facts
        return recognition.recognised(
            f.subscriptions,
            f.invoices,
            f.services,
            self.window.month,
            method=f.company.revenue_method,
            until=self.window.until,
            held=self.contracts,
        )

    @cached_property
    def contracts(self) -> list[recognition.Contract]:
        """What each customer bought."""
        f = self.facts
        return recognition.contracts(f.subscriptions, f.invoices, f.services)

    @cached_property
    def deferred(self) -> deferral.Deferred:
        """Deferred revenue rolled forward over the month to date."""
        f = self.facts
        ahead = receivables.ahead_of(self.residuals, f.invoices, self.window.day)
        return deferral.deferred(
            f.subscriptions,
            f.invoices,
            f.services,
            self.window.month,
            method=f.company.revenue_method,
            until=self.window.until,
            not_started_unpaid=ahead,
            held=self.contracts,
        )

    @cached_property
    def cash(self) -> Cash:
        """Cash in the company's currency."""
        return total_cash(self.facts.balances, self.facts.company.currency, self.facts.on_the_way)

    @cached_property
    def runway(self) -> Runway:
        """Months that the cash lasts."""
        return runway(self.cash.total, self.facts.account_months, self.window.day, self.facts.closed)

    @cached_property
    def ageing(self) -> receivables.Ageing:
        """Receivables by days past due."""
        return receivables.aged(self.residuals)

    @cached_property
    def stages(self) -> dict[str, pipeline.StageSum]:
        """The open pipeline by stage."""
        return pipeline.by_stage(self.facts.deals)

    @cached_property
    def no_pipeline(self) -> str | None:
        """Why the pipeline at the window's end is not known; None where it is."""
        f, last = self.facts, self.window.day
        if f.unknown_deals:
            many = len(f.unknown_deals)
            return f"the stage of {counted(many, 'deal')} on {last} is not on record"
        if not f.deals:
            return f"no deals on record by {last}" if f.later_deals else "no deals"
        return None

    @cached_property
    def leads(self) -> pipeline.LeadTally:
        """New leads of the flow's days."""
        first, last = self.window.flow_days
        f = self.facts
        return pipeline.new_leads(f.prospects, (*f.deals, *f.later_deals), first, last, f.lead_estimates)

    @cached_property
    def sent(self) -> pipeline.Tally:
        """Proposals first sent in the flow."""
        return pipeline.proposals_sent(self.facts.proposals, *self.window.flow)

    @cached_property
    def won(self) -> pipeline.Tally:
        """Deals won on the flow's days."""
        return pipeline.deals_won(self.facts.deals, *self.window.flow_days)

    @cached_property
    def win_rate(self) -> Figure:
        """Won of closed in twelve months."""
        f = self.facts
        return pipeline.win_rate(f.deals, f.stage_entries, f.proposals, self.window.day)

    @cached_property
    def nps(self) -> Nps:
        """Net promoter score of the newest answers."""
        return nps(self.facts.scores, self.window.day)

    @cached_property
    def responses(self) -> response.ResponseTimes:
        """Response times of the incidents resolved in the flow."""
        return response.response_times(self.facts.incidents, *self.window.flow)

    @cached_property
    def unknown_time(self) -> list[reliability.Interval] | None:
        """When no probe saw the services."""
        return self._unknown(self.window.flow)

    def _unknown(self, window: reliability.Interval) -> list[reliability.Interval] | None:
        return reliability.unknown_time(self.facts.coverages, window, now=self.window.as_of)

    def uptime_of(self, customer: Customer) -> reliability.Uptime | None:
        """Uptime of a live customer over the flow, from its go-live on; None where it went live after it.

        One whose go-live day is not on record has the whole flow.
        """
        flow, tz = self.window.flow, self.facts.company.tz
        window = promised(customer, flow, tz, None) if customer.go_live_on else flow
        return None if window is None else self._uptime(customer.customer_id, window)

    def _uptime(self, customer: str | None, window: reliability.Interval) -> reliability.Uptime:
        """Uptime over a part of the flow; customers that nothing hit alone share theirs."""
        alone = customer if customer is None or customer in self._hit_alone else reliability.EVERYONE
        if (alone, window) not in self._uptimes:
            self._uptimes[alone, window] = reliability.uptime(
                self.facts.impacts,
                window,
                now=self.window.as_of,
                unknown=self._unknown(window),
                customer=alone,
                target_pct=self.facts.company.uptime_target_pct,
            )
        return self._uptimes[alone, window]

    @cached_property
    def _hit_alone(self) -> set[str]:
        return {impact.customer_id for impact in self.facts.impacts}

    @cached_property
    def _uptimes(self) -> dict[tuple[str | None, reliability.Interval], reliability.Uptime]:
        return {}

    @cached_property
    def platform(self) -> reliability.Uptime:
        """Uptime over the flow: full outages of anyone."""
        return self._uptime(None, self.window.flow)

    def in_status(self, *statuses: str) -> list[Customer]:
        """The customers of those statuses."""
        return [c for c in self.facts.customers if c.status in statuses]

    @cached_property
    def accuracies(self) -> dict[str, CustomerAccuracy]:
        """Each live or onboarding customer's newest baseline and current accuracy."""
        of, day = self.measured, self.window.day
        unmeasured = customer_accuracy((), "", day)
        return {
            c.customer_id: customer_accuracy(of[c.customer_id], c.customer_id, day)
            if c.customer_id in of
            else unmeasured
            for c in self.in_status("live", "onboarding")
        }

    @cached_property
    def measured(self) -> dict[str, list[Measurement]]:
        """The measurements of each customer."""
        found: dict[str, list[Measurement]] = {}
        for one in self.facts.measurements:
            found.setdefault(one.customer_id, []).append(one)
        return found

    @cached_property
    def names(self) -> dict[str | None, str]:
        """The name of each customer by its id."""
        return {c.customer_id: c.name for c in self.facts.customers}

    @cached_property
    def progress(self) -> dict[str, Progress]:
        """Each onboarding customer's progress."""
        wanted = {c.customer_id for c in self.in_status("onboarding", "signed")}
        return {
            o.customer_id: progress_of(o)
            for o in self.facts.onboardings
            if o.customer_id in wanted and o.kickoff_on <= self.window.day
        }

    def progress_through_go_live(self, customer_id: str) -> Decimal | None:
        """How much of a customer's onboarding is done, in per cent, also once it went live: what was promised of it holds then too."""
        plans = (o for o in self.facts.onboardings if o.customer_id == customer_id)
        return next((progress_of(o).pct for o in plans if o.kickoff_on <= self.window.day), None)

    def spend(self, category: str, month: Month, until: date | None = None) -> Decimal:
        """Net bills of one reporting category incurred in the month (before `until`)."""
        end = until or month.end
        return sum(
            (
                b.amount - (b.tax_amount or ZERO)
                for b in self.facts.bills
                if month.start <= b.incurred_on < min(end, month.end)
                and self.facts.company.category_of(b.category) == category
            ),
            ZERO,
        )

    @cached_property
    def gross_margin(self) -> Figure:
        """Gross margin of the month to date."""
        if not self.facts.charges:
            return Figure(None, "no bills and no fees")
        month, end = self.window.month, min(self.window.until, self.window.month.end)
        delivery = sum(
            (
                c.amount
                for c in self.facts.charges
                if c.category in OF_DELIVERY and month.start <= c.incurred_on < end
            ),
            ZERO,
        )
        return unit_economics.gross_margin_pct(self.recognised.total, delivery)

    @cached_property
    def new_logos(self) -> int:
        """Customers whose first MRR ever came in the month to date."""
        return sum(row.new > 0 for row in self.movements.by_customer)

    @cached_property
    def cac(self) -> Figure:
        """Sales and marketing of the lagged month per new customer."""
        lagged = self.window.month.plus(-self.facts.company.cac_lag_months)
        if not self.facts.bills:
            return Figure(None, "no bills")
        return unit_economics.cac(self.spend("sales and marketing", lagged), self.new_logos)

    @cached_property
    def paying(self) -> dict[str, Decimal]:
        """MRR by customer on the day."""
        by = mrr.mrr_by_customer(self.facts.subscriptions, self.window.day)
        return {name: amount for name, amount in by.items() if amount}

    @cached_property
    def monthly_churn_pct(self) -> Figure:
        """Revenue churn a month, per cent: the average of the twelve months to date that had MRR at their start."""
        rates: list[Decimal] = []
        for back in range(12):
            month = self.window.month.plus(-back)
            until = self.window.until if back == 0 else None
            flow = mrr.flow_of(self.levels, month, until)
            if flow.opening > 0:
                rates.append(100 * flow.churn / flow.opening)
        if not rates:
            return Figure(None, "no MRR at the start of any month", 0)
        return Figure(sum(rates, Decimal(0)) / len(rates), None, len(rates))

    @cached_property
    def ltv(self) -> Figure:
        """Lifetime value of a customer."""
        return unit_economics.ltv(
            self.arpa,
            self.gross_margin,
            self.monthly_churn_pct,
            cap_months=self.facts.company.churn_lifetime_cap_months,
            customers=len(self.paying),
            months=self.monthly_churn_pct.n or 0,
        )

    @cached_property
    def arpa(self) -> Figure:
        """MRR per paying customer."""
        return unit_economics.arpa(sum(self.paying.values(), Decimal(0)), len(self.paying))


def window_on(day: date, calendar: BusinessCalendar, now: datetime) -> Window:
    """The window at the end of that day (at `now` on the day itself): month to date, seven days of flow."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=calendar.zone).astimezone(
        now.tzinfo
    )
    as_of = min(end, now) if day == calendar.local_date(now) else end
    month = Month.of(day)
    return Window(
        as_of,
        month,
        day + timedelta(days=1),
        (as_of - timedelta(days=7), as_of),
        (day - timedelta(days=6), day),
        f"seven days to {day_words(day)}",
        _money_to(day),
    )


def window_of_week(week: Week, calendar: BusinessCalendar, now: datetime) -> Window:
    """The window of a reporting week: its flow from Friday 16:00 to Friday 16:00, money month to date."""
    start, end = week.starts_at(calendar.zone), week.ends_at(calendar.zone)
    month = Month.of(week.friday)
    return Window(
        min(end, max(now, start)),
        month,
        week.friday + timedelta(days=1),
        (start, end),
        (week.first_date, week.friday),
        f"week to {day_words(week.friday)}",
        _money_to(week.friday),
    )


def _money_to(day: date) -> str:
    """The days of its month up to that day, such as `1 to 3 Apr 2026`."""
    return f"{'' if day.day == 1 else '1 to '}{day.day} {day:%b %Y}"


def window_of_month(month: Month, calendar: BusinessCalendar, now: datetime) -> Window:
    """The window of a calendar month, whole or to date."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, datetime.min.time(), tzinfo=calendar.zone).astimezone(now.tzinfo)

    end = midnight(month.end)
    today = calendar.local_date(now)
    until = today + timedelta(days=1) if month.holds(today) else month.end
    said = _money_to(today) if until < month.end else month.name
    return Window(
        min(end, now) if now >= midnight(month.start) else end,
        month,
        until,
        (midnight(month.start), end),
        (month.start, until - timedelta(days=1)),
        said,
        said,
    )
