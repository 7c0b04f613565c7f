"""The overview's page: welcome on an empty store, tiles of the role, what is due and wrong, each number's rows."""

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import make
import pytest
from streamlit.testing.v1 import AppTest

from tai_ops.app import kpi_words, reading, session, widgets, words
from tai_ops.app.widgets import as_csv, file_name, phone_columns
from tai_ops.behind import Column, Rows
from tai_ops.store import Store

ROUTER = Path(session.__file__).with_name("router.py")
NOW = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)
NASTY = "Lakeside $Freight$ <b>Co</b>"


@pytest.fixture(scope="module")
def company():
    """A store with the examples, for tests that only look."""
    opened = Store.in_memory()
    make.examples(opened)
    make.loaded(opened, "customers", f"customer_id,name,status\nC-009,{NASTY},live\n")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(session, "now", lambda: NOW)
    yield
    session.use(None)


def shown(store, **query):
    session.use(store)
    app = AppTest.from_file(str(ROUTER))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def plain(markdown):
    return re.sub(r"\\(.)", r"\1", markdown.replace(":small[]", ""))


def page_text(app):
    return "\n".join(plain(one.value) for one in (*app.markdown, *app.caption, *app.error, *app.success))


def test_an_empty_store_is_welcomed_with_three_steps(store):
    app = shown(store)
    assert app.title[0].value == "Welcome"
    numbered = [plain(one.value) for one in app.markdown if one.value.startswith("####")]
    assert [line[5:8] for line in numbered] == ["1. ", "2. ", "3. "]
    assert "0 of 3 done" in page_text(app)
    assert [link.label for link in app.get("page_link")][:3] == [
        ":blue[Choose the zone and add people]",
        ":blue[Load customers and subscriptions]",
        ":blue[Add an account and upload a statement]",
    ]
    assert not app.metric


def test_a_step_of_the_set_up_ticks_itself(store):
    make.loaded(store, "accounts", "account,name,kind,currency,opened_on\nBANK,Bank,bank,USD,2026-01-01\n")
    text = page_text(shown(store))
    assert "✓ done] **Name your accounts** :small[:gray[1 account]]" in text
    assert "0 of 3 done" in text


def test_the_first_steps_stay_until_they_are_done_or_put_away(store):
    make.loaded(store, "customers", "customer_id,name,status\nA,Acme,live\n")
    app = shown(store)
    assert app.title[0].value == "Overview"
    assert "First steps: 0 of 3 done." in page_text(app)
    links = [link.label for link in app.get("page_link")]
    assert links[:3] == [
        ":blue[Choose the zone and add people]",
        ":blue[Load subscriptions]",
        ":blue[Add an account and upload a statement]",
    ]
    make.accounts(store)
    make.statement(store, "Date,Description,Amount\n2026-02-02,A,1.00\n")
    app = shown(store)
    assert "First steps: 1 of 3 done." in page_text(app)
    numbered = [plain(one.value)[:7] for one in app.markdown if one.value.startswith("####")]
    assert numbered == ["#### 1.", "#### 2."]
    app.button(key="put_steps_away").click().run()
    assert "First steps:" not in page_text(app)
    assert "Set-up: " in "".join(box.label for box in app.expander)
    app.button(key="saved_undo").click().run()
    assert "First steps: 1 of 3 done." in page_text(app)


def test_the_eight_numbers_of_the_person_who_acts(company):
    labels = [plain(metric.label) for metric in shown(company).metric]
    assert labels == [
        "Cash",
        "MRR",
        "Runway",
        "Uptime",
        "Inventory accuracy",
        "Open pipeline",
        "Net promoter score",
        "Open blockers",
    ]
    cfo = shown(company, **{session.ACTING_KEY: "Jonas Feld · CFO"})
    assert [plain(metric.label) for metric in cfo.metric][:3] == ["Cash", "Runway", "Net burn"]


