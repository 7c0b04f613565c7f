"""What happened on a day and belongs over every chart that shows it: incidents, cutovers, prices, closes, holidays, own words.

Source: requirements.md 5C (annotations on dates, made by themselves).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tai_ops.board import Facts
from tai_ops.mrr import Subscription
from tai_ops.period import Month

Kind = Literal["incident", "cutover", "price", "close", "holiday", "own"]
LONGEST = 80
SEVERE = frozenset({"CRITICAL", "HIGH"})


@dataclass(frozen=True, slots=True)
class Annotation:
    """A few words beside a day; `annotation_id` is set where a person wrote them."""

    on: date
    kind: Kind
    text: str
    annotation_id: str = ""


def made_by_themselves(
    facts: Facts, closed_on: Mapping[Month, date], holidays: Mapping[date, str], first: date, last: date
) -> list[Annotation]:
    """What the records say about the days from first to last, in order of day."""
    found = [
        *_incidents(facts),
        *_cutovers(facts),
        *_prices(facts),
        *(Annotation(on, "close", f"{month.name} closed") for month, on in closed_on.items()),
        *(Annotation(on, "holiday", name) for on, name in holidays.items()),
    ]
    return in_order(one for one in found if first <= one.on <= last)


def in_order(found: Iterable[Annotation]) -> list[Annotation]:
    """The annotations by day, then by what they are."""
    return sorted(found, key=lambda one: (one.on, one.kind, one.text))


def _incidents(facts: Facts) -> Iterator[Annotation]:
    for one in facts.incidents:
        if one.severity in SEVERE:
            yield Annotation(
                facts.calendar.local_date(one.detected_at), "incident", f"{one.incident_id} {one.title}"
            )


def _cutovers(facts: Facts) -> Iterator[Annotation]:
    for one in facts.customers:
        if one.go_live_on is not None:
            yield Annotation(one.go_live_on, "cutover", f"{one.name} live")


def _prices(facts: Facts) -> Iterator[Annotation]:
    """A customer's next subscription, at another price a month than the one that it follows."""
    names = {one.customer_id: one.name for one in facts.customers}
    of: dict[str, list[Subscription]] = {}
    for one in facts.subscriptions:
        of.setdefault(one.customer_id, []).append(one)
    for one in sorted(facts.subscriptions, key=lambda s: s.starts_on):
        earlier = [s for s in of[one.customer_id] if s.starts_on < one.starts_on]
        if not earlier:
            continue
        before = max(earlier, key=lambda s: s.starts_on)
        if (before.amount, before.interval) != (one.amount, one.interval):
            yield Annotation(
                one.starts_on, "price", f"{names.get(one.customer_id, one.customer_id)}: new price"
            )
