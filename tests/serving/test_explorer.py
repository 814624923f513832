"""The explorer of the ledger: what it answers, that its SQL gives the same rows, and its page in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.serving.copies import DAYS, day, txid
from tests.serving.servers import Server

AXE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
LEDGER = "/v4/ledger/btc"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def copy(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, as anybody opens it."""
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        yield connection


def answer(server: Server, path: str, **parameters: object) -> dict[str, Any]:
    found = server.get(f"{LEDGER}/{path}", **parameters)
    assert found.status_code == 200, found.text
    return found.json()


def printed(value: object) -> object:
    """A value of SQL as answers have it."""
    return value if value is None or isinstance(value, bool) else str(value)


def test_blocks(server: Server) -> None:
    latest = answer(server, "blocks")["data"]
    assert [block["height"] for block in latest] == ["200"]
    of_day = answer(server, "blocks", day=day(3))
    assert [block["height"] for block in of_day["data"]] == ["15", "14", "13", "12"]
    assert of_day["rows"] == "4"
    (one,) = answer(server, "blocks", height=7)["data"]
    assert (one["subsidy"], one["fees"], one["transaction_count"]) == ("5000000000", "7", "3")
    assert answer(server, "blocks", hash=f"{7:064X}")["data"] == [one]
    assert answer(server, "blocks", height=201)["data"] == []
    assert answer(server, "blocks", hash="f" * 64)["data"] == []


def test_transactions_and_their_entries(server: Server) -> None:
    found = answer(server, "transactions", height=7)["data"]
    assert [each["txid"] for each in found] == [txid(7, index) for index in range(3)]
    assert [(each["fee"], each["sent"], each["entries"]) for each in found] == [
        ("0", "5000000007", "3"),
        ("7", "1007", "3"),
        ("0", "600", "3"),
    ]
    assert answer(server, "transactions", txid=txid(7, 1).upper())["data"] == found[1:2]
    assert answer(server, "transactions", txid="f" * 64)["data"] == []
    entries = answer(server, "entries", height=7, tx_index=1)["data"]
    assert [(each["account"], each["satoshi"]) for each in entries] == [
        ("miner2", "-1007"),
        ("payee0", "1000"),
        ("FEES", "7"),
    ]
    assert entries[1]["exchange_name"] == "Binance"
    assert entries[1]["source"] == "hand"
    assert entries[0]["exchange_name"] is None


def test_accounts(server: Server) -> None:
    found = answer(server, "account-days", account="payee0")["data"]
    assert found[0] == {"day": str(day(0)), "entries": "3", "received": "1100", "sent": "600", "balance": "500"}
    assert found[-1]["balance"] == str(29 * 500)
    assert len(found) == 29
    assert answer(server, "account-days", account="nobody' or true --")["data"] == []
    members = answer(server, "members", accounts="payee0,miner1,nobody")["data"]
    assert [(each["account"], each["hop"], each["evidence_txid"]) for each in members] == [
        ("miner1", "0", txid(1, 0)),
        ("miner1", "1", txid(1, 0)),
        ("payee0", "1", txid(0, 1)),
    ]
    assert [each["account"] for each in answer(server, "members", day=day(1), hop=0)["data"]] == ["miner4"]


def test_labels_and_their_coverage(server: Server) -> None:
    coverage = {each["exchange"]: each for each in answer(server, "exchanges")["data"]}
    assert coverage["BNB"]["labels"] == "12"
    assert coverage["NBX"]["first_day_seen"] is None
    (label,) = answer(server, "labels", exchange="BNB")["data"]
    assert (label["address"], label["role"], label["as_of"]) == ("payee0", "hot", str(day(0)))
    assert answer(server, "labels", accounts="payee0,payee1")["data"] == [label]