def test_a_tile_says_value_mark_target_change_and_as_of(company):
    app = shown(company, period="2026-03")
    mrr = next(metric for metric in app.metric if metric.label == "MRR")
    assert (plain(mrr.value), plain(mrr.delta)) == ("$7,167", "▲ $3,000 vs February 2026")
    assert "Owner" in mrr.help
    assert "$7,166.67" in plain(mrr.help)
    text = page_text(app)
    assert ":red-badge[✗ missed] :gray[target ≥ $10,417]" in text
    assert "as of Fri 20 Feb 2026, the newest count" in text


def test_the_verdict_and_what_is_wrong_are_told_with_names_as_they_are(company):
    text = page_text(shown(company))
    assert "MRR $7,167 (target $10,417) is missed" in text
    assert f"{NASTY} is live and has no running subscription" in text
    assert "Weekly review today at 16:00" in text


def test_a_number_leads_to_its_rows_and_back(company):
    app = shown(company)
    app.button("rows_mrr").click().run()
    assert app.query_params["kpi"] == "mrr"
    assert app.title[0].value == "MRR"
    rows = app.dataframe[0].value
    assert round(sum(rows["closing"]), 2) == 7166.67
    assert "together $7,166.67" in page_text(app)
    links = [plain(one.label) for one in app.get("page_link")]
    assert ":blue[Open Northwind Parts]" in links
    app.button("back").click().run()
    assert "kpi" not in app.query_params
    assert app.title[0].value == "Overview"


@pytest.mark.parametrize("one", ["cash", "blockers_open", "ltv"])
def test_every_number_opens_by_its_address(company, one):
    assert shown(company, kpi=one).title[0].value != "Overview"


def test_an_unknown_address_shows_the_overview(company):
    assert shown(company, kpi="nonsense", period="never").title[0].value == "Overview"


def test_a_negative_amount_reads_in_a_table_as_in_a_sentence():
    rows = Rows(
        "x", "row", (Column("a", "A", "money"), Column("b", "B")), ((Decimal("-4.50"), "x"), (None, "y"))
    )
    assert widgets.has_minus(rows)
    drawn = widgets.with_minus(widgets.frame(rows), rows, "EUR").to_html()  # what the grid is given
    assert "−€4.50" in drawn
    assert "–" in drawn
    assert words.escape("lost −$4.50") == "lost −\u2060\\$4\\.50"


def test_the_period_stands_in_the_address(company):
    app = shown(company)
    app.selectbox("period").select("90-days").run()
    assert app.query_params["period"] == "90-days"
    periods = {plain(metric.delta).partition(" vs ")[2].partition(":")[0] for metric in app.metric}
    assert periods == {"", "90 days ago"}
    app.selectbox("period").select("now").run()
    assert "period" not in app.query_params


def test_the_chart_has_a_table_that_ends_on_the_tile(company):
    app = shown(company)
    assert len(app.get("plotly_chart")) == 1
    app.toggle("mrr_year_table").set_value(True).run()
    assert not app.get("plotly_chart")
    assert app.dataframe[0].value["closing"].iloc[-1] == pytest.approx(7166.67)


def test_the_table_of_all_numbers_holds_the_catalogue(company):
    found = shown(company).dataframe[-1].value
    assert len(found) == 65
    assert found["kpi"].iloc[2] == "MRR"
    assert found["mark"].iloc[2] == "✗ missed"


def test_reading_is_kept_until_something_is_entered(store):
    session.use(store)
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,live\n")
    first = reading.board()
    assert reading.board() is first
    make.loaded(store, "customers", "customer_id,name,status\nC-1,Apex,churned\n")
    assert reading.board() is not first
    assert reading.measured()["customers_live"].value == 0


