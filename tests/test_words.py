"""Numbers and dates for people, and other people's text made safe for Markdown, plotly and sheets."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.app import words

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("amount", "currency", "exact", "said"),
    [
        ("7500", "USD", False, "$7,500"),
        ("7499.50", "USD", False, "$7,500"),
        ("7499.50", "USD", True, "$7,499.50"),
        ("99.5", "USD", False, "$99.50"),
        ("99", "USD", False, "$99"),
        ("0", "USD", False, "$0"),
        ("0.004", "USD", False, "$0"),
        ("-0.004", "USD", False, "$0"),
        ("-1200.00", "USD", False, "−$1,200"),
        ("-0.05", "USD", False, "−$0.05"),
        ("1234567.89", "EUR", True, "€1,234,567.89"),
        ("50000", "CHF", False, "CHF 50,000"),
    ],
)
def test_money(amount, currency, exact, said):
    assert words.money(D(amount), currency, exact=exact) == said


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (D("97"), "pct", None, "97.0 %"),
        (D("99.777"), "pct", 2, "99.78 %"),
        (D("12.46"), "months", None, "12.5 months"),
        (D("380.4"), "ms", None, "380 ms"),
        (D("30"), "minutes", None, "30 min"),
        (D("3.5"), "minutes", None, "3.5 min"),
        (D("1"), "days", None, "1 day"),
        (D("34.4"), "days", None, "34 days"),
        (D("17.0"), "points", None, "17 points"),
        (1204, "count", None, "1,204"),
        (D("3.24"), "ratio", None, "3.2×"),
        (D("-25"), "score", None, "−25"),
        (D("9.5"), "score", None, "9.5"),
        (D("4032.26"), "money_per_day", None, "$4,032 a day"),
        (date(2026, 2, 20), "date", None, "Fri 20 Feb 2026"),
        (None, "pct", None, "–"),
    ],
)
def test_a_value_stands_with_its_unit(value, unit, decimals, said):
    assert words.number(value, unit, decimals=decimals) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("97.000000", "pct", "97 %"),
        ("99.5", "pct", "99.5 %"),
        ("10416.67", "money", "$10,417"),
        ("12", "months", "12 months"),
        ("100", "pct", "100 %"),
    ],
)
def test_a_target_has_no_more_places_than_it_needs(value, unit, said):
    assert words.aim(D(value), unit) == said


def test_an_instant_is_told_on_the_companys_clock():
    seen = datetime(2026, 2, 20, 21, 0, tzinfo=UTC)
    assert words.instant(seen, NEW_YORK) == "Fri 20 Feb 2026 16:00 EST"
    assert words.instant(seen, ZoneInfo("Asia/Dubai")) == "Sat 21 Feb 2026 01:00 UTC+04"


@pytest.mark.parametrize(
    ("now", "before", "unit", "said"),
    [
        (D("10833"), D("7500"), "money", "▲ $3,333 vs October"),
        (D("5"), D("7"), "count", "▼ 2 vs October"),
        (D("97.0"), D("95.8"), "pct", "▲ 1.2 points vs October"),
        (D("58"), D("60"), "score", "▼ 2 points vs October"),
        (D("100.004"), D("100"), "money", "no change vs October"),
        (date(2027, 11, 3), date(2027, 11, 1), "date", "▲ 2 days vs October"),
        (None, D("1"), "money", ""),
        (D("1"), None, "money", ""),
        (None, None, "money", "– vs October: neither is known"),
    ],
)
def test_a_change_has_a_sign_a_unit_and_a_period(now, before, unit, said):
    assert words.change(now, before, unit, "October") == said


def test_marks_have_a_shape_and_a_word():
    assert [words.mark(state) for state in ("met", "floor", "missed", "no_data", None)] == [
        "✓ met",
        "≈ floor",
        "✗ missed",
        "– no data",
        "",
    ]
    assert words.badge("missed") == ":red-badge[✗ missed]"
    assert words.badge(None) == ""


def test_counting_and_listing():
    assert [words.counted(n, "person", "people") for n in (0, 1, 1200)] == [
        "no people",
        "1 person",
        "1,200 people",
    ]
    assert [words.listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert words.unknown("no current count since 12 Jan") == "– (no current count since 12 Jan)"


def shown(markdown: str) -> str:
    """What Streamlit shows of escaped text."""
    return re.sub(r"\\(.)", r"\1", markdown.replace(":small[]", ""))


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Lakeside $Freight$ *Lines*", r"(?<!\\)[$*]"),
        ("<b>Co</b> &amp; ~x~", r"(?<!\\)[<>&~]"),
        ("[a](javascript:alert(1))", r"(?<!\\)[\[\]()]"),
        (":red[x] :smile: | a | `b`", r"(?<!\\)[:|`](?!small)"),
        ("www.evil.example", r"www\\\."),
        ("https://evil.example", r"\\:\\/\\/"),
        ("a -- b", r"\\-\\-"),
        ("pay@evil.example", r"pay\\@"),
    ],
)
def test_a_name_is_shown_as_it_is(text, never):
    assert not re.search(never, words.escape(text))
    assert shown(words.escape(text)) == text


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])).map(lambda t: " ".join(t.split())))
def test_escaping_loses_no_sign_and_leaves_none_that_orders(text):
    escaped = words.escape(text)
    assert shown(escaped) == text or ":small[]" in text
    left = re.sub(r"\\.", "", escaped.replace(":small[]", ""))
    assert not re.search(r"[!-/:-@\[-`{-~]", left)


def test_text_for_a_chart_and_for_a_sheet():
    assert words.plotly_text("<a href='x'>A & B</a>") == "&lt;a href='x'&gt;A &amp; B&lt;/a&gt;"
    assert [words.csv_text(t) for t in ("=1+1", "+1", "-x", "@a", "\tb", "plain")] == [
        "'=1+1",
        "'+1",
        "'-x",
        "'@a",
        "'\tb",
        "plain",
    ]


def test_one_of_a_thing_is_said_in_the_singular_wherever_it_is_counted():
    from datetime import date
    from decimal import Decimal

    from tai_ops.accuracy import Measurement
    from tai_ops.errors import Problem
    from tai_ops.gains import figures
    from tai_ops.kinds import KINDS
    from tai_ops.scores import Nps
    from tai_ops.sheet import read_sheet

    one = Nps(Decimal(0), 2, 1, 0, 1, None, None)
    assert one.counts == "1 promoter, 0 passives, 1 detractor"
    sheet = read_sheet(KINDS["customers"], b"customer_id,name,status\nA\n", "c.csv")
    assert (
        Problem(1, "customer_id", "the row has 1 cell and the header 3; quote cells with commas")
        in sheet.problems
    )
    measured = Measurement(
        "A", "Main", date(2026, 4, 1), "current", "tai", None, Decimal(1), None, Decimal(1), None, None
    )
    assert figures(measured) == "1 hour and 1 error a month"
