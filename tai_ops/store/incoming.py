"""What a load would do row by row before it does it, and the loading of other systems' files in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tai_ops.errors import Problem, Refused
from tai_ops.foreign import File, Format, Found, Known, detect, folded
from tai_ops.kinds import KINDS, STAGES
from tai_ops.rights import Actor, authorize
from tai_ops.sheet import MAX_TEXT, Sheet
from tai_ops.store.connection import Store, Write
from tai_ops.store.records import Loaded, RowsRefused, differs_sql, join_sql, merge
from tai_ops.store.refusals import noted


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that a load changes: its column, what stands there and what comes."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Seen:
    """What a load does with each row of a sheet: row numbers, cell by cell where one changes, why one is refused."""

    loaded: Loaded
    new: tuple[int, ...]
    changed: Mapping[int, tuple[Change, ...]]
    unchanged: tuple[int, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        """Why rows are refused."""
        return self.loaded.rejected


@dataclass(frozen=True, slots=True)
class Report:
    """What the load of another system's file did: of the kind that it is about, and of the kinds beside it."""

    main: Loaded
    also: Mapping[str, Loaded]
    notes: tuple[str, ...] = ()

    def as_json(self, format_id: str) -> dict[str, Any]:
        """The report of contract.md, with the format and the other kinds."""
        also = {
            kind: {"added": one.added, "updated": one.updated, "unchanged": one.unchanged}
            for kind, one in self.also.items()
        }
        return self.main.as_json() | {"format": format_id, "also": also, "notes": list(self.notes)}


def look(store: Store, actor: Actor, sheets: Sequence[Sheet], *, now: datetime) -> tuple[Seen, ...]:
    """What loading the sheets together would do, one answer a sheet, in their order; nothing is written."""
    order = sorted(range(len(sheets)), key=lambda at: list(KINDS).index(sheets[at].kind.name))
    try:
        with store.write(actor, _right(actor, sheets), "look at rows", now=now) as write:
            found = {at: _seen(write, sheets[at], "imported") for at in order}
            raise _OnlyTried(tuple(found[at] for at in range(len(sheets))))
    except _OnlyTried as tried:
        return tried.seen


class _OnlyTried(Exception):
    """Takes the transaction of a trial back."""

    def __init__(self, seen: tuple[Seen, ...]) -> None:
        super().__init__()
        self.seen = seen


def _right(actor: Actor, sheets: Sequence[Sheet]) -> str:
    rights = [sheet.kind.owner for sheet in sheets]
    for right in rights:
        authorize(actor, right)
    return rights[0]


def _seen(write: Write, sheet: Sheet, recorded_from: str) -> Seen:
    """Bring a sheet in, and tell what that did to each row."""
    new: list[int] = []
    unchanged: list[int] = []
    changed: dict[int, tuple[Change, ...]] = {}
    columns = [name for name in sheet.columns if name not in sheet.kind.key]

    def before() -> None:
        for number, is_new, differs, *values in _compared(write, sheet, columns):
            if is_new:
                new.append(number)
            elif not differs:
                unchanged.append(number)
            else:
                cells = (
                    (n, old, sheet.columns[n][number - 1]) for n, old in zip(columns, values, strict=True)
                )
                changed[number] = tuple(Change(*cell) for cell in cells if cell[1] != cell[2])

    loaded = merge(write, sheet, skip_bad=True, recorded_from=recorded_from, before=before)
    return Seen(loaded, tuple(new), changed, tuple(unchanged))


