"""What an onboarding came to, read from the store: figures before and after, the 30-day list, messages, the case study."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tai_ops import gains
from tai_ops.accuracy import HOURS_GOAL_PCT, TARGET_PCT, count_accuracy
from tai_ops.bant import answers_from_json
from tai_ops.customer_measures import CustomerMeasures, ErrorChange, error_changes
from tai_ops.cutover import STARTS
from tai_ops.documents import Written, write
from tai_ops.errors import Refused
from tai_ops.gains import Warehouse
from tai_ops.kinds import KINDS
from tai_ops.message_templates import Message, Template, fill
from tai_ops.mrr import Subscription, mrr_by_customer
from tai_ops.onboarding_gates import SATISFIED_FROM
from tai_ops.onboarding_plan import milestones
from tai_ops.onboarding_times import Times, times
from tai_ops.outcome import (
    Baseline,
    CaseStudy,
    Counted,
    SideBySide,
    Success,
    case_study,
    celebrations,
    cost_before,
    five_baselines,
    payback_months,
    said_to_sales,
    side_by_side,
    thirty_days,
    worded,
)
from tai_ops.rights import Actor
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.runbooks.customer_onboarding.steps import RIGHT, Made
from tai_ops.scores import Nps, Score, latest_answers, nps
from tai_ops.sheet import read_values
from tai_ops.store import Store, checked_migrations, customer_measures, facts, stabilising
from tai_ops.store.checked_migrations import Checked
from tai_ops.store.counts import answers_of_sales, counted_lines
from tai_ops.store.customers import contacts
from tai_ops.store.message_templates import templates
from tai_ops.store.records import put
from tai_ops.words import day, number

DOCUMENTS = ("success_plan", "thirty_days", "faq", "case_study")


@dataclass(frozen=True, slots=True)
class Results:
    """What came of a customer's onboarding; `payback_reason` says why there is no payback."""

    warehouses: tuple[Warehouse, ...]
    baselines: tuple[Baseline, ...]
    beside: tuple[SideBySide, ...]
    said_to_sales: tuple[tuple[str, str, str], ...]
    celebrations: tuple[str, ...]
    thirty_days: tuple[Success, ...]
    nps: Nps
    scores: tuple[Score, ...]
    payback_months: Decimal | None
    payback_reason: str | None
    measures: CustomerMeasures
    errors: tuple[ErrorChange, ...]
    cost_before: tuple[tuple[str, Decimal], ...]
    fidelity: Checked | None
    times: Times


def results(store: Store, seen: Standing) -> Results:
    """What came of an onboarding, as of today."""
    customer = seen.customer
    cursor = store.cursor()
    try:
        measured = [m for m in facts.measurements(cursor) if m.customer_id == customer.customer_id and m.measured_on <= seen.today]  # fmt: skip
        counts = counted_lines(cursor, customer.customer_id)
        told = answers_of_sales(cursor, customer.name)
        scores = latest_answers(facts.of_kind(cursor, "scores", Score), seen.today)
        paid = mrr_by_customer(facts.of_kind(cursor, "subscriptions", Subscription), seen.today)
        kept = customer_measures.measures(cursor, customer.customer_id)
        fidelity = next(iter(checked_migrations.checks(cursor, customer.customer_id)), None)
    finally:
        cursor.close()
    found = gains.warehouses(measured, customer.customer_id, seen.today, kept.needed_hours)
    hour_cost = kept.figures.get("hour_cost")
    own = tuple(one for one in scores if one.customer_id == customer.customer_id)
    counted = [Counted(place, on, count_accuracy(lines)) for (place, on), lines in counts.items()]
    typed = [m for m in measured if (m.warehouse, m.measured_on) not in counts or m.count_hours is not None]
    months, why = payback_months(found, paid.get(customer.customer_id, Decimal(0)), hour_cost)
    return Results(
        found,
        five_baselines(found),
        side_by_side(typed, counted),
        said_to_sales(answers_from_json(json.loads(told)) if told else None, found),
        celebrations(found) if customer.status == "live" else (),
        thirty_days(customer, seen.known, seen.states),
        nps(own),
        own,
        months,
        why,
        kept,
        error_changes(kept.error_types),
        cost_before(found, hour_cost),
        fidelity,
        times(seen.onboarding.kickoff_on, customer.signed_on, _live_on(seen), measured, seen.today),
    )


def _live_on(seen: Standing) -> date | None:
    """The day of the go-live: as recorded of the customer, else when the go was ticked."""
    return seen.customer.go_live_on or seen.states["declared_live"].done_on


def study(seen: Standing, found: Results) -> CaseStudy:
    """The customer's case study; Refused without consent or a measured gain."""
    return case_study(seen.customer, found.warehouses, found.scores, seen.known.ltr_median, seen.today)


def values(store: Store, seen: Standing, found: Results) -> dict[str, object]:
    """What is known for the variables of the messages; what is not known is not there."""
    customer = seen.customer
    names = {person.email: person.name for person in store.people()}
    zone = ZoneInfo(customer.time_zone) if customer.time_zone else store.company.tz
    starts = datetime.combine(seen.cutover_on, STARTS, tzinfo=store.company.tz)
    gained = next((one.gain for one in found.warehouses if one.gain and one.gain.points), None)
    per_count = gained is not None and gained.hours_saved_per_count is not None
    hours = (gained.hours_saved_per_count if per_count else gained.hours_saved) if gained else None
    review = next((m.on for m in milestones(seen.onboarding.kickoff_on, seen.today) if m.name.startswith("Quarterly") and m.on >= seen.today), None)  # fmt: skip
    known: dict[str, object] = {
        "company": store.company.name,
        "customer": customer.name,
        "csm": names.get(customer.csm_email or "", customer.csm_email),
        "cutover_date": seen.cutover_on,
        "cutover_time": starts.astimezone(zone),
        "check_in_date": seen.calendar.next_business_day(seen.cutover_on),
        "points_gained": gained.points if gained and gained.points and gained.points > 0 else None,
        "hours_saved": hours if hours and hours > 0 else None,
        "hours_unit": "cycle count" if per_count else "warehouse per quarter",
        "review_date": review,
    }
    return {name: value for name, value in known.items() if value is not None}


