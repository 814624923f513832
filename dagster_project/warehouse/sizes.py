"""The disk space of the warehouse file and of each of its tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class WarehouseSize:
    """Sizes in a DuckDB file, in bytes.

    Attributes:
        file: all blocks, used and free, and the header.
        tables: by name, largest first: the number of blocks with a table's columns, from DuckDB's storage information,
            times the size of a block. Columns of a table share blocks, tables do not; an empty table has none.
        rest: what no table uses: free blocks, the catalogue, statistics.
    """

    file: int
    tables: Mapping[str, int]

    @property
    def rest(self) -> int:
        """Bytes that no table uses."""
        return self.file - sum(self.tables.values())


def warehouse_size(connection: duckdb.DuckDBPyConnection, database: str) -> WarehouseSize:
    """Measure an attached database, which has to be checkpointed.

    Args:
        connection: has the database attached.
        database: its name.
    """
    size = connection.execute(
        "select block_size, total_blocks from pragma_database_size() where database_name = ?", [database]
    ).fetchone()
    assert size is not None
    block_size, blocks = size
    used = _table_blocks(connection, database)
    tables = {name: count * block_size for name, count in used}
    return WarehouseSize(file=blocks * block_size + _HEADER, tables=tables)


# A file begins with three blocks of 4 KiB: the main header, and the headers of the last two checkpoints.
_HEADER = 3 * 4096


def _table_blocks(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, int]]:
    """The tables of a database, each with the number of blocks it uses; largest first."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [database]
    ).fetchall()
    if not tables:
        return []
    segments = " union all ".join(
        f"select '{table}' as name, list_append(additional_block_ids, block_id) as blocks "
        f'from pragma_storage_info(\'{database}."{schema}"."{table}"\')'
        for schema, table in tables
    )
    return connection.execute(
        f"""
        with segments as ({segments}),

        blocks as (select name, unnest(blocks) as block from segments)

        -- What is not written, such as a column of one value, has the block -1.
        select name, count(distinct block) filter (where block >= 0) as used
        from blocks
        group by name
        order by used desc, name
        """
    ).fetchall()
