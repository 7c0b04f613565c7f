"""What the imports page is about and draws around its files: accounts, what may be there twice, what was imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import ceil
from typing import Any

import streamlit as st

from tai_ops.app import forms, session, words
from tai_ops.cash import Account
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import LOCAL_OWNER
from tai_ops.sheet import read_values, template
from tai_ops.store import bank, facts
from tai_ops.store.records import Loaded, load, void

PAGE_IMPORTS = 20
PAGE_DUPLICATES = 20
EARLIEST = date(1990, 1, 1)
ACCOUNT_FORM = "imports.account"

STYLE = """<style>
[class*="st-key-import_row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding-bottom: 0.4rem; }
</style>"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page is about: the accounts, every import, what may be there twice."""

    accounts: Mapping[str, Account]
    imports: Sequence[Mapping[str, Any]]
    duplicates: Sequence[Mapping[str, Any]]

    def name(self, code: str) -> str:
        """What an account is called."""
        return self.accounts[code].name if code in self.accounts else code

    def currency(self, code: str) -> str:
        """The currency of an account."""
        return self.accounts[code].currency if code in self.accounts else session.store().company.currency


def standing() -> Standing:
    """The accounts, the imports and the possible duplicates, as they are now."""
    store = session.store()
    cursor = store.cursor()
    try:
        accounts = {a.account: a for a in facts.accounts(cursor)}
    finally:
        cursor.close()
    return Standing(accounts, bank.imports(store), bank.possible_duplicates(store))


def verdict(seen: Standing) -> str:
    """Through which day each account has lines, and what waits for a person."""
    if not seen.accounts:
        return "There is no account yet, and a statement belongs to one: add the account first."
    newest: dict[str, date] = {}
    for done in seen.imports:
        if done["undone_at"] is None and done["period_end"]:
            newest[done["account"]] = max(newest.get(done["account"], date.min), done["period_end"])
    said = [
        f"{a.name}: {f'lines to {words.day(newest[code])}' if code in newest else 'no statement yet'}"
        for code, a in seen.accounts.items()
    ]
    waiting = len(seen.duplicates)
    more = f" {words.counted(waiting, 'possible duplicate').capitalize()} to decide." if waiting else ""
    return "; ".join(said) + "." + more


def forget(other: str) -> None:
    """A file is a statement or records: choosing the one takes the other's choice back."""
    st.session_state[other] = None


# --- The first account, and any other


def account_form() -> None:
    """A small form that adds an account."""
    fields = {
        "new_account": "",
        "new_account_name": "",
        "new_account_kind": "bank",
        "new_account_currency": session.store().company.currency,
        "new_account_opened": None,
        "new_account_balance": "",
    }
    forms.draft(ACCOUNT_FORM, fields)
    with st.grid(3, min_column_width=200):
        st.text_input("Short code, such as OPERATING", key="new_account")
        st.text_input("Name", key="new_account_name", placeholder="Operating account")
        st.selectbox("Kind", ["bank", "card", "processor"], key="new_account_kind")
        st.text_input("Currency (three letters)", key="new_account_currency")
        st.date_input("Opened on", key="new_account_opened", format="YYYY-MM-DD", min_value=EARLIEST)
        st.text_input(
            "Opening balance",
            key="new_account_balance",
            placeholder="1234.50",
            help="What the account held on that day. Without it the books have no balance to reconcile with.",
        )
    forms.error_line(ACCOUNT_FORM)
    st.button(
        "Add the account",
        key="add_account",
        type="primary",
        icon=":material/add:",
        on_click=forms.acted,
        args=forms.click(ACCOUNT_FORM, _add_account),
    )


def _add_account() -> None:
    typed = st.session_state
    code = typed["new_account"].strip()
    values = {
        "account": code,
        "name": typed["new_account_name"],
        "kind": typed["new_account_kind"] or "",
        "currency": typed["new_account_currency"],
        "opened_on": typed["new_account_opened"].isoformat() if typed["new_account_opened"] else "",
        "opening_balance": typed["new_account_balance"],
    }

    def write() -> Loaded:
        if code in standing().accounts:
            raise Refused(f"account: there is an account {code!r} already; choose another code")
        sheet = read_values(KINDS["accounts"], values)
        if sheet.problems:
            first = sheet.problems[0]
            raise Refused(f"{first.field.replace('_', ' ')}: {first.reason}")
        return load(
            session.store(),
            session.actor(),
            sheet,
            now=session.now(),
            name="this account",
            recorded_from="entered",
            request_key=forms.submit_token(ACCOUNT_FORM),
        )

    forms.run_once(
        ACCOUNT_FORM,
        write,
        lambda _: f"Account {values['name'].strip()} ({code}) added",
        lambda _: partial(_drop_account, code),
    )


def _drop_account(code: str) -> str:
    void(session.store(), session.actor(), KINDS["accounts"], code, "entered by mistake", now=session.now())
    return f"Account {code} taken out again"


def template_button(name: str, *, label: str | None = None, kind: str = "secondary") -> None:
    """A kind's CSV template to download."""
    st.download_button(
        label or name,
        template(KINDS[name]),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"template_{name}{'_first' if label else ''}",
        icon=":material/download:",
        type=kind,
        on_click="ignore",
        width="content" if label else "stretch",
    )


# --- What may be there twice


def duplicate_row(found: Mapping[str, Any], seen: Standing) -> None:
    """A line that may repeat an earlier one, with that one, and the two decisions."""
    currency = seen.currency(found["account"])
    line_id, alike = found["line_id"], f"{found['similarity']} %"
    amount = words.escape(words.money(found["amount"], currency, exact=True))
    earlier = (
        f"{words.day(found['other_on'])} · {found['other_text'] or ''}"
        if found["other_on"]
        else "a line taken out since"
    )
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"import_row_{line_id}",
    ):
        st.markdown(
            f"**{amount}** {words.escape(found['text'] or '')} :gray[{words.escape(words.day(found['booked_on']))} · "
            f"{words.escape(seen.name(found['account']))}]  \n"
            f":small[{words.escape(f'{alike} like')} {words.escape(earlier)}]",
            width="stretch",
        )
        forms.error_line(f"imports.duplicate.{line_id}")
        for decision, label, why in (
            ("keep", "Keep both", "Both are real: nothing changes, and it is not asked again."),
            ("join", "Join", "They are one: the newer line is taken out, the earlier one stays."),
        ):
            st.button(
                label,
                key=f"{decision}_{line_id}",
                help=why,
                on_click=forms.acted,
                args=forms.click(f"imports.duplicate.{line_id}", _decide, found, decision),
            )


