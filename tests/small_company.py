"""A company of two customers with its books and bank from December 2025 to March 2026, reconciled through March.

Customer #1 pays 50,000 a year from December, customer #2 40,000 a year from 16 March (the runbook's example). A rent
check of 900 was written on 31 March and is not on the bank yet; one payee's name begins like a formula.
"""

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import make

from tai_ops.period import Month
from tai_ops.store import Store
from tai_ops.store.matches import lock, reconcile

FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)
NOW = datetime(2026, 4, 3, 16, 0, tzinfo=UTC)
FORMULA = "=cmd|' /C calc'!A0"
HEAD = "Date,Description,Amount\n"

RECORDS = {
    "customers": "customer_id,name,status\nC-1,Northwind Parts,live\nC-2,Harbor <Foods> & Co,onboarding\n",
    "accounts": "account,name,kind,currency,opened_on,opening_balance\n"
    "OP,Operating account,bank,USD,2025-12-01,250000.00\nCARD,Company card,card,USD,2025-12-01,0.00\n",
    "subscriptions": "subscription_id,customer_id,plan,starts_on,amount,interval\n"
    "S-1,C-1,Standard,2025-12-01,50000.00,year\nS-2,C-2,Standard,2026-03-16,40000.00,year\n",
    "invoices": "invoice_number,customer_id,issued_on,due_on,amount,tax_amount,kind,service_from,service_to\n"
    "INV-1,C-1,2025-12-01,2025-12-31,50000.00,0.00,licence,2025-12-01,2026-11-30\n"
    "INV-2,C-2,2026-02-02,2026-02-20,9750.00,0.00,services,,\n"
    "INV-3,C-2,2026-03-16,2026-04-15,40000.00,0.00,licence,2026-03-16,2027-03-15\n",
    "services": "service_id,customer_id,delivered_on,description,amount,basis,invoice_number\n"
    "SV-1,C-2,2026-02-12,Set-up,9750.00,hours,INV-2\n",
    "payments": "payment_id,account,received_on,amount,invoice_number,payer,reference\n"
    "P-1,OP,2025-12-29,50000.00,INV-1,NORTHWIND PARTS LLC,INV-1\n"
    "P-2,OP,2026-03-03,4750.00,INV-2,HARBOR FOODS,INV-2\n",
    "bills": "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
    + "".join(
        f"B-PAY-{m},OP,2026-{m}-28,2026-{m}-28,Payroll,21500.00,payroll\n"
        f"B-CLOUD-{m},OP,2026-{m}-20,2026-{m}-27,Google Cloud,{cloud},cloud infrastructure\n"
        for m, cloud in (("01", "1800.00"), ("02", "1840.00"), ("03", "1840.22"))
    )
    + "B-AD-02,OP,2026-02-05,2026-02-06,Ad House,6000.00,sales and marketing\n"
    f"B-CARD,CARD,2026-03-12,2026-03-12,{FORMULA},120.00,sales and marketing\n"
    "B-RENT,OP,2026-03-31,2026-03-31,Landlord,900.00,rent\n",
    "entries": "entry_id,account,booked_on,amount,kind,counter_account,payee\n"
    "E-SEED,OP,2026-03-10,100000.00,financing,,Seed investors\n"
    "E-FEE,OP,2026-03-31,-15.00,fee,,First Bank\n"
    "E-CARD,OP,2026-03-25,-120.00,transfer,CARD,Company card\n",
    "prospects": "prospect_id,company,created_on\nPR-1,Apex Storage,2026-02-02\n",
    "deals": "deal_id,prospect_id,stage,amount,probability_pct,entered_stage_on\n"
    "D-1,PR-1,proposal,62000.00,40,2026-03-10\n",
    "incidents": "incident_id,title,severity,detected_at,resolved_at\n"
    "I-1,API down for all,CRITICAL,2026-03-24T15:00:00+00:00,2026-03-24T15:26:00+00:00\n",
}
BANK = {
    "december.csv": "2025-12-29,NORTHWIND PARTS LLC INV-1,50000.00\n",
    "january.csv": "2026-01-27,GOOGLE CLOUD,-1800.00\n2026-01-28,PAYROLL,-21500.00\n",
    "february.csv": "2026-02-06,AD HOUSE,-6000.00\n2026-02-27,GOOGLE CLOUD,-1840.00\n2026-02-28,PAYROLL,-21500.00\n",
    "march.csv": "2026-03-03,HARBOR FOODS INV-2,4750.00\n2026-03-10,SEED INVESTORS,100000.00\n"
    "2026-03-25,COMPANY CARD PAYMENT,-120.00\n2026-03-27,GOOGLE CLOUD,-1840.22\n2026-03-28,PAYROLL,-21500.00\n"
    "2026-03-31,FIRST BANK FEE,-15.00\n",
}
CARD_LINES = f"2026-03-12,{FORMULA},-120.00\n2026-03-25,PAYMENT RECEIVED,120.00\n"


def loaded(store: Store) -> Store:
    """The records and the bank's lines; nothing is reconciled."""
    for kind, text in RECORDS.items():
        make.loaded(store, kind, text)
    for name, text in BANK.items():
        make.statement(store, HEAD + text, "OP", name)
    make.statement(store, HEAD + CARD_LINES, "CARD", "card.csv", positive="in")
    return store


def matched(store: Store) -> Store:
    """The same with every bank line matched: all of them are certain."""
    loaded(store)
    for account in ("OP", "CARD"):
        assert reconcile(store, make.CFO, account, now=NOW, through=MARCH.last_day).unmatched_bank == ()
    return store


def reconciled(store: Store) -> Store:
    """The same locked through February and March: ready to be closed."""
    matched(store)
    for day in (FEBRUARY.last_day, MARCH.last_day):
        lock(store, make.CFO, "OP", day, now=NOW)
    return store


_FOLDER = TemporaryDirectory()


@cache
def _kept(what: str) -> Path:
    """A store file made once for the whole run; tests work on copies of it."""
    path = Path(_FOLDER.name) / f"{what}.duckdb"
    made = Store.open(path, create=True)
    {"loaded": loaded, "matched": matched, "reconciled": reconciled}[what](made)
    made.close()
    return path


def copy_of(what: str, folder: Path) -> Store:
    """A store of its own of the company as it is `loaded`, `matched` or `reconciled`."""
    path = folder / f"{what}.duckdb"
    shutil.copy(_kept(what), path)
    return Store.open(path)
