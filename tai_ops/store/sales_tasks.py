"""What sales has to do after calls and sendings, in one list: the newest call's tasks and the check-ins of proposals; whom to call again when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tai_ops.errors import Refused
from tai_ops.proposal_clock import check_in_on
from tai_ops.rights import Actor
from tai_ops.store.connection import Store
from tai_ops.store.facts import business_calendar
from tai_ops.store.proposal_desk import OUT, listed
from tai_ops.store.qualifying import Qualification, qualifications


@dataclass(frozen=True, slots=True)
class SalesTask:
    """One thing to do: its key, kind, whose it is (a role), by when, what, for which prospect or proposal, whether it is done."""

    key: str
    kind: str
    owner: str
    due_at: datetime
    text: str
    subject: str
    done: bool


@dataclass(frozen=True, slots=True)
class Nurtured:
    """A prospect that waits: the day to call again, its decision, why, and when that was decided."""

    prospect_id: str
    company: str
    on: date
    decision: str
    why: str
    called_on: date


def sales_tasks(store: Store, *, prospect_id: str | None = None) -> tuple[SalesTask, ...]:
    """The tasks of each prospect's newest call and the check-ins of what is with a customer, the first due first.

    Leaves out prospects whose deals are all won or lost. A proposal that was asked for since, and a deal that has gone on
    since, tell that the task was done; what nobody ticked otherwise is open.
    """
    ticked = dict(
        store.rows(
            """
            select task_key, done from sales_ticks
            qualify row_number() over (partition by task_key order by ticked_at desc) = 1 order by task_key
            """
        )
    )
    found: list[SalesTask] = []
    seen: set[str] = set()
    over, moved, proposed = _standing(store)
    for call in qualifications(store, prospect_id):
        if call.prospect_id in seen or call.prospect_id in over:
            continue
        seen.add(call.prospect_id)
        on = call.answers.call_ended_at.date()
        told = {
            "proposal_request": proposed.get(call.prospect_id, date.min) >= on,
            "meeting": moved.get(call.prospect_id, date.min) > on,
        }
        for task in call.detail["tasks"]:
            key = f"{call.qualification_id}/{task['kind']}"
            due = datetime.fromisoformat(task["due_at"])
            found.append(
                SalesTask(
                    key,
                    task["kind"],
                    task["owner"],
                    due,
                    task["text"],
                    call.prospect_id,
                    ticked.get(key, told.get(task["kind"], False)),
                )
            )
    if prospect_id is None:
        found.extend(_check_ins(store, ticked))
    return tuple(sorted(found, key=lambda one: (one.done, one.due_at, one.key)))


def _standing(store: Store) -> tuple[set[str], dict[str, date], dict[str, date]]:
    """The prospects whose deals are all closed; when a deal last went on to proposal or closing; when one was last proposed."""
    rows = store.rows(
        """
        select prospect_id, bool_and(stage in ('won', 'lost')),
               max(case when stage in ('proposal', 'closing') then entered_stage_on end)
        from deals group by prospect_id order by prospect_id
        """
    )
    asked = store.rows(
        """
        select prospect_id, max(requested_at) from proposals join deals using (deal_id)
        group by prospect_id order by prospect_id
        """
    )
    zone = store.company.tz
    over = {prospect for prospect, closed, _ in rows if closed}
    return (
        over,
        {prospect: day for prospect, _, day in rows if day},
        {prospect: at.astimezone(zone).date() for prospect, at in asked},
    )


def nurture_queue(store: Store) -> tuple[Nurtured, ...]:
    """Whom to call again, the next first: prospects whose newest call ended in WAIT or PASS and whose deal has not gone on since.

    Source: Runbook 2, Post-Call (future pipeline); requirements.md 2C. A lost deal's prospect stays; one that was won leaves.
    """
    names = dict(store.rows("select prospect_id, company from prospects order by prospect_id"))
    won = {
        row[0]
        for row in store.rows(
            "select distinct prospect_id from deals where stage = 'won' order by prospect_id"
        )
    }
    _, moved, proposed = _standing(store)
    found: list[Nurtured] = []
    seen: set[str] = set()
    for call in qualifications(store):
        if call.prospect_id in seen:
            continue
        seen.add(call.prospect_id)
        called = call.answers.call_ended_at.date()
        went_on = (
            max(moved.get(call.prospect_id, date.min), proposed.get(call.prospect_id, date.min)) > called
        )
        told = call.detail.get("follow_up_on")
        if call.decision not in {"WAIT", "PASS"} or call.prospect_id in won or went_on or not told:
            continue
        company = names.get(call.prospect_id, call.prospect_id)
        found.append(
            Nurtured(
                call.prospect_id, company, date.fromisoformat(told), call.decision, _why_later(call), called
            )
        )
    return tuple(sorted(found, key=lambda one: (one.on, one.company)))


def _why_later(call: Qualification) -> str:
    """Why a prospect waits: what a person said against the computed decision, the gate that closed, or that too little is known."""
    against = call.detail.get("otherwise")
    if against:
        return str(against["why"])
    reasons = [str(one) for one in call.detail.get("reasons", [])]
    gate = call.detail.get("gate")
    closed = next((one for one in reasons if gate and one.lower().startswith(f"{gate} is ")), None)
    return closed or (reasons[-1] if reasons else "")


def _check_ins(store: Store, ticked: dict[str, bool]) -> list[SalesTask]:
    calendar = business_calendar(store)
    rows = store.rows("select deal_id from deals where stage in ('won', 'lost') order by deal_id")
    closed = {row[0] for row in rows}
    found: list[SalesTask] = []
    for offer in listed(store):
        one = offer.proposal
        if one.status in OUT and one.sent_at and one.deal_id not in closed:
            key = f"{one.proposal_id}/check_in"
            day = check_in_on(calendar.local_date(one.sent_at), calendar)
            due = datetime.combine(day, time(12), tzinfo=calendar.zone).astimezone(UTC)
            words = f"Check in with {offer.company} about {one.proposal_id} if there is no answer"
            found.append(
                SalesTask(key, "check_in", "vp_sales", due, words, one.proposal_id, ticked.get(key, False))
            )
    return found


def tick(store: Store, actor: Actor, *keys: str, done: bool, now: datetime) -> None:
    """Keep that tasks are done, or that they aren't after all, in one write. Refused where one of them is not there."""
    there = {one.key for one in sales_tasks(store)}
    if not there.issuperset(keys):
        raise Refused("that task is not in the list any more; a newer call has replaced it")
    about = ("tasks", keys[0]) if len(keys) == 1 else None
    with store.write(actor, "proposals", "tick sales task", now=now, subject=about) as write:
        write.sql(
            """
            insert into sales_ticks (task_key, done, ticked_at, ticked_by)
            select unnest($keys::varchar[]), $done, $at, $by
            """,
            {"keys": list(keys), "done": done, "at": write.now, "by": write.by},
        )
        write.detail = {"done": done} if about else {"done": done, "tasks": list(keys)}
