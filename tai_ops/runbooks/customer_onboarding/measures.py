"""Entering what is measured and said of a customer besides its accuracy, and its list of items."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from tai_ops.customer_measures import (
    FIGURES,
    MOMENTS,
    MOST_TYPES,
    CustomerMeasures,
    ErrorType,
    ParallelCount,
    amount,
    checked_type,
)
from tai_ops.errors import Refused
from tai_ops.migration_check import read_listing, skus_of
from tai_ops.rights import Actor
from tai_ops.runbooks.customer_onboarding.steps import OWN_STEPS, RIGHT, SUBJECT, Made
from tai_ops.stabilising import SENTIMENTS
from tai_ops.store import Store, customer_measures, customers
from tai_ops.store.customer_measures import ItemList
from tai_ops.words import counted, day


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a customer besides its accuracy, and the list of its items where there is one."""

    measures: CustomerMeasures
    items: ItemList | None


def kept(store: Store, customer_id: str) -> Kept:
    """What is kept of a customer besides its accuracy."""
    cursor = store.cursor()
    try:
        return Kept(
            customer_measures.measures(cursor, customer_id), customer_measures.item_list(cursor, customer_id)
        )
    finally:
        cursor.close()


def record_figures(
    store: Store, actor: Actor, customer_id: str, typed: Mapping[str, str], now: datetime, request_key: str
) -> Made:
    """Keep the single figures that differ from what stands; an empty one takes it back."""
    given = {name: amount(typed[name], FIGURES[name][0]) for name in FIGURES if name in typed}
    with _write(store, actor, "record customer figures", customer_id, now, request_key) as write:
        _refuse_unknown(store, customer_id)
        if write.repeated is None:
            stands = customer_measures.measures(write.cursor, customer_id).figures
            for name, value in given.items():
                if value != stands.get(name):
                    customer_measures.keep_figure(write, customer_id, name, value)
            write.detail = {name: str(value) for name, value in given.items()}
    return Made("Kept: " + "; ".join(f"{FIGURES[n][0].lower()} {_plain(v)}" for n, v in given.items()))


def record_error_type(
    store: Store,
    actor: Actor,
    customer_id: str,
    moment: str,
    name: str,
    per_month: str,
    measured_on: date,
    now: datetime,
    request_key: str,
    *,
    is_out: bool = False,
) -> Made:
    """Keep one of the top types of errors with how often it comes a month; at most five of a measurement."""
    if moment not in MOMENTS:
        raise Refused("a type of error is of the baseline or of now")
    _refuse_ahead(store, measured_on, now)
    one = ErrorType(measured_on, moment, checked_type(name), amount(per_month, "times a month"))
    with _write(store, actor, "record error type", customer_id, now, request_key) as write:
        _refuse_unknown(store, customer_id)
        if write.repeated is None:
            stands = customer_measures.measures(write.cursor, customer_id).error_types
            same = {t.name.casefold() for t in stands if (t.measured_on, t.moment) == (measured_on, moment)}
            if not is_out and one.name.casefold() not in same and len(same) >= MOST_TYPES:
                raise Refused(
                    f"{MOST_TYPES} types are named for {day(measured_on)} already; the runbook asks for the top 3 to 5"
                )
            customer_measures.keep_error_type(write, customer_id, one, is_out=is_out)
            write.detail = {"type": one.name, "moment": moment, "out": is_out}
    how_often = "" if one.per_month is None else f", {_plain(one.per_month)} a month"
    return Made(f"{'Taken off' if is_out else 'Kept'}: {one.name}{how_often} ({MOMENTS[moment]})")


def record_parallel_count(
    store: Store,
    actor: Actor,
    customer_id: str,
    warehouse: str,
    counted_on: date,
    by_hand: str,
    with_tai: str,
    now: datetime,
    request_key: str,
) -> Made:
    """Keep a count of one day by hand and with TAI at once, and say how far they are apart."""
    if not warehouse.strip():
        raise Refused("name the warehouse")
    _refuse_ahead(store, counted_on, now)
    manual, tai = (
        amount(text, what, empty=False) or Decimal(0)
        for text, what in ((by_hand, "counted by hand"), (with_tai, "counted with TAI"))
    )
    one = ParallelCount(warehouse.strip(), counted_on, manual, tai)
    with _write(store, actor, "record parallel count", customer_id, now, request_key) as write:
        _refuse_unknown(store, customer_id)
        if write.repeated is None:
            customer_measures.keep_parallel_count(write, customer_id, one)
            write.detail = {"warehouse": one.warehouse, "counted_on": counted_on}
    return Made(f"Kept: {one.warehouse}, {day(counted_on)}: {one.said}")


def record_sentiment(
    store: Store,
    actor: Actor,
    customer_id: str,
    felt_on: date,
    sentiment: str | None,
    note: str,
    now: datetime,
    request_key: str,
) -> Made:
    """Keep how the customer feels on a day, as the CSM heard it."""
    if sentiment not in SENTIMENTS:
        raise Refused("the sentiment is good, mixed or bad")
    _refuse_ahead(store, felt_on, now)
    with _write(store, actor, "record sentiment", customer_id, now, request_key) as write:
        _refuse_unknown(store, customer_id)
        if write.repeated is None:
            customer_measures.keep_sentiment(write, customer_id, felt_on, sentiment, note.strip() or None)
            write.detail = {"sentiment": sentiment}
    return Made(f"Kept: feels {sentiment} on {day(felt_on)}{f' ({note.strip()})' if note.strip() else ''}")


def keep_items(
    store: Store, actor: Actor, customer_id: str, name: str, data: bytes, now: datetime, request_key: str
) -> Made:
    """Put a file's items in the place of the customer's list; counts of any other item are refused from then on."""
    skus = skus_of(read_listing(data, name))
    if not skus:
        raise Refused(f"{name}: there is no item in it")
    with _write(store, actor, "keep item list", customer_id, now, request_key, OWN_STEPS) as write:
        _refuse_unknown(store, customer_id)
        if write.repeated is None:
            customer_measures.keep_items(write, customer_id, name, sha256(data).hexdigest(), skus)
            write.detail = {"items": len(skus), "file": name}
    return Made(f"Kept: {counted(len(skus), 'item')} of {name}; counts of others are refused")


def _refuse_ahead(store: Store, on: date, now: datetime) -> None:
    if on > now.astimezone(store.company.tz).date():
        raise Refused(f"{day(on)} has not come yet")


def _refuse_unknown(store: Store, customer_id: str) -> None:
    if not customers.is_on_record(store, customer_id):
        raise Refused(f"there is no customer {customer_id!r}; open the list and choose one")


def _plain(value: Decimal | None) -> str:
    return "not known" if value is None else f"{value.normalize():f}"


def _write(  # noqa: ANN202
    store: Store,
    actor: Actor,
    event: str,
    customer_id: str,
    now: datetime,
    request_key: str,
    right: str = RIGHT,
):
    return store.write(actor, right, event, now=now, subject=(SUBJECT, customer_id), request_key=request_key)
