"""What each command does: reads its arguments, calls the same functions as the pages, answers JSON and text."""

import contextlib
import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tai_ops import kinds, readable
from tai_ops.cli import Call, store_file
from tai_ops.company import Company, company_settings, settings_file
from tai_ops.errors import Refused, WrongUsage
from tai_ops.money import money_text
from tai_ops.period import BusinessCalendar, Month, Week, parse_date, parse_instant
from tai_ops.rights import Actor, acting
from tai_ops.sheet import read_sheet, safe_cell
from tai_ops.sheet import template as template_of
from tai_ops.store import Store
from tai_ops.words import counted

if TYPE_CHECKING:
    from tai_ops.store.incoming import Said


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's answer: JSON, text for people (None: nothing to print), its exit status.

    `refused` is set where the answer is a report of a refusal: printed under `--json`, exit status 1.
    """

    json: Any
    text: str | None
    status: int = 0
    refused: str | None = None


def _said(answer: Any) -> Answer:
    return Answer(answer, readable.readable(answer))


def _store(call: Call) -> Store:
    if call.opened is None:
        raise Refused(f"{store_file(call)}: there is no store here; make one with `tai-ops init`")
    return call.opened


def _now(store: Store | None) -> datetime:
    clock = datetime.now(UTC)
    return store.now(clock) if store else clock


def _actor(call: Call, right: str) -> Actor:
    return acting(_store(call).people(), call.acting, right)


def _company(call: Call) -> Company:
    """The settings of the store, where it is there or not."""
    return call.opened.company if call.opened else company_settings(settings_file(store_file(call)))


def _calendar(call: Call) -> BusinessCalendar:
    if call.opened is None:
        return _company(call).calendar()
    from tai_ops.store.facts import business_calendar

    return business_calendar(call.opened)


def _estimates(call: Call) -> Mapping[str, int]:
    """The company's own minutes of the steps of an onboarding; none without a store."""
    if call.opened is None:
        return {}
    from tai_ops.store.step_estimates import estimates_held

    cursor = call.opened.cursor()
    try:
        return estimates_held(cursor)
    finally:
        cursor.close()


def _date(text: str, option: str) -> date:
    try:
        return parse_date(text)
    except ValueError as reason:
        raise WrongUsage(f"{option}: {reason}") from None


def _file_name(path: str) -> str:
    return "standard input" if path == "-" else Path(path).name


def _content(call: Call, path: str) -> bytes:
    return call.terminal.read_input() if path == "-" else call.terminal.read_file(path)


IMPORTS = {"load": "records", "statement_import": "statements"}
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
                file = _file_name(call.arguments.file)
                refusals.keep(call.opened, actor, what, file, reason, now=_now(call.opened))
        raise


# --- the store


def init(call: Call) -> Answer:
    """Make the store, or bring it up to the newest schema."""
    store = _store(call)
    done = store.migrated
    if done is None or done.before == done.after:
        words = f"{store.path} is a store of TAI Ops already (schema {done.after if done else '?'})"
    elif done.before == 0:
        words = f"made {store.path} (schema {done.after})"
    else:
        words = f"brought {store.path} from schema {done.before} to {done.after}; backup at {done.backup}"
    answer = {
        "store": str(store.path),
        "schema_before": done.before if done else None,
        "schema": done.after if done else None,
        "backup": str(done.backup) if done and done.backup else None,
    }
    return Answer(answer, words)


def demo(call: Call) -> Answer:
    """Make the sample company where it is absent, and serve it."""
    from tai_ops.demo import make_demo
    from tai_ops.serve import serve as serve_store

    path = store_file(call)
    if not path.exists():
        call.terminal.err("making the sample company ...")
        make_demo(path)
    arguments = call.arguments
    status = serve_store(path, address=arguments.address, port=arguments.port, terminal=call.terminal)
    return Answer({"store": str(path)}, None, status)


