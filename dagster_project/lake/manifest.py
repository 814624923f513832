"""The manifest of a raw day, and the list of days in the lake."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.errors import DamagedDayError, SatledgerError
from dagster_project.seals import is_sealed, sealed

MANIFEST = "manifest.json"
# Version of a raw day's layout. The first had nested tables in bitcoin-etl's schema.
EDITION = 2
SAMPLE = "sample"
# The seal is the last entry of ``source``, the manifest's last entry, because it depends on the source: only ``source``
# and ``versions`` differ between sources.
_SEAL_DEPTH = 2


@dataclass(frozen=True)
class FileRecord:
    """A file of a raw day as it was written.

    Attributes:
        bytes: its size.
        sha256: SHA-256 of its bytes.
    """

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Proof:
    """What was proven of a raw day before it entered the lake (docs/method.md, Proof).

    Attributes:
        version: version of the checks.
        checked: what was proven of every block of the day.
        unproven: what was not proven, and why.
    """

    version: int
    checked: list[str]
    unproven: dict[str, str]


@dataclass(frozen=True)
class Manifest:
    """What a raw day holds; heights and hashes are null on a day without blocks.

    Attributes:
        chain: the network.
        day: UTC date of the blocks' consensus time.
        first_height: height of the day's first block.
        last_height: height of the day's last block.
        first_hash: hash of the day's first block.
        last_hash: hash of the day's last block.
        blocks: number of blocks.
        transactions: number of transactions, coinbases included.
        inputs: number of inputs without those of coinbases.
        outputs: number of outputs.
        source: name of the source that the day was read from.
        proof: what was proven of it, which depends on the data that the source gives.
        versions: version of each tool that was used.
        fingerprint: SHA-256 of the day and its block hashes in order of height; equal days have equal fingerprints.
        files: the day's other files as they were written, by name.
    """

    chain: str
    day: date
    first_height: int | None
    last_height: int | None
    first_hash: str | None
    last_hash: str | None
    blocks: int
    transactions: int
    inputs: int
    outputs: int
    source: str
    proof: Proof
    versions: dict[str, str]
    fingerprint: str
    files: dict[str, FileRecord]

    @property
    def content(self) -> str:
        """SHA-256 of the day, its blocks and all its files; the warehouse stores it for each day that it built."""
        lines = [self.fingerprint, *(f"{name} {self.files[name].sha256}" for name in sorted(self.files))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def to_json(self) -> str:
        """The text of the file; apart from ``source`` and ``versions`` it is the same for every source."""
        fields = asdict(self)
        source = {"name": fields.pop("source"), "proof": fields.pop("proof")}
        day = {"day": self.day.isoformat(), "content": self.content, "source": source}
        return sealed(json.dumps({"edition": EDITION} | fields | day, indent=2), _SEAL_DEPTH)

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Parse a manifest file.

        Raises:
            ValueError: it is not a manifest, or not what was written.
            TypeError: a field is missing or unknown.
            EditionError: its day has another edition of the lake.
        """
        fields = json.loads(data)
        if is_first_edition(fields):
            raise EditionError
        if not is_sealed(data, _SEAL_DEPTH):
            raise ValueError("it is not what was written")
        if fields.pop("edition") != EDITION:
            raise EditionError
        del fields["content"]
        source = fields.pop("source")
        files = {name: FileRecord(**record) for name, record in fields["files"].items()}
        typed = {
            "day": date.fromisoformat(fields["day"]),
            "source": source["name"],
            "proof": Proof(**source["proof"]),
            "files": files,
        }
        return cls(**fields | typed)


def is_first_edition(fields: Mapping[str, Any]) -> bool:
    """Whether a manifest was written before manifests had an edition and a seal; a damaged one keeps one of them."""
    return "edition" not in fields and "seal" not in fields.get("source", ())


class EditionError(Exception):
    """A raw day has the layout of another edition of the lake."""


def fingerprint_of(day: date, hashes: Iterable[str]) -> str:
    """SHA-256 of a day and its block hashes in order of height."""
    return hashlib.sha256("\n".join([day.isoformat(), *hashes]).encode()).hexdigest()


# What operating systems put into folders by themselves; hidden files are ignored as well.
_SYSTEMS = ("lost+found",)


