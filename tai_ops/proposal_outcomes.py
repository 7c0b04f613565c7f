"""What became of the proposals that went out, by which of their versions it was that went out.

Source: requirements.md 3C (win/loss by version).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tai_ops.money import percent
from tai_ops.period import BusinessCalendar
from tai_ops.pipeline import FEW_CLOSED, Proposal
from tai_ops.proposal_clock import valid_until


@dataclass(frozen=True, slots=True)
class VersionOutcome:
    """Proposals that went out in a version (None: it came by a file, no version is on record): how each ended, which wait."""

    version: int | None
    accepted: tuple[str, ...]
    declined: tuple[str, ...]
    expired: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many have ended."""
        return len(self.accepted) + len(self.declined) + len(self.expired)

    @property
    def accepted_pct(self) -> Decimal | None:
        """The accepted ones in per cent of those that have ended; None where none has."""
        return percent(len(self.accepted), self.n)

    @property
    def few(self) -> bool:
        """Whether too few have ended to say much."""
        return self.n < FEW_CLOSED


def outcomes_by_version(
    proposals: Iterable[Proposal], sent_version: Mapping[str, int], calendar: BusinessCalendar, now: datetime
) -> tuple[VersionOutcome, ...]:
    """What became of what had gone out by `now`, the first versions first and those without one last.

    What is past its thirty days without an answer counts as expired, whether that was noted or not.
    """
    found: dict[int | None, dict[str, list[str]]] = {}
    for one in proposals:
        if one.sent_at is None or one.sent_at > now:
            continue
        held = found.setdefault(sent_version.get(one.proposal_id), {})
        held.setdefault(_end(one, one.sent_at, calendar, now), []).append(one.proposal_id)
    return tuple(
        VersionOutcome(
            version, *(tuple(held.get(end, ())) for end in ("accepted", "declined", "expired", "waiting"))
        )
        for version, held in sorted(found.items(), key=lambda pair: (pair[0] is None, pair[0] or 0))
    )


def _end(one: Proposal, sent_at: datetime, calendar: BusinessCalendar, now: datetime) -> str:
    if one.status in {"accepted", "declined", "expired"}:
        return one.status
    return "expired" if now > valid_until(sent_at, calendar) else "waiting"
