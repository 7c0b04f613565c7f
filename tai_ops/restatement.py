"""What lies behind a number that differs between two closes of a month: the rows that were written in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Event = Literal["added", "changed", "voided", "matched", "undone", "locked", "set"]

_BILLING = frozenset({"subscriptions", "invoices", "services"})
_BANK = frozenset({"bank lines", "matches", "reconciliations", "payments", "bills", "entries", "accounts"})
_OWED = frozenset({"invoices", "payments", "matches", "applications"})
_SPENT = frozenset({"bills", "entries", "matches", "settings"})
_BEHIND: tuple[tuple[str, frozenset[str]], ...] = (
    ("movements", frozenset({"subscriptions"})),
    ("customers", frozenset({"subscriptions"})),
    ("mrr_months", frozenset({"subscriptions"})),
    ("recognised", _BILLING | {"settings"}),
    ("deferred", _BILLING | {"payments", "applications", "settings"}),
    ("expenses", _SPENT),
    ("cash_months", _BANK),
    ("cash", _BANK),
    ("runways", _BANK),
    ("ageing", _OWED),
    ("overdue", _OWED),
    ("reconciliations", _BANK),
    ("clearings", _BANK),
    ("stages", frozenset({"deals"})),
    ("incidents", frozenset({"incidents"})),
)
_METRICS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "mrr arr new_mrr expansion_mrr contraction_mrr churn_mrr reactivation_mrr",
        frozenset({"subscriptions"}),
    ),
    ("nrr_pct grr_pct logo_churn_pct arpa", frozenset({"subscriptions"})),
    ("revenue_recognised deferred_revenue", _BILLING | {"payments", "settings"}),
    ("expenses", _SPENT),
    (
        "cash gross_burn net_burn runway_months cash_out_on burn_multiple cash_impact",
        _BANK | {"subscriptions"},
    ),
    ("ar_open ar_over_30 dso_days invoices_sent invoices_sent_value", _OWED | {"invoice sends"}),
    ("cac ltv ltv_cac cac_payback_months gross_margin_pct", _SPENT | _BILLING),
    ("deals_won deals_won_value win_rate_pct pipeline_open", frozenset({"deals"})),
)


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that was written between two closes of a month and reaches into it: which, what happened, by whom and when."""

    kind: str
    key: str
    event: Event
    done_at: datetime
    done_by: str
    words: str


def kinds_behind(number: str) -> frozenset[str]:
    """The kinds of rows that a number of the report, named by its path, is made of; empty where nothing tells."""
    part, _, rest = number.partition(".")
    if part == "metrics":
        name = rest.partition(".")[0]
        return next((kinds for ids, kinds in _METRICS if name in ids.split()), frozenset())
    return next((kinds for name, kinds in _BEHIND if name == part), frozenset())


def behind(number: str, rows: Iterable[ChangedRow]) -> tuple[ChangedRow, ...]:
    """The rows that may have moved that number: those of the kinds that it is made of."""
    kinds = kinds_behind(number)
    return tuple(row for row in rows if row.kind in kinds)
