"""The building blocks of every page: title row, verdict, tiles, lists of matters, tables, charts, empty states.

They draw results and nothing else: no query, no business arithmetic. Whatever comes from people's data is escaped here.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tai_ops import rights
from tai_ops.app import forms, session, words
from tai_ops.app.charts import Chart
from tai_ops.app.kpi_words import change_colour, change_words, definition, plural, target_words, value_words
from tai_ops.behind import Column, Rows
from tai_ops.comparison import Compared
from tai_ops.kind_words import key_text
from tai_ops.kinds import RECORDS
from tai_ops.kpi import Measured
from tai_ops.matters import Matter
from tai_ops.money import money_text
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.overview import Tile

PAGES = Path(__file__).resolve().parents[2] / "pages"
TILE_WIDTH = 150
SHOWN_AT_ONCE = 6
LINKED_AT_ONCE = 8
PHONE_COLUMNS = 3
PHONE_SIGNS, PHONE_WIDTH = 20, 140
"""A text of more signs stands in a column of so many pixels on a phone, so that the third column stays in sight."""
OPEN, OPEN_COLUMN = "Open", "opens"
SIGNED = frozenset({"money", "pct", "number", "count"})
DAY_FORMAT = "ddd D MMM YYYY"
INSTANT_FORMAT = "ddd D MMM YYYY HH:mm"
WIDTHS = {
    "kpi": 165,
    "value_words": 95,
    "mark": 92,
    "change": 200,
    "target": 110,
    "reason": 260,
    "formula": 420,
}
CURRENCY_FORMATS = {"USD": "dollar", "EUR": "euro", "JPY": "yen"}
LATE_WORDS = {
    "missed": ":red-badge[✗ late]",
    "floor": ":orange-badge[≈ today]",
    "no_data": ":gray-badge[– to do]",
}
WRONG_WORDS = {
    "missed": ":red-badge[✗ missed]",
    "floor": ":orange-badge[≈ floor]",
    "no_data": ":gray-badge[– unknown]",
}

LONGEST_NOTE = 40

STYLE = """<style>
[class*="st-key-tile_"] > :last-child, [class*="st-key-step_"] > :last-child { margin-top: auto; }
[data-testid="stMain"] [data-testid="stPageLink"] a { padding-left: 0; padding-right: 0; }
[data-testid="stMain"] [data-testid="stPageLink"] a * { white-space: normal; overflow-wrap: anywhere; }
[class*="st-key-tile_"] a, [class*="st-key-matter_"] a { padding: 0; min-height: 1.5rem; }
[class*="st-key-tile_"] a p, [class*="st-key-matter_"] a p { font-weight: 400; }
[class*="st-key-tile_"] button[kind="tertiary"], [class*="st-key-matter_"] button[kind="tertiary"] {
  padding: 0; min-height: 1.5rem; }
[class*="st-key-tile_"] [data-testid="stMetricDelta"] *, [class*="st-key-tile_"] [data-testid="stMetricLabel"] p {
  white-space: normal; overflow: visible; }
[class*="st-key-matter_"] { flex-wrap: nowrap; padding-bottom: 0.5rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-matter_"] > :first-child { min-width: 0; flex: 1 1 auto; }
[class*="st-key-matter_"] > :last-child { flex: 0 0 auto; }
[data-testid="stPlotlyChart"] svg text:not([style*="255, 255, 255"]) { fill: currentColor !important; }
.st-key-verdict p { font-size: 1.1rem; line-height: 1.5; }
@media print { [data-testid="stSidebar"], [data-testid="stToolbar"], [data-testid="stHeader"] { display: none; } }
</style>"""


# --- The frame of a page


def page_title(title: str, as_of: str, *, key: str = "title") -> DeltaGenerator:
    """The title row: the page's name with its as-of line; answers the place right of it for picker and action."""
    st.html(STYLE)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=f"{key}_row"
    ):
        with st.container(width="content", gap=None):
            st.title(title, anchor=False, width="content")
            st.caption(words.escape(as_of), width="content")
        return st.container(horizontal=True, vertical_alignment="bottom", width="content", key=f"{key}_side")


def period_picker(choices: Mapping[str, str], *, key: str = "period") -> str:
    """The period that the page is about, kept in the address; answers its code."""
    code = st.query_params.get(key, "now")
    st.session_state[key] = code if code in choices else "now"
    return st.selectbox(
        "Period",
        list(choices),
        format_func=lambda code: choices[code],
        key=key,
        on_change=forms.into_address,
        args=(key, "now"),
        label_visibility="collapsed",
        width=240,
    )


