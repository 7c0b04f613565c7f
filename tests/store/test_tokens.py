"""A token opens what its scope says until it is revoked, and the store can't tell it."""

from pathlib import Path

import make
import pytest

from tai_ops import cli
from tai_ops.errors import NotAllowed, Refused, WrongUsage
from tai_ops.rights import LOCAL_OWNER
from tai_ops.store import Store
from tai_ops.store.tokens import bearer, create, holder, revoke, tokens
from tai_ops.terminal import LocalTerminal


def test_a_token_opens_its_scope_alone_until_it_is_revoked(store: Store) -> None:
    token = create(store, make.CEO, "prober", "probes", now=make.NOW)
    other = create(store, make.CEO, "grafana", "metrics", now=make.NOW)
    assert holder(store, token, "probes") == "prober"
    assert holder(store, token, "metrics") is None
    assert holder(store, other, "metrics") == "grafana"
    assert holder(store, token + "x", "probes") is None
    assert holder(store, "", "probes") is None
    revoke(store, make.CEO, "prober", now=make.NOW)
    assert holder(store, token, "probes") is None
    assert [(t.name, t.is_good) for t in tokens(store)] == [("grafana", True), ("prober", False)]


def test_the_store_holds_no_token(store: Store) -> None:
    token = create(store, make.CEO, "prober", "probes", now=make.NOW)
    kept = store.rows("select * from tokens") + store.rows("select * from audit")
    assert token not in str(kept)
    assert token.removeprefix("tai_") not in str(kept)


def test_what_can_be_no_token_is_refused(store: Store) -> None:
    create(store, make.CEO, "prober", "probes", now=make.NOW)
    with pytest.raises(Refused, match="choose another name"):
        create(store, make.CEO, " prober ", "metrics", now=make.NOW)
    with pytest.raises(WrongUsage, match="the scopes are probes, incidents, metrics"):
        create(store, make.CEO, "x", "all", now=make.NOW)
    for name in ("", " ", "a" * 61, "new\nline", "=cmd"):
        with pytest.raises(Refused, match="can't be a token's name"):
            create(store, make.CEO, name, "probes", now=make.NOW)
    with pytest.raises(NotAllowed):
        create(store, make.CSM, "mine", "probes", now=make.NOW)
    with pytest.raises(Refused, match="no token named 'none'"):
        revoke(store, make.CEO, "none", now=make.NOW)
    revoke(store, make.CEO, "prober", now=make.NOW)
    with pytest.raises(Refused, match="revoked before"):
        revoke(store, make.CEO, "prober", now=make.NOW)
    assert len(tokens(store)) == 1


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), (None, ""), ("", "")],
)
def test_the_token_stands_in_the_header(header: str | None, token: str) -> None:
    assert bearer(header) == token


def test_a_token_is_made_listed_and_revoked_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def said(*words: str) -> tuple[int, str, str]:
        status = cli.run(["--store", "duckdb:s.duckdb", *words], LocalTerminal(), None)
        heard = capsys.readouterr()
        return status, heard.out, heard.err

    said("init")
    status, out, err = said("token", "create", "--scope", "metrics", "--name", "grafana")
    token = out.split()[0]
    assert (status, len(token) > 40) == (0, True)
    assert "shown once" in err
    store = Store.open(tmp_path / "s.duckdb")
    assert holder(store, token, "metrics") == "grafana"
    store.close()
    status, out, _ = said("token", "list")
    assert (status, "grafana" in out, token in out) == (0, True, False)
    assert said("token", "revoke", "grafana")[0] == 0
    assert said("token", "create", "--scope", "all", "--name", "x")[0] == 2
    assert said("token", "revoke", "nobody")[0] == 1


def test_the_local_owner_makes_the_first_one(store: Store) -> None:
    assert create(store, LOCAL_OWNER, "prober", "probes", now=make.NOW)
