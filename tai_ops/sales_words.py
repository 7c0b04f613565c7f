"""The program's words for what sales says and writes: on the call, after it, with a proposal; and the variables that stand in them.

Each message is id, name, when it is used, subject (empty where it is said), words.
Source: requirements.md, table of templates, Runbooks 2 and 3; Runbook 2 (decision tree, wrap-up), Runbook 3, Step 4.
"""

from collections.abc import Mapping

CALL_VARIABLES: Mapping[str, tuple[str, str]] = {
    "prospect": ("text", "the prospect's name"),
    "similar_customer": ("text", "whom we have helped: companies like yours"),
    "when": ("text", "when to talk again: in Q3, when budget is allocated"),
}
"""What may stand in what is said at the end of a call."""
FOLLOW_UP_VARIABLES: Mapping[str, tuple[str, str]] = {
    "company": ("text", "our name"),
    "prospect": ("text", "the prospect's name"),
    "contact": ("text", "the first name of whom we called"),
    "similar_customer": ("text", "whom we have helped: companies like yours"),
    "said": ("text", "what was said at the end of the call"),
    "next_date": ("date", "the day of the next talk"),
    "seller": ("text", "who sends it"),
}
"""What may stand in the e-mail after a call."""
PROPOSAL_VARIABLES: Mapping[str, tuple[str, str]] = {
    "company": ("text", "our name"),
    "customer": ("text", "the customer's name"),
    "contact": ("text", "the first name of whom it goes to"),
    "call_date": ("text", "the day of the discovery call"),
    "accuracy_now": ("text", "their accuracy now, in per cent"),
    "accuracy_need": ("text", "the accuracy aimed at, in per cent"),
    "implementation_days": ("text", "how many days the implementation takes"),
    "go_live_date": ("text", "the day of the go-live"),
    "year_1": ("text", "the total of Year 1"),
    "payback": ("text", "months until it has paid for itself"),
    "questions_date": ("text", "the day proposed for a questions call"),
    "sent_date": ("text", "the day on which the proposal went out"),
    "valid_date": ("text", "the last day on which it is valid"),
    "seller": ("text", "the VP Sales' name"),
    "case_customer": ("text", "whom the case study is of; a line with it goes where there is none"),
    "case_before": ("text", "its accuracy before, in per cent"),
    "case_before_date": ("text", "the day of that count"),
    "case_after": ("text", "its accuracy after, in per cent"),
    "case_after_date": ("text", "the day of that count"),
    "case_days": ("text", "how many days lie between"),
    "case_gain": ("text", "percentage points gained"),
    "case_warehouse": ("text", "the warehouse that was counted"),
}
"""What may stand in the e-mails of a proposal."""
SIMILAR_CUSTOMER = "companies like yours"
"""What stands for the runbook's similar company."""
IF_THERE = ("case_customer",)
"""Variables that may be unknown for good: a line that names one is left out then."""

CALL_WORDS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "call_qualified", "Wrap-up: qualified", "PURSUE or WARM", "",
        ("Great! I'd love to schedule a deeper conversation next week. "
        "Let me send over some info on how we've helped {similar_customer}."),
    ),
    (
        "call_not_qualified", "Wrap-up: not qualified", "WAIT or PASS", "",
        ("Thanks for the conversation. Based on what I'm hearing, it doesn't sound like the timing is right right now. "
        "Let me send you our website—feel free to reach out {when}."),
    ),
    ("call_no_budget", "No budget this year", "PASS at the budget", "", "Let's reconnect when budget is allocated"),
    (
        "call_refer", "Ask for the decision maker", "PASS at the authority", "",
        "Thanks for the conversation. Could you refer me to the decision maker?",
    ),
)  # fmt: skip
FOLLOW_UPS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "follow_up_qualified", "Follow-up e-mail: qualified", "20 minutes after the call, PURSUE or WARM",
        "Our call today: {prospect} and {company}",
        "Hi {contact},\n\n{said}\n\nDoes {next_date} suit you for it?\n\nKind regards\n{seller}\n{company}",
    ),
    (
        "follow_up_not_qualified", "Follow-up e-mail: not qualified", "20 minutes after the call, WAIT or PASS",
        "Our call today: {prospect} and {company}",
        "Hi {contact},\n\n{said}\n\nI will ask again on {next_date} if we have not talked by then.\n\nKind regards\n{seller}\n{company}",
    ),
)  # fmt: skip
PROPOSAL_MAILS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "proposal_mail", "E-mail with the proposal", "at sending",
        "Inventory Intelligence Implementation Proposal - {customer}",
        ("Hi {contact},\n\nThanks again for the great conversation on {call_date}. Based on what I learned about {customer}'s challenges, "
        "I've put together a proposal for how {company} can help you achieve real-time inventory visibility.\n\n"
        "Key highlights:\n• {accuracy_need}% inventory accuracy (from current {accuracy_now}%)\n"
        "• {implementation_days}-day implementation, go-live by {go_live_date}\n• {year_1} investment, ROI in {payback} months\n\n"
        "I'm happy to answer any questions. How does {questions_date} look for a brief questions call?\n"
        "I'll also send over a case study from {case_customer} in a separate email.\n\n"
        "Looking forward to working together!\n\n{seller}"),
    ),
    (
        "case_study_mail", "E-mail with the case study", "after sending", "How {case_customer} got to {case_after} % inventory accuracy",
        ("Hi {contact},\n\nAs promised, here is what {case_customer} measured with us:\n"
        "• Inventory accuracy before: {case_before} % ({case_before_date})\n"
        "• Inventory accuracy after {case_days} days: {case_after} % ({case_after_date})\n"
        "• That is {case_gain} percentage points more; both figures are counts of {case_warehouse}.\n\n"
        "Would you like to talk to them? We are glad to make the introduction.\n\n{seller}"),
    ),
    (
        "check_in_mail", "Friday check-in", "the first Friday at least two business days after sending", "Our proposal for {customer}",
        ("Hi {contact},\n\non {sent_date} I sent you our proposal. Is there anything that I can clear up?\n\n"
        "It is valid until {valid_date}. A brief questions call next week would be fine with me, too.\n\n{seller}"),
    ),
)  # fmt: skip
