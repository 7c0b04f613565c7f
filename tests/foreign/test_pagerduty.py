"""PagerDuty: incidents with when they were detected, first acknowledged and resolved, as far as a file tells."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import make
import pytest

from tai_ops.foreign import File, detect
from tai_ops.store import incoming
from tai_ops.store.records import RowsRefused

AT = datetime(2026, 2, 24, 15, 0, tzinfo=UTC)


def incident(**more):
    return {
        "id": "Q1", "incident_number": 7, "title": "API down", "created_at": "2026-02-24T15:00:00Z", "status": "resolved",
        "priority": {"name": "P2"}, "acknowledgements": [], "resolved_at": None, "type": "incident",
        "last_status_change_at": "2026-02-24T15:40:00Z",
    } | more  # fmt: skip


def entry(act, at, key="Q1"):
    return {"id": at, "type": f"{act}_log_entry", "created_at": at, "incident": {"id": key}}


def brought(store, document, **more):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    file = File(data, "pd.json")
    found = incoming.recognised(file, "incidents").reads(file, incoming.known(store))
    return incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name="pd.json", **more)


def times(store):
    return store.rows(
        "select severity, detected_at, acknowledged_at, resolved_at from incidents order by incident_id"
    )


def after(minutes):
    return AT + timedelta(minutes=minutes)


def test_the_sample_incident_is_open_and_critical(store, samples):
    told = brought(store, (samples / "ops" / "pagerduty_incident_api.json").read_bytes())
    assert told.main.added == 1
    assert times(store) == [("CRITICAL", datetime(2023, 10, 7, 7, 25, 26, tzinfo=UTC), None, None)]


def test_the_sample_log_entry_is_a_note_and_changes_nothing(store, samples):
    told = brought(store, (samples / "ops" / "pagerduty_log_entry_api.json").read_bytes())
    assert (told.main.read, told.main.added, told.main.updated) == (1, 0, 0)
    assert told.notes == ("log entries that neither acknowledge nor resolve, so nothing comes of them: 1",)


def test_acknowledgements_emptied_at_the_resolve_leave_the_acknowledgement_unknown(store):
    brought(store, {"incidents": [incident()]})
    assert times(store) == [("HIGH", AT, None, after(40))]


def test_the_first_acknowledgement_and_the_resolve_come_from_the_log(store):
    log = [
        entry("acknowledge", "2026-02-24T15:20:00Z"),
        entry("acknowledge", "2026-02-24T15:04:00Z"),
        entry("unacknowledge", "2026-02-24T15:10:00Z"),
        entry("resolve", "2026-02-24T15:38:00Z"),
    ]
    brought(store, [incident(acknowledgements=[{"at": "2026-02-24T15:20:00Z"}]), *log])
    assert times(store) == [("HIGH", AT, after(4), after(38))]


def test_log_entries_that_come_later_complete_an_incident_on_record(store):
    brought(store, incident(status="triggered"))
    told = brought(store, {"log_entries": [entry("acknowledge", "2026-02-24T15:04:00Z")]})
    assert (told.main.added, told.main.updated) == (0, 1)
    assert times(store) == [("HIGH", AT, after(4), None)]
    with pytest.raises(RowsRefused, match="row 1, title: a new incident needs it"):
        brought(store, [entry("resolve", "2026-02-24T15:38:00Z", key="Q9")])


def test_a_file_never_takes_back_what_is_known_here(store):
    brought(store, incident(acknowledgements=[{"at": "2026-02-24T15:04:00Z"}]))
    brought(store, incident())  # acknowledgements are gone from the newer file
    assert times(store) == [("HIGH", AT, after(4), after(40))]


def test_an_incident_triggered_again_is_not_resolved(store):
    brought(store, incident(status="triggered", resolved_at="2026-02-24T15:40:00Z"))
    assert times(store)[0][3] is None


def test_rows_of_analytics_count_seconds(store):
    row = {"id": "Q1", "incident_number": 7, "created_at": "2026-02-24T15:00:00+00:00", "description": "API down",
           "priority_name": "SEV-1", "seconds_to_first_ack": 240, "seconds_to_resolve": 2400}  # fmt: skip
    brought(store, {"data": [row]})
    assert times(store) == [("CRITICAL", AT, after(4), after(40))]


def test_a_csv_dump_holds_nested_values_as_python_wrote_them(store):
    one = incident(priority={"name": "P4"}, acknowledgements=[{"at": "2026-02-24T15:04:00Z"}], resolved_at="")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(one))
    writer.writeheader()
    writer.writerow(one)
    brought(store, out.getvalue().encode())
    assert times(store) == [("LOW", AT, after(4), after(40))]


def test_without_a_priority_the_severity_stays_open_and_is_said(store):
    told = brought(store, incident(priority=None, urgency="high"))
    assert times(store)[0][0] is None
    assert told.notes == ("incidents without a priority that says how severe they are: 1",)


def test_no_downtime_comes_out_of_an_alert(store):
    brought(store, incident())
    assert store.rows("select count(*) from impacts") == [(0,)]


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"created_at": "yesterday"}, "detected_at"),
        ({"title": "", "summary": ""}, "title"),
        ({"resolved_at": "2026-02-24T14:00:00Z"}, "resolved_at"),
        ({"id": "1.2E+15"}, "id"),
    ],
)
def test_a_bad_incident_is_named_and_nothing_is_loaded(store, wrong, field):
    with pytest.raises(RowsRefused, match=f"row 2, {field}"):
        brought(store, [incident(id="Q0"), incident(**wrong)])
    assert times(store) == []


def test_lines_of_json_and_envelopes_are_read_and_other_json_is_nobodys(store):
    lines = b"\n".join(
        json.dumps({"stream": "incidents", "data": incident(id=f"Q{n}")}).encode() for n in range(3)
    )
    assert brought(store, lines).main.added == 3
    assert detect(File(b'{"incident": {"policy_name": "x"}}', "gcp.json")) is None
    assert detect(File(b"[1, 2]", "x.json")) is None