def verdict(sentence: str, *, key: str = "verdict") -> None:
    """The page's answer in one sentence."""
    with st.container(key=key):
        st.markdown(words.escape(sentence))


def section(title: str, note: str = "") -> None:
    """A heading inside a page, with a line of small print where there is one."""
    st.subheader(words.escape(title), anchor=False)
    if note:
        st.caption(words.escape(note))


def link(
    page: str,
    label: str,
    query: Iterable[tuple[str, str]] = (),
    *,
    key: str | None = None,
    icon: str | None = None,
    help: str | None = None,  # noqa: A002  # Streamlit's own word
) -> None:
    """A link to a page by its path in the address; period and acting person go along.

    On the page itself it is a button that changes the address: Streamlit opens no page anew that is open already.
    """
    query = tuple(query)
    shown, told = f":blue[{words.escape(label)}]", words.escape(help) if help else None
    if page == _here():
        named = key or "_".join(("go", page, label, *(part for pair in query for part in pair)))
        st.button(
            shown, key=named, type="tertiary", icon=icon, help=told, on_click=forms.go_on, args=(query,)
        )
        return
    carried = {name: st.query_params[name] for name in forms.CARRIED if name in st.query_params}
    st.page_link(script(page), label=shown, icon=icon, help=told or "", query_params=carried | dict(query))


def script(page: str) -> Path:
    """The script of a page by its path in the address."""
    return PAGES / f"{page.replace('-', '_')}.py"


def _here() -> str:
    """The path of the page that is open; the overview stands at the root."""
    path = urlsplit(st.context.url or "").path.strip("/")
    return path.rsplit("/", 1)[-1] or "overview"


def back(label: str = "Back to the overview", page: str = "overview") -> None:
    """The way back from a detail."""
    link(page, label, key="back", icon=":material/arrow_back:")


def sample_strip(seen_at: datetime, zone: tzinfo) -> None:
    """What tells the sample company from a real one, on each of its pages."""
    st.info(
        f"**Sample company**, seen at {words.escape(words.instant(seen_at, zone))}. "
        "Nothing here is real, and nothing you enter here reaches your own store.",
        icon=":material/science:",
    )


def empty(what: str, why: str, action: str, page: str, query: Iterable[tuple[str, str]] = ()) -> None:
    """An empty place: what will stand here, why nothing does yet, and the one thing to do."""
    with st.container(border=True, key=f"empty_{page}"):
        st.markdown(f"**{words.escape(what)}**  \n:gray[{words.escape(why)}]")
        link(page, action, query, key=f"go_empty_{page}", icon=":material/arrow_forward:")


def may(right: str) -> bool:
    """Whether the acting person has the right; where not, a control is disabled or `who_may_line` stands in its place."""
    return rights.may(session.actor(), right)


def who_may_line(right: str) -> None:
    """Who may do what the acting person may not; nothing where a past day is looked at, as that is said on top."""
    if session.looks_at():
        return
    st.markdown(f":gray-badge[– not yours] {words.escape(rights.who_may(right))}.")


def problem_line(text: str) -> None:
    """One line that says what failed, where, and what to do next."""
    st.error(words.escape(text), icon=":material/error:")


def saved_line(*, key: str = "saved", undo_key: str | None = None) -> None:
    """What the last write saved, with Undo where it can be taken back; stays until the next write.

    With a key for Undo the page works step by step: what was saved there before is offered next.
    """
    saved = forms.last_saved()
    if saved is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_line"):
        if saved.failed:
            st.error(words.escape(saved.text), icon=":material/error:")
        else:
            st.success(words.escape(saved.text), icon=":material/check_circle:")
        if saved.undo is not None:
            st.button(
                "Undo",
                key=f"{key}_undo",
                icon=":material/undo:",
                shortcut=undo_key,
                on_click=forms.undo_last,
                args=(saved,),
                kwargs={"step_by_step": undo_key is not None},
            )
        st.button("Dismiss", key=f"{key}_dismiss", type="tertiary", on_click=forms.dismiss_saved)


# --- Numbers


