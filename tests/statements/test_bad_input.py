"""Files that a careless or hostile hand may drop: each refused in one helpful line, or read with what is wrong told."""

import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from tai_ops.errors import UnreadableFile
from tai_ops.statements import read_statement

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
CSV = "Date,Description,Amount\n"


def as_xlsx(rows: list[list[object]]) -> bytes:
    """A workbook of these rows."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def zipped(**members: bytes) -> bytes:
    """A zip of these members; `__` in a name is a dot, `_up_` a step out of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_up_", "../../").replace("__", "."), content)
    return out.getvalue()


BOMB = f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Document xmlns="{CAMT}"><X>&b;</X></Document>'
PASSWORDS = "file:" + "///etc/passwd"
EXTERNAL = f'<!DOCTYPE l SYSTEM "{PASSWORDS}"><Document xmlns="{CAMT}"/>'
OFX_ENTITY = (
    f'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY x SYSTEM "{PASSWORDS}">]><OFX><STMTRS>&x;</STMTRS></OFX>'
)
SMALL = CSV.encode() + b"2026-01-01,x,1.00\n"


LIES = zipped(big__csv=b"0" * 9_000_000).replace(
    (9_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
)
OFFICE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("bomb.xml", BOMB.encode(), "defines entities or a document type of its own"),
        ("external.xml", EXTERNAL.encode(), "defines entities or a document type of its own"),
        ("external.ofx", OFX_ENTITY.encode(), "defines entities"),
        ("zips.zip", zipped(in__zip=zipped(a__csv=SMALL)), "holds another archive (in.zip)"),
        ("out.zip", zipped(_up_evil__csv=SMALL), "leads out of the archive"),
        ("big.zip", zipped(big__csv=b"0" * 60_000_000), "more than 50 MB"),
        (
            "sheet.ods",
            zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content__xml=b"<x/>"),
            "save it as .xlsx or CSV",
        ),
        ("paper.pdf", b"%PDF-1.7\n", "is a PDF document"),
        ("empty.csv", b"", "is empty"),
        ("two.zip", zipped(a__csv=SMALL, b__csv=SMALL), "holds several files that are not all CAMT"),
        ("lies.zip", LIES, "is a damaged zip archive"),
        ("cut.xlsx", as_xlsx([["Date"]])[:-9], "is a damaged Excel workbook"),
        ("locked.xlsx", OFFICE + "EncryptedPackage".encode("utf-16-le"), "is locked with a password"),
        ("long.csv", SMALL + b"2026-01-02," + b"x" * 200_000 + b",1.00\n", "line 3 is longer than"),
        ("many.csv", SMALL + b"a,b\n" * 1_000_001, "has more than 1,000,000 lines"),
        (
            "words.csv",
            SMALL + b"2026-01-02,x,12..3\n2026-01-03,y,abc\n" * 3,
            "line 3: most of 'Amount' are no amounts",
        ),
        ("bytes.dat", bytes(range(256)) * 20, "is not text"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_line(name: str, data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_statement(data, name=name)
    assert said in str(refused.value)
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_an_ofx_that_breaks_off_is_read_and_the_break_is_told() -> None:
    text = (
        "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>12345678"
        "</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260102<TRNAMT>-12.50<FITID>ABC12345<NAME>SHOP"
    )
    found = read_statement(text.encode(), name="cut.ofx")
    assert [(str(line.amount), line.payee) for line in found.lines] == [("-12.50", "SHOP")]
    assert any("ends without </OFX>" in warning for warning in found.warnings)


def test_a_camt_of_another_namespace_is_read_by_its_elements_and_said() -> None:
    found = read_statement(
        b'<Document xmlns="urn:example:other"><BkToCstmrStmt><Stmt><Id>1</Id></Stmt></BkToCstmrStmt></Document>',
        name="o.xml",
    )
    assert (list(found.lines), found.format) == ([], "camt")
    assert any("urn:example:other" in warning for warning in found.warnings)


def test_a_broken_details_field_loses_no_line() -> None:
    text = (
        ":20:X\n:25:12345/678\n:28C:1/1\n:60F:C260101EUR100,00\n:61:2601020102D10,00NMSCNONREF\n:86:?20?21?99\n??\x00?:\n"
        ":61:2601030103C5,00NMSC\n:62F:C260103EUR95,00\n-\n"
    )
    found = read_statement(text.encode(), name="broken.sta")
    assert [str(line.amount) for line in found.lines] == ["-10.00", "5.00"]
    assert found.balance_ties


def test_amounts_of_twelve_digits_are_kept_and_dates_a_century_off_are_bad_rows() -> None:
    rows = "2026-01-01,big,123456789012.34\n2026-01-02,too big,12345678901234567.00\n1826-01-03,old,1.00\n2126-01-04,far,3.00\n"
    found = read_statement((CSV + rows).encode(), name="odd.csv")
    assert [str(line.amount) for line in found.lines] == ["123456789012.34"]
    assert [bad.line for bad in found.rejected] == [3, 4, 5]
    assert all(bad.reason for bad in found.rejected)


def test_more_is_never_unpacked_than_an_archive_says_of_itself() -> None:
    tracemalloc.start()
    with pytest.raises(UnreadableFile):
        read_statement(LIES, name="lies.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


@pytest.mark.parametrize("first", ["csv", "xlsx"])
def test_a_layout_of_text_is_none_of_a_workbook_with_the_same_headings(first: str) -> None:
    text = b"Datum;Text;Betrag\n13.01.2026;Miete;-1.200,50\n14.01.2026;Lohn;2.500,25\n"
    book = as_xlsx(
        [["Datum", "Text", "Betrag"], ["13.01.2026", "Miete", -1200.5], ["14.01.2026", "Lohn", 2500.25]]
    )
    files = [text, book] if first == "csv" else [book, text]
    layout = read_statement(files[0], name="a").layout
    found = read_statement(files[1], name="b", layout=layout)
    assert [str(line.amount) for line in found.lines] == ["-1200.50", "2500.25"]
    assert (found.format, found.rejected, found.warnings) == ("xlsx" if first == "csv" else "csv", (), ())
