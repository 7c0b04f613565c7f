"""Each dropped file on the imports page: how it reads, what it would do row by row, and the button that does it.

The file decides nothing by its name or type: its bytes are read by the statement readers and the sheet reader, and
what they refuse is one line in that file's own frame.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tai_ops.app import (
    account_choice,
    forms,
    imports_foreign,
    imports_format,
    imports_page,
    imports_records,
    imports_rules,
    session,
    widgets,
    words,
)
from tai_ops.app.failure import show_failure
from tai_ops.behind import Column, Rows
from tai_ops.cash import Account
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.kinds import KINDS
from tai_ops.sheet import kinds_of
from tai_ops.statements import AccountInFile, Statement, choices, read_statement
from tai_ops.store import bank
from tai_ops.store.bank import Fate, Imported
from tai_ops.store.duplicates import possible_duplicates

PAGE_ROWS = 500
SAMPLE_ROWS = 5

FATES = {
    "new": "blue",
    "duplicate": "gray",
    "possible duplicate": "orange",
    "closed": "orange",
    "rejected": "red",
}

_ASKED = {
    "--date-order": "date_order",
    "--positive": "positive",
    "--decimal": "decimal",
}
_OPTION = re.compile(
    r"[;,]?\s*(?:or\s+)?(?:(?:name [^;,]+, or )?say|choose one with|name one with)?\s*"
    r"--(?:date-order|positive|decimal|from|skip-bad|format)\b.*$"
)


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it reads before anybody decides: the statement, or why there is none, and what has to be asked."""

    statement: Statement | None
    problem: str | None
    asks: tuple[str, ...]
    doubts: tuple[str, ...]
    kept_layout: bool


# --- The dropped files


def panels(
    uploads: Sequence[UploadedFile], seen: imports_page.Standing, account: str | None, kind: str | None
) -> None:
    """Every dropped file by itself, then the button that loads all files of records at once."""
    imports_page.drop_others(uploads)
    done = imports_page.done_files()
    places = {
        one.file_id: _place(one, seen, account, kind)
        for one in uploads
        if one.file_id not in done and not imports_foreign.told(one)
    }
    batch = imports_records.tried(
        [(one, places[one.file_id].now) for one in uploads if one.file_id in places], seen.accounts
    )
    for upload in uploads:
        with st.container(border=True, key=f"file_{upload.file_id}"):
            st.markdown(f"**{words.escape(upload.name)}** :small[:gray[{_size(upload.size)}]]")
            if upload.file_id in done:
                _finished(*done[upload.file_id])
            else:
                _panel(upload, uploads, seen, places.get(upload.file_id), batch)
    imports_records.together_button(batch)


def _panel(
    upload: UploadedFile,
    uploads: Sequence[UploadedFile],
    seen: imports_page.Standing,
    place: "Place | None",
    batch: imports_records.Batch,
) -> None:
    """One dropped file: what it is, how it reads, what it would do, and the button that does it.

    A file without a place is another system's.
    """
    try:
        if place is None:
            imports_foreign.panel(upload, uploads)
            return
        target = _target(place, seen)
        if target is None:
            _unplaced(upload)
        elif target not in seen.accounts:
            imports_records.panel(upload, target, batch)
        elif not widgets.may("money"):
            widgets.who_may_line("money")
        else:
            _statement(upload, seen.accounts[target])
    except TaiOpsError as refusal:
        widgets.problem_line(plain(str(refusal)))
    except Exception as failure:  # noqa: BLE001  # one file's failure leaves the others standing
        show_failure(failure)


def _finished(said: str, account: str | None) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f":green-badge[✓ done] {words.escape(said)}", width="stretch")
        if account:
            widgets.link(
                "reconcile",
                f"Reconcile {account_choice.called().get(account, account)}",
                (("account", account),),
            )
    if account:
        imports_rules.offer(account)


