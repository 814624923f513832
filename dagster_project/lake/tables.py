"""The tables of a raw day: flat, binary, and without values that follow from other columns (docs/lake.md)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import BlockColumns, Slices
from dagster_project.blocks.scripts import KINDS, NONSTANDARD, NULLDATA, PUBKEY, commitments
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers

HASH = pa.binary(HASH_BYTES)
SCRIPT_TYPE = pa.dictionary(pa.int8(), pa.string())

BLOCKS = pa.schema(
    [
        ("height", pa.int32()),
        ("hash", HASH),
        ("previous_hash", HASH),
        ("merkle_root", HASH),
        ("version", pa.int32()),
        ("time", pa.uint32()),
        ("median_time", pa.uint32()),
        ("bits", pa.uint32()),
        ("nonce", pa.uint32()),
        ("size", pa.int32()),
        ("stripped_size", pa.int32()),
        ("transaction_count", pa.int32()),
        ("coinbase_script", pa.binary()),
    ]
)
TRANSACTIONS = pa.schema(
    [
        ("height", pa.int32()),
        ("tx_index", pa.int32()),
        ("txid", HASH),
        ("version", pa.uint32()),
        ("lock_time", pa.uint32()),
        ("size", pa.int32()),
        ("witness_size", pa.int32()),
        ("input_count", pa.int32()),
        ("output_count", pa.int32()),
    ]
)
INPUTS = pa.schema(
    [
        ("height", pa.int32()),
        ("tx_index", pa.int32()),
        ("input_index", pa.int32()),
        ("spent_txid", HASH),
        ("spent_output_index", pa.uint32()),
        ("sequence", pa.uint32()),
    ]
)
INPUT_SCRIPT = pa.field("script", pa.binary())
OUTPUTS = pa.schema(
    [
        ("height", pa.int32()),
        ("tx_index", pa.int32()),
        ("output_index", pa.int32()),
        ("value", pa.int64()),
        ("script_type", SCRIPT_TYPE),
        ("payload", pa.binary()),
        ("script", pa.binary()),
    ]
)
TABLES = ("blocks", "transactions", "inputs", "outputs")

# Scripts that cannot be rebuilt from their kind and payload are stored whole.
KEPT_SCRIPTS = (NONSTANDARD, NULLDATA, PUBKEY)


def raw_tables(columns: BlockColumns, median_times: Integers, *, keep_scripts: bool) -> dict[str, pa.Table]:
    """The four tables of some consecutive blocks.

    Args:
        columns: the blocks.
        median_times: consensus time of each.
        keep_scripts: whether scripts of inputs are stored; they are only needed to prove transaction ids again.
    """
    heights_of_transactions = np.repeat(columns.heights, columns.transaction_counts)
    tx_indexes = _places(columns.transaction_starts)
    return {
        "blocks": _blocks(columns, median_times),
        "transactions": pa.Table.from_arrays(
            [
                _integers(heights_of_transactions, pa.int32()),
                _integers(tx_indexes, pa.int32()),
                _hashes(columns.txids),
                _integers(columns.transaction_versions, pa.uint32()),
                _integers(columns.lock_times, pa.uint32()),
                _integers(columns.transaction_sizes, pa.int32()),
                _integers(columns.transaction_sizes - columns.transaction_stripped_sizes, pa.int32()),
                _integers(np.diff(columns.input_starts), pa.int32()),
                _integers(np.diff(columns.output_starts), pa.int32()),
            ],
            schema=TRANSACTIONS,
        ),
        "inputs": _inputs(columns, heights_of_transactions, tx_indexes, keep_scripts=keep_scripts),
        "outputs": _outputs(columns, heights_of_transactions, tx_indexes),
    }


def empty_tables(*, keep_scripts: bool) -> dict[str, pa.Table]:
    """The four tables without rows."""
    inputs = INPUTS.append(INPUT_SCRIPT) if keep_scripts else INPUTS
    schemas = {"blocks": BLOCKS, "transactions": TRANSACTIONS, "inputs": inputs, "outputs": OUTPUTS}
    return {name: schema.empty_table() for name, schema in schemas.items()}


def _blocks(columns: BlockColumns, median_times: Integers) -> pa.Table:
    return pa.Table.from_arrays(
        [
            _integers(columns.heights, pa.int32()),
            _hashes(columns.hashes),
            _hashes(columns.previous_hashes),
            _hashes(columns.merkle_roots),
            # Signed, as nodes print it.
            pa.array(columns.versions.view(np.int32)),
            _integers(columns.times, pa.uint32()),
            _integers(median_times, pa.uint32()),
            _integers(columns.bits, pa.uint32()),
            _integers(columns.nonces, pa.uint32()),
            _integers(columns.sizes, pa.int32()),
            _integers(columns.stripped_sizes, pa.int32()),
            _integers(columns.transaction_counts, pa.int32()),
            _strings(columns.coinbase_scripts),
        ],
        schema=BLOCKS,
    )


def _inputs(columns: BlockColumns, heights: Integers, tx_indexes: Integers, *, keep_scripts: bool) -> pa.Table:
    counts = np.diff(columns.input_starts)
    arrays: list[Any] = [
        _integers(np.repeat(heights, counts), pa.int32()),
        _integers(np.repeat(tx_indexes, counts), pa.int32()),
        _integers(_places(columns.input_starts), pa.int32()),
        _hashes(columns.spent_txids),
        _integers(columns.spent_indexes, pa.uint32()),
        _integers(columns.sequences, pa.uint32()),
    ]
    if not keep_scripts:
        return pa.Table.from_arrays(arrays, schema=INPUTS)
    return pa.Table.from_arrays([*arrays, _strings(columns.input_scripts)], schema=INPUTS.append(INPUT_SCRIPT))


def _outputs(columns: BlockColumns, heights: Integers, tx_indexes: Integers) -> pa.Table:
    counts = np.diff(columns.output_starts)
    found = commitments(columns.output_scripts)
    kept = np.isin(found.kinds, KEPT_SCRIPTS)
    return pa.Table.from_arrays(
        [
            _integers(np.repeat(heights, counts), pa.int32()),
            _integers(np.repeat(tx_indexes, counts), pa.int32()),
            _integers(_places(columns.output_starts), pa.int32()),
            _integers(columns.values, pa.int64()),
            pa.DictionaryArray.from_arrays(pa.array(found.kinds.astype(np.int8)), pa.array(KINDS)),
            _strings(found.payloads, found.kinds != NULLDATA),
            _strings(columns.output_scripts, kept),
        ],
        schema=OUTPUTS,
    )


def _places(starts: Integers) -> Integers:
    """By row, its index within its block or transaction, from 0."""
    counts = np.diff(starts)
    return np.arange(int(counts.sum())) - np.repeat(starts[:-1] - starts[0], counts)


def _integers(values: "np.ndarray[Any, Any]", kind: pa.DataType) -> pa.Array:
    return pa.array(values.astype(kind.to_pandas_dtype(), copy=False))


def _hashes(rows: Bytes) -> pa.Array:
    data = np.ascontiguousarray(rows)
    return pa.FixedSizeBinaryArray.from_buffers(HASH, len(data), [None, pa.py_buffer(data)])


def _strings(slices: Slices, present: "np.ndarray[Any, np.dtype[np.bool_]] | None" = None) -> pa.Array:
    """Byte strings as an array; null where they are not present."""
    lengths = slices.lengths if present is None else np.where(present, slices.lengths, 0)
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    data = slices.gathered(lengths)
    mask = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    buffers: Sequence[Any] = [mask, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(lengths), buffers)
