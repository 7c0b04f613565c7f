"""The rows behind a review's numbers as they are frozen with it, and what differs where they are read again later."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tai_ops.behind import Column, Rows
from tai_ops.words import DASH

CHANGES = (Column("row", "Row"), Column("what", "What"), Column("was", "When frozen"), Column("now", "Now"))


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """The rows of one number: `frozen` with its review or read now; `changes` is what reads differently since.

    `missing` says that the review was held before rows were frozen with it, so that these are read now.
    """

    rows: Rows
    frozen: bool
    changes: Rows
    missing: bool = False


def rows_text(tables: Mapping[str, Rows]) -> str:
    """The rows behind each number as canonical JSON; a table that several numbers share stands there once."""
    places: dict[str, int] = {}
    kpis = {name: places.setdefault(_table_text(rows), len(places)) for name, rows in tables.items()}
    return f'{{"kpis":{_json(kpis)},"tables":[{",".join(places)}]}}'


def rows_in(text: str, kpi: str) -> Rows | None:
    """The rows of one number out of such a text; None where it has none."""
    held = json.loads(text)
    place = held["kpis"].get(kpi)
    return None if place is None else _table(held["tables"][place])


def with_rows(text: str, tables: Mapping[str, Rows]) -> str:
    """The text with the rows of some numbers replaced."""
    held = json.loads(text)
    kept = {name: _table(held["tables"][place]) for name, place in held["kpis"].items()}
    return rows_text({**kept, **tables})


def changes(was: Rows, now: Rows) -> Rows:
    """What reads differently: a row that came, one that is gone, a value that changed; empty where nothing does."""
    gone, came = (_only_in(one, other) for one, other in ((was, now), (now, was)))
    labels = [column.label for column in was.columns]
    found: list[tuple[Any, ...]] = []
    for row in gone:
        partner = _partner(row, came) if was.columns == now.columns else None
        if partner is None:
            found.append((_named(row), "gone", _said(row), DASH))
            continue
        came.remove(partner)
        found += [
            (_named(row), label, _cell(old), _cell(new))
            for label, old, new in zip(labels, row, partner, strict=True)
            if old != new
        ]
    found += [(_named(row), "came later", DASH, _said(row)) for row in came]
    return Rows("restated", "change", CHANGES, tuple(found))


def _only_in(one: Rows, other: Rows) -> list[tuple[Any, ...]]:
    left = Counter(one.rows)
    left.subtract(Counter(other.rows))
    return [row for row, count in left.items() for _ in range(max(0, count))]


def _partner(row: tuple[Any, ...], others: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """The other row of the same name, where it is the only one."""
    same = [other for other in others if other[0] == row[0]]
    return same[0] if len(same) == 1 else None


def _named(row: tuple[Any, ...]) -> str:
    """What a row is called: its first cell, and the second where that is text as well."""
    return " ".join(dict.fromkeys(str(cell) for cell in row[:2] if cell and isinstance(cell, str)))


def _said(row: tuple[Any, ...]) -> str:
    return ", ".join(_cell(cell) for cell in row[2:] if cell is not None) or _cell(row[-1])


def _cell(value: Any) -> str:
    return DASH if value is None else f"{value:,}" if isinstance(value, Decimal) else str(value)


def _table_text(rows: Rows) -> str:
    columns = [[getattr(column, field.name) for field in fields(Column)] for column in rows.columns]
    cells = [[_to_json(cell) for cell in row] for row in rows.rows]
    said = {field.name: getattr(rows, field.name) for field in fields(Rows)}
    return _json({**said, "columns": columns, "rows": cells})


def _table(held: Any) -> Rows:
    columns = tuple(Column(*column) for column in held["columns"])
    cells = tuple(tuple(map(_from_json, row)) for row in held["rows"])
    parts: dict[str, Any] = {**held, "columns": columns, "rows": cells}
    return Rows(**parts)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _to_json(value: Any) -> Any:
    """A cell as JSON: what JSON has no word for carries its own in front."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, text)] = value.items()
    return {"decimal": Decimal, "instant": datetime.fromisoformat, "date": date.fromisoformat}[kind](text)
