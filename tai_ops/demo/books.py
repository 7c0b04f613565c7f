"""The sample company's money: accounts, invoices, receipts, bills, and the statements that its banks write.

A bill or receipt stands here once and makes both its record and its bank line, but for what only one side knows:
checks still under way, fees, a charge made twice, money that came short.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tai_ops.demo.acts import Row
from tai_ops.period import Month, months_between

OPERATING, SAVINGS, CARD, STRIPE = "OPERATING", "SAVINGS", "CARD", "STRIPE"
FIRST_MONTH, LAST_IMPORTED, UPLOAD = Month(2025, 10), Month(2026, 2), Month(2026, 3)
OPENING = Decimal("41862.37")

ACCOUNTS: tuple[Row, ...] = (
    (OPERATING, "Operating account", "bank", "USD", "2025-10-01", OPENING),
    (CARD, "Company card", "card", "USD", "2025-10-01", "0.00"),
    (STRIPE, "Stripe balance", "processor", "USD", "2025-10-01", "0.00"),
)
SAVINGS_ACCOUNT: Row = (SAVINGS, "Savings account", "bank", "USD", "2026-02-10", "0.00")
SAVED_ON, SAVED = date(2026, 2, 10), Decimal("150000.00")


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a statement; a positive amount is money in."""

    account: str
    day: date
    amount: Decimal
    text: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A record of the books (its kind and row), the day from which it is on record, and its bank lines."""

    kind: Literal["bills", "payments", "entries"]
    day: date
    row: Row
    lines: tuple[BankLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Regular:
    """A payment that comes every month: on which day, the bank's text, how much in each month from October on."""

    payee: str
    category: str
    day: int
    text: str
    amounts: tuple[str, ...]
    account: str = OPERATING


_RUN = ("10940.00", "10940.00", "11180.00", "11180.00", "11360.00", "11420.00")
_RUN_2 = ("10940.00", "11180.00", "11180.00", "11360.00", "11420.00", "11420.00")
_TAX = ("3214.60", "3214.60", "3288.15", "3288.15", "3341.80", "3359.40")
_TAX_2 = ("3214.60", "3288.15", "3288.15", "3341.80", "3359.40", "3359.40")
_RENT = ("2350.00",) * 6
_SEATS = ("142.50", "142.50", "142.50", "161.50", "161.50", "161.50")

