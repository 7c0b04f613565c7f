"""Making the sample store: the acts of all its people in the order of time, in a folder of its own that is moved in whole."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tai_ops.demo.acts import Act, who
from tai_ops.demo.bookkeeping import money_acts, statement
from tai_ops.demo.books import OPERATING, SAVINGS, UPLOAD
from tai_ops.demo.company import SETTINGS, company_acts, customer_acts
from tai_ops.demo.incident import incident_acts
from tai_ops.demo.meetings import meeting_acts
from tai_ops.demo.proposals import proposal_acts
from tai_ops.demo.sales import sales_acts
from tai_ops.demo.service import CLOCK, service_acts
from tai_ops.errors import Refused
from tai_ops.store import Store
from tai_ops.store.demo_clock import set_demo_clock

Progress = Callable[[int, int], None]

UPLOADS = {"march.csv": OPERATING, "march-savings.csv": SAVINGS}
"""What lies beside the store to be uploaded: March's statements, by account."""


def make_demo(path: Path, *, progress: Progress | None = None) -> None:
    """Make the sample company's store at that path, its settings and March's statements beside it.

    The store appears whole or not at all. `progress` is told how many acts are done, and of how many. Raises
    Refused where something stands at the path already.
    """
    if path.exists():
        raise Refused(f"{path} is there already; move it away to make the sample company anew")
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
    try:
        made = folder / path.name
        made.with_suffix(".toml").write_text(SETTINGS, "utf-8")
        for name, account in UPLOADS.items():
            (folder / name).write_bytes(statement(account, UPLOAD))
        _play(made, progress)
        _move_in(made, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_in(made: Path, path: Path) -> None:
    """Put what was made in its place, the store last; a statement of that name that is there already stays."""
    for name in UPLOADS:
        if not (path.parent / name).exists():
            (made.parent / name).replace(path.parent / name)
    made.with_suffix(".toml").replace(path.with_suffix(".toml"))
    made.replace(path)


def acts() -> list[Act]:
    """Everything that anybody did, in the order of time."""
    told = [
        *company_acts(),
        *customer_acts(),
        *sales_acts(),
        *proposal_acts(),
        *service_acts(),
        *incident_acts(),
        *money_acts(),
        *meeting_acts(),
    ]
    return sorted(told, key=lambda act: act.at)


def _play(path: Path, progress: Progress | None) -> None:
    store = Store.open(path, create=True)
    try:
        todo = acts()
        for done, act in enumerate(todo, 1):
            act.do(store, act.at)
            if progress:
                progress(done, len(todo))
        set_demo_clock(store, who("store"), CLOCK)
    finally:
        store.close()
