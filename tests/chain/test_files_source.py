"""Exports of bitcoin-etl as a source."""

import copy
import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dagster_project.chain.sources import files as files_module
from dagster_project.chain.sources import open_source
from dagster_project.errors import IncompleteDayError, SatledgerError, SourceChangedError
from dagster_project.lake.manifest import held_days, held_manifests, remove_days
from dagster_project.settings import Chain
from tests.chain.lake import (
    Row,
    changed,
    complete_days,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    make_settings,
    write_export,
    write_lines,
)
from tests.chain.shaped_chain import FIRST, LAST
from tests.reference.edits import branched

Export = tuple[list[Row], list[Row]]


def rows_of(rows: list[Row], first: int, last: int) -> list[Row]:
    """The rows of some heights."""
    return [row for row in rows if first <= row["block_number" if "block_number" in row else "number"] <= last]


@pytest.mark.parametrize("group", [1, 20, 1_000_000])
def test_any_split_by_height_gives_the_same_days(
    tmp_path: Path, early_export: Export, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files_settings(tmp_path / "whole", write_export(tmp_path / "one", *early_export))
    extract_all(whole)
    monkeypatch.setattr(files_module, "GROUP_TRANSACTIONS", group)
    blocks, transactions = early_export
    folder = tmp_path / "many"
    for first, last in ((0, 9), (10, 120), (121, 121), (122, 255)):
        write_lines(folder / f"start_block={first}" / f"blocks_{first}_{last}.json.gz", rows_of(blocks, first, last))
    for first, last in ((50, 255), (0, 7), (8, 49)):
        write_lines(folder / f"transactions-{255 - first}.json", rows_of(transactions, first, last))
    settings = files_settings(tmp_path / "split", folder)
    extract_all(settings)
    assert lake_files(settings) == lake_files(whole)
    assert leftovers(settings) == []


def test_an_export_in_parts_continues_the_lake(tmp_path: Path, early_export: Export) -> None:
    """Also where the second part begins in the middle of a day, and so repeats none of what the lake holds."""
    whole = files_settings(tmp_path / "whole", write_export(tmp_path / "one", *early_export))
    extract_all(whole)
    blocks, transactions = early_export
    folder = tmp_path / "part"
    settings = files_settings(tmp_path / "parts", folder)
    write_export(folder, rows_of(blocks, 0, 100), rows_of(transactions, 0, 100))
    extract_all(settings)
    assert held_days(settings.raw)[-1] == LAST - timedelta(1)
    write_export(folder, rows_of(blocks, 81, 255), rows_of(transactions, 81, 255))
    source = open_source(settings)
    assert (source.first_day(), source.last_complete_day()) == (FIRST, LAST)
    assert source.stale_days(held_manifests(settings.raw)) == []
    list(source.extract([LAST]))
    assert lake_files(settings) == lake_files(whole)


def test_an_export_that_begins_too_late(tmp_path: Path, early_export: Export) -> None:
    blocks, transactions = early_export
    folder = tmp_path / "part"
    settings = files_settings(tmp_path / "home", folder)
    write_export(folder, rows_of(blocks, 50, 255), rows_of(transactions, 50, 255))
    with pytest.raises(SatledgerError, match=r"begins at height 50, but the lake is empty: an export from height 0"):
        open_source(settings)
    write_export(folder, rows_of(blocks, 0, 100), rows_of(transactions, 0, 100))
    extract_all(settings)
    write_export(folder, rows_of(blocks, 90, 255), rows_of(transactions, 90, 255))
    with pytest.raises(
        SatledgerError, match=r"begins at height 90, but the lake ends at height 80: an export from hei"
    ):
        open_source(settings)


def test_days_that_another_export_replaces_are_stale(tmp_path: Path, early_export: Export) -> None:
    blocks, transactions = early_export
    fork, folder = 150, tmp_path / "export"
    settings = changed(files_settings(tmp_path / "home", folder), min_confirmations=0)

    write_export(folder, *branched(blocks, transactions, fork + 1))
    source = open_source(settings)
    list(source.extract(complete_days(source)[-3:]))
    held = held_manifests(settings.raw)
    assert source.stale_days(held) == []
    write_export(folder, blocks, transactions)
    after = open_source(settings)
    replaced = [manifest.day for manifest in held if manifest.last_height is None or manifest.last_height > fork]
    assert 0 < len(replaced) < len(held)
    assert after.stale_days(held) == replaced
    remove_days(settings.raw, replaced)
    list(after.extract(replaced))
    scratch = changed(settings, home=tmp_path / "scratch")
    list(open_source(scratch).extract([manifest.day for manifest in held]))
    assert lake_files(settings) == lake_files(scratch)
    # A shorter export of the same chain says nothing against what the lake holds.
    write_export(folder, rows_of(blocks, 0, 140), rows_of(transactions, 0, 140))
    assert open_source(settings).stale_days(held_manifests(settings.raw)) == []


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2_000])


