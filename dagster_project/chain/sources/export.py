"""bitcoin-etl's export of a range of blocks, and reading such exports into DuckDB."""

import gc
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import msgspec

from dagster_project.blocks.consensus import Header, require_transaction_count
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.chain.sources.rpc_answers import BlockAnswer
from dagster_project.errors import DisprovenError, SatledgerError
from dagster_project.lake.raw_day import BLOCK_COLUMNS, TRANSACTION_COLUMNS
from dagster_project.lake.staging import columns_literal, quoted
from dagster_project.progress import Report
from dagster_project.settings import Settings

# What bitcoin-etl exports of a block; the rest comes from the headers.
EXPORTED_BLOCK_COLUMNS = {
    name: kind for name, kind in BLOCK_COLUMNS.items() if name not in ("median_time", "previous_hash")
}
TABLES = {"exported_blocks": EXPORTED_BLOCK_COLUMNS, "staged_transactions": TRANSACTION_COLUMNS}
REPORT_EVERY_BLOCKS = 50
# Bytes of an export that are written at once. With the usual 8 kB, a call at every third transaction, the export took
# 0.94 instead of 0.86 s of processor time (medians of five runs, 17,577 transactions).
BUFFER = 1 << 20
# Finds the number of the first line of a file that cannot be read, given the most bytes that a line may have.
FindLine = Callable[[Path, int], int | None]
# The line number in DuckDB's message is not always the row's.
_FAULT = re.compile(r'in file "(?P<file>[^"]+)", (?:at byte \d+ )?in (?:line|record/value) \d+: (?P<why>.*)')
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
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        self._counting = threading.Lock()

    def open(self) -> None:
        """Create the files."""
        self._files = {
            kind: self._stack.enter_context(path.open("wb", buffering=BUFFER)) for kind, path in self._paths.items()
        }

    def export_item(self, item: dict[str, Any]) -> None:
        """Write one item; called from several threads."""
        kind = item["type"]
        self._files[kind].write(self._encoder.encode_lines((item,)))
        if kind == "block":
            with self._counting:
                self.hashes[item["number"]] = item["hash"]
                self._done += 1
                if self._done % REPORT_EVERY_BLOCKS == 0:
                    self._report("reading blocks from the node", self._done, self._total)

    def close(self) -> None:
        """Write out what is buffered, and close the files."""
        self._stack.close()


class _KnownHashes:
    """A client that answers ``getblockhash`` from the known headers, which saves one request per batch.

    Blocks are passed on only if they are the ones asked for. Any other block, or one without its hash or height, would
    look like a reorganisation, and would be asked for again and again.
    """

    def __init__(self, rpc: NodeRpc, headers: Sequence[Header]) -> None:
        self._rpc = rpc
        self._headers = {header.hash: header for header in headers}
        self._hashes = {header.height: header.hash for header in headers}

    def batch(self, commands: list[list[Any]]) -> list[Any]:
        """Results of some commands, all of one kind, in order; errors as ``NodeRpc.batch``."""
        if commands[0][0] == "getblockhash":
            return [self._hashes[height] for _, height in commands]
        blocks = self._rpc.batch(commands)
        for command, block in zip(commands, blocks, strict=True):
            _require_asked_for(self._headers[command[1]], block)
        return blocks


def _require_asked_for(header: Header, block: BlockAnswer) -> None:
    """Accept a block only if it belongs to a header.

    Raises:
        DisprovenError: it is another one.
    """
    if block["hash"] != header.hash or block["height"] != header.height:
        raise DisprovenError(
            f"Block {header.height} was asked for by the hash {header.hash}, but the node answers with block "
            f"{block['height']}, {block['hash']}."
        )
    require_transaction_count(header, len(block["tx"]))


def require_bitcoin_etl() -> None:
    """Check that bitcoin-etl is installed; a wheel of satledger does not bring it.

    Raises:
        SatledgerError: it is not installed.
    """
    if not find_spec("bitcoinetl"):
        raise SatledgerError(
            "SATLEDGER_NODE_READER=bitcoin-etl needs bitcoin-etl, which is not installed: set it to raw, or install "
            "the extra bitcoin-etl (docs/decisions/packages.md)."
        )


