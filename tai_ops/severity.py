"""Severity: how bad a production issue is, by which rule, and which deadlines follow; who else must hear of it.

The highest rule that matches wins (requirements.md I1, I2, I6). Every timer counts from detection on the wall
clock, also out of hours (I8); downtime counts from `began_at` (I11) and is reckoned elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from tai_ops.json_object import Flag, Instant, JsonObject, Number, Percent, Whole, object_from_json, wrong
from tai_ops.period import BusinessCalendar

Severity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]
SEVERITIES: tuple[Severity, ...] = ("CRITICAL", "HIGH", "MEDIUM", "LOW")

TIMERS: dict[Severity, tuple[tuple[str, int | None], ...]] = {
    "CRITICAL": (("acknowledge", 5), ("diagnose", 15), ("path", 30), ("resolve", 60)),
    "HIGH": (("resolve", 60),),
    "MEDIUM": (("resolve", 240),),
    "LOW": (("resolve", None),),
}
"""Each severity's timers in minutes from detection; None is the end of the next business day.

Source: Runbook 4, Incident Severity Levels and Incident Response Playbook; requirements.md I3.
"""

CEO_AFTER = timedelta(minutes=30)
CEO_SECOND_WITHIN = timedelta(days=7)
RENEWAL_WITHIN = timedelta(days=90)


class Signals(JsonObject):
    """What is seen of an issue. What is None was not seen or not measured; it is never a 0."""

    detected_at: Instant
    began_at: Instant | None = None
    customers_without_access: Whole | None = None
    data_lost_or_corrupt: Flag | None = None
    security_breach: Flag | None = None
    api_errors_for_all: Flag | None = None
    customers_with_wrong_data: Whole | None = None
    users_degraded_pct: Percent | None = None
    api_latency_p95_ms: Number | None = None
    error_rate_pct: Percent | None = None
    error_rate_30m_pct: Percent | None = None
    error_rate_6h_pct: Percent | None = None
    minutes_over_1_pct: Number | None = None
    dashboard_p75_ms: Number | None = None
    feature_broken: Flag | None = None
    cosmetic: Flag | None = None
    request: Literal["documentation", "enhancement", "ui_improvement", "training"] | None = None

    @field_validator("began_at")
    @classmethod
    def _began_before_detected(cls, began_at: datetime | None, info: ValidationInfo) -> datetime | None:
        detected_at = info.data.get("detected_at")
        if began_at and detected_at and began_at > detected_at:
            raise wrong("must not be after detected_at")
        return began_at


@dataclass(frozen=True, slots=True)
class Timer:
    """One deadline: minutes from detection (None: the end of the next business day), and when it runs out."""

    name: str
    minutes: int | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The severity, None where no rule matches, why, and its deadlines in the offset of `detected_at`."""

    severity: Severity | None
    reasons: tuple[str, ...]
    respond_by: datetime | None
    resolve_within_minutes: int | None
    timers: tuple[Timer, ...]

    def as_json(self) -> dict[str, Any]:
        """The verdict as `severity` prints it."""
        return {
            "severity": self.severity,
            "reasons": list(self.reasons),
            "respond_by": self.respond_by.isoformat() if self.respond_by else None,
            "resolve_within_minutes": self.resolve_within_minutes,
            "timers": [
                {"name": t.name, "minutes": t.minutes, "due_at": t.due_at.isoformat()} for t in self.timers
            ],
        }


@dataclass(frozen=True, slots=True)
class Escalation:
    """A role that must hear of an incident, and why."""

    role: Literal["ceo", "vp_sales"]
    reason: str


def signals_from_json(data: Any) -> Signals:
    """The signals in a JSON text or in decoded JSON; Refused in one line that names the key otherwise."""
    return object_from_json(Signals, data)


def classify(signals: Signals, *, calendar: BusinessCalendar) -> Verdict:
    """The severity of what is seen, the rules that matched (the highest first), and the deadlines.

    Source: Runbook 4, Incident Severity Levels; requirements.md I1-I9. What it leaves out: an override, and
    support hours for MEDIUM. Severity is None where no rule matches.
    """
    matched = [*_critical(signals), *_high(signals), *_medium(signals), *_low(signals)]
    if not matched:
        return Verdict(None, ("No rule matches what is known.",), None, None, ())
    severity = matched[0][0]
    timers = timers_of(severity, signals.detected_at, calendar)
    return Verdict(
        severity=severity,
        reasons=tuple(f"{level}: {reason}." for level, reason in matched),
        respond_by=timers[0].due_at,
        resolve_within_minutes=timers[-1].minutes,
        timers=timers,
    )


def timers_of(severity: Severity, detected_at: datetime, calendar: BusinessCalendar) -> tuple[Timer, ...]:
    """The deadlines of an incident of that severity, the first to run out first."""
    next_day = calendar.next_business_day(calendar.local_date(detected_at))
    by_then = calendar.end_of_day(next_day).astimezone(detected_at.tzinfo)
    return tuple(
        Timer(name, minutes, by_then if minutes is None else _minutes_after(detected_at, minutes))
        for name, minutes in TIMERS[severity]
    )


