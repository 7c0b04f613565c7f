"""The company: its people and rights, calendar, targets, thresholds, categories and tokens; what changes in them is a row."""

import streamlit as st

from tai_ops.app import (
    company_categories,
    company_days,
    company_page,
    company_people,
    company_settings,
    company_targets,
    company_tokens,
    widgets,
)

st.html(company_page.STYLE)
seen = company_page.look()
widgets.page_title("Company", company_page.as_of(seen))
widgets.verdict(company_page.verdict(seen))
widgets.saved_line()
if not widgets.may("company"):
    widgets.who_may_line("company")
match company_page.part():
    case "Calendar":
        company_settings.group(seen, "calendar")
        company_days.holidays(seen)
    case "Targets":
        company_targets.targets(seen)
    case "Thresholds":
        company_settings.thresholds(seen)
    case "Categories":
        company_categories.categories(seen)
    case "Tokens":
        company_tokens.tokens(seen)
    case "Changes":
        company_settings.changes(seen)
    case _:
        company_people.people(seen)
        company_settings.group(seen, "people")
        company_people.rights()
