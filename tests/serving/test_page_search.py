"""The page's search over the whole catalogue, in the browser's own engine."""

import csv
import re

import pytest
from playwright.sync_api import Page

from dagster_project.settings import SEEDS
from tests.serving.pages import open_page
from tests.serving.servers import Server

FOUND = [
    ("miner outflow binance", ["FlowMinerOut0HopAllBNBNtv", "FlowMinerOut0HopAllBNBUSD"]),
    ("Binance outflow MINERS", ["FlowMinerOut0HopAllBNBNtv", "FlowMinerOut0HopAllBNBUSD"]),
    ("whales", ["holders_distribution_over_1k"]),
    ("mvrv", ["mvrv_usd", "CapMVRVCur"]),
    ("sopr", ["SOPR"]),
    ("active addresses", ["AdrActCnt", "daily_active_addresses"]),
    ("dau", ["daily_active_addresses"]),
    ("realized cap", ["CapRealUSD"]),
    ("hashrate", ["HashRate"]),
    ("exchange netflow", ["FlowNetExNtv", "FlowNetExUSD"]),
    ("kraken deposits", ["FlowInKRKNtv"]),
    ("flownetexntv", ["FlowNetExNtv"]),
    ("market cap", ["CapMrktCurUSD"]),
    ("mean coin age", ["mean_age"]),
    ("price", ["PriceUSD"]),
    ("top 100", ["SplyAdrTop100"]),
    ("nvt", ["nvt", "NVTAdj"]),
    ("number of blocks", ["BlkCnt"]),
    ("constructor", []),
]


@pytest.fixture
def search(page: Page, server: Server) -> Page:
    """The page with the whole catalogue at hand, as if each metric had values of btc."""
    open_page(page, server, "#series=")
    names = ("id", "name", "description", "category", "subcategory")
    with (SEEDS / "metric_catalog.csv").open(encoding="utf-8", newline="") as file:
        metrics = [{**{name: row[name] for name in names}, "assets": {"btc": []}} for row in csv.DictReader(file)]
    page.evaluate("(metrics) => { window.metrics = metrics; }", metrics)
    return page


def ids(page: Page, query: str) -> list[str]:
    script = """async (query) => {
        const { find } = await import("/static/search.js");
        return find({ metrics: window.metrics }, "btc", query).map((metric) => metric.id);
    }"""
    return page.evaluate(script, query)


def test_what_people_ask_for_comes_first(search: Page) -> None:
    wrong = [(query, ids(search, query)[:6]) for query, first in FOUND if ids(search, query)[: len(first)] != first]
    assert wrong == []
    assert ids(search, "nonsense word") == []
    everything = ids(search, "")
    assert len(everything) == search.evaluate("window.metrics.length")


def test_other_words_lead_to_something(search: Page) -> None:
    words = search.evaluate("import('/static/words.js').then((module) => Object.keys(module.WORDS))")
    assert len(words) > 30
    for word in words:
        assert re.fullmatch(r"[a-z0-9]+", word)
        assert ids(search, word), word
