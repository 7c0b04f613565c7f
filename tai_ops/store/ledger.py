"""What the accounts' lines and books add up to: flows by month and nature, balances on a day.

Bank lines are the truth where they are; which of them are no burn is told by their confirmed match, or, before
anybody reconciled, by an entry of the same account and amount within five days.
"""

from datetime import date, timedelta
from decimal import Decimal

import duckdb

from tai_ops.cash import Account, AccountDay, AccountMonth, Balance
from tai_ops.cash import account_months as months_of
from tai_ops.expenses import Charge

CONFIRMED = """
    select line_id, entry_kind, entry_id, amount from (
        select *, row_number() over (partition by line_id, entry_kind, entry_id
                                     order by decided_at desc, decision_id desc) as newest
        from match_decisions
    ) where newest = 1 and decision = 'confirmed'
"""
"""The pairs of bank line and book entry that hold now."""

AUTO = "auto"
"""Who decided where the matcher did."""

NEWEST = """
    select line_id, entry_kind, entry_id, amount, decision, stage, score, reasons_json, decided_at, decided_by
    from match_decisions
    qualify row_number() over (partition by line_id, entry_kind, entry_id
                               order by decided_at desc, decision_id desc) = 1
"""
"""The newest decision on each pair of bank line and book entry, whatever it was."""

NATURE = """
    case when e.kind = 'transfer' then case when c.kind = 'card' then 'operating' else 'transfer' end
         when e.kind in ('financing', 'loan') then 'financing'
         when e.kind = 'owner' then 'owner' else 'operating' end
"""
"""`cash.nature_of` in SQL: what an entry e with a counter account c means for burn."""

APPLIED = """
    select * from applications a
    where not exists (select 1 from application_undos u where u.application_id = a.application_id)
"""
"""Money that was moved to an invoice and stands."""

PAID = f"""
    select invoice_number, amount from payments where invoice_number is not null
    union all
    select invoice_number, amount from ({APPLIED})
    union all
    select p.invoice_number, -a.amount from ({APPLIED}) a join payments p on p.payment_id = a.source_id
    where a.source_kind = 'payment' and p.invoice_number is not null
    union all
    select source_id, -amount from ({APPLIED}) where source_kind = 'invoice'
"""
"""What was received for each invoice: payments that name it, and what was moved to it or away from it since."""

_BOOKED = """
    select account, received_on as booked_on, amount, 'operating' as nature, 'payment' as entry_kind,
           payment_id as entry_id, coalesce(payer, '') as party, coalesce(reference, invoice_number, '') as reference
    from payments
    union all
    select b.account, b.paid_on, -b.amount, 'operating', 'bill', b.bill_id, b.payee, coalesce(b.reference, '')
    from bills b
    where b.paid_on is not null
      and (b.account is not null
           or not exists (select 1 from {confirmed} m where m.entry_kind = 'bill' and m.entry_id = b.bill_id))
    union all
    select e.account, e.booked_on, e.amount, {nature}, 'entry', e.entry_id, coalesce(e.payee, ''),
           coalesce(e.reference, '')
    from entries e left join accounts c on c.account = e.counter_account
    union all
    select e.counter_account, e.booked_on, -e.amount, {nature}, 'entry', e.entry_id, coalesce(e.payee, ''),
           coalesce(e.reference, '')
    from entries e join accounts c on c.account = e.account where e.counter_account is not null
    union all
    select l.account, l.booked_on, m.amount, case when oa.kind = 'card' then 'operating'
                when m.entry_kind = 'line' then 'transfer' else 'operating' end,
           m.entry_kind, m.entry_id, coalesce(l.payee, l.description, ''), ''
    from {confirmed} m
    join statement_lines l using (line_id)
    left join bills b on b.bill_id = case when m.entry_kind = 'bill' then m.entry_id end
    left join statement_lines o on o.line_id = case when m.entry_kind = 'line' then m.entry_id end
    left join accounts oa on oa.account = o.account
    where m.entry_kind in ('invoice', 'line')
       or (m.entry_kind = 'bill' and (b.paid_on is null or b.account is null))
"""
BOOKED = _BOOKED.format(confirmed=f"({CONFIRMED})", nature=NATURE)
"""The cash books of every account, signed as the account feels it; a counter account feels the opposite.

A line that is matched with an invoice, an unpaid bill or another line is its own booking: the match records it.
"""


