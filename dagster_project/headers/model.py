"""A block header of another chain, and the properties of these chains."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from dagster_project.settings import SEEDS

# Block 0 is part of a chain's software and was not mined: no metric of blocks counts it.
FIRST_HEIGHT = 1

# A block belongs to the day of the median of its own and this many predecessors' times.
MEDIAN_PREDECESSORS = 10

# Monero's block times are not in order: they may be up to two hours ahead, and as far back as the median of the last 60
# blocks. Once this many blocks have come after the last one of a day, no more blocks of that day can come.
MONERO_MARGIN = 360


@dataclass(frozen=True)
class Asset:
    """An asset of the hash rate family; the seed ``assets`` describes the fields."""

    id: str
    family: str
    first_day: date
    difficulty_one_bits: str

    @property
    def margin(self) -> int:
        """How many blocks have to follow the last block of a day before the day is known to be whole."""
        return MONERO_MARGIN if self.family == "monero" else 1


@dataclass(frozen=True)
class Header:
    """A block header.

    ``time`` is the header's own time, ``previous_time`` its parent's (None for block 1), ``median_time`` the consensus
    time where the chain defines one; all in seconds since 1970. ``work`` is the exact expected number of hashes,
    ``difficulty`` is on the chain's own scale. ``reward`` is what the miner was paid, in the smallest unit.
    """

    height: int
    hash: str
    previous_hash: str | None
    time: int
    previous_time: int | None
    median_time: int | None
    bits: str | None
    difficulty: float
    work: int
    reward: int | None

    @property
    def day(self) -> date:
        """UTC day that the block belongs to."""
        return datetime.fromtimestamp(self.time if self.median_time is None else self.median_time, UTC).date()


def read_assets(seed: Path = SEEDS / "assets.csv") -> dict[str, Asset]:
    """Return the assets by id."""
    with seed.open(newline="", encoding="utf-8") as file:
        return {
            row["asset"]: Asset(
                row["asset"], row["header_family"], date.fromisoformat(row["first_day"]), row["difficulty_one_bits"]
            )
            for row in csv.DictReader(file)
        }


def median_of(times: list[int]) -> int:
    """Return the consensus time: element n // 2 of the sorted times of a block and its predecessors."""
    return sorted(times)[len(times) // 2]
