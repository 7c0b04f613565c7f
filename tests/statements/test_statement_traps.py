"""What goes wrong in real files: signs, flags, bad rows, dates that fit two orders, encodings, quotes."""

import pytest
from statements.statement_text import amounts, dates, read

from tai_ops.errors import UnreadableFile, WrongUsage
from tai_ops.statements import FORMATS, MAX_BYTES, formats, read_statement

HEAD = "Date,Description,Amount\n"


def rejected(statement):
    return [(r.line, r.reason) for r in statement.rejected]


def test_identical_rows_stay_two():
    statement = read(HEAD + "2026-01-30,Tea,-5.00\n2026-01-30,Tea,-5.00\n")
    assert amounts(statement) == ["-5.00", "-5.00"]
    assert list(statement.columns.occurrence) == [1, 2]


def test_bad_rows_are_named_by_line_and_the_others_read():
    text = (
        HEAD
        + '2026-01-28,"two\nlines",-1.00\n31/02/2026,b,-2.00\n2026-01-30,c,12..34\n2026-01-31,d,1.234\n,e,-5.00\n2026-01-31,f,\n'
    )
    statement = read(text)
    assert amounts(statement) == ["-1.00"]
    assert [line for line, _ in rejected(statement)] == [4, 5, 6, 7, 8]
    reasons = " ".join(reason for _, reason in rejected(statement))
    for said in (
        "'31/02/2026' is no date of the calendar",
        "'12..34'",
        "three decimals",
        "has no date",
        "has no amount",
    ):
        assert said in reasons


@pytest.mark.parametrize("day", ["1926-11-27", "27 Nov 2126"])
def test_a_date_a_century_off_says_between_which_years_it_would_be_one(day):
    statement = read(HEAD + f"{day},old,-1.00\n2026-01-31,d,-2.00\n")
    assert rejected(statement) == [(2, f"'{day}' is not a date between 1950 and 2100")]


def test_a_row_with_a_cell_too_many_is_rejected():
    statement = read(HEAD + "2026-01-30,Tea, with milk,-5.00\n2026-01-31,Tea,-6.00\n2026-02-01,Tea,-7.00\n")
    assert amounts(statement) == ["-6.00", "-7.00"]
    assert "4 cells where the table has 3 columns" in rejected(statement)[0][1]


def test_three_readings_of_an_amount_in_one_column_are_refused():
    with pytest.raises(UnreadableFile, match=r"'Amount' writes '1,234\.56' and '1\.234,56'"):
        read("Date;Text;Amount\n2026-01-30;a;1,234.56\n2026-01-31;b;1.234,56\n2026-02-01;c;abc\n")
    statement = read("Date;Text;Amount\n2026-01-30;a;1,234.56\n2026-01-31;b;1.234,56\n", decimal=".")
    assert (amounts(statement), len(statement.rejected)) == (["1234.56"], 1)


def test_thousands_or_decimals_is_asked_where_no_currency_tells():
    text = "Date;Text;Amount\n2026-01-30;a;45.500\n2026-01-31;b;1.250\n"
    assert read(text).sure is False
    assert any("--decimal" in warning for warning in read(text).warnings)
    assert amounts(read(text, decimal=",")) == ["45500.00", "1250.00"]
    assert (
        read("Date;Text;Amount;Currency\n2026-01-30;a;45.500;KWD\n2026-01-31;b;1.250;KWD\n").lines
        == read(HEAD).lines
    )
    assert read("Date;Text;Amount;Currency\n2026-01-30;a;45.500;EUR\n2026-01-31;b;1.250;EUR\n").sure


def test_a_zero_amount_is_kept_and_said():
    statement = read(HEAD + "2026-01-30,Card check,0.00\n2026-01-31,Tea,-5.00\n")
    assert amounts(statement) == ["0.00", "-5.00"]
    assert statement.warnings == ("line 2 has an amount of 0.00",)


