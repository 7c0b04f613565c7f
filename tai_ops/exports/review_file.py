"""The weekly review as a file of any kind, chosen by the ending of its name."""

import json
from collections.abc import Callable, Mapping

from tai_ops.errors import WrongUsage
from tai_ops.exports.review import review_html, review_json, review_md
from tai_ops.exports.review_actions import review_asana, review_ics
from tai_ops.exports.review_mail import review_eml
from tai_ops.exports.review_slack import review_slack
from tai_ops.exports.review_workbook import review_workbook
from tai_ops.review import Review

WRITERS: Mapping[str, Callable[[Review], bytes]] = {
    ".slack.json": lambda review: review_slack(review).encode(),
    ".asana.csv": review_asana,
    ".html": lambda review: review_html(review).encode(),
    ".md": lambda review: review_md(review).encode(),
    ".xlsx": review_workbook,
    ".eml": review_eml,
    ".ics": review_ics,
    ".json": lambda review: (json.dumps(review_json(review), ensure_ascii=False, indent=2) + "\n").encode(),
}
"""What writes a file of each ending, the longer endings first."""


def writer(name: str) -> Callable[[Review], bytes]:
    """What writes a review under that name; WrongUsage where its ending is none that a review has."""
    found = next((write for ending, write in WRITERS.items() if name.lower().endswith(ending)), None)
    if found is None:
        endings = ".html, .md, .xlsx, .eml, .slack.json, .asana.csv, .ics or .json"
        raise WrongUsage(f"--out: a review is written as {endings}, not {name!r}")
    return found
