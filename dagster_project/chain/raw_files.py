"""The files of raw days: written aside, made durable, then renamed into place, each day in one step."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.chain.manifest import MANIFEST, Manifest, aside_folder, discard
from dagster_project.chain.staging import quoted
from dagster_project.files import sync

# Waiting for the disk takes longer than writing a small day, so some days are made durable at once.
SYNC_THREADS = 4


def write_day_files(
    connection: duckdb.DuckDBPyConnection, raw: Path, days: Sequence[date], relations: Mapping[str, tuple[str, str]]
) -> None:
    """Write ``<name>.parquet`` aside for each day and each of some relations that have a column ``day``.

    Args:
        connection: where the relations are.
        raw: the folder of the chain's raw days.
        days: consecutive days; a day without rows gets a file without rows.
        relations: by name of the file, the query of its rows and day, and the order of the rows.
    """
    copies: list[str] = []
    for day in days:
        folder = day_aside(raw, day)
        _make_empty(folder)
        for name, (query, order) in relations.items():
            # Not all days at once with PARTITION_BY: DuckDB then leaves some partitions out of order.
            rows = f"SELECT * EXCLUDE (day) FROM ({query}) WHERE day = DATE '{day}' ORDER BY {order}"
            copies.append(f"COPY ({rows}) TO {quoted(folder / f'{name}.parquet')} (FORMAT parquet, COMPRESSION zstd)")
    # In one call, because a thread that reads blocks makes this one wait at every return to Python.
    connection.execute("; ".join(copies))


def put_in_place(raw: Path, manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    """Add the manifests to the days written aside, make them durable, put them in place and yield each in order."""
    with ThreadPoolExecutor(SYNC_THREADS) as pool:
        for manifest, _ in zip(manifests, pool.map(lambda each: _make_durable(raw, each), manifests), strict=True):
            folder = raw / manifest.day.isoformat()
            folder.parent.mkdir(parents=True, exist_ok=True)
            if folder.exists():
                discard(folder)
            day_aside(raw, manifest.day).rename(folder)
            yield manifest
    # Without it a power failure may undo the renaming, but never leaves less than a whole day.
    sync(raw)


@contextmanager
def removed_on_failure(raw: Path, days: Sequence[date]) -> Iterator[None]:
    """Remove what was written aside for some days where the block fails."""
    try:
        yield
    except BaseException:
        for day in days:
            shutil.rmtree(day_aside(raw, day), ignore_errors=True)
        raise


def day_aside(raw: Path, day: date) -> Path:
    """Where a day is written before it is renamed into place."""
    return aside_folder(raw) / day.isoformat()


def _make_empty(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        shutil.rmtree(folder)
        folder.mkdir()


def _make_durable(raw: Path, manifest: Manifest) -> None:
    folder = day_aside(raw, manifest.day)
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    for path in (*sorted(folder.iterdir()), folder):
        sync(path)
