"""Layouts of banks: languages, delimiters, columns of money, preambles, balances, statuses, accounts."""

import pytest
from statements.statement_text import amounts, dates, read

from tai_ops.errors import UnreadableFile
from tai_ops.statements import as_json

LANGUAGES = {
    "english": "Date,Description,Amount,Balance\n2026-01-30,Rent,-1200.00,800.00\n2026-01-31,Salary,2500.00,3300.00\n",
    "german": "Buchungstag;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung;Saldo\n30.01.2026;Vermieter;Miete;-1.200,00;EUR;800,00\n31.01.2026;Firma;Lohn;2.500,00;EUR;3.300,00\n",
    "french": "Date de comptabilisation;Libellé;Débit euros;Crédit euros\n30/01/2026;LOYER;-1 200,00;\n31/01/2026;SALAIRE;;2 500,00\n",
    "spanish": "F. contable;Concepto;Cargo;Abono;Saldo\n30/01/2026;Alquiler;1.200,00;;800,00\n31/01/2026;Nómina;;2.500,00;3.300,00\n",
    "italian": "Data contabile;Data valuta;Dare;Avere;Causale\n30/01/2026;30/01/2026;1.200,00;;Affitto\n31/01/2026;31/01/2026;;2.500,00;Stipendio\n",
    "dutch": '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Af Bij","Bedrag (EUR)","Mededelingen"\n"20260130","Huisbaas","NL01","NL02","Af","1200,00","Huur"\n"20260131","Baas","NL01","NL03","Bij","2500,00","Loon"\n',
    "portuguese": "Data Mov.;Descrição;Débito;Crédito;Saldo\n30-01-2026;Renda;1.200,00;;800,00\n31-01-2026;Ordenado;;2.500,00;3.300,00\n",
    "swedish": "Bokföringsdag;Belopp;Avsändare;Mottagare;Rubrik;Saldo\n2026-01-30;-1200,00;;Värd;Hyra;800,00\n2026-01-31;2500,00;AB;;Lön;3300,00\n",
    "norwegian": "Dato;Forklaring;Ut fra konto;Inn på konto\n30.01.2026;Husleie;1200,00;\n31.01.2026;Lønn;;2500,00\n",
    "danish": "Bogført dato;Tekst;Beløb;Saldo\n30-01-2026;Husleje;-1.200,00;800,00\n31-01-2026;Løn;2.500,00;3.300,00\n",
    "finnish": "Kirjauspäivä;Saaja/Maksaja;Selite;Määrä\n30.01.2026;Vuokraisäntä;Vuokra;-1200,00\n31.01.2026;Oy;Palkka;2500,00\n",
    "polish": "Data księgowania;Nadawca/Odbiorca;Tytuł;Kwota operacji\n2026-01-30;Wynajmujący;Czynsz;-1200,00\n2026-01-31;Firma;Pensja;2500,00\n",
    "czech": "Datum zaúčtování;Název protiúčtu;Zpráva pro příjemce;Zaúčtovaná částka;Měna účtu\n30.01.2026;Majitel;Nájem;-1 200,00;CZK\n31.01.2026;Firma;Mzda;2 500,00;CZK\n",
    "hungarian": "Könyvelés dátuma,Partner neve,Közlemény,Összeg\n2026.01.30.,Tulaj,Bérlet,-1200.00\n2026.01.31.,Cég,Bér,2500.00\n",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_in_many_languages(language):
    statement = read(LANGUAGES[language])
    assert amounts(statement) == ["-1200.00", "2500.00"]
    assert dates(statement) == ["2026-01-30", "2026-01-31"]
    assert (statement.sure, statement.sure_sign, statement.rejected) == (True, True, ())
    assert all(line.payee or line.description for line in statement.lines)


ROWS = [
    ("2026-01-30", "Rent", "-1200.00"),
    ("2026-01-31", "Salary", "2500.00"),
    ("2026-02-01", "Tea", "-3.20"),
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter(delimiter):
    text = "\n".join(delimiter.join(row) for row in [("Date", "Description", "Amount"), *ROWS])
    assert amounts(read(text)) == ["-1200.00", "2500.00", "-3.20"]


def test_a_decimal_comma_beats_a_delimiter_of_commas():
    text = "Datum;Text;Betrag\n30.01.2026;a, b, c;-1,50\n31.01.2026;d, e, f;-2,50\n"
    assert amounts(read(text)) == ["-1.50", "-2.50"]
    quoted = 'Date,Text,Amount\n30.01.2026,a,"-1.234,50"\n31.01.2026,b,"-2,50"\n'
    assert amounts(read(quoted)) == ["-1234.50", "-2.50"]


def test_an_amount_cut_at_its_decimal_comma_is_refused():
    with pytest.raises(UnreadableFile, match="cut in two by their decimal comma"):
        read("Date,Description,Amount\n30.01.2026,Tea,-12,50\n31.01.2026,Tea,-13,60\n")


def test_a_file_without_a_header():
    statement = read("30.01.2026;Rent;30.01.2026;-1.200,00;EUR\n31.01.2026;Salary;31.01.2026;2.500,00;EUR\n")
    assert amounts(statement) == ["-1200.00", "2500.00"]
    assert (statement.currency, statement.sure, statement.sure_sign) == ("EUR", True, True)
    assert [line.description for line in statement.lines] == ["Rent", "Salary"]


def test_a_file_without_a_header_finds_its_balance_by_the_chain():
    statement = read(
        "13-01-2026,Rent,900.00,-100.00\n14-01-2026,Tea,895.50,-4.50\n15-01-2026,Fee,890.00,-5.50\n"
    )
    assert amounts(statement) == ["-100.00", "-4.50", "-5.50"]
    assert (str(statement.opening_balance), str(statement.closing_balance)) == ("1000.00", "890.00")


def test_money_in_and_out_without_a_header_are_told_by_the_balance():
    statement = read(
        "01/13/2026,Rent,,100.00,900.00\n01/14/2026,Pay,50.00,,950.00\n01/15/2026,Tea,,4.50,945.50\n"
    )
    assert amounts(statement) == ["-100.00", "50.00", "-4.50"]
    assert statement.sure_sign
    unsure = read("01/13/2026,Rent,100.00,\n01/14/2026,Pay,,50.00\n")
    assert (amounts(unsure), unsure.sure_sign) == (["-100.00", "50.00"], False)
    assert amounts(read("01/13/2026,Rent,100.00,\n01/14/2026,Pay,,50.00\n", positive="out")) == [
        "100.00",
        "-50.00",
    ]


def test_lines_around_the_table():
    text = (
        'Kontonummer:;DE89 3704 0044 0532 0130 00\nZeitraum:;01.01.2026 - 31.01.2026\n"Anfangssaldo:";"2.000,00 EUR"\n\n'
        "Buchungstag;Text;Betrag\n30.01.2026;Miete;-1.200,00\n31.01.2026;Lohn;2.500,00\n"
        "Summe;;1.300,00\nEndsaldo:;3.300,00 EUR\nAlle Angaben ohne Gewähr; Fragen an die Bank\n"
    )
    statement = read(text)
    assert amounts(statement) == ["-1200.00", "2500.00"]
    assert statement.account == "DE89370400440532013000"
    assert statement.currency == "EUR"
    assert (str(statement.opening_balance), str(statement.closing_balance)) == ("2000.00", "3300.00")
    assert statement.balance_ties is True
    assert statement.rejected == ()
    assert [line.row for line in statement.lines] == [6, 7]


def test_stated_balances_that_do_not_tie_are_said():
    statement = read(
        "Opening balance:,100.00\nClosing balance:,150.00\nDate,Description,Amount\n2026-01-30,Tea,-5.00\n"
    )
    assert statement.balance_ties is False
    assert any("do not tie" in warning for warning in statement.warnings)


def test_rows_that_state_balances_are_no_lines():
    text = (
        "Date,Details,Amount,D/C\n2026-01-01,Opening balance,100.00,C\n2026-01-14,Shop,10.00,D\n"
        "2026-01-31,Turnover,10.00,D\n2026-01-31,Closing balance,90.00,C\n"
    )
    statement = read(text)
    assert amounts(statement) == ["-10.00"]
    assert (statement.balance_ties, str(statement.closing_balance)) == (True, "90.00")
    station = read("Date,Details,Amount\n2026-01-14,TOTAL,-60.00\n2026-01-15,Total Energies,-20.00\n")
    assert amounts(station) == ["-60.00", "-20.00"]


def test_two_header_rows_are_one_header():
    statement = read(
        "Booking,Text,Money,Money\ndate,,paid in,paid out\n2026-01-30,Tea,,5.00\n2026-01-31,Pay,7.00,\n"
    )
    assert amounts(statement) == ["-5.00", "7.00"]
    again = read(
        "Booking,Text,Money,Money\ndate,,paid in,paid out\n2026-02-30,Tea,,5.00\n2026-01-31,Pay,7.00,\n",
        layout=statement.layout,
    )
    assert amounts(again) == ["7.00"]


def test_a_header_repeated_inside_is_no_line():
    text = "Date,Description,Amount\n2026-01-30,Tea,-5.00\nDate,Description,Amount\n2026-01-31,Tea,-6.00\n"
    assert amounts(read(text)) == ["-5.00", "-6.00"]


def test_two_different_tables_are_refused():
    text = "Date,Description,Amount\n2026-01-30,Tea,-5.00\n\nPosting date,Amount,Payee,Type\n2026-01-30,-7.00,Shop,x\n"
    with pytest.raises(UnreadableFile, match=r"two different tables .headers on lines 1 and 4"):
        read(text)


def test_a_statement_without_lines_is_a_statement():
    statement = read("Date,Description,Amount,Balance\n")
    assert (len(statement.lines), statement.period, statement.rejected) == (0, None, ())
    assert as_json(statement)["period"] == {"start": None, "end": None}
    stated = read(
        "Konto:;DE89370400440532013000\nAnfangssaldo:;5,00 EUR\nEndsaldo:;5,00 EUR\nBuchungstag;Text;Betrag\n"
    )
    assert (stated.account, stated.currency) == ("DE89370400440532013000", "EUR")
    assert str(stated.closing_balance) == "5.00"


@pytest.mark.parametrize(
    "rows",
    [
        "2026-01-29,a,-10.00,90.00\n2026-01-30,b,5.00,95.00\n2026-01-31,c,-1.00,94.00\n",
        "2026-01-31,c,-1.00,94.00\n2026-01-30,b,5.00,95.00\n2026-01-29,a,-10.00,90.00\n",
        "2026-01-29,a,-10.00,100.00\n2026-01-30,b,5.00,90.00\n2026-01-31,c,-1.00,95.00\n",
        "2026-01-31,c,-1.00,95.00\n2026-01-30,b,5.00,90.00\n2026-01-29,a,-10.00,100.00\n",
    ],
    ids=["ascending", "descending", "before the row", "before the row, descending"],
)
def test_balances_in_every_order(rows):
    statement = read("Date,Description,Amount,Balance\n" + rows)
    assert statement.balance_ties is True
    assert (str(statement.opening_balance), str(statement.closing_balance)) == ("100.00", "94.00")


def test_a_broken_chain_names_the_first_row():
    rows = "2026-01-29,a,-10.00,90.00\n2026-01-30,b,5.00,96.00\n2026-01-31,c,-1.00,95.00\n"
    statement = read("Date,Description,Amount,Balance\n" + rows)
    assert statement.balance_ties is False
    assert "line 3 shows 96.00 where 95.00 follows" in statement.warnings[0]


def test_a_fee_counts_where_only_then_the_balance_ties():
    head = "Date,Description,Amount,Fee,Balance\n"
    beside = read(head + "2026-01-29,a,-10.00,0.00,90.00\n2026-01-30,b,-5.00,0.50,84.50\n")
    assert amounts(beside) == ["-10.00", "-5.50"]
    within = read(head + "2026-01-29,a,-10.00,0.00,90.00\n2026-01-30,b,-5.00,0.50,85.00\n")
    assert amounts(within) == ["-10.00", "-5.00"]


def test_pending_failed_and_posted():
    text = (
        "Date,Description,Amount,Status\n2026-01-28,a,-1.00,Completed\n2026-01-29,b,-2.00,Pending\n"
        "2026-01-30,c,-3.00,Declined\n2026-01-31,d,-4.00,Completed\n"
    )
    statement = read(text)
    assert amounts(statement) == ["-1.00", "-4.00"]
    assert statement.pending == 1
    assert [w for w in statement.warnings if "line 3" in w or "line 4" in w] == list(statement.warnings)


def test_pending_in_the_date_column_and_by_a_mark():
    statement = read("Date,Description,Amount\nPending,a,-1.00\n2026-01-30,b,-2.00\n2026-01-31,c,-4.00\n")
    assert (amounts(statement), statement.pending) == (["-2.00", "-4.00"], 1)
    marked = read("date,name,amount,pending\n2026-01-30,a,-1.00,True\n2026-01-31,b,-2.00,False\n")
    assert (amounts(marked), marked.pending) == (["-2.00"], 1)
    undated = read(
        "Transaction date,Posting date,Text,Amount\n"
        + "2026-01-30,2026-01-31,a,-1.00\n" * 5
        + "2026-01-31,,b,-2.00\n"
    )
    assert (len(undated.lines), undated.pending) == (5, 1)


def test_text_that_goes_on_in_the_next_row():
    text = "Date,Description,Out,In\n2026-01-30,DEBIT PURCHASE,5.40,\n,SHOP 1234,,\n2026-01-31,CASH,50.00,\n,ATM 7,,\n"
    statement = read(text)
    assert [line.description for line in statement.lines] == ["DEBIT PURCHASE SHOP 1234", "CASH ATM 7"]
    assert len(statement.lines[0].raw) == 8


def test_several_accounts_and_currencies_are_never_one_sum():
    text = "Date,Description,Amount,Currency,Account\n2026-01-30,a,-1.00,EUR,A1\n2026-01-30,b,-2.00,USD,A1\n2026-01-31,c,4.00,EUR,B2\n"
    answer = as_json(read(text))
    assert (answer["account"], answer["currency"], answer["closing_balance"]) == (None, None, None)
    assert [(a["account"], a["currency"], a["lines"], a["net_total"]) for a in answer["accounts"]] == [
        ("A1", "EUR", 1, "-1.00"),
        ("A1", "USD", 1, "-2.00"),
        ("B2", "EUR", 1, "4.00"),
    ]
    assert answer["lines"][1]["account"] == "A1"
    assert answer["lines"][1]["currency"] == "USD"


def test_a_counterparty_account_is_not_the_own_account():
    text = "Datum;Betrag;Naam tegenpartij;Tegenrekening;IBAN\n30-01-2026;-1,00;A;NL01;X\n31-01-2026;-2,00;B;NL02;X\n"
    statement = read(text)
    assert statement.account == "X"


def test_the_json_of_one_account_is_that_of_the_contract():
    text = "Date,Payee,Memo,Amount,Currency,Reference,Transaction ID\n2026-01-30,Shop,Tea,-5,EUR,R1,T-1\n2026-01-31,Firm,Pay,10.5,EUR,R2,T-2\n"
    assert as_json(read(text)) == {
        "format": "csv",
        "account": None,
        "currency": "EUR",
        "opening_balance": None,
        "closing_balance": None,
        "period": {"start": "2026-01-30", "end": "2026-01-31"},
        "lines": [
            {
                "date": "2026-01-30",
                "amount": "-5.00",
                "payee": "Shop",
                "description": "Tea",
                "reference": "R1",
                "bank_id": "T-1",
            },
            {
                "date": "2026-01-31",
                "amount": "10.50",
                "payee": "Firm",
                "description": "Pay",
                "reference": "R2",
                "bank_id": "T-2",
            },
        ],
        "rejected": [],
        "date_order": "year",
        "sure": True,
        "warnings": [],
        "taken_for": {"label": "CSV of any bank", "sure": "likely", "why": "it is a table with a delimiter"},
    }
