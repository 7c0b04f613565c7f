"""The rules of the house that no other tool checks: pages stay flat, SQL stays in the store, the README stays true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tai_ops.cli import COMMANDS
from tai_ops.kpi import KPIS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "pages").glob("*.py"))
SQL = re.compile(
    r"\b(select\s.+\sfrom|insert\s+into|delete\s+from|update\s+\w+\s+set|create\s+table)\b",
    re.IGNORECASE | re.DOTALL,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_is_a_flat_script_with_keyed_widgets(page: Path) -> None:
    tree = ast.parse(page.read_text())
    assert ast.get_docstring(tree), "says which runbook it serves"
    for node in ast.walk(tree):
        assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda), f"line {node.lineno}"
        if isinstance(node, ast.BinOp):
            assert isinstance(node.op, ast.BitOr), f"line {node.lineno}: arithmetic belongs to a noun"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            assert not {"pandas", "duckdb"} & {n.split(".")[0] for n in names}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.search(node.value), f"line {node.lineno}: SQL belongs to the store"
    assert len(page.read_text().splitlines()) <= 120


def test_sql_stands_in_the_store_alone() -> None:
    for path in (ROOT / "tai_ops").rglob("*.py"):
        if "store" in path.relative_to(ROOT / "tai_ops").parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
                found = SQL.search(node.value)
                assert not (found and "from" in node.value and "$" in node.value), f"{path}:{node.lineno}"


def test_no_window_spans_a_whole_result() -> None:
    """The engine stops for good, now and then, at `count(*) over ()` of a result without rows (duckdb 25713)."""
    for path in (ROOT / "tai_ops").rglob("*.py"):
        assert not re.search(r"\bover\s*\(\s*\)", path.read_text(), re.IGNORECASE), path.name


def test_sql_is_composed_of_our_own_names_and_never_of_values() -> None:
    """Every name inside braces in an f-string of SQL is one that the code made itself."""
    ours = re.compile(
        r"^[A-Za-z_]+$|^(kind|other|column|KINDS\[kind\])\.(table|name|key)(\[0\])?$|^ledger\.[A-Z]+$"
        r"|^_?[a-z_]+\(|join\(|^'"
    )
    for path in (ROOT / "tai_ops" / "store").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.JoinedStr):
                continue
            text = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
            if not SQL.search(text):
                continue
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    source = ast.unparse(value.value)
                    assert ours.search(source), f"{path.name}:{node.lineno}: {source}"


def test_the_core_is_importable_without_the_app() -> None:
    code = (
        "import sys; import tai_ops.kpi, tai_ops.store.facts, tai_ops.store.bank, tai_ops.statements; "
        "assert not {'streamlit', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from tai_ops.cli import run; from tai_ops.terminal import LocalTerminal; "
        "run(['--help'], LocalTerminal(), None); "
        "assert not {'duckdb', 'pydantic', 'pyarrow', 'pandas', 'streamlit'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_import_brings_in_no_more_than_it_uses(tmp_path: Path) -> None:
    store, file = f"duckdb:{tmp_path / 'b.duckdb'}", tmp_path / "bank.csv"
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,kind,currency,opened_on\nOP,Bank,bank,USD,2026-01-01\n")
    file.write_text("Date,Description,Amount\n2026-01-02,Tea,-5.00\n2026-01-03,Pay,9.00\n")
    main = "import sys; from tai_ops.cli import main\ntry: main()\nfinally: sys.stderr.write(' '.join(sys.modules))"
    for words in (["init"], ["load", "accounts", accounts], ["statement", "import", file, "--account", "OP"]):
        argv = [sys.executable, "-c", main, "--store", store, *map(str, words)]
        done = subprocess.run(argv, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    heavy = {
        "numpy",
        "pandas",
        "pydantic",
        "babel",
        "rapidfuzz",
        "python_calamine",
        "xml.sax",
        "tai_ops.company",
    }
    assert not heavy & set(done.stderr.split())


def test_the_readme_lists_every_command_and_every_kpi() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in COMMANDS:
        assert f"`tai-ops {command.words}" in readme or f"| `{command.words}" in readme, command.words
    for kpi in KPIS.values():
        row = f"| `{kpi.id}` | {kpi.label} | {kpi.unit} | {kpi.formula} |"
        assert row in readme, kpi.id


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "STYLE.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_repository_names_no_machine_and_no_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    parts = ("/ro-ot/", "/wo-rk/", "py-pi\\.org", "file-://", "files\\.python-hosted")
    strange = re.compile("|".join(part.replace("-", "") for part in parts))
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".lock", ".sql", ""} and path.is_file():
            found = strange.search(path.read_text(errors="ignore"))
            assert not found, f"{name}: {found and found.group()}"
