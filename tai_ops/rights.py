"""Who may write what: one table for pages and commands. Everyone may read everything.

Source: the owners that the runbooks name; contract.md "Who acts".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tai_ops.errors import NotAllowed

RIGHTS: dict[str, tuple[str, ...]] = {
    "company": ("ceo",),
    "success": ("csm", "ceo"),
    "onboarding": ("csm", "cto", "ceo"),
    "sales": ("vp_sales", "ceo"),
    "proposals": ("sales_coordinator", "vp_sales", "ceo"),
    "reliability": ("cto", "ceo"),
    "intake": ("cto", "ceo", "monitor"),
    "money": ("cfo", "ceo"),
    "close": ("cfo", "ceo"),
    "review": ("ceo",),
    "notes": ("ceo", "cfo", "csm", "vp_sales", "cto", "sales_coordinator"),
    "store": ("ceo", "cfo", "cto"),
}
"""Each right and the roles that have it, the owner's role first."""

RIGHT_IN_WORDS = {
    "company": "change the company's people, targets and holidays",
    "success": "change customers, measurements and scores",
    "onboarding": "do their own steps of an onboarding",
    "sales": "change prospects and deals",
    "proposals": "change proposals",
    "reliability": "change incidents and probes",
    "intake": "send samples and alerts",
    "money": "change the books and the bank",
    "close": "work on a month's close",
    "review": "hold the weekly review",
    "notes": "note things in the weekly review",
    "store": "look after the store",
}
ROLE_IN_WORDS = {
    "ceo": "CEO",
    "cfo": "CFO",
    "csm": "CSM",
    "vp_sales": "VP Sales",
    "cto": "CTO",
    "sales_coordinator": "Sales Coordinator",
    "owner": "local owner",
    "monitor": "a monitor's token",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting person. Role `owner` is whoever sits at the machine while the company has no CEO on record.

    `looks_at` is the past day that the person looks at; who looks back may enter nothing.
    """

    email: str
    name: str
    role: str
    looks_at: date | None = None


LOCAL_OWNER = Actor("owner@localhost", "Local owner", "owner")
PROGRAM = Actor("tai-ops@localhost", "the program", "owner")
"""The program itself, where it acts by the clock and nobody asked it to."""


def called(email: str, names: Mapping[str, str | None]) -> str:
    """How a person is called: by name where one is on record, the owner at the machine and the program itself so, else by the e-mail."""
    return names.get(email) or {one.email: one.name for one in (LOCAL_OWNER, PROGRAM)}.get(email, email)


def may(actor: Actor, right: str) -> bool:
    """Whether the person has the right, and looks at the present."""
    if actor.looks_at is not None:
        return False
    return actor.role == "owner" or actor.role in RIGHTS[right]


def authorize(actor: Actor, right: str) -> None:
    """Nothing where the person has the right; NotAllowed names who has it otherwise."""
    if actor.looks_at is not None:
        raise NotAllowed(
            f"nothing is entered while the page shows {actor.looks_at.isoformat()}; go back to now and enter it there"
        )
    if not may(actor, right):
        raise NotAllowed(
            f"{actor.name} ({ROLE_IN_WORDS[actor.role]}) may not {RIGHT_IN_WORDS[right]}; ask the {_holders(right)}"
        )


def refuse_not_own(actor: Actor, right: str, owners: Sequence[str], what: str) -> None:
    """Nothing where the person has the right, or is one of the owners of that; NotAllowed says whose it is."""
    if may(actor, right) or (actor.looks_at is None and actor.role in owners):
        return
    raise NotAllowed(
        f"{actor.name} ({ROLE_IN_WORDS[actor.role]}) may do only what is theirs; {what!r} is for the {_holders(right)}"
    )


def who_may(right: str) -> str:
    """Who has the right, such as `The CFO or CEO may change the books and the bank`; for a control that others lack."""
    return f"The {_holders(right)} may {RIGHT_IN_WORDS[right]}"


def _holders(right: str) -> str:
    return " or ".join(ROLE_IN_WORDS[role] for role in RIGHTS[right])


def acting(people: Sequence[Actor], email: str | None, right: str | None) -> Actor:
    """Who acts, out of the active people.

    The named person; else, while no CEO is active, the local owner; else the first person with the right.
    Raises NotAllowed where the name is unknown or nobody has the right.
    """
    if email:
        wanted = email.strip().lower()
        found = next((p for p in people if p.email.lower() == wanted), None)
        if found is None and not any(p.role == "ceo" for p in people) and wanted == LOCAL_OWNER.email:
            return LOCAL_OWNER
        if found is None:
            raise NotAllowed(
                f"{email} is not an active person of the company; add them with `tai-ops load people`"
            )
        return found
    if not any(p.role == "ceo" for p in people):
        return LOCAL_OWNER
    for role in RIGHTS[right] if right else ("ceo",):
        for person in people:
            if person.role == role:
                return person
    raise NotAllowed("nobody on record may do this; name an acting person with --as")
