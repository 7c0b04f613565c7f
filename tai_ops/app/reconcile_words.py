"""A proposal, its reasons and an entry in the words of the reconcile page."""

from collections.abc import Mapping

from tai_ops.app import reconcile_page, words
from tai_ops.app.reconcile_page import Proposal, Seen
from tai_ops.store.match_lists import Entry


def proposed(seen: Seen, proposal: Proposal, known: Mapping[tuple[str, str], Entry]) -> str:
    """What a proposal would settle, and what it leaves open."""
    said = " + ".join(
        words.escape(named(kind, entry_id, known.get((kind, entry_id))))
        for kind, entry_id in proposal.entries
    )
    settles = " + ".join(seen.money(part.amount) for part in proposal.parts)
    left = " and ".join(
        f"leaves {seen.money(part.left_open)} of {words.escape(part.entry_id)} open"
        for part in proposal.parts
        if part.left_open
    )
    return f"→ **{said}** settles {settles}" + (f", {left}" if left else "")


def why(proposal: Proposal) -> str:
    """The score and the reasons of a proposal, and whether it is a tie."""
    badge = (
        ":green-badge[✓ certain] " if proposal.certain else ":orange-badge[≈ tie] " if proposal.tie else ""
    )
    return f":small[{badge}:gray[score {proposal.score} · {words.escape(' · '.join(proposal.reasons))}]]"


def named(kind: str, entry_id: str, entry: Entry | None) -> str:
    """An entry in words, such as `invoice INV-1 · Acme LLC · Mon 5 Jan 2026`."""
    if kind == "line":
        where = reconcile_page.accounts().get(entry.account or "") if entry else None
        other = where.name if where else "another account"
        return f"transfer · line of {other}" + (f" · {words.day(entry.dated_on)}" if entry else "")
    parts = [f"{kind} {entry_id}"]
    if entry:
        parts += [part for part in (entry.party, words.day(entry.dated_on)) if part]
    return " · ".join(parts)