def test_dates_that_fit_two_orders_are_asked_about():
    text = HEAD + "04/03/2026,Tea,-5.00\n05/03/2026,Tea,-6.00\n"
    statement = read(text)
    assert statement.sure is False
    assert "--date-order" in statement.warnings[0]
    assert dates(read(text, date_order="day")) == ["2026-03-04", "2026-03-05"]
    american = read(text, date_order="month")
    assert (dates(american), american.sure) == (["2026-04-03", "2026-05-03"], True)


def test_another_date_column_may_decide():
    text = "Booking date,Value date,Text,Amount\n04/03/2026,04/13/2026,Tea,-5.00\n05/03/2026,05/04/2026,Tea,-6.00\n"
    statement = read(text)
    assert (statement.sure, statement.date_order, dates(statement)[0]) == (True, "month", "2026-04-03")


def test_two_date_orders_in_one_column_are_refused():
    with pytest.raises(UnreadableFile, match="--date-order"):
        read(HEAD + "25/12/2026,Tea,-5.00\n12/25/2026,Tea,-6.00\n")


def test_a_period_over_the_turn_of_the_year():
    rows = "Datum;Text;Betrag\n30. Dez;Miete;-1,00\n2. Jänner;Lohn;2,00\n"
    statement = read("Kontoauszug 15.12.2025 - 14.01.2026\n" + rows)
    assert (dates(statement), statement.sure) == (["2025-12-30", "2026-01-02"], True)
    unsure = read("Kontoauszug 2025/2026\n" + rows)
    assert (dates(unsure), unsure.sure) == (["2025-12-30", "2026-01-02"], False)


def test_the_year_in_a_line_above():
    statement = read("Kontoauszug 2026\nDatum;Text;Betrag\n30.01.;Miete;-1,00\n31.01.;Lohn;2,00\n")
    assert dates(statement) == ["2026-01-30", "2026-01-31"]
    assert len(read("Datum;Text;Betrag\n30.01.;Miete;-1,00\n").rejected) == 1


@pytest.mark.parametrize(
    ("inward", "outward"),
    [
        ("CR", "DR"),
        ("C", "D"),
        ("Credit", "Debit"),
        ("H", "S"),
        ("Haben", "Soll"),
        ("Bij", "Af"),
        ("K", "D"),
        ("+", "-"),
        ("in", "out"),
        ("Kredit", "Debet"),
        ("Abono", "Cargo"),
    ],
)
def test_flags_say_the_direction(inward, outward):
    text = f"Date,Text,Amount,Flag\n2026-01-30,a,10.00,{inward}\n2026-01-31,b,4.00,{outward}\n"
    statement = read(text)
    assert (amounts(statement), statement.sure_sign) == (["10.00", "-4.00"], True)
    unnamed = read(text.replace("Flag", ""))
    assert amounts(unnamed) == ["10.00", "-4.00"]


def test_a_flag_on_receipts_alone():
    statement = read(
        'Date,Text,Amount,\n2026-01-30,a,£67.40,\n2026-01-31,b,"+ £1,100.00",CR\n2026-01-31,c,£5.00,\n'
    )
    assert (amounts(statement), statement.currency) == (["-67.40", "1100.00", "-5.00"], "GBP")


def test_a_sign_and_its_flag_that_disagree_are_asked_about():
    agreeing = "Date,Text,Amount,D/C\n2026-01-30,a,10.00,C\n2026-01-31,b,-4.00,D\n"
    assert amounts(read(agreeing)) == ["10.00", "-4.00"]
    text = "Date,Text,Amount,D/C\n2026-01-30,a,10.00,D\n2026-01-31,b,-4.00,C\n"
    with pytest.raises(
        UnreadableFile, match=r"line 2: the sign of 10\.00 and its flag 'D' disagree; say --positive"
    ):
        read(text)
    assert amounts(read(text, positive="out")) == ["-10.00", "4.00"]


