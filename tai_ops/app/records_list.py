"""What the records' page draws of a kind: all kinds to choose from, or one list, searched, filtered, sorted, paged."""

from collections.abc import Sequence
from datetime import date, tzinfo
from functools import partial
from typing import Any

import streamlit as st

from tai_ops import kind_words
from tai_ops.app import forms, reading, records_address, session, widgets, words
from tai_ops.app.records_address import PAGE, Address
from tai_ops.behind import TYPE_OF_KIND, Rows
from tai_ops.behind import Column as Shown
from tai_ops.kinds import RECORDS, Column, Kind
from tai_ops.rights import RIGHT_IN_WORDS, RIGHTS, ROLE_IN_WORDS, may
from tai_ops.store import browse, freshness, then
from tai_ops.store.browse import EMPTY, FILLED, Asked, Condition, Listed, Seen

MOST_IN_FILE = 100_000
TALLEST, TALLEST_PIXELS = 20, 720
STYLE = """<style>
[class*="st-key-kind_"] a { padding: 0; min-height: 2rem; }
.st-key-narrowing { row-gap: 0.25rem; }
.st-key-narrowing button { min-height: 2rem; }
</style>"""


# --- All kinds


def kinds(found: Address) -> None:
    """Every kind of record by group, with how many there are."""
    st.html(STYLE)
    widgets.page_title("Records", reading.as_of_words())
    widgets.saved_line()
    if found.wrong:
        widgets.problem_line(found.wrong)
    counts = _counts()
    total = sum(count for name, count in counts.items() if name in RECORDS)
    filled = sum(1 for name in RECORDS if counts.get(name))
    widgets.verdict(
        f"{words.counted(total, 'record')} of {words.counted(filled, 'kind')} are kept here; "
        "choose a kind to see, correct or add to it."
        if total
        else "No record is kept yet: choose a kind and add the first, or load a file on the Imports page."
    )
    with st.grid(3, min_column_width=260, key="kinds"):
        for group, members in kind_words.groups().items():
            with st.container(border=True, height="stretch", gap="xsmall", key=f"kinds_{group}"):
                st.markdown(f"**{words.escape(group)}**")
                for kind in members:
                    count = counts.get(kind.name, 0)
                    with st.container(
                        horizontal=True,
                        horizontal_alignment="distribute",
                        vertical_alignment="center",
                        gap="small",
                        key=f"kind_{kind.name}",
                    ):
                        widgets.link(
                            PAGE, kind_words.title(kind), (("kind", kind.name),), key=f"go_{kind.name}"
                        )
                        st.markdown(f":gray[{count:,}]", width="content", text_alignment="right")


def _counts() -> dict[str, int]:
    """How many records of each kind there are, or were on the Friday that is looked at."""
    if session.then():
        with session.store().cursor() as cursor:
            return then.counts(cursor, session.now())
    return freshness.amounts(session.store()) | {"contacts": _contacts()}


def _contacts() -> int:
    return browse.listed(session.store(), Asked(RECORDS["contacts"]), limit=1).count


# --- One list


def title(kind: Kind) -> None:
    """The list's name, the way to the other kinds, and the button that adds one."""
    st.html(STYLE)
    widgets.link(PAGE, "All kinds of record", key="back", icon=":material/arrow_back:")
    with widgets.page_title(kind_words.title(kind), reading.as_of_words()):
        others = {one.name: kind_words.title(one) for many in kind_words.groups().values() for one in many}
        st.session_state["kind"] = kind.name
        st.selectbox(
            "Kind of record",
            list(others),
            format_func=others.get,
            key="kind",
            on_change=_choose_kind,
            label_visibility="collapsed",
            width=200,
        )
        if session.looks_at():
            return
        allowed = may(session.actor(), kind.owner)
        half = forms.has_draft(f"record_{kind.name}_")
        st.button(
            "Go on with the half-filled form" if half else f"Add {kind_words.one_more(kind)}",
            key="add",
            type="primary",
            icon=":material/edit_note:" if half else ":material/add:",
            disabled=not allowed,
            help=None if allowed else _who_may(kind),
            on_click=records_address.go,
            kwargs={"do": "add", "key": None},
        )
    widgets.saved_line()


def _who_may(kind: Kind) -> str:
    holders = " or ".join(ROLE_IN_WORDS[role] for role in RIGHTS[kind.owner])
    return words.escape(f"Only the {holders} may {RIGHT_IN_WORDS[kind.owner]}.")


