"""Expenses of a month: what was incurred, by category and payee, beside the months before; what looks unusual.

An expense counts in the month in which it was incurred, net of tax, whenever it is paid; cash out is another
matter (`cash`). Amounts are in the company's currency, positive for money spent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Literal, TypeVar

from tai_ops.cash import AccountKind, Bill, Entry
from tai_ops.company import CATEGORIES, Company
from tai_ops.money import ZERO
from tai_ops.period import Month
from tai_ops.words import money

GROUPS = ("payroll", "cloud infrastructure", "other")
"""The investor letter's three lines; all that is neither payroll nor cloud infrastructure is other."""
MEAN_MONTHS = 3
FIRST_TIME_OVER = Decimal(250)
ENOUGH_CHARGES = 6
DEVIATIONS = 3
RISE_PCT = Decimal(25)
RISE_OVER = Decimal(250)
DOUBLE_WITHIN_DAYS = 3
PROCESSOR_FEES = "processor fees"
SAME_FEE_WITHIN_DAYS = 5

Key = TypeVar("Key")
Reason = Literal["first time", "outside its range", "possible double charge", "category above its mean"]


@dataclass(frozen=True, slots=True)
class Charge:
    """One expense, net of tax; a negative amount is a credit.

    `category` is what it counts as, `label` the company's own word for it; None where nobody gave one.
    """

    charge_id: str
    incurred_on: date
    payee: str
    amount: Decimal
    category: str
    labelled: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What one line of the report came to in the month, and its mean over the months before (None without any)."""

    name: str
    amount: Decimal
    mean: Decimal | None

    @property
    def over(self) -> Decimal | None:
        """How much above its mean it is, below it where negative; None without a mean."""
        return None if self.mean is None else self.amount - self.mean

    @property
    def over_pct(self) -> Decimal | None:
        """The same in per cent of the mean; None without a mean, or where that is nothing."""
        return self.over * 100 / self.mean if self.over is not None and self.mean else None


@dataclass(frozen=True, slots=True)
class SpentOn(Spent):
    """The same for one payee within a category."""

    category: str


@dataclass(frozen=True, slots=True)
class MonthExpenses:
    """A month's expenses: the letter's groups, the categories and the payees each add up to the total.

    `compared` are the months that the means are over: those of the three before that had any expense.
    """

    total: Decimal
    mean: Decimal | None
    compared: tuple[Month, ...]
    by_group: tuple[Spent, ...]
    by_category: tuple[Spent, ...]
    by_payee: tuple[SpentOn, ...]
    n: int
    unlabelled: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something to look at: which charge or category, how much, and why in words."""

    reason: Reason
    subject: str
    charge_id: str | None
    amount: Decimal
    words: str


def charges(
    bills: Iterable[Bill],
    entries: Iterable[Entry],
    company: Company,
    account_kinds: Mapping[str, AccountKind],
    kept_fees: Iterable[Charge] = (),
    entry_labels: Mapping[str, str] | None = None,
) -> tuple[Charge, ...]:
    """Every expense on record: bills net of tax, fees, and interest paid that no bill stands for.

    Source: Runbook 6 "Expense Tracking". Leaves out tax payments, transfers, financing, loans, owner's and other
    entries, and interest received. A fee of a processor account is a processor fee, another one is other, unless
    `entry_labels` says what it counts as. `kept_fees` are those that a processor kept back from a payout. A processor's
    fee that is a bill too, of the same day and amount, counts once, as does one kept back that is on record within five
    days.
    """
    billed, said = list(bills), entry_labels or {}
    counts_as = {label: company.category_of(label) for label in {b.category for b in billed}}
    twins = {
        (b.paid_on or b.incurred_on, b.amount) for b in billed if counts_as[b.category] == PROCESSOR_FEES
    }
    found = [
        Charge(
            b.bill_id,
            b.incurred_on,
            b.payee.strip(),
            b.amount - (b.tax_amount or ZERO),
            counts_as[b.category],
            bool(b.category and b.category.strip()),
            (b.category or "").strip() or None,
        )
        for b in billed
    ]
    for e in entries:
        if e.kind == "fee" or (e.kind == "interest" and e.amount < 0):
            of = {account_kinds.get(e.account), account_kinds.get(e.counter_account or "")}
            category = PROCESSOR_FEES if "processor" in of and e.kind == "fee" else "other"
            if category == PROCESSOR_FEES and (e.booked_on, -e.amount) in twins:
                continue
            if e.entry_id in said:
                category = company.category_of(said[e.entry_id])
            payee = (e.payee or e.account).strip()
            found.append(
                Charge(
                    e.entry_id,
                    e.booked_on,
                    payee,
                    -e.amount,
                    category,
                    labelled=True,
                    label=said.get(e.entry_id),
                )
            )
    fees = [c for c in found if c.category == PROCESSOR_FEES]
    found += [kept for kept in kept_fees if not any(_same_fee(kept, fee) for fee in fees)]
    return tuple(sorted(found, key=lambda c: (c.incurred_on, c.charge_id)))


