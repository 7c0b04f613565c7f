"""Saving what a discovery call answered, with the decision that followed; every call is a row of its own.

A prospect that is called again keeps its earlier answers: the newest row holds, the others are its history.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from tai_ops.bant import Answers, Decision, Outcome, answers_from_json, decide, decided_otherwise
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.money import money_text
from tai_ops.rights import Actor
from tai_ops.store.connection import Store, new_id
from tai_ops.store.facts import business_calendar
from tai_ops.store.message_templates import templates

OUTCOMES = ("PURSUE", "WARM", "WAIT", "PASS")
_MONEY = frozenset(("acv", "error_cost_per_month"))


@dataclass(frozen=True, slots=True)
class Qualification:
    """One call's answers and decision, as they were recorded; `detail` is the decision with its blocks."""

    qualification_id: str
    prospect_id: str
    answers: Answers
    decision: str
    detail: dict[str, Any]
    decided_at: datetime
    decided_by: str


def record_qualification(
    store: Store,
    actor: Actor,
    prospect_id: str,
    answers: Answers,
    now: datetime,
    *,
    otherwise: str | None = None,
    why: str = "",
    hour_cost: Decimal | None = None,
    request_key: str | None = None,
) -> Decision:
    """Decide on a prospect's answers and keep both; a click or message that comes twice is kept once.

    `otherwise` is a decision that a person takes against the computed one, with the reason `why`; both are kept (B1), and
    tasks, words and day are those of the decision that holds, which is returned.
    `hour_cost` is what an hour of counting costs them, in money: it decides nothing and is kept for the proposal.

    Source: Runbook 2, Post-Call. Raises NotAllowed where the role may not, Refused where there is no such prospect.
    """
    if otherwise is not None and otherwise not in OUTCOMES:
        raise Refused(f"{otherwise!r} is no decision; those are {', '.join(OUTCOMES)}")
    if otherwise is not None and not why.strip():
        raise Refused(f"say why it is {otherwise} against the computed decision")
    computed = computed_decision(store, answers)
    decision = held_decision(store, answers, computed, otherwise)
    with store.write(
        actor,
        "sales",
        "qualify prospect",
        now=now,
        subject=("prospects", prospect_id),
        request_key=request_key,
    ) as write:
        if write.repeated is not None:
            return decision
        known = write.sql("select 1 from prospects where prospect_id = $id", {"id": prospect_id}).fetchone()
        if not known:
            raise Refused(KINDS["prospects"].not_there(prospect_id))
        qualification_id = new_id()
        detail = decision.as_json() | {"decision": computed.decision, "blocks": dict(decision.blocks)}
        if decision is not computed:
            detail["otherwise"] = {"decision": otherwise, "why": why.strip()}
        if hour_cost is not None:
            detail["hour_cost"] = money_text(hour_cost)
        write.sql(
            """
            insert into qualifications (qualification_id, prospect_id, answers_json, decision_json, decision,
                decided_at, decided_by)
            values ($id, $prospect, $answers, $detail, $decision, $at, $by)
            """,
            {
                "id": qualification_id,
                "prospect": prospect_id,
                "answers": json.dumps(answers_as_json(answers), ensure_ascii=False),
                "detail": json.dumps(detail, ensure_ascii=False),
                "decision": decision.decision,
                "at": now,
                "by": write.by,
            },
        )
        write.detail = {"qualification_id": qualification_id, "decision": decision.decision}
    return decision


def computed_decision(store: Store, answers: Answers) -> Decision:
    """What the answers come to by the company's fiscal year, its business days and its words."""
    company = store.company
    return decide(
        answers,
        fiscal_start=(company.fiscal_start_month, company.fiscal_start_day),
        calendar=business_calendar(store),
        wording=templates(store),
    )


def held_decision(store: Store, answers: Answers, computed: Decision, otherwise: str | None) -> Decision:
    """The decision that holds: the computed one, or what follows from a person's against it."""
    if otherwise is None or otherwise == computed.decision:
        return computed
    company = store.company
    return decided_otherwise(
        computed,
        cast("Outcome", otherwise),
        answers,
        fiscal_start=(company.fiscal_start_month, company.fiscal_start_day),
        calendar=business_calendar(store),
        wording=templates(store),
    )


def qualifications(store: Store, prospect_id: str | None = None) -> tuple[Qualification, ...]:
    """Every recorded call of the prospect (of all where none is named), the newest first."""
    rows = store.rows(
        """
        select qualification_id, prospect_id, answers_json, decision, decision_json, decided_at, decided_by
        from qualifications where $prospect is null or prospect_id = $prospect
        order by decided_at desc, qualification_id desc
        """,
        {"prospect": prospect_id},
    )
    return tuple(
        Qualification(key, prospect, answers_from_json(answers), decision, json.loads(detail), at, by)
        for key, prospect, answers, decision, detail, at, by in rows
    )


@dataclass(frozen=True, slots=True)
class ToPropose:
    """A deal that may ask for a proposal; `words` name its company, its stage and the last call's decision."""

    deal_id: str
    prospect_id: str
    words: str


def deals_to_propose(store: Store) -> tuple[ToPropose, ...]:
    """The open deals without a proposal in the making, those whose last call said PURSUE first."""
    rows = store.rows(
        """
        select d.deal_id, d.prospect_id, p.company, d.stage, q.decision
        from deals d join prospects p using (prospect_id)
        left join (select prospect_id, arg_max(decision, decided_at) as decision from qualifications group by prospect_id) q
          using (prospect_id)
        where d.stage in ('lead', 'discovery', 'proposal', 'closing') and d.deal_id not in (
            select deal_id from proposals where status in ('draft', 'in_review', 'approved'))
        order by q.decision is distinct from 'PURSUE', p.company, d.deal_id
        """
    )
    return tuple(
        ToPropose(deal, prospect, f"{company} · {deal}, {stage}, {decision or 'no call on record'}")
        for deal, prospect, company, stage, decision in rows
    )


def answers_as_json(answers: Answers) -> dict[str, Any]:
    """The answers in the form in which they are read: money as text, numbers as numbers, the unknown left out."""
    return _plain(answers.model_dump(exclude_none=True))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in values.items() if value != {}}


def _value(name: str, value: Any) -> Any:
    match value:
        case dict():
            return _plain(value)  # pyright: ignore[reportUnknownArgumentType] - a model's own dump
        case Decimal():
            return money_text(value) if name in _MONEY else _number(value)
        case datetime():
            return value.isoformat()
        case _:
            return value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