def held_days(raw: Path) -> list[date]:
    """Days that a chain's raw folder holds, in order.

    A day's folder without a manifest is ignored: the next extraction of that day replaces it.

    Raises:
        SatledgerError: the folder has an entry that is not a raw day; the models might read it.
    """
    if not raw.exists():
        return []
    if not raw.is_dir():
        raise SatledgerError(f"{raw} is not a folder: move it away and run this again.")
    with os.scandir(raw) as found:
        entries = sorted((each for each in found if not _is_of_the_system(each.name)), key=lambda each: each.name)
    return [day for day in map(_day_of, entries) if os.path.isfile(f"{raw}/{day}/{MANIFEST}")]  # noqa: PTH113 (faster)


def _is_of_the_system(name: str) -> bool:
    return name.startswith(".") or name in _SYSTEMS


def _day_of(entry: "os.DirEntry[str]") -> date:
    """The day that a folder of the lake is named after."""
    try:
        day = date.fromisoformat(entry.name)
    except ValueError:
        day = None
    if day is None or day.isoformat() != entry.name or not entry.is_dir():
        what = "a file" if entry.is_file() else "a folder"
        raise SatledgerError(
            f"{entry.path} is {what} that does not belong in the lake, which has a folder a day, such as 2009-01-09: "
            "move it away and run this again."
        )
    return day


# Cache of the manifests that this process has read, each with the inode, size and times of its file. A build looks
# through the lake eight times; to parse all manifests of 6,500 days took 0.5 s of CPU time each. A file that was
# changed within the last two seconds is not cached: a second change may leave its times as they are.
_read: dict[Path, tuple[tuple[int, int, int, int], Manifest]] = {}
_SETTLED_NANOSECONDS = 2_000_000_000


def read_manifest(raw: Path, day: date) -> Manifest | None:
    """Manifest of a day; None if the lake does not hold it.

    Raises:
        DamagedDayError: the manifest is damaged.
        SatledgerError: the day has the layout of another edition.
    """
    path = raw / day.isoformat() / MANIFEST
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    version = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    known = _read.get(path)
    if known and known[0] == version:
        return known[1]
    try:
        manifest = Manifest.from_json(path.read_bytes())
        if (manifest.chain, manifest.day) != (raw.name, day):
            raise ValueError(f"it is that of {manifest.day} of {manifest.chain}")
        if time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > _SETTLED_NANOSECONDS:
            _read[path] = version, manifest
        return manifest
    except EditionError:
        if raw.name == SAMPLE:
            raise SatledgerError(sample_of_another_edition(raw)) from None
        raise SatledgerError(
            f"The lake {raw} was written by another version of satledger: `satledger lake upgrade` converts it, day by "
            "day, and can be started again if it is stopped."
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedDayError(raw / day.isoformat(), f"its {MANIFEST} cannot be believed: {error}") from None


def sample_of_another_edition(raw: Path) -> str:
    """Error text for a sample chain of an earlier version: its ids were invented, so it cannot be proven."""
    return (
        f"The sample chain in {raw} was made by another version of satledger: move its home away, and make it "
        "anew with `satledger demo`."
    )


def held_manifests(raw: Path) -> list[Manifest]:
    """Manifests of all days held, in order of day.

    Raises:
        DamagedDayError: a manifest is damaged.
        SatledgerError: a day has the layout of another edition.
    """
    manifests = (read_manifest(raw, day) for day in held_days(raw))
    return [manifest for manifest in manifests if manifest is not None]


def remove_days(raw: Path, days: Iterable[date]) -> None:
    """Remove raw days, the latest first, each in one step: after a crash a day is either complete or gone."""
    for day in sorted(days, reverse=True):
        folder = raw / day.isoformat()
        if folder.is_dir():
            discard(folder)


def aside_folder(raw: Path) -> Path:
    """The temporary folder in which days are written; on the lake's file system, so that a rename is one step."""
    return raw.parent.parent / "aside" / raw.name


def discard(folder: Path) -> None:
    """Remove a day's folder: rename it out of the lake in one step, then delete it."""
    aside = aside_folder(folder.parent) / f"removed-{folder.name}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    shutil.rmtree(aside)
