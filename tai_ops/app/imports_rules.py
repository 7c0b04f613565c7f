"""What the category rules say of a statement: in its preview, and of an account's open lines once it is in."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import streamlit as st

from tai_ops.app import expenses_rules, forms, session, widgets, words
from tai_ops.cash import Account
from tai_ops.category_rules import Item, Rule
from tai_ops.store import category_rules as stored
from tai_ops.store.bank import Fate


def held() -> tuple[Rule, ...]:
    """The rules that hold."""
    return tuple(stored.rules(session.store()))


def named(rules: Sequence[Rule], rows: Sequence[Fate], account: Account) -> dict[int, str]:
    """The category that the rules give to each new line of money out, by its line of the file."""
    found: dict[int, str] = {}
    for fate in rows if rules else ():
        category = _category(rules, fate, account)
        if category:
            found[fate.line] = category
    return found


def _category(rules: Sequence[Rule], fate: Fate, account: Account) -> str | None:
    if fate.state not in {"new", "possible duplicate"} or fate.amount is None or fate.amount >= 0:
        return None
    texts = (fate.payee or "", fate.description or "")
    day = fate.booked_on or date.min
    item = Item("line", "", day, texts, -fate.amount, account.currency, account.account, None, True, False)
    return next((rule.category for rule in rules if rule.fits(item)), None)


def preview_line(found: dict[int, str]) -> None:
    """What the rules will offer of the file, in one line."""
    if not found:
        return
    each = ", ".join(f"{category} ({count})" for category, count in Counter(found.values()).most_common())
    fit = "fits" if len(found) == 1 else "fit"
    said = f"{words.counted(len(found), 'new line')} {fit} a category rule: {each}. Once imported they can be booked in one step."
    st.markdown(f":blue-badge[rules] {words.escape(said)}")


def offer(account: str) -> None:
    """The account's open lines that the rules name, row by row, and the button that books them."""
    if not held():
        return
    lines = [c for c in stored.would_change(session.store()).lines if c.item.account == account]
    if not lines:
        return
    with st.expander(
        f"Category rules name {words.counted(len(lines), 'open line')}",
        expanded=True,
        icon=":material/rule:",
        key=f"rules_of_{account}",
    ):
        expenses_rules.changes_table(lines, f"rules_lines_{account}")
        expenses_rules.book_button(lines, f"rules_book_{account}", may=widgets.may("money"))
        forms.error_line(expenses_rules.BOOK)
