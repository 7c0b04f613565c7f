"""Runbook 3: a proposal from its request to its acceptance, with every figure's origin, its sums, approvals and clock."""

import email
import email.policy
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import make
import offers
import pytest
from docx import Document as Word
from offers import COORDINATOR, CTO, NOW, VP

from tai_ops.board import Board
from tai_ops.cli import run
from tai_ops.errors import NotAllowed, Refused
from tai_ops.exports.proposal_file import proposal_file
from tai_ops.exports.proposal_mail import case_study_eml, check_in_eml
from tai_ops.period import BusinessCalendar
from tai_ops.pipeline import Proposal, ProposalStatus
from tai_ops.proposal_clock import by_person, check_in_on, clock, valid_until, waits
from tai_ops.proposal_outcomes import outcomes_by_version
from tai_ops.proposal_promises import promises_kept
from tai_ops.proposal_quote import case_studies, claims, error_savings, payback_warning, price_warning
from tai_ops.proposal_steps import review_questions, steps
from tai_ops.proposal_template import missing, standard_text, template_lines
from tai_ops.store import Store
from tai_ops.store.facts import facts, window
from tai_ops.store.message_templates import keep_template
from tai_ops.store.proposal_acceptance import accept
from tai_ops.store.proposal_desk import desk
from tai_ops.store.proposal_states import sent_versions
from tai_ops.store.proposing import ask_for, decide, note_outcome, send, submit, type_values
from tai_ops.terminal import LocalTerminal

UTC_HOURS = BusinessCalendar()
LONG = 'O\'Neil & "Söhne" <b>Lager</b> 🚚 Großhandels-Verteilzentrum A'


@pytest.fixture
def store() -> Store:
    return offers.company(Store.in_memory())


def words(made: bytes) -> str:
    return "\n".join(p.text for p in Word(io.BytesIO(made)).paragraphs)


# --- What is known, and what is missing


def test_every_value_tells_where_it_comes_from(store: Store) -> None:
    found = desk(store, "Q-1", NOW)
    origins = {name: value.origin for name, value in found.values.items()}
    assert origins["customer"] == "prospect PR-1"
    assert origins["accuracy_now"] == "discovery call of 2 Apr 2026"
    assert origins["services"] == "proposal Q-1"
    assert origins["deposit"] == "50 % of the services (settings)"
    assert origins["vp_name"] == "people"
    assert found.values["savings"].value == Decimal("102000.00"), "10,000 a month × 12 × the 85 % that go"
    assert found.values["count_hours_need"].value == 28
    assert found.values["kickoff_on"].value == date(2026, 4, 9), (
        "the first Thursday that CSM and CTO have the hours for"
    )
    assert found.values["go_live_on"].value == date(2026, 4, 24), "the cutover of that kickoff's plan"


def test_the_kickoff_follows_the_expected_signature_and_the_hours_of_csm_and_cto(store: Store) -> None:
    make.loaded(store, "deals", "deal_id,prospect_id,stage,expected_close_on\nD-1,PR-1,proposal,2026-05-04\n")
    found = desk(store, "Q-1", NOW).values["kickoff_on"]
    assert found.value == date(2026, 5, 7)
    assert found.origin.endswith("signature expected Mon 4 May 2026")
    type_values(store, COORDINATOR, "Q-1", {"kickoff_on": "2026-04-09"}, now=NOW)
    assert not any("have the hours" in one for one in desk(store, "Q-1", NOW).filled.warnings)
    make.loaded(
        store,
        "customers",
        "customer_id,name,status,csm_email\n"
        + "".join(f"B-{n},Busy {n},onboarding,{make.CSM.email}\n" for n in range(4)),
    )
    make.loaded(
        store,
        "onboardings",
        "customer_id,kickoff_on,done_through_day\n" + "".join(f"B-{n},2026-04-09,0\n" for n in range(4)),
    )
    full = desk(store, "Q-1", NOW).filled.warnings
    assert any(
        "the kickoff of Thu 9 Apr 2026 is none that CSM and CTO have the hours for" in one for one in full
    )
    make.loaded(store, "people", f"email,name,role,active\n{CTO.email},{CTO.name},cto,false\n")
    type_values(store, COORDINATOR, "Q-1", {"kickoff_on": ""}, now=NOW)
    assert "kickoff_on" in desk(store, "Q-1", NOW).missing, "nobody can carry it"


