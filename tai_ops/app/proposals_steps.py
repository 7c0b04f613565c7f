"""One proposal's last steps: three approvals on one content, the document and its e-mails, what became of it, its history."""

import difflib
import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import streamlit as st

from tai_ops.app import forms, session, widgets, words
from tai_ops.exports.proposal_file import proposal_file
from tai_ops.exports.proposal_mail import case_study_eml, check_in_eml, file_stem
from tai_ops.exports.proposal_text import plain_text, proposal_html
from tai_ops.proposal_clock import ROUND_MINUTES, check_in_on, label_of
from tai_ops.proposal_steps import review_questions
from tai_ops.proposal_template import document
from tai_ops.rights import ROLE_IN_WORDS, called
from tai_ops.store import proposing
from tai_ops.store.proposal_acceptance import Accepted, accept
from tai_ops.store.proposal_desk import APPROVERS, OPEN, OUT, Desk, Version

MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "md": "text/markdown",
    "eml": "message/rfc822",
}
PART_WORDS = {"price": "Price", "scope": "Scope", "document": "Document"}


# --- Approval


def approval(found: Desk) -> None:
    """Putting a version up, the three approvals on it, and how many rounds it took."""
    form = f"approve_{found.proposal.proposal_id}"
    if found.version is None:
        st.markdown(
            "No version is up for approval."
            if not found.versions
            else "Something was typed since the last version: its approvals don't hold any more."
        )
    else:
        st.markdown(
            f"Version {found.version.version}, content `{found.version.content_hash[:12]}`, put up by {words.escape(_who(found.version.made_by))}."
        )
    if found.rounds:
        st.caption(
            f"{words.counted(found.rounds, 'round')} of changes, about {ROUND_MINUTES * found.rounds} min of work."
        )
    forms.error_line(form)
    if found.proposal.status not in OPEN:
        for name, role in APPROVERS.items() if found.version else ():
            _approval_line(found, form, name, role)
        return
    if found.version is None:
        st.button(
            "Put it up for approval",
            key="submit",
            type="primary",
            icon=":material/rate_review:",
            disabled=not widgets.may("proposals") or bool(found.missing or found.filled.wrong),
            help=_why_not(found),
            on_click=forms.acted,
            args=forms.click(form, _submit, found, form),
        )
        return
    widgets.section(
        "The VP Sales' three questions", "Ten minutes; beside each what the call and the records say."
    )
    for one in review_questions(found.known, found.values):
        st.markdown(f"“{one.text}” :gray[{words.escape(one.answer)}]")
    st.text_input("Note, or what has to change", key="approve_note")
    for name, role in APPROVERS.items():
        _approval_line(found, form, name, role)


def _who(email: str) -> str:
    return called(email, {person.email: person.name for person in session.store().people()})


def _why_not(found: Desk) -> str | None:
    if found.missing:
        return f"Still missing: {', '.join(label_of(name) for name in found.missing)}"
    return "; ".join(found.filled.wrong) or None


def _approval_line(found: Desk, form: str, name: str, role: str) -> None:
    held = found.approvals.get(name)
    with st.container(horizontal=True, vertical_alignment="center", key=f"matter_{name}"):
        if held and held.decision == "approved":
            state = f":green-badge[✓ approved] by {words.escape(_who(held.decided_by))} {words.escape(words.instant(held.decided_at, session.store().company.tz))}"
        elif held:
            state = f":red-badge[✗ changes] {words.escape(held.note or '')}"
        else:
            state = f":gray-badge[– open] waits for the {ROLE_IN_WORDS[role]}"
        st.markdown(f"**{PART_WORDS[name]}** {state}")
        if found.proposal.status in OPEN and session.actor().role in {role, "owner"}:
            for label, approve in (("Approve", True), ("Ask for changes", False)):
                st.button(
                    label,
                    key=f"{name}_{approve}",
                    on_click=forms.acted,
                    args=forms.click(form, _decide, found, form, name, approve),
                )


def _submit(found: Desk, form: str) -> None:
    forms.run_once(
        form,
        lambda: proposing.submit(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            now=session.now(),
            request_key=forms.submit_token(form),
        ),
        lambda made: f"Version {made.version} is up for approval",
    )


def _decide(found: Desk, form: str, name: str, approve: bool) -> None:
    note = str(st.session_state.get("approve_note", ""))
    forms.run_once(
        form,
        lambda: proposing.decide(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            name,
            approve=approve,
            content=found.hash,
            note=note,
            now=session.now(),
            request_key=forms.submit_token(form),
        ),
        lambda status: (
            f"{PART_WORDS[name]}: {'approved' if approve else 'changes asked for'}; the proposal is {status.replace('_', ' ')}"
        ),
    )


# --- Document


def papers(found: Desk) -> None:
    """The document to look at and to take, the e-mails, and what became of it."""
    draft = found.missing != () or bool(found.unapproved)
    stem = file_stem(
        str(found.values["customer"].value) if "customer" in found.values else found.proposal.proposal_id
    )
    if draft:
        st.caption("Not approved yet: the files say DRAFT on every page.")
    with st.container(horizontal=True, key="papers"):
        for ending, mime in MIME.items():
            make = words.document(
                partial(proposal_file, found, f"x.{ending}", found.now, draft=draft), ending
            )
            st.download_button(
                {"eml": "E-mail with it (.eml)"}.get(ending, f".{ending}"),
                data=make or b"",
                file_name=f"{stem}.{ending}",
                mime=mime,
                key=f"take_{ending}",
                icon=":material/download:",
                disabled=make is None,
                help=None if make else "Amounts are hidden",
                on_click="ignore",
            )
        case = found.filled.case
        if case:
            st.download_button(
                "Case study (.eml)",
                data=partial(case_study_eml, found, case, found.now),
                file_name=f"case-study-for-{stem.removeprefix('proposal-')}.eml",
                mime=MIME["eml"],
                key="take_case",
                icon=":material/download:",
                on_click="ignore",
            )
        if found.state in OUT:
            st.download_button(
                "Friday check-in (.eml)",
                data=partial(check_in_eml, found, found.now),
                file_name=f"check-in-with-{stem.removeprefix('proposal-')}.eml",
                mime=MIME["eml"],
                key="take_check_in",
                icon=":material/download:",
                on_click="ignore",
            )
    _next_step(found)
    shown = words.shown(proposal_html(found.document(draft=draft)))
    st.iframe(shown, height=700, width="stretch")


