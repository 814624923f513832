"""A real node as a source: what it gives."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dagster_project.chain.sources import node as node_module
from dagster_project.chain.sources import open_source
from dagster_project.errors import IncompleteDayError
from dagster_project.settings import Chain
from tests.chain.lake import (
    complete_days,
    export_with_bitcoin_etl,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    node_settings,
    query,
    raw_files,
)
from tests.chain.paying_miner import PAID_DAYS
from tests.node import Node

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
