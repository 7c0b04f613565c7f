"""`tai-ops probe`: what a look comes to, and that nothing measured is lost or counted twice."""

import json
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import make
import pytest
from web_server import answering, taking

from tai_ops.cli import run
from tai_ops.errors import Refused, WrongUsage
from tai_ops.probe_rounds import Away, Rounds, Taken, to_server, token_from
from tai_ops.probe_samples import Sample
from tai_ops.probe_spool import Spool
from tai_ops.probing import look, split, target, targets
from tai_ops.store import Store
from tai_ops.store.tokens import create, revoke
from tai_ops.terminal import LocalTerminal

AT = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)


def samples(count, start=0):
    return [Sample("api", AT + timedelta(minutes=start + n), "here", True, 12.5, 200) for n in range(count)]


def dripping(site):
    """A head that comes byte by byte and doesn't end before the caller hangs up, or for a minute."""
    with suppress(OSError):
        for byte in b"HTTP/1.0 200 OK\r\nX: " + b"y" * 1200:
            site.wfile.write(bytes([byte]))
            time.sleep(0.05)


def garbled(site):
    site.wfile.write(b"\x00\x01 no http\r\n\r\n")


@pytest.fixture(scope="module")
def site():
    with answering(
        ok=200, gone=404, broken=503, moved="/ok", round="/round", drip=dripping, odd=garbled
    ) as address:
        yield address


@pytest.mark.parametrize(
    "path, ok, status, why",
    [
        ("ok", True, 200, None),
        ("gone", False, 404, None),
        ("broken", False, 503, None),
        ("moved", True, 200, None),
        ("round", False, None, "more than 5 redirects"),
        ("drip", False, None, "no answer within 0.5 s"),
        ("odd", False, None, "the answer is no HTTP"),
    ],
)
def test_a_look_is_what_the_address_answers(site, path, ok, status, why):
    found = look(target(f"api={site}/{path}"), "here", 0.5 if path == "drip" else 60)
    assert (found.sample.service, found.sample.source) == ("api", "here")
    assert (found.sample.ok, found.sample.status, found.why) == (ok, status, why)
    assert (found.sample.latency_ms is None) == (status is None)


def test_nobody_at_the_address_is_down_with_the_reason():
    assert look(target("http://127.0.0.1:9/"), "here", 60).why == "connection refused"


@pytest.mark.parametrize(
    "text", ["ftp://x", "x", "http://", "http://me:pw@x/", "http://x:99999/", "http://x/a b", "=http://x"]
)
def test_what_is_no_address_is_wrong_usage(text):
    with pytest.raises(WrongUsage):
        if text.startswith("="):
            targets([text.replace("=", "a="), "a=http://y"])
        else:
            target(text)


def test_a_service_is_the_host_unless_it_is_named():
    assert target("https://api.example.com/health?a=b").service == "api.example.com"
    assert target("api=https://x/?a=b").url == "https://x/?a=b"


def test_what_waits_is_there_again_after_the_program_ended(tmp_path):
    path = tmp_path / "w.jsonl"
    spool = Spool(path)
    spool.add(samples(3))
    with pytest.raises(Refused, match="another `tai-ops probe`"):
        Spool(path)
    spool.taken(1)
    spool.close()
    path.write_text(path.read_text() + '{"service": "cut off')
    again = Spool(path)
    assert again.first(9) == samples(2, 1)
    again.taken(2)
    again.close()
    assert list(tmp_path.iterdir()) == []


def test_a_buffer_that_holds_something_else_is_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(Refused, match="line 1 is no sample"):
        Spool(path)
    assert path.read_text() == "my notes\n"


@pytest.fixture
def rounds(tmp_path, site):
    """Rounds over one good address, what they warned of, and the way to whoever takes the samples."""
    made = []

    def make_rounds(deliver, **more):
        warned = []
        spool = Spool(tmp_path / "w.jsonl")
        made.append(spool)
        found = targets([f"api={site}/ok"])
        return Rounds(found, "here", 60, spool, deliver, lambda _: None, warned.append, **more), warned

    yield make_rounds
    for spool in made:
        spool.close()


def test_while_the_server_is_away_samples_wait_and_are_brought_once(store, rounds):
    token = create(store, make.CEO, "t", "probes", now=make.NOW)
    with taking(store) as port:
        pass  # the port is free again: nobody is there
    going, warned = rounds(to_server(split(f"http://127.0.0.1:{port}"), token, print))
    for _ in range(3):
        going.round()
    assert (going.sums.waiting, len(warned)) == (3, 1)
    assert "does not answer; what is measured waits in" in warned[0]
    with taking(store, port=port):
        going.round()
    assert (going.sums.measured, going.sums.accepted, going.sums.waiting) == (4, 4, 0)
    assert store.row("select count(*) from probes") == (4,)