def test_a_flag_of_one_kind_may_be_overruled():
    text = "Date,Text,Amount,Type\n2026-01-30,a,10.00,Debit\n2026-01-31,b,4.00,Debit\n"
    assert (amounts(read(text)), read(text).sure_sign) == (["-10.00", "-4.00"], False)
    said = read(text, positive="in")
    assert (amounts(said), said.sure_sign) == (["10.00", "4.00"], True)
    again = read(text, layout=said.layout)
    assert (amounts(again), again.sure_sign) == (["10.00", "4.00"], True)
    both = "Date,Text,Amount,Type\n2026-01-30,a,10.00,Debit\n2026-01-31,b,4.00,Credit\n"
    assert amounts(read(both, positive="in")) == ["-10.00", "4.00"]


def test_an_unknown_flag_is_a_bad_row():
    statement = read(
        "Date,Text,Amount,D/C\n"
        + "2026-01-30,a,10.00,C\n2026-01-31,b,4.00,D\n" * 200
        + "2026-01-31,b,4.00,X\n"
    )
    assert rejected(statement) == [(402, "'X' says neither money in nor money out")]


def test_a_card_with_positive_purchases_is_asked_about():
    text = "Date,Merchant,Card number,Amount\n2026-01-30,Shop,1234,10.00\n2026-01-31,Shop,1234,4.00\n"
    statement = read(text)
    assert (amounts(statement), statement.sure_sign) == (["-10.00", "-4.00"], False)
    assert any("--positive" in warning for warning in statement.warnings)
    said = read(text, positive="in")
    assert (amounts(said), said.sure_sign, said.layout.positive) == (["10.00", "4.00"], True, "in")


def test_the_running_balance_proves_the_sign():
    head = "Date,Merchant,Card number,Amount,Balance\n"
    straight = read(
        head + "2026-01-29,A,1,10.00,110.00\n2026-01-30,B,1,4.00,114.00\n2026-01-31,C,1,-1.00,113.00\n"
    )
    assert (amounts(straight), straight.sure_sign) == (["10.00", "4.00", "-1.00"], True)
    turned = read(
        head + "2026-01-29,A,1,10.00,90.00\n2026-01-30,B,1,4.00,86.00\n2026-01-31,C,1,-1.00,87.00\n"
    )
    assert (amounts(turned), turned.sure_sign, turned.balance_ties) == (
        ["-10.00", "-4.00", "1.00"],
        True,
        True,
    )


def test_the_kind_of_a_line_decides_for_a_card():
    head = "Transaction Date,Description,Merchant,Type,Amount\n"
    flipped = read(
        head
        + "2026-01-30,x,Shop,Purchase,10.00\n2026-01-31,y,Bank,Payment,-10.00\n2026-01-31,z,Shop,Purchase,3.00\n"
    )
    assert (amounts(flipped), flipped.sure_sign) == (["-10.00", "10.00", "-3.00"], True)
    straight = read(head + "2026-01-30,x,Shop,Sale,-10.00\n2026-01-31,y,Bank,Payment,10.00\n")
    assert (amounts(straight), straight.sure_sign) == (["-10.00", "10.00"], True)


def test_debit_columns_with_and_without_their_sign():
    head = "Date,Text,Debit,Credit\n"
    assert amounts(read(head + "2026-01-30,a,10.00,\n2026-01-31,b,,4.00\n")) == ["-10.00", "4.00"]
    assert amounts(read(head + "2026-01-30,a,-10.00,\n2026-01-31,b,,4.00\n")) == ["-10.00", "4.00"]
    assert amounts(
        read(head + "2026-01-30,a,10.00,0.00\n2026-01-31,b,-3.00,0.00\n2026-02-01,c,0.00,4.00\n")
    ) == ["-10.00", "3.00", "4.00"]
    both = read(head + "2026-01-30,a,10.00,4.00\n2026-01-31,b,,4.00\n")
    assert rejected(both) == [(2, "has both money in and money out")]
    assert amounts(read("Date,Text,Debit\n2026-01-30,a,10.00\n2026-01-31,b,2.00\n")) == ["-10.00", "-2.00"]