def account_months(cursor: duckdb.DuckDBPyConnection, currency: str) -> tuple[AccountMonth, ...]:
    """What went in and out of each account of that currency in each month, from the bank and from the books."""
    return months_of(account_days(cursor, currency, date.max), date.max)


def account_days(
    cursor: duckdb.DuckDBPyConnection, currency: str, daily_from: date
) -> tuple[AccountDay, ...]:
    """What went in and out of each account of that currency, from the bank and from the books: by day from `daily_from`
    on, by month before it.

    A left join on one kind of entry asks for its id in one equality: with a condition of its own beside that, every line
    is compared with every other.
    """
    booked = _BOOKED.format(confirmed="confirmed", nature=NATURE)
    rows = cursor.execute(
        f"""
        with confirmed as ({CONFIRMED}),
        parts as (
            select l.line_id, l.account, l.booked_on, m.amount,
                   case when m.entry_kind = 'line' then case when oa.kind = 'card' then 'operating' else 'transfer' end
                        when m.entry_kind = 'entry' then {NATURE}
                        else 'operating' end as nature
            from confirmed m
            join statement_lines l using (line_id)
            left join entries e on e.entry_id = case when m.entry_kind = 'entry' then m.entry_id end
            left join accounts c on c.account = case when e.account = l.account then e.counter_account else e.account end
            left join statement_lines o on o.line_id = case when m.entry_kind = 'line' then m.entry_id end
            left join accounts oa on oa.account = o.account
        ),
        rest as (
            select l.line_id, l.account, l.booked_on, l.amount - coalesce(p.amount, 0) as amount
            from statement_lines l
            left join (select line_id, sum(amount) as amount from parts group by line_id) p using (line_id)
        ),
        aside as (
            select b.account, b.booked_on, b.amount, b.nature, b.entry_id,
                   row_number() over (partition by b.account, b.amount order by b.booked_on, b.entry_id) as nth
            from ({booked}) b
            where b.nature <> 'operating' and b.entry_kind = 'entry'
              and not exists (select 1 from confirmed m where m.entry_kind = 'entry' and m.entry_id = b.entry_id)
        ),
        loose as (
            select r.*, row_number() over (partition by account, amount order by booked_on, line_id) as nth
            from rest r where amount <> 0
        ),
        told as (
            select r.line_id, r.account, r.booked_on, r.amount, coalesce(a.nature, 'operating') as nature
            from loose r left join aside a
              on a.account = r.account and a.amount = r.amount and a.nth = r.nth
             and abs(date_diff('day', a.booked_on, r.booked_on)) <= 5
            union all
            select line_id, account, booked_on, amount, nature from parts
        ),
        everything as (
            select account, booked_on, 'bank' as source, nature, amount from told
            union all
            select account, booked_on, 'books', nature, amount from ({booked})
        )
        select b.account, a.kind,
               case when b.booked_on < $daily_from then date_trunc('month', b.booked_on)::date else b.booked_on end as day,
               b.source, b.nature,
               coalesce(sum(b.amount) filter (b.amount > 0), 0)::decimal(18, 2),
               coalesce(-sum(b.amount) filter (b.amount < 0), 0)::decimal(18, 2)
        from everything b left join accounts a on a.account = b.account
        where coalesce(a.currency, $currency) = $currency
        group by all order by day, b.account, b.source, b.nature
        """,
        {"currency": currency, "daily_from": daily_from},
    ).fetchall()
    return tuple(AccountDay(*row) for row in rows)


def kept_fees(cursor: duckdb.DuckDBPyConnection, currency: str) -> tuple[Charge, ...]:
    """What a processor kept back of a charge that its payout was matched with net of the fee, in that currency."""
    rows = cursor.execute(
        """
        with pairs as (
            select * from match_decisions
            where line_id in (select line_id from match_decisions where stage = 'processor')
            qualify row_number() over (partition by line_id, entry_kind, entry_id
                                       order by decided_at desc, decision_id desc) = 1
        ),
        whole as (
            select 'payment' as entry_kind, payment_id as entry_id, amount from payments
            union all
            select 'invoice', invoice_number, amount + coalesce(tax_amount, 0) from invoices
        )
        select p.line_id, l.booked_on, coalesce(l.payee, l.description, a.name), w.amount - p.amount
        from pairs p join whole w using (entry_kind, entry_id) join statement_lines l using (line_id)
        join accounts a on a.account = l.account
        where p.decision = 'confirmed' and p.stage = 'processor' and w.amount > p.amount and a.currency = $currency
        order by l.booked_on, p.line_id
        """,
        {"currency": currency},
    ).fetchall()
    return tuple(Charge(line, day, payee, fee, "processor fees", True) for line, day, payee, fee in rows)