def serve(call: Call) -> Answer:
    """Serve the dashboard on the company's own store."""
    from tai_ops.serve import serve as serve_store

    path, arguments = store_file(call), call.arguments
    status = serve_store(path, address=arguments.address, port=arguments.port, terminal=call.terminal)
    return Answer({"store": str(path)}, None, status)


def template(call: Call) -> Answer:
    """The CSV header and two example rows of a kind."""
    from tai_ops.store.records import kind_named

    kind = kind_named(call.arguments.kind)
    text = template_of(kind)
    header, *rows = list(csv.reader(io.StringIO(text)))
    return Answer({"kind": kind.name, "header": header, "rows": rows}, text)


def load(call: Call) -> Answer:
    """Load a CSV file of a kind, or another system's file that holds such records."""
    from tai_ops.foreign import File
    from tai_ops.store import incoming, records

    store, arguments = _store(call), call.arguments
    kind = records.kind_named(arguments.kind)
    name = _file_name(arguments.file)
    actor = _actor(call, kind.owner)
    file = File(_content(call, arguments.file), name)
    foreign = incoming.recognised(file, kind.name)
    try:
        if foreign:
            said = _said_of_file(call)
            found = foreign.reads(file, incoming.known(store, said))
            told = incoming.bring_in(
                store,
                actor,
                found,
                now=_now(store),
                name=name,
                skip_bad=arguments.skip_bad,
                dry_run=arguments.dry_run,
                said=said,
            )
            report, answer = told.main, told.as_json(foreign.id)
        else:
            report = records.load(
                store,
                actor,
                read_sheet(kind, file.data, name),
                now=_now(store),
                name=name,
                skip_bad=arguments.skip_bad,
                dry_run=arguments.dry_run,
            )
            answer = report.as_json()
    except records.RowsRefused as refused:
        return Answer(refused.report.as_json(), None, 1, str(refused))
    if report.rejected:
        first, count = report.rejected[0], len(report.rejected)
        call.warnings.append(
            f"{name}: {count} {'row was' if count == 1 else 'rows were'} left out, the first: {first}"
        )
    return _said(answer)


def _said_of_file(call: Call) -> "Said":
    """What the command's options say of another system's file."""
    from tai_ops.store.incoming import Said

    services: dict[str, str] = {}
    alone = ""
    for pair in call.arguments.service:
        name, equals, service = pair.rpartition("=")
        if not service.strip() or (equals and not name.strip()):
            raise WrongUsage(f"--service: {pair!r} is neither NAME=SERVICE nor a service's name")
        if equals:
            services[name.strip()] = service.strip()
        else:
            alone = service.strip()
    taken = call.arguments.at
    if taken == "now":
        taken_at = datetime.now(UTC).replace(microsecond=0)
    else:
        taken_at = _instant(taken, "--at", UTC) if taken else None
    return Said(_stages(call), services, alone, taken_at)


def _stages(call: Call) -> dict[str, str]:
    """Which stage of ours another system's stages are, as the command says."""
    from tai_ops.foreign import File, pipeline_stages

    given = call.arguments.stages
    found = pipeline_stages(File(_content(call, given), _file_name(given))) if given else {}
    for pair in call.arguments.stage:
        name, _, stage = pair.rpartition("=")
        if not name.strip() or stage.strip() not in kinds.STAGES:
            raise WrongUsage(f"--stage: {pair!r} is not NAME=STAGE with a stage of {', '.join(kinds.STAGES)}")
        found[name.strip()] = stage.strip()
    return found


def void(call: Call) -> Answer:
    """Take a row out of every number."""
    from tai_ops.store import records

    store, arguments = _store(call), call.arguments
    kind = records.kind_named(arguments.kind)
    actor = _actor(call, kind.owner)
    return _said(records.void(store, actor, kind, arguments.key, arguments.reason, now=_now(store)))


