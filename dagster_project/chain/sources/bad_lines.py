"""Find the line of a JSON lines file that cannot be read. DuckDB's own messages give only a line near it."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import duckdb

from dagster_project.lake.staging import columns_literal, quoted

# Lines are tried together, about this many bytes at a time.
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
        cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file,
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

        while lines := _next_lines(file, longest):
            if len(lines[-1]) > longest:
                # DuckDB refuses this line because of its length; the lines before it are tried first.
                if len(lines) == 1 or not fails(lines[:-1]):
                    return number + len(lines)
                lines.pop()
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


def _next_lines(file: BinaryIO, longest: int) -> list[bytes]:
    """Some lines. A line longer than ``longest`` is cut there, and is the last of them."""
    lines: list[bytes] = []
    size = 0
    while size < PART and (line := file.readline(longest + 1)):
        lines.append(line)
        size += len(line)
        if len(line) > longest:
            break
    return lines
