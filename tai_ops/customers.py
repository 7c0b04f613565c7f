"""The customer as a record."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the company (kind `customers`)."""

    customer_id: str
    name: str
    industry: str | None
    time_zone: str | None
    csm_email: str | None
    signed_on: date | None
    go_live_on: date | None
    warehouses: int | None
    items: int | None
    status: str
    reference_consent: bool | None