REGULAR: tuple[Regular, ...] = (
    Regular("Pier Nine Workspaces", "rent", 1, "ACH PIER NINE WORKSPACES RENT", _RENT),
    Regular("Nimbus Cloud Services", "cloud infrastructure", 3, "ACH NIMBUS CLOUD SERVICES", ("1486.20", "1542.75", "1618.40", "1733.92", "1801.66", "1912.37")),
    Regular("Foxmere Digital", "sales and marketing", 10, "ACH FOXMERE DIGITAL", ("2400.00",) * 6),
    Regular("Keel & Anchor Insurance", "insurance", 12, "KEEL & ANCHOR INSURANCE PREMIUM", ("486.40",) * 6),
    Regular("Brightledger Payroll", "payroll", 15, "BRIGHTLEDGER PAYROLL TAI AUTONOMICS", _RUN),
    Regular("Brightledger Tax", "payroll taxes", 15, "BRIGHTLEDGER TAX TAI AUTONOMICS", _TAX),
    Regular("Brightledger Payroll", "payroll", 31, "BRIGHTLEDGER PAYROLL TAI AUTONOMICS", _RUN_2),
    Regular("Brightledger Tax", "payroll taxes", 31, "BRIGHTLEDGER TAX TAI AUTONOMICS", _TAX_2),
    Regular("Relaybox Messaging", "software", 5, "RELAYBOX MESSAGING SUBSCRIPTION", _SEATS, CARD),
    Regular("Penstroke Design Suite", "software", 10, "PENSTROKE DESIGN SUITE", ("89.00",) * 6, CARD),
    Regular("Gridform Analytics", "software", 12, "GRIDFORM ANALYTICS TEAM PLAN", ("260.00", "260.00", "260.00", "260.00", "260.00", "312.00"), CARD),
    Regular("Adsparrow", "advertising", 15, "ADSPARROW ADS", ("580.00", "610.00", "455.00", "640.00", "720.00", "690.00"), CARD),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Single:
    """A bill paid once: who, what for, how much, when by the books and when by the bank."""

    payee: str
    category: str | None
    amount: str
    paid: str
    cleared: str | None
    text: str
    account: str | None = OPERATING
    reference: str | None = None
    check: str = ""
    reimbursable_to: str | None = None


SINGLE: tuple[Single, ...] = (
    Single("Ostrander Legal", "legal and accounting", "3200.00", "2025-10-09", "2025-10-10", "ACH OSTRANDER LEGAL OL-2291", reference="OL-2291"),
    Single("Ledgerwell Accountants", "legal and accounting", "950.00", "2025-10-14", "2025-10-20", "CHECK 1039", reference="1039", check="1039"),
    Single("Skyferry Air", "travel", "412.80", "2025-10-17", None, "SKYFERRY AIR TICKET", CARD),
    Single("Imani Field Services", "contractors", "2800.00", "2025-11-20", "2025-11-21", "ACH IMANI FIELD SERVICES"),
    Single("Skyferry Air", "travel", "386.20", "2025-11-05", None, "SKYFERRY AIR TICKET", CARD),
    Single("Halyard Hotels", "travel", "522.10", "2025-11-08", None, "HALYARD HOTELS CHICAGO", CARD),
    Single("Ledgerwell Accountants", "legal and accounting", "1150.00", "2025-12-11", "2025-12-16", "CHECK 1040", reference="1040", check="1040"),
    Single("Imani Field Services", "contractors", "1500.00", "2025-12-18", "2025-12-19", "ACH IMANI FIELD SERVICES"),
    Single("Imani Field Services", "contractors", "2100.00", "2026-01-22", "2026-01-23", "ACH IMANI FLD SVCS"),
    Single("Ledgerwell Accountants", "legal and accounting", "1150.00", "2026-01-13", "2026-01-20", "CHECK 1041", reference="1041", check="1041"),
    Single("Skyferry Air", "travel", "298.40", "2026-01-12", None, "SKYFERRY AIR TICKET", CARD),
    Single("Mara Klein", "travel", "184.75", "2026-01-27", "2026-01-28", "ZELLE TO MARA KLEIN", reference="expenses January", reimbursable_to="mara.klein@tai.example"),
    Single("Paperlane Office", "office", "84.17", "2026-02-11", "2026-02-11", "POS PURCHASE PAPERLANE OFFICE 0211", reference="desk lamp, seat 5"),
    Single("Paperlane Office", "office", "84.17", "2026-02-11", "2026-02-11", "POS PURCHASE PAPERLANE OFFICE 0211", reference="desk lamp, seat 6"),
    Single("Midline Expo", "trade fairs", "3900.00", "2026-02-16", "2026-02-17", "ACH MIDLINE EXPO BOOTH ME-0417", reference="ME-0417"),
    Single("Imani Field Services", "contractors", "900.00", "2026-02-19", "2026-02-20", "ACH IMANI FLD SVCS"),
    Single("Skyferry Air", "travel", "344.60", "2026-02-13", None, "SKYFERRY AIR TICKET", CARD),
    Single("Hollowtree Diner", None, "68.20", "2026-02-18", None, "HOLLOWTREE DINER", CARD),
    Single("Ledgerwell Accountants", "legal and accounting", "1250.00", "2026-02-26", "2026-03-04", "CHECK 1042", reference="1042", check="1042"),
    Single("Tallyboard Software", "software", "1188.00", "2026-03-09", "2026-03-09", "ACH TALLYBOARD SOFTWARE ANNUAL"),
    Single("Ostrander Legal", "legal and accounting", "1400.00", "2026-03-19", "2026-03-20", "ACH OSTRANDER LEGAL OL-2388", reference="OL-2388"),
    Single("Imani Field Services", "contractors", "1900.00", "2026-03-26", "2026-03-27", "ACH IMANI FLD SVCS"),
    Single("Ledgerwell Accountants", "legal and accounting", "480.00", "2026-03-30", None, "", reference="1043"),
    Single("Pier Nine Workspaces", "rent", "2350.00", "2026-04-01", None, ""),
)  # fmt: skip

OPEN_BILLS: tuple[tuple[str, Row], ...] = (
    ("2026-02-20", ("B-OPEN-1", None, "2026-02-20", None, None, "Ida Roth", "236.40", None, "travel", "train to Elmhurst, 19 February", "ida.roth@tai.example")),
    ("2026-04-01", ("B-OPEN-2", None, "2026-04-01", "2026-04-15", None, "Nimbus Cloud Services", "1987.20", None, "cloud infrastructure", "March", None)),
)  # fmt: skip

ONLY_AT_THE_BANK: tuple[BankLine, ...] = (
    BankLine(OPERATING, date(2026, 2, 28), Decimal("-15.00"), "MONTHLY SERVICE FEE"),
    BankLine(OPERATING, date(2026, 3, 11), Decimal("-1188.00"), "ACH TALLYBOARD SOFTWARE ANNUAL"),
    BankLine(OPERATING, date(2026, 3, 18), Decimal("-62.35"), "POS PURCHASE PAPERLANE OFFICE 0318"),
    BankLine(OPERATING, date(2026, 3, 23), Decimal("-348.00"), "POS PURCHASE HINTERGATE SUPPLY 0323"),
    BankLine(OPERATING, date(2026, 3, 24), Decimal("4985.00"), "WIRE IN QUILLON FOODS INV-1008"),
    BankLine(OPERATING, date(2026, 3, 31), Decimal("-15.00"), "MONTHLY SERVICE FEE"),
    BankLine(SAVINGS, date(2026, 3, 31), Decimal("431.85"), "INTEREST PAID"),
)

NORTHWIND, QUILLON, AMBERMOOR = "C-001", "C-002", "C-003"
SUBSCRIPTIONS: tuple[Row, ...] = (
    ("S-001", NORTHWIND, "Standard", "2025-12-01", "50000.00", "year"),
    ("S-002", QUILLON, "Standard", "2026-03-16", "40000.00", "year"),
    ("S-003", AMBERMOOR, "Standard", "2026-05-01", "35000.00", "year"),
)
INVOICES: tuple[Row, ...] = (
    ("INV-1001", NORTHWIND, "2025-11-03", "2025-11-17", "6000.00", None, "services", None, None, "Onboarding, deposit"),
    ("INV-1002", NORTHWIND, "2025-11-24", "2025-12-24", "6000.00", None, "services", None, None, "Onboarding, balance at go-live"),
    ("INV-1003", NORTHWIND, "2025-12-01", "2025-12-31", "50000.00", None, "licence", "2025-12-01", "2026-11-30", "Annual licence"),
    ("INV-1004", NORTHWIND, "2025-12-09", "2025-12-23", "900.00", None, "services", None, None, "Refresher training"),
    ("INV-1005", NORTHWIND, "2026-01-15", "2026-02-14", "6390.00", None, "services", None, None, "Roll-out of the East warehouse"),
    ("INV-1006", NORTHWIND, "2026-02-02", "2026-02-16", "1500.00", None, "services", None, None, "Operator training, East"),
    ("INV-1007", NORTHWIND, "2026-03-05", "2026-03-19", "1200.00", None, "services", None, None, "Label templates"),
    ("INV-1008", QUILLON, "2026-03-12", "2026-03-26", "5000.00", None, "services", None, None, "Onboarding, deposit"),
    ("INV-1009", QUILLON, "2026-03-16", "2026-04-15", "40000.00", None, "licence", "2026-03-16", "2027-03-15", "Annual licence"),
    ("INV-1010", AMBERMOOR, "2026-03-30", "2026-04-13", "4500.00", None, "services", None, None, "Onboarding, deposit"),
    ("INV-1011", NORTHWIND, "2026-03-31", "2026-04-14", "640.00", None, "services", None, None, "Printer set-up, East"),
)  # fmt: skip
SERVICES: tuple[Row, ...] = (
    ("SV-001", NORTHWIND, "2025-11-07", "Kickoff and admin training", 10, "180.00", None, "hours", None, "INV-1001"),
    ("SV-002", NORTHWIND, "2025-11-12", "Environment set-up", 14, "180.00", None, "hours", None, "INV-1001"),
    ("SV-003", NORTHWIND, "2025-11-19", "Data load and pilot", 20, "180.00", None, "hours", None, "INV-1002"),
    ("SV-004", NORTHWIND, None, "Go-live, Main", None, None, "4080.00", "milestone", "2025-11-21", "INV-1002"),
    ("SV-005", NORTHWIND, "2025-12-08", "Refresher training", 5, "180.00", None, "hours", None, "INV-1004"),
    ("SV-006", NORTHWIND, "2026-01-12", "Roll-out of the East warehouse", 24, "180.00", None, "hours", None, "INV-1005"),
    ("SV-007", NORTHWIND, "2026-01-14", "Scanner configuration, East", "11.5", "180.00", None, "hours", None, "INV-1005"),
    ("SV-008", NORTHWIND, "2026-01-30", "Operator training, East", None, None, "1500.00", "hours", None, "INV-1006"),
    ("SV-009", NORTHWIND, "2026-02-24", "Report for cycle counts by zone", 6, "180.00", None, "hours", None, None),
    ("SV-010", NORTHWIND, "2026-03-04", "Label templates", None, None, "1200.00", "hours", None, "INV-1007"),
    ("SV-011", QUILLON, "2026-03-27", "Kickoff and admin training", 8, "180.00", None, "hours", None, "INV-1008"),
    ("SV-012", NORTHWIND, "2026-03-30", "Printer set-up, East", None, None, "640.00", "hours", None, "INV-1011"),
    ("SV-013", QUILLON, "2026-04-01", "Environment set-up", 12, "180.00", None, "hours", None, "INV-1008"),
    ("SV-014", QUILLON, None, "Go-live, Newark", None, None, "6400.00", "milestone", None, None),
)  # fmt: skip
INVOICING_DAYS = (
    *("2025-11-14", "2025-12-09", "2026-01-15", "2026-02-02"),
    *("2026-03-05", "2026-03-16", "2026-03-31", "2026-04-01"),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A customer's payment to the bank: for which invoice, how much, when, and the bank's text."""

    invoice: str
    amount: str
    day: str
    text: str


RECEIPTS = (
    Receipt("INV-1001", "6000.00", "2025-11-14", "ACH IN NORTHWIND PARTS LLC INV-1001"),
    Receipt("INV-1002", "6000.00", "2025-12-18", "ACH IN NORTHWIND PARTS LLC INV-1002"),
    Receipt("INV-1003", "50000.00", "2025-12-29", "WIRE IN NORTHWIND PARTS LLC LICENCE 2026"),
)
CARD_RECEIPTS = (
    ("INV-1004", "900.00", "2025-12-10", "2025-12-12"),
    ("INV-1006", "1500.00", "2026-02-04", "2026-02-06"),
    ("INV-1007", "1200.00", "2026-03-06", "2026-03-10"),
    ("INV-1011", "640.00", "2026-04-01", None),
)
"""What customers paid through Stripe: invoice, charge, its day, and the day on which the payout reached the bank."""

STRIPE_PCT, STRIPE_FIXED = Decimal("2.9"), Decimal("0.30")
INTEREST = (("2026-02-28", "244.52"),)
INVESTORS = (
    ("2025-10-06", "Hollin Seed Fund", "350000.00", "-18.00"),
    ("2025-10-08", "Delawren Angels", "250000.00", "-22.00"),
)
"""Seed money: the day, who, how much, and what the bank took for the wire."""

_OCT, _NOV, _DEC, _JAN, _FEB = months_between(FIRST_MONTH, LAST_IMPORTED)
STATEMENTS = (
    ("2025-11-05", OPERATING, _OCT),
    ("2025-12-03", OPERATING, _NOV),
    ("2026-01-06", OPERATING, _DEC),
    ("2026-02-04", OPERATING, _JAN),
    ("2026-03-04", OPERATING, _FEB),
    ("2026-03-04", SAVINGS, _FEB),
    ("2026-03-04", CARD, _FEB),
)
"""The day of each import, the account, and the month of the statement."""

RECONCILIATIONS = (
    ("2026-02-04", OPERATING, _JAN, True),
    ("2026-03-04", OPERATING, _FEB, True),
    ("2026-03-04", SAVINGS, _FEB, True),
    ("2026-03-04", CARD, _FEB, False),
)
"""The day of each reconciliation, the account, through which month, and whether it was locked."""

TYPED_BALANCES = (
    ("2026-02-04", CARD, "2026-01-31", "0.00"),
    ("2026-02-04", STRIPE, "2026-01-31", "0.00"),
    ("2026-03-04", STRIPE, "2026-02-28", "0.00"),
    ("2026-04-02", STRIPE, "2026-04-01", "621.14"),
)
"""Balances read off a dashboard: the day, the account, the day they were of, and how much."""
