from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai_ops.errors import Refused
from tai_ops.json_object import Flag, JsonObject, Money, Number, Text, Whole, known, object_from_json


class Inner(JsonObject):
    amount: Money | None = None
    share: Number | None = None
    on: Flag | None = None


class Outer(JsonObject):
    count: Whole
    name: Text | None = None
    inner: Annotated[Inner, known(Inner)] = Inner()


def read(data) -> Outer:
    return object_from_json(Outer, data)


def test_null_is_the_same_as_absent():
    assert read('{"count": 1, "name": null, "inner": null}') == read(b'\xef\xbb\xbf{"count": 1}')


def test_numbers_are_exact():
    assert str(read('{"count": 0, "inner": {"share": 0.1}}').inner.share) == "0.1"


@pytest.mark.parametrize(
    "text, line",
    [
        ("", "the input is not JSON: line 1, column 1"),
        ('{"count": 1,}', "the input is not JSON: line 1, column 13"),
        ("[1]", "the input must be one JSON object"),
        ("null", "the input must be one JSON object"),
        (b"\xff", "the input is not UTF-8"),
        ('{"count": NaN}', "the input is not JSON: NaN is not a number"),
        ('{"count": -Infinity}', "the input is not JSON: -Infinity is not a number"),
        ('{"count": 1' + "0" * 5000 + "}", "the input is not JSON that can be read"),
        ('{"inner": {"share": 1e99999999999999999999}}', "the input is not JSON that can be read"),
        ("[" * 100_000, "the input is not JSON that can be read"),
        ('{"count": 1, "count": 2}', "count: is given twice"),
        ('{"count": 1, "inner": {"on": true, "on": true}}', "inner.on: is given twice"),
        ('{"count": 1, "more": 1, "more": 2}', "more: is given twice"),
        ("{}", "count: is required"),
        ('{"other": 1}', "other: is not a key"),
        ('{"count": true}', "count: must be a whole number"),
        ('{"count": "1"}', "count: must be a whole number"),
        ('{"count": 1.5}', "count: must be a whole number"),
        ('{"count": 1, "inner": []}', "inner: must be an object"),
        ('{"count": 1, "inner": {"on": 1}}', "inner.on: must be true or false"),
        (
            '{"count": 1, "inner": {"amount": "1.005"}}',
            "inner.amount: must be money as text with at most two",
        ),
        ('{"count": 1, "inner": {"amount": "1,000.00"}}', "inner.amount: must be money"),
        ('{"count": 1, "inner": {"share": 1e13}}', "inner.share: is larger than"),
        ('{"count": 1, "name": "\\ud800"}', "name: holds half a character"),
        ('{"count": 1, "a\\nb": 1}', "a?b: is not a key"),
    ],
)
def test_refused_in_one_line(text, line):
    with pytest.raises(Refused) as refused:
        read(text)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


words = st.text("a\n\ud800.", max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional={"count": json_values, "name": json_values, "inner": json_values}))
def test_anything_else_is_taken_or_refused_in_one_line(data):
    said = "taken"
    try:
        read(data)
    except Refused as refused:
        said = str(refused)
    assert "\n" not in said
