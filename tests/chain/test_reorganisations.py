"""Reorganisations of a real node's chain: the lake follows them, and ends as if it had been read afterwards."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dagster_project.chain.sources import Source, export, open_source
from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.lake.manifest import held_days, held_manifests, remove_days
from dagster_project.progress import Report, silent
from dagster_project.settings import Settings
from tests.chain.lake import changed, complete_days, extract_all, files_settings, lake_files, leftovers, node_settings
from tests.node import Node, raw_blocks_of, read_raw_blocks

StartNode = Callable[..., Node]
START = 1_600_000_000
HOUR = 3_600


def mine(node: Node, seconds_apart: list[int], data: str = "51") -> None:
    """Mine blocks of given distances to a script; scripts make branches differ."""
    time = node.rpc("getblockheader", node.rpc("getbestblockhash"))["time"]
    time = max(time, START)
    for seconds in seconds_apart:
        time += seconds
        node.rpc("setmocktime", time)
        node.rpc("generatetodescriptor", 1, f"raw({data})")


def reorganise(node: Node, depth: int, seconds_apart: list[int]) -> None:
    """Replace the last blocks by others."""
    height = node.rpc("getblockcount")
    node.rpc("invalidateblock", node.rpc("getblockhash", height - depth + 1))
    mine(node, seconds_apart, "52")
    assert node.rpc("getblockcount") == height - depth + len(seconds_apart)


def update(settings: Settings, source: Source, report: Report = silent) -> list[date]:
    """Bring the lake up to the source, and return the days that were stale."""
    stale = source.stale_days(held_manifests(settings.raw))
    remove_days(settings.raw, stale)
    held = held_days(settings.raw)
    list(source.extract([day for day in complete_days(source) if day not in held], report))
    return stale


def day_of_tip(node: Node) -> int:
    """The consensus day of the last block, in days since 1970."""
    return node.rpc("getblockchaininfo")["mediantime"] // (24 * HOUR)


def mine_past_border(node: Node, blocks: int) -> None:
    """Mine hourly blocks until so many lie in a new day."""
    day = day_of_tip(node)
    while day_of_tip(node) == day:
        mine(node, [HOUR])
    mine(node, [HOUR] * (blocks - 1))


def update_held(settings: Settings, source: Source) -> list[date]:
    """Read the days again that are stale, and return them."""
    stale = source.stale_days(held_manifests(settings.raw))
    remove_days(settings.raw, stale)
    list(source.extract(stale))
    return stale


@pytest.mark.parametrize("depth", range(1, 9))
@pytest.mark.parametrize("crosses_border", [False, True])
def test_the_lake_follows_a_reorganisation(
    tmp_path: Path, start_node: StartNode, depth: int, crosses_border: bool
) -> None:
    node = start_node("regtest")
    mine(node, [HOUR] * 40)
    mine_past_border(node, max(1, depth // 2) if crosses_border else depth + 1)
    settings = node_settings(tmp_path / "followed", node, min_confirmations=0)
    source = open_source(settings)
    assert update(settings, source) == []
    before = held_manifests(settings.raw)
    assert len(before) >= 2
    # Short distances first, so that blocks of the new branch lie in days that were complete.
    reorganise(node, depth, [HOUR // 6] * depth + [5 * HOUR] * 8)
    stale = update(settings, source)
    # One block deep, it takes only the block that completes the day, and another one takes its place.
    assert stale == ([before[-1].day] if crosses_border and depth > 1 else [])
    scratch = node_settings(tmp_path / "scratch", node, min_confirmations=0)
    extract_all(scratch)
    assert lake_files(settings) == lake_files(scratch)
    after = {manifest.day: manifest.fingerprint for manifest in held_manifests(settings.raw)}
    assert stale == [manifest.day for manifest in before if after[manifest.day] != manifest.fingerprint]
    assert update(settings, source) == []
    assert leftovers(settings) == []


@pytest.mark.parametrize("depth", [1, 4, 30])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_reorganisation_in_the_middle_of_an_export(
    tmp_path: Path, start_node: StartNode, depth: int, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other branch comes from another node, as in the network, or is mined while the export waits for nothing."""
    monkeypatch.setattr(export, "REPORT_EVERY_BLOCKS", 1)
    node, other = start_node("regtest"), start_node("regtest")
    mine(node, [HOUR] * 100)
    mine_past_border(node, 1)
    other.feed(raw_blocks_of(node))
    branch = [HOUR // 6] * depth + [5 * HOUR] * 16
    reorganise(other, depth, branch)
    settings = node_settings(tmp_path / "interrupted", node, min_confirmations=0)
    reorganised = []

    def reorganise_once(message: str, done: int, total: int) -> None:
        if done > total - 10 and not reorganised:
            reorganised.append(done)
            if at_once:
                node.rpc("setmocktime", 2 * START)
                node.rpcs(("submitblock", block) for block in raw_blocks_of(other)[-len(branch) :])
            else:
                reorganise(node, depth, branch)

    source = open_source(settings)
    days = complete_days(source)
    list(source.extract(days, reorganise_once))
    assert reorganised
    assert held_days(settings.raw) == days
    # What was read is of the new branch already.
    assert update(settings, source) == []
    scratch = node_settings(tmp_path / "scratch", node, min_confirmations=0)
    extract_all(scratch)
    assert lake_files(settings) == lake_files(scratch)


def test_a_source_that_never_settles_is_given_up(
    tmp_path: Path, start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "REPORT_EVERY_BLOCKS", 1)
    monkeypatch.setattr("dagster_project.chain.sources.node.REORGANISATIONS", 2)
    node = start_node("regtest")
    mine(node, [HOUR] * 60)
    settings = node_settings(tmp_path, node, min_confirmations=0)
    source = open_source(settings)
    days = complete_days(source)
    branches = iter(range(1_000))

    def reorganise_always(message: str, done: int, total: int) -> None:
        if done == total // 2:
            height = node.rpc("getblockcount")
            node.rpc("invalidateblock", node.rpc("getblockhash", height - 20))
            mine(node, [HOUR] * 22, f"01{next(branches):02x}")

    with pytest.raises(SourceChangedError, match="reorganised"):
        list(source.extract(days, reorganise_always))
    assert held_days(settings.raw) == []
    assert leftovers(settings) == []


def test_a_lake_that_the_first_block_after_it_does_not_continue(
    tmp_path: Path, start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reorganisation between looking for stale days and reading."""
    node = start_node("regtest")
    mine(node, [HOUR] * 40)
    mine_past_border(node, 1)
    settings = node_settings(tmp_path, node, min_confirmations=0)
    source = open_source(settings)
    update(settings, source)
    held = held_days(settings.raw)
    before = lake_files(settings)
    reorganise(node, 3, [HOUR] * 60)
    days = [day for day in complete_days(source) if day not in held]
    with pytest.raises(SourceChangedError, match="does not continue the lake, which ends with block"):
        list(source.extract(days))
    assert lake_files(settings) == before
    assert update(settings, source) == [held[-1]]


def test_a_node_behind_the_lake_and_one_on_another_chain(tmp_path: Path, start_node: StartNode) -> None:
    node, behind, other = start_node("regtest"), start_node("regtest"), start_node("regtest")
    mine(node, [HOUR] * 200)
    blocks = raw_blocks_of(node)
    settings = node_settings(tmp_path, node)
    extract_all(settings)
    held, before = held_manifests(settings.raw), lake_files(settings)
    behind.feed(blocks[:150])
    with pytest.raises(SatledgerError, match="The source ends at height 150, but the lake holds blocks up to"):
        open_source(node_settings(tmp_path, behind)).stale_days(held)
    mine(other, [HOUR] * 220, "52")
    with pytest.raises(SatledgerError, match=r"on another chain than the lake: block \d+ is \w+ there and \w+ in "):
        open_source(node_settings(tmp_path, other)).stale_days(held)
    assert lake_files(settings) == before


def test_a_day_that_is_no_longer_complete_is_stale(tmp_path: Path, start_node: StartNode) -> None:
    node = start_node("regtest")
    mine(node, [HOUR] * 40)
    mine_past_border(node, 2)
    settings = node_settings(tmp_path, node, min_confirmations=0)
    source = open_source(settings)
    update(settings, source)
    held = held_days(settings.raw)
    node.rpc("invalidateblock", node.rpc("getblockhash", node.rpc("getblockcount") - 1))
    assert source.stale_days(held_manifests(settings.raw)) == [held[-1]]
    assert source.last_complete_day() == held[-2]


def test_the_recorded_reorganisation(tmp_path: Path, start_node: StartNode, shared: Path, regtest_export: Path) -> None:
    data = shared / "data" / "regtest_70_days"
    record = json.loads((data / "reorg" / "reorg.json").read_text())
    blocks = read_raw_blocks(data / "raw_blocks.hex.gz")
    node = start_node("regtest")
    node.feed(blocks[: record["fork_height"]] + read_raw_blocks(data / "reorg" / "branch_a_raw_blocks.hex.gz"))
    assert node.rpc("getbestblockhash") == record["branch_a"][-1]
    settings = node_settings(tmp_path / "node", node, min_confirmations=0)
    source = open_source(settings)
    list(source.extract(complete_days(source)[-5:]))
    assert update_held(settings, source) == []
    # Blocks of the other branch do not become the best chain before they are more.
    node.rpcs(("submitblock", block) for block in blocks[record["fork_height"] :])
    assert node.rpc("getbestblockhash") == record["branch_b"][-1]
    update_held(settings, source)
    files = changed(files_settings(tmp_path / "files", regtest_export), min_confirmations=0)
    list(open_source(files).extract(held_days(settings.raw)))
    ours, theirs = held_manifests(settings.raw), held_manifests(files.raw)
    assert [m.fingerprint for m in ours] == [m.fingerprint for m in theirs]
    assert len(ours) == 5
