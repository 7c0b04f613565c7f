"""The Friday review held and shown, and its papers."""

from typing import Any

from tai_ops import readable
from tai_ops.cli import Call
from tai_ops.commands.command import Answer, actor_of, now_of, opened_store
from tai_ops.period import Week


def review_open(call: Call) -> Answer:
    """Open the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = opened_store(call), Week.parse(call.arguments.week)
    done = weekly_review.open(store, actor_of(call, "review"), week, now_of(store))
    return _review(done, "md")


def review_end(call: Call) -> Answer:
    """End the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = opened_store(call), Week.parse(call.arguments.week)
    done = weekly_review.end(store, actor_of(call, "review"), week, now_of(store))
    if not done.said("priority"):
        call.warnings.append("no priority is named for next week; the runbook asks for the top three")
    return _review(done, "md")


def review_show(call: Call) -> Answer:
    """Print the Friday review."""
    from tai_ops.runbooks import weekly_review

    store, week = opened_store(call), Week.parse(call.arguments.week)
    return _review(weekly_review.show(store, week, now_of(store)), call.arguments.format)


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

    store, out = opened_store(call), call.arguments.out
    write = writer(out)
    content = write(weekly_review.show(store, Week.parse(call.arguments.week), now_of(store)))
    call.terminal.write_file(out, content)
    return Answer({"file": out, "bytes": len(content)}, f"wrote {out}")


def quick_reference(call: Call) -> Answer:
    """The KPI board between its markers in QUICK_REFERENCE.md."""
    from tai_ops.exports.quick_reference import quick_reference as written
    from tai_ops.runbooks import weekly_review

    store, out = opened_store(call), call.arguments.out
    review = weekly_review.newest(store, now_of(store))
    there = (call.terminal.cwd / out).exists()
    before = call.terminal.read_file(out) if there else None
    content = written(review, before, out)
    if content != before:
        call.terminal.write_file(out, content)
    answer = {"file": out, "week": review.week.isoformat(), "status": review.status, "bytes": len(content)}
    return Answer(answer, f"wrote the KPI board of {review.week} into {out}")