def _same_fee(one: Charge, other: Charge) -> bool:
    apart = abs((one.incurred_on - other.incurred_on).days)
    return one.amount == other.amount and apart <= SAME_FEE_WITHIN_DAYS


def in_other_currencies(
    bills: Iterable[Bill], currencies: Mapping[str, str], month: Month, until: date
) -> dict[str, tuple[int, Decimal]]:
    """How many bills of the month there are in each other currency, and what they come to net of tax in it.

    `currencies` are the accounts'. They are told apart and stand in no sum: there is no conversion (F9).
    """
    found: dict[str, tuple[int, Decimal]] = {}
    for bill in bills:
        if month.start <= bill.incurred_on < min(until, month.end):
            currency = currencies[bill.account or ""]
            count, net = found.get(currency, (0, ZERO))
            found[currency] = count + 1, net + bill.amount - (bill.tax_amount or ZERO)
    return dict(sorted(found.items()))


def month_expenses(found: Iterable[Charge], month: Month, until: date | None = None) -> MonthExpenses:
    """The expenses incurred in the month, before `until` where it is cut short. Source: finance.md section 6."""
    known = list(found)
    end = min(until or month.end, month.end)
    own = [c for c in known if month.start <= c.incurred_on < end]
    before = [month.plus(-back) for back in range(MEAN_MONTHS, 0, -1)]
    compared = tuple(m for m in before if any(m.holds(c.incurred_on) for c in known))
    earlier = [c for c in known if any(m.holds(c.incurred_on) for m in compared)]

    def lines(key: Callable[[Charge], str], names: Sequence[str]) -> tuple[Spent, ...]:
        now, then = _sums(own, key), _sums(earlier, key)
        return tuple(Spent(n, now.get(n, ZERO), _mean(then.get(n, ZERO), compared)) for n in names)

    return MonthExpenses(
        total=_total(own),
        mean=_mean(_total(earlier), compared),
        compared=compared,
        by_group=lines(_group, GROUPS),
        by_category=lines(lambda c: c.category, CATEGORIES),
        by_payee=_by_payee(own, earlier, compared),
        n=len(own),
        unlabelled=sum(not c.labelled for c in own),
    )


def by_label(found: Iterable[Charge], month: Month, until: date | None = None) -> tuple[SpentOn, ...]:
    """The month by the company's own categories, each with what it counts as, the dearest first.

    Each stands beside its mean over the same months as in the report; a label that had nothing in any is left out.
    """
    known = list(found)
    end = min(until or month.end, month.end)
    own = [c for c in known if month.start <= c.incurred_on < end]
    compared = month_expenses(known, month, until).compared
    earlier = [c for c in known if any(m.holds(c.incurred_on) for m in compared)]

    def key(charge: Charge) -> tuple[str, str]:
        return (
            charge.label or ("without a category" if not charge.labelled else charge.category),
            charge.category,
        )

    now, then = _sums(own, key), _sums(earlier, key)
    lines = [
        SpentOn(name, now.get((name, counts), ZERO), _mean(then.get((name, counts), ZERO), compared), counts)
        for name, counts in sorted({*now, *then})
    ]
    return tuple(sorted(lines, key=lambda line: (-line.amount, line.name)))


