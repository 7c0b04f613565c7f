"""The steps of an onboarding: every item of the checklist with its day, owners, minutes, evidence and gate.

The minutes of a block's steps add up to the block's hours (39 in all); those of the daily check-ins and of
stabilising come on top and carry no weight in what is done. Source: Runbook 1; requirements.md R1.6 to R1.60.
"""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["", "link", "id", "number", "note", "file", "date"]
"""What proves a step: a link, an account's or record's id, a figure on record, a note, a file, a date; none."""

CSM, CTO, CEO, CUSTOMER = "csm", "cto", "ceo", "customer"


@dataclass(frozen=True, slots=True)
class Step:
    """One item that can be ticked.

    `key` stays the same for ever; `day` is a business day of the plan (1 the kickoff, -2 two days before it);
    `minutes` are staff minutes; `weighs` is false where they lie outside the 39 hours. `gate` is the week whose
    completion check the item belongs to, None for work. `parts` are its smaller items, in the order of the talk.
    """

    key: str
    day: int
    title: str
    owners: tuple[str, ...]
    minutes: int
    evidence: Evidence = ""
    gate: int | None = None
    weighs: bool = True
    parts: tuple[str, ...] = ()


def _step(
    key: str, day: int, title: str, owners: str, minutes: int, evidence: Evidence = "", *parts: str
) -> Step:
    return Step(key, day, title, tuple(owners.split()), minutes, evidence, parts=parts)


def _gate(key: str, day: int, week: int, title: str, owners: str = CSM, minutes: int = 0) -> Step:
    return Step(key, day, title, tuple(owners.split()), minutes, "note", week)


def _extra(
    key: str, day: int, title: str, owners: str, minutes: int, evidence: Evidence, *parts: str
) -> Step:
    return Step(key, day, title, tuple(owners.split()), minutes, evidence, weighs=False, parts=parts)


