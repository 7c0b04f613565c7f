"""The records' page: every kind is listed, opened, added, changed, taken out, restored; nothing that was typed is lost."""

import re
import shutil
from datetime import date
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, records_fields, session
from tai_ops.kinds import RECORDS
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.browse import Asked, listed, record
from tai_ops.store.corrections import add, change

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/records.py"
CEO, CSM = "Mara Klein · CEO", "Ida Roth · CSM"
PEOPLE = "email,name,role,active\nmara.klein@tai.example,Mara Klein,ceo,true\nida.roth@tai.example,Ida Roth,csm,true\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "filled.duckdb"
    made = Store.open(path, create=True)
    make.examples(made)
    make.loaded(made, "people", PEOPLE)
    made.close()
    return path


@pytest.fixture
def store(filled, tmp_path):
    opened = Store.open(Path(shutil.copy(filled, tmp_path)))
    yield opened
    make.check_keys(opened)
    opened.close()


@pytest.fixture(autouse=True)
def held(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    restarted(monkeypatch)
    yield store
    session.use(None)


def restarted(monkeypatch):
    """Forget all that the server's memory holds."""
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())


def opened(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name.rstrip("_")] = value
    app.switch_page(PAGE).run()
    assert not app.exception, app.exception
    assert "hit an error" not in said(app), said(app)
    return app


def said(app):
    shown = [*app.markdown, *app.caption, *app.error, *app.info, *app.success, *app.title]
    return "\n".join(one.value.replace(":small[]", "").replace("\\", "") for one in shown)


def links(app):
    """What the page's links say, without their colour."""
    return [link.proto.label.removeprefix(":blue[").removesuffix("]") for link in app.get("page_link")]


def typed(app, name_of_kind, key="", **values):
    """Type into the fields of a form, each with the widget that it has."""
    form = records_fields.Form(RECORDS[name_of_kind], key)
    for name, value in values.items():
        widget_key = form.why if name == "why" else form.field(name)
        widget = next(
            w
            for w in (*app.text_input, *app.selectbox, *app.date_input, *app.text_area, *app.datetime_input)
            if w.key == widget_key
        )
        widget.set_value(value)
    return app.run()


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_every_kind_has_its_list_its_record_its_forms_and_its_grid(store):
    contact = {"customer_id": "C-001", "name": "Dana Ruiz", "contact_id": "CT-1"}
    add(store, LOCAL_OWNER, RECORDS["contacts"], contact, now=make.NOW, request_key="c")
    app = opened()
    for name, kind in RECORDS.items():
        there = listed(store, Asked(kind))
        key = there.rows[0].key
        for query in (
            {}, {"key": key}, {"key": key, "do": "change"}, {"do": "add"}, {"do": "grid"}, {"voided": "1"},
        ):  # fmt: skip
            app.query_params.clear()
            for part, value in ({"kind": name} | query).items():
                app.query_params[part] = value
            app.run()
            assert not app.exception, (name, query, app.exception)
            assert "hit an error" not in said(app), (name, query)
            if not query:
                assert f"{there.count} " in said(app)


def test_the_way_from_an_empty_form_to_a_record_and_back(store):
    app = opened(kind="customers", do="add", as_=CSM)
    typed(app, "customers", name="Third & <b>Co</b>", status="live", items="1,200")
    assert "Not saved" not in said(press(app, "save_record_customers_"))
    row = record(store, RECORDS["customers"], "C-003")
    assert (row.values["name"], row.values["items"], row.recorded_by) == (
        "Third & <b>Co</b>",
        1200,
        "ida.roth@tai.example",
    )
    assert "Saved: customer C-003" in said(app)
    assert app.query_params["key"] == "C-003"
    press(app, "saved_undo")
    assert record(store, RECORDS["customers"], "C-003") is None
    assert "was taken out" in said(app)
    press(app, "restore")
    assert record(store, RECORDS["customers"], "C-003").values["items"] == 1200


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(store):
    app = opened(kind="invoices", do="add", as_=CEO)
    typed(app, "invoices", customer_id="C-001", amount="12x4", kind="licence")
    assert "✗ '12x4' is not a number; write it like 1,234.50" in said(app)
    press(app, "save_record_invoices_")
    assert "Not saved: Amount without tax: '12x4' is not a number" in said(app)
    typed(app, "invoices", amount="1.234,50")
    assert "= $1,234.50" in said(app)
    press(app, "save_record_invoices_")
    assert "✗ must not be empty" in said(app)
    assert app.text_input(key="record_invoices__amount").value == "1.234,50"
    assert listed(store, Asked(RECORDS["invoices"])).count == 2


