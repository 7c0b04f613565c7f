"""What is kept of the days after a cutover: check-ins, issues, users' questions, spot checks, answers about more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from tai_ops.onboarding_gates import Issue
from tai_ops.stabilising import CheckIn, ExpansionAnswer, Item, Question, Sampled, SpotCheck
from tai_ops.store.connection import Write, new_id

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Hit:
    """An incident that hit a customer: its severity, the day it began on, whether it is still open."""

    title: str
    severity: str | None
    began_on: date
    is_open: bool


def check_ins(cursor: Cursor, customer_id: str) -> tuple[CheckIn, ...]:
    """The customer's check-ins, newest first; of a day that was told twice the newest."""
    rows = cursor.execute(
        """
        select held_on, performance, accuracy, training, sentiment, recorded_at, recorded_by
        from onboarding_checkins where customer_id = $customer
        qualify row_number() over (partition by held_on order by recorded_at desc) = 1
        order by held_on desc
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(CheckIn(*row) for row in rows)


def sentiments(cursor: Cursor) -> dict[str, tuple[str, date]]:
    """Each customer's newest sentiment and its day."""
    rows = cursor.execute(
        """
        select customer_id, arg_max(sentiment, (felt_on, recorded_at)), max(felt_on) from (
            select customer_id, sentiment, held_on as felt_on, recorded_at from onboarding_checkins
            where sentiment is not null
            union all
            select customer_id, sentiment, felt_on, recorded_at from customer_sentiments
        ) group by customer_id order by customer_id
        """
    ).fetchall()
    return {customer: (said, on) for customer, said, on in rows}


def issues(cursor: Cursor, customer_id: str | None = None) -> dict[str, tuple[Issue, ...]]:
    """Each customer's issues as they stand, open ones first, then the oldest."""
    rows = cursor.execute(
        """
        select customer_id, issue_id, branch, title, is_major, state, note, raised_on, recorded_by
        from onboarding_issues where $customer is null or customer_id = $customer
        qualify row_number() over (partition by issue_id order by recorded_at desc) = 1
        order by customer_id, state <> 'open', raised_on, issue_id
        """,
        {"customer": customer_id},
    ).fetchall()
    found: dict[str, list[Issue]] = {}
    for customer, *row in rows:
        found.setdefault(customer, []).append(Issue(*row))
    return {customer: tuple(listed) for customer, listed in found.items()}


def questions(cursor: Cursor, customer_id: str) -> tuple[Question, ...]:
    """The users' questions that stand, in the order in which they were asked."""
    rows = cursor.execute(
        """
        select question_id, question, answer, recorded_by from (
            select *, min(recorded_at) over (partition by question_id) as asked_at
            from onboarding_questions where customer_id = $customer
        )
        qualify row_number() over (partition by question_id order by recorded_at desc) = 1 and state <> 'out'
        order by asked_at, question_id
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(Question(*row) for row in rows)


def expansion(cursor: Cursor, customer_id: str) -> tuple[ExpansionAnswer, ...]:
    """What the customer answered about more, newest first."""
    rows = cursor.execute(
        """
        select question, answer, amount, deal_id, recorded_at, recorded_by from expansion_answers
        where customer_id = $customer order by recorded_at desc, question
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(ExpansionAnswer(*row) for row in rows)


def hits(cursor: Cursor, customer_id: str) -> tuple[Hit, ...]:
    """The incidents that hit a customer, by the day they began on."""
    rows = cursor.execute(
        """
        select distinct i.title, i.severity, coalesce(i.began_at, i.detected_at)::date as began_on,
               i.resolved_at is null
        from incidents i join impacts m using (incident_id)
        where m.customer_id in ($customer, '*') and m.level <> 'maintenance'
        order by began_on, i.title
        """,
        {"customer": customer_id},
    ).fetchall()
    return tuple(Hit(*row) for row in rows)


def spot_checks(cursor: Cursor, customer_id: str) -> tuple[SpotCheck, ...]:
    """The customer's samples, newest first, each item with its newest count."""
    heads = cursor.execute(
        """
        select spot_check_id, source, seed, population, drawn_at, drawn_by from spot_checks
        where customer_id = $customer order by drawn_at desc
        """,
        {"customer": customer_id},
    ).fetchall()
    rows = cursor.execute(
        """
        select i.spot_check_id, i.place, i.location, i.sku, i.record_qty, r.counted_qty
        from spot_check_items i join spot_checks s using (spot_check_id)
        left join (
            select spot_check_id, place, arg_max(counted_qty, recorded_at) as counted_qty
            from spot_check_results group by spot_check_id, place
        ) r using (spot_check_id, place)
        where s.customer_id = $customer order by i.spot_check_id, i.place
        """,
        {"customer": customer_id},
    ).fetchall()
    items: dict[str, list[Sampled]] = {}
    for check, place, location, sku, quantity, counted in rows:
        items.setdefault(check, []).append(Sampled(place, Item(location, sku, quantity), counted))
    return tuple(
        SpotCheck(key, source, seed, population, at, by, tuple(items.get(key, ())))
        for key, source, seed, population, at, by in heads
    )


# --- Writing


def keep_check_in(write: Write, customer_id: str, told: dict[str, Any]) -> None:
    """Keep what was said at a check-in."""
    write.sql(
        """
        insert into onboarding_checkins (customer_id, held_on, performance, accuracy, training, sentiment, recorded_at,
            recorded_by)
        values ($customer, $held_on, $performance, $accuracy, $training, $sentiment, $at, $by)
        """,
        {"customer": customer_id, **told, "at": write.now, "by": write.by},
    )


def keep_issue(write: Write, customer_id: str, issue: Issue) -> None:
    """Keep an issue as it stands now."""
    write.sql(
        """
        insert into onboarding_issues (issue_id, customer_id, branch, title, is_major, state, note, raised_on,
            recorded_at, recorded_by)
        values ($id, $customer, $branch, $title, $major, $state, $note, $raised_on, $at, $by)
        """,
        {
            "id": issue.issue_id,
            "customer": customer_id,
            "branch": issue.branch,
            "title": issue.title,
            "major": issue.is_major,
            "state": issue.state,
            "note": issue.note,
            "raised_on": issue.raised_on,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_question(
    write: Write, customer_id: str, question_id: str, question: str, answer: str | None, state: str
) -> None:
    """Keep a question as it stands now; state `out` takes it off the list."""
    write.sql(
        """
        insert into onboarding_questions (question_id, customer_id, question, answer, state, recorded_at, recorded_by)
        values ($id, $customer, $question, $answer, $state, $at, $by)
        """,
        {
            "id": question_id,
            "customer": customer_id,
            "question": question,
            "answer": answer,
            "state": state,
            "at": write.now,
            "by": write.by,
        },
    )


def keep_expansion(
    write: Write, customer_id: str, question: str, answer: str, amount: Decimal | None, deal_id: str | None
) -> None:
    """Keep what the customer answered about more."""
    write.sql(
        """
        insert into expansion_answers (customer_id, question, answer, amount, deal_id, recorded_at, recorded_by)
        values ($customer, $question, $answer, $amount, $deal, $at, $by)
        """,
        {
            "customer": customer_id,
            "question": question,
            "answer": answer,
            "amount": amount,
            "deal": deal_id,
            "at": write.now,
            "by": write.by,
        },
    )


def for_a_lead(write: Write, customer_id: str) -> tuple[str, str | None, int]:
    """A customer's name and industry, and how many leads came of its answers so far."""
    found = write.sql(
        """
        select c.name, c.industry, (
            select count(*) from expansion_answers e where e.customer_id = c.customer_id and e.deal_id is not null
        ) from customers c where c.customer_id = $customer
        """,
        {"customer": customer_id},
    ).fetchone()
    return found or (customer_id, None, 0)


def keep_spot_check(
    write: Write,
    customer_id: str,
    source: str,
    source_sha256: str,
    seed: int,
    population: int,
    items: Iterable[Item],
) -> str:
    """Keep a sample that was drawn; its id."""
    spot_check_id, chosen = new_id(), list(items)
    write.sql(
        """
        insert into spot_checks (spot_check_id, customer_id, source, source_sha256, seed, population, drawn_at, drawn_by)
        values ($id, $customer, $source, $hash, $seed, $population, $at, $by)
        """,
        {
            "id": spot_check_id,
            "customer": customer_id,
            "source": source,
            "hash": source_sha256,
            "seed": seed,
            "population": population,
            "at": write.now,
            "by": write.by,
        },
    )
    write.sql(
        """
        insert into spot_check_items (spot_check_id, place, location, sku, record_qty)
        select $id, unnest($places), unnest($locations), unnest($skus), unnest($quantities)
        """,
        {
            "id": spot_check_id,
            "places": list(range(1, len(chosen) + 1)),
            "locations": [one.location for one in chosen],
            "skus": [one.sku for one in chosen],
            "quantities": [one.quantity for one in chosen],
        },
    )
    return spot_check_id


def keep_counted(write: Write, spot_check_id: str, counted: dict[int, Decimal]) -> None:
    """Keep what was counted of a sample, by the items' places."""
    write.sql(
        """
        insert into spot_check_results (spot_check_id, place, counted_qty, recorded_at, recorded_by)
        select $id, unnest($places), unnest($quantities), $at, $by
        """,
        {
            "id": spot_check_id,
            "places": list(counted),
            "quantities": list(counted.values()),
            "at": write.now,
            "by": write.by,
        },
    )
