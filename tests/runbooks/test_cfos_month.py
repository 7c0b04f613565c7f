"""The CFO's whole month on an empty store: statements of three banks, invoices that fit them, closed, reopened, closed again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest

from tai_ops.category_rules import Rule
from tai_ops.errors import Refused
from tai_ops.period import Month
from tai_ops.runbooks import month_end_close as close
from tai_ops.store import Store, category_rules
from tai_ops.store.bank import import_statement
from tai_ops.store.billing import stamp_sent
from tai_ops.store.deciding import book_line, decide
from tai_ops.store.matches import lock, reconcile

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "bank" / "c-vigo__beancount-importers"
JANUARY, LAST = Month(2024, 1), date(2024, 1, 31)
NOW = datetime(2024, 2, 5, 12, 0, tzinfo=UTC)
BANKS = {"ZKB": "ZKB_Sample.csv", "NEON": "Neon_Sample.csv", "REV": "Revolut_CHF_Sample.csv"}
BOOKS = {
    "accounts": "account,name,kind,currency,opened_on,opening_balance\nZKB,ZKB,bank,CHF,2024-01-01,0.00\n"
    "NEON,neon,bank,CHF,2024-01-01,1000.00\nREV,Revolut,bank,CHF,2024-01-01,0.00\n",
    "customers": "customer_id,name,status\nC-1,Test Employer,live\nC-2,Employer Name,live\nC-3,Test Sender,live\n",
    "subscriptions": "subscription_id,customer_id,plan,starts_on,amount,interval\n"
    "S-1,C-1,Standard,2024-01-01,60000.00,year\nS-2,C-2,Standard,2024-01-16,13893.30,quarter\n",
    "invoices": "invoice_number,customer_id,issued_on,due_on,amount,kind,service_from,service_to\n"
    "INV-1,C-1,2024-01-01,2024-01-31,60000.00,licence,2024-01-01,2024-12-31\n"
    "INV-2,C-2,2024-01-16,2024-02-15,6946.65,licence,2024-01-16,2024-02-29\n"
    "INV-3,C-3,2024-01-20,2024-02-19,75.00,services,,\n",
    "services": "service_id,customer_id,delivered_on,description,amount,basis,invoice_number\n"
    "SV-1,C-3,2024-01-19,Count report,75.00,hours,INV-3\n",
    "bills": "bill_id,incurred_on,due_on,payee,amount,category\nB-1,2024-01-08,2024-01-31,Test Utility Company,150.00,office\n"
    "B-2,2024-01-12,2024-01-31,Test Company,100.00,office\n",
}

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the banks' samples are not on this machine")


@pytest.fixture
def books(tmp_path: Path) -> Store:
    (tmp_path / "company.toml").write_text('name = "Alpine Inventory"\ncurrency = "CHF"\n')
    store = Store.open(tmp_path / "tai_ops.duckdb", create=True)
    for kind, text in BOOKS.items():
        make.loaded(store, kind, text, now=NOW)
    for account, name in BANKS.items():
        import_statement(store, make.CFO, (SAMPLES / name).read_bytes(), name, account, now=NOW)
    return store


def reconciled(store: Store) -> None:
    """What a CFO does at the workbench: certain pairs, a part payment, a rule, the rest booked by hand, three locks."""
    category_rules.save(store, make.CFO, Rule("R1", 1, "meals", "contains", "test merchant"), now=NOW)
    for account in BANKS:
        reconcile(store, make.CFO, account, now=NOW, through=LAST)
    named = [c.item.item_id for c in category_rules.would_change(store).lines]
    assert len(category_rules.book_lines(store, make.CFO, named, now=NOW)) == 2
    for account in BANKS:
        for line in reconcile(store, make.CFO, account, now=NOW, through=LAST).unmatched_bank:
            if line.amount == Decimal("5000.00"):
                decide(store, make.CFO, line.line_id, "invoice", "INV-1", "confirmed", now=NOW)
            elif line.amount > 0:
                book_line(
                    store, make.CFO, line.line_id, "entries", {"account": account, "kind": "owner"}, now=NOW
                )
            else:
                book_line(
                    store,
                    make.CFO,
                    line.line_id,
                    "bills",
                    {"account": account, "payee": "Shop", "category": "rent"},
                    now=NOW,
                )
        found = lock(store, make.CFO, account, LAST, now=NOW)
        assert (found.difference, found.unmatched_bank) == (Decimal(0), ())


def test_a_month_of_three_banks_is_closed_reopened_and_closed_again(books: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="bank_lines: 11 "):
        close.run(books, make.CFO, JANUARY, NOW)
    reconciled(books)
    stamp_sent(books, make.CFO, ["INV-1", "INV-2", "INV-3"], sent_on=LAST, channel="QuickBooks", now=NOW)
    first = close.run(books, make.CFO, JANUARY, NOW)
    report = close.report(books, JANUARY, NOW)
    assert report.metric("mrr").value == Decimal("9631.10")  # 60,000 / 12 and 13,893.30 / 3
    assert report.metric("cash").value == Decimal("12908.55")  # 4,549.50 + 7,884.55 + 474.50
    assert {c.id: c.difference for c in report.checks if c.difference} == {}
    with pytest.raises(Refused, match="2024-01 is closed"):
        import_statement(
            books, make.CFO, b"Date,Description,Amount\n2024-01-30,LATE,-9.00\n", "late.csv", "ZKB", now=NOW
        )
    close.reopen(books, make.CFO, JANUARY, "a lawyer's bill came late", NOW)
    make.loaded(
        books,
        "bills",
        "bill_id,incurred_on,payee,amount,category\nB-9,2024-01-30,Law Office,500.00,legal\n",
        now=NOW,
    )
    second = close.run(books, make.CFO, JANUARY, NOW)
    assert (first.stamp.version, second.stamp.version) == (1, 2)
    moved = {c.number: (c.before, c.after) for c in second.changes}
    assert moved["expenses.by_payee.other/Law Office.amount"] == (None, Decimal("500.00"))
    assert [(row.kind, row.key) for row in second.because] == [("bills", "B-9")]
    assert {file.name.rpartition(".")[2] for file in second.files} >= {"xlsx", "eml", "html", "json", "md"}
    assert all(not found.changes for found in close.recheck(books))
