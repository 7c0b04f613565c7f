"""What the portfolio's page draws: onboardings by phase, open issues, hours, kickoffs that fit, renewals, messages."""

from datetime import datetime
from decimal import Decimal
from functools import partial

import streamlit as st

from tai_ops.app import customers_page, forms, reading, session, widgets, words
from tai_ops.app.onboarding_view import VIEW, line, mine, press
from tai_ops.checklist import PHASES
from tai_ops.message_templates import DEFAULTS, VARIABLES_OF
from tai_ops.portfolio import is_under_way, verdict
from tai_ops.rights import ROLE_IN_WORDS
from tai_ops.runbooks.customer_onboarding.all_customers import Portfolio, portfolio
from tai_ops.runbooks.customer_onboarding.steps import Made
from tai_ops.stabilising import BRANCHES
from tai_ops.store import Store, freshness
from tai_ops.store import message_templates as stored
from tai_ops.success import CustomerRow, progress_words


def seen() -> tuple[customers_page.Seen, Portfolio]:
    """All customers and the portfolio, as of now."""
    found = customers_page.seen()
    store = session.store()
    key = f"{store.path or id(store)} {freshness.version(store)} {reading.now():%Y%m%d%H%M}"
    return found, _portfolio(store, key, found.rows, reading.now())


@st.cache_resource(max_entries=6, show_spinner=False)
def _portfolio(_store: Store, key: str, _rows: tuple[CustomerRow, ...], _now: datetime) -> Portfolio:  # noqa: ARG001
    return portfolio(_store, _rows, _now)


def title() -> None:
    """The title row."""
    widgets.page_title("Onboardings", reading.as_of_words())


def nobody() -> None:
    """A company without customers."""
    widgets.verdict("No onboarding is under way.")
    widgets.empty(
        "All onboardings by phase, what holds them up, and which kickoffs fit",
        "No customer is on record yet.",
        "Add the first customer",
        "customers",
    )


def top(found: customers_page.Seen, all_: Portfolio) -> None:
    """The verdict and what was saved."""
    widgets.verdict(verdict(found.rows, len(all_.blockers), all_.renewals, all_.kickoffs))
    widgets.saved_line()


def phases(found: customers_page.Seen, all_: Portfolio) -> None:
    """Every onboarding under the week that it is in."""
    widgets.section("By phase", "A name opens today's steps.")
    under = [row for row in found.rows if is_under_way(row)]
    if not under:
        st.caption("Nobody is being onboarded.")
        return
    for name, rows in (
        ("No plan yet", [row for row in under if row.kickoff_on is None]),
        *(
            (
                f"Week {phase.week}: {phase.name}",
                [row for row in under if row.kickoff_on and _week(row) == phase.week],
            )
            for phase in PHASES
        ),
    ):
        if rows:
            st.markdown(f"**{words.escape(name)}**")
        for row in rows:
            feels = all_.sentiments.get(row.customer_id)
            said = [
                progress_words(row) or "not begun",
                *([f"feels {feels[0]} ({words.short_day(feels[1])})"] if feels else []),
                *row.missing,
            ]
            with st.container(
                horizontal=True, vertical_alignment="center", gap="small", key=f"portfolio_{row.customer_id}"
            ):
                widgets.link(
                    "customers",
                    row.name,
                    (("customer", row.customer_id), (VIEW, "onboarding")),
                    key=f"open_{row.customer_id}",
                )
                st.markdown(
                    f"{customers_page.plan_badge(row)} {words.escape('; '.join(said))}",
                    width="stretch",
                )


def _week(row: CustomerRow) -> int:
    return row.progress.phase.week if row.progress.phase else PHASES[0].week


def issues(all_: Portfolio) -> None:
    """Open issues and blockers, the oldest first."""
    widgets.section("What holds them up", "Open issues and blockers, the oldest first.")
    if not all_.blockers:
        st.markdown(":green-badge[✓] Nothing is open.")
    for one in all_.blockers:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"blocker_{one.issue.issue_id}"
        ):
            badge = ":red-badge[✗" if one.age_days > 5 or one.issue.branch == "blocker" else ":orange-badge[≈"
            st.markdown(
                f"{badge} {one.age_days} d] {words.escape(one.issue.title)}  \n{line(f'{one.customer}, {BRANCHES[one.issue.branch][0]}')}",
                width="stretch",
            )
            widgets.link(
                "customers",
                "Open",
                (("customer", one.customer_id), (VIEW, "after")),
                key=f"go_blocker_{one.issue.issue_id}",
            )


