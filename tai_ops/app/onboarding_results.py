"""The view of what an onboarding came to: figures before and after, the 30-day list, words to the customer, what is next."""

from functools import partial

import streamlit as st

from tai_ops.app import forms, onboarding_measures, onboarding_messages, session, widgets, words
from tai_ops.app.onboarding_view import holds, kept_key, line, mine, no_plan, press, seen, typed_number
from tai_ops.documents import Written
from tai_ops.exports.onboarding_files import (
    document_docx,
    document_markdown,
    success_plan_sheet,
)
from tai_ops.gains import Warehouse, gain_sentence
from tai_ops.message_templates import DEFAULTS
from tai_ops.outcome import METHOD_WORDS, SideBySide, worded
from tai_ops.runbooks.customer_onboarding import after_cutover, results
from tai_ops.runbooks.customer_onboarding.results import Results
from tai_ops.runbooks.customer_onboarding.standing import Standing
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.stabilising import EXPANSION_QUESTIONS
from tai_ops.store import Store

Documents = dict[str, Written | str]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = seen(customer_id)
    if found is None:
        no_plan()
        return
    came, documents = _came(session.store(), kept_key(customer_id), found)
    held = sum(one.holds is True for one in came.thirty_days)
    compared = [one for one in came.warehouses if one.gain]
    gained = (
        "; ".join(f"{one.warehouse}: {gain_sentence(one)}" for one in compared[:2])
        if compared
        else "nothing to compare yet"
    )
    widgets.verdict(f"{held} of 8 items of the 30-day list hold; {gained}.")
    mine()
    _list(came)
    _times(came)
    _baselines(found, came)
    _beside(came)
    _answers(came)
    _celebrate(found, came)
    _documents(found, came, documents)
    _expansion(customer_id)


@st.cache_resource(max_entries=12, show_spinner=False)
def _came(_store: Store, key: str, _found: Standing) -> tuple[Results, Documents]:  # noqa: ARG001  # what the cache goes by
    came = results.results(_store, _found)
    return came, results.documents(_store, _found, came)


def _list(came: Results) -> None:
    widgets.section("30-day list", "From the data where there are any; the rest is ticked in the plan.")
    for one in came.thirty_days:
        st.markdown(f"{holds(one.holds)} {words.escape(one.title)} {line(one.said)}")


def _times(came: Results) -> None:
    st.markdown("  \n".join(words.escape(one) for one in came.times.said))


def _answers(came: Results) -> None:
    widgets.section(
        "What its people answer", "How likely they recommend TAI, 0 to 10; the newest answer of each."
    )
    found = came.nps
    if not found.n:
        st.caption("Nobody answered yet.")
        return
    low, high = found.interval or (None, None)
    score = (
        f"Net promoter score {words.number(found.value, 'score')} "
        f"(with 95 % certainty {words.number(low, 'score')} to {words.number(high, 'score')})"
    )
    counts = f"{words.counted(found.n, 'answer')}: {found.counts}"
    st.markdown(words.escape(f"{counts}. {score}." if found.few else f"{score}; {counts}."))
    for one in came.scores:
        said = f"{one.respondent}, {words.day(one.answered_on)}" + (f": {one.comment}" if one.comment else "")
        st.markdown(f"**{one.score}** {words.escape(said)}")


def _baselines(found: Standing, came: Results) -> None:
    currency = session.store().company.currency
    widgets.section("Five baselines, and now", "Per warehouse; hours are per quarter.")
    if not came.warehouses:
        st.caption("Nothing was measured yet; the baseline is measured on Day 7-8.")
    for one in came.warehouses:
        st.markdown(
            f"{words.badge(one.gain.mark if one.gain else None)} **{words.escape(one.warehouse)}** {words.escape(gain_sentence(one))}"
        )
        shown = [
            f"{words.escape(b.name)}: **{words.escape(worded(b.before, b.unit, currency))}** → **{words.escape(worded(b.now, b.unit, currency))}**"
            for b in came.baselines
            if b.warehouse == one.warehouse
        ]
        st.markdown("  \n".join(shown))
        st.markdown(line(_dates(one)))
    _errors(found, came)
    _worth(found, came, currency)
    if came.said_to_sales:
        st.markdown(
            "**Said in the discovery call, and measured as the baseline**  \n"
            + "  \n".join(
                words.escape(f"{what}: said {said}, measured {measured}")
                for what, said, measured in came.said_to_sales
            )
        )


def _dates(one: Warehouse) -> str:
    told = [(m.kind, m) for m in (one.baseline, one.current) if m]
    return "; ".join(f"{kind} {words.day(m.measured_on)}, {METHOD_WORDS[m.method]}" for kind, m in told)


def _errors(found: Standing, came: Results) -> None:
    st.markdown("**Top types of errors**")
    if not came.errors:
        st.caption("None is named yet; they belong to Day 7 and again to Day 16.")
    for one in came.errors:
        was = "not counted" if one.before is None else f"{one.before.normalize():f} a month"
        st.markdown(f"{holds(one.gone)} {words.escape(one.name)} {line(f'before: {was}; now: {one.said}')}")
    with st.expander(
        "Name a type of error", key="name_errors", icon=":material/report:", on_change="rerun"
    ) as box:
        if box.open:
            customer_id = found.customer.customer_id
            onboarding_measures.error_types(customer_id, "baseline")
            onboarding_measures.error_types(customer_id, "current")


