"""Runbook 4 run on a real store: severity, timers kept, steps out of order, impacts, messages, what is due after it."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

import make
import pytest

from tai_ops.alerts import read_alerts
from tai_ops.errors import NotAllowed, Refused
from tai_ops.exports.incident import incident_file
from tai_ops.incident_playbook import CHECKS, PHASES, phase_now
from tai_ops.incident_questions import instant_in, signals_json, typed_of
from tai_ops.incident_run import lacks_for_close, timeline
from tai_ops.kinds import KINDS
from tai_ops.matters import due_today
from tai_ops.period import Week
from tai_ops.rights import Actor
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.incident_response import afterwards, impacts, running, starting
from tai_ops.runbooks.incident_response.standing import listed, standing
from tai_ops.sheet import read_values
from tai_ops.store import Store, facts, incident_log
from tai_ops.store.intake import monitor, receive_alerts
from tai_ops.store.records import put

CTO = Actor("priya.anand@tai.example", "Priya Anand", "cto")
AT = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # a Tuesday
DOWN = {"detected_at": AT.isoformat(), "customers_without_access": 1}


@pytest.fixture
def company(store: Store) -> Store:
    rows = "".join(f"{p.email},{p.name},{p.role}\n" for p in (make.CEO, make.CSM, CTO))
    make.loaded(store, "people", "email,name,role\n" + rows, now=AT - timedelta(days=30))
    make.loaded(
        store,
        "customers",
        "customer_id,name,status,csm_email,reference_consent\n"
        "C1,Northwind Parts,live,ida.roth@tai.example,true\nC2,Quillon Foods,onboarding,,\nC3,Old Ltd,churned,,\n",
    )
    return store


def minute(count: float) -> datetime:
    return AT + timedelta(minutes=count)


def started(store: Store, at: datetime = AT, **more) -> str:
    given = {"customers": ("*",)} | more
    signals = given.pop("signals", DOWN)
    return starting.start(store, CTO, "API down", signals, at, f"start {at} {signals}", **given).incident_id


def reach(store: Store, step: str, now: datetime, **more) -> str:
    return running.reach(
        store, more.pop("actor", CTO), "I-001", step, now, f"{step} {now} {more}", **more
    ).said  # type: ignore[arg-type]


def timers(store: Store, now: datetime) -> dict[str, str]:
    found = standing(store, "I-001", now)
    assert found
    return {f"{one.severity} {one.timer}": one.state for one in found.timers}


def test_r4_6_to_r4_12_the_playbook_holds_the_runbooks_items_by_minute() -> None:
    assert [phase.minutes for phase in PHASES] == [(0, 5), (5, 15), (15, 30), (30, 60), None]
    assert "Check Firestore (quota exceeded? slow queries?)" in {one.text for one in CHECKS.values()}
    said = [phase_now(minutes, is_resolved=False).key for minutes in (0, 4, 5, 15, 30, 90)]
    assert said == ["alert", "alert", "diagnosis", "resolution", "verification", "verification"]
    assert phase_now(3, is_resolved=True).key == "after"


def test_answers_make_signals_and_read_back_and_what_is_empty_stays_unknown() -> None:
    typed = {"error_rate_pct": "3.4", "security_breach": False, "api_errors_for_all": True, "request": None}
    made = signals_json(typed, AT)
    assert made == {"detected_at": AT.isoformat(), "error_rate_pct": 3.4, "api_errors_for_all": True}
    assert typed_of(made) == {"error_rate_pct": "3.4", "api_errors_for_all": True}


def test_a_wall_clock_time_needs_its_zone_and_must_have_been_shown_once() -> None:
    local = datetime(2026, 3, 3, 10, 0)
    assert instant_in(local, "America/New_York", "detected") == AT
    assert instant_in(local, "UTC", "detected") == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="went forward"):
        instant_in(datetime(2026, 3, 8, 2, 30), "America/New_York", "detected")
    with pytest.raises(Refused, match=r"came twice.*05:30 or 06:30"):
        instant_in(datetime(2026, 11, 1, 1, 30), "America/New_York", "detected")


def test_starting_twice_with_one_click_makes_one_incident_with_its_severity_and_reasons(
    company: Store,
) -> None:
    first = starting.start(company, CTO, " API  down ", DOWN, AT, "key", customers=("C1",))
    again = starting.start(company, CTO, "API down", DOWN, AT, "key")
    assert first.incident_id == again.incident_id == "I-001"
    found = standing(company, "I-001", AT)
    assert found
    assert found.run.incident.title == "API down"
    assert found.run.decisions[0].reasons == ("CRITICAL: 1 customer cannot get in at all.",)
    assert found.run.roles == {"commander": CTO.email}
    assert found.run.affected == {"C1": "Northwind Parts"}
    assert found.bridge == "incident-20260303-1500"
    assert started(company, minute(1)) == "I-002"


def test_another_severity_than_computed_needs_a_reason_and_both_are_kept(company: Store) -> None:
    with pytest.raises(Refused, match="say why it is HIGH and not CRITICAL"):
        started(company, override="HIGH")
    started(company, override="HIGH", why="one test account only")
    [decision] = standing(company, "I-001", AT).run.decisions  # type: ignore[union-attr]
    assert (decision.severity, decision.computed, decision.why) == (
        "HIGH",
        "CRITICAL",
        "one test account only",
    )


def test_a_severity_that_stands_is_not_lost_by_answering_nothing(company: Store) -> None:
    started(company)
    with pytest.raises(Refused, match="no rule matches what is answered, and I-001 is CRITICAL"):
        starting.classify_again(company, CTO, "I-001", {"detected_at": AT.isoformat()}, minute(3), "k")
    said = starting.classify_again(
        company, CTO, "I-001", {"detected_at": AT.isoformat()}, minute(3), "k2", override="LOW", why="a drill"
    ).said
    assert said == "I-001 is LOW, CRITICAL before"


def test_i3_timers_run_are_met_or_missed_by_when_the_step_was(company: Store) -> None:
    started(company)
    assert timers(company, minute(2)) == dict.fromkeys(
        ("CRITICAL acknowledge", "CRITICAL diagnose", "CRITICAL path", "CRITICAL resolve"), "running"
    )
    reach(company, "acknowledge", minute(4))
    assert timers(company, minute(16))["CRITICAL diagnose"] == "missed"
    reach(company, "diagnose", minute(20), at=minute(14), note="pool is empty")
    assert timers(company, minute(20)) == {
        "CRITICAL acknowledge": "met",
        "CRITICAL diagnose": "met",
        "CRITICAL path": "running",
        "CRITICAL resolve": "running",
    }
    entries = timeline(standing(company, "I-001", minute(20)).run, titles={})  # type: ignore[union-attr]
    told = next(one for one in entries if one.text.startswith("Diagnosed"))
    assert (told.at, told.entered_at, told.by) == (minute(14), minute(20), CTO.email)


def test_a_miss_stays_whatever_is_said_of_the_incident_later(company: Store) -> None:
    started(company)
    reach(company, "acknowledge", minute(7))
    low = {"detected_at": AT.isoformat(), "cosmetic": True}
    starting.classify_again(company, CTO, "I-001", low, minute(20), "medium")
    assert timers(company, minute(21)) == {
        "CRITICAL acknowledge": "missed",
        "CRITICAL diagnose": "missed",
        "MEDIUM resolve": "running",
    }
    with company.write(CTO, "reliability", "correct", now=minute(22)) as write:
        told = {"incident_id": "I-001", "acknowledged_at": minute(1).isoformat()}
        put(write, read_values(KINDS["incidents"], told), name="correction")
    assert timers(company, minute(23))["CRITICAL acknowledge"] == "missed"
    board = facts.facts(company, facts.window(company, minute(24)))
    assert [(one.timer, one.met) for one in board.kept_timers] == [
        ("acknowledge", False),
        ("diagnose", False),
    ]


def test_acknowledged_twice_and_resolved_before_acknowledged_change_nothing_they_should_not(
    company: Store,
) -> None:
    started(company)
    reach(company, "acknowledge", minute(3))
    assert "already" in reach(company, "acknowledge", minute(9))
    assert standing(company, "I-001", minute(9)).run.incident.acknowledged_at == minute(3)  # type: ignore[union-attr]
    reach(company, "resolve", minute(30))
    assert timers(company, minute(31))["CRITICAL path"] == "met"
    with pytest.raises(Refused, match=r"diagnosed at .* would lie after resolved"):
        reach(company, "diagnose", minute(40), note="late")
    assert "already" in reach(company, "resolve", minute(45))


@pytest.mark.parametrize(
    ("step", "at", "match"),
    [
        ("resolve", minute(-5), "would lie before detected"),
        ("acknowledge", minute(500), "has not come yet"),
        ("diagnose", minute(5), "say what the diagnosis is"),
        ("path", minute(5), "name the class of the root cause first"),
    ],
)
def test_a_step_that_can_not_be_is_refused(company: Store, step: str, at: datetime, match: str) -> None:
    started(company)
    with pytest.raises(Refused, match=match):
        reach(company, step, minute(60), at=at, note="plan" if step == "path" else "")


def test_a_reopened_incident_runs_on_and_a_kept_miss_stays(company: Store) -> None:
    started(company)
    reach(company, "resolve", minute(50))
    assert timers(company, minute(51))["CRITICAL resolve"] == "met"
    with pytest.raises(Refused, match="say why"):
        running.take_back(company, CTO, "I-001", "resolve", minute(52), "k", reason=" ")
    said = running.take_back(
        company, CTO, "I-001", "resolve", minute(52), "k", reason="errors came back"
    ).said
    assert said == "I-001 is open again; 1 impact that ended with it runs on"
    assert standing(company, "I-001", minute(52)).run.impacts[0].ended_at is None  # type: ignore[union-attr]
    assert timers(company, minute(55))["CRITICAL resolve"] == "running"
    reach(company, "resolve", minute(70))
    running.take_back(company, CTO, "I-001", "resolve", minute(71), "k2", reason="and again")
    assert timers(company, minute(72))["CRITICAL resolve"] == "missed"


def test_resolving_ends_the_impacts_that_run_and_overlaps_are_said(company: Store) -> None:
    started(company)
    said = impacts.set_impact(
        company, CTO, "I-001", "C1", "partial", minute(-10), None, "api", minute(5), "k"
    ).said
    assert "counts once, at the higher level" in said
    assert standing(company, "I-001", minute(5)).run.incident.began_at == minute(-10)  # type: ignore[union-attr]
    with pytest.raises(Refused, match="not after it began"):
        impacts.set_impact(company, CTO, "I-001", "C1", "full", minute(5), minute(4), "", minute(9), "k2")
    with pytest.raises(Refused, match="has not come yet; leave the end empty"):
        impacts.set_impact(company, CTO, "I-001", "C1", "full", minute(5), minute(40), "", minute(9), "k3")
    assert "2 impacts ended" in reach(company, "resolve", minute(30))
    again = impacts.end_impact(company, CTO, "I-001", "C1", minute(-10), minute(40), "k4").said
    assert "ended already" in again
    impacts.take_out_impact(company, CTO, "I-001", "C1", minute(-10), "not them", minute(41), "k5")
    assert len(standing(company, "I-001", minute(42)).run.impacts) == 1  # type: ignore[union-attr]


def test_rights_the_cto_runs_the_csm_writes_to_customers_and_everybody_notes(company: Store) -> None:
    started(company)
    with pytest.raises(NotAllowed, match="Ida Roth"):
        reach(company, "acknowledge", minute(2), actor=make.CSM)
    with pytest.raises(NotAllowed):
        running.tick(company, make.CSM, "I-001", "logs", "tick", minute(2), "k1")
    running.note(company, make.CSM, "I-001", "They see a blank page", minute(3), "k2", at=minute(2))
    running.mark_sent(company, make.CSM, "I-001", "aware", ("C1", "C2"), "aware", minute(6), "k3")
    again = running.mark_sent(company, make.CSM, "I-001", "aware", ("C1",), "aware", minute(7), "k4").said
    assert "already" in again
    run = standing(company, "I-001", minute(8)).run  # type: ignore[union-attr]
    assert run.standing(CHECKS["aware"]).by == make.CSM.email
    cfo = Actor("jonas.feld@tai.example", "Jonas Feld", "cfo")
    with pytest.raises(NotAllowed):
        running.mark_sent(company, cfo, "I-001", "all_clear", ("C1",), "clear", minute(9), "k5")
    with pytest.raises(Refused, match="has not come yet"):
        running.tick(company, CTO, "I-001", "logs", "tick", minute(9), "k6", at=minute(90))
    running.tick(company, CTO, "I-001", "logs", "tick", minute(9), "k6", at=minute(5))
    assert standing(company, "I-001", minute(9)).run.ticks["logs"].at == minute(5)  # type: ignore[union-attr]
    assert "done already" in running.tick(company, CTO, "I-001", "logs", "tick", minute(9), "k7").said


def test_i7_the_ceo_hears_of_30_minutes_and_vp_sales_of_a_reference(company: Store) -> None:
    started(company)
    assert [(one.role, one.reason) for one in standing(company, "I-001", minute(10)).calls] == [  # type: ignore[union-attr]
        ("vp_sales", "Northwind Parts is a reference")
    ]
    roles = {one.role for one in standing(company, "I-001", minute(31)).calls}  # type: ignore[union-attr]
    assert roles == {"ceo", "vp_sales"}


def test_i4_what_is_due_after_it_stands_in_the_list_until_it_is_done(company: Store) -> None:
    started(company)
    running.mark_sent(company, CTO, "I-001", "back_to_normal", ("C1", "C2"), "normal", minute(39), "s1")
    reach(company, "resolve", minute(40))
    found = standing(company, "I-001", minute(41))
    assert found
    due = {one.key: one.due_at for one in found.duties}
    assert due["all_clear"] == minute(70)
    assert due["summary"] == due["post_mortem"] == datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
    board = facts.facts(company, facts.window(company, minute(200)))
    from tai_ops.board import Board

    said = [one.text for one in due_today(Board(board), "cto") if "I-001" in one.text]
    assert len(said) == 3
    assert any(text.startswith("All-clear to the customers after I-001 (API down) was due") for text in said)
    assert "Post-mortem: not held yet" in lacks_for_close(found.run, found.calendar)
    with pytest.raises(Refused, match="can't be closed yet"):
        afterwards.close(company, CTO, "I-001", minute(201), "c")
    for place, message in enumerate(("all_clear", "summary")):
        running.mark_sent(company, CTO, "I-001", message, ("C1", "C2"), "x", minute(202), f"s{place + 2}")
    running.tick(company, CTO, "I-001", "post_mortem", "tick", minute(203), "t")
    parts = dict.fromkeys(("happened", "why", "plan", "timeline"), "said")
    afterwards.write_parts(company, CTO, "I-001", parts, minute(204), "p")
    afterwards.close(company, CTO, "I-001", minute(205), "c2")
    assert "closed already" in afterwards.close(company, CTO, "I-001", minute(206), "c3").said
    [row] = listed(company, minute(207))
    assert row.is_closed
    assert row.next_duty is None


def test_r4_12_an_action_is_a_commitment_of_the_friday_on_which_it_is_due(company: Store) -> None:
    started(company)
    with pytest.raises(Refused, match="has passed"):
        afterwards.add_action(
            company, CTO, "I-001", "Alert on pool use", "cto", date(2026, 3, 2), minute(60), "a0"
        )
    afterwards.add_action(
        company, CTO, "I-001", "Alert on pool use", "cto", date(2026, 3, 5), minute(60), "a1"
    )
    afterwards.add_action(
        company, CTO, "I-001", "Pool has a limit", "cto", date(2026, 3, 12), minute(60), "a2"
    )
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    told = weekly_review.agenda(company, Week(date(2026, 3, 6)), friday)
    assert [(p.note.body, p.note.owner) for p in told.promises] == [("I-001: Alert on pool use", CTO.email)]
    later = weekly_review.agenda(company, Week(date(2026, 3, 13)), friday + timedelta(days=7))
    assert "I-001: Pool has a limit" in {p.note.body for p in later.promises}
    assert len(standing(company, "I-001", friday).actions) == 2  # type: ignore[union-attr]


def test_ids_go_on_after_the_highest_and_a_voided_one_is_not_given_again(company: Store) -> None:
    make.loaded(
        company,
        "incidents",
        "incident_id,title,detected_at\nI-041,Old,2026-02-01T00:00:00+00:00\nGCM-9,X,2026-02-01T00:00:00+00:00\n",
    )
    assert started(company) == "I-042"
    cursor = company.cursor()
    assert incident_log.next_incident_id(cursor) == "I-043"
    cursor.close()


def alert(store: Store, action: str, at: datetime, key: str) -> None:
    from tai_ops.alerts import Alert
    from tai_ops.store.intake import monitor, receive_alerts

    said = Alert("pagerduty", key, "I-001", action, at, AT, "API down", None)  # type: ignore[arg-type]
    receive_alerts(store, monitor("mon"), [said], now=at)


def test_alerts_stand_in_the_timeline_and_one_that_comes_again_lets_a_met_timer_run_on(
    company: Store,
) -> None:
    started(company)
    alert(company, "resolve", minute(9), "k2")
    alert(company, "trigger", minute(0), "k1")
    alert(company, "trigger", minute(0), "k1")
    running.note(company, CTO, "I-001", "is it?", minute(10), "n")
    assert timers(company, minute(11))["CRITICAL resolve"] == "met"
    starting.classify_again(company, CTO, "I-001", DOWN, minute(11), "again")
    alert(company, "trigger", minute(20), "k3")
    assert timers(company, minute(21))["CRITICAL resolve"] == "running"
    told = timeline(standing(company, "I-001", minute(21)).run, titles={})  # type: ignore[union-attr]
    assert [one.text for one in told if one.kind == "alert"] == [
        "PagerDuty: it is there",
        "PagerDuty: it is over",
        "PagerDuty: it is there",
    ]


def test_i1_probes_answer_what_they_can_and_nothing_where_there_are_none(company: Store) -> None:
    assert starting.seen_by_probes(company, AT) == {}
    rows = [("api", -4, "true", "900", "200"), ("api", -3, "false", "", "503"), ("api", -20, "true", "100", "200"),
            ("api", -21, "true", "100", "404"), ("web", -200, "true", "10", "200")]  # fmt: skip
    make.loaded(
        company,
        "probes",
        "service,at,source,ok,latency_ms,status\n"
        + "".join(f"{s},{minute(at).isoformat()},eu,{ok},{ms},{status}\n" for s, at, ok, ms, status in rows),
    )
    assert starting.seen_by_probes(company, AT) == {
        "error_rate_pct": "50",
        "api_latency_p95_ms": "900",
        "error_rate_30m_pct": "25",
    }


def test_impacts_that_run_on_after_a_monitor_resolved_it_end_with_one_click(company):
    started(company, customers=("C1", "C2"))
    impacts.set_impact(company, CTO, "I-001", "C2", "partial", minute(2), minute(9), "", minute(30), "short")
    make.loaded(
        company, "incidents", f"incident_id,resolved_at\nI-001,{minute(20).isoformat()}\n", now=minute(25)
    )
    found = standing(company, "I-001", minute(30))
    assert {one.customer_id for one in found.run.runs_on} == {"C1", "C2"}
    assert [(row.incident.incident_id, row.runs_on) for row in listed(company, minute(30))] == [("I-001", 2)]
    said = impacts.end_with_incident(company, CTO, "I-001", minute(30), "end").said
    assert said.startswith("I-001: 2 impacts ended")
    for key in ("end", "once more"):
        assert "runs on" in impacts.end_with_incident(company, CTO, "I-001", minute(31), key).said
    ends = {
        one.customer_id: one.ended_at
        for one in standing(company, "I-001", minute(40)).run.impacts
        if one.level == "full"
    }
    assert ends == {"C1": minute(20), "C2": minute(20)}
    assert standing(company, "I-001", minute(40)).run.runs_on == ()


def test_an_open_incidents_impacts_do_not_end_with_it(company):
    started(company, customers=("C1",))
    with pytest.raises(Refused, match="is not resolved"):
        impacts.end_with_incident(company, CTO, "I-001", minute(30), "end")
    with pytest.raises(NotAllowed):
        impacts.end_with_incident(company, make.CSM, "I-001", minute(30), "csm")


def test_a_monitors_alert_is_an_alert_received_until_a_person_says_otherwise(company):
    check = CHECKS["alert_received"]
    sent = {
        "version": "4",
        "alerts": [{"status": "firing", "startsAt": AT.isoformat(), "fingerprint": "f", "labels": {}}],
    }
    [done] = receive_alerts(company, monitor("am"), read_alerts(sent, AT), now=minute(1))
    found = standing(company, done.incident_id, minute(2)).run.standing(check)
    assert (found.state, found.at, found.by) == ("done", AT, "token:am")
    running.tick(company, CTO, done.incident_id, "alert_received", "untick", minute(3), "no")
    assert standing(company, done.incident_id, minute(4)).run.standing(check).state == "done"
    running.tick(company, CTO, done.incident_id, "alert_received", "skip", minute(5), "not needed")
    running.tick(company, CTO, done.incident_id, "alert_received", "untick", minute(6), "back")
    assert standing(company, done.incident_id, minute(7)).run.standing(check).state == "open"


def test_a_summary_comes_from_who_signs_it_whoever_makes_it(company):
    started(company, customers=("C1",))
    reach(company, "resolve", minute(20))
    parts = dict.fromkeys(("issue", "cause", "resolution", "prevention", "prevention_time"), "It was down")
    afterwards.write_parts(company, CTO, "I-001", parts, minute(21), "parts")

    def sender(at):
        mail = incident_file(company, "I-001", "C1", minute(at), ".eml", CTO.email)
        return message_from_bytes(mail)["From"]

    assert sender(22) == make.CSM.email
    running.give_role(company, CTO, "I-001", "comms", make.CEO.email, minute(23), "role")
    assert sender(24) == make.CEO.email
