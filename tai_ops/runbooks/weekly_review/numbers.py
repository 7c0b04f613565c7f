"""The review's numbers over time: the scorecard's weeks and months, and what is written beside their days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from tai_ops.annotations import LONGEST, Annotation, in_order, made_by_themselves
from tai_ops.board import Facts
from tai_ops.comparison import NO_PAST
from tai_ops.errors import Refused
from tai_ops.kpi import KPIS, Value, measure_all
from tai_ops.period import Month, Week
from tai_ops.review import Review
from tai_ops.review_agenda import OF_LIVE_CUSTOMERS
from tai_ops.rights import Actor
from tai_ops.runbooks.weekly_review.agenda import Read, facts_read, moved, records, week_facts
from tai_ops.scorecard import MONTHS_SHOWN, WEEKS_JUDGED, ScoreRow, score_rows
from tai_ops.store import Store, facts, meeting, reviewing
from tai_ops.store.connection import new_id

Values = Mapping[str, Value | None]


def score_card(store: Store, review: Review, now: datetime, read: Read = records) -> tuple[ScoreRow, ...]:
    """Every number of the review over thirteen weeks and twelve months, up to the review's own.

    A week that was held reads as it was frozen, another as its facts read now where they tell; a number whose past
    nothing tells reads in a month as the month's last review froze it.
    """
    week = Week(review.week)
    cursor = store.cursor()
    try:
        frozen = reviewing.earlier_values(cursor, week, 60)
    finally:
        cursor.close()
    found = week_facts(store, week, now, read)

    def live(window_of: Mapping[str, object]) -> Values:
        window = facts.window(store, now, **window_of)  # type: ignore[arg-type]
        values = measure_all(moved(store, found, window))
        hidden = NO_PAST | OF_LIVE_CUSTOMERS
        return {name: one.value for name, one in values.items() if name not in hidden}

    weeks: dict[date, Values] = {}
    for back in range(WEEKS_JUDGED - 1, 0, -1):
        earlier = week.plus(-back)
        weeks[earlier.friday] = frozen.get(earlier.friday) or live({"week": earlier})
    weeks[week.friday] = {name: one.value for name, one in review.kpis.items()}
    months: dict[Month, Values] = {}
    for back in range(MONTHS_SHOWN - 1, -1, -1):
        month = Month.of(week.friday).plus(-back)
        held = [
            values
            for friday, values in {**frozen, week.friday: weeks[week.friday]}.items()
            if month.holds(friday)
        ]
        months[month] = {**(held[-1] if held else {}), **(live({"month": month}) if back else {})}
    known = {name: one for name, one in review.kpis.items() if name in KPIS}
    return score_rows(known, weeks, months)


def annotations(
    store: Store, first: date, last: date, now: datetime, found: Facts | None = None
) -> list[Annotation]:
    """What happened on the days from first to last: as the records say (`found`, where read already), and as people wrote."""
    recorded = recorded_annotations(store, first, last, now, found)
    return in_order([*recorded, *own_annotations(store, first, last)])


def annotations_from(week: Week) -> date:
    """The first day that a review keeps annotations of: where the twelve months of its scorecard begin."""
    return Month.of(week.friday).plus(1 - MONTHS_SHOWN).start


def recorded_annotations(
    store: Store, first: date, last: date, now: datetime, found: Facts | None = None
) -> list[Annotation]:
    """What the records say happened on the days from first to last."""
    cursor = store.cursor()
    try:
        closed, holidays = meeting.closed_on(cursor), meeting.holidays(cursor)
    finally:
        cursor.close()
    found = found or facts_read(store, facts.window(store, now))
    return made_by_themselves(found, closed, holidays, first, last)


def own_annotations(store: Store, first: date, last: date) -> list[Annotation]:
    """What people wrote beside the days from first to last."""
    cursor = store.cursor()
    try:
        return meeting.annotations(cursor, first, last)
    finally:
        cursor.close()


def annotate(store: Store, actor: Actor, on: date, text: str, now: datetime) -> Annotation:
    """Write a few words beside a day, for every chart that shows it. Refused where there are none, or too many."""
    said = " ".join(text.split())
    if not said:
        raise Refused("say what happened on that day")
    if len(said) > LONGEST:
        raise Refused(f"words beside a day have at most {LONGEST} characters; these have {len(said)}")
    if not date(2000, 1, 1) <= on <= now.date() + timedelta(days=3660):
        raise Refused(f"{on} is no day of a chart here")
    made = Annotation(on, "own", said, new_id())
    with store.write(
        actor, "notes", "annotate", now=now, subject=("annotations", made.annotation_id)
    ) as write:
        meeting.keep_annotation(write, made, "noted")
        write.detail = {"on": on.isoformat(), "text": said}
    return made


def take_back_annotation(store: Store, actor: Actor, annotation: Annotation, now: datetime) -> None:
    """Take words beside a day back. Refused where nobody wrote them."""
    if not annotation.annotation_id:
        raise Refused("that stands there by the records; mend the record instead")
    subject = ("annotations", annotation.annotation_id)
    with store.write(actor, "notes", "take back annotation", now=now, subject=subject) as write:
        meeting.keep_annotation(write, annotation, "dropped")
