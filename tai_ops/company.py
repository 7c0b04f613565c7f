"""The company's settings: zone, calendar, thresholds, maps. Every one has a default; a file may change it.

The file is `company.toml` beside the store; `data/company.example.toml` documents each setting.
"""

import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

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
Category = Literal[
    "payroll", "cloud infrastructure", "sales and marketing", "cost of delivery", "processor fees", "other"
]
Percent = Annotated[Decimal, Field(ge=0, le=100)]


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
    stage_probability_pct: dict[str, Percent] = Field(
        default_factory=lambda: {
            "lead": Decimal(10),
            "discovery": Decimal(20),
            "proposal": Decimal(40),
            "closing": Decimal(70),
            "won": Decimal(100),
            "lost": Decimal(0),
            "nurture": Decimal(0),
        }
    )
    revenue_target_year: Decimal = Decimal(125000)
    categories: dict[str, Category] = Field(default_factory=dict[str, Category])
    reimbursement_threshold: Decimal = Decimal(100)

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zone_named(value)
        return value

    @property
    def tz(self) -> ZoneInfo:
        """The company's zone."""
        return ZoneInfo(self.zone)

    def calendar(self, holidays: frozenset[date] = frozenset()) -> BusinessCalendar:
        """The company's business calendar with these holidays."""
        return BusinessCalendar(self.tz, self.business_opens, self.business_closes, holidays)

    def category_of(self, label: str | None) -> str:
        """The reporting category of a bill's own label; `other` for what no mapping names."""
        if not label:
            return "other"
        key = label.strip().lower()
        if key in CATEGORIES:
            return key
        return {name.lower(): to for name, to in self.categories.items()}.get(key, "other")


def company_settings(path: Path) -> Company:
    """The settings in that file, the defaults where there is none; Refused names the setting that is wrong."""
    if not path.is_file():
        return Company()
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise Refused(f"{path.name}: not readable as TOML: {reason}") from None
    try:
        return Company.model_validate({"zone_chosen": "zone" in raw} | raw)
    except ValidationError as reason:
        first = reason.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise Refused(f"{path.name}: {where}: {first['msg']}") from None