def escalations(
    *,
    severity: Severity | None,
    detected_at: datetime,
    now: datetime,
    resolved_at: datetime | None = None,
    security_breach: bool | None = None,
    data_lost_or_corrupt: bool | None = None,
    other_criticals_at: Iterable[datetime] = (),
    has_open_proposal: bool | None = None,
    renews_on: date | None = None,
    is_reference: bool | None = None,
) -> tuple[Escalation, ...]:
    """Who beside the CTO must hear of an incident: the CEO, VP Sales, or nobody.

    `other_criticals_at` are the detections of other CRITICAL incidents; the last three say what is known of an
    affected customer. Source: requirements.md I7. The 30 minutes and the second within 7 days are read for
    CRITICAL alone, the customer's standing for all but LOW.
    """
    if severity is None or severity == "LOW":
        return ()
    critical = severity == "CRITICAL"
    open_for = (resolved_at or now) - detected_at
    recent = any(timedelta(0) <= detected_at - other <= CEO_SECOND_WITHIN for other in other_criticals_at)
    left = renews_on - detected_at.date() if renews_on else None
    found: tuple[tuple[bool | None, Literal["ceo", "vp_sales"], str], ...] = (
        (security_breach, "ceo", "security breach"),
        (data_lost_or_corrupt, "ceo", "data lost or corrupt"),
        (critical and open_for >= CEO_AFTER, "ceo", "not resolved within 30 minutes"),
        (critical and recent, "ceo", "second CRITICAL within 7 days"),
        (has_open_proposal, "vp_sales", "the customer has an open proposal"),
        (left is not None and timedelta(0) <= left <= RENEWAL_WITHIN, "vp_sales", "renewal within 90 days"),
        (is_reference, "vp_sales", "the customer is a reference"),
    )
    return tuple(Escalation(role, reason) for holds, role, reason in found if holds)


def channel_name(detected_at: datetime, zone: tzinfo = UTC) -> str:
    """The Slack channel of an incident, `incident-20260303-1500`, by the zone's clock.

    Source: Runbook 4, Minute 0-5; requirements.md I15.
    """
    return f"incident-{detected_at.astimezone(zone):%Y%m%d-%H%M}"


_Matched = list[tuple[Severity, str]]


def _critical(s: Signals) -> _Matched:
    locked_out = s.customers_without_access or 0
    return _holding(
        "CRITICAL",
        (
            locked_out >= 1,
            f"{locked_out} {'customer' if locked_out == 1 else 'customers'} cannot get in at all",
        ),
        (s.data_lost_or_corrupt, "data is lost or corrupt"),
        (s.security_breach, "security breach"),
        (s.api_errors_for_all, "API errors for all customers"),
    )


def _high(s: Signals) -> _Matched:
    wrong_data = s.customers_with_wrong_data or 0
    burning = _at_least(s.error_rate_30m_pct, 3) and _at_least(s.error_rate_6h_pct, 3)
    return _holding(
        "HIGH",
        (
            wrong_data >= 1,
            f"{wrong_data} {'customer sees' if wrong_data == 1 else 'customers see'} wrong data",
        ),
        (
            _over(s.users_degraded_pct, 50),
            f"degraded for {_shown(s.users_degraded_pct)} % of users, over 50 %",
        ),
        (_over(s.api_latency_p95_ms, 2000), f"API p95 of {_shown(s.api_latency_p95_ms)} ms is over 2000 ms"),
        (_over(s.error_rate_pct, 5), f"error rate of {_shown(s.error_rate_pct)} % is over 5 %"),
        (burning, "error rate is 3 % or more over both 30 minutes and 6 hours"),
        (_at_least(s.minutes_over_1_pct, 240), "error rate has been 1 % or more for 4 hours"),
    )


def _medium(s: Signals) -> _Matched:
    slow_api = _at_least(s.api_latency_p95_ms, 500) and not _over(s.api_latency_p95_ms, 2000)
    some_errors = _at_least(s.error_rate_pct, Decimal("0.5")) and not _over(s.error_rate_pct, 5)
    return _holding(
        "MEDIUM",
        (slow_api, f"API p95 of {_shown(s.api_latency_p95_ms)} ms is within 500-2000 ms"),
        (some_errors, f"error rate of {_shown(s.error_rate_pct)} % is within 0.5-5 %"),
        (
            _over(s.dashboard_p75_ms, 1000),
            f"dashboard p75 of {_shown(s.dashboard_p75_ms)} ms is over 1000 ms",
        ),
        (s.feature_broken, "a feature does not work"),
        (s.cosmetic, "cosmetic issue"),
    )


def _low(s: Signals) -> _Matched:
    kind = (s.request or "").replace("_", " ")
    return _holding("LOW", (s.request is not None, f"a request ({kind}), no incident"))


def _holding(severity: Severity, *rules: tuple[bool | None, str]) -> _Matched:
    return [(severity, reason) for holds, reason in rules if holds]


def _over(value: Decimal | None, bound: int) -> bool:
    return value is not None and value > bound


def _at_least(value: Decimal | None, bound: Decimal | int) -> bool:
    return value is not None and value >= bound


def _shown(value: Decimal | None) -> str:
    return "" if value is None else f"{value:g}"


def _minutes_after(instant: datetime, minutes: int) -> datetime:
    return (instant.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(instant.tzinfo)
