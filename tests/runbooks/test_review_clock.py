"""The meeting's clock: it runs from opening to end without the time in between that it was suspended."""

from datetime import UTC, date, datetime, timedelta

import make
import pytest

from tai_ops.errors import NotAllowed, Refused
from tai_ops.period import Week
from tai_ops.review_clock import clock
from tai_ops.rights import LOCAL_OWNER
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import clock_of, go_on, suspend
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NOW = datetime(2026, 4, 3, 16, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_the_clock_leaves_out_what_was_suspended() -> None:
    events = [("opened", at(0)), ("suspended", at(10)), ("continued", at(25)), ("ended", at(40))]
    told = [clock(events[:count], at(30)) for count in range(5)]
    assert [(one.ran / timedelta(minutes=1), one.runs) for one in told] == [
        (0, False),
        (30, True),
        (10, False),
        (15, True),
        (25, False),
    ]


def test_a_meeting_is_suspended_and_goes_on_and_its_numbers_stay(store: Store) -> None:
    with pytest.raises(Refused, match="is not under way"):
        suspend(store, LOCAL_OWNER, FRIDAY, NOW)
    make.loaded(
        store, "people", f"email,name,role\n{make.CEO.email},Mara,ceo\n{make.CSM.email},Ida,csm\n", now=NOW
    )
    opened = weekly_review.open(store, make.CEO, FRIDAY, at(0))
    with pytest.raises(NotAllowed):
        suspend(store, make.CSM, FRIDAY, at(5))
    assert not suspend(store, make.CEO, FRIDAY, at(10)).runs
    assert not suspend(store, make.CEO, FRIDAY, at(12)).runs
    assert clock_of(store, FRIDAY, at(20)).ran < timedelta(minutes=11)
    assert go_on(store, make.CEO, FRIDAY, at(20)).runs
    ended = weekly_review.end(store, make.CEO, FRIDAY, at(35))
    assert round(clock_of(store, FRIDAY, at(60)).ran / timedelta(minutes=1)) == 25
    assert ended.kpis.keys() == opened.kpis.keys()
    with pytest.raises(Refused, match="is not under way"):
        go_on(store, make.CEO, FRIDAY, at(61))