_BEFORE = (
    _step("contract", -2, "Contract signed and executed", CSM, 10, "link"),
    _step("auth0_admin", -2, "Admin user created in Auth0", CTO, 20, "id"),
    _step("firestore", -2, "Customer's Firestore namespace created", CTO, 20, "id"),
    _step(
        "api_keys",
        -2,
        "API keys generated, their secure handoff planned (never write the key here)",
        CTO,
        30,
        "note",
    ),
    _step("training_materials", -2, "Training materials prepared (PDF and video)", CSM, 120, "link"),
    _step("kickoff_call", -2, "2-hour kickoff call scheduled", CSM, 20, "date"),
    _step("architecture_call", -2, "1-hour technical architecture call scheduled", CTO, 20, "date"),
)
KICKOFF_AGENDA: tuple[tuple[int, str], ...] = (
    (10, "Welcome and getting to know each other"),
    (15, "Success plan: the 30/60/90 days, milestones, go-live date"),
    (30, "Where they stand: warehouse locations, volume, pain points"),
    (15, "Success metrics: baseline accuracy, cycle count time, sample data"),
    (15, "Technical architecture (CTO): API, data sync, dashboard access"),
    (10, "Next steps: pilot warehouse, training dates"),
    (5, "Questions"),
    (20, "Buffer"),
)
"""Minutes and item of the two hours; the buffer is what the runbook's items leave of them (requirements.md O18)."""
KICKOFF_ATTENDEES = ("customer's sponsor", "inventory manager", "IT lead", "CEO", "CSM", "CTO")
_WEEK_1 = (
    _step(
        "kickoff",
        1,
        "Kickoff meeting held, 10:00 to 12:00",
        "csm ceo cto customer",
        100,
        "note",
        *(f"{title} ({minutes} min)" for minutes, title in KICKOFF_AGENDA),
    ),
    _step("kickoff_notes", 1, "Meeting notes, action items and key contacts written down", CSM, 15, "link"),
    _step(
        "action_items",
        1,
        "Action items on the board that the customer shares (Asana or Trello)",
        CSM,
        5,
        "link",
    ),
    _step(
        "admin_training",
        2,
        "Admin training (1 hour, video call)",
        CSM,
        60,
        "link",
        "Create inventory records (batch upload)",
        "Run a sample transaction",
        "Open dashboard and reports",
        "Go through the API documentation",
    ),
    _step(
        "it_security",
        2,
        "IT and security requirements settled",
        "cto customer",
        40,
        "note",
        "Firewall rules (if needed)",
        "VPN or network access",
        "Data classification (personal data)",
        "Audit logging",
    ),
    _step("pilot_warehouse", 3, "Pilot warehouse selected", "csm customer", 20, "note"),
    _step("sample_export", 3, "Sample data exported from the customer's system", "customer cto", 60, "file"),
    _step("sample_loaded", 4, "Sample data loaded to the pilot environment", CTO, 60),
    _step("dashboard", 4, "Dashboard configured (custom fields, filters)", CTO, 45),
    _step("user_accounts", 4, "User accounts created (inventory manager and operator)", CTO, 30, "id"),
    _step(
        "training_1",
        5,
        'Training session #1, "Welcome to TAI" (recorded, 1 hour)',
        CSM,
        60,
        "link",
        "Dashboard overview",
        "Transaction types (receive, move, count, transfer)",
        "Reports",
        "Mobile app",
    ),
    _step("questions_doc", 5, "Customer's questions kept in a shared document", "csm customer", 30, "link"),
    _gate("w1_trained", 5, 1, "Customer team trained and confident"),
    _gate("w1_pilot_ready", 5, 1, "Pilot environment ready for data", CTO),
    _gate("w1_no_blockers", 5, 1, "No blockers for week 2 (escalate if found)"),
    _gate("w1_sponsor", 5, 1, "One-to-one with the customer's sponsor (5-minute feedback)", CSM, 5),
    _gate("w1_debrief", 5, 1, "CEO debriefed on the customer's sentiment (10 minutes)", "csm ceo", 10),
)
_WEEK_2 = (
    _step(
        "full_export",
        6,
        "Full inventory exported from the customer's system (CSV)",
        "customer csm",
        60,
        "file",
    ),
    _step(
        "export_checked",
        6,
        "Export validated",
        CSM,
        60,
        "number",
        "Records counted",
        "Duplicates looked for",
        "Required fields there",
    ),
    _step(
        "locations_loaded", 6, "Loaded to the pilot environment, by location and in total", CSM, 60, "number"
    ),
    _step(
        "parallel_count",
        6,
        "Parallel cycle count: by hand and with TAI at once (a variance under 5 % is acceptable)",
        "customer csm",
        120,
        "number",
        "Count by hand in the current system",
        "Count with TAI at the same time",
        "Variance written down",
    ),
    _step("slack_support", 6, "At hand on Slack, 8:00 to 18:00", CSM, 60),
    _step("base_accuracy", 7, "Baseline: cycle count accuracy against what is there", CSM, 30, "number"),
    _step("base_hours", 7, "Baseline: cycle count hours per warehouse and quarter", CSM, 20, "number"),
    _step("base_errors", 7, "Baseline: the top 3-5 error types", CSM, 20, "number"),
    _step("base_satisfaction", 7, "Baseline: how the users rate the process", CSM, 20, "number"),
    _step("base_roi", 8, "Baseline for the return: cost of errors, time, labour", CSM, 30, "number"),
    _step(
        "workshop",
        8,
        "Customer workshop (1 hour, on site if possible)",
        "csm customer",
        60,
        "note",
        "Data quality issues found",
        "How real-time sync prevents errors",
        "What will improve",
    ),
    _step("findings", 8, "Findings in the shared success plan", CSM, 60, "link"),
    _step("review_baseline", 9, "Reviewed: is the baseline established?", "csm customer", 15, "note"),
    _step("review_stability", 9, "Reviewed: any data issues?", "csm customer", 15, "note"),
    _step("review_training", 9, "Reviewed: are the users comfortable?", "csm customer", 15, "note"),
    _step("review_timeline", 9, "Reviewed: still on track for go-live?", "csm customer", 15, "note"),
    _step(
        "remedies",
        10,
        "What was found is mended (if needed)",
        "csm cto",
        60,
        "note",
        "Data cleanup",
        "More training",
        "Technical adjustments",
    ),
    _step("sign_off", 10, 'Customer\'s sign-off: "Ready for production?"', "csm customer", 45, "note"),
    _step("pilot_celebrated", 10, "Pilot's success celebrated inside the company", CSM, 15),
    _gate("w2_baseline", 10, 2, "Baseline accuracy documented"),
    _gate("w2_confident", 10, 2, "Customer team confident with the system"),
    _gate("w2_no_critical", 10, 2, "No critical issues found"),
    _gate("w2_decision", 10, 2, "Go/no-go decision made and documented"),
)
_WEEK_3 = (
    _step("staging_checked", 11, "All customer data verified in staging", CTO, 30, "number"),
    _step("endpoints", 11, "Critical API endpoints tested (no errors)", CTO, 30, "note"),
    _step("snapshot", 11, "Backup verified (database snapshot taken)", CTO, 15, "id"),
    _step(
        "cutover_review",
        11,
        "Cutover plan reviewed (1-hour call)",
        "csm cto customer",
        60,
        "note",
        "Window: date and time (Friday 14:00 is recommended)",
        "Who is there: CSM, CTO, customer's team",
        "Rollback: how to go back if something is wrong",
        "How to stay in touch: Slack and phone",
    ),
    _step(
        "monitoring",
        11,
        "Monitoring set up",
        "csm cto customer",
        15,
        "note",
        "CSM: the customer's environment (dashboard, alerts)",
        "CTO: the system's health (logs, error rates)",
        "Customer: own operations (spot checks)",
    ),
    _step(
        "announcement",
        11,
        "Warehouse team told",
        "csm customer",
        20,
        "note",
        'Announcement: "New system going live Friday 2pm"',
        "What is new: dashboard, mobile app, real-time sync",
        "What stays: warehouse processes, cycle counts",
        "How to get help: a Slack message to the CSM or the customer's admin",
    ),
    _step(
        "weekend_roster",
        11,
        "Who checks in at which hour of the first 24, weekend included",
        "csm cto",
        10,
        "note",
    ),
    _step("cutover_message", 12, '14:00 Final message: "Cutover starting now. Stand by."', CSM, 10),
    _step("old_read_only", 12, "14:00 Data sync stopped, old system read-only", CTO, 10),
    _step("migration", 12, "14:00 Final migration: old system to TAI production", CTO, 20, "number"),
    _step(
        "nothing_missing", 12, "14:00 Verified: all items there, no missing records", "csm cto", 20, "number"
    ),
    _step(
        "live",
        12,
        "14:30 System live",
        "csm cto",
        30,
        "",
        "Dashboard live for the customer",
        "Customer's team can log in and see data",
        "Mobile app enabled for warehouse staff",
        "CSM on Slack",
        "CTO watching error logs, API latency, database health",
    ),
    _step(
        "smoke_test",
        12,
        "14:45 Smoke test by the customer (15 minutes)",
        "customer csm",
        30,
        "note",
        "Inventory manager logs in, the data looks right",
        "Operator completes one receive transaction",
        "Report generated",
        'Customer confirms on Slack: "We\'re good to go"',
    ),
    _step("declared_live", 12, '15:00 Announced: "You\'re live! All systems normal."', CSM, 10),
    _step("old_closed", 12, "15:00 Customer closes the old system (no way back)", CUSTOMER, 10),
    _step("hourly_checkins", 12, "15:00 Hourly check-ins begin, for 24 hours", "csm cto", 20),
    _step("hyper_support", 12, "15:00-17:00 Answers within 5 minutes, from CSM and CTO", "csm cto", 160),
    _step("accuracy_97", 12, "15:00-17:00 Accuracy still 97 % or better", CSM, 20, "number"),
    _step("wrap_up", 12, "17:00 Wrap-up call (10 minutes)", "csm customer", 10),
    _step(
        "cutover_documented", 12, "17:00 Cutover documented, Monday 10:00 check-in planned", CSM, 10, "note"
    ),
    *(
        _extra(
            f"check_in_{day}",
            day,
            f"Daily check-in {day - 12} (10 minutes)",
            CSM,
            10,
            "note",
            '"How\'s the system performing?"',
            '"Any issues with inventory accuracy?"',
            '"Any user confusion or training needs?"',
        )
        for day in (13, 14, 15)
    ),
    _extra("health", 13, "System health: no errors, latency normal, data whole", CTO, 10, "note"),
    _extra("spot_check", 14, "Data accuracy: 50 or more random items checked", CSM, 30, "number"),
    _extra("adoption", 15, "User adoption: are the operators comfortable?", CSM, 10, "note"),
    _extra(
        "refresher", 15, "Training as needed (30 minutes, recorded) and the FAQ document", CSM, 30, "link"
    ),
    _extra(
        "issues",
        15,
        "Issues resolved",
        "csm cto",
        30,
        "note",
        "Data discrepancy: investigate, fix, document",
        "Performance: optimise, test, deploy",
        "User confusion: train again, update the documents",
    ),
    _gate("w3_live", 17, 3, "Customer live in production"),
    _gate("w3_integrity", 17, 3, "Data integrity verified", CTO),
    _gate("w3_trained", 17, 3, "Users confident and trained"),
    _gate("w3_no_critical", 17, 3, "No critical issues"),
    _gate(
        "w3_first_week", 17, 3, "Stabilisation: no major issues during the first week (five business days)"
    ),
)
_WEEK_4 = (
    _step(
        "now_accuracy",
        16,
        "Accuracy measured against the baseline (97 % or better expected)",
        CSM,
        30,
        "number",
    ),
    _step("now_hours", 16, "Cycle count time measured against the baseline", CSM, 20, "number"),
    _step("now_errors", 16, "Top error types: eliminated?", CSM, 15, "number"),
    _step("nps_survey", 17, "Net Promoter Score survey answered", CSM, 20, "number"),
    _step("now_roi", 17, 'Return asked: "How much is this worth to you?"', CSM, 15, "number"),
    _step("case_study", 18, "Results documented as a case study", CSM, 40, "file"),
    _step("celebrate", 18, "Wins celebrated with the customer (e-mail and call)", CSM, 30, "note"),
    _step(
        "expansion",
        19,
        "Expansion opportunities asked for",
        CSM,
        30,
        "note",
        '"How many other warehouses would benefit from TAI?"',
        '"What other pain points are still manual?"',
        '"How could we help with [related process]?"',
    ),
    _step(
        "qbr",
        20,
        "Quarterly business review scheduled for week 8",
        CSM,
        10,
        "date",
        "Performance metrics",
        "Expansion opportunities",
        "Roadmap",
    ),
    _step(
        "thirty_days",
        20,
        "The 30-day list gone through",
        CSM,
        30,
        "note",
        "Customer signed and trained",
        "Data accurately migrated",
        "System performing reliably",
        "Users confident and productive",
        "Baseline metrics established",
        "Expansion opportunities identified",
        "Customer satisfied (answers of 8 or better)",
        "CSM confident in success",
    ),
    _gate("w4_achieved", 20, 4, "Improvement over the baseline shown"),
    _gate("w4_expansion", 20, 4, "Expansion identified"),
    _gate("w4_confirmed", 20, 4, "Customer's success confirmed"),
)

STEPS: tuple[Step, ...] = (*_BEFORE, *_WEEK_1, *_WEEK_2, *_WEEK_3, *_WEEK_4)
"""All steps in the order of the runbook."""


def step(key: str) -> Step:
    """The step of that key; KeyError where there is none."""
    return _BY_KEY[key]


_BY_KEY = {one.key: one for one in STEPS}
