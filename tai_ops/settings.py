"""The catalogue of settings: what each is called, what it changes, and how it is typed.

Every field of `Company` that a person changes stands here once; the Company page and the store's changes read this
table. `currency` stays with the file alone: it says in which money everything on record was written. The page shows it and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

from tai_ops import words
from tai_ops.company import Company

Form = Literal[
    "text", "zone", "time", "month", "whole", "percent", "number", "money", "flag", "day", "choice", "map"
]
Group = Literal["people", "calendar", "thresholds", "stages", "credits", "categories"]
FILE_ONLY = frozenset({"currency", "zone_chosen"})
MONTHS = tuple(f"{date(2000, month, 1):%B}" for month in range(1, 13))
USUAL_LADDER: tuple[dict[str, str], ...] = (
    {"below_pct": "99.5", "credit_pct": "10"},
    {"below_pct": "99", "credit_pct": "25"},
    {"below_pct": "98", "credit_pct": "50"},
    {"below_pct": "95", "credit_pct": "100"},
)
"""What companies that promise 99.5 % usually agree to; an example until somebody takes it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its field of `Company`, its name for people, what it changes, the group it stands in, its form."""

    name: str
    label: str
    says: str
    group: Group
    form: Form
    low: int = 0
    high: int | None = None
    choices: Mapping[str, str] | None = None


METHODS = {
    "daily": "day by day",
    "even": "in equal months",
    "first_and_last": "first and last month by days",
}
_ALL = (
    Setting("name", "Name", "How the company is called in documents and letters.", "calendar", "text"),
    Setting("zone", "Time zone", "Friday 16:00, business hours and every deadline are wall-clock times of this zone; changing it moves what counts into which week and month.", "calendar", "zone"),
    Setting("business_opens", "Business hours begin", "A request that comes earlier counts from then.", "calendar", "time"),
    Setting("business_closes", "Business hours end", "Deadlines of a day end here, and a request that comes later counts from the next opening.", "calendar", "time"),
    Setting("plan_week_1", "Week 1 of the plan", "The Monday from which the plan's weeks are counted; weeks 10 to 13 of the runbooks are said beside the quarter.", "calendar", "day"),
    Setting("fiscal_start_month", "Fiscal year begins in", "A budget that is approved next year is followed up when this month comes.", "calendar", "month", 1, 12),
    Setting("fiscal_start_day", "Fiscal year begins on day", "The day of that month.", "calendar", "whole", 1, 28),
    Setting("uptime_target_pct", "Uptime promised", "The error budget is what this leaves of a month, and the customers' promise is measured against it.", "thresholds", "percent"),
    Setting("partial_outage_weight", "Weight of a partial outage", "How much of its minutes a partial outage takes from weighted uptime: 0 nothing, 1 all.", "thresholds", "number", 0, 1),
    Setting("probe_raw_days", "Samples are kept", "After so many days raw probe samples may be pruned; uptime, errors and percentiles of that time then come from what was rolled up of them.", "thresholds", "whole", 1, 3650),
    Setting("mttr_support_hours_for_medium", "MEDIUM runs in business hours", "Whether the time to resolve a MEDIUM incident stands still at night and on holidays.", "thresholds", "flag"),
    Setting("revenue_method", "Licences are recognised", "How a licence's price is spread over its service period; it stands while a month is closed, as that month's revenue rests on it.", "thresholds", "choice", choices=METHODS),
    Setting("revenue_target_year", "Recurring revenue to reach", "Pipeline coverage is the open pipeline over what is missing to this sum.", "thresholds", "money"),
    Setting("cac_lag_months", "Acquisition cost looks back", "New customers of a month are set against the sales and marketing bills of so many months before.", "thresholds", "whole", 0, 3),
    Setting("churn_lifetime_cap_months", "Longest customer lifetime", "Lifetime value counts at most so many months, however low the churn is.", "thresholds", "whole", 1, 600),
    Setting("reimbursement_threshold", "Own money is paid back above", "What somebody paid from their own pocket is listed for paying back from this sum on.", "thresholds", "money"),
    Setting("deposit_pct", "Deposit at signature", "How much of a proposal's services fee is proposed as the first invoice; the rest is proposed at go-live.", "thresholds", "percent"),
    Setting("payment_days", "Days to pay", "How many days after its issue an invoice that is made here is due.", "thresholds", "whole", 0, 365),
    Setting("stage_probability_pct", "Stage probabilities", "The weighted pipeline counts a deal by its stage's probability, unless the deal has its own.", "stages", "map"),
    Setting("onboarding_hours", "Hours a week for onboardings", "What each CSM and CTO has for them unless said otherwise; kickoffs are offered where these hours suffice.", "people", "number", 0, 168),
    Setting("onboarding_hours_of", "Hours a week of single people", "Who has more or fewer hours for onboardings than the others.", "people", "map"),
    Setting("sla_credits", "Credit for missed uptime", "What a customer is offered of the month's fee when its uptime falls below a step; proposed, never booked by itself.", "credits", "map"),
    Setting("categories", "Category map", "Which of the six categories a bill's own label belongs to: burn by category, gross margin and acquisition cost follow it.", "categories", "map"),
)  # fmt: skip
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}


def of_group(group: Group) -> list[Setting]:
    """The settings of a group, in the catalogue's order."""
    return [setting for setting in _ALL if setting.group == group]


def as_json(company: Company, name: str) -> Any:
    """A setting's value as the store keeps it."""
    return company.model_dump(mode="json", include={name})[name]


def shown(setting: Setting, value: Any, currency: str) -> str:
    """A setting's value (as the store keeps it) in words."""
    if value is None:
        return "not set"
    match setting.form:
        case "flag":
            return "yes" if value else "no"
        case "time":
            return f"{time.fromisoformat(value):%H:%M}"
        case "day":
            return words.day(date.fromisoformat(value))
        case "month":
            return MONTHS[int(value) - 1]
        case "percent":
            return f"{_plain(value)} %"
        case "money":
            return words.money(Decimal(str(value)), currency)
        case "number" | "whole":
            return _counted(setting, _plain(value))
        case "choice":
            return dict(setting.choices or {}).get(str(value), str(value))
        case "map":
            return _map_words(setting.name, value)
        case "text" | "zone":
            return str(value)


def _counted(setting: Setting, text: str) -> str:
    unit = next((unit for unit in ("month", "day") if setting.name.endswith(f"_{unit}s")), "")
    return f"{text} {unit}{'' if text == '1' else 's'}" if unit else text


def _map_words(name: str, value: Any) -> str:
    if not value:
        return "none"
    if name == "sla_credits":
        return ", ".join(f"below {_plain(s['below_pct'])} %: {_plain(s['credit_pct'])} %" for s in value)
    if name == "onboarding_hours_of":
        return ", ".join(f"{email} {_plain(hours)} h" for email, hours in sorted(value.items()))
    if name == "stage_probability_pct":
        return ", ".join(f"{stage} {_plain(share)} %" for stage, share in value.items())
    return ", ".join(f"{label} → {to}" for label, to in sorted(value.items()))


def _plain(value: Any) -> str:
    return f"{Decimal(str(value)).normalize():f}"
