"""Commands reach the process that owns the store: same output, same status, the files the caller's own."""

import io
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tai_ops import instance
from tai_ops.errors import Refused
from tai_ops.instance import Channel, forward, listen, owner_of, socket_path, token_path
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.terminal import LocalTerminal

DEEP = "/".join(["a-folder-with-a-long-name"] * 6)


def toy(argv, terminal, store):
    """Does what its first argument says."""
    match argv:
        case ["copy", source, target]:
            terminal.write_file(target, terminal.read_file(source) * 2)
            terminal.out(f"copied {source}")
            terminal.err("a notice")
            return 7
        case ["input"]:
            terminal.out(terminal.read_input().decode())
            return 0
        case ["read", path]:
            try:
                terminal.read_file(path)
            except Refused as refusal:
                terminal.err(str(refusal))
                return refusal.exit_status
            return 0
        case ["many"]:
            terminal.write_files({"t/a": b"1", "t/b": b"", "t/c": b"333"})
            return 0
        case ["where"]:
            terminal.out(f"{terminal.cwd} {terminal.is_tty} {store.row('select 41 + 1')[0]}")
            return 0
        case ["usage"]:
            raise SystemExit(2)
        case ["bug"]:
            raise RuntimeError("a secret detail")
        case _:
            return 3


@pytest.fixture(params=["socket", "loopback"])
def store_path(request, tmp_path):
    """Two places for a store: one beside which a socket fits, and one whose path is too long for that."""
    folder = tmp_path if request.param == "socket" else tmp_path / DEEP
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "books.duckdb"


@pytest.fixture
def caller(tmp_path, monkeypatch):
    """A terminal in a folder of its own, away from the store."""
    folder = tmp_path / "caller"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return LocalTerminal()


@pytest.fixture
def listener(store, store_path):
    ear = listen(store, store_path, toy, address="http://127.0.0.1:8501")
    yield ear
    ear.close(1)


@pytest.mark.usefixtures("listener")
class TestForwarded:
    def test_output_status_and_files_are_the_callers(self, store_path, caller, capsys):
        (caller.cwd / "in.bin").write_bytes(b"\0\xff" * 100_000)
        assert forward(store_path, ["copy", "in.bin", "out.bin"], caller) == 7
        assert capsys.readouterr() == ("copied in.bin\n", "a notice\n")
        assert (caller.cwd / "out.bin").read_bytes() == b"\0\xff" * 200_000

    def test_several_files_arrive_whole(self, store_path, caller):
        assert forward(store_path, ["many"], caller) == 0
        assert {p.name: p.read_bytes() for p in (caller.cwd / "t").iterdir()} == {
            "a": b"1",
            "b": b"",
            "c": b"333",
        }

    def test_standard_input_is_the_callers(self, store_path, caller, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"größe": 1}'.encode())))
        assert forward(store_path, ["input"], caller) == 0
        assert capsys.readouterr().out == '{"größe": 1}\n'

    def test_the_command_has_the_open_store_and_the_callers_folder(self, store_path, caller, capsys):
        assert forward(store_path, ["where"], caller) == 0
        assert capsys.readouterr().out == f"{caller.cwd} False 42\n"

    def test_a_file_that_is_not_there_is_refused_in_the_callers_words(self, store_path, caller, capsys):
        assert forward(store_path, ["read", "none.csv"], caller) == 1
        assert capsys.readouterr().err == "none.csv: no such file\n"

    def test_wrong_usage_keeps_its_status(self, store_path, caller):
        assert forward(store_path, ["usage"], caller) == 2

    def test_a_bug_is_one_line_here_and_a_traceback_there(self, store_path, caller, capsys):
        assert forward(store_path, ["bug"], caller) == 1
        said = capsys.readouterr().err
        assert "Traceback" in said  # the owner's log, which this test shares
        assert said.splitlines()[-1].startswith("the command hit an error (reference ")
        assert "secret" not in said.splitlines()[-1]
        assert forward(store_path, ["anything"], caller) == 3

    def test_the_owner_says_who_and_where_it_is(self, store_path):
        assert owner_of(store_path) == instance.Owner(os.getpid(), "http://127.0.0.1:8501")

    def test_what_stands_beside_the_store_is_its_users_alone(self, store_path, listener):
        deep = DEEP in str(store_path)
        assert listener.path == (token_path(store_path) if deep else socket_path(store_path))
        assert stat.S_IMODE(listener.path.stat().st_mode) == 0o600
        assert list(store_path.parent.glob("*.tmp")) == []

    def test_after_closing_nobody_listens(self, store_path, listener, caller):
        listener.close()
        assert not listener.path.exists()
        assert forward(store_path, ["where"], caller) is None
        assert owner_of(store_path) is None


