"""The kinds of record that people and files bring in: one table of their columns, keys, rules and examples.

The store's tables, `template`, `load`, `void`, the entry forms and the guard of closed months all read this table.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal[
    "text",
    "email",
    "zone",
    "money",
    "price",
    "number",
    "percent",
    "whole",
    "flag",
    "date",
    "instant",
    "choice",
]
SQL_TYPE: dict[Type, str] = {
    "text": "varchar",
    "email": "varchar",
    "zone": "varchar",
    "choice": "varchar",
    "money": "decimal(18,2)",
    "price": "decimal(18,6)",
    "number": "decimal(18,6)",
    "percent": "decimal(9,4)",
    "whole": "bigint",
    "flag": "boolean",
    "date": "date",
    "instant": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, whether it must be filled, what it may hold, and the kind that it refers to."""

    name: str
    type: Type = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    refers: str | None = None
    low: int | None = None
    high: int | None = None
    any_mark: bool = False  # `*` stands for all


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    `months` names the dates that place a row in a month of the books, `span` the pair that places it in several;
    both are what a closed month guards. `follows` says of a column that it matters
    to one of those dates alone (the account that paid a bill, to the day it was paid), `beside` which columns no
    month's numbers rest on. `order` names pairs that must not be the other way round (a trailing `<`
    on the second: must be later). `owner` is the right that writes it.
    """

    name: str
    noun: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    owner: str
    examples: tuple[str, str]
    months: tuple[str, ...] = ()
    follows: tuple[tuple[str, str], ...] = ()
    beside: tuple[str, ...] = ()
    span: tuple[str, str] | None = None
    order: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        return next(c for c in self.columns if c.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """All its column names, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def table(self) -> str:
        """The table that holds its current rows."""
        return self.name

    def not_there(self, key: object) -> str:
        """Why what names a record of this kind is refused, and how that record gets there."""
        return f"there is no {self.noun} {key!r}; load {self.name} first, or add it on the Records page"


def _c(name: str, type_: Type = "text", **more: object) -> Column:
    return Column(name, type_, **more)  # type: ignore[arg-type]


def _key(name: str, type_: Type = "text", **more: object) -> Column:
    return Column(name, type_, required=True, **more)  # type: ignore[arg-type]


ROLES = ("ceo", "cfo", "csm", "vp_sales", "cto", "sales_coordinator")
STAGES = ("lead", "discovery", "proposal", "closing", "won", "lost", "nurture")
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
MOST_LATENCY_MS = 86_400_000
"""A day: what claims to have waited longer for an answer is a mistake."""

