"""The invoices' page: drafts made in one step, stamps, credit notes, payments shown before they are saved, reminders."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import make
import pytest
import small_company
from small_company import NOW
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.store import billing, receipts

ROUTER = Path(session.__file__).with_name("router.py")
PAGE = "../../pages/invoices.py"
PEOPLE = f"email,name,role\n{make.CFO.email},{make.CFO.name},cfo\n{make.CSM.email},{make.CSM.name},csm\n"
CFO, CSM = "Jonas Feld · CFO", "Ida Roth · CSM"
MORE = {
    "services": "service_id,customer_id,delivered_on,description,hours,rate,basis\nSV-2,C-2,2026-04-02,=Help,2,150.00,hours\n",
    "subscriptions": "subscription_id,customer_id,plan,starts_on,amount,interval\nS-3,C-1,<b>Plus</b>,2026-04-01,90.00,month\n",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    yield
    session.use(None)


@pytest.fixture
def books(tmp_path):
    """The small company in April, with two things due to be invoiced."""
    held = small_company.copy_of("matched", tmp_path)
    make.loaded(held, "people", PEOPLE)
    for kind, text in MORE.items():
        make.loaded(held, kind, text)
    session.use(held)
    yield held
    make.check_keys(held)
    held.close()


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in {"as": CFO, **query}.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def text(app):
    elements = [*app.markdown, *app.caption, *app.error, *app.info, *app.success]
    return "\n".join(e.value.replace("\\", "") for e in elements)


def press(app, key):
    return app.button(key=key).click().run()


def test_an_empty_store_says_what_will_stand_here(store):
    session.use(store)
    app = shown()
    assert not app.exception
    assert "There is nobody to invoice yet." in text(app)


def test_what_is_due_is_made_into_invoices_in_one_step_and_one_can_be_left_out(books):
    bare = "service_id,customer_id,delivered_on,description,hours,basis\nSV-9,C-2,2026-04-02,Bare,2,hours\n"
    make.loaded(books, "services", bare)
    app = shown()
    assert (
        "2 invoices of $390.00 net for 2 customers are due to be made; 1 delivery without a price can't be"
        in text(app)
    )
    [left] = [key for key in app.multiselect(key="leave_2026-04").options if "Northwind" in key]
    assert left == "Northwind Parts, subscription period, $90.00"
    app.multiselect(key="leave_2026-04").set_value(["C-1/licence/2026-04-01/2026-04-30"]).run()
    press(app, "make")
    assert "1 invoice made: INV-4" in text(app)
    assert books.rows(
        "select invoice_number, amount, issued_on from invoices where customer_id = 'C-2' order by 1"
    )[-1] == (
        "INV-4",
        Decimal("300.00"),
        date(2026, 4, 3),
    )
    assert "1 invoice of $90.00 net for 1 customer is due to be made" in text(app)


def test_another_month_is_chosen_and_the_part_stays(books):
    app = shown(part="Invoices")
    app.selectbox(key="month").set_value("2026-03").run()
    assert not app.exception
    assert "none of 1 invoice of March 2026 has a sent stamp" in text(app)
    assert app.query_params["part"] == "Invoices"


def test_a_double_click_makes_no_second_invoice(books):
    app = shown()
    app.button(key="make").click().run()
    again = shown()
    assert "make" not in {button.key for button in again.button}
    assert books.rows("select count(*) from invoices") == [(5,)], "two drafts"


def test_sent_stamps_are_kept_and_taken_back(books):
    app = shown(month="2026-03", part="Invoices")
    assert "none of 1 invoice of March 2026 has a sent stamp" in text(app)
    app.selectbox(key="send_by_2026-03").set_value("Stripe").run()
    app.text_input(key="send_id_2026-03").set_value("in_9").run()
    press(app, "send")
    assert billing.sends(books)["INV-3"].external_id == "in_9"
    assert "1 invoice of March 2026 went out" in text(app)
    press(app, "saved_undo")
    assert billing.sends(books) == {}


def test_the_files_for_billing_systems_hold_the_months_invoices(books):
    app = shown(month="2026-03", part="Invoices")
    assert not app.exception
    from tai_ops.exports.invoice_imports import ToSend, quickbooks_csv

    found = [i for i in _invoices(books) if i.invoice_number == "INV-3"]
    made = quickbooks_csv(ToSend(found, billing.lines(books, ["INV-3"]), {}, {}, "USD")).decode()
    assert "INV-3,C-2,03/16/2026,04/15/2026" in made
    assert {b.key for b in app.get("download_button")} >= {"file_quickbooks", "file_stripe"}


def _invoices(store):
    from tai_ops.recognition import Invoice
    from tai_ops.store.facts import of_kind

    with store.cursor() as cursor:
        return of_kind(cursor, "invoices", Invoice)


def test_a_refused_credit_note_keeps_what_was_typed(books):
    app = shown(part="Invoices")
    app.session_state["credit_box"] = True
    app.run()
    if not [s for s in app.selectbox if s.key == "credit_which"]:
        pytest.skip("an expander is opened by the browser alone")
    app.selectbox(key="credit_which").set_value("INV-2").run()
    app.text_input(key="credit_amount").set_value("100").run()
    press(app, "credit")
    assert "a credit note needs a reason" in text(app)
    assert app.text_input(key="credit_amount").value == "100"
    app.text_input(key="credit_why").set_value("goodwill").run()
    press(app, "credit")
    assert "Credit note CN-0001 made for INV-2" in text(app)


def test_a_payment_says_what_it_pays_before_it_is_saved(books):
    app = shown(part="Payments and credit")
    app.selectbox(key="pay_who").set_value("C-2").run()
    app.text_input(key="pay_amount").set_value("45,100.00").run()
    assert "$5,000.00 to INV-2; $40,000.00 to INV-3; $100.00 stays the customer's credit" in text(app)
    press(app, "pay")
    assert "Payment P-3 recorded for INV-2, INV-3" in text(app)
    assert sorted((a.invoice_number, a.amount) for a in receipts.applications(books)) == [
        ("INV-2", Decimal("5000.00")),
        ("INV-3", Decimal("40000.00")),
    ]
    assert "P-3" in str([frame.value for frame in app.dataframe])


def test_whom_to_chase_stands_with_a_reminder_and_the_last_contact(books):
    app = shown(part="Overdue")
    assert {b.key for b in app.get("download_button")} >= {"reminder"}
    app.text_input(key="chase_note").set_value("pays on Friday").run()
    press(app, "chase")
    assert "Kept: Harbor <Foods> & Co was asked to pay" in text(app)
    assert billing.last_chases(books)["C-2"].note == "pays on Friday"


def test_who_may_not_invoice_sees_and_enters_nothing(books):
    app = shown(**{"as": CSM})
    assert "make" not in {button.key for button in app.button}
    assert "are due to be made" in text(app)


def test_names_are_shown_as_they_were_typed(books):
    app = shown()
    assert "<b>Plus</b>, 2026-04-01 to 2026-04-30" in app.dataframe[0].value["lines"].tolist()
