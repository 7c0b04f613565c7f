"""The company's settings: zone, calendar, thresholds, maps. Every one has a default.

A file may change it, `company.toml` beside the store (`data/company.example.toml` documents each), and over the file
stands what people change on the Company page, which the store keeps (`store.settings`).
"""

import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tai_ops.errors import Refused
from tai_ops.period import BusinessCalendar, zone_named

CATEGORIES = (
    "payroll",
    "cloud infrastructure",
    "sales and marketing",
    "cost of delivery",
    "processor fees",
    "other",
)
PROBABILITIES = {
    "lead": Decimal(10),
    "discovery": Decimal(20),
    "proposal": Decimal(40),
    "closing": Decimal(70),
    "won": Decimal(100),
    "lost": Decimal(0),
    "nurture": Decimal(0),
}
"""How likely a deal of each stage is to be won, in per cent, until the company says otherwise."""
Percent = Annotated[Decimal, Field(ge=0, le=100)]
WeekHours = Annotated[Decimal, Field(ge=0, le=168)]


class Credit(BaseModel):
    """One step of the credit for a missed promise: uptime below this gives so much of the month's fee back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    below_pct: Percent
    credit_pct: Percent


class Company(BaseModel):
    """The validated settings. Percentages are 0-100, money is in the reporting currency's units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "TAI Autonomics"
    zone: str = "UTC"
    zone_chosen: bool = False
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    business_opens: time = time(8, 0)
    business_closes: time = time(18, 0)
    fiscal_start_month: int = Field(default=1, ge=1, le=12)
    fiscal_start_day: int = Field(default=1, ge=1, le=28)
    plan_week_1: date | None = None
    revenue_method: Literal["daily", "even", "first_and_last"] = "daily"
    uptime_target_pct: Percent = Decimal("99.5")
    partial_outage_weight: Decimal = Field(default=Decimal("0.3"), ge=0, le=1)
    mttr_support_hours_for_medium: bool = False
    cac_lag_months: int = Field(default=1, ge=0, le=3)
    churn_lifetime_cap_months: int = Field(default=60, ge=1)
    stage_probability_pct: dict[str, Percent] = Field(default_factory=lambda: dict(PROBABILITIES))
    revenue_target_year: Decimal = Decimal(125000)
    categories: dict[str, str] = Field(default_factory=dict[str, str])
    reimbursement_threshold: Decimal = Decimal(100)
    deposit_pct: Percent = Decimal(50)
    payment_days: int = Field(default=30, ge=0, le=365)
    probe_raw_days: int = Field(default=90, ge=1, le=3650)
    sla_credits: tuple[Credit, ...] = ()
    onboarding_hours: WeekHours = Decimal(39)
    onboarding_hours_of: dict[str, WeekHours] = Field(default_factory=dict[str, Decimal])

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zone_named(value)
        return value

    @field_validator("plan_week_1")
    @classmethod
    def _on_a_monday(cls, value: date | None) -> date | None:
        if value is not None and value.weekday() != 0:
            monday = value - timedelta(days=value.weekday())
            raise ValueError(f"{value} is no Monday; the one of that week is {monday}")
        return value

    @field_validator("stage_probability_pct")
    @classmethod
    def _stages_known(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        unknown = sorted(value.keys() - PROBABILITIES.keys())
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no stage; the stages are {', '.join(PROBABILITIES)}")
        return {stage: value.get(stage, given) for stage, given in PROBABILITIES.items()}

    @field_validator("sla_credits")
    @classmethod
    def _ladder_falls(cls, value: tuple[Credit, ...]) -> tuple[Credit, ...]:
        ordered = sorted(value, key=lambda step: -step.below_pct)
        for above, below in pairwise(ordered):
            if below.below_pct == above.below_pct or below.credit_pct <= above.credit_pct:
                raise ValueError(
                    f"below {below.below_pct} % must give more back than below {above.below_pct} %"
                )
        return tuple(ordered)

    @field_validator("onboarding_hours_of")
    @classmethod
    def _by_email(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        return {email.strip().lower(): hours for email, hours in value.items()}

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.business_closes <= self.business_opens:
            raise ValueError("business_closes must be later than business_opens")
        return self

    @property
    def tz(self) -> ZoneInfo:
        """The company's zone."""
        return ZoneInfo(self.zone)

    def calendar(self, holidays: frozenset[date] = frozenset()) -> BusinessCalendar:
        """The company's business calendar with these holidays."""
        return BusinessCalendar(self.tz, self.business_opens, self.business_closes, holidays)

    def hours_for_onboardings(self, email: str) -> Decimal:
        """The hours a week that a person has for onboardings: their own, else what holds for everybody."""
        return self.onboarding_hours_of.get(email.strip().lower(), self.onboarding_hours)

    def category_of(self, label: str | None) -> str:
        """The reporting category of a bill's own label; `other` for what no mapping names."""
        if not label:
            return "other"
        return self._categories_by_label.get(label.strip().lower()) or _category(label) or "other"

    @cached_property
    def _categories_by_label(self) -> dict[str, str]:
        """Each label of the map, in small letters, with the category that its chain ends in."""
        return {_key(label): chain_of(self.categories, label)[-1] for label in self.categories}

    def credit_pct(self, uptime_pct: Decimal | None) -> Decimal | None:
        """How much of a month's fee that uptime gives back, in per cent; None where no ladder is set, or no uptime."""
        if uptime_pct is None or not self.sla_credits:
            return None
        reached = [step.credit_pct for step in self.sla_credits if uptime_pct < step.below_pct]
        return max(reached, default=Decimal(0))


def chain_of(categories: Mapping[str, str], label: str) -> tuple[str, ...]:
    """What a label leads to, step by step, to the category at its end.

    Refused where it comes back to itself, or ends in what is no category.
    """
    steps = {_key(name): to for name, to in categories.items()}
    chain, seen = (label,), {_key(label)}
    while True:
        to = steps.get(_key(chain[-1]))
        if to is None:
            raise Refused(
                f"categories.{label}: {chain[-1]!r} is no category and no label of the map; "
                f"the categories are {', '.join(CATEGORIES)}"
            )
        category = _category(to)
        if category:
            return (*chain, category)
        chain = (*chain, to)
        if _key(to) in seen:
            raise Refused(f"categories.{label}: it comes back to itself ({' → '.join(chain)})")
        seen.add(_key(to))


def settings_file(store: Path) -> Path:
    """The file of settings of the store at that path: its own, else the folder's."""
    own = store.with_suffix(".toml")
    return own if own.is_file() else store.parent / "company.toml"


def company_settings(path: Path | None, changed: Mapping[str, Any] | None = None) -> Company:
    """The settings in that file, and over them what was changed in the store; the defaults where neither says more.

    Refused names the file or the page, the setting and what is wrong with it.
    """
    file = _read(path)
    found = _valid(file, path.name if path else "")
    return _valid(file | dict(changed), "Company page", changed) if changed else found


def named_in(path: Path | None) -> frozenset[str]:
    """The settings that the file names."""
    return frozenset(_read(path))


def _read(path: Path | None) -> dict[str, Any]:
    if path is None or not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise Refused(f"{path.name}: not readable as TOML: {reason}") from None


def _valid(raw: Mapping[str, Any], name: str, only: Mapping[str, Any] | None = None) -> Company:
    try:
        made = Company.model_validate({"zone_chosen": "zone" in raw, **raw})
        for label in made.categories:
            if _category(label) is None:
                chain_of(made.categories, label)
    except ValidationError as reason:
        first = reason.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or (", ".join(only) if only else "file")
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            what = "there is no such setting; data/company.example.toml has them all"
        raise Refused(f"{name}: {where}: {what}") from None
    except Refused as reason:
        raise Refused(f"{name}: {reason}") from None
    return made


def _key(label: str) -> str:
    return label.strip().lower()


def _category(label: str) -> str | None:
    """One of the six, where the label is one; these lead to themselves, whatever the map says."""
    return _key(label) if _key(label) in CATEGORIES else None
