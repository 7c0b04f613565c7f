"""A prospect that has qualified, with its deal and its proposal, typed out until it could go out to the customer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import make

from tai_ops.bant import answers_from_json
from tai_ops.rights import Actor
from tai_ops.store import Store
from tai_ops.store.proposal_desk import APPROVERS, desk
from tai_ops.store.proposing import decide, send, submit, type_values
from tai_ops.store.qualifying import record_qualification

COORDINATOR = Actor("lena.moss@tai.example", "Lena Moss", "sales_coordinator")
VP = Actor("theo.brandt@tai.example", "Theo Brandt", "vp_sales")
CTO = Actor("raj.iyer@tai.example", "Raj Iyer", "cto")
BY_ROLE = {"ceo": make.CEO, "cto": CTO, "vp_sales": VP}
ASKED = datetime(2026, 4, 2, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)
TYPED = {
    "resolution_hours": "48",
    "pilot_location": "Reno, Nevada",
    "implementation_hours": "60",
    "implementation_rate": "150.00",
    "training_hours": "15",
    "training_rate": "120.00",
    "support_hours": "12",
    "support_rate": "100.00",
    "vp_phone": "+1 555 0100",
    "booking_link": "https://calendly.example/theo",
    "bio_vp": "Theo Brandt, VP Sales. He has brought forty warehouses over to counting in real time.",
    "bio_cto": "Raj Iyer, CTO. He built the integration that keeps stock and system in step.",
    "bio_csm": "Ida Roth, CSM. She is at your side from the kickoff to the first quarterly review.",
}
"""What nobody has on record: 60 × 150 + 15 × 120 + 12 × 100 = 12,000."""


def company(
    store: Store, name: str = "Apex Storage", price: tuple[str, str] = ("12000.00", "48000.00")
) -> Store:
    """A prospect in proposal, called and qualified; a consenting customer with a measured gain; the people."""
    make.loaded(
        store,
        "people",
        "email,name,role\n"
        + "".join(
            f"{a.email},{a.name},{a.role}\n" for a in (make.CEO, make.CFO, make.CSM, CTO, VP, COORDINATOR)
        ),
    )
    make.loaded(
        store,
        "customers",
        "customer_id,name,industry,items,status,reference_consent\n"
        "C-1,Northwind Parts,spare parts,48000,live,true\nC-2,Harbor Foods,food,12500,live,false\n",
    )
    make.loaded(
        store,
        "measurements",
        "customer_id,warehouse,measured_on,kind,method,accuracy_pct\n"
        "C-1,Reno,2025-11-10,baseline,legacy,80\nC-1,Reno,2026-01-09,current,tai,97.5\n"
        "C-2,Dock,2025-11-10,baseline,legacy,70\nC-2,Dock,2026-01-09,current,tai,99\n",
    )
    quoted = '"' + name.replace('"', '""') + '"'
    make.loaded(
        store,
        "prospects",
        "prospect_id,company,contact,email,industry,created_on,warehouses,items,current_system\n"
        f"PR-1,{quoted},Elena Marsh,elena@apex.example,spare parts,2026-03-02,2,40000,spreadsheets\n",
    )
    make.loaded(
        store,
        "deals",
        "deal_id,prospect_id,stage,amount,entered_stage_on\nD-1,PR-1,proposal,60000.00,2026-04-02\n",
    )
    make.loaded(
        store,
        "proposals",
        "proposal_id,deal_id,requested_at,services,licence,status\n"
        f"Q-1,D-1,{ASKED.isoformat()},{price[0]},{price[1]},draft\n",
    )
    called(store)
    return store


def called(store: Store, **need: Any) -> None:
    """The prospect's call: everything was answered well."""
    answers = {
        "call_ended_at": "2026-04-02T09:30:00+00:00",
        "budget": {"answer": "yes", "approval": "yes", "acv": "45000.00"},
        "authority": {"empowered": "yes", "controls_budget": "yes"},
        "need": {
            "accuracy_pct": 80,
            "count_hours": 40,
            "error_cost_per_month": "10000.00",
            "pain": 8,
            **need,
        },
        "timeline": {"decision": "2-4 weeks"},
    }
    record_qualification(store, VP, "PR-1", answers_from_json(answers), NOW - timedelta(hours=5))


def typed(store: Store, **more: str) -> None:
    """Type everything that is missing."""
    type_values(store, COORDINATOR, "Q-1", TYPED | more, now=NOW)


def approved(store: Store, **more: str) -> None:
    """Type, put up for approval, and have all three approve."""
    typed(store, **more)
    submit(store, COORDINATOR, "Q-1", now=NOW)
    for part, role in APPROVERS.items():
        decide(store, BY_ROLE[role], "Q-1", part, approve=True, content=desk(store, "Q-1", NOW).hash, now=NOW)


def sent(store: Store, **more: str) -> None:
    """The same, and sent."""
    approved(store, **more)
    send(store, COORDINATOR, "Q-1", "f" * 64, now=NOW)
