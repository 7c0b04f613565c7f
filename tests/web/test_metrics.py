"""/metrics answers to a token of its scope alone, in Prometheus' own text; the day's backup is made beside the pages."""

import re
from pathlib import Path

import anyio
import make
import pytest
from starlette.requests import Request

from tai_ops import measures
from tai_ops.store import Store, backups
from tai_ops.store.tokens import create, revoke
from tai_ops.web import daily
from tai_ops.web.metrics import metrics_route
from tai_ops.web.tokens import Throttle

LINE = re.compile(r'^(#.*|[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? (NaN|-?[0-9.e+-]+))$')


@pytest.fixture
def store(tmp_path: Path):
    opened = Store.open(tmp_path / "books.duckdb", create=True)
    make.examples(opened)
    yield opened
    opened.close()


def ask(store: Store, token: str | None = None):
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {"type": "http", "method": "GET", "path": "/metrics", "query_string": b"", "headers": headers}
    return make.run(metrics_route(lambda: store).endpoint, Request(scope))


def text_of(answer) -> str:
    return answer.body.decode()


def test_it_answers_to_a_good_token_of_its_scope_alone(store):
    good = create(store, make.CEO, "grafana", "metrics", now=make.NOW)
    other = create(store, make.CEO, "prober", "probes", now=make.NOW)
    for token in (None, other, "tai_nothing"):
        refused = ask(store, token)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "tai_ops_" not in text_of(refused)
    assert ask(store, good).status_code == 200
    revoke(store, make.CEO, "grafana", now=make.NOW)
    assert ask(store, good).status_code == 401


def test_it_says_size_imports_times_and_the_company_s_numbers(store):
    token = create(store, make.CEO, "grafana", "metrics", now=make.NOW)
    measures.took("page", "overview", 0.03)
    answer = ask(store, token)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = text_of(answer).splitlines()
    assert [line for line in lines if not LINE.match(line)] == []
    told = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert int(told["tai_ops_store_size_bytes"]) > 0
    assert told["tai_ops_last_backup_timestamp_seconds"] == "NaN"
    loads = store.rows("select count(*) from audit where event like 'load %'")[0][0]
    assert told['tai_ops_imports_total{result="done"}'] == str(loads)
    page = 'tai_ops_page_render_seconds_bucket{page="overview",le="%s"}'
    assert int(told[page % "0.05"]) - int(told[page % "0.025"]) >= 1
    assert told[page % "+Inf"] == told['tai_ops_page_render_seconds_count{page="overview"}']
    kinds = ("rows", "read", "write")
    assert all(int(told[f'tai_ops_query_seconds_count{{kind="{kind}"}}']) > 0 for kind in kinds)
    assert float(told['tai_ops_kpi{id="mrr",unit="money"}']) > 0


def test_who_asks_too_often_is_told_so():
    now = [0.0]
    throttle = Throttle(2, lambda: now[0])
    assert [throttle.lets("a"), throttle.lets("a"), throttle.lets("a"), throttle.lets("b")] == [
        True,
        True,
        False,
        True,
    ]
    now[0] = 60.0
    assert throttle.lets("a")


def test_the_day_s_backup_is_made_beside_the_pages(store, monkeypatch, capsys):
    monkeypatch.setattr(daily, "FIRST_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(daily, "LOOK_EVERY_SECONDS", 0.05)

    async def serve():
        async with anyio.create_task_group() as beside:
            beside.start_soon(daily.daily_backups, lambda: store)
            with anyio.fail_after(60):
                while not backups.kept(store):  # noqa: ASYNC110
                    await anyio.sleep(0.02)
            beside.cancel_scope.cancel()

    make.run(serve)
    [made] = backups.kept(store)
    assert (made.occasion, made.damage) == ("daily", None)
    assert store.rows("select done_by from audit where event = 'back up store'") == [("tai-ops@localhost",)]
    assert capsys.readouterr().err == ""
