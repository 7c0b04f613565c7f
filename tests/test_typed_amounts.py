"""Numbers in the ways in which people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.typed_amounts import mark_of, plain_number


@pytest.mark.parametrize(
    ("text", "mark", "plain"),
    [
        ("", ".", ""), ("  ", ".", ""), ("12", ".", "12"), ("-12.5", ".", "-12.5"), ("+3", ".", "3"),
        ("1,234.50", ".", "1234.50"), ("1.234,50", ".", "1234.50"), ("1 234,50", ".", "1234.50"),
        ("1\u202f234,50", ",", "1234.50"), ("1'234.50", ",", "1234.50"), ("1’234.5", ".", "1234.5"),
        ("$1,234.50", ".", "1234.50"), ("1234,5 EUR", ",", "1234.5"), ("EUR 12", ".", "12"), ("US$ 12.50", ".", "12.50"),
        ("€-5", ".", "-5"), ("-€5", ".", "-5"), ("(12.00)", ".", "-12.00"), ("5-", ".", "-5"), ("−7", ".", "-7"),
        ("1,234", ".", "1234"), ("1.234", ",", "1234"), ("1.234", ".", "1.234"), ("1,234", ",", "1.234"),
        ("12,34,567.89", ".", "1234567.89"), ("1,234,567", ",", "1234567"), (".5", ".", "0.5"), (",5", ",", "0.5"),
        ("97.5 %", ".", "97.5"), ("\u200e12", ".", "12"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(text, mark, plain):
    assert plain_number(text, mark) == plain


@pytest.mark.parametrize(
    "text", ["twelve", "12x4", "1,23,4", "1..2", "1.2.3", "--5", "12 USD EUR", "1e5", "٣", "="]
)
def test_what_is_no_number_is_said(text):
    with pytest.raises(ValueError, match=r"is not a number; write it like 1,234\.50"):
        plain_number(text)


def test_the_language_says_the_decimal_mark():
    assert [mark_of(one) for one in ("de-DE", "de-CH", "fr", "en-US", "en-GB", None, "ja")] == [
        ",",
        ".",
        ",",
        ".",
        ".",
        ".",
        ".",
    ]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_a_number_written_the_local_way_is_read_as_it_was(value):
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text, mark in ((english, "."), (german, ","), (english.replace(",", " "), "."), (f"${english}", ".")):
        assert Decimal(plain_number(text, mark)) == value
