"""Invoices as files for QuickBooks and Stripe, and reminders as drafts: what they say, and that nothing in them is a formula."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy

import pytest

from tai_ops.exports.chase_mail import Reminder, reminder_eml, reminders_zip
from tai_ops.exports.invoice_imports import (
    QUICKBOOKS,
    STRIPE,
    ToSend,
    quickbooks_csv,
    quickbooks_parts,
    quickbooks_zip,
    stripe_csv,
)
from tai_ops.money import cents
from tai_ops.receivables import OpenInvoice
from tai_ops.recognition import Invoice
from tai_ops.store.billing import InvoiceLine

NOW = datetime(2026, 4, 4, 12, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://x","y")'


def invoice(number: str, amount: str, **other: object) -> Invoice:
    given = {
        "customer_id": "C-1",
        "issued_on": date(2026, 4, 1),
        "due_on": date(2026, 5, 1),
        "tax_amount": Decimal("20.00"),
        "kind": "services",
        "service_from": None,
        "service_to": None,
        "memo": FORMULA,
    }
    return Invoice(invoice_number=number, amount=Decimal(amount), **given | other)  # type: ignore[arg-type]


LINES = (
    InvoiceLine("INV-1", "Training", Decimal("2.500000"), Decimal("40.00"), Decimal("100.00")),
    InvoiceLine("INV-1", "Go-live", None, None, Decimal("100.00")),
)
WHAT = ToSend(
    [invoice("INV-1", "200.00"), invoice("CN-0001", "-50.00")],
    {"INV-1": LINES, "CN-0001": LINES[:1]},
    {"C-1": FORMULA},
    {"C-1": "ap@harbor.example"},
    "USD",
)


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_quickbooks_takes_a_row_a_line_and_no_credit_note() -> None:
    rows = read(quickbooks_csv(WHAT))
    assert tuple(rows[0]) == QUICKBOOKS
    assert [r["*InvoiceNo"] for r in rows] == ["INV-1", "INV-1"]
    assert ",".join(rows[0]) == (
        "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Location,Memo,Item(Product/Service),ItemDescription,"
        "ItemQuantity,ItemRate,*ItemAmount,Taxable,TaxRate,Service Date"
    )
    assert [
        (r["ItemQuantity"], r["ItemRate"], r["*ItemAmount"], r["Taxable"], r["TaxRate"]) for r in rows
    ] == [
        ("2.5", "40.00", "100.00", "Y", "10%"),
        ("1", "100.00", "100.00", "Y", "10%"),
    ]
    assert (rows[0]["*InvoiceDate"], rows[0]["*DueDate"]) == ("04/01/2026", "05/01/2026")
    assert {rows[0]["*Customer"][0], rows[0]["Memo"][0]} == {"'"}


@pytest.mark.parametrize(
    ("net", "tax", "rate"),
    [
        ("200.00", None, "0%"),
        ("100.00", "8.25", "8.25%"),
        ("0.99", "0.07", "7%"),
        ("4166.67", "343.75", "8.25%"),
    ],
)
def test_quickbooks_works_the_tax_out_from_the_rate(net: str, tax: str | None, rate: str) -> None:
    one = invoice("INV-1", net, tax_amount=None if tax is None else Decimal(tax))
    [row, *_] = read(quickbooks_csv(replace(WHAT, invoices=[one])))
    assert (row["TaxRate"], row["Taxable"]) == (rate, "N" if tax is None else "Y")
    assert cents(Decimal(net) * Decimal(rate[:-1]) / 100) == Decimal(tax or 0)


def many(count: int, lines: int) -> ToSend:
    """So many invoices with so many lines each, numbered without leading zeros and given in no order; a credit note among them."""
    invoices = [invoice(f"INV-{n}", "30.00", memo=f"of {n}") for n in range(count, 0, -1)]
    its = {
        i.invoice_number: tuple(
            InvoiceLine(i.invoice_number, f"line {n}", None, None, Decimal("10.00")) for n in range(lines)
        )
        for i in invoices
    }
    return replace(WHAT, invoices=[*invoices, invoice("CN-0001", "-50.00")], lines=its)


def unpacked(what: ToSend) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(quickbooks_zip(quickbooks_parts(what), "april", NOW))) as archive:
        return {name: read(archive.read(name)) for name in archive.namelist()}


def test_a_hundred_invoices_are_one_file_as_they_stand() -> None:
    what = many(100, 3)
    assert quickbooks_parts(what) == [what]


def test_more_than_a_hundred_invoices_are_numbered_files_of_whole_invoices() -> None:
    files = unpacked(many(250, 3))
    assert list(files) == ["april_1-of-3.csv", "april_2-of-3.csv", "april_3-of-3.csv"]
    held = [list(dict.fromkeys(row["*InvoiceNo"] for row in rows)) for rows in files.values()]
    assert [len(numbers) for numbers in held] == [100, 100, 50]
    assert [n for numbers in held for n in numbers] == [f"INV-{n}" for n in range(1, 251)], "each once"
    lines = [(row["*InvoiceNo"], row["ItemDescription"]) for rows in files.values() for row in rows]
    assert lines == [(f"INV-{n}", f"line {line}") for n in range(1, 251) for line in range(3)]


def test_a_file_has_at_most_a_thousand_rows_and_an_invoice_is_never_cut() -> None:
    files = unpacked(many(250, 12))
    assert [len(rows) for rows in files.values()] == [996, 996, 996, 12]
    cut = [{row["*InvoiceNo"] for row in rows} for rows in files.values()]
    assert sum(len(numbers) for numbers in cut) == len(set.union(*cut)) == 250
    assert [len(rows) for rows in unpacked(many(2, 1500)).values()] == [1500, 1500], "alone, and whole"


def test_stripes_rows_are_in_the_smallest_unit() -> None:
    rows = read(stripe_csv(WHAT))
    assert tuple(rows[0]) == STRIPE
    assert [(r["quantity"], r["unit_amount"], r["amount"], r["tax_amount"]) for r in rows] == [
        ("1", "10000", "10000", "2000"),
        ("1", "10000", "10000", "0"),
    ]
    assert (rows[0]["days_until_due"], rows[0]["currency"]) == ("30", "usd")


LATE = [
    OpenInvoice("INV-2", "C-1", date(2026, 1, 2), date(2026, 2, 1), Decimal(900), Decimal("900.00"), 62),
    OpenInvoice("INV-5", "C-1", date(2026, 1, 30), date(2026, 3, 1), Decimal(100), Decimal("50.00"), 34),
]
ABOUT = Reminder(
    "TAI",
    "Harbor <Foods>\nBcc: x@y.z",
    "ap@harbor.example",
    "cfo@tai.example",
    LATE,
    date(2026, 4, 4),
    "USD",
    date(2026, 3, 20),
)


def test_a_reminder_opens_as_a_draft_with_every_invoice_and_the_last_contact() -> None:
    made = reminder_eml(ABOUT, NOW)
    assert made == reminder_eml(ABOUT, NOW)
    message = message_from_bytes(made, policy=policy.default)
    assert (message["To"], message["From"], message["X-Unsent"]) == (
        "ap@harbor.example",
        "cfo@tai.example",
        "1",
    )
    assert message["Bcc"] is None
    assert message["Subject"] == "TAI: 2 invoices past due, $950.00"
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "INV-2: issued 2 Jan 2026, due 1 Feb 2026, 62 days late, open $900.00" in text
    assert "We last wrote about it on 20 Mar 2026." in text
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Harbor &lt;Foods&gt; Bcc" in html


def test_all_reminders_come_in_one_file_with_harmless_names() -> None:
    with zipfile.ZipFile(io.BytesIO(reminders_zip([ABOUT], NOW))) as archive:
        assert archive.namelist() == ["reminder-01-harbor-foods-bcc-x-y-z.eml"]
