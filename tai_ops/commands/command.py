"""What the commands share: the answer, the store and who acts, how options and files are read."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tai_ops import readable
from tai_ops.cli import Call, store_file
from tai_ops.errors import Refused, WrongUsage
from tai_ops.period import BusinessCalendar, parse_date, parse_instant
from tai_ops.rights import Actor, acting

if TYPE_CHECKING:
    from tai_ops.company import Company
    from tai_ops.store import Store


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's answer: JSON, text for people (None: nothing to print), its exit status.

    `refused` is set where the answer is a report of a refusal: printed under `--json`, exit status 1.
    """

    json: Any
    text: str | None
    status: int = 0
    refused: str | None = None


def answered(answer: Any) -> Answer:
    """The answer as JSON and as a person reads it."""
    return Answer(answer, readable.readable(answer))


def opened_store(call: Call) -> "Store":
    """The store that the command works on; Refused where there is none."""
    if call.opened is None:
        raise Refused(f"{store_file(call)}: there is no store here; make one with `tai-ops init`")
    return call.opened


def now_of(store: "Store | None") -> datetime:
    """The instant that the command sees: the store's demo clock where it has one."""
    clock = datetime.now(UTC)
    return store.now(clock) if store else clock


def actor_of(call: Call, right: str) -> Actor:
    """Who acts; NotAllowed where their role has not that right."""
    return acting(opened_store(call).people(), call.acting, right)


def company_of(call: Call) -> "Company":
    """The settings of the store, where it is there or not."""
    from tai_ops.company import company_settings, settings_file

    return call.opened.company if call.opened else company_settings(settings_file(store_file(call)))


def calendar_of(call: Call) -> BusinessCalendar:
    """The company's business days: of the store, or of the settings where there is none."""
    if call.opened is None:
        return company_of(call).calendar()
    from tai_ops.store.facts import business_calendar

    return business_calendar(call.opened)


def date_of(text: str, option: str) -> date:
    """The option's text as a day; WrongUsage names the option."""
    try:
        return parse_date(text)
    except ValueError as reason:
        raise WrongUsage(f"{option}: {reason}") from None


def file_name(path: str) -> str:
    """What a file is called in reports; `-` is standard input."""
    return "standard input" if path == "-" else Path(path).name


def content_of(call: Call, path: str) -> bytes:
    """The bytes of the file, or of standard input."""
    return call.terminal.read_input() if path == "-" else call.terminal.read_file(path)


def instant_of(text: str, option: str, zone: Any) -> datetime:
    """The option's text as an instant, a day alone as its midnight in the zone; WrongUsage names the option."""
    try:
        if len(text.strip()) == 10:
            return datetime.combine(parse_date(text), time(), tzinfo=zone).astimezone(UTC)
        return parse_instant(text)
    except ValueError as reason:
        raise WrongUsage(f"{option}: {reason}") from None


def number_of(value: Decimal | None) -> float | None:
    """The value as a JSON number of at most four decimals; None stays None."""
    return None if value is None else float(round(value, 4))


IMPORTS = {"store.load": "records", "bank.statement_import": "statements"}
"""The commands that bring files in, and what these hold."""


def carried_out(call: Call, function: Callable[[Call], Answer]) -> Answer:
    """Run the command; an import that is refused leaves its note in the store."""
    try:
        return function(call)
    except Refused as reason:
        what = IMPORTS.get(call.command.run)
        if what and call.opened and not call.arguments.dry_run:
            from tai_ops.store import refusals

            with contextlib.suppress(Refused):  # nobody known acts: then nobody's import failed
                actor = acting(call.opened.people(), call.acting, "notes")
                file = file_name(call.arguments.file)
                refusals.keep(call.opened, actor, what, file, reason, now=now_of(call.opened))
        raise
