"""A refused import leaves one row with file and reason; a trial and a typed form leave none."""

from pathlib import Path
from typing import Any

import make
import pytest

from tai_ops import cli
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import LOCAL_OWNER
from tai_ops.sheet import read_sheet
from tai_ops.store import Store
from tai_ops.store.records import load
from tai_ops.store.refusals import refusals
from tai_ops.terminal import LocalTerminal

BAD = b"customer_id,name,status\nA,Acme,sold\n"


def test_a_refused_load_and_a_refused_statement_are_noted_once(store: Store) -> None:
    make.accounts(store)
    sheet = read_sheet(KINDS["customers"], BAD, "c.csv")
    with pytest.raises(Refused):
        load(store, LOCAL_OWNER, sheet, now=make.NOW, name="c.csv")
    with pytest.raises(Refused):
        make.statement(store, "Date,Description,Amount\n2026-02-30,X,1.00\n", name="feb.csv")
    found = refusals(store)
    assert [(one.what, one.file) for one in found] == [("statements", "feb.csv"), ("records", "c.csv")]
    assert "sold" in found[1].reason
    assert found[1].refused_by == LOCAL_OWNER.email
    assert store.rows("select count(*) from customers") == [(0,)]


def test_a_trial_and_a_form_are_no_import(store: Store) -> None:
    sheet = read_sheet(KINDS["customers"], BAD, "c.csv")
    tried: tuple[dict[str, Any], ...] = ({"dry_run": True}, {"recorded_from": "entered"})
    for more in tried:
        with pytest.raises(Refused):
            load(store, LOCAL_OWNER, sheet, now=make.NOW, name="c.csv", **more)
    assert refusals(store) == []


@pytest.mark.parametrize("content", [BAD, b"nothing,here\n1,2\n", b"\x00\x01"])
def test_a_command_that_is_refused_is_noted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_bytes(content)
    for words in (["init"], ["load", "customers", "c.csv"], ["load", "customers", "c.csv", "--dry-run"]):
        cli.run(["--store", "duckdb:s.duckdb", *words], LocalTerminal(), None)
    store = Store.open(tmp_path / "s.duckdb")
    assert [(one.what, one.file) for one in refusals(store)] == [("records", "c.csv")]
    store.close()
