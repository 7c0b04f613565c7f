"""Names and references as banks print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai_ops.payee import Names, References, alias_key, citations, likeness_pct, party_name, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme Logistics, Inc.", "ACME LOGISTICS INC"),
        ("Acme Logistics Incorporated", "ACME LOGISTICS INC"),
        ("Café Zürich L.L.C.", "CAFE ZURICH LLC"),
        ("O'Neill & Sons Company", "ONEILL SONS CO"),
        ("Строй Трест", "СТРОИ ТРЕСТ"),
        ("", ""),
    ],
)
def test_party_name_is_comparable(text: str, expected: str):
    assert party_name(text) == expected


@given(st.text())
def test_party_name_of_a_party_name_is_itself(text: str):
    assert party_name(party_name(text)) == party_name(text)


NAMES = Names.of(["ACME FREIGHT INC", "ACME FREIGHT LLC", "BLUE PARTS", "BLUE PARTS EAST", "PAYMENT"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACH CREDIT ACME FREIGHT INC 4711", {"ACME FREIGHT INC"}),
        ("ACH CREDIT Acme Freight, L.L.C.", {"ACME FREIGHT LLC"}),
        ("WIRE IN ACME FREIGHT", {"ACME FREIGHT INC", "ACME FREIGHT LLC"}),
        ("WIRE IN ACME FREIGHT LTD", set()),
        ("ACME INC FREIGHT", set()),
        ("BLUE PARTS EAST FEE", {"BLUE PARTS EAST"}),
        ("BLUE PARTS FROM ACME FREIGHT INC", {"BLUE PARTS", "ACME FREIGHT INC"}),
        ("PAYMENT RECEIVED", set()),
        ("", set()),
    ],
)
def test_names_are_found_word_by_word(text: str, expected: set[str]):
    assert NAMES.named_in(text) == expected


REFERENCES = References.of(
    [
        ("INV-0012", "a"),
        ("INV-2024-0117", "b"),
        ("1043", "c"),
        ("R-9001; R-9002", "d"),
        ("12", "e"),
        ("BILL-7", "f"),
    ]
)


@pytest.mark.parametrize(
    ("text", "full", "bare"),
    [
        ("pays INV-0012", "a", ""),
        ("pays inv 12, thanks", "a", ""),
        ("INV0012/INV-2024-0117", "ab", ""),
        ("INV20240117", "b", ""),
        ("number 0012", "", "a"),
        ("CHECK 1043", "", "c"),
        ("X1043", "", ""),
        ("R9002", "d", ""),
        ("12 boxes", "", ""),
        ("INV-0013", "", ""),
        ("BILL 0012", "", ""),
        ("INV-0012 and INV-0012", "a", ""),
    ],
)
def test_references_are_found_however_they_are_split(text: str, full: str, bare: str):
    found = REFERENCES.named_in(text)
    assert "".join(found.full) == full
    assert "".join(found.bare) == bare


def test_numbers_with_a_known_prefix_are_cited_though_nothing_has_them():
    assert REFERENCES.named_in("INV-0099 ZZ-5").cited == {("INV", "99")}
    assert citations("INV-0012, R-7; 1043") == {("INV", "12"), ("R", "7")}


@pytest.mark.parametrize(
    ("spelled", "name", "least", "most"),
    [
        ("ACME LOGISTICS", "ACME LOGISTICS INC", 100, 100),
        ("ACNE LOGISTICS", "ACME LOGISTICS INC", 90, 95),
        ("UMBRELLA", "ACME LOGISTICS INC", 0, 45),
        ("", "ACME", 0, 0),
        ("ACME", "", 0, 0),
    ],
)
def test_likeness(spelled: str, name: str, least: int, most: int):
    assert least <= likeness_pct(spelled, name) <= most


def test_an_alias_is_the_spelling_without_what_changes_from_line_to_line():
    assert alias_key("", "SQ *XJ CAFE 0815 REF A77") == alias_key("", "SQ *XJ CAFE 4711") == "XJ CAFE"
    assert alias_key("Xj Café", "card 1234") == "XJ CAFE"
    assert words("a.b c") == ("AB", "C")
