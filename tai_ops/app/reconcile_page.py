"""What the reconcile page is about and draws around its lines: the difference, the bank's balance, both sides, the lock.

Every number is the store's (`matches`, `reconciliation`); what is looked at is kept until the store changes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.behind import Column, Rows
from tai_ops.cash import Account
from tai_ops.errors import Refused
from tai_ops.match_facts import Match
from tai_ops.money import parse_money
from tai_ops.reconciliation import STALE_AFTER_DAYS, OpenItem, stale_checks
from tai_ops.store import Store, facts, freshness, matches
from tai_ops.store.matches import LineState, Reconciliation
from tai_ops.typed_amounts import mark_of, plain_number

PAGE_LINES = 25
KINDS_ORDER = ("bank", "processor", "card")
VIEWS = ("To settle", "Matched", "Only in the books", "What it learned", "Statement and lock")
KEPT = "reconcile.kept"
LOCK, UNLOCK, BALANCE, RUN = "reconcile.lock", "reconcile.unlock", "reconcile.balance", "reconcile.run"

_STYLE = """<style>
.st-key-standing_bar, [data-testid="stHeader"]:has([data-testid="stExpandSidebarButton"]) {{
  background: light-dark({light}, {dark}); }}
[data-testid="stLayoutWrapper"]:has(> .st-key-standing_bar) {{ position: sticky; top: 0; z-index: 90; }}
[data-testid="stApp"]:has([data-testid="stExpandSidebarButton"])
  [data-testid="stLayoutWrapper"]:has(> .st-key-standing_bar) {{ top: 3.75rem; }}