def test_what_values_are_made_of(server: Server) -> None:
    made = answer(server, "flow-transactions", metric="FlowInBNBNtv", day=day(1))
    assert made["data"] == [{"height": "7", "tx_index": "1", "txid": txid(7, 1), "satoshi": "1000"}]
    assert (made["sum"], made["value"]) == ("1000", "0.25000000")
    out = answer(server, "flow-transactions", metric="FlowOutBNBUSD", day=day(1))
    assert [(each["txid"], each["satoshi"]) for each in out["data"]] == [(txid(7, 2), "500")]
    net = answer(server, "flow-transactions", metric="SplyExNtv", day=day(1))
    assert [each["satoshi"] for each in net["data"]] == ["1000", "-500"]
    assert (net["sum"], net["value"], net["value_before"]) == ("500", None, None)
    miners = answer(server, "flow-transactions", metric="SplyMiner0HopAllNtv", day=day(1))
    assert (miners["value"], miners["value_before"]) == ("1001.00000000", "1000.00000000")
    assert miners["sum"] == str(sum(5_000_000_000 - 1_000 for _ in range(4, 8)))
    rewards = answer(server, "flow-transactions", metric="RevNtv", day=day(1))
    assert [each["satoshi"] for each in rewards["data"]] == [str(5_000_000_000 + height) for height in range(4, 8)]


def test_who_gave_to_whom(server: Server) -> None:
    found = answer(server, "flow-transfers", metric="FlowNetBNBNtv", day=day(1))["data"]
    assert [(each["sender"], each["receiver"], each["satoshi"]) for each in found] == [
        ("miner2", "BNB", "1000"),
        ("BNB", "new7", "500"),
    ]
    sent = answer(server, "flow-transfers", metric="FlowMinerOut1HopAllExNtv", day=day(1))
    assert [(each["sender"], each["receiver"]) for each in sent["data"]] == [("miner2", "Ex")]
    made = answer(server, "flow-transactions", metric="FlowMinerOut1HopAllExNtv", day=day(1))
    assert made["sum"] == sent["sum"] == "1000"
    assert answer(server, "flow-transfers", metric="FlowMinerIn0HopAllBNBNtv", day=day(1))["data"] == []


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("blocks", {"day": day(3)}),
        ("transactions", {"height": 7}),
        ("transactions", {"txid": txid(7, 1)}),
        ("entries", {"height": 7, "tx_index": 2}),
        ("account-days", {"account": "payee3"}),
        ("exchanges", {}),
        ("labels", {"exchange": "BNB", "accounts": "payee0,it's"}),
        ("members", {"accounts": "payee0,miner1"}),
        ("flow-transactions", {"metric": "FlowNetBNBNtv", "day": day(7)}),
        ("flow-transactions", {"metric": "SplyCur", "day": day(7)}),
        ("flow-transactions", {"metric": "MOMR", "day": day(7)}),
        ("flow-transactions", {"metric": "FlowMinerOut0HopAllBNBNtv", "day": day(7)}),
        ("flow-transfers", {"metric": "FlowMinerOut0HopAllBNBNtv", "day": day(7)}),
    ],
)
def test_the_sql_gives_the_same_rows_and_pages_go_on(
    server: Server, copy: duckdb.DuckDBPyConnection, path: str, parameters: dict[str, Any]
) -> None:
    whole = answer(server, path, **parameters)
    found = copy.execute(whole["sql"])
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert [row.keys() for row in whole["data"]] == [row.keys() for row in rows]
    for name in set(names) - {"median_time", "time"}:
        assert [row[name] for row in whole["data"]] == [printed(row[name]) for row in rows]
    pages: Rows = []
    token: dict[str, str] = {}
    while True:
        page = answer(server, path, **parameters, page_size=1, **token)
        pages += page["data"]
        if "next_page_token" not in page:
            break
        token = {"next_page_token": page["next_page_token"]}
    assert pages == whole["data"]
    assert whole["rows"] == str(len(pages))


