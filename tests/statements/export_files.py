"""Writes every table of lines that is read: a bank's own with or without balances, and the exports with rules of their own.

Each writer is given the lines, an id for each, and what the account held before the first of them.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tai_ops.statements.dates import Order

Line = tuple[date, int, str]
Writer = Callable[[Sequence[Line], Sequence[str], int], bytes]


@dataclass(frozen=True)
class Written:
    """A format as it is written: its id, how, in which currency, and what of the money it tells.

    `money` is `both`, or `in` and `out` where every line of it goes one way. `balances` says that each row shows the
    balance after it, `ids` that each has an id of the bank's. `date_order` is what has to be said of ambiguous dates,
    `payee` whether the text stands as the payee, `descending` whether the newest row comes first, `account`
    what the file calls the account.
    """

    id: str
    write: Writer
    currency: str = "USD"
    money: str = "both"
    balances: bool = False
    ids: bool = False
    date_order: Order | None = None
    payee: bool = False
    descending: bool = False
    account: str | None = None

    @property
    def apart(self) -> bool:
        """Whether equal rows are told apart, so that a file may be cut in the middle of a day."""
        return self.balances or self.ids

    def told(self, cents: int) -> int:
        """What of that amount the format tells."""
        return {"both": cents, "in": abs(cents), "out": -abs(cents)}[self.money]


def money(cents: int, mark: str = ".") -> str:
    """Cents as a file has them."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}{mark}{part:02d}"


def fee(cents: int) -> int:
    """A fee of that line: the same whenever it is exported."""
    return abs(cents) % 7