def test_what_is_missing_is_listed_with_whoever_has_it(store: Store) -> None:
    found = desk(store, "Q-1", NOW)
    assert set(found.missing) == offers.TYPED.keys()
    with pytest.raises(
        Refused,
        match=r"undefined: resolution_hours \(.*ask VP Sales\).*not approved: price \(CEO\), scope \(CTO\)",
    ):
        found.document()
    asked = {
        w.what: (w.who, w.minutes, w.came)
        for w in waits(found.known, found.missing, found.arrived, UTC_HOURS, NOW)
    }
    assert asked["Implementation hours"] == ("CTO", 300, False)


def test_an_unknown_variable_of_the_template_is_named_with_its_place() -> None:
    with pytest.raises(
        Refused, match=r"proposal template, line 5 \(page 1\): there is no variable \{\{warehouse_count\}\}"
    ):
        template_lines(standard_text().replace("# {{customer}}", "# {{warehouse_count}}"))
    with pytest.raises(Refused, match=r"line 5 .*isn't closed"):
        template_lines(standard_text().replace("# {{customer}}", "# {{customer"))
    with pytest.raises(Refused, match="2 pages"):
        template_lines(standard_text().replace("== page\n## TERMS", "## TERMS"))


def test_the_company_may_have_its_own_template(tmp_path) -> None:
    store = offers.company(Store.open(tmp_path / "s.duckdb", create=True))
    own = standard_text().replace("Partner: {{company}}", "Partner: {{company}}, since 2024")
    (tmp_path / "proposal.txt").write_text(own, "utf-8")
    offers.approved(store)
    assert "since 2024" in words(proposal_file(desk(store, "Q-1", NOW), "a.docx", NOW))
    (tmp_path / "proposal.txt").write_text(standard_text(), "utf-8")
    assert desk(store, "Q-1", NOW).approved == (), "another template is another content"
    (tmp_path / "proposal.txt").write_text(own, "utf-8")
    send(store, COORDINATOR, "Q-1", "f" * 64, now=NOW)
    (tmp_path / "proposal.txt").write_text(standard_text(), "utf-8")
    assert desk(store, "Q-1", NOW).approved == ("price", "scope", "document"), "what went out stays as it was"
    assert "since 2024" in words(proposal_file(desk(store, "Q-1", NOW), "a.docx", NOW))
    store.close()


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("implementation_rate", "1,50", "is not an amount"),
        ("kickoff_on", "soon", "Kickoff"),
        ("warehouses", "two", "no whole number"),
        ("accuracy_now", "101", "0 to 100"),
        ("bio_cto", "x" * 421, "421 signs don't fit"),
        ("colour", "red", "no variable 'colour'"),
    ],
)
def test_what_can_t_be_a_value_is_refused_by_its_name(
    store: Store, name: str, text: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        type_values(store, COORDINATOR, "Q-1", {name: text}, now=NOW)


# --- Money


def test_p5_the_sums_hold_to_the_cent_or_nothing_is_put_up(store: Store) -> None:
    offers.typed(store, support_hours="12.5")
    found = desk(store, "Q-1", NOW)
    assert found.filled.wrong == ("hours × rate come to 12050.00, the services to 12000.00: 50.00 more",)
    with pytest.raises(Refused, match=r"50\.00 more"):
        submit(store, COORDINATOR, "Q-1", now=NOW)
    type_values(store, COORDINATOR, "Q-1", {"support_hours": "12"}, now=NOW)
    quote = desk(store, "Q-1", NOW).filled.quote
    assert (quote.deposit, quote.balance, quote.year_1) == (Decimal(6000), Decimal(6000), Decimal(60000))
    assert sum(line.amount for line in quote.lines) == quote.services


def test_p6_payback_is_printed_as_it_is_and_warns_outside_6_to_9(store: Store) -> None:
    assert desk(store, "Q-1", NOW).values["payback"].value.quantize(Decimal("0.01")) == Decimal("7.06")
    assert [payback_warning(Decimal(m)) is None for m in ("5.9", "6", "9", "9.1")] == [
        False,
        True,
        True,
        False,
    ]
    assert error_savings(Decimal(1000), Decimal(100), Decimal(100)) is None


def test_p16_a_price_outside_the_budget_s_band_is_flagged() -> None:
    assert price_warning(Decimal(48000), Decimal(45000)) is None
    assert "10,000 to below 50,000" in (price_warning(Decimal(50000), Decimal("49999.99")) or "")
    assert "below 10,000" in (price_warning(Decimal(10000), Decimal("9999.99")) or "")


# --- Claims


def test_a_claim_needs_a_consenting_customer_s_measured_row(store: Store) -> None:
    found = desk(store, "Q-1", NOW)
    assert found.filled.case
    assert found.filled.case.customer_id == "C-1", "C-2 gained more and has not consented"
    assert found.values["case_after"].value == Decimal("97.5")
    assert found.values["case_days"].value == 60
    case = found.filled.case
    assert claims({"Bio": "She got 95 % accuracy in 60 days."}, case) == ()
    assert len(claims({"Bio": "She got 99% accuracy in 60 days"}, case)) == 1
    assert len(claims({"Bio": "She got 95% accuracy within 30 days"}, case)) == 1
    assert len(claims({"Bio": "95% in 60 days"}, None)) == 1
    offers.typed(store, bio_csm="Ida reaches 99 % in 30 days everywhere.")
    with pytest.raises(Refused, match="no consenting customer"):
        submit(store, COORDINATOR, "Q-1", now=NOW)


def test_without_a_case_study_its_lines_are_left_out() -> None:
    store = offers.company(Store.in_memory())
    make.loaded(
        store, "customers", "customer_id,name,status,reference_consent\nC-1,Northwind Parts,live,false\n"
    )
    offers.approved(store)
    text = words(proposal_file(desk(store, "Q-1", NOW), "a.docx", NOW))
    assert "achieved by" not in text
    assert "Case study" not in text
    assert case_studies([], [], date(2026, 4, 2), industry=None, items=None, accuracy_now=None) == ()


# --- Approval


def test_p8_three_people_approve_the_same_content_and_an_edit_voids_it(store: Store) -> None:
    offers.typed(store)
    submit(store, COORDINATOR, "Q-1", now=NOW)
    content = desk(store, "Q-1", NOW).hash
    with pytest.raises(NotAllowed, match="price is the CEO's"):
        decide(store, CTO, "Q-1", "price", approve=True, content=content, now=NOW)
    decide(store, make.CEO, "Q-1", "price", approve=True, content=content, now=NOW)
    decide(store, CTO, "Q-1", "scope", approve=True, content=content, now=NOW)
    with pytest.raises(Refused, match=r"not approved: document \(VP Sales\)"):
        send(store, COORDINATOR, "Q-1", "f" * 64, now=NOW)
    assert decide(store, VP, "Q-1", "document", approve=True, content=content, now=NOW) == "approved"
    type_values(store, COORDINATOR, "Q-1", {"pilot_location": "Dallas"}, now=NOW)
    found = desk(store, "Q-1", NOW)
    assert (found.proposal.status, found.approved) == ("draft", ())
    with pytest.raises(Refused, match=r"not approved: price \(CEO\), scope \(CTO\), document \(VP Sales\)"):
        found.document()
    with pytest.raises(Refused, match="no version is up"):
        decide(store, VP, "Q-1", "document", approve=True, content=content, now=NOW)


def test_a_version_keeps_what_was_approved_though_records_change(store: Store) -> None:
    offers.approved(store)
    make.loaded(
        store, "prospects", "prospect_id,company,created_on,warehouses\nPR-1,Apex Storage,2026-03-02,5\n"
    )
    found = desk(store, "Q-1", NOW)
    assert found.approved == ("price", "scope", "document")
    assert found.values["warehouses"].value == 2
    assert found.filled.values["warehouses"].value == 5


def test_changes_are_asked_for_with_a_reason_and_counted_as_a_round(store: Store) -> None:
    offers.typed(store)
    submit(store, COORDINATOR, "Q-1", now=NOW)
    content = desk(store, "Q-1", NOW).hash
    with pytest.raises(Refused, match="what has to change"):
        decide(store, VP, "Q-1", "document", approve=False, content=content, now=NOW)
    assert (
        decide(store, VP, "Q-1", "document", approve=False, content=content, note="Name the dock", now=NOW)
        == "draft"
    )
    type_values(store, COORDINATOR, "Q-1", {"pilot_location": "Reno, dock 4"}, now=NOW)
    assert submit(store, COORDINATOR, "Q-1", now=NOW).version == 2
    assert desk(store, "Q-1", NOW).rounds == 1


def test_two_people_who_edit_the_same_variable_don_t_overwrite_each_other(store: Store) -> None:
    type_values(store, VP, "Q-1", {"pilot_location": "Reno"}, now=NOW)
    with pytest.raises(
        Refused, match=r"Pilot warehouse: theo\.brandt@tai\.example changed it meanwhile to “Reno”"
    ):
        type_values(
            store, COORDINATOR, "Q-1", {"pilot_location": "Dallas"}, now=NOW, seen={"pilot_location": ""}
        )
    type_values(
        store, COORDINATOR, "Q-1", {"pilot_location": "Dallas"}, now=NOW, seen={"pilot_location": "Reno"}
    )
    with pytest.raises(Refused, match="changed it meanwhile to “Dallas”"):
        type_values(store, VP, "Q-1", {"pilot_location": ""}, now=NOW, seen={"pilot_location": "Reno"})
    type_values(store, VP, "Q-1", {"resolution_hours": "40"}, now=NOW, seen={"resolution_hours": ""})
    assert desk(store, "Q-1", NOW).values["pilot_location"].value == "Dallas"


# --- The clock


@pytest.mark.parametrize(
    "asked, due",
    [
        ("2026-04-03T16:00", "2026-04-06T16:00"),
        ("2026-03-30T10:00", "2026-03-31T10:00"),
        ("2026-04-04T11:00", "2026-04-07T08:00"),
    ],
)
def test_p1_due_is_the_same_clock_time_of_the_next_business_day(asked: str, due: str) -> None:
    at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    made = clock(Proposal("Q-1", "D-1", at, None, None, None, "draft"), UTC_HOURS, at)
    assert made.due_at == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert not made.late


def test_p1_the_clock_runs_in_business_time_and_stops_at_the_first_sending() -> None:
    at = datetime(2026, 4, 3, 16, 0, tzinfo=UTC)
    running = clock(
        Proposal("Q-1", "D-1", at, None, None, None, "draft"), UTC_HOURS, at + timedelta(hours=65)
    )
    assert (running.elapsed_minutes, running.elapsed_hours, running.left_minutes) == (180, 65.0, 420)
    late = clock(Proposal("Q-1", "D-1", at, None, None, None, "draft"), UTC_HOURS, at + timedelta(hours=73))
    assert late.late
    assert late.left_minutes == -60
    sent = clock(
        Proposal("Q-1", "D-1", at, at + timedelta(hours=1), None, None, "sent"),
        UTC_HOURS,
        at + timedelta(days=9),
    )
    assert sent.kept


def test_p11_p12_check_in_on_a_friday_and_valid_for_thirty_days() -> None:
    assert check_in_on(date(2026, 3, 31), UTC_HOURS) == date(2026, 4, 3)
    assert check_in_on(date(2026, 4, 2), UTC_HOURS) == date(2026, 4, 10)
    assert valid_until(NOW, UTC_HOURS) == datetime(2026, 5, 2, 23, 59, tzinfo=UTC)


# --- Sending and accepting


def test_accepted_makes_customer_subscription_deposit_and_onboarding_in_one_transaction(store: Store) -> None:
    offers.sent(store)
    made = accept(store, VP, "Q-1", now=NOW + timedelta(days=4), request_key="k")
    assert accept(store, VP, "Q-1", now=NOW + timedelta(days=4), request_key="k") == made, (
        "a second click makes nothing"
    )
    assert store.rows(
        "select name, status, signed_on from customers where customer_id = $c", {"c": made.customer_id}
    ) == [("Apex Storage", "signed", date(2026, 4, 6))]
    assert store.rows("select amount, interval from subscriptions") == [(Decimal(48000), "year")]
    assert store.rows("select amount, kind from invoices") == [(Decimal(6000), "services")]
    assert store.rows("select kickoff_on from onboardings") == [(made.kickoff_on,)]
    assert store.rows("select stage, closed_on from deals") == [("won", date(2026, 4, 6))]
    assert store.rows("select status from proposals") == [("accepted",)]
    from tai_ops.period import Month
    from tai_ops.store.billing import drafts

    again = [d for d in drafts(store, Month(2026, 4)).drafts if "deposit" in d.why]
    assert again == [], "the deposit isn't billed twice"


def test_an_acceptance_that_a_closed_month_refuses_makes_nothing(store: Store, monkeypatch) -> None:
    offers.sent(store)
    import tai_ops.store.proposal_acceptance as acceptance

    def refuses(*_: object) -> None:
        raise Refused("the month is closed")

    monkeypatch.setattr(acceptance, "_deposit", refuses)
    with pytest.raises(Refused, match="closed"):
        accept(store, VP, "Q-1", now=NOW)
    assert store.rows("select count(*) from customers where name = 'Apex Storage'") == [(0,)]
    assert store.rows("select status from proposals") == [("sent",)]


def test_only_what_is_out_and_valid_can_be_accepted(store: Store) -> None:
    with pytest.raises(Refused, match="draft, not with the customer"):
        accept(store, VP, "Q-1", now=NOW)
    offers.sent(store)
    with pytest.raises(Refused, match="has expired"):
        accept(store, VP, "Q-1", now=datetime(2026, 5, 3, tzinfo=UTC))
    assert desk(store, "Q-1", datetime(2026, 5, 3, tzinfo=UTC)).state == "expired"
    with pytest.raises(Refused, match="say why"):
        note_outcome(store, VP, "Q-1", "declined", now=NOW)
    note_outcome(store, VP, "Q-1", "viewed", now=NOW)
    note_outcome(store, VP, "Q-1", "declined", note="price", now=NOW)
    with pytest.raises(Refused, match="declined, not with the customer"):
        accept(store, VP, "Q-1", now=NOW)
    with pytest.raises(Refused, match="what was sent stays"):
        type_values(store, COORDINATOR, "Q-1", {"pilot_location": "Dallas"}, now=NOW)


def test_a_revised_proposal_begins_with_what_was_typed_for_the_last_one(store: Store) -> None:
    with pytest.raises(Refused, match="Q-1 is in the making"):
        ask_for(store, COORDINATOR, "D-1", now=NOW)
    offers.sent(store)
    new = ask_for(store, COORDINATOR, "D-1", now=NOW, urgent=True)
    found = desk(store, new, NOW)
    assert new == "Q-002"
    assert found.clock.due_at == datetime(2026, 4, 2, 18, 0, tzinfo=UTC), "urgent: the same day's close"
    assert found.values["bio_cto"].origin == "as in proposal Q-1"
    assert "pilot_location" in found.missing


# --- The document


def test_the_document_has_three_pages_with_head_and_numbers(store: Store) -> None:
    offers.approved(store)
    found = desk(store, "Q-1", NOW)
    made = proposal_file(found, "a.docx", NOW)
    word = Word(io.BytesIO(made))
    breaks = [p for p in word.paragraphs if p.paragraph_format.page_break_before]
    assert [p.text for p in breaks] == ["IMPLEMENTATION TIMELINE (60 days)", "TERMS"]
    headings = [p.text for p in word.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings == [
        "SITUATION", "SOLUTION", "INVESTMENT", "NEXT STEPS", "IMPLEMENTATION TIMELINE (60 days)", "DELIVERABLES",
        "INVESTMENT DETAILS", "TERMS", "APPENDIX", "PROPOSAL VALID", "NEXT STEPS",
    ]  # fmt: skip
    assert word.sections[0].header.paragraphs[0].text == "Apex Storage"
    footer = zipfile.ZipFile(io.BytesIO(made)).read("word/footer1.xml").decode()
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    text = words(made)
    assert "Total Year 1: $60,000" in text
    assert "30 days from 2 April 2026, that is through 2 May 2026." in text
    assert "{{" not in text


@pytest.mark.parametrize("ending", [".docx", ".html", ".md", ".eml"])
def test_a_name_with_quotes_ampersands_and_emoji_comes_out_whole(ending: str) -> None:
    store = offers.company(Store.in_memory(), LONG, ("120000.00", "648000.00"))
    offers.approved(store, implementation_hours="600", training_hours="150", support_hours="120")
    made = proposal_file(desk(store, "Q-1", NOW), f"a{ending}", NOW)
    if ending == ".docx":
        assert LONG in words(made)
        assert "$120,000" in words(made)
    elif ending == ".html":
        assert "<b>Lager" not in made.decode()
        assert "O&#x27;Neil &amp; &quot;Söhne&quot; &lt;b&gt;Lager" in made.decode()
        assert made.decode().count("<section>") == 3
    elif ending == ".md":
        assert "\\<b\\>Lager" in made.decode()
        assert made.decode().count("\n---\n") == 2
    else:
        message = email.message_from_bytes(made, policy=email.policy.default)
        assert message["Subject"] == f"Inventory Intelligence Implementation Proposal - {LONG}"
        assert message["To"] == "elena@apex.example"
        assert message["X-Unsent"] == "1"
        attached = next(iter(message.iter_attachments()))
        assert LONG in words(attached.get_payload(decode=True))


def test_p10_the_case_study_s_e_mail_cites_the_measured_figures(store: Store) -> None:
    offers.approved(store)
    found = desk(store, "Q-1", NOW)
    assert found.filled.case
    message = email.message_from_bytes(
        case_study_eml(found, found.filled.case, NOW), policy=email.policy.default
    )
    body = message.get_body(("plain",)).get_content()
    assert "80 %" in body
    assert "97.5 %" in body
    assert "17.5 percentage points" in body


def test_the_mails_of_a_proposal_say_the_company_s_words_and_leave_the_case_study_out_where_there_is_none(
    store: Store,
) -> None:
    keep_template(
        store,
        VP,
        "proposal_mail",
        "For {customer}",
        "Hi {contact}\n• {year_1}\nCase: {case_customer}",
        NOW,
        "words",
    )
    offers.sent(store)
    found = desk(store, "Q-1", NOW)
    made = email.message_from_bytes(proposal_file(found, "a.eml", NOW), policy=email.policy.default)
    assert made["Subject"] == "For Apex Storage"
    assert made.get_body(("plain",)).get_content().split("\r\n")[:3] == [
        "Hi Elena",
        "• $60,000",
        "Case: Northwind Parts",
    ]
    make.loaded(store, "customers", "customer_id,reference_consent\nC-1,false\n")
    without = email.message_from_bytes(
        proposal_file(desk(store, "Q-1", NOW), "a.eml", NOW), policy=email.policy.default
    )
    assert "Case" not in without.get_body(("plain",)).get_content()
    asked = email.message_from_bytes(check_in_eml(found, NOW), policy=email.policy.default)
    assert "on 2 April 2026 I sent you our proposal" in asked.get_body(("plain",)).get_content()
    assert "It is valid until 2 May 2026." in asked.get_body(("html",)).get_content()


def test_the_command_writes_the_file_or_says_in_a_line_why_not(tmp_path, capsys) -> None:
    path = tmp_path / "s.duckdb"
    store = offers.company(Store.open(path, create=True))
    tool = ["--store", f"duckdb:{path}"]
    out = str(tmp_path / "a.docx")
    assert run([*tool, "proposal", "build", "Q-1", "--out", out], LocalTerminal(), store) == 1
    said = capsys.readouterr().err
    assert "undefined: resolution_hours" in said
    assert said.count("\n") == 1
    assert (
        run([*tool, "proposal", "build", "Q-1", "--out", str(tmp_path / "a.pdf")], LocalTerminal(), store)
        == 2
    )
    assert run([*tool, "proposal", "build", "Q-9", "--out", out], LocalTerminal(), store) == 1
    assert "there is no proposal 'Q-9'" in capsys.readouterr().err
    offers.approved(store)
    assert run([*tool, "--json", "proposal", "build", "Q-1", "--out", out], LocalTerminal(), store) == 0
    assert json.loads(capsys.readouterr().out)["proposal"] == "Q-1"
    assert "Apex Storage | Inventory Intelligence Implementation" in words((tmp_path / "a.docx").read_bytes())
    store.close()


def test_values_of_a_version_read_back_as_they_were(store: Store) -> None:
    offers.approved(store)
    found = desk(store, "Q-1", NOW)
    version = found.versions[-1]
    assert {n: v.value for n, v in version.values.items()} == {
        n: v.value for n, v in found.filled.values.items()
    }
    assert missing(found.lines, version.values) == ()


# --- How the promise is kept, and whom it waited for


def test_p2_the_second_clock_runs_from_the_last_missing_value(store: Store) -> None:
    assert desk(store, "Q-1", NOW).ready_at is None, "values are missing"
    at = NOW + timedelta(hours=1)
    type_values(store, COORDINATOR, "Q-1", offers.TYPED | {"pilot_location": ""}, now=NOW)
    type_values(store, COORDINATOR, "Q-1", {"pilot_location": "Reno"}, now=at)
    type_values(store, COORDINATOR, "Q-1", {"pilot_location": "Reno, dock 4"}, now=at + timedelta(minutes=30))
    found = desk(store, "Q-1", at + timedelta(minutes=40))
    assert found.ready_at == at, "a later change is no wait"
    assert found.ready_minutes == 40
    waited = by_person(waits(found.known, found.missing, found.arrived, UTC_HOURS, found.until))
    assert {who: (left, came) for who, left, came, _ in waited}["CTO"] == (0, 4)


def test_the_share_kept_and_both_medians_of_a_window(store: Store) -> None:
    offers.sent(store)
    board = Board(facts(store, window(store, NOW + timedelta(hours=1)), probes=False))
    found = promises_kept(board)
    assert (found.kept, len(found.promised), found.rounds) == (1, 1, 0)
    assert (found.asked_to_sent.value, found.ready_to_sent.value) == (300, 0)
    assert found.sentence.startswith("1 of 1 proposal kept the 24 hours; median 5 h 0 min")
    assert promises_kept(board, (NOW + timedelta(days=1), NOW + timedelta(days=2))).sentence == (
        "No promise of a proposal fell due"
    )


def test_an_urgent_proposal_breaks_its_promise_at_the_days_close(store: Store) -> None:
    offers.sent(store)
    ask_for(store, COORDINATOR, "D-1", now=NOW, urgent=True)
    board = Board(facts(store, window(store, NOW + timedelta(hours=4)), probes=False))
    assert {p.proposal.proposal_id: p.kept for p in promises_kept(board).promised} == {
        "Q-1": True,
        "Q-002": False,
    }
    assert board.facts.urgent == {"Q-002"}


def test_r3_7_to_10_the_four_steps_are_ticked_by_what_is_on_record(store: Store) -> None:
    def told() -> list[tuple[int, int]]:
        found = desk(store, "Q-1", NOW)
        made = steps(found.known, found.values, found.approved, put_up=found.version is not None)
        assert [one.minutes for one in made] == [30, 45, 30, 15]
        return [(one.done, len(one.items)) for one in made]

    assert told() == [(3, 4), (3, 6), (0, 4), (0, 1)]
    offers.approved(store)
    assert told() == [(4, 4), (6, 6), (4, 4), (0, 1)]
    send(store, COORDINATOR, "Q-1", "f" * 64, now=NOW)
    assert told()[3] == (1, 1)


def test_r3_9_the_three_questions_stand_beside_what_the_call_said(store: Store) -> None:
    found = desk(store, "Q-1", NOW)
    match, price, timeline = review_questions(found.known, found.values)
    assert match.answer == "accuracy 80 %, 40 hours a quarter, $10,000 of errors a month; decided PURSUE"
    assert "against a budget of 10,000 to below 50,000 a year" in price.answer
    assert timeline.answer.endswith("they decide in 2-4 weeks")


def test_what_went_out_is_told_by_version_with_what_became_of_it() -> None:
    def sent(number: int, status: ProposalStatus, days_ago: int) -> Proposal:
        at = NOW - timedelta(days=days_ago)
        return Proposal(f"Q-{number}", "D-1", at, at, None, None, status)

    rows = [
        sent(1, "accepted", 9),
        sent(2, "declined", 9),
        sent(3, "sent", 31),
        sent(4, "viewed", 2),
        sent(5, "accepted", 2),
    ]
    rows += [Proposal("Q-6", "D-1", NOW, None, None, None, "draft")]
    first, second, without = outcomes_by_version(
        rows, {"Q-1": 2, "Q-2": 1, "Q-3": 1, "Q-4": 1}, BusinessCalendar(), NOW
    )
    assert (first.version, first.declined, first.expired, first.waiting) == (
        1,
        ("Q-2",),
        ("Q-3",),
        ("Q-4",),
    ), "thirty days without an answer are over for Q-3"
    assert (first.accepted_pct, first.n, first.few) == (0, 2, True)
    assert (second.version, second.accepted, second.accepted_pct) == (2, ("Q-1",), 100)
    assert (without.version, without.accepted) == (None, ("Q-5",)), "it came by a file"


def test_the_version_that_went_out_is_the_last_that_was_up_then(store: Store) -> None:
    offers.approved(store)
    send(store, offers.VP, "Q-1", "hash", now=NOW)
    with store.cursor() as cursor:
        assert sent_versions(cursor) == {"Q-1": 1}
