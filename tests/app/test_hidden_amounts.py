"""Where amounts are hidden no digit of them is sent: not by a page, a table, a chart or a file."""

from decimal import Decimal

import pytest

from tai_ops.app import widgets, words
from tai_ops.behind import Column, Rows


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("MRR is $7,500, up $3,333 vs October", "MRR is $•••, up $••• vs October"),
        ("−$12.50", "−$•••"), ("EUR 1,234", "EUR •••"), ("CHF 12.00", "CHF •••"), ("$1.2M", "$•••"),
        ("paid 1,234.56 twice", "paid ••• twice"), ("± 12,000 over 3 deals", "± ••• over 3 deals"),
        ("12.5 months", "12.5 months"), ("97.0 % and 0.12 %", "97.0 % and 0.12 %"), ("INV-1009", "INV-1009"),
        ("Fri 3 Apr 2026 16:00", "Fri 3 Apr 2026 16:00"), ("380 ms, 3 customers", "380 ms, 3 customers"),
    ],
)  # fmt: skip
def test_amounts_lose_their_digits_and_nothing_else_does(text, left):
    assert words.shown(text, hidden=True) == left
    assert words.shown(text, hidden=False) == text


ROWS = Rows(
    "x", "row",
    (Column("name", "Name"), Column("amount", "Amount", "money"), Column("n", "N", "count"), Column("said", "Said")),
    (("A", Decimal("1234.56"), 7, "owes $12.00"), ("B", None, 8, "=1+1")),
)  # fmt: skip


def test_a_file_holds_no_digit_of_an_amount():
    assert widgets.as_csv(ROWS, hidden=True) == "name,amount,n,said\r\nA,•••,7,owes $•••\r\nB,,8,'=1+1\r\n"
    assert "1234.56" in widgets.as_csv(ROWS)


def test_a_table_s_frame_holds_none_either(monkeypatch):
    monkeypatch.setattr(words, "hides_amounts", lambda: True)
    frame = widgets.frame(ROWS)
    assert list(frame["amount"].dropna()) == ["•••"]
    assert list(frame["said"]) == ["owes $•••", "=1+1"]
    assert not widgets.has_minus(ROWS)
    assert words.escape("owes $12.00") == "owes \\$•••"


def test_a_document_is_made_without_them_or_not_at_all(monkeypatch):
    made = words.document(lambda: b"<p>$12.00</p><path d='M 1.25 2.50'/>", ".html")
    assert made is not None
    assert made() == b"<p>$12.00</p><path d='M 1.25 2.50'/>"
    monkeypatch.setattr(words, "hides_amounts", lambda: True)
    html = words.document(lambda: b"<p>$12.00</p><path d='M 1.25 2.50'/>", ".html")
    assert html is not None
    assert html() == "<p>$•••</p><path d='M 1.25 2.50'/>".encode()
    assert words.document(lambda: b"", "xlsx") is None


def test_a_text_that_turns_the_direction_of_writing_turns_only_itself():
    assert words.escape("Co \u200f gnp") == "\u2068Co \u200f gnp\u2069"
    assert words.escape("Co \u202egnp is open") == "\u2068Co :small[\u202e]gnp is open\u2069"
    assert words.escape("שלום") == "שלום"
