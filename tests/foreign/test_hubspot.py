"""HubSpot: deals with their companies, stages by label and internal name, the history of stages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import make
import pytest

from tai_ops.errors import Refused, UnreadableFile
from tai_ops.foreign import File, Known, detect, pipeline_stages
from tai_ops.foreign.file import amount, nested, plain_id
from tai_ops.foreign.hubspot import stage_of
from tai_ops.store import incoming
from tai_ops.store.facts import stage_entries
from tai_ops.store.incoming import Said
from tai_ops.store.records import RowsRefused

HEAD = "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Pipeline,Create Date,Associated Company\n"


def brought(store, text, name="deals.csv", **more):
    file = File(text.encode() if isinstance(text, str) else text, name)
    form = incoming.recognised(file)
    assert form
    said = more["said"] = Said(more.pop("stages", {}))
    found = form.reads(file, incoming.known(store, said))
    return incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name=name, **more)


def test_the_sample_export_becomes_prospects_and_deals_and_changes_nothing_the_second_time(store, samples):
    data = (samples / "ops" / "SYNTHETIC_hubspot_deals_export.csv").read_bytes()
    told = brought(store, data)
    assert (told.main.read, told.main.added, told.also["prospects"].added) == (3, 3, 3)
    assert store.rows(
        "select deal_id, prospect_id, stage, amount, expected_close_on, closed_on from deals order by deal_id"
    ) == [
        ("9001", "HS-ACME-LTD", "discovery", Decimal("45000.00"), date(2026, 3, 31), None),
        ("9002", "HS-GLOBEX", "closing", Decimal("39996.00"), date(2026, 2, 27), None),  # 17:00 is cut off
        ("9003", "HS-INITECH", "lost", None, None, date(2026, 1, 9)),  # a blank amount is unknown, not 0
    ]
    assert store.rows("select company, created_on from prospects order by 1")[0] == (
        "Acme Ltd",
        date(2026, 1, 12),
    )
    again = brought(store, data)
    assert (again.main.added, again.main.updated, again.main.unchanged) == (0, 0, 3)


@pytest.mark.parametrize(
    "name, ours",
    [
        ("Appointment Scheduled", "discovery"),
        ("appointmentscheduled", "discovery"),
        ("Contract Sent (Sales Pipeline)", "closing"),
        ("closedwon", "won"),
        ("Closed Lost", "lost"),
        ("Demo booked", None),
    ],
)
def test_a_stage_is_known_by_its_label_and_by_its_internal_name(name, ours):
    assert stage_of(name, {}) == ours


@pytest.mark.parametrize(
    "text, plain",
    [
        ("39,996.00", "39996.00"),
        ("$45,000", "45000"),
        ("1,234,567.5", "1234567.5"),
        ("45.000,00 €", "45000.00"),
        ("39996.0000", "39996.00"),
        ("", ""),
    ],
)
def test_amounts_lose_their_separators(text, plain):
    assert amount(text) == plain


def test_an_amount_that_fits_two_readings_is_refused():
    with pytest.raises(ValueError, match="can be read as thousands or as three decimals"):
        amount("39.996")


def test_an_id_that_a_spreadsheet_damaged_is_refused_and_named(store):
    with pytest.raises(ValueError, match="damaged"):
        plain_id("1.2E+15")
    rows = HEAD + "1.2E+15,A,closedwon,,,,,2026-01-02,A\n9,B,closedwon,,,12,,2026-01-02,B\n"
    with pytest.raises(
        RowsRefused, match=r"row 1, Record ID: '1.2E\+15' is an id that a spreadsheet has damaged"
    ):
        brought(store, rows)
    assert store.rows("select count(*) from deals") == [(0,)]
    told = brought(store, rows, skip_bad=True)
    assert (told.main.added, [p.row for p in told.main.rejected]) == (1, [1])


def test_an_unknown_stage_names_its_row_and_is_kept_once_it_was_said(store):
    rows = HEAD + "9,B,Demo booked,2026-02-01,,12,,2026-01-02,B\n"
    with pytest.raises(RowsRefused, match="row 1, Deal Stage: 'Demo booked' is no stage that is known"):
        brought(store, rows)
    brought(store, rows, stages={"Demo booked": "discovery"})
    assert brought(store, rows).main.unchanged == 1
    with pytest.raises(Refused, match="none of lead"):
        brought(store, rows, stages={"Demo booked": "sold"})


@pytest.mark.parametrize(
    "row, said",
    [
        ("9,B,closedwon,2026-02-31,,1,,2026-01-02,B", "closed_on"),
        ("9,B,closedwon,2026-02-01,,12x,,2026-01-02,B", "amount"),
        ("9,B,closedwon,2026-02-01,,-5,,2026-01-02,B", "amount"),
        ("9,B,,2026-02-01,,1,,2026-01-02,B", "Deal Stage: must not be empty"),
        (",B,closedwon,2026-02-01,,1,,2026-01-02,B", "Record ID: must not be empty"),
        ("9,,closedwon,2026-02-01,,1,,2026-01-02,", "Deal Name"),
        ("9,B,closedwon,2026-02-01,,1,,,B", "Create Date"),
    ],
)
def test_a_bad_row_is_named_with_its_field_and_nothing_is_loaded(store, row, said):
    with pytest.raises(RowsRefused, match=said):
        brought(store, HEAD + "8,A,closedwon,2026-02-01,,1,,2026-01-02,A\n" + row + "\n")
    assert store.rows("select count(*) from deals") == [(0,)]


def test_a_deal_in_another_currency_is_refused():
    head = HEAD.strip() + ",Currency\n"
    file = File((head + "9,B,closedwon,2026-02-01,,1,,2026-01-02,B,EUR\n").encode(), "d.csv")
    found = detect(file).reads(file, Known())
    problems = [p.reason for part in found.parts for p in part.sheet.problems]
    assert problems == ["EUR is not the company's USD; export the amount in that"]


def test_a_company_that_is_a_prospect_already_is_not_made_twice(store):
    make.loaded(store, "prospects", "prospect_id,company,created_on\nPR-7,ACME ltd.,2026-01-01\n")
    told = brought(store, HEAD + "9,Two warehouses,closedwon,2026-02-01,,1,,2026-01-02,Acme Ltd\n")
    assert "prospects" not in told.also
    assert store.rows("select prospect_id from deals") == [("PR-7",)]


def test_columns_that_the_file_lacks_stay_as_they_are(store):
    brought(store, HEAD + "9,B,qualifiedtobuy,2026-02-01,,12,,2026-01-02,B\n")
    make.loaded(store, "deals", "deal_id,probability_pct\n9,35\n")
    brought(store, "Record ID,Deal Stage\n9,contractsent\n")
    assert store.rows("select stage, amount, probability_pct from deals") == [
        ("closing", Decimal("12.00"), Decimal("35.0000"))
    ]


def test_the_history_of_stages_reaches_the_pipelines_facts_and_says_since_when(store):
    brought(store, HEAD + "9,B,Contract Sent,2026-05-01,,12,,2026-01-02,B\n")
    history = (
        "deal_id,value,date_entered\n9,appointmentscheduled,2026-01-07 6:49:18\n9,Presentation Scheduled,1770372078000\n"
        "9,contractsent,2026-03-01T10:00:00-05:00\n"
    )
    told = brought(store, history, "history.csv")
    assert (told.main.added, told.also["deals"].updated) == (3, 1)
    assert store.rows("select entered_stage_on from deals") == [(date(2026, 3, 1),)]
    with store.cursor() as cursor:
        entered = {(e.stage, e.entered_on) for e in stage_entries(cursor, UTC)}
    assert {
        ("discovery", date(2026, 1, 7)),
        ("proposal", date(2026, 2, 6)),
        ("closing", date(2026, 3, 1)),
    } <= entered
    again = brought(store, history, "history.csv")
    assert (again.main.unchanged, again.also["deals"].unchanged) == (3, 1)


def test_columns_of_days_entered_are_a_history_too(store):
    head = 'Record ID,Deal Stage,Create Date,Associated Company,"Date entered ""Appointment Scheduled (Sales Pipeline)"""\n'
    brought(store, head + "9,appointmentscheduled,2026-01-02,B,2026-01-05 08:30\n")
    assert store.rows("select stage, entered_at from deal_stages") == [
        ("discovery", datetime(2026, 1, 5, 8, 30, tzinfo=UTC))
    ]
    assert store.rows("select entered_stage_on from deals") == [(date(2026, 1, 5),)]


