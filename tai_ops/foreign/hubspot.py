"""HubSpot: the export of deals, the history of their stages, and the stages of a pipeline.

Not taken over: the deal's name (a deal of ours has none), its pipeline, its last activity.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from tai_ops.errors import Problem
from tai_ops.foreign.file import File, Table, amount, day, instant, local_day, plain_id
from tai_ops.foreign.found import Found, Known, Row, cut, folded, parts
from tai_ops.kinds import STAGES

DEALS = ("Record ID", "Deal Stage")
HISTORIES = (
    ("deal_id", "value", "date_entered"),
    ("Record ID", "Deal Stage", "Date entered"),
    ("Deal ID", "Stage", "Date entered"),
)
PIPELINE = ("stage_id", "label", "probability")
STAGE_NAMES = {
    "appointmentscheduled": "discovery",
    "qualifiedtobuy": "discovery",
    "presentationscheduled": "proposal",
    "decisionmakerboughtin": "closing",
    "contractsent": "closing",
    "closedwon": "won",
    "closedlost": "lost",
} | {stage: stage for stage in STAGES}
"""HubSpot's own stages by label or internal name (both read alike without spaces), as ours."""
USUAL_PCT = {"lead": 10, "discovery": 20, "proposal": 40, "closing": 70}
"""How likely a deal of a stage is to be won, to place a stage of which only the probability is known."""
ENTERED = "date entered "


def is_deals(file: File) -> bool:
    """Whether the file is an export of deals."""
    return file.heads(*DEALS) is not None


def is_history(file: File) -> bool:
    """Whether the file is a history of deals' stages."""
    return any(file.heads(*signs) for signs in HISTORIES)


def is_pipeline(file: File) -> bool:
    """Whether the file lists the stages of pipelines."""
    return file.heads(*PIPELINE) is not None


def stage_of(name: str, known: Mapping[str, str]) -> str | None:
    """Our stage for HubSpot's label, internal name or id; None where none is known."""
    plain = name.strip()
    without_pipeline = plain.partition(" (")[0]
    for one in (plain, without_pipeline):
        if one in known:
            return known[one]
    for one in (plain, without_pipeline):
        squeezed = folded(one).replace(" ", "")
        if squeezed in STAGE_NAMES:
            return STAGE_NAMES[squeezed]
    return None


def read_pipeline(file: File) -> dict[str, str]:
    """Our stage by the id and by the label of each stage in the file."""
    table = file.table(*PIPELINE)
    found: dict[str, str] = {}
    if table is None:
        return found
    for n in range(len(table.rows)):
        label = _cell(table, n, "label")
        stage = stage_of(label, {}) or _by_chance(table, n)
        if stage:
            found |= {name: stage for name in (label, _cell(table, n, "stage_id")) if name}
    return found


def _by_chance(table: Table, n: int) -> str | None:
    if _cell(table, n, "closed_won", "is_won").lower() == "true":
        return "won"
    if _cell(table, n, "is_closed").lower() == "true":
        return "lost"
    try:
        chance = Decimal(_cell(table, n, "probability")) * 100
    except InvalidOperation:
        return None
    return min(USUAL_PCT, key=lambda stage: abs(USUAL_PCT[stage] - chance))


# --- Deals


def read_deals(file: File, known: Known) -> Found:
    """Each deal, its company as a prospect where that is new, and the days on which it entered its stages."""
    table = file.table(*DEALS)
    assert table is not None  # noqa: S101  # `is_deals` said so
    deals: list[Row] = []
    prospects: dict[str, Row] = {}
    entries: list[Row] = []
    unknown: dict[str, None] = {}
    for at in range(len(table.rows)):
        number = at + 1
        values, problems = _deal(table, at, known, unknown)
        key, company = values.get("deal_id", ""), _company(table, at)
        if key in known.deals:
            values["prospect_id"] = known.deals[key][0]
        elif folded(company) in known.companies:
            values["prospect_id"] = known.companies[folded(company)]
        else:
            values["prospect_id"] = _prospect_id(company) if folded(company) else ""
            if not folded(company):
                problems.append(
                    Problem(number, "Deal Name", "neither a company nor a name says whose deal it is")
                )
            elif not problems:
                _note_prospect(prospects, number, values["prospect_id"], company, table, known)
        deals.append(Row(number, values, tuple(problems[:1])))
        if not problems:
            entries.extend(_entries(table, at, key, known))
    return Found(
        "deals",
        len(table.rows),
        parts("prospects", list(prospects.values())) + parts("deals", deals) + parts("deal_stages", entries),
        _deal_notes(table),
        tuple(unknown),
    )


def _deal(
    table: Table, at: int, known: Known, unknown: dict[str, None]
) -> tuple[dict[str, str], list[Problem]]:
    number, problems = at + 1, list[Problem]()
    values: dict[str, str] = {}
    try:
        values["deal_id"] = plain_id(_cell(table, at, "Record ID"))
        if not values["deal_id"]:
            problems.append(Problem(number, "Record ID", "must not be empty"))
    except ValueError as reason:
        problems.append(Problem(number, "Record ID", str(reason)))
    name = _cell(table, at, "Deal Stage")
    stage = stage_of(name, known.stages)
    if stage is None:
        if name:
            unknown[name] = None
        problems.append(Problem(number, "Deal Stage", _no_stage(name)))
    values["stage"] = stage or ""
    if table.has("Amount"):
        try:
            values["amount"] = amount(_cell(table, at, "Amount"))
        except ValueError as reason:
            problems.append(Problem(number, "Amount", str(reason)))
    currency = _cell(table, at, "Currency", "Deal currency code").upper()
    if currency and currency != known.currency and values.get("amount"):
        problems.append(
            Problem(
                number,
                "Currency",
                f"{currency} is not the company's {known.currency}; export the amount in that",
            )
        )
    values |= _dates(table, at, stage, known)
    if table.has("Deal probability"):
        values["probability_pct"] = _percent(_cell(table, at, "Deal probability"))
    if table.has("Closed Lost Reason"):
        values["lost_reason"] = cut(_cell(table, at, "Closed Lost Reason"))
    return values, problems


