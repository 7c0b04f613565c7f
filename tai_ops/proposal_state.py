"""What is on record around a proposal beside its row: urgency, when everything was there, rounds, its dates and deposit."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ProposalState:
    """What was typed and frozen for a proposal by an instant.

    `ready_at` is when the last value that it had waited for came, the request where all of them were there; None where it was
    never put up for approval, as with one that came in by a file. `rounds` are those of changes.
    """

    proposal_id: str
    urgent: bool = False
    rounds: int = 0
    ready_at: datetime | None = None
    deposit: Decimal | None = None
    kickoff_on: date | None = None
    go_live_on: date | None = None
