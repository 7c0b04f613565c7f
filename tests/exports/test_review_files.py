"""The review as files for other programs: each is opened by a reader of its kind, and keeps to that program's limits."""

import csv
import io
import json
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import make
import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from tai_ops.errors import Refused, WrongUsage
from tai_ops.exports.quick_reference import BEGIN, END, quick_reference
from tai_ops.exports.review_file import WRITERS, writer
from tai_ops.period import Week
from tai_ops.review import Review
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import add_note, agenda
from tai_ops.store import Store

FRIDAY = Week(date(2026, 4, 3))
NASTY = "=cmd|'/C calc'!A0 <!channel> & *x*\r\nX-Evil: 1"


@pytest.fixture(scope="module")
def review() -> Review:
    """An ended review of the example records with priorities, an action and a blocker."""
    store = Store.in_memory()
    make.examples(store)
    said = {"actor": make.CEO, "now": make.NOW, "store": store, "week": FRIDAY}
    weekly_review.open(store, make.CEO, FRIDAY, make.NOW)
    add_note(block="priorities", kind="priority", body="10+ discovery calls", owner="ceo", **said)
    add_note(block="finance", kind="action", body=NASTY, owner="cfo", due_on=date(2026, 4, 8), **said)
    add_note(block="engineering", kind="blocker", body="VPN of Harbor Foods", owner="ceo", **said)
    ended = weekly_review.end(store, make.CEO, FRIDAY, make.NOW)
    store.close()
    return ended


def test_every_ending_writes_and_the_same_review_gives_the_same_bytes(review: Review) -> None:
    for ending, write in WRITERS.items():
        assert write(review) == write(review), ending
        assert writer(f"Review{ending.upper()}") is write
    with pytest.raises(WrongUsage, match=r"written as \.html, .*not 'review\.pdf'"):
        writer("review.pdf")


def test_the_workbook_opens_and_holds_text_as_text(review: Review) -> None:
    book = load_workbook(io.BytesIO(writer("r.xlsx")(review)))
    assert book.sheetnames == ["Meeting", "Numbers", "Commitments"]
    numbers = {row[0].value: row for row in book["Numbers"].iter_rows(min_row=4)}
    assert numbers["Cash"][2].value == 686394.78
    assert (numbers["MRR"][1].value, numbers["MRR"][5].value) == ("CFO", "✗ missed")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=cmd") for cell in cells)


def test_the_draft_opens_as_one_and_nobody_writes_its_head(review: Review) -> None:
    message = message_from_bytes(writer("r.eml")(review), policy=policy.default)
    assert message["Subject"] == "TAI Autonomics: Weekly operations review, Fri 3 Apr 2026"
    assert (message["X-Unsent"], message["X-Evil"]) == ("1", None)
    assert make.CEO.email in message["To"]
    plain = message.get_body(("plain",)).get_content()
    assert "Here's what we accomplished this week" in plain
    assert "10+ discovery calls" in plain
    assert "<h1>Weekly operations review" in message.get_body(("html",)).get_content()


def test_slack_takes_the_payload(review: Review) -> None:
    payload = json.loads(writer("r.slack.json")(review))
    check_slack(payload)
    text = json.dumps(payload, ensure_ascii=False)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt; &amp;" in text
    assert "Northwind Parts: 97% accuracy ✓" in text


def check_slack(payload: dict) -> None:
    blocks = payload["blocks"]
    assert len(blocks) <= 50
    assert len(json.dumps(payload, ensure_ascii=False)) < 13_000
    for block in blocks:
        text = block.get("text", {}).get("text", "x")
        assert 0 < len(text) <= (150 if block["type"] == "header" else 3000)


def test_a_long_review_stays_inside_slacks_limits_and_says_what_is_left_out(store: Store) -> None:
    rows = "".join(f"C{n},Customer {n} {'&' * 40},live\n" for n in range(400))
    make.loaded(store, "customers", "customer_id,name,status\n" + rows)
    add_note(store, make.CEO, FRIDAY, "opening", kind="note", body="x" * 2000, now=make.NOW)
    payload = json.loads(writer("r.slack.json")(agenda(store, FRIDAY, make.NOW)))
    check_slack(payload)
    assert "more in the review itself" in payload["blocks"][-2]["text"]["text"]


def test_asana_reads_the_actions(review: Review) -> None:
    rows = list(csv.DictReader(io.StringIO(writer("r.asana.csv")(review).decode())))
    assert [(row["Section/Column"], row["Assignee Email"], row["Due Date"]) for row in rows] == [
        ("Priorities", make.CEO.email, "2026-04-10"),
        ("Action items", make.CFO.email, "2026-04-08"),
        ("Blockers", make.CEO.email, ""),
    ]
    assert rows[1]["Name"].startswith("'=cmd")


def test_a_calendar_reads_what_is_due_and_the_next_meeting(review: Review) -> None:
    content = writer("r.ics")(review)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    events = {str(one["summary"]): one for one in Calendar.from_ical(content).walk("VEVENT")}
    calls = events["10+ discovery calls (Mara Klein)"]
    assert (calls["dtstart"].dt, calls["dtend"].dt) == (date(2026, 4, 10), date(2026, 4, 11))
    meeting = events["Weekly operations review, TAI Autonomics"]
    assert meeting["dtstart"].dt.astimezone(UTC) == datetime(2026, 4, 10, 16, tzinfo=UTC)
    assert str(meeting["uid"]) == "weekly-review-2026-04-10@tai-ops"
    assert len({str(one["uid"]) for one in events.values()}) == len(events) == 3


def test_the_board_goes_between_its_markers_and_every_other_byte_stays(review: Review) -> None:
    fresh = quick_reference(review, None, "Q.md")
    assert fresh == quick_reference(review, fresh, "Q.md")
    assert b"| MRR | $7,167 | $10,417 | \xe2\x9c\x97 missed |" in fresh
    head, tail = b"\xef\xbb\xbfMine \xff\r\n", b"\r\nyours\t\r\n\x00"
    file = head + BEGIN.encode() + b"\r\nold\r\n" + END.encode() + tail
    made = quick_reference(review, file, "Q.md")
    assert made.startswith(head + BEGIN.encode() + b"\r\n")
    assert made.endswith(END.encode() + tail)
    assert b"old" not in made
    assert made.count(b"\n") == made.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Mine\n", "the marker <!-- tai-ops:kpi-board begin --> is missing"),
        (f"{BEGIN}\n", "end --> is missing"),
        (f"{BEGIN}{BEGIN}{END}", "begin --> stands 2 times"),
        (f"{BEGIN}{END}{END}", "end --> stands 2 times"),
        (f"{END}{BEGIN}", "stands before"),
    ],
)
def test_markers_that_are_missing_or_doubled_are_refused(review: Review, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        quick_reference(review, text.encode(), "docs/Q.md")
    assert str(refusal.value).startswith("docs/Q.md: ")
    assert "the file was left as it is" in str(refusal.value)