def test_the_sample_history_is_refused_row_by_row_until_deals_and_stages_are_known(store, samples):
    data = (samples / "ops" / "hubspot_deal_stage_history.csv").read_bytes()
    with pytest.raises(RowsRefused, match=r"row 1, value: .* is no stage that is known.*3 problems in all"):
        brought(store, data)
    hashed = {"f66ca9bc5a02c2f1513ce83f0a0e117d": "won", "09a969da1d61b38bd3746f0f49c1475a": "closing"}
    with pytest.raises(RowsRefused, match="there is no deal '3954699413'; load deals first"):
        brought(store, data, stages=hashed)
    rows = [line.split(",") for line in data.decode().splitlines()[1:]]
    brought(store, HEAD + "".join(f"{r[1]},B,closedwon,,,1,,2021-01-01,B\n" for r in rows))
    assert brought(store, data, stages=hashed).main.added == 3


def test_a_list_of_a_pipelines_stages_says_which_is_which(samples):
    data = (samples / "ops" / "hubspot_pipeline_stages.csv").read_bytes()
    stages = pipeline_stages(File(data, "stages.csv"))
    assert stages["/n0+plNHbWErNq8Ek+NM3g=="] == "won"
    assert stages["fQXVZHvq6nRBO5G2jluSrw=="] == "closing"  # 80 %
    assert stages["Sz/OdDohp9T+LT2967pMog=="] == "proposal"  # 40 %
    with pytest.raises(Refused, match="no list of a pipeline's stages"):
        pipeline_stages(File(b"a,b\n1,2\n", "x.csv"))


