"""The public holidays of a country or a part of it, by year, out of the `holidays` package; nothing is asked of the network."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from babel import Locale

from tai_ops.errors import Refused

FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_YEARS = 10
ENGLISH = "en_US"


@cache
def countries() -> Mapping[str, str]:
    """The countries whose holidays are known: code and name, by name."""
    import holidays

    names = Locale("en").territories
    codes = holidays.list_supported_countries(include_aliases=False)
    return dict(sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1]))


@cache
def parts(country: str) -> tuple[str, ...]:
    """The parts of a country that have holidays of their own, by their codes; empty where there are none."""
    import holidays

    return tuple(holidays.list_supported_countries(include_aliases=False).get(country, ()))


def public_holidays(
    country: str, first_year: int, last_year: int, part: str | None = None
) -> dict[date, str]:
    """The holidays from the first day of one year to the last of another, each with its name.

    Refused where the country, the part or the years are not known.
    """
    import holidays

    if country not in countries():
        raise Refused(f"the holidays of {country!r} are not known; load a file of holidays instead")
    if part and part not in parts(country):
        raise Refused(f"{part!r} is no part of {countries()[country]}")
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise Refused(f"the years go from {FIRST_YEAR} to {LAST_YEAR}, the first not after the last")
    if last_year - first_year >= MOST_YEARS:
        raise Refused(f"at most {MOST_YEARS} years at once")
    known = holidays.country_holidays(country)
    found = holidays.country_holidays(
        country,
        subdiv=part or None,
        years=range(first_year, last_year + 1),
        language=ENGLISH if ENGLISH in known.supported_languages else None,
    )
    return dict(sorted((day, str(name)) for day, name in found.items()))