def backup(call: Call) -> Answer:
    """A verified copy of the store."""
    from tai_ops.store.backup import write_backup

    store = _store(call)
    out = call.terminal.cwd / call.arguments.out
    made = write_backup(store, _actor(call, "store"), out, now=_now(store))
    answer = {
        "file": str(made.path),
        "bytes": made.size_bytes,
        "made_at": made.made_at.isoformat(),
        "rows": made.rows,
        "digest": made.digest,
    }
    return Answer(answer, f"wrote {made.path}: {made.rows} rows, verified")


def restore(call: Call) -> Answer:
    """Make the store from a backup."""
    from tai_ops.store import backup

    archive, target, replace = (
        call.terminal.cwd / call.arguments.file,
        store_file(call),
        call.arguments.replace,
    )
    if call.opened:
        done = backup.restore_open(call.opened, archive, now=datetime.now(UTC), replace=replace)
    else:
        done = backup.restore(archive, target, now=datetime.now(UTC), replace=replace)
    aside = f"; the old store is at {done.set_aside}" if done.set_aside else ""
    if done.set_aside and done.lost_until:
        aside += f", and what was written until {done.lost_until:%Y-%m-%d %H:%M} UTC is in it alone"
    answer = {
        "store": str(target),
        "made_at": done.made_at.isoformat(),
        "rows": done.rows,
        "digest": done.digest,
        "set_aside": str(done.set_aside) if done.set_aside else None,
        "lost_until": done.lost_until.isoformat() if done.lost_until else None,
    }
    return Answer(
        answer, f"restored {target} as of {done.made_at:%Y-%m-%d %H:%M} UTC: {done.rows} rows{aside}"
    )


def token_create(call: Call) -> Answer:
    """Make a token for another program."""
    from tai_ops.store import tokens

    store, arguments = _store(call), call.arguments
    made = tokens.create(store, _actor(call, "company"), arguments.name, arguments.scope, now=_now(store))
    call.warnings.append("the token is shown once and kept nowhere: give it to the program that needs it now")
    return Answer({"name": arguments.name.strip(), "scope": arguments.scope, "token": made}, made)


def token_list(call: Call) -> Answer:
    """The tokens, without their secrets."""
    from tai_ops.store import tokens

    listed = [
        {
            "name": token.name,
            "scope": token.scope,
            "made_at": token.made_at.isoformat(),
            "made_by": token.made_by,
            "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
            "revoked_by": token.revoked_by,
        }
        for token in tokens.tokens(_store(call))
    ]
    answer = {"tokens": listed}
    return _said(answer) if listed else Answer(answer, "there are no tokens")


def token_revoke(call: Call) -> Answer:
    """End a token at once."""
    from tai_ops.store import tokens

    store = _store(call)
    done = tokens.revoke(store, _actor(call, "company"), call.arguments.name, now=_now(store))
    return _said({"revoked": done.name, "scope": done.scope})


def rollups_prune(call: Call) -> Answer:
    """Drop raw probe samples that are older than the setting says."""
    from tai_ops.store import rollups

    store, arguments = _store(call), call.arguments
    before = _date(arguments.before, "--before") if arguments.before else None
    if arguments.dry_run:
        found = rollups.may_prune(store, _now(store), before)
    else:
        found = rollups.prune(store, _actor(call, rollups.RIGHT), now=_now(store), before=before)
    said = "would drop" if arguments.dry_run else "dropped"
    return Answer(
        {
            "before": found.before.isoformat(),
            "samples": found.samples,
            "days": found.days,
            "dry_run": bool(arguments.dry_run),
        },
        f"{said} {found.samples} samples of {found.days} days before {found.before}; their rollups stay",
    )


def rollups_rebuild(call: Call) -> Answer:
    """Make the rollups of the probes anew from their samples."""
    from tai_ops.store import rollups

    store = _store(call)
    samples = rollups.rebuild(store, _actor(call, rollups.RIGHT), now=_now(store))
    return Answer({"samples": samples}, f"the rollups of {samples} samples are made anew")


