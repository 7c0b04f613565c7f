"""Files of other systems: bytes in, rows of our own kinds and problems out. Nothing here knows a store or a page.

`FORMATS` is the one table of what can be read. A file is told by what it holds, never by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tai_ops.errors import Refused, UnreadableFile
from tai_ops.foreign import (
    alert_file,
    asana,
    blackbox,
    gatus,
    google_monitoring,
    hubspot,
    pagerduty,
    trello,
    upptime,
    uptime_kuma,
)
from tai_ops.foreign.file import File
from tai_ops.foreign.found import Found, Known, Part, folded

__all__ = ["FORMATS", "File", "Format", "Found", "Known", "Part", "detect", "folded", "pipeline_stages"]


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table: its id, what it is, the kinds under which `load` takes it, how it is told and read."""

    id: str
    label: str
    kinds: tuple[str, ...]
    detects: Callable[[File], bool]
    reads: Callable[[File, Known], Found]


FORMATS: tuple[Format, ...] = (
    Format(
        "hubspot_stages",
        "a HubSpot history of deals' stages",
        ("deals", "deal_stages"),
        hubspot.is_history,
        hubspot.read_history,
    ),
    Format("hubspot_deals", "a HubSpot export of deals", ("deals",), hubspot.is_deals, hubspot.read_deals),
    Format("asana", "an Asana export of tasks", ("tasks",), asana.is_asana, asana.read),
    Format("trello", "a Trello board", ("tasks",), trello.is_trello, trello.read),
    Format("pagerduty", "PagerDuty incidents", ("incidents",), pagerduty.is_pagerduty, pagerduty.read),
    Format("alerts", "a file of alerts", ("incidents",), alert_file.is_alerts, alert_file.read),
    Format(
        "kuma_heartbeats",
        "a table of heartbeats of Uptime Kuma",
        ("probes",),
        uptime_kuma.is_heartbeats,
        uptime_kuma.read_heartbeats,
    ),
    Format(
        "kuma_metrics",
        "a snapshot of Uptime Kuma",
        ("probes",),
        uptime_kuma.is_metrics,
        uptime_kuma.read_metrics,
    ),
    Format(
        "blackbox", "an answer of the Blackbox exporter", ("probes",), blackbox.is_blackbox, blackbox.read
    ),
    Format("gatus", "an answer of Gatus", ("probes",), gatus.is_gatus, gatus.read),
    Format(
        "google_series",
        "a list of time series of Google Cloud Monitoring",
        ("probes", "latency_counts"),
        google_monitoring.is_series,
        google_monitoring.read,
    ),
    Format("upptime", "Upptime's summary", ("outage_days",), upptime.is_summary, upptime.read_summary),
    Format("upptime_check", "a check of Upptime", ("probes",), upptime.is_check, upptime.read_check),
)


def detect(file: File) -> Format | None:
    """Which system's file it is; None where it is none of these."""
    try:
        return next((one for one in FORMATS if one.detects(file)), None)
    except UnreadableFile:
        return None


def pipeline_stages(file: File) -> dict[str, str]:
    """Our stage by each name and id in a HubSpot list of a pipeline's stages; Refused where it is no such list."""
    if not hubspot.is_pipeline(file):
        raise Refused(f"{file.name}: this is no list of a pipeline's stages (stage_id, label, probability)")
    return hubspot.read_pipeline(file)
