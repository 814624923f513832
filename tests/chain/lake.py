"""Helpers of the tests of sources and raw days."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.chain.sources import Source, open_source
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.next_hour import hour_folder
from dagster_project.lake.raw_day import BLOCK_COLUMNS, TRANSACTION_COLUMNS
from dagster_project.lake.staging import columns_literal
from dagster_project.settings import Chain, Settings
from dagster_project.settings import Source as SourceName
from tests.node import Node

Row = dict[str, Any]


def make_settings(**values: Any) -> Settings:  # noqa: ANN401 (settings of any type)
    """Settings with some values, the rest by default."""
    return Settings(**values)


def changed(settings: Settings, **values: Any) -> Settings:  # noqa: ANN401 (settings of any type)
    """The same settings but for some values."""
    return Settings(**settings.model_dump() | values)


def node_settings(home: Path, node: Node, chain: Chain = Chain.REGTEST, min_confirmations: int = 6) -> Settings:
    """Settings that read a node."""
    return make_settings(
        home=home, chain=chain, source=SourceName.NODE, node_url=node.url, min_confirmations=min_confirmations
    )


def files_settings(home: Path, folder: Path, chain: Chain = Chain.REGTEST, threads: int = 2) -> Settings:
    """Settings that read exports."""
    return make_settings(home=home, chain=chain, source=SourceName.FILES, files=folder, threads=threads)


def complete_days(source: Source) -> list[date]:
    """All complete days of a source."""
    first, last = source.first_day(), source.last_complete_day()
    assert last is not None
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def extract_all(settings: Settings) -> list[Manifest]:
    """Write all complete days of a source into the lake."""
    source = open_source(settings)
    return list(source.extract(complete_days(source)))


def export_with_bitcoin_etl(node: Node, folder: Path, last: int) -> Path:
    """Export blocks 0 to a last one with the command line of bitcoin-etl."""
    folder.mkdir()
    tool = Path(sys.executable).parent / "bitcoinetl"
    outputs = ("--blocks-output", folder / "blocks.json", "--transactions-output", folder / "transactions.json")
    subprocess.run(
        [tool, "export_blocks_and_transactions", "-s", "0", "-e", str(last), "-p", node.url, *outputs],
        check=True,
        capture_output=True,
    )
    return folder


def read_lines(path: Path) -> list[Row]:
    """The rows of an export, which may be compressed."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_lines(path: Path, rows: list[Row]) -> None:
    """Write an export; compressed where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())


def write_export(folder: Path, blocks: list[Row], transactions: list[Row]) -> Path:
    """Write an export of two files, and return its folder."""
    write_lines(folder / "blocks.json", blocks)
    write_lines(folder / "transactions.json", transactions)
    return folder


def stage(connection: duckdb.DuckDBPyConnection, export: Path, median_times: dict[int, int]) -> None:
    """Create ``staged_blocks`` and ``staged_transactions`` from an export of two files.

    Args:
        connection: where to.
        export: folder of the files.
        median_times: by height, what the source says of the consensus time; blocks without are left out.
    """
    for name, columns in (("blocks", BLOCK_COLUMNS), ("transactions", TRANSACTION_COLUMNS)):
        connection.execute(
            f"CREATE TABLE staged_{name} AS FROM read_json('{export}/{name}.json', format = 'newline_delimited', "
            f"columns = {columns_literal(columns)})"
        )
    said = ", ".join(f"({height}, {time})" for height, time in median_times.items())
    connection.execute(f"""
        CREATE OR REPLACE TABLE staged_blocks AS
        SELECT staged_blocks.* REPLACE (said.time AS median_time)
        FROM staged_blocks JOIN (VALUES {said}) AS said (height, time) ON number = height
    """)


def lake_files(settings: Settings) -> dict[str, bytes]:
    """All files of the raw days and of what else there is in the lake, but for the hour after them, by their path."""
    hour = hour_folder(settings)
    return {
        str(path.relative_to(settings.lake)): path.read_bytes()
        for path in _files(settings.lake)
        if not path.is_relative_to(hour)
    }


def raw_files(settings: Settings) -> dict[str, bytes]:
    """The files of the raw days, but for manifests, which name the source."""
    return {name: content for name, content in lake_files(settings).items() if not name.endswith("manifest.json")}


def leftovers(settings: Settings) -> list[Path]:
    """Files that a run has left outside of the raw days."""
    return [path for path in _files(settings.home) if not path.is_relative_to(settings.raw)]


def held_nothing(settings: Settings) -> bool:
    """Whether no file is in the lake, and none is left beside it."""
    return not settings.lake.is_dir() or (lake_files(settings) == {} and leftovers(settings) == [])


def query(settings: Settings, sql: Callable[[Callable[[str], str]], str]) -> list[tuple[Any, ...]]:
    """Rows of a query over the lake; it gets a function from a file's name to an SQL relation."""
    with duckdb.connect() as connection:
        return connection.execute(
            sql(lambda name: f"read_parquet('{settings.raw}/*/{name}.parquet', filename = true)")
        ).fetchall()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