def _decide(found: Mapping[str, Any], decision: str) -> None:
    line_id = found["line_id"]
    text = found["text"] or "the line"

    def write() -> bool:
        bank.decide_duplicate(session.store(), session.actor(), line_id, decision, now=session.now())
        return True

    said = (
        "both lines kept" if decision == "keep" else "joined with the earlier line, the newer one taken out"
    )
    forms.run_once(
        f"imports.duplicate.{line_id}", write, lambda _: f"{text} of {words.day(found['booked_on'])}: {said}"
    )


# --- What was imported


def import_row(done: Mapping[str, Any], seen: Standing, names: Mapping[str, str]) -> None:
    """One import of the history: file, account, period, counts, by whom and when; Undo, or who undid it."""
    statement_id, currency = done["statement_id"], seen.currency(done["account"])
    zone = session.store().company.tz
    period = (
        f"{words.day(done['period_start'])} – {words.day(done['period_end'])}"
        if done["period_start"]
        else "no lines"
    )
    counts = f"{done['read']} read, {done['added']} added, {words.counted(done['duplicates'], 'duplicate')}"
    net = words.money(done["net_total"], currency, exact=True)
    by = f"{names.get(done['imported_by'], done['imported_by'])}, {words.instant(done['imported_at'], zone)}"
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"import_row_{statement_id}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(
                f"**{words.escape(done['file_name'])}** → {words.escape(seen.name(done['account']))} "
                f":gray[{words.escape(period)}]  \n:small[{words.escape(f'{counts}, net {net}')} "
                f":gray[{words.escape(by)}]]"
            )
            forms.error_line(f"imports.undo.{statement_id}")
        if done["undone_at"]:
            undone = (
                f"{names.get(done['undone_by'], done['undone_by'])}, {words.instant(done['undone_at'], zone)}"
            )
            st.markdown(f":gray-badge[– undone] :small[:gray[{words.escape(undone)}]]", width="content")
            return
        with st.popover("Undo", icon=":material/undo:"):
            st.markdown(
                words.escape(
                    f"Takes the lines of {done['file_name']} out of {seen.name(done['account'])} again. "
                    "Lines that another import holds too stay. It can be imported again."
                )
            )
            st.button(
                "Undo this import",
                key=f"undo_{statement_id}",
                on_click=forms.acted,
                args=forms.click(f"imports.undo.{statement_id}", _undo, statement_id),
                type="primary",
            )


def _undo(statement_id: str) -> None:
    forms.run_once(f"imports.undo.{statement_id}", lambda: take_back(statement_id, None), str)


def names() -> dict[str, str]:
    """People by their e-mail."""
    return {person.email: person.name for person in (LOCAL_OWNER, *session.store().people())}


# --- What the parts share


def paged(count: int, size: int, key: str) -> slice:
    """The part of a list that the chosen page shows; the choice stands where there are several pages."""
    pages = ceil(count / size)
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return slice((page - 1) * size, page * size)


def take_back(statement_id: str | None, file_id: str | None) -> str:
    """Undo an import and say what it did; its file, if it lies on the page, can be imported again."""
    result = bank.undo_import(session.store(), session.actor(), str(statement_id), now=session.now())
    if file_id:
        done_files().pop(file_id, None)
    more = f", {words.counted(result['kept'], 'line')} stay as a later import's" if result["kept"] else ""
    return f"Import undone: {words.counted(result['removed'], 'line')} taken out of {result['account']}{more}"


def done_files() -> dict[str, tuple[str, str | None]]:
    """The files of this session that were imported: what was said of each, and its account if it has one."""
    return st.session_state.setdefault("imports.done", {})
