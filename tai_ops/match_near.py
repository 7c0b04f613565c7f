"""Lines and entries by a key and in the order of their days, so that a search touches only what lies near.

Without it the work of a run would grow with the square of the lines where one price is charged every day.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ByDay(Generic[Key, Thing]):
    """Things of one key each, sorted by day; those of one day stand in the order in which they were given."""

    days: Mapping[Key, list[date]]
    things: Mapping[Key, list[Thing]]

    @classmethod
    def of(cls, dated: Iterable[tuple[Key, date, Thing]]) -> "ByDay[Key, Thing]":
        """The index over (key, day, thing)."""
        found: defaultdict[Key, list[tuple[date, Thing]]] = defaultdict(list)
        for key, day, thing in dated:
            found[key].append((day, thing))
        for pairs in found.values():
            pairs.sort(key=lambda pair: pair[0])
        days = {key: [day for day, _ in pairs] for key, pairs in found.items()}
        return cls(days, {key: [thing for _, thing in pairs] for key, pairs in found.items()})

    def __contains__(self, key: Key) -> bool:
        return key in self.days

    def between(self, key: Key, first: date, last: date) -> list[Thing]:
        """The key's things from the first day to the last, both included."""
        days = self.days.get(key)
        return self.things[key][bisect_left(days, first) : bisect_right(days, last)] if days else []

    def nearest(self, key: Key, day: date, most: int, fits: Callable[[Thing], bool]) -> list[Thing]:
        """The key's things that fit, at most so many, the nearest to the day first."""
        found: list[Thing] = []
        for thing in self._outwards(key, day):
            if fits(thing):
                found.append(thing)
                if len(found) == most:
                    break
        return found

    def _outwards(self, key: Key, day: date) -> Iterator[Thing]:
        days = self.days.get(key)
        if not days:
            return
        things = self.things[key]
        after = bisect_left(days, day)
        before = after - 1
        while before >= 0 or after < len(days):
            if before < 0 or (after < len(days) and days[after] - day <= day - days[before]):
                yield things[after]
                after += 1
            else:
                yield things[before]
                before -= 1
