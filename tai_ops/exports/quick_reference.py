"""The KPI board inside QUICK_REFERENCE.md: written between two markers, every other byte of the file left alone."""

from collections.abc import Iterator

from tai_ops.errors import Refused
from tai_ops.exports.review import status_words
from tai_ops.exports.text import markdown
from tai_ops.kpi import Measured
from tai_ops.matters import kpi_owner
from tai_ops.review import Review
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.words import DASH, aim, day, instant, mark

BEGIN = "<!-- tai-ops:kpi-board begin -->"
END = "<!-- tai-ops:kpi-board end -->"
HEADS = ("Number", "Value", "Target", "Mark", "Change", "Owner", "As of")


def quick_reference(review: Review, before: bytes | None, name: str) -> bytes:
    """The file with the review's board between its markers; a new file where there was none.

    Refused, naming the file, where a marker is missing, stands twice or in the wrong order: nothing is changed then.
    Source: Runbook 5, Post-Meeting; requirements.md W12.
    """
    if before is None:
        return f"# Quick reference\n\n{BEGIN}\n{board(review)}{END}\n".encode()
    begin, end = BEGIN.encode(), END.encode()
    for marker, held in ((BEGIN, before.count(begin)), (END, before.count(end))):
        if held != 1:
            many = "is missing" if held == 0 else f"stands {held} times"
            raise Refused(
                f"{name}: the marker {marker} {many}; the board goes between one {BEGIN} and one {END}, "
                "and the file was left as it is"
            )
    first, last = before.index(begin) + len(begin), before.index(end)
    if last < first:
        raise Refused(f"{name}: {END} stands before {BEGIN}; the file was left as it is")
    newline = "\r\n" if before[first : first + 2] == b"\r\n" else "\n"
    made = board(review).replace("\n", newline)
    return before[:first] + newline.encode() + made.encode() + before[last:]


def board(review: Review) -> str:
    """The KPI board of a review as Markdown: each number with value, target, mark, change, owner and as-of."""
    stamp = (
        f"KPI board of {day(review.week)}, as of {instant(review.seen_at, review.tz)}, {status_words(review)}"
    )
    rows = [HEADS, ("---", "---:", "---:", "---", "---", "---", "---")]
    rows += [_row(review, one) for one in _by_owner(review)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"\n*{markdown(stamp)}*\n\n{table}\n\n"


def _by_owner(review: Review) -> Iterator[Measured]:
    owners = {one.kpi.id: ROLE_IN_WORDS[kpi_owner(one.kpi)] for one in review.kpis.values()}
    yield from sorted(review.kpis.values(), key=lambda one: owners[one.kpi.id])


def _row(review: Review, one: Measured) -> tuple[str, ...]:
    known = one.value is not None
    return (
        markdown(one.kpi.label),
        markdown(review.in_words(one, one.value)) if known else DASH,
        "" if one.target is None else markdown(aim(one.target, one.kpi.unit, review.currency)),
        mark(one.mark),
        markdown(review.change(one) if known else one.reason or "no data"),
        markdown(ROLE_IN_WORDS[kpi_owner(one.kpi)]),
        markdown(instant(one.as_of, review.tz)),
    )
