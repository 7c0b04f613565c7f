"""What the imports page is about and draws around its files: accounts, what may be there twice, what was imported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import ceil
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import forms, session, widgets, words
from tai_ops.cash import Account
from tai_ops.errors import Refused
from tai_ops.kinds import KINDS
from tai_ops.rights import who_may
from tai_ops.sheet import read_values, template
from tai_ops.store import bank, facts
from tai_ops.store.duplicates import possible_duplicates
from tai_ops.store.records import Loaded, load, void
from tai_ops.typed_amounts import mark_of, plain_number

PAGE_IMPORTS = 20
PAGE_DUPLICATES = 20
EARLIEST = date(1990, 1, 1)
ACCOUNT_FORM = "imports.account"

STYLE = """<style>
[class*="st-key-import_row_"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding-bottom: 0.4rem; }
@media (max-width: 640px) {
  [class*="st-key-import_row_"] { flex-wrap: wrap; }
  [class*="st-key-import_row_"] > :first-child { flex: 1 1 100%; }
}
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
    return Standing(accounts, bank.imports(store), possible_duplicates(store))


def verdict(seen: Standing, kind: str | None) -> str:
    """Through which day each account has lines, and what waits for a person; at first what is asked for."""
    if not seen.accounts and kind in KINDS:
        return f"Drop a file of {kind} below: each file is told by its header and shown before anything is written."
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
    """A small form that adds an account; who may, for a person who may not."""
    if not widgets.may(KINDS["accounts"].owner):
        widgets.who_may_line(KINDS["accounts"].owner)
        return
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
        try:
            balance = plain_number(values["opening_balance"], mark_of(st.context.locale))
        except ValueError as reason:
            raise Refused(f"opening balance: {reason}") from None
        sheet = read_values(KINDS["accounts"], values | {"opening_balance": balance})
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


def may_load_line() -> None:
    """What the acting person may bring in, where that is not everything."""
    theirs = [name for name, kind in KINDS.items() if widgets.may(kind.owner)]
    if len(theirs) < len(KINDS):
        said = f"You may load {words.listed(theirs)}" if theirs else "You may load nothing here"
        statements = "" if widgets.may("money") else f". {who_may('money')}: statements are theirs"
        st.caption(words.escape(f"{said}{statements}."))


def count_badge(count: int, what: str, colour: str) -> str:
    """A count as a badge, which has a colour only where there is something."""
    plural = "s" if what.endswith("duplicate") and count != 1 else ""
    return f":{colour if count else 'gray'}-badge[{count:,} {what}{plural}]"


def kept(upload: UploadedFile, what: str, key: object, make: Callable[[], Any]) -> Any:
    """What was worked out of a file, as long as what it rests on is the same."""
    held = st.session_state.setdefault("imports.kept", {})
    found = held.get((upload.file_id, what))
    if found is None or found[0] != key:
        found = key, make()
        held[upload.file_id, what] = found
    return found[1]


def drop_others(uploads: Sequence[UploadedFile]) -> None:
    """Forget what was worked out of files that were taken away."""
    there = {upload.file_id for upload in uploads}
    held = st.session_state.get("imports.kept", {})
    for key in [key for key in held if key[0] not in there]:
        del held[key]


def done_files() -> dict[str, tuple[str, str | None]]:
    """The files of this session that were imported: what was said of each, and its account if it has one."""
    return st.session_state.setdefault("imports.done", {})
