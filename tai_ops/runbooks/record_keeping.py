"""Keeping records by hand: what is refused although each field is right, what an entry brings about, price steps.

Bad input that a single field doesn't show: a subscription beside itself, an invoice for a customer who left, a payment
of more than is owed. A price step is a following subscription of the same customer and plan: the earlier one ends on
the day on which the step begins, so that each month's price stays what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tai_ops.entries import typed
from tai_ops.errors import Problem, Refused
from tai_ops.kinds import KINDS, Kind
from tai_ops.kpi import KPIS
from tai_ops.money import cents
from tai_ops.rights import Actor
from tai_ops.sheet import Sheet, read_values
from tai_ops.store import Store, browse, corrections, owing
from tai_ops.store.corrections import Done
from tai_ops.store.records import Loaded, RowsRefused, put, void
from tai_ops.words import day, money

SUBSCRIPTIONS = KINDS["subscriptions"]
TERM_MONTHS = {"month": 1, "quarter": 3, "year": 12}
STEP_TAKEN_BACK = "price step taken back"


def add(
    store: Store, actor: Actor, kind: Kind, values: Mapping[str, str], *, now: datetime, request_key: str
) -> Done:
    """Add a record; raises as `corrections.add` does.

    RowsRefused, too, for a subscription beside itself and for the target of a number that the catalogue doesn't have.
    """
    _refuse_beside(store, kind, values, "")
    _refuse_no_number(kind, values)
    return corrections.add(store, actor, kind, values, now=now, request_key=request_key)


def change(
    store: Store,
    actor: Actor,
    kind: Kind,
    key: str,
    changes: Mapping[str, str],
    seen_at: datetime,
    *,
    now: datetime,
    request_key: str,
    reason: str,
) -> Done:
    """Change a record; raises as `corrections.change` does, and RowsRefused for a subscription beside itself."""
    if kind is SUBSCRIPTIONS and (seen := browse.record(store, kind, key)):
        _refuse_beside(
            store, kind, {name: typed(value) for name, value in seen.values.items()} | dict(changes), key
        )
    return corrections.change(
        store, actor, kind, {key: changes}, {key: seen_at}, now=now, request_key=request_key, reason=reason
    )


def notes(store: Store, kind: Kind, values: Mapping[str, str], key: str) -> list[str]:
    """What the entry brings about that one might not expect, as far as its fields can be read."""
    row = {name: found[0] for name, found in read_values(kind, dict(values)).columns.items()}
    currency = store.company.currency
    if kind.name == "payments" and row.get("invoice_number") and row.get("amount"):
        owed = owing.owed(store, row["invoice_number"], without_payment=key)
        if owed is not None and row["amount"] > owed.gross - owed.received:
            rest = max(owed.gross - owed.received, Decimal(0))
            more = money(row["amount"] - rest, currency, exact=True)
            left = f"{money(rest, currency, exact=True)} is open of {row['invoice_number']}"
            return [f"{left}: {more} more becomes a credit of {owed.customer}"]
    if kind.name == "invoices" and row.get("customer_id"):
        found = owing.status(store, row["customer_id"])
        if found and found[1] == "churned":
            return [f"{found[0]} is a customer who left: save the invoice only if it is a final one"]
    return []


def credit_words(store: Store, customer_id: str) -> str:
    """A customer's credit in a sentence; empty where there is none."""
    amount = owing.credit(store, customer_id)
    said = money(amount, store.company.currency, exact=True)
    return f"{said} was paid beyond its invoices: a credit of the customer." if amount else ""


def _refuse_beside(store: Store, kind: Kind, values: Mapping[str, str], key: str) -> None:
    if kind is not SUBSCRIPTIONS:
        return
    row = {name: found[0] for name, found in read_values(kind, dict(values)).columns.items()}
    if not row.get("customer_id") or not isinstance(row.get("starts_on"), date):
        return
    if row.get("ends_on") and row["ends_on"] <= row["starts_on"]:
        return  # the record's own check says so
    there = owing.beside(
        store, row["customer_id"], row.get("plan") or "", row["starts_on"], row.get("ends_on"), without=key
    )
    if there is None:
        return
    until = f" to {day(there.ends_on)}" if there.ends_on else ""
    reason = (
        f"runs beside {there.subscription_id} of the same customer and plan (from {day(there.starts_on)}{until}); "
        "end that one first, make a price step of it, or name another plan"
    )
    raise RowsRefused(kind.name, Loaded(1, 0, 0, 0, (Problem(1, "starts_on", reason),)))