def _compared(write: Write, sheet: Sheet, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Each incoming row: its number, whether it is new, whether it differs, and what stands in the store."""
    kind = sheet.kind
    differs = differs_sql(kind, sheet)
    listed = "".join(f", case when {differs} then o.{name} end" for name in columns)
    return write.sql(
        f"""
        select i.row_number, o.recorded_at is null, {differs}{listed}
        from incoming i left join {kind.table} o on {join_sql(kind)} order by i.row_number
        """
    ).fetchall()


# --- Files of other systems


def recognised(file: File, kind_name: str | None = None) -> Format | None:
    """Which other system's file it is; Refused where that is not loaded as the kind that was named."""
    found = detect(file)
    if found and kind_name and kind_name not in found.kinds:
        raise Refused(
            f"{file.name}: this is {found.label}; load it with `tai-ops load {found.kinds[0]} FILE`"
        )
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of another system's file: which stage and which service of ours a name of its means, what
    service it is about where it names none, and when it was taken where it says no time.
    """

    stages: Mapping[str, str] = field(default_factory=dict[str, str])
    services: Mapping[str, str] = field(default_factory=dict[str, str])
    service: str = ""
    taken_at: datetime | None = None


NOTHING_SAID = Said()


def known(store: Store, said: Said = NOTHING_SAID) -> Known:
    """What the store knows that other systems' files speak of; what is `said` goes before what was noted."""
    company = store.company
    people = store.rows("select email, name from people order by email")
    noted = store.rows(
        "select name, arg_max(stage, noted_at) as stage from stage_names group by name order by name"
    )
    called = store.rows(
        "select name, arg_max(service, noted_at) as service from service_names group by name order by name"
    )
    return Known(
        {
            folded(name): key
            for name, key in store.rows("select company, prospect_id from prospects order by 2 desc")
        },
        {
            key: (prospect, stage)
            for key, prospect, stage in store.rows("select deal_id, prospect_id, stage from deals")
        },
        {
            folded(name): key
            for name, key in store.rows("select name, customer_id from customers order by 2 desc")
        },
        {folded(name): email for email, name in people} | {folded(email): email for email, _ in people},
        dict(noted) | dict(said.stages),
        company.currency,
        company.zone,
        {folded(name): service for name, service in called}
        | {folded(name): service for name, service in said.services.items()},
        said.service,
        said.taken_at,
    )


def services(store: Store) -> list[str]:
    """What our services are called, as far as probes and impacts name them."""
    rows = store.rows(
        """
        select service from probes union select service from impacts where service is not null
        union select service from latency_counts union select service from outage_days order by 1
        """
    )
    return [name for (name,) in rows]


def look_at(store: Store, actor: Actor, found: Found, *, now: datetime) -> tuple[Seen, ...]:
    """What loading another system's file would do, one answer a part; nothing is written."""
    return look(store, actor, [one.sheet for one in found.parts], now=now) if found.parts else ()


@noted("records")
def bring_in(
    store: Store,
    actor: Actor,
    found: Found,
    *,
    now: datetime,
    name: str,
    skip_bad: bool = False,
    dry_run: bool = False,
    seen: tuple[Seen, ...] | None = None,
    said: Said = NOTHING_SAID,
    request_key: str | None = None,
) -> Report:
    """Load all that another system's file holds, in one transaction, and note which stage and service is which.

    Raises RowsRefused where a row is bad and `skip_bad` is off, Refused where the load would do something else than
    what was `seen`, NotAllowed where the role may not. `dry_run` says the same and writes nothing.
    """
    if not found.parts:
        return report(found, ())
    right = _right(actor, [one.sheet for one in found.parts])
    subject = (found.main, name)
    try:
        with store.write(
            actor, right, f"load {found.main}", now=now, subject=subject, request_key=request_key
        ) as write:
            if write.repeated is not None:
                return _reported(write.repeated)
            done = tuple(_seen(write, one.sheet, "imported") for one in found.parts)
            told = report(found, done)
            if seen is not None and done != seen:
                raise Refused(
                    f"{name}: the records changed since this preview; look at the new one and load again"
                )
            if told.main.rejected and not skip_bad:
                raise RowsRefused(name, told.main)
            note_stages(write, said.stages)
            _note_services(write, said.services)
            write.detail = told.as_json("") | {"file": name, "from": "imported"}
            if dry_run:
                raise _OnlyTried(done)
            return told
    except _OnlyTried as tried:
        return report(found, tried.seen)


def note_stages(write: Write, stages: Mapping[str, str]) -> None:
    """Keep which stage of ours another system's stage is."""
    for foreign, stage in stages.items():
        if stage not in STAGES:
            raise Refused(f"--stage: {stage!r} is none of {', '.join(STAGES)}")
        write.sql(
            "insert into stage_names (name, stage, noted_at, noted_by) values ($name, $stage, $at, $by)",
            {"name": foreign, "stage": stage, "at": write.now, "by": write.by},
        )


def _note_services(write: Write, names: Mapping[str, str]) -> None:
    """Keep which service of ours a monitor's name means; what is noted already is not noted again."""
    for name, service in names.items():
        if not service.strip() or len(service) > MAX_TEXT:
            raise Refused(f"--service: {name!r} needs the name of a service")
        write.sql(
            """
            insert into service_names (name, service, noted_at, noted_by)
            select $name, $service, $at, $by
            where $service is distinct from (select arg_max(service, noted_at) from service_names where name = $name)
            """,
            {"name": folded(name), "service": service.strip(), "at": write.now, "by": write.by},
        )


def report(found: Found, seen: Sequence[Seen]) -> Report:
    """The answers of the parts added up by kind; every refused row of the file is named once."""
    sums: dict[str, list[int]] = {}
    problems: dict[int, Problem] = {}
    for one, did in zip(found.parts, seen, strict=True):
        sums.setdefault(one.sheet.kind.name, []).extend(
            (did.loaded.added, did.loaded.updated, did.loaded.unchanged)
        )
        for problem in map(one.in_file, did.refused):
            problems.setdefault(problem.row, problem)
    by_kind = {kind: (sum(n[0::3]), sum(n[1::3]), sum(n[2::3])) for kind, n in sums.items()}
    rejected = tuple(problems[row] for row in sorted(problems))
    main = Loaded(found.read, *by_kind.pop(found.main, (0, 0, 0)), rejected)
    also = {kind: Loaded(sum(counts), *counts) for kind, counts in by_kind.items()}
    return Report(main, also, found.notes)


def _reported(detail: dict[str, Any]) -> Report:
    rejected = tuple(Problem(p["row"], p["field"], p["reason"]) for p in detail["rejected"])
    main = Loaded(detail["read"], detail["added"], detail["updated"], detail["unchanged"], rejected)
    also = {
        kind: Loaded(sum(one.values()), one["added"], one["updated"], one["unchanged"])
        for kind, one in detail["also"].items()
    }
    return Report(main, also, tuple(detail["notes"]))