_ALL = (
    Kind(
        "people",
        "person",
        (
            _key("email", "email"),
            _c("name", required=True),
            _c("role", "choice", required=True, choices=ROLES),
            _c("active", "flag"),
        ),
        ("email",),
        "company",
        ("mara.klein@tai.example,Mara Klein,ceo,true", "jonas.feld@tai.example,Jonas Feld,cfo,true"),
    ),
    Kind(
        "customers",
        "customer",
        (
            _key("customer_id"),
            _c("name", required=True),
            _c("industry"),
            _c("time_zone", "zone"),
            _c("csm_email", "email"),
            _c("signed_on", "date"),
            _c("go_live_on", "date"),
            _c("warehouses", "whole", low=0),
            _c("items", "whole", low=0),
            _c("status", "choice", required=True, choices=("signed", "onboarding", "live", "churned")),
            _c("reference_consent", "flag"),
        ),
        ("customer_id",),
        "success",
        (
            "C-001,Northwind Parts,retail,America/Chicago,,2025-11-03,2025-11-28,2,48000,live,true",
            "C-002,Harbor Foods,food,America/New_York,,2026-02-02,,1,12500,onboarding,false",
        ),
    ),
    Kind(
        "accounts",
        "account",
        (
            _key("account"),
            _c("name", required=True),
            _c("kind", "choice", required=True, choices=("bank", "card", "processor")),
            _c("currency", required=True),
            _c("opened_on", "date", required=True),
            _c("opening_balance", "money"),
        ),
        ("account",),
        "money",
        (
            "OPERATING,Operating account,bank,USD,2025-01-01,250000.00",
            "STRIPE,Stripe balance,processor,USD,2025-01-01,0.00",
        ),
        months=("opened_on",),
    ),
    Kind(
        "subscriptions",
        "subscription",
        (
            _key("subscription_id"),
            _c("customer_id", required=True, refers="customers"),
            _c("plan"),
            _c("starts_on", "date", required=True),
            _c("ends_on", "date"),
            _c("amount", "money", required=True, low=0),
            _c("interval", "choice", required=True, choices=("month", "quarter", "year")),
            _c("discount_pct", "percent", low=0, high=100),
            _c("trial_ends_on", "date"),
        ),
        ("subscription_id",),
        "money",
        (
            "S-001,C-001,Standard,2025-12-01,,50000.00,year,,",
            "S-002,C-002,Standard,2026-03-16,,40000.00,year,10,",
        ),
        span=("starts_on", "ends_on"),
        order=(("starts_on", "ends_on<"), ("starts_on", "trial_ends_on")),
    ),
    Kind(
        "invoices",
        "invoice",
        (
            _key("invoice_number"),
            _c("customer_id", required=True, refers="customers"),
            _c("issued_on", "date", required=True),
            _c("due_on", "date"),
            _c("amount", "money", required=True),
            _c("tax_amount", "money"),
            _c("kind", "choice", required=True, choices=("licence", "services")),
            _c("service_from", "date"),
            _c("service_to", "date"),
            _c("memo"),
        ),
        ("invoice_number",),
        "money",
        (
            "INV-0001,C-001,2025-12-01,2025-12-31,50000.00,0.00,licence,2025-12-01,2026-11-30,Annual licence",
            "INV-0002,C-002,2026-02-02,2026-03-04,9750.00,,services,,,Onboarding",
        ),
        months=("issued_on",),
        order=(("issued_on", "due_on"), ("service_from", "service_to")),
    ),
    Kind(
        "payments",
        "payment",
        (
            _key("payment_id"),
            _c("account", required=True, refers="accounts"),
            _c("received_on", "date", required=True),
            _c("amount", "money", required=True),
            _c("invoice_number", refers="invoices"),
            _c("payer"),
            _c("reference"),
        ),
        ("payment_id",),
        "money",
        (
            "P-0001,OPERATING,2025-12-29,50000.00,INV-0001,NORTHWIND PARTS LLC,WIRE 8841",
            "P-0002,OPERATING,2026-03-03,9750.00,INV-0002,HARBOR FOODS,",
        ),
        months=("received_on",),
    ),
    Kind(
        "bills",
        "bill",
        (
            _key("bill_id"),
            _c("account", refers="accounts"),
            _c("incurred_on", "date", required=True),
            _c("due_on", "date"),
            _c("paid_on", "date"),
            _c("payee", required=True),
            _c("amount", "money", required=True),
            _c("tax_amount", "money"),
            _c("category"),
            _c("reference"),
            _c("reimbursable_to"),
        ),
        ("bill_id",),
        "money",
        (
            "B-0001,OPERATING,2026-02-01,2026-02-28,2026-02-27,Google Cloud,1840.22,0.00,cloud infrastructure,5512,",
            "B-0002,OPERATING,2026-02-28,,2026-02-28,Payroll February,21500.00,,payroll,,",
        ),
        months=("incurred_on", "paid_on"),
        follows=(("account", "paid_on"), ("reference", "paid_on"), ("due_on", "paid_on")),
    ),
    Kind(
        "entries",
        "entry",
        (
            _key("entry_id"),
            _c("account", required=True, refers="accounts"),
            _c("booked_on", "date", required=True),
            _c("amount", "money", required=True),
            _c(
                "kind",
                "choice",
                required=True,
                choices=("transfer", "financing", "loan", "tax", "interest", "fee", "owner", "other"),
            ),
            _c("counter_account", refers="accounts"),
            _c("payee"),
            _c("reference"),
        ),
        ("entry_id",),
        "money",
        (
            "E-0001,OPERATING,2025-12-10,400000.00,financing,,Seed investors,SAFE",
            "E-0002,OPERATING,2026-02-28,-15.00,fee,,First Bank,monthly fee",
        ),
        months=("booked_on",),
    ),
    Kind(
        "prospects",
        "prospect",
        (
            _key("prospect_id"),
            _c("company", required=True),
            _c("contact"),
            _c("email", "email"),
            _c("industry"),
            _c("source"),
            _c("owner_email", "email"),
            _c("created_on", "date", required=True),
            _c("warehouses", "whole", low=0),
            _c("items", "whole", low=0),
            _c("current_system"),
        ),
        ("prospect_id",),
        "sales",
        (
            "PR-001,Apex Storage,Dana Ruiz,dana@apex.example,logistics,referral,,2026-01-12,3,60000,spreadsheets",
            "PR-002,Cedar Medical,Ola Berg,ola@cedar.example,medical,web,,2026-01-15,1,9000,legacy WMS",
        ),
    ),
    Kind(
        "deals",
        "deal",
        (
            _key("deal_id"),
            _c("prospect_id", required=True, refers="prospects"),
            _c("stage", "choice", required=True, choices=STAGES),
            _c("amount", "money", low=0),
            _c("probability_pct", "percent", low=0, high=100),
            _c("entered_stage_on", "date"),
            _c("expected_close_on", "date"),
            _c("closed_on", "date"),
            _c("lost_reason"),
        ),
        ("deal_id",),
        "sales",
        (
            "D-001,PR-001,proposal,62000.00,40,2026-02-10,2026-04-15,,",
            "D-002,PR-002,lost,30000.00,,2026-02-20,,2026-02-20,no budget",
        ),
    ),
    Kind(
        "deal_stages",
        "stage of a deal",
        (
            _key("deal_id", refers="deals"),
            _key("entered_at", "instant"),
            _c("stage", "choice", required=True, choices=STAGES),
        ),
        ("deal_id", "entered_at"),
        "sales",
        ("D-001,2026-01-12T09:00:00+00:00,discovery", "D-001,2026-02-10T15:00:00+00:00,proposal"),
    ),
    Kind(
        "proposals",
        "proposal",
        (
            _key("proposal_id"),
            _c("deal_id", required=True, refers="deals"),
            _c("requested_at", "instant", required=True),
            _c("sent_at", "instant"),
            _c("services", "money", low=0),
            _c("licence", "money", low=0),
            _c(
                "status",
                "choice",
                required=True,
                choices=(
                    "draft",
                    "in_review",
                    "approved",
                    "sent",
                    "viewed",
                    "accepted",
                    "declined",
                    "expired",
                ),
            ),
        ),
        ("proposal_id",),
        "proposals",
        (
            "Q-001,D-001,2026-02-10T15:00:00+00:00,2026-02-11T13:20:00+00:00,12000.00,50000.00,sent",
            "Q-002,D-001,2026-02-24T15:00:00+00:00,,12000.00,48000.00,draft",
        ),
        order=(("requested_at", "sent_at"),),
    ),
    Kind(
        "onboardings",
        "onboarding",
        (
            _key("customer_id", refers="customers"),
            _c("kickoff_on", "date", required=True),
            _c("done_through_day", "whole", low=-2, high=60),
        ),
        ("customer_id",),
        "success",
        ("C-001,2025-11-06,20", "C-002,2026-02-05,10"),
    ),
    Kind(
        "holidays",
        "holiday",
        (
            _key("day", "date"),
            Column("customer_id", refers="customers"),
            _c("name", required=True),
        ),
        ("day", "customer_id"),
        "company",
        ("2026-05-25,,Memorial Day", "2026-04-03,C-002,Good Friday"),
    ),
    Kind(
        "measurements",
        "measurement",
        (
            _key("customer_id", refers="customers"),
            _key("warehouse"),
            _key("measured_on", "date"),
            _key("kind", "choice", choices=("baseline", "current")),
            _c("method", "choice", required=True, choices=("legacy", "migration", "tai")),
            _c("accuracy_pct", "percent", low=0, high=100),
            _c("count_hours", "number", low=0),
            _c("counts_per_quarter", "number", low=0),
            _c("errors_per_month", "number", low=0),
            _c("error_cost_per_month", "money", low=0),
            _c("satisfaction", "number", low=0, high=10),
        ),
        ("customer_id", "warehouse", "measured_on", "kind"),
        "success",
        (
            "C-001,Main,2025-11-14,baseline,legacy,80,40,1,120,2000.00,5",
            "C-001,Main,2026-02-20,current,tai,97,28,1,18,300.00,9",
        ),
    ),
    Kind(
        "counts",
        "count line",
        (
            _key("customer_id", refers="customers"),
            _key("warehouse"),
            _key("counted_on", "date"),
            _key("location"),
            _key("sku"),
            _c("abc_class", "choice", choices=("A", "B", "C")),
            _c("unit_cost", "price", low=0),
            _c("record_qty", "number", required=True),
            _c("counted_qty", "number", required=True, low=0),
        ),
        ("customer_id", "warehouse", "counted_on", "location", "sku"),
        "success",
        (
            "C-001,Main,2026-02-20,A-01-03,SKU-1001,A,12.50,100,99",
            "C-001,Main,2026-02-20,B-04-11,SKU-2040,C,0.85,400,412",
        ),
    ),
    Kind(
        "scores",
        "score",
        (
            _key("customer_id", refers="customers"),
            _key("respondent"),
            _key("answered_on", "date"),
            _c("score", "whole", required=True, low=0, high=10),
            _c("comment"),
        ),
        ("customer_id", "respondent", "answered_on"),
        "success",
        ("C-001,warehouse lead,2026-02-21,9,counts are quick now", "C-001,sponsor,2026-02-23,10,"),
    ),
    Kind(
        "incidents",
        "incident",
        (
            _key("incident_id"),
            _c("title", required=True),
            _c("severity", "choice", choices=SEVERITIES),
            _c("began_at", "instant"),
            _c("detected_at", "instant", required=True),
            _c("acknowledged_at", "instant"),
            _c("diagnosed_at", "instant"),
            _c("path_at", "instant"),
            _c("mitigated_at", "instant"),
            _c("resolved_at", "instant"),
            _c("root_cause"),
        ),
        ("incident_id",),
        "reliability",
        (
            (
                "I-001,API down for all,CRITICAL,2026-02-24T14:56:00+00:00,2026-02-24T15:00:00+00:00,"
                "2026-02-24T15:03:00+00:00,2026-02-24T15:12:00+00:00,2026-02-24T15:20:00+00:00,,"
                "2026-02-24T15:26:00+00:00,database quota"
            ),
            "I-002,Slow dashboard,MEDIUM,,2026-03-02T09:10:00+00:00,,,,,2026-03-02T11:00:00+00:00,slow query",
        ),
        order=(
            ("began_at", "detected_at"),
            ("detected_at", "acknowledged_at"),
            ("detected_at", "resolved_at"),
        ),
    ),
    Kind(
        "tasks",
        "task",
        (
            _key("task_id"),
            _c("title", required=True),
            _c("state", "choice", required=True, choices=("open", "done", "archived")),
            _c("customer_id", refers="customers"),
            _c("project"),
            _c("section"),
            _c("owner"),
            _c("owner_email", "email"),
            _c("starts_on", "date"),
            _c("due_on", "date"),
            _c("done_on", "date"),
            _c("parent_id"),
            _c("blocked_by"),
            _c("tags"),
            _c("notes"),
        ),
        ("task_id",),
        "notes",
        (
            "T-001,Create the admin user,done,C-001,Onboarding,Pre-Kickoff,Ida Roth,,2025-11-05,2025-11-06,2025-11-06,,,,",
            "T-002,Kickoff meeting,open,C-002,Onboarding,Week 1,Ida Roth,,2026-02-05,2026-02-05,,,T-001,meeting,",
        ),
        order=(("starts_on", "due_on"),),
    ),
    Kind(
        "services",
        "service line",
        (
            _key("service_id"),
            _c("customer_id", required=True, refers="customers"),
            _c("delivered_on", "date"),
            _c("description", required=True),
            _c("hours", "number", low=0),
            _c("rate", "money", low=0),
            _c("amount", "money", low=0),
            _c("basis", "choice", required=True, choices=("hours", "milestone")),
            _c("reached_on", "date"),
            _c("invoice_number", refers="invoices"),
        ),
        ("service_id",),
        "money",
        (
            "SV-001,C-002,2026-02-12,Environment set-up,4,250.00,,hours,,INV-0002",
            "SV-002,C-002,,Go-live,,,4000.00,milestone,2026-02-20,",
        ),
        months=("delivered_on", "reached_on"),
        beside=("invoice_number",),
    ),
    Kind(
        "targets",
        "target",
        (
            _key("kpi"),
            _key("from_on", "date"),
            _c("target", "number"),
            _c("floor", "number"),
        ),
        ("kpi", "from_on"),
        "company",
        ("mrr,2026-01-01,10416.67,", "accuracy_pct,2026-01-01,97,95"),
    ),
    Kind(
        "impacts",
        "impact",
        (
            _key("incident_id", refers="incidents"),
            _key("customer_id", refers="customers", any_mark=True),
            _key("began_at", "instant"),
            _c("ended_at", "instant"),
            _c("level", "choice", required=True, choices=("full", "partial", "degraded", "maintenance")),
            _c("service"),
        ),
        ("incident_id", "customer_id", "began_at"),
        "reliability",
        (
            "I-001,*,2026-02-24T14:56:00+00:00,2026-02-24T15:26:00+00:00,full,api",
            "I-002,C-001,2026-03-02T09:00:00+00:00,2026-03-02T11:00:00+00:00,degraded,dashboard",
        ),
        order=(("began_at", "ended_at"),),
    ),
    Kind(
        "probes",
        "probe",
        (
            _key("service"),
            _key("seen_at", "instant"),
            _key("source"),
            _c("ok", "flag", required=True),
            _c("latency_ms", "number", low=0, high=MOST_LATENCY_MS),
            _c("status", "whole", low=0, high=999),
        ),
        ("service", "seen_at", "source"),
        "reliability",
        ("api,2026-03-02T09:00:00+00:00,eu,true,212,200", "api,2026-03-02T09:01:00+00:00,eu,false,,503"),
    ),
    Kind(
        "latency_counts",
        "latency count",
        (
            _key("service"),
            _key("ended_at", "instant"),
            _key("source"),
            _key("low_ms", "number", low=0),
            _c("started_at", "instant", required=True),
            _c("high_ms", "number", low=0),
            _c("samples", "whole", required=True, low=0),
        ),
        ("service", "ended_at", "source", "low_ms"),
        "reliability",
        (
            "api,2026-03-02T10:00:00+00:00,google,0,2026-03-02T09:00:00+00:00,200,940",
            "api,2026-03-02T10:00:00+00:00,google,200,2026-03-02T09:00:00+00:00,,60",
        ),
        order=(("started_at", "ended_at<"), ("low_ms", "high_ms<")),
    ),
    Kind(
        "outage_days",
        "day of outage",
        (
            _key("service"),
            _key("day", "date"),
            _key("source"),
            _c("minutes_down", "number", required=True, low=0, high=1500),
        ),
        ("service", "day", "source"),
        "reliability",
        ("api,2026-02-24,upptime,30", "dashboard,2026-02-24,upptime,4"),
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name, in the order in which files of several kinds load."""

CONTACTS = Kind(
    "contacts",
    "contact",
    (
        _key("contact_id"),
        _c("customer_id", required=True, refers="customers"),
        _c("name", required=True),
        _c("job"),
        _c("email", "email"),
        _c("phone"),
        _c("notes"),
    ),
    ("contact_id",),
    "success",
    (
        "CT-001,C-001,Dana Ruiz,Warehouse lead,dana@northwind.example,+1 312 555 0100,",
        "CT-002,C-002,Ola Berg,Sponsor,ola@harbor.example,,prefers mail",
    ),
)
"""The people whom one talks to at a customer: kept on the pages alone, no kind of file."""
RECORDS: dict[str, Kind] = KINDS | {CONTACTS.name: CONTACTS}
"""Every kind that the pages list, open, add, change and void."""

CSV_NAME: dict[tuple[str, str], str] = {("probes", "seen_at"): "at"}
"""Where a column's name in files differs from its name in the store (`at` is a word of SQL)."""


def csv_name(kind: Kind, column: str) -> str:
    """The column's name in CSV files."""
    return CSV_NAME.get((kind.name, column), column)
