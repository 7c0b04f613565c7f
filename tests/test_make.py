"""The examples that tests build on are valid, and so is every template a user can download."""

import make

from tai_ops.kinds import KINDS
from tai_ops.store import Store


def test_every_template_loads_and_loads_again_unchanged(store: Store) -> None:
    for kind in KINDS.values():
        first = make.loaded(store, kind.name, make.template(kind))
        assert (first.added, first.rejected) == (2, ()), kind.name
    for kind in KINDS.values():
        again = make.loaded(store, kind.name, make.template(kind))
        assert (again.added, again.updated, again.unchanged) == (0, 0, 2), kind.name