def doctor(call: Call) -> Answer:
    """Check the store, the settings and what they promise."""
    from tai_ops.runbooks.month_end_close import findings_of_closed_months
    from tai_ops.store.doctor import check

    store = _store(call)
    findings = [*check(store, full=call.arguments.full, now=_now(store)), *findings_of_closed_months(store)]
    wrong = [f for f in findings if not f.ok]
    answer = {
        "ok": not wrong,
        "checks": [{"check": f.check, "ok": f.ok, "level": f.level, "detail": f.detail} for f in findings],
    }
    words = {"good": "ok    ", "advice": "advice", "wrong": "WRONG "}
    lines = [f"{words[f.level]}  {f.check}: {f.detail}" for f in findings]
    return Answer(answer, "\n".join(lines), 1 if wrong else 0)


# --- the bank


def statement_inspect(call: Call) -> Answer:
    """Read a statement and store nothing."""
    from tai_ops.statements import as_json, read_statement

    arguments = call.arguments
    name = _file_name(arguments.file)
    found = read_statement(
        _content(call, arguments.file),
        name=name,
        format=arguments.format,
        date_order=arguments.date_order,
        positive=arguments.positive,
        decimal=arguments.decimal,
    )
    call.warnings.extend(found.warnings if not call.as_json else ())
    return _said(as_json(found))


def statement_import(call: Call) -> Answer:
    """Add a statement's new lines to an account."""
    from tai_ops.store import bank

    store, arguments = _store(call), call.arguments
    name = _file_name(arguments.file)
    result = bank.import_statement(
        store,
        _actor(call, "money"),
        _content(call, arguments.file),
        name,
        arguments.account,
        now=_now(store),
        format=arguments.format,
        date_order=arguments.date_order,
        positive=arguments.positive,
        decimal=arguments.decimal,
        account_in_file=arguments.from_account,
        skip_bad=arguments.skip_bad,
        dry_run=arguments.dry_run,
    )
    if result.same_as and not result.added:
        call.warnings.append(f"{name} came in before, as import {result.same_as}; nothing was added")
    call.warnings.extend(result.warnings)
    return _said(result.as_json())


def statement_undo(call: Call) -> Answer:
    """Take an import out again."""
    from tai_ops.store import bank

    store = _store(call)
    return _said(bank.undo_import(store, _actor(call, "money"), call.arguments.statement_id, now=_now(store)))


def statement_formats(_: Call) -> Answer:
    """The formats that can be read."""
    from tai_ops.statements import formats

    return _said({"formats": [{"format": f.id, "label": f.label} for f in formats()]})


def reconcile(call: Call) -> Answer:
    """Match an account's lines with the books and say how it stands."""
    from tai_ops.store import matches

    store, arguments = _store(call), call.arguments
    through = _date(arguments.through, "--through") if arguments.through else None
    result = matches.reconcile(
        store, _actor(call, "money"), arguments.account, now=_now(store), through=through
    )
    if arguments.matches:
        listed = matches.pairs(store, arguments.account, result)
        call.terminal.write_file(arguments.matches, _pairs_csv(listed))
    return _said(result.as_json())


def _pairs_csv(listed: list[dict[str, Any]]) -> bytes:
    header = "bank_id date amount description entry_kind entry_id state rank score reasons".split()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in listed:
        plain = {"date": row["date"].isoformat(), "amount": money_text(row["amount"])}
        texts = {name: safe_cell(str(row[name])) for name in header if name not in plain}
        writer.writerow([(texts | plain)[name] for name in header])
    return out.getvalue().encode()


# --- decisions and measures


def bant_decide(call: Call) -> Answer:
    """Decide a qualification."""
    from tai_ops.bant import answers_from_json, decide

    answers = answers_from_json(_content(call, call.arguments.file))
    if call.opened:
        from tai_ops.store.qualifying import computed_decision

        return _said(computed_decision(call.opened, answers).as_json())
    company = _company(call)
    start = (company.fiscal_start_month, company.fiscal_start_day)
    return _said(decide(answers, fiscal_start=start, calendar=_calendar(call)).as_json())


