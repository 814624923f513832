"""The requested range: days for daily rows, times or heights for rows per block."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from serving.catalog import PER_BLOCK
from serving.errors import BadParameterError, NotSupportedError
from serving.instants import DAY, SECOND, as_day, from_above, from_below, parse_instant, parse_zone
from serving.rest.parameters import AssetMetricsQuery

_SIDES = ("start", "end")
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799


@dataclass(frozen=True)
class DayRange:
    """Days, both included; None where a side is open."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class BlockBounds:
    """Times and heights, all included; None where a side is open."""

    first_time: datetime | None = None
    last_time: datetime | None = None
    first_height: int | None = None
    last_height: int | None = None


def check_bounds(query: AssetMetricsQuery) -> None:
    """Check that each side is bounded in one way only, and by blocks only where rows are per block.

    Raises:
        BadParameterError: naming the parameter.
    """
    for side in _SIDES:
        given = [f"{side}_{kind}" for kind in ("time", "height", "hash") if _value(query, side, kind) is not None]
        if len(given) > 1:
            raise BadParameterError(given[1], f"It cannot be used together with '{given[0]}'.")
        if given and query.frequency != PER_BLOCK and not given[0].endswith("_time"):
            raise BadParameterError(given[0], f"It is not supported for frequency '{query.frequency}', only for '1b'.")


def moment_of(query: AssetMetricsQuery) -> datetime | None:
    """The moment as of which values are asked for, in UTC without a zone; None for the present.

    Raises:
        BadParameterError: it cannot be read, or rows are per block.
    """
    if query.as_of is None:
        return None
    if query.frequency == PER_BLOCK:
        raise BadParameterError("as_of", "It is not supported for frequency '1b', only for '1d'.")
    instant = parse_instant("as_of", query.as_of, parse_zone(query.timezone))
    return datetime(1970, 1, 1) + timedelta(microseconds=instant // 1_000)


def day_range(query: AssetMetricsQuery) -> DayRange:
    """The days of a request.

    Raises:
        BadParameterError: a time or the time zone cannot be read.
    """
    first, last = _instants(query)
    return DayRange(
        None if first is None else as_day(from_below(first, DAY, query.start_inclusive)),
        None if last is None else as_day(from_above(last, DAY, query.end_inclusive)),
    )


def block_bounds(query: AssetMetricsQuery, cursor: duckdb.DuckDBPyConnection) -> BlockBounds:
    """The times and heights of a request; a hash stands for its block's height.

    Raises:
        BadParameterError: a time, the time zone or a hash is not known.
    """
    first, last = _instants(query)
    return BlockBounds(
        None if first is None else as_time(from_below(first, SECOND, query.start_inclusive)),
        None if last is None else as_time(from_above(last, SECOND, query.end_inclusive)),
        _height(query, "start", cursor, 0 if query.start_inclusive else 1),
        _height(query, "end", cursor, 0 if query.end_inclusive else -1),
    )


def _instants(query: AssetMetricsQuery) -> tuple[int | None, int | None]:
    zone = parse_zone(query.timezone)
    first = None if query.start_time is None else parse_instant("start_time", query.start_time, zone)
    last = None if query.end_time is None else parse_instant("end_time", query.end_time, zone)
    return first, last


def _height(query: AssetMetricsQuery, side: str, cursor: duckdb.DuckDBPyConnection, offset: int) -> int | None:
    block_hash = _value(query, side, "hash")
    height = _value(query, side, "height")
    if block_hash is not None:
        row = cursor.execute("select height from published.blocks where hash = ?", [block_hash]).fetchone()
        if row is None:
            raise NotSupportedError(f"{side}_hash", str(block_hash))
        height = row[0]
    return None if height is None else min(int(height) + offset, 2**31 - 1)


def as_time(seconds: int) -> datetime:
    """The moment so many seconds after 1970, in UTC without a zone, bounded by the calendar's ends."""
    return datetime(1970, 1, 1) + timedelta(seconds=min(max(seconds, _FIRST_SECOND), _LAST_SECOND))


def _value(query: AssetMetricsQuery, side: str, kind: str) -> str | int | None:
    return getattr(query, f"{side}_{kind}")
