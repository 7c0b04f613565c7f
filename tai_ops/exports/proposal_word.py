"""A proposal as a Word document: three pages, styles, the customer's name at the head of each, page numbers at its foot."""

import io
from datetime import UTC, datetime

from docx import Document as WordDocument
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from tai_ops.exports.text import one_line
from tai_ops.proposal_template import Document, Printed

INK, ACCENT, GREY = RGBColor(0x1F, 0x29, 0x37), RGBColor(0x1D, 0x4E, 0x89), RGBColor(0x6B, 0x72, 0x80)
SIZES = {
    "Normal": 10.5,
    "Title": 17,
    "Heading 1": 12,
    "Heading 2": 10.5,
    "List Bullet": 10.5,
    "List Number": 10.5,
}
SPACE_BEFORE = {"Heading 1": 12, "Heading 2": 6}
STYLES = {
    "title": "Title",
    "heading": "Heading 1",
    "subheading": "Heading 2",
    "bullet": "List Bullet",
    "tick": "Tick",
    "step": "Step",
    "small": "Small",
    "paragraph": "Normal",
}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FONT = "Arial"


def proposal_docx(document: Document) -> bytes:
    """The document; the same content gives the same text."""
    word = WordDocument()
    _page(word, document)
    _styles(word)
    for page, lines in document.pages():
        _lines(word, lines, first=page > 1)
    properties = word.core_properties
    properties.title = one_line(f"Proposal for {document.customer}")[:255]
    properties.author = one_line(document.company)[:255]
    properties.created = properties.modified = EPOCH.replace(tzinfo=None)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _page(word: Word, document: Document) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(20), Mm(16)
    section.header_distance, section.footer_distance = Mm(9), Mm(8)
    head = section.header.paragraphs[0]
    head.paragraph_format.tab_stops.add_tab_stop(Mm(166), WD_TAB_ALIGNMENT.RIGHT)
    head.text = one_line(document.customer) + (" \t DRAFT, not approved" if document.draft else "")
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(f"{one_line(document.company)} · page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph, code: str) -> None:  # noqa: ANN001  # the library's own paragraph
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("separate", None), ("text", "1"), ("end", None)):
        if kind == "text":
            part = OxmlElement("w:t")
            part.text = text
        elif kind is None:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run.element.append(part)


def _styles(word: Word) -> None:
    for name in ("Tick", "Step", "Small"):
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = word.styles["Normal"]
        style.quick_style = True
    for name in ("Tick", "Step"):
        shape = word.styles[name].paragraph_format
        shape.left_indent, shape.first_line_indent = Mm(6), Mm(-5)
        shape.tab_stops.add_tab_stop(Mm(6))
    for style in word.styles:
        if style.type != WD_STYLE_TYPE.PARAGRAPH:
            continue
        size = SIZES.get(style.name)
        if size:
            style.font.size = Pt(size)
            style.font.color.rgb = ACCENT if style.name.startswith(("Title", "Heading")) else INK
            _font(style)
        if style.name in {*SIZES, "Tick", "Step", "Small"}:
            shape = style.paragraph_format
            shape.space_after, shape.space_before = Pt(2), Pt(SPACE_BEFORE.get(style.name, 0))
            shape.line_spacing = 1.15
    word.styles["Small"].font.size = Pt(8.5)
    word.styles["Small"].font.color.rgb = GREY
    for name in ("Header", "Footer"):
        word.styles[name].font.size = Pt(8.5)
        word.styles[name].font.color.rgb = GREY
        _font(word.styles[name])


def _font(style) -> None:  # noqa: ANN001  # the library's own style
    style.font.name = FONT
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for place in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(place), FONT)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        if fonts.get(qn(theme)) is not None:
            del fonts.attrib[qn(theme)]


def _lines(word: Word, lines: tuple[Printed, ...], *, first: bool) -> None:
    step = 0
    for line in lines:
        step = step + 1 if line.mark == "step" else 0
        lead = {"tick": "✓\t", "step": f"{step}.\t"}.get(line.mark, "")
        paragraph = word.add_paragraph(lead + one_line(line.text), style=STYLES[line.mark])
        if first:
            paragraph.paragraph_format.page_break_before = True
            first = False
        if line.mark in {"heading", "subheading"}:
            paragraph.paragraph_format.keep_with_next = True
    if not lines:
        word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
