"""What a killed process was doing: run in a process of its own and sent SIGKILL from outside."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import make

from tai_ops.store import Store


def prepared(path: Path) -> None:
    """A store with an account whose January is reconciled and locked, so that the month can be closed."""
    from tai_ops.store.matches import lock, reconcile, type_balance

    store = Store.open(path, create=True)
    make.accounts(store)
    head = "bill_id,account,incurred_on,paid_on,payee,amount,category\n"
    make.loaded(store, "bills", head + "B-1,OP,2026-01-20,2026-01-20,Cloud Co,120.00,cloud infrastructure\n")
    make.statement(store, "Date,Description,Amount\n2026-01-21,CLOUD CO,-120.00\n")
    type_balance(store, make.CFO, "OP", date(2026, 1, 31), Decimal(880), now=make.NOW)
    reconcile(store, make.CFO, "OP", now=make.NOW, through=date(2026, 1, 31))
    lock(store, make.CFO, "OP", date(2026, 1, 31), now=make.NOW)
    for account in ("SAVE",):
        type_balance(store, make.CFO, account, date(2026, 1, 31), Decimal(0), now=make.NOW)
        lock(store, make.CFO, account, date(2026, 1, 31), now=make.NOW)
    store.close()


def importing(path: Path) -> None:
    """Import four thousand lines."""
    store = Store.open(path)
    rows = "".join(f"2026-02-{n % 28 + 1:02d},SHOP {n},-{n % 97 + 1}.00\n" for n in range(4000))
    make.statement(store, "Date,Description,Amount\n" + rows, name="big.csv")
    store.close()


def closing(path: Path) -> None:
    """Close January."""
    from tai_ops.period import Month
    from tai_ops.runbooks import month_end_close

    store = Store.open(path)
    month_end_close.run(store, make.CFO, Month(2026, 1), make.NOW)
    store.close()


def backed_up(path: Path) -> None:
    """A backup beside the store, of a company that has one customer more."""
    from tai_ops.store.backup import write_backup

    other = path.with_name("other.duckdb")
    prepared(other)
    store = Store.open(other)
    make.loaded(store, "customers", "customer_id,name,status\nC-9,Nine,live\n")
    write_backup(store, make.CFO, path.with_name("backup.zip"), now=make.NOW)
    store.close()


def restoring(path: Path) -> None:
    """Put the backup in the place of the store, as the process does that serves it."""
    from tai_ops.store.backup import restore_open

    store = Store.open(path)
    restore_open(store, path.with_name("backup.zip"), now=make.NOW, replace=True)
    store.close()


def taking(path: Path) -> None:
    """Serve the paths of the intake on the store, at the port that stands beside it once it is taken."""
    import socket

    import uvicorn
    from starlette.applications import Starlette

    from tai_ops.web.intake import intake_routes

    store = Store.open(path)
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=intake_routes(lambda: store))
    beside = path.with_suffix(".making")
    beside.write_text(str(listening.getsockname()[1]))
    beside.replace(path.with_suffix(".port"))
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listening])
