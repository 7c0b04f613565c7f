"""Lines that may be there twice: which nobody has settled, deciding one, and taking a decision back.

Joining deletes the newer line; the audit keeps it whole, so that it can be put back.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.errors import Refused
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, Write
from tai_ops.store.ledger import CONFIRMED
from tai_ops.store.locks import refuse_locked

JOINED = "join possible duplicate"
_LINE = (
    "line_id statement_id account row_number booked_on amount currency payee description reference bank_id balance "
    "row_key occurrence"
).split()


@dataclass(frozen=True, slots=True)
class Decided:
    """A possible duplicate that a person settled: the line, what was decided, by whom and when."""

    line_id: str
    account: str
    booked_on: date
    amount: Decimal
    text: str
    decision: str
    decided_at: datetime
    decided_by: str


def taken_out(write: Write, line_id: str) -> dict[str, Any]:
    """A line as it stands, for the audit that keeps it when it is taken out."""
    found = write.sql(
        f"select {', '.join(_LINE)} from statement_lines where line_id = $id", {"id": line_id}
    ).fetchone()
    return {name: _kept(value) for name, value in zip(_LINE, found or (), strict=True)}


def _kept(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


def decided(store: Store) -> list[Decided]:
    """Every decision that can be taken back by its kind, newest first; not those whose import was undone."""
    rows = store.rows(
        """
        select d.line_id, d.decision, d.decided_at, d.decided_by, l.account, l.booked_on, l.amount,
               coalesce(l.payee, l.description), a.detail_json
        from duplicate_decisions d
        join possible_duplicates p using (line_id)
        left join statement_lines l using (line_id)
        left join (
            select subject_key, arg_max(detail_json, done_at) as detail_json from audit
            where event = $joined group by subject_key
        ) a on d.decision = 'join' and a.subject_key = d.line_id
        order by d.decided_at desc, d.line_id
        """,
        {"joined": JOINED},
    )
    found = []
    for line_id, decision, at, by, account, booked_on, amount, text, detail in rows:
        if account is not None:
            found.append(Decided(line_id, account, booked_on, amount, text or "", decision, at, by))
        elif detail and (line := json.loads(detail).get("line")):
            said = line["payee"] or line["description"] or ""
            day, money = date.fromisoformat(line["booked_on"]), Decimal(line["amount"])
            found.append(Decided(line_id, line["account"], day, money, said, decision, at, by))
    return found


def possible_duplicates(store: Store, accounts: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Lines that may repeat an earlier one and that nobody has settled, with the earlier line."""
    rows = store.rows(
        """
        select p.line_id, l.account, l.booked_on, l.amount, coalesce(l.payee, l.description), p.other_line_id,
               o.booked_on, coalesce(o.payee, o.description), p.similarity
        from possible_duplicates p
        join statement_lines l using (line_id)
        left join statement_lines o on o.line_id = p.other_line_id
        where not exists (select 1 from duplicate_decisions d where d.line_id = p.line_id)
        order by l.account, l.booked_on, p.line_id
        """
    )
    names = "line_id account booked_on amount text other_line_id other_on other_text similarity".split()
    wanted = None if accounts is None else set(accounts)
    return [dict(zip(names, row, strict=True)) for row in rows if wanted is None or row[1] in wanted]


def decide_duplicate(store: Store, actor: Actor, line_id: str, decision: str, *, now: datetime) -> None:
    """Settle a possible duplicate: `keep` says that both lines are real, `join` takes the newer one out."""
    if decision not in {"keep", "join"}:
        raise Refused(f"{decision!r} is neither keep nor join")
    with store.write(
        actor, "money", f"{decision} possible duplicate", now=now, subject=("statement_lines", line_id)
    ) as write:
        line = write.sql(
            """
            select l.account, l.booked_on from possible_duplicates p join statement_lines l using (line_id)
            where l.line_id = $id
            """,
            {"id": line_id},
        ).fetchone()
        if not line:
            raise Refused("this line is no possible duplicate (any more); nothing was changed")
        write.refuse_closed([line[1]])
        refuse_locked(write.cursor, line[0], line[1])
        write.sql(
            """
            insert into duplicate_decisions (line_id, decision, decided_at, decided_by)
            values ($id, $decision, $at, $by)
            """,
            {"id": line_id, "decision": decision, "at": write.now, "by": write.by},
        )
        if decision == "join":
            _refuse_matched(write, line_id)
            write.detail = {"line": taken_out(write, line_id)}
            write.sql("delete from statement_lines where line_id = $id", {"id": line_id})


def undo_decision(store: Store, actor: Actor, line_id: str, *, now: datetime) -> str:
    """Take a decision back, so that it is asked again: a joined line stands again, as it was. Answers what was decided.

    Raises Refused where there is no decision, the line is matched, came in again, or its day is locked or in a closed
    month.
    """
    with store.write(
        actor, "money", "undo possible duplicate", now=now, subject=("statement_lines", line_id)
    ) as write:
        found = next((one for one in decided(store) if one.line_id == line_id), None)
        if found is None:
            raise Refused("there is no decision on this line that can be taken back; nothing was changed")
        write.refuse_closed([found.booked_on])
        refuse_locked(write.cursor, found.account, found.booked_on)
        if found.decision == "join":
            _put_back(write, line_id)
        else:
            _refuse_matched(write, line_id)
        write.sql("delete from duplicate_decisions where line_id = $id", {"id": line_id})
        write.detail = {"decision": found.decision}
        return found.decision


def _refuse_matched(write: Write, line_id: str) -> None:
    matched = write.sql(f"select count(*) from ({CONFIRMED}) where line_id = $id", {"id": line_id}).fetchone()
    if matched and matched[0]:
        raise Refused("this line is matched; undo the match first")


def _put_back(write: Write, line_id: str) -> None:
    (detail,) = write.sql(
        """
        select detail_json from audit where event = $joined and subject_key = $id order by done_at desc limit 1
        """,
        {"joined": JOINED, "id": line_id},
    ).fetchone() or ("{}",)
    line = json.loads(detail)["line"]
    again = write.sql(
        """
        select count(*) from statement_lines
        where account = $account and row_key = $row_key and occurrence = $occurrence
        """,
        {name: line[name] for name in ("account", "row_key", "occurrence")},
    ).fetchone()
    if again and again[0]:
        raise Refused("this line came in again with a later import; nothing was changed")
    write.sql(
        f"insert into statement_lines ({', '.join(_LINE)}) values ({', '.join(f'${name}' for name in _LINE)})",
        line,
    )
