"""The review's page: the week in the address, start and end, notes typed in place, the meeting mode, the read-only end."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session, words
from tai_ops.period import Week
from tai_ops.runbooks import weekly_review

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/weekly_review.py"
NOW = datetime(2026, 4, 3, 16, 5, tzinfo=UTC)
FRIDAY = Week(date(2026, 4, 3))
NASTY = "<img src=x onerror=alert(1)> $x$ [a](http://x.example)"


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW)
    yield store
    session.use(None)


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def texts(app):
    return [element.value for element in (*app.markdown, *app.caption, *app.error, *app.info, *app.success)]


def said(app, text):
    """Whether the page shows the text, Markdown's own signs aside."""
    plain = "\n".join(texts(app)).replace(":small[]", "").replace("\\", "")
    return text in plain


def test_an_empty_store_says_what_is_not_measured(store):
    app = shown()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Weekly review"
    assert said(app, "No customers on record; no pipeline on record; uptime not measured")
    assert [header.value.replace("\\", "")[:12] for header in app.subheader][:3] == [
        "Preparation",
        "1. CEO Openi",
        "2. Customer ",
    ]


def test_the_printed_lines_and_marks_stand_on_the_page(store):
    make.examples(store)
    app = shown()
    assert said(app, "**Northwind Parts:** :green[97% accuracy ✓] | :green[NPS 9.5 ✓]")
    assert said(app, "Proposal phase: $62,000 (1 customer)")
    weekly_review.annotate(store, make.CEO, date(2026, 4, 1), "Price list of spring", NOW)
    assert said(app.run(), "Meanwhile: ✎ Wed 1 Apr Price list of spring")


@pytest.mark.parametrize(
    ("week", "complaint", "used"),
    [
        ("2026-04-02", "2026-04-02 is no Friday; the nearest is 2026-04-03", "2026-04-03"),
        ("soon", "'soon' is not a date", "2026-04-03"),
        ("2026-05-01", "the week to Friday 2026-05-01 has not begun", "2026-04-03"),
        ("2025-06-06", None, "2025-06-06"),
    ],
)
def test_a_week_that_is_none_names_the_nearest_friday(store, week, complaint, used):
    app = shown(week=week)
    assert not app.exception
    assert [said(app, complaint)] == [True] if complaint else not app.info
    assert app.selectbox(key="week").value == used


def test_start_freezes_and_end_makes_read_only(store):
    make.examples(store)
    app = shown()
    app.button(key="start").click().run()
    assert said(app, "The review of Fri 3 Apr 2026 is open and its numbers are frozen")
    assert [button.key for button in app.button if button.key == "start"] == []
    assert "No priority is named for next week" in app.warning[0].value
    assert app.button(key="end").label == "End it without priorities"
    app.button(key="end").click().run()
    assert weekly_review.show(store, FRIDAY, NOW).status == "ended"
    assert said(app, "has ended and is frozen")
    assert [key for key in keys(app) if key.startswith(("typed_", "celebrate", "start", "end"))] == []


def test_before_its_friday_the_start_names_the_day(store):
    app = shown(week="2026-04-10")
    assert app.button(key="start").disabled
    assert app.button(key="start").help == "The review can be opened on Fri 10 Apr 2026."
    assert said(app, app.button(key="start").help)


def keys(app):
    return [button.key or "" for button in app.button]


def test_who_may_not_hold_the_review_is_told_so(store):
    make.examples(store)
    make.loaded(store, "people", f"email,name,role\n{make.CSM.email},{make.CSM.name},csm\n")
    app = shown(**{"as": "Ida Roth · CSM"})
    assert app.button(key="start").disabled
    assert "CEO" in app.button(key="start").help


def noted(app, block, **fields):
    form = f"typed_{FRIDAY}_{block}"
    app.segmented_control(key=f"more_{block}").set_value("note").run()
    if "kind" in fields:
        app.segmented_control(key=f"{form}_kind").set_value(fields["kind"]).run()
    app.text_input(key=f"{form}_body").set_value(fields["body"]).run()
    return form


def test_a_priority_is_typed_in_place_with_owner_and_due_day(store):
    make.examples(store)
    app = shown()
    form = noted(app, "priorities", body="Harbor Foods implementation 75% complete")
    assert said(app, "The data will be asked: Onboarding complete of Harbor Foods at 75 % or more.")
    assert app.selectbox(key=f"{form}_owner").value is None
    assert said(app, "Still needed: an owner")
    app.button(key=f"{form}_save").click().run()
    assert before_error(app, "Choose an owner: every priority has one.") == "date_input"
    assert app.text_input(key=f"{form}_body").value == "Harbor Foods implementation 75% complete"
    app.selectbox(key=f"{form}_owner").set_value(make.CFO.email).run()
    assert not said(app, "Still needed")
    assert not app.error
    app.button(key=f"{form}_save").click().run()
    [note] = weekly_review.show(store, FRIDAY, NOW).said("priority")
    assert (note.owner, note.due_on) == (make.CFO.email, date(2026, 4, 10))
    assert said(app, "Priority noted: “Harbor Foods implementation 75% complete”")
    app.button(key="saved_undo").click().run()
    assert weekly_review.show(store, FRIDAY, NOW).said("priority") == []


