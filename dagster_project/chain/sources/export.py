"""bitcoin-etl's export of a range of blocks, and reading such exports into DuckDB."""

import gzip
import logging
import threading
import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson
from bitcoinetl.enumeration.chain import Chain
from bitcoinetl.jobs.export_blocks_job import ExportBlocksJob

from dagster_project.chain.raw_day import BLOCK_COLUMNS, TRANSACTION_COLUMNS
from dagster_project.chain.sources.base import Report
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.chain.staging import columns_literal, quoted
from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

# What bitcoin-etl exports of a block; the rest comes from the headers.
EXPORTED_BLOCK_COLUMNS = {
    name: kind for name, kind in BLOCK_COLUMNS.items() if name not in ("median_time", "previous_hash")
}
REPORT_EVERY_BLOCKS = 50
USUAL_LINE, LONGEST_LINE = 16 << 20, 256 << 20  # bytes of JSON


class JsonLines:
    """An item exporter for bitcoin-etl's job: one file of JSON lines for blocks, one for transactions.

    Instead of bitcoin-etl's own, because that one hides errors when it closes its files (a full disk would look like
    a finished export), and spends a tenth of the whole export on encoding.
    """

    def __init__(self, folder: Path, report: Report, first: int, total: int) -> None:
        self._paths = {"block": folder / "blocks.json", "transaction": folder / "transactions.json"}
        self._report, self._done, self._total = report, first, total
        self._files: dict[str, BinaryIO] = {}
        self.hashes: dict[int, str] = {}
        self._stack = ExitStack()
        self._counting = threading.Lock()

    def open(self) -> None:
        """Create the files."""
        self._files = {kind: self._stack.enter_context(path.open("wb")) for kind, path in self._paths.items()}

    def export_item(self, item: dict[str, Any]) -> None:
        """Write one item; called from several threads."""
        kind = item["type"]
        self._files[kind].write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))
        if kind == "block":
            with self._counting:
                self.hashes[item["number"]] = item["hash"]
                self._done += 1
                if self._done % REPORT_EVERY_BLOCKS == 0:
                    self._report("reading blocks from the node", self._done, self._total)

    def close(self) -> None:
        """Write out what is buffered, and close the files."""
        self._stack.close()


def export_blocks(
    rpc: NodeRpc, settings: Settings, heights: range, folder: Path, report: Report, done: int, total: int
) -> dict[int, str]:
    """Export the blocks of some heights with bitcoin-etl into ``blocks.json`` and ``transactions.json`` of a folder.

    Returns:
        The hash of the block that was exported at each height.

    Raises:
        SourceChangedError: a block is no longer there.
        SatledgerError: the node failed.
        OSError: the files cannot be written.
    """
    for name in ("ProgressLogger", "CompositeItemExporter"):
        logging.getLogger(name).setLevel(logging.WARNING)
    exporter = JsonLines(folder, report, done, total)
    try:
        if heights:
            ExportBlocksJob(
                heights.start,
                heights.stop - 1,
                settings.node_batch,
                rpc,
                settings.node_workers,
                exporter,
                # Every network of Bitcoin answers as mainnet does; bitcoin-etl tells only other coins apart.
                Chain.BITCOIN,
            ).run()
        else:
            exporter.open()
    finally:
        exporter.close()
    return exporter.hashes


def stage_blocks(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Create ``exported_blocks`` from exports of blocks.

    Raises:
        SatledgerError: a file is damaged.
    """
    _stage(connection, "TABLE exported_blocks", paths, EXPORTED_BLOCK_COLUMNS)


def stage_transactions(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], condition: str = "true"
) -> None:
    """Create ``staged_transactions`` from exports of transactions, those that an SQL condition holds for.

    Raises:
        SatledgerError: a file is damaged.
    """
    _stage(
        connection,
        "TEMP TABLE staged_transactions",
        paths,
        TRANSACTION_COLUMNS,
        condition,
    )


def check_compressed(path: Path) -> None:
    """Read a compressed file to its end, because DuckDB neither checks its checksum nor misses a lost end.

    Raises:
        SatledgerError: the file is truncated or corrupt.
    """
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except EOFError:
        raise SatledgerError(f"{path} is truncated: copy or export it again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SatledgerError(f"{path} is corrupt ({error}): copy or export it again.") from None


def _stage(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    paths: Sequence[Path],
    columns: Mapping[str, str],
    condition: str = "true",
) -> None:
    listed = ", ".join(quoted(path) for path in paths)
    query = f"""
        CREATE OR REPLACE {target} AS SELECT {", ".join(columns)}
        FROM read_json([{listed}], format = 'newline_delimited', columns = {columns_literal(columns)},
            maximum_object_size = %s)
        WHERE {condition}
    """
    try:
        try:
            connection.execute(query % USUAL_LINE)
        except duckdb.InvalidInputException as error:
            if "maximum_object_size" not in str(error):
                raise
            # A transaction that fills a block with tiny outputs; not always allowed, for DuckDB reserves the memory.
            connection.execute(query % LONGEST_LINE)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        # DuckDB's first line names the file and the line.
        reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
        raise SatledgerError(f"An export is truncated or damaged ({reason}): copy or export it again.") from None