.st-key-standing_bar, [class*="st-key-queue_"], [class*="st-key-pair_"] {{
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); padding-bottom: 0.4rem; }}
.st-key-standing_bar {{ padding-top: 0.4rem; }}
[class*="st-key-queue_"] {{ padding-left: 0.5rem; border-left: 3px solid transparent; }}
[class*="st-key-queue_chosen_"] {{ border-left-color: {accent}; }}
.st-key-two_sided table, [class*="st-key-clearing_"] table {{ width: 100%; }}
.st-key-standing_bar [data-testid="stAlertContainer"] {{ padding: 0.35rem 0.75rem; }}
@media (max-width: 640px) {{
  [class*="st-key-pair_"], [class*="st-key-proposal_"] {{ flex-wrap: wrap; }}
  [class*="st-key-pair_"] > :first-child, [class*="st-key-proposal_"] > :first-child {{ flex: 1 1 100%; }}
  .st-key-standing_bar .st-key-formula {{ display: none; }}
  .st-key-standing_bar .st-key-saved_line {{ flex-wrap: nowrap; gap: 0.25rem; }}
  .st-key-standing_bar .st-key-saved_line > div:first-child {{ min-width: 0; flex: 1 1 0; }}
}}
</style>"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may settle a line: one entry or several together, why, and how surely."""

    parts: tuple[Match, ...]

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """The entries by kind and id."""
        return tuple((m.entry_kind, m.entry_id) for m in self.parts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is proposed, and, on a tie, why it is not certain."""
        return self.parts[0].reasons

    @property
    def score(self) -> int:
        """Its score, 0-100."""
        return self.parts[0].score

    @property
    def certain(self) -> bool:
        """Whether the matcher would confirm it."""
        return self.parts[0].state == "confirmed"

    @property
    def tie(self) -> bool:
        """Whether something else fits as well."""
        return any(reason.startswith("not certain") for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: an account through a day, and how it stands."""

    account: Account
    found: Reconciliation
    proposals: Mapping[str, Sequence[Proposal]]
    asked: date | None

    @property
    def queue(self) -> tuple[LineState, ...]:
        """The lines to settle: what has a proposal first, then by day."""
        return tuple(sorted(self.found.unmatched_bank, key=lambda line: line.line_id not in self.proposals))

    @property
    def certain(self) -> int:
        """How many lines the matcher would confirm."""
        open_lines = {line.line_id for line in self.found.unmatched_bank}
        return len({m.line_id for m in self.found.pairs if m.state == "confirmed"} & open_lines)

    def money(self, amount: Decimal) -> str:
        """An amount of the account to the cent, safe for Markdown."""
        return words.escape(words.money(amount, self.account.currency, exact=True))


# --- What is looked at


def codes() -> list[str]:
    """The accounts' codes: banks first, then processors, then cards; other currencies after the company's."""
    own = session.store().company.currency
    ordered = sorted(
        accounts().values(), key=lambda a: (a.currency != own, KINDS_ORDER.index(a.kind), a.account)
    )
    return [a.account for a in ordered]


def accounts() -> dict[str, Account]:
    """Every account by its code."""
    cursor = session.store().cursor()
    try:
        return {a.account: a for a in facts.accounts(cursor)}
    finally:
        cursor.close()


def look(code: str, through: date | None) -> Seen:
    """How the account stands through the day, by default the newest that its bank speaks of."""
    at = (version(), code, through)
    kept = st.session_state.get(KEPT)
    carried = kept[1] if kept and kept[0] == at else None
    found, proposed = _standing(session.store(), *at, carried is not None, carried)
    return Seen(accounts()[code], found, proposed, through)


def version() -> str:
    """What changes whenever the account's standing may."""
    store = session.store()
    return f"{store.path or id(store)} {freshness.version(store)}"


@st.cache_resource(max_entries=12, show_spinner="Matching the bank with the books …")
def _standing(
    _store: Store,
    version: str,  # noqa: ARG001  # what the cache goes by
    account: str,
    through: date | None,
    carried: bool,  # noqa: ARG001
    _pairs: Sequence[Match] | None,
) -> tuple[Reconciliation, dict[str, list[Proposal]]]:
    found = matches.standing(_store, account, now=session.now(), through=through, found=_pairs)
    return found, _proposals(found.pairs)


def _proposals(pairs: Iterable[Match]) -> dict[str, list[Proposal]]:
    """What is proposed for each line by rank; the rows of one rank belong together."""
    ranks: dict[str, dict[int, list[Match]]] = {}
    for one in pairs:
        ranks.setdefault(one.line_id, {}).setdefault(one.rank, []).append(one)
    return {
        line_id: [Proposal(tuple(parts)) for _, parts in sorted(of_line.items())]
        for line_id, of_line in ranks.items()
    }


def style() -> str:
    """The bar that stays on the screen has the ground of the page, in light and dark."""
    ground = {mode: st.get_option(f"theme.{mode}.backgroundColor") for mode in ("light", "dark")}
    return _STYLE.format(**ground, accent=st.get_option("theme.light.primaryColor"))


def verdict(seen: Seen) -> str:
    """What is left to do, in one sentence."""
    found = seen.found
    waiting = len(found.unmatched_bank)
    name, day = seen.account.name, words.day(found.through)
    if not found.matched and not waiting:
        return f"{name} has no bank line through {day}; {difference_words(seen)}."
    if found.locked and is_locked(found):
        left = (
            f"; {words.counted(waiting, 'line')} of it {'is' if waiting == 1 else 'are'} still to settle"
            if waiting
            else ""
        )
        return f"{name} is reconciled and locked through {words.day(found.locked[0])}, by {_person(found.locked[1])}{left}."
    lines = f"{words.counted(found.matched, 'line')} matched, {waiting or 'none'} to settle"
    helped = [
        f"{n} {what}" for n, what in ((seen.certain, "certain"), (found.suggested, "with a suggestion")) if n
    ]
    if helped:
        lines += f" ({words.listed(helped)})"
    if found.before_opening:
        lines += f", {len(found.before_opening)} of before {words.day(seen.account.opened_on)} in the opening balance"
    return f"{name} through {day}: {lines}; {difference_words(seen)}."


def difference_words(seen: Seen) -> str:
    """How the bank and the books stand to one another, or what is missing to say so."""
    found, currency = seen.found, seen.account.currency
    if found.bank_balance is None:
        return "the bank's balance on that day is not known: type it off the statement"
    if found.difference is None:
        return "the books have no opening balance: enter it above"
    amount = words.money(found.difference, currency, exact=True)
    if found.difference == 0 and found.explained:
        return "bank and books agree"
    if found.explained:
        return f"bank and books differ by {amount}, which those lines explain"
    return f"bank and books differ by {amount}, and the lines do not explain it"


def standing_bar(seen: Seen) -> None:
    """The difference and what it is made of; stays on the screen while the page scrolls."""
    with st.container(key="standing_bar", gap="xsmall"):
        widgets.saved_line(undo_key="U")
        forms.error_line(RUN)
        found = seen.found
        bank = seen.money(found.bank_balance) if found.bank_balance is not None else "not known"
        books = seen.money(found.book_balance) if found.book_balance is not None else "not known"
        difference = seen.money(found.difference) if found.difference is not None else words.DASH
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Difference {difference}** {_difference_badge(seen)}", width="content")
            with st.container(width="content", key="formula"):
                st.markdown(
                    f":small[:gray[= bank {bank} + in transit {seen.money(found.in_transit)} "
                    f"− outstanding {seen.money(found.outstanding)} − books {books}]]",
                    width="content",
                )


def _difference_badge(seen: Seen) -> str:
    found = seen.found
    if found.difference is None:
        return ":gray-badge[– not known]"
    if not found.explained:
        unexplained = found.two_sided.unexplained if found.two_sided else None
        said = f"{seen.money(unexplained)} not explained" if unexplained is not None else "not explained"
        return f":red-badge[✗ {said}]"
    if found.difference == 0:
        return ":green-badge[✓ bank and books agree]"
    said = "is not in the books yet" if len(found.unmatched_bank) == 1 else "are not in the books yet"
    return f":orange-badge[≈ explained: {words.counted(len(found.unmatched_bank), 'bank line')} {said}]"


# --- Running the matcher, typing the bank's balance


def run_button(seen: Seen, through: date | None) -> None:
    """Confirm what is certain."""
    st.button(
        "Run the matcher",
        key="run_matcher",
        type="primary",
        icon=":material/join_inner:",
        help="Confirms the pairs that are certain. What a person decided stays, and ties are only suggested.",
        disabled=not widgets.may("money"),
        on_click=forms.acted,
        args=forms.click(RUN, _run, seen.account.account, through),
    )


def _run(account: str, through: date | None) -> None:
    def said(found: Reconciliation) -> str:
        ties = (
            f"; {words.counted(found.suggested, 'line')} with suggestions {'waits' if found.suggested == 1 else 'wait'} for you"
            if found.suggested
            else ""
        )
        return f"Matcher run: {words.counted(found.newly_confirmed, 'pair')} confirmed{ties}"

    forms.run_once(
        RUN,
        lambda: matches.reconcile(
            session.store(), session.actor(), account, now=session.now(), through=through
        ),
        said,
    )


def balance_form(seen: Seen) -> None:
    """The bank's balance, typed off the statement."""
    forms.draft(BALANCE, {"bank_balance": ""})
    day = words.escape(words.day(seen.found.through))
    with st.popover("Bank's balance", icon=":material/account_balance:"):
        if not widgets.may("money"):
            widgets.who_may_line("money")
            return
        st.markdown(
            f"What the statement says that {words.escape(seen.account.name)} held at the end of {day}."
        )
        with st.form("balance_form", border=False):  # a single field: Enter sends it
            st.text_input(f"Balance in {seen.account.currency}", key="bank_balance", placeholder="1234.50")
            forms.error_line(BALANCE)
            st.form_submit_button(
                "Save the balance",
                key="save_balance",
                type="primary",
                on_click=forms.acted,
                args=forms.click(BALANCE, _type_balance, seen),
            )


def _type_balance(seen: Seen) -> None:
    def write() -> Decimal:
        amount = typed_amount(st.session_state["bank_balance"])
        matches.type_balance(
            session.store(),
            session.actor(),
            seen.account.account,
            seen.found.through,
            amount,
            now=session.now(),
        )
        return amount

    forms.run_once(
        BALANCE,
        write,
        lambda amount: (
            f"Balance of {seen.account.name} on {words.day(seen.found.through)} saved: "
            f"{words.money(amount, seen.account.currency, exact=True)}"
        ),
    )


def typed_amount(text: str) -> Decimal:
    """An amount as a person types it (`1,234.50`, `1.234,50`, `$1,234.50`); Refused says what is wrong with it."""
    try:
        return parse_money(plain_number(text, mark_of(st.context.locale)))
    except ValueError as reason:
        raise Refused(f"balance: {reason}") from None


# --- Only in the books


def books_side(seen: Seen) -> None:
    """What the books have and the bank has not: deposits in transit and outstanding checks."""
    items = [item for item in seen.found.unmatched_book if item.nature != "error"]
    wrong = [item for item in seen.found.unmatched_book if item.nature == "error"]
    stale = {item.item_id for item in stale_checks(items, seen.found.through)}
    widgets.section("Deposits in transit", "Booked as received, not on the bank's statement yet.")
    _items(seen, [i for i in items if i.amount > 0], stale, "deposits_in_transit", "deposit")
    note = "Booked as paid, not cleared by the bank yet."
    if stale:
        note += f" {words.counted(len(stale), 'check is', 'checks are')} older than {STALE_AFTER_DAYS} days: ask the payee, or void it."
    widgets.section("Outstanding checks", note)
    _items(seen, [i for i in items if i.amount < 0], stale, "outstanding_checks", "outstanding check")
    if wrong:
        widgets.section("Book errors", "Booked by mistake, as a person said; to be put right in the records.")
        _items(seen, wrong, set(), "book_errors", "book error")


def _items(seen: Seen, items: Sequence[OpenItem], stale: set[str], kind: str, what: str) -> None:
    columns = (Column("text", "Text"), Column("amount", "Amount", "money"), Column("date", "Date", "date"))
    columns += (Column("entry", "Entry"),)
    rows = [(item.text or item.item_id, item.amount, item.happened_on, item.item_id) for item in items]
    if any(item.item_id in stale for item in items):
        marks = [f"✗ over {STALE_AFTER_DAYS} days" if item.item_id in stale else "" for item in items]
        columns = (*columns[:2], Column("note", "Stale"), *columns[2:])
        rows = [(*row[:2], mark, *row[2:]) for row, mark in zip(rows, marks, strict=True)]
    widgets.rows_table(
        Rows(kind, what, columns, tuple(rows)),
        key=kind,
        alt=f"Every {what}",
        period=f"{seen.account.account}_{seen.found.through}",
        currency=seen.account.currency,
    )


# --- The lock


def lock_step(seen: Seen) -> None:
    """Locking as a step of its own, which says what it does; unlocking with a reason."""
    found, name = seen.found, words.escape(seen.account.name)
    if found.locked:
        through = words.escape(words.day(found.locked[0]))
        st.markdown(
            f":green-badge[✓ locked] {name} is locked through {through}, by {words.escape(_person(found.locked[1]))}."
        )
        _unlock_form(seen)
        if found.locked_here:
            return
    day = words.escape(words.day(found.through))
    adjusted = seen.money(found.adjusted_bank) if found.adjusted_bank is not None else words.DASH
    if is_locked(found):
        said = (
            f"There is no lock of {day} itself. Locking it too keeps the statement of that day, which the close of its "
            f"month asks for; {adjusted} counts as its reconciled cash then."
        )
    else:
        said = (
            f"Locks {name} through {day}. From then on no line, match or balance up to that day changes, no import adds "
            f"to it, and {adjusted} counts as its reconciled cash, until somebody unlocks it with a reason."
        )
    st.markdown(said)
    waiting = sum(found.natures.get(line.line_id) != "error" for line in found.unmatched_bank)
    if waiting and not is_locked(found):
        are = "is" if waiting == 1 else "are"
        st.markdown(
            f":orange-badge[≈ {words.counted(waiting, 'line')}] {are} not in the books yet. Under the lock nothing can be "
            "booked from them, and the close of the month asks for it: settle them first."
        )
    why = _why_not(seen)
    if why:
        st.markdown(f":gray-badge[– not yet] {words.escape(why)}")
    forms.error_line(LOCK)
    st.button(
        f"Lock through {day}",
        key="lock",
        type="primary",
        icon=":material/lock:",
        disabled=bool(why) or not widgets.may("money"),
        on_click=forms.acted,
        args=forms.click(LOCK, _lock, seen),
    )


def _why_not(seen: Seen) -> str:
    found = seen.found
    if found.bank_balance is None or found.difference is None:
        return f"{difference_words(seen)}.".capitalize()
    if not found.explained:
        return "The difference has to be explained by the listed lines first."
    return ""


def _lock(seen: Seen) -> None:
    account, through = seen.account, seen.found.through
    forms.run_once(
        LOCK,
        lambda: matches.lock(session.store(), session.actor(), account.account, through, now=session.now()),
        lambda _: f"{account.name} locked through {words.day(through)}",
    )


def _unlock_form(seen: Seen) -> None:
    forms.draft(UNLOCK, {"unlock_reason": ""})
    if not widgets.may("money"):
        return
    with st.expander("Unlock", icon=":material/lock_open:", key="unlock_box"):
        st.markdown("Opens the last locked period again. Who, when and why stay on record.")
        with st.form("unlock_form", border=False):
            st.text_input("Reason", key="unlock_reason", placeholder="the bank corrected a line")
            forms.error_line(UNLOCK)
            st.form_submit_button(
                "Unlock",
                key="unlock",
                icon=":material/lock_open:",
                on_click=forms.acted,
                args=forms.click(UNLOCK, _unlock, seen),
            )


def _unlock(seen: Seen) -> None:
    account = seen.account
    forms.run_once(
        UNLOCK,
        lambda: matches.unlock(
            session.store(),
            session.actor(),
            account.account,
            st.session_state["unlock_reason"],
            now=session.now(),
        ),
        lambda through: f"{account.name} unlocked; it was locked through {words.day(through)}",
    )


# --- What the parts share


def text_of(line: LineState) -> str:
    """What the bank writes on a line."""
    return " · ".join(dict.fromkeys(part for part in (line.payee, line.description) if part)) or "no text"


def paged(count: int, size: int, key: str) -> slice:
    """The part of a list that the chosen page shows; the choice stands where there are several pages."""
    pages = math.ceil(count / size)
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return slice((page - 1) * size, page * size)


def is_locked(found: Reconciliation) -> bool:
    """Whether all that is looked at is locked."""
    return found.locked is not None and found.through <= found.locked[0]


def _person(email: str) -> str:
    return next((person.name for person in session.store().people() if person.email == email), email)
