"""What proves each item of the month-end checklist: its rule in words, and the query whose rows stop it.

The queries read the store as it stands and take `$first` and `$last`, the month's days, `$month`, and `$currency`, the
company's. Where an item is a
number that Python works out, its query lists the rows that the number is made of, and `stops` is False.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

import duckdb

from tai_ops.period import Month
from tai_ops.store.ledger import BOOKED
from tai_ops.store.line_natures import ERRED
from tai_ops.store.locks import NEWEST_LOCK

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Proof:
    """A rule in words and its query; `stops` is whether each row of the query stops the item."""

    rule: str
    query: str
    stops: bool = True

    def as_json(self) -> dict[str, str]:
        """As `close status` prints it beside the item."""
        return {"rule": self.rule, "query": self.query}


def rows_of(cursor: Cursor, proof: Proof, month: Month, currency: str) -> list[tuple[Any, ...]]:
    """The rows of the query for that month of a company with that currency."""
    known = {"first": month.start, "last": month.last_day, "month": str(month), "currency": currency}
    return cursor.execute(proof.query, {k: v for k, v in known.items() if f"${k}" in proof.query}).fetchall()


def _sql(text: str) -> str:
    return cleandoc(text).strip()


def _open_lines(kinds: str, also: str = "") -> str:
    return _sql(f"""
        with confirmed as (
            select line_id, amount from match_decisions
            qualify row_number() over (partition by line_id, entry_kind, entry_id
                                       order by decided_at desc, decision_id desc) = 1 and decision = 'confirmed'
        )
        select l.account, l.booked_on, l.amount, l.payee, l.description, l.amount - coalesce(sum(c.amount), 0) as open
        from statement_lines l join accounts a using (account) left join confirmed c using (line_id)
        where a.kind in ({kinds}) and l.booked_on between $first and $last{also}
          and (a.opening_balance is null or l.booked_on >= a.opened_on)
          and l.line_id not in ({ERRED})
        group by l.line_id, l.account, l.booked_on, l.amount, l.payee, l.description
        having open <> 0 order by l.account, l.booked_on, l.line_id
    """)


_SUBSCRIPTIONS = _sql("""
    select customer_id, subscription_id, starts_on, ends_on, trial_ends_on, amount, interval, discount_pct
    from subscriptions where starts_on <= $last and (ends_on is null or ends_on > $first) order by customer_id, starts_on
""")
_SPENT = _sql("""
    with ours as (select account from accounts where currency = $currency)
    select bill_id, payee, amount - coalesce(tax_amount, 0) as net, category, incurred_on
    from bills where incurred_on between $first and $last and (account is null or account in (from ours))
    union all
    select entry_id, payee, -amount, kind, booked_on from entries
    where kind in ('fee', 'interest') and amount < 0 and booked_on between $first and $last and account in (from ours)
    order by incurred_on
""")
_FLOWS = _sql("""
    select l.account, date_trunc('month', l.booked_on) as month, sum(l.amount) filter (l.amount > 0) as money_in,
           -sum(l.amount) filter (l.amount < 0) as money_out
    from statement_lines l where l.booked_on <= $last group by all order by month, l.account
""")
_NO_STATEMENT = """
    select a.account, a.name from accounts a
    where a.kind = '{kind}' and a.opened_on <= $last
      and not exists (select 1 from statement_lines l where l.account = a.account and l.booked_on <= $last)
      and not exists (select 1 from statement_balances b where b.account = a.account and b.stated_on <= $last)
    order by a.account
