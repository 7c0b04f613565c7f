"""Files that a careless or hostile hand may drop: each refused in one helpful line, or read with what is wrong told."""

import io
import zipfile

import pytest

from tai_ops.errors import UnreadableFile
from tai_ops.statements import read_statement

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
CSV = "Date,Description,Amount\n"


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