def export_blocks(
    rpc: NodeRpc, settings: Settings, headers: Sequence[Header], folder: Path, report: Report, done: int, total: int
) -> dict[int, str]:
    """Export some consecutive blocks with bitcoin-etl into ``blocks.json`` and ``transactions.json`` of a folder.

    Returns:
        The hash of the block that was exported at each height.

    Raises:
        SourceChangedError: a block is no longer there.
        SatledgerError: the node failed, or bitcoin-etl is not installed.
        OSError: the files cannot be written.
    """
    require_bitcoin_etl()
    from bitcoinetl.enumeration.chain import Chain
    from bitcoinetl.jobs.export_blocks_job import ExportBlocksJob

    for name in ("ProgressLogger", "CompositeItemExporter"):
        logging.getLogger(name).setLevel(logging.WARNING)
    exporter = JsonLines(folder, report, done, total)
    try:
        if headers:
            job = ExportBlocksJob(
                headers[0].height,
                headers[-1].height,
                settings.node_batch,
                _KnownHashes(rpc, headers),
                settings.node_workers,
                exporter,
                # bitcoin-etl makes a difference only between coins, not between Bitcoin's networks.
                Chain.BITCOIN,
            )
            with _settled_heap():
                job.run()
        else:
            exporter.open()
    finally:
        exporter.close()
    return exporter.hashes


@contextmanager
def _settled_heap() -> Iterator[None]:
    """Exclude all objects loaded so far from garbage collection.

    bitcoin-etl creates so many objects that Python collects the whole heap again and again. With Dagster loaded, that
    took 0.6 of 3.4 seconds.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def create_export_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables ``exported_blocks`` and ``staged_transactions``."""
    for table, columns in TABLES.items():
        fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({fields})")


def load_export(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> None:
    """Add the rows of export files to one of these tables.

    Raises:
        SatledgerError: a file is damaged.
    """
    names, files = ", ".join(TABLES[table]), ", ".join(map(quoted, paths))
    # Columns are given, not inferred: inference types a column without values (most of a coinbase's) as JSON.
    execute_on_json(
        connection,
        lambda longest: (
            f"""
            INSERT INTO {table} SELECT {names} FROM read_json([{files}], format = 'newline_delimited',
                columns = {columns_literal(TABLES[table])}, maximum_object_size = {longest})
        """
        ),
    )


def execute_on_json(
    connection: duckdb.DuckDBPyConnection, query: Callable[[int], str], find_line: FindLine | None = None
) -> duckdb.DuckDBPyConnection:
    """Run a query on export files, again with a larger limit if a row is longer than usual.

    Args:
        connection: runs it.
        query: makes the query, given the most bytes that a row may have.
        find_line: finds the line of a file that cannot be read, where the file has lines.

    Raises:
        SatledgerError: a file is damaged, or a value is of another kind than bitcoin-etl writes; the sentence names the
            file, and the line where it can be found.
    """
    longest = USUAL_LINE
    try:
        try:
            return connection.execute(query(longest))
        except duckdb.InvalidInputException as error:
            if "maximum_object_size" not in str(error):
                raise
            # A row may be this long where a transaction fills a block with tiny outputs. This limit is not always used,
            # because DuckDB reserves memory for it.
            longest = LONGEST_LINE
            return connection.execute(query(longest))
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ").rstrip(". ")
        place = "An export"
        if fault := _FAULT.search(reason):
            path, reason = Path(fault["file"]), fault["why"]
            line = find_line(path, longest) if find_line else None
            place = f"{path}, line {line}," if line else str(path)
        if "transform error" in str(error):
            raise SatledgerError(
                f"{place} has a value of another kind than bitcoin-etl writes ({reason}): export it again with "
                "bitcoin-etl 1.5."
            ) from None
        raise SatledgerError(f"{place} is truncated or damaged ({reason}): copy or export it again.") from None
