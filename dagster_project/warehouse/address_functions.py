"""Functions that DuckDB lacks and models need: how hashes are written as addresses (dbt/profiles.yml names them)."""

from collections.abc import Iterable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import BIGINT, BLOB, VARCHAR

from dagster_project.chain import addresses

# Compiled code takes a second and a half to load, in which Python's libraries spell so many addresses.
ROWS_BY_LIBRARIES = 20_000


class Plugin(BasePlugin):
    """Makes the functions known to each connection of dbt."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``base58check(version, payload)`` and ``segwit_address(prefix, version, program)``."""
        add_address_functions(conn)


def add_address_functions(connection: duckdb.DuckDBPyConnection, rows_by_libraries: int = ROWS_BY_LIBRARIES) -> None:
    """Register ``base58check(version, payload)`` and ``segwit_address(prefix, version, program)``.

    Both take a row's own version; payloads are 20 bytes, programs 2 to 40 bytes.

    Args:
        connection: of DuckDB.
        rows_by_libraries: the number of rows after which compiled code takes over.
    """
    spelling = _Spelling(rows_by_libraries)
    for name, function, types in (
        ("base58check", spelling.base58check, [BIGINT, BLOB]),
        ("segwit_address", spelling.segwit_address, [VARCHAR, BIGINT, BLOB]),
    ):
        connection.create_function(name, function, types, VARCHAR, type="arrow")  # pyright: ignore


class _Spelling:
    """The functions of one connection: of pyarrow arrays, for which pyarrow has no types."""

    def __init__(self, rows_by_libraries: int) -> None:
        self._left = rows_by_libraries

    def base58check(self, versions: Any, payloads: Any) -> pa.Array:  # noqa: ANN401
        kinds, data, starts, lengths = _numbers(versions), *_strings(payloads)
        if self._few(len(kinds)):
            rows = zip(kinds.tolist(), _cut(data, starts, lengths), strict=True)
            return _texts(addresses.base58check(version, payload) for version, payload in rows)
        from dagster_project.blocks.address_arrays import base58check

        return _array(*base58check(kinds, data, starts))

    def segwit_address(self, prefixes: Any, versions: Any, programs: Any) -> pa.Array:  # noqa: ANN401
        prefix = prefixes[0].as_py()  # that of the chain, the same in all rows
        kinds, data, starts, lengths = _numbers(versions), *_strings(programs)
        if self._few(len(kinds)):
            rows = zip(kinds.tolist(), _cut(data, starts, lengths), strict=True)
            return _texts(addresses.segwit_address(prefix, version, program) for version, program in rows)
        from dagster_project.blocks.address_arrays import segwit

        return _array(*segwit(prefix, kinds, data, starts, lengths))

    def _few(self, rows: int) -> bool:
        self._left -= rows
        return self._left >= 0


# From buffer to buffer: to make a pyarrow array of other objects imports pandas, which takes a second of each build.


def _numbers(values: Any) -> Any:  # noqa: ANN401
    values = _one_array(values)
    return np.frombuffer(values.buffers()[1], dtype=np.int64)[values.offset : values.offset + len(values)]


def _strings(values: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401
    """The bytes of all strings, where each begins, and how long it is."""
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