def _choose_kind() -> None:
    forms.go_on((("kind", st.session_state["kind"]),))


def shown(kind: Kind, asked: Asked, wrong: str | None) -> None:
    """The list: what it counts, search and filters, the rows, their pages, the file."""
    if wrong:
        widgets.problem_line(wrong)
    listed = browse.listed(session.store(), asked)
    everything = _counts().get(kind.name, listed.count)
    widgets.verdict(_counted(kind, asked, listed, everything))
    controls(kind, asked)
    if not listed.rows:
        _none(kind, asked)
        return
    table(kind, asked, listed)


def _counted(kind: Kind, asked: Asked, listed: Listed, everything: int) -> str:
    """What the list counts, in one sentence."""
    noun, many = kind.noun, kind_words.plural(kind)
    if asked.voided:
        return f"{words.counted(listed.count, noun, many)} taken out of every number; each can be restored."
    if not asked.text and not asked.where:
        return f"{words.counted(listed.count, noun, many)} on record{' on that Friday' if asked.at else ''}."
    narrowed = [f"with “{asked.text}” in it"] if asked.text else []
    narrowed += [condition_words(kind, one) for one in asked.where]
    verb = "is" if listed.count == 1 else "are"
    return f"{listed.count:,} of {words.counted(everything, noun, many)} {verb} shown: {'; '.join(narrowed)}."


def condition_words(kind: Kind, condition: Condition) -> str:
    """A condition in words, such as `Issued from Thu 1 Jan 2026`."""
    column = kind.column(condition.column)
    name, text = kind_words.label(kind, column.name), condition.text
    if text in {EMPTY, FILLED}:
        return f"{name} is {'not ' if text == FILLED else ''}empty"
    if text.startswith("~"):
        return f"{name} holds “{text[1:]}”"
    if ".." in text and column.type in {"date", "instant", "money", "price", "number", "percent", "whole"}:
        low, high = (_bound(column, part) for part in text.split("..", 1))
        return (
            f"{name} {' '.join(filter(None, [f'from {low}' if low else '', f'to {high}' if high else '']))}"
        )
    return f"{name} is {' or '.join(kind_words.choice(one) for one in text.split('|'))}"


def _bound(column: Column, text: str) -> str:
    if column.type == "date" and text.strip():
        return words.day(date.fromisoformat(text.strip()))
    return text.strip()


