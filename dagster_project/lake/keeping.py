"""Whether raw days still are what was written, by the checksums in their manifests (docs/lake.md)."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.days import Days
from dagster_project.errors import DamagedDayError
from dagster_project.files import file_sha256
from dagster_project.lake.manifest import Manifest, held_days, read_manifest

BLOCKS = "blocks.parquet"


@dataclass(frozen=True)
class Held:
    """What a lake holds, by its manifests and file sizes.

    Attributes:
        manifests: of the undamaged days, in order of day.
        damaged: what is wrong with the others, in order of day.
    """

    manifests: Sequence[Manifest]
    damaged: Sequence[DamagedDayError]

    @property
    def days(self) -> list[date]:
        """All days held, damaged ones included, in order."""
        return sorted([*(manifest.day for manifest in self.manifests), *self.damaged_days])

    @property
    def damaged_days(self) -> list[date]:
        """The days that are damaged."""
        return [day_of(error) for error in self.damaged]


def day_of(error: DamagedDayError) -> date:
    """The day that is damaged."""
    return date.fromisoformat(error.folder.name)


def look_through(raw: Path) -> Held:
    """Read the manifests of all days held, and check the names and sizes of their files; the tables are not read.

    Raises:
        SatledgerError: a day has the layout of another edition.
    """
    manifests: list[Manifest] = []
    damaged: list[DamagedDayError] = []
    for day in held_days(raw):
        try:
            manifest = read_manifest(raw, day)
            if manifest is not None:
                check_sizes(raw, manifest)
                manifests.append(manifest)
        except DamagedDayError as error:
            damaged.append(error)
    return Held(manifests, damaged)


def missing_days(raw: Path, held: Collection[date], built: Collection[date]) -> dict[date, str]:
    """By day, an error text for each missing day: one between days that are held, or one that the warehouse has.

    Args:
        raw: the chain's raw days.
        held: the days held, damaged ones included.
        built: the days that the warehouse was built from.
    """
    between = set(Days(min(held), max(held))) - set(held) if held else set[date]()
    return {
        day: f"The raw day {raw / day.isoformat()} is missing, though "
        f"{'days before and after it are there' if day in between else 'the warehouse was built from it'}: "
        "`satledger build` reads it again from the source."
        for day in sorted(between | (set(built) - set(held)))
    }


def check_sizes(raw: Path, manifest: Manifest) -> None:
    """Check that a day's files exist and have the sizes that were written.

    Raises:
        DamagedDayError: a file is missing, or has another size.
    """
    folder = raw / manifest.day.isoformat()
    for name, record in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except FileNotFoundError:
            raise DamagedDayError(folder, f"its {name} is missing") from None
        if size != record.bytes:
            raise DamagedDayError(folder, f"its {name} has {size} bytes, not the {record.bytes} that were written")


def damaged_files(
    raw: Path, manifests: Iterable[Manifest], threads: int = 1, names: Collection[str] | None = None
) -> list[DamagedDayError]:
    """What is wrong with the files of some days, in order; all their bytes are read.

    Args:
        raw: the chain's raw days.
        manifests: of the days.
        threads: number of files that are read at once.
        names: the files to check; by default all.
    """

    def look(manifest: Manifest) -> DamagedDayError | None:
        try:
            check_sizes(raw, manifest)
            for name in manifest.files:
                if names is None or name in names:
                    _check_bytes(raw, manifest, name, file_sha256(raw / manifest.day.isoformat() / name))
        except DamagedDayError as error:
            return error
        return None

    with ThreadPoolExecutor(threads) as pool:
        return [error for error in pool.map(look, manifests) if error is not None]


def read_table(raw: Path, manifest: Manifest, name: str, columns: list[str] | None = None) -> pa.Table:
    """A table of a day; its bytes are checked against the manifest.

    Raises:
        DamagedDayError: the file is missing, or is not what was written.
    """
    folder = raw / manifest.day.isoformat()
    try:
        data = (folder / name).read_bytes()
    except FileNotFoundError:
        raise DamagedDayError(folder, f"its {name} is missing") from None
    _check_bytes(raw, manifest, name, hashlib.sha256(data).hexdigest())
    return pq.read_table(pa.BufferReader(data), columns=columns)


def _check_bytes(raw: Path, manifest: Manifest, name: str, found: str) -> None:
    expected = manifest.files[name].sha256
    if found != expected:
        raise DamagedDayError(
            raw / manifest.day.isoformat(), f"its {name} has the SHA-256 {found}, but {expected} was written"
        )
