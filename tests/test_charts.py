"""Every chart says what it shows, starts its bars at zero, and has its points as a table."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tai_ops.accuracy import CustomerAccuracy
from tai_ops.app import chart_uptime, charts
from tai_ops.app.chart_cash import cash_runway
from tai_ops.availability import Day, burned_by_day
from tai_ops.board import Latency
from tai_ops.cash import Runway
from tai_ops.mrr import Movements
from tai_ops.period import Month
from tai_ops.pipeline import StageSum
from tai_ops.receivables import Ageing
from tai_ops.reliability import Uptime

D = Decimal
NASTY = "<b>Co</b> & <a href='http://x.example'>x</a>"


def moved(opening, new=0, churn=0):
    closing = D(opening) + D(new) - D(churn)
    return Movements(D(opening), D(new), D(0), D(0), D(churn), D(0), closing, 12 * closing, ())


def accuracy(current, baseline):
    gain = None if current is None or baseline is None else D(current) - D(baseline)
    known = (None if v is None else D(v) for v in (current, baseline))
    return CustomerAccuracy(*known, gain, None, 1, date(2026, 3, 1), None)


def up(pct, down=0):
    value = None if pct is None else D(pct)
    return Uptime(value, value, D(down), D(down), D(0), None, D(0), D("7.2"), None)


def runway(months, out, reason=None):
    return Runway(months and D(months), D(9000), out, (), (), reason)


def latency(p95):
    return Latency(
        None if p95 is None else D(200), p95 and D(p95), p95 and D(900), D(0), 0 if p95 is None else 720
    )


MONTHS = [
    (Month(2025, 12), moved(0, 4000)),
    (Month(2026, 1), moved(4000, 3000, 500)),
    (Month(2026, 2), moved(6500, 1000)),
]
FIRST = date(2026, 2, 2)
STAGES = {
    "discovery": StageSum(D(75000), 3, 1),
    "proposal": StageSum(D(86000), 2, 0),
    "closing": StageSum(D(89000), 2, 0),
    "total": StageSum(D(250000), 7, 1),
}
DAYS = [
    Day(FIRST, up(100), "met"),
    Day(FIRST + timedelta(days=1), up("97.9", 30), "missed"),
    Day(FIRST + timedelta(days=2), up(None), "unknown"),
    Day(FIRST + timedelta(days=3), up(None), "ahead"),
]
EVENT = charts.Event(FIRST + timedelta(days=1), NASTY)
OUTAGE = charts.Event(FIRST + timedelta(days=1), f"⚠ I-1 {NASTY}")
DRAWN = {
    "waterfall": charts.mrr_waterfall(moved(4000, 3000, 500), Month(2026, 1)),
    "months": charts.mrr_months(MONTHS, D("10416.67"), events=(EVENT,)),
    "cash": cash_runway(
        [(date(2026, 1, 31), D(171000)), (date(2026, 2, 28), D(154674))],
        runway("19.0", date(2027, 10, 1)),
        runway("9.2", date(2026, 12, 1)),
        events=(EVENT,),
    ),
    "ageing": charts.ageing_bars(Ageing(D(12600), D(11000), D(0), D(0), D(8000), D(0), ())),
    "stages": charts.pipeline_stages(STAGES),
    "accuracy": charts.accuracy_dumbbell([("Apex", accuracy("98.2", "79")), (NASTY, accuracy("93.8", "83")), ("Fox", accuracy(None, "84"))]),
    "uptime": chart_uptime.uptime_strip(DAYS, D("99.5"), (OUTAGE,)),
    "budget": chart_uptime.budget_used(DAYS, burned_by_day(DAYS, D("21.6")), D("21.6"), (EVENT,), (OUTAGE,)),
    "latency": charts.latency_lines([(FIRST, latency(380)), (FIRST + timedelta(days=1), latency(500)), (FIRST + timedelta(days=2), latency(None))], (EVENT,)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("waterfall", "MRR rose $2,500 to $6,500 in January 2026"),
        ("months", "MRR is $7,500, up $7,500 since the start of December 2025; $2,917 short of target"),
        ("cash", "$154,674 lasts 19.0 months, 9.2 months at the worst"),
        ("ageing", "$8,000 of $31,600 is more than 30 days past due"),
        ("stages", "$250,000 is open in 7 deals, 36 % of it closing"),
        ("accuracy", "1 of 3 customers is at 97 % or better; 1 not measured"),
        ("uptime", "1 of 3 days met 99.5 %; 1 missed; 1 unknown"),
        ("budget", "139 % of the error budget of 21.6 min is used, more than all of it"),
        ("latency", "p95 stayed under 500 ms on 1 of 2 days"),
    ],
)
def test_the_title_says_what_is_to_be_seen(name, title):
    assert DRAWN[name].title == title
    assert DRAWN[name].alt.startswith(title)


def test_uptime_and_its_budget_mark_the_days_on_which_something_happened():
    [squares] = DRAWN["uptime"].figure.data
    assert squares.text[:3] == ("✓", "✗⚠", "–")
    assert "⚠ I-1" in squares.hovertext[1]
    layout = DRAWN["budget"].figure.layout
    assert [line.x0 for line in layout.shapes] == [OUTAGE.on]
    [sign] = [one for one in layout.annotations if one.text == "⚠"]
    assert "I-1" in sign.hovertext


def test_words_of_days_that_lie_close_stand_above_one_another():
    near = [charts.Event(FIRST, "⚠ I-003"), charts.Event(FIRST + timedelta(days=1), "■ January")]
    far = charts.Event(FIRST + timedelta(days=50), "⚠ I-005")
    days = [(FIRST, latency(380)), (FIRST + timedelta(days=60), latency(390))]
    figure = charts.latency_lines(days, (*near, far)).figure
    rows = {one.text: one.yshift for one in figure.layout.annotations}
    assert rows["⚠ I-003"] == rows["⚠ I-005"] == 0 < rows["■ January"]
    assert figure.layout.margin.t > charts.latency_lines(days, (far,)).figure.layout.margin.t


@pytest.mark.parametrize("name", DRAWN)
def test_bars_start_at_zero_and_points_stand_in_a_table(name):
    chart = DRAWN[name]
    layout = chart.figure.layout
    for trace in chart.figure.data:
        if trace.type in {"bar", "waterfall"}:
            sideways = trace.orientation == "h"
            axis = layout["xaxis" if sideways else f"yaxis{(trace.yaxis or 'y')[1:]}"]
            assert axis.rangemode == "tozero"
            assert axis.range is None or axis.range[0] == 0
    assert chart.table.rows
    assert {len(row) for row in chart.table.rows} == {len(chart.table.columns)}
    assert layout.showlegend is (name == "months")


def test_a_name_is_no_markup_in_a_figure():
    for name in ("accuracy", "months", "cash", "latency"):
        assert "<a href" not in str(DRAWN[name].figure.to_dict())
    assert "&lt;b&gt;Co&lt;/b&gt; &amp; &lt;a" in str(DRAWN["accuracy"].figure.to_dict())


def test_the_table_ends_on_the_number_of_the_title():
    assert DRAWN["months"].table.rows[-1][-1] == D(7500)
    assert DRAWN["waterfall"].table.rows[-1] == ("Closing", D(6500))
    assert [row[0] for row in DRAWN["accuracy"].table.rows] == ["Apex", NASTY, "Fox"]


def test_the_promises_are_drawn():
    levels = {shape["y0"] for shape in json.loads(DRAWN["latency"].figure.to_json())["layout"]["shapes"]}
    assert 500 in levels
    crossed = {shape["x0"] for shape in json.loads(DRAWN["accuracy"].figure.to_json())["layout"]["shapes"]}
    assert crossed == {95, 97}


def test_a_company_that_burns_nothing_has_no_cone():
    chart = cash_runway([(date(2026, 2, 28), D(9))], runway(None, None, "not burning"))
    assert chart.title == "$9 in cash; runway: not burning"
    assert len(chart.figure.data) == 1
    days = json.loads(chart.figure.to_json())["layout"]["xaxis"]
    assert days["tickvals"] == ["2026-02-28"]
    assert days["range"][0] < "2026-02-28" < days["range"][1]


def test_a_day_is_marked_by_sign_and_colour():
    squares = json.loads(DRAWN["uptime"].figure.to_json())["data"][0]
    assert squares["text"] == ["✓", "✗⚠", "–", ""]
    assert len(set(squares["marker"]["color"])) == 4


def test_the_same_results_are_drawn_once():
    flow = moved(1, 2)
    assert charts.mrr_waterfall(flow, Month(2026, 1)) is charts.mrr_waterfall(moved(1, 2), Month(2026, 1))
    assert charts.mrr_waterfall(flow, Month(2026, 1)) is not charts.mrr_waterfall(flow, Month(2026, 2))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (("93.8",), "0 of 1 customer is at"),
        (("98.2", "93.8"), "1 of 2 customers is at"),
        (("93.8", "91"), "0 of 2 customers are at"),
    ],
)
def test_the_verb_goes_with_the_count(now, said):
    chart = charts.accuracy_dumbbell([(name, accuracy(name, "80")) for name in now])
    assert chart.title.startswith(said)
