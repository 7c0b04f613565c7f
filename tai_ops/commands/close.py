"""A month closed and opened again, and what leaves the company about it."""

import contextlib
from pathlib import Path

from tai_ops import readable
from tai_ops.cli import Call
from tai_ops.commands.command import Answer, actor_of, answered, now_of, opened_store
from tai_ops.errors import Refused
from tai_ops.period import Month
from tai_ops.rights import Actor
from tai_ops.store import Store


def close_status(call: Call) -> Answer:
    """The month-end checklist."""
    from tai_ops.runbooks import month_end_close as close

    store = opened_store(call)
    status = close.status(store, Month.parse(call.arguments.month), now_of(store))
    return Answer(status.as_json(), status.as_text())


def close_run(call: Call) -> Answer:
    """Close the month."""
    from tai_ops.runbooks import month_end_close as close

    store, month = opened_store(call), Month.parse(call.arguments.month)
    actor = actor_of(call, "close")
    if close.status(store, month, now_of(store)).as_json()["blocking"] == ["reconciled"]:
        _lock_explained(store, actor, month)
    return answered(close.run(store, actor, month, now_of(store)).as_json())


def _lock_explained(store: Store, actor: Actor, month: Month) -> None:
    """Lock the accounts whose difference is explained through the month's end, where nothing else stops the close."""
    from tai_ops.store import matches

    open_accounts = store.rows(
        "select account from accounts where kind in ('bank', 'processor') order by account"
    )
    for (account,) in open_accounts:
        with contextlib.suppress(Refused):
            matches.lock(store, actor, account, month.last_day, now=now_of(store))


def close_reopen(call: Call) -> Answer:
    """Open a closed month again."""
    from tai_ops.runbooks import month_end_close as close

    store, month = opened_store(call), Month.parse(call.arguments.month)
    done = close.reopen(store, actor_of(call, "close"), month, call.arguments.reason, now_of(store))
    return answered(done.as_json())


def close_files(call: Call) -> Answer:
    """The files that the month's closes archived."""
    from tai_ops.runbooks.month_end_close import file_json
    from tai_ops.store import close_files as kept

    store, month, out = opened_store(call), Month.parse(call.arguments.month), call.arguments.out
    found = kept.archived(store, month)
    if not found:
        raise Refused(
            f"{month} was never closed, or before files were archived; `tai-ops export investor` writes them"
        )
    if out:
        newest = found[0].version
        for file in (file for file in found if file.version == newest):
            call.terminal.write_file(str(Path(out) / file.name), kept.content(store, file))
    rows = [(f.version, f.name, f.size_bytes, f.file_hash) for f in found]
    answer = {"month": str(month), "folder": out, "files": [file_json(file) for file in found]}
    return Answer(answer, readable.table(("version", "file", "bytes", "sha256"), rows))


def export_investor(call: Call) -> Answer:
    """The investor summary as a file."""
    from tai_ops.exports.investor import export_investor as made

    store, out = opened_store(call), call.arguments.out
    month, actor = Month.parse(call.arguments.month), actor_of(call, "close")
    content = made(store, month, now_of(store), Path(out).suffix.lower(), actor=actor)
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")


def export_board(call: Call) -> Answer:
    """The update for the board as a file."""
    from tai_ops.exports.investor import export_board as made

    store, out = opened_store(call), call.arguments.out
    content = made(store, Month.parse(call.arguments.month), now_of(store), Path(out).suffix)
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")
