"""Convert staged rows to columns, once they are checked to be complete."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import BlockColumns, Slices
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers
from dagster_project.blocks.witness_ids import Witnesses
from dagster_project.errors import SatledgerError


def staged_columns(connection: duckdb.DuckDBPyConnection) -> tuple[BlockColumns, Integers]:
    """The blocks of ``raw_blocks`` and ``raw_transactions``, and their consensus times."""
    blocks = _arrow(
        connection,
        """
        SELECT number, unhex(hash) AS hash, version, unhex(previous_hash) AS previous_hash,
            unhex(merkle_root) AS merkle_root, timestamp, ('0x' || bits)::BIGINT AS bits,
            ('0x' || nonce)::BIGINT AS nonce, size, stripped_size, unhex(coalesce(coinbase_param, '')) AS coinbase,
            transaction_count, median_time
        FROM raw_blocks ORDER BY number
        """,
    )
    transactions = _arrow(
        connection,
        """
        SELECT unhex(hash) AS hash, coalesce(version, 0) AS version, coalesce(lock_time, 0) AS lock_time, size,
            input_count, output_count
        FROM raw_transactions ORDER BY block_number, index
        """,
    )
    inputs = _arrow(
        connection,
        """
        SELECT unhex(input.spent_transaction_hash) AS hash, input.spent_output_index AS spent_index,
            coalesce(input.sequence, 0) AS sequence, unhex(coalesce(input.script_hex, '')) AS script
        FROM (SELECT block_number, index, unnest(inputs) AS input FROM raw_transactions)
        ORDER BY block_number, index, input.index
        """,
    )
    outputs = _arrow(
        connection,
        """
        SELECT output.value, unhex(output.script_hex) AS script
        FROM (SELECT block_number, index, unnest(outputs) AS output FROM raw_transactions)
        ORDER BY block_number, index, output.index
        """,
    )
    sizes = _integers(transactions, "size")
    columns = BlockColumns(
        heights=_integers(blocks, "number"),
        hashes=_hashes(blocks, "hash"),
        versions=_unsigned(blocks, "version"),
        previous_hashes=_hashes(blocks, "previous_hash"),
        merkle_roots=_hashes(blocks, "merkle_root"),
        times=_unsigned(blocks, "timestamp"),
        bits=_unsigned(blocks, "bits"),
        nonces=_unsigned(blocks, "nonce"),
        sizes=_integers(blocks, "size"),
        stripped_sizes=_integers(blocks, "stripped_size"),
        coinbase_scripts=_strings(blocks, "coinbase"),
        transaction_starts=_starts(blocks, "transaction_count"),
        txids=_hashes(transactions, "hash"),
        transaction_versions=_unsigned(transactions, "version"),
        lock_times=_unsigned(transactions, "lock_time"),
        transaction_sizes=sizes,
        transaction_stripped_sizes=sizes,
        input_starts=_starts(transactions, "input_count"),
        spent_txids=_hashes(inputs, "hash"),
        spent_indexes=_unsigned(inputs, "spent_index"),
        sequences=_unsigned(inputs, "sequence"),
        input_scripts=_strings(inputs, "script"),
        output_starts=_starts(transactions, "output_count"),
        values=_integers(outputs, "value"),
        output_scripts=_strings(outputs, "script"),
    )
    return columns, _integers(blocks, "median_time")


def staged_virtual_sizes(connection: duckdb.DuckDBPyConnection) -> Integers:
    """By transaction, the virtual size that the source gives; -1 where it gives none. The lake does not store it."""
    query = "SELECT coalesce(virtual_size, -1) AS said FROM raw_transactions ORDER BY block_number, index"
    return _integers(_arrow(connection, query), "said")


def staged_witnesses(connection: duckdb.DuckDBPyConnection) -> Witnesses:
    """The witnesses of the staged inputs.

    Raises:
        SatledgerError: one is not hexadecimal.
    """
    counts = _arrow(
        connection,
        """
        SELECT coalesce(len(input.txinwitness), 0) AS items
        FROM (SELECT block_number, index, unnest(inputs) AS input FROM raw_transactions)
        ORDER BY block_number, index, input.index
        """,
    )
    items = """
        SELECT block_number, index, place, generate_subscripts(items, 1) AS number, unnest(items) AS item
        FROM (
            SELECT block_number, index, input.index AS place, input.txinwitness AS items
            FROM (SELECT block_number, index, unnest(inputs) AS input FROM raw_transactions)
        )
    """
    offender = connection.execute(f"""
        SELECT block_number, index, place FROM ({items}) WHERE TRY(unhex(item)) IS NULL ORDER BY ALL LIMIT 1
    """).fetchone()
    if offender:
        height, index, place = offender
        raise SatledgerError(
            f"Block {height}, transaction {index}: the witness of its input {place} is not hexadecimal digits; the "
            "source is damaged there, or is not reliable."
        )
    found = _arrow(connection, f"SELECT unhex(item) AS item FROM ({items}) ORDER BY block_number, index, place, number")
    return Witnesses(_starts(counts, "items"), _strings(found, "item"))


def _arrow(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return connection.execute(query).to_arrow_table().combine_chunks()


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks else pa.array([], type=column.type)


def _integers(table: pa.Table, name: str) -> Integers:
    return _array(table, name).to_numpy(zero_copy_only=False).astype(np.int64)


def _unsigned(table: pa.Table, name: str) -> "np.ndarray[Any, np.dtype[np.uint32]]":
    # Nodes print versions signed or unsigned.
    return (_integers(table, name) & 0xFFFFFFFF).astype(np.uint32)


def _starts(table: pa.Table, name: str) -> Integers:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(_integers(table, name))])


def _strings(table: pa.Table, name: str) -> Slices:
    array = _array(table, name)
    if not len(array):
        return Slices(np.zeros(0, dtype=np.uint8), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[array.offset : array.offset + len(array) + 1].astype(
        np.int64
    )
    data = np.frombuffer(data_buffer, dtype=np.uint8) if data_buffer else np.zeros(0, dtype=np.uint8)
    return Slices(data, offsets[:-1], np.diff(offsets))


def _hashes(table: pa.Table, name: str) -> Bytes:
    strings = _strings(table, name)
    if (strings.lengths != HASH_BYTES).any():
        raise SatledgerError(f"A {name} is not {2 * HASH_BYTES} hexadecimal digits long: export that range again.")
    if not len(strings):
        return np.zeros((0, HASH_BYTES), dtype=np.uint8)
    first = int(strings.starts[0])
    return strings.data[first : first + HASH_BYTES * len(strings)].reshape(-1, HASH_BYTES)
