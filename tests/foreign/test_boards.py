"""Task boards: Asana's CSV and Trello's JSON as tasks."""

import json
from datetime import date

import make
import pytest

from tai_ops.foreign import File, Known, detect
from tai_ops.foreign.asana import in_names
from tai_ops.store import incoming
from tai_ops.store.records import RowsRefused

HEAD = "Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Assignee Email,Start Date,Due Date,Tags,Notes,Projects,Parent Task,Blocked By (Dependencies)\n"
BOARD = {
    "name": "Acme onboarding",
    "lists": [{"id": "L1", "name": "Doing", "closed": False}, {"id": "L2", "name": "Old", "closed": True}],
    "members": [{"id": "M1", "fullName": "Ida Roth", "username": "ida"}],
    "labels": [],
    "cards": [
        {
            "id": "5f00000000000000000000c1",
            "name": "Kickoff <b>|$",
            "desc": "line 1\nline 2",
            "idList": "L1",
            "closed": False,
            "due": "2026-02-05T23:30:00.000Z",
            "dueComplete": True,
            "idMembers": ["M1"],
            "labels": [{"name": "meeting", "color": "green"}, {"name": "", "color": "red"}],
        },
        {"id": "5f00000000000000000000c2", "name": "Forgotten", "idList": "L2", "closed": False, "due": None},
        {"id": "5f00000000000000000000c3", "name": "Thrown away", "idList": "L1", "closed": True},
    ],
    "checklists": [
        {
            "id": "K1",
            "idCard": "5f00000000000000000000c1",
            "name": "Before",
            "checkItems": [
                {"id": "5f00000000000000000000d1", "name": "Agenda", "state": "complete"},
                {"id": "5f00000000000000000000d2", "name": "Room", "state": "incomplete"},
            ],
        }
    ],
}


def brought(store, data, name="board", **more):
    file = File(data if isinstance(data, bytes) else data.encode(), name)
    form = incoming.recognised(file, "tasks")
    found = form.reads(file, incoming.known(store))
    return incoming.bring_in(store, make.LOCAL_OWNER, found, now=make.NOW, name=name, **more)


def test_the_asana_sample_gives_three_tasks_with_parent_and_blocker_by_id(store, samples):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Acme,live\nC-2,Bell,live\n")
    told = brought(store, (samples / "ops" / "SYNTHETIC_asana_export.csv").read_bytes())
    assert (told.main.read, told.main.added) == (3, 3)
    first, second, third = store.rows(
        "select task_id, title, state, done_on, due_on, parent_id, blocked_by, notes, customer_id from tasks order by 1"
    )
    assert first[1:5] == ("Create admin user", "done", date(2026, 1, 6), date(2026, 1, 6))
    assert first[7] == "Secure handoff, see vault"
    assert second[6] == "1200000000000001"
    assert second[7] == "Agenda:\n1. Welcome\n2. Success plan"
    assert (third[5], third[2], third[8]) == ("1200000000000002", "open", "C-1")
    again = brought(store, (samples / "ops" / "SYNTHETIC_asana_export.csv").read_bytes())
    assert again.main.unchanged == 3


def test_rows_of_space_above_the_header_and_other_delimiters_are_read(store):
    text = "Acme Onboarding\n,,,\n\n" + HEAD + "1,2026-01-05,,,Call,W1,,,,,,,P,,\n"
    assert brought(store, "\ufeff" + text).main.added == 1
    assert brought(store, HEAD.replace(",", ";") + "2;2026-01-05;;;Write;W1;;;;;;;P;;\n").main.added == 1


def test_a_damaged_id_is_named_and_the_others_can_come_in(store):
    text = (
        HEAD
        + "1.2E+15,2026-01-05,,,Call,W1,,,,,,,P,,\n3,2026-01-05,,,,W1,,,,,,,P,,\n4,2026-01-05,,,Ok,W1,,,,,,,P,,\n"
    )
    with pytest.raises(
        RowsRefused, match=r"row 1, Task ID: '1.2E\+15' is an id that a spreadsheet has damaged.*2 problems"
    ):
        brought(store, text)
    told = brought(store, text, skip_bad=True)
    assert [(p.row, p.field) for p in told.main.rejected] == [(1, "Task ID"), (2, "title")]
    assert store.rows("select task_id from tasks") == [("4",)]


def test_a_parent_by_a_name_that_two_tasks_bear_stays_a_name_and_is_said(store):
    text = HEAD + "".join(
        f"{n},2026-01-05,,,{name},,,,,,,,P,{parent},\n"
        for n, name, parent in (
            (1, "Call", ""),
            (2, "Call", ""),
            (3, "Note", "Call"),
            (4, "Mail", "Elsewhere"),
        )
    )
    told = brought(store, text)
    assert store.rows("select parent_id from tasks order by task_id") == [
        (None,),
        (None,),
        ("Call",),
        ("Elsewhere",),
    ]
    assert told.notes == (
        "1 names are borne by several tasks, such as 'Call'",
        "1 tasks name a parent that is not in the file, such as 'Elsewhere'",
    )


def test_names_with_commas_are_told_apart_in_a_list():
    names = {"Plan, then act": ["1"], "Act": ["2"], "Plan": ["3"]}
    assert in_names("Plan, then act, Act", names) == ["1", "2"]
    assert in_names("Plan, Act,Gone", names) == ["3", "2", "Gone"]
    assert in_names("", names) == []


def test_a_long_note_is_cut_where_the_store_ends():
    file = File((HEAD + f"1,2026-01-05,,,Call,,,,,,,{'x' * 5000},P,,\n").encode(), "a.csv")
    found = detect(file).reads(file, Known())
    assert len(found.parts[0].sheet.columns["notes"][0]) == 2000


def test_a_trello_board_gives_cards_and_items_and_archived_lists_are_never_open(store):
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Acme,live\n")
    told = brought(store, json.dumps(BOARD))
    assert (told.main.read, told.main.added) == (5, 5)
    rows = store.rows(
        "select title, state, section, owner, due_on, parent_id, tags, customer_id from tasks order by task_id"
    )
    assert rows[0] == (
        "Kickoff <b>|$",
        "done",
        "Doing",
        "Ida Roth",
        date(2026, 2, 5),
        None,
        "meeting, red",
        "C-1",
    )
    assert rows[1][:3] == ("Forgotten", "archived", "Old")
    assert rows[2][:2] == ("Thrown away", "archived")
    assert rows[3][:2] == ("Agenda", "done")
    assert (rows[4][1], rows[4][5]) == ("open", "5f00000000000000000000c1")
    assert told.notes == ("2 cards are archived, themselves or with their list; they are kept and not open",)
    assert brought(store, json.dumps(BOARD)).main.unchanged == 5


def test_a_card_that_is_none_and_a_bad_date_are_named(store):
    board = {
        "name": "b",
        "lists": [],
        "cards": ["x", {"id": "c1", "name": "A", "due": "soon"}, {"id": "c2", "name": "B"}],
    }
    with pytest.raises(RowsRefused, match="row 1, cards: is no card"):
        brought(store, json.dumps(board))
    told = brought(store, json.dumps(board), skip_bad=True)
    assert [(p.row, p.field) for p in told.main.rejected] == [(1, "cards"), (2, "due_on")]
