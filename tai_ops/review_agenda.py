"""What the weekly review is by rule: its blocks with minutes, owners and questions, and what a note may become."""

from collections.abc import Mapping
from dataclasses import dataclass

from tai_ops.review import BlockId, NoteKind

MEETING_MINUTES = 30
FINDING_WEEKS = 13
PREPARED_BY_WEEKDAY = 3  # Thursday, at closing time

STATES: Mapping[NoteKind, tuple[str, ...]] = {
    "win": ("noted", "dropped"),
    "forecast": ("noted", "dropped"),
    "note": ("noted", "dropped"),
    "blocker": ("open", "done", "dropped"),
    "action": ("open", "done", "missed", "dropped"),
    "priority": ("open", "done", "missed", "dropped"),
}
"""What may become of a note of each kind; it starts in the first of its states. `dropped` is taken back."""

OF_LIVE_CUSTOMERS = frozenset({"accuracy_pct", "accuracy_gain_points", "hours_saved_pct"})
"""Means over the customers that are live now: a past Friday compares by customer."""


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the runbook: its minutes, whose it is, what is asked, which numbers and records it rests on."""

    id: BlockId
    title: str
    minutes: int
    role: str
    questions: tuple[str, ...]
    kpis: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


AGENDA: tuple[Part, ...] = (
    Part(
        "opening",
        "CEO Opening",
        2,
        "ceo",
        ("How's the team feeling?", "Any major wins?", "Any major concerns?"),
        ("commitments_kept_pct", "blockers_open"),
    ),
    Part(
        "customer_success",
        "Customer Success Review",
        8,
        "csm",
        ("NPS feedback: any red flags?", "Any customer concerns?", "Blockers? → Escalate if any"),
        (
            "customers_live",
            "customers_onboarding",
            "accuracy_pct",
            "accuracy_gain_points",
            "hours_saved_pct",
            "onboarding_complete_pct",
            "ltr_median",
            "nps",
        ),
        ("customers", "onboardings", "measurements", "counts", "scores"),
    ),
    Part(
        "sales_pipeline",
        "Sales Pipeline Review",
        8,
        "vp_sales",
        ("How much in new leads do we expect next week?", "Blockers? → Escalate if any"),
        (
            "pipeline_open",
            "pipeline_weighted",
            "new_leads",
            "new_leads_value",
            "proposals_sent",
            "proposal_slo_pct",
            "deals_won_value",
            "win_rate_pct",
        ),
        ("prospects", "deals", "proposals"),
    ),
    Part(
        "engineering",
        "Engineering Status",
        5,
        "cto",
        (
            "Infrastructure scaling on track?",
            "Any concerns for next week?",
            "Blockers? → Escalate if any",
        ),
        (
            "uptime_pct",
            "downtime_minutes",
            "budget_left_minutes",
            "latency_p95_ms",
            "error_rate_pct",
            "incidents_opened",
            "incidents_open_critical",
            "mttr_minutes",
        ),
        ("incidents", "impacts"),
    ),
    Part(
        "finance",
        "Financial & Cash",
        3,
        "cfo",
        ("Fundraising impact?", "Any concerns?"),
        (
            "cash",
            "net_burn",
            "gross_burn",
            "runway_months",
            "cash_out_on",
            "mrr",
            "invoices_sent_value",
            "ar_over_30",
        ),
        ("invoices", "payments", "bills", "entries"),
    ),
    Part("wins", "Wins Celebration", 2, "ceo", ("Which wins do we celebrate?",)),
    Part(
        "priorities",
        "Next Week Priorities",
        2,
        "ceo",
        ("Top 3 priorities for the team?", "Who owns each?", "Which dependencies are there?"),
    ),
)
"""The meeting in order. Source: Runbook 5, Meeting Flow; the minutes add up to thirty."""

AFTER_MEETING = (
    "Update the KPI board in QUICK_REFERENCE.md (15 min)",
    "Document the action items",
    "Team message: what we accomplished this week and what is coming next",
)
"""Source: Runbook 5, Post-Meeting."""
