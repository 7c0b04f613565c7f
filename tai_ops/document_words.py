"""The program's words for the documents of an onboarding: id, name, when it is made, title, and its lines.

A line that begins with `## ` is a heading, with `- ` an item, with `> ` a quote; a list stands alone on its line.
Source: requirements.md, table of templates, Runbook 1.
"""

HEADING, ITEM, QUOTE, TEXT = "## ", "- ", "> ", ""
MARKS = (HEADING, ITEM, QUOTE)

DOCUMENTS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "case_study", "Case study", "Day 16-20", "{customer}: {gain}",
        ("## Before\n{situation}\n## With TAI\n{results}\n## What its people say\n> {quotes}\n"
        "## What the figures rest on\n- {sources}"),
    ),
    (
        "thirty_days", "30-day success list", "Day 30", "{customer}: the first 30 days",
        ("{items_met} items hold.\n## The list\n- {thirty_days}\n## What was measured\n- {baselines}\n"
        "## What comes next\n- {milestones}"),
    ),
    (
        "success_plan", "Success plan sheet", "Day 1 and after", "Success plan of {customer}",
        ("Kickoff {kickoff_date}, go-live {cutover_date}. Your contact is {csm}.\n## What is to be reached\n- {goals}\n"
        "## Dates\n- {milestones}\n## Where you stand\n- {baselines}\n## What was found\n- {findings}\n"
        "## Key contacts\n- {contacts}"),
    ),
    (
        "faq", "FAQ", "Day 13-15 and after", "Questions and answers for {customer}",
        "{questions}\n## More questions?\nWrite to {csm} on Slack.",
    ),
)  # fmt: skip
