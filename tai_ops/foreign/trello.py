"""Trello: a board's JSON export, its cards and their checklists as tasks.

A card is archived where it is closed itself or stands in a closed list: then it is kept, and never open.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tai_ops.errors import Problem
from tai_ops.foreign.file import File, local_day
from tai_ops.foreign.found import Found, Known, Row, cut, folded, parts


def is_trello(file: File) -> bool:
    """Whether the file is a board."""
    if not file.looks_like_json or b'"cards"' not in file.data or b'"lists"' not in file.data:
        return False
    document = file.document
    return isinstance(document, dict) and all(isinstance(document.get(k), list) for k in ("cards", "lists"))


def read(file: File, known: Known) -> Found:
    """Each card, then each item of its checklists under it; row n is the n-th of these in the file."""
    board: dict[str, Any] = file.document
    lists = {str(one.get("id")): one for one in objects(board["lists"])}
    members = {str(one.get("id")): one for one in objects(board.get("members"))}
    project = text(board.get("name"))
    customer = known.customer_in(project)
    rows: list[Row] = []
    archived: dict[str, bool] = {}
    for card in board["cards"]:
        row = _card(len(rows) + 1, card, lists, members, known, project, customer)
        archived[row.values["task_id"]] = row.values["state"] == "archived"
        rows.append(row)
    sections = {row.values["task_id"]: row.values["section"] for row in rows}
    for checklist in objects(board.get("checklists")):
        above = text(checklist.get("idCard"))
        rows += [
            _item(
                len(rows) + 1 + n,
                item,
                checklist,
                archived.get(above, False),
                sections,
                known,
                project,
                customer,
            )
            for n, item in enumerate(objects(checklist.get("checkItems")))
        ]
    left = sum(archived.values())
    notes = (
        (f"{left} cards are archived, themselves or with their list; they are kept and not open",)
        if left
        else ()
    )
    return Found("tasks", len(rows), parts("tasks", rows), notes)


def _card(
    number: int,
    card: Any,
    lists: Mapping[str, Mapping[str, Any]],
    members: Mapping[str, Mapping[str, Any]],
    known: Known,
    project: str,
    customer: str | None,
) -> Row:
    if not isinstance(card, dict):
        return Row(
            number, {"task_id": "", "state": "", "section": ""}, (Problem(number, "cards", "is no card"),)
        )
    held = lists.get(text(card.get("idList")), {})
    is_archived = bool(card.get("closed")) or bool(held.get("closed"))
    is_done = bool(card.get("dueComplete"))
    people = [members[m] for m in map(str, card.get("idMembers") or []) if m in members]
    names = [text(m.get("fullName")) or text(m.get("username")) for m in people]
    emails = [known.people[folded(name)] for name in names if folded(name) in known.people]
    values = {
        "task_id": text(card.get("id")),
        "title": cut(text(card.get("name"))),
        "state": "archived" if is_archived else "done" if is_done else "open",
        "project": cut(project),
        "section": cut(text(held.get("name"))),
        "owner": cut(", ".join(names)),
        "owner_email": emails[0] if len(emails) == 1 else "",
        "starts_on": local_day(text(card.get("start")), known.zone),
        "due_on": local_day(text(card.get("due")), known.zone),
        "done_on": local_day(text(card.get("dateCompleted")), known.zone) if is_done else "",
        "tags": cut(
            ", ".join(text(one.get("name")) or text(one.get("color")) for one in objects(card.get("labels")))
        ),
        "notes": cut(text(card.get("desc"))),
    }
    return Row(number, values | ({"customer_id": customer} if customer else {}))


def _item(
    number: int,
    item: Mapping[str, Any],
    checklist: Mapping[str, Any],
    is_archived: bool,
    sections: Mapping[str, str],
    known: Known,
    project: str,
    customer: str | None,
) -> Row:
    above = text(checklist.get("idCard"))
    is_done = item.get("state") == "complete"
    values = {
        "task_id": text(item.get("id")),
        "title": cut(text(item.get("name"))),
        "state": "archived" if is_archived else "done" if is_done else "open",
        "project": cut(project),
        "section": sections.get(above, ""),
        "due_on": local_day(text(item.get("due")), known.zone),
        "parent_id": above,
        "tags": cut(text(checklist.get("name"))),
    }
    return Row(number, values | ({"customer_id": customer} if customer else {}))


def objects(found: object) -> Sequence[dict[str, Any]]:
    """The objects of a JSON list; nothing where it is no list."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(found: object) -> str:
    """A JSON text or number as text; empty for anything else."""
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
