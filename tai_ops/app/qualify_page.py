"""The Qualify page: the call in five timed blocks, each answer typed once, and the decision that forms beside them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from tai_ops import call_script
from tai_ops.app import forms, reading, session, widgets, words
from tai_ops.bant import ACCURACY_WANTED_PCT, Answers, Decision, answers_from_json
from tai_ops.call_script import SCRIPT, Field
from tai_ops.call_worth import HOURS_FEWER_PCT, Worth, call_worth
from tai_ops.errors import Refused, TaiOpsError
from tai_ops.money import parse_money
from tai_ops.pipeline import Prospect
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.store import Store, sales_tasks
from tai_ops.store.facts import of_kind
from tai_ops.store.qualifying import (
    OUTCOMES,
    Qualification,
    answers_as_json,
    computed_decision,
    held_decision,
    qualifications,
    record_qualification,
)
from tai_ops.store.sales_tasks import SalesTask
from tai_ops.typed_amounts import mark_of, plain_number

PAGE = "qualify"
IDEAL_WEEKS = {"timeline.start_week": (10, 11), "timeline.go_live_week": (11, 12)}
HOUR_COST, WORTH_PART = "hour_cost", "Need"
STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-call_bar), .st-key-call_bar { position: sticky; top: 0; z-index: 99; }
.st-key-call_bar { background: light-dark(LIGHT, DARK); padding: 0.35rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
@media (max-width: 767px) { [data-testid="stLayoutWrapper"]:has(> .st-key-call_bar), .st-key-call_bar { top: 3.5rem; } }
</style>"""
SIGNS = {
    "YES": ":green-badge[✓]",
    "NO": ":red-badge[✗]",
    "UNSURE": ":gray-badge[–]",
    "WAIT": ":orange-badge[≈]",
}
WORDS = {
    "PURSUE": ":green-badge[✓ PURSUE]",
    "WARM": ":blue-badge[● WARM]",
    "WAIT": ":orange-badge[≈ WAIT]",
    "PASS": ":red-badge[✗ PASS]",
}
STATES = {
    "YES": ":green-badge[✓ YES]",
    "NO": ":red-badge[✗ NO]",
    "UNSURE": ":gray-badge[– UNSURE]",
    "WAIT": ":orange-badge[≈ WAIT]",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is about: the prospects, the one that is called with its calls, and what is left to do."""

    prospects: tuple[Prospect, ...]
    prospect: Prospect | None
    calls: tuple[Qualification, ...]
    tasks: tuple[SalesTask, ...]

    @property
    def form(self) -> str:
        """The name of the call's form, under which its draft is kept."""
        return f"call_{self.prospect.prospect_id}" if self.prospect else "call"

    def key(self, path: str) -> str:
        """The key of an answer's widget."""
        return f"{self.form}_{path.replace('.', '_')}"


def seen() -> Seen:
    """The prospects, and the one in the address."""
    store = session.store()
    with store.cursor() as cursor:
        prospects = of_kind(cursor, "prospects", Prospect)
    wanted = st.query_params.get("prospect", "")
    prospect = next((one for one in prospects if one.prospect_id == wanted), None)
    calls = qualifications(store, prospect.prospect_id) if prospect else ()
    return Seen(prospects, prospect, calls, _tasks(store, reading.store_key()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _tasks(_store: Store, key: str) -> tuple[SalesTask, ...]:  # noqa: ARG001  # the cache goes by it
    return sales_tasks.sales_tasks(_store)


def title(found: Seen) -> None:
    """The title with the choice of the prospect, and the verdict."""
    side = widgets.page_title("Qualify", reading.as_of_words())
    names = {
        one.prospect_id: f"{one.company} · {one.prospect_id}"
        for one in sorted(found.prospects, key=lambda p: p.company)
    }
    st.session_state["prospect"] = found.prospect.prospect_id if found.prospect else None
    with side:
        st.selectbox(
            "Prospect",
            list(names),
            format_func=lambda key: words.in_a_cell(names[key]),
            key="prospect",
            index=None,
            placeholder="Whom do you call?",
            on_change=_choose,
            label_visibility="collapsed",
            width=320,
        )
    widgets.verdict(verdict(found))
    widgets.saved_line()


def _choose() -> None:
    chosen = st.session_state["prospect"]
    forms.go_on((("prospect", chosen),) if chosen else ())


def verdict(found: Seen) -> str:
    """What there is to do, or how the prospect stands, in one sentence."""
    if found.prospect is None:
        left = [one for one in found.tasks if not one.done]
        late = sum(one.due_at < reading.now() for one in left)
        if not left and not found.prospects:
            return "There is nobody to call yet."
        if not left:
            return "Choose whom you call; nothing is left to do from earlier calls."
        return f"{words.counted(len(left), 'task')} from calls and proposals {'is' if len(left) == 1 else 'are'} open, {late} of them past due."
    if not found.calls:
        return f"{found.prospect.company} was not called yet: twenty minutes, five blocks."
    last = found.calls[0]
    on = words.day(last.answers.call_ended_at.date())
    return f"{found.prospect.company} was last called on {on}: {last.decision}."


def empty() -> None:
    """The page of a company without prospects."""
    widgets.empty(
        "The discovery call in five timed blocks, with the decision forming beside the answers",
        "No prospect is on record: enter one above, or bring in a file.",
        "Bring in prospects",
        "imports",
        (("kind", "prospects"),),
    )


# --- The call


def call(found: Seen) -> None:
    """The script with its answers on the left, the decision on the right."""
    first = _first(found)
    forms.draft(
        found.form,
        {found.key(path): first.get(path, _blank(field)) for path, field in call_script.FIELDS.items()}
        | {found.key("otherwise"): None, found.key("otherwise_why"): "", found.key("began"): None}
        | {found.key(HOUR_COST): _hour_cost_first(found)},
    )
    made = _decided(found)
    _bar(found, made)
    if forms.has_draft(found.form):
        st.caption("What you typed is kept until you save it, also over a restart.")
    left, right = st.columns([3, 2], gap="large")
    us = session.store().company.name
    with left:
        for part in SCRIPT:
            widgets.section(f"{part.name} · {part.minutes} min")
            for prompt in part.prompts:
                st.markdown(
                    f"- {words.escape(prompt.format(us=us, company=found.prospect.company if found.prospect else ''))}"
                )
            _fields(found, part.fields)
            if part.name == WORTH_PART:
                st.text_input(
                    "What an hour of counting costs them", key=found.key(HOUR_COST), placeholder="such as 35.00",
                    help="For what it would be worth to them alone; it decides nothing. A proposal takes it over.",
                )  # fmt: skip
    with right:
        _beside(found, made)


def _fields(found: Seen, fields: Sequence[Field]) -> None:
    """Two answers a row, so that a phone shows them in the order of the talk."""
    for place in range(0, len(fields), 2):
        for column, field in zip(st.columns(2), fields[place : place + 2], strict=False):
            with column:
                _widget(found, field)


def _hour_cost_first(found: Seen) -> str:
    return str(found.calls[0].detail.get("hour_cost") or "") if found.calls else ""


def _first(found: Seen) -> dict[str, Any]:
    """What the form begins with: the last call's answers, else what is on record."""
    known = found.prospect.current_system if found.prospect else None
    first: dict[str, Any] = {"need.current_system": known} if known else {}
    if found.calls:
        first |= call_script.typed_of(answers_as_json(found.calls[0].answers))
    return first


def _blank(field: Field) -> Any:
    return {"flag": False, "choice": None, "pain": None}.get(field.kind, "")


def _widget(found: Seen, field: Field) -> None:
    key = found.key(field.path)
    match field.kind:
        case "flag":
            st.checkbox(field.label, key=key)
        case "choice":
            st.segmented_control(
                field.label, field.choices, key=key, format_func=lambda one: one.replace("_", " "), wrap=True
            )
        case "pain":
            st.segmented_control(field.label, list(range(1, 11)), key=key, wrap=True)
        case _:
            st.text_input(field.label, key=key, placeholder=field.hint, help=_week_note(field.path))


def _week_note(path: str) -> str | None:
    """When the weeks that the runbook takes for ideal begin, where the company has said when its plan began (B15: a note alone)."""
    first, weeks = session.store().company.plan_week_1, IDEAL_WEEKS.get(path)
    if first is None or weeks is None:
        return None
    told = [f"week {week} begins on {words.day(first + timedelta(weeks=week - 1))}" for week in weeks]
    return f"By the company's plan {words.listed(told)}; it decides nothing."


@st.fragment(run_every=5)
def _running(began: float) -> None:
    seconds = int(time.time() - began)
    part, left = call_script.part_at(seconds)
    over = "over time by" if seconds >= call_script.CALL_MINUTES * 60 else "left in this block"
    st.markdown(
        f"**{seconds // 60}:{seconds % 60:02d}** of {call_script.CALL_MINUTES} min · {part.name}, {abs(left) // 60}:{abs(left) % 60:02d} {over}"
    )


def _timer(found: Seen) -> None:
    """The call's clock; it is part of the draft, so that an interrupted call goes on where it was."""
    began = st.session_state.get(found.key("began"))
    with st.container(horizontal=True, vertical_alignment="center", key="call_timer"):
        st.button(
            "Start the clock again" if began else "Start the clock",
            key="start_call",
            icon=":material/timer:",
            on_click=_start,
            args=(found.key("began"),),
        )
        if began:
            _running(float(began))


def _start(key: str) -> None:
    st.session_state[key] = time.time()


def _typed(found: Seen) -> dict[str, Any]:
    return {path: st.session_state.get(found.key(path)) for path in call_script.FIELDS}


def _answers(found: Seen) -> Answers:
    prospect = found.prospect
    zone = session.store().company.tz
    ended = session.now().astimezone(zone)
    return answers_from_json(
        call_script.answers_json(
            _typed(found),
            ended,
            prospect.company if prospect else "",
            prospect.contact if prospect else None,
            mark_of(st.context.locale),
        )
    )


def _hour_cost(found: Seen) -> Decimal | None:
    """What an hour costs them as it was typed; Refused where it is no amount."""
    text = str(st.session_state.get(found.key(HOUR_COST)) or "")
    try:
        return parse_money(plain_number(text, mark_of(st.context.locale))) if text.strip() else None
    except ValueError as reason:
        raise Refused(f"What an hour of counting costs them: {reason}") from None


@dataclass(frozen=True, slots=True)
class Forming:
    """The decision as it forms, what a person made of it, what it would be worth to them; or what can't be read."""

    decision: Decision | None = None
    computed: Decision | None = None
    worth: Worth | None = None
    complaint: str = ""


def _decided(found: Seen) -> Forming:
    store = session.store()
    try:
        answers = _answers(found)
        computed = computed_decision(store, answers)
        made = held_decision(store, answers, computed, st.session_state.get(found.key("otherwise")))
        warehouses = found.prospect.warehouses if found.prospect else None
        return Forming(made, computed, call_worth(answers, _hour_cost(found), warehouses))
    except TaiOpsError as wrong:
        return Forming(complaint=str(wrong))


def _bar(found: Seen, forming: Forming) -> None:
    """The clock and the decision in one line each, which stay in sight while the talk goes on below."""
    ground = {mode: str(st.get_option(f"theme.{mode}.backgroundColor")) for mode in ("light", "dark")}
    st.html(STYLE.replace("LIGHT", ground["light"]).replace("DARK", ground["dark"]))
    with st.container(key="call_bar", gap="small"):
        _timer(found)
        if forming.decision is None:
            st.markdown(":red-badge[✗ not readable] the decision waits for it")
            return
        made = forming.decision
        blocks = " ".join(f"{SIGNS[state]} {block.capitalize()}" for block, state in made.blocks.items())
        few = " :small[:gray[insufficient evidence]]" if _is_thin(made, forming.computed) else ""
        st.markdown(f"{WORDS[made.decision]}{few} {blocks}")


def _is_thin(made: Decision, computed: Decision | None) -> bool:
    """Whether a computed PASS says only that too little is known (B3)."""
    return made is computed and made.decision == "PASS" and made.gate is None


def _beside(found: Seen, forming: Forming) -> None:
    widgets.section("The decision as it stands")
    if forming.decision is None or forming.computed is None or forming.worth is None:
        st.markdown(f":red-badge[✗ not readable] {words.escape(forming.complaint)}")
    else:
        decision(forming.decision, forming.computed, session.store().company.currency, forming.worth)
    _save_button(found)


def decision(made: Decision, computed: Decision, currency: str, worth: Worth) -> None:
    """A decision with its blocks, reasons, flags, value, message and what is to be done next; the computed one where it differs."""
    more = [made.priority or "", "insufficient evidence" if _is_thin(made, computed) else ""]
    st.markdown(f"### {WORDS[made.decision]}{words.escape(''.join(f' · {one}' for one in more if one))}")
    if made is not computed:
        st.markdown(f"Yours; computed: {WORDS[computed.decision]}")
    for block, state in made.blocks.items():
        st.markdown(f"{STATES[state]} {block.capitalize()}")
    gate = f"The {made.gate} gate closed." if made.gate else "No gate closed."
    st.markdown(words.escape(f"{gate} {made.yes_count} YES of 4; by the count alone {made.count_decision}."))
    for reason in made.reasons:
        st.caption(words.escape(reason))
    if made.red_flags:
        st.markdown(
            f":red-badge[✗ red flags] {words.escape(', '.join(flag.replace('_', ' ') for flag in made.red_flags))}"
        )
    st.markdown(words.escape(worth_words(worth, currency)))
    st.markdown(f"**Say:** {words.escape(made.message)}")
    if made.follow_up_on:
        st.markdown(words.escape(f"Next: {words.day(made.follow_up_on)}"))
    for task in made.tasks:
        st.markdown(
            f"- {words.escape(f'{task.text}, {ROLE_IN_WORDS[task.owner]}, by {words.instant(task.due_at, session.store().company.tz)}')}"
        )


def worth_words(worth: Worth, currency: str) -> str:
    """What it would be worth to them, part by part, its payback at their budget, and what the call has not said yet."""
    wanting = f" Still to ask: {words.listed(list(worth.wanting))}." if worth.wanting else ""
    if worth.total is None:
        return f"What it is worth to them is not known yet.{wanting}"
    parts = [
        f"{words.money(worth.errors, currency)} from fewer errors at {ACCURACY_WANTED_PCT:f} %"
        if worth.errors is not None
        else "",
        f"{words.money(worth.hours, currency)} from {HOURS_FEWER_PCT:f} % less counting"
        if worth.hours is not None
        else "",
    ]
    back = (
        f" Their budget a year is back in {worth.payback_months:.1f} months."
        if worth.payback_months is not None
        else ""
    )
    return f"Worth to them: {words.money(worth.total, currency)} a year ({', '.join(filter(None, parts))}).{back}{wanting}"


def _save_button(found: Seen) -> None:
    if not widgets.may("sales"):
        widgets.who_may_line("sales")
        return
    with st.expander("Decide otherwise", icon=":material/gavel:"):
        st.segmented_control("Your decision", OUTCOMES, key=found.key("otherwise"), wrap=True)
        st.text_input(
            "Why", key=found.key("otherwise_why"), help="The computed decision is kept beside yours."
        )
    forms.error_line(found.form)
    st.button(
        "The call is over: save it",
        key="save_call",
        type="primary",
        icon=":material/call_end:",
        width="stretch",
        on_click=forms.acted,
        args=forms.click(found.form, _save, found),
    )


def _save(found: Seen) -> None:
    prospect = found.prospect
    if prospect is None:
        return
    form = found.form
    otherwise, why = (
        st.session_state.get(found.key("otherwise")),
        str(st.session_state.get(found.key("otherwise_why"), "")),
    )
    made = forms.run_once(
        form,
        lambda: record_qualification(
            session.store(),
            session.actor(),
            prospect.prospect_id,
            _answers(found),
            session.now(),
            otherwise=otherwise,
            why=why,
            hour_cost=_hour_cost(found),
            request_key=forms.submit_token(form),
        ),
        lambda made: f"Saved: {made.decision}, {words.counted(len(made.tasks), 'task')} to do",
    )
    if made is not None:  # the form begins anew with what this call said
        for name in (*call_script.FIELDS, HOUR_COST):
            st.session_state.pop(found.key(name), None)
