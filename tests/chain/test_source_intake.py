"""What a build tells of the files that a source read: rows taken, rows and files left aside, and why."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.chain.assets import raw_days
from dagster_project.chain.sources import open_source
from dagster_project.days import Days
from dagster_project.inputs.intake import SHOWN
from dagster_project.inputs.intake import told as recorded
from dagster_project.lake.manifest import held_manifests
from dagster_project.planning.plan import pending_days
from dagster_project.planning.requests import range_tags
from dagster_project.planning.state import BuildState, state_for_build
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings
from tests.chain.block_folder import record, write_block_files
from tests.chain.dataset import write_dataset
from tests.chain.export_forms import enriched
from tests.chain.lake import Row, complete_days, write_lines
from tests.reference.chain_builder import ChainBuilder
from tests.reference.chains import ChainOptions, RandomChain, build_chain

OPTIONS = ChainOptions(seed=16, blocks=30, days=5, payments=2, duplicates=False)
INCOMPLETE = "of days that are not complete yet"

Run = Callable[..., dict[str, object]]


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    return build_chain(OPTIONS)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Build the raw days in Dagster with some settings, and give the asset's metadata."""

    def materialize(most: int | None = None, **settings: str) -> dict[str, object]:
        for name, value in ({"HOME": str(tmp_path / "home"), "CHAIN": "regtest"} | settings).items():
            monkeypatch.setenv(f"SATLEDGER_{name}", value)
        days = complete_days(open_source(Settings()))[:most]
        tags = range_tags(Days(days[0], days[-1]))
        result = dg.materialize([raw_days], resources={"settings": SettingsResource()}, tags=tags)
        found = result.asset_materializations_for_node("raw_days")[0].metadata
        return {name: value.value for name, value in found.items()}

    return materialize


def by_file(metadata: Mapping[str, object]) -> dict[str, tuple[int, str]]:
    """The table of files in the metadata."""
    table = metadata["files"]
    assert isinstance(table, dg.TableMetadataValue)
    rows = [each.data for each in table.records]
    return {str(row["file"]): (int(str(row["rows taken"])), str(row["left aside"])) for row in rows}


def looked_at(built: Mapping[date, str]) -> BuildState:
    """The state before a build of a home with these days built."""
    with dg.DagsterInstance.ephemeral() as opened:
        return replace(state_for_build(Settings(), opened), known=built)


def height_of_last_complete_day(settings: Settings) -> int:
    last = held_manifests(settings.raw)[-1].last_height
    assert last is not None
    return last


def test_exports(tmp_path: Path, chain: RandomChain, run: Run) -> None:
    folder, half = tmp_path / "export", 12
    write_lines(folder / "blocks.json", [*chain.blocks, {"type": "log", "number": 1}])
    first = [row for row in chain.transactions if row["block_number"] <= half]
    write_lines(folder / "transactions_0_12.json.gz", first)
    write_lines(folder / "enriched_transactions.json", enriched(chain.transactions))
    (folder / "package.json").write_text('{"name": "something else"}\n', encoding="utf-8")
    (folder / "blocks.csv").write_text("hash,number\n", encoding="utf-8")
    metadata = run(SOURCE="files", FILES=str(folder))
    last = height_of_last_complete_day(Settings())
    assert half < last < len(chain.blocks) - 1

    def later(rows: list[Row], name: str) -> int:
        return sum(row[name] > last for row in rows)

    blocks, transactions = later(chain.blocks, "number"), later(chain.transactions, "block_number")
    whole, total = len(chain.blocks) - blocks, len(chain.transactions)
    assert by_file(metadata) == {
        "blocks.csv": (0, "CSV, which cannot hold inputs and outputs as they are: export it as JSON lines (with "
                       "bitcoin-etl: to a name that ends in .json)"),
        "blocks.json": (whole, f"{blocks} rows ({INCOMPLETE}); 1 row (of the type log)"),
        "enriched_transactions.json": (
            total - len(first) - transactions,
            f"{len(first)} rows (another file has the transactions of that block); {transactions} rows ({INCOMPLETE})",
        ),
        "package.json": (0, "its rows are neither blocks nor transactions of bitcoin-etl"),
        "transactions_0_12.json.gz": (len(first), ""),
    }  # fmt: skip
    assert metadata["rows taken"] == whole + total - transactions
    assert metadata["files left aside"] == 2

    # A build with nothing to do tells the same, and what has come since.
    before = dict(recorded(Settings().lake))["blocks"]
    (folder / "notes.txt").write_text("mine\n", encoding="utf-8")
    built = {manifest.day: manifest.content for manifest in held_manifests(Settings().raw)}
    assert pending_days(looked_at(built)) is None
    after = dict(recorded(Settings().lake))["blocks"]
    assert after[0] == before[0].replace("2 files", "3 files")
    new = set(after[1:]) - set(before[1:])
    assert len(new) == 1 and new.pop().strip().startswith("notes.txt: left aside: no .json or ")