def sheet(head: str, rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """A header and rows as a table of cells."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter)
    writer.writerows([head.split(","), *rows])
    return held.getvalue().encode()


def after(lines: Sequence[Line], opening: int) -> list[str]:
    """The balance after each line."""
    found: list[str] = []
    for _, cents, _ in lines:
        opening += cents
        found.append(money(opening))
    return found


def plain(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A bank's CSV of three columns."""
    return sheet("Date,Description,Amount", [(f"{d}", text, money(c)) for d, c, text in lines])


def balanced(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A bank's CSV with the balance after each row."""
    rows = [
        (f"{d}", text, money(c), left)
        for (d, c, text), left in zip(lines, after(lines, opening), strict=True)
    ]
    return sheet("Date,Description,Amount,Balance", rows)


def newest_first(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """The same from the newest row to the oldest, money in and money out apart."""
    rows = [
        (f"{d:%d.%m.%Y}", text, money(-c) if c < 0 else "", money(c) if c > 0 else "", left)
        for (d, c, text), left in zip(lines, after(lines, opening), strict=True)
    ]
    return sheet("Booking date,Details,Paid out,Paid in,Balance", rows[::-1], ";")


def numbered(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A bank's CSV with an id for each row."""
    rows = [(f"{d}", text, money(c), own) for (d, c, text), own in zip(lines, ids, strict=True)]
    return sheet("Date,Description,Amount,Transaction ID", rows)


def stripe_payments(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Charges, each with something refunded where the amount is odd."""
    rows: list[Sequence[str]] = []
    for (day, cents, text), own in zip(lines, ids, strict=True):
        back = fee(cents) if cents % 2 else 0
        gross, lost = money(abs(cents) + back), money(back)
        rows.append(
            (
                f"ch_{own}",
                text,
                f"{day} 13:12",
                gross,
                lost,
                "usd",
                gross,
                lost,
                "0.30",
                "0.00",
                "usd",
                "Paid",
            )
        )
    head = (
        "id,description,created,amount,amount_refunded,currency,converted_amount,converted_amount_refunded,fee,tax,"
        "converted_currency,status"
    )
    return sheet(head, rows)


def stripe_balance(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Every movement of the balance: gross, fee and net."""
    head = "balance_transaction_id,created,available_on,currency,gross,fee,net,reporting_category,source_id,description"
    rows = [
        (
            f"txn_{own}",
            f"{d} 10:00:00",
            f"{d} 10:00:00",
            "usd",
            money(c + fee(c)),
            money(fee(c)),
            money(c),
            "charge",
            f"ch_{own}",
            text,
        )
        for (d, c, text), own in zip(lines, ids, strict=True)
    ]
    return sheet(head, rows)


def stripe_payouts(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """What was sent to the bank: positive means out of the balance."""
    head = "id,Amount,Created (UTC),Currency,Arrival Date (UTC),Status,Method,Description"
    rows = [
        (f"po_{own}", money(abs(c)), f"{d} 10:00", "usd", f"{d} 00:00", "paid", "standard", text)
        for (d, c, text), own in zip(lines, ids, strict=True)
    ]
    return sheet(head, rows)


def paypal(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Activity with gross, fee, net and the balance after it."""
    head = "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance"
    rows = [
        (
            f"{d:%m/%d/%Y}",
            "10:00:00",
            "PST",
            text,
            "Payment",
            "Completed",
            "USD",
            money(c + fee(c)),
            money(-fee(c)),
            money(c),
            f"A{own}",
            left,
        )
        for (d, c, text), own, left in zip(lines, ids, after(lines, opening), strict=True)
    ]
    return sheet(head, rows)


def revolut(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Amounts before their fee, with the balance after both."""
    head = "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance"
    rows = [
        (
            "TRANSFER",
            "Current",
            f"{d} 10:00:00",
            f"{d} 10:00:01",
            text,
            money(c + fee(c)),
            money(fee(c)),
            "USD",
            "COMPLETED",
            left,
        )
        for (d, c, text), left in zip(lines, after(lines, opening), strict=True)
    ]
    return sheet(head, rows)


def mercury(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Transactions of one account, without ids."""
    head = "Date (UTC),Description,Amount,Status,Source Account,Bank Description,Reference,Note,Original Currency"
    rows = [(f"{d:%m-%d-%Y}", "X", money(c), "Sent", "Checking 1", text, "", "", "") for d, c, text in lines]
    return sheet(head, rows)


def wise(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A balance's statement, with ids and the running balance."""
    head = (
        "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,Exchange From,Exchange To,"
        "Exchange Rate,Payer Name,Payee Name,Payee Account Number,Merchant,Total fees"
    )
    rows = [
        (
            f"TRANSFER-{own}",
            f"{d:%d-%m-%Y}",
            money(c),
            "EUR",
            text,
            "",
            left,
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "0.00",
        )
        for (d, c, text), own, left in zip(lines, ids, after(lines, opening), strict=True)
    ]
    return sheet(head, rows)


def wise_history(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """The history of one currency: what went out with its fee, what came in."""
    head = (
        "ID,Status,Direction,Created on,Finished on,Source fee amount,Source fee currency,Source name,"
        "Source amount (after fees),Source currency,Target name,Target amount (after fees),Target currency,Reference"
    )
    rows: list[Sequence[str]] = []
    for (day, cents, text), own in zip(lines, ids, strict=True):
        out = cents < 0
        taken = min(fee(cents), abs(cents) - 1) if out else 0
        sent = money(abs(cents) - taken)
        rows.append(
            (
                f"TRANSFER-{own}",
                "COMPLETED",
                "OUT" if out else "IN",
                f"{day} 10:00:00",
                f"{day} 10:00:05",
                money(taken),
                "EUR",
                "Us" if out else text,
                sent,
                "EUR",
                text if out else "Us",
                sent,
                "EUR",
                "",
            )
        )
    return sheet(head, rows)


def plaid(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """Transactions whose positive amounts are money out."""
    head = "date,name,amount,pending,account_id,category_id,merchant_name,transaction_id,iso_currency_code"
    rows = [
        (f"{d}", text, money(-c), "False", "A1", "22", "", f"t{own}", "USD")
        for (d, c, text), own in zip(lines, ids, strict=True)
    ]
    return sheet(head, rows)


def amex(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A card whose purchases are positive."""
    rows = [(f"{d:%m/%d/%Y}", text, "A B", "-1001", money(-c)) for d, c, text in lines]
    return sheet("Date,Description,Card Member,Account #,Amount", rows)


def discover(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A card with the day of the purchase and the day of posting."""
    rows = [(f"{d:%m/%d/%Y}", f"{d:%m/%d/%Y}", text, money(-c), "Food") for d, c, text in lines]
    return sheet("Trans. Date,Post Date,Description,Amount,Category", rows)


def pc_financial(lines: Sequence[Line], ids: Sequence[str], opening: int) -> bytes:
    """A card whose rows have the shop and the time."""
    rows = [(text, "**** 1", f"{d:%m/%d/%Y}", "06:50 PM", money(-c)) for d, c, text in lines]
    return sheet("Merchant Name,Card Used For Transaction,Date,Time,Amount", rows)


TABLES = {
    one.id if one.id != "csv" else one.write.__name__: one
    for one in (
        Written("csv", plain),
        Written("csv", balanced, balances=True),
        Written("csv", newest_first, balances=True, date_order="day", descending=True),
        Written("csv", numbered, ids=True),
        Written("stripe-payments", stripe_payments, money="in", ids=True),
        Written("stripe-balance", stripe_balance, ids=True),
        Written("stripe-payouts", stripe_payouts, money="out", ids=True),
        Written("paypal", paypal, balances=True, ids=True, date_order="month", payee=True),
        Written("revolut", revolut, balances=True),
        Written("mercury", mercury, account="Checking 1"),
        Written("wise", wise, currency="EUR", balances=True, ids=True),
        Written("wise-history", wise_history, currency="EUR", ids=True, payee=True),
        Written("plaid", plaid, ids=True, account="A1"),
        Written("amex", amex, date_order="month", account="-1001"),
        Written("discover", discover, date_order="month"),
        Written("pc-financial", pc_financial, date_order="month", payee=True),
    )
}
"""Every table that is written in tests, by a name."""
