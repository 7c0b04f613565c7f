"""Real files of banks with their right answers, where they are at hand: they are never part of this repository."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from statements.statement_text import net

from tai_ops.errors import UnreadableFile
from tai_ops.statements import as_json, read_statement

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "bank"


def _rows():
    manifest = SAMPLES / "manifest.csv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


ROWS = _rows()
FAMILIES = {"OFX": "ofx", "QFX": "ofx", "MT940": "mt940", "CAMT": "camt", "QIF": "qif", "BAI2": "bai2"}
needs_samples = pytest.mark.skipif(not ROWS, reason="the sample files are not at hand")


def _case(row):
    return pytest.param(row, id=row["file"])


def _read(row):
    path = SAMPLES / row["file"]
    return read_statement(path.read_bytes(), name=path.name)


@needs_samples
@pytest.mark.parametrize("row", [_case(r) for r in ROWS if r["expected_transactions"]])
def test_lines_and_sum_are_those_of_the_manifest(row):
    statement = _read(row)
    assert len(statement.lines) == int(row["expected_transactions"])
    assert row["role"] == "edge" or statement.rejected == ()
    if row["expected_net_total"] and row["role"] != "edge":
        assert net(statement) == Decimal(row["expected_net_total"])
    if row["currency"] and statement.currency:
        assert statement.currency == row["currency"]
    if row["balance_check"] == "ties":
        assert statement.balance_ties is True
    if row["balance_check"] == "does not tie":
        assert any("does not tie" in warning for warning in statement.warnings)
    assert len(as_json(statement)["lines"]) == int(row["expected_transactions"])
    assert statement.format == FAMILIES.get(row["format"].split()[0], statement.format)
    assert len(set(statement.columns.row)) == len(statement.columns.row)


@needs_samples
@pytest.mark.parametrize(
    "row", [_case(r) for r in ROWS if r["role"] == "edge" and not r["expected_transactions"]]
)
def test_a_file_at_the_edge_is_refused_as_what_it_is_or_its_bad_rows_are_reported(row):
    try:
        statement = _read(row)
    except UnreadableFile as refusal:
        said = str(refusal)
        assert "\n" not in said
        assert "piece of an MT940 statement" in said or "confirmation of a transfer" in said
        return
    if "report it" in row["notes"] or "ConversionSyntax" in row["notes"]:
        assert statement.rejected
    else:
        assert statement.columns.row or statement.period is None


@needs_samples
@pytest.mark.parametrize("row", [_case(r) for r in ROWS if r["role"] in {"must-fail", "not-a-statement"}])
def test_what_is_no_statement_is_refused_in_one_line(row):
    with pytest.raises(UnreadableFile) as refusal:
        _read(row)
    assert "\n" not in str(refusal.value)
    assert Path(row["file"]).name in str(refusal.value)
