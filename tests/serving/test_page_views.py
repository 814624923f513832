"""The chart, the boards and the embedded chart over 16 years, driven as a reader drives them."""

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.serving.copies import day
from tests.serving.desks import HALVINGS, HOLE, REVISED, WHY, make_desk
from tests.serving.pages import open_page, watched_page
from tests.serving.servers import Server

READY = "body[data-ready=true]"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("desk")
    make_desk(home / "published" / "satledger.duckdb")
    with Server(home) as running:
        yield running
        assert "Traceback" not in running.log


@pytest.fixture(scope="module")
def tab(browser: Browser, desk: Server) -> Iterator[Page]:
    """One page for all tests here: each goes where it wants."""
    with watched_page(browser, desk) as opened:
        yield opened


@pytest.fixture(autouse=True)
def afresh(tab: Page) -> None:
    """Another fragment of the same page would load nothing anew."""
    tab.goto("about:blank")


def panes(page: Page) -> list[str]:
    """The names of the panes, from the top."""
    labels = page.locator("#chart .pane input").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    return [label.removeprefix("Logarithmic scale of ") for label in labels]


def told(page: Page) -> str:
    """What the keyboard cursor tells of its day."""
    return page.get_attribute("#chart .canvas", "aria-valuetext") or ""


def address(page: Page) -> str:
    return unquote_plus(page.url.partition("#")[2])


def test_panes_forms_scales_and_the_way_back(tab: Page, desk: Server) -> None:
    open_page(tab, desk, "#series=btc:BlkCnt,btc:SplyMiner0HopAllNtv,btc:TxCnt")
    assert panes(tab) == ["Blocks", "Native units", "Transactions"]
    tab.click("#chart button[aria-label='Move Transactions up']")
    assert panes(tab) == ["Blocks", "Transactions", "Native units"]
    tab.check("#chart input[aria-label='Logarithmic scale of Blocks']")
    assert "log=Blocks" in address(tab)
    for form in ("bar", "area", "stacked"):
        tab.select_option("#edit-form", form)
        expect(tab.locator("#edit-form")).to_have_value(form)
    assert "btc:TxCnt;stacked" in address(tab)
    tab.select_option("#edit-as", "growth")
    expect(tab.locator("#chosen")).to_contain_text("btc TxCnt, change in a day, %")
    assert panes(tab) == ["Blocks", "Native units", "Percent"]
    tab.check("#edit-own")
    expect(tab.locator("#chart .pane")).to_have_count(3)
    tab.go_back()
    tab.go_back()
    expect(tab.locator("#chosen")).not_to_contain_text("change in a day")
    assert panes(tab) == ["Blocks", "Transactions", "Native units"]
    tab.go_forward()
    expect(tab.locator("#chosen")).to_contain_text("change in a day")


def test_means_shares_and_formulas_are_right(tab: Page, desk: Server, tmp_path: Path) -> None:
    state = f"from={day(100)}&to={day(129)}"
    open_page(tab, desk, f"#series=btc:IssTotNtv;share,btc:FeeTotNtv;share,btc:FeeTotNtv;ma30&{state}")
    cells = [float(text) for text in tab.locator("#table tbody tr").first.locator("td").all_inner_texts()[1:]]
    issued, fee = (140 + 129 % 9) * 6.25, 129 / 8
    assert cells[:2] == pytest.approx([100 * issued / (issued + fee), 100 * fee / (issued + fee)])
    assert cells[2] == pytest.approx(sum(range(100, 130)) / 30 / 8)
    tab.fill("#formula", "FeeTotNtv / (RevNtv - IssTotNtv")
    tab.press("#formula", "Enter")
    expect(tab.locator("#formula-problem")).to_have_text('")" is missing at the end.')
    tab.fill("#formula", "FeeTotNtv / (RevNtv - IssTotNtv) + 2 * lag(ltc:BlkCnt, 1)")
    tab.press("#formula", "Enter")
    expect(tab.locator("#chosen li")).to_have_count(4)
    assert "btc:FeeTotNtv / (btc:RevNtv - btc:IssTotNtv) + 2 * lag(ltc:BlkCnt, 1)" in address(tab)
    assert float(tab.locator("#table tbody tr td").nth(4).inner_text()) == pytest.approx(1 + 2 * (500 + 128 % 7))
    expect(tab.locator("#definition")).to_contain_text("Computed by this page")
    assert '"RevNtv"' in tab.inner_text("#python")
    with tab.expect_download() as started:
        tab.click("#download")
    started.value.save_as(tmp_path / "values.csv")
    with (tmp_path / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][3:] == ["btc FeeTotNtv, 30-day mean", tab.locator("#table th").last.inner_text()]
    assert {len(row) for row in rows} == {5}


