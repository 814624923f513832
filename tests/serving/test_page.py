"""The page in a real browser: found on the PATH, as Debian installs it."""

import csv
import json
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import requests
from playwright.sync_api import Browser, Page, expect

from dagster_project.publish.state import reading_published
from dagster_project.settings import DBT_PROJECT
from tests.serving.copies import DAYS, day, make_copy, publish_copy
from tests.serving.pages import open_page, watched_page
from tests.serving.servers import Server, make_key


def test_search_and_choose_by_keyboard(page: Page, server: Server) -> None:
    open_page(page, server, "#series=")
    page.focus("#find")
    page.keyboard.type("miner supply 0hop")
    expect(page.locator("#finder [role=status]")).to_have_text("1 metric found.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chosen li")
    assert page.inner_text("#chosen li button") == "btc SplyMiner0HopAllNtv"
    assert page.get_attribute('#finder .results button[data-metric="SplyMiner0HopAllNtv"]', "aria-pressed") == "true"
    assert page.evaluate("document.activeElement.dataset.metric") == "SplyMiner0HopAllNtv"
    page.keyboard.press("Enter")
    page.wait_for_selector("#chosen li", state="detached")


def test_a_chart_of_three_metrics_with_its_definition_and_calls(page: Page, server: Server) -> None:
    open_page(page, server)
    assert page.locator("#chosen li").count() == 3
    label = page.get_attribute("#chart .canvas", "aria-label") or ""
    assert label.startswith("Line chart of btc BlkCnt, btc PriceUSD, ltc BlkCnt")
    painted = "[...document.querySelector('#chart canvas').getContext('2d').getImageData(80, 40, 700, 500).data]"
    assert page.evaluate(f"new Set({painted}.filter((v, i) => i % 4 === 0)).size") > 5
    page.click("#chosen li >> nth=0 >> button >> nth=0")
    assert page.inner_text("#definition-title") == "Block Count (BlkCnt)"
    assert (page.get_attribute("#model-docs", "href") or "").endswith("model.satledger.blocks_metrics")
    page.click("#sql summary")
    expect(page.locator("#sql code")).to_contain_text("select")
    page.click("#reads button >> nth=0")
    expect(page.locator("#model")).to_have_text("block_days")
    assert "start_time=2023-01-01" in page.inner_text("#curl")
    assert 'assets=["btc", "ltc"]' in page.inner_text("#python")
    assert "from metrics_daily" in page.inner_text("#statement")


