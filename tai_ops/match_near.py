"""Lines and entries by a key and in the order of their days, so that a search touches only what lies near.

Without it the work of a run would grow with the square of the lines where one price is charged every day.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar


class Dated(Protocol):
    """What has a day, as days since the year 1."""

    @property
    def day(self) -> int:
        """The day."""
        ...


Thing = TypeVar("Thing", bound=Dated)
Key = TypeVar("Key", bound=Hashable)
Anything = TypeVar("Anything")

_day: Callable[[Dated], int] = attrgetter("day")


def in_order(
    things: Iterable[Anything], day: Callable[[Anything], int], rest: Callable[[Anything], tuple[str, ...]]
) -> list[Anything]:
    """The things by their day and, of one day, by the rest: of many things only those of one day are compared."""
    of_day: defaultdict[int, list[Anything]] = defaultdict(list)
    for thing in things:
        of_day[day(thing)].append(thing)
    return [thing for one in sorted(of_day) for thing in sorted(of_day[one], key=rest)]


@dataclass(frozen=True, slots=True)
class ByDay(Generic[Key, Thing]):
    """Things of one key each, sorted by day; those of one day stand in the order in which they were given."""

    things: Mapping[Key, list[Thing]]

    @classmethod
    def of(cls, keyed: Iterable[tuple[Key, Thing]]) -> "ByDay[Key, Thing]":
        """The index over (key, thing)."""
        found: defaultdict[Key, list[Thing]] = defaultdict(list)
        for key, thing in keyed:
            found[key].append(thing)
        for things in found.values():
            if len(things) > 1:
                things.sort(key=_day)
        return cls(dict(found))

    def __contains__(self, key: Key) -> bool:
        return key in self.things

    def between(self, key: Key, first: int, last: int) -> Iterator[Thing]:
        """The key's things from the first day to the last, both included."""
        things = self.things.get(key, ())
        for i in range(bisect_left(things, first, key=_day), len(things)):
            if things[i].day > last:
                return
            yield things[i]

    def nearest(
        self, key: Key, day: int, within: tuple[int, int], most: int, fits: Callable[[Thing], bool]
    ) -> list[Thing]:
        """The key's things that fit, at most so many, the nearest to the day first; none outside of the two days."""
        found: list[Thing] = []
        for thing in self._outwards(key, day, *within):
            if fits(thing):
                found.append(thing)
                if len(found) == most:
                    break
        return found

    def _outwards(self, key: Key, day: int, first: int, last: int) -> Iterator[Thing]:
        things = self.things.get(key)
        if not things:
            return
        after = bisect_left(things, day, key=_day)
        before = after - 1
        while True:
            later = things[after].day if after < len(things) else last + 1
            earlier = things[before].day if before >= 0 else first - 1
            if later <= last and (earlier < first or later - day <= day - earlier):
                yield things[after]
                after += 1
            elif earlier >= first:
                yield things[before]
                before -= 1
            else:
                return
