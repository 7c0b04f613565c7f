"""The weekly review as it leaves the company: Markdown, one printable HTML page, JSON, and the team's message."""

import re
from collections.abc import Iterable
from typing import Any

from tai_ops.board import Note
from tai_ops.exports.text import hypertext, markdown, one_line
from tai_ops.kpi import Measured, json_value
from tai_ops.review import Block, Line, Prepared, Promise, Restated, Review, Stamp, sign
from tai_ops.review_agenda import AFTER_MEETING
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.words import DASH, day, instant, mark, several

NOTE_TITLES = {
    "win": "Wins",
    "blocker": "Blockers",
    "priority": "Priorities",
    "action": "Action items",
    "note": "Notes",
}
STATE_WORDS = {"open": "open", "done": "done", "missed": "missed", "noted": ""}
NUMBER_HEADS = ("Number", "Value", "Target", "Mark", "Change", "Window or reason")


def review_json(review: Review) -> dict[str, Any]:
    """The review as `review show --format json` prints it."""
    return {
        "week": review.week.isoformat(),
        "status": review.status,
        "as_of": review.local(review.seen_at).isoformat(),
        "opened": _stamp_json(review, review.opened),
        "ended": _stamp_json(review, review.ended),
        "snapshot": review.snapshot_hash,
        "verdict": review.verdict,
        "blocks": [_block_json(review, block) for block in review.blocks],
        "commitments": [_promise_json(promise) for promise in review.promises],
        "blockers": [_note_json(note) for note in review.blockers],
        "notes": [_note_json(note) for note in review.notes if note.state != "dropped"],
        "suggested_wins": list(review.wins),
        "warnings": review.checks,
        "findings": [
            {"check": one.check, "text": one.text, "owner": one.owner, "rows": list(one.rows)}
            for one in review.findings
        ],
        "preparation": [_prepared_json(review, one) for one in review.preparation],
        "kept_rates": [
            {"owner": one.owner, "kept": one.kept, "judged": one.judged, "open": one.still_open}
            for one in review.kept_rates
        ],
        "also_due": [{"text": one.text, "owner": one.owner} for one in review.also_due],
        "expects_leads_value": json_value(review.expects_leads, "money"),
        "expected_leads_value": json_value(review.expected_leads, "money"),
        "restatements": [_restated_json(row) for row in review.restatements],
        "restated": [_restated_json(row) for row in review.restated],
    }


def _restated_json(row: Restated) -> dict[str, str]:
    return {"kpi": row.kpi, "label": row.label, "was": row.was, "is": row.reads_now, "why": row.why}


def _prepared_json(review: Review, one: Prepared) -> dict[str, Any]:
    return {
        "block": one.block,
        "role": one.role,
        "name": one.name,
        "ready": _stamp_json(review, one.ready),
        "missing": list(one.missing),
        "after_preparation": list(one.after),
    }


def _stamp_json(review: Review, stamp: Stamp | None) -> dict[str, str] | None:
    return stamp and {"by": stamp.by, "at": review.local(stamp.done_at).isoformat()}


def _block_json(review: Review, block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "title": block.title,
        "minutes": block.minutes,
        "starts_at_minute": block.starts_at_minute,
        "presenter": {"role": block.role, "name": block.name},
        "on_watch": block.on_watch,
        "questions": list(block.questions),
        "says": review.spoken(block),
        "lines": [
            {"text": str(line), "marks": [part.mark for part in line.parts if part.mark]}
            for line in block.lines
        ],
        "kpis": {measured.kpi.id: measured.as_json() for measured in review.measured(block.id)},
        "before": {
            measured.kpi.id: json_value(review.before.get(measured.kpi.id), measured.kpi.unit)
            for measured in review.measured(block.id)
        },
    }


def _note_json(note: Note) -> dict[str, Any]:
    return {
        "note_id": note.note_id,
        "week": note.week.isoformat(),
        "block": note.block,
        "kind": note.kind,
        "body": note.body,
        "owner": note.owner,
        "due_on": note.due_on and note.due_on.isoformat(),
        "state": note.state,
    }


def _promise_json(promise: Promise) -> dict[str, Any]:
    return _note_json(promise.note) | {
        "asks": promise.test,
        "found": promise.found,
        "kept_by_data": promise.kept,
        "mark": promise.mark,
    }


