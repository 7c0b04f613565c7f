"""Imports: files dropped on the page are shown row by row, then brought in once, and can be taken out again."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import session
from tai_ops.kinds import KINDS
from tai_ops.store.bank import saved_layout
from tai_ops.store.matches import reconcile

ROUTER = Path(session.__file__).with_name("router.py")
HEAD = "Date,Description,Amount\n"
FEB = HEAD + "2026-02-02,COFFEE,-4.50\n2026-02-02,COFFEE,-4.50\n2026-02-17,ACME LLC,500.00\n"


@pytest.fixture(autouse=True)
def held(store):
    session.use(store)
    yield store
    session.use(None)


@pytest.fixture
def books(store):
    make.accounts(store)
    return store


def opened(**address):
    page = AppTest.from_file(str(ROUTER)).switch_page("../../pages/imports.py")
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def dropped(*files, **address):
    page = opened(**address)
    for name, text in files:
        data = text if isinstance(text, bytes) else text.encode()
        page.file_uploader(key="imports_files").upload(name, data)
    return page.run()


def plain(elements):
    return [element.value.replace("\\", "").replace(":small[]", "") for element in elements]


def text_of(page):
    assert not page.exception
    return "\n".join([*plain(page.markdown), *plain(page.caption)])


def keyed(elements, start):
    return [element for element in elements if (element.key or "").startswith(start)]


def press(page, start):
    keyed(page.button, start)[0].click()
    return page.run()


def lines(store):
    return store.rows(
        "select account, booked_on, amount from statement_lines order by account, booked_on, line_id"
    )


def test_an_empty_store_says_what_comes_first_and_takes_an_account_right_there(store):
    page = opened()
    assert "There is no account yet" in text_of(page)
    page.text_input(key="new_account").set_value("OP")
    press(page, "add_account")
    assert plain(page.error) == ["name: must not be empty"]
    assert page.text_input(key="new_account").value == "OP"
    page.text_input(key="new_account_name").set_value("Operating")
    page.date_input(key="new_account_opened").set_value(date(2026, 1, 1))
    press(page, "add_account")
    assert plain(page.success) == ["Account Operating (OP) added"]
    assert store.rows("select account, opening_balance from accounts") == [("OP", None)]
    press(page, "saved_undo")
    assert store.rows("select account from accounts") == []


def test_an_account_that_is_there_is_not_changed_by_the_form(books):
    page = opened()
    page.text_input(key="new_account").set_value("OP")
    press(page, "add_account")
    assert plain(page.error) == ["account: there is an account 'OP' already; choose another code"]


def test_the_verdict_says_through_which_day_each_account_has_lines(books):
    make.statement(books, FEB)
    assert "Operating: lines to Tue 17 Feb 2026; Savings: no statement yet" in text_of(opened())


def test_a_file_is_previewed_imported_undone_and_imported_again(books):
    page = dropped(("feb.csv", FEB), account="OP")
    assert "3 new" in text_of(page)
    assert "= **3 lines** in the file" in text_of(page)
    assert lines(books) == []
    press(page, "import_")
    assert plain(page.success) == ["feb.csv: 3 lines added to Operating, net $491.00"]
    assert len(lines(books)) == 3
    press(page, "saved_undo")
    assert plain(page.success) == ["Import undone: 3 lines taken out of OP"]
    assert lines(books) == []
    press(page, "import_")
    assert len(lines(books)) == 3


def clicks_twice(text):
    from streamlit.proto.Common_pb2 import FileURLs
    from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

    from tai_ops.app import forms, imports_files, imports_page

    upload = UploadedFile(UploadedFileRec("f", "feb.csv", "text/csv", text.encode()), FileURLs())
    account = imports_page.standing().accounts["OP"]
    state = imports_files._state_of("OP")
    drawn = forms.click("form", imports_files._import, "form", upload, account, {}, state, True)
    for _ in range(2):
        forms.acted(*drawn)


def test_the_same_click_twice_imports_once(books):
    page = AppTest.from_function(clicks_twice, args=(FEB,)).run()
    assert not page.exception
    assert page.session_state["forms.saved"].text == "feb.csv: 3 lines added to Operating, net $491.00"
    assert books.rows("select added_count from statements") == [(3,)]


def test_every_row_has_its_fate_and_together_they_are_the_file(books):
    make.statement(books, FEB)
    later = FEB + "2026-02-18,ACME LLC INC,500.00\n2026-02-30,BAD,1.00\n2026-02-21,TAXI,-12.00\n"
    page = dropped(("later.csv", later), account="OP")
    counts = next(text for text in plain(page.markdown) if "in the file" in text)
    assert counts.split("badge[")[1:] == [
        "1 new] :gray-",
        "3 duplicates] :orange-",
        "1 possible duplicate] :red-",
        "1 rejected] :gray-",
        "0 pending] = **6 lines** in the file",
    ]
    (table,) = [frame.value for frame in page.dataframe if "state" in frame.value]
    assert list(table["state"]) == ["duplicate"] * 3 + ["possible duplicate", "rejected", "new"]
    assert keyed(page.button, "import_")[0].disabled
    keyed(page.checkbox, "skip_")[0].check()
    page.run()
    press(page, "import_")
    assert len(lines(books)) == 5
    assert "1 bad row left out" in plain(page.success)[0]


def test_one_file_that_can_not_be_read_hides_no_other(books):
    page = dropped(
        ("a.csv", FEB), ("b.csv", "%PDF-1.7"), ("c.csv", FEB.replace("2026-02", "2026-01")), account="OP"
    )
    assert len(keyed(page.button, "import_")) == 2
    assert len(page.error) == 1
    assert "b.csv is a PDF" in plain(page.error)[0]


def test_each_file_goes_where_it_is_told_to(books):
    page = dropped(("a.csv", FEB), ("b.csv", HEAD + "2026-02-03,PAYOUT,9.00\n"))
    assert not keyed(page.button, "import_")
    first, second = keyed(page.selectbox, "to_")
    first.select("OP")
    second.select("STRIPE")
    page.run()
    press(page, "import_")
    press(page, "import_")
    assert {account for account, _, _ in lines(books)} == {"OP", "STRIPE"}


def test_the_next_file_of_a_bank_is_known_by_its_layout_and_asks_nothing(books):
    make.statement(books, "Booked;Text;Value\n2026-01-02;A;1.00\n", account="SAVE")
    make.statement(books, FEB)
    page = dropped(("next.csv", "Booked;Text;Value\n2026-02-02;B;2.00\n"))
    assert keyed(page.selectbox, "to_")[0].value == "SAVE"
    assert "read by the layout that the account keeps" in text_of(page)
    assert keyed(page.button, "import_")[0].label == "Import 1 line into Savings"


def test_dates_that_fit_two_readings_are_asked_once_and_kept(books):
    page = dropped(("march.csv", HEAD + "02/03/2026,SHOP,-1.00\n04/03/2026,SHOP,-2.00\n"), account="OP")
    assert not keyed(page.button, "import_")
    assert "two readings" in text_of(page)
    assert "--" not in text_of(page)
    keyed(page.segmented_control, "date_order_")[0].select("month")
    page.run()
    press(page, "import_")
    assert [day for _, day, _ in lines(books)] == [date(2026, 2, 3), date(2026, 4, 3)]
    assert saved_layout(books, "OP").date_order == "month"
    page = dropped(("next.csv", HEAD + "05/06/2026,SHOP,-3.00\n"), account="OP")
    assert not keyed(page.segmented_control, "date_order_")
    assert keyed(page.button, "import_")


def test_a_sign_that_only_a_person_can_tell_is_asked(books):
    text = (
        "Card Number,Date,Description,Amount\n1234,2026-02-02,HOTEL,120.00\n1234,2026-02-03,FLIGHT,300.00\n"
    )
    page = dropped(("card.csv", text), account="CARD")
    keyed(page.segmented_control, "positive_")[0].select("in")
    page.run()
    press(page, "import_")
    assert [amount for _, _, amount in lines(books)] == [Decimal("120.00"), Decimal("300.00")]


def test_of_several_accounts_in_a_file_one_is_chosen(books):
    text = "Account Number,Date,Description,Amount\n111-222,2026-02-02,A,1.00\n333-444,2026-02-03,B,2.00\n"
    page = dropped(("two.csv", text), account="OP")
    assert not keyed(page.button, "import_")
    keyed(page.selectbox, "of_")[0].select("333-444")
    page.run()
    assert "1 of other accounts" in text_of(page)
    press(page, "import_")
    assert [amount for _, _, amount in lines(books)] == [Decimal("2.00")]


OFX = "<OFX>{}</OFX>"
OFX_PART = (
    "<STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>{0}</BANKACCTFROM><STMTTRN><DTPOSTED>20260202<TRNAMT>-{1}"
    "<FITID>id-{0}<NAME>SHOP</STMTTRN></STMTRS>"
)


def test_what_a_file_was_taken_for_is_said_and_its_accounts_are_chosen_one_by_one(books):
    both = OFX.format(OFX_PART.format("111-1", "4.50") + OFX_PART.format("222-2", "9.00"))
    page = dropped(("two.qfx", both), account="OP")
    assert "Taken for **OFX and QFX (Quicken, Money)** :green-badge[✓ certain]" in text_of(page)
    chosen = keyed(page.selectbox, "of_")[0]
    assert chosen.options == ["111-1 · 1 line, net −$4.50", "222-2 · 1 line, net −$9.00"]
    chosen.select("222-2")
    press(page.run(), "import_")
    assert [amount for _, _, amount in lines(books)] == [Decimal("-9.00")]


def test_a_person_may_say_that_a_file_is_something_else_and_the_account_keeps_it(books):
    text = "Date,Description,Card Member,Account #,Amount\n01/30/2026,SHOP,A B,-1001,12.50\n01/31/2026,PAYMENT,A B,-1001,-12.50\n"
    page = dropped(("card.csv", text), account="CARD")
    assert "American Express" in text_of(page)
    keyed(page.selectbox, "format_")[0].select("qif")
    page.run()
    assert plain(page.error) == ["card.csv is not laid out as qif but as amex; leave the format out"]
    keyed(page.selectbox, "format_")[0].select("csv")
    page.run()
    assert ":violet-badge[chosen by you]" in text_of(page)
    keyed(page.segmented_control, "positive_")[0].select("out")
    page.run()
    press(page, "import_")
    kept = saved_layout(books, "CARD")
    assert (kept.format, kept.format_said, kept.positive) == ("csv", True, "out")
    assert [str(amount) for _, _, amount in lines(books)] == ["-12.50", "12.50"]


def sampled(page):
    """The texts in the sample of how a file reads."""
    assert not page.exception
    return next(list(frame.value["text"]) for frame in page.dataframe if "text" in frame.value)


def test_letters_that_look_wrong_are_read_in_the_encoding_that_a_person_names(books):
    text = "Date,Description,Amount\n2026-02-02,Kov\xe1\u0159,-4.50\n".encode("cp1250")
    page = dropped(("czech.csv", text), account="OP")
    assert sampled(page) == ["Kov\xe1\xf8"]
    keyed(page.selectbox, "encoding_")[0].select("cp1250")
    page.run()
    assert sampled(page) == ["Kov\xe1\u0159"]
    press(page, "import_")
    assert books.rows("select description from statement_lines") == [("Kov\xe1\u0159",)]
    assert saved_layout(books, "OP").encoding == "cp1250"


def test_a_statement_of_another_account_is_imported_only_where_a_person_says_so(books):
    head = "Account Number,Date,Description,Amount\n"
    make.statement(books, head + "111-222,2026-02-02,A,1.00\n111-222,2026-02-03,B,2.00\n")
    page = dropped(
        ("other.csv", head + "333-444,2026-02-04,C,3.00\n333-444,2026-02-05,D,4.00\n"), account="OP"
    )
    assert "earlier ones of OP are of 111-222" in plain(page.error)[0]
    assert "--" not in plain(page.error)[0]
    keyed(page.checkbox, "all_the_same_")[0].check()
    page.run()
    press(page, "import_")
    assert len(lines(books)) == 4


def test_a_preview_that_another_import_overtook_is_refused(books):
    page = dropped(("feb.csv", FEB), account="OP")
    make.statement(books, FEB, name="elsewhere.csv")
    press(page, "import_")
    assert "Operating changed since this preview" in plain(page.error)[0]
    assert len(lines(books)) == 3
    assert "This file came in before (elsewhere.csv" in text_of(page)


def test_what_may_be_there_twice_is_kept_or_joined(books):
    make.statement(books, FEB)
    make.statement(
        books,
        HEAD + "2026-02-18,Acme LLC ref,500.00\n2026-02-16,Acme llc x,500.00\n2026-02-14,Z,1\n",
        name="b.csv",
    )
    page = opened()
    assert "2 possible duplicates to decide" in text_of(page)
    press(page, "join_")
    assert "the newer one taken out" in plain(page.success)[0]
    press(page, "keep_")
    assert "Possible duplicates" not in plain(page.subheader)
    assert len(lines(books)) == 5


def test_the_history_undoes_an_import_and_says_who_did(books):
    make.loaded(books, "people", "email,name,role,active\njonas.feld@tai.example,Jonas Feld,cfo,true\n")
    make.statement(books, FEB, actor=make.CFO)
    page = opened()
    assert "3 read, 3 added, no duplicates, net $491.00 :gray[Jonas Feld, Fri 3 Apr 2026" in text_of(page)
    press(page, "undo_")
    assert lines(books) == []
    assert "undone" in text_of(page)
    assert not keyed(page.button, "undo_")


def test_an_undo_that_is_refused_says_why_where_it_was_asked(books):
    make.loaded(
        books,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount\nB,OP,2026-02-02,2026-02-02,Coffee,4.50\n",
    )
    make.statement(books, HEAD + "2026-02-02,COFFEE,-4.50\n")
    reconcile(books, make.CFO, "OP", now=make.NOW)
    page = press(opened(), "undo_")
    assert plain(page.error) == ["1 line of this import is reconciled; undo its match first"]
    assert len(lines(books)) == 1


def test_records_are_told_by_their_header_previewed_and_loaded(store):
    text = "customer_id,name,status\nA,Acme,live\nB,,live\nC,Cee,sleeping\nD,Dee,churned\n"
    page = dropped(("people.csv", text))
    assert keyed(page.selectbox, "to_")[0].value == "customers"
    (refused,) = [frame.value for frame in page.dataframe if "field" in frame.value]
    assert list(zip(refused["row"], refused["field"], strict=True)) == [(2, "name"), (3, "status")]
    assert "2 new" in text_of(page)
    assert keyed(page.button, "load_")[0].disabled
    keyed(page.checkbox, "skip_")[0].check()
    page.run()
    press(page, "load_")
    assert plain(page.success) == [
        "people.csv: customers loaded: 2 new, 0 changed, 0 unchanged, 2 bad rows left out"
    ]
    assert store.rows("select customer_id from customers order by 1") == [("A",), ("D",)]
    page = dropped(("again.csv", "customer_id,name,status\nA,Acme,live\n"))
    assert "Every good row stands like this already." in text_of(page)


def test_every_kind_has_a_template(store):
    page = opened()
    assert {button.label for button in keyed(page.get("download_button"), "template_")} >= set(KINDS)


def test_choosing_an_account_takes_the_chosen_kind_back(books):
    page = opened(kind="people")
    assert page.selectbox(key="kind").value == "people"
    page.selectbox(key="account").select("OP").run()
    assert page.selectbox(key="kind").value is None
    assert page.selectbox(key="account").value == "OP"


def test_texts_from_files_are_shown_as_they_are(books):
    make.statement(books, HEAD + "2026-02-02,A,1.00\n", name="<b>$x$ *y*](http://e.example).csv")
    page = opened()
    (row,) = [m.value for m in page.markdown if "1 read" in m.value]
    assert "\\<b\\>\\$x\\$ \\*y\\*\\]\\(http\\:" in row


@pytest.fixture
def csm(books):
    make.loaded(
        books,
        "people",
        "email,name,role,active\nida@t.example,Ida Roth,csm,true\nm@t.example,Mara,ceo,true\n",
    )
    make.statement(books, FEB)
    make.statement(
        books, HEAD + "2026-02-18,Acme LLC ref,500.00\n2026-02-14,Z,1\n2026-02-13,Y,1\n", name="b.csv"
    )
    return books


def test_a_role_sees_beforehand_what_it_may_not_do_and_who_may(csm):
    page = dropped(
        ("jan.csv", FEB.replace("2026-02", "2026-01")), **{"account": "OP", "as": "Ida Roth · CSM"}
    )
    assert not page.error
    assert not keyed(page.button, "import_")
    assert not keyed(page.button, "undo_")
    assert not keyed(page.button, "add_account")
    assert [button.disabled for button in keyed(page.button, ("keep_", "join_"))] == [True, True]
    shown = text_of(page)
    assert shown.count("The CFO or CEO may change the books and the bank.") == 4
    assert "You may load customers," in shown
    assert len(lines(csm)) == 6


def test_a_role_loads_what_is_its_own(csm):
    text = "customer_id,name,status\nA,Acme,live\n"
    page = press(dropped(("c.csv", text), **{"as": "Ida Roth · CSM"}), "load_")
    assert plain(page.success) == ["c.csv: customers loaded: 1 new, 0 changed, 0 unchanged"]


def test_each_import_has_an_undo_of_its_own_name(books):
    make.statement(books, FEB)
    make.statement(books, FEB.replace("2026-02", "2026-01"), name="jan.csv")
    make.statement(books, FEB, account="SAVE")
    page = opened()
    assert sorted(plain_label(button) for button in keyed(page.button, "undo_")) == [
        "Undo the import of bank.csv of Fri 3 Apr 2026 20:00 UTC, OP",
        "Undo the import of bank.csv of Fri 3 Apr 2026 20:00 UTC, SAVE",
        "Undo the import of jan.csv",
    ]


def plain_label(element):
    return element.label.replace("\\", "").replace(":small[]", "")


SUBSCRIPTIONS = (
    "subscription_id,customer_id,plan,starts_on,amount,interval\nS,A,Pro,2026-01-01,100.00,month\n"
)
CUSTOMERS = "customer_id,name,status\nA,Acme,live\n"


def test_files_of_several_kinds_load_in_the_order_of_their_references(store):
    page = dropped(("subs.csv", SUBSCRIPTIONS), ("cust.csv", CUSTOMERS), kind="customers")
    assert [box.value for box in keyed(page.selectbox, "to_")] == ["subscriptions", "customers"]
    assert "Its header is that of subscriptions." in text_of(page)
    assert "customers, then subscriptions" in text_of(page)
    assert not page.error
    assert [button.label for button in keyed(page.button, "load_")] == [
        "Load 2 rows of customers and subscriptions"
    ]
    press(page, "load_together")
    (saved,) = plain(page.success)
    assert saved == (
        "subs.csv: subscriptions loaded: 1 new, 0 changed, 0 unchanged; "
        "cust.csv: customers loaded: 1 new, 0 changed, 0 unchanged"
    )
    assert store.row("select count(*) from subscriptions") == (1,)
    assert not keyed(page.button, "load_")


def test_a_file_sent_to_a_wrong_kind_can_be_sent_elsewhere(store):
    page = dropped(("cust.csv", CUSTOMERS), kind="people")
    assert keyed(page.selectbox, "to_")[0].value == "customers"
    keyed(page.selectbox, "to_")[0].select("people").run()
    assert "unknown column" in plain(page.error)[0]
    keyed(page.selectbox, "to_")[0].select("customers").run()
    assert keyed(page.button, "load_")


def test_a_bad_row_of_one_file_is_left_out_of_all_only_where_a_person_says_so(store):
    page = dropped(("subs.csv", SUBSCRIPTIONS.replace("S,A", "S,B")), ("cust.csv", CUSTOMERS))
    assert keyed(page.button, "load_")[0].disabled
    keyed(page.checkbox, "skip_")[0].check()
    page.run()
    assert keyed(page.button, "load_")[0].label == "Load 1 row of customers"
    press(page, "load_together")
    assert store.rows("select customer_id from customers") == [("A",)]


def test_an_empty_store_asked_for_people_shows_where_their_file_goes(store):
    page = opened(kind="people")
    assert "Drop a file of people below" in text_of(page)
    assert "Add your first account" not in text_of(page)
    assert keyed(page.get("download_button"), "template_people_first")


def test_a_decision_on_a_duplicate_is_taken_back(books):
    make.statement(books, FEB)
    make.statement(
        books, HEAD + "2026-02-18,Acme LLC ref,500.00\n2026-02-14,Z,1\n2026-02-13,Y,1\n", name="b.csv"
    )
    before = lines(books)
    page = press(opened(), "join_")
    assert len(lines(books)) == len(before) - 1
    press(page, "saved_undo")
    assert plain(page.success) == ["Decision taken back: the joined line stands again"]
    assert lines(books) == before
    press(page, "join_")
    page.session_state["decided"] = True
    page.run()
    press(page, "again_")
    assert lines(books) == before
    assert "1 possible duplicate to decide" in text_of(page)


def test_a_file_that_goes_nowhere_yet_shows_its_amounts_in_no_currency_but_its_own(books):
    page = dropped(("feb.csv", FEB))
    (sample,) = [frame for frame in page.dataframe if "amount" in frame.value]
    assert "dollar" not in sample.proto.columns


def test_a_statement_in_euros_is_never_in_dollars(store):
    make.loaded(
        store,
        "accounts",
        "account,name,kind,currency,opened_on,opening_balance\nEUR,Euro,bank,EUR,2026-01-01,0.00\n",
    )
    page = dropped(("feb.csv", FEB), account="EUR")
    assert not any("dollar" in frame.proto.columns for frame in page.dataframe)
    press(page, "import_")
    assert "€491.00" in plain(page.success)[0]
    assert "$" not in text_of(page)
