"""Small input tables in the lake: one Parquet file each, replaced in whole."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

Value = str | int | None

# Marks null in the text that DuckDB reads, so that an empty text stays one.
NULL = "\\N"


def write_table(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[Value]]) -> str:
    """Write rows, in the order given, to a Parquet file and return the fingerprint of its content.

    The file is written beside its place, synced and renamed, so that a reader sees the old one or the new one. The same
    rows give the same bytes.

    Args:
        path: the Parquet file; its folder is made if it is missing.
        columns: DuckDB types by column name.
        rows: values in the order of ``columns``; texts as DuckDB casts them, such as ISO dates.

    Returns:
        SHA-256 of the rows as text, in hexadecimal.
    """
    with _aside(path) as folder:
        text, parquet = folder / "rows.csv", folder / path.name
        with text.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            writer.writerows([NULL if value is None else value for value in row] for row in rows)
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.read_csv(
                str(text), columns=dict(columns), header=True, na_values=NULL, quotechar='"', escapechar='"', sep=","
            ).write_parquet(str(parquet), compression="zstd")
        replace_file(parquet, path)
        with text.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a JSON file, keys sorted, beside its place, and rename it."""
    with _aside(path) as folder:
        aside = folder / path.name
        aside.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        replace_file(aside, path)


def replace_file(aside: Path, path: Path) -> None:
    """Move a finished file into its place so that it, and not a torn one, survives a power cut."""
    _sync(aside)
    aside.replace(path)
    _sync(path.parent)


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Give a folder beside a file to prepare it in; one that a killed run left behind is emptied first."""
    folder = path.parent / f".{path.name}.aside"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
