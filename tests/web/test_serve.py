"""The real server, in a process of its own, asked over loopback."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit

from tai_ops.errors import Refused, StoreBusy, WrongUsage
from tai_ops.instance import Owner, owner_of, socket_path
from tai_ops.serve import serve
from tai_ops.store import Store, file
from tai_ops.store.migrate import migrations
from tai_ops.terminal import LocalTerminal

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from tai_ops.serve import serve
from tai_ops.terminal import LocalTerminal
sys.exit(serve(Path(sys.argv[1]), port=int(sys.argv[2]), open_browser=True, terminal=LocalTerminal()))
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def running(command, folder, *, stdin=subprocess.DEVNULL, **more):
    """That server process; killed where the test did not end it."""
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | more,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A served store: its path, port, process and the first line that was said."""
    folder = tmp_path_factory.mktemp("served")
    port = free_port()
    with running(["-c", SERVE, "books.duckdb", str(port)], folder, PYTHONPATH=str(ROOT)) as process:
        line = process.stdout.readline()
        yield folder / "books.duckdb", port, process, line


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read() if answer.status != 101 else b""


def test_it_says_one_line_of_its_own(served):
    _, port, _, line = served
    assert line == f"TAI Ops is at http://127.0.0.1:{port} (Ctrl-C stops it)\n"


def test_health(served):
    status, headers, body = ask(served[1], "/healthz")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "schema": migrations()[-1][0], "version": "0.1.0"}


@pytest.mark.parametrize(
    "path", ["/", "/month-end-close", "/healthz", "/api/x", "/_stcore/health", "/static/none.js"]
)
def test_every_path_carries_the_security_headers(served, path):
    _, headers, _ = ask(served[1], path)
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing/here"])
def test_nothing_below_api_is_taken_for_a_page(served, path, method):
    status, headers, body = ask(served[1], path, method)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert json.loads(body)["error"].startswith("there is nothing at /api")


def test_the_front_page_answers_to_its_name_too(served):
    status, headers, _ = ask(served[1], "/overview?as=x&week=2026-04-03")
    assert (status, headers["location"]) == (307, "/?as=x&week=2026-04-03")


def test_scripts_come_compressed(served):
    _, _, page = ask(served[1], "/")
    script = page.decode().split('<script type="module" crossorigin src=".')[1].split('"')[0]
    status, headers, body = ask(served[1], script, Accept_Encoding="gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert len(gzip.decompress(body)) > 2 * len(body)


@pytest.mark.parametrize("path", ["/", "/healthz", "/_stcore/health", "/_stcore/host-config"])
def test_another_host_name_is_refused(served, path):
    assert ask(served[1], path, Host="evil.example")[0] == 400


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 101),
        ("http://evil.example", 403),
        ("http://localhost:{port}", 403),
        ("null", 403),
    ],
)
def test_only_its_own_pages_open_a_session(served, origin, status):
    port = served[1]
    assert ask(port, "/_stcore/stream", Origin=origin.format(port=port), **UPGRADE)[0] == status


def test_a_session_under_another_host_name_is_refused(served):
    assert (
        ask(served[1], "/_stcore/stream", Host="evil.example", Origin="http://evil.example", **UPGRADE)[0]
        == 403
    )


def test_another_sites_page_can_upload_nothing(served):
    status, _, body = ask(served[1], "/_stcore/upload_file/a/b", "PUT", Origin="http://evil.example")
    assert (status, body) == (403, b"the request comes from another site's page\n")


def test_it_is_found_by_the_command(served):
    path, port, process, _ = served
    assert owner_of(path) == Owner(process.pid, f"http://127.0.0.1:{port}")


def test_a_second_one_is_told_where_the_first_is(served):
    path, port, process, _ = served
    with pytest.raises(StoreBusy, match=f"served already, at http://127.0.0.1:{port} .process {process.pid}"):
        serve(path, port=free_port(), terminal=LocalTerminal())


