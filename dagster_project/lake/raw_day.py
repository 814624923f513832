"""Staged rows in bitcoin-etl's schema: checked, converted to columns, proven, and written as raw days."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import duckdb

from dagster_project.blocks.difficulty import History
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.sha256 import HASH_BYTES
from dagster_project.errors import DisprovenError
from dagster_project.lake.contents import Contents, prove_fields
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.raw_checks import check_blocks, check_fields, check_transactions
from dagster_project.lake.staged_columns import staged_columns, staged_virtual_sizes, staged_witnesses
from dagster_project.lake.staging import readable_errors
from dagster_project.lake.write import write_raw_days
from dagster_project.settings import ProofMode, Settings

BLOCK_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "stripped_size": "BIGINT",
    "weight": "BIGINT",
    "number": "BIGINT",
    "version": "BIGINT",
    "merkle_root": "VARCHAR",
    "timestamp": "BIGINT",
    "nonce": "VARCHAR",
    "bits": "VARCHAR",
    "coinbase_param": "VARCHAR",
    "transaction_count": "BIGINT",
    "median_time": "BIGINT",
    "previous_hash": "VARCHAR",
}

OUTPUT_FIELDS = (
    "index BIGINT, script_asm VARCHAR, script_hex VARCHAR, required_signatures BIGINT, type VARCHAR, "
    "addresses VARCHAR[], value BIGINT"
)
INPUT_FIELDS = (
    "index BIGINT, spent_transaction_hash VARCHAR, spent_output_index BIGINT, script_asm VARCHAR, script_hex VARCHAR, "
    "sequence BIGINT, required_signatures BIGINT, type VARCHAR, addresses VARCHAR[], value BIGINT"
)
TRANSACTION_COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "size": "BIGINT",
    "virtual_size": "BIGINT",
    "version": "BIGINT",
    "lock_time": "BIGINT",
    "block_number": "BIGINT",
    "block_hash": "VARCHAR",
    "block_timestamp": "BIGINT",
    "is_coinbase": "BOOLEAN",
    "index": "BIGINT",
    "inputs": f"STRUCT({INPUT_FIELDS})[]",
    "outputs": f"STRUCT({OUTPUT_FIELDS})[]",
    "input_count": "BIGINT",
    "output_count": "BIGINT",
    "input_value": "BIGINT",
    "output_value": "BIGINT",
    "fee": "BIGINT",
}


# Fields that transaction ids are computed from and some sources lack, each with SQL that is true where it is null.
NEEDED_FOR_IDS = {
    "coinbase_param": "b.coinbase_param IS NULL",
    "version": "bool_or(t.version IS NULL)",
    "lock_time": "bool_or(t.lock_time IS NULL)",
    "script_hex of inputs": "bool_or(len([x FOR x IN t.inputs IF x.script_hex IS NULL]) > 0)",
    "sequence of inputs": "bool_or(len([x FOR x IN t.inputs IF x.sequence IS NULL]) > 0)",
}


def write_staged_days(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[date],
    source: str,
    versions: Mapping[str, str],
    history_before: Callable[[], History | None] | None = None,
    ask_sequence: Callable[[str], int] | None = None,
    *,
    with_witnesses: bool = False,
    witnesses_proven: bool = False,
) -> Iterator[Manifest]:
    """Check and prove the staged blocks of some consecutive days, then write each day and yield its manifest.

    Reads the relations ``staged_blocks`` (BLOCK_COLUMNS) and ``staged_transactions`` (TRANSACTION_COLUMNS) of the
    connection, in any row order.

    Args:
        connection: where the rows are staged.
        settings: where the lake is, and what must be proven.
        days: consecutive days; no day is put into the lake unless all of them pass all checks.
        source: name of the source.
        versions: version of each tool that was used.
        history_before: see ``dagster_project.lake.write.write_raw_days``.
        ask_sequence: returns the sequence of a coinbase's input by the block's hash, if a node can be asked; exports do
            not have it.
        with_witnesses: whether inputs have a field ``txinwitness``; ids may then also be wtxids.
        witnesses_proven: whether sizes and witnesses were proven before the rows were staged.

    Raises:
        SourceChangedError: the first block's parent is not the lake's last block of the day before.
        DisprovenError: a value is wrong; the message names the block and the value.
        SatledgerError: the blocks are incomplete, cannot be proven, or the disk is full; the message names the height.
    """
    if not days:
        return
    with readable_errors(settings):
        contents = staged_contents(
            connection, settings, ask_sequence, with_witnesses=with_witnesses, witnesses_proven=witnesses_proven
        )
        yield from write_raw_days(settings, days, [contents], source, versions, history_before)


def staged_contents(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    ask_sequence: Callable[[str], int] | None = None,
    *,
    with_witnesses: bool = False,
    witnesses_proven: bool = False,
) -> Contents:
    """The staged blocks as columns, checked and proven.

    Raises:
        DisprovenError: a value is wrong.
        SatledgerError: the blocks are incomplete, or cannot be proven.
    """
    _stage(connection)
    parameters = load_parameters(settings.resolved_chain)
    check_blocks(connection, parameters)
    check_fields(connection)
    check_transactions(connection)
    columns, median_times = staged_columns(connection)
    lacking = _lacking(connection)
    ask = None
    if ask_sequence is not None:
        ask = lambda number: ask_sequence(columns.hashes[number].tobytes().hex())  # noqa: E731
    if settings.proof is not ProofMode.OFF:
        _check_said_weights(connection)
    return prove_fields(
        columns,
        median_times,
        settings.proof,
        parameters.segwit_height,
        lacking,
        ask,
        staged_witnesses(connection) if with_witnesses else None,
        staged_virtual_sizes(connection),
        witnesses_proven=witnesses_proven,
    )


def _stage(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``raw_blocks`` and ``raw_transactions``: the staged rows in order, with values that a source may omit."""
    columns = {name: name for name in BLOCK_COLUMNS}
    # bitcoin-etl writes the nonce without leading zeros.
    columns["nonce"] = "lpad(nonce, 8, '0') AS nonce"
    columns["previous_hash"] = f"""
        coalesce(
            previous_hash, lag(hash) OVER (ORDER BY number), CASE WHEN number = 0 THEN repeat('0', {2 * HASH_BYTES}) END
        ) AS previous_hash
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_blocks AS
        SELECT {", ".join(columns.values())} FROM staged_blocks ORDER BY number
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_transactions AS
        SELECT {", ".join(name for name in TRANSACTION_COLUMNS if name != "inputs")}, coalesce(inputs, []) AS inputs
        FROM staged_transactions
        WHERE block_number BETWEEN (SELECT min(number) FROM raw_blocks) AND (SELECT max(number) FROM raw_blocks)
    """)


def _lacking(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """By position of a block, the first field that is needed to compute transaction ids and that the source lacks."""
    whens = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in NEEDED_FOR_IDS.items())
    rows = connection.execute(f"""
        SELECT * FROM (
            SELECT b.number - (SELECT min(number) FROM raw_blocks) AS place, CASE {whens} END AS name
            FROM raw_blocks AS b JOIN raw_transactions AS t ON t.block_number = b.number
            GROUP BY b.number, b.coinbase_param
        ) WHERE name IS NOT NULL ORDER BY place
    """).fetchall()
    return dict(rows)


def _check_said_weights(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse blocks whose weight does not follow from their sizes; the lake does not store the weight."""
    wrong = connection.execute("""
        SELECT number, weight, 3 * stripped_size + size FROM raw_blocks
        WHERE weight IS NOT NULL AND weight <> 3 * stripped_size + size ORDER BY number LIMIT 1
    """).fetchone()
    if wrong:
        raise DisprovenError(
            f"Block {wrong[0]} has the weight {wrong[1]} in the source, but its sizes give {wrong[2]}."
        )
