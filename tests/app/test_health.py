"""The Health page: a backup made now, read again, brought back as a new store; what is not in order is said first."""

from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import forms, session
from tai_ops.errors import Refused
from tai_ops.store import Store, backups

ROUTER = Path(session.__file__).with_name("router.py")
PEOPLE = "email,name,role,active\nm@tai.example,Mara Klein,ceo,true\ni@tai.example,Ida Roth,csm,true\n"


@pytest.fixture
def held(tmp_path, monkeypatch):
    store = Store.open(tmp_path / "books.duckdb", create=True)
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: make.NOW)
    monkeypatch.setattr(forms, "_drafts", type(forms._drafts)())
    make.loaded(store, "people", PEOPLE)
    yield store
    session.use(None)
    store.close()


def shown(**query):
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    app = app.switch_page("../../pages/health.py").run()
    assert not app.exception
    return app


def text(app):
    found = [*app.markdown, *app.caption, *app.error, *app.success]
    return "\n".join(one.value.replace(":small[]", "").replace("\\", "") for one in found)


def press(app, key):
    app = app.button(key=key).click().run()
    assert not app.exception
    return app


def test_a_backup_is_made_read_again_and_brought_back_as_a_new_store(held):
    app = shown()
    assert "There is no verified backup yet." in text(app)
    app = press(app, "back_up")
    assert "is made and was read back" in text(app)
    assert "Room, backups and imports are in order." in text(app)
    [kept] = backups.kept(held)
    name = kept.path.name
    app = shown(backup=name)
    app = press(app, f"read_{name}")
    assert "were read to the last value and are as they were written" in text(app)
    app.text_input(key=f"restore_{name}_as").set_value("books")
    app = press(app, f"save_restore_{name}")
    assert "books.duckdb is there already; choose another name" in text(app)
    app.text_input(key=f"restore_{name}_as").set_value("look-back")
    app = press(app, f"save_restore_{name}")
    assert "look-back.duckdb beside the running store holds" in text(app)
    again = Store.open(held.folder / "look-back.duckdb")
    assert len(again.people()) == 2
    again.close()


def test_refused_imports_stand_with_their_reason_and_the_checks_run(held):
    with pytest.raises(Refused):
        make.loaded(held, "customers", "customer_id,name,status\nC-9,X,sold\n")
    app = shown()
    assert "1 import was refused in seven days" in text(app)
    [row] = app.dataframe[0].value[["file", "reason"]].values.tolist()
    assert row[0] == "customers.csv"
    assert row[1].startswith("row 1, status: 'sold' is none of")
    app = press(app, "run_checks")
    assert "nothing wrong" in text(app)


def test_a_role_that_may_not_sees_no_control(held):
    backups.back_up_now(held, make.CEO, clock=make.NOW)
    [kept] = backups.kept(held)
    app = shown(**{"as": "Ida Roth · CSM", "backup": kept.path.name})
    assert app.button(key="back_up").disabled
    assert "The CEO or CFO or CTO may look after the store" in text(app)
    assert not [b for b in app.button if b.key and b.key.startswith(("save_", "read_", "open_"))]