def test_a_link_to_the_store_leads_to_the_same_owner(store, tmp_path):
    (tmp_path / "books.duckdb").touch()
    (tmp_path / "link.duckdb").symlink_to("books.duckdb")
    ear = listen(store, tmp_path / "books.duckdb", toy)
    try:
        assert owner_of(tmp_path / "link.duckdb") == instance.Owner(os.getpid(), None)
    finally:
        ear.close()


def test_callers_do_not_wait_for_each_other(store, tmp_path, caller):
    let_go = threading.Event()

    def run(argv, _terminal, _store):
        return int(let_go.wait(60)) if argv == ["slow"] else 5

    ear = listen(store, tmp_path / "b.duckdb", run)
    try:
        answers = []
        slow = threading.Thread(
            target=lambda: answers.append(forward(tmp_path / "b.duckdb", ["slow"], caller))
        )
        slow.start()
        assert forward(tmp_path / "b.duckdb", ["quick"], caller) == 5
        let_go.set()
        slow.join(60)
        assert answers == [1]
    finally:
        ear.close()


def test_closing_waits_for_a_running_command(store, tmp_path, caller):
    begun, done = threading.Event(), threading.Event()

    def run(_argv, _terminal, _store):
        begun.set()
        time.sleep(0.2)
        done.set()
        return 0

    ear = listen(store, tmp_path / "b.duckdb", run)
    threading.Thread(target=forward, args=(tmp_path / "b.duckdb", [], caller)).start()
    begun.wait(60)
    ear.close()
    assert done.is_set()


def met(store_path: Path) -> tuple[Channel, dict]:
    """A channel to the owner of that store, greeted; and how a request begins."""
    channel, _owner, request = instance._meet(store_path)
    assert request is not None
    return channel, request | {"cwd": "/", "is_tty": False}


def test_the_command_goes_on_when_its_caller_dies(store, store_path):
    begun, go_on = threading.Event(), threading.Event()
    ends = []

    def run(_argv, terminal, _store):
        begun.set()
        go_on.wait(60)
        for _ in range(50):
            terminal.out("x" * 10_000)  # nobody hears it, and that is no reason to stop
        ends.append("wrote")
        try:
            terminal.read_file("more.csv")
        except Refused as refusal:
            ends.append(str(refusal))
        return 0

    ear = listen(store, store_path, run)
    channel, request = met(store_path)
    channel.send(request | {"argv": []})
    begun.wait(60)
    channel.close()
    go_on.set()
    ear.close()
    assert ends == ["wrote", "the caller went away before the command was done"]


def test_closing_ends_a_wait_for_a_caller_who_says_nothing(store, tmp_path):
    ends = []

    def run(_argv, terminal, _store):
        try:
            terminal.read_input()
        except Refused as refusal:
            ends.append(str(refusal))
        return 0

    ear = listen(store, tmp_path / "b.duckdb", run)
    channel, request = met(tmp_path / "b.duckdb")
    channel.send(request | {"argv": []})
    assert channel.receive()[0] == {"do": "input"}
    ear.close(0.2)
    assert ends == ["the caller went away before the command was done"]
    channel.close()


OWNER = """
import os, sys
from pathlib import Path
import tai_ops.instance
tai_ops.instance.PROTOCOL = int(sys.argv[2])
def run(argv, terminal, store):
    terminal.out("begun")
    os._exit(9)
tai_ops.instance.listen(None, Path(sys.argv[1]), run)
print("listening", flush=True)
sys.stdin.read()
"""


