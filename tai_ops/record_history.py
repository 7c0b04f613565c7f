"""What happened to one record, out of its versions: entered, changed, taken out, put back; what was before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Version(Protocol):
    """One version of a record, as the store keeps it."""

    @property
    def values(self) -> dict[str, Any]:
        """Its values by column."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When it was put there."""
        ...

    @property
    def recorded_by(self) -> str:
        """By whom."""
        ...

    @property
    def recorded_from(self) -> str:
        """From what: entered or imported."""
        ...

    @property
    def ended(self) -> str | None:
        """How it ended: by an update or a void; None while it stands."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ...

    @property
    def ended_by(self) -> str | None:
        """Who ended it."""
        ...

    @property
    def reason(self) -> str | None:
        """Why."""
        ...


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: when, by whom, what, why, and each column that became another."""

    when: datetime
    by: str
    what: str
    why: str
    changed: tuple[tuple[str, Any, Any], ...]


def happened(versions: Sequence[Version]) -> tuple[Happened, ...]:
    """What happened to a record, the newest first; `versions` come the newest first."""
    oldest_first = list(reversed(versions))
    found: list[Happened] = []
    before: Version | None = None
    for version in oldest_first:
        if before is None or before.ended == "void":
            word = {"imported": "entered from a file"}.get(version.recorded_from, "entered")
            found.append(
                Happened(
                    version.recorded_at, version.recorded_by, word if before is None else "put back", "", ()
                )
            )
        else:
            found.append(
                Happened(
                    version.recorded_at,
                    version.recorded_by,
                    "changed",
                    before.reason or "",
                    _differences(before, version),
                )
            )
        if version.ended == "void" and version.ended_at and version.ended_by:
            found.append(Happened(version.ended_at, version.ended_by, "taken out", version.reason or "", ()))
        before = version
    return tuple(reversed(found))


def _differences(before: Version, after: Version) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, before.values[name], after.values[name])
        for name in after.values
        if before.values.get(name) != after.values[name]
    )
