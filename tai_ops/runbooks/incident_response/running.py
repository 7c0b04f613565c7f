"""Running an incident: the steps of the response, what is ticked, noted and sent, who does what, the root cause.

What comes twice changes nothing; a step may come out of order, and a time that can't be is refused.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from tai_ops.errors import Refused
from tai_ops.incident_playbook import CAUSES, CHECKS, ROLES, STEP_STAMPS, STEP_WORDS, Step
from tai_ops.incident_run import LONGEST_TEXT, Run, stamp_before_after
from tai_ops.kinds import KINDS
from tai_ops.message_templates import DEFAULTS
from tai_ops.recovery import verified
from tai_ops.reliability import EVERYONE, Impact, Incident
from tai_ops.rights import Actor
from tai_ops.runbooks.incident_response.starting import RIGHT, SUBJECT, Made, keep_ended_timers
from tai_ops.sheet import read_values
from tai_ops.store import Store, facts, incident_log
from tai_ops.store.connection import Write
from tai_ops.store.incident_runs import probes_since_fix, run_of
from tai_ops.store.records import put
from tai_ops.words import counted, instant

WORDED = {"diagnose": "what the diagnosis is", "path": "what the plan is"}
"""The steps that are documented as they are reached."""


@contextmanager
def written(
    store: Store, actor: Actor, right: str, event: str, incident_id: str, now: datetime, request_key: str
) -> Generator[tuple[Write, Run]]:
    """A write to an incident with everything kept of it; Refused where there is none of that id."""
    with store.write(
        actor, right, event, now=now, subject=(SUBJECT, incident_id), request_key=request_key
    ) as write:
        run = run_of(write.cursor, incident_id)
        if run is None:
            raise Refused(f"there is no incident {incident_id!r}")
        yield write, run


def right_of(actor: Actor, owner: str) -> str:
    """The right by which that person does what is somebody's: the CSM's own things are the CSM's, all else the CTO's."""
    return "success" if owner == "csm" and actor.role == "csm" else RIGHT


def reach(
    store: Store,
    actor: Actor,
    incident_id: str,
    step: Step,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
    note: str = "",
    end_impacts: bool = True,
) -> Made:
    """Say that a step of the response was reached, now or at an earlier time; reached before, nothing changes.

    A diagnosis and a plan are said in words, a plan after its root cause. Resolving ends the impacts that run.
    Raises Refused for a time that has not come, lies before the detection or does not fit the other steps.
    """
    said, word = " ".join(note.split()), STEP_WORDS[step]
    when, zone = at or now, store.company.tz
    with written(store, actor, RIGHT, f"incident {step}", incident_id, now, request_key) as (write, run):
        held = getattr(run.incident, STEP_STAMPS[step])
        if write.repeated is not None or held is not None:
            write.repeated = write.repeated or {}
            return Made(
                f"{incident_id}: {word.lower()} already, {instant(held or when, zone)}; nothing changed",
                incident_id,
            )
        _refuse_time(run.incident, step, when, now, zone)
        if step in WORDED and not said:
            raise Refused(f"say {WORDED[step]} in a few words; the incident's log keeps them")
        if step == "path" and run.cause is None:
            raise Refused("name the class of the root cause first; its plan follows from it")
        told = {"incident_id": incident_id, STEP_STAMPS[step]: when.isoformat()}
        put(write, read_values(KINDS["incidents"], told), name=incident_id)
        incident_log.keep_event(write, incident_id, "step", item=step, body=said or None, happened_at=when)
        ended = _end_impacts(write, run, when) if step == "resolve" and end_impacts else 0
        if step == "resolve":
            _tick_by_probes(write, run, now)
        keep_ended_timers(store, write, incident_id, now, facts.business_calendar(store))
        write.detail = {"step": step, "at": when.isoformat(), "impacts_ended": ended}
    more = f"; {ended} {'impact' if ended == 1 else 'impacts'} ended with it" if ended else ""
    return Made(
        f"{incident_id}: {word.lower()} {instant(when, zone)}{more}",
        incident_id,
        ("take_back", (incident_id, step)),
    )


def _refuse_time(incident: Incident, step: Step, when: datetime, now: datetime, zone: tzinfo) -> None:
    word = STEP_WORDS[step].lower()
    if when > now:
        raise Refused(f"{instant(when, zone)} has not come yet; check the time and its zone")
    before, after = stamp_before_after(incident, STEP_STAMPS[step])
    if before and when < before[1]:
        raise Refused(
            f"{word} at {instant(when, zone)} would lie before {before[0]}, {instant(before[1], zone)}"
        )
    if after and when > after[1]:
        raise Refused(
            f"{word} at {instant(when, zone)} would lie after {after[0]}, {instant(after[1], zone)}; give the time at which it was"
        )
    if step == "resolve" and incident.began_at and when < incident.began_at:
        raise Refused(f"it can't be resolved before it began, {instant(incident.began_at, zone)}")


def _end_impacts(write: Write, run: Run, when: datetime) -> int:
    running = [one for one in run.impacts if one.ended_at is None and one.began_at < when]
    for one in running:
        _set_end(write, one, when)
    return len(running)


def _set_end(write: Write, one: Impact, at: datetime | None) -> None:
    told = {
        "incident_id": one.incident_id,
        "customer_id": one.customer_id,
        "began_at": one.began_at.isoformat(),
        "ended_at": at.isoformat() if at else "",
    }
    put(write, read_values(KINDS["impacts"], told), name=one.incident_id)


def _tick_by_probes(write: Write, run: Run, now: datetime) -> None:
    """Keep what probes tell of the verification when it is resolved, as probes themselves are not kept for good."""
    window, seen = probes_since_fix(write.cursor, run, now)
    for check in CHECKS.values():
        told = verified(check.probed, seen, window) if check.probed else None
        if told and told.holds and run.standing(check).state == "open":
            incident_log.keep_event(
                write, run.incident.incident_id, "tick", item=check.key, body=f"probes: {told.said}"
            )


def take_back(
    store: Store, actor: Actor, incident_id: str, step: Step, now: datetime, request_key: str, *, reason: str
) -> Made:
    """Say that a step was not reached after all; a resolved incident is open again. Its timer runs on unless it was missed."""
    word = STEP_WORDS[step].lower()
    if not reason.strip():
        raise Refused("say why; the reason is kept")
    event = f"reopen {step}" if step == "resolve" else f"take back {step}"
    with written(store, actor, RIGHT, event, incident_id, now, request_key) as (write, run):
        if getattr(run.incident, STEP_STAMPS[step]) is None:
            write.repeated = write.repeated or {}
            return Made(f"{incident_id} is not {word}; nothing changed", incident_id)
        put(
            write,
            read_values(KINDS["incidents"], {"incident_id": incident_id, STEP_STAMPS[step]: ""}),
            name=incident_id,
        )
        again_hit = _run_on(write, run) if step == "resolve" else 0
        incident_log.keep_event(
            write,
            incident_id,
            "reopened" if step == "resolve" else "taken back",
            item=step,
            body=reason.strip(),
        )
        newest = {(one.severity, one.timer): one for one in run.kept}
        again = [
            replace(one, reached_at=None, met=None)
            for (severity, timer), one in newest.items()
            if severity == run.incident.severity and timer == step and one.met
        ]
        incident_log.keep_timers(write, again)
        write.detail = {"step": step, "reason": reason.strip(), "impacts_run_on": again_hit}
    if step != "resolve":
        return Made(f"{incident_id}: not {word} after all", incident_id)
    more = (
        f"; {counted(again_hit, 'impact')} that ended with it {'runs' if again_hit == 1 else 'run'} on"
        if again_hit
        else ""
    )
    return Made(f"{incident_id} is open again{more}", incident_id)


def _run_on(write: Write, run: Run) -> int:
    """Let the impacts run on that were ended with the resolution."""
    ended = [one for one in run.impacts if one.ended_at and one.ended_at == run.incident.resolved_at]
    for one in ended:
        _set_end(write, one, None)
    return len(ended)


def tick(
    store: Store,
    actor: Actor,
    incident_id: str,
    item: str,
    state: str,
    now: datetime,
    request_key: str,
    *,
    note: str = "",
    at: datetime | None = None,
) -> Made:
    """Tick a check item, skip it as not needed, or take either back; as it stands already, nothing changes."""
    check = CHECKS.get(item)
    if check is None or check.step or check.cause:
        raise Refused(f"the playbook has no item {item!r} to tick")
    word = {"tick": "done", "skip": "not needed", "untick": "open again"}.get(state)
    if word is None:
        raise Refused("an item is ticked, skipped or taken back")
    _refuse_future(at, now, store.company.tz)
    right = right_of(actor, check.owner)
    with written(store, actor, right, f"incident {state}", incident_id, now, request_key) as (write, run):
        held = run.ticks.get(item)
        same = {"tick": "done", "skip": "skipped", "untick": "open"}[state]
        if write.repeated is not None or (held.state if held else "open") == same:
            write.repeated = write.repeated or {}
            return Made(f"{check.text}: {word} already", incident_id)
        incident_log.keep_event(
            write, incident_id, state, item=item, body=_text(note) or None, happened_at=at
        )
        write.detail = {"item": item, "state": state}
    back = ("tick", (incident_id, item, "untick")) if state != "untick" else None
    return Made(f"{check.text}: {word}", incident_id, back)


def note(
    store: Store,
    actor: Actor,
    incident_id: str,
    body: str,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
) -> Made:
    """Add a note to the timeline, of now or of an earlier time; everybody on record may."""
    said = _text(body)
    if not said:
        raise Refused("write what is to be noted")
    _refuse_future(at, now, store.company.tz)
    with written(store, actor, "notes", "incident note", incident_id, now, request_key) as (write, _):
        if write.repeated is None:
            incident_log.keep_event(write, incident_id, "note", body=said, happened_at=at)
            write.detail = {"characters": len(said)}
    return Made("Noted", incident_id)


def give_role(
    store: Store, actor: Actor, incident_id: str, role: str, email: str, now: datetime, request_key: str
) -> Made:
    """Say who has a role of the incident; an empty e-mail gives it back."""
    if role not in ROLES:
        raise Refused(f"{role!r} is no role; those are {', '.join(ROLES)}")
    person = next((one for one in store.people() if one.email == email), None)
    if email and person is None:
        raise Refused(f"{email} is not an active person of the company")
    with written(store, actor, RIGHT, "incident role", incident_id, now, request_key) as (write, run):
        if write.repeated is not None or run.roles.get(role, "") == email:
            write.repeated = write.repeated or {}
        else:
            incident_log.keep_event(write, incident_id, "role", item=role, body=email or None)
            write.detail = {"role": role, "email": email}
    return Made(f"{ROLES[role][0]}: {person.name if person else 'nobody'}", incident_id)


def name_cause(
    store: Store, actor: Actor, incident_id: str, cause: str, words: str, now: datetime, request_key: str
) -> Made:
    """Name the class of the root cause, with the cause in words; the incident's record says both."""
    if not cause:
        raise Refused("choose the class of the root cause")
    if cause not in CAUSES:
        raise Refused(f"{cause!r} is no class of cause; those are {', '.join(CAUSES)}")
    title, said = CAUSES[cause][0], _text(words)
    if cause == "other" and not said:
        raise Refused("say what the cause is, as no class fits")
    with written(store, actor, RIGHT, "incident cause", incident_id, now, request_key) as (write, run):
        named = " ".join(said.split()) or title
        if write.repeated is not None or (run.cause == cause and run.incident.root_cause == named):
            write.repeated = write.repeated or {}
        else:
            told = {"incident_id": incident_id, "root_cause": named}
            put(write, read_values(KINDS["incidents"], told), name=incident_id)
            incident_log.keep_event(write, incident_id, "cause", item=cause, body=said or None)
            write.detail = {"cause": cause, "words": said}
    return Made(f"Root cause: {named}", incident_id)


