"""The view of the days after a cutover: the daily three questions, the spot check, issues by branch, users' questions."""

from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.app.onboarding_view import PAGE, SHARED, VIEW, line, mine, person, press, typed_number
from tai_ops.errors import Refused
from tai_ops.runbooks.customer_onboarding import after_cutover as runbook
from tai_ops.runbooks.customer_onboarding.after_cutover import After
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.stabilising import (
    BRANCHES,
    CHECK_IN_QUESTIONS,
    SENTIMENTS,
    SpotCheck,
    spot_check_words,
)

DATE_FORMAT = "YYYY-MM-DD"
COUNTED_AT_ONCE = 10


def show(customer_id: str) -> None:
    """The whole view."""
    widgets.saved_line()
    found = runbook.after_cutover(session.store(), customer_id)
    left = [one for one in found.issues if one.is_open]
    said = f"{words.counted(len(left), 'issue')} {'is' if len(left) == 1 else 'are'} open"
    last = (
        f"; last check-in {words.day(found.check_ins[0].held_on)}" if found.check_ins else "; no check-in yet"
    )
    checked = (
        f"; spot check: {spot_check_words(found.spot_checks[0])}"
        if found.spot_checks
        else "; no spot check yet"
    )
    widgets.verdict(f"{said[:1].upper()}{said[1:]}{last}{checked}.")
    mine()
    _check_ins(customer_id, found)
    _issues(customer_id, found)
    _spot_check(customer_id, found)
    _questions(customer_id, found)


def _told(keys: dict[str, str]) -> dict[str, object]:
    return {name: st.session_state.get(key) for name, key in keys.items()}


def _check_ins(customer_id: str, found: After) -> None:
    widgets.section("Daily check-in", "Ten minutes, three questions.")
    form = f"check_in_{customer_id}"
    keys = {name: f"{form}_{name}" for name in ("held_on", *CHECK_IN_QUESTIONS, "sentiment")}
    forms.draft(
        form,
        {
            keys["held_on"]: session.today(),
            keys["sentiment"]: None,
            **{keys[name]: "" for name in CHECK_IN_QUESTIONS},
        },
    )
    with st.expander(
        "Enter a check-in",
        key=f"{form}_box",
        icon=":material/forum:",
        on_change="rerun",
        expanded=forms.has_draft(form),
    ) as box:
        if box.open:
            st.date_input(
                "Held on", key=keys["held_on"], format=DATE_FORMAT, max_value=session.today(), width=240
            )
            for name, question in CHECK_IN_QUESTIONS.items():
                st.text_input(question, key=keys[name])
            st.segmented_control("How they feel", list(SENTIMENTS), key=keys["sentiment"])
            forms.error_line(form)
            press(
                "Save the check-in",
                form,
                _check_in,
                customer_id,
                partial(_told, keys),
                primary=True,
                icon=":material/save:",
            )
    for one in found.check_ins[:5]:
        feels = f" ({one.sentiment})" if one.sentiment else ""
        st.markdown(
            f"**{words.day(one.held_on)}**{feels}  \n{line(f'System: {one.performance}; accuracy: {one.accuracy}; training: {one.training}')}"
        )


def _check_in(customer_id: str, told: dict, token: str) -> Made:
    answers = {name: str(told[name] or "") for name in CHECK_IN_QUESTIONS}
    return runbook.record_check_in(
        session.store(),
        session.actor(),
        customer_id,
        told["held_on"],
        answers,
        told["sentiment"],
        session.now(),
        token,
    )


def _issues(customer_id: str, found: After) -> None:
    widgets.section("Issues", "Each goes one of its branches; an open major one or a blocker holds the gate.")
    form = f"issue_{customer_id}"
    keys = {name: f"{form}_{name}" for name in ("branch", "title", "major")}
    forms.draft(form, {keys["branch"]: "discrepancy", keys["title"]: "", keys["major"]: False})
    with st.expander(
        "Put an issue on record",
        key=f"{form}_box",
        icon=":material/report:",
        on_change="rerun",
        expanded=forms.has_draft(form),
    ) as box:
        if box.open:
            st.segmented_control(
                "Branch",
                list(BRANCHES),
                format_func=lambda one: BRANCHES[one][0],
                key=keys["branch"],
                required=True,
                wrap=True,
            )
            st.text_input("What is wrong", key=keys["title"])
            st.checkbox("Major", key=keys["major"])
            forms.error_line(form)
            press(
                "Save the issue",
                form,
                _issue,
                customer_id,
                partial(_told, keys),
                owners=SHARED,
                primary=True,
                icon=":material/save:",
            )
    if not found.issues:
        st.caption("No issue is on record.")
    for one in found.issues:
        own = f"close_{one.issue_id}"
        badge = ":orange-badge[≈ open]" if one.is_open else ":green-badge[✓ closed]"
        name, what = BRANCHES[one.branch]
        days = (session.today() - one.raised_on).days
        age = f"open for {words.counted(days, 'day')}" if days else "raised today"
        stands = f"{age}; {what}" if one.is_open else one.note
        small = f"{name}{', major' if one.is_major else ''}; {stands}"
        st.markdown(f"{badge} {words.escape(one.title)}  \n{line(small)}")
        if one.is_open:
            key = f"{own}_note"
            forms.draft(own, {key: ""})
            with st.container(horizontal=True, vertical_alignment="bottom", key=f"ob_row_{own}"):
                st.text_input("What was done", key=key)
                press(
                    "Close",
                    own,
                    _close,
                    customer_id,
                    one.issue_id,
                    partial(st.session_state.get, key),
                    owners=SHARED,
                )
            forms.error_line(own)


