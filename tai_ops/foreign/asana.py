"""Asana: the CSV export of a project's tasks."""

from collections.abc import Mapping, Sequence

from tai_ops.errors import Problem
from tai_ops.foreign.file import File, Table, day, is_day, plain_id
from tai_ops.foreign.found import Found, Known, Row, cut, folded, parts

SIGNS = ("Task ID", "Name", "Created At")


def is_asana(file: File) -> bool:
    """Whether the file is an export of tasks; empty rows may stand above its header."""
    return file.heads(*SIGNS) is not None


def read(file: File, known: Known) -> Found:
    """Each task with its parent and what blocks it by id; names that no task of the file has are kept as they are."""
    table = file.table(*SIGNS)
    assert table is not None  # noqa: S101  # `is_asana` said so
    ids, problems = _ids(table)
    names = _by_name(table, ids)
    rows = [_task(table, at, ids[at], problems.get(at), names, known) for at in range(len(table.rows))]
    unclear = sorted({name for name, found in names.items() if len(found) > 1})
    notes = [f"{len(unclear)} names are borne by several tasks, such as {unclear[0]!r}"] if unclear else []
    lost = [cell for cell in table.column("Parent task", "Parent Task") or [] if cell and cell not in names]
    if lost:
        notes.append(f"{len(lost)} tasks name a parent that is not in the file, such as {lost[0]!r}")
    return Found("tasks", len(rows), parts("tasks", rows), tuple(notes))


def _ids(table: Table) -> tuple[list[str], dict[int, Problem]]:
    found: list[str] = []
    problems: dict[int, Problem] = {}
    for at, text in enumerate(table.column("Task ID") or []):
        try:
            found.append(plain_id(text))
            if not text:
                problems[at] = Problem(at + 1, "Task ID", "must not be empty")
        except ValueError as reason:
            found.append(text)
            problems[at] = Problem(at + 1, "Task ID", str(reason))
    return found, problems


def _by_name(table: Table, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in zip(ids, table.column("Name") or [], strict=True):
        if name:
            found.setdefault(name, []).append(key)
    return found


def _task(
    table: Table, at: int, key: str, problem: Problem | None, names: Mapping[str, list[str]], known: Known
) -> Row:
    def cell(*headings: str) -> str:
        place = table.place(*headings)
        return "" if place is None else table.rows[at][place].strip()

    done = day(cell("Completed At"))
    project = cell("Projects", "Project")
    values = {
        "task_id": key,
        "title": cut(cell("Name")),
        "state": "done" if done else "open",
        "done_on": done,
    }
    customer = known.customer_in(project)
    if customer:
        values["customer_id"] = customer
    email = cell("Assignee Email")
    if table.has("Assignee"):
        values["owner"] = cell("Assignee")
        values["owner_email"] = email or known.people.get(folded(cell("Assignee")), "")
    starts, due = day(cell("Start Date")), day(cell("Due Date"))
    values |= {
        "project": cut(project),
        "section": cut(cell("Section/Column", "Section", "Column")),
        "starts_on": starts,
        "due_on": due,
        "parent_id": _one(cell("Parent task", "Parent Task"), names),
        "blocked_by": cut(", ".join(in_names(cell("Blocked By (Dependencies)", "Blocked By"), names))),
        "tags": cut(cell("Tags")),
        "notes": cut(cell("Notes")),
    }
    if is_day(starts) and is_day(due) and due < starts:
        problem = problem or Problem(at + 1, "Due Date", f"{due} is earlier than Start Date {starts}")
    return Row(at + 1, values, (problem,) if problem else ())


def _one(name: str, names: Mapping[str, list[str]]) -> str:
    found = names.get(name, [])
    return found[0] if len(found) == 1 else cut(name)


def in_names(cell: str, names: Mapping[str, list[str]]) -> list[str]:
    """The ids of the tasks that a list of names speaks of; a name may itself hold commas."""
    pieces = cell.split(",")
    found: list[str] = []
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            name = ",".join(pieces[start:end]).strip()
            if name in names or end == start + 1:
                found += [_one(name, names)] if name else []
                start = end
                break
    return found
