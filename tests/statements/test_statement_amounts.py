import pytest

from tai_ops.statements.amounts import MixedMarks, read_amounts, written


def cents(*texts, **said):
    column = read_amounts(texts, **said)
    return [column.cents[text] for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", 1250),
        ("-12.50", -1250),
        ("12.50-", -1250),
        ("12.50 -", -1250),
        ("(12.50)", -1250),
        ("+12.50", 1250),
        ("\u221212.50", -1250),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("1'234.56", 123456),
        ("1’234.56", 123456),
        ("1 234,56", 123456),
        ("1\u00a0234,56", 123456),
        ("1\u202f234\u202f567,89", 123456789),
        ("12,34,567.89", 123456789),
        ("€ 12,50", 1250),
        ("-12,50 €", -1250),
        ("$1,036.47", 103647),
        ("-$12.50", -1250),
        ("$-12.50", -1250),
        ("USD 12.50", 1250),
        ("12,50 kr", 1250),
        ("R$ 1.234,50", 123450),
        ("12.50 DR", -1250),
        ("12.50CR", 1250),
        ("12,50 S", -1250),
        ("12,50 H", 1250),
        ("500,-", 50000),
        ("-500.-", -50000),
        (".5", 50),
        ("12.", 1200),
        ("89.4", 8940),
        ("100", 10000),
        ("1.234.567", 123456700),
        ("\u200e-12.50\u200f", -1250),
        ('="12.50"', 1250),
        ("12.3400", 1234),
        ("-0.00", 0),
    ],
)
def test_an_amount_is_read_however_it_is_written(text, expected):
    assert cents(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["abc", "12..34", "1,23.45", "12 34", "--5", "5-5", "(5", "+-5", "1e3", "XYZ 5", "9" * 5000, "5 EUR USD"],
)
def test_what_is_no_amount_has_a_reason(text):
    column = read_amounts([text, "1.00"])
    assert column.cents[text] is None
    assert column.reasons[text]


@pytest.mark.parametrize("text", ["", " ", "-", "--", "\u00a0"])
def test_a_blank_cell_is_neither_an_amount_nor_a_fault(text):
    column = read_amounts([text])
    assert (column.cents[text], column.reasons) == (None, {})


def test_the_whole_column_decides_the_decimal_mark():
    assert cents("1.234", "5,50") == [123400, 550]
    assert cents("1,234", "5.50") == [123400, 550]
    assert cents("1.234", "-2.345.678") == [123400, -234567800]


def test_three_decimals_are_no_cents():
    column = read_amounts(["1.234", "5.50"])
    assert "three decimals" in column.reasons["1.234"]
    column = read_amounts(["45.500", "1.250"], currency="KWD")
    assert "KWD has three decimals" in column.reasons["45.500"]


def test_thousands_are_a_guess_only_where_no_currency_says_so():
    assert read_amounts(["1.234", "2.500"]).sure is False
    known = read_amounts(["1.234", "2.500"], currency="EUR")
    assert (known.sure, known.cents["1.234"]) == (True, 123400)
    assert read_amounts(["1.234"], ",").sure is True


def test_two_decimal_marks_in_one_column_are_never_guessed_at():
    with pytest.raises(MixedMarks, match=r"1,234\.56.*1\.234,56"):
        read_amounts(["1,234.56", "1.234,56", "abc"])
    with pytest.raises(MixedMarks):
        read_amounts(["1,234", "1.234"])


def test_one_stray_mark_among_many_is_a_bad_row():
    column = read_amounts([*(f"{n}.50" for n in range(1, 30)), "7,25"])
    assert column.mark == "."
    assert list(column.reasons) == ["7,25"]


def test_the_currency_beside_an_amount_is_kept():
    assert [written(t).currency for t in ("€5", "5 GBP", "kr 5", "$5")] == ["EUR", "GBP", None, None]


def test_more_than_an_account_can_hold_is_refused():
    assert "larger" in read_amounts(["99999999999999999.00"]).reasons["99999999999999999.00"]