def severity(call: Call) -> Answer:
    """Classify an incident."""
    from tai_ops.severity import classify, signals_from_json

    signals = signals_from_json(_content(call, call.arguments.file))
    return _said(classify(signals, calendar=_calendar(call)).as_json())


def onboarding_plan(call: Call) -> Answer:
    """The dated plan that a kickoff starts."""
    from tai_ops.onboarding_course import with_estimates
    from tai_ops.onboarding_plan import onboarding_plan

    kickoff_on = _date(call.arguments.kickoff, "--kickoff")
    plan = onboarding_plan(kickoff_on, _calendar(call), extend_days=call.arguments.extend_days)
    minutes = {one.key: one.minutes for one in with_estimates(_estimates(call))}
    hours = Decimal(sum(minutes[one.step.key] for one in plan.steps if one.step.weighs)) / 60
    steps: list[dict[str, Any]] = [
        {
            "key": one.step.key,
            "day": one.step.day,
            "date": one.on.isoformat(),
            "week": one.phase.week,
            "title": one.step.title,
            "owners": list(one.step.owners),
            "minutes": minutes[one.step.key],
            "gate": one.step.gate,
            "evidence": one.step.evidence or None,
            "parts": list(one.step.parts),
        }
        for one in plan.steps
    ]
    answer = {
        "kickoff_on": plan.kickoff_on.isoformat(),
        "cutover_on": plan.cutover_on.isoformat(),
        "ends_on": plan.ends_on.isoformat(),
        "waits_days": plan.waits_days,
        "extend_days": plan.extend_days,
        "hours": int(hours) if hours == int(hours) else float(round(hours, 2)),
        "steps": steps,
        "phases": [
            {
                "week": one.phase.week,
                "name": one.phase.name,
                "owner": one.phase.owner,
                "first_on": one.first_on.isoformat(),
                "last_on": one.last_on.isoformat(),
                "latest_on": one.latest_on.isoformat(),
            }
            for one in plan.phases
        ],
        "milestones": [{"name": one.name, "date": one.on.isoformat()} for one in plan.milestones],
    }
    rows = [
        [
            s["day"],
            s["date"],
            " ".join(s["owners"]),
            s["minutes"],
            f"week {s['gate']}" if s["gate"] else "",
            s["title"],
        ]
        for s in steps
    ]
    head = {
        key: answer[key]
        for key in ("kickoff_on", "cutover_on", "ends_on", "waits_days", "extend_days", "hours")
    }
    text = "\n\n".join(
        (
            readable.readable(head),
            readable.table(["day", "date", "owners", "minutes", "gate", "step"], rows),
            readable.readable({"phases": answer["phases"], "milestones": answer["milestones"]}),
        )
    )
    return Answer(answer, text)


def accuracy(call: Call) -> Answer:
    """Inventory accuracy of a counts file."""
    from tai_ops.accuracy import CountLine, count_accuracy
    from tai_ops.store.records import Loaded, RowsRefused

    name = _file_name(call.arguments.file)
    sheet = read_sheet(kinds.KINDS["counts"], _content(call, call.arguments.file), name)
    needed = [c for c in ("record_qty", "counted_qty") if c not in sheet.columns]
    if needed:
        raise Refused(f"{name}: header: the column {needed[0]!r} is missing")
    if sheet.problems:
        report = Loaded(sheet.count, 0, 0, 0, sheet.problems)
        raise Refused(str(RowsRefused(name, report)).replace("nothing was loaded", "nothing was computed"))
    none: list[Any] = [None] * sheet.count
    lines = zip(
        sheet.columns.get("abc_class", none),
        sheet.columns.get("unit_cost", none),
        sheet.columns["record_qty"],
        sheet.columns["counted_qty"],
        strict=True,
    )
    return _said(count_accuracy(CountLine(*line) for line in lines).as_json())


