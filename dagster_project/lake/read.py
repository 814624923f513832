"""Read a raw day of the lake back into columns."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import BlockColumns, Slices
from dagster_project.blocks.scripts import KINDS
from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers
from dagster_project.lake.keeping import read_table
from dagster_project.lake.manifest import Manifest
from dagster_project.lake.tables import TABLES

# The bytes before and after the payload, by kind of script.
AROUND_PAYLOAD: Mapping[str, tuple[bytes, bytes]] = {
    "pubkeyhash": (b"\x76\xa9\x14", b"\x88\xac"),
    "scripthash": (b"\xa9\x14", b"\x87"),
    "witness_v0_keyhash": (b"\x00\x14", b""),
    "witness_v0_scripthash": (b"\x00\x20", b""),
    "witness_v1_taproot": (b"\x51\x20", b""),
    "witness_unknown": (b"", b""),
}

Tables = Mapping[str, pa.Table]


def day_tables(raw: Path, manifest: Manifest) -> Tables:
    """The tables of a day; their bytes are checked against the manifest.

    Raises:
        DamagedDayError: a file is missing, or is not what was written.
    """
    return {name: read_table(raw, manifest, f"{name}.parquet") for name in TABLES}


def day_columns(tables: Tables) -> tuple[BlockColumns, Integers]:
    """The blocks of a day's tables, and their consensus times; scripts of inputs are empty if they were not kept."""
    blocks, transactions, inputs, outputs = (tables[name].combine_chunks() for name in TABLES)
    sizes = _integers(transactions, "size")
    columns = BlockColumns(
        heights=_integers(blocks, "height"),
        hashes=_hashes(blocks, "hash"),
        versions=_integers(blocks, "version").astype(np.int32).view(np.uint32),
        previous_hashes=_hashes(blocks, "previous_hash"),
        merkle_roots=_hashes(blocks, "merkle_root"),
        times=_unsigned(blocks, "time"),
        bits=_unsigned(blocks, "bits"),
        nonces=_unsigned(blocks, "nonce"),
        sizes=_integers(blocks, "size"),
        stripped_sizes=_integers(blocks, "stripped_size"),
        coinbase_scripts=_strings(blocks["coinbase_script"]),
        transaction_starts=_starts(blocks, "transaction_count"),
        txids=_hashes(transactions, "txid"),
        transaction_versions=_unsigned(transactions, "version"),
        lock_times=_unsigned(transactions, "lock_time"),
        transaction_sizes=sizes,
        transaction_stripped_sizes=sizes - _integers(transactions, "witness_size"),
        input_starts=_starts(transactions, "input_count"),
        spent_txids=_hashes(inputs, "spent_txid"),
        spent_indexes=_unsigned(inputs, "spent_output_index"),
        sequences=_unsigned(inputs, "sequence"),
        input_scripts=_strings(inputs["script"] if "script" in inputs.column_names else pa.array([b""] * len(inputs))),
        output_starts=_starts(transactions, "output_count"),
        values=_integers(outputs, "value"),
        output_scripts=_output_scripts(outputs),
    )
    return columns, _integers(blocks, "median_time")


def _output_scripts(outputs: pa.Table) -> Slices:
    """Complete scripts: stored ones as they are, the others from their kind and payload."""
    kept, payloads = outputs["script"].to_pylist(), outputs["payload"].to_pylist()
    scripts: list[bytes] = []
    for kind, payload, script in zip(outputs["script_type"].to_pylist(), payloads, kept, strict=True):
        if script is None:
            before, behind = AROUND_PAYLOAD.get(kind, (b"", b""))
            script = before + (payload or b"") + behind
        scripts.append(script)
    return _strings(pa.array(scripts, type=pa.binary()))


def kinds_of(outputs: pa.Table) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """The kinds of the outputs' scripts, as positions in ``KINDS``."""
    return np.array([KINDS.index(kind) for kind in outputs["script_type"].to_pylist()], dtype=np.uint8)


def _integers(table: pa.Table, name: str) -> Integers:
    return table[name].to_numpy().astype(np.int64)


def _unsigned(table: pa.Table, name: str) -> "np.ndarray[Any, np.dtype[np.uint32]]":
    return table[name].to_numpy().astype(np.uint32)


def _starts(table: pa.Table, name: str) -> Integers:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(_integers(table, name))])


def _hashes(table: pa.Table, name: str) -> Bytes:
    data = np.frombuffer(b"".join(table[name].to_pylist()), dtype=np.uint8)
    return data.reshape(-1, HASH_BYTES)


def _strings(array: pa.Array | pa.ChunkedArray) -> Slices:
    values = array.to_pylist()
    lengths = np.array([len(value) for value in values], dtype=np.int64)
    data = np.frombuffer(b"".join(values), dtype=np.uint8)
    return Slices(data, np.cumsum(lengths) - lengths, lengths)
