"""An incident's summary and post-mortem as files: golden texts, names that can't become markup or a formula, nothing private."""

import io
import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from docx import Document

from tai_ops.errors import Refused
from tai_ops.exports.incident_files import report_docx, report_eml, report_md, stem
from tai_ops.incident_report import duration_words, post_mortem, summary, values
from tai_ops.incident_run import Decision, Event, Run, timeline
from tai_ops.message_templates import DEFAULTS, fill
from tai_ops.period import BusinessCalendar
from tai_ops.reliability import Impact, Incident
from tai_ops.response import run_timers

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ZONE = ZoneInfo("America/New_York")
CALENDAR = BusinessCalendar(ZONE)
DETECTED = datetime(2026, 3, 31, 14, 14, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 15, 0, tzinfo=UTC)
CUSTOMER = "=HYPERLINK(1) <b>Co</b> & *Sons*"
PARTS = {
    "issue": "The API did not answer",
    "cause": "An update left connections open.\nNone was free.",
    "resolution": "=1+1 went back to the driver of before",
    "prevention": "An alert on connections <script>alert(1)</script>",
    "prevention_time": "10 April",
    "happened": "Every request ended in a 503.\nFor half an hour.",
    "why": "No alert watches the pool.",
}


def minute(count: int) -> datetime:
    return DETECTED + timedelta(minutes=count)


def event(
    kind: str,
    item: str,
    body: str | None,
    at: datetime,
    entered: datetime | None = None,
    customer: str | None = None,
) -> Event:
    return Event(f"{kind}{item}{at}", kind, item, customer, body, at, entered or at, "priya@tai.example")


def run(**more) -> Run:
    incident = Incident("I-008", "API down", "CRITICAL", minute(-2), DETECTED, minute(3), minute(11), minute(20), minute(26), minute(28), "pool leaked")  # fmt: skip
    impacts = (
        Impact("I-008", "*", minute(-2), minute(28), "full", "api"),
        Impact("I-008", "C-1", minute(20), minute(40), "degraded", "api"),
        Impact("I-008", "C-1", minute(300), minute(400), "maintenance", None),
    )
    told = (
        event("started", "", "PagerDuty", DETECTED),
        event("step", "acknowledge", None, minute(3)),
        event("note", "", "Pool at 100 of 100", minute(9), minute(15)),
        event("step", "diagnose", "pool is empty", minute(11)),
        event("sent", "aware", "words", minute(12), customer="C-1"),
        *(event("part", part, text, minute(60)) for part, text in (PARTS | more).items()),
    )
    decided = Decision("CRITICAL", "CRITICAL", ("CRITICAL: API errors for all customers.",), {}, None, DETECTED, "priya@tai.example")  # fmt: skip
    return Run(incident, told, (decided,), (), impacts, {"C-1": CUSTOMER, "C-2": "Quillon Foods"})


def known(found: Run, customer: str = CUSTOMER, customer_id: str = "C-1") -> dict[str, object]:
    return values(
        found, customer_id, company="TAI", customer=customer, cto="Priya Anand", csm="Ida Roth", eta="1 hour", now=NOW,
        zone=ZONE, calendar=CALENDAR,
    )  # fmt: skip


def same_as_golden(name: str, content: bytes) -> None:
    """The content is what the golden file holds; TAI_OPS_GOLDEN=write writes it anew."""
    path = GOLDEN / name
    if os.environ.get("TAI_OPS_GOLDEN") == "write":
        path.write_bytes(content)
    assert content == path.read_bytes()


def test_r4_10_the_six_parts_stand_in_the_runbooks_order_with_the_customers_own_duration() -> None:
    report = summary(run(), known(run()), [("Quillon Foods", "another customer")])
    assert [line.label for line in report.lines] == [
        "Issue",
        "Duration",
        "Root cause",
        "Resolution",
        "Prevention",
        "Timeline",
    ]
    assert (
        report.lines[1].text == "30 minutes (10:12 to 10:42 EDT on Tue 31 Mar 2026), and 12 minutes degraded"
    )
    assert (
        duration_words(run(), "C-2", NOW, ZoneInfo("Europe/Berlin"))
        == "30 minutes (16:12 to 16:42 CEST on Tue 31 Mar 2026)"
    )
    same_as_golden("incident_summary.md", report_md(report))
    mail = report_eml(
        report,
        NOW,
        sender="ida@tai.example",
        to=("ops@co.example", "bad\naddress@x"),
        message=fill(DEFAULTS["summary"], known(run())),
    )
    kept = mail.partition(b"Content-Type: application/vnd")[0]
    same_as_golden("incident_summary.eml", kept)
    read = message_from_bytes(mail, policy=policy.default)
    assert (read["To"], read["X-Unsent"], read["Subject"]) == (
        "ops@co.example",
        "1",
        "Incident summary: The API did not answer",
    )
    html = read.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_the_word_file_holds_the_same_words_and_runs_none_of_them() -> None:
    report = summary(run(), known(run()), [])
    read = Document(io.BytesIO(report_docx(report)))
    said = [paragraph.text for paragraph in read.paragraphs]
    assert said[0] == "Incident summary: The API did not answer"
    assert f"TAI to {CUSTOMER}" in said
    assert "Root cause: An update left connections open. None was free." in said
    assert stem(report) == "incident-summary-the-api-did-not-answer-hyperlink-1-b-co-b-sons"


@pytest.mark.parametrize(
    ("part", "text", "match"),
    [
        (
            "cause",
            "The same happened to quillon foods",
            r"Root cause: names another customer \(Quillon Foods\)",
        ),
        ("resolution", "Priya Anand went back", "one of our people"),
        ("prevention", "See incident-20260331-1014", "our channel"),
        ("prevention_time", " ", "still lacks: when we'll implement prevention"),
    ],
)
def test_what_a_customer_must_not_read_and_what_is_missing_is_refused_by_name(
    part: str, text: str, match: str
) -> None:
    found = run(**{part: text})
    private = [
        ("Quillon Foods", "another customer"),
        ("Priya Anand", "one of our people"),
        ("incident-20260331-1014", "our channel"),
    ]
    with pytest.raises(Refused, match=match):
        summary(found, known(found), private)


def test_a_customer_that_was_not_hit_gets_no_summary() -> None:
    found = run()
    bare = Run(found.incident, found.events)
    with pytest.raises(Refused, match="an impact on this customer"):
        summary(bare, known(bare), [])


def test_r4_11_the_post_mortem_has_facts_four_questions_actions_and_the_timeline() -> None:
    found = run()
    timers = run_timers(found.incident, (), now=NOW, calendar=CALENDAR)
    names = {"priya@tai.example": "Priya Anand"}
    report = post_mortem(
        found, company="TAI", zone=ZONE, timers=timers, actions=["Alert at 80 %, Priya Anand, by Fri 10 Apr 2026, open"],
        entries=timeline(found, titles={"aware": "We're aware"}, names=names), names=names,
    )  # fmt: skip
    same_as_golden("incident_post_mortem.md", report_md(report))
    mail = message_from_bytes(report_eml(report, NOW, sender="priya@tai.example"), policy=policy.default)
    assert mail["To"] is None
    [word] = [part for part in mail.walk() if part.get_filename()]
    assert "What happened?" in [p.text for p in Document(io.BytesIO(word.get_content())).paragraphs]