def review_md(review: Review) -> str:
    """The review as Markdown; the printed lines stand in code blocks as in the runbook."""
    parts = [
        f"# {markdown(title(review))}",
        markdown(subtitle(review)),
        f"**{markdown(review.verdict)}**",
        *_md_list("Check before the meeting", review.checks),
        *_md_list("Restated from the week before", [str(row) for row in review.restatements]),
        *_md_list("Restated since", [str(row) for row in review.restated]),
    ]
    for number, block in enumerate(review.blocks, start=1):
        parts += _md_block(review, number, block)
    parts += ["## After the meeting", "\n".join(f"- [ ] {markdown(item)}" for item in AFTER_MEETING)]
    return "\n\n".join(parts) + "\n"


def _md_block(review: Review, number: int, block: Block) -> list[str]:
    parts = [f"## {number}. {markdown(block_title(block))}", markdown(presenter_words(block))]
    parts += ["\n".join(f"- {markdown(question)}" for question in block.questions)]
    if review.spoken(block):
        parts.append(f"> {markdown(review.spoken(block))}")
    if block.lines:
        parts.append(_fenced(str(line) for line in block.lines))
    if block.id == "opening":
        parts += _md_list("Promises that were due", [promise_words(review, one) for one in review.promises])
        carried = [n for n in review.blockers if n.week < review.week]
        parts += _md_list("Kept so far", kept_words(review))
        parts += _md_list("Blockers still open", [blocker_words(review, note) for note in carried])
        parts += _md_list("Due by the records", due_words(review))
    if block.id == "wins" and not review.said("win"):
        parts += _md_list("Suggested by the data", review.wins)
    for kind, heading, notes in _said(review, block):
        parts += _md_list(heading, [note_words(review, note) for note in notes], ordered=kind == "priority")
    rows = [_number_cells(review, measured) for measured in review.measured(block.id)]
    return [*parts, _md_table(rows)] if rows else parts


def _md_list(heading: str, items: Iterable[str], *, ordered: bool = False) -> list[str]:
    lines = [f"{f'{n}.' if ordered else '-'} {markdown(item)}" for n, item in enumerate(items, start=1)]
    return [f"**{markdown(heading)}**", "\n".join(lines)] if lines else []


def _md_table(rows: list[tuple[str, ...]]) -> str:
    lines = [NUMBER_HEADS, ("---", "---:", "---:", "---", "---", "---"), *rows]
    return "\n".join(
        f"| {' | '.join(cell if n == 1 else markdown(cell) for cell in row)} |" for n, row in enumerate(lines)
    )


