"""A real node as a source."""

import csv
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from dagster_project.chain.sources import node as node_module
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources import rpc as rpc_module
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Chain, Settings
from tests.chain.lake import (
    changed,
    complete_days,
    export_with_bitcoin_etl,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    make_settings,
    node_settings,
    query,
    raw_files,
)
from tests.chain.paying_miner import PAID_DAYS
from tests.http_server import serving
from tests.node import ENCODED_PASSWORD, PASSWORD, Node, raw_blocks_of, read_raw_blocks

StartNode = Callable[..., Node]


def test_a_node_and_its_export_files_give_the_same_raw_days(
    tmp_path: Path, paid_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_with_bitcoin_etl(paid_node, tmp_path / "export", paid_node.rpc("getblockcount"))
    files = files_settings(tmp_path / "files", export)
    extract_all(files)
    for transactions in (300, 1_000_000):  # some groups, and one
        monkeypatch.setattr(node_module, "GROUP_TRANSACTIONS", transactions)
        settings = node_settings(tmp_path / str(transactions), paid_node)
        manifests = extract_all(settings)
        assert len(manifests) == PAID_DAYS
        assert sum(manifest.blocks == 0 for manifest in manifests) == 1
        assert raw_files(settings) == raw_files(files)
        assert leftovers(settings) == []


def test_one_day_is_the_same_alone_and_within_a_range(tmp_path: Path, paid_node: Node) -> None:
    settings = node_settings(tmp_path, paid_node)
    source = open_source(settings)
    days = complete_days(source)[10:14]
    list(source.extract(days))
    before = lake_files(settings)
    list(source.extract([days[3], days[1]]))
    assert lake_files(settings) == before


def test_blocks_and_days_equal_what_the_node_told_others(tmp_path: Path, regtest_node: Node, shared: Path) -> None:
    settings = node_settings(tmp_path, regtest_node)
    manifests = {manifest.day: manifest for manifest in extract_all(settings)}
    truth = shared / "data" / "regtest_70_days" / "truth"
    rows = query(
        settings,
        lambda table: (
            f"""
            SELECT height, lower(hex(hash)), CASE WHEN height > 0 THEN lower(hex(previous_hash)) ELSE '' END, time,
                median_time, size, 3 * stripped_size + size, transaction_count,
                regexp_extract(filename, '/(\\d+-\\d+-\\d+)/', 1)
            FROM {table("blocks")} ORDER BY height
        """
        ),
    )
    columns = ("height", "hash", "previous_hash", "time", "mediantime", "size", "weight", "tx_count", "day_mediantime")
    with (truth / "blocks_truth.csv").open() as file:
        expected = [tuple(row[name] for name in columns) for row in csv.DictReader(file)][: len(rows)]
    # Block 0 is years older than block 1, and so belongs to its day.
    expected[0] = (*expected[0][:-1], expected[1][-1])
    assert [tuple(map(str, row)) for row in rows] == expected
    assert len(rows) == 1576
    with (truth / "daily_truth.csv").open() as file:
        daily = {date.fromisoformat(row["day_mediantime"]): row for row in csv.DictReader(file)}
    for day, manifest in manifests.items():
        counts = [manifest.blocks, manifest.transactions, manifest.inputs, manifest.outputs]
        told = [int(daily[day][name]) for name in ("blocks", "txs", "inputs", "outputs")] if day in daily else [0] * 4
        if day == date(2024, 1, 20):  # with block 0, which the truth counts on its own date
            told = [told[0] + 1, told[1] + 1, told[2], told[3] + 1]
        assert counts == told, day
    assert sum(manifest.blocks == 0 for manifest in manifests.values()) == 2


def test_mainnet(tmp_path: Path, mainnet_node: Node) -> None:
    settings = node_settings(tmp_path, mainnet_node, Chain.MAINNET)
    source = open_source(settings)
    tip = source.tip()
    assert (tip.height, tip.hash[:16]) == (255, mainnet_node.rpc("getbestblockhash")[:16])
    assert (source.first_day(), source.last_complete_day()) == (date(2009, 1, 3), date(2009, 1, 11))
    manifests = list(source.extract(complete_days(source)))
    assert [manifest.blocks for manifest in manifests] == [1, 0, 0, 0, 0, 0, 19, 61, 93]
    assert manifests[8].transactions == 94
    assert "bitcoin-etl" in manifests[0].versions and "node" in manifests[0].versions
    before = lake_files(settings)
    for day, reason in (
        (date(2009, 1, 12), r"2009-01-12 is not complete yet: the last complete day is 2009-01-11"),
        (date(2009, 1, 2), r"2009-01-02 lies before the first day of the chain, 2009-01-03"),
    ):
        with pytest.raises(IncompleteDayError, match=reason):
            list(source.extract([date(2009, 1, 11), day]))
    assert lake_files(settings) == before


@pytest.mark.parametrize("chain", [Chain.SIGNET, Chain.TESTNET4])
def test_other_networks_answer_as_bitcoin_etl_expects(tmp_path: Path, start_node: StartNode, chain: Chain) -> None:
    source = open_source(node_settings(tmp_path, start_node(chain.value), chain))
    assert source.tip().height == 0
    assert source.last_complete_day() is None


def test_progress_is_reported_up_to_the_last_block(tmp_path: Path, paid_node: Node) -> None:
    source = open_source(node_settings(tmp_path, paid_node))
    told: list[tuple[int, int]] = []
    days = complete_days(source)[:30]
    manifests = list(source.extract(days, lambda message, done, total: told.append((done, total))))
    blocks = sum(manifest.blocks for manifest in manifests)
    assert {total for _, total in told} == {blocks}
    assert told[-1] == (blocks, blocks)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 5


def refused(settings: Settings, sentence: str) -> str:
    """What a source answers that cannot be used; nothing may have been written."""
    with pytest.raises(SatledgerError, match=sentence) as caught:
        extract_all(settings)
    assert "\n" not in str(caught.value)
    assert leftovers(settings) == []
    return str(caught.value)


def test_a_node_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_module, "ATTEMPTS", 2)
    settings = make_settings(
        home=tmp_path, chain="regtest", source="node", node_url=f"http://a:{ENCODED_PASSWORD}@127.0.0.1:1"
    )
    message = refused(settings, r"The node at http://127.0.0.1:1 cannot be reached: see that it runs")
    assert PASSWORD not in message and ENCODED_PASSWORD not in message


