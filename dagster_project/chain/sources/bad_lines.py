"""Which line of a file of JSON lines cannot be read. DuckDB's own messages tell one somewhere near it."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from dagster_project.lake.staging import columns_literal, quoted

# Lines are tried together up to about so many bytes.
PART = 16 << 20


def first_bad_line(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str], longest: int
) -> int | None:
    """The number of the first line that DuckDB cannot read as some columns; None where it reads all.

    Args:
        connection: reads the lines.
        path: a file of JSON lines, compressed if its name ends in ``.gz``.
        columns: DuckDB types by name.
        longest: bytes that a line may have.
    """
    number = 0
    with (
        gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file,
        TemporaryDirectory() as folder,
    ):
        part = Path(folder) / "part.json"
        query = f"""
            SELECT bit_xor(hash(each)) FROM read_json({quoted(part)}, format = 'newline_delimited',
                columns = {columns_literal(columns)}, maximum_object_size = {longest}) AS each
        """

        def fails(lines: list[bytes]) -> bool:
            part.write_bytes(b"".join(lines))
            try:
                connection.execute(query).fetchall()
            except (duckdb.InvalidInputException, duckdb.ConversionException):
                return True
            return False

        while lines := file.readlines(PART):
            if fails(lines):
                while len(lines) > 1:
                    first = lines[: len(lines) // 2]
                    if fails(first):
                        lines = first
                    else:
                        number += len(first)
                        lines = lines[len(first) :]
                return number + 1
            number += len(lines)
    return None
