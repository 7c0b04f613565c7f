"""The caller's files: read with a limit, written whole or not at all, never in the place of a device."""

import io
import os
import stat
import subprocess
import sys

import pytest

from tai_ops.errors import Refused
from tai_ops.terminal import LocalTerminal


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return LocalTerminal()


def test_paths_are_relative_to_the_callers_folder(terminal, tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_bytes(b"a,b\n")
    monkeypatch.chdir("/")
    assert terminal.read_file("in.csv") == b"a,b\n"
    terminal.write_file("out.csv", b"x")
    assert (tmp_path / "out.csv").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.csv", "missing.csv: no such file"),
        (".", ".: is a folder"),
        ("big.csv", "big.csv: over 0 MB"),
        ("/dev/zero", "/dev/zero: over 0 MB"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(terminal, tmp_path, path, reason):
    (tmp_path / "big.csv").write_bytes(b"x" * 11)
    with pytest.raises(Refused, match=reason.replace(".", r"\.")) as refusal:
        terminal.read_file(path, most_bytes=10)
    assert "\n" not in str(refusal.value)


def test_a_file_of_the_allowed_size_is_read_whole(terminal, tmp_path):
    (tmp_path / "full.csv").write_bytes(b"x" * 10)
    assert terminal.read_file("full.csv", most_bytes=10) == b"x" * 10


def test_of_several_files_all_are_written_or_none(terminal, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"old")
    (tmp_path / "taken").mkdir()
    with pytest.raises(Refused, match="taken: is a folder"):
        terminal.write_files({"a.csv": b"new", "taken": b"new"})
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    terminal.write_files({"tables/a.csv": b"1", "tables/b.csv": b"2"})
    assert sorted(p.name for p in (tmp_path / "tables").iterdir()) == ["a.csv", "b.csv"]
    assert not list(tmp_path.glob(".tai-ops-*"))


def test_a_folder_of_tables_is_made_only_where_the_one_above_it_exists(terminal):
    with pytest.raises(Refused, match=r"there is no folder .*/no; make it first"):
        terminal.write_files({"no/such/out.csv": b"x"})


def test_a_single_file_makes_no_folder(terminal, tmp_path):
    with pytest.raises(Refused, match=r"^missing/out\.csv: there is no folder .*/missing; make it first$"):
        terminal.write_file("missing/out.csv", b"x")
    assert not (tmp_path / "missing").exists()


def test_the_old_files_permissions_and_links_stay(terminal, tmp_path):
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    terminal.write_file("link.csv", b"new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o640


def test_a_new_file_keeps_to_the_callers_umask(terminal, tmp_path):
    before = os.umask(0o027)
    try:
        terminal.write_file("new.csv", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_not_replaced(terminal):
    terminal.write_file("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_pipe_is_read_and_written_where_it_is(terminal, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    keep = os.open(tmp_path / "pipe", os.O_RDWR)
    terminal.write_file("pipe", b"through")
    assert os.read(keep, 100) == b"through"
    os.close(keep)


def test_the_last_line_gets_its_end(terminal, capsys):
    terminal.out("one")
    terminal.out("two\n")
    terminal.err("three\r")
    terminal.out("")
    assert capsys.readouterr() == ("one\ntwo\n", "three\r")


def test_standard_input_is_bytes(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff{}")))
    assert terminal.read_input() == b"\xff{}"


WRITES = "from tai_ops.terminal import LocalTerminal\nt = LocalTerminal()\nfor _ in range(3): t.out('\\u2013' * 70000)"


@pytest.mark.parametrize(
    ("shell", "status", "said"),
    [
        ('"$PYTHON" -c "$WRITES" | head -c 9', 0, ""),
        ('"$PYTHON" -c "$WRITES" >&-', 0, ""),
        ('LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 "$PYTHON" -c "$WRITES" | tail -c 4', 0, ""),
        ('"$PYTHON" -c "$WRITES" > /dev/full', 1, "Refused: standard output: no space left on device"),
    ],
    ids=["reader has enough", "closed", "old locale", "disk full"],
)
def test_standard_output_may_end_badly(shell, status, said):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell],
        env={**os.environ, "PYTHON": sys.executable, "WRITES": WRITES},
        capture_output=True,
        check=False,
    )
    assert done.returncode == status
    assert said in done.stderr.decode()
    assert not (status == 0 and done.stderr)
    assert "tail" not in shell or done.stdout == "–\n".encode()
