"""Bank statements in and out, and their lines reconciled with the books."""

import csv
import io
from typing import Any

from tai_ops.cli import Call
from tai_ops.commands.command import (
    Answer,
    actor_of,
    answered,
    content_of,
    date_of,
    file_name,
    now_of,
    opened_store,
)
from tai_ops.money import money_text


def statement_inspect(call: Call) -> Answer:
    """Read a statement and store nothing."""
    from tai_ops.statements import as_json, read_statement

    arguments = call.arguments
    name = file_name(arguments.file)
    found = read_statement(
        content_of(call, arguments.file),
        name=name,
        format=arguments.format,
        date_order=arguments.date_order,
        positive=arguments.positive,
        decimal=arguments.decimal,
        encoding=arguments.encoding,
    )
    call.warnings.extend(found.warnings if not call.as_json else ())
    return answered(as_json(found))


def statement_import(call: Call) -> Answer:
    """Add a statement's new lines to an account."""
    from tai_ops.store import bank

    store, arguments = opened_store(call), call.arguments
    name = file_name(arguments.file)
    result = bank.import_statement(
        store,
        actor_of(call, "money"),
        content_of(call, arguments.file),
        name,
        arguments.account,
        now=now_of(store),
        format=arguments.format,
        date_order=arguments.date_order,
        positive=arguments.positive,
        decimal=arguments.decimal,
        encoding=arguments.encoding,
        account_in_file=arguments.from_account,
        skip_bad=arguments.skip_bad,
        dry_run=arguments.dry_run,
    )
    if result.same_as and not result.added:
        call.warnings.append(f"{name} came in before, as import {result.same_as}; nothing was added")
    call.warnings.extend(result.warnings)
    return answered(result.as_json())


def statement_undo(call: Call) -> Answer:
    """Take an import out again."""
    from tai_ops.store import bank

    store = opened_store(call)
    return answered(
        bank.undo_import(store, actor_of(call, "money"), call.arguments.statement_id, now=now_of(store))
    )


def statement_formats(_: Call) -> Answer:
    """The formats that can be read."""
    from tai_ops.statements import formats

    return answered({"formats": [{"format": f.id, "label": f.label} for f in formats()]})


def reconcile(call: Call) -> Answer:
    """Match an account's lines with the books and say how it stands."""
    from tai_ops.store import matches

    store, arguments = opened_store(call), call.arguments
    through = date_of(arguments.through, "--through") if arguments.through else None
    result = matches.reconcile(
        store, actor_of(call, "money"), arguments.account, now=now_of(store), through=through
    )
    if arguments.matches:
        listed = matches.pairs(store, arguments.account, result)
        call.terminal.write_file(arguments.matches, _pairs_csv(listed))
    return answered(result.as_json())


def _pairs_csv(listed: list[dict[str, Any]]) -> bytes:
    from tai_ops.sheet import safe_cell

    header = "bank_id date amount description entry_kind entry_id state rank score reasons".split()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in listed:
        plain = {"date": row["date"].isoformat(), "amount": money_text(row["amount"])}
        texts = {name: safe_cell(str(row[name])) for name in header if name not in plain}
        writer.writerow([(texts | plain)[name] for name in header])
    return out.getvalue().encode()
