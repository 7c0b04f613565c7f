"""The command `tai-ops`: reads the words, finds the store, runs the command here or in the process that serves it.

What a command does stands in `commands`; nothing heavy is imported before a command needs it.
"""

import argparse
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tai_ops import instance
from tai_ops.errors import TaiOpsError, WrongUsage
from tai_ops.terminal import LocalTerminal, Terminal

if TYPE_CHECKING:
    from tai_ops.store import Store

SCHEME = "duckdb:"
ROOT = Path(__file__).resolve().parent.parent
DEFAULT_STORE = f"{SCHEME}{ROOT / 'data' / 'tai_ops.duckdb'}"
DEMO_STORE = f"{SCHEME}{ROOT / 'data' / 'demo.duckdb'}"
Argument = tuple[tuple[str, ...], dict[str, Any]]


def _arg(*names: str, **options: Any) -> Argument:
    return names, options


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words, what it says of itself, its arguments, and how it meets the store.

    `store`: "open" an existing one, "create" it where it is absent, "optional" (the calendar, where there is one),
    "none", "own" for commands that look after the file themselves, or "served" for those that do so only where nobody
    serves it. `run` names the module of `commands` and its function.
    """

    words: str
    help: str
    run: str
    arguments: tuple[Argument, ...] = ()
    store: str = "open"


_MONTH = _arg("--month", metavar="YYYY-MM", required=True, help="a calendar month")
_WEEK = _arg("--week", metavar="YYYY-MM-DD", required=True, help="the Friday on which the week ends")
_ACCOUNT = _arg("--account", metavar="CODE", required=True, help="the account, as loaded")
_FORMAT = _arg(
    "--format", metavar="F", help="what the file is, where detection errs (see `statement formats`)"
)
_SIGN = _arg("--positive", choices=("in", "out"), help="which way a positive amount goes")
_DECIMAL = _arg("--decimal", choices=(".", ","), help="the decimal mark")
_ENCODING = _arg("--encoding", metavar="NAME", help="the encoding of its text, such as cp1251 or koi8-r")
_DATES = _arg("--date-order", choices=("year", "month", "day"), help="which part of a date comes first")

COMMANDS: tuple[Command, ...] = (
    Command("init", "make the store, or bring it up to the newest schema", "store.init", store="create"),
    Command(
        "demo",
        "make the sample company where it is absent, and serve it",
        "store.demo",
        (_arg("--port", type=int, default=8501), _arg("--address", default="127.0.0.1")),
        "own",
    ),
    Command(
        "serve",
        "serve the dashboard",
        "store.serve",
        (_arg("--port", type=int, default=8501), _arg("--address", default="127.0.0.1")),
        "own",
    ),
    Command(
        "template",
        "print the CSV header and two example rows of a kind",
        "store.template",
        (_arg("kind", metavar="KIND"),),
        "none",
    ),
    Command(
        "load",
        "add and update records from a CSV file, or from another system's file",
        "store.load",
        (
            _arg("kind", metavar="KIND"),
            _arg("file", metavar="FILE"),
            _arg("--skip-bad", action="store_true", help="load the good rows and report the others"),
            _arg("--dry-run", action="store_true", help="say the same and write nothing"),
            _arg(
                "--stage",
                metavar="NAME=STAGE",
                action="append",
                default=[],
                help="which stage of ours a HubSpot stage is; kept for the next file",
            ),
            _arg("--stages", metavar="FILE", help="HubSpot's list of a pipeline's stages"),
            _arg(
                "--service",
                metavar="[NAME=]SERVICE",
                action="append",
                default=[],
                help="which service of ours a monitor's name means, kept for the next file; alone: of a file that names none",
            ),
            _arg("--at", metavar="T", help="when a monitor's snapshot was taken that says no time, or `now`"),
        ),
    ),
    Command(
        "void",
        "take a wrong row out of every number; it stays in the history",
        "store.void",
        (
            _arg("kind", metavar="KIND"),
            _arg("key", metavar="KEY", help="the key; its parts separated by commas"),
            _arg("--reason", metavar="TEXT", required=True),
        ),
    ),
    Command(
        "statement inspect",
        "read a statement and store nothing",
        "bank.statement_inspect",
        (_arg("file", metavar="FILE"), _FORMAT, _DATES, _SIGN, _DECIMAL, _ENCODING),
        "none",
    ),
    Command(
        "statement import",
        "add a statement's new lines to an account",
        "bank.statement_import",
        (
            _arg("file", metavar="FILE"),
            _ACCOUNT,
            _FORMAT,
            _DATES,
            _SIGN,
            _DECIMAL,
            _ENCODING,
            _arg("--from", dest="from_account", metavar="ACCOUNT-IN-FILE", help="which account of the file"),
            _arg("--skip-bad", action="store_true", help="leave bad rows out"),
            _arg("--dry-run", action="store_true", help="say the same and write nothing"),
        ),
    ),
    Command(
        "statement undo",
        "take an import out again",
        "bank.statement_undo",
        (_arg("statement_id", metavar="ID"),),
    ),
    Command("statement formats", "list the formats that can be read", "bank.statement_formats", store="none"),
    Command(
        "reconcile",
        "match an account's lines with the books and say how it stands",
        "bank.reconcile",
        (
            _ACCOUNT,
            _arg("--through", metavar="DATE"),
            _arg("--matches", metavar="FILE.csv", help="also write every pair"),
        ),
    ),
    Command(
        "bant decide",
        "decide a qualification from its answers (JSON)",
        "sales.bant_decide",
        (_arg("file", metavar="FILE|-"),),
        "optional",
    ),
    Command(
        "severity",
        "classify an incident from its signals (JSON)",
        "reliability.severity",
        (_arg("file", metavar="FILE|-"),),
        "optional",
    ),
    Command(
        "onboarding plan",
        "the dated plan that a kickoff starts: every step with day, date, owner, minutes, gate",
        "customers.onboarding_plan",
        (
            _arg("--kickoff", metavar="DATE", required=True),
            _arg(
                "--extend-days",
                metavar="N",
                type=int,
                default=0,
                help="the pilot goes on for 5 or 10 more days",
            ),
        ),
        "optional",
    ),
    Command(
        "accuracy",
        "inventory accuracy of a counts CSV",
        "customers.accuracy",
        (_arg("file", metavar="FILE"),),
        "none",
    ),
    Command(
        "uptime",
        "uptime, error budget and latency over a window",
        "reliability.uptime",
        (
            _arg("--service", metavar="S"),
            _arg("--customer", metavar="C"),
            _arg(
                "--from",
                dest="start",
                metavar="T",
                required=True,
                help="a date, or an instant with its offset",
            ),
            _arg("--to", dest="end", metavar="T", required=True),
            _arg("--target", metavar="PCT"),
        ),
    ),
    Command(
        "probe",
        "look at addresses on an interval and bring the samples to the store or to a server",
        "reliability.probe",
        (
            _arg(
                "targets",
                metavar="[SERVICE=]URL",
                nargs="+",
                help="what to look at, and what it is called here",
            ),
            _arg("--every", metavar="SECONDS", type=float, default=60.0, help="how often (60)"),
            _arg(
                "--timeout",
                metavar="SECONDS",
                type=float,
                default=10.0,
                help="how long an answer is waited for (10)",
            ),
            _arg(
                "--source", metavar="NAME", help="what this place is called; this machine's name unless told"
            ),
            _arg(
                "--once", action="store_true", help="look once and end; 1 where a sample could not be brought"
            ),
            _arg("--to", metavar="ADDRESS", help="the server to bring them to, with a token (TAI_OPS_TOKEN)"),
            _arg(
                "--token-file",
                metavar="FILE",
                help="the file that holds the token, rather than TAI_OPS_TOKEN",
            ),
            _arg(
                "--buffer",
                metavar="FILE",
                help="where samples wait that nobody takes; beside the store unless told",
            ),
        ),
        "own",
    ),
    Command(
        "kpis",
        "every number of the catalogue",
        "numbers.kpis",
        (
            _arg("--on", metavar="DATE"),
            _arg("--week", metavar="YYYY-MM-DD"),
            _arg("--month", metavar="YYYY-MM"),
        ),
    ),
    Command("mrr", "MRR of a month, what moved it, by customer", "numbers.mrr", (_MONTH,)),
    Command("close status", "the month-end checklist", "close.close_status", (_MONTH,)),
    Command("close run", "close the month where every blocking check holds", "close.close_run", (_MONTH,)),
    Command(
        "close reopen",
        "open a closed month again, with a reason",
        "close.close_reopen",
        (_MONTH, _arg("--reason", metavar="TEXT", required=True)),
    ),
    Command(
        "close files",
        "what a close archived: workbook, letter, board update, reconciliation, report",
        "close.close_files",
        (
            _MONTH,
            _arg("--out", metavar="DIR", help="write the newest version's files into that folder"),
        ),
    ),
    Command("review open", "open the Friday review: freezes its numbers", "review.review_open", (_WEEK,)),
    Command("review end", "end the Friday review", "review.review_end", (_WEEK,)),
    Command(
        "review show",
        "print the Friday review",
        "review.review_show",
        (_WEEK, _arg("--format", choices=("md", "html", "json"), default="md")),
    ),
    Command(
        "export investor",
        "the investor summary: .xlsx, .eml or .md",
        "close.export_investor",
        (_MONTH, _arg("--out", metavar="FILE", required=True)),
    ),
    Command(
        "export board",
        "the month's update for the board and the advisors: .md",
        "close.export_board",
        (_MONTH, _arg("--out", metavar="FILE", required=True)),
    ),
    Command(
        "export review",
        "the Friday review: .html, .md, .xlsx, .eml, .slack.json, .asana.csv, .ics or .json",
        "review.export_review",
        (_WEEK, _arg("--out", metavar="FILE", required=True)),
    ),
    Command(
        "export incident",
        "an incident's summary for a customer, or its post-mortem: .md, .docx or .eml",
        "reliability.export_incident",
        (
            _arg("incident", metavar="ID"),
            _arg("--customer", metavar="C", help="the customer's summary; the post-mortem unless told"),
            _arg("--out", metavar="FILE", required=True),
        ),
    ),
    Command(
        "proposal build",
        "a proposal that is approved: .docx, .html, .md or .eml",
        "sales.proposal_build",
        (_arg("proposal", metavar="ID"), _arg("--out", metavar="FILE", required=True)),
    ),
    Command(
        "quick-reference",
        "write the KPI board between its markers in QUICK_REFERENCE.md",
        "review.quick_reference",
        (_arg("--out", metavar="FILE", default="QUICK_REFERENCE.md", help="QUICK_REFERENCE.md unless told"),),
    ),
    Command(
        "export tables",
        "every table as Parquet and CSV, with the schema",
        "store.export_tables",
        (_arg("--out", metavar="DIR", required=True, help="a new or an empty folder"),),
    ),
    Command(
        "backup",
        "a verified copy of the store",
        "store.backup",
        (_arg("--out", metavar="FILE", required=True),),
    ),
    Command(
        "restore",
        "make the store from a backup, or from a folder that `export tables` made",
        "store.restore",
        (
            _arg("file", metavar="FILE"),
            _arg("--replace", action="store_true", help="move the store that is there aside first"),
        ),
        "served",
    ),
    Command(
        "token create",
        "make a token for another program; it is shown once",
        "store.token_create",
        (
            _arg("--scope", metavar="probes|incidents|metrics", required=True, help="what it lets do"),
            _arg("--name", metavar="N", required=True, help="what it is called"),
        ),
    ),
    Command("token list", "list the tokens, without their secrets", "store.token_list"),
    Command("token revoke", "end a token at once", "store.token_revoke", (_arg("name", metavar="N"),)),
    Command(
        "rollups prune",
        "drop raw probe samples that are older than the setting says; what was rolled up of them stays",
        "store.rollups_prune",
        (
            _arg("--before", metavar="DATE", help="the first day (UTC) whose samples stay"),
            _arg("--dry-run", action="store_true", help="say what would be dropped, and drop nothing"),
        ),
    ),
    Command(
        "rollups rebuild", "make the rollups of the probes anew from their samples", "store.rollups_rebuild"
    ),
    Command(
        "doctor",
        "check the store, the settings and what they promise",
        "store.doctor",
        (_arg("--full", action="store_true", help="read every value as well"),),
    ),
)


@dataclass(slots=True)
class Call:
    """One call of a command: its words and arguments, the terminal, and the store that it may open."""

    command: Command
    arguments: argparse.Namespace
    terminal: Terminal
    store_url: str
    acting: str | None
    as_json: bool
    opened: "Store | None" = None
    warnings: list[str] = field(default_factory=list[str])


def main() -> NoReturn:
    """The console script."""
    if not {"serve", "demo"} & set(sys.argv):
        sys.meta_path.insert(0, _Spared())
        gc.set_threshold(*RARELY)
    status = run(sys.argv[1:], LocalTerminal(), None)
    gc.freeze()  # what the command leaves goes with the process; nobody need look through it
    sys.exit(status)


RARELY = (100_000, 100, 100)
"""How often a command looks for garbage in a ring: a tenth of its time goes by that while it makes a row's objects."""
SPARED = frozenset({"numpy", "pandas", "pyarrow.dataset"})
"""What Arrow and the engine look for as they begin, bind a parameter or are lent a table, and can do without."""