def _next_step(found: Desk) -> None:
    form = f"outcome_{found.proposal.proposal_id}"
    forms.error_line(form)
    if found.state == "approved" and not found.unapproved and widgets.may("proposals"):
        st.button(
            "It went out: stop the clock",
            key="send",
            type="primary",
            icon=":material/send:",
            on_click=forms.acted,
            args=forms.click(form, _send, found, form),
        )
    if found.expired:
        st.button(
            "Mark as expired",
            key="mark_expired",
            disabled=not widgets.may("proposals"),
            on_click=forms.acted,
            args=forms.click(form, _outcome, found, form, "expired"),
        )
    if found.state in OUT:
        zone_day = found.known.calendar.local_date(found.proposal.sent_at or found.now)
        st.markdown(
            words.escape(
                f"Check in on {words.day(check_in_on(zone_day, found.known.calendar))} if there is no answer."
            )
        )
        st.text_input("Why declined", key="outcome_note")
        with st.container(horizontal=True, key="outcomes"):
            for outcome in ("viewed", "declined"):
                st.button(
                    f"Mark as {outcome}",
                    key=f"mark_{outcome}",
                    disabled=not widgets.may("proposals"),
                    on_click=forms.acted,
                    args=forms.click(form, _outcome, found, form, outcome),
                )
            st.button(
                "Accepted",
                key="accept",
                type="primary",
                icon=":material/handshake:",
                disabled=not widgets.may("sales"),
                help="Makes the customer, the subscription, the deposit's invoice and the onboarding, and wins the deal",
                on_click=forms.acted,
                args=forms.click(form, _accept, found, form),
            )


def _send(found: Desk, form: str) -> None:
    made = hashlib.sha256(proposal_file(found, "x.docx", found.now)).hexdigest()
    forms.run_once(
        form,
        lambda: proposing.send(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            made,
            now=session.now(),
            request_key=forms.submit_token(form),
        ),
        lambda last: f"Sent; it is valid until {words.day(last)}",
    )


def _outcome(found: Desk, form: str, outcome: str) -> None:
    note = str(st.session_state.get("outcome_note", ""))
    forms.run_once(
        form,
        lambda: proposing.note_outcome(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            outcome,
            now=session.now(),
            note=note,
        ),
        lambda _: f"Noted as {outcome}",
    )


def _accept(found: Desk, form: str) -> None:
    def said(made: Accepted) -> str:
        invoice = f", invoice {made.invoice_number} for the deposit" if made.invoice_number else ""
        return f"Won: customer {made.customer_id}, subscription {made.subscription_id}{invoice}, kickoff {words.day(made.kickoff_on)}"

    forms.run_once(
        form,
        lambda: accept(
            session.store(),
            session.actor(),
            found.proposal.proposal_id,
            now=session.now(),
            request_key=forms.submit_token(form),
        ),
        said,
    )


# --- History


def history(found: Desk) -> None:
    """The versions with what changed between them, and what became of the proposal."""
    if not found.versions:
        st.caption("No version was put up for approval yet.")
    texts = [_text(found, version) for version in found.versions] + (
        [plain_text(found.document(draft=True))] if found.changed else []
    )
    names = [f"Version {version.version}" for version in found.versions] + (["Now"] if found.changed else [])
    for place in range(len(texts) - 1, 0, -1):
        lines = [
            line
            for line in difflib.unified_diff(
                texts[place - 1].splitlines(), texts[place].splitlines(), lineterm="", n=0
            )
            if line[:1] in "+-" and line[:3] not in {"+++", "---"}
        ]
        widgets.section(f"{names[place]} against {names[place - 1]}")
        for line in lines or [" nothing but origins"]:
            mark = {"+": ":green-badge[+ now]", "-": ":red-badge[− before]"}.get(line[0], "")
            st.markdown(f"{mark} {words.escape(line[1:])}")
    widgets.section("What happened", "The newest first.")
    zone = session.store().company.tz
    for at, what, who in sorted(_happened(found), key=lambda one: one[0], reverse=True):
        st.markdown(words.escape(f"{words.instant(at, zone)}: {what}{f' ({_who(who)})' if who else ''}"))


def _happened(found: Desk) -> Iterator[tuple[datetime, str, str]]:
    """The request, what was put up, who approved what holds, and what became of it: when, what, by whom."""
    yield found.proposal.requested_at, "asked for", ""
    for version in found.versions:
        yield version.made_at, f"version {version.version} put up for approval", version.made_by
    for name, held in found.approvals.items():
        if held.decision == "approved":
            yield held.decided_at, f"{PART_WORDS[name].lower()} approved", held.decided_by
    for event in found.events:
        yield event.happened_at, f"{event.event}{f': {event.note}' if event.note else ''}", event.recorded_by


def _text(found: Desk, version: Version) -> str:
    return plain_text(document(found.lines, version.values, found.known.company.currency, draft=True))
