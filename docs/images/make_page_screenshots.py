"""Take the pictures of the pages of `satledger serve`, in a real browser, on a home that holds the demo.

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
from typing import Literal

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
SATLEDGER = Path(sysconfig.get_path("scripts")) / "satledger"
# Name of the picture, address, width, height, light or dark.
PICTURES: tuple[tuple[str, str, int, int, Literal["light", "dark"]], ...] = (
    ("board", "/", 1280, 900, "light"),
    (
        "chart",
        "/chart#series=btc:SplyMiner0HopAllNtv;area,btc:PriceUSD;vs-halving,100 * btc:FeeTotNtv / btc:RevNtv;bar,"
        "100 * btc:FeeTotNtv / btc:RevNtv;ma30&log=USD&notes=2022-10-20 Difficulty falls",
        1280,
        900,
        "dark",
    ),
    ("phone", "/chart#series=btc:FlowNetExNtv;bar,btc:FlowNetExNtv;ma30,btc:PriceUSD", 390, 844, "light"),
)


def main() -> None:
    """Serve the home, open each page, and write one PNG of it."""
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
            for name, address, width, height, theme in PICTURES:
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
                page.goto(f"{found[0]}{address}")
                page.wait_for_selector("body[data-ready=true]")
                if "chart" in address:
                    page.locator("#chart .canvas").hover(position={"x": 0.6 * min(width, 800), "y": 150})
                page.screenshot(path=FOLDER / f"{name}.png")
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