@pytest.mark.parametrize("url", ["127.0.0.1:8332", "ftp://u:hunter2@h", "http://u:hunter2@h:port", "http://"])
def test_an_address_that_is_none_is_not_repeated(tmp_path: Path, url: str) -> None:
    settings = make_settings(home=tmp_path, chain="regtest", source="node", node_url=url)
    assert "hunter2" not in refused(settings, "SATLEDGER_NODE_URL is not an address like")


def test_wrong_credentials(tmp_path: Path, paid_node: Node, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"http://alice:wrong-{ENCODED_PASSWORD}@127.0.0.1:{paid_node.port}"
    settings = make_settings(home=tmp_path, chain="regtest", source="node", node_url=url)
    message = refused(settings, "refuses the credentials: correct user and password in SATLEDGER_NODE_URL")
    told = message + caplog.text
    assert "wrong" not in message and ENCODED_PASSWORD not in told and PASSWORD not in told


def test_credentials_from_a_cookie_file(tmp_path: Path, start_node: StartNode) -> None:
    node = start_node("regtest")
    node.stop()
    node.use_cookie()
    node.start()
    cookie = node.folder / "regtest" / ".cookie"
    values = {"home": tmp_path, "chain": "regtest", "source": "node", "node_url": f"http://127.0.0.1:{node.port}"}
    source = open_source(make_settings(**values, node_cookie=cookie))
    assert source.tip().height == 0
    # A node that was restarted has another cookie.
    node.stop()
    node.start()
    assert source.tip().height == 0
    refused(make_settings(**values), "refuses the credentials")
    refused(make_settings(**values, node_cookie=tmp_path / "none"), r"cookie file .*none cannot be read \(No such file")


def test_a_node_on_another_chain(tmp_path: Path, paid_node: Node) -> None:
    settings = node_settings(tmp_path, paid_node, Chain.MAINNET)
    refused(settings, r"is on another chain \(regtest, which begins with 0f9188\w+\) than mainnet")


def test_a_node_that_is_still_syncing(tmp_path: Path, start_node: StartNode, paid_node: Node) -> None:
    raw = raw_blocks_of(paid_node)
    node = start_node("regtest")
    node.feed(raw[:200])
    for block in raw[200:230]:
        node.rpc("submitheader", block[:160])
    settings = node_settings(tmp_path, node)
    refused(settings, r"is still syncing: it has 200 of 230 blocks; wait")
    node.feed(raw[200:])
    assert len(extract_all(settings)) == PAID_DAYS


def test_a_node_that_has_pruned_the_blocks(tmp_path: Path, bitcoind: Path, start_node: StartNode, shared: Path) -> None:
    # With this option a node prunes when it is told to; a file of blocks has to be full before it can go.
    node = start_node("regtest", "-prune=1", "-fastprune")
    node.feed(read_raw_blocks(shared / "data" / "regtest_70_days" / "raw_blocks.hex.gz"))
    below = node.rpc("pruneblockchain", 1_000)
    assert below > 100
    settings = node_settings(tmp_path, node)
    refused(settings, r"has pruned its blocks below height \d+, but 0 is wanted: use a node with the whole chain")
    source = open_source(settings)
    assert len(list(source.extract(complete_days(source)[-3:]))) == 3


def test_a_node_that_dies_while_it_is_read(
    tmp_path: Path, start_node: StartNode, paid_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc_module, "ATTEMPTS", 3)
    monkeypatch.setattr(node_module, "GROUP_TRANSACTIONS", 200)
    node = start_node("regtest")
    node.feed(raw_blocks_of(paid_node)[:400])
    settings = node_settings(tmp_path / "home", node)
    source = open_source(settings)
    days = complete_days(source)

    def die_after_some_days(message: str, done: int, total: int) -> None:
        if done >= 200:
            node.kill()

    with pytest.raises(SatledgerError, match=r"The node at http://127.0.0.1:\d+ cannot be reached"):
        list(source.extract(days, die_after_some_days))
    held = held_days(settings.raw)
    assert 0 < len(held) < len(days)
    assert leftovers(settings) == []
    list(open_source(node_settings(tmp_path / "home", paid_node)).extract(days[len(held) :]))
    undisturbed = node_settings(tmp_path / "other", paid_node)
    list(open_source(undisturbed).extract(days))
    assert lake_files(settings) == lake_files(undisturbed)


def test_a_node_that_restarts_is_waited_for(
    tmp_path: Path, start_node: StartNode, paid_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = start_node("regtest")
    node.feed(raw_blocks_of(paid_node)[:400])
    source = open_source(node_settings(tmp_path, node))
    restarts = []

    def restart_once(message: str, done: int, total: int) -> None:
        if done >= 100 and not restarts:
            restarts.append(done)
            node.stop()
            node.start()

    days = complete_days(source)
    assert len(list(source.extract(days, restart_once))) == len(days) > 10
    assert restarts


def test_a_node_with_a_short_queue_is_asked_again(
    tmp_path: Path, bitcoind: Path, start_node: StartNode, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: list[str] = []

    class CountedError(rpc_module.BusyNodeError):
        def __init__(self, reason: str) -> None:
            super().__init__(reason)
            busy.append(reason)

    monkeypatch.setattr(rpc_module, "BusyNodeError", CountedError)
    node = start_node("regtest", "-rpcworkqueue=1", "-rpcthreads=1")
    node.feed(read_raw_blocks(shared / "data" / "regtest_70_days" / "raw_blocks.hex.gz")[:1_000])
    settings = changed(node_settings(tmp_path, node), node_workers=30, node_batch=3)
    extract_all(settings)
    assert set(busy) == {"has more requests than its queue holds (rpcworkqueue)"}


@pytest.fixture
def slow_server() -> Iterator[str]:
    """Address of a server that answers requests of up to two commands only, with their first parameters."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if len(calls) > 2 or calls[0]["method"] == "slow":
                done.wait(10)
                return
            body = json.dumps([{"id": call["id"], "result": call["params"][0]} for call in calls]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    done = threading.Event()
    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"
        done.set()


def test_slow_answers_are_asked_for_in_smaller_requests(tmp_path: Path, slow_server: str) -> None:
    rpc = rpc_module.NodeRpc(make_settings(home=tmp_path, chain="regtest", source="node", node_url=slow_server))
    rpc.timeout = 1
    blocks = [f"{number:064x}" for number in range(9)]
    assert rpc.batch([["getblock", block, 0] for block in blocks]) == blocks
    with pytest.raises(SatledgerError, match=r"did not answer within 1 seconds: see that it runs"):
        rpc.call("slow", 1)


def test_nothing_of_the_credentials_is_in_logs_or_manifests(
    tmp_path: Path, paid_node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = node_settings(tmp_path, paid_node)
    source = open_source(settings)
    list(source.extract(complete_days(source)[:5]))
    texts = caplog.text + "".join(path.read_text() for path in settings.raw.rglob("manifest.json"))
    assert PASSWORD not in texts and ENCODED_PASSWORD not in texts and "alice" not in texts
    assert PASSWORD not in repr(settings) and ENCODED_PASSWORD not in repr(settings)
