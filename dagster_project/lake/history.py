"""The headers before a day, from the lake: the proof of the next block needs them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from dagster_project.blocks.consensus import MEDIAN_SPAN, ONE_DAY
from dagster_project.blocks.difficulty import History, Rules, next_history
from dagster_project.lake.keeping import BLOCKS, read_table
from dagster_project.lake.manifest import Manifest, read_manifest

Header = tuple[int, str, int, int]  # height, hash, time, bits


def lake_history(raw: Path, rules: Rules, day: date) -> History | None:
    """The history up to the lake's last block before a day; None if the lake does not hold the day before.

    Raises:
        DamagedDayError: a day that has to be read is damaged.
    """
    headers: list[Header] = []
    for found in _headers_before(raw, day):
        headers[:0] = found
        # Back to the first block of the difficulty period, and to the ten blocks before the last one.
        begin = headers[-1][0] - headers[-1][0] % rules.interval
        if headers[0][0] <= begin and len(headers) >= MEDIAN_SPAN:
            break
    history = None
    for height, name, time, bits in headers:
        history = next_history(rules, history, height, name, time, bits)
    return history


def day_that_ends_with(raw: Path, day: date, name: str) -> Manifest | None:
    """The last day with blocks before a day, if its last block has this hash; else None."""
    before = day - ONE_DAY
    while (manifest := read_manifest(raw, before)) is not None and not manifest.blocks:
        before -= ONE_DAY
    return manifest if manifest is not None and manifest.last_hash == name else None


def _headers_before(raw: Path, day: date) -> Iterator[list[Header]]:
    """The headers of the days before a day, the latest day first, up to the first gap in the lake."""
    before = day - ONE_DAY
    while (manifest := read_manifest(raw, before)) is not None:
        if manifest.blocks:
            table = read_table(raw, manifest, BLOCKS, ["height", "hash", "time", "bits"])
            names = [name.hex() for name in table["hash"].to_pylist()]
            yield list(
                zip(
                    table["height"].to_pylist(),
                    names,
                    table["time"].to_pylist(),
                    table["bits"].to_pylist(),
                    strict=True,
                )
            )
        before -= ONE_DAY
