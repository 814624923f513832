"""How the tables of a raw day are written: the same rows give the same bytes."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.chain.manifest import FileRecord

# Rows of a row group: what one thread reads at once.
ROWS = 1 << 18
# Hashes do not compress, and to try takes half of the time of writing.
UNCOMPRESSED = ("hash", "merkle_root", "txid", "spent_txid")


def write_parquet(table: pa.Table, path: Path) -> FileRecord:
    """Write a table, and return the file's size and SHA-256.

    Integers are stored as differences: heights and places in a block then take next to nothing. In ledger entries of a
    synthetic chain of 1 million entries the files take ... bytes each.
    """
    # The types that are known of pyarrow name one of the kinds that each of these arguments takes.
    pq.write_table(
        table.combine_chunks(),
        path,
        version="2.6",
        row_group_size=ROWS,
        compression={name: "none" if name in UNCOMPRESSED else "zstd" for name in table.column_names},  # pyright: ignore[reportArgumentType]
        compression_level={name: 1 for name in table.column_names if name not in UNCOMPRESSED},
        use_dictionary=[field.name for field in table.schema if pa.types.is_dictionary(field.type)],  # pyright: ignore[reportArgumentType]
        column_encoding={
            field.name: _encoding(field.type) for field in table.schema if not pa.types.is_dictionary(field.type)
        },
        data_page_version="1.0",
        store_schema=False,
        write_statistics=[name for name in table.column_names if name in ("height", "tx_index")],  # pyright: ignore[reportArgumentType]
    )
    return FileRecord(path.stat().st_size, file_sha256(path))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(kind: pa.DataType) -> str:
    if pa.types.is_fixed_size_binary(kind):
        return "PLAIN"
    return "DELTA_LENGTH_BYTE_ARRAY" if pa.types.is_binary(kind) else "DELTA_BINARY_PACKED"
