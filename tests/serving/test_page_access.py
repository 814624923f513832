"""The pages by touch on a small screen, and what axe-core says of them."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving.copies import DAYS, day
from tests.serving.pages import open_page
from tests.serving.servers import Server

AXE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
READY = "body[data-ready=true]"


def violations(page: Page) -> list[list[object]]:
    """What axe-core finds, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate("axe.run().then((all) => all.violations.map((one) => [one.id, one.nodes.map((n) => n.html)]))")


def test_at_390_pixels_by_touch(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    open_page(phone, server, f"#series=btc:TxCnt&from={day(0)}&to={day(DAYS - 1)}")
    box = phone.locator("#chart .canvas").bounding_box()
    assert box and box["width"] >= 340
    assert box["y"] + 300 < 844
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 100)
    expect(phone.locator("#chart .readout")).to_contain_text("btc TxCnt")
    readout = phone.locator("#chart .readout").bounding_box()
    assert readout and readout["x"] >= 0 and readout["x"] + readout["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.tap("#open-drawer")
    phone.fill("#find", "block count")
    phone.tap("#finder .results button >> nth=0")
    phone.tap("#close-drawer")
    expect(phone.locator("#chosen li")).to_have_count(2)
    assert violations(phone) == []
    phone.goto(f"{server.url}/")
    phone.wait_for_selector(READY)
    card = phone.locator(".card .canvas").first.bounding_box()
    assert card and card["width"] >= 340
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_out(browser: Browser, server: Server, theme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme)
    page = context.new_page()
    for place in (
        "/",
        "/chart#series=btc:BlkCnt,btc:TxCnt;bar,btc:Nope&notes=2015-01-01 note",
        "/embed?series=btc:BlkCnt",
    ):
        page.goto(f"{server.url}{place}")
        page.wait_for_selector(READY)
        if place.startswith("/chart"):
            page.focus("#chart .canvas")
            page.keyboard.press("Home")
        assert violations(page) == [], place
    context.close()
