"""The files of raw days: written to a temporary folder, synced, then renamed into place, each day in one step."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa

from dagster_project.files import sync
from dagster_project.lake.manifest import MANIFEST, FileRecord, Manifest, aside_folder
from dagster_project.lake.parquet import write_parquet

# Waiting for fsync takes longer than writing a small day, so several days are synced at once.
SYNC_THREADS = 4
# Prefix of the folder that holds an old day while a new one takes its place, in the temporary folder as well.
REPLACED = "replaced-"


def write_day(raw: Path, day: date, tables: Mapping[str, pa.Table]) -> dict[str, FileRecord]:
    """Write the tables of a day to the temporary folder, and return the size and SHA-256 of each file by its name."""
    folder = day_aside(raw, day)
    _make_empty(folder)
    return {f"{name}.parquet": write_parquet(table, folder / f"{name}.parquet") for name, table in tables.items()}


def put_in_place(folders: Mapping[date, Path], manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    """Add the manifests to the days written before, sync the files, rename the days into place, and yield each.

    Args:
        folders: by day, the folder that its own goes into.
        manifests: of the days.
    """
    with ThreadPoolExecutor(SYNC_THREADS) as pool:
        durable = pool.map(lambda each: _make_durable(folders[each.day], each), manifests)
        for manifest, _ in zip(manifests, durable, strict=True):
            _swap(folders[manifest.day], manifest.day)
            yield manifest
    # Without this, a power failure may undo the renames; it never leaves part of a day.
    for folder in sorted(set(folders.values())):
        sync(folder)


def _swap(raw: Path, day: date) -> None:
    """Rename a day into place; an old one is moved away first, and deleted once the new one is in place."""
    folder, replaced = raw / day.isoformat(), aside_folder(raw) / f"{REPLACED}{day}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    day_aside(raw, day).rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def put_back(raw: Path) -> None:
    """Clean up after a process that was killed while it replaced days: an old day without a new one is restored."""
    for replaced in sorted(aside_folder(raw).glob(f"{REPLACED}????-??-??")):
        folder = raw / replaced.name.removeprefix(REPLACED)
        if folder.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(folder)


@contextmanager
def removed_on_failure(folders: Mapping[date, Path]) -> Iterator[None]:
    """Remove the temporary folders of some days if the block fails; ``folders`` has the one that each goes into."""
    try:
        yield
    except BaseException:
        for day, folder in folders.items():
            shutil.rmtree(day_aside(folder, day), ignore_errors=True)
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
    (folder / MANIFEST).write_bytes(manifest.to_json().encode())
    for path in (*sorted(folder.iterdir()), folder):
        sync(path)