def before_error(app, text):
    """The kind of element that the refusal stands below."""
    elements = list(walked(app.main))
    place = next(n for n, one in enumerate(elements) if one.type == "error" and one.value == text)
    return elements[place - 1].type


def walked(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from walked(child)
        else:
            yield child


def test_an_empty_note_is_refused_at_its_field(store):
    app = shown()
    app.segmented_control(key="more_engineering").set_value("note").run()
    form = f"typed_{FRIDAY}_engineering"
    app.button(key=f"{form}_save").click().run()
    assert before_error(app, "Say in one sentence what the blocker is.") == "text_input"


def test_what_people_type_is_shown_as_text(store):
    weekly_review.add_note(
        store, make.CEO, FRIDAY, "engineering", kind="blocker", body=NASTY, now=NOW - timedelta(hours=1)
    )
    make.loaded(store, "customers", 'customer_id,name,status\nA,"' + NASTY.replace('"', '""') + '",live\n')
    app = shown()
    assert not app.exception
    loose = [text for text in texts(app) if "<img" in text.replace("\\<img", "") or "](http:" in text]
    assert loose == []
    assert said(app, NASTY)


def test_a_blocker_is_cleared_and_reopened(store):
    note = weekly_review.add_note(
        store, make.CEO, FRIDAY.plus(-1), "engineering", kind="blocker", body="VPN", now=NOW
    )
    app = shown()
    assert said(app, "VPN (open), raised Fri 27 Mar 2026, 1 week ago: escalate")
    app.button(key=f"done_carried_{note.note_id}").click().run()
    assert weekly_review.show(store, FRIDAY, NOW).blockers == ()
    app.button(key="saved_undo").click().run()
    assert len(weekly_review.show(store, FRIDAY, NOW).blockers) == 1


def test_the_meeting_mode_shows_one_block_and_steps_on(store):
    make.examples(store)
    weekly_review.open(store, make.CEO, FRIDAY, NOW)
    app = shown(present="opening")
    assert not app.exception
    assert [title.value for title in app.title] == ["1. CEO Opening"]
    assert said(app, "Week to Fri 3 Apr 2026 · as of Fri 3 Apr 2026 16:00 UTC · opened by Mara Klein")
    assert any("This block **0:0" in text and " of 2:00**" in text for text in texts(app))
    assert any("Half hour **0:0" in text and " of 30:00**" in text for text in texts(app))
    assert app.button(key="back").disabled
    app.button(key="next").click().run()
    assert [title.value for title in app.title] == ["2. Customer Success Review"]
    assert app.query_params["present"] in ("customer_success", ["customer_success"])
    app.button(key="leave").click().run()
    assert app.title[0].value == "Weekly review"


def test_the_clocks_stand_still_before_the_meeting_and_after_it(store):
    app = shown(present="opening")
    assert said(app, "Half hour **0:00 of 30:00**")
    weekly_review.open(store, make.CEO, FRIDAY, NOW)
    weekly_review.end(store, make.CEO, FRIDAY, NOW + timedelta(minutes=28))
    app = shown(present="priorities")
    assert said(app, "Ended after **28 min** of 30")
    assert not any("Half hour" in text for text in texts(app))


def test_the_documents_can_be_taken_along(store):
    app = shown()
    endings = ("html", "md", "xlsx", "eml", "slack_json", "asana_csv", "ics")
    wanted = {f"download_{ending}" for ending in endings}
    assert wanted <= {button.key for button in app.get("download_button")}


def test_the_rows_of_a_frozen_number_are_those_that_were_frozen(store):
    make.examples(store)
    weekly_review.open(store, make.CEO, FRIDAY, NOW)
    make.loaded(
        store,
        "subscriptions",
        "subscription_id,customer_id,starts_on,amount,interval\nS-9,C-001,2026-02-01,600.00,month\n",
    )
    app = shown(week=str(FRIDAY), kpi="mrr")
    assert not app.exception
    assert [one.value for one in app.metric] == ["\\$7\\,167"]
    assert said(app, "Frozen with the review, as of Fri 3 Apr 2026 16:00 UTC")
    frozen, restated = (table.value for table in app.dataframe)
    assert float(frozen["closing"].sum()) == 7166.67
    assert list(restated["what"]) == ["Opening", "MRR"]


def test_owners_say_ready_and_the_page_says_what_is_missing(store):
    make.examples(store)
    make.loaded(store, "people", f"email,name,role\n{make.CSM.email},{make.CSM.name},csm\n")
    app = shown(week=str(FRIDAY.plus(1)))
    assert said(app, "0 of 4 ready; preparation closes Thu 9 Apr 2026 18:00 UTC")
    assert said(app, "missing: Proposals inside 24 hours: no proposal was due")
    app.button(key="mark_customer_success").click().run()
    assert said(app, "1 of 4 ready")
    assert said(app, "said by Mara Klein")
    app = shown(**{"as": "Ida Roth · CSM", "week": str(FRIDAY.plus(1))})
    assert [key for key in keys(app) if key.startswith("mark_")] == ["mark_customer_success"]


def test_a_check_shows_its_rows_and_who_can_mend_it(store):
    make.examples(store)
    app = shown()
    assert said(app, "Harbor Foods pays $3,000 a month and is not live (onboarding)")
    assert said(app, "subscription S-002 from Mon 16 Mar 2026: $40,000 a year")


def test_a_promise_is_given_a_measure_on_the_page(store):
    make.examples(store)
    app = shown()
    form = noted(app, "priorities", body="Harbor Foods is live")
    app.selectbox(key=f"{form}_owner").set_value(make.CFO.email).run()
    app.segmented_control(key=f"{form}_measure").set_value("step").run()
    assert said(app, "Still needed: the customer whose plan it is")
    app.button(key=f"{form}_save").click().run()
    assert said(app, "Choose the customer whose plan it is.") or app.error
    app.selectbox(key=f"{form}_customer").set_value("C-002").run()
    assert said(app, "The data will be asked: Plan of Harbor Foods done through day 12.")
    app.button(key=f"{form}_save").click().run()
    [note] = weekly_review.show(store, FRIDAY, NOW).said("priority")
    assert (note.measure.kpi, note.measure.at_least, note.measure.customer) == (
        "plan_day",
        12,
        "Harbor Foods",
    )


def test_expected_leads_and_scaling_are_said_by_a_press(store):
    make.examples(store)
    app = shown()
    assert said(app, "Expecting [not said yet] in new leads next week.")
    form = f"forecast_{FRIDAY}"
    app.number_input(key=f"{form}_amount").set_value(45000.0).run()
    app.button(key=f"{form}_save").click().run()
    assert said(app, "Expecting $45,000 in new leads next week.")
    app.button(key="scaling_yes").click().run()
    assert said(app, "Infrastructure scaling on track: yes.”")
    assert "scaling_no" not in keys(app)


def test_a_blocker_without_an_owner_becomes_an_issue(store):
    make.examples(store)
    note = weekly_review.add_note(store, make.CEO, FRIDAY, "engineering", kind="blocker", body="VPN", now=NOW)
    app = shown()
    key = f"owner_of_said_{note.note_id}"
    app.selectbox(key=key).set_value(make.CFO.email).run()
    app.button(key=f"{key}_save").click().run()
    assert said(app, "VPN (Jonas Feld, open)")


def test_the_scorecard_shows_every_number_by_owner_and_leads_to_its_rows(store):
    make.examples(store)
    weekly_review.annotate(store, make.CEO, date(2026, 4, 1), "Price list <b>of</b> spring", NOW)
    app = shown(week=str(FRIDAY), view="scorecard")
    assert not app.exception
    assert said(app, "No number of 65 does anything that its routine variation does not explain.") or said(
        app, "of 65"
    )
    [table] = app.dataframe
    assert len(table.value) == 65
    assert list(dict.fromkeys(table.value["owner"])) == [
        "CEO",
        "CSM",
        "VP Sales",
        "Sales Coordinator",
        "CTO",
        "CFO",
    ]
    assert len([column for column in table.value if column.startswith("week_")]) == 6
    assert len([column for column in table.value if column.startswith("month_")]) == 12
    assert said(app, "Wed 1 Apr ✎ Price list <b>of</b> spring")
    app.segmented_control(key="scorecard_owner").set_value("cto").run()
    assert set(app.dataframe[0].value["owner"]) == {"CTO"}


def test_a_held_friday_on_the_overview_leads_to_what_its_review_froze(store):
    make.examples(store)
    weekly_review.open(store, make.CEO, FRIDAY.plus(-1), NOW)
    for week, leads in ((FRIDAY.plus(-1), True), (FRIDAY.plus(-2), False)):
        app = AppTest.from_file(str(ROUTER))
        app.query_params["period"] = str(week)
        app.run()
        assert not app.exception
        links = [one.proto.label for one in app.get("page_link")]
        assert any("As the review of that Friday froze it" in label for label in links) is leads


def test_where_amounts_are_hidden_the_scorecard_holds_none(store, monkeypatch):
    make.examples(store)
    monkeypatch.setattr(words, "hides_amounts", lambda: True)
    app = shown(week=str(FRIDAY), view="scorecard")
    assert not app.exception
    table = app.dataframe[0].value.set_index("number")
    assert (table.loc["MRR", "now"], table.loc["MRR", "target"], len(table.loc["MRR", "trend"])) == (
        "$•••",
        "$•••",
        0,
    )
    assert table.loc["Inventory accuracy", "now"] == "97.0 %"