def test_the_page_server_alone_says_in_one_line_where_the_other_is(served, tmp_path):
    path, port, process, _ = served
    command = ["-m", "streamlit", "run", str(ROOT / "Home.py"), "--server.port", str(free_port())]
    with running(command, tmp_path, TAI_OPS_STORE=f"duckdb:{path}") as second:
        _, said = second.communicate(timeout=60)
    assert second.returncode != 0
    assert said == f"tai-ops: {path} is served already, at http://127.0.0.1:{port} (process {process.pid})\n"


def test_it_ends_cleanly_when_it_is_told_to(served):
    """The last test of the shared server: it ends it."""
    path, _, process, _ = served
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
    assert [p.name for p in path.parent.iterdir()] == ["books.duckdb"]
    Store.open(path).close()


def test_it_ends_though_a_browser_neither_reads_nor_hangs_up(tmp_path):
    path, port = tmp_path / "books.duckdb", free_port()
    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").iterdir()
    largest = max(scripts, key=lambda script: script.stat().st_size).name
    with running(["-c", SERVE, str(path), str(port)], tmp_path) as process, socket.socket() as asleep:
        assert process.stdout.readline().startswith("TAI Ops is at")
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asleep.connect(("127.0.0.1", port))
        asleep.sendall(f"GET /static/js/{largest} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert asleep.recv(12) == b"HTTP/1.1 200"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    Store.open(path).close()


def test_the_page_server_alone_makes_its_store_and_ends_cleanly(tmp_path):
    port = free_port()
    command = ["-m", "streamlit", "run", str(ROOT / "Home.py"), "--server.port", str(port)]
    with running(command, tmp_path, TAI_OPS_STORE="duckdb:data/books.duckdb") as process:
        path = tmp_path / "data" / "books.duckdb"
        until = time.monotonic() + 60
        while not owner_of(path) and time.monotonic() < until and process.poll() is None:
            time.sleep(0.1)
        assert owner_of(path) == Owner(process.pid, f"http://127.0.0.1:{port}")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert [p.name for p in path.parent.iterdir()] == ["books.duckdb"]
    assert not socket_path(path).exists()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_an_address_that_others_reach_is_refused(tmp_path, address):
    with pytest.raises(Refused, match="could be reached by other machines, and there is no sign-in yet"):
        serve(tmp_path / "b.duckdb", address=address, terminal=LocalTerminal())
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_named_and_a_free_one_offered(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=rf"port {port} on 127\.0\.0\.1 is taken .*; --port \d+ is free"):
            serve(tmp_path / "b.duckdb", port=port, terminal=LocalTerminal())


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_number_in_range(tmp_path, port):
    with pytest.raises(WrongUsage, match="from 1 to 65535"):
        serve(tmp_path / "b.duckdb", port=port, terminal=LocalTerminal())


HOLD = """
import sys
from pathlib import Path
from tai_ops.instance import listen
from tai_ops.store import Store
path = Path(sys.argv[1])
store = Store.open(path, create=True)
print("open", flush=True)
sys.stdin.readline()
listen(store, path, lambda *_: 0, address="http://127.0.0.1:9999")
print("listening", flush=True)
sys.stdin.read()
"""


def test_two_started_at_once_end_as_one(tmp_path, monkeypatch):
    path, clock = tmp_path / "b.duckdb", [0.0]
    with running(["-c", HOLD, str(path)], tmp_path, stdin=subprocess.PIPE) as first:
        assert first.stdout.readline() == "open\n"

        def meanwhile(_seconds):
            """The second one waits for the file: the first begins to listen, and the time is over."""
            first.stdin.write("go on\n")
            first.stdin.flush()
            assert first.stdout.readline() == "listening\n"
            clock[0] += 3600

        monkeypatch.setattr(file, "time", SimpleNamespace(sleep=meanwhile, monotonic=lambda: clock[0]))
        with pytest.raises(StoreBusy, match=f"served already, at http://127.0.0.1:9999 .process {first.pid}"):
            serve(path, port=free_port(), terminal=LocalTerminal())
