from datetime import date

import pytest

from tai_ops.statements.dates import conflicting, is_date, read_dates


def days(*texts, **said):
    column = read_dates(texts, **said)
    return [column.dates[text] for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31",
        "2026/01/31",
        "2026.01.31.",
        "2026. 01. 31.",
        "20260131",
        "20260131T101500",
        "20260131101500",
        "31.01.2026",
        "31/1/2026",
        "31-01-26",
        "1/31/2026",
        "01-31-2026 21:30:40",
        "2026-01-31T00:32:53.036910+00:00",
        "2026-01-31 12:34:56 +0000",
        "2026-01-31 10:00:00 UTC",
        "31.01.26, 13:56",
        "31-01-2026 / 13:15",
        "1/31/2026 10:15 AM",
        "31 Jan 2026",
        "31-Jan-26",
        "31 January 2026",
        "Jan 31, 2026",
        "January 31st, 2026",
        "Sat, 31 Jan 2026",
        "Saturday Jan 31, 2026",
        "31. Januar 2026",
        "31 janvier 2026",
        "31 janv. 2026",
        "31-ene-2026",
        "31 de enero de 2026",
        "31 gen 2026",
        "31 tammikuuta 2026",
        "31 stycznia 2026",
        "31 января 2026",
        "2026-Jan-31",
        "\u200e31/01/2026",
        "'31/01/2026",
    ],
)
def test_a_date_is_read_however_it_is_written(text):
    assert is_date(text)
    assert days(text) == [date(2026, 1, 31)]


@pytest.mark.parametrize(
    "text", ["31/02/2026", "2026-13-01", "00.01.2026", "40 Jan 2026", "1/1/0026", "Foo 31, 2026"]
)
def test_what_is_no_date_has_a_reason(text):
    column = read_dates([text, "25/12/2026"])
    assert column.dates[text] is None
    assert column.reasons[text]


def test_months_in_many_languages():
    texts = [
        "3 mrt 2026",
        "3 März 2026",
        "3 mars 2026",
        "3 marzo 2026",
        "3 março 2026",
        "3 maaliskuuta 2026",
        "3 marca 2026",
    ]
    assert set(days(*texts)) == {date(2026, 3, 3)}
    assert days("5 mai 2026", "5 Oct 2026", "5 out 2026", "5 août 2026", "5 Dez 2026", "5 juil. 2026") == [
        date(2026, month, 5) for month in (5, 10, 10, 8, 12, 7)
    ]


def test_a_part_above_twelve_decides_for_the_whole_column():
    assert days("04/03/2026", "04/15/2026") == [date(2026, 4, 3), date(2026, 4, 15)]
    assert days("04/03/2026", "15/04/2026") == [date(2026, 3, 4), date(2026, 4, 15)]
    assert read_dates(["04/03/2026", "04/15/2026"]).sure


def test_a_column_that_fits_two_orders_is_not_sure():
    column = read_dates(["04/03/2026", "05/04/2026"])
    assert column.sure is False
    assert read_dates(["04/04/2026", "05/05/2026"]).sure
    assert read_dates(["04/03/2026"], usual="month").sure
    assert days("04/03/2026", usual="month") == [date(2026, 4, 3)]
    assert days("04/03/2026", beside=[["04/20/2026"]]) == [date(2026, 4, 3)]


def test_what_is_said_goes_before_what_is_seen():
    column = read_dates(["04/03/2026", "04/15/2026"], "day")
    assert column.dates["04/03/2026"] == date(2026, 3, 4)
    assert column.dates["04/15/2026"] is None
    assert days("26/01/15", "26/02/03", order="year") == [date(2026, 1, 15), date(2026, 2, 3)]


def test_an_impossible_date_does_not_decide_the_order():
    column = read_dates(["31/02/2026", "12/25/2026", "01/02/2026"])
    assert column.order == "month"
    assert "calendar" in column.reasons["31/02/2026"]


def test_two_orders_in_one_column_are_seen():
    assert conflicting(["25/12/2026", "12/25/2026"]) == ("25/12/2026", "12/25/2026")
    assert conflicting(["25/12/2026", "01/02/2026"]) is None


def test_a_year_that_stands_elsewhere():
    assert days("31.01.", "01.02.", years=[2026]) == [date(2026, 1, 31), date(2026, 2, 1)]
    assert days("31 Jan", years=[2026]) == [date(2026, 1, 31)]
    assert "no year" in read_dates(["31.01."]).reasons["31.01."]


def test_a_short_year_in_front():
    column = read_dates(["26/01/15", "26/01/16", "26/02/03"])
    assert (column.order, column.sure) == ("year", False)