def capacity(all_: Portfolio) -> None:
    """Hours asked of CSM and CTO week by week, and the kickoffs that fit."""
    hours = f"{all_.new_plan_hours:.1f}".removesuffix(".0")
    widgets.section(
        "Hours and kickoffs",
        f"An onboarding asks {hours} hours of CSM and CTO in all, and its stabilising on top.",
    )
    fits = words.listed([words.day(on) for on in all_.kickoffs])
    st.markdown(
        f"Kickoffs that fit, to be offered in proposals: **{words.escape(fits)}**."
        if fits
        else ":red-badge[✗] No kickoff fits within half a year: there are too few hours, or nobody is CSM or CTO."
    )
    took = [f"{h:.1f} h of the {ROLE_IN_WORDS[role]}" for role, h in all_.incident_hours.items() if h]
    if took:
        said = f"Incidents took {words.listed(took)} in an average week of the last thirteen; so much is kept free."
        st.markdown(words.escape(said))
    for name, asked in _by_person(all_).items():
        st.markdown("  \n".join([f"**{words.escape(name)}**", *asked]))
    if not any(one.hours for one in all_.loads):
        st.caption("Nothing is asked of anybody in the next eight weeks.")
    widgets.link("company", "Change the hours", (("part", "People"),), key="to_hours")


def _by_person(all_: Portfolio) -> dict[str, list[str]]:
    """What is asked of each person, week by week."""
    found: dict[str, list[str]] = {}
    for one in all_.loads:
        if not one.hours:
            continue
        name = f"{one.name} ({ROLE_IN_WORDS[one.role]})"
        if one.capacity_hours is None:
            badge, there = ":gray-badge[– nobody is named]", ""
        else:
            badge = ":red-badge[✗ too much]" if one.is_over else ":green-badge[✓]"
            there = f" of {one.capacity_hours.normalize():f}"
        there += " h" + (f" and {one.incident_hours:.1f} h for incidents" if one.incident_hours else "")
        found.setdefault(name, []).append(
            f"{badge} {words.escape(f'week of {words.short_day(one.monday)}: {one.hours:.1f}{there}')}"
        )
    return found


def accuracies(found: customers_page.Seen) -> None:
    """Accuracy before and after, customer by customer."""
    customers_page.chart(found)


def ending(found: customers_page.Seen, all_: Portfolio) -> None:
    """The subscriptions that end within 90 days."""
    stake = sum((one.mrr for one in all_.renewals), Decimal(0))
    note = f"{words.money(stake, found.currency)} a month at stake." if all_.renewals else ""
    widgets.section("Renewals within 90 days", note or "Subscriptions that end, and how the customer is.")
    if not all_.renewals:
        st.caption("No subscription ends within 90 days.")
        return
    for one in all_.renewals:
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            gap="small",
            key=f"ob_row_renewal_{one.subscription_id}",
        ):
            said = f"ends {words.day(one.ends_on)}, {words.money(one.mrr, found.currency)} a month"
            st.markdown(
                f"{words.badge(one.state)} **{words.escape(one.customer)}** {words.escape(said)}  \n"
                f"{line(f'{one.health}; subscription {one.subscription_id}')}",
                width="stretch",
            )
            widgets.link(
                "customers", "Open", (("customer", one.customer_id),), key=f"go_renewal_{one.subscription_id}"
            )


# --- Messages


def messages() -> None:
    """The messages of the onboarding, to be put into the company's own words."""
    widgets.section("Messages and documents", "Variables stand in braces; what is not defined is refused.")
    with st.expander(
        "The onboarding's messages and documents", key="messages", icon=":material/chat:", on_change="rerun"
    ) as box:
        if not box.open:
            return
        mine()
        held = stored.templates(session.store())
        chosen = st.selectbox(
            "Message",
            [key for key, one in DEFAULTS.items() if one.matter in {"onboarding", "document"}],
            format_func=lambda key: f"{DEFAULTS[key].name} ({DEFAULTS[key].used})",
            key="message_which",
        )
        form = f"message_{chosen}"
        keys = {"subject": f"{form}_subject", "body": f"{form}_body"}
        forms.draft(form, {keys["subject"]: held[chosen].subject, keys["body"]: held[chosen].body})
        is_document = DEFAULTS[chosen].matter == "document"
        st.text_input("Title" if is_document else "Subject", key=keys["subject"])
        st.text_area("Words", key=keys["body"], height=220)
        if is_document:
            st.markdown(
                line(
                    "A line with ## is a heading, with - an item, with > a quote. A list stands alone on its line."
                )
            )
        st.markdown(
            line(
                "; ".join(
                    f"{{{name}}} {what} ({kind})"
                    for name, (kind, what) in VARIABLES_OF[DEFAULTS[chosen].matter].items()
                )
            )
        )
        forms.error_line(form)
        with st.container(horizontal=True):
            press(
                "Keep these words",
                form,
                _keep,
                chosen,
                partial(_told, keys),
                primary=True,
                icon=":material/save:",
            )
            if held[chosen] != DEFAULTS[chosen]:
                press("Back to the program's words", form, _keep, chosen, {"subject": "", "body": None})


def _told(keys: dict[str, str]) -> dict[str, str | None]:
    return {name: str(st.session_state.get(key) or "") for name, key in keys.items()}


def _keep(template_id: str, told: dict[str, str | None], token: str) -> Made:
    made = stored.keep_template(
        session.store(),
        session.actor(),
        template_id,
        told["subject"] or "",
        told["body"],
        session.now(),
        token,
    )
    for name in ("subject", "body"):
        st.session_state.pop(f"message_{template_id}_{name}", None)
    return Made(f"Kept: {made.name}")
