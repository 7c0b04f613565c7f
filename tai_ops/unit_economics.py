"""What a customer costs to win and is worth: CAC, LTV, payback, burn multiple, Rule of 40, a proposal's return.

Every answer is a `Figure`: unrounded, None with a reason where it is undefined, and labelled where few customers
or months stand behind it (finance.md F7). Percentages are 0-100.
"""

from decimal import Decimal

from tai_ops.figure import Figure
from tai_ops.money import ZERO, percent, ratio

ENOUGH_CUSTOMERS = 10
ENOUGH_MONTHS = 12
LIFETIME_CAP_MONTHS = 60
PROMISED_PAYBACK_MONTHS = (6, 9)


def cac(spend: Decimal | None, new_logos: int) -> Figure:
    """Cost of winning a customer: sales and marketing spend of the earlier period / new customers of this one.

    The caller takes the spend from `cac_lag_months` earlier. Source: finance.md 4.5 (Skok, SaaSGrid). Leaves out
    onboarding and customer success. None, never 0, where nobody was won or the spend is not known.
    """
    if spend is None:
        return Figure(None, "sales and marketing spend is not known", new_logos)
    if new_logos <= 0:
        return Figure(None, "no new customers", 0)
    return Figure(ratio(spend, new_logos), _confidence(new_logos, None), new_logos)


def arpa(mrr: Decimal, customers: int) -> Figure:
    """Average MRR per paying customer, a month. Source: finance.md 4.5. None where there are none."""
    value = ratio(mrr, customers)
    return Figure(value, "no paying customers" if value is None else None, customers)


def gross_margin_pct(revenue: Decimal, cost_of_delivery: Decimal | None) -> Figure:
    """(revenue - cost of delivery) / revenue, per cent; negative where delivery costs more.

    Cost is hosting, support, onboarding and processor fees. Source: finance.md 4.5 (a16z). None without revenue.
    """
    if cost_of_delivery is None:
        return Figure(None, "cost of delivery is not known")
    if revenue <= 0:
        return Figure(None, "no revenue")
    return Figure(percent(revenue - cost_of_delivery, revenue))


def ltv(
    arpa: Figure,
    margin_pct: Figure,
    monthly_churn_pct: Figure,
    *,
    cap_months: int = LIFETIME_CAP_MONTHS,
    customers: int | None = None,
    months: int | None = None,
) -> Figure:
    """What a customer is worth over its lifetime: ARPA × gross margin × lifetime in months.

    The lifetime is 1 / monthly churn and at most the cap; the reason then says "capped at 60 months". Source:
    finance.md 4.5 (Skok, Finmark). None where an input is; the reason is that input's.
    """
    if arpa.value is None or margin_pct.value is None or monthly_churn_pct.value is None:
        return _missing(arpa, margin_pct, monthly_churn_pct)
    churn = monthly_churn_pct.value
    monthly = arpa.value * margin_pct.value / 100
    capped = churn * cap_months < 100
    value = monthly * cap_months if capped else monthly * 100 / churn
    label = f"capped at {cap_months} months" if capped else None
    return Figure(value, _joined(label, _confidence(customers, months)), customers)


def ltv_cac(ltv: Figure, cac: Figure) -> Figure:
    """LTV / CAC, times; the target is 3. Source: finance.md 4.5 (Skok). None where either is, or CAC is 0."""
    if ltv.value is None or cac.value is None:
        return _missing(ltv, cac)
    value = ratio(ltv.value, cac.value)
    if value is None:
        return Figure(None, "nothing was spent on winning customers")
    return Figure(value, _joined(ltv.reason, cac.reason), cac.n)


def cac_payback_months(cac: Figure, new_arpa: Figure, margin_pct: Figure) -> Figure:
    """Months until a new customer's gross margin has paid for winning it: CAC / (new ARPA × gross margin).

    Source: finance.md 4.5 (SMSB, ProfitWell). None, "never", where the margin or the ARPA is not positive.
    """
    if cac.value is None:
        return _missing(cac, margin_pct)  # nobody won: that nobody new pays says no more
    if new_arpa.value is None or margin_pct.value is None:
        return _missing(new_arpa, margin_pct)
    monthly = new_arpa.value * margin_pct.value / 100
    if new_arpa.value <= 0 or monthly <= 0:
        return Figure(None, "never", cac.n)
    return Figure(ratio(cac.value, monthly), cac.reason, cac.n)


def burn_multiple(net_burn: Decimal | None, net_new_arr: Decimal) -> Figure:
    """Net burn / net new ARR of the same quarter or twelve months, times; lower is better.

    Source: finance.md 4.4 (Sacks). 0, "not burning", where nothing is burned; None, "n/m", where ARR did not grow.
    """
    if net_burn is None:
        return Figure(None, "net burn is not known")
    if net_burn <= 0:
        return Figure(ZERO, "not burning")
    if net_new_arr <= 0:
        return Figure(None, "n/m")
    return Figure(ratio(net_burn, net_new_arr))


def rule_of_40(growth_pct: Decimal, margin_pct: Decimal, months: int = ENOUGH_MONTHS) -> Figure:
    """Yearly growth of ARR or revenue + EBITDA or cash-flow margin, points; the mark is 40.

    Source: finance.md 4.4. None below 12 months of data.
    """
    if months < ENOUGH_MONTHS:
        return Figure(None, f"{months} of {ENOUGH_MONTHS} months", months)
    return Figure(growth_pct + margin_pct, None, months)


def annual_value(
    accuracy_gain_value: Decimal, hours_saved: Decimal, hourly_rate: Decimal, error_cost_avoided: Decimal
) -> Decimal:
    """What a proposal is worth to the customer a year: accuracy gain + hours saved × rate + error cost avoided.

    All inputs are of one year. Source: finance.md 4.8.
    """
    return accuracy_gain_value + hours_saved * hourly_rate + error_cost_avoided


def proposal_payback_months(services: Decimal, licence: Decimal, value: Decimal | None) -> Figure:
    """Months in which a proposal's first year pays back: (services + licence) / (annual value / 12).

    The reason warns outside the template's 6-9 months. Source: finance.md 4.8; Runbook 3 "Expected ROI". None where the
    value is not known or not positive: "does not pay back".
    """
    if value is None or value <= 0:
        return _no_return(value)
    months = (services + licence) * 12 / value
    low, high = PROMISED_PAYBACK_MONTHS
    return Figure(months, None if low <= months <= high else f"outside the template's {low}-{high} months")


def proposal_roi_pct(services: Decimal, licence: Decimal, value: Decimal | None) -> Figure:
    """First-year return on a proposal, per cent: (annual value - Year 1) / Year 1, Year 1 = services + licence.

    Source: finance.md 4.8. None where the value is not known or not positive, or nothing is charged.
    """
    if value is None or value <= 0:
        return _no_return(value)
    year_1 = services + licence
    return Figure(percent(value - year_1, year_1), None if year_1 else "nothing is charged")


def _no_return(value: Decimal | None) -> Figure:
    return Figure(None, "the annual value is not known" if value is None else "does not pay back")


def _confidence(customers: int | None, months: int | None) -> str | None:
    few = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, enough, unit in (
            (customers, ENOUGH_CUSTOMERS, "customer"),
            (months, ENOUGH_MONTHS, "month"),
        )
        if count is not None and count < enough
    ]
    return f"low confidence: {', '.join(few)}" if few else None


def _missing(*inputs: Figure) -> Figure:
    return Figure(None, _joined(*(figure.reason for figure in inputs if figure.value is None)) or "no data")


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None
