"""The table of pages: a page is one script in `pages/` and one line here."""

PAGES = (
    ("overview", "Overview", "", ":material/space_dashboard:"),
    ("weekly-review", "Weekly review", "Runbooks", ":material/event_repeat:"),
    ("month-end-close", "Month-end close", "Runbooks", ":material/lock_clock:"),
    ("customers", "Customers", "Customers", ":material/groups:"),
    ("onboardings", "Onboardings", "Customers", ":material/flag:"),
    ("incidents", "Incidents", "Reliability", ":material/emergency_home:"),
    ("uptime", "Uptime", "Reliability", ":material/timeline:"),
    ("incident-learning", "Learning", "Reliability", ":material/school:"),
    ("qualify", "Qualify", "Sales", ":material/call:"),
    ("pipeline", "Pipeline", "Sales", ":material/view_kanban:"),
    ("proposals", "Proposals", "Sales", ":material/request_quote:"),
    ("records", "Records", "Records", ":material/database:"),
    ("audit", "Audit", "Records", ":material/history:"),
    ("imports", "Imports", "Bank and books", ":material/upload_file:"),
    ("invoices", "Invoices", "Bank and books", ":material/receipt_long:"),
    ("expenses", "Expenses", "Bank and books", ":material/payments:"),
    ("reconcile", "Reconcile", "Bank and books", ":material/join_inner:"),
    ("company", "Company", "Company", ":material/apartment:"),
    ("health", "Health", "Company", ":material/monitor_heart:"),
    ("help", "Guide", "Company", ":material/menu_book:"),
)
"""Each page's path, title, section of the menu, icon; the script is named like the path."""
