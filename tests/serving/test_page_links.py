"""Links to the page that name what cannot be shown, and the days that have no value: both say why."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving.copies import DAYS, PRICE_FROM, day, make_copy
from tests.serving.pages import open_page, watched_page
from tests.serving.servers import Server, make_key

UNLABELLED = "no address of this exchange is labelled"
UNPRICED = "no price of this day is known"
HOLES = {50: "the day has no block", 51: "the day has no block", 53: "the day's blocks are in doubt"}


@pytest.fixture(scope="module")
def gappy_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose copy gives a reason for every value that is missing."""
    folder = tmp_path_factory.mktemp("gappy")
    copy = make_copy(folder / "published" / "satledger.duckdb")
    gaps = [("FlowInNBXNtv", number, UNLABELLED) for number in range(DAYS)]
    gaps += [("PriceUSD", number, UNPRICED) for number in range(PRICE_FROM)]
    gaps += [("BlkCnt", number, reason) for number, reason in HOLES.items()]
    with duckdb.connect(copy) as connection:
        connection.execute("delete from metric_gaps")
        rows = [("btc", day(number), metric, reason) for metric, number, reason in gaps]
        connection.executemany("insert into metric_gaps values (?, ?, ?, ?)", rows)
        for number in HOLES:
            connection.execute(
                "update metrics_daily set value = null, value_text = null "
                "where asset = 'btc' and metric = 'BlkCnt' and time = ?",
                [day(number)],
            )
    return folder


@pytest.fixture(scope="module")
def gappy(gappy_home: Path) -> Iterator[Server]:
    with Server(gappy_home) as running:
        yield running


@pytest.fixture
def linked(browser: Browser, gappy: Server) -> Iterator[Page]:
    with watched_page(browser, gappy) as opened:
        yield opened


def series_of(page: Page) -> str:
    """What the address names."""
    found = re.search(r"series=([^&]*)", unquote(page.url))
    return found[1] if found else ""


def problems(page: Page) -> list[str]:
    return page.locator("#problems li").all_inner_texts()


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("btc:FlowInNBXNtv", f"btc FlowInNBXNtv: it has no value on any day: {UNLABELLED}."),
        ("btc:BlkCmt", "btc BlkCmt: there is no metric BlkCmt here."),
        ("btc:blkcnt", "btc blkcnt: there is no metric blkcnt here; BlkCnt is meant, perhaps."),
        ("nope:BlkCnt", "nope BlkCnt: there is no asset nope here; assets that have it: btc, ltc."),
        (
            "constructor:BlkCnt",
            "constructor BlkCnt: there is no asset constructor here; assets that have it: btc, ltc.",
        ),
        ("eth:PriceUSD", "eth PriceUSD: eth has no value of PriceUSD on any day; assets that have it: btc."),
        ("btc:SplyExNtv", "btc SplyExNtv: btc has no value of SplyExNtv on any day; no asset has it here."),
        ("BlkCnt", "BlkCnt: a link names a series by asset and metric, such as btc:BlkCnt."),
        ("btc:BlkCnt:1d", "btc BlkCnt:1d: a link names a series by asset and metric, such as btc:BlkCnt."),
        (":BlkCnt", " BlkCnt: a link names a series by asset and metric, such as btc:BlkCnt."),
    ],
)
def test_a_link_to_what_cannot_be_shown_stays_and_says_why(linked: Page, gappy: Server, link: str, why: str) -> None:
    open_page(linked, gappy, f"#series={link}")
    assert problems(linked) == [why.strip()]
    assert series_of(linked) == link
    assert linked.locator("#chosen li").count() == 1
    assert linked.get_attribute("#chart .canvas", "aria-label") == "No series with values chosen"
    expect(linked.locator("#calls")).to_be_hidden()
    linked.reload()
    linked.wait_for_selector("body[data-ready=true]")
    assert problems(linked) == [why.strip()]
    linked.click("#chosen li button[aria-label^=Remove]")
    expect(linked.locator("#problems li")).to_have_count(0)
    assert series_of(linked) == ""


