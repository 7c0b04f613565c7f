"""A call decided by BANT, and a proposal written."""

from tai_ops.cli import Call
from tai_ops.commands.command import (
    Answer,
    answered,
    calendar_of,
    company_of,
    content_of,
    now_of,
    opened_store,
)


def bant_decide(call: Call) -> Answer:
    """Decide a qualification."""
    from tai_ops.bant import answers_from_json, decide

    answers = answers_from_json(content_of(call, call.arguments.file))
    if call.opened:
        from tai_ops.store.qualifying import computed_decision

        return answered(computed_decision(call.opened, answers).as_json())
    company = company_of(call)
    start = (company.fiscal_start_month, company.fiscal_start_day)
    return answered(decide(answers, fiscal_start=start, calendar=calendar_of(call)).as_json())


def proposal_build(call: Call) -> Answer:
    """A proposal as a file; nothing undefined, unapproved or wrong is written."""
    from tai_ops.exports.proposal_file import proposal_file, proposal_writer
    from tai_ops.store.proposal_desk import desk

    out = call.arguments.out
    proposal_writer(out)
    store = opened_store(call)
    found = desk(store, call.arguments.proposal, now_of(store))
    content = proposal_file(found, out, now_of(store))
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