def document(store: Store, template_id: str, seen: Standing, found: Results) -> Written:
    """A document of the onboarding filled in; Refused names what is not known yet, or that consent is missing."""
    return _document(template(store, template_id), seen, found, _known(store, seen, found))


def documents(store: Store, seen: Standing, found: Results) -> dict[str, Written | str]:
    """Every document of the onboarding filled in, by its template; a text says why it can't be made yet."""
    known, held = _known(store, seen, found), templates(store)
    made: dict[str, Written | str] = {}
    for one in DOCUMENTS:
        try:
            made[one] = _document(held[one], seen, found, known)
        except Refused as refusal:
            made[one] = str(refusal).removeprefix(f"{held[one].name}: ")
    return made


def _known(store: Store, seen: Standing, found: Results) -> dict[str, object]:
    return values(store, seen, found) | _lists(store, seen, found)


def _document(words: Template, seen: Standing, found: Results, given: Mapping[str, object]) -> Written:
    known, template_id = dict(given), words.template_id
    if template_id == "case_study":
        made = study(seen, found)
        known |= {
            "gain": made.gain,
            "situation": made.situation,
            "results": made.results,
            "quotes": tuple(f"“{quote}” ({who})" for quote, who in made.quotes),
            "sources": made.sources,
        }
    if template_id == "faq" and not known["questions"]:
        raise Refused("nobody asked anything yet; the users' questions are kept under After cutover")
    return write(words, known)


def _lists(store: Store, seen: Standing, found: Results) -> dict[str, object]:
    """The lists that documents name, as they stand now."""
    customer_id, currency = seen.customer.customer_id, store.company.currency
    cursor = store.cursor()
    try:
        asked = stabilising.questions(cursor, customer_id)
        people = contacts(cursor, customer_id)
    finally:
        cursor.close()
    held = sum(one.holds is True for one in found.thirty_days)
    marks = {True: "✓", False: "✗", None: "–"}
    dates = [
        (seen.on(seen.states["kickoff"]), "Kickoff"),
        (seen.cutover_on, "Go-live"),
        (seen.coming[20], "Last day of the plan"),
        *((one.on, one.name) for one in seen.milestones),
    ]
    return {
        "kickoff_date": seen.onboarding.kickoff_on,
        "items_met": f"{held} of {len(found.thirty_days)}",
        "thirty_days": tuple(f"{marks[one.holds]} {one.title} ({one.said})" for one in found.thirty_days),
        "questions": tuple((one.question, one.answer or "Answer to follow.") for one in asked),
        "milestones": tuple(f"{day(on)}: {name}" for on, name in sorted(dates)),
        "baselines": tuple(
            f"{b.warehouse}, {b.name[:1].lower()}{b.name[1:]}: {worded(b.before, b.unit, currency)} before, "
            f"{worded(b.now, b.unit, currency)} now"
            for b in found.baselines
        ),
        "findings": tuple(_findings(seen, found)),
        "goals": tuple(_goals(found)),
        "contacts": people,
    }


def _findings(seen: Standing, found: Results) -> Iterator[str]:
    check = found.fidelity.check if found.fidelity else None
    if check:
        told = (
            ("that lack a required field", check.lacking),
            ("that stand twice in the export", check.export_repeated),
            ("missing in the load", check.missing),
            ("with a value that differs", check.differing),
        )
        yield from (f"{count:,} of {check.export_records:,} records {what}" for what, count in told if count)
    yield from (f"{one.name}: {one.said}" for one in found.errors)
    yield from (f"{one.title} ({one.note or 'open'})" for one in seen.issues)


def _goals(found: Results) -> Iterator[str]:
    yield f"Accuracy of {number(TARGET_PCT, 'pct', decimals=0)} or better"
    yield f"{HOURS_GOAL_PCT} % fewer counting hours"
    need = found.measures.needed_hours
    if need is not None:
        yield f"At most {need.normalize():f} counting hours a quarter, as you asked"
    yield f"People who answer {SATISFIED_FROM} of 10 or better when asked whether they recommend TAI"


def message(store: Store, template_id: str, known: Mapping[str, object], **more: object) -> Message:
    """A message filled in; Refused names what is not known yet."""
    return fill(template(store, template_id), {**known, **more})


def template(store: Store, template_id: str) -> Template:
    """A message's template as it holds."""
    return templates(store)[template_id]


def record_consent(
    store: Store, actor: Actor, customer_id: str, who: str, now: datetime, request_key: str
) -> Made:
    """Record that a customer may be named as a reference, and who at the customer said so."""
    if not who.strip():
        raise Refused("write who at the customer agreed; a case study names it")
    with store.write(
        actor, RIGHT, "record consent", now=now, subject=("customers", customer_id), request_key=request_key
    ) as write_:
        if write_.repeated is None:
            agreed = {"customer_id": customer_id, "reference_consent": "true"}
            put(write_, read_values(KINDS["customers"], agreed), name=customer_id)
            write_.detail = {"agreed": who.strip()}
    return Made(f"May be named: agreed by {who.strip()}")