def tiles(
    shown: Sequence[Tile],
    currency: str,
    *,
    key: str = "tiles",
    rows_page: str = "overview",
    query: tuple[tuple[str, str], ...] = (),
) -> None:
    """Numbers in an even grid: four in a row on a desk, two on a phone; each with its mark, change, as-of and rows.

    `query` stands in the address of the page that shows the rows, beside the number.
    """
    with st.grid(4, min_column_width=TILE_WIDTH, key=key):
        for tile in shown:
            with st.container(
                border=True, height="stretch", gap="xsmall", key=f"tile_{tile.measured.kpi.id}"
            ):
                number(tile.measured, tile.before, currency, tile.rests_on)
                link(
                    rows_page,
                    "Show the rows",
                    (*query, ("kpi", tile.measured.kpi.id)),
                    key=f"rows_{tile.measured.kpi.id}",
                    help=f"What {tile.measured.kpi.label} is made of",
                )


def number(measured: Measured, before: Compared | None, currency: str, rests_on: str = "") -> None:
    """One number: label with its definition, value, change, mark, target, and as of when it holds."""
    kpi = measured.kpi
    moved = change_words(measured, before, currency)
    st.metric(
        words.escape(kpi.label),
        words.escape(value_words(measured, measured.value, currency)),
        delta=words.escape(moved) if moved else None,
        delta_color=change_colour(measured, before),
        delta_arrow="off",
        help=definition(measured, currency),
    )
    target = f"target {target_words(measured, currency)}" if measured.target is not None else ""
    notes = [line for line in (rests_on, _note(measured, rests_on)) if line]
    first = " ".join(filter(None, (words.badge(measured.mark), _grey(target))))
    st.markdown("  \n".join(f":small[{line}]" for line in (first, *map(_grey, notes)) if line))


def _grey(text: str) -> str:
    return f":gray[{words.escape(text)}]" if text else ""


def _note(measured: Measured, rests_on: str) -> str:
    """Why a number is not known, or a short word on what limits it; longer ones stand in its definition."""
    reason = measured.reason or ""
    short = len(reason) <= LONGEST_NOTE and reason not in rests_on
    return reason if measured.value is None or short else ""


# --- What wants a person


def matters(found: Sequence[Matter], *, late: bool, nothing: str, key: str) -> None:
    """A list of matters, the worst first: how each stands, what it is, whose it is, and the link to where it is dealt with."""
    if not found:
        st.markdown(f":green-badge[✓] {words.escape(nothing)}")
        return
    for place, matter in enumerate(found[:SHOWN_AT_ONCE]):
        _matter(matter, LATE_WORDS if late else WRONG_WORDS, f"matter_{key}_{place}")
    rest = found[SHOWN_AT_ONCE:]
    if rest:
        more = st.expander(f"{len(rest)} more", key=f"{key}_more", on_change="rerun")
        if more.open:
            with more:
                for place, matter in enumerate(rest, SHOWN_AT_ONCE):
                    _matter(matter, LATE_WORDS if late else WRONG_WORDS, f"matter_{key}_{place}")


def _matter(matter: Matter, badges: Mapping[str, str], key: str) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key=key
    ):
        owner = ROLE_IN_WORDS.get(matter.owner, matter.owner)
        st.markdown(
            f"{badges[matter.state]} {words.escape(matter.text)} :small[:gray[{words.escape(owner)}]]",
            width="stretch",
        )
        link(matter.page, matter.link, matter.query, key=f"go_{key}")


# --- Charts


