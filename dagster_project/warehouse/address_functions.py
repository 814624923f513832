"""A DuckDB function that encodes hashes as addresses, which models need (dbt/profiles.yml loads it)."""

from collections.abc import Iterable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import BIGINT, BLOB, VARCHAR

from dagster_project.blocks import addresses

# Compiled code takes 1.5 s to load; Python's libraries encode this many addresses in that time.
ROWS_BY_LIBRARIES = 20_000


class Plugin(BasePlugin):
    """Registers the function with each connection of dbt."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``address(prefix, version, payload)``."""
        add_address_function(conn)


def add_address_function(connection: duckdb.DuckDBPyConnection, rows_by_libraries: int = ROWS_BY_LIBRARIES) -> None:
    """Register ``address(prefix, version, payload)``: the address of a hash or of a witness program, null for nulls.

    With the prefix '' it is base58check of a version byte and a hash of 20 bytes. With any other, which has to be the
    same in all rows, it is the address of a witness program of 2 to 40 bytes: bech32 for version 0, bech32m for later
    ones.

    Args:
        connection: of DuckDB.
        rows_by_libraries: number of rows that Python's libraries encode before compiled code is loaded.
    """
    spelling = _Spelling(rows_by_libraries)
    types = [VARCHAR, BIGINT, BLOB]
    connection.create_function("address", spelling.address, types, VARCHAR, type="arrow")  # pyright: ignore


class _Spelling:
    """The function of one connection; its arguments are pyarrow arrays, which pyarrow's stubs do not type."""

    def __init__(self, rows_by_libraries: int) -> None:
        self._left = rows_by_libraries

    def address(self, prefixes: Any, versions: Any, payloads: Any) -> pa.Array:  # noqa: ANN401
        kinds, (data, starts, lengths) = _numbers(versions), _strings(payloads)
        letters, places, sizes = _strings(prefixes)
        segwit_rows = sizes > 0
        first = int(segwit_rows.argmax()) if segwit_rows.any() else 0
        prefix = letters[places[first] : places[first] + sizes[first]].tobytes().decode("ascii")
        if self._few(len(kinds)):
            rows = zip(segwit_rows.tolist(), kinds.tolist(), _cut(data, starts, lengths), strict=True)
            return _texts(
                addresses.segwit_address(prefix, version, payload)
                if is_segwit
                else addresses.base58check(version, payload)
                for is_segwit, version, payload in rows
            )
        from dagster_project.blocks import address_arrays

        others = ~segwit_rows
        return _array(
            *address_arrays.interleaved(
                address_arrays.base58check(kinds[others], data, starts[others]),
                address_arrays.segwit(prefix, kinds[segwit_rows], data, starts[segwit_rows], lengths[segwit_rows]),
                segwit_rows,
            )
        )

    def _few(self, rows: int) -> bool:
        self._left -= rows
        return self._left >= 0


# Arrays are built from buffers: building a pyarrow array from other objects imports pandas, a second in each build.


def _numbers(values: Any) -> Any:  # noqa: ANN401
    values = _one_array(values)
    return np.frombuffer(values.buffers()[1], dtype=np.int64)[values.offset : values.offset + len(values)]


def _strings(values: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401
    """The bytes of all strings, and the start and length of each."""
    values = _one_array(values)
    _, offsets, data = values.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    return np.frombuffer(data, dtype=np.uint8), places[:-1], np.diff(places)


def _one_array(values: Any) -> Any:  # noqa: ANN401
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _cut(data: Any, starts: Any, lengths: Any) -> list[bytes]:  # noqa: ANN401
    whole = data.tobytes()
    return [whole[start : start + length] for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]


def _texts(texts: Iterable[str]) -> pa.Array:
    encoded = [text.encode("ascii") for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return _array(ends, np.frombuffer(b"".join(encoded), dtype=np.uint8))


def _array(ends: Any, text: Any) -> pa.Array:  # noqa: ANN401
    return pa.StringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(text))
