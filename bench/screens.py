"""A picture of every page: 1440 and 390 px wide, light and dark, sample company and empty store, into screens/."""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from served import CHROMIUM, CHROMIUM_FLAGS, ROOT, demo_store, empty_store, folder, served

from tai_ops.app.menu import PAGES

PATHS = tuple(path for path, *_ in PAGES)
IN_THE_README = ("overview", "weekly-review", "month-end-close", "customers", "imports")
SCHEMES = ("light", "dark")
WINDOWS = {
    1440: {"viewport": {"width": 1440, "height": 900}},
    390: {
        "viewport": {"width": 390, "height": 900},
        "has_touch": True,
        "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0 Mobile Safari/537.36",
    },
}
TALLEST = 6000


def main() -> None:
    """Take the pictures that were asked for."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--out", type=Path, default=ROOT / "screens")
    ask.add_argument("--only", nargs="+", choices=PATHS, help="the paths of the pages that are wanted")
    ask.add_argument("--store", choices=("demo", "empty"), help="one of the two stores")
    ask.add_argument("--readme", action="store_true", help="the README's five pictures, into docs/pictures")
    asked = ask.parse_args()
    if CHROMIUM is None:
        raise SystemExit("no Chromium on this machine; install the system's package")
    asked.out.mkdir(exist_ok=True)
    pages = asked.only or list(PATHS)
    with folder() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        if asked.readme:
            with served(demo_store(place)) as address:
                take_for_readme(browser, address)
            return
        for name, make in (("demo", demo_store), ("empty", empty_store)):
            if asked.store in {None, name}:
                with served(make(place)) as address:
                    take_all(browser, address, pages, asked.out, name)
        browser.close()


def take_for_readme(browser: Browser, address: str) -> None:
    """The first screen of five pages of the sample company."""
    out = ROOT / "docs" / "pictures"
    out.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    for path in IN_THE_README:
        page.goto(f"{address}/{path}")
        settle(page)
        small(page.screenshot(), out / f"{path}.png")


def small(picture: bytes, target: Path) -> None:
    """Keep a picture with the 128 colours that it needs most: a quarter of its size."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(target, optimize=True)


def take_all(browser: Browser, address: str, pages: list[str], out: Path, store: str) -> None:
    """Every page of one store."""
    for scheme in SCHEMES:
        for width, window in WINDOWS.items():
            context = browser.new_context(color_scheme=scheme, service_workers="block", **window)
            page = context.new_page()
            for path in pages:
                target = out / f"{path}-{store}-{width}-{scheme}.png"
                take(page, f"{address}/{path}", target, width)
                print(target)
            context.close()


def take(page: Page, address: str, target: Path, width: int) -> None:
    """One page as high as it is."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    settle(page)
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 900")
    page.set_viewport_size({"width": width, "height": min(max(900, height + 40), TALLEST)})
    settle(page)
    page.screenshot(path=target)


def settle(page: Page) -> None:
    """Wait until the script has run and its elements stand."""
    page.wait_for_selector("[data-testid=stMain]", timeout=30_000)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') === 'notRunning'",
        timeout=30_000,
    )
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=30_000)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=30_000)
    page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