def mark_sent(
    store: Store,
    actor: Actor,
    incident_id: str,
    message: str,
    customer_ids: tuple[str, ...],
    text: str,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
) -> Made:
    """Keep that a message went to customers, with its words; sent to one before, that customer is left out."""
    template = DEFAULTS.get(message)
    if template is None or template.matter != "incident":
        raise Refused(f"there is no message {message!r}")
    _refuse_future(at, now, store.company.tz)
    owner = "cto" if message == "investigating" else "csm"
    with written(store, actor, right_of(actor, owner), "incident message", incident_id, now, request_key) as (
        write,
        run,
    ):
        if at is not None and at < run.incident.detected_at - timedelta(days=1):
            raise Refused(
                f"{instant(at, store.company.tz)} lies more than a day before the incident was detected"
            )
        to = customer_ids or (EVERYONE,)
        new = [one for one in to if (message, one) not in run.sent]
        if write.repeated is not None or not new:
            write.repeated = write.repeated or {}
            return Made(f"{template.name}: marked as sent already", incident_id)
        for one in new:
            customer = None if one == EVERYONE else one
            incident_log.keep_event(
                write, incident_id, "sent", item=message, customer_id=customer, body=text, happened_at=at
            )
        write.detail = {"message": message, "customers": new}
    names = ", ".join(run.affected.get(one, one) for one in new if one != EVERYONE)
    return Made(f"{template.name}: marked as sent{f' to {names}' if names else ''}", incident_id)


def call_made(
    store: Store,
    actor: Actor,
    incident_id: str,
    role: str,
    who: str,
    now: datetime,
    request_key: str,
    *,
    at: datetime | None = None,
) -> Made:
    """Keep that somebody was told of the incident as the escalation asks."""
    _refuse_future(at, now, store.company.tz)
    with written(store, actor, "notes", "incident escalation", incident_id, now, request_key) as (write, _):
        if write.repeated is None:
            incident_log.keep_event(write, incident_id, "called", item=role, body=who, happened_at=at)
            write.detail = {"role": role, "who": who}
    return Made(f"{who} was told", incident_id)


def _refuse_future(at: datetime | None, now: datetime, zone: tzinfo) -> None:
    if at is not None and at > now:
        raise Refused(f"{instant(at, zone)} has not come yet; check the time and its zone")


def _text(text: str) -> str:
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if len(said) > LONGEST_TEXT:
        raise Refused(f"at most {LONGEST_TEXT:,} characters; this has {len(said):,}")
    return said
