"""Functions that DuckDB lacks and models need: how hashes are written as addresses (dbt/profiles.yml names them)."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import BIGINT, BLOB, VARCHAR

from dagster_project.blocks.address_arrays import ByteArray, TextArray, base58check, segwit


class Plugin(BasePlugin):
    """Makes the functions known to each connection of dbt."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``base58check(version, payload)`` and ``segwit_address(prefix, version, program)``."""
        add_address_functions(conn)


def add_address_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Register ``base58check(version, payload)`` and ``segwit_address(prefix, version, program)``.

    Both take a row's own version; payloads and programs are 20 bytes and 2 to 40 bytes.
    """
    connection.create_function("base58check", _base58check, [BIGINT, BLOB], VARCHAR, type="arrow")  # pyright: ignore
    connection.create_function("segwit_address", _segwit_address, [VARCHAR, BIGINT, BLOB], VARCHAR, type="arrow")  # pyright: ignore


def _base58check(versions: Any, payloads: Any) -> pa.Array:  # noqa: ANN401 (pyarrow has no types)
    def spell(version: int, rows: ByteArray) -> TextArray:
        return base58check(version, rows)

    return _by_kind(versions, payloads, spell)


def _segwit_address(prefixes: Any, versions: Any, programs: Any) -> pa.Array:  # noqa: ANN401 (pyarrow has no types)
    prefix = prefixes[0].as_py()  # that of the chain, the same in all rows

    def spell(version: int, rows: ByteArray) -> TextArray:
        return segwit(prefix, version, rows)

    return _by_kind(versions, programs, spell)


def _by_kind(versions: Any, payloads: Any, spell: Callable[[int, ByteArray], TextArray]) -> pa.Array:  # noqa: ANN401
    """Spell all rows of the same version and length at once.

    From buffer to buffer: to make a pyarrow array of other objects imports pandas, which takes 0.8 s of each build.
    """
    versions, payloads = _one_array(versions), _one_array(payloads)
    kinds = np.frombuffer(versions.buffers()[1], dtype=np.int64)[versions.offset : versions.offset + len(versions)]
    _, offsets, data = payloads.buffers()
    first, last = payloads.offset, payloads.offset + len(payloads)
    starts = np.frombuffer(offsets, dtype=np.int32)[first : last + 1].astype(np.int64)
    lengths = np.diff(starts)
    buffer = np.frombuffer(data, dtype=np.uint8)
    texts = np.empty(len(payloads), dtype=object)
    codes = kinds * 64 + lengths
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        length = int(lengths[rows[0]])
        texts[rows] = spell(int(kinds[rows[0]]), buffer[starts[rows][:, None] + np.arange(length)])
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer("".join(texts).encode("ascii")))


def _one_array(values: Any) -> Any:  # noqa: ANN401 (pyarrow has no types)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