def _issue(customer_id: str, told: dict, token: str) -> Made:
    return runbook.raise_issue(
        session.store(),
        session.actor(),
        customer_id,
        told["branch"],
        str(told["title"] or ""),
        session.now(),
        token,
        is_major=bool(told["major"]),
    )


def _close(customer_id: str, issue_id: str, note: str | None, token: str) -> Made:
    return runbook.close_issue(
        session.store(), session.actor(), customer_id, issue_id, note or "", session.now(), token
    )


# --- The spot check


def _spot_check(customer_id: str, found: After) -> None:
    widgets.section(
        "Spot check",
        "50 random items of the loaded list; the seed is kept, so that the draw can be made again.",
    )
    form = f"draw_{customer_id}"
    turn = forms.submit_token(form)
    with st.expander(
        "Draw a sample",
        key=f"{form}_box",
        icon=":material/casino:",
        on_change="rerun",
        expanded=not found.spot_checks,
    ) as box:
        if box.open:
            file = st.file_uploader(
                "List of loaded items (location, sku, quantity)",
                key=f"{form}_file_{turn}",
                max_upload_size=50,
            )
            forms.error_line(form)
            press(
                "Draw the sample",
                form,
                _draw,
                customer_id,
                partial(_file, file),
                primary=True,
                icon=":material/casino:",
            )
    if not found.spot_checks:
        return
    check = found.spot_checks[0]
    st.markdown(
        f"**{words.escape(spot_check_words(check))}**  \n{line(f'{len(check.items)} of {check.population:,} items of {check.source}, seed {check.seed}, drawn {words.instant(check.drawn_at, session.store().company.tz)} by {person(check.drawn_by)}')}"
    )
    _count(customer_id, check)


def _file(file):  # noqa: ANN001, ANN202
    return (file.name, file.getvalue()) if file else None


def _draw(customer_id: str, file: tuple[str, bytes] | None, token: str) -> Made:
    if file is None:
        raise Refused("choose the list of loaded items first")
    return runbook.draw_sample(
        session.store(), session.actor(), customer_id, file[0], file[1], session.now(), token
    )


def _count(customer_id: str, check: SpotCheck) -> None:
    left = [one for one in check.items if one.counted_qty is None][:COUNTED_AT_ONCE]
    wrong = [one for one in check.items if one.is_right is False]
    if wrong:
        listed = [
            f"{one.item.location} {one.item.sku}: {_plain(one.item.quantity)} on record, {_plain(one.counted_qty)} counted"
            for one in wrong
        ]
        st.markdown("**Not alike**  \n" + "  \n".join(words.escape(text) for text in listed))
    if not left:
        return
    form = f"count_{check.spot_check_id}"
    keys = {one.place: f"{form}_{one.place}" for one in left}
    forms.draft(form, dict.fromkeys(keys.values(), ""))
    with st.container(border=True, key=f"entry_{form}"):
        st.markdown(line("Count without looking at the record; what is on record stands only afterwards."))
        with st.grid(2, min_column_width=150):
            for one in left:
                with st.container(gap=None):
                    st.markdown(f"**{words.escape(f'{one.item.location} {one.item.sku}')}**")
                    st.text_input(
                        f"Item {one.place}, counted",
                        key=keys[one.place],
                        placeholder="counted",
                        label_visibility="collapsed",
                    )
        forms.error_line(form)
        press(
            "Save what was counted",
            form,
            _counted,
            customer_id,
            check.spot_check_id,
            partial(_told, {str(place): key for place, key in keys.items()}),
            primary=True,
            icon=":material/save:",
        )


def _plain(quantity: Decimal | None) -> str:
    return f"{quantity.normalize():f}" if quantity is not None else words.DASH


def _counted(customer_id: str, spot_check_id: str, told: dict, token: str) -> Made:
    given = {int(place): typed_number(text, f"item {place}") for place, text in told.items()}
    return runbook.record_counted(
        session.store(), session.actor(), customer_id, spot_check_id, given, session.now(), token
    )


# --- Users' questions


def _questions(customer_id: str, found: After) -> None:
    widgets.section("What users ask", "The FAQ of this customer.")
    form = f"faq_{customer_id}"
    keys = {"question": f"{form}_question", "answer": f"{form}_answer"}
    forms.draft(form, dict.fromkeys(keys.values(), ""))
    for one in found.questions:
        own = f"faq_out_{one.question_id}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"ob_row_{own}"):
            st.markdown(
                f"**{words.escape(one.question)}**  \n{words.escape(one.answer or 'no answer yet')}",
                width="stretch",
            )
            press(
                "Take off",
                own,
                _ask,
                customer_id,
                {"question": one.question, "answer": one.answer, "id": one.question_id, "out": True},
            )
    with st.expander(
        "Add a question",
        key=f"{form}_box",
        icon=":material/help:",
        on_change="rerun",
        expanded=forms.has_draft(form),
    ) as box:
        if box.open:
            st.text_input("Question", key=keys["question"])
            st.text_area("Answer", key=keys["answer"], height=80)
            forms.error_line(form)
            press(
                "Save the question",
                form,
                _ask,
                customer_id,
                partial(_told, keys),
                primary=True,
                icon=":material/save:",
            )
    if found.questions:
        widgets.link(
            PAGE, "The FAQ as a document", (("customer", customer_id), (VIEW, "results")), key="to_faq"
        )


def _ask(customer_id: str, told: dict, token: str) -> Made:
    return runbook.keep_question(
        session.store(),
        session.actor(),
        customer_id,
        str(told["question"] or ""),
        str(told["answer"] or ""),
        session.now(),
        token,
        question_id=told.get("id"),
        is_out=bool(told.get("out")),
    )