class _Spared:
    """Keeps the engine from importing what no command needs: half a second of every command."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name in SPARED:
            raise ModuleNotFoundError(f"{name} is left out of commands", name=name)


def run(argv: list[str], terminal: Terminal, store: "Store | None") -> int:
    """Run a command for a terminal, on the given open store where there is one; its exit status."""
    try:
        call = _understand(argv, terminal)
    except _Printed as printed:
        (terminal.out if printed.status == 0 else terminal.err)(printed.text)
        return printed.status
    except TaiOpsError as reason:
        return _refuse(terminal, reason)
    try:
        if store is None and call.command.store not in {"none", "own"}:
            status = instance.forward(_path(call), argv, terminal)
            if status is not None:
                return status
        return _carry_out(call, store)
    except TaiOpsError as reason:
        return _refuse(terminal, reason)
    except KeyboardInterrupt:
        terminal.err("stopped")
        return 130
    except Exception as reason:  # noqa: BLE001 - the edge: no traceback ever reaches a user
        if os.environ.get("TAI_OPS_DEBUG"):
            traceback.print_exc()
        terminal.err(
            f"tai-ops: an error of the program itself ({type(reason).__name__}: {_one_line(str(reason))}); "
            "nothing was half-written; set TAI_OPS_DEBUG=1 to see where"
        )
        return 1


def function_of(command: Command) -> Callable[..., Any]:
    """What carries the command out."""
    room, _, name = command.run.partition(".")
    return getattr(import_module(f"tai_ops.commands.{room}"), name)


def _carry_out(call: Call, store: "Store | None") -> int:
    from tai_ops.commands.command import Answer, carried_out

    function: Callable[[Call], Answer] = function_of(call.command)
    opened = store
    try:
        if store is None:
            opened = _open(call)
        call.opened = opened
        answer = carried_out(call, function)
    finally:
        if store is None and opened is not None:
            opened.close()
    for warning in call.warnings:
        call.terminal.err(f"note: {_one_line(warning)}")
    if answer.refused:
        if call.as_json:
            call.terminal.out(_document(answer.json))
        call.terminal.err(f"tai-ops: {_one_line(answer.refused)}")
        return 1
    if call.as_json:
        call.terminal.out(_document(answer.json))
    elif answer.text is not None:
        call.terminal.out(answer.text)
    return answer.status


def _open(call: Call) -> "Store | None":
    mode = call.command.store
    if mode in {"none", "own", "served"}:
        return None
    path = _path(call)
    if mode == "optional" and not path.exists():
        return None
    from tai_ops.store import Store

    return Store.open(path, create=mode == "create")


def _path(call: Call) -> Path:
    url = call.store_url
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME).strip():
        raise WrongUsage(f"--store takes duckdb:PATH, not {url!r}")
    return call.terminal.cwd / Path(url.removeprefix(SCHEME)).expanduser()


def store_file(call: Call) -> Path:
    """The store's file, as the caller means it."""
    return _path(call)


