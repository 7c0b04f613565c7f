import tomllib
from importlib.resources import files

import pytest

from tai_ops.statements.words import flag_sign, fold, heading_currency, roles_of, summary_kind


def _texts(table):
    for value in table.values():
        if isinstance(value, dict):
            yield from _texts(value)
        else:
            yield from (" ".join(phrase.split()) for phrase in value.split(","))


def test_every_word_of_the_table_is_folded():
    table = tomllib.loads(files("tai_ops.statements").joinpath("words.toml").read_text("utf-8"))
    assert [phrase for phrase in _texts(table) if fold(phrase) != phrase] == []


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Amount (EUR)", "amount"),
        ("Betrag in EUR", "amount"),
        ("RunningBalance", "balance"),
        ("Withdrawals (SGD)", "money_out"),
        ("Zahlungsbetrag eingehend", "money_in"),
        ("Date de l'opération", "date"),
        ("Valutadatum", "date"),
        ("N° de transaction", "bank_id"),
        ("CAD$", "amount"),
        ("Startsaldo", "balance_before"),
    ],
)
def test_a_heading_nobody_listed_is_known_by_its_parts(heading, role):
    roles = roles_of(heading)
    assert max(roles, key=lambda r: roles[r]) == role


@pytest.mark.parametrize(
    "heading", ["Original Amount", "Exchange rate", "Tegenrekening IBAN", "Amount refunded"]
)
def test_side_columns_are_not_the_money_or_the_account(heading):
    assert not roles_of(heading).keys() & {"amount", "money_in", "money_out", "account"}


def test_currencies_of_headings_and_meanings_of_flags_and_summaries():
    assert [heading_currency(h) for h in ("Debit CHF", "Betrag (€)", "Amount", "Currency")] == [
        "CHF",
        "EUR",
        None,
        None,
    ]
    assert [flag_sign(f) for f in ("Cr.", "Soll", "Af", "+", "-", "Visa", "")] == [
        1,
        -1,
        -1,
        1,
        -1,
        None,
        None,
    ]
    texts = (
        "Opening balance",
        "Endsaldo:",
        "Saldo Anterior",
        "Total debits",
        "Turnover",
        "Balance transfer",
        "Shop",
    )
    assert [summary_kind(t) for t in texts] == [
        "opening",
        "closing",
        "opening",
        "total",
        "turnover",
        None,
        None,
    ]
