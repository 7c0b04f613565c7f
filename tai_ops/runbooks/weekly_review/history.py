"""The weeks of the weekly review that a reader can choose, and what its earlier meetings froze."""

from collections.abc import Mapping
from datetime import date, datetime

from tai_ops.kpi import Value
from tai_ops.period import Week
from tai_ops.review import Review
from tai_ops.review_agenda import FINDING_WEEKS
from tai_ops.runbooks.weekly_review.meeting import show
from tai_ops.store import Store, facts, reviewing


def weeks(store: Store, now: datetime) -> list[Week]:
    """The weeks that a reader can choose: the one under way, the last thirteen, and every one that was held."""
    current = Week.of_instant(now, facts.business_calendar(store).zone)
    cursor = store.cursor()
    try:
        held = {Week(friday) for friday in reviewing.weeks_held(cursor)}
    finally:
        cursor.close()
    return sorted(held | {current.plus(-back) for back in range(FINDING_WEEKS + 1)}, reverse=True)


def held_weeks(store: Store) -> list[Week]:
    """The weeks whose review was opened, the newest first."""
    cursor = store.cursor()
    try:
        return [Week(friday) for friday in reviewing.weeks_held(cursor)]
    finally:
        cursor.close()


def newest_week(store: Store, now: datetime) -> Week:
    """The week whose review is next: the one that ends today where it is Friday, else the one under way."""
    return Week.of_day(facts.business_calendar(store).local_date(now))


def newest(store: Store, now: datetime) -> Review:
    """The newest review that was opened, as it was frozen; the week under way where none was yet."""
    cursor = store.cursor()
    try:
        held = reviewing.weeks_held(cursor)
    finally:
        cursor.close()
    return show(store, Week(held[0]) if held else newest_week(store, now), now, compare=False)


def scorecard(store: Store, week: Week, count: int = 6) -> dict[date, Mapping[str, Value | None]]:
    """The frozen numbers of the weeks before, by Friday, oldest first: what was said in each meeting."""
    cursor = store.cursor()
    try:
        return reviewing.earlier_values(cursor, week, count)
    finally:
        cursor.close()
