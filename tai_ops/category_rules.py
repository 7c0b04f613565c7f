"""Category rules: what an expense looks like, and the category that it then counts as.

Rules are asked in their order and the first that fits decides. They speak where nobody else did: a bill that carries
a label of its own, from a file or by a person, keeps it. Amounts are in the currency of the record, without a sign.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.errors import Refused
from tai_ops.words import money

TextIs = Literal["contains", "starts"]
Direction = Literal["out", "in"]
Subject = Literal["bill", "entry", "line"]

GIVEN_BY_RULE = "rule "
"""How the origin of a record begins whose category a rule gave; the rule's id follows."""
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of an expense, and its category then; a condition that is None asks for nothing."""

    rule_id: str
    place: int
    category: str
    text_is: TextIs | None = None
    text: str | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    account: str | None = None
    direction: Direction | None = None

    @property
    def words(self) -> str:
        """The conditions in words."""
        parts: list[str] = []
        if self.text:
            parts.append(f"text {'starts with' if self.text_is == 'starts' else 'contains'} “{self.text}”")
        low, high = self.amount_from, self.amount_to
        if low is not None and high is not None:
            parts.append(f"amount from {low:,.2f} to {high:,.2f}")
        elif low is not None:
            parts.append(f"amount of {low:,.2f} or more")
        elif high is not None:
            parts.append(f"amount of {high:,.2f} or less")
        if self.account:
            parts.append(f"account {self.account}")
        if self.direction:
            parts.append("money out" if self.direction == "out" else "money in (a credit)")
        return ", ".join(parts)

    def fits(self, item: "Item") -> bool:
        """Whether every condition holds of the item."""
        size = abs(item.amount)
        return (
            self._text_fits(item.texts)
            and (self.amount_from is None or size >= self.amount_from)
            and (self.amount_to is None or size <= self.amount_to)
            and (self.account is None or self.account == item.account)
            and (self.direction is None or self.direction == item.direction)
        )

    def _text_fits(self, texts: Iterable[str]) -> bool:
        if not self.text:
            return True
        wanted = plain(self.text)
        said = [plain(text) for text in texts]
        if self.text_is == "starts":
            return any(text.startswith(wanted) for text in said)
        return any(wanted in text for text in said)


@dataclass(frozen=True, slots=True)
class Item:
    """An expense that a rule may speak of: a bill, a booked entry, or a bank line that nothing settles.

    `amount` is positive for money spent. `texts` are what the rule reads: payee, description. `free` is whether a
    rule may decide it; `shut` whether its month is closed or its account locked.
    """

    subject: Subject
    item_id: str
    day: date
    texts: tuple[str, ...]
    amount: Decimal
    currency: str
    account: str | None
    category: str | None
    free: bool
    shut: bool

    @property
    def direction(self) -> Direction:
        """Which way the money goes; a negative bill is a credit."""
        return "in" if self.amount < 0 else "out"

    @property
    def text(self) -> str:
        """What it is called."""
        return next((text for text in self.texts if text), self.item_id)

    @property
    def words(self) -> str:
        """The item in a line."""
        return f"{self.text}, {money(self.amount, self.currency, exact=True)}"


@dataclass(frozen=True, slots=True)
class Change:
    """An item whose category the rules would change, from what to what, and the rule that says so."""

    item: Item
    category: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would do: bills and entries that change, bank lines that they can name, what lies in closed months."""

    records: tuple[Change, ...]
    lines: tuple[Change, ...]
    shut: int


def plain(text: str) -> str:
    """A text as it is compared: small letters, single blanks."""
    return " ".join(text.casefold().split())


def deciding(rules: Iterable[Rule], item: Item) -> Rule | None:
    """The first rule that fits the item; None where none does."""
    return next((rule for rule in rules if rule.fits(item)), None)


def preview(rules: Sequence[Rule], items: Iterable[Item], only: str | None = None) -> Preview:
    """What the rules would change of the items; with `only`, what one of them would, those before it heeded.

    What a person or a file labelled is left alone, as is everything in a closed month, which is counted.
    """
    ordered = sorted(rules, key=lambda rule: (rule.place, rule.rule_id))
    records: list[Change] = []
    lines: list[Change] = []
    shut = 0
    for item in items:
        rule = deciding(ordered, item) if item.free else None
        if rule is None or rule.category == item.category or (only and rule.rule_id != only):
            continue
        if item.shut:
            shut += 1
        else:
            (lines if item.subject == "line" else records).append(Change(item, rule.category, rule.rule_id))
    return Preview(tuple(records), tuple(lines), shut)


def checked(rule: Rule) -> Rule:
    """The rule tidied; Refused where it would fit everything, or can fit nothing."""
    text = " ".join((rule.text or "").split()) or None
    if text and len(text) > LONGEST_TEXT:
        raise Refused(f"text: at most {LONGEST_TEXT} characters")
    category = rule.category.strip()
    if not category:
        raise Refused("category: choose the category that the rule gives")
    low, high = rule.amount_from, rule.amount_to
    if any(one is not None and one < 0 for one in (low, high)):
        raise Refused("amount: give it without a sign; the direction says whether money goes out or comes in")
    if low is not None and high is not None and low > high:
        raise Refused(
            f"amount: from {low:,.2f} to {high:,.2f} fits nothing; the first must be the smaller one"
        )
    if not text and low is None and high is None and not rule.account:
        raise Refused("a rule needs a text, an amount or an account, or it would fit every expense")
    return Rule(
        rule.rule_id,
        rule.place,
        category,
        (rule.text_is or "contains") if text else None,
        text,
        low,
        high,
        rule.account or None,
        rule.direction or None,
    )
