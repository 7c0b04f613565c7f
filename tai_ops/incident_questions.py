"""The questions that a severity is decided from, as they are asked on a page, and the signals that the answers make.

Source: Runbook 4, Incident Severity Levels; requirements.md I1, I2, I6. What is left empty is not known, never a 0.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tai_ops.call_script import Field, typed_value
from tai_ops.errors import Refused

GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    ("Access and data", (
        Field("customers_without_access", "Customers who cannot get in at all", "number", hint="such as 1"),
        Field("customers_with_wrong_data", "Customers who see wrong data", "number", hint="such as 1"),
        Field("api_errors_for_all", "API errors for all customers", "flag"),
        Field("data_lost_or_corrupt", "Data is lost or corrupt (confirmed)", "flag"),
        Field("security_breach", "Security breach (confirmed)", "flag"),
    )),
    ("API", (
        Field("error_rate_pct", "Error rate now, %", "number", hint="such as 3.4"),
        Field("api_latency_p95_ms", "API latency p95, ms", "number", hint="such as 850"),
        Field("error_rate_30m_pct", "Error rate over 30 minutes, %", "number", hint="such as 3.1"),
        Field("error_rate_6h_pct", "Error rate over 6 hours, %", "number", hint="such as 3.0"),
        Field("minutes_over_1_pct", "Unbroken minutes at 1 % errors or more", "number", hint="such as 240"),
        Field("users_degraded_pct", "Users for whom it is slow, %", "number", hint="such as 60"),
    )),
    ("Dashboard and features", (
        Field("dashboard_p75_ms", "Dashboard load p75, ms", "number", hint="such as 1400"),
        Field("feature_broken", "A single feature does not work", "flag"),
        Field("cosmetic", "Cosmetic UI issue", "flag"),
        Field("request", "No incident but a request", "choice",
              ("documentation", "enhancement", "ui_improvement", "training")),
    )),
)  # fmt: skip
FIELDS: Mapping[str, Field] = {field.path: field for _, fields in GROUPS for field in fields}


def signals_json(
    typed: Mapping[str, Any], detected_at: datetime, began_at: datetime | None = None
) -> dict[str, Any]:
    """What was answered as the JSON of signals; what was left empty is left out."""
    found: dict[str, Any] = {"detected_at": detected_at.isoformat()}
    if began_at is not None:
        found["began_at"] = began_at.isoformat()
    for path, field in FIELDS.items():
        value = typed_value(field, typed.get(path))
        if value is not None:
            found[path] = value
    return found


def typed_of(signals: Mapping[str, Any]) -> dict[str, Any]:
    """Earlier answers as the form holds them, so that nobody types them again."""
    found: dict[str, Any] = {}
    for path, field in FIELDS.items():
        value = signals.get(path)
        if value is not None:
            found[path] = bool(value) if field.kind == "flag" else str(value)
    return found


def answered(signals: Mapping[str, Any]) -> tuple[str, ...]:
    """What was answered, in words: `Error rate now, %: 3.4`."""
    typed = typed_of(signals)
    return tuple(
        FIELDS[path].label if value is True else f"{FIELDS[path].label}: {value}".replace("_", " ")
        for path, value in typed.items()
        if value is not False
    )


def instant_in(local: datetime | None, zone_name: str, what: str) -> datetime:
    """The instant of a wall-clock time in that zone, UTC; Refused where there is none, or the clock never showed it."""
    if local is None:
        raise Refused(f"{what}: give the day and the time")
    zone: tzinfo = UTC if zone_name == "UTC" else ZoneInfo(zone_name)
    found = local.replace(second=0, microsecond=0, tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local.replace(second=0, microsecond=0, tzinfo=None):
        raise Refused(f"{what}: the clocks of {zone_name} went forward over {local:%H:%M} on that day")
    later = local.replace(second=0, microsecond=0, tzinfo=zone, fold=1).astimezone(UTC)
    if later - found >= timedelta(minutes=1):
        raise Refused(
            f"{what}: {local:%H:%M} came twice on that day in {zone_name}; choose UTC and give {found:%H:%M} or {later:%H:%M}"
        )
    return found
