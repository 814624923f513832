"""Take the pictures of the Dagster UI that the README shows, in a real browser, on a home that holds the demo.

Needs Chromium on the PATH, and a home that holds the demo:

    uv run satledger demo
    uv run python docs/images/make_screenshots.py

It starts ``satledger ui``, has it backfill the last week, and writes one PNG a page beside itself.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import FloatRect, Page, ViewportSize, sync_playwright
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from dagster_project.settings import Settings
from dagster_project.warehouse.state import built_days

FOLDER = Path(__file__).parent
SATLEDGER = Path(sysconfig.get_path("scripts")) / "satledger"
# The sandbox needs rights that root in a container lacks; the others keep the browser from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE: ViewportSize = {"width": 1500, "height": 850}
NEWEST = "{ partitionBackfillsOrError(limit: 1) { ... on PartitionBackfills { results { id status } } } }"
# What a machine may need on which others work too.
SECONDS = 900


class Ui:
    """A running Dagster UI."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, query: str) -> dict[str, Any]:
        """Return the data that answers a GraphQL query."""
        answer = requests.post(f"{self.url}/graphql", json={"query": query}, timeout=60)
        answer.raise_for_status()
        return answer.json()["data"]

    @retry(
        stop=stop_after_delay(SECONDS),
        wait=wait_fixed(1),
        retry=retry_if_exception_type((requests.RequestException, KeyError)),
    )
    def assets(self) -> list[str]:
        """Return the names of all assets, once the UI has loaded the project."""
        nodes = self.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
        if not nodes:
            raise KeyError("no assets are loaded yet")
        return ["/".join(node["assetKey"]["path"]) for node in nodes]

    def backfill(self, page: Page, days: str, group: str = "") -> str:
        """Have assets built again, with the clicks of a user; wait until it is done and return the backfill's id.

        Args:
            page: of a browser.
            days: as the dialog takes them, such as ``[2023-01-01...2023-01-07]``; empty for its own choice.
            group: of the assets; by default all assets are built.
        """
        self.assets()
        page.goto(f"{self.url}/asset-groups" + (f"~group%3A%22{group}%22/" if group else ""))
        page.get_by_role("button", name="Materialize all").first.click(timeout=SECONDS * 1000)
        field = page.get_by_placeholder("ex: ")
        field.wait_for(timeout=SECONDS * 1000)
        if days:
            field.fill(days)
            field.press("Tab")
        before = self.newest_backfill()
        page.get_by_role("button", name="Launch backfill").click(timeout=60_000)
        return self._done(before)

    def newest_backfill(self) -> dict[str, str] | None:
        """Return id and status of the backfill that was launched last."""
        return next(iter(self.ask(NEWEST)["partitionBackfillsOrError"]["results"]), None)

    @retry(stop=stop_after_delay(SECONDS), wait=wait_fixed(2), retry=retry_if_exception_type(TimeoutError))
    def _done(self, before: dict[str, str] | None) -> str:
        """Return the id of the backfill after another one, once it has ended."""
        newest = self.newest_backfill()
        if newest is None or (before and newest["id"] == before["id"]) or newest["status"] == "REQUESTED":
            raise TimeoutError("the backfill is under way")
        if newest["status"] != "COMPLETED_SUCCESS":
            sys.exit(f"The backfill {newest['id']} ended as {newest['status']}.")
        return newest["id"]


@contextmanager
def running_ui(home: Path, port: int) -> Iterator[Ui]:
    """Run ``satledger ui`` on a home inside the block."""
    command = [SATLEDGER, "ui", "--home", home, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield Ui(port)
        finally:
            process.send_signal(signal.SIGINT)


def take(page: Page, url: str, name: str, awaited: str, corner: str | None = None) -> None:
    """Take a picture of a page, once a text has appeared on it.

    Args:
        page: of a browser.
        url: of the page.
        name: of the picture's file, without its ending.
        awaited: the text.
        corner: text at the top left of the part to take; by default the whole page is taken.
    """
    page.goto(url)
    page.get_by_text(awaited).first.wait_for(timeout=60_000)
    # Dagster lays out its graphs and fills its plots after the text is there.
    page.wait_for_timeout(5_000)
    begin = page.get_by_text(corner).first.bounding_box() if corner else None
    left, top = (begin["x"] - 40, begin["y"] - 16) if begin else (0, 0)
    part: FloatRect = {"x": left, "y": top, "width": SIZE["width"] - left, "height": SIZE["height"] - top}
    page.screenshot(path=FOLDER / f"{name}.png", clip=part)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, default=Settings().home, help="home that holds the demo")
    parser.add_argument("--port", type=int, default=3210, help="port for the UI")
    given = parser.parse_args()
    last = max(built_days(given.home / "published" / "satledger.duckdb"))
    chromium = shutil.which("chromium") or sys.exit("There is no chromium on the PATH: install it.")
    with (
        tempfile.TemporaryDirectory() as profile,
        running_ui(given.home, given.port) as ui,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=FLAGS, viewport=SIZE
        )
        page = browser.new_page()
        backfill = ui.backfill(page, f"[{last - timedelta(days=6)}...{last}]")
        # It leaves the graph room to be read; Dagster remembers it.
        page.get_by_role("button", name="Hide navigation").click()
        take(page, f"{ui.url}/asset-groups", "asset_graph", "hash_rate", corner="Search and filter assets")
        take(page, f"{ui.url}/runs/b/{backfill}", "backfill", "100% completed")
        take(page, f"{ui.url}/assets/balance_updates?view=checks", "checks", "blocking")
        browser.close()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