def test_a_half_filled_form_survives_a_reload_another_page_and_a_restart(store, monkeypatch):
    app = opened(kind="bills", do="add", as_=CEO)
    typed(app, "bills", payee="Google Cloud", amount="12.5", incurred_on=make.NOW.date())
    restarted(monkeypatch)
    again = opened(kind="bills", do="add", as_=CEO)
    assert again.text_input(key="record_bills__amount").value == "12.5"
    assert again.date_input(key="record_bills__incurred_on").value == make.NOW.date()
    assert again.selectbox(key="record_bills__payee").value == "Google Cloud"
    assert "Go on with the half-filled form" in [b.label for b in opened(kind="bills", as_=CEO).button]


def test_the_second_of_two_people_sees_what_the_first_changed_and_chooses(store, monkeypatch):
    kind = RECORDS["customers"]
    app = opened(kind="customers", key="C-001", do="change", as_=CSM)
    typed(app, "customers", "C-001", items="50,000", why="counted anew")
    seen = record(store, kind, "C-001")
    change(
        store, make.CEO, kind, {"C-001": {"items": "49000", "industry": "parts"}}, {"C-001": seen.recorded_at},
        now=make.NOW, request_key="first",
    )  # fmt: skip
    restarted(monkeypatch)
    app = opened(kind="customers", key="C-001", do="change", as_=CSM)
    assert "mara.klein@tai.example changed this customer on" in said(app)
    assert "Items in the warehouses: 48,000 → 49,000; you typed 50,000" in said(app)
    assert "Industry: retail → parts" in said(app)
    press(app, "save_record_customers_C-001")
    assert "choose whose values hold" in said(app)
    press(app, "keep_mine")
    assert app.selectbox(key="record_customers_C-001_industry").value == "parts"
    press(app, "save_record_customers_C-001")
    row = record(store, kind, "C-001")
    assert (row.values["items"], row.values["industry"]) == (50000, "parts")
    assert "counted anew" in str(app.dataframe[-1].value)


def test_taking_theirs_drops_what_was_typed(store):
    kind = RECORDS["customers"]
    app = opened(kind="customers", key="C-001", do="change", as_=CSM)
    typed(app, "customers", "C-001", items="50,000")
    change(
        store, make.CEO, kind, {"C-001": {"items": "49000"}}, {"C-001": record(store, kind, "C-001").recorded_at},
        now=make.NOW, request_key="first",
    )  # fmt: skip
    app.run()
    press(app, "take_theirs")
    assert app.text_input(key="record_customers_C-001_items").value == "49,000"
    assert "changed this customer" not in said(app)
    assert forms.draft_of("record_customers_C-001") == {}


def test_a_record_is_taken_out_with_a_reason_only_and_put_back(store):
    app = opened(kind="scores", key="C-001,sponsor,2026-02-23", as_=CSM)
    press(app, "void_it")
    assert "a reason is needed" in said(app)
    name = "void_scores_C-001,sponsor,2026-02-23"
    app.text_input(key=f"{name}_why").set_value("entered twice").run()
    press(app, "void_it")
    assert "was taken out" in said(app)
    assert opened(kind="scores", voided="1", as_=CSM).dataframe[0].value.shape[0] == 1
    press(app, "restore")
    assert "Restored" in said(app)
    assert listed(store, Asked(RECORDS["scores"])).count == 2


def test_who_may_not_write_sees_it_and_no_button(store):
    app = opened(kind="bills", key="B-0001", as_=CSM)
    assert "The CFO or CEO may change it." in said(app)
    assert not [b for b in app.button if b.key in {"change", "void_it", "take_back"}]


def grid(app, cells):
    """Edit cells of the grid: by row, the columns with what is typed."""
    key = app.session_state["grid.base"].editor
    app.session_state[key] = {"edited_rows": cells, "added_rows": [], "deleted_rows": []}
    return app.run()