def test_a_file_of_our_own_is_nobody_elses():
    assert detect(File(b"deal_id,prospect_id,stage\nD-1,PR-1,lead\n", "deals.csv")) is None
    assert detect(File(b"", "deals.csv")) is None
    assert detect(File(b'{"cards": [', "x.json")) is None
    assert detect(File(b"\x00\xff" * 500, "x.bin")) is None


def test_quotes_that_never_end_and_deep_json_are_refused_in_one_line():
    file = File((HEAD + '9,"B,closedwon\n').encode(), "d.csv")
    with pytest.raises(UnreadableFile, match=r"d\.csv: line 2"):
        detect(file).reads(file, Known())
    assert detect(File(b"[" * 100_000, "x.json")) is None
    assert nested("[" * 50_000) == "[" * 50_000


def test_a_load_that_would_do_something_else_than_was_seen_is_refused(store):
    file = File((HEAD + "9,B,closedwon,2026-02-01,,12,,2026-01-02,B\n").encode(), "d.csv")
    found = detect(file).reads(file, incoming.known(store))
    seen = incoming.look_at(store, make.LOCAL_OWNER, found, now=make.NOW)
    assert [s.new for s in seen] == [(1,), (1,)]
    assert store.rows("select count(*) from deals") == [(0,)]
    incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name="d.csv")
    with pytest.raises(Refused, match="changed since this preview"):
        incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name="d.csv", seen=seen)


def test_who_may_not_write_deals_may_not_load_them(store):
    file = File((HEAD + "9,B,closedwon,2026-02-01,,12,,2026-01-02,B\n").encode(), "d.csv")
    found = detect(file).reads(file, Known())
    with pytest.raises(Refused, match="may not change prospects and deals"):
        incoming.bring_in(store, make.CSM, found, now=make.NOW, name="d.csv")
