"""The examples that tests build on are valid, and so is every template a user can download."""

import make

from tai_ops.kinds import KINDS
from tai_ops.store import Store
from tai_ops.store.digest import table_digests


def test_every_template_loads_and_loads_again_unchanged(store: Store) -> None:
    for kind in KINDS.values():
        first = make.loaded(store, kind.name, make.template(kind))
        assert (first.added, first.rejected) == (2, ()), kind.name
    for kind in KINDS.values():
        again = make.loaded(store, kind.name, make.template(kind))
        assert (again.added, again.updated, again.unchanged) == (0, 0, 2), kind.name


def test_the_examples_stand_as_loading_them_leaves_them(store: Store) -> None:
    make.examples(store)
    loaded = Store.in_memory()
    make.load_examples(loaded)
    events = "select event, subject_kind, subject_key, done_by, done_at, detail_json from audit order by all"
    assert store.rows(events) == loaded.rows(events)
    fresh = {"audit", "schema_versions"}  # whose rows carry an id or an instant of their own
    found = [table_digests(one.cursor(), fresh) for one in (store, loaded)]
    loaded.close()
    assert found[0] == found[1]
