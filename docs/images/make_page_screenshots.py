"""Take the pictures of the page that `satledger serve` has at /, in a real browser, on a home that holds the demo.

Needs Chromium on the PATH:

    uv run satledger demo
    uv run docs/images/make_page_screenshots.py
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
SATLEDGER = Path(sysconfig.get_path("scripts")) / "satledger"
CHOICE = "#series=btc:SplyMiner0HopAllNtv,btc:FlowNetExNtv,btc:PriceUSD"


def main() -> None:
    """Serve the home, open the page in light and in dark, and write one PNG of each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, default=None, help="home with a published copy; default: the usual one")
    home: Path | None = options.parse_args().home
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("Chromium is not on the PATH.")
    environment = {**os.environ, **({"SATLEDGER_HOME": str(home)} if home else {})}
    server = subprocess.Popen([SATLEDGER, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        line = server.stderr.readline()
        found = re.search(r"http://[^ ,]*", line)
        if found is None:
            sys.exit(line + server.stderr.read())
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            for theme in ("light", "dark"):
                page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme=theme)
                page.goto(f"{found[0]}/chart{CHOICE}")
                page.wait_for_selector("body[data-ready=true]")
                page.screenshot(path=FOLDER / f"page_{theme}.png")
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