def controls(kind: Kind, asked: Asked) -> None:
    """Search, filter, sort, voided rows; each in the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        st.session_state["q"] = asked.text
        st.text_input(
            "Search",
            key="q",
            type="search",
            placeholder=f"Search {kind_words.plural(kind)}",
            label_visibility="collapsed",
            on_change=_searched,
            live="0.4s",
            width=280,
        )
        with st.popover("Filter", icon=":material/filter_list:", key="filter"):
            _filter(kind, asked)
        _sort(kind, asked)
        if not asked.at:
            st.session_state["voided"] = asked.voided
            st.toggle(
                "Taken out",
                key="voided",
                on_change=_switched,
                help=f"Show the {kind_words.plural(kind)} that were taken out of every number, to restore them.",
            )
        if not asked.voided and may(session.actor(), kind.owner):
            st.button(
                "Edit in a grid",
                key="to_grid",
                icon=":material/grid_on:",
                on_click=records_address.go,
                kwargs={"do": "grid", "key": None},
            )
    if asked.where:
        with st.container(horizontal=True, key="narrowing"):
            for place, condition in enumerate(asked.where):
                rest = [one for one in asked.where if one is not condition]
                st.button(
                    words.escape(condition_words(kind, condition)),
                    key=f"drop_{place}",
                    icon=":material/close:",
                    help="Take this filter away",
                    on_click=records_address.narrowed,
                    args=(rest,),
                )


def _searched() -> None:
    records_address.go(q=st.session_state["q"].strip(), page=None)


def _switched() -> None:
    records_address.go(voided="1" if st.session_state["voided"] else None, page=None)


def _sort(kind: Kind, asked: Asked) -> None:
    first = {"date": ("newest first", "oldest first"), "instant": ("newest first", "oldest first")}
    column, falling = asked.order
    ways: dict[str, str] = {}
    for one in kind.columns:
        down, up = first.get(
            one.type, ("Z to A", "A to Z") if one.type in _TEXTS else ("largest first", "smallest first")
        )
        name = kind_words.label(kind, one.name)
        ways[f"-{one.name}"], ways[one.name] = f"{name}, {down}", f"{name}, {up}"
    st.session_state["sort"] = f"{'-' if falling else ''}{column}"
    st.selectbox(
        "Sorted by",
        list(ways),
        format_func=ways.get,
        key="sort",
        on_change=_sorted,
        label_visibility="collapsed",
        width=230,
    )


_TEXTS = frozenset({"text", "email", "zone", "choice", "flag"})


def _sorted() -> None:
    records_address.go(sort=st.session_state["sort"], page=None)


# --- Filters


def _filter(kind: Kind, asked: Asked) -> None:
    """One more condition: a column, and what it must be."""
    name = st.selectbox(
        "Column", list(kind.names), format_func=partial(kind_words.label, kind), key="filter_column"
    )
    column = kind.column(name)
    how = st.segmented_control(
        "What it must be",
        ["is", EMPTY, FILLED],
        format_func={"is": "is", EMPTY: "is empty", FILLED: "is not empty"}.get,
        default="is",
        required=True,
        key=f"filter_how_{name}",
        label_visibility="collapsed",
    )
    text = how if how != "is" else _wanted(kind, column)
    st.button(
        "Filter by it",
        key="filter_by",
        type="primary",
        disabled=not text,
        on_click=records_address.narrowed,
        args=([one for one in asked.where if one.column != name] + [Condition(name, text or "")],),
    )


def _wanted(kind: Kind, column: Column) -> str:
    key = f"filter_{kind.name}_{column.name}"
    store = session.store()
    if column.refers:
        held = browse.choices(store, kind, column)
        one = st.selectbox(
            "Which", list(held), index=None, key=key, accept_new_options=True,
            format_func=lambda value: _named(value, held.get(value)), placeholder="Choose, or type its key",
        )  # fmt: skip
        return one or ""
    if column.type == "choice":
        return "|".join(st.multiselect("Which", column.choices, key=key, format_func=kind_words.choice))
    if column.type == "flag":
        return {"yes": "true", "no": "false"}.get(
            st.radio("Which", ["yes", "no"], key=key, horizontal=True) or "", ""
        )
    if column.type in {"date", "instant"}:
        low = st.date_input("From", value=None, key=f"{key}_low", format="YYYY-MM-DD")
        high = st.date_input("To", value=None, key=f"{key}_high", format="YYYY-MM-DD")
        return f"{low or ''}..{high or ''}" if low or high else ""
    if column.type in {"money", "price", "number", "percent", "whole"}:
        low_number = st.number_input("From", value=None, key=f"{key}_low")
        high_number = st.number_input("To", value=None, key=f"{key}_high")
        ends = [
            "" if end is None else f"{end:g}" if end == int(end) else f"{end:.4f}".rstrip("0")
            for end in (low_number, high_number)
        ]
        return "..".join(ends) if any(ends) else ""
    typed = st.text_input("It holds", key=key).strip()
    return f"~{typed}" if typed else ""


def _named(key: str, name: str | None) -> str:
    return f"{name} · {key}" if name and name != key else key


# --- The rows


def table(kind: Kind, asked: Asked, listed: Listed) -> None:
    """The page of rows; one opens its record. Below it the pages, and all rows of the list as a file."""
    company = session.store().company
    one_currency = {row.currency for row in listed.rows} <= {None, company.currency}
    frame_of(
        as_rows(kind, listed.rows),
        [row.key for row in listed.rows],
        kind,
        "list",
        company.tz,
        company.currency if one_currency else "",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="below_list"):
        if listed.pages > 1:
            page = min(max(asked.page, 1), listed.pages)
            key = f"page_{page}"
            st.pagination(listed.pages, default=page, key=key, on_change=records_address.turn, args=(key,))
        st.download_button(
            "Download CSV",
            data=partial(_file, kind, asked, hidden=words.hides_amounts()),
            file_name=widgets.file_name(kind.name, "voided" if asked.voided else ""),
            mime="text/csv",
            key="list_csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def frame_of(
    rows: Rows, keys: Sequence[str], kind: Kind, name: str, zone: tzinfo, currency: str, without: str = ""
) -> None:
    """Records as a table whose first column opens the record; one column may be left out."""
    columns = _phone(kind, rows) if widgets.is_phone() else list(rows.columns)
    columns = [column for column in columns if column.name != without]
    shown_frame = widgets.frame(rows, zone)
    shown_frame.insert(0, widgets.OPEN_COLUMN, [widgets.OPEN] * len(rows.rows))
    click = f"{name}_{kind.name}_open"
    st.dataframe(
        shown_frame,
        hide_index=True,
        key=f"{name}_{kind.name}",
        placeholder=words.DASH,
        height="content" if len(rows.rows) <= TALLEST else TALLEST_PIXELS,
        alt=f"{kind_words.title(kind)}: {words.counted(len(rows.rows), kind.noun, kind_words.plural(kind))}",
        column_order=[widgets.OPEN_COLUMN, *(column.name for column in columns)],
        column_config={column.name: widgets.column_shown(column, currency, zone) for column in rows.columns}
        | {
            widgets.OPEN_COLUMN: widgets.open_column(
                click, on_click=_open, args=(kind.name, click, tuple(keys))
            )
        },
    )


def as_rows(kind: Kind, found: Sequence[Seen]) -> Rows:
    """Records as a table: what each means stands by its name, money beside its currency where that may differ."""
    with_currency = "account" in kind.names and any(c.type == "money" for c in kind.columns)
    columns = [
        Shown(column.name, kind_words.label(kind, column.name), TYPE_OF_KIND.get(column.type, "text"))
        for column in kind.columns
    ]
    if with_currency:
        columns.append(Shown("currency", "Currency"))
    through = kind_words.NAMED_THROUGH.get(kind.name)
    if through and kind.column(through).refers not in kind_words.NAMED_BY:
        columns.insert(1, Shown("about", "About"))
    rows: list[tuple[Any, ...]] = []
    for seen in found:
        cells = {c.name: _cell(c, seen) for c in kind.columns} | {
            "currency": seen.values.get("currency", seen.currency),
            "about": seen.name,
        }
        rows.append(tuple(cells[column.name] for column in columns))
    return Rows(kind.name, kind.noun, tuple(columns), tuple(rows))


def _cell(column: Column, seen: Seen) -> Any:
    value = seen.values[column.name]
    if column.type == "choice" and value is not None:
        return kind_words.choice(value)
    if value is not None and seen.names.get(column.name):
        return _named(str(value), seen.names[column.name])
    return value


def _phone(kind: Kind, rows: Rows) -> list[Shown]:
    """The three columns that matter on a phone: what a row is called, its amount or date, and what comes next."""
    named = [kind_words.NAMED_BY.get(kind.name) or kind.key[-1 if len(kind.key) > 1 else 0]]
    money = [column.name for column in rows.columns if column.type == "money"][:1]
    dated = [kind_words.NEWEST_BY[kind.name]] if kind.name in kind_words.NEWEST_BY else []
    meant = [kind_words.NAMED_THROUGH[kind.name]] if kind.name in kind_words.NAMED_THROUGH else []
    wanted = list(dict.fromkeys([*named, *money, *meant, *dated, *kind.names]))[: widgets.PHONE_COLUMNS]
    by_name = {column.name: column for column in rows.columns}
    return [by_name[one] for one in wanted]


def _open(kind: str, click: str, keys: tuple[str, ...]) -> None:
    clicked = st.session_state[click]
    if clicked and clicked["row"] < len(keys):
        records_address.open_record(kind, keys[clicked["row"]])


def _file(kind: Kind, asked: Asked, *, hidden: bool) -> str:
    """All rows of the list with raw values, by the columns' own names, so that the file can be loaded again."""
    first = Asked(kind, asked.text, asked.where, asked.sort, 1, asked.voided)
    found = browse.listed(session.store(), first, limit=MOST_IN_FILE)
    columns = tuple(
        Shown(column.name, column.name, TYPE_OF_KIND.get(column.type, "text")) for column in kind.columns
    )
    rows = tuple(tuple(seen.values[name] for name in kind.names) for seen in found.rows)
    return widgets.as_csv(Rows(kind.name, kind.noun, columns, rows), hidden=hidden)


def _none(kind: Kind, asked: Asked) -> None:
    if asked.voided:
        st.caption(words.escape(f"No {kind.noun} was taken out."))
    elif asked.text or asked.where:
        with st.container(border=True, key="nothing_found"):
            st.markdown(words.escape(f"No {kind.noun} fits. Take a filter away, or search for less."))
            st.button(
                "Show all",
                key="show_all",
                on_click=records_address.go,
                kwargs={"q": None, "where": None, "page": None},
            )
    else:
        widgets.empty(
            f"{kind_words.title(kind)} will stand here",
            "None is on record yet: add the first by hand, or load many from a CSV file.",
            f"Add {kind_words.one_more(kind)}",
            PAGE,
            (("kind", kind.name), ("do", "add")),
        )
