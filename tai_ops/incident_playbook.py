"""The playbook of an incident as a list: its phases with their check items, whose each is, and what each ticks.

Source: Runbook 4, Incident Response Playbook (CRITICAL), whose own lines the texts are; R4.6 to R4.13. An item that is a
step of the response is ticked by the step's stamp, one that is a message by its sending, one that probes can tell by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Step = Literal["acknowledge", "diagnose", "path", "mitigate", "resolve"]
Probed = Literal["latency", "errors"]

STEP_STAMPS: Mapping[Step, str] = {
    "acknowledge": "acknowledged_at",
    "diagnose": "diagnosed_at",
    "path": "path_at",
    "mitigate": "mitigated_at",
    "resolve": "resolved_at",
}
"""The stamp that each step sets, in the order in which a response reaches them."""
STEP_WORDS: Mapping[str, str] = {
    "acknowledge": "Acknowledged",
    "diagnose": "Diagnosed",
    "path": "Path clear",
    "mitigate": "Fix deployed",
    "resolve": "Resolved",
}
CAUSES: Mapping[str, tuple[str, str]] = {
    "quota": ("Database quota", "Scale up database, retry requests"),
    "slow_query": ("Slow query", "Optimize query, add index, fallback to simpler query"),
    "deployment": ("Deployment", "Rollback to previous version"),
    "infrastructure": ("Infrastructure", "Scale Cloud Run, restart service"),
    "other": ("Something else", "The plan is written down with the cause"),
}
"""Each class of root cause with its plan."""
ROLES: Mapping[str, tuple[str, str]] = {
    "commander": ("Commander", "cto"),
    "comms": ("Customer contact", "csm"),
    "scribe": ("Scribe", ""),
}
"""Who does what in an incident, with the role that does it unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Check:
    """One item: its words, whose it is (a role), and what ticks it where a person does not."""

    key: str
    text: str
    owner: str = "cto"
    step: Step | None = None
    message: str | None = None
    probed: Probed | None = None
    cause: bool = False
    may_skip: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the playbook, from minute to minute after detection; the last one has no minutes."""

    key: str
    title: str
    minutes: tuple[int, int] | None
    checks: tuple[Check, ...]


PHASES: tuple[Phase, ...] = (
    Phase("alert", "Alert & acknowledge", (0, 5), (
        Check("alert_received", "Alert received (PagerDuty, customer email, error log)"),
        Check("cto_paged", "CTO gets paged immediately"),
        Check("acknowledge", 'CTO acknowledges: "Investigating" (via Slack to customer within 5 min)', step="acknowledge", message="investigating"),
        Check("bridge", "Launch incident bridge"),
    )),
    Phase("diagnosis", "Diagnosis", (5, 15), (
        Check("logs", "Check Cloud Run logs (errors? latency?)"),
        Check("database", "Check Firestore (quota exceeded? slow queries?)"),
        Check("load_balancer", "Check Load Balancer (healthy backends?)"),
        Check("endpoints", "Ping API endpoints (responding?)"),
        Check("monitoring", "Check monitoring dashboard (any anomalies?)"),
        Check("aware", "CSM contacts customer: aware, what do you see, expected resolution time", "csm", message="aware"),
        Check("diagnose", "Diagnosis documented in incident log", step="diagnose"),
    )),
    Phase("resolution", "Resolution path", (15, 30), (
        Check("cause", "Root cause identified (likely: database quota, slow query, deployment issue, etc.)", cause=True),
        Check("path", "Resolution plan clear", step="path"),
        Check("rollback", "If rollback needed: Execute immediately (automated or manual)", may_skip=True),
        Check("staging", "If fix needed: Implement and test in staging (5-10 min)", may_skip=True),
    )),
    Phase("verification", "Resolution & verification", (30, 60), (
        Check("mitigate", "Fix deployed to production", step="mitigate"),
        Check("latency", "API endpoints responding (latency < 500ms)", probed="latency"),
        Check("access", "Customer can access system"),
        Check("integrity", "Data integrity verified (spot-check)"),
        Check("errors", "No new errors appearing (error rate < 0.5%)", probed="errors"),
        Check("back_to_normal", "CSM confirms with customer that the system is back to normal", "csm", message="back_to_normal"),
        Check("resolve", "Resolved", step="resolve"),
    )),
    Phase("after", "Post-incident (next business day)", None, (
        Check("all_clear", "All-clear to customer, 30 minutes after it was resolved", "csm", message="all_clear"),
        Check("summary", "Incident summary email to customer", "csm", message="summary"),
        Check("post_mortem", "Internal post-mortem (15 min meeting)"),
        Check("asana", "Action items tracked in Asana"),
        Check("follow_up", "Customer success impact: Any follow-up needed?", "csm"),
    )),
)  # fmt: skip
CHECKS: Mapping[str, Check] = {check.key: check for phase in PHASES for check in phase.checks}


def phase_now(minutes: int, *, is_resolved: bool) -> Phase:
    """The phase that the response should be in so many minutes after detection; the last once it is resolved."""
    if is_resolved:
        return PHASES[-1]
    timed = [phase for phase in PHASES if phase.minutes]
    return next((p for p in timed if p.minutes and minutes < p.minutes[1]), timed[-1])
