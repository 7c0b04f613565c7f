"""Which way the money goes where headings leave it open: flags of one kind, cards, balances that tell."""

import pytest
from statements.statement_text import amounts, read

CARD = "Date,Payee,Amount,Balance\n"
SPENT = "2026-01-14,Shop,10.00,{0}110.00\n2026-01-15,Tea,5.00,{0}115.00\n2026-01-16,Refund,-2.00,{0}113.00\n"


@pytest.mark.parametrize("heading", ["CreditDebet", "Debets/Kredīts"])
def test_flags_of_one_kind_below_both_words_are_flags(heading):
    statement = read(f"Datums;Saņēmējs;Summa;{heading}\n2026-01-14;Veikals;10,00;D\n2026-01-15;Tēja;5,00;D\n")
    assert (amounts(statement), statement.sure_sign) == (["-10.00", "-5.00"], True)


def test_flags_of_one_kind_below_an_unknown_heading_are_asked_for_and_the_other_kind_again():
    text = "Date;Text;Amount;Zenklas\n2026-01-14;Shop;10.00;{0}\n2026-01-15;Tea;5.00;{0}\n"
    first = read(text.format("D"))
    assert (amounts(first), first.sure_sign) == (["-10.00", "-5.00"], False)
    assert "--positive in or out decides" in first.warnings[0]
    said = read(text.format("D"), positive="out")
    assert (amounts(said), said.sure_sign) == (["-10.00", "-5.00"], True)
    next_month = read(text.format("C"), layout=said.layout)
    assert (amounts(next_month), next_month.sure_sign) == (["10.00", "5.00"], False)


def test_a_card_with_mostly_positive_amounts_is_asked_for_once():
    text = "Date,Payee,Amount\n2026-01-14,Shop,10.00\n2026-01-15,Tea,5.00\n2026-01-16,Back,-2.00\n"
    assert read(text).sure_sign
    card = read(text, card=True)
    assert (amounts(card), card.sure_sign) == (["-10.00", "-5.00", "2.00"], False)
    said = read(text, card=True, positive="out")
    again = read(text, card=True, layout=said.layout)
    assert (amounts(again), again.sure_sign) == (["-10.00", "-5.00", "2.00"], True)
    even = "Date,Payee,Amount\n2026-01-14,{0},10.00\n2026-01-15,Tea,-5.00\n"
    assert (amounts(read(even.format("Shop"), card=True))[0], read(even.format("Shop")).sure_sign) == (
        "-10.00",
        True,
    )
    paid = read(even.format("Payment received - thank you"), card=True)
    assert (amounts(paid), paid.sure_sign) == (["10.00", "-5.00"], True)
    spent = "Date,Payee,Amount\n2026-01-14,Shop,-10.00\n2026-01-15,Tea,-5.00\n2026-01-16,Back,2.00\n"
    assert read(spent, card=True).sure_sign


def test_a_card_balance_that_is_owed_is_money_that_the_company_has_not():
    asked = read(CARD + SPENT.format(""), card=True)
    assert not asked.sure_sign
    statement = read(CARD + SPENT.format(""), card=True, positive="out")
    assert amounts(statement) == ["-10.00", "-5.00", "2.00"]
    assert (str(statement.opening_balance), str(statement.closing_balance)) == ("-100.00", "-113.00")
    assert statement.balance_ties is True
    assert [str(line.balance) for line in statement.lines] == ["-110.00", "-115.00", "-113.00"]
    own = read(CARD + SPENT.format("-"), card=True)
    assert (amounts(own), str(own.closing_balance)) == (["-10.00", "-5.00", "2.00"], "-113.00")


def test_a_card_without_headings_is_not_told_by_what_it_owes():
    text = "01/14/2026,Shop,10.00,,110.00\n01/15/2026,Back,,5.00,105.00\n01/16/2026,Tea,4.00,,109.00\n"
    card = read(text, card=True)
    assert (amounts(card), card.sure_sign) == (["-10.00", "5.00", "-4.00"], False)
    assert str(read(text, card=True, positive="in").closing_balance) == "-109.00"


@pytest.mark.parametrize(
    "text",
    [
        "Opening balance:,100.00\nClosing balance:,85.00\nDate,Payee,Amount\n2026-01-14,Shop,10.00\n2026-01-15,Tea,5.00\n",
        "Date,Payee,Amount,Balance\n2026-01-14,Shop,10.00,90.00\n2026-01-15,Back,-2.00,92.00\n2026-01-16,Back,-1.00,93.00\n",
    ],
    ids=["stated", "running"],
)
def test_balances_that_tie_only_the_other_way_round_ask_for_the_sign(text):
    statement = read(text)
    assert not statement.sure_sign
    assert any("only if a positive amount is money out" in w for w in statement.warnings)
    turned = read(text, positive="out")
    assert (turned.sure_sign, turned.balance_ties) == (True, True)


def test_a_date_heading_that_elsewhere_means_an_amount():
    danish = read(
        'Dato,Valør,Tekst,Beløb\n13.01.2026,13.01.2026,Husleje,"-1,50"\n14.01.2026,14.01.2026,Løn,"2,50"\n'
    )
    assert amounts(danish) == ["-1.50", "2.50"]
    assert len(read("Data;Histórico;Valor;Saldo\n").lines) == 0


def test_totals_below_a_table_with_unknown_headings_are_no_column_of_money():
    statement = read("X0;X1;X2\n13.01.2026;Shop;-10,00\n14.01.2026;Pay;20,00\nTotal;10,00\nEnd;11,00\n")
    assert amounts(statement) == ["-10.00", "20.00"]


def test_a_bank_that_counts_transactions_beside_each_line_is_no_summary():
    head = "Booking date;Value date;Beneficiary / Originator;Payment Details;Number of transactions;Debit;Credit\n"
    statement = read(
        head + "01/13/2026;01/13/2026;Shop;Tea;;-5,00;\n01/14/2026;01/14/2026;Firm;Pay;1;;1.200,00\n"
    )
    assert amounts(statement) == ["-5.00", "1200.00"]


def test_dates_without_any_year_say_what_to_do_and_that_helps():
    text = "Buchung;Text;Betrag\n13.01;Miete;-1.200,00\n14.01;Lohn;2.500,00\n"
    assert "write it in a line of its own above the table" in read(text).rejected[0].reason
    statement = read("2026\n" + text)
    assert [str(day) for day in statement.columns.date] == ["2026-01-13", "2026-01-14"]
