"""The page's editor of SQL in a real browser, on a server that asks for a key; and GraphiQL."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving.copies import DAYS
from tests.serving.pages import watched_page
from tests.serving.servers import Server, make_key
from tests.serving.sql_document import EXAMPLES, QUERIES, examples

QUERY = """{
  getMetric(metric: "holders_distribution_1_to_10") {
    timeseriesData(slug: "bitcoin", from: "2023-01-01", to: "2023-01-02", interval: "1d") { datetime value }
  }
}"""


@pytest.fixture(scope="module")
def keyed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that takes SQL of those who have a key, and a key."""
    folder = Path(shutil.copytree(home, tmp_path_factory.mktemp("editor") / "home"))
    key = make_key(folder, "analyst")
    with Server(folder, "--sql") as running:
        yield running, key


@pytest.fixture
def editor(browser: Browser, keyed: tuple[Server, str]) -> Iterator[Page]:
    """The editor, after the key was entered; the browser itself logs the first refusal, which is what asks for it."""
    server, key = keyed
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.goto(f"{server.url}/editor")
    opened.fill("#key", key)
    opened.keyboard.press("Enter")
    opened.wait_for_selector("body[data-ready=true]")
    yield opened
    context.close()


def test_a_query_its_plan_and_its_csv(editor: Page, tmp_path: Path) -> None:
    page = editor
    page.fill("#query", "select metric, count(*) as days, max(value) as highest from metrics_daily group by metric")
    page.focus("#query")
    page.keyboard.press("End")
    page.keyboard.type(" having metric = 'MOMR'")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result tbody")).to_have_text(f"MOMR{DAYS}0.25")
    expect(page.locator("#message")).to_have_text("1 row.")
    page.click("#explain")
    expect(page.locator("#result code")).to_contain_text("HASH_GROUP_BY")
    with page.expect_download() as started:
        page.click("#csv")
    started.value.save_as(tmp_path / "down.csv")
    rows = list(csv.reader((tmp_path / "down.csv").open(encoding="utf-8")))
    assert rows == [["metric", "days", "highest"], ["MOMR", str(DAYS), "0.25"]]
    assert "having" in page.evaluate("decodeURIComponent(location.hash)")
    assert page.evaluate("sessionStorage.getItem('satledger.key') !== null && localStorage.length === 0")
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    assert page.input_value("#query").endswith("having metric = 'MOMR'")


def test_tables_examples_and_refusals(editor: Page) -> None:
    page = editor
    assert page.locator("#tables summary").all_inner_texts().count("metrics_daily") == 1
    assert "publication" not in page.inner_text("#tables")
    page.fill("#query", "select max() from blocks")
    page.evaluate("document.getElementById('query').setSelectionRange(11, 11)")
    page.click("summary:has-text('blocks') >> nth=0")
    page.click("#tables details[open] button:text-is('height')")
    assert page.input_value("#query") == "select max(height) from blocks"
    page.select_option("#examples", label="Does it all balance?")
    assert page.input_value("#query") == QUERIES["Does it all balance?"]
    page.click("#run")
    expect(page.locator("#result tbody tr >> nth=0")).to_contain_text("0")
    page.fill("#query", "copy blocks to '/tmp/out.csv'")
    page.click("#run")
    expect(page.locator("#message")).to_contain_text("Bad parameter 'query'")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_examples_are_those_of_the_document() -> None:
    assert EXAMPLES.read_text(encoding="utf-8") == examples(), "run `uv run python -m tests.serving.sql_document`"
    assert len(QUERIES) >= 10


def test_only_where_sql_is_served(browser: Browser, server: Server) -> None:
    answer = server.get("/editor")
    assert answer.status_code == 404
    assert "satledger serve --sql" in answer.json()["error"]["message"]
    with watched_page(browser, server) as page:
        page.goto(f"{server.url}/metric")
        page.wait_for_selector("body[data-ready=true]")
        assert page.locator("nav a[href='/editor']").count() == 0


def test_graphiql_runs_a_query_and_has_the_schema(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/explore#query={quote(QUERY)}")
    page.wait_for_selector("body[data-ready=true]")
    page.click("button[aria-label^='Execute']")
    expect(page.locator(".result-window")).to_contain_text('"datetime": "2023-01-02T00:00:00Z"')
    page.click("button[aria-label*='Documentation']")
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("RootQueryType")