def test_twenty_cells_are_edited_shown_and_saved_in_one_go(store, monkeypatch):
    rows = "".join(f"C-1{n:02d},Customer {n},live\n" for n in range(20))
    make.loaded(store, "customers", "customer_id,name,status\n" + rows)
    app = opened(kind="customers", do="grid", q="Customer", as_=CSM)
    cells = {n: {"items": f"1,{n:03d}"} for n in range(10)}
    grid(app, cells)
    restarted(monkeypatch)
    app = opened(kind="customers", do="grid", q="Customer", as_=CSM)
    assert app.button(key="grid_save").label == "Save 10 cells in 10 rows"
    cells = {n: {"warehouses": "3"} for n in range(10, 19)} | {19: {"industry": "food | $x$"}}
    grid(app, cells)
    grid(app, cells)
    assert app.button(key="grid_save").label == "Save 20 cells in 20 rows"
    press(app, "grid_save")
    assert "Saved: 20 cells in 20 customers" in said(app)
    found = {row.key: row.values for row in listed(store, Asked(RECORDS["customers"])).rows}
    assert [found[f"C-1{n:02d}"]["items"] for n in range(10)] == [1000 + n for n in range(10)]
    assert [found[f"C-1{n:02d}"]["warehouses"] for n in range(10, 19)] == [3] * 9
    assert found["C-119"]["industry"] == "food | $x$"
    audit = store.rows("select detail_json from audit where event = 'change customer'")
    assert len(audit) == 1
    press(app, "saved_undo")
    assert {
        row.values["items"] for row in listed(store, Asked(RECORDS["customers"], text="customer")).rows
    } == {None}


def test_a_wrong_cell_is_named_and_saves_nothing(store):
    app = grid(opened(kind="bills", do="grid", as_=CEO), {0: {"amount": "twelve"}, 1: {"amount": "99.00"}})
    assert "Amount with tax: 'twelve' is not a number" in said(app)
    assert app.button(key="grid_save").disabled
    grid(app, {0: {"amount": "12.00", "account": "NOWHERE"}, 1: {"amount": "99.00"}})
    press(app, "grid_save")
    assert "Account: there is no account 'NOWHERE'" in said(app)
    assert {str(row.values["amount"]) for row in listed(store, Asked(RECORDS["bills"])).rows} == {
        "1840.22",
        "21500.00",
    }


def test_a_row_that_another_changed_meanwhile_is_not_overwritten(store):
    kind = RECORDS["bills"]
    app = grid(opened(kind="bills", do="grid", as_=CEO), {0: {"amount": "1,500.00"}})
    key = app.session_state["grid.base"].frame["key"][0]
    seen = record(store, kind, key)
    change(
        store,
        make.CFO,
        kind,
        {key: {"category": "cloud"}},
        {key: seen.recorded_at},
        now=make.NOW,
        request_key="o",
    )
    app.run()
    assert f"jonas.feld@tai.example changed bill {key}" in said(app)
    press(app, "grid_save")
    assert "choose whose values hold" in said(app)
    press(app, "grid_keep_mine")
    press(app, "grid_save")
    values = record(store, kind, key).values
    assert (str(values["amount"]), values["category"]) == ("1500.00", "cloud")


def test_what_the_address_asks_wrongly_is_said(store):
    assert "'nothing' is no kind of record" in said(opened(kind="nothing"))
    assert "'gone' is none of signed, onboarding" in said(opened(kind="customers", where="status:gone"))
    assert "There is no customer 'C-9'" in said(opened(kind="customers", key="C-9"))
    assert "the key of scores is" in said(opened(kind="scores", key="C-9"))
    app = opened(kind="customers", where="status:live", q="north")
    assert "1 of 2 customers is shown: with “north” in it; Status is live." in said(app)


