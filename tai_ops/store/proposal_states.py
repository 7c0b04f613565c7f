"""Reading what stands around every proposal at once: urgency, rounds, when all of it was there, kickoff, go-live and deposit.

A value that a proposal waited for came when it was first typed for it, first stood in its prospect's record, or was first
said on a call, whichever was first.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from tai_ops.errors import Refused
from tai_ops.proposal_state import ProposalState
from tai_ops.proposal_values import OF_CALL, OF_PROSPECT, read_value, revived

Cursor = duckdb.DuckDBPyConnection
NAMES = ("deposit", "kickoff_on", "go_live_on")


def proposal_states(cursor: Cursor, at: datetime) -> Mapping[str, ProposalState]:
    """The state of each proposal for which anything was typed, frozen or noted by that instant.

    A value is what was typed last, unless a version froze it since.
    """
    rows = cursor.execute(
        """
        with typed as (
            select proposal_id, name, value, recorded_at from proposal_values where recorded_at <= $at
            qualify row_number() over (partition by proposal_id, name order by recorded_at desc) = 1
        ),
        frozen as (
            select proposal_id, content_json, made_at from proposal_versions where made_at <= $at
            qualify row_number() over (partition by proposal_id order by version desc) = 1
        ),
        noted as (
            select proposal_id, bool_or(event = 'urgent') as urgent, count(*) filter (event = 'changes') as rounds
            from proposal_events where happened_at <= $at group by proposal_id
        ),
        known as (
            select proposal_id from typed union select proposal_id from frozen union select proposal_id from noted
        )
        select k.proposal_id, coalesce(n.urgent, false), coalesce(n.rounds, 0), f.content_json,
               (select map_from_entries(list((t.name, t.value) order by t.name)) from typed t
                where t.proposal_id = k.proposal_id and t.name in ('deposit', 'kickoff_on', 'go_live_on')
                  and t.value is not null and (f.made_at is null or t.recorded_at > f.made_at)),
               p.requested_at, least(coalesce(p.sent_at, $at), $at)
        from known k join proposals p using (proposal_id)
        left join noted n using (proposal_id) left join frozen f using (proposal_id)
        order by k.proposal_id
        """,
        {"at": at},
    ).fetchall()
    came = arrivals(cursor, [row[0] for row in rows]) if rows else {}
    return {row[0]: _state(came.get(row[0], {}), *row) for row in rows}


def arrivals(cursor: Cursor, proposals: Iterable[str]) -> dict[str, dict[str, datetime]]:
    """When each value of those proposals was first there, by proposal and variable."""
    on_record = " union all ".join(f"select '{name}', '{name}'" for name in OF_PROSPECT)
    said = " union all ".join(f"select '{name}', '{path}'" for name, path in OF_CALL.items())
    rows = cursor.execute(
        f"""
        with asked as (
            select p.proposal_id, d.prospect_id from proposals p join deals d using (deal_id)
            where p.proposal_id in (select unnest($proposals))
        ),
        recorded (prospect_id, row, recorded_at) as (
            select prospect_id, to_json(prospects), recorded_at from prospects
            where prospect_id in (select prospect_id from asked)
            union all
            select row_key, row_json::json, (row_json ->> 'recorded_at')::timestamptz from history
            where kind = 'prospects' and event = 'update' and row_key in (select prospect_id from asked)
        ),
        came as (
            select proposal_id, name, recorded_at from proposal_values
            where proposal_id in (select unnest($proposals)) and value is not null
            union all
            select a.proposal_id, f.name, r.recorded_at
            from asked a join recorded r using (prospect_id), ({on_record}) f (name, field)
            where r.row ->> f.field is not null
            union all
            select a.proposal_id, f.name, q.decided_at
            from asked a join qualifications q using (prospect_id), ({said}) f (name, path)
            where q.answers_json::json ->> f.path is not null
        )
        select proposal_id, name, min(recorded_at) from came group by all order by proposal_id, name
        """,
        {"proposals": list(proposals)},
    ).fetchall()
    found: dict[str, dict[str, datetime]] = {}
    for proposal_id, name, at in rows:
        found.setdefault(proposal_id, {})[name] = at
    return found


def sent_versions(cursor: Cursor) -> dict[str, int]:
    """Which version of each proposal went out first: the last that was up at its sending."""
    rows = cursor.execute(
        """
        select p.proposal_id, max(v.version) from proposals p join proposal_versions v using (proposal_id)
        where p.sent_at is not null and v.made_at <= p.sent_at group by p.proposal_id order by p.proposal_id
        """
    ).fetchall()
    return dict(rows)


def _state(
    came: Mapping[str, datetime],
    proposal_id: str,
    urgent: bool,
    rounds: int,
    content: str | None,
    typed: Any,
    asked_at: datetime,
    until: datetime,
) -> ProposalState:
    frozen = json.loads(content) if content else {}
    found: dict[str, Any] = {name: revived(name, frozen[name][0]) for name in NAMES if name in frozen}
    found |= {name: value for name, text in (typed or {}).items() if (value := _read(name, text)) is not None}
    ready_at = max([asked_at, *(at for at in came.values() if at <= until)]) if content else None
    return ProposalState(proposal_id, urgent, rounds, ready_at, **found)


def _read(name: str, text: str) -> date | Decimal | None:
    try:
        return read_value(name, text)
    except Refused:
        return None
