"""The page, opened in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.serving.servers import Server

THREE = "#series=btc:BlkCnt,btc:PriceUSD,ltc:BlkCnt"


@contextmanager
def watched_page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that may ask its own host only and must not log an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on(
        "console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None
    )
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "request",
        lambda asked: problems.append(asked.url) if not asked.url.startswith((server.url, "blob:", "data:")) else None,
    )
    yield opened
    context.close()
    assert problems == []


def open_page(page: Page, server: Server, state: str = THREE) -> None:
    """Follow a link to the page and wait until everything that it names is loaded."""
    page.goto(f"{server.url}/chart{state}")
    page.wait_for_selector("body[data-ready=true]")