def test_an_answer_that_was_lost_doubles_nothing(store, rounds):
    token = create(store, make.CEO, "t", "probes", now=make.NOW)
    with taking(store) as port:
        send = to_server(split(f"http://127.0.0.1:{port}"), token, print)
        lost = iter([True, False])

        def deliver(some):
            done = send(some)
            if next(lost):
                raise Away("the line broke after the server had taken them")
            return done

        going, _ = rounds(deliver)
        going.round()
        assert going.sums.waiting == 1
        going.round()
    assert (going.sums.accepted, going.sums.duplicates, going.sums.waiting) == (1, 1, 0)
    assert store.row("select count(*) from probes") == (2,)


@pytest.mark.parametrize("scope", ["revoked", "incidents"])
def test_a_token_that_is_not_taken_keeps_everything_and_says_so(store, rounds, scope):
    token = create(store, make.CEO, "t", "probes" if scope == "revoked" else scope, now=make.NOW)
    if scope == "revoked":
        revoke(store, make.CEO, "t", now=make.NOW)
    with taking(store) as port:
        going, warned = rounds(to_server(split(f"http://127.0.0.1:{port}"), token, print))
        going.round()
    assert going.sums.waiting == 1
    assert "answered 401: a good token of the scope probes is needed" in warned[0]
    assert token not in "".join(warned)


def test_too_often_waits_as_long_as_it_was_told(store, rounds):
    token = create(store, make.CEO, "t", "probes", now=make.NOW)
    with taking(store, most_a_minute=1) as port:
        going, warned = rounds(to_server(split(f"http://127.0.0.1:{port}"), token, print))
        for _ in range(3):
            going.round()
    assert going.sums.waiting == 2
    assert [line for line in warned if "answered 429" in line]
    assert store.row("select count(*) from audit where event = 'receive probes'") == (1,)


def test_a_refused_row_is_said_and_not_sent_for_ever(store, rounds):
    token = create(store, make.CEO, "t", "probes", now=make.NOW)
    with taking(store) as port:
        going, warned = rounds(to_server(split(f"http://127.0.0.1:{port}"), token, print))
        going.spool.add([Sample("api", datetime(2199, 1, 1, tzinfo=UTC), "here", True, 1.0, 200)])
        going.round()
    assert (going.sums.accepted, going.sums.rejected, going.sums.waiting) == (1, 1, 0)
    assert "lies" in warned[0]


def test_a_clock_that_is_off_is_said_once(store, monkeypatch):
    token = create(store, make.CEO, "t", "probes", now=make.NOW)
    warned = []
    with taking(store) as port:
        send = to_server(split(f"http://127.0.0.1:{port}"), token, warned.append)
        monkeypatch.setattr("tai_ops.probe_rounds.datetime", Ahead)
        send(samples(1))
        send(samples(1))
    assert warned == ["this machine's clock is 180 minutes ahead of the server's; set it right"]


class Ahead(datetime):
    """A clock three hours ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(hours=3)


def test_it_stops_between_two_looks_and_brings_what_waits(rounds):
    taken = []

    def deliver(some):
        taken.extend(some)
        return Taken(len(some), 0, ())

    going, _ = rounds(deliver)
    came_to = []
    running = threading.Thread(target=lambda: came_to.append(going.run(3600)), daemon=True)
    running.start()
    until = time.monotonic() + 60
    while not taken and time.monotonic() < until:
        time.sleep(0.01)
    going.stop.set()
    running.join(60)
    assert [sums.measured for sums in came_to] == [len(taken)] == [1]


def test_into_a_store_that_nobody_serves(tmp_path, site, capsys):
    url = f"duckdb:{tmp_path / 'b.duckdb'}"
    Store.open(tmp_path / "b.duckdb", create=True).close()
    command = ["--store", url, "--json", "probe", "--once", f"api={site}/ok", f"web={site}/broken"]
    assert run(command, LocalTerminal(), None) == 0
    assert json.loads(capsys.readouterr().out) == {
        "measured": 2, "up": 1, "accepted": 2, "duplicates": 0, "rejected": 0, "waiting": 0,
    }  # fmt: skip
    store = Store.open(tmp_path / "b.duckdb")
    assert store.rows("select service, ok, status from probes order by service") == [
        ("api", True, 200),
        ("web", False, 503),
    ]
    store.close()
    assert not list(tmp_path.glob("*.jsonl*"))


def test_without_a_store_or_a_token_one_line_says_what_to_do(tmp_path, site, capsys, monkeypatch):
    monkeypatch.delenv("TAI_OPS_TOKEN", raising=False)
    url = f"duckdb:{tmp_path / 'none.duckdb'}"
    assert run(["--store", url, "probe", "--once", f"api={site}/ok"], LocalTerminal(), None) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "make one with `tai-ops init`; 1 sample kept" in said
    assert (
        run(["--store", url, "probe", "--once", site, "--to", "http://127.0.0.1:9"], LocalTerminal(), None)
        == 2
    )
    assert "--to needs a token: set TAI_OPS_TOKEN" in capsys.readouterr().err
    with pytest.raises(Refused, match="this is no token"):
        token_from("two words", "t.txt")
