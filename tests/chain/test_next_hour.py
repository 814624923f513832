"""The hour after the last day held: read, proven and kept beside the raw days until its day is there as a whole."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from dagster_project.chain.sources import open_source
from dagster_project.chain.update import hour_is_due, update_lake
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from dagster_project.lake.next_hour import damaged_hours, held_hour, hour_folder, remove_damaged_hours
from dagster_project.settings import Chain, NodeReader, Settings
from tests.chain.lake import (
    changed,
    complete_days,
    export_with_bitcoin_etl,
    files_settings,
    make_settings,
    node_settings,
    read_lines,
    write_export,
)
from tests.chain.paying_miner import BUSY_DAYS
from tests.chain.test_reorganisations import mine, reorganise
from tests.node import Node

StartNode = Callable[..., Node]
QUARTER = 900
ONE_DAY = timedelta(1)


def update(settings: Settings) -> date:
    """Bring the lake up to its source, and return the day that begins with the hour after the last day held."""
    source = open_source(settings)
    update_lake(settings, source, complete_days(source))
    return held_days(settings.raw)[-1] + ONE_DAY


def hour_files(settings: Settings) -> dict[str, bytes]:
    """The tables of the hour, by their names below its folder."""
    folder = hour_folder(settings)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_all_ways_give_the_same_hour(tmp_path: Path, paid_node: Node) -> None:
    last = paid_node.rpc("getblockcount")
    over_rpc = node_settings(tmp_path / "etl", paid_node)
    ways = [
        over_rpc,
        changed(over_rpc, home=tmp_path / "raw", node_reader=NodeReader.RAW),
        files_settings(tmp_path / "files", export_with_bitcoin_etl(paid_node, tmp_path / "export", last)),
    ]
    found: dict[int, dict[str, bytes]] = {}
    busy: list[int] = []
    blocks = paid_node.folder / "regtest" / "blocks"
    if blocks.is_dir():
        ways.append(make_settings(home=tmp_path / "blocks", chain=Chain.REGTEST, source="blocks", blocks=blocks))
    for settings in ways:
        source = open_source(settings)
        # Not to the end: the hour is then one of a day that the source has as a whole.
        for number in range(BUSY_DAYS - 4, BUSY_DAYS, 2):
            days = complete_days(source)[:number]
            update_lake(settings, source, days)
            assert held_days(hour_folder(settings)) == [days[-1] + ONE_DAY]
            hour = held_hour(settings, days[-1] + ONE_DAY)
            assert hour is not None
            assert "links" in hour.proof.checked
            assert ("Merkle roots" in hour.proof.checked) == (hour.blocks > 0)
            found.setdefault(number, hour_files(settings))
            assert hour_files(settings) == found[number]
            busy.append(hour.blocks)
    assert any(busy)


def test_the_hour_comes_and_goes_with_the_chain(tmp_path: Path, start_node: StartNode) -> None:
    node = start_node("regtest")
    settings = node_settings(tmp_path, node, min_confirmations=0)
    mine(node, [QUARTER] * 150)
    source = open_source(settings)

    def past_midnight() -> int:
        return node.rpc("getblockchaininfo")["mediantime"] % 86_400

    while not past_midnight() <= QUARTER:
        mine(node, [QUARTER])
    begun = update(settings)
    assert held_hour(settings, begun) is None
    assert not hour_is_due(settings, source, begun)
    while past_midnight() <= 3_600:
        mine(node, [QUARTER])
    assert hour_is_due(settings, source, begun)
    assert update(settings) == begun
    hour = held_hour(settings, begun)
    assert hour is not None
    assert not hour_is_due(settings, source, begun)
    # Another branch, with other blocks in that hour.
    reorganise(node, 4, [QUARTER] * 6)
    assert hour_is_due(settings, source, begun)
    assert update(settings) == begun
    replaced = held_hour(settings, begun)
    assert replaced is not None
    assert replaced.fingerprint != hour.fingerprint
    assert replaced.first_hash is not None
    # A shorter one, on which the hour is not over.
    kept = node.rpc("getblockhash", node.rpc("getblockcount") - 5)
    node.rpc("invalidateblock", kept)
    assert hour_is_due(settings, source, begun)
    assert update(settings) == begun
    assert held_days(hour_folder(settings)) == []
    mine(node, [QUARTER] * 100, "53")
    assert update(settings) == begun + ONE_DAY
    assert held_days(hour_folder(settings)) == [begun + ONE_DAY]


@pytest.mark.parametrize("name", ["inputs.parquet", "manifest.json"])
def test_a_damaged_hour_is_read_again(tmp_path: Path, name: str) -> None:
    settings = make_settings(home=tmp_path, chain=Chain.SAMPLE)
    source = open_source(settings)
    days = complete_days(source)[:2]
    begun = days[-1] + ONE_DAY
    update_lake(settings, source, days)
    before = hour_files(settings)
    path = hour_folder(settings) / begun.isoformat() / name
    assert damaged_hours(settings) == []
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (sentence,) = damaged_hours(settings)
    assert f"{path.parent} is damaged (its {name} " in sentence
    assert held_hour(settings, begun) is None
    assert hour_is_due(settings, source, begun)
    remove_damaged_hours(settings)
    assert held_days(hour_folder(settings)) == []
    update_lake(settings, source, days)
    assert hour_files(settings) == before
    remove_damaged_hours(settings)
    assert hour_files(settings) == before


def test_a_lie_in_the_hour_keeps_no_day_out_of_the_lake(
    tmp_path: Path, paid_node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    export = export_with_bitcoin_etl(paid_node, tmp_path / "export", paid_node.rpc("getblockcount"))
    honest = files_settings(tmp_path / "honest", export)
    source = open_source(honest)
    days = complete_days(source)
    while True:
        days = days[:-1]
        update_lake(honest, source, days)
        hour = held_hour(honest, days[-1] + ONE_DAY)
        if hour is not None and hour.blocks:
            break
        shutil.rmtree(honest.raw)
    rows = {name: read_lines(export / name) for name in ("blocks.json", "transactions.json")}
    for row in rows["transactions.json"]:
        if row["block_number"] == hour.first_height and row["is_coinbase"]:
            row["outputs"][0]["value"] += 1
            row["output_value"] += 1
    lies = write_export(tmp_path / "lies", *rows.values())
    lying = files_settings(tmp_path / "lying", lies)
    source = open_source(lying)
    assert [manifest.day for manifest in update_lake(lying, source, days).written] == days
    assert f"The first hour of {hour.day} is left for later" in caplog.text
    # Where nothing else is to be done, it is said.
    with pytest.raises(SatledgerError, match=f"lock {hour.first_height}"):
        update_lake(lying, source, days)
    assert held_days(lying.raw) == days
    assert held_hour(lying, hour.day) is None