def test_cursor_tells_exact_values_reasons_and_revisions_by_mouse_and_keyboard(tab: Page, desk: Server) -> None:
    state = f"from={HOLE[0]}&to={HOLE[1]}&notes={HOLE[0]} outage"
    open_page(tab, desk, f"#series=btc:BlkCnt,btc:TxCnt,btc:BlkCnt / btc:TxCnt&{state}")
    tab.hover("#chart .canvas")
    expect(tab.locator("#chart .readout")).to_contain_text(WHY)
    tab.focus("#chart .canvas")
    tab.keyboard.press("Home")
    assert told(tab).startswith(f"{HOLE[0]}: btc BlkCnt {WHY}; btc TxCnt ")
    assert f"btc BlkCnt / btc TxCnt btc BlkCnt: {WHY}" in told(tab)
    expect(tab.locator("#chart .readout")).to_contain_text("outage")
    tab.goto("about:blank")
    open_page(tab, desk, f"#series=btc:SplyMiner0HopAllNtv&from={REVISED}&to=2024-02-04")
    tab.focus("#chart .canvas")
    tab.keyboard.press("Home")
    assert told(tab) == f"{REVISED}: btc SplyMiner0HopAllNtv 1090.00000000, revised since it was reviewed"
    tab.keyboard.press("End")
    assert told(tab) == "2024-02-04: btc SplyMiner0HopAllNtv 1399.00000000"
    tab.keyboard.press("ArrowLeft")
    assert told(tab).startswith("2024-02-03")
    tab.keyboard.press("PageUp")
    assert told(tab).startswith("2024-01-04")


def test_a_year_and_a_halving_before(tab: Page, desk: Server) -> None:
    open_page(tab, desk, "#series=btc:TxCnt;vs-halving,btc:FeeTotNtv;vs-year&from=2020-05-21&to=2020-05-21")
    assert desk.get("/page/epochs").json()["days"] == ["2009-01-03", *map(str, HALVINGS)]
    then = desk.rows(assets="btc", metrics="TxCnt", start_time="2016-07-19", end_time="2016-07-19")[0]["TxCnt"]
    year = desk.rows(assets="btc", metrics="FeeTotNtv", start_time="2019-05-21", end_time="2019-05-21")[0]["FeeTotNtv"]
    cells = tab.locator("#table tbody tr td").all_inner_texts()
    assert [cells[2], cells[4]] == [then, year]
    assert "btc TxCnt, a halving before" in tab.inner_text("#table thead")


def test_zoom_and_double_click(tab: Page, desk: Server) -> None:
    open_page(tab, desk, "#series=btc:BlkCnt&from=2020-01-01&to=2020-12-31")
    tab.dblclick("#chart .canvas")
    expect(tab.locator("#from")).to_have_value("2009-01-03")
    tab.go_back()
    expect(tab.locator("#from")).to_have_value("2020-01-01")


def test_from_a_day_of_a_flow_down_to_the_ledger(tab: Page, desk: Server) -> None:
    open_page(tab, desk, f"#series=btc:FlowInBNBNtv,btc:BlkCnt&from={day(4)}&to={day(9)}")
    tab.focus("#chart .canvas")
    tab.keyboard.press("Home")
    tab.keyboard.press("Enter")
    expect(tab.locator("#behind")).to_have_text(f"What the values of {day(4)} are made of: FlowInBNBNtv")
    tab.click("#behind a")
    tab.wait_for_url("**/explorer#behind=FlowInBNBNtv*")


def test_pictures_and_the_embedded_chart(tab: Page, desk: Server, tmp_path: Path) -> None:
    state = "from=2020-01-01&to=2020-12-31&log=Blocks&notes=2020-03-01 a < b %26 c"
    open_page(tab, desk, f"#series=btc:BlkCnt,btc:TxCnt;bar&{state}")
    for kind, begin in (("png", b"\x89PNG"), ("svg", b"<svg")):
        with tab.expect_download() as started:
            tab.click(f"#{kind}")
        started.value.save_as(tmp_path / "chart")
        content = (tmp_path / "chart").read_bytes()
        assert content.startswith(begin)
        assert len(content) > 10_000
    texts = [each.text for each in ElementTree.fromstring(content).iter("{http://www.w3.org/2000/svg}text")]
    assert {"━ btc TxCnt", "a < b & c", "Blocks"} <= set(texts)
    source = re.search(r'src="([^"]*)"', tab.inner_text("#embed"))
    assert source
    tab.goto(source[1].replace("&amp;", "&"))
    tab.wait_for_selector(READY)
    expect(tab.locator("#chart .canvas")).to_have_attribute("aria-valuetext", "to 2020-12-31")
    assert tab.inner_text("#legend").split("━")[1:] == [" btc BlkCnt\n", " btc TxCnt"]
    assert "frame-ancestors *" in desk.get("/embed").headers["content-security-policy"]


