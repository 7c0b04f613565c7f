"""The store itself: made, filled, kept, mended, served, and who may send to it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tai_ops import kinds
from tai_ops.cli import Call, store_file
from tai_ops.commands.command import (
    Answer,
    actor_of,
    answered,
    company_of,
    content_of,
    date_of,
    file_name,
    instant_of,
    now_of,
    opened_store,
)
from tai_ops.errors import WrongUsage
from tai_ops.sheet import read_sheet
from tai_ops.sheet import template as template_of
from tai_ops.words import counted, instant

if TYPE_CHECKING:
    from tai_ops.store import Store
    from tai_ops.store.incoming import Said


def init(call: Call) -> Answer:
    """Make the store, or bring it up to the newest schema."""
    store = opened_store(call)
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

    store, arguments = opened_store(call), call.arguments
    kind = records.kind_named(arguments.kind)
    name = file_name(arguments.file)
    actor = actor_of(call, kind.owner)
    file = File(content_of(call, arguments.file), name)
    foreign = incoming.recognised(file, kind.name)
    began = now_of(store)
    try:
        if foreign:
            said = _said_of_file(call)
            found = foreign.reads(file, incoming.known(store, said))
            told = incoming.bring_in(
                store,
                actor,
                found,
                now=began,
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
                now=began,
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
    if not arguments.dry_run:
        call.warnings.extend(_told_of_closed_months(store, began))
    return answered(answer)


def _told_of_closed_months(store: "Store", began: datetime) -> list[str]:
    """That a closed month rests on rows of earlier days which were written just now; nothing where none does."""
    from tai_ops.runbooks.month_end_close import written_since

    closed = store.closed_months()
    if not closed:
        return []
    last = max(closed)
    rows = written_since(store, last, began - timedelta(microseconds=1))
    if not rows:
        return []
    said = (
        f"{last} is closed, and {counted(len(rows), 'row')} of earlier days came in: its frozen report stays as it is; "
        f"`tai-ops doctor` names the numbers that come out otherwise, `tai-ops close reopen --month {last}` takes them over"
    )
    return [said]


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
        taken_at = instant_of(taken, "--at", UTC) if taken else None
    return Said(_stages(call), services, alone, taken_at)


def _stages(call: Call) -> dict[str, str]:
    """Which stage of ours another system's stages are, as the command says."""
    from tai_ops.foreign import File, pipeline_stages

    given = call.arguments.stages
    found = pipeline_stages(File(content_of(call, given), file_name(given))) if given else {}
    for pair in call.arguments.stage:
        name, _, stage = pair.rpartition("=")
        if not name.strip() or stage.strip() not in kinds.STAGES:
            raise WrongUsage(f"--stage: {pair!r} is not NAME=STAGE with a stage of {', '.join(kinds.STAGES)}")
        found[name.strip()] = stage.strip()
    return found


def void(call: Call) -> Answer:
    """Take a row out of every number."""
    from tai_ops.store import records

    store, arguments = opened_store(call), call.arguments
    kind = records.kind_named(arguments.kind)
    actor = actor_of(call, kind.owner)
    return answered(records.void(store, actor, kind, arguments.key, arguments.reason, now=now_of(store)))


def backup(call: Call) -> Answer:
    """A verified copy of the store."""
    from tai_ops.store.backup import write_backup

    store = opened_store(call)
    out = call.terminal.cwd / call.arguments.out
    made = write_backup(store, actor_of(call, "store"), out, now=now_of(store))
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
    zone = company_of(call).tz
    aside = f"; the old store is at {done.set_aside}" if done.set_aside else ""
    if done.set_aside and done.lost_until:
        aside += f", and what was written until {instant(done.lost_until, zone)} is in it alone"
    answer = {
        "store": str(target),
        "made_at": done.made_at.isoformat(),
        "rows": done.rows,
        "digest": done.digest,
        "set_aside": str(done.set_aside) if done.set_aside else None,
        "lost_until": done.lost_until.isoformat() if done.lost_until else None,
    }
    return Answer(answer, f"restored {target} as of {instant(done.made_at, zone)}: {done.rows} rows{aside}")


def token_create(call: Call) -> Answer:
    """Make a token for another program."""
    from tai_ops.store import tokens

    store, arguments = opened_store(call), call.arguments
    made = tokens.create(store, actor_of(call, "company"), arguments.name, arguments.scope, now=now_of(store))
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
        for token in tokens.tokens(opened_store(call))
    ]
    answer = {"tokens": listed}
    return answered(answer) if listed else Answer(answer, "there are no tokens")


def token_revoke(call: Call) -> Answer:
    """End a token at once."""
    from tai_ops.store import tokens

    store = opened_store(call)
    done = tokens.revoke(store, actor_of(call, "company"), call.arguments.name, now=now_of(store))
    return answered({"revoked": done.name, "scope": done.scope})


def rollups_prune(call: Call) -> Answer:
    """Drop raw probe samples that are older than the setting says."""
    from tai_ops.store import rollups

    store, arguments = opened_store(call), call.arguments
    before = date_of(arguments.before, "--before") if arguments.before else None
    if arguments.dry_run:
        found = rollups.may_prune(store, now_of(store), before)
    else:
        found = rollups.prune(store, actor_of(call, rollups.RIGHT), now=now_of(store), before=before)
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

    store = opened_store(call)
    samples = rollups.rebuild(store, actor_of(call, rollups.RIGHT), now=now_of(store))
    return Answer({"samples": samples}, f"the rollups of {samples} samples are made anew")


def doctor(call: Call) -> Answer:
    """Check the store, the settings and what they promise."""
    from tai_ops.runbooks.month_end_close import findings_of_closed_months
    from tai_ops.store.doctor import check

    store = opened_store(call)
    findings = [*check(store, full=call.arguments.full, now=now_of(store)), *findings_of_closed_months(store)]
    wrong = [f for f in findings if not f.ok]
    answer = {
        "ok": not wrong,
        "checks": [{"check": f.check, "ok": f.ok, "level": f.level, "detail": f.detail} for f in findings],
    }
    words = {"good": "ok    ", "advice": "advice", "wrong": "WRONG "}
    lines = [f"{words[f.level]}  {f.check}: {f.detail}" for f in findings]
    return Answer(answer, "\n".join(lines), 1 if wrong else 0)


def export_tables(call: Call) -> Answer:
    """Every table as Parquet and CSV."""
    from tai_ops.store.tables import export_tables as exported

    store = opened_store(call)
    made = exported(store, call.terminal.cwd / call.arguments.out, now=now_of(store))
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
