"""How the tables of a raw day are written: the same rows give the same bytes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.files import file_sha256
from dagster_project.lake.manifest import FileRecord

# Rows of a row group, the unit that one thread reads.
ROWS = 1 << 18
# Hashes do not compress, and trying takes time. The column ``spent_txid`` does (from 32 to 28 bytes a row), because
# outputs of one transaction are often spent together.
UNCOMPRESSED = ("hash", "merkle_root", "txid")
# zstd level. Level 1 takes 3 % more bytes, level 6 saves another 0.3 % (a chain of 10 million ledger entries).
LEVEL = 4
# Integers with few distinct values: dictionary encoding takes two thirds of the bytes of delta encoding.
FEW_VALUES = (
    "tx_index",
    "input_index",
    "output_index",
    "spent_output_index",
    "input_count",
    "output_count",
    "witness_size",
)
# Integers whose deltas are larger than the values.
SCATTERED = ("value", "size")


def write_parquet(table: pa.Table, path: Path) -> FileRecord:
    """Write a table, and return the file's size and SHA-256.

    Most integers are delta-encoded: heights then take almost no space. ``python -m bench lake`` measures the bytes per
    ledger entry.
    """
    # pyarrow's type stubs list only one of the types that each of these arguments accepts.
    pq.write_table(
        table.combine_chunks(),
        path,
        version="2.6",
        row_group_size=ROWS,
        compression={name: "none" if name in UNCOMPRESSED else "zstd" for name in table.column_names},  # pyright: ignore[reportArgumentType]
        compression_level={name: LEVEL for name in table.column_names if name not in UNCOMPRESSED},
        use_dictionary=[field.name for field in table.schema if _has_dictionary(field)],  # pyright: ignore[reportArgumentType]
        column_encoding={field.name: _encoding(field) for field in table.schema if not _has_dictionary(field)},
        data_page_version="1.0",
        store_schema=False,
        write_statistics=[name for name in table.column_names if name in ("height", "tx_index")],  # pyright: ignore[reportArgumentType]
    )
    return FileRecord(path.stat().st_size, file_sha256(path))


def _has_dictionary(column: pa.Field) -> bool:
    return pa.types.is_dictionary(column.type) or column.name in FEW_VALUES


def _encoding(column: pa.Field) -> str:
    if pa.types.is_fixed_size_binary(column.type) or column.name in SCATTERED:
        return "PLAIN"
    return "DELTA_LENGTH_BYTE_ARRAY" if pa.types.is_binary(column.type) else "DELTA_BINARY_PACKED"
