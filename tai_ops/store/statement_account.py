"""Which account a statement is of: what the file says of that, and what is refused before a line is read."""

from tai_ops.errors import Refused, UnreadableFile
from tai_ops.statements import AccountInFile, Statement, choices
from tai_ops.store.connection import Store


def currency_of(store: Store, account: str) -> str:
    """The currency of an account; Refused where there is no such account."""
    row = store.row("select currency from accounts where account = $account", {"account": account})
    if row is None:
        from tai_ops.kinds import KINDS

        known = ", ".join(r[0] for r in store.rows("select account from accounts order by account"))
        raise Refused(
            f"there is no account {account!r}; the accounts are {known}"
            if known
            else KINDS["accounts"].not_there(account)
        )
    return str(row[0])


def refuse_unsure(name: str, statement: Statement, *, confirmed: bool) -> None:
    """Where two readings fit, nothing is imported until an option or the account's layout decides."""
    if confirmed or (statement.sure and statement.sure_sign):
        return
    why = next((w for w in statement.warnings if "--" in w), None) or _doubtful(statement)
    raise UnreadableFile(f"{name}: {why}; nothing was imported")


def _doubtful(statement: Statement) -> str:
    """What was taken for dates and amounts where no heading says so, and the option that takes it.

    A file without any line is in doubt by what is wrong with its rows.
    """
    if statement.rejected and not statement.columns.row:
        first, count = statement.rejected[0], len(statement.rejected)
        return f"line {first.line}: {first.reason}{f' ({count} bad rows in all)' if count > 1 else ''}"
    layout, columns = statement.layout, statement.layout.columns
    doubt = next((w for w in statement.warnings if "column" in w), "its layout fits two readings")
    named = [
        f"{layout.header[n].strip()!r}"
        if n < len(layout.header) and layout.header[n].strip()
        else f"column {n + 1}"
        for n in (columns.date, *columns.money)
    ]
    return (
        f"{doubt}: dates from {named[0]}, amounts from {' and '.join(named[1:])}; if `statement inspect` shows it right, "
        f"say --format {statement.format}"
    )


def chosen_account(
    name: str, statement: Statement, wanted: str | None, currency: str
) -> AccountInFile | None:
    """Which account of the file is meant; None where it has no lines. A name with several currencies means that of `currency`."""
    named = choices(statement.accounts)
    if wanted is not None:
        same = [a for a in named.values() if a.account == wanted]
        found = named.get(wanted) or next((a for a in same if len(same) == 1 or a.currency == currency), None)
        if found is None:
            raise Refused(
                f"{name}: the file holds no account {wanted!r}; it holds {', '.join(named) or 'none'}"
            )
        return found
    if len(named) > 1:
        what = "accounts" if len({a.account for a in named.values()}) > 1 else "currencies"
        raise Refused(f"{name}: the file holds several {what} ({', '.join(named)}); choose one with --from")
    return next(iter(named.values()), None)


def refuse_another(
    store: Store,
    name: str,
    chosen: str | None,
    in_file: str | None,
    account: str,
    currency: str,
    *,
    given: bool,
) -> None:
    """A statement in another currency, or of another account than this one's earlier files."""
    if in_file and in_file.upper() != currency:
        raise Refused(f"{name}: the statement is in {in_file.upper()} and account {account} in {currency}")
    if chosen is None or given:
        return
    earlier = store.rows(
        """
        select distinct account, account_in_file from statements s
        where account_in_file is not null
          and not exists (select 1 from statement_undos u where u.statement_id = s.statement_id)
        order by account, account_in_file
        """
    )
    mine = {known for mapped, known in earlier if mapped == account}
    other = next((mapped for mapped, known in earlier if known == chosen and mapped != account), None)
    if other is not None:
        raise Refused(
            f"{name}: the statement is of account {chosen}, which was imported as {other}, not {account}; "
            f"name {other}, or say --from {chosen} to import it here all the same"
        )
    if mine and chosen not in mine:
        raise Refused(
            f"{name}: the statement is of account {chosen} and earlier ones of {account} are of "
            f"{', '.join(sorted(mine))}; say --from {chosen} to import it all the same"
        )
