"""What customers answer to "how likely are you to recommend us?", 0-10, and what it adds up to.

A single answer of 9 is a likelihood to recommend (LTR), not a Net Promoter Score; the score is a share over many
answers, from -100 to 100 (requirements.md O11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

Z_95 = Decimal("1.96")
LTR_WANTED = 8
FEW = 10


@dataclass(frozen=True, slots=True)
class Score:
    """One respondent's answer on one day (kind `scores`); `score` is 0-10."""

    customer_id: str
    respondent: str
    answered_on: date
    score: int
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Nps:
    """The Net Promoter Score in points (-100 to 100) with its counts; `value` is None without answers.

    `interval` is the adjusted-Wald 95 % interval in points, `standard_error` that of the plain share, in points.
    Below ten answers (`few`) the counts say more than the score.
    """

    value: Decimal | None
    n: int
    promoters: int
    passives: int
    detractors: int
    interval: tuple[Decimal, Decimal] | None
    standard_error: Decimal | None

    @property
    def counts(self) -> str:
        """The counts in words, such as `2 promoters, 1 passive, 0 detractors`."""
        each = ((self.promoters, "promoter"), (self.passives, "passive"), (self.detractors, "detractor"))
        return ", ".join(f"{count} {noun if count == 1 else noun + 's'}" for count, noun in each)

    @property
    def few(self) -> bool:
        """Whether the counts should be shown before the score."""
        return self.n < FEW


def latest_answers(scores: Iterable[Score], on: date | None = None) -> list[Score]:
    """The latest answer of each respondent of each customer, up to the end of that day where one is given."""
    counted = [score for score in scores if on is None or score.answered_on <= on]
    by_person = {
        (score.customer_id, score.respondent.strip().casefold()): score
        for score in sorted(counted, key=lambda score: score.answered_on)
    }
    return list(by_person.values())


def nps(scores: Iterable[Score], on: date | None = None) -> Nps:
    """The Net Promoter Score of the respondents' latest answers, in points.

    100 × (promoters - detractors) / n, promoters answer 9 or 10, detractors 0 to 6.
    Source: requirements.md section 8 (adjusted Wald: n + 3, promoters and detractors + 3/4 each). None without
    answers.
    """
    answers = [score.score for score in latest_answers(scores, on)]
    n = len(answers)
    promoters = sum(answer >= 9 for answer in answers)
    detractors = sum(answer <= 6 for answer in answers)
    if n == 0:
        return Nps(None, 0, 0, 0, 0, None, None)
    return Nps(
        value=100 * Decimal(promoters - detractors) / n,
        n=n,
        promoters=promoters,
        passives=n - promoters - detractors,
        detractors=detractors,
        interval=_adjusted_wald(promoters, detractors, n),
        standard_error=100 * _standard_error(Decimal(promoters), Decimal(detractors), n),
    )


def ltr_median(scores: Iterable[Score], on: date | None = None) -> Decimal | None:
    """The median likelihood to recommend (0-10) of the respondents' latest answers; None without answers."""
    answers = [Decimal(score.score) for score in latest_answers(scores, on)]
    return median(answers) if answers else None


def _adjusted_wald(promoters: int, detractors: int, n: int) -> tuple[Decimal, Decimal]:
    more = Decimal("0.75")
    middle = 100 * Decimal(promoters - detractors) / (n + 3)
    spread = 100 * Z_95 * _standard_error(promoters + more, detractors + more, n + 3)
    return max(middle - spread, Decimal(-100)), min(middle + spread, Decimal(100))


def _standard_error(promoters: Decimal, detractors: Decimal, n: int) -> Decimal:
    lean = (promoters - detractors) / n
    return (((promoters + detractors) / n - lean * lean) / n).sqrt()
