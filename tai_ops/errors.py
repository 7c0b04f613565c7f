"""The few ways in which a request can fail, and what bad data looks like.

Bad data is a `Problem`, returned beside the good rows. Bad use raises a `Refused` (exit status 1) or a
`WrongUsage` (exit status 2); each message is one line that a person can act on and is shown as it is.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a user's file: its row (1 is the first row of data), field, and what to do."""

    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.field}" if self.field else f"row {self.row}"
        return f"{where}: {self.reason}"


class TaiOpsError(Exception):
    """Any failure whose message may be shown to a user as it stands."""

    exit_status = 1
    is_noted = False
    """Whether it stands in the audit already as a refused import."""


class Refused(TaiOpsError):
    """The request was understood and is not carried out; the message says why and what to do."""


class WrongUsage(TaiOpsError):
    """The request itself is malformed (an unknown option, a week that ends on no Friday)."""

    exit_status = 2


class NotAllowed(Refused):
    """The acting person's role may not do this."""


class PeriodClosed(Refused):
    """The write would change a month that is closed; the message names the month and who closed it."""


class StoreBusy(Refused):
    """Another process holds the store; the message names it."""


class StoreDamaged(Refused):
    """The store or a backup can't be read as it should be; the message says where the evidence is."""


class UnreadableFile(Refused):
    """A file from outside is not what it was taken for; the message says what it is and what to do."""