@contextmanager
def owning(store_path, *, protocol=instance.PROTOCOL):
    """Another process that listens for that store and dies of the first command."""
    command = [sys.executable, "-c", OWNER, str(store_path), str(protocol)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline() == b"listening\n"
        yield owner
        owner.stdin.close()


def test_an_owner_that_dies_is_reported_and_its_socket_replaced(store, store_path, caller, capsys):
    with owning(store_path) as owner:
        assert forward(store_path, ["any"], caller) == 1
    out, err = capsys.readouterr()
    assert out == "begun\n"
    assert err.startswith(f"process {owner.pid}, which serves {store_path}, stopped before it was done")
    assert err.count("\n") == 1

    left = socket_path(store_path) if socket_path(store_path).exists() else token_path(store_path)
    assert left.exists()
    assert forward(store_path, ["any"], caller) is None
    ear = listen(store, store_path, toy)
    try:
        assert forward(store_path, ["any"], caller) == 3
    finally:
        ear.close()


def test_a_second_owner_is_refused(store, tmp_path):
    ear = listen(store, tmp_path / "b.duckdb", toy)
    try:
        with pytest.raises(Refused, match="another process serves this store already"):
            listen(store, tmp_path / "b.duckdb", toy)
    finally:
        ear.close()


def test_a_file_that_is_no_socket_is_left_alone(store, tmp_path, caller):
    socket_path(tmp_path / "b.duckdb").write_bytes(b"mine")
    ear = listen(store, tmp_path / "b.duckdb", toy)
    try:
        assert ear.path == token_path(tmp_path / "b.duckdb")
        assert forward(tmp_path / "b.duckdb", ["any"], caller) == 3
    finally:
        ear.close()
    assert socket_path(tmp_path / "b.duckdb").read_bytes() == b"mine"


class TestLoopback:
    """Where there is no socket, the token decides."""

    @pytest.fixture
    def deep(self, tmp_path):
        folder = tmp_path / DEEP
        folder.mkdir(parents=True)
        return folder / "books.duckdb"

    def test_without_the_token_no_command_runs(self, store, deep, caller):
        ran = []
        ear = listen(store, deep, lambda argv, *_: ran.append(argv) or 0)
        try:
            said = json.loads(token_path(deep).read_text())
            assert len(bytes.fromhex(said["token"])) == 32
            with Channel(socket.create_connection(("127.0.0.1", said["port"]))) as channel:
                channel.send({"protocol": instance.PROTOCOL, "nonce": "00"})
                channel.receive()
                channel.send({"proof": "", "argv": ["steal"], "cwd": "/", "is_tty": False})
                with pytest.raises(OSError):
                    channel.receive()
            token_path(deep).write_text(json.dumps(said | {"token": "00" * 32}))
            assert forward(deep, ["steal"], caller) is None
            assert ran == []
        finally:
            ear.close()

    def test_another_program_at_the_old_port_gets_no_command(self, deep, caller):
        heard = []

        def pretend(server):
            connection, _ = server.accept()
            channel = Channel(connection)
            heard.append(channel.receive()[0])
            channel.send({"protocol": 1, "pid": 1, "address": None, "nonce": "00", "proof": "00"})
            try:
                heard.append(channel.receive()[0])
            except OSError:
                heard.append("nothing more")

        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=pretend, args=(server,))
            thread.start()
            token_path(deep).write_text(json.dumps({"port": server.getsockname()[1], "token": "ab" * 32}))
            token_path(deep).chmod(0o600)
            assert forward(deep, ["secret"], caller) is None
            thread.join(60)
        assert [set(heard[0]), heard[1]] == [{"protocol", "nonce"}, "nothing more"]

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"port": 70000, "token": "00"}', '{"port": 1, "token": 5}']
    )
    def test_a_broken_file_means_nobody(self, deep, caller, content):
        token_path(deep).write_text(content)
        token_path(deep).chmod(0o600)
        assert forward(deep, ["any"], caller) is None

    def test_a_file_that_others_may_read_is_not_believed(self, store, deep):
        ear = listen(store, deep, toy)
        try:
            assert owner_of(deep) is not None
            token_path(deep).chmod(0o644)
            assert owner_of(deep) is None
        finally:
            ear.close()


def test_an_owner_of_another_version_is_named(tmp_path, caller, capsys):
    path = tmp_path / "b.duckdb"
    with owning(path, protocol=99) as owner:
        assert forward(path, ["any"], caller) == 1
    assert capsys.readouterr().err == (
        f"{path} is served by process {owner.pid} with another version of this program; "
        "stop that one and try again\n"
    )


def test_a_frame_larger_than_allowed_ends_the_talk():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(instance._LENGTHS.pack(2, 2**40) + b"{}")
        with pytest.raises(OSError, match="larger than allowed"):
            Channel(theirs).receive(most_body=100)


def test_reaching_the_owner_imports_no_engine(tmp_path):
    code = (
        "import sys, tai_ops.instance as i; from pathlib import Path; from tai_ops.terminal import LocalTerminal\n"
        "assert i.forward(Path(sys.argv[1]), ['x'], LocalTerminal()) is None\n"
        "heavy = {'duckdb', 'streamlit', 'pyarrow', 'pandas', 'pydantic', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b.duckdb")], check=True)


def test_a_write_of_a_dead_callers_command_is_whole(store_file, caller):
    """The transaction of a command that needs its caller once more is rolled back, not half done."""
    store = Store.open(store_file, create=True)
    refused = threading.Event()

    def run(_argv, terminal, held):
        try:
            with held.write(LOCAL_OWNER, "company", "test", now=datetime(2026, 1, 2, tzinfo=UTC)) as write:
                write.sql("insert into store_facts (name, value) values ('half', 'done')")
                terminal.read_file("rest.csv")
        except Refused:
            refused.set()
            return 1
        return 0

    ear = listen(store, store_file, run)
    channel, request = met(store_file)
    channel.send(request | {"argv": []})
    assert channel.receive()[0]["do"] == "read"
    channel.close()
    assert refused.wait(60)
    ear.close()
    assert store.fact("half") is None
    store.close()
