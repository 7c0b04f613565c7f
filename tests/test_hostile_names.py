"""What a file is called is data: it is told, kept and never followed, however it is spelled."""

import json
from pathlib import Path

import make
import pytest

from tai_ops.cli import run
from tai_ops.store import Store
from tai_ops.store.bank import import_statement
from tai_ops.terminal import LocalTerminal

NAMES = [
    "..  x.csv",
    "a\nb\r.csv",
    "say \"hi\" 'x' `y` $(z).csv",
    "CON",
    "nul.csv",
    "n" * 250 + ".csv",
    "--skip-bad",
    "\u202egnp.csv",
    "<script>alert(1)|$&.csv",
    "=cmd|' -C calc'!A0",
]
GOOD = "customer_id,name,status\nC-1,Acme,live\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Store.open(tmp_path / "s.duckdb", create=True).close()
    (tmp_path / "files").mkdir()
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "files"


def load(name: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = run(
        ["--store", "duckdb:../s.duckdb", "--json", "load", "customers", f"./{name}"], LocalTerminal(), None
    )
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_file_of_any_name_is_loaded_or_refused_in_one_line(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        (shop / name).write_text(GOOD)
        status, out, err = load(name, capsys)
        assert (status, err) == (0, "")
        assert json.loads(out)["read"] == 1
        (shop / name).write_text("customer_id,nonsense\n")
        status, out, err = load(name, capsys)
        assert (status, out) == (1, "")
        assert len(err.splitlines()) == 1
        assert "unknown column 'nonsense'" in err
    assert sorted(path.name for path in shop.iterdir()) == sorted(NAMES)
    store = Store.open(shop.parent / "s.duckdb")
    kept = {key for (key,) in store.rows("select subject_key from audit where event = 'load customers'")}
    store.close()
    assert kept == set(NAMES)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.csv", "C:\\temp\\CON", *NAMES])
def test_a_statement_of_any_name_is_kept_as_it_is_called(store: Store, name: str) -> None:
    make.accounts(store)
    data = b"Date,Description,Amount\n2026-02-02,COFFEE,-4.50\n"
    done = import_statement(store, make.LOCAL_OWNER, data, name, "OP", now=make.NOW)
    assert done.added == 1
    [(kept,)] = store.rows("select file_name from statements")
    assert kept == name
