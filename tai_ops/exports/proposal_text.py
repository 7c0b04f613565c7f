"""A proposal as a page that prints to three sheets, and as Markdown."""

from itertools import groupby

from tai_ops.exports.text import hypertext, markdown, one_line
from tai_ops.proposal_template import Document, Printed

_LISTS = {"bullet": "ul", "tick": "ul", "step": "ol"}
_TAGS = {"title": "h1", "heading": "h2", "subheading": "h3", "paragraph": "p", "small": "p"}
_STYLE = """@page { size: A4; margin: 15mm 20mm 11mm; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9ecef; color: #1f2937; font: 10pt/1.35 "Helvetica Neue", Arial, sans-serif; }
main { max-width: 210mm; margin: 0 auto; }
section { background: #fff; padding: 20mm 22mm 16mm; margin: 6mm 0; min-height: 297mm; display: flex; flex-direction: column; }
header, footer { color: #6b7280; font-size: 8.5pt; overflow-wrap: anywhere; }
footer { margin-top: auto; padding-top: 3mm; text-align: center; }
h1 { font-size: 17pt; line-height: 1.2; margin: 3mm 0 1mm; color: #1d4e89; overflow-wrap: anywhere; }
h2 { font-size: 11.5pt; margin: 3.2mm 0 .8mm; color: #1d4e89; }
h3 { font-size: 10pt; margin: 2mm 0 .5mm; color: #1d4e89; }
p { margin: 0 0 1mm; overflow-wrap: anywhere; }
ul, ol { margin: 0 0 1mm; padding-left: 6mm; } li { margin: 0 0 .5mm; overflow-wrap: anywhere; }
ul.tick { list-style: "✓  "; } .small { color: #6b7280; font-size: 8.5pt; }
.draft { color: #b42318; font-weight: 700; }
@media (max-width: 600px) { section { padding: 6mm 5mm; min-height: 0; } }
@media print { body { background: #fff; } main { max-width: none; }
  section { margin: 0; padding: 0; min-height: 0; height: 268mm; break-after: page; } section:last-child { break-after: auto; } }
"""


def proposal_html(document: Document) -> str:
    """The document as a page of its own: no script, nothing from elsewhere, every text as it was typed."""
    pages = list(document.pages())
    draft = ' · <span class="draft">DRAFT, not approved</span>' if document.draft else ""
    sections = "".join(
        f"<section><header>{hypertext(document.customer)}{draft}</header>{_blocks(lines)}"
        f"<footer>{hypertext(document.company)} · page {page} of {len(pages)}</footer></section>\n"
        for page, lines in pages
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Proposal for {hypertext(document.customer)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{sections}</main></body></html>\n"
    )


def _blocks(lines: tuple[Printed, ...]) -> str:
    made: list[str] = []
    for mark, group in groupby(lines, key=lambda line: line.mark):
        texts = [hypertext(line.text) for line in group]
        if mark in _LISTS:
            kind = ' class="tick"' if mark == "tick" else ""
            items = "".join(f"<li>{text}</li>" for text in texts)
            made.append(f"<{_LISTS[mark]}{kind}>{items}</{_LISTS[mark]}>")
        else:
            kind = ' class="small"' if mark == "small" else ""
            made.extend(f"<{_TAGS[mark]}{kind}>{text}</{_TAGS[mark]}>" for text in texts)
    return "".join(made)


def proposal_md(document: Document) -> str:
    """The document as Markdown, its pages apart by a rule."""
    draft = "**DRAFT, not approved**\n\n" if document.draft else ""
    pages = ["\n".join(_md_lines(lines)).strip() for _, lines in document.pages()]
    return draft + "\n\n---\n\n".join(pages) + "\n"


def _md_lines(lines: tuple[Printed, ...]) -> list[str]:
    made: list[str] = []
    step, before = 0, ""
    for line in lines:
        step = step + 1 if line.mark == "step" else 0
        text = markdown(line.text)
        if line.mark not in _LISTS or before not in _LISTS:
            made.append("")
        made.append(
            {
                "title": f"# {text}",
                "heading": f"## {text}",
                "subheading": f"### {text}",
                "bullet": f"- {text}",
                "tick": f"- ✓ {text}",
                "step": f"{step}. {text}",
                "small": f"*{text}*",
            }.get(line.mark, text)
        )
        before = line.mark
    return made


def plain_text(document: Document) -> str:
    """The document as plain text, a line each; for a readable difference between two versions."""
    return "\n".join(one_line(line.text) for line in document.lines)
