"""The day of the cutover: the run sheet as it stands, what happens on it, the go or the roll-back, the hours after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

from tai_ops.cutover import (
    BY_KEY,
    CHECK_IN_HOURS,
    CutoverEvent,
    Hour,
    Sheet,
    attempt,
    check_in_hours,
    event_words,
    lacks_for_go,
    refuse_decision,
    refuse_open_parts,
    review_clash,
    run_sheet,
)
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.migration_check import MigrationCheck, check_migration, read_listing, skus_of
from tai_ops.onboarding_course import CUTOVER_DAY, StepState, refuse_unproved
from tai_ops.rights import Actor, authorize, refuse_not_own
from tai_ops.runbooks.customer_onboarding.standing import Standing, standing
from tai_ops.runbooks.customer_onboarding.steps import AFTER_GO, OWN_STEPS, RIGHT, SUBJECT, Made, refuse_no_go
from tai_ops.sheet import read_values
from tai_ops.stabilising import spot_check_words
from tai_ops.store import Store, checked_migrations, customer_measures, cutovers, onboardings, stabilising
from tai_ops.store.checked_migrations import Checked
from tai_ops.store.onboardings import Said
from tai_ops.store.records import put
from tai_ops.store.step_figures import step_figures
from tai_ops.words import counted, day, instant


@dataclass(frozen=True, slots=True)
class CutoverDay:
    """A cutover day as it stands, with what the go lacks and the clash with the review, if there is one."""

    sheet: Sheet
    hours: tuple[Hour, ...]
    fidelity: bool | None
    lacks: tuple[str, ...]
    clash: str | None
    company_zone: tzinfo
    customer_zone: tzinfo
    spot_check: str | None = None


def cutover_day(store: Store, seen: Standing, now: datetime) -> CutoverDay:
    """The cutover of an onboarding as it stands; its clock is the company's, the customer's stands beside it."""
    cursor = store.cursor()
    try:
        told = cutovers.events(cursor, seen.customer.customer_id)
        roster = cutovers.roster(cursor, seen.customer.customer_id)
        checked = next(iter(stabilising.spot_checks(cursor, seen.customer.customer_id)), None)
    finally:
        cursor.close()
    zone = store.company.tz
    told = attempt(told, seen.cutover_on, zone)
    sheet = run_sheet(seen.cutover_on, zone, told, now)
    theirs = ZoneInfo(seen.customer.time_zone) if seen.customer.time_zone else zone
    return CutoverDay(
        sheet,
        check_in_hours(seen.cutover_on, zone, sheet.decision, roster, told),
        seen.known.fidelity,
        lacks_for_go(sheet, seen.known.fidelity, "somebody"),
        review_clash(seen.cutover_on),
        zone,
        theirs,
        spot_check_words(checked) if checked else None,
    )


def live_by_record(seen: Standing, day_: CutoverDay) -> bool:
    """Whether the customer went live without a go on this sheet: its record alone says so."""
    decided = day_.sheet.decision
    return seen.customer.status == "live" and (decided is None or decided.decision != "go")


def happened(
    store: Store,
    actor: Actor,
    customer_id: str,
    item: str,
    event: str,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
    note: str = "",
) -> Made:
    """Record that an item of the sheet began or was done, that a part was ticked, or that an hour's check-in was held.

    What is done ticks its step of the checklist as well. The CTO records the lines that are the CTO's.
    """
    if item not in BY_KEY and not (item.startswith("check_in_") and item[9:].isdecimal()):
        raise Refused(f"the run sheet has no line {item!r}")
    if at is not None and at > now:
        raise Refused(f"{instant(at, store.company.tz)} has not come yet")
    if item in BY_KEY:
        refuse_not_own(actor, RIGHT, BY_KEY[item].owner.split(), BY_KEY[item].title)
    seen = _standing(store, customer_id, now)
    if item not in BY_KEY and event == "held":
        _refuse_hour_ahead(cutover_day(store, seen, now), int(item.removeprefix("check_in_")), at or now)
    with store.write(actor, OWN_STEPS, "record cutover", now=now, subject=(SUBJECT, customer_id), request_key=request_key) as write:  # fmt: skip
        if write.repeated is None:
            known = BY_KEY.get(item)
            if known and event == "done":
                told = cutovers.events(write.cursor, customer_id)
                refuse_open_parts(known, attempt(told, seen.cutover_on, store.company.tz))
            cutovers.keep_event(write, customer_id, item, event, at or now, note.strip() or None)
            if item in AFTER_GO and event == "done":
                refuse_no_go(write, customer_id)
            if known and known.step_key and event == "done":
                figures = step_figures(write.cursor, customer_id, store.company.currency)
                refuse_unproved(known.step_key, note, figures)
            if known and known.step_key and event in {"done", "not done"}:
                ticked = Said(known.step_key, "ticked" if event == "done" else "unticked", seen.today, None, note.strip() or None)  # fmt: skip
                onboardings.keep_steps(write, customer_id, [ticked])
            write.detail = {"item": item, "event": event}
    return Made(event_words(item, event) + (f" ({note.strip()})" if note.strip() else ""))


def _refuse_hour_ahead(day_: CutoverDay, number: int, held_at: datetime) -> None:
    """Nothing where that hour's check-in may have been held by then; Refused for one whose hour has not begun."""
    hour = next((one for one in day_.hours if one.number == number), None)
    if hour is None:
        raise Refused(f"there are {len(day_.hours)} hourly check-ins, and no number {number}")
    if held_at < hour.at - timedelta(hours=1):
        raise Refused(
            f"check-in {number} is at {instant(hour.at, day_.company_zone)}; its hour has not begun"
        )


