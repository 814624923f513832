"""The writer of raw days: what it refuses, and what it leaves behind."""

import copy
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.chain.checks import broken_link
from dagster_project.chain.sources import open_source
from dagster_project.errors import DisprovenError, SatledgerError, SourceChangedError
from dagster_project.lake import raw_day
from dagster_project.lake.manifest import held_days, held_manifests, read_manifest, remove_days
from dagster_project.lake.staging import readable_errors, scratch_folder
from dagster_project.settings import Settings
from tests.chain.lake import (
    Row,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    make_settings,
    raw_files,
    stage,
    write_export,
)
from tests.chain.shaped_chain import FIRST, LAST
from tests.reference.chains import ChainOptions, build_chain
from tests.reference.consensus_time import median_times
from tests.reference.edits import branched

Export = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def rows() -> Export:
    """Blocks and transactions of a small chain that has every kind of script, and witnesses."""
    chain = build_chain(ChainOptions(seed=21, blocks=40, days=5, keys=6, payments=4))
    return chain.blocks, chain.transactions


def early(folder: Path, export: Export, threads: int = 2) -> Settings:
    """Settings for an export."""
    return files_settings(folder / "home", write_export(folder / "export", *export), threads=threads)


def change(name: str, place: int, **values: object) -> Callable[[list[Row], list[Row]], None]:
    """A change of one row of an export."""
    return lambda blocks, transactions: (blocks if name == "blocks" else transactions)[place].update(values)


def drop(name: str, place: int) -> Callable[[list[Row], list[Row]], None]:
    """An export without one row."""

    def apply(blocks: list[Row], transactions: list[Row]) -> None:
        del (blocks if name == "blocks" else transactions)[place]

    return apply


def double(name: str, place: int) -> Callable[[list[Row], list[Row]], None]:
    """An export with one row twice."""
    return lambda blocks, transactions: (blocks if name == "blocks" else transactions).append(
        (blocks if name == "blocks" else transactions)[place]
    )


def replace_transaction(blocks: list[Row], transactions: list[Row]) -> None:
    """Block 170 has its coinbase twice and its other transaction not at all."""
    place = next(place for place, row in enumerate(transactions) if row["block_number"] == 170 and row["index"] == 1)
    transactions[place] = transactions[place - 1] | {"index": 1}


def lose_output(blocks: list[Row], transactions: list[Row]) -> None:
    """An output less than counted."""
    transactions[100]["outputs"] = []


def spoil_script(blocks: list[Row], transactions: list[Row]) -> None:
    """A script that is not hexadecimal."""
    transactions[100]["outputs"][0]["script_hex"] = "41' OR 1=1 --"


BAD_EXPORTS = {
    "missing height": (drop("blocks", 100), r"Block 100 is missing in .*export height 100 too"),
    "block listed twice": (double("blocks", 100), r"Block 100 is listed twice in .*remove"),
    "missing transaction": (drop("transactions", 100), r"Block 100 has 1 transactions, but 0 are there"),
    "wrong count": (change("blocks", 120, transaction_count=3), r"Block 120 has 3 transactions, but 1 are there"),
    "transaction listed twice": (
        double("transactions", 100),
        r"transaction [0-9a-f]{64} of block 100 is listed 2 times",
    ),
    "transaction in place of another": (replace_transaction, r"transaction \w+ of block 170 is listed 2 times"),
    "transaction of another block": (change("transactions", 90, block_hash="ab"), r"Block 90 is .*belong to another"),
    "wrong index": (change("transactions", 90, index=1), r"Block 90 has transactions whose index or coinbase flag"),
    "no coinbase": (change("transactions", 90, is_coinbase=False), r"Block 90 has transactions whose index or coin"),
    "other genesis": (change("blocks", 0, hash="ab"), r"Block 0 is ab, but regtest begins with 0f9188f13cb7b"),
    "lost output": (lose_output, r"transaction [0-9a-f]{64} of block 100 is not whole"),
    "odd script": (spoil_script, r"transaction [0-9a-f]{64} of block 100 is not whole"),
    "block without bits": (change("blocks", 50, bits=None), r"blocks.json, line 51: bits is missing or null: export"),
}


@pytest.mark.parametrize(("spoil", "sentence"), BAD_EXPORTS.values(), ids=BAD_EXPORTS)
def test_bad_exports_are_refused_and_change_nothing(
    tmp_path: Path, early_export: Export, spoil: Callable[[list[Row], list[Row]], None], sentence: str
) -> None:
    settings = early(tmp_path, early_export)
    list(open_source(settings).extract([FIRST]))
    before = lake_files(settings)
    spoiled = copy.deepcopy(early_export)
    spoil(*spoiled)
    write_export(tmp_path / "export", *spoiled)
    with pytest.raises(SatledgerError, match=sentence) as caught:
        list(open_source(settings).extract([FIRST + timedelta(number) for number in range(9)]))
    assert "\n" not in str(caught.value)
    assert lake_files(settings) == before
    assert leftovers(settings) == []


def test_days_must_continue_the_lake(tmp_path: Path, rows: Export) -> None:
    """The export is replaced by one of another branch, whose last block of the day before is another."""
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *rows))
    manifests = extract_all(settings)
    last = [manifest for manifest in manifests if manifest.blocks][-1]
    remove_days(settings.raw, [manifest.day for manifest in manifests if manifest.day >= last.day])
    height = last.first_height
    assert height is not None and height > 1
    write_export(tmp_path / "export", *branched(*rows, first=height - 1))
    before = lake_files(settings)
    with pytest.raises(
        SourceChangedError, match=rf"Block {height} \(\w+\) does not continue the lake, which ends with bl"
    ):
        list(open_source(settings).extract([last.day]))
    assert lake_files(settings) == before
    assert leftovers(settings) == []