def _fenced(lines: Iterable[str]) -> str:
    """The lines as a code block whose fence is longer than any run of back-ticks in them."""
    body = "\n".join(one_line(line) for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{body}\n{fence}"


def title(review: Review) -> str:
    """The review's heading."""
    return f"Weekly operations review, {day(review.week)}"


def subtitle(review: Review) -> str:
    """Whose review it is, as of when, and whether it is frozen."""
    return f"{review.company} · as of {instant(review.seen_at, review.tz)} · {status_words(review)}"


def status_words(review: Review) -> str:
    """Whether the review is open, and who opened and ended it."""
    if review.opened is None:
        return "not opened yet"
    opened = f"opened by {_stamp_words(review, review.opened)}"
    return f"{opened}, ended by {_stamp_words(review, review.ended)}" if review.ended else opened


def _stamp_words(review: Review, stamp: Stamp) -> str:
    return f"{review.person(stamp.by)}, {instant(stamp.done_at, review.tz)}"


def block_title(block: Block) -> str:
    """A block's name with its minutes: `Customer Success Review (8 min)`."""
    return f"{block.title} ({block.minutes} min)"


def presenter_words(block: Block) -> str:
    """Who presents the block, and when its data was last entered."""
    who = f"{ROLE_IN_WORDS[block.role]}: {block.name or 'nobody on record'}"
    watch = "on watch for the cutover, the data speaks" if block.on_watch else None
    return " · ".join(part for part in (who, watch, block.newest) if part)


def note_words(review: Review, note: Note) -> str:
    """What was noted, with owner, due day and state where it has them."""
    state = STATE_WORDS.get(note.state, note.state) if note.kind in {"blocker", "priority", "action"} else ""
    owner = review.person(note.owner) if note.owner else ""
    due = f"due {day(note.due_on)}" if note.due_on else ""
    more = ", ".join(part for part in (owner, due, state) if part)
    return f"{note.body} ({more})" if more else note.body


def blocker_words(review: Review, note: Note) -> str:
    """A blocker that is still open, with the weeks that it has been."""
    weeks = (review.week - note.week).days // 7
    age = f", raised {day(note.week)}, {several(weeks, 'week')} ago: escalate" if weeks else ""
    return f"{note_words(review, note)}{age}"


def promise_words(review: Review, promise: Promise) -> str:
    """A promise that was due, its mark, and what the data says of it."""
    said = f"; {promise.test}: {promise.found}" if promise.test else ""
    return f"{sign(promise.mark)} {note_words(review, promise.note)}{said}"


def kept_words(review: Review) -> list[str]:
    """How each owner keeps promises: `Ida Roth: 4 of 5, 1 open`."""
    return [
        f"{review.person(one.owner)}: {one.kept} of {one.judged}"
        + (f", {one.still_open} open" if one.still_open else "")
        for one in review.kept_rates
    ]


def due_words(review: Review) -> list[str]:
    """What incidents, the close and onboardings want done by now, with whose it is."""
    return [f"{one.text} ({review.owner_of(one)})" for one in review.also_due]


def _said(review: Review, block: Block) -> list[tuple[str, str, list[Note]]]:
    found = [(kind, heading, review.said(kind, block.id)) for kind, heading in NOTE_TITLES.items()]
    return [(kind, heading, notes) for kind, heading, notes in found if notes]


def _number_cells(review: Review, measured: Measured) -> tuple[str, ...]:
    label = measured.kpi.label
    if measured.value is None:
        return label, DASH, "", mark("no_data"), "", measured.reason or ""
    return (
        label,
        review.in_words(measured, measured.value),
        "" if measured.target is None else review.in_words(measured, measured.target),
        mark(measured.mark),
        review.change(measured),
        "; ".join(part for part in (measured.window, measured.reason) if part),
    )


def review_html(review: Review) -> str:
    """The review as one HTML page: nothing is fetched from elsewhere, and it prints on A4 and Letter with page numbers."""
    body = [
        f"<header><h1>{hypertext(title(review))}</h1><p class='sub'>{hypertext(subtitle(review))}</p></header>",
        f"<p class='verdict'>{hypertext(review.verdict)}</p>",
        _html_list("Check before the meeting", review.checks, css="warn"),
        _html_list("Restated from the week before", [str(row) for row in review.restatements], css="warn"),
        _html_list("Restated since", [str(row) for row in review.restated], css="warn"),
        *(_html_block(review, number, block) for number, block in enumerate(review.blocks, start=1)),
        _html_list("After the meeting", AFTER_MEETING, css="after"),
    ]
    head = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{hypertext(title(review))}</title><style>{STYLE}</style></head><body><main>\n"
    )
    return head + "\n".join(part for part in body if part) + "\n</main></body></html>\n"


def _html_block(review: Review, number: int, block: Block) -> str:
    parts = [
        f"<h2>{number}. {hypertext(block.title)} <small>{block.minutes} min</small></h2>",
        f"<p class='sub'>{hypertext(presenter_words(block))}</p>",
        f"<p class='ask'>{' '.join(hypertext(question) for question in block.questions)}</p>",
    ]
    if review.spoken(block):
        parts.append(f"<blockquote>{hypertext(review.spoken(block))}</blockquote>")
    if block.lines:
        parts.append(f"<ul class='lines'>{''.join(_html_line(line) for line in block.lines)}</ul>")
    if block.id == "opening":
        parts.append(
            _html_list("Promises that were due", [promise_words(review, one) for one in review.promises])
        )
        carried = [n for n in review.blockers if n.week < review.week]
        parts.append(_html_list("Kept so far", kept_words(review)))
        parts.append(_html_list("Blockers still open", [blocker_words(review, note) for note in carried]))
        parts.append(_html_list("Due by the records", due_words(review)))
    if block.id == "wins" and not review.said("win"):
        parts.append(_html_list("Suggested by the data", review.wins))
    for kind, heading, notes in _said(review, block):
        items = [note_words(review, note) for note in notes]
        parts.append(_html_list(heading, items, ordered=kind == "priority"))
    rows = [_number_cells(review, measured) for measured in review.measured(block.id)]
    if rows:
        parts.append(_html_table(review, block, rows))
    return f"<section>{''.join(parts)}</section>"


def _html_line(line: Line) -> str:
    said = " <span class='bar'>|</span> ".join(
        f"<span class='{part.mark or 'plain'}'>{hypertext(str(part))}</span>" for part in line.parts
    )
    subject = f"<b>{hypertext(line.subject)}:</b> " if line.subject else ""
    return f"<li>{subject}{said}</li>"