"""

PROOFS: Mapping[str, Proof] = {
    "invoices_made": Proof(
        "Every subscription term that began, every delivered hour, every reached milestone, a fixed fee's deposit at signature "
        "and its balance at go-live has an invoice. Terms are compared with the days that licence invoices cover.",
        _sql("""
            select s.customer_id, s.service_id, s.description, s.amount, s.delivered_on, s.reached_on
            from services s
            where s.invoice_number is null and coalesce(s.reached_on, s.delivered_on) <= $last
              and (s.basis <> 'milestone' or s.reached_on is not null)
            order by s.customer_id, s.service_id
        """),
        stops=False,
    ),
    "invoices_sent": Proof(
        "Every invoice issued in the month, credit notes aside, has a sent stamp.",
        _sql("""
            with sent as (
                select invoice_number, sent_on from invoice_sends
                qualify row_number() over (partition by invoice_number order by recorded_at desc) = 1
            )
            select i.invoice_number, i.customer_id, i.issued_on, i.amount from invoices i left join sent s using (invoice_number)
            where i.issued_on between $first and $last and i.amount > 0 and s.sent_on is null order by i.invoice_number
        """),
    ),
    "past_due": Proof(
        "No invoice is open more than 30 days after its due date on the month's last day; without a due date it is due on issue.",
        _sql("""
            with confirmed as (
                select line_id, entry_id, amount from match_decisions where entry_kind = 'invoice'
                qualify row_number() over (partition by line_id, entry_id
                                           order by decided_at desc, decision_id desc) = 1 and decision = 'confirmed'
            ),
            moved as (
                select * from applications a
                where applied_on <= $last
                  and not exists (select 1 from application_undos u where u.application_id = a.application_id)
            ),
            received as (
                select invoice_number, amount from payments where received_on <= $last
                union all
                select c.entry_id, c.amount from confirmed c join statement_lines l using (line_id) where l.booked_on <= $last
                union all
                select invoice_number, amount from moved
                union all
                select source_id, -amount from moved where source_kind = 'invoice'
                union all
                select p.invoice_number, -m.amount from moved m join payments p on p.payment_id = m.source_id
                where m.source_kind = 'payment'
            )
            select i.invoice_number, i.customer_id, coalesce(i.due_on, i.issued_on) as due,
                   i.amount + coalesce(i.tax_amount, 0) - coalesce(sum(r.amount), 0) as open
            from invoices i left join received r using (invoice_number) where i.issued_on <= $last
            group by i.invoice_number, i.customer_id, i.due_on, i.issued_on, i.amount, i.tax_amount
            having open > 0 and due < $last - 30 order by due, i.invoice_number
        """),
    ),
    "payments_recorded": Proof(
        "Every line of money in on a bank or processor account is covered to the cent by confirmed matches, or is the bank's own error.",
        _open_lines("'bank', 'processor'", " and l.amount > 0"),
    ),
    "sla_credits": Proof(
        "Every customer whose weighted uptime of the month, from go-live, fell below a step of the agreed ladder has its credit "
        "posted, or a person ticked why not. Minutes are those of full and partial impacts, less maintenance and unknown time.",
        _sql("""
            select i.customer_id, i.incident_id, i.level, i.service, i.began_at, i.ended_at
            from impacts i
            where i.level in ('full', 'partial') and i.began_at::date <= $last
              and (i.ended_at is null or i.ended_at::date >= $first)
            order by i.began_at, i.incident_id, i.customer_id
        """),
        stops=False,
    ),
    "mrr_identity": Proof(
        "Per customer and in total: opening + new + reactivation + expansion - contraction - churn = closing MRR, to the cent. "
        "A subscription counts from its first paid day to the day before its end at its net price per month.",
        _SUBSCRIPTIONS,
        stops=False,
    ),
    "services_revenue": Proof(
        "Every services line has a price: an amount, or hours and a rate.",
        _sql("""
            select service_id, customer_id, delivered_on, hours, rate, amount from services
            where amount is null and (hours is null or rate is null) and coalesce(reached_on, delivered_on) <= $last
            order by service_id
        """),
        stops=False,
    ),
    "deferred_revenue": Proof(
        "Per contract: opening + billed - recognised = closing, and closing = the parts of its invoices whose service days lie ahead.",
        _sql("""
            select customer_id, invoice_number, kind, issued_on, amount, service_from, service_to from invoices
            where issued_on <= $last order by customer_id, issued_on
        """),
        stops=False,
    ),
    "financial_model": Proof(
        "MRR and ARR are the catalogue's: the same functions give them to the review and to the letter.",
        _SUBSCRIPTIONS,
        stops=False,
    ),
    "card_lines": Proof(
        "Every card line of the month is covered to the cent by confirmed matches, or is the bank's own error.",
        _open_lines("'card'"),
    ),
    "bank_lines": Proof(
        "Every bank line of the month is covered to the cent by confirmed matches, or is the bank's own error.",
        _open_lines("'bank'"),
    ),
    "categories": Proof(
        "Every bill incurred in the month has a category.",
        _sql("""
            select bill_id, payee, amount, incurred_on from bills
            where incurred_on between $first and $last and trim(coalesce(category, '')) = '' order by bill_id
        """),
    ),
    "out_of_pocket": Proof(
        "Every expense above the threshold that somebody paid themselves is paid back by the month's end, and a bank line shows it. "
        "The rows are all that names a person; the threshold is a setting.",
        _sql("""
            select bill_id, reimbursable_to, payee, amount, incurred_on, paid_on from bills
            where trim(coalesce(reimbursable_to, '')) <> '' and incurred_on <= $last order by incurred_on
        """),
        stops=False,
    ),
    "expense_trends": Proof(
        "Nothing is a first charge over the threshold, outside its payee's median by 3 median deviations (from 6 charges on), a "
        "category over its mean of three months by 25 % and 250, or the same payee and amount again within 3 days.",
        _SPENT,
        stops=False,
    ),
    "reconciled": Proof(
        "Every bank account, and every processor account with lines in the month, is locked through the last day with its difference explained, and its books are what they were when it was locked.",
        _sql(f"""
            with locks as ({NEWEST_LOCK}), booked as ({BOOKED})
            select a.account, a.name, k.through_on as locked_through, k.book_balance as books_when_locked,
                   (a.opening_balance + coalesce(sum(b.amount), 0))::decimal(18, 2) as books_now
            from accounts a left join locks k using (account)
            left join booked b on b.account = a.account and b.booked_on between a.opened_on and k.through_on
            where a.opened_on <= $last
              and (a.kind = 'bank' or (a.kind = 'processor' and exists (
                    select 1 from statement_lines l where l.account = a.account and l.booked_on between $first and $last)))
            group by a.account, a.name, a.opening_balance, k.through_on, k.explained, k.book_balance
            having not coalesce(k.explained and k.through_on >= $last and books_now = k.book_balance, false)
            order by a.account
        """),
    ),
    "duplicates": Proof(
        "Every line of the month that may repeat an earlier one was kept or joined.",
        _sql("""
            select distinct l.account, l.line_id, l.booked_on, l.amount, l.payee
            from possible_duplicates d join statement_lines l using (line_id)
            where l.booked_on between $first and $last
              and not exists (select 1 from duplicate_decisions x where x.line_id = d.line_id)
            order by l.account, l.booked_on, l.line_id
        """),
    ),
    "card_balances": Proof(
        "Every card has a statement up to the month's end; its balance is a liability.",
        _sql(_NO_STATEMENT.format(kind="card")),
    ),
    "outstanding_checks": Proof(
        "No payment that the books hold and the locked statement lacks is older than 180 days.",
        _sql("""
            with locks as (
                select * from reconciliations where through_on <= $last
                qualify row_number() over (partition by account, through_on order by done_at desc) = 1
            ),
            newest as (
                select account, statement_json from locks where event = 'locked'
                qualify row_number() over (partition by account order by through_on desc) = 1
            ),
            items as (
                select account, unnest(from_json(statement_json -> 'unmatched_book_items',
                    '[{"item":"VARCHAR","date":"DATE","text":"VARCHAR","amount":"DECIMAL(18,2)","nature":"VARCHAR"}]')) as i from newest
            )
            select account, i.item, i.date, i.text, i.amount from items join accounts a using (account)
            where a.kind = 'bank' and i.amount < 0 and coalesce(i.nature, '') <> 'error' and i.date < $last - 180 order by i.date
        """),
    ),
    "processor_balances": Proof(
        "Every processor has a statement up to the month's end, and the two sides of its clearing account agree.",
        _sql(_NO_STATEMENT.format(kind="processor")),
        stops=False,
    ),
    "mrr": Proof(
        "The catalogue's MRR on the month's last day against its target.", _SUBSCRIPTIONS, stops=False
    ),
    "expenses": Proof(
        "Bills by the day they were incurred, net of tax, with fees and interest that no bill stands for.",
        _SPENT,
        stops=False,
    ),
    "burn": Proof(
        "Operating money out less operating money in, by bank lines where there are any; no own transfers, no financing.",
        _FLOWS,
        stops=False,
    ),
    "runway": Proof("Cash over the mean net burn of the last three whole months.", _FLOWS, stops=False),
    "cash_impact": Proof(
        "Ending less starting balance of all bank and processor accounts in the company's currency.",
        _FLOWS,
        stops=False,
    ),
    "letter": Proof(
        "The month's letter was written out once.",
        _sql(
            "select done_at, done_by from audit where event = 'export investor letter' and subject_key = $month order by done_at"
        ),
        stops=False,
    ),
    "board_update": Proof(
        "A person ticked it.",
        _sql(
            "select ticked_at, ticked_by, note, ticked from close_ticks where month = $month and item = 'board_update' order by ticked_at"
        ),
        stops=False,
    ),
    "archive": Proof(
        "The newest event of the month is a close, with its snapshot.",
        _sql("""
            select c.event, c.version, c.done_at, c.done_by, s.body_hash from closes c left join snapshots s using (snapshot_id)
            where c.month = $month order by c.done_at
        """),
        stops=False,
    ),
}
"""The proof of each item, by its id."""