def test_a_price_step_is_added_on_the_subscription_s_page_and_taken_back(store):
    app = opened(kind="subscriptions", key="S-001", as_=CEO)
    app.date_input(key="step_S-001_from_on").set_value(date(2026, 6, 1))
    app.text_input(key="step_S-001_amount").set_value("sixty")
    press(app, "save_step")
    assert "Price or discount: 'sixty' is not a number" in said(app)
    app.text_input(key="step_S-001_amount").set_value("60,000").run()
    press(app, "save_step")
    assert "Saved: S-003 follows S-001" in said(app)
    assert record(store, RECORDS["subscriptions"], "S-001").values["ends_on"] == date(2026, 6, 1)
    press(app, "saved_undo")
    assert record(store, RECORDS["subscriptions"], "S-001").values["ends_on"] is None


def test_what_belongs_to_a_record_is_added_from_its_page(store):
    app = opened(kind="incidents", key="I-001", as_=CEO)
    assert "Add an impact" in links(app)
    app = opened(kind="impacts", do="add", incident_id="I-001", as_=CEO)
    assert app.selectbox(key="record_impacts__incident_id").value == "I-001"
    assert "a contact" in links(opened(kind="customers", key="C-001", as_=CEO))


def test_a_payment_beyond_its_invoice_says_so_before_and_the_customer_s_page_after(store):
    app = opened(kind="payments", do="add", as_=CEO)
    typed(
        app,
        "payments",
        account="OPERATING",
        received_on=date(2026, 4, 1),
        amount="250",
        invoice_number="INV-0002",
    )
    assert "$250.00 more becomes a credit of Harbor Foods" in said(app)
    press(app, "save_record_payments_")
    assert "$250.00 was paid beyond its invoices" in said(opened(kind="customers", key="C-002", as_=CEO))


def test_a_subscription_beside_itself_is_refused_at_its_field(store):
    app = opened(kind="subscriptions", do="add", as_=CEO)
    typed(
        app,
        "subscriptions",
        customer_id="C-001",
        plan="Standard",
        starts_on=date(2026, 4, 1),
        amount="10",
        interval="month",
    )
    press(app, "save_record_subscriptions_")
    assert "✗ runs beside S-001 of the same customer and plan" in said(app)


HOSTILE = (
    '<b>Co</b> & "Sons" <script>alert(1)</script>',
    "$Freight$ *Lines* | :red[x]",
    "🚚 \u202eevil",
    "N" * 1000,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(store, name):
    add(
        store,
        LOCAL_OWNER,
        RECORDS["customers"],
        {"customer_id": "C-X", "name": name, "status": "live"},
        now=make.NOW,
        request_key="h",
    )
    app = opened(kind="customers", key="C-X", as_=CEO)
    assert name in re.sub(r"[\u2068\u2069]|:small\[(.)\]", r"\1", said(app)), (
        "but for what keeps it to itself"
    )
    in_the_grid = name.replace("\u202e", "")  # a cell can't set apart what turns the rest of its text
    assert in_the_grid in list(opened(kind="customers", as_=CEO).dataframe[0].value["name"])


def test_where_amounts_are_hidden_no_record_shows_or_offers_one(store):
    app = opened(kind="invoices", key="INV-0001", as_=CEO)
    assert "$50,000.00" in said(app)
    app.toggle(key="hide_amounts").set_value(True).run()
    assert "$50,000" not in said(app)
    assert "$•••" in said(app)
    app.query_params["do"] = "change"
    app.run()
    assert "record_invoices_INV-0001_amount" not in [one.key for one in app.text_input]
    assert "record_invoices_INV-0001_memo" in [one.key for one in app.text_area]
    app.query_params.clear()
    app.query_params["kind"] = "invoices"
    app.run()
    assert list(app.dataframe[0].value["amount"]) == ["•••", "•••"]
    app.query_params["do"] = "grid"
    app.run()
    assert "amount" not in app.session_state["grid.base"].frame
    grid(app, {0: {"memo": "seen"}})
    press(app, "grid_save")
    assert {str(row.values["amount"]) for row in listed(store, Asked(RECORDS["invoices"])).rows} == {
        "50000.00",
        "9750.00",
    }


def test_the_audit_says_who_did_what_by_record_and_person(store):
    app = opened()
    app.switch_page("../../pages/audit.py")
    for name, value in {"kind": "customers", "key": "C-001"}.items():
        app.query_params[name] = value
    app.run()
    assert "1 act about customers, about C-001; nothing can change or delete them." in said(app)
    assert list(app.dataframe[0].value["event"]) == ["load customers"]