def uptime(call: Call) -> Answer:
    """Uptime, error budget and latency over a window."""
    from tai_ops.availability import Scope
    from tai_ops.availability_words import counted_words, uptime_words
    from tai_ops.reliability import BURN_ALERTS
    from tai_ops.store import availability, monitor_totals
    from tai_ops.store.facts import reliability_of

    store, arguments = _store(call), call.arguments
    zone = store.company.tz
    window = (_instant(arguments.start, "--from", zone), _instant(arguments.end, "--to", zone))
    if window[1] <= window[0]:
        raise WrongUsage("--to: the window must end after it starts")
    target = _percent(arguments.target) if arguments.target else store.company.uptime_target_pct
    now = max(_now(store), window[0])
    found, latency = reliability_of(
        store,
        window,
        now=now,
        customer=arguments.customer,
        service=arguments.service,
        target_pct=target,
    )
    answer = {
        "uptime_pct": _number(found.uptime_pct),
        "weighted_uptime_pct": _number(found.weighted_uptime_pct),
        "downtime_minutes": _number(found.downtime_minutes),
        "unknown_minutes": _number(found.unknown_minutes),
        "coverage_pct": _number(found.coverage_pct),
        "budget_minutes": _number(found.budget_minutes),
        "budget_left_minutes": _number(found.budget_left_minutes),
        "latency_p50_ms": _number(latency.p50_ms),
        "latency_p95_ms": _number(latency.p95_ms),
        "latency_p99_ms": _number(latency.p99_ms),
        "error_rate_pct": _number(latency.error_rate_pct),
        "samples": latency.samples,
    }
    if call.as_json:
        return _said(answer)
    scope = Scope(arguments.customer, arguments.service)
    watched = availability.watched(store, window, now=now, target_pct=target)
    pairs = None
    if window[0] < now <= window[1]:
        before = (now - max(alert.long for alert in BURN_ALERTS), now)
        recent = availability.watched(store, before, now=now, target_pct=target)
        pairs = recent.burns(scope, availability.counts_before(store, scope, now))
    more = uptime_words(watched, scope, latency, pairs, whole=scope == Scope())
    spreads = monitor_totals.spreads(store, window)
    told = {name: one for name, one in spreads.items() if scope.service in {None, name}}
    more = "\n".join(filter(None, (counted_words(told), more)))
    return Answer(answer, f"{_said(answer).text}\n\n{more}")


def probe(call: Call) -> Answer:
    """Look at addresses on an interval."""
    from tai_ops.probe_run import run

    sums = run(call)
    text = readable.readable(sums.as_json())
    waiting = f"{sums.why}; {counted(sums.waiting, 'sample')} kept, to be brought by the next `tai-ops probe`"
    refused = waiting if call.arguments.once and sums.waiting else None
    return Answer(sums.as_json(), text, refused=refused)


def _instant(text: str, option: str, zone: Any) -> datetime:
    try:
        if len(text.strip()) == 10:
            return datetime.combine(parse_date(text), time(), tzinfo=zone).astimezone(UTC)
        return parse_instant(text)
    except ValueError as reason:
        raise WrongUsage(f"{option}: {reason}") from None


def _percent(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise WrongUsage(f"--target: {text!r} is not a number") from None
    if not 0 <= value <= 100:
        raise WrongUsage(f"--target: {text} is not between 0 and 100")
    return value


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 4))


def kpis(call: Call) -> Answer:
    """Every number of the catalogue."""
    from tai_ops.kpi import measure_all
    from tai_ops.store.facts import facts, window

    store, arguments = _store(call), call.arguments
    asked = [a for a in (arguments.on, arguments.week, arguments.month) if a]
    if len(asked) > 1:
        raise WrongUsage("give one of --on, --week and --month")
    about = window(
        store,
        _now(store),
        on=_date(arguments.on, "--on") if arguments.on else None,
        week=Week.parse(arguments.week) if arguments.week else None,
        month=Month.parse(arguments.month) if arguments.month else None,
    )
    measured = measure_all(facts(store, about))
    answer = {name: one.as_json() for name, one in measured.items()}
    rows = [
        (
            name,
            one["value"],
            one["unit"],
            one["mark"] or "",
            one["target"],
            one["window"],
            one["reason"] or "",
        )
        for name, one in answer.items()
    ]
    return Answer(
        answer, readable.table(("kpi", "value", "unit", "mark", "target", "window", "reason"), rows)
    )


