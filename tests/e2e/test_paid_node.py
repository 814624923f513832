"""A chain with payments as a node tells it, and what else is made of that node's blocks."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.chain.lake import export_with_bitcoin_etl
from tests.chain.witness_chain import Call, proxy_of
from tests.e2e.conftest import Installation
from tests.node import Node


@pytest.fixture(scope="module")
def from_node(paid_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installed = Installation(tmp_path_factory.mktemp("node-home"))
    installed.build("--source", "node", "--chain", "regtest", "--node-url", paid_node.url)
    return installed


def test_incomplete_day_is_refused(from_node: Installation, paid_node: Node) -> None:
    before = from_node.contents()
    source = ("--source", "node", "--chain", "regtest", "--node-url", paid_node.url)
    done = from_node.run("build", *source, "--to", "2024-06-10")
    assert done.returncode == 1
    assert "2024-06-10 is not complete yet: the last complete day is 2024-06-09" in " ".join(done.stderr.split())
    assert from_node.contents() == before


def test_files_give_the_same_bytes(from_node: Installation, paid_node: Node, tmp_path: Path) -> None:
    export = export_with_bitcoin_etl(paid_node, tmp_path / "export", paid_node.rpc("getblockcount"))
    from_files = Installation(tmp_path / "home")
    from_files.build("--source", "files", "--chain", "regtest", "--files", str(export))
    assert from_files.contents("unproven_days") == from_node.contents("unproven_days")
    # A node's answers have the witnesses that bitcoin-etl does not pass on.
    assert from_node.query("from unproven_days") == []
    parts = from_files.query("select distinct part from unproven_days order by all")
    assert parts == [("sizes of witnesses",), ("witness commitments",)]


@pytest.mark.long
def test_raw_blocks_give_the_same_bytes(from_node: Installation, paid_node: Node, tmp_path: Path) -> None:
    """Those that the node sends, and those that lie in its files."""
    sent, held = Installation(tmp_path / "sent"), Installation(tmp_path / "held")
    source = ("--source", "node", "--chain", "regtest", "--node-url", paid_node.url)
    sent.build(*source, SATLEDGER_NODE_READER="raw")
    files = paid_node.folder / "regtest" / "blocks"
    held.build("--source", "blocks", "--chain", "regtest", SATLEDGER_BLOCKS=str(files))
    assert sent.contents() == held.contents() == from_node.contents()


def test_verify_agrees_with_the_node(from_node: Installation, paid_node: Node) -> None:
    done = from_node.run("verify", "--node-url", paid_node.url)
    assert done.returncode == 0, done.stdout + done.stderr
    for compared in (
        "days, from the lake alone: files (SHA-256), counts and places, block ids",
        "ids and counts of ",
        "fees, subsidy and totals of ",
        "the sum of all unspent outputs at block ",
        "what 10 addresses own at block ",
    ):
        assert compared in done.stdout, done.stdout
    assert "Differs" not in done.stdout and "No difference." in done.stdout


def test_verify_tells_each_difference_from_the_node(from_node: Installation, paid_node: Node, tmp_path: Path) -> None:
    shutil.copytree(from_node.home / "lake", tmp_path / "lake")
    shutil.copy(from_node.home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update blocks set fees = fees + 1 where height = (select max(last_height) from built_days)")
        connection.execute("update ledger_days set users = users + 1 where day = (select max(day) from ledger_days)")
        connection.execute("update account_states set closing = closing + 7")
    copy = Installation(tmp_path)
    done = copy.run("verify", "--node-url", paid_node.url, "--days", "2")
    assert done.returncode == 1
    differences = [line for line in done.stdout.splitlines() if line.startswith("Differs: ")]
    assert sum("totalfee is " in line for line in differences) == 1
    assert sum("unspent outputs are worth " in line for line in differences) == 1
    assert sum("(scantxoutset)" in line for line in differences) == 10
    assert len(differences) == 12
    assert copy.run("verify", "--node-url", paid_node.url, "--days", "2").stdout == done.stdout


def test_verify_without_a_node_says_what_it_could_not_compare(from_node: Installation) -> None:
    done = from_node.run("verify", "--node-url", "http://127.0.0.1:1", "--from", "2024-05-06", "--to", "2024-05-08")
    assert done.returncode == 0, done.stderr
    assert "Compared: 3 days, from the lake alone: " in done.stdout
    assert "Not compared: all that only a node tells: The node at http://127.0.0.1:1 cannot be reached" in done.stdout


def test_verify_keeps_what_it_found_where_the_node_answers_nonsense(from_node: Installation, paid_node: Node) -> None:
    with proxy_of(paid_node) as proxy:
        proxy.change = lambda call, result: {"height": 1} if call["method"] == "gettxoutsetinfo" else result
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "Compared: 2 days, from the lake alone: " in done.stdout and "Compared: ids and counts" in done.stdout
        assert "answers gettxoutsetinfo as no Bitcoin node does (object missing required field total" in done.stderr
        proxy.change = lambda call, result: [] if call["method"] == "getblockstats" else result
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
        assert done.returncode == 1 and "answers getblockstats as no Bitcoin node does" in done.stderr
        assert "Not compared: the rest of what only a node tells: The node at " in done.stdout


def test_verify_leaves_out_what_the_node_has_pruned(from_node: Installation, paid_node: Node) -> None:
    ((last_pruned,),) = from_node.query("select last_height from built_days order by day desc limit 1 offset 1")

    def pruned(_: object, calls: list[Call], answers: list[Call]) -> bytes | None:
        if calls[0]["method"] != "getblockstats" or calls[0]["params"][0] > last_pruned:
            return None
        error = {"code": -1, "message": "Block not available (pruned data)"}
        return json.dumps([{"id": answer["id"], "error": error} for answer in answers]).encode()

    with proxy_of(paid_node) as proxy:
        proxy.reply = pruned
        done = from_node.run("verify", "--node-url", proxy.url, "--days", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not compared: fees and totals of 3 blocks that the node has pruned" in done.stdout
    assert "fees, subsidy and totals of 3 of these blocks" in done.stdout


def test_verify_with_the_warehouse_of_another_version(from_node: Installation, paid_node: Node, tmp_path: Path) -> None:
    shutil.copytree(from_node.home / "lake", tmp_path / "lake")
    shutil.copy(from_node.home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("alter table user_accounts rename column account_type to kind")
    done = Installation(tmp_path).run("verify", "--node-url", paid_node.url, "--days", "2")
    assert done.returncode == 0, done.stderr
    assert "Not compared: the rest of the ledger: the warehouse " in done.stdout
    assert "was built by another version of satledger: run `satledger build --full-refresh`" in done.stdout
