"""Files with a flipped bit, truncated files and deleted files."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from bench.faults.lab import Lab, TrialError
from bench.faults.trial import Result, kept, recovered

KINDS = {
    "a table of a raw day": "lake/raw/sample/*/*.parquet",
    "a raw day's manifest": "lake/raw/sample/*/manifest.json",
    "the labels in the lake": "lake/labels/*",
    "the prices in the lake": "lake/prices/*",
    "headers in the lake": "lake/headers/*/*",
    "the record of an input": "lake/inputs/*.json",
    "the warehouse": "warehouse.duckdb",
    "the published DuckDB file": "published/satledger.duckdb",
    "the digests of the published file": "published/satledger.duckdb.sha256",
    "the list of published files": "published/files.json",
    "a published table": "published/tables/*/*.parquet",
    "Dagster's record of runs": "dagster/history/*.db",
    "Dagster's schedules": "dagster/schedules/schedules.db",
    "Dagster's configuration": "dagster/*.yaml",
    "what dbt left": "dbt/*",
}


def _flip(path: Path, drawn: Random) -> str:
    content = bytearray(path.read_bytes())
    place = drawn.randrange(len(content))
    content[place] ^= 1 << drawn.randrange(8)
    path.write_bytes(content)
    return f"a bit of byte {place:,} of {len(content):,} is another"


def _tear(path: Path, drawn: Random) -> str:
    content = path.read_bytes()
    length = drawn.randrange(len(content))
    path.write_bytes(content[:length])
    return f"it ends after {length:,} of {len(content):,} bytes"


def _empty(path: Path, drawn: Random) -> str:
    del drawn
    path.write_bytes(b"")
    return "it is empty"


def _delete(path: Path, drawn: Random) -> str:
    del drawn
    path.unlink()
    return "it is gone"


def flipped(lab: Lab, drawn: Random) -> Result:
    """One bit of a file is flipped."""
    return _damaged(lab, drawn, _flip)


def torn(lab: Lab, drawn: Random) -> Result:
    """A file loses its end, or all of its content."""
    return _damaged(lab, drawn, drawn.choice((_tear, _tear, _empty)))


def deleted(lab: Lab, drawn: Random) -> Result:
    """A file is deleted."""
    return _damaged(lab, drawn, _delete)


def _damaged(lab: Lab, drawn: Random, damage: Callable[[Path, Random], str]) -> Result:
    home = lab.fresh()
    kind = drawn.choice(sorted(KINDS))
    files = sorted(path for path in home.glob(KINDS[kind]) if path.is_file() and path.stat().st_size)
    if not files:
        raise TrialError(f"there is no file for {kind}")
    path = drawn.choice(files)
    path.chmod(0o644)
    with kept(path) as put_back:
        what = damage(path, drawn)
        return recovered(lab, f"{kind} ({path.relative_to(home)}): {what}", put_back=put_back)
