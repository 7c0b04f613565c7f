"""Reconcile: lines are matched by a click, undone by a click, both sides add up, and the lock is a step of its own."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import reconcile_deciding, reconcile_lines, session
from tai_ops.errors import NotAllowed
from tai_ops.store import layouts
from tai_ops.store.matches import decide, lock, reconcile, standing, type_balance

ROUTER = Path(session.__file__).with_name("router.py")
HEAD = "Date,Description,Amount\n"
INVOICES = """invoice_number,customer_id,issued_on,due_on,amount,kind
INV-1,A,2026-01-05,2026-02-04,500.00,licence
INV-2,B,2026-01-05,2026-02-04,700.00,licence
INV-3,A,2026-01-06,2026-02-05,500.00,services
"""
BILLS = """bill_id,account,incurred_on,paid_on,payee,amount,category,reference
B-1,OP,2026-01-20,2026-01-20,Cloud Co,120.00,cloud infrastructure,
B-2,OP,2026-01-28,2026-01-28,Landlord,300.00,rent,check 88
"""
LINES = (
    "2026-01-21,CLOUD CO,-120.00\n2026-01-30,ACME LLC,500.00\n"
    "2026-01-31,MONTHLY FEE,-5.00\n2026-01-31,WIRE IN,1200.00\n"
)


@pytest.fixture(autouse=True)
def held(store):
    session.use(store)
    yield store
    session.use(None)


@pytest.fixture
def books(store):
    make.accounts(store)
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme LLC,live\nB,Beta Foods,live\n")
    make.loaded(store, "invoices", INVOICES)
    make.loaded(store, "bills", BILLS)
    make.statement(store, HEAD + LINES)
    return store


def opened(**address):
    page = AppTest.from_file(str(ROUTER)).switch_page("../../pages/reconcile.py")
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def plain(elements):
    return [
        element.value.replace("\\", "").replace(":small[]", "").replace("\u2060", "") for element in elements
    ]


def text_of(page):
    assert not page.exception
    return "\n".join([*plain(page.markdown), *plain(page.caption)])


def keyed(elements, start):
    return [element for element in elements if (element.key or "").startswith(start)]


def press(page, start):
    keyed(page.button, start)[0].click()
    return page.run()


def line_of(store, text):
    return store.row("select line_id from statement_lines where description = $t", {"t": text})[0]


def in_hand(page, store, text):
    press(page, f"open_{line_of(store, text)}")
    return page


def decisions(store):
    return [d for (d,) in store.rows("select decision from match_decisions order by decided_at, decision_id")]


def test_without_an_account_the_page_says_what_to_do_first(store):
    assert "there is no account" in text_of(opened())


def test_an_account_without_lines_says_where_its_statement_comes_in(books):
    page = opened(account="SAVE")
    assert "Savings has no bank line" in text_of(page)
    assert "Bring in its statement" in page.get("page_link")[0].value


def test_the_verdict_counts_what_is_left_and_the_difference_is_bank_less_books(books):
    page = opened()
    assert (
        "Operating through Sat 31 Jan 2026: no lines matched, 4 to settle (1 certain and 1 with a suggestion); "
        "bank and books differ by $1,575.00, which those lines explain."
    ) in text_of(page)
    assert (
        "**Difference $1,575.00** :orange-badge[≈ explained: 4 bank lines are not in the books yet]"
        in text_of(page)
    )
    assert "= bank $2,575.00 + in transit $0.00 − outstanding $420.00 − books $580.00" in text_of(page)


def test_the_matcher_confirms_what_is_certain_and_says_so(books):
    page = press(opened(), "run_matcher")
    assert plain(page.success) == ["Matcher run: 1 pair confirmed; 1 line with suggestions waits for you"]
    assert standing(books, "OP", now=make.NOW).matched == 1


def test_a_pair_is_accepted_undone_and_accepted_in_three_rows(books):
    page = press(opened(), "accept_0_")
    assert plain(page.success) == ["CLOUD CO −$120.00 matched with bill B-1"]
    press(page, "saved_undo")
    assert plain(page.success) == ["Undone: CLOUD CO −$120.00 matched with bill B-1"]
    press(page, "accept_0_")
    assert decisions(books) == ["confirmed", "undone", "confirmed"]
    assert standing(books, "OP", now=make.NOW).matched == 1


def test_several_decisions_are_taken_back_one_after_another(books):
    page = press(opened(), "accept_0_")
    press(page, "decline_0_")
    [second] = plain(page.success)
    press(page, "saved_undo")
    assert plain(page.success) == [
        f"Undone: {second}. Undo goes on with: CLOUD CO −$120.00 matched with bill B-1"
    ]
    press(page, "saved_undo")
    assert plain(page.success) == ["Undone: CLOUD CO −$120.00 matched with bill B-1"]
    assert not keyed(page.button, "saved_undo")
    assert decisions(books) == ["confirmed", "declined", "undone", "undone"]
    assert standing(books, "OP", now=make.NOW).matched == 0


def test_a_tie_says_why_it_is_not_automatic(books):
    page = in_hand(opened(), books, "ACME LLC")
    assert "invoice INV-1 · Acme LLC · Mon 5 Jan 2026** settles $500.00" in text_of(page)
    assert ":orange-badge[≈ tie]" in text_of(page)
    assert "not certain: INV-3 fits as well" in text_of(page)


def test_a_declined_pair_is_not_offered_again_and_the_next_one_is(books):
    page = in_hand(opened(), books, "ACME LLC")
    press(page, "decline_0_")
    assert plain(page.success) == ["ACME LLC $500.00 not offered again: invoice INV-1"]
    assert "→ **invoice INV-3" in text_of(page)
    press(page, "accept_0_")
    assert decisions(books) == ["declined", "confirmed"]


def test_next_and_previous_go_round_the_queue(books):
    page = opened()
    seen = [plain(page.markdown), *(plain(press(page, "next").markdown) for _ in range(4))]
    assert seen[0] == seen[4]
    assert plain(press(page, "previous").markdown) == seen[3]


def test_several_entries_settle_a_line_only_where_nothing_is_left_open(books):
    page = in_hand(opened(), books, "WIRE IN")
    line_id = line_of(books, "WIRE IN")
    picked = page.multiselect(key=f"reconcile_picked_{line_id}")
    picked.select("invoice INV-2")
    page.run()
    assert "Left open of the line: **$500.00**" in text_of(page)
    assert keyed(page.button, "match_")[0].disabled
    page.multiselect(key=f"reconcile_picked_{line_id}").select("invoice INV-1")
    page.run()
    assert "Left open of the line: **$0.00**" in text_of(page)
    press(page, "match_")
    assert plain(page.success) == ["WIRE IN $1,200.00 matched with invoice INV-2, invoice INV-1"]
    press(page, "saved_undo")
    assert decisions(books) == ["confirmed", "confirmed", "undone", "undone"]


def test_a_part_of_a_line_is_matched_where_a_person_leaves_the_rest_open(books):
    page = in_hand(opened(), books, "WIRE IN")
    page.multiselect(key=f"reconcile_picked_{line_of(books, 'WIRE IN')}").select("invoice INV-2")
    page.run()
    keyed(page.checkbox, "partly_")[0].check()
    page.run()
    press(page, "match_")
    page = in_hand(page, books, "WIRE IN")
    assert "$500.00 of $1,200.00 is left; the rest is matched with invoice INV-2." in text_of(page)


def test_the_open_entries_are_searched(books):
    page = in_hand(opened(), books, "WIRE IN")
    line_id = line_of(books, "WIRE IN")
    page.text_input(key=f"reconcile_search_{line_id}").set_value("beta")
    page.run()
    assert page.multiselect(key=f"reconcile_picked_{line_id}").options == [
        "$700.00 · invoice INV-2 · Beta Foods · Mon 5 Jan 2026"
    ]


def test_a_line_is_booked_as_a_bill_which_undo_takes_out_again(books):
    page = in_hand(opened(), books, "MONTHLY FEE")
    line_id = line_of(books, "MONTHLY FEE")
    page.session_state[f"book_{line_id}"] = True
    page.run()
    page.text_input(key=f"book_payee_{line_id}").set_value("First Bank")
    press(page, "book_save_")
    assert "category: choose one, or write your own" in plain(page.error)
    assert page.text_input(key=f"book_payee_{line_id}").value == "First Bank"
    page.selectbox(key=f"book_category_{line_id}").select("other")
    press(page, "book_save_")
    assert books.rows("select payee, amount, category from bills where payee = 'First Bank'") == [
        ("First Bank", Decimal("5.00"), "other")
    ]
    assert "booked as a bill" in plain(page.success)[0]
    press(page, "saved_undo")
    assert books.rows("select * from bills where payee = 'First Bank'") == []
    assert len(standing(books, "OP", now=make.NOW).unmatched_bank) == 4


def test_a_line_is_booked_as_an_entry_of_a_kind(books):
    page = in_hand(opened(), books, "WIRE IN")
    line_id = line_of(books, "WIRE IN")
    press(page, "to_book")
    page.segmented_control(key=f"book_kind_{line_id}").select("entries").run()
    page.selectbox(key=f"book_entry_{line_id}").select("financing")
    press(page, "book_save_")
    assert books.rows("select kind, amount from entries") == [("financing", Decimal("1200.00"))]


def test_a_line_that_names_an_own_account_is_offered_as_a_transfer_to_it(books):
    make.statement(books, HEAD + "2026-01-31,TRANSFER TO SAVINGS,-40.00\n", name="more.csv")
    page = in_hand(opened(), books, "TRANSFER TO SAVINGS")
    line = line_of(books, "TRANSFER TO SAVINGS")
    page.session_state[f"book_{line}"] = True
    page.run()
    assert page.selectbox(key=f"book_entry_{line}").value == "transfer"
    assert page.selectbox(key=f"book_counter_{line}").value == "SAVE"
    press(page, "book_save_")
    assert books.rows("select account, amount, kind, counter_account from entries") == [
        ("OP", Decimal("-40.00"), "transfer", "SAVE")
    ]


def test_a_match_is_undone_from_the_list_or_declared_none(books):
    reconcile(books, make.CFO, "OP", now=make.NOW)
    page = opened(show="Matched")
    assert "→ **bill B-1 · Cloud Co · Tue 20 Jan 2026**" in text_of(page)
    assert "by the matcher" in text_of(page)
    press(page, "undo_")
    press(page, "saved_undo")
    press(page, "apart_")
    assert decisions(books) == ["confirmed", "undone", "confirmed", "declined"]
    assert reconcile(books, make.CFO, "OP", now=make.NOW).newly_confirmed == 0


def test_the_books_side_lists_what_is_outstanding_and_flags_what_is_stale(books):
    make.loaded(
        books,
        "bills",
        "bill_id,account,incurred_on,paid_on,payee,amount\nOLD,OP,2026-01-01,2026-01-01,Printer,75.00\n",
    )
    page = opened(show="Only in the books", through="2026-07-31")
    (checks,) = [frame.value for frame in page.dataframe]
    assert list(checks["entry"]) == ["bill OLD", "bill B-1", "bill B-2"]
    assert list(checks["note"]) == ["✗ over 180 days"] * 3
    assert "3 checks are older than 180 days" in text_of(page)


def test_both_sides_are_printed_line_by_line_to_the_same_adjusted_balance(books):
    page = opened(show="Statement and lock")
    bank, ledger = [text for text in plain(page.markdown) if text.startswith("| ")]
    assert [row.strip("| ").split(" | ") for row in bank.splitlines()[2:]] == [
        ["**Balance by the bank**", "**$2,575.00**"],
        ["**Deposits in transit (0)**", "**$0.00**"],
        ["**Outstanding checks (2)**", "**−$420.00**"],
        ["Tue 20 Jan 2026 · Cloud Co", "−$120.00"],
        ["Wed 28 Jan 2026 · Landlord check 88", "−$300.00"],
        ["**Adjusted bank balance**", "**$2,155.00**"],
    ]
    assert ledger.splitlines()[-1] == "| **Adjusted book balance** | **$2,155.00** |"


def test_the_banks_balance_is_typed_and_a_wrong_one_stays_in_its_field(books):
    page = opened()
    assert page.text_input(key="bank_balance").form_id == "balance_form"  # Enter sends it
    page.text_input(key="bank_balance").set_value("2.5k")
    press(page, "save_balance")
    assert plain(page.error) == ["balance: '2.5k' is not a number; write it like 1,234.50"]
    assert page.text_input(key="bank_balance").value == "2.5k"
    page.text_input(key="bank_balance").set_value("2.500,00")  # never a hundred times as much
    press(page, "save_balance")
    assert plain(page.success) == ["Balance of Operating on Sat 31 Jan 2026 saved: $2,500.00"]
    assert ":red-badge[✗ −$75.00 not explained]" in text_of(page)


def test_locking_says_what_it_does_holds_and_is_opened_with_a_reason(books):
    page = opened(show="Statement and lock")
    assert "Locks Operating through Sat 31 Jan 2026." in text_of(page)
    press(page, "lock")
    assert plain(page.success) == ["Operating locked through Sat 31 Jan 2026"]
    page.segmented_control(key="show").select("To settle").run()
    press(page, "accept_0_")
    assert "account OP is reconciled and locked through 2026-01-31" in plain(page.error)[0]
    page.segmented_control(key="show").select("Statement and lock").run()
    press(page, "unlock")
    assert plain(page.error) == ["a reason is needed to unlock"]
    page.text_input(key="unlock_reason").set_value("the bank corrected a line")
    press(page, "unlock")
    assert plain(page.success) == ["Operating unlocked; it was locked through Sat 31 Jan 2026"]


def test_what_is_not_explained_can_not_be_locked(books):
    type_balance(books, make.CFO, "OP", date(2026, 1, 31), Decimal("2000.00"), now=make.NOW)
    page = opened(show="Statement and lock")
    assert keyed(page.button, "lock")[0].disabled
    assert "The difference has to be explained by the listed lines first." in text_of(page)


def test_the_address_names_account_and_day(books):
    make.statement(books, HEAD + "2026-01-16,INTEREST,1.00\n", account="SAVE", name="s.csv")
    page = opened(account="SAVE", through="2026-01-16")
    assert "Savings through Fri 16 Jan 2026: no lines matched, 1 to settle" in text_of(page)
    assert page.date_input(key="through").value == date(2026, 1, 16)
    chosen = page.selectbox(key="account")
    assert (chosen.value, chosen.options[:2]) == ("SAVE", ["Operating", "Savings"])
    page = chosen.select("OP").run()
    assert "Operating has no bank line through Fri 16 Jan 2026" in text_of(page)


def test_a_locked_period_says_so_first(books):
    lock(books, make.CFO, "OP", date(2026, 1, 31), now=make.NOW)
    assert "Operating is reconciled and locked through Sat 31 Jan 2026, by jonas.feld" in text_of(opened())


def test_a_long_list_comes_by_pages(books):
    make.statement(
        books, HEAD + "".join(f"2026-02-01,NR {n},-{n}.11\n" for n in range(1, 30)), name="many.csv"
    )
    page = opened()
    assert len(keyed(page.button, "open_")) == reconcile_lines.PAGE_LINES - 1
    page.get_by_key("queue_page").set_value(2)
    assert len(keyed(page.run().button, "open_")) == 33 - reconcile_lines.PAGE_LINES - 1


def test_on_a_large_account_a_decision_starts_no_new_run(books, monkeypatch):
    monkeypatch.setattr(reconcile_deciding, "CARRY_FROM", 1)
    page = opened()
    monkeypatch.setattr("tai_ops.store.matches.match", None)
    press(page, "accept_0_")
    assert not page.error
    assert "1 line matched, 3 to settle (1 with a suggestion)" in text_of(page)


def test_texts_of_the_bank_are_shown_as_they_are(books):
    make.statement(books, HEAD + "2026-02-01,<b>X</b>](http://e.example) $a$ *b*,-12.00\n", name="x.csv")
    page = in_hand(opened(), books, "<b>X</b>](http://e.example) $a$ *b*")
    shown = [m.value for m in page.markdown if "e\\.example" in m.value]
    assert shown
    assert all("\\<b\\>X\\<\\/b\\>\\]\\(http\\:" in text and "\\$a\\$ \\*b\\*" in text for text in shown)


def test_a_role_that_may_not_is_told_beforehand_who_may_and_is_refused_all_the_same(books):
    make.loaded(
        books,
        "people",
        "email,name,role,active\nida@t.example,Ida Roth,csm,true\nm@t.example,Mara,ceo,true\n",
    )
    page = opened(**{"as": "Ida Roth · CSM"})
    assert "The CFO or CEO may change the books and the bank." in text_of(page)
    writing = keyed(page.button, ("run_matcher", "accept_", "decline_", "quick_"))
    assert len(writing) > 3
    assert all(button.disabled for button in writing)
    assert not keyed(page.button, "save_balance")
    with pytest.raises(
        NotAllowed, match=r"Ida Roth .CSM. may not change the books and the bank; ask the CFO or CEO"
    ):
        reconcile(books, make.CSM, "OP", now=make.NOW)
    assert decisions(books) == []


def test_what_was_learned_of_a_payee_is_shown_and_forgotten(books):
    decide(books, make.CFO, line_of(books, "CLOUD CO"), "bill", "B-1", "confirmed", now=make.NOW)
    page = opened(show="What it learned")
    assert "CLOUD CO → **Cloud Co**" in text_of(page)
    assert "confirmed 1 time, last on Fri 3 Apr 2026" in text_of(page)
    press(page, "forget_")
    assert plain(page.success) == ["CLOUD CO no longer means Cloud Co"]
    assert not keyed(page.button, "forget_")
    press(page, "saved_undo")
    assert plain(page.success) == ["CLOUD CO means Cloud Co again"]
    assert keyed(page.button, "forget_")


def test_a_spelling_is_said_and_a_declined_pair_offered_again_and_a_layout_changed(books):
    decide(books, make.CFO, line_of(books, "CLOUD CO"), "bill", "B-1", "declined", now=make.NOW)
    page = opened(show="What it learned")
    page.session_state["say_box"] = True
    page.run()
    page.text_input(key="say_spelling").set_value("AMZN MKTP")
    page.selectbox(key="say_party").select("Cloud Co")
    press(page, "say_save")
    assert "AMZN MKTP → **Cloud Co**" in text_of(page)
    press(page, "change_")
    assert page.text_input(key="say_spelling").value == "AMZN MKTP"
    page.selectbox(key="say_party").select("Landlord")
    press(page, "say_save")
    assert "AMZN MKTP → **Landlord**" in text_of(page)
    assert "CLOUD CO Wed 21 Jan 2026 is not bill B-1" in text_of(page).replace("**", "").replace(
        ":gray[", ""
    ).replace("]", "")
    press(page, "offer_")
    assert decisions(books) == ["declined", "undone"]
    [kept] = layouts.kept(books)
    page.session_state[f"layout_OP_{kept.kind}"] = True
    page.run()
    [dates] = keyed(page.selectbox, "layout_date_order_OP")
    dates.select("day")
    press(page, "layout_save_OP")
    assert plain(page.success) == ["Layout of Operating changed; it counts from the next file on"]
    assert [one.layout.date_order for one in layouts.kept(books)] == ["day"]
    press(page, "saved_undo")
    assert layouts.kept(books)[0].layout.date_order != "day"


def test_unambiguous_suggestions_are_looked_through_and_accepted_together(books):
    make.loaded(books, "bills", "bill_id,incurred_on,payee,amount\nB-9,2026-01-30,Printshop Ltd,77.10\n")
    make.statement(books, HEAD + "2026-01-31,PRINTSHP,-77.10\n", name="more.csv")
    page = opened()
    page.session_state["bulk"] = True
    page.run()
    rows = page.dataframe[0].value
    assert [tuple(row) for row in rows[["Amount", "With"]].to_numpy()] == [
        ("−$120.00", "bill B-1 · Cloud Co · Tue 20 Jan 2026"),
        ("−$77.10", "bill B-9 · Printshop Ltd · Fri 30 Jan 2026"),
    ]
    press(page, "bulk_accept")
    assert plain(page.success) == ["2 suggestions accepted"]
    assert decisions(books) == ["confirmed"] * 2
    press(page, "saved_undo")
    assert decisions(books)[2:] == ["undone"] * 2


def test_a_line_is_split_over_a_category_and_a_fee_and_undo_takes_both_out(books):
    page = in_hand(opened(), books, "WIRE IN")
    line_id = line_of(books, "WIRE IN")
    press(page, "to_split")
    page.selectbox(key=f"part_to_0_{line_id}").select("Payment of a customer")
    page.text_input(key=f"part_of_0_{line_id}").set_value("1,150.00")
    page.selectbox(key=f"part_to_1_{line_id}").select("Interest")
    page.text_input(key=f"part_of_1_{line_id}").set_value("40").run()
    assert "Still to split: **$10.00**" in text_of(page)
    page.text_input(key=f"part_of_1_{line_id}").set_value("50").run()
    press(page, "split_save_")
    assert books.rows("select kind, amount from entries") == [("interest", Decimal("50.00"))]
    assert books.rows("select amount from payments") == [(Decimal("1150.00"),)]
    press(page, "saved_undo")
    assert books.rows("select 1 from entries union all select 1 from payments") == []


def test_a_short_payment_is_matched_and_the_rest_written_off_in_one_step(books):
    make.statement(books, HEAD + "2026-01-31,BETA FOODS INV-2,690.00\n", name="short.csv")
    page = in_hand(opened(), books, "BETA FOODS INV-2")
    press(page, "write_off_save_0_")
    assert plain(page.success) == ["BETA FOODS INV-2 matched with INV-2; $10.00 written off"]
    assert books.rows("select kind, amount from entries") == [("fee", Decimal("-10.00"))]
    press(page, "saved_undo")
    assert books.rows("select 1 from entries") == []
    assert decisions(books) == ["confirmed", "confirmed", "undone", "undone"]