def balance_on(cursor: duckdb.DuckDBPyConnection, account: Account, day: date) -> Balance:
    """What the account holds at the end of the day, by the best evidence there is.

    The newest stated balance plus the lines after it; adjusted for items in transit where a reconciliation through
    that balance is locked; the opening balance plus lines, or the books, where no bank states one.
    """
    stated = cursor.execute(
        """
        select stated_on, arg_max(amount, stated_at) from statement_balances
        where account = $account and stated_on <= $day group by stated_on order by stated_on desc limit 1
        """,
        {"account": account.account, "day": day},
    ).fetchone()
    if stated is None:
        told = _from_opening(cursor, account, day)
        if told is None:
            return _book_balance(cursor, account, day)
        as_of, amount = told
    else:
        lines = _lines(cursor, account.account, stated[0], day)
        as_of, amount = (lines[0], stated[1] + lines[1]) if lines else stated
    adjusted = _reconciled(cursor, account.account, as_of, day)
    if adjusted is not None:
        return Balance(
            account.account, account.kind, account.currency, as_of, adjusted, "reconciled", account.name
        )
    return Balance(
        account.account,
        account.kind,
        account.currency,
        as_of,
        amount,
        "statement, unreconciled",
        account.name,
    )


def _from_opening(
    cursor: duckdb.DuckDBPyConnection, account: Account, day: date
) -> tuple[date, Decimal | None] | None:
    """The opening balance moved to the day by the lines in between, backwards too; None where the bank told no line.

    Lines of before the opening day are in the opening balance already.
    """
    if account.opening_balance is None:
        lines = _lines(cursor, account.account, None, day)
        return lines and (lines[0], None)
    eve = account.opened_on - timedelta(days=1)
    if day >= eve:
        lines = _lines(cursor, account.account, eve, day)
        return lines and (lines[0], account.opening_balance + lines[1])
    back = _lines(cursor, account.account, day, eve)
    until = _lines(cursor, account.account, None, day)
    if back is None and until is None:
        return None
    return until[0] if until else day, account.opening_balance - (back[1] if back else Decimal(0))


def _lines(
    cursor: duckdb.DuckDBPyConnection, account: str, after: date | None, day: date
) -> tuple[date, Decimal] | None:
    row = cursor.execute(
        """
        select max(booked_on), sum(amount)::decimal(18, 2) from statement_lines
        where account = $account and booked_on <= $day and ($after is null or booked_on > $after)
        """,
        {"account": account, "after": after, "day": day},
    ).fetchone()
    return (row[0], row[1]) if row and row[0] else None


def _reconciled(cursor: duckdb.DuckDBPyConnection, account: str, since: date, day: date) -> Decimal | None:
    row = cursor.execute(
        """
        select (statement_json ->> 'adjusted_bank')::decimal(18, 2) from (
            select * from reconciliations where account = $account and through_on between $since and $day
            qualify row_number() over (partition by through_on order by done_at desc) = 1
        ) where event = 'locked' order by through_on desc limit 1
        """,
        {"account": account, "since": since, "day": day},
    ).fetchone()
    return row[0] if row else None


def book_balance(cursor: duckdb.DuckDBPyConnection, account: Account, day: date) -> Decimal | None:
    """The books' balance of the account at the end of the day; None where its opening balance is not known."""
    if account.opening_balance is None:
        return None
    row = cursor.execute(
        f"""
        select coalesce(sum(amount), 0)::decimal(18, 2) from ({BOOKED})
        where account = $account and booked_on <= $day and booked_on >= $opened
        """,
        {"account": account.account, "day": day, "opened": account.opened_on},
    ).fetchone()
    return account.opening_balance + (row[0] if row else Decimal(0))


def _book_balance(cursor: duckdb.DuckDBPyConnection, account: Account, day: date) -> Balance:
    amount = book_balance(cursor, account, day)
    return Balance(account.account, account.kind, account.currency, day, amount, "books", account.name)