def chart(
    drawn: Chart, *, key: str, currency: str = "USD", zone: tzinfo | None = None, period: str = ""
) -> None:
    """A chart under the sentence that it shows, with the same points as a table on demand."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"{key}_head"
    ):
        st.markdown(f"**{words.escape(drawn.title)}**", width="stretch")
        as_table = st.toggle("Show as table", key=f"{key}_table")
    if as_table:
        rows_table(drawn.table, currency=currency, zone=zone, period=period, alt=drawn.alt, key=f"{key}_rows")
        return
    if words.hides_amounts() and any(column.type == "money" for column in drawn.table.columns):
        st.caption("Amounts are hidden, so this chart of amounts is not drawn.")
        return
    st.plotly_chart(
        drawn.figure,
        key=key,
        alt=words.shown(drawn.alt),
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
    )


# --- Tables


def rows_table(
    rows: Rows,
    *,
    key: str,
    alt: str,
    period: str = "",
    currency: str = "USD",
    zone: tzinfo | None = None,
    opens: tuple[str, str, str] | None = None,
    to_records: bool = False,
    file: bool = True,
) -> None:
    """Rows in a table, and the same rows as a file named by kind and period.

    `to_records`: the first column opens the record that a row stands for, where the rows say of which kind they are.
    Without `file` the caller offers the file.

    `opens` names a page, the parameter of its address, and the column that holds the parameter: what few rows stand
    for is linked below the table, of many rows what the ticked one stands for. On a phone three columns stand; the
    rest is in the file.
    """
    if not rows.rows:
        st.caption(words.escape(f"No {plural(rows.what)} here."))
        return
    named = _named(rows, opens)
    here = opens is not None and opens[0] == _here()
    signed = has_minus(rows)
    made = frame(rows, zone)
    records = _record_keys(rows) if to_records else []
    if records:
        made.insert(0, OPEN_COLUMN, [OPEN if one else None for one in records])
    phone = is_phone()
    order = [column.name for column in (phone_columns(rows) if phone else rows.columns)]
    config = {column.name: column_shown(column, currency, zone, signed) for column in rows.columns}
    for place, column in enumerate(rows.columns if phone else ()):
        if column.type == "text" and any(len(str(row[place] or "")) > PHONE_SIGNS for row in rows.rows):
            config[column.name]["width"] = PHONE_WIDTH
    event = st.dataframe(
        with_minus(made, rows, currency) if signed else made,
        hide_index=True,
        placeholder=words.DASH,
        column_config=config | {OPEN_COLUMN: open_column(f"{key}_open")},
        column_order=[OPEN_COLUMN, *order] if records else order,
        alt=alt,
        key=key,
        on_select=_on_tick(key, opens, [one for one, _ in named], here=here),
        selection_mode="single-row",
    )
    if records:
        _open_record(key, rows.leads, records)
    if not file:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"below_{key}"):
        st.download_button(
            "Download CSV",
            data=partial(as_csv, rows, hidden=words.hides_amounts()),
            file_name=file_name(rows.kind, period),
            mime="text/csv",
            key=f"{key}_csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if opens and not here:
            few = len(set(named)) <= LINKED_AT_ONCE
            wanted = dict(named if few else [named[place] for place in event["selection"]["rows"]])
            for one, name in wanted.items():
                if one not in {"", "*"}:
                    link(opens[0], f"Open {name}", ((opens[1], one),), icon=":material/arrow_forward:")


def open_column(key: str, **more: Any) -> Any:
    """The column whose button opens what its row stands for."""
    return st.column_config.ButtonColumn("", type="tertiary", pinned=True, width=70, key=key, **more)


def _record_keys(rows: Rows) -> list[str]:
    """The key of the record that each row stands for, as an address carries it; empty where it stands for none."""
    if not rows.leads:
        return []
    kind = RECORDS[rows.leads]
    return [
        key_text(kind, dict(zip(kind.key, one, strict=True))) if one else "" for one in rows.record_keys()
    ]


def _open_record(key: str, kind: str, keys: Sequence[str]) -> None:
    """Go to the record whose button was pressed; the way back is the browser's."""
    clicked = st.session_state.get(f"{key}_open")
    if clicked and clicked["row"] < len(keys) and keys[clicked["row"]]:
        carried = {name: st.query_params[name] for name in forms.CARRIED if name in st.query_params}
        st.switch_page(script("records"), query_params=carried | {"kind": kind, "key": keys[clicked["row"]]})


def _named(rows: Rows, opens: tuple[str, str, str] | None) -> list[tuple[str, str]]:
    """What each row stands for, and what it is called; nothing where the table has no such column."""
    places = {column.name: place for place, column in enumerate(rows.columns)}
    if opens is None or opens[2] not in places:
        return []
    held = places[opens[2]]
    called = places.get(opens[2].removesuffix("_id"), held)
    return [(str(row[held] or ""), str(row[called] or row[held] or "")) for row in rows.rows]


def _on_tick(key: str, opens: tuple[str, str, str] | None, values: Sequence[str], *, here: bool) -> Any:
    """What ticking a row does: opens it on the page that is open already, asks for its link, or nothing."""
    if opens is None or not values:
        return "ignore"
    if here:
        return partial(forms.open_row, key, opens[1], tuple(values))
    return "rerun" if len(set(values)) > LINKED_AT_ONCE else "ignore"