def _document(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _refuse(terminal: Terminal, reason: TaiOpsError) -> int:
    terminal.err(f"tai-ops: {_one_line(str(reason))}")
    return reason.exit_status


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Printed(Exception):
    """Help, which argparse wants to print and leave, and wrong usage, which it says in its own words."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: Any = None) -> None:  # noqa: ARG002 - argparse's signature
        raise _Printed(self.format_help(), 0)

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see `{self.prog} --help`)")


def _understand(argv: list[str], terminal: Terminal) -> Call:
    words = [word for word in argv if word != "--json"]
    arguments = _arguments(words)
    command = next((c for c in COMMANDS if c.run == getattr(arguments, "run", None)), None)
    if command is None:
        raise WrongUsage("no such command (see `tai-ops --help`)")
    demo = command.run == "store.demo"
    default = DEMO_STORE if demo else os.environ.get("TAI_OPS_STORE") or DEFAULT_STORE
    return Call(
        command,
        arguments,
        terminal,
        arguments.store or default,
        arguments.acting,
        "--json" in argv,
    )


def _arguments(words: list[str]) -> argparse.Namespace:
    """What the words say; only help and wrong usage need the parsers of commands that are not named."""
    named = [command for command in COMMANDS if command.words.partition(" ")[0] in words]
    try:
        return _parser(named).parse_args(words)
    except (_Printed, WrongUsage):
        return _parser(COMMANDS).parse_args(words)


def _parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tai-ops",
        description="Six runbooks over one store: customers, pipeline, incidents and money.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--store", metavar="URL", help="duckdb:PATH of the store (or TAI_OPS_STORE)")
    parser.add_argument("--as", dest="acting", metavar="EMAIL", help="the acting person")
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    groups: dict[str, Any] = {}
    first = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for command in commands:
        head, _, tail = command.words.partition(" ")
        if tail and head not in groups:
            group = first.add_parser(head, help=_group_help(head), allow_abbrev=False)
            groups[head] = group.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
        under, name = (groups[head], tail) if tail else (first, head)
        one = under.add_parser(name, help=command.help, description=command.help, allow_abbrev=False)
        for names, options in command.arguments:
            one.add_argument(*names, **options)
        one.set_defaults(run=command.run)
    return parser


def _group_help(head: str) -> str:
    return " | ".join(c.words.partition(" ")[2] for c in COMMANDS if c.words.startswith(f"{head} "))


if __name__ == "__main__":
    main()