def test_what_can_be_shown_is_shown_beside_it(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=btc:Nope,btc:TxCnt,btc:FlowInNBXNtv,btc:PriceUSD")
    assert linked.locator("#chosen li").count() == 4
    assert len(problems(linked)) == 2
    label = linked.get_attribute("#chart .canvas", "aria-label") or ""
    assert label.startswith("Line chart of btc TxCnt, btc PriceUSD, 2023-01-01")
    assert series_of(linked) == "btc:Nope,btc:TxCnt,btc:FlowInNBXNtv,btc:PriceUSD"
    assert "Nope" not in linked.inner_text("#curl")
    assert "FlowInNBXNtv" not in linked.inner_text("#curl")
    assert linked.locator("#table th").all_inner_texts() == ["day", "btc TxCnt", "btc FlowInNBXNtv", "btc PriceUSD"]
    assert linked.inner_text("#definition-title").endswith("(PriceUSD)")
    linked.click("#chosen li >> nth=2 >> button >> nth=0")
    assert linked.inner_text("#definition-title").endswith("(FlowInNBXNtv)")
    assert "Days none" in linked.inner_text("#facts").replace("\n", " ")


def test_assets_in_capitals_and_repetitions(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=BTC:TxCnt,btc:TxCnt,btc:TxCnt")
    assert linked.locator("#chosen li button:first-child").all_inner_texts() == ["btc TxCnt"]
    assert problems(linked) == []
    assert series_of(linked) == "btc:TxCnt"


def test_another_link_in_the_same_tab_is_followed(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=btc:TxCnt")
    linked.evaluate("location.hash = '#series=btc:Nope&from=2023-02-01'")
    expect(linked.locator("#problems li")).to_have_text("btc Nope: there is no metric Nope here.")
    linked.evaluate("location.hash = '#series=ltc:BlkCnt'")
    expect(linked.locator("#problems li")).to_have_count(0)
    assert linked.inner_text("#chosen li button >> nth=0") == "ltc BlkCnt"
    linked.focus(".skip")
    linked.keyboard.press("Enter")
    expect(linked.locator("#chosen li")).to_have_count(1)
    linked.wait_for_url("**#series=ltc*")


def test_a_day_that_is_none_is_told(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=btc:TxCnt&from=2023-13-45")
    assert "from=2023-13-45 is no day" in linked.inner_text("#message")
    assert linked.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"


def test_a_day_that_does_not_exist_is_told_and_so_is_each_of_two(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=btc:TxCnt&from=2023-02-30&to=soon")
    assert linked.inner_text("#message") == (
        "The link's from=2023-02-30 is no day such as 2023-01-31; it is left out. "
        "The link's to=soon is no day such as 2023-01-31; it is left out."
    )
    assert linked.input_value("#from") == str(day(0))
    assert linked.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (f"from={day(9)}&to={day(3)}", f"{day(9)} to {day(3)}: there is nothing to show, as the first day lies after"),
        ("from=1999-01-01&to=1999-02-01", "from 1999-01-01 to 1999-02-01: there is nothing to show, as what is chosen"),
        ("from=2099-01-01", f"as what is chosen has days from {day(0)} to {day(DAYS - 1)}."),
        ("to=1999-01-01", "to 1999-01-01: there is nothing to show, as what is chosen has days from"),
    ],
)
def test_a_range_without_a_day_says_why(linked: Page, gappy: Server, link: str, why: str) -> None:
    open_page(linked, gappy, f"#series=btc:TxCnt&{link}")
    (problem,) = problems(linked)
    assert why in problem
    linked.click("[data-days='']")
    expect(linked.locator("#problems li")).to_have_count(0)
    assert linked.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"


def rows_of(page: Page) -> dict[str, list[str]]:
    """The rows of the table that are shown, by day."""
    rows = [row.locator("td").all_inner_texts() for row in page.locator("#table tbody tr").all()]
    return {first: rest for first, *rest in rows}


def test_missing_days_are_in_the_table_with_their_reason(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, f"#series=btc:BlkCnt&from={day(48)}&to={day(54)}")
    found = rows_of(linked)
    assert list(found) == [str(day(number)) for number in range(54, 47, -1)]
    for number in range(48, 55):
        assert found[str(day(number))] == [HOLES.get(number, str(140 + number % 9))]
    assert linked.locator("#table td.gap").count() == len(HOLES)


def test_days_before_the_first_value_and_of_no_value_at_all(linked: Page, gappy: Server) -> None:
    open_page(linked, gappy, "#series=btc:PriceUSD")
    assert linked.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"
    assert linked.input_value("#from") == str(day(0))
    for _ in range(3):
        linked.click("#older")
    found = rows_of(linked)
    assert found[str(day(PRICE_FROM - 1))] == [UNPRICED]
    assert found[str(day(PRICE_FROM))] == [f"{30000.125 + PRICE_FROM}"]
    open_page(linked, gappy, "#series=btc:FlowInNBXNtv")
    linked.reload()
    linked.wait_for_selector("body[data-ready=true]")
    assert linked.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"
    assert set(map(tuple, rows_of(linked).values())) == {(UNLABELLED,)}


def test_several_series_side_by_side(linked: Page, gappy: Server, tmp_path: Path) -> None:
    state = f"#series=btc:BlkCnt,btc:FlowInNBXNtv,ltc:BlkCnt&from={day(50)}&to={day(52)}"
    open_page(linked, gappy, state)
    found = rows_of(linked)
    assert found[str(day(50))] == [HOLES[50], UNLABELLED, "501"]
    assert found[str(day(52))] == ["147", UNLABELLED, "503"]
    with linked.expect_download() as started:
        linked.click("#download")
    started.value.save_as(tmp_path / "down.csv")
    rows = list(csv.reader((tmp_path / "down.csv").open(encoding="utf-8")))
    assert rows[0] == ["day", "btc BlkCnt", "btc FlowInNBXNtv", "ltc BlkCnt"]
    assert rows[1:] == [[str(day(50)), "", "", "501"], [str(day(51)), "", "", "502"], [str(day(52)), "147", "", "503"]]


def test_gaps_come_in_runs(gappy: Server) -> None:
    asked = {"asset": "BTC", "metric": "BlkCnt"}
    assert gappy.get("/page/gaps", **asked).json()["runs"] == [
        [str(day(50)), str(day(51)), HOLES[50]],
        [str(day(53)), str(day(53)), HOLES[53]],
    ]
    assert gappy.get("/page/gaps", asset="nope", metric="BlkCnt").json() == {"runs": []}
    refused = gappy.get("/page/gaps", asset="btc", metric="Nope")
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "bad_parameter")
    assert gappy.get("/page/gaps", asset="btc").status_code == 400


def test_a_link_that_the_server_refuses_stays_too(browser: Browser, gappy_home: Path) -> None:
    key = make_key(gappy_home, "narrow", "--metrics", "Blk*")
    with Server(gappy_home, "--keys") as guarded:
        assert guarded.get("/page/gaps", asset="btc", metric="PriceUSD", api_key=key).status_code == 403
        opened = browser.new_page()
        opened.goto(f"{guarded.url}/chart#series=btc:BlkCnt")
        # Closed without a key, each time that it asks.
        while opened.locator("body[data-ready=true]").count() == 0:
            if opened.locator("#key-dialog[open]").count():
                opened.keyboard.press("Escape")
            opened.wait_for_timeout(50)
        opened.wait_for_selector("body[data-ready=true]")
        assert "An API key is needed" in opened.inner_text("#problems")
        assert series_of(opened) == "btc:BlkCnt"
        opened.evaluate("key => sessionStorage.setItem('satledger.key', key)", key)
        opened.reload()
        opened.wait_for_selector("body[data-ready=true]")
        expect(opened.locator("#problems li")).to_have_count(0)
        assert opened.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"
        opened.close()