def unusual(
    found: Iterable[Charge], month: Month, until: date | None = None, currency: str = "USD"
) -> tuple[Unusual, ...]:
    """What of the month's expenses a person should look at.

    A payee's first charge over 250 (in the first month on record every payee is new, and none is flagged); a charge outside the median ± 3 MAD of at least 6 earlier ones of its payee;
    the same payee and amount again within 3 days; a category, the company's own or what it counts as, more than 25 % and
    250 above its 3-month mean.
    Source: finance.md R6.13.
    """
    known = list(found)
    end = min(until or month.end, month.end)
    own = [c for c in known if month.start <= c.incurred_on < end]
    seen: dict[str, list[Charge]] = {}
    for charge in known:
        if charge.incurred_on < month.start:
            seen.setdefault(charge.payee.lower(), []).append(charge)
    flagged = [
        flag
        for charge in own
        for flag in _flags(charge, seen.get(charge.payee.lower(), []), currency, history=bool(seen))
    ]
    return (
        *flagged,
        *_doubles(own, known, currency),
        *_risen(known, month, until, currency),
    )


def _flags(charge: Charge, past: Sequence[Charge], currency: str, *, history: bool) -> Iterable[Unusual]:
    if history and not past and charge.amount > FIRST_TIME_OVER:
        words = f"first charge of {charge.payee}: {money(charge.amount, currency, exact=True)}"
        yield Unusual("first time", charge.payee, charge.charge_id, charge.amount, words)
    if len(past) >= ENOUGH_CHARGES:
        amounts = [c.amount for c in past]
        usual = median(amounts)
        spread = DEVIATIONS * median([abs(a - usual) for a in amounts])
        if abs(charge.amount - usual) > spread:
            words = f"{charge.payee} charged {money(charge.amount, currency, exact=True)}; usual is {money(usual, currency, exact=True)} ± {money(spread, currency, exact=True)}"
            yield Unusual("outside its range", charge.payee, charge.charge_id, charge.amount, words)


def _doubles(own: Sequence[Charge], known: Sequence[Charge], currency: str) -> Iterable[Unusual]:
    same: dict[tuple[str, Decimal], list[Charge]] = defaultdict(list)
    for charge in known:
        same[charge.payee.lower(), charge.amount].append(charge)
    for charge in own:
        for other in same[charge.payee.lower(), charge.amount]:
            days = (charge.incurred_on - other.incurred_on).days
            earlier = (other.incurred_on, other.charge_id) < (charge.incurred_on, charge.charge_id)
            if earlier and days <= DOUBLE_WITHIN_DAYS and charge.amount > 0:
                words = f"{charge.payee} charged {money(charge.amount, currency, exact=True)} twice ({other.charge_id}, {charge.charge_id})"
                yield Unusual("possible double charge", charge.payee, charge.charge_id, charge.amount, words)
                break


def _risen(known: Sequence[Charge], month: Month, until: date | None, currency: str) -> Iterable[Unusual]:
    """The company's own categories, and what they count as where none of its own rose on its own."""
    own = [line for line in by_label(known, month, until) if _rose(line)]
    told = {line.category for line in own}
    wholes = month_expenses(known, month, until).by_category
    for line in (*own, *(whole for whole in wholes if _rose(whole) and whole.name not in told)):
        over = line.amount - (line.mean or ZERO)
        words = f"{line.name} is {money(line.amount, currency, exact=True)}, {money(over, currency, exact=True)} above its mean of {money(line.mean or ZERO, currency, exact=True)}"
        yield Unusual("category above its mean", line.name, None, line.amount, words)


def _rose(line: Spent) -> bool:
    over = line.over
    return (
        over is not None and line.mean is not None and over > RISE_OVER and over * 100 > line.mean * RISE_PCT
    )


def _by_payee(
    own: Sequence[Charge], earlier: Sequence[Charge], compared: Sequence[Month]
) -> tuple[SpentOn, ...]:
    now = _sums(own, lambda c: (c.category, c.payee))
    then = _sums(earlier, lambda c: (c.category, c.payee))
    rows = [
        SpentOn(
            payee,
            now.get((category, payee), ZERO),
            _mean(then.get((category, payee), ZERO), compared),
            category,
        )
        for category, payee in now.keys() | then.keys()
    ]
    return tuple(sorted(rows, key=lambda r: (CATEGORIES.index(r.category), -r.amount, r.name)))


def _group(charge: Charge) -> str:
    return charge.category if charge.category in GROUPS else "other"


def _sums(rows: Iterable[Charge], key: Callable[[Charge], Key]) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        sums[key(row)] += row.amount
    return dict(sums)


def _total(rows: Iterable[Charge]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)


def _mean(total: Decimal, compared: Sequence[Month]) -> Decimal | None:
    return total / len(compared) if compared else None