def test_the_copied_calls_give_the_rows_of_the_page(page: Page, server: Server, home: Path, clients: Path) -> None:
    open_page(page, server, f"#series=btc:BlkCnt,btc:PriceUSD,ltc:BlkCnt&from={day(10)}&to={day(39)}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)

    def copied(name: str) -> str:
        page.click(f"button[data-copy={name}]")
        expect(page.locator("#message")).to_have_text("Copied.")
        page.evaluate("document.getElementById('message').textContent = ''")
        return page.evaluate("navigator.clipboard.readText()")

    program, address = shlex.split(copied("curl"))
    assert program == "curl"
    rows = [json.loads(line) for line in requests.get(address, timeout=30).text.splitlines()]
    assert len(rows) == 60
    code = copied("python") + "\nprint(frame.shape, int(frame.BlkCnt.sum()))"
    done = subprocess.run([clients, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    total = sum(int(row["BlkCnt"]) for row in rows)
    assert done.stdout.split("\n")[-2] == f"(60, 4) {total}"
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        values = connection.execute(copied("statement")).fetchall()
    assert sum(int(text) for _, _, metric, text in values if metric == "BlkCnt") == total


def test_labelled_addresses_in_the_list_and_in_the_definition(page: Page, server: Server) -> None:
    open_page(page, server, "#series=btc:FlowInBNBNtv,btc:BlkCnt")
    page.fill("#find", "FlowInBNBNtv")
    expect(page.locator('#finder .results button[data-metric="FlowInBNBNtv"] small')).to_have_text(
        "Binance Flows In (native units), Native units, 12 labelled addresses"
    )
    page.click("#chosen li >> nth=0 >> button >> nth=0")
    expect(page.locator("#facts")).to_contain_text("12 labelled addresses")
    page.click("#chosen li >> nth=1 >> button >> nth=0")
    expect(page.locator("#facts")).not_to_contain_text("labelled")


def test_without_a_clipboard_the_call_is_selected(page: Page, server: Server) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    open_page(page, server)
    page.click("button[data-copy=curl]")
    expect(page.locator("#message")).to_have_text("Selected: copy it with Ctrl+C.")
    assert page.evaluate("getSelection().toString()") == page.inner_text("#curl")


def test_range_log_scale_and_table(page: Page, server: Server) -> None:
    open_page(page, server)
    page.fill("#from", str(day(10)))
    page.fill("#to", str(day(12)))
    page.dispatch_event("#to", "change")
    assert page.inner_text("#rows") == "Rows 1 to 3 of 3"
    assert page.locator("#table tbody tr").first.inner_text().split() == [str(day(12)), "143", "505"]
    page.check("#chart .pane input >> nth=0")
    assert page.url.endswith(f"from={day(10)}&to={day(12)}&log=Blocks")
    page.click("button[data-days='30']")
    assert page.inner_text("#rows") == "Rows 1 to 30 of 30"
    page.click("button[data-days='']")
    assert page.inner_text("#rows") == f"Rows 1 to 100 of {DAYS}"
    page.click("#older")
    assert page.inner_text("#rows") == f"Rows 101 to 200 of {DAYS}"
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    assert page.is_checked("#chart .pane input >> nth=0")


def test_dragging_zooms(page: Page, server: Server) -> None:
    open_page(page, server)
    box = page.locator("#chart .canvas").bounding_box()
    assert box
    # The days lie between the numbers on the left and a margin on the right.
    left, width = box["x"] + 62, box["width"] - 62 - 12
    page.mouse.move(left + width * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(left + width * 0.5, box["y"] + 60, steps=5)
    page.mouse.up()
    assert str(day(95)) <= page.input_value("#from") <= str(day(105))
    assert str(day(195)) <= page.input_value("#to") <= str(day(205))


def test_csv_download_is_exact(page: Page, server: Server, tmp_path: Path) -> None:
    open_page(page, server, "#series=btc:RevHashNtv,btc:PriceUSD")
    with page.expect_download() as started:
        page.click("#download")
    started.value.save_as(tmp_path / "down.csv")
    rows = list(csv.reader((tmp_path / "down.csv").open(encoding="utf-8")))
    assert rows[0] == ["day", "btc RevHashNtv", "btc PriceUSD"]
    assert rows[1] == [str(day(0)), "0.00000000001234567890123456", ""]
    assert rows[-1][2] == f"{30000.125 + DAYS - 1}"
    assert len(rows) == DAYS + 1


def test_dark_and_light(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    open_page(page, server)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.click("#theme")
    assert page.evaluate(background) != dark
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_everything_has_a_name(page: Page, server: Server) -> None:
    open_page(page, server)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, a')].filter((e) => !(e.textContent.trim() || "
        "e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert nameless == []


def test_a_key_is_asked_for_where_one_is_needed(browser: Browser, tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    key = make_key(tmp_path, "desk")
    with Server(tmp_path, "--keys") as guarded:
        opened = browser.new_page()
        opened.goto(guarded.url)
        opened.fill("#key", key)
        opened.keyboard.press("Enter")
        opened.wait_for_selector("body[data-ready=true]")
        opened.goto(f"{guarded.url}/chart#series=btc:BlkCnt")
        opened.wait_for_selector("body[data-ready=true]")
        assert opened.locator("#chosen li").count() == 1
        shown = opened.inner_text("#curl") + opened.inner_text("#python")
        assert shown.count("YOUR_KEY") == 2
        assert key not in shown
        opened.close()


def test_openapi_page_and_dbt_docs(page: Page, server: Server, home: Path) -> None:
    page.goto(f"{server.url}/docs")
    page.wait_for_selector(".opblock")
    missing = server.get("/docs/dbt/")
    assert missing.status_code == 404
    assert "satledger docs" in missing.text
    (home / "docs").mkdir()
    (home / "docs" / "index.html").write_text("<h1>made by dbt</h1>", encoding="utf-8")
    (home / "docs" / "run_results.json").write_text("{}", encoding="utf-8")
    places = {"root_path": str(DBT_PROJECT), "compiled_path": str(home / "docs" / "compiled")}
    (home / "docs" / "manifest.json").write_text(json.dumps(places), encoding="utf-8")
    assert "made by dbt" in server.get("/docs/dbt/").text
    told = server.get("/docs/dbt/manifest.json").json()
    assert told == {"root_path": "<project>/dbt", "compiled_path": "<home>/docs/compiled"}
    assert server.get("/docs/dbt/run_results.json").status_code == 404
    assert server.get("/docs/dbt/%2e%2e/api_keys.json").status_code == 404
    shutil.rmtree(home / "docs")


def test_synthetic_data_is_called_so(browser: Browser, tmp_path: Path) -> None:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    (tmp_path / "lake" / "raw" / "sample").mkdir(parents=True)
    with Server(tmp_path) as sample:
        opened = browser.new_page()
        opened.goto(f"{sample.url}/chart#series=")
        expect(opened.locator("#note")).to_contain_text("Synthetic data")
        opened.close()


def test_values_as_they_had_been_published_by_a_day(browser: Browser, tmp_path: Path) -> None:
    for number in (1, 5):
        publish_copy(tmp_path, constant=number, now=datetime(2026, 1, number, 12, tzinfo=UTC))
    with Server(tmp_path) as running, watched_page(browser, running) as opened:
        open_page(opened, running, "#series=btc:BlkCnt&as_of=2026-01-03")
        cell = opened.locator("#table tbody tr td").last
        assert cell.inner_text() == "1"
        assert "value_history" in opened.locator("#statement").inner_text()
        assert "as_of=2026-01-03T23%3A59%3A59Z" in opened.locator("#curl").inner_text()
        statement = opened.locator("#statement").inner_text()
        with reading_published(tmp_path / "published" / "satledger.duckdb") as connection:
            assert {row[-1] for row in connection.execute(statement).fetchall()} == {"1"}
        opened.locator("#as-of").fill("2026-01-05")
        expect(opened.locator("#table tbody tr td").last).to_have_text("5")
        opened.locator("#as-of").fill("2025-12-31")
        expect(opened.locator("#problems")).to_contain_text("nothing of it had been published by 2025-12-31")


def test_policy(server: Server) -> None:
    headers = server.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert server.get("/page/sql/..%2f..%2fsettings").status_code == 404
