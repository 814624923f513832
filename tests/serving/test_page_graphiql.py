"""GraphiQL at /explore in a real browser: it asks its own host only, and gives values."""

from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.serving.servers import Server

QUERY = """{
  getMetric(metric: "holders_distribution_1_to_10") {
    timeseriesData(slug: "bitcoin", from: "2023-01-01", to: "2023-01-02", interval: "1d") { datetime value }
  }
}"""


def test_a_query_is_run_and_the_schema_is_there(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/explore#query={quote(QUERY)}")
    page.wait_for_selector("body[data-ready=true]")
    page.click("button[aria-label^='Execute']")
    expect(page.locator(".result-window")).to_contain_text('"datetime": "2023-01-02T00:00:00Z"')
    page.click("button[aria-label*='Documentation']")
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("RootQueryType")