@pytest.mark.parametrize(
    ("path", "parameters", "named"),
    [
        ("flow-transactions", {"metric": "BlkCnt", "day": "2023-01-02"}, "metric"),
        ("flow-transactions", {"metric": "Nothing", "day": "2023-01-02"}, "metric"),
        ("flow-transactions", {"metric": "RevNtv", "day": "tomorrow"}, "day"),
        ("flow-transactions", {"metric": "RevNtv", "day": "0001-01-01"}, "day"),
        ("blocks", {"day": "5"}, "day"),
        ("members", {"day": "2023-02-30"}, "day"),
        ("flow-transfers", {"metric": "RevNtv", "day": "2023-01-02"}, "metric"),
        ("blocks", {"day": "2023-01-02", "height": 1}, "height"),
        ("blocks", {"next_page_token": "x"}, "next_page_token"),
        ("transactions", {}, "height"),
        ("members", {}, "accounts"),
        ("labels", {"accounts": "a,,b"}, "accounts"),
        ("labels", {"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_answered_is_named(server: Server, path: str, parameters: dict[str, Any], named: str) -> None:
    refused = server.get(f"{LEDGER}/{path}", **parameters)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["message"].startswith(f"Bad parameter '{named}'.")
    assert server.get(f"/v4/ledger/ltc/{path}", **parameters).status_code == 400


def view(page: Page, title: str) -> None:
    expect(page.locator("h1")).to_have_text(title)
    page.wait_for_selector("body[data-ready=true]")


def test_from_a_flow_down_to_an_address_with_its_label(
    page: Page, server: Server, copy: duckdb.DuckDBPyConnection
) -> None:
    page.goto(f"{server.url}/metric/FlowInBNBNtv")
    page.wait_for_selector("body[data-ready=true]")
    page.focus(".plot")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    view(page, f"FlowInBNBNtv on {day(1)}")
    expect(page.locator("#view")).to_contain_text("The rows add up to0.00001000 BTC")
    page.click(f'a[href="#tx={txid(7, 1)}"] >> nth=0')
    view(page, "Transaction")
    expect(page.locator("#view tbody tr >> nth=1")).to_contain_text("Binance (hot; hand)")
    page.click('a[href="#account=payee0"]')
    view(page, "payee0")
    shown = page.inner_text("#view")
    assert "Labelled as Binance (hot, given), by hand, as of 2023-01-01; sure." in shown
    assert "Belongs to the accounts one hop from miners (hop 1) since 2023-01-01" in shown
    assert "0.00014500 BTC" in shown
    expect(page.locator(".told")).to_have_text(f"{day(DAYS - 1)}: 0.00014500")
    # Of the account's entries the page writes the SQL itself.
    statements = page.locator("#view code").all_text_contents()
    assert len(statements) == 3
    assert all(copy.execute(statement).fetchall() for statement in statements)
    assert (
        len(copy.execute(statements[-1]).fetchall()) == page.locator("#view table >> nth=-1 >> tbody tr").count() == 50
    )
    page.click("summary:has-text('SQL') >> nth=0")
    expect(page.locator("details[open] code")).to_contain_text("where account = 'payee0'")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.go_back()
    view(page, "Transaction")


def test_what_is_typed_in_is_found(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/explorer")
    view(page, "Blocks")
    for text, title, contained in (
        ("7", "Block 7", txid(7, 1)),
        ("e" * 64, "Block", "There is no block"),
        (txid(7, 2), "Transaction", "new7"),
        ("new7", "new7", "No label names it"),
        ("FEES", "FEES", "virtual"),
        ("<img src=x>", "<img src=x>", "No entry of the ledger is of an account <img src=x>."),
    ):
        page.fill("#what", text)
        page.keyboard.press("Enter")
        view(page, title)
        expect(page.locator("#view")).to_contain_text(contained)
    page.click("text=Labels")
    view(page, "Labels")
    page.click('a[href="#exchange=BNB"]')
    view(page, "Labels of BNB")
    expect(page.locator("[data-account='payee0']")).to_have_text("0.000145")
    assert f"Seen on the chain\n{day(0)} to {day(DAYS - 1)}" in page.inner_text("#view")
    page.click('a[href="#account=payee0"]')
    view(page, "payee0")


def test_nothing_keeps_people_out(page: Page, server: Server) -> None:
    places = ("metric", "metric/FlowInBNBNtv", "explorer", "explorer#account=payee0", "explorer#labels=")
    for place in (*places, f"explorer#behind=FlowInBNBNtv:{day(1)}", f"explorer#tx={txid(7, 1)}"):
        page.goto(f"{server.url}/{place}")
        # To a page that is shown already the address of another view is no reason to load it.
        page.reload()
        page.wait_for_selector("body[data-ready=true]")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run().then((all) => all.violations.map((one) => [one.id, one.nodes[0].html]))")
        assert found == [], place
    page.click("#theme")
    assert page.evaluate("axe.run().then((all) => all.violations.map((one) => one.id))") == []