def test_a_stream_of_blocks_and_transactions(tmp_path: Path, chain: RandomChain, run: Run) -> None:
    rows = [row | {"type": "block"} for row in chain.blocks]
    rows += [row | {"type": "transaction"} for row in chain.transactions]
    write_lines(tmp_path / "export" / "items.json", [*rows, {"type": "log"}])
    metadata = run(SOURCE="files", FILES=str(tmp_path / "export"))
    last = height_of_last_complete_day(Settings())
    later = sum(int(row["block_number" if "block_number" in row else "number"]) > last for row in rows)
    assert by_file(metadata) == {
        "items.json": (len(rows) - later, f"{later} rows ({INCOMPLETE}); 1 row (of the type log)")
    }


def test_block_files(tmp_path: Path, chain: RandomChain, run: Run) -> None:
    builder = ChainBuilder(OPTIONS)
    builder.result.blocks = chain.blocks[:20]
    builder.add_block(20, chain.blocks[19]["timestamp"] + 40_000, quiet=True)
    blocks = [*chain.raw_blocks, builder.result.raw_blocks[-1], chain.raw_blocks[3]]
    folder = write_block_files(tmp_path / "blocks", blocks, tail=record(bytes(300))[:200])
    write_block_files(tmp_path / "others", chain.raw_blocks[:2], chain="mainnet")
    shutil.copy(tmp_path / "others" / "blk00000.dat", folder / "blk00001.dat")
    (folder / "index").mkdir()
    (folder / "rev00000.dat").write_bytes(bytes(9))
    (folder / "blk00002.dat.gz").write_bytes(b"")
    metadata = run(SOURCE="blocks", BLOCKS=str(folder))
    last = height_of_last_complete_day(Settings())
    assert by_file(metadata) == {
        "blk00000.dat": (
            last + 1,
            "1 row (a block that is not in the best chain); 1 row (a block that is not there in whole); "
            f"1 row (a block that is there twice); {len(chain.blocks) - last - 1} rows ({INCOMPLETE})",
        ),
        "blk00001.dat": (0, "it holds no block of regtest"),
        "blk00002.dat.gz": (0, "no blk*.dat file"),
    }


def test_dagster_names_some_of_many_files(tmp_path: Path, chain: RandomChain, run: Run) -> None:
    """It keeps them for each day; those of which something was left aside come first, and the record has all."""
    folder = write_block_files(tmp_path / "blocks", chain.raw_blocks, file_bytes=1)
    (folder / "zzz.txt").write_text("mine\n", encoding="utf-8")
    metadata = run(SOURCE="blocks", BLOCKS=str(folder))
    shown = by_file(metadata)
    last = height_of_last_complete_day(Settings())
    assert len(shown) == SHOWN and shown["zzz.txt"] == (0, "no blk*.dat file")
    assert sum(aside == f"1 row ({INCOMPLETE})" for _, aside in shown.values()) == len(chain.blocks) - last - 1
    assert metadata["rows taken"] == last + 1
    assert len(json.loads((Settings().lake / "inputs" / "blocks.json").read_text())["files"]) == len(chain.blocks) + 1


def test_the_public_data_set(tmp_path: Path, late_export: Path, run: Run) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    write_dataset(folder, late_export)
    days = sorted(path.name for path in (folder / "blocks").iterdir())
    shutil.copytree(folder / "transactions" / days[0], folder / "transactions" / "date=1999-01-01")
    shutil.copytree(folder / "blocks" / days[0], folder / "blocks" / days[0] / "copy")
    (folder / "blocks" / "_SUCCESS").touch()
    (folder / "blocks" / days[0] / ".part.parquet").write_bytes(b"half of it")
    metadata = run(SOURCE="public-dataset", DATASET=str(folder))
    rows = duckdb.sql(f"select count(*) from read_parquet('{folder}/*/{days[3]}/*.parquet')").fetchall()
    record = json.loads((Settings().lake / "inputs" / "blocks.json").read_text())["files"]
    assert sum(found["taken"] for name, found in record.items() if f"/{days[3]}/" in name) == rows[0][0] > 0
    assert metadata["rows taken"] == sum(found["taken"] for found in record.values())
    aside = {name: why for name, (_, why) in by_file(metadata).items() if why}
    assert aside == {
        "blocks/_SUCCESS": "no .parquet file",
        f"blocks/{days[0]}/.part.parquet": "hidden",
        f"blocks/{days[0]}/copy/data_0.parquet": "it lies in no folder blocks/date=YYYY-MM-DD or "
        "transactions/date=YYYY-MM-DD",
        "transactions/date=1999-01-01/data_0.parquet": "there are no blocks of that date",
    }
    # Of the files that a later build reads alone, and of those that stand from the one before.
    assert pending_days(looked_at({})) is not None
    assert json.loads((Settings().lake / "inputs" / "blocks.json").read_text())["files"] == record


def test_a_source_without_files_tells_of_none(tmp_path: Path, chain: RandomChain, run: Run) -> None:
    write_lines(tmp_path / "export" / "blocks.json", chain.blocks)
    write_lines(tmp_path / "export" / "transactions.json", chain.transactions)
    run(SOURCE="files", FILES=str(tmp_path / "export"))
    assert "blocks" in dict(recorded(Settings().lake))
    metadata = run(2, HOME=str(tmp_path / "sample"), SOURCE="sample", CHAIN="sample")
    assert "files" not in metadata and "rows taken" not in metadata
    assert "blocks" not in dict(recorded(Settings().lake))
