"""The weekly review as a Slack message: a payload for an incoming webhook, inside Slack's limits. Nothing is sent.

Source: requirements.md section 10: at most 50 blocks, 3,000 characters a section, about 13,000 in all.
"""

import json
from collections.abc import Iterator
from typing import Any

from tai_ops.exports.review import (
    block_title,
    blocker_words,
    note_words,
    promise_words,
    subtitle,
    title,
)
from tai_ops.exports.text import one_line
from tai_ops.review import Block, Review
from tai_ops.words import counted

MOST_BLOCKS = 50
MOST_IN_SECTION = 3000
MOST_IN_HEADER = 150
MOST_IN_ALL = 12_000
SIGN = "• "


def review_slack(review: Review) -> str:
    """The payload as JSON: a line for notifications, and blocks; what does not fit is counted at the end."""
    sections = [section for part in _parts(review) for section in _split(part)]
    blocks: list[dict[str, Any]] = [_header(title(review)), _section(_escape(review.verdict))]
    size = len(json.dumps(blocks))
    left_out = 0
    for text in sections:
        block = _section(text)
        if left_out or len(blocks) >= MOST_BLOCKS - 2 or size + len(json.dumps(block)) > MOST_IN_ALL - 600:
            left_out += text.count("\n") + 1
            continue
        blocks.append(block)
        size += len(json.dumps(block))
    if left_out:
        blocks.append(_section(f"_and {counted(left_out, 'line')} more in the review itself_"))
    foot = _escape(subtitle(review))[:MOST_IN_SECTION]
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": foot, "verbatim": True}]})
    text = _escape(f"{title(review)}: {review.verdict}")[:MOST_IN_SECTION]
    return json.dumps({"text": text, "blocks": blocks}, ensure_ascii=False, indent=2) + "\n"


def _parts(review: Review) -> Iterator[list[str]]:
    """The message's sections as lines, the heading first."""
    if review.checks:
        yield ["*Check*", *(SIGN + _escape(said) for said in review.checks)]
    for number, block in enumerate(review.blocks, start=1):
        lines = [SIGN + _escape(text) for text in _said(review, block)]
        if lines:
            yield [f"*{number}. {_escape(block_title(block))}*", *lines]


def _said(review: Review, block: Block) -> Iterator[str]:
    yield from (str(line) for line in block.lines)
    if block.id == "opening":
        yield from (promise_words(review, promise) for promise in review.promises)
        yield from (blocker_words(review, note) for note in review.blockers if note.week < review.week)
    if block.id == "wins" and not review.said("win"):
        yield from review.wins
    for kind in ("win", "blocker", "priority", "action", "note"):
        yield from (note_words(review, note) for note in review.said(kind, block.id))


def _split(lines: list[str]) -> Iterator[str]:
    """The lines in pieces that a section can hold; a line too long for one is cut."""
    held: list[str] = []
    for line in lines:
        short = line if len(line) <= MOST_IN_SECTION else f"{line[: MOST_IN_SECTION - 1]}…"
        if held and sum(len(one) + 1 for one in held) + len(short) > MOST_IN_SECTION:
            yield "\n".join(held)
            held = []
        held.append(short)
    if held:
        yield "\n".join(held)


def _header(text: str) -> dict[str, Any]:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": one_line(text)[:MOST_IN_HEADER], "emoji": False},
    }


def _section(text: str) -> dict[str, Any]:
    shown = text if len(text) <= MOST_IN_SECTION else f"{text[: MOST_IN_SECTION - 1]}…"
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}


def _escape(text: str) -> str:
    """Slack's three signs as entities, so that nobody is called by what a customer is named."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
