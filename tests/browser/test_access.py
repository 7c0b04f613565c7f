"""Everybody can use the pages: names, headings, keys, contrast, forced colours; and no name of a customer is an order."""

import re

import make
import pytest
import small_company
from dashboards import TITLES, Visitor, dashboard_of, go, settle, titled
from playwright.sync_api import Page

from tai_ops.store import Store
from tai_ops.store.demo_clock import set_demo_clock

pytestmark = pytest.mark.browser

ACTIONS = {
    "overview": "Show the rows",
    "weekly-review": "Start the review",
    "month-end-close": "Close the month",
    "customers": "Measurement",
    "imports": "Upload",
    "reconcile": "Run the matcher",
    "overview?kpi=mrr": "Back to the overview",
    "weekly-review?present=customer_success": "Next",
    "month-end-close?month=2026-01": "Reopen",
    "customers?customer=C-001&enter=measurement": "Save the measurement",
    "reconcile?account=OPERATING&show=Statement+and+lock": "Unlock",
}
"""What one comes to each page for, by its address."""
MOST_STEPS = 60
NAMED = {
    "button", "link", "textbox", "combobox", "checkbox", "radio", "spinbutton", "switch", "tab", "slider", "figure", "dialog",
}  # fmt: skip
APP = "document.querySelector('[data-testid=stApp]')"
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}
PALE = """() => {
  for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
  const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const upwards = e => { const all = []; for (; e; e = e.parentElement) all.push(getComputedStyle(e)); return all; };
  const luminance = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const pale = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const aside = 'svg, style, script, noscript, [disabled], [aria-disabled=true], [aria-hidden=true]';
  for (let node; node = texts.nextNode();) {
    const e = node.parentElement, styles = upwards(e);
    if (!node.data.trim() || !e.getClientRects().length || styles[0].visibility !== 'visible' || e.closest(aside)) continue;
    const ground = styles.map(s => rgba(s.backgroundColor)).reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
    const ink = rgba(styles[0].color); ink[3] *= styles.reduce((left, s) => left * s.opacity, 1);
    const [dark, light] = [luminance(over(ink, ground)), luminance(ground)].sort((a, b) => a - b);
    const contrast = (light + .05) / (dark + .05);
    if (contrast < 4.5) pale.add(`${contrast.toFixed(2)} «${node.data.trim().slice(0, 50)}»`);
  }
  return [...pale];
}"""
WATCH_FOCUS = """() => {
  const still = document.createElement('style');
  still.textContent = '*, ::before, ::after { transition: none !important; animation: none !important }';
  document.head.append(still);
  const look = e => ['', '::before', '::after'].map(part => { const s = getComputedStyle(e, part || null);
    return [s.outlineStyle === 'none' || s.outlineWidth === '0px' ? '' : s.outline, s.boxShadow, s.borderColor, s.backgroundColor]; }) + '';
  const near = e => [e, e.parentElement, e.parentElement.parentElement, ...[...e.querySelectorAll('*')].slice(0, 20)];
  const before = new Map([...document.querySelectorAll('*')].map(e => [e, look(e)]));
  window.focusIsSeen = () => near(document.activeElement).some(e => before.has(e) && before.get(e) !== look(e));
}"""
FOCUSED = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"


@pytest.fixture(scope="module")
def opened(contexts, demo):
    """The sample company, opened once."""
    visitor = Visitor(contexts)
    yield visitor(demo)
    assert visitor.leave() == []


@pytest.fixture(scope="module", params=ACTIONS)
def address(request):
    """Each page, and its states that look otherwise."""
    return request.param


@pytest.fixture(scope="module")
def page(opened, address):
    """The page at that address, for all tests of it."""
    opened.emulate_media(color_scheme="light", forced_colors="none")
    go(opened, address, ACTIONS[address])
    return opened


def test_the_keyboard_reaches_what_one_comes_for_and_the_focus_is_seen(page, address):
    page.evaluate(WATCH_FOCUS)
    reached, unseen = [""], []
    while ACTIONS[address] not in reached[-1] and len(reached) < MOST_STEPS:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        if not page.evaluate("focusIsSeen()"):
            unseen.append(reached[-1])
    assert ACTIONS[address] in reached[-1], reached
    assert unseen == []
    assert reached[1] == "Skip to main content"


def test_a_page_and_all_that_can_be_pressed_has_a_name(page, address):
    assert page.title() == f"{TITLES[address.partition('?')[0]]} · TAI Ops"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).count() == 1
    assert nameless(page) == []


