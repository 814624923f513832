"""The page of a metric, and finding one, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.serving.copies import DAYS, day
from tests.serving.servers import Server


def open_metric(page: Page, server: Server, metric: str = "") -> None:
    page.goto(f"{server.url}/metric/{metric}" if metric else f"{server.url}/metric")
    page.wait_for_selector("body[data-ready=true]")


def test_all_that_is_told_of_a_metric(page: Page, server: Server) -> None:
    open_metric(page, server, "FlowNetBNBNtv")
    expect(page.locator("h1")).to_have_text("Binance Net Flows (native units) (FlowNetBNBNtv)")
    expect(page.locator(".told")).to_have_text(f"{day(DAYS - 1)}: 19.95000000 what it is made of")
    page.focus(".plot")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".told")).to_have_text(f"{day(DAYS - 2)}: 19.90000000 what it is made of")
    assert "minus flows out of it" in page.inner_text("#meaning")
    about = page.inner_text("#parts")
    assert "12 of Binance" in about
    assert re.search(rf"btc\s+{day(0)}\s+{day(DAYS - 1)}\s+{DAYS}\s+0", about)
    assert "btc has a value on every day of its range." in about
    assert "where asset = 'btc' and metric = 'FlowNetBNBNtv'" in about
    assert [text.split()[0] for text in page.locator(".lineage > li:last-child li").all_inner_texts()] == ["raw_days"]
    page.click(".lineage summary >> nth=0")
    expect(page.locator(".lineage pre code >> nth=0")).to_contain_text("ref('exchange_flows')")
    page.click('a[data-open="FlowInBNBNtv"]')
    expect(page.locator("h1")).to_have_text("Binance Flows In (native units) (FlowInBNBNtv)")
    assert page.url == f"{server.url}/metric/FlowInBNBNtv"
    page.go_back()
    expect(page.locator("h1")).to_contain_text("FlowNetBNBNtv")


def test_gaps_have_their_reason(page: Page, server: Server) -> None:
    open_metric(page, server, "FlowInNBXNtv")
    expect(page.locator("#gaps")).to_contain_text("no address of this exchange is labelled")
    expect(page.locator("#plot")).to_have_text("There is no value to draw.")
    assert "No asset has a value of it." in page.inner_text("#parts")
    page.click("#finder summary:has-text('Without a value')")
    page.click("#finder summary:has-text('no address of this exchange is labelled')")
    expect(page.locator('#finder [data-metric="FlowInNBXNtv"]')).to_have_attribute("aria-pressed", "true")


def test_a_metric_is_found_by_tree_favourites_and_what_was_used(page: Page, server: Server) -> None:
    open_metric(page, server)
    assert page.locator("#finder summary").all_inner_texts()[0].startswith("By category")
    page.click("#finder summary:has-text('By exchange')")
    page.click("#finder summary:has-text('Binance')")
    page.click("#finder summary:has-text('Flows In')")
    page.click('#finder [data-metric="FlowInBNBNtv"]')
    expect(page.locator("h1")).to_contain_text("(FlowInBNBNtv)")
    page.fill("#find", "miner supply 0hop")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("(SplyMiner0HopAllNtv)")
    page.click("#favourite")
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    groups = page.locator("#finder .trees > details").all_inner_texts()
    assert groups[0].split("\n")[0].startswith("Favourites 1")
    assert "SplyMiner0HopAllNtv" in groups[0]
    assert groups[1].index("SplyMiner0HopAllNtv") < groups[1].index("FlowInBNBNtv")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.plot').getBoundingClientRect().width") >= 340


@pytest.mark.parametrize("metric", ["Nothing", "%3Cimg%20src=x%3E"])
def test_what_is_no_metric_is_said(server: Server, metric: str) -> None:
    answer = server.get(f"/page/metric/{metric}")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("There is no metric '")
