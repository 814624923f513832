"""Synthetic block headers of ten other chains for the sample chain; blocks are slow, so that there are few."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_project.headers import proof_of_work
from dagster_project.headers.model import FIRST_HEIGHT, Asset, read_assets
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.timeline import DAY, Pace, Timeline, make_timeline

COLUMNS = ("asset", "height", "hash", "time", "median_time", "difficulty", "work", "reward", "bits")
BLOCKS_PER_DAY = 12
RETARGET_INTERVAL = 84
MERGE = 1_663_224_162  # 2022-09-15 06:42:42 UTC: from then on nobody mines eth


@dataclass(frozen=True)
class Mining:
    """Difficulty of an asset's first block, on the asset's own scale, and a block's reward, in the smallest unit."""

    difficulty: int
    reward: int | None


MINING = {
    "bch": Mining(15_000, 625_000_000),
    "bsv": Mining(6_000, 625_000_000),
    "btg": Mining(900, 625_000_000),
    "dash": Mining(14_000, 250_000_000),
    "etc": Mining(250_000_000_000, None),
    "eth": Mining(12_000_000_000_000, None),
    "ltc": Mining(1_700, 1_250_000_000),
    "vtc": Mining(2, 1_250_000_000),
    "xmr": Mining(330_000_000, 1_000_000_000_000),
    "zec": Mining(9_000, 312_500_000),
}
EASIEST_TARGET = 1 << 224  # difficulty 1 on chains whose difficulty is a plain number of hashes


def write_headers(folder: Path, chain: SampleChain) -> None:
    """Write a header file for each other asset, such as ``ltc.csv``, over the sample chain's days and some more."""
    folder.mkdir(parents=True, exist_ok=True)
    assets = read_assets()
    for stream, (name, mining) in enumerate(MINING.items()):
        asset = assets[name]
        # A day is complete once ``margin`` blocks follow it, so more blocks are made until the sample chain's last day
        # has them.
        days = chain.plan.days + -(-asset.margin // BLOCKS_PER_DAY)
        pace = Pace(days, BLOCKS_PER_DAY, RETARGET_INTERVAL, 1)
        one = proof_of_work.target(asset.difficulty_one_bits) if asset.difficulty_one_bits else EASIEST_TARGET
        start = chain.parameters.genesis_time + DAY // BLOCKS_PER_DAY
        timeline = make_timeline(pace, start, one // mining.difficulty, (), chain.plan.random(4, stream))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_rows(asset, mining, timeline, chain.plan.seed))


def _rows(asset: Asset, mining: Mining, timeline: Timeline, seed: int) -> Iterator[tuple[object, ...]]:
    """An asset's headers from block 1 on; the columns a chain does not have are empty."""
    parent_time = 0
    for place, (time, median) in enumerate(zip(timeline.time.tolist(), timeline.median_time.tolist(), strict=True)):
        height = FIRST_HEIGHT + place
        block_hash = hashlib.sha256(f"satledger sample headers {seed} {asset.id} {height}".encode()).hexdigest()
        if asset.family == "bitcoin":
            bits = timeline.bits(place)
            difficulty = repr(proof_of_work.difficulty(bits, asset.difficulty_one_bits))
            work = proof_of_work.work(bits)
            yield asset.id, height, block_hash, time, median, difficulty, work, mining.reward, bits
            continue
        if asset.family == "ethereum":
            time = max(time, parent_time + 1)
        parent_time = time
        hashes = 0 if asset.id == "eth" and time >= MERGE else EASIEST_TARGET // timeline.targets[place]
        yield asset.id, height, block_hash, time, "", hashes, hashes, mining.reward or "", ""