def test_three_amount_columns_that_say_the_same():
    text = "Date,Text,Amount,Debit,Credit,Balance\n2026-01-30,a,10.00,10.00,,90.00\n2026-01-31,b,4.00,,4.00,94.00\n"
    assert amounts(read(text)) == ["-10.00", "4.00"]
    signed = (
        "Date,Text,Turnover,Balance,Value\n2026-01-30,a,-10.00,90.00,-10.00\n2026-01-31,b,4.00,94.00,4.00\n"
    )
    assert read(signed).balance_ties is True


def test_original_amounts_are_not_the_amount():
    text = "Date,Original amount,Original currency,Exchange rate,Amount,Text\n2026-01-30,-11.00,USD,1.1,-10.00,a\n2026-01-31,-22.00,USD,1.1,-20.00,b\n"
    statement = read(text)
    assert (amounts(statement), statement.currency) == (["-10.00", "-20.00"], None)


ENCODED = "Buchungstag;Empfänger;Betrag\n30.01.2026;Müller & Söhne;-1,50\n31.01.2026;Café;2,00\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_told_apart(codec):
    statement = read(ENCODED.encode(codec))
    assert [line.payee for line in statement.lines] == ["Müller & Söhne", "Café"]


def test_central_european_and_cyrillic_code_pages():
    czech = "Datum zaúčtování;Název protiúčtu;Zaúčtovaná částka\n30.01.2026;Řehoř Žížala;-1,50\n"
    assert read(czech.encode("cp1250")).lines[0].payee == "Řehoř Žížala"
    russian = "Дата операции;Контрагент;Сумма операции\n30.01.2026;Магазин Продукты;-1,50\n"
    assert read(russian.encode("cp1251")).lines[0].payee == "Магазин Продукты"
    assert read(ENCODED.encode("cp1252"), encoding="cp1252").lines[0].payee == "Müller & Söhne"
    with pytest.raises(UnreadableFile, match="not written in ascii"):
        read(ENCODED, encoding="ascii")
    with pytest.raises(UnreadableFile, match="no text encoding"):
        read(ENCODED, encoding="no-such-codec")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_nul_padding(end):
    text = ENCODED.replace("\n", end).encode() + b"\x00" * 512
    statement = read(text)
    assert amounts(statement) == ["-1.50", "2.00"]
    assert [line.row for line in statement.lines] == [2, 3]


def test_quotes_of_every_kind():
    doubled = read(HEAD + '2026-01-30,"say ""hi"", ok",-5.00\n2026-01-31,b,-6.00\n')
    assert doubled.lines[0].description == 'say "hi", ok'
    escaped = read(HEAD + '2026-01-30,"say \\"hi\\", ok",-5.00\n2026-01-31,b,-6.00\n')
    assert escaped.lines[0].description == 'say "hi", ok'
    unclosed = read(HEAD + '2026-01-30,"Inch 5,-5.00\n2026-01-31,b,-6.00\n2026-02-01,c,-7.00\n')
    assert amounts(unclosed) == ["-5.00", "-6.00", "-7.00"]
    wrapped = read('"Date,Description,Amount"\n"2026-01-30,""Tea, milk"",-5.00"\n"2026-01-31,b,-6.00"\n')
    assert (amounts(wrapped), wrapped.lines[0].description) == (["-5.00", "-6.00"], "Tea, milk")
    stated = read("sep=;\nDatum;Text;Betrag\n30.01.2026;a;-5,00\n")
    assert (amounts(stated), stated.lines[0].row) == (["-5.00"], 3)