@pytest.mark.parametrize("scheme", GROUNDS)
def test_text_is_readable_in_light_and_dark(page, scheme):
    show(page, scheme)
    assert page.evaluate(PALE) == []


def test_a_mark_has_a_word_also_where_the_system_sets_the_colours(page):
    show(page, "light")
    words = marks(page)
    assert [mark for mark in words if not re.search(r"[a-z]{2}", mark, re.IGNORECASE)] == []
    page.emulate_media(forced_colors="active")
    settle(page)
    assert marks(page) == words


def show(page: Page, scheme: str) -> None:
    """Switch the system to light or dark."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"() => getComputedStyle({APP}).backgroundColor === '{GROUNDS[scheme]}'")
    settle(page)


def nameless(page: Page) -> list[str]:
    """What a screen reader meets on the page and cannot name."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    told = [(n["role"]["value"], n["name"]["value"]) for n in nodes if not n["ignored"] and "name" in n]
    return [role for role, name in told if role in NAMED and not name.strip()]


def marks(page: Page) -> list[str]:
    """The marks that are seen, each with the line that it stands in where it holds a sign alone."""
    badges = page.get_by_test_id("stMain").locator(".stMarkdownBadge").filter(visible=True)
    return badges.evaluate_all(
        "all => all.map(e => /[a-z]/i.test(e.innerText) ? e.innerText : e.closest('p').innerText)"
    )


# --- Names that look like orders

OUTSIDE_OF_GRIDS = """main => {
    const copy = main.cloneNode(true);
    copy.querySelectorAll("canvas").forEach(canvas => canvas.remove());
    return copy.textContent;
}"""
"""The text of the page without what its grids hold for readers of screens: that comes late and leaves turning signs out."""
HOSTILE = "<img src=x onerror=alert(1)> $x$ **b** [l](javascript:alert(1)) | 😀 \u202eabc"


@pytest.fixture(scope="module")
def hostile(browser, tmp_path_factory):
    """A company whose customer, prospect, payee, incident and statement are called so, served."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.duckdb"
    store = Store.open(path, create=True)
    for kind, text in small_company.RECORDS.items():
        make.loaded(
            store, kind, re.sub("Harbor <Foods> & Co|Landlord|Apex Storage|API down for all", HOSTILE, text)
        )
    for name, text in small_company.BANK.items():
        make.statement(store, small_company.HEAD + text.replace("AD HOUSE", HOSTILE), "OP", name)
    make.statement(store, f"{small_company.HEAD}2026-03-30,{HOSTILE},-44.00\n", "OP", f"{HOSTILE}.csv")
    set_demo_clock(store, make.CEO, small_company.NOW)
    store.close()
    with dashboard_of(path) as dashboard:
        yield dashboard


def test_names_that_look_like_orders_are_shown_as_they_are(visit, hostile):
    page = visit(hostile)
    for title in ("Overview", "Weekly review", "Customers", "Reconcile"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        titled(page, title)
        literal(page)
    go(page, "month-end-close?month=2026-03", "March 2026 can")
    literal(page)
    go(page, "customers?customer=C-2", "All customers")
    literal(page)


def test_a_payee_and_a_file_that_look_like_orders_are_previewed_as_they_are(visit, hostile):
    page = visit(hostile, "imports")
    literal(page)
    text = f"{small_company.HEAD}2026-03-31,{HOSTILE},-45.00\n"
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": f"New {HOSTILE}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_test_id("stMain").get_by_text("in the file").wait_for()
    literal(page)
    assert f"New {HOSTILE}.csv" in page.get_by_test_id("stMain").text_content()


def literal(page: Page) -> None:
    """The name stands on the page sign by sign, and nothing was made of its signs."""
    page.get_by_test_id("stMain").get_by_text("onerror=alert(1)").first.wait_for()
    settle(page)
    shown = page.get_by_test_id("stMain").evaluate(OUTSIDE_OF_GRIDS)
    assert HOSTILE in shown
    cut_short = re.findall(re.escape(HOSTILE[:28]) + "[^…]{0,20}…", shown)  # where only its beginning fits
    assert shown.count(HOSTILE) + len(cut_short) == shown.count("onerror")
    made = "img[src=x], a[href^='javascript:'], .katex, strong:text-is('b'), [onerror]"
    assert page.locator(made).count() == 0