def _html_list(heading: str, items: Iterable[str], *, css: str = "said", ordered: bool = False) -> str:
    rows = "".join(f"<li>{hypertext(item)}</li>" for item in items)
    tag = "ol" if ordered else "ul"
    return f"<div class='{css}'><h3>{hypertext(heading)}</h3><{tag}>{rows}</{tag}></div>" if rows else ""


def _html_table(review: Review, block: Block, rows: list[tuple[str, ...]]) -> str:
    marks = [measured.mark or "plain" for measured in review.measured(block.id)]
    heads = "".join(f"<th scope='col'>{hypertext(head)}</th>" for head in NUMBER_HEADS)
    lines: list[str] = []
    for css, (label, value, target, word, change, reason) in zip(marks, rows, strict=True):
        cells = (
            f"<th scope='row'>{hypertext(label)}</th><td class='n'>{hypertext(value)}</td><td class='n'>{hypertext(target)}</td>"
            f"<td class='{css}'>{hypertext(word)}</td><td>{hypertext(change)}</td><td class='why'>{hypertext(reason)}</td>"
        )
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


STYLE = """
:root { color-scheme: light dark; --ink: #1b1f27; --soft: #4b525e; --line: #d8dce3; --ground: #fff; --wash: #f4f5f8;
  --met: #13613a; --floor: #785000; --missed: #931b2a; --no_data: #4b525e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #b4bcc8; --line: #38404c; --ground: #14171c;
  --wash: #1f242c; --met: #7bd6a3; --floor: #edc16c; --missed: #f59ea6; --no_data: #b4bcc8; } }
@page { margin: 16mm 14mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --wash: #f4f5f8;
  --met: #13613a; --floor: #785000; --missed: #931b2a; --no_data: #444; } body { font-size: 10pt; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .2rem; border-top: 1px solid var(--line); padding-top: .9rem; }
h2 small { font-weight: 400; color: var(--soft); }
h3 { font-size: .95rem; margin: .8rem 0 .2rem; }
.sub, .ask, .why { color: var(--soft); margin: 0; }
.ask { margin-top: .3rem; font-style: italic; }
.verdict { font-size: 1.15rem; font-weight: 600; margin: 1rem 0; }
.warn { background: var(--wash); padding: .2rem .9rem .5rem; border-radius: .5rem; margin: .8rem 0; break-inside: avoid; }
blockquote { margin: .5rem 0; padding-left: .9rem; border-left: 3px solid var(--line); }
ul, ol { margin: .3rem 0; padding-left: 1.3rem; }
.lines { list-style: none; padding: .6rem .9rem; margin: .6rem 0; background: var(--wash); border-radius: .5rem; }
.lines li { margin: .1rem 0; break-inside: avoid; }
.bar { color: var(--soft); }
.met { color: var(--met); } .floor { color: var(--floor); } .missed { color: var(--missed); } .no_data { color: var(--no_data); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .88em; table-layout: fixed; }
th:nth-child(1) { width: 24%; } th:nth-child(2), th:nth-child(3) { width: 13%; } th:nth-child(4) { width: 11%; }
th:nth-child(5) { width: 17%; } th[scope=col]:nth-child(2), th[scope=col]:nth-child(3) { text-align: right; }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
tr { break-inside: avoid; } th[scope=row] { font-weight: 500; } .n { text-align: right; white-space: nowrap; }
h2, h3 { break-after: avoid; }
@media (max-width: 600px) { th:nth-child(1) { width: 34%; } th:nth-child(2), th:nth-child(3), th:nth-child(4) { width: 22%; }
  td:nth-child(5), td:nth-child(6), th:nth-child(5), th:nth-child(6) { display: none; } }
"""


def team_message(review: Review) -> str:
    """The message to the team after the meeting, as plain text.

    Source: Runbook 5, Post-Meeting: "Here's what we accomplished this week and what's coming next".
    """
    wins = [note.body for note in review.said("win")] or list(review.wins)
    priorities = [note_words(review, note) for note in review.said("priority")]
    blockers = [blocker_words(review, note) for note in review.blockers]
    parts = [
        f"Here's what we accomplished this week ({day(review.week)}) and what's coming next.",
        review.verdict,
        *_text_list("This week", wins),
        *_text_list("Coming next", priorities),
        *_text_list("Blockers", blockers),
    ]
    return "\n\n".join(parts) + "\n"


def _text_list(heading: str, items: list[str]) -> list[str]:
    return [heading + ":\n" + "\n".join(f"- {item}" for item in items)] if items else []
