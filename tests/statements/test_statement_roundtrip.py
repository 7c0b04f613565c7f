"""A statement written in any format is read as the same lines, and written twice with the same keys."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.export_files import TABLES, money

from tai_ops.statements import FORMATS, read_statement
from tai_ops.statements.bookings import exact_amount

DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
CENTS = st.integers(-(10**12), 10**12).filter(bool)
WORDS = st.text("abcdefgh ÄÖéß0123456789.,;&<>'#()", max_size=40).map(lambda text: f"x {text}".strip())
LINES = st.lists(st.tuples(DAYS, CENTS, WORDS), min_size=1, max_size=12)


def ofx(lines, *, xml, whole=True):
    def field(tag, text):
        return f"<{tag}>{escape(text)}" + (f"</{tag}>" if xml else "\n")

    head = '<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?>\n' if xml else "OFXHEADER:100\nDATA:OFXSGML\n\n"
    body = "".join(
        f"<STMTTRN>{field('DTPOSTED', f'{day:%Y%m%d}')}{field('TRNAMT', money(cents))}{field('FITID', f'id-{n}')}"
        f"{field('MEMO', text)}</STMTTRN>\n"
        for n, (day, cents, text) in enumerate(lines)
    )
    if not whole:
        return f"<STMTRS>{field('CURDEF', 'USD')}<BANKTRANLIST>{body}</BANKTRANLIST></STMTRS>".encode()
    return f"{head}<OFX><STMTRS>{field('CURDEF', 'USD')}<BANKTRANLIST>{body}</BANKTRANLIST></STMTRS></OFX>".encode()


def mt940(lines):
    opening = 12345
    entries = "".join(
        f":61:{day:%y%m%d}{day:%m%d}{'C' if cents > 0 else 'D'}{money(abs(cents), ',')}NTRFNONREF\n:86:{text}\n"
        for day, cents, text in lines
    )
    closing = opening + sum(cents for _, cents, _ in lines)
    last = f"{'D' if closing < 0 else 'C'}260201EUR{money(abs(closing), ',')}"
    return f":20:X\n:25:1/2\n:60F:C260101EUR{money(opening, ',')}\n{entries}:62F:{last}\n-\n".encode()


def mt942(lines):
    entries = mt940(lines).decode().partition("\n:61:")[2].partition("\n:62F:")[0]
    return f":20:X\n:25:1/2\n:28C:1/1\n:34F:EUR0,\n:13D:2602010000+0100\n:61:{entries}\n-\n".encode()


def camt(lines, message="053", *, zipped=False):
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{money(abs(cents))}</Amt><CdtDbtInd>{"CRDT" if cents > 0 else "DBIT"}</CdtDbtInd>'
        f"<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><RmtInf><Ustrd>{escape(text)}</Ustrd>"
        "</RmtInf></TxDtls></NtryDtls></Ntry>"
        for day, cents, text in lines
    )
    outer, inner = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.08"
    text = f'<Document xmlns="{space}"><{outer}><{inner}>{entries}</{inner}></{outer}></Document>'.encode()
    if not zipped:
        return text
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("statement.xml", text)
    return held.getvalue()


def qif(lines):
    return ("!Type:Bank\n" + "".join(f"D{d:%m/%d/%Y}\nT{money(c)}\nM{t}\n^\n" for d, c, t in lines)).encode()


def bai2(lines):
    groups = "".join(
        f"02,ME,BANK,1,{day:%y%m%d},,USD,2/\n03,1,USD,/\n"
        f"16,{195 if cents > 0 else 495},{abs(cents)},Z,,,{text}/\n49,1,2/\n98,1,1,4/\n"
        for day, cents, text in lines
    )
    return f"01,A,B,260101,0000,1,,,2/\n{groups}99,1,1,1/\n".encode()


def workbook(lines):
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ("Date", "Description", "Amount"))
    for n, (day, cents, text) in enumerate(lines, start=1):
        sheet.write_row(n, 0, (day.isoformat(), text))
        sheet.write_number(n, 2, Decimal(cents) / 100)
    book.close()
    return held.getvalue()


def tsv(lines):
    rows = "".join(f"{day}\t{text}\t{money(cents)}\n" for day, cents, text in lines)
    return ("Date\tDescription\tAmount\n" + rows).encode()


def check(data, lines, format_id, *, payee=False, **said):
    statement = read_statement(data, name="made", **said)
    assert statement.format == format_id
    assert [
        (line.date, line.amount, line.payee if payee else line.description) for line in statement.lines
    ] == [(day, Decimal(cents) / 100, " ".join(text.split())) for day, cents, text in lines]
    assert statement.rejected == ()
    assert statement.sure
    assert statement.balance_ties in {None, True}
    again = read_statement(data, name="made", layout=statement.layout)
    told = list(zip(statement.columns.row_key, statement.columns.occurrence, strict=True))
    assert list(zip(again.columns.row_key, again.columns.occurrence, strict=True)) == told
    assert len(set(told)) == len(lines)


@given(LINES, st.booleans(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_ofx(lines, xml, whole):
    check(ofx(lines, xml=xml, whole=whole), lines, "ofx")


@given(LINES, st.sampled_from([mt940, mt942]))
@settings(max_examples=50, deadline=None)
def test_mt940(lines, write):
    check(write(lines), lines, "mt940")


@given(LINES, st.sampled_from(["052", "053", "054"]), st.booleans())
@settings(max_examples=50, deadline=None)
def test_camt(lines, message, zipped):
    check(camt(lines, message, zipped=zipped), lines, "camt")


@given(LINES)
@settings(max_examples=50, deadline=None)
def test_qif(lines):
    check(qif(lines), lines, "qif", date_order="month")


@given(LINES)
@settings(max_examples=50, deadline=None)
def test_bai2(lines):
    check(bai2(lines), lines, "bai2")


@given(LINES)
@settings(max_examples=25, deadline=None)
def test_workbooks(lines):
    check(workbook(lines), lines, "xlsx")


@given(LINES)
@settings(max_examples=50, deadline=None)
def test_tsv(lines):
    check(tsv(lines), lines, "tsv")


@pytest.mark.parametrize("name", TABLES)
@given(LINES.map(sorted), st.integers(-(10**9), 10**9))
@settings(max_examples=20, deadline=None)
def test_tables(name, lines, opening):
    """Every table that any bank or one of the known processors and cards exports."""
    written = TABLES[name]
    data = written.write(lines, [f"{n:04d}" for n in range(len(lines))], opening)
    expected = [(day, written.told(cents), text) for day, cents, text in lines]
    said = {"date_order": written.date_order, "payee": written.payee}
    check(data, expected[::-1] if written.descending else expected, written.id, **said)


@given(st.integers(-(10**14), 10**14), st.sampled_from(["", ",", ".", "'"]), st.sampled_from(".,"))
@settings(max_examples=200, deadline=None)
def test_amounts_of_records_are_exact(cents, group, mark):
    if group in {mark, "'"}:
        group = ""
    whole, part = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", group)
    assert exact_amount(f"{'-' if cents < 0 else ''}{grouped}{mark}{part:02d}") == Decimal(cents) / 100


RECORDS = [row.id for row in FORMATS if not row.table]
PIECES = st.lists(
    st.sampled_from(
        [
            "<OFX>", "<STMTRS>", "<STMTTRN>", "<TRNAMT>-1.00", "<DTPOSTED>20260101", "</STMTTRN>", "<CURDEF>USD", "<!--", "-->",
            "<![CDATA[", ":20:X\n", ":25:1\n", ":60F:C260101EUR1,\n", ":61:260101C1,NTRF\n", ":86:?20x\n", ":62F:", "-\n", "!Type:Bank\n",
            "D1/2/26\n", "T5\n", "^\n", "01,A,B,260101,0000,1,,,2/\n", "02,A,B,1,260101,,USD,2/\n", "03,1,USD,010,5,,/\n", "16,195,5,S,1,2/\n",
            "88,x/\n", '<Document xmlns="camt.053">', "<Stmt>", '<Ntry><Amt Ccy="EUR">1.00</Amt>', "</Ntry>", "</Stmt>", "</Document>", "\x00", "9" * 30,
        ]
    ),
    max_size=14,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=400, deadline=None)
def test_pieces_of_records_do_no_worse_than_being_refused(pieces):
    from tai_ops.errors import UnreadableFile
    from tai_ops.statements import as_json

    said = ""
    try:
        as_json(read_statement("".join(pieces).encode(), name="any"))
    except UnreadableFile as refusal:
        said = str(refusal)
    assert "\n" not in said
