"""A command's answer as text for people: labels and values, lists as small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

DASH = "–"


def readable(answer: Any, indent: str = "") -> str:
    """The answer as lines of text."""
    if isinstance(answer, Mapping):
        return _labelled(answer, indent)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return _listed(answer, indent)
    return indent + _shown(answer)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], indent: str = "") -> str:
    """Rows under their header, columns aligned; numbers to the right."""
    texts = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(header), *texts]) for at in range(len(header))]
    right = [bool(rows) and all(_is_number(row[at]) for row in rows) for at in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return (indent + "  ".join(padded)).rstrip()

    return "\n".join([line(header), *(line(row) for row in texts)])


def _labelled(answer: Mapping[str, Any], indent: str) -> str:
    simple = {key: value for key, value in answer.items() if not _is_nested(value)}
    width = max((len(_label(key)) for key in simple), default=0)
    lines = [f"{indent}{_label(key).ljust(width)}  {_shown(value)}" for key, value in simple.items()]
    for key, value in answer.items():
        if _is_nested(value) and value:
            lines += [f"{indent}{_label(key)}:", readable(value, indent + "  ")]
    return "\n".join(lines)


def _listed(answer: Sequence[Any], indent: str) -> str:
    if answer and all(isinstance(row, Mapping) for row in answer):
        header = list(answer[0])
        if all(list(row) == header for row in answer):
            rows = [[_flat(row[key]) for key in header] for row in answer]
            return table([_label(key) for key in header], rows, indent)
    return "\n".join(readable(row, indent) for row in answer)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, Sequence) and not isinstance(value, str) and any(_is_compound(v) for v in value)
    )


def _is_compound(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, str) and len(value) > 40)


def _flat(value: Any) -> Any:
    return "; ".join(f"{k} {_shown(v)}" for k, v in value.items()) if isinstance(value, Mapping) else value


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return (
        value is None
        or isinstance(value, int | float)
        or (isinstance(value, str) and value.replace("-", "", 1).replace(".", "", 1).isdigit())
    )


def _label(key: str) -> str:
    return key.replace("_", " ")


def _shown(value: Any) -> str:
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_shown(v) for v in value) or "none"
    return str(value).replace("\n", " ")