def _worth(found: Standing, came: Results, currency: str) -> None:
    st.markdown("**What it is worth**")
    before = "; ".join(f"{what} {words.money(worth, currency)}" for what, worth in came.cost_before)
    if before:
        st.markdown(f"A year before TAI: {words.escape(before)}.")
    worth = came.measures.figures.get("worth_year")
    if worth is not None:
        st.markdown(f"In the customer's words worth **{words.escape(words.money(worth, currency))}** a year.")
    need = came.measures.needed_hours
    if need is not None:
        st.markdown(
            words.escape(
                f"It needs {need.normalize():f} counting hours a quarter ({came.measures.need_from})."
            )
        )
    if came.payback_months is not None:
        st.markdown(
            f"A year's price is paid back by what is saved after **{words.number(came.payback_months, 'months')}**."
        )
    else:
        st.markdown(line(f"Payback: {came.payback_reason}"))
    with st.expander(
        "The customer's own figures", key="own_figures", icon=":material/edit:", on_change="rerun"
    ) as box:
        if box.open:
            onboarding_measures.figures(found.customer.customer_id)


def _beside(came: Results) -> None:
    widgets.section(
        "Typed beside counted",
        "Three kinds of measurement, never mixed; only the first and the last are compared.",
    )
    for method, said in METHOD_WORDS.items():
        st.markdown(f"**{words.escape(said[:1].upper() + said[1:])}**")
        rows = [one for one in came.beside if one.method == method]
        if method == "migration" and came.fidelity:
            check = came.fidelity.check
            st.markdown(
                words.escape(
                    f"Fidelity {words.number(check.fidelity_pct, 'pct', decimals=2)}: {check.export_name} beside {check.load_name}"
                )
            )
        elif not rows:
            st.caption("Not measured.")
        for one in rows:
            st.markdown(words.escape(_one_beside(one)))
    for one in came.warehouses:
        if one.gain and one.gain.reason:
            st.markdown(f":gray-badge[–] {words.escape(f'{one.warehouse}: {one.gain.reason}')}")


def _one_beside(one: SideBySide) -> str:
    said = f"{one.warehouse}, {one.kind}"
    if one.typed_pct is not None:
        said += f": typed {words.number(one.typed_pct, 'pct')} for {words.day(one.measured_on)}"
    if one.counted is None:
        return f"{said}; no count beside it"
    count = one.counted.found
    interval = count.interval_pct or (None, None)
    sure = f"with 95 % certainty {words.number(interval[0], 'pct')} to {words.number(interval[1], 'pct')}"
    lines, on = words.counted(count.lines, "line"), words.day(one.counted.counted_on)
    more = [
        f"counted {words.number(count.ira_pct, 'pct')} on {on} ({lines}; {sure})",
        f"value accuracy {words.number(count.value_accuracy_pct, 'pct')}",
        f"net variance {words.number(count.net_variance_pct, 'pct')}, absolute {words.number(count.absolute_variance_pct, 'pct')}",
    ]
    return f"{said}; {'; '.join(more)}"


def _celebrate(found: Standing, came: Results) -> None:
    widgets.section(
        "Words to the customer", "Computed from the figures above; each stands only where it is a gain."
    )
    if came.celebrations:
        st.markdown("  \n".join(words.escape(sentence) for sentence in came.celebrations))
    else:
        st.caption("There is nothing to celebrate before the customer is live.")
    for template in ("celebrate", "qbr_agenda"):
        onboarding_messages.show(found, template, "results")


def _documents(found: Standing, came: Results, documents: Documents) -> None:
    widgets.section(
        "Documents", "In the company's words (Onboardings, Messages); each prints only what is on record."
    )
    for template, made in documents.items():
        _document(found, came, template, made)
    widgets.link("onboardings", "Change their words", key="to_messages")


def _document(found: Standing, came: Results, template: str, made: Written | str) -> None:
    """A document of the onboarding: for Word and as Markdown, or why it can't be made yet."""
    name, customer_id = DEFAULTS[template].name, found.customer.customer_id
    if isinstance(made, str):
        st.markdown(f"**{words.escape(name)}**  \n:gray-badge[– not yet] {words.escape(made)}")
        if template == "case_study" and not found.customer.reference_consent:
            _consent(customer_id)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"ob_row_document_{template}"):
        st.markdown(f"**{words.escape(name)}**  \n{line(made.title)}", width="stretch")
        for label, ending, mime, content in (
            ("Word", "docx", DOCX, document_docx),
            ("Markdown", "md", "text/markdown", document_markdown),
        ):
            st.download_button(
                label,
                data=partial(content, made),
                file_name=f"{template.replace('_', '-')}_{customer_id}.{ending}",
                mime=mime,
                key=f"{template}_{ending}",
                icon=":material/download:",
                on_click="ignore",
            )
        if template == "success_plan":
            st.download_button(
                "Excel",
                data=lambda: success_plan_sheet(
                    found, made, came.baselines, session.store().company.name, session.now()
                ),
                file_name=f"success-plan_{customer_id}.xlsx",
                mime=XLSX,
                key="success_plan_xlsx",
                icon=":material/download:",
                on_click="ignore",
            )


def _consent(customer_id: str) -> None:
    form = f"consent_{customer_id}"
    key = f"{form}_who"
    forms.draft(form, {key: ""})
    with st.container(border=True, key=f"entry_{form}"):
        st.text_input("Who at the customer agreed that it may be named", key=key)
        forms.error_line(form)
        press("It may be named", form, _agree, customer_id, partial(st.session_state.get, key))


def _agree(customer_id: str, who: str | None, token: str) -> Made:
    return results.record_consent(
        session.store(), session.actor(), customer_id, who or "", session.now(), token
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
        typed_number(told["amount"], "amount"),
        session.now(),
        token,
    )