def test_marks_that_nobody_sees():
    statement = read(
        "Date,Text,Amount\n\u200e30/01/2026\u200f,a,\u200e-5.00\u200e\n\u200e31/01/2026,b,\u22126.00\n"
    )
    assert amounts(statement) == ["-5.00", "-6.00"]


OTHERS = {
    b"%PDF-1.7\n": "PDF",
    b"\x89PNG\r\n\x1a\n\x00": "PNG",
    b"\xff\xd8\xff\xe0\x00\x10JFIF": "JPEG",
    b"PK\x03\x04rest": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office file",
    b"MZ\x90\x00\x03\x00": "Windows program",
    b"<html><body><table>": "web page",
    b"<!DOCTYPE html>": "web page",
    b"OFXHEADER:100\nDATA:OFXSGML\n": "OFX",
    b"<?xml version='1.0'?><OFX>": "OFX",
    b":20:STARTUMS\n:25:10020030/1234567\n:28C:0\n": "MT940",
    b"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>": "damaged XML",
    b"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>": "CAMT",
    b"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'><Stmt></Stmt></Document>": "pain.001",
    b"!Type:Cat\nNFood\n^\n": "QIF",
    b"01,SENDER,RECEIVER,260131,0900,1,80,1,2/\n02,X/\n": "BAI2",
    b'{"transactions": []}': "JSON",
    b"<?xml version='1.0'?><invoice/>": "XML",
    b"": "empty",
    b" \r\n\x00\x00": "empty",
    b"\x00\x01\x02\x03\x04\x05": "not text",
    b"Dear customer\nthank you\n": "without columns",
}


@pytest.mark.parametrize("data", OTHERS, ids=OTHERS.values())
def test_other_content_is_named_whatever_the_file_is_called(data):
    with pytest.raises(UnreadableFile) as refusal:
        read_statement(data, name="statement.csv")
    assert OTHERS[data] in str(refusal.value)
    assert str(refusal.value).startswith("statement.csv")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("header", "row", "what"),
    [
        ("order id,items,date,total", "1,Tea,2026-01-30,5.00", "list of orders"),
        ("JournalNumber,JournalDate,AccountName,NetAmount", "1,2026-01-30,Income,5.00", "journal"),
        (
            "AccountId,StatementCreated,NumTransactions,NetAmount",
            "5,2026-01-30,3,5.00",
            "summary of statements",
        ),
        ("Date,Symbol,Quantity,Price,Amount", "2026-01-30,ABC,1,5.00,5.00", "list of investments"),
        ("Invoice number,Due date,Customer,Amount", "1,2026-01-30,X,5.00", "list of invoices"),
        ("Name,Length,Category", "Film,3h,scifi", "a list of Name, Length, Category has no column of dates"),
        ("Name,Date,City", "Film,2026-01-30,Bern", "no column of amounts"),
    ],
)
def test_tables_that_are_no_statement_are_named(header, row, what):
    with pytest.raises(UnreadableFile, match=what):
        read(f"{header}\n{row}\n{row}\n")


def test_too_large_a_file_is_refused():
    with pytest.raises(UnreadableFile, match="larger than 50 MB"):
        read_statement(b"x" * (MAX_BYTES + 1), name="big.csv")


def test_formats_are_one_table_and_an_unknown_one_is_wrong_usage():
    assert [row.id for row in formats()] == [row.id for row in FORMATS]
    assert FORMATS[-1].id == "csv"
    with pytest.raises(WrongUsage, match="the formats are"):
        read(HEAD, format="mt999")
    with pytest.raises(UnreadableFile, match="not laid out as mercury"):
        read(HEAD + "2026-01-30,Tea,-5.00\n", format="mercury")


def test_a_name_with_line_breaks_stays_one_line():
    with pytest.raises(UnreadableFile) as refusal:
        read_statement(b"", name="a\nb\x1b[31m.csv")
    assert str(refusal.value).startswith("a b [31m.csv is empty")
