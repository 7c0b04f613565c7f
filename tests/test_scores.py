from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.scores import Score, latest_answers, ltr_median, nps

DAY = date(2026, 3, 2)


def answers(*scores: int) -> list[Score]:
    return [Score("C-1", f"person {n}", DAY, score) for n, score in enumerate(scores)]


def test_e17():
    found = nps(answers(*[9] * 162, *[7] * 108, *[3] * 54))
    assert round(found.value, 1) == Decimal("33.3")
    assert round((found.standard_error / 100) ** 2 * found.n, 4) == round(Decimal(5) / 9, 4)
    assert (found.n, round(found.standard_error, 2)) == (324, Decimal("4.14"))


@pytest.mark.parametrize(
    "scores, centre, low, high",
    [
        pytest.param([9, 10, 8], "33.3", "-21.7", "88.3", id="E18-3"),
        pytest.param([9] * 6 + [0] + [7] * 3, "38.5", "-0.2", "77.1", id="E18-10"),
    ],
)
def test_e18(scores, centre, low, high):
    found = nps(answers(*scores))
    assert round(sum(found.interval) / 2, 1) == Decimal(centre)
    assert tuple(round(end, 1) for end in found.interval) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    "score, counts",
    [(0, (0, 0, 1)), (6, (0, 0, 1)), (7, (0, 1, 0)), (8, (0, 1, 0)), (9, (1, 0, 0)), (10, (1, 0, 0))],
)
def test_who_is_a_promoter(score, counts):
    found = nps(answers(score))
    assert (found.promoters, found.passives, found.detractors) == counts


def test_no_answers_no_score():
    found = nps([])
    assert (found.value, found.n, found.interval, ltr_median([])) == (None, 0, None, None)


def test_only_the_latest_answer_of_a_respondent_counts_up_to_the_day():
    scores = [
        Score("C-1", "Sponsor", date(2026, 2, 1), 3),
        Score("C-1", "sponsor ", date(2026, 3, 1), 9),
        Score("C-2", "sponsor", date(2026, 1, 1), 8),
        Score("C-1", "sponsor", date(2026, 4, 1), 0),
    ]
    assert sorted(score.score for score in latest_answers(scores, date(2026, 3, 1))) == [8, 9]
    assert nps(scores, date(2026, 3, 1)).value == 50
    assert nps(scores).value == -50


def test_ten_answers_are_no_longer_few():
    assert nps(answers(*[9] * 9)).few
    assert not nps(answers(*[9] * 10)).few


@pytest.mark.parametrize("scores, middle", [([9], "9"), ([7, 10], "8.5"), ([10, 0, 8], "8")])
def test_ltr_median(scores, middle):
    assert ltr_median(answers(*scores)) == Decimal(middle)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_counts_add_up_and_everything_stays_within_100(scores):
    found = nps(answers(*scores))
    assert found.promoters + found.passives + found.detractors == found.n == len(scores)
    low, high = found.interval
    assert -100 <= low < high <= 100
    assert -100 <= found.value <= 100
