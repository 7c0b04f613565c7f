"""Statements that are records: OFX, MT940, CAMT, QIF and BAI2, as banks write them and as they go wrong."""

import io
import zipfile
from decimal import Decimal

import pytest
from statements.statement_text import amounts, dates, net, read

from tai_ops.errors import UnreadableFile

OFX = """OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>111<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260202120000[-5:EST]<TRNAMT>-4.50<FITID>2026-1<NAME>Tea &amp; Co<MEMO>Beans
</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260203<TRNAMT>+1,250.00<FITID>2026-2<NAME>ACME<CHECKNUM>77
</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1345.50<DTASOF>20260204</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def test_ofx_without_end_tags():
    statement = read(OFX, "a.ofx")
    assert (statement.format, statement.account, statement.currency) == ("ofx", "111", "USD")
    assert (dates(statement), amounts(statement)) == (["2026-02-02", "2026-02-03"], ["-4.50", "1250.00"])
    first = statement.lines[0]
    assert (first.payee, first.description, first.bank_id) == ("Tea & Co", "Beans", "2026-1")
    assert statement.lines[1].reference == "77"
    assert statement.closing_balance == Decimal("1345.50")
    assert statement.taken
    assert (statement.taken.sure, statement.warnings) == ("certain", ())


def test_ofx_without_any_closing_tag_is_read_and_said():
    bare = "\n".join(line for line in OFX.replace("</", "\n</").splitlines() if not line.startswith("</"))
    statement = read(bare, "a.ofx")
    assert amounts(statement) == ["-4.50", "1250.00"]
    assert any("without </OFX>" in warning for warning in statement.warnings)


def test_ofx_that_breaks_off_within_a_booking_keeps_that_one_out():
    statement = read(OFX[: OFX.index("+1,250") + 3], "a.ofx")
    assert amounts(statement) == ["-4.50"]
    assert "is cut off" in statement.rejected[0].reason


def test_ofx_as_xml_with_cdata_and_entities_in_no_danger():
    xml = '<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>9</ACCTID></BANKACCTFROM>'
    xml += "<STMTTRN><DTPOSTED>20260202</DTPOSTED><TRNAMT>-1,25</TRNAMT><FITID>abcd</FITID><NAME><![CDATA[A <b> & C]]></NAME></STMTTRN></STMTRS></OFX>"
    line = read(xml, "a.ofx").lines[0]
    assert (line.payee, line.amount, line.account) == ("A <b> & C", Decimal("-1.25"), "9")
    bomb = '<!DOCTYPE x [<!ENTITY a "ha">]>' + xml
    with pytest.raises(UnreadableFile, match="defines entities"):
        read(bomb, "a.ofx")


def test_two_accounts_in_one_ofx_are_listed():
    second = (
        OFX[OFX.index("<STMTTRNRS>") : OFX.index("</BANKMSGSRSV1>")]
        .replace("111", "222")
        .replace("2026-", "x-")
    )
    statement = read(OFX.replace("</BANKMSGSRSV1>", second + "</BANKMSGSRSV1>"), "a.ofx")
    assert statement.account is None
    assert [(a.account, a.lines, a.closing_balance) for a in statement.accounts] == [
        ("111", 2, Decimal("1345.50")),
        ("222", 2, Decimal("1345.50")),
    ]
    assert [line.account for line in statement.lines] == ["111", "111", "222", "222"]


@pytest.mark.parametrize("day", ["19260202", "21260202", "20260231", "x"])
def test_dates_a_century_off_are_bad_rows(day):
    statement = read(OFX.replace("20260203", day), "a.ofx")
    assert amounts(statement) == ["-4.50"]
    assert "is not a date between 1950 and 2100" in statement.rejected[0].reason


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("123456789012.34", "123456789012.34"),
        ("-999999999999", "-999999999999.00"),
        ("1.234.567,89", "1234567.89"),
    ],
)
def test_amounts_of_twelve_digits_are_exact(written, cents):
    assert amounts(read(OFX.replace("-4.50", written), "a.ofx"))[0] == cents


@pytest.mark.parametrize("written", ["12..34", "1.234", "9" * 20, "$5", ""])
def test_what_is_no_exact_amount_is_a_bad_row(written):
    statement = read(OFX.replace("-4.50", written), "a.ofx")
    assert len(statement.rejected) == 1
    assert amounts(statement) == ["1250.00"]


MT940 = """{1:F01BANKDEFF}{2:I940}{4:
:20:STARTUMS
:25:10020030/1234567
:28C:12/1
:60F:C260201EUR100,00
:61:2602020202D4,50NTRFNONREF//B-1
:86:105?00LASTSCHRIFT?20EREF+E-77?21SVWZ+Coffee of the hill bea
?22ns?32Tea?33House
:61:260203C1250,NTRFINV-9
:86:ACME pays
twice
:62F:C260203EUR1345,50
-}
"""


def test_mt940_with_structured_and_plain_details():
    statement = read(MT940, "a.sta")
    assert (statement.format, statement.account, statement.currency) == ("mt940", "10020030/1234567", "EUR")
    assert (dates(statement), amounts(statement)) == (["2026-02-02", "2026-02-03"], ["-4.50", "1250.00"])
    first, second = statement.lines
    assert (first.payee, first.description, first.reference) == (
        "Tea House",
        "Coffee of the hill beans",
        "E-77",
    )
    assert (second.description, second.reference) == ("ACME pays twice", "INV-9")
    assert (statement.opening_balance, statement.closing_balance) == (Decimal(100), Decimal("1345.50"))
    assert statement.balance_ties is True


@pytest.mark.parametrize(
    ("mark", "amount"),
    [
        ("C", "5.00"),
        ("D", "-5.00"),
        ("RC", "-5.00"),
        ("RD", "5.00"),
        ("CR", "5.00"),
        ("DR", "-5.00"),
        ("DD", "-5.00"),
    ],
)
def test_marks_of_mt940_and_its_reversals(mark, amount):
    text = f":20:X\n:25:1\n:60F:C260201EUR1,\n:61:260202{mark}5,00NTRFX\n"
    assert amounts(read(text, "a.sta")) == [amount]


def test_a_broken_86_keeps_its_entry():
    broken = MT940.replace(":86:105?00", ":86 105?00").replace(":86:ACME pays", ":86:?2?32\n??\x01")
    assert amounts(read(broken, "a.sta")) == ["-4.50", "1250.00"]
    under_25 = MT940.replace(":86:105?00", ":25:105?00")
    assert read(under_25, "a.sta").lines[0].payee == "Tea House"


def test_the_first_statement_that_does_not_tie_is_named():
    statement = read(MT940.replace("1345,50", "1300,00"), "a.sta")
    assert statement.balance_ties is False
    assert (
        "does not tie: 100.00 and the 2 lines from line 6 on make 1345.50, not 1300.00"
        in statement.warnings[0]
    )


def test_a_statement_that_is_missing_between_two_is_said():
    later = MT940.replace("260201EUR100,00", "260204EUR2000,00").replace("EUR1345,50", "EUR3245,50")
    statement = read(MT940 + later, "a.sta")
    assert statement.balance_ties is True
    assert "do not follow one another" in statement.warnings[0]
    assert (statement.opening_balance, statement.closing_balance) == (Decimal(100), Decimal("3245.50"))


def camt(
    entries: str,
    *,
    space: str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
    root: str = "BkToCstmrStmt",
) -> str:
    part = {"BkToCstmrStmt": "Stmt", "BkToCstmrAcctRpt": "Rpt", "BkToCstmrDbtCdtNtfctn": "Ntfctn"}[root]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}"><{root}><{part}>\n'
        f"<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>\n{entries}</{part}></{root}></Document>"
    )


def entry(amount: str = "4.50", way: str = "DBIT", status: str = "BOOK", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-02-02</Dt></BookgDt>{more}</Ntry>\n"
    )


DETAILS = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs><RltdPties><Cdtr><Pty><Nm>Tea House</Nm></Pty></Cdtr>"
    "</RltdPties><RmtInf><Ustrd>Coffee</Ustrd></RmtInf></TxDtls>{}</NtryDtls>"
)


@pytest.mark.parametrize(
    ("version", "root"),
    [
        ("camt.052.001.02", "BkToCstmrAcctRpt"),
        ("camt.053.001.13", "BkToCstmrStmt"),
        ("camt.054.001.08", "BkToCstmrDbtCdtNtfctn"),
    ],
)
def test_every_version_and_message_of_camt(version, root):
    text = camt(entry(more=DETAILS.format("")), space=f"urn:iso:std:iso:20022:tech:xsd:{version}", root=root)
    statement = read(text, "a.xml")
    line = statement.lines[0]
    assert (statement.format, line.amount, line.payee, line.description) == (
        "camt",
        Decimal("-4.50"),
        "Tea House",
        "Coffee",
    )
    assert (line.reference, line.account, line.row) == ("E-1", "DE89370400440532013000", 4)


def test_an_entry_with_several_details_is_one_line_and_one_that_is_not_booked_none():
    two = DETAILS.format("<TxDtls><RltdPties><Cdtr><Nm>Other</Nm></Cdtr></RltdPties></TxDtls>")
    statement = read(
        camt(entry(more=two) + entry(status="PDNG") + entry(status="<Cd>BOOK</Cd>", way="CRDT")), "a.xml"
    )
    assert (amounts(statement), statement.pending) == (["-4.50", "4.50"], 1)
    assert (statement.lines[0].payee, statement.lines[0].description) == (
        "Tea House, Other",
        "2 payments Coffee",
    )


def test_a_namespace_that_is_wrong_is_said_and_one_of_another_message_refused():
    statement = read(camt(entry(), space="urn:bank:own"), "a.xml")
    assert amounts(statement) == ["-4.50"]
    assert "is not that of a CAMT message" in statement.warnings[0]
    with pytest.raises(UnreadableFile, match=r"pain\.001, not a statement"):
        read(camt(entry(), space="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"), "a.xml")


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "secret.txt">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
    ],
)
def test_entities_and_document_types_are_refused_in_one_line(bomb):
    text = camt(entry()).replace("\n<Document", f"{bomb}<Document", 1)
    with pytest.raises(UnreadableFile, match="defines entities") as refusal:
        read(text, "a.xml")
    assert "\n" not in str(refusal.value)


def test_a_camt_that_breaks_off_and_a_garbled_amount():
    with pytest.raises(UnreadableFile, match="damaged XML in line 4"):
        read(camt(entry())[:-60], "a.xml")
    statement = read(camt(entry("12..34") + entry(way="x") + entry()), "a.xml")
    assert [r.reason for r in statement.rejected] == [
        "'12..34' is not an amount",
        "'x' says neither credit (CRDT) nor debit (DBIT)",
    ]
    assert amounts(statement) == ["-4.50"]


def zipped(*files: tuple[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return held.getvalue()


def test_camt_files_of_one_zip_are_one_statement_and_a_single_file_is_itself():
    both = zipped(("a.xml", camt(entry("1.00"))), ("__MACOSX/x", "y"), ("b/b.xml", camt(entry("2.00"))))
    statement = read(both, "all.zip")
    assert (statement.format, net(statement)) == ("camt", Decimal("-3.00"))
    assert len(set(statement.columns.row)) == 2
    assert amounts(read(zipped(("mt.sta", MT940)), "one.zip")) == ["-4.50", "1250.00"]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ([("a.zip", zipped(("b.xml", "x")))], "holds another archive"),
        ([("inner", zipped(("b.xml", "x")))], "holds another archive"),
        ([("../../etc/x.xml", "x")], "leads out of the archive"),
        ([("/etc/x.xml", "x")], "leads out of the archive"),
        ([("C:\\x.xml", "x")], "leads out of the archive"),
        ([("a.csv", "x"), ("b.csv", "y")], "not all CAMT"),
        ([("big.xml", b"0" * (51 * 1024 * 1024))], "unpacks to more than"),
        ([], "empty zip archive"),
    ],
)
def test_archives_that_are_not_taken(files, what):
    with pytest.raises(UnreadableFile, match=what) as refusal:
        read(zipped(*files), "x.zip")
    assert "\n" not in str(refusal.value)


QIF = "!Account\nNMy Bank\nTBank\n^\n!Type:Bank\nD2/14'26\nT-1,234.56\nPTea House\nMBeans\nN101\nSFood\n$-1,234.56\n^\nD2/ 3'2026\nT5\nPACME\n"


def test_qif_with_an_account_a_split_and_no_last_mark():
    statement = read(QIF, "a.qif")
    assert (statement.format, statement.account) == ("qif", "My Bank")
    assert (dates(statement), amounts(statement)) == (["2026-02-14", "2026-02-03"], ["-1234.56", "5.00"])
    assert (statement.lines[0].payee, statement.lines[0].description, statement.lines[0].reference) == (
        "Tea House",
        "Beans",
        "101",
    )


def test_the_order_of_qif_dates_is_asked_and_kept():
    text = "!Type:Bank\nD02/03/2026\nT1\n^\n"
    unsure = read(text, "a.qif")
    assert not unsure.sure
    assert "--date-order" in unsure.warnings[0]
    decided = read(text, "a.qif", date_order="month")
    assert (dates(decided), decided.sure) == (["2026-02-03"], True)
    assert dates(read(text, "b.qif", layout=decided.layout)) == ["2026-02-03"]


BAI2 = """01,BANK,ME,260203,0400,1,,,2/
02,ME,BANK,1,260202,,USD,2/
03,111,USD,010,10000,,,015,134550,,/
16,475,450,Z,B-1234,,Tea House/
88,coffee, beans/
16,195,125000,V,260203,,INWIRE1,INV-9,ACME/ 16,890,,,,note/
49,1,4/
98,1,1,6/
99,1,1,8/
"""


def test_bai2_with_continuations_and_records_on_one_line():
    statement = read(BAI2, "a.txt")
    assert (statement.format, statement.account, statement.currency) == ("bai2", "111", "USD")
    assert (dates(statement), amounts(statement)) == (["2026-02-02"] * 2, ["-4.50", "1250.00"])
    first, second = statement.lines
    assert (first.description, first.bank_id) == ("Tea House coffee, beans", "B-1234")
    assert (second.description, second.reference) == ("ACME", "INV-9")
    assert statement.balance_ties is True
    assert "without its trailer" in read(BAI2[: BAI2.index("99,1")], "a.txt").warnings[0]


def test_what_a_person_says_goes_before_what_the_file_shows():
    assert amounts(read(OFX, "a.ofx", positive="out")) == ["4.50", "-1250.00"]
    turned = read(OFX, "a.ofx", positive="out").layout
    assert amounts(read(OFX, "b.ofx", layout=turned)) == ["4.50", "-1250.00"]
    with pytest.raises(UnreadableFile, match="not laid out as mt940 but as ofx"):
        read(OFX, "a.ofx", format="mt940")
    with pytest.raises(UnreadableFile, match="is not laid out as camt"):
        read("Date,Amount\n2026-01-02,1.00\n", format="camt")


def test_a_format_that_a_person_chose_is_kept_for_the_next_file():
    text = "id,Amount,Amount Refunded,Converted Amount,Converted Amount Refunded,Fee,Currency,Created\n"
    text += "ch_1,5.00,0.00,5.00,0.00,0.10,usd,2026-01-31 10:00\n"
    assert read(text).format == "stripe-payments"
    said = read(text, format="csv")
    assert said.taken
    assert (said.format, said.taken.sure) == ("csv", "said")
    again = read(text, layout=type(said.layout).from_json(said.layout.as_json()))
    assert again.taken
    assert (again.format, again.taken.sure) == ("csv", "said")
    assert read(OFX, "b.ofx", layout=said.layout).format == "ofx"


def test_the_banks_id_with_the_amount_tells_a_record():
    spelled_anew = read(OFX.replace("Tea &amp; Co", "TEA AND CO NYC"), "a.ofx")
    assert list(spelled_anew.columns.row_key) == list(read(OFX, "a.ofx").columns.row_key)
    order = OFX.replace("+1,250.00", "-4.50").replace("2026-2", "2026-1")
    assert len(set(read(order, "a.ofx").columns.row_key)) == 2
    assert "names lines of several days" in read(order, "a.ofx").warnings[0]
    same_id = read(OFX.replace("2026-2", "2026-1"), "a.ofx")
    assert len(set(same_id.columns.row_key)) == 2
