"""One JSON object from outside, read strictly into a frozen model, or refused in one line that names the key.

Null means the same as absent: not known. Numbers are read as exact decimals; money is text; instants keep the
offset that they were written with.
"""

import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from tai_ops.errors import Refused
from tai_ops.money import parse_money

_M = TypeVar("_M", bound=BaseModel)
_SHOWN = 60
_YEARS = range(1970, 3000)
_LARGEST = Decimal(10) ** 12


class _GivenTwice:
    """Stands where a key's value would stand that the text gives twice."""


class JsonObject(BaseModel):
    """A JSON object whose keys are all named; any other key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def object_from_json(model: type[_M], data: Any) -> _M:
    """The model that the text, bytes or already decoded JSON holds.

    Refused, in one line that begins with the dotted path, where it is not JSON, not one object, or a key is
    unknown, given twice, missing, of the wrong type or out of range.
    """
    value = _decoded(data) if isinstance(data, str | bytes) else data
    if not isinstance(value, dict):
        raise Refused('the input must be one JSON object, like {"key": "value"}')
    try:
        return model.model_validate(value)
    except ValidationError as found:
        errors = found.errors(include_url=False)
        raise Refused(_line(min(errors, key=lambda error: error["type"] == "missing"))) from None


def _decoded(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode()
        return json.loads(
            text.removeprefix("\ufeff"),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Refused("the input is not UTF-8 text; save the JSON as UTF-8") from None
    except json.JSONDecodeError as found:
        where = f"line {found.lineno}, column {found.colno}"
        raise Refused(f"the input is not JSON: {where}: {found.msg}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise Refused("the input is not JSON that can be read: too deep, or a number too large") from None


def _no_number(name: str) -> Any:
    raise Refused(f"the input is not JSON: {name} is not a number; leave out what is not known")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = _GivenTwice() if key in found else value
    return found


def _line(error: ErrorDetails) -> str:
    path = ".".join(_printable(part) for part in error["loc"]) or "the input"
    return f"{path}: {_reason(error)}"


def _reason(error: ErrorDetails) -> str:
    if isinstance(error["input"], _GivenTwice):
        return "is given twice; give it once"
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden" | "invalid_key":
            return "is not a key that is known here"
        case "literal_error":
            return f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "bool_type":
            return "must be true or false"
        case "tuple_type":
            return "must be a list of names"
        case "model_type":
            return 'must be an object, like {"key": "value"}'
        case "string_unicode":
            return "holds a key that is not UTF-8 text"
        case "value_error":
            return str(context["error"])
        case _:
            return error["msg"]


def _printable(part: object) -> str:
    text = "".join(char if char.isprintable() else "?" for char in str(part))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def wrong(words: str) -> PydanticCustomError:
    """The error that a check of one value raises; the words follow its path: `must be text`."""
    return PydanticCustomError("wrong", "{words}", {"words": words})


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong("must be text")
    if any(0xD800 <= ord(char) < 0xE000 for char in value):
        raise wrong("holds half a character; write it as UTF-8")
    return value


def _name(value: Any) -> Any:
    if not _text(value).strip():
        raise wrong("must not be blank")
    return value


def _money(value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong('must be money as text, like "45000.00"')
    try:
        amount = parse_money(value)
    except ValueError:
        raise wrong('must be money as text with at most two decimals, like "45000.00"') from None
    if amount < 0:
        raise wrong("must be 0.00 or more")
    return amount


def _instant(value: Any) -> Any:
    example = "2026-02-03T10:20:00-05:00"
    if not isinstance(value, str):
        raise wrong(f'must be an instant with an offset, like "{example}"')
    try:
        instant = datetime.fromisoformat(value.strip())
    except ValueError:
        raise wrong(f'must be an instant with an offset, like "{example}"') from None
    if instant.tzinfo is None:
        raise wrong(f'must carry an offset, like "{example}"')
    if instant.year not in _YEARS:
        raise wrong(f"must lie in the years {_YEARS[0]} to {_YEARS[-1]}")
    return instant


def number(low: int, high: int | None = None, *, whole: bool = False) -> BeforeValidator:
    """What takes a JSON number from low to high (or without end), and no text, flag or infinity, for one."""
    kind = "a whole number" if whole else "a number"
    words = f"must be {kind}, {low} or more" if high is None else f"must be {kind} from {low} to {high}"

    def checked(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float | Decimal):
            raise wrong(words)
        exact = Decimal(str(value))
        if not exact.is_finite() or exact < low or (high is not None and exact > high):
            raise wrong(words)
        if exact > _LARGEST:
            raise wrong(f"is larger than {_LARGEST:.0f}")
        return value if whole else exact

    return BeforeValidator(checked)


def known(model: type[JsonObject]) -> BeforeValidator:
    """What takes null for an object of which nothing is known."""

    def filled(value: Any) -> Any:
        return model() if value is None else value

    return BeforeValidator(filled)


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Number = Annotated[Decimal, number(0)]
Percent = Annotated[Decimal, number(0, 100)]
Whole = Annotated[int, number(0, whole=True)]
Flag = StrictBool
YesNo = Literal["yes", "no", "unsure"]