def phone_columns(rows: Rows) -> list[Column]:
    """The three columns that matter on a phone: what a row is called, what it adds to the number, and what comes next."""
    named = [column for column in rows.columns if column.name != "customer_id"]
    summed = [column for column in named if column.summed]
    wanted = [*named[:1], *summed, *[column for column in named[1:] if not column.summed]]
    return wanted[:PHONE_COLUMNS]


def is_phone() -> bool:
    """Whether the browser says that it is a phone's."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def frame(rows: Rows, zone: tzinfo | None = None) -> pd.DataFrame:
    """Rows as the grid wants them: money and shares as numbers, instants on the company's clock."""
    values: dict[str, list[Any]] = {}
    for place, column in enumerate(rows.columns):
        values[column.name] = [_cell(column, row[place], zone) for row in rows.rows]
    return pd.DataFrame(values)


def has_minus(rows: Rows) -> bool:
    """Whether a number of the table is negative: the grid's own sign is another one than the house's."""
    places = [place for place, column in enumerate(rows.columns) if column.type in SIGNED]
    return not words.hides_amounts() and any(
        row[place] is not None and row[place] < 0 for row in rows.rows for place in places
    )


def with_minus(made: pd.DataFrame, rows: Rows, currency: str) -> Any:
    """The table with its numbers as sentences print them; they still sort as numbers."""

    def money(amount: float) -> str:
        return words.money(Decimal(str(amount)), currency, exact=True)

    def share(value: float) -> str:
        return f"{value:,.1f}".replace("-", words.MINUS)

    def plain(value: float) -> str:
        return f"{round(Decimal(str(value)), 3).normalize():,f}".replace("-", words.MINUS)

    said = {"money": money, "pct": share, "number": plain, "count": plain}
    shown = {column.name: said[column.type] for column in rows.columns if column.type in SIGNED}
    return made.style.format(shown, na_rep=words.DASH)  # type: ignore[arg-type]


def as_csv(rows: Rows, *, hidden: bool = False) -> str:
    """Rows as a file: raw values with a header; no text runs as a formula in a sheet. `hidden` takes amounts out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in rows.columns])
    for row in rows.rows:
        writer.writerow(
            [_raw(column, value, hidden=hidden) for column, value in zip(rows.columns, row, strict=True)]
        )
    return out.getvalue()


def file_name(kind: str, period: str) -> str:
    """A file's name by kind and period, such as `mrr_2026-03-27.csv`."""
    named = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in f"{kind}_{period}".strip("_"))
    return f"{named}.csv"


def _cell(column: Column, value: Any, zone: tzinfo | None) -> Any:
    if value is None:
        return None
    if column.type == "money" and words.hides_amounts():
        return words.HIDDEN
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return pd.Timestamp(value.astimezone(zone) if zone else value)
    if column.type == "text":
        return words.in_a_cell(value)
    return value


def _raw(column: Column, value: Any, *, hidden: bool) -> str:
    if value is None:
        return ""
    if hidden and column.type == "money":
        return words.HIDDEN
    if column.type == "money":
        return money_text(Decimal(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = words.shown(value, hidden=hidden)
    return words.csv_text(text.replace(words.MINUS, "-") if text.startswith(words.MINUS) else text)


def column_shown(column: Column, currency: str, zone: tzinfo | None, signed: bool = False) -> Any:
    """How a column is shown."""
    if column.type == "money" and words.hides_amounts():
        return st.column_config.TextColumn(column.label, alignment="right")
    settings: dict[str, Callable[[], Any]] = {
        "text": lambda: st.column_config.TextColumn(column.label, width=WIDTHS.get(column.name)),
        "money": lambda: st.column_config.NumberColumn(
            column.label, format=None if signed else CURRENCY_FORMATS.get(currency, "accounting")
        ),
        "pct": lambda: st.column_config.NumberColumn(column.label, format=None if signed else "%.1f"),
        "number": lambda: st.column_config.NumberColumn(column.label, format=None if signed else "localized"),
        "count": lambda: st.column_config.NumberColumn(column.label, format=None if signed else "localized"),
        "date": lambda: st.column_config.DateColumn(column.label, format=DAY_FORMAT),
        "instant": lambda: st.column_config.DatetimeColumn(
            column.label, format=INSTANT_FORMAT, timezone=str(zone) if zone else None
        ),
        "flag": lambda: st.column_config.CheckboxColumn(column.label),
    }
    return settings[column.type]()
