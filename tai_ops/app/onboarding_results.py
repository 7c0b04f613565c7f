"""The view of what an onboarding came to: figures before and after, the 30-day list, words to the customer, what is next."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.onboarding_view import holds, kept_key, line, message_text, mine, no_plan, press, seen
from tai_ops.behind import Column, Rows
from tai_ops.errors import Refused
from tai_ops.exports.onboarding_files import study_docx, study_markdown
from tai_ops.gains import gain_sentence
from tai_ops.outcome import METHOD_WORDS, worded
from tai_ops.runbooks.customer_onboarding import after_cutover, results
from tai_ops.runbooks.customer_onboarding.results import Results
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.stabilising import EXPANSION_QUESTIONS
from tai_ops.store import Store

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = seen(customer_id)
    if found is None:
        no_plan()
        return
    came = _came(session.store(), kept_key(customer_id), found)
    held = sum(one.holds is True for one in came.thirty_days)
    gained = next((gain_sentence(one) for one in came.warehouses if one.gain), "nothing to compare yet")
    widgets.verdict(f"{held} of 8 items of the 30-day list hold; {gained}.")
    mine()
    _list(came)
    _baselines(found, came)
    _beside(came)
    _celebrate(found, came)
    _study(found, came)
    _expansion(customer_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _came(_store: Store, key: str, _found: Standing) -> Results:  # noqa: ARG001  # the key is what the cache goes by
    return results.results(_store, _found)


def _list(came: Results) -> None:
    widgets.section("30-day list", "From the data where there are any; the rest is ticked in the plan.")
    for one in came.thirty_days:
        st.markdown(f"{holds(one.holds)} {words.escape(one.title)} {line(one.said)}")


def _baselines(found: Standing, came: Results) -> None:
    currency = session.store().company.currency
    widgets.section("Five baselines, and now", "Per warehouse; hours are per quarter.")
    columns = (
        Column("what", "What"),
        Column("before", "Before"),
        Column("now", "Now"),
        Column("warehouse", "Warehouse"),
        Column("before_on", "Measured", "date"),
        Column("now_on", "Now measured", "date"),
    )
    rows = tuple(
        (
            b.name,
            worded(b.before, b.unit, currency),
            worded(b.now, b.unit, currency),
            b.warehouse,
            b.before_on,
            b.now_on,
        )
        for b in came.baselines
    )
    widgets.rows_table(
        Rows("baselines", "baseline", columns, rows),
        key="baselines",
        alt="The five baselines beside the current figures",
        period=found.customer.customer_id,
    )
    for key in ("base_errors", "now_errors"):
        note = found.states[key].note
        if note:
            st.markdown(line(f"{found.states[key].step.title}: {note}"))
    for one in came.warehouses:
        st.markdown(
            f"{words.badge(one.gain.mark if one.gain else None)} **{words.escape(one.warehouse)}** {words.escape(gain_sentence(one))}"
        )
    if came.payback_months is not None:
        st.markdown(
            f"A year's price is paid back by saved error cost after **{words.number(came.payback_months, 'months')}**."
        )
    else:
        st.markdown(line(f"Payback: {came.payback_reason}"))
    if came.said_to_sales:
        st.markdown(
            "**Said in the discovery call, and measured as the baseline**  \n"
            + "  \n".join(
                words.escape(f"{what}: said {said}, measured {measured}")
                for what, said, measured in came.said_to_sales
            )
        )


def _beside(came: Results) -> None:
    widgets.section(
        "Typed beside counted",
        "Three kinds that are never mixed: the old system against the shelf, TAI against the old system, TAI against the shelf.",
    )
    columns = (
        Column("what", "Warehouse, kind"), Column("typed", "Typed %", "pct"), Column("counted", "Counted % (IRA)", "pct"),
        Column("method", "Method"), Column("measured_on", "Measured", "date"), Column("counted_on", "Counted", "date"), Column("lines", "Lines", "count"),
        Column("interval", "95 % interval"), Column("value", "Value accuracy %", "pct"), Column("net", "Net variance %", "pct"), Column("absolute", "Absolute variance %", "pct"),
    )  # fmt: skip
    rows = []
    for one in came.beside:
        count = one.counted.found if one.counted else None
        interval = (
            f"{words.number(count.interval_pct[0], 'pct')} to {words.number(count.interval_pct[1], 'pct')}"
            if count and count.interval_pct
            else ""
        )
        rows.append(
            (
                f"{one.warehouse}, {one.kind}", one.typed_pct, count.ira_pct if count else None, METHOD_WORDS[one.method], one.measured_on,
                one.counted.counted_on if one.counted else None, count.lines if count else None, interval,
                count.value_accuracy_pct if count else None, count.net_variance_pct if count else None, count.absolute_variance_pct if count else None,
            )
        )  # fmt: skip
    widgets.rows_table(
        Rows("accuracy", "figure", columns, tuple(rows)),
        key="beside",
        alt="Typed accuracies beside counted ones",
    )


def _celebrate(found: Standing, came: Results) -> None:
    widgets.section(
        "Words to the customer", "Computed from the figures above; each stands only where it is a gain."
    )
    st.markdown("  \n".join(words.escape(sentence) for sentence in came.celebrations))
    known = results.values(session.store(), found, came)
    for template in ("celebrate", "qbr_agenda"):
        name = results.template(session.store(), template).name
        with st.expander(
            f"E-mail: {name}", key=f"mail_{template}", icon=":material/mail:", on_change="rerun"
        ) as box:
            if box.open:
                try:
                    message = results.message(session.store(), template, known)
                except Refused as refusal:
                    st.info(words.escape(str(refusal)), icon=":material/edit_note:")
                else:
                    message_text(f"{message.subject}\n\n{message.body}")


def _study(found: Standing, came: Results) -> None:
    widgets.section("Case study", "Only with the customer's consent, only what rows support.")
    try:
        study = results.study(found, came)
    except Refused as refusal:
        st.markdown(f":gray-badge[– not yet] {words.escape(str(refusal))}")
        return
    st.markdown("  \n".join(words.escape(text) for text in (study.title, *study.results)))
    customer_id = found.customer.customer_id
    with st.container(horizontal=True, key="study_files"):
        st.download_button(
            "Case study for Word",
            data=lambda: study_docx(study),
            file_name=f"case-study_{customer_id}.docx",
            mime=DOCX,
            key="study_docx",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "as Markdown",
            data=lambda: study_markdown(study),
            file_name=f"case-study_{customer_id}.md",
            mime="text/markdown",
            key="study_md",
            icon=":material/download:",
            on_click="ignore",
        )


def _expansion(customer_id: str) -> None:
    widgets.section(
        "More", "What the customer answers here becomes a lead of the pipeline where it is worth something."
    )
    after = after_cutover.after_cutover(session.store(), customer_id)
    currency = session.store().company.currency
    form = f"expansion_{customer_id}"
    keys = {name: f"{form}_{name}" for name in ("question", "answer", "amount")}
    forms.draft(form, {keys["question"]: "warehouses", keys["answer"]: "", keys["amount"]: ""})
    with st.container(border=True, key=f"entry_{form}"):
        st.selectbox(
            "Question",
            list(EXPANSION_QUESTIONS),
            format_func=EXPANSION_QUESTIONS.__getitem__,
            key=keys["question"],
        )
        st.text_input("What they answered", key=keys["answer"])
        st.text_input(f"What it may be worth in a year, {currency} (empty: nobody knows)", key=keys["amount"])
        forms.error_line(form)
        press(
            "Save the answer",
            form,
            _answer,
            customer_id,
            partial(_told, keys),
            primary=True,
            icon=":material/save:",
        )
    for one in after.expansion:
        worth = (
            f", {words.money(one.amount, currency)}, lead {one.deal_id}"
            if one.amount is not None and one.deal_id
            else ""
        )
        st.markdown(
            f"{words.escape(EXPANSION_QUESTIONS[one.question])}  \n{words.escape(one.answer)}{line(worth)}"
        )


def _told(keys: dict[str, str]) -> dict[str, str]:
    return {name: str(st.session_state.get(key) or "") for name, key in keys.items()}


def _answer(customer_id: str, told: dict[str, str], token: str) -> Made:
    return after_cutover.record_expansion(
        session.store(),
        session.actor(),
        customer_id,
        told["question"],
        told["answer"],
        told["amount"],
        session.now(),
        token,
    )