def corrupt(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def uncompress(path: Path) -> None:
    path.write_bytes(gzip.decompress(path.read_bytes()))


def break_line(path: Path) -> None:
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(text[: len(text) // 2]))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (truncate, r"{name}.json.gz is (truncated|corrupt .*): copy or export it again"),
        (corrupt, r"{name}.json.gz is corrupt \(.*\): copy or export it again"),
        (empty, r"{name}.json.gz is truncated: copy or export it again"),
        (uncompress, r"{name}.json.gz is corrupt \(Not a gzipped file .*\): copy or export it again"),
        (break_line, r"{name}.json.gz, line \d+, is truncated or damaged \(unexpected .*\): copy or export it again"),
    ],
    ids=["truncated", "corrupt", "empty", "not compressed", "line cut off"],
)
@pytest.mark.parametrize("name", ["blocks", "transactions"])
def test_damaged_files_are_named(
    tmp_path: Path, early_export: Export, name: str, spoil: Callable[[Path], None], sentence: str
) -> None:
    folder = tmp_path / "export"
    write_lines(folder / "blocks.json.gz", early_export[0])
    write_lines(folder / "transactions.json.gz", early_export[1])
    settings = files_settings(tmp_path / "home", folder)
    list(open_source(settings).extract([FIRST]))
    before = lake_files(settings)
    spoil(folder / f"{name}.json.gz")
    with pytest.raises(SatledgerError, match=sentence.format(name=name)) as caught:
        list(open_source(settings).extract([LAST - timedelta(2)]))
    assert "\n" not in str(caught.value)
    assert lake_files(settings) == before
    assert leftovers(settings) == []


def test_days_that_are_not_there(tmp_path: Path, early_export: Export) -> None:
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *early_export))
    for day in (FIRST - timedelta(1), LAST + timedelta(1)):
        with pytest.raises(IncompleteDayError, match=str(day)):
            list(open_source(settings).extract([LAST, day]))
    assert lake_files(settings) == {}


def test_folders_without_exports(tmp_path: Path) -> None:
    values = {"home": tmp_path / "home", "chain": "mainnet", "source": "files"}
    for folder, sentence in (
        (None, r"SATLEDGER_FILES \(not set\) is not a folder"),
        (tmp_path / "none", r"SATLEDGER_FILES \(.*none\) is not a folder"),
        (tmp_path, r"There is no blocks\*\.json or blocks\*\.json\.gz in"),
    ):
        with pytest.raises(SatledgerError, match=sentence):
            open_source(make_settings(**values, files=folder))


def test_a_very_long_line(tmp_path: Path, early_export: Export) -> None:
    """A transaction of a million bytes takes more JSON than DuckDB reads by default."""
    transactions = copy.deepcopy(early_export[1])
    transactions[100]["outputs"][0]["script_asm"] = "OP_NOP " * 2_500_000
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", early_export[0], transactions))
    assert len(extract_all(settings)) == 9


def test_an_export_of_another_chain(tmp_path: Path, early_export: Export) -> None:
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *early_export), Chain.MAINNET)
    with pytest.raises(SatledgerError, match=r"Block 0 is 0f9188f1\w+, but mainnet begins with 000000000019d668"):
        extract_all(settings)
    assert held_days(settings.raw) == []


def test_an_export_that_does_not_continue_the_lake(
    tmp_path: Path, early_export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks, transactions = early_export
    folder = write_export(tmp_path / "export", blocks, transactions)
    settings = files_settings(tmp_path / "home", folder)
    list(open_source(settings).extract([LAST - timedelta(1)]))
    later = [row | {"number": row["number"] + (row["number"] > 80)} for row in blocks if row["number"] != 81]
    write_export(
        folder, rows_of(later, 0, 80) + [row | {"number": 81} for row in rows_of(blocks, 81, 81)], transactions
    )
    source = open_source(settings)
    with pytest.raises((IncompleteDayError, SourceChangedError)):
        list(source.extract([LAST]))