def decide(
    store: Store,
    actor: Actor,
    customer_id: str,
    decision: str,
    decider: str,
    now: datetime,
    request_key: str,
    *,
    reason: str = "",
) -> Made:
    """Take the go or the roll-back. The go makes the customer live as of that day; Refused says what it lacks."""
    authorize(actor, RIGHT)
    seen = _standing(store, customer_id, now)
    day_ = cutover_day(store, seen, now)
    with store.write(actor, RIGHT, f"cutover {decision.replace('_', ' ')}", now=now, subject=(SUBJECT, customer_id), request_key=request_key) as write:  # fmt: skip
        if write.repeated is None:
            if live_by_record(seen, day_):
                raise Refused(
                    f"{seen.customer.name} is live by its record already; from here on one fixes forward"
                )
            refuse_decision(day_.sheet, decision, decider, day_.fidelity, reason)
            if seen.today < seen.cutover_on:
                raise Refused(
                    f"the cutover is on {day(seen.cutover_on)}; move it to today first, with the reason"
                )
            cutovers.keep_event(write, customer_id, "declared_live", decision, now, decider.strip())
            if reason.strip():
                cutovers.keep_event(write, customer_id, "declared_live", "reason", now, reason.strip())
            if decision == "go":
                live = {"customer_id": customer_id, "status": "live", "go_live_on": seen.today.isoformat()}
                put(write, read_values(KINDS["customers"], live), name=customer_id)
                onboardings.keep_steps(write, customer_id, [Said("declared_live", "ticked", seen.today)])
                cutovers.keep_event(write, customer_id, "declared_live", "done", now, None)
            else:
                again = [
                    Said(one.step.key, "unticked") for one in seen.states.values() if _is_of_the_day(one)
                ]
                onboardings.keep_steps(write, customer_id, again)
            write.detail = {"decision": decision, "decider": decider.strip(), "reason": reason.strip()}
    if decision == "go":
        return Made(f"Live: decided by {decider.strip()}; from here on one fixes forward")
    return Made(
        f"Rolled back: decided by {decider.strip()} ({reason.strip()}); the old system is used again, and the steps of the day are open"
    )


def _is_of_the_day(one: StepState) -> bool:
    """Whether a step of the cutover's day is done; after a roll-back it is open again."""
    return one.step.day == CUTOVER_DAY and one.state == "done"


def set_roster(
    store: Store, actor: Actor, customer_id: str, hours: Mapping[int, str], now: datetime, request_key: str
) -> Made:
    """Say who asks the customer in which hour after the go; only active people may be named."""
    known = {person.email for person in store.people()}
    strangers = sorted({email for email in hours.values() if email and email not in known})
    if strangers:
        raise Refused(f"{strangers[0]} is not an active person of the company")
    if any(not 1 <= hour <= CHECK_IN_HOURS for hour in hours):
        raise Refused(f"the hours are 1 to {CHECK_IN_HOURS}")
    _standing(store, customer_id, now)
    with store.write(actor, OWN_STEPS, "set cutover roster", now=now, subject=(SUBJECT, customer_id), request_key=request_key) as write:  # fmt: skip
        if write.repeated is None:
            cutovers.keep_roster(write, customer_id, hours)
            write.detail = {"hours": {str(hour): email for hour, email in hours.items()}}
            left = cutovers.unmanned_hours(write.cursor, customer_id)
            write.detail["left"] = left
    left = int((write.repeated or write.detail).get("left", 0))
    who = (
        f"{counted(left, 'hour')} {'has' if left == 1 else 'have'} nobody yet"
        if left
        else "every hour has somebody"
    )
    return Made(f"Roster kept; {who}")


# --- The migration check


@dataclass(frozen=True, slots=True)
class Tried:
    """What a comparison came to, and the items that the two files name."""

    check: MigrationCheck
    skus: tuple[str, ...]


def try_check(export: tuple[str, bytes], load: tuple[str, bytes]) -> Tried:
    """What a customer's export and the load report come to; nothing is kept."""
    one, other = read_listing(export[1], export[0]), read_listing(load[1], load[0])
    return Tried(check_migration(one, other), skus_of(one, other))


def keep_check(
    store: Store,
    actor: Actor,
    customer_id: str,
    export: tuple[str, bytes],
    load: tuple[str, bytes],
    tried: Tried,
    now: datetime,
    request_key: str,
) -> Made:
    """Keep a check with its files' hashes; the newest one decides at the go, and its items are the customer's."""
    check = tried.check
    hashes = sha256(export[1]).hexdigest(), sha256(load[1]).hexdigest()
    _standing(store, customer_id, now)
    with store.write(actor, OWN_STEPS, "check migration", now=now, subject=(SUBJECT, customer_id), request_key=request_key) as write:  # fmt: skip
        if write.repeated is None:
            checked_migrations.keep_check(write, customer_id, check, hashes)
            customer_measures.keep_items(write, customer_id, load[0], hashes[1], tried.skus)
            write.detail = {"whole": check.is_whole, "records": check.export_records}
    return Made(
        f"Check kept: {counted(check.faithful_records, 'record')} of {check.export_records:,} arrived whole"
    )


def checks(store: Store, customer_id: str) -> tuple[Checked, ...]:
    """The customer's migration checks, newest first."""
    cursor = store.cursor()
    try:
        return checked_migrations.checks(cursor, customer_id)
    finally:
        cursor.close()


def _standing(store: Store, customer_id: str, now: datetime) -> Standing:
    seen = standing(store, customer_id, now)
    if seen is None:
        raise Refused("there is no plan yet; make it first")
    return seen


def day_events(store: Store, customer_id: str) -> tuple[CutoverEvent, ...]:
    """Everything that was recorded of the day, the newest last."""
    cursor = store.cursor()
    try:
        return cutovers.events(cursor, customer_id)
    finally:
        cursor.close()