def test_what_was_entered_a_second_ago_counts(store, monkeypatch):
    session.use(store)
    monkeypatch.setattr(session, "now", lambda: NOW.replace(second=10))
    make.loaded(store, "incidents", "incident_id,title,detected_at\nI-1,Slow,2026-04-01T00:00:00+00:00\n")
    assert reading.measured()["incidents_open_critical"].value == 0
    monkeypatch.setattr(session, "now", lambda: NOW.replace(second=40))
    make.loaded(
        store,
        "incidents",
        "incident_id,title,severity,detected_at\nI-2,Down,CRITICAL,2026-04-03T20:00:30+00:00\n",
    )
    assert reading.measured()["incidents_open_critical"].value == 1


def test_a_file_holds_raw_values_and_no_formula():
    columns = (Column("name", "Name"), Column("amount", "Amount", "money"), Column("share", "Share", "pct"),
               Column("on", "On", "date"), Column("seen_at", "Seen", "instant"), Column("ok", "Ok", "flag"))  # fmt: skip
    rows = Rows("things", "thing", columns, (("=cmd()", Decimal("1234.5"), None, NOW.date(), NOW, True),))
    assert as_csv(rows).splitlines() == [
        "name,amount,share,on,seen_at,ok",
        "'=cmd(),1234.50,,2026-04-03,2026-04-03T20:00:00+00:00,true",
    ]
    assert file_name("cash flows", "2026-03/27") == "cash-flows_2026-03-27.csv"
    assert file_name("kpis", "") == "kpis.csv"


def test_a_phone_shows_the_name_and_what_is_summed_first():
    columns = (Column("customer_id", "Id"), Column("customer", "Customer"), Column("opening", "Opening", "money"),
               Column("new", "New", "money"), Column("closing", "MRR", "money", summed=True))  # fmt: skip
    assert [c.name for c in phone_columns(Rows("mrr", "customer", columns, ()))] == [
        "customer",
        "closing",
        "opening",
    ]


FORM = """
import streamlit as st
from tai_ops.app import forms, widgets
from tai_ops.errors import Refused
def save(token):
    def write():
        if st.session_state.note == "bad":
            raise Refused("that is *refused*")
        forms_test_writes.append((token, st.session_state.note))
        return st.session_state.note
    forms.run_write("f", write, lambda note: f"Saved {note}.", lambda note: (lambda: f"Took {note} back."))
forms_test_writes = st.session_state.setdefault("writes", [])
widgets.saved_line()
forms.draft("f", {"note": ""})
if st.session_state.get("away"):
    st.stop()
st.text_input("Note", key="note")
forms.error_line("f")
st.button("Save", key="save", on_click=save, args=(forms.submit_token("f"),))
st.checkbox("Away", key="away")
"""


def test_a_form_keeps_what_is_typed_and_says_what_it_saved(store):
    session.use(store)
    app = AppTest.from_string(FORM).run()
    app.text_input("note").set_value("bad").run()
    app.button("save").click().run()
    assert plain(app.error[0].value) == "that is *refused*"
    assert app.text_input("note").value == "bad"
    again = AppTest.from_string(FORM).run()
    assert again.text_input("note").value == "bad"
    again.text_input("note").set_value("good").run()
    again.button("save").click().run()
    assert plain(again.success[0].value) == "Saved good."
    assert again.text_input("note").value == ""
    assert not again.error
    again.text_input("note").set_value("more").run()
    assert again.success
    again.button("saved_undo").click().run()
    assert plain(again.success[0].value) == "Took good back."
    assert again.text_input("note").value == "more"
    again.button("save").click().run()
    tokens = [token for token, _ in again.session_state["writes"]]
    assert len(set(tokens)) == 2


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("customer with MRR", "customers with MRR"),
        ("customer of twelve months ago", "customers of twelve months ago"),
        ("priority", "priorities"),
        ("open invoice", "open invoices"),
        ("person", "people"),
    ],
)
def test_nouns_of_rows_take_the_plural(noun, many):
    assert kpi_words.plural(noun) == many


def test_widgets_draw_and_neither_query_nor_reckon():
    tree = ast.parse(Path(widgets.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in imported if module and module.startswith("tai_ops.store")}