def _dates(table: Table, at: int, stage: str | None, known: Known) -> dict[str, str]:
    """One close date of HubSpot's is the day of closing for a closed deal, and the expected one before."""
    found: dict[str, str] = {}
    if table.has("Close Date"):
        closes = day(_cell(table, at, "Close Date"))
        found = (
            {"closed_on": closes}
            if stage in {"won", "lost"}
            else {"expected_close_on": closes, "closed_on": ""}
        )
    now_in = _cell(table, at, "Date entered current stage")
    entered = [
        row.values["entered_at"] for row in _entries(table, at, "-", known) if row.values["stage"] == stage
    ]
    if now_in or entered:
        found["entered_stage_on"] = local_day(now_in or max(entered), known.zone)
    return found


def _entries(table: Table, at: int, deal: str, known: Known) -> list[Row]:
    """The columns `Date entered "STAGE (PIPELINE)"` of a deal."""
    found: list[Row] = []
    for place, heading in enumerate(table.headings):
        when = table.rows[at][place].strip()
        if not heading.startswith(ENTERED) or not when or heading == "date entered current stage":
            continue
        words = heading.removeprefix(ENTERED).split()
        tried = (stage_of(" ".join(words[:n]), known.stages) for n in range(len(words), 0, -1))
        stage = next((one for one in tried if one), None)
        if stage:
            row = {"deal_id": deal, "entered_at": instant(when, known.zone), "stage": stage}
            found.append(Row(at + 1, row))
    latest = {row.values["entered_at"]: row for row in found}
    return list(latest.values())


def _company(table: Table, at: int) -> str:
    named = _cell(table, at, "Associated Company", "Associated Company (Primary)", "Company name")
    first = named.split(";")[0].strip()
    return first or _cell(table, at, "Deal Name")


def _prospect_id(company: str) -> str:
    return "HS-" + "-".join(folded(company).upper().split())[:60]


def _note_prospect(
    prospects: dict[str, Row], number: int, key: str, company: str, table: Table, known: Known
) -> None:
    at = number - 1
    created = day(_cell(table, at, "Create Date"))
    held = prospects.get(key)
    if held and (not created or held.values["created_on"] <= created):
        return
    owner = _cell(table, at, "Deal owner")
    email = owner if "@" in owner else known.people.get(folded(owner), "")
    contact = _cell(table, at, "Associated Contact").split(";")[0].strip()
    values = {
        "prospect_id": key,
        "company": cut(company),
        "contact": contact,
        "source": "HubSpot",
        "owner_email": email,
        "created_on": created,
    }
    missing = (
        ()
        if created
        else (Problem(number, "Create Date", "a new prospect needs it; export that column too"),)
    )
    prospects[key] = Row(held.number if held else number, values, missing)


def _deal_notes(table: Table) -> tuple[str, ...]:
    column = table.column("Pipeline") or []
    pipelines = sorted({name for name in column if name})
    more = "; all of them were read" if len(pipelines) > 1 else ""
    return (f"{len(pipelines)} pipelines: {', '.join(pipelines[:5])}{more}",) if more else ()


# --- The history of stages


def read_history(file: File, known: Known) -> Found:
    """Each stage that a deal entered; where the newest is the stage in which the deal stands, also since when."""
    signs = next(s for s in HISTORIES if file.heads(*s))
    table = file.table(*signs)
    assert table is not None  # noqa: S101  # found by the line above
    zone = "UTC" if "_fivetran_synced" in table.headings else known.zone
    rows: list[Row] = []
    unknown: dict[str, None] = {}
    newest: dict[str, Row] = {}
    for at in range(len(table.rows)):
        number, problems = at + 1, list[Problem]()
        deal, name, when = (_cell(table, at, sign) for sign in signs)
        try:
            deal = plain_id(deal)
        except ValueError as reason:
            problems.append(Problem(number, signs[0], str(reason)))
        stage = stage_of(name, known.stages)
        if stage is None:
            if name:
                unknown[name] = None
            problems.append(Problem(number, signs[1], _no_stage(name)))
        values = {"deal_id": deal, "entered_at": instant(when, zone), "stage": stage or ""}
        row = Row(number, values, tuple(problems[:1]))
        rows.append(row)
        held = newest.get(deal)
        if not problems and (held is None or values["entered_at"] >= held.values["entered_at"]):
            newest[deal] = row
    since = [
        Row(
            row.number, {"deal_id": deal, "entered_stage_on": local_day(row.values["entered_at"], known.zone)}
        )
        for deal, row in newest.items()
        if deal in known.deals and known.deals[deal][1] == row.values["stage"]
    ]
    return Found(
        "deal_stages", len(rows), parts("deal_stages", rows) + parts("deals", since), (), tuple(unknown)
    )


# --- Cells


def _cell(table: Table, at: int, *names: str) -> str:
    place = table.place(*names)
    return "" if place is None else table.rows[at][place].strip()


def _percent(text: str) -> str:
    if text.endswith("%"):
        return text.removesuffix("%").strip()
    try:
        return f"{(Decimal(text) * 100).normalize():f}" if text else ""
    except InvalidOperation:
        return text


def _no_stage(name: str) -> str:
    if not name:
        return "must not be empty"
    return f"{name!r} is no stage that is known; say which it is with --stage {name!r}=STAGE ({', '.join(STAGES)})"