def said_times(blocks: list[Row], last: int) -> dict[int, int]:
    """The consensus times of the blocks up to a height."""
    times = median_times([row["timestamp"] for row in blocks])
    return {height: time for height, time in enumerate(times) if height <= last}


def test_consensus_times_that_header_times_do_not_give_are_refused(tmp_path: Path, early_export: Export) -> None:
    settings = early(tmp_path, early_export)
    days = [FIRST + timedelta(number) for number in range(9)]
    times = said_times(early_export[0], 173)
    with duckdb.connect() as connection:
        stage(connection, tmp_path / "export", times | {100: times[100] + 1})
        said, true = times[100] + 1, times[100]
        sentence = rf"Block 100 is said to have the median time {said} \(.*\), but its header times give {true}"
        with pytest.raises(DisprovenError, match=sentence):
            list(raw_day.write_staged_days(connection, settings, days, "test", {}))
    assert held_days(settings.raw) == [] and leftovers(settings) == []


def test_days_are_not_put_in_place_where_those_before_them_failed(tmp_path: Path, early_export: Export) -> None:
    settings = early(tmp_path, early_export)
    extract_all(settings)
    before = lake_files(settings)

    def fail() -> None:
        raise SatledgerError("The days before were not written.")

    times = {height: time for height, time in said_times(early_export[0], 173).items() if height > 80}
    with duckdb.connect() as connection:
        stage(connection, tmp_path / "export", times)
        # The first block's parent is not staged.
        connection.execute(
            f"UPDATE staged_blocks SET previous_hash = '{early_export[0][80]['hash']}' WHERE number = 81"
        )
        remove_days(settings.raw, [LAST])
        with pytest.raises(SatledgerError, match="The days before were not written"):
            list(raw_day.write_staged_days(connection, settings, [LAST], "test", {}, fail))
        assert LAST not in held_days(settings.raw)
        assert leftovers(settings) == []
        list(raw_day.write_staged_days(connection, settings, [LAST], "files", {}))
    assert raw_files(settings) == {name: data for name, data in before.items() if not name.endswith("manifest.json")}


def test_the_check_of_links_names_the_day_that_does_not_continue_the_one_before(
    tmp_path: Path, early_export: Export
) -> None:
    settings = early(tmp_path, early_export)
    held = extract_all(settings)
    assert broken_link(settings, held, FIRST, LAST) is None
    false = [replace(manifest, last_hash="ab") if manifest.last_height == 19 else manifest for manifest in held]
    message = broken_link(settings, false, FIRST, LAST)
    assert message is not None and message.startswith(
        f"{LAST - timedelta(1)}: the parent of its first block 20 is not the last"
    )
    assert broken_link(settings, false, LAST, LAST) is None


def test_a_day_is_replaced_in_one_step(tmp_path: Path, early_export: Export) -> None:
    settings = early(tmp_path, early_export)
    extract_all(settings)
    before = lake_files(settings)
    list(open_source(settings).extract([LAST]))
    assert lake_files(settings) == before
    remove_days(settings.raw, [LAST, date(2030, 1, 1)])
    assert read_manifest(settings.raw, LAST) is None
    assert leftovers(settings) == []


def test_a_damaged_manifest_is_named(tmp_path: Path, early_export: Export) -> None:
    settings = early(tmp_path, early_export)
    extract_all(settings)
    path = settings.raw / str(LAST - timedelta(1)) / "manifest.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(SatledgerError, match=rf"{LAST - timedelta(1)} is damaged .its manifest.json .*lake reread"):
        held_manifests(settings.raw)


def test_a_full_disk_leaves_whole_days_only(
    tmp_path: Path, early_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = early(tmp_path, early_export)
    synced: list[int] = []

    def sync_until_full(descriptor: int, sync: Callable[[int], None] = os.fsync) -> None:
        synced.append(descriptor)
        # nine days of five files and folders, up to four days at once: the first four are through
        if len(synced) > 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync_until_full)
    with pytest.raises(SatledgerError, match="The disk is full"):
        extract_all(settings)
    monkeypatch.undo()
    held = held_days(settings.raw)
    assert 0 < len(held) < 9
    assert leftovers(settings) == []
    extract_all(settings)
    undisturbed = early(tmp_path / "other", early_export)
    extract_all(undisturbed)
    assert lake_files(settings) == lake_files(undisturbed)


def test_a_full_disk_is_recognised_in_what_duckdb_says(tmp_path: Path) -> None:
    settings = make_settings(home=tmp_path)
    with pytest.raises(SatledgerError, match=r"The disk is full .*free some space"), readable_errors(settings):
        duckdb.sql("COPY (SELECT i, md5(i::VARCHAR) FROM range(500000) t(i)) TO '/dev/full' (FORMAT csv)")


def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    settings = make_settings(home=tmp_path, memory_limit="20MB")
    with pytest.raises(SatledgerError, match="raise SATLEDGER_MEMORY_LIMIT"), readable_errors(settings):
        config = {"memory_limit": settings.memory_limit, "max_temp_directory_size": "1MB", "threads": 1}
        with duckdb.connect(config=config) as connection:
            connection.execute("SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(3000000) t(i)")


def test_scratch_folders_of_dead_processes_are_removed_and_those_in_use_stay(tmp_path: Path) -> None:
    settings = make_settings(home=tmp_path)
    abandoned = settings.temp / "staging-abandoned"
    abandoned.mkdir(parents=True)
    (abandoned / "spill").touch()
    with scratch_folder(settings) as first, scratch_folder(settings) as second:
        assert first.is_dir() and second.is_dir() and not abandoned.exists()
    assert list(settings.temp.iterdir()) == []
