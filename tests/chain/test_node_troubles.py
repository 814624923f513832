"""A node that cannot be used, or not now: what is said of it, and what is waited for."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from dagster_project.chain.sources import node as node_module
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources import rpc as rpc_module
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Chain, Settings
from tests.chain.lake import (
    changed,
    complete_days,
    extract_all,
    lake_files,
    leftovers,
    make_settings,
    node_settings,
)
from tests.chain.paying_miner import PAID_DAYS
from tests.http_server import serving
from tests.node import ENCODED_PASSWORD, PASSWORD, Node, raw_blocks_of, read_raw_blocks

StartNode = Callable[..., Node]


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
