"""A proposal as a file of any kind, chosen by the ending of its name."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tai_ops.errors import WrongUsage
from tai_ops.exports.proposal_mail import sending_eml
from tai_ops.exports.proposal_text import proposal_html, proposal_md
from tai_ops.exports.proposal_word import proposal_docx
from tai_ops.proposal_template import Document
from tai_ops.store.proposal_desk import Desk

Writer = Callable[[Desk, Document, datetime], bytes]
WRITERS: Mapping[str, Writer] = {
    ".docx": lambda _desk, document, _now: proposal_docx(document),
    ".html": lambda _desk, document, _now: proposal_html(document).encode(),
    ".md": lambda _desk, document, _now: proposal_md(document).encode(),
    ".eml": sending_eml,
}
"""What writes a file of each ending."""


def proposal_writer(name: str) -> Writer:
    """What writes a proposal under that name; WrongUsage where its ending is none that a proposal has."""
    found = next((write for ending, write in WRITERS.items() if name.lower().endswith(ending)), None)
    if found is None:
        raise WrongUsage(f"--out: a proposal is written as .docx, .html, .md or .eml, not {name!r}")
    return found


def proposal_file(desk: Desk, name: str, now: datetime, *, draft: bool = False) -> bytes:
    """The proposal as it stands, in the kind that the name's ending asks for; raises what its document raises."""
    write = proposal_writer(name)
    return write(desk, desk.document(draft=draft), now)
