"""An incident's summary for a customer, or its post-mortem, as a file by its ending."""

import csv
import io
from datetime import datetime

from tai_ops.errors import Refused
from tai_ops.exports.incident_files import report_docx, report_eml, report_md
from tai_ops.exports.review_actions import HEADS
from tai_ops.exports.text import one_line
from tai_ops.incident_report import Report
from tai_ops.message_templates import fill
from tai_ops.runbooks.incident_response.reports import known_values, post_mortem_of, summary_of
from tai_ops.runbooks.incident_response.standing import Standing, standing
from tai_ops.sheet import safe_cell
from tai_ops.store import Store
from tai_ops.store.customers import contact_emails
from tai_ops.store.message_templates import templates

ENDINGS = (".md", ".docx", ".eml")


def incident_file(
    store: Store, incident_id: str, customer_id: str | None, now: datetime, ending: str, sender: str
) -> bytes:
    """The summary for the customer that is named, the post-mortem where none is; Refused says what stands in the way."""
    if ending not in ENDINGS:
        raise Refused(f"a report is {', '.join(ENDINGS)}, not {ending or 'a file without an ending'}")
    found = standing(store, incident_id, now)
    if found is None:
        raise Refused(f"there is no incident {incident_id!r}")
    if customer_id is not None and customer_id not in found.run.affected:
        hit = ", ".join(found.run.affected) or "nobody on record"
        raise Refused(f"{incident_id} did not hit {customer_id!r}; it hit {hit}")
    report = summary_of(found, customer_id) if customer_id else post_mortem_of(found)
    if ending == ".md":
        return report_md(report)
    return (
        report_docx(report) if ending == ".docx" else report_mail(store, found, report, customer_id, sender)
    )


def report_mail(store: Store, found: Standing, report: Report, customer_id: str | None, sender: str) -> bytes:
    """The report as an e-mail: a summary in the company's words, to the customer's contacts; a post-mortem to nobody yet.

    A summary comes from who signs it, the customer's contact or CSM, whoever makes it; else from `sender` (I5).
    """
    if customer_id is None:
        return report_eml(report, found.now, sender=sender)
    message = fill(templates(store)["summary"], known_values(found, customer_id))
    to, csm = contact_emails(store, customer_id), found.csm_of(customer_id)
    named = found.run.roles.get("comms") or (csm.email if csm else sender)
    return report_eml(report, found.now, sender=named, to=to, message=message)


def actions_asana(found: Standing) -> bytes:
    """The incident's open actions as a CSV that Asana imports; text that a sheet would run stays text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for note in found.actions:
        if note.state != "open":
            continue
        owner = note.owner or ""
        writer.writerow(
            [
                safe_cell(one_line(note.body)),
                "Action items",
                safe_cell(one_line(found.names.get(owner, owner))),
                safe_cell(owner if "@" in owner else ""),
                note.week.isoformat(),
                note.due_on.isoformat() if note.due_on else "",
                "incident",
                safe_cell(one_line(f"{found.run.incident.incident_id} {found.run.incident.title}")),
                safe_cell(one_line(f"{found.company.name} incidents")),
            ]
        )
    return out.getvalue().encode()
