"""Small input tables in the lake: Parquet files that are replaced as a whole."""

import csv
import filecmp
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.database import connect
from dagster_project.files import file_sha256, remove_side_files, sync
from dagster_project.lake.staging import quoted

Value = str | int | None
Row = Sequence[Value]

# Marks null in the CSV that DuckDB reads, so that an empty text is not read as null.
NULL = "\\N"

SYNCS_AT_ONCE = 16


def write_table(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> str:
    """Write rows to a Parquet file, replacing an older one, and return the fingerprint of its content.

    The file is written under another name, synced and renamed, so that a reader sees the old one or the new one. The
    same rows give the same bytes, and a file that already has them is not touched: then nothing that was built from it
    has to be built again.

    Args:
        path: the file; its folder is made if it is missing.
        columns: DuckDB types by column name.
        rows: in the order in which the file is to have them; values in the order of ``columns``, texts as DuckDB casts
            them, such as ISO dates.

    Returns:
        SHA-256 of the file's name and the rows as text, in hexadecimal.
    """
    with aside_in(path.parent) as aside:
        text = aside / "rows.csv"
        with staged(text, columns, {path.name: rows}) as connection:
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(
                f"copy (select {names} from staged order by position) "
                f"to {quoted(aside / path.name)} (format parquet, compression zstd)"
            )
        put_changed(aside, path.parent, [path.name])
        return file_sha256(text)


@contextmanager
def staged(
    text: Path, columns: Mapping[str, str], tables: Mapping[str, Iterable[Row]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection to a database in memory whose table ``staged`` has the rows of some tables.

    Its columns are ``file``, the name of the row's table, ``position``, the row's place in it from 0 on, and those
    given.

    Args:
        text: a file to write the rows to as text, for DuckDB to read.
        columns: DuckDB types by column name.
        tables: rows by name; values as in ``write_table``.
    """
    with text.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["file", "position", *columns])
        for name, rows in tables.items():
            for position, row in enumerate(rows):
                writer.writerow([name, position, *(NULL if value is None else value for value in row)])
    # One connection and one read for all tables: opening DuckDB takes ten times as long as writing a small table. No
    # spilling is needed: the rows take more memory as Python objects than in DuckDB.
    with connect(None, {"threads": 1}) as connection:
        connection.read_csv(
            str(text),
            columns={"file": "VARCHAR", "position": "BIGINT", **columns},
            header=True,
            na_values=NULL,
            quotechar='"',
            escapechar='"',
            sep=",",
        ).create("staged")
        yield connection


def put_changed(aside: Path, folder: Path, names: Iterable[str]) -> None:
    """Move new files from a side folder to their places, each in one step; a file with the same content is not touched.

    Args:
        aside: a folder inside ``folder`` with the new files.
        folder: where they go.
        names: of the files.
    """
    changed = [name for name in names if not _same(aside / name, folder / name)]
    # Synced in parallel: one after the other takes longer than writing the files.
    with ThreadPoolExecutor(SYNCS_AT_ONCE) as threads:
        list(threads.map(sync, (aside / name for name in changed)))
    for name in changed:
        remove_side_files(folder / name)
        (aside / name).replace(folder / name)
    sync(folder)


@contextmanager
def aside_in(folder: Path, name: str = "tables") -> Iterator[Path]:
    """Give a folder inside another to prepare files in; files that a killed run left there are removed first."""
    aside = folder / f".{name}.aside"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
    finally:
        shutil.rmtree(aside)


def _same(new: Path, old: Path) -> bool:
    return old.is_file() and filecmp.cmp(new, old, shallow=False)
