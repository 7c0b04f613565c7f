"""The review as a document: golden files, nothing fetched, nothing of a user's data becomes markup."""

import json
import os
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import make
import pytest

from tai_ops.exports.review import review_html, review_json, review_md, team_message
from tai_ops.period import Week
from tai_ops.review import Review
from tai_ops.runbooks import weekly_review
from tai_ops.runbooks.weekly_review import add_note, agenda
from tai_ops.store import Store

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FRIDAY = Week(date(2026, 4, 3))
NASTY = "<script>alert(1)</script> *x* [a](http://x.example) | ```"


@pytest.fixture
def review(store: Store) -> Review:
    """The ended review of the example records, with everything that people can say in it."""
    make.examples(store)
    said = {"actor": make.CFO, "now": make.NOW, "store": store}
    past = said | {"week": FRIDAY.plus(-1), "owner": "cfo"}
    add_note(block="priorities", kind="priority", body="Harbor Foods implementation 75% complete", **past)
    add_note(block="priorities", kind="priority", body="Northwind Parts at 97% accuracy", **past)
    add_note(block="engineering", kind="blocker", body="VPN of Harbor Foods", **past)
    weekly_review.open(store, make.CEO, FRIDAY, make.NOW)
    now = said | {"week": FRIDAY}
    add_note(block="wins", kind="win", body="Harbor Foods counts without paper", **now)
    add_note(block="finance", kind="action", body="Call the auditor", owner="ceo", **now)
    add_note(block="engineering", kind="note", body="Scaling is on track", **now)
    add_note(block="priorities", kind="priority", body="10+ discovery calls", owner="ceo", **now)
    add_note(block="priorities", kind="priority", body="Harbor Foods go-live", owner="cfo", **now)
    return weekly_review.end(store, make.CEO, FRIDAY, make.NOW)


def same_as_golden(name: str, text: str) -> None:
    """The text is what the golden file holds; TAI_OPS_GOLDEN=write writes it anew."""
    file = GOLDEN / name
    if os.environ.get("TAI_OPS_GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def settled(text: str) -> str:
    """The text without what differs from run to run: ids of notes, and the hash over them."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\.\d{6}(?=[+-]\d\d:\d\d)", "", re.sub(r"\b[0-9a-f]{64}\b", "HASH", text))


def test_the_documents_are_as_agreed(review: Review) -> None:
    same_as_golden("review_2026-04-03.md", settled(review_md(review)))
    same_as_golden("review_2026-04-03.html", settled(review_html(review)))
    same_as_golden("review_2026-04-03.json", settled(json.dumps(review_json(review), indent=1) + "\n"))
    same_as_golden("review_2026-04-03.txt", settled(team_message(review)))


def test_the_printed_lines_stand_in_every_form(review: Review) -> None:
    text = "Northwind Parts: 97% accuracy ✓ | NPS 9.5 ✓"
    assert f"\n{text}\n" in review_md(review)
    assert text in [row["text"] for block in review_json(review)["blocks"] for row in block["lines"]]
    plain = re.sub(r"<[^>]+>", "", review_html(review))
    assert text in plain


def test_json_carries_money_as_text_and_unknown_as_null(review: Review) -> None:
    numbers = {name: kpi for block in review_json(review)["blocks"] for name, kpi in block["kpis"].items()}
    assert numbers["cash"]["value"] == "686394.78"
    assert numbers["uptime_pct"]["value"] is None
    assert numbers["uptime_pct"]["reason"]
    assert review_json(review)["status"] == "ended"


class Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("nasty", [NASTY, "=cmd|' /C calc'!A0", "'\"></style><img src=x onerror=a>"])
def test_what_people_type_stays_text(store: Store, nasty: str) -> None:
    make.loaded(store, "people", f"email,name,role\n{make.CEO.email},Mara,ceo\n")
    quoted = nasty.replace('"', '""')
    make.loaded(store, "customers", f'customer_id,name,status\nA,"{quoted}",live\n')
    for kind in ("blocker", "win", "note"):
        add_note(store, make.CEO, FRIDAY, "engineering", kind=kind, body=nasty, now=make.NOW)
    review = agenda(store, FRIDAY, make.NOW)
    page = Elements()
    page.feed(review_html(review))
    assert not {"script", "img", "a", "link", "iframe"} & set(page.tags)
    assert not {"src", "href", "onerror", "style"} & page.attributes
    assert nasty in "".join(_texts(review_html(review)))
    prose = re.sub(r"(?ms)^(`{3,})$.*?^\1$", "", review_md(review))
    assert not re.search(r"(?<!\\)[<\[]", prose.replace("- [ ] ", ""))
    assert nasty in "\n".join(re.findall(r"(?ms)^(`{3,})$(.*?)^\1$", review_md(review))[0])


def _texts(page: str) -> list[str]:
    found: list[str] = []

    class Texts(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    Texts().feed(page)
    return found


def test_the_page_fetches_nothing(review: Review) -> None:
    page = review_html(review)
    assert not re.search(r"https?:|url\(|@import|<link|<script", page)
    assert "@page { margin: 16mm" in page
    assert "size:" not in page.split("@page")[1][:60]
