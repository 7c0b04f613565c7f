"""Every page of the sample and of an empty store, on a desk and on a phone: opens whole, says of when it is, leads on."""

import re
import urllib.request

import pytest
from dashboards import PATHS, PHONE, TITLES, follow, main_text, titled
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STRIP = "Sample company, seen at Fri 3 Apr 2026 16:00"
CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth, within = '[data-testid=stDataFrame], pre, svg';
  return [...document.querySelectorAll('[data-testid=stMain] *')]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > wide + 1 && !e.closest(within))
    .map(e => `${e.tagName} ${e.className} ${(e.textContent || '').slice(0, 60)}`).slice(0, 5);
}"""
SIDEWAYS = """() => ['html', 'body', '[data-testid=stMain]'].map(name => document.querySelector(name))
  .filter(e => e.scrollWidth > e.clientWidth).map(e => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}`)"""


LAST = 4
"""So many pages the way back is followed: each of them is one and the same step of the browser's history."""


@pytest.fixture(params=["demo", "empty"])
def company(request):
    """Which of the two stores."""
    return request.param


def test_the_menu_leads_to_every_page_each_is_whole_and_back_returns(visit, company, request):
    page = visit(request.getfixturevalue(company))
    check(page, company, PATHS[0])
    for path in PATHS[1:]:
        choose(page, TITLES[path])
        check(page, company, path)
        assert page.url.endswith(f"/{path}")
    for path in PATHS[-2 : -2 - LAST : -1]:
        page.go_back()
        titled(page, title_of(company, path))


def test_every_page_is_whole_on_a_phone(visit, company, request):
    page = visit(request.getfixturevalue(company), width=PHONE)
    choose(page, TITLES[PATHS[1]])
    for path in PATHS[1:]:
        follow(page, path)
        check(page, company, path)


@pytest.mark.parametrize("path", (PATHS[1], PATHS[-1]))
def test_a_page_opens_at_its_own_address(visit, demo, path):
    check(visit(demo, path), "demo", path)


def test_every_address_is_answered_with_the_front_end(demo):
    for path in PATHS:
        with urllib.request.urlopen(f"{demo.address}/{path}") as answer:
            assert b'id="root"' in answer.read()


def check(page: Page, company: str, path: str) -> None:
    """The page is the one asked for, whole, of the right company, and says of when it is."""
    titled(page, title_of(company, path))
    assert page.title() == f"{TITLES[path]} · TAI Ops"
    said = main_text(page)
    assert not re.search(
        r"Traceback|hit an error|\bNone\b|\bnan\b|Decimal\(|:material/|:small\[|-badge\[", said
    )
    assert page.get_by_test_id("stException").count() == 0
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CUT_OFF) == []
    assert said.count(STRIP) == (1 if company == "demo" else 0)
    if company == "demo":
        assert re.search(r"as of \w{3} \d+ \w{3} 2026", said)
        assert re.search(r"newest entry \w{3} \d+ \w{3} 2026", said)


def title_of(company: str, path: str) -> str:
    """What the page is called: the overview of an empty store greets."""
    return "Welcome" if (company, path) == ("empty", "overview") else TITLES[path]


def choose(page: Page, title: str) -> None:
    """Follow the menu's link; on a phone the menu is opened first."""
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=title)
    opener = page.get_by_test_id("stExpandSidebarButton")
    if opener.count() and opener.is_visible():
        opener.click()
    link.click()
