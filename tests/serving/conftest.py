"""Servers on a copy made by hand, and a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.serving.copies import make_copy
from tests.serving.pages import watched_page
from tests.serving.servers import Server


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a published copy; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("home")
    make_copy(folder / "published" / "satledger.duckdb")
    return folder


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    """A server that asks for no key."""
    with Server(home) as running:
        yield running
        assert "Traceback" not in running.log


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, found on the PATH."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs a browser: put chromium on the PATH")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that may ask its own host only and must not log an error."""
    with watched_page(browser, server) as opened:
        yield opened
