"""Records in a real browser: opened from their list, found by three letters, twenty cells typed, a form left half-filled."""

import pytest
from dashboards import DESK, PHONE, answered, dashboard_of, go, settle
from served import empty_store

pytestmark = pytest.mark.browser

CELL_HAS_THE_FOCUS = "row => document.activeElement.id === `glide-cell-1-${row}`"
SLOWER = 4
"""How many times slower the browser's own work is made: enough for keys to come before it has drawn."""


@pytest.fixture(scope="module")
def own(browser, tmp_path_factory):
    """A store of these tests' own, served; for writing."""
    with dashboard_of(empty_store(tmp_path_factory.mktemp("records"))) as dashboard:
        yield dashboard


def grid_of(page):
    return page.get_by_test_id("stDataFrame").first.bounding_box()


def field(page, column):
    """The field of a column in the form of a new account."""
    return page.locator(f".st-key-record_accounts__{column} input").first


def until(page, text):
    """Wait until the page's main part shows the text."""
    page.get_by_test_id("stMain").get_by_text(text).first.wait_for()
    settle(page)


def test_a_row_opens_its_record_and_back_finds_the_filters_again(visit, demo):
    page = visit(demo, "records?kind=invoices&q=northwind&where=kind:licence")
    until(page, "of 11 invoices")
    said = page.locator(".st-key-verdict").inner_text()
    box = grid_of(page)
    page.mouse.click(box["x"] + 35, box["y"] + 50)
    page.wait_for_url("**key=INV-*")
    page.get_by_role("heading", level=1, name="Invoice INV-").wait_for()
    page.go_back()
    until(page, "of 11 invoices")
    assert page.locator(".st-key-verdict").inner_text() == said
    assert page.get_by_placeholder("Search invoices").input_value() == "northwind"


def test_three_letters_and_enter_reach_a_record_from_any_page(visit, demo):
    page = visit(demo, "customers")
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement.closest('.st-key-find')")
    page.keyboard.type("nor", delay=40)
    page.keyboard.press("Enter")
    page.wait_for_url("**/records?**key=C-001**")
    page.get_by_role("heading", level=1, name="Northwind Parts").wait_for()


def test_twenty_cells_typed_without_a_pause_on_a_slow_computer_are_all_there(visit, own, tmp_path):
    rows = "".join(f"C-{n:03d},Customer {n},retail,live\n" for n in range(20))
    file = tmp_path / "customers.csv"
    file.write_text("customer_id,name,industry,status\n" + rows)
    own.tai_ops("load", "customers", str(file))
    page = visit(own, "records?kind=customers&do=grid&sort=customer_id")
    until(page, "20 customers to edit")
    page.wait_for_selector("#glide-cell-1-0", state="attached")
    box = grid_of(page)
    page.mouse.click(box["x"] + 100, box["y"] + 50)
    page.wait_for_function(CELL_HAS_THE_FOCUS, arg=0)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    for n in range(20):
        page.keyboard.type(f"x{n}", delay=50)
        page.keyboard.press("Enter", delay=50)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    until(page, "Save 20 cells in 20 rows")
    page.get_by_role("button", name="Save 20 cells in 20 rows").click()
    until(page, "Saved: 20 cells in 20 customers")
    (stored,) = own.tables(tmp_path, "customers")
    typed = {value for row in stored for value in row.values() if str(value).startswith("x")}
    assert typed == {f"x{n}" for n in range(20)}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_half_filled_form_is_there_after_a_reload_and_the_record_can_be_undone(visit, own, width):
    page = visit(own, "records?kind=accounts&do=add", width=width)
    for column, text in (("account", f"NEW-{width}"), ("name", "<b>Bank</b> $x$ *y*"), ("currency", "usd")):
        with answered(page):
            field(page, column).fill(text)
            field(page, column).press("Tab")
    page.reload()
    settle(page)
    assert field(page, "name").input_value() == "<b>Bank</b> $x$ *y*"
    field(page, "kind").click()
    page.get_by_role("option", name="bank").click()
    settle(page)
    page.locator(".st-key-record_accounts__opened_on [role=spinbutton]").first.click()
    page.keyboard.type("20260301", delay=60)
    page.keyboard.press("Tab")
    settle(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", level=1, name="<b>Bank</b> $x$ *y*").wait_for()
    until(page, f"Saved: account NEW-{width}")
    page.get_by_role("button", name="Undo", exact=True).click()
    until(page, "was taken out")
    go(page, "records?kind=accounts&voided=1", "taken out of every number")
