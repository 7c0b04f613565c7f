"""The four steps of making a proposal with their items, each done or not by what is on record; and the VP Sales' three questions.

Source: Runbook 3, Proposal Generation Steps (30, 45, 30 and 15 minutes); requirements.md R3.7 to R3.10.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tai_ops.proposal_facts import Known
from tai_ops.proposal_quote import band_words
from tai_ops.proposal_values import Value, printed


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do in a step, and whether what is on record says that it is done."""

    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the runbook with its minutes and items."""

    name: str
    minutes: int
    items: tuple[Item, ...]

    @property
    def done(self) -> int:
        """How many of its items are done."""
        return sum(item.done for item in self.items)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the VP Sales' review, and what the records say to it."""

    text: str
    answer: str


def steps(
    known: Known, values: Mapping[str, Value], approved: Collection[str], *, put_up: bool
) -> tuple[Step, ...]:
    """The runbook's four steps as a proposal stands."""

    def there(*names: str) -> bool:
        return all(name in values for name in names)

    sent = known.proposal.sent_at is not None
    return (
        Step(
            "Gather information",
            30,
            (
                Item("Pull customer details from the records", there("customer", "contact", "industry")),
                Item("Review the discovery call", known.call is not None),
                Item(
                    "Confirm implementation scope with CTO",
                    there("warehouses", "implementation_hours", "training_hours", "support_hours"),
                ),
                Item("Get pricing from CEO", there("services", "licence")),
            ),
        ),
        Step(
            "Create the customized proposal",
            45,
            (
                Item("Customer name (all 3 pages)", there("customer")),
                Item(
                    "SITUATION: their pain points",
                    there("current_system", "accuracy_now", "count_hours_now", "resolution_hours"),
                ),
                Item(
                    "INVESTMENT: hours, rates, deposit and balance",
                    there("deposit", "balance", "year_1", "payback"),
                ),
                Item(
                    "TIMELINE: their implementation window",
                    there("kickoff_on", "go_live_on", "pilot_location"),
                ),
                Item("Relevant case study, or none that may be told", there("case_after") or put_up),
                Item("Team bios of VP Sales, CTO, CSM", there("bio_vp", "bio_cto", "bio_csm")),
            ),
        ),
        Step(
            "Internal review and approval",
            30,
            (
                Item("Put up for approval", put_up or sent),
                Item("VP Sales approves the document", "document" in approved or sent),
                Item("CEO approves the price", "price" in approved or sent),
                Item("CTO approves the scope", "scope" in approved or sent),
            ),
        ),
        Step("Send to customer", 15, (Item("Sent, logged, and the check-in is on the list", sent),)),
    )


def review_questions(known: Known, values: Mapping[str, Value]) -> tuple[Question, ...]:
    """The three questions of the VP Sales' ten minutes, each with what the call and the records say to it."""

    def shown(name: str) -> str:
        return printed(name, values[name].value, known.company.currency) if name in values else "–"

    call = known.call
    said = (
        "no discovery call is on record"
        if call is None
        else f"accuracy {shown('accuracy_now')} %, {shown('count_hours_now')} hours a quarter, {shown('error_cost')} of errors a month; "
        f"decided {call.decision}"
    )
    acv = call.answers.budget.about if call else None
    band = f"a budget of {band_words(acv)} a year" if acv is not None else "a budget that nobody has said"
    timeline = (call.answers.timeline.decision if call else None) or "a time that nobody has said"
    return (
        Question("Does this match our conversation?", said),
        Question(
            "Pricing appropriate for this customer?",
            f"{shown('licence')} a year and {shown('services')} of services against {band}; payback in {shown('payback')} months",
        ),
        Question(
            "Timeline realistic?",
            f"kickoff {shown('kickoff_on')}, go-live {shown('go_live_on')}; they decide in {timeline}",
        ),
    )