def test_boards_ready_and_own(tab: Page, desk: Server, tmp_path: Path) -> None:
    tab.goto(f"{desk.url}/")
    tab.wait_for_selector(READY)
    assert tab.locator("#boards a").count() == 6
    expect(tab.locator("#title")).to_have_text("Miners")
    tab.click("#boards a >> nth=4")
    expect(tab.locator("#title")).to_have_text("Supply and issuance")
    tab.click("button[aria-label='Move back Issuance a day']")
    expect(tab.locator(".card h2").nth(2)).to_have_text("Issuance a day")
    tab.click("button[aria-label='Remove Puell multiple']")
    expect(tab.locator(".card")).to_have_count(5)
    tab.click("[data-days='365']")
    tab.click("#changing summary")
    tab.fill("#add-title", "Blocks")
    tab.fill("#add-series", "btc:BlkCnt;bar;ma7, 2 * btc:TxCnt")
    tab.press("#add-series", "Enter")
    expect(tab.locator(".card")).to_have_count(6)
    with tab.expect_download() as started:
        tab.click("#download")
    started.value.save_as(tmp_path / "board.json")
    kept = json.loads((tmp_path / "board.json").read_text(encoding="utf-8"))
    assert kept["charts"][-1] == {"title": "Blocks", "series": ["btc:BlkCnt;bar;ma7", "2 * btc:TxCnt"]}
    tab.go_back()
    expect(tab.locator(".card")).to_have_count(5)
    tab.set_input_files("#file", tmp_path / "board.json")
    expect(tab.locator(".card")).to_have_count(6)
    tab.reload()
    tab.wait_for_selector(READY)
    expect(tab.locator(".card h2").last).to_have_text("Blocks")
    tab.click(".card h2 >> nth=-1 >> a")
    tab.wait_for_selector(READY)
    assert tab.locator("#chosen li").count() == 2
    tab.click("#to-board")
    expect(tab.locator("#title")).to_have_text("My board")
    expect(tab.locator(".card")).to_have_count(1)
    (tmp_path / "board.json").write_text('{"charts": [{}]}', encoding="utf-8")
    tab.set_input_files("#file", tmp_path / "board.json")
    expect(tab.locator("#message")).to_contain_text('Chart 1 of the file needs a list "series"')


def test_old_links_lead_to_the_chart(tab: Page, desk: Server) -> None:
    tab.goto(f"{desk.url}/#series=btc:BlkCnt&from=2020-01-01&log=1")
    tab.wait_for_url("**/chart#series=*")
    tab.wait_for_selector(READY)
    assert tab.is_checked("#chart .pane input")
    assert tab.input_value("#from") == "2020-01-01"


def test_links_that_ask_for_too_much(tab: Page, desk: Server) -> None:
    open_page(tab, desk, f"#series={','.join(f'btc:TxCnt;ma7,{n} * btc:TxCnt' for n in range(30))}&to=9999-12-31")
    expect(tab.locator("#message")).to_contain_text("A chart has up to 40 series; of the link's 60")
    assert tab.get_attribute("#chart .canvas", "aria-valuetext") == "to 2024-02-04"
    tab.goto(f"{desk.url}/#board=mine&from=soon")
    expect(tab.locator("#message")).to_contain_text("from=soon is no day")
    expect(tab.locator("#message")).to_contain_text("There is no board mine")


def _processor_seconds(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _task_seconds(session: CDPSession) -> float:
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]


def test_it_loads_in_a_second_and_a_half_and_switches_in_a_third(tab: Page, desk: Server) -> None:
    """In processor time of page and server together, which is what a machine with nothing else to do needs."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    for place in ("/", "/chart"):
        tab.goto("about:blank")
        before = _processor_seconds(desk.pid) + _task_seconds(session)
        tab.goto(f"{desk.url}{place}")
        tab.wait_for_selector(READY)
        assert _processor_seconds(desk.pid) + _task_seconds(session) - before <= 1.5
    tab.goto("about:blank")
    open_page(tab, desk, "#series=btc:BlkCnt")
    tab.fill("#find", "RevNtv")
    button = tab.locator("#finder .results button[data-metric=RevNtv]")
    expect(tab.locator("#finder [role=status]")).to_have_text("7 metrics found.")
    before = _processor_seconds(desk.pid) + _task_seconds(session)
    button.click()
    expect(tab.locator("#chosen li")).to_have_count(2)
    assert _processor_seconds(desk.pid) + _task_seconds(session) - before <= 0.3