def mrr(call: Call) -> Answer:
    """MRR of a month, what moved it, by customer."""
    from tai_ops.store.facts import movements_of

    moved = movements_of(_store(call), Month.parse(call.arguments.month)).rounded()
    parts = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
    answer: dict[str, Any] = {name: money_text(getattr(moved, name)) for name in parts}
    answer["arr"] = money_text(moved.arr)
    answer["by_customer"] = [
        {"customer_id": row.customer_id} | {name: money_text(getattr(row, name)) for name in parts}
        for row in moved.by_customer
    ]
    return _said(answer)


# --- month end and review


def close_status(call: Call) -> Answer:
    """The month-end checklist."""
    from tai_ops.runbooks import month_end_close as close

    store = _store(call)
    status = close.status(store, Month.parse(call.arguments.month), _now(store))
    return Answer(status.as_json(), status.as_text())


def close_run(call: Call) -> Answer:
    """Close the month."""
    from tai_ops.runbooks import month_end_close as close

    store, month = _store(call), Month.parse(call.arguments.month)
    actor = _actor(call, "close")
    if close.status(store, month, _now(store)).as_json()["blocking"] == ["reconciled"]:
        _lock_explained(store, actor, month)
    return _said(close.run(store, actor, month, _now(store)).as_json())


def _lock_explained(store: Store, actor: Actor, month: Month) -> None:
    """Lock the accounts whose difference is explained through the month's end, where nothing else stops the close."""
    from tai_ops.store import matches

    open_accounts = store.rows(
        "select account from accounts where kind in ('bank', 'processor') order by account"
    )
    for (account,) in open_accounts:
        with contextlib.suppress(Refused):
            matches.lock(store, actor, account, month.last_day, now=_now(store))


def close_reopen(call: Call) -> Answer:
    """Open a closed month again."""
    from tai_ops.runbooks import month_end_close as close

    store, month = _store(call), Month.parse(call.arguments.month)
    done = close.reopen(store, _actor(call, "close"), month, call.arguments.reason, _now(store))
    return _said(done.as_json())


def close_files(call: Call) -> Answer:
    """The files that the month's closes archived."""
    from tai_ops.runbooks.month_end_close import file_json
    from tai_ops.store import close_files as kept

    store, month, out = _store(call), Month.parse(call.arguments.month), call.arguments.out
    found = kept.archived(store, month)
    if not found:
        raise Refused(
            f"{month} was never closed, or before files were archived; `tai-ops export investor` writes them"
        )
    if out:
        newest = found[0].version
        for file in (file for file in found if file.version == newest):
            call.terminal.write_file(str(Path(out) / file.name), kept.content(store, file))
    rows = [(f.version, f.name, f.size_bytes, f.file_hash) for f in found]
    answer = {"month": str(month), "folder": out, "files": [file_json(file) for file in found]}
    return Answer(answer, readable.table(("version", "file", "bytes", "sha256"), rows))


def export_investor(call: Call) -> Answer:
    """The investor summary as a file."""
    from tai_ops.exports.investor import export_investor as made

    store, out = _store(call), call.arguments.out
    month, actor = Month.parse(call.arguments.month), _actor(call, "close")
    content = made(store, month, _now(store), Path(out).suffix.lower(), actor=actor)
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")


def export_board(call: Call) -> Answer:
    """The update for the board as a file."""
    from tai_ops.exports.investor import export_board as made

    store, out = _store(call), call.arguments.out
    content = made(store, Month.parse(call.arguments.month), _now(store), Path(out).suffix)
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")