def _refuse_no_number(kind: Kind, values: Mapping[str, str]) -> None:
    kpi = values.get("kpi", "").strip()
    if kind.name != "targets" or not kpi or kpi in KPIS:
        return
    reason = f"{kpi!r} is no number of the catalogue; choose one of the list"
    raise RowsRefused(kind.name, Loaded(1, 0, 0, 0, (Problem(1, "kpi", reason),)))


# --- Price steps


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step of a price: the subscription, from when to when, and its price a month after the discount, in cents."""

    step: owing.Step
    monthly: Decimal


def price_steps(store: Store, customer_id: str, plan: str | None) -> tuple[PriceStep, ...]:
    """The steps of a customer's plan, the oldest first."""
    return tuple(
        PriceStep(one, cents(one.amount * (100 - (one.discount_pct or 0)) / 100 / TERM_MONTHS[one.interval]))
        for one in owing.steps(store, customer_id, plan)
    )


def add_step(
    store: Store, actor: Actor, key: str, values: Mapping[str, str], *, now: datetime, request_key: str
) -> Done:
    """Make a price step: end the subscription on that day and let a new one of the same customer and plan follow.

    `values` has `from_on`, `amount`, `discount_pct` and `interval` as a file holds them. One transaction. Raises
    RowsRefused where a value is bad, Refused where the subscription has ended by then, PeriodClosed as a change does.
    """
    with store.write(
        actor, "money", "price step", now=now, subject=("subscriptions", key), request_key=request_key
    ) as write:
        if write.repeated is None:
            sheet = _step(store, key, values)
            new_key = sheet.columns["subscription_id"][0]
            ended = {"subscription_id": key, "ends_on": values.get("from_on", "")}
            put(write, read_values(SUBSCRIPTIONS, ended), name=key)
            put(write, sheet, name=new_key)
            write.detail = {
                "keys": [key, new_key],
                "from_on": values.get("from_on"),
                "added": 1,
                "updated": 1,
            }
        return Done(tuple((write.repeated or write.detail)["keys"]), Loaded(2, 1, 1, 0))


def _step(store: Store, key: str, values: Mapping[str, str]) -> Sheet:
    """The subscription that follows as a checked row."""
    seen = browse.record(store, SUBSCRIPTIONS, key)
    if seen is None:
        raise Refused(f"subscriptions: there is no subscription {key!r}; nothing was changed")
    old = {name: typed(value) for name, value in seen.values.items()}
    sheet = read_values(SUBSCRIPTIONS, old | {
        "subscription_id": browse.next_key(store, SUBSCRIPTIONS) or f"{key}-2",
        "starts_on": values.get("from_on", ""),
        "trial_ends_on": "",
        "amount": values.get("amount", ""),
        "discount_pct": values.get("discount_pct", ""),
        "interval": values.get("interval") or old["interval"],
    })  # fmt: skip
    problems = sheet.problems
    begins, ends = sheet.columns["starts_on"][0], seen.values["ends_on"]
    if begins and (begins <= seen.values["starts_on"] or (ends and begins >= ends)):
        within = f"after {day(seen.values['starts_on'])}" + (f" and before {day(ends)}" if ends else "")
        problems = (*problems, Problem(1, "starts_on", f"a step begins {within}"))
    if problems:
        raise RowsRefused("subscriptions", Loaded(1, 0, 0, 0, problems))
    return sheet


def take_step_back(store: Store, actor: Actor, key: str, new_key: str, *, now: datetime) -> str:
    """Take a price step back: the new subscription is voided and the earlier one runs on as before."""
    known = corrections.versions(store, SUBSCRIPTIONS, key)
    if len(known) < 2 or known[0].ended:
        raise Refused(f"subscription {key} was changed since; look at its history")
    void(store, actor, SUBSCRIPTIONS, new_key, STEP_TAKEN_BACK, now=now)
    earlier = typed(known[1].values["ends_on"])
    corrections.change(
        store, actor, SUBSCRIPTIONS, {key: {"ends_on": earlier}}, {key: known[0].recorded_at},
        now=now, request_key=f"step back {key} {new_key}", reason=STEP_TAKEN_BACK,
    )  # fmt: skip
    return f"Taken back: {key} runs on at its earlier price"