def plain(message: str) -> str:
    """A refusal without the command line's options: on the page the choice stands below it."""
    return _OPTION.sub("", message).rstrip() or message


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file goes at first, by its header or by what was chosen above; why, and the widget that decides."""

    first: str | None
    why: str
    key: str

    @property
    def now(self) -> str | None:
        """Where it goes now: as a person decided, else as at first."""
        return st.session_state.get(self.key, self.first)


def _place(upload: UploadedFile, seen: imports_page.Standing, account: str | None, kind: str | None) -> Place:
    """A file of records tells its kind by its header, whatever was chosen for others; only where two fit it is asked."""
    fitting = imports_page.kept(
        upload, "kinds", None, lambda: [one.name for one in kinds_of(upload.getvalue())]
    )
    chosen = account or kind
    key = f"to_{upload.file_id}_{account}_{kind}"
    if chosen in fitting or (chosen and not fitting):
        return Place(chosen, "", key)
    if len(fitting) > 1:
        return Place(None, f"Its header fits {words.listed(fitting, 'or')}: choose which.", key)
    if fitting:
        return Place(fitting[0], f"Its header is that of {fitting[0]}." if chosen else "", key)
    guessed = imports_page.kept(upload, "guess", tuple(seen.accounts), lambda: _guess(upload, seen))
    return Place(guessed, "", key)


def _target(place: Place, seen: imports_page.Standing) -> str | None:
    """Where the file goes: a code of an account or a kind of records."""
    choices = [*seen.accounts, *KINDS]
    chosen = st.selectbox(
        "Goes to",
        choices,
        index=choices.index(place.first) if place.first in choices else None,
        format_func=lambda code: _called(code, seen),
        placeholder="Choose an account or a kind of records",
        key=place.key,
        width=420,
    )
    if place.why and chosen == place.first:
        st.caption(words.escape(place.why))
    return chosen


def _called(code: str, seen: imports_page.Standing) -> str:
    if code in seen.accounts:
        return f"Statement of {seen.accounts[code].name} ({code})"
    return f"Records: {code}"


def _guess(upload: UploadedFile, seen: imports_page.Standing) -> str | None:
    """The only account, else the one that earlier files of the same bank account went to, else the one whose layout fits."""
    if len(seen.accounts) == 1:
        return next(iter(seen.accounts))
    try:
        statement = read_statement(upload.getvalue(), name=upload.name)
    except TaiOpsError:
        return None
    known = bank.account_of(session.store(), statement.account) if statement.account else None
    if known in seen.accounts:
        return known
    if not imports_format.is_table(statement):
        return None
    found = statement.layout.fingerprint
    layouts = {code: bank.saved_layout(session.store(), code) for code in seen.accounts}
    fitting = [code for code, layout in layouts.items() if layout and layout.fingerprint == found]
    return fitting[0] if len(fitting) == 1 else None


def _unplaced(upload: UploadedFile) -> None:
    found = imports_page.kept(upload, "read", "nowhere", lambda: _read(upload, None))
    if found.problem:
        raise Refused(found.problem)
    if found.statement:
        imports_format.layout_words(found.statement.layout)
        _sample(found.statement, found.statement.currency or "", f"sample_{upload.file_id}")
    st.caption("Choose where it goes to see what it would add.")


# --- A statement


def _statement(upload: UploadedFile, account: Account) -> None:
    store = session.store()
    saved = bank.saved_layout(store, account.account)
    chosen = imports_format.chosen(upload)
    found = imports_page.kept(
        upload, "read", (account.account, saved, chosen), lambda: _read(upload, account.account, chosen)
    )
    if found.statement is None and not found.asks:
        if chosen:
            imports_format.format_line(upload, None, kept_layout=False)
        raise Refused(found.problem or "the file holds no statement")
    _format_words(upload, found)
    said = _asked(upload, found)
    if said is not None:
        said = (*said, *chosen)
    if said is None:
        if found.statement:
            imports_format.layout_words(found.statement.layout)
            _sample(found.statement, _currency(found.statement, account), f"sample_{upload.file_id}")
        st.info("Choose how it reads; the choice is kept with the account.", icon=":material/help:")
        return
    statement = imports_page.kept(
        upload, "decided", (account.account, saved, said), lambda: _decided(upload, account, said)
    )
    with st.expander(
        "How it reads",
        expanded=imports_format.is_table(statement) and not found.kept_layout,
        icon=":material/table_rows:",
        key=f"how_{upload.file_id}",
    ):
        imports_format.layout_words(statement.layout)
        _sample(statement, _currency(statement, account), f"sample_{upload.file_id}")
    if found.doubts and not st.checkbox("The sample reads right", key=f"right_{upload.file_id}"):
        return
    in_file = _account_in_file(upload, statement)
    if in_file is None:
        return
    options: dict[str, Any] = {**dict(said), "account_in_file": in_file or None}
    if found.doubts:
        options["layout"] = statement.layout
    others = tuple(name for name in choices(statement.accounts) if in_file and name != in_file)
    _preview(upload, account, statement, options, others)


def _read(upload: UploadedFile, account: str | None, chosen: tuple[tuple[str, Any], ...] = ()) -> Read:
    """The file before anybody decides."""
    data, name = upload.getvalue(), upload.name
    try:
        if account:
            statement = bank.read_for_account(session.store(), data, name, account, **dict(chosen))
        else:
            statement = read_statement(data, name=name, **dict(chosen))
    except TaiOpsError as refusal:
        asks = tuple(name for option, name in _ASKED.items() if option in str(refusal))
        return Read(None, plain(str(refusal)), asks, (), kept_layout=False)
    said = " ".join(statement.warnings)
    unsure = not (statement.sure and statement.sure_sign)
    asks = tuple(name for option, name in _ASKED.items() if option in said) if unsure else ()
    doubts = (*statement.warnings, "the layout fits two readings") if unsure and not asks else ()
    fits = imports_format.keeps_layout(statement)
    return Read(statement, None, asks, doubts[:1], kept_layout=fits)


def _decided(upload: UploadedFile, account: Account, said: tuple[tuple[str, Any], ...]) -> Statement:
    return bank.read_for_account(
        session.store(), upload.getvalue(), upload.name, account.account, **dict(said)
    )


def _format_words(upload: UploadedFile, found: Read) -> None:
    if found.problem:
        st.markdown(f":orange-badge[≈ to decide] {words.escape(found.problem)}")
    imports_format.format_line(upload, found.statement, kept_layout=found.kept_layout)


def _asked(upload: UploadedFile, found: Read) -> tuple[tuple[str, Any], ...] | None:
    """What a person says where two readings fit; None until everything is said."""
    said: dict[str, Any] = {}
    warnings = found.statement.warnings if found.statement else ()
    for option, name in _ASKED.items():
        if name not in found.asks:
            continue
        why = next((plain(w) for w in warnings if option in w), "")
        if why:
            st.markdown(f":orange-badge[≈ two readings] {words.escape(why)}.")
        said[name] = _choice(upload, name, _shown_date(found) if name == "date_order" else "")
    if found.doubts:
        st.markdown(f":orange-badge[≈ look closely] {words.escape(plain(found.doubts[0]))}")
    return None if None in said.values() else tuple(said.items())


def _choice(upload: UploadedFile, name: str, example: str) -> str | None:
    labels, called = {
        "date_order": (imports_format.ORDERS, "Dates are written"),
        "positive": (imports_format.WAYS, "A positive amount is"),
        "decimal": (imports_format.MARKS, "The decimals stand behind"),
    }[name]
    four_digits = re.search(r"\d{4}", example)
    offered = [code for code in labels if not (four_digits and code == "year")]
    return st.segmented_control(
        f"{called} (here: {words.escape(example)})" if example else called,
        offered,
        format_func=lambda code: labels[code],
        key=f"{name}_{upload.file_id}",
        help="The choice is kept with the account and used for its next files.",
    )


def _shown_date(found: Read) -> str:
    """The first date of the file as it stands there."""
    if found.statement is None or not found.statement.lines:
        return ""
    raw, place = found.statement.columns.raw[0], found.statement.layout.columns.date
    return raw[place].strip()[:40] if place < len(raw) else ""


def _account_in_file(upload: UploadedFile, statement: Statement) -> str | None:
    """Which account of the file is meant: empty where there is no choice, None until one is chosen."""
    named = choices(statement.accounts)
    if len(named) > 1:
        return st.selectbox(
            "The file holds several accounts; import",
            list(named),
            index=None,
            format_func=lambda name: _owner(name, named[name]),
            key=f"of_{upload.file_id}",
            placeholder="Choose one",
            width=420,
        )
    return ""


def _owner(name: str, one: AccountInFile) -> str:
    """An account of the file with what it holds."""
    lines = words.counted(one.lines, "line")
    net = words.money(one.net_total, one.currency, exact=True) if one.currency else str(one.net_total)
    return f"{name} · {lines}, net {net}" if one.lines else f"{name} · no lines"


def _currency(statement: Statement, account: Account) -> str:
    """The currency that the lines are in, as the file says; that of the account where it says nothing."""
    named = {a.currency for a in statement.accounts if a.currency}
    return "" if len(named) > 1 else next(iter(named), None) or statement.currency or account.currency


def _sample(statement: Statement, currency: str, key: str) -> None:
    lines = statement.lines[:SAMPLE_ROWS]
    columns = (
        Column("text", "Text"),
        Column("amount", "Amount", "money"),
        Column("date", "Date", "date"),
        Column("reference", "Reference"),
        Column("balance", "Balance", "money"),
    )
    rows = tuple(
        (_text(line.payee, line.description), line.amount, line.date, line.reference or "", line.balance)
        for line in lines
    )
    used = [n for n in range(len(columns)) if n < 3 or any(row[n] not in {None, ""} for row in rows)]
    kept = Rows(
        "sample", "line", tuple(columns[n] for n in used), tuple(tuple(row[n] for n in used) for row in rows)
    )
    signed = widgets.has_minus(kept)
    made = widgets.frame(kept)
    st.dataframe(
        widgets.with_minus(made, kept, currency) if signed else made,
        hide_index=True,
        column_config={c.name: widgets.column_shown(c, currency, None, signed) for c in kept.columns},
        alt="The first lines of the file as they read",
        key=key,
    )


def _text(payee: str | None, description: str | None) -> str:
    return " · ".join(dict.fromkeys(part for part in (payee, description) if part))


# --- What an import would do


def _preview(
    upload: UploadedFile,
    account: Account,
    statement: Statement,
    options: Mapping[str, Any],
    others: tuple[str, ...],
) -> None:
    state = _state_of(account.account)
    key = (account.account, state, tuple(sorted(options.items(), key=lambda item: item[0])))
    forced = st.session_state.get(f"all_the_same_{upload.file_id}")
    if forced and statement.account and not options["account_in_file"]:
        options = {**options, "account_in_file": statement.account}
    try:
        seen = imports_page.kept(upload, "preview", (key, forced), lambda: _tried(upload, account, options))
    except Refused as refusal:
        if "--from" not in str(refusal) or not statement.account:
            raise
        widgets.problem_line(plain(str(refusal)))
        st.checkbox(
            words.escape(f"Import account {statement.account} into {account.name} all the same"),
            key=f"all_the_same_{upload.file_id}",
        )
        return
    _counts(seen, statement)
    held = imports_rules.held()
    by_rule = imports_page.kept(
        upload, "rules", (key, forced, held), lambda: imports_rules.named(held, seen.rows, account)
    )
    imports_rules.preview_line(by_rule)
    _balances(choices(statement.accounts).get(options["account_in_file"] or ""), statement, account)
    for warning in seen.warnings:
        if not any(option in warning for option in _ASKED):
            st.markdown(f":orange-badge[≈ note] {words.escape(plain(warning))}")
    with st.expander(
        f"Every row and what happens to it ({len(seen.rows):,})",
        icon=":material/list:",
        key=f"fates_{upload.file_id}",
        on_change="rerun",
        expanded=bool(seen.rejected or seen.possible_duplicates),
    ) as box:
        if box.open:
            _fates(upload, seen.rows, account.currency, by_rule)
    _import_button(upload, account, seen, options, state, others)


def _state_of(account: str) -> tuple[object, ...]:
    """What an import of the account rests on: it changes when another import, an undo or a decision comes between."""
    store = session.store()
    done = tuple((i["statement_id"], i["undone_at"]) for i in bank.imports(store, account))
    waiting = tuple(d["line_id"] for d in possible_duplicates(store, [account]))
    return done, waiting


def _tried(upload: UploadedFile, account: Account, options: Mapping[str, Any]) -> Imported:
    return bank.import_statement(
        session.store(),
        session.actor(),
        upload.getvalue(),
        upload.name,
        account.account,
        now=session.now(),
        skip_bad=True,
        dry_run=True,
        with_rows=True,
        **options,
    )


def _counts(seen: Imported, statement: Statement) -> None:
    """New, duplicate, possible duplicate, rejected and pending, which are the lines of the file together."""
    states = Counter(fate.state for fate in seen.rows)
    others = len(statement.columns.row) - seen.read
    counted = {
        state: (states[state], colour)
        for state, colour in FATES.items()
        if state != "closed" or states[state]
    }
    counted |= {"pending": (statement.pending, "gray")} | (
        {"of other accounts": (others, "gray")} if others else {}
    )
    every = sum(count for count, _ in counted.values())
    shown = (imports_page.count_badge(count, state, colour) for state, (count, colour) in counted.items())
    st.markdown(f"{' '.join(shown)} = **{words.counted(every, 'line')}** in the file")


def _balances(chosen: AccountInFile | None, statement: Statement, account: Account) -> None:
    """Whether the balances of the chosen account of the file, or of its only one, follow from the lines."""
    own = chosen or (statement.accounts[0] if len(statement.accounts) == 1 else None)
    ties = own.balance_ties if own else statement.balance_ties
    if ties is None or own is None:
        st.markdown(":gray-badge[– balances] The file states none that could be checked.")
    elif not ties:
        st.markdown(":red-badge[✗ balances] They do not follow from the lines; rows may be missing.")
    elif own.opening_balance is None or own.closing_balance is None:
        st.markdown(":green-badge[✓ balances tie]")
    else:
        opening, closing = (
            words.escape(words.money(b, account.currency, exact=True))
            for b in (own.opening_balance, own.closing_balance)
        )
        st.markdown(
            f":green-badge[✓ balances tie] from {opening} the lines lead to {closing}, as the file says."
        )


def _fates(upload: UploadedFile, rows: Sequence[Fate], currency: str, by_rule: Mapping[int, str]) -> None:
    states = Counter(fate.state for fate in rows)
    chosen = st.pills(
        "Show",
        list(states),
        format_func=lambda state: f"{state} ({states[state]})",
        selection_mode="multi",
        key=f"states_{upload.file_id}",
        label_visibility="collapsed",
    )
    wanted = [fate for fate in rows if not chosen or fate.state in chosen]
    page = imports_page.paged(len(wanted), PAGE_ROWS, f"rows_{upload.file_id}")
    table = Rows(
        "preview",
        "row",
        (
            Column("state", "What happens"),
            Column("text", "Text"),
            Column("amount", "Amount", "money"),
            Column("date", "Date", "date"),
            Column("reason", "Why"),
            Column("line", "Line of the file", "count"),
            *([Column("category", "Category by rule")] if by_rule else []),
        ),
        tuple(
            (f.state, _text(f.payee, f.description), f.amount, f.booked_on, f.reason or "", f.line)
            + ((by_rule.get(f.line, ""),) if by_rule else ())
            for f in wanted[page]
        ),
    )
    widgets.rows_table(
        table,
        key=f"table_{upload.file_id}",
        alt="Every row of the file with what the import does with it",
        period=upload.name.rpartition(".")[0],
        currency=currency,
    )


def _import_button(
    upload: UploadedFile,
    account: Account,
    seen: Imported,
    options: Mapping[str, Any],
    state: tuple[object, ...],
    others: tuple[str, ...],
) -> None:
    form = f"imports.{upload.file_id}"
    skip = True
    if seen.rejected:
        skip = st.checkbox(
            f"Leave out {words.counted(len(seen.rejected), 'bad row')} and import the rest",
            key=f"skip_{upload.file_id}",
        )
    if seen.same_as and not seen.added:
        forms.error_line(form)
        st.markdown(
            f":gray-badge[– nothing to do] This file came in before ({words.escape(_import_words(seen.same_as))}); "
            "importing it again adds nothing."
        )
        return
    lines = words.counted(seen.added, "line")
    label = (
        f"Import {lines} into {account.name}" if seen.added else f"Note that {account.name} has nothing new"
    )
    forms.error_line(form)
    st.button(
        words.escape(label),
        key=f"import_{upload.file_id}",
        type="primary",
        icon=":material/download_done:",
        disabled=bool(seen.rejected) and not skip,
        on_click=forms.acted,
        args=forms.click(form, _import, form, upload, account, options, state, skip, others),
    )


def _import_words(statement_id: str) -> str:
    done = next((i for i in bank.imports(session.store()) if i["statement_id"] == statement_id), None)
    return f"{done['file_name']}, {words.day(done['imported_at'].date())}" if done else statement_id


def _import(
    form: str,
    upload: UploadedFile,
    account: Account,
    options: Mapping[str, Any],
    state: tuple[object, ...],
    skip: bool,
    others: tuple[str, ...] = (),
) -> None:
    """Import exactly what was previewed; `others` are the accounts of the file that stay out."""

    def write() -> Imported:
        if _state_of(account.account) != state:
            raise Refused(f"{account.name} changed since this preview; look at the new one and import again")
        return bank.import_statement(
            session.store(),
            session.actor(),
            upload.getvalue(),
            upload.name,
            account.account,
            now=session.now(),
            skip_bad=skip,
            request_key=forms.submit_token(form),
            **options,
        )

    def said(result: Imported) -> str:
        parts = [f"{words.counted(result.added, 'line')} added to {account.name}"]
        if result.added:
            parts.append(f"net {words.money(result.net_total, account.currency, exact=True)}")
        if result.duplicates:
            parts.append(f"{words.counted(result.duplicates, 'duplicate')} left out")
        if result.possible_duplicates:
            parts.append(f"{words.counted(result.possible_duplicates, 'possible duplicate')} to decide below")
        if result.rejected:
            parts.append(f"{words.counted(len(result.rejected), 'bad row')} left out")
        rest = f"; not {words.listed(list(others), 'or')}: drop the file again for each" if others else ""
        return f"{upload.name}: {', '.join(parts)}{rest}"

    done = forms.run_once(
        form, write, said, lambda result: partial(imports_page.take_back, result.statement_id, upload.file_id)
    )
    if done:
        imports_page.done_files()[upload.file_id] = said(done), account.account


def _size(size: int) -> str:
    return f"{size / 1000:,.0f} kB" if size >= 1000 else f"{size} bytes"