def export_incident(call: Call) -> Answer:
    """An incident's summary for a customer, or its post-mortem, as a file."""
    from tai_ops.exports.incident import incident_file

    store, asked = _store(call), call.arguments
    sender = _actor(call, "reliability").email
    content = incident_file(
        store, asked.incident, asked.customer, _now(store), Path(asked.out).suffix, sender
    )
    call.terminal.write_file(asked.out, content)
    return Answer({"file": asked.out, "bytes": len(content)}, f"wrote {asked.out}")


def export_tables(call: Call) -> Answer:
    """Every table as Parquet and CSV."""
    from tai_ops.store.tables import export_tables as exported

    store = _store(call)
    made = exported(store, call.terminal.cwd / call.arguments.out, now=_now(store))
    answer = {
        "folder": str(made.folder),
        "tables": made.tables,
        "rows": made.rows,
        "files": made.files,
        "bytes": made.size_bytes,
        "digest": made.digest,
    }
    return Answer(
        answer, f"wrote {made.folder}: {made.rows} rows of {made.tables} tables, {made.files} files, verified"
    )


def review_open(call: Call) -> Answer:
    """Open the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = _store(call), Week.parse(call.arguments.week)
    done = weekly_review.open(store, _actor(call, "review"), week, _now(store))
    return _review(done, "md")


def review_end(call: Call) -> Answer:
    """End the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = _store(call), Week.parse(call.arguments.week)
    done = weekly_review.end(store, _actor(call, "review"), week, _now(store))
    if not done.said("priority"):
        call.warnings.append("no priority is named for next week; the runbook asks for the top three")
    return _review(done, "md")


def review_show(call: Call) -> Answer:
    """Print the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = _store(call), Week.parse(call.arguments.week)
    return _review(weekly_review.show(store, week, _now(store)), call.arguments.format)


def _review(review: Any, form: str) -> Answer:
    from tai_ops.exports import review as exports

    texts = {"md": exports.review_md, "html": exports.review_html, "json": exports.review_json}
    answer = exports.review_json(review)
    text = texts[form](review)
    return Answer(answer, text if isinstance(text, str) else readable.readable(text))


def export_review(call: Call) -> Answer:
    """The Friday review as a file."""
    from tai_ops.exports.review_file import writer
    from tai_ops.runbooks import weekly_review

    store, out = _store(call), call.arguments.out
    write = writer(out)
    content = write(weekly_review.show(store, Week.parse(call.arguments.week), _now(store)))
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")


def proposal_build(call: Call) -> Answer:
    """A proposal as a file; nothing undefined, unapproved or wrong is written."""
    from tai_ops.exports.proposal_file import proposal_file, proposal_writer
    from tai_ops.store.proposal_desk import desk

    out = call.arguments.out
    proposal_writer(out)
    store = _store(call)
    found = desk(store, call.arguments.proposal, _now(store))
    content = proposal_file(found, out, _now(store))
    call.terminal.write_file(out, content)
    answer = {
        "file": out,
        "bytes": len(content),
        "proposal": found.proposal.proposal_id,
        "content_hash": found.hash,
        "warnings": list(found.filled.warnings),
    }
    call.warnings.extend(found.filled.warnings)
    return Answer(answer, f"wrote {out}")


def quick_reference(call: Call) -> Answer:
    """The KPI board between its markers in QUICK_REFERENCE.md."""
    from tai_ops.exports.quick_reference import quick_reference as written
    from tai_ops.runbooks import weekly_review

    store, out = _store(call), call.arguments.out
    review = weekly_review.newest(store, _now(store))
    there = (call.terminal.cwd / out).exists()
    before = call.terminal.read_file(out) if there else None
    content = written(review, before, out)
    if content != before:
        call.terminal.write_file(out, content)
    answer = {"file": out, "week": review.week.isoformat(), "status": review.status, "bytes": len(content)}
    return Answer(answer, f"wrote the KPI board of {review.week} into {out}")
