"""Who did what: every write, by person, record and day; nothing here can be changed."""

from tai_ops.app import audit_page as page

wanted = page.asked()
found = page.top(wanted)
page.rows(wanted, found)
