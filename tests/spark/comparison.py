"""What one DuckDB relation has and another has not."""

from collections.abc import Iterable, Mapping

import duckdb

KEY = "txid_key"


def differences(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[str]:
    """Compare two relations row for row, by the names of their columns; empty where they are equal.

    Types have to be the same, but for exact integers of 128 bits, which are decimals in Parquet, and for keys of
    transactions, whose 64 bits Spark reads as an integer with a sign.
    """
    types, others = (_types(connection, relation) for relation in (one, other))
    if types != others:
        return [f"columns: {sorted(types.items() ^ others.items())}"]
    columns = ", ".join(f'{_value(name, kind)} as "{name}"' for name, kind in types.items())
    found = []
    for first, second in ((one, other), (other, one)):
        rows = connection.execute(
            f"select {columns} from {first} except all select {columns} from {second} order by all limit 3"
        ).fetchall()
        found += [f"only in {first}: {row}" for row in rows]
    return found


def different_tables(
    connection: duckdb.DuckDBPyConnection, one: str, other: str, names: Iterable[str]
) -> dict[str, list[str]]:
    """Compare tables of the same names in two attached databases; those that differ, each with how."""
    found = {name: differences(connection, f"{one}.main.{name}", f"{other}.main.{name}") for name in names}
    return {name: rows for name, rows in found.items() if rows}


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> Mapping[str, str]:
    rows = connection.execute(f"describe from {relation}").fetchall()
    kinds = {name: "HUGEINT" if kind == "DECIMAL(38,0)" else kind for name, kind, *_ in rows}
    return kinds | ({KEY: KEY} if kinds.get(KEY) in {"BIGINT", "UBIGINT"} else {})


def _value(name: str, kind: str) -> str:
    return f"(cast({name} as hugeint) + {2**64}) % {2**64}" if kind == KEY else f'cast("{name}" as {kind})'
