"""Which labels, prices and headers the warehouse was built with, and which hour after the last day.

Models read them for all days, so a change of them makes models stale on days whose blocks did not change. The table
``built_inputs`` holds the fingerprint of each input, by day if the input has days.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.database import first_line, reading
from dagster_project.days import ONE_DAY, Days
from dagster_project.errors import SatledgerError
from dagster_project.headers.month_files import day_digests, verify_months
from dagster_project.inputs.records import read_manifest, refuse_changed, refuse_damaged_records
from dagster_project.labels.store import LABELS
from dagster_project.lake.manifest import held_days
from dagster_project.lake.next_hour import held_hour
from dagster_project.prices.store import PRICES
from dagster_project.settings import Settings
from dagster_project.warehouse.selection import descendants
from dagster_project.warehouse.state import has_table

INPUTS = ("exchange_labels", "prices", "block_headers")
# The blocks of the hour after the last day held: they come with the raw days, and concern that day alone.
NEXT_HOUR = "next_hour"
FINGERPRINTED = (*INPUTS, NEXT_HOUR)
UNKNOWN = "not known yet"
ALL_DAYS = "all"

# Fingerprints by input and day; the day is ALL_DAYS for an input that holds for all of them.
Recorded = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Stale:
    """Models to build again because an input of theirs changed.

    Attributes:
        input: name of the input.
        days: from the first day that the change touches to the last day built.
    """

    input: str
    days: Days


def current_inputs(settings: Settings, last: date) -> Recorded:
    """Fingerprints of the inputs in the lake; of inputs with days, up to a last day.

    Args:
        settings: where the lake is, and how many labels an exchange needs: that is part of the labels' fingerprint.
        last: the last day to include.

    Raises:
        SatledgerError: a file of labels, prices or headers is damaged.
    """
    lake = settings.lake
    _refuse_changed_tables(lake)
    return _labels(lake, settings.min_labels) | _prices(lake, last) | _headers(lake, last) | _next_hour(settings, last)


def refuse_damaged(lake: Path) -> None:
    """Refuse a lake in which a byte of labels, prices, headers or their records is not what was written.

    Raises:
        SatledgerError: the first such file.
    """
    _refuse_changed_tables(lake)
    refuse_damaged_records(lake)
    verify_months(lake)


def _refuse_changed_tables(lake: Path) -> None:
    for table in (LABELS, PRICES):
        refuse_changed(lake / table)


def recorded_inputs(warehouse: Path) -> Recorded:
    """Fingerprints of the inputs that the warehouse was built with."""
    if not warehouse.is_file():
        return {}
    with reading(warehouse) as connection:
        if not has_table(connection, "built_inputs"):
            return {}
        rows = connection.execute("select input, day, fingerprint from built_inputs").fetchall()
    return {(name, day): fingerprint for name, day, fingerprint in rows}


def changed(current: Recorded, recorded: Recorded) -> set[tuple[str, str]]:
    """Inputs and days whose fingerprints differ from those that the warehouse was built with."""
    # What is recorded of an hour is of no account once the whole day is there that it begins.
    gone = {(name, day) for name, day in recorded if name == NEXT_HOUR} - current.keys()
    return {key for key in {*current, *recorded} - gone if current.get(key) != recorded.get(key)}


def stale_inputs(current: Recorded, recorded: Recorded, built: Collection[date]) -> list[Stale]:
    """Return what has to be built again, in order of the inputs.

    Args:
        current: the inputs as they are.
        recorded: the inputs as the warehouse was built with them.
        built: days that are built.
    """
    stale = []
    for name in FINGERPRINTED:
        days = {day for key, day in changed(current, recorded) if key == name}
        touched = [day for day in built if ALL_DAYS in days or day.isoformat() in days]
        if touched:
            # Moving averages carry a change of one day on to later days.
            stale.append(Stale(name, Days(min(touched), max(built))))
    return stale


def rebuilt(keys: Collection[tuple[str, str]], days: Collection[date]) -> set[tuple[str, str]]:
    """The keys that concern some days."""
    return {(name, day) for name, day in keys if day == ALL_DAYS or date.fromisoformat(day) in days}


def around(stale: Sequence[Stale], days: Days) -> tuple[list[Stale], list[Stale]]:
    """Return what is stale before and after the days that are built anyway, both in order of the inputs."""
    before, after = [], []
    for each in stale:
        if each.days.first < days.first:
            before.append(Stale(each.input, Days(each.days.first, min(each.days.last, days.first - ONE_DAY))))
        if each.days.last > days.last:
            after.append(Stale(each.input, Days(max(each.days.first, days.last + ONE_DAY), each.days.last)))
    return before, after


def invalidate(connection: duckdb.DuckDBPyConnection, keys: Collection[tuple[str, str]]) -> None:
    """Before a build: delete the fingerprints of changed inputs, which would be wrong if the build is interrupted."""
    connection.execute("create table if not exists built_inputs (input varchar, day varchar, fingerprint varchar)")
    if keys:
        connection.executemany("delete from built_inputs where input = ? and day = ?", sorted(keys))


def record(connection: duckdb.DuckDBPyConnection, current: Recorded, keys: Collection[tuple[str, str]]) -> None:
    """After a build: record the fingerprints of those inputs that are now up to date on all built days."""
    invalidate(connection, keys)
    rows = [(*key, current[key]) for key in sorted(keys) if key in current]
    if rows:
        connection.executemany("insert into built_inputs values (?, ?, ?)", rows)
    # Of hours there is only the one after the last day.
    found = connection.execute("select input, day from built_inputs where input = ?", [NEXT_HOUR]).fetchall()
    invalidate(connection, set(found) - current.keys())


def readers(manifest: Mapping[str, Any], name: str) -> set[str]:
    """Names of the models and seeds that read an input, directly or through others."""
    sources = [key for key, source in manifest["sources"].items() if source["name"] == name]
    return {
        node["name"]
        for node in descendants(manifest, sources)
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    }


def raw_readers(manifest: Mapping[str, Any]) -> set[str]:
    """Names of the models that read raw days directly, through the staging models."""
    nodes, children = manifest["nodes"], manifest["child_map"]
    sources = [key for key, source in manifest["sources"].items() if source["name"] == "raw_days"]
    found: set[str] = set()
    for staging in (child for source in sources for child in children.get(source, [])):
        # A staging model that is not a table reads raw days when the models that use it are built.
        is_table = nodes.get(staging, {}).get("config", {}).get("materialized") not in (None, "ephemeral", "view")
        keys = [staging] if is_table else children.get(staging, [])
        found |= {nodes[key]["name"] for key in keys if key in nodes and nodes[key]["resource_type"] == "model"}
    return found


def _next_hour(settings: Settings, last: date) -> dict[tuple[str, str], str]:
    """The fingerprint of the hour after the last day held, if the last day is that one."""
    held = held_days(settings.raw)
    if not held or held[-1] != last:
        return {}
    hour = held_hour(settings, last + ONE_DAY)
    return {(NEXT_HOUR, last.isoformat()): hour.fingerprint if hour else UNKNOWN}


def _labels(lake: Path, min_labels: int) -> dict[tuple[str, str], str]:
    manifest = read_manifest(lake / LABELS)
    return (
        {("exchange_labels", ALL_DAYS): f"{manifest['fingerprint']}, {min_labels} or more"}
        if "fingerprint" in manifest
        else {}
    )


def _prices(lake: Path, last: date) -> dict[tuple[str, str], str]:
    path = lake / "prices" / "prices.parquet"
    if not path.is_file():
        return {}
    try:
        rows = duckdb.execute(
            """
            select cast(day as varchar), sha256(string_agg(asset || ' ' || price_text, ',' order by asset))
            from read_parquet(?) where day <= ? group by day
            """,
            [str(path), last],
        ).fetchall()
    except duckdb.Error as error:
        raise SatledgerError(
            f"{path} cannot be read ({first_line(str(error))}): remove it and run `satledger build`, which writes it "
            "anew."
        ) from error
    return {("prices", day): fingerprint for day, fingerprint in rows}


def _headers(lake: Path, last: date) -> dict[tuple[str, str], str]:
    days: dict[str, list[str]] = {}
    for (asset, day), digest in sorted(day_digests(lake).items()):
        if day <= last:
            days.setdefault(day.isoformat(), []).append(f"{asset} {digest}")
    return {("block_headers", day): sha256("\n".join(lines).encode()).hexdigest() for day, lines in days.items()}
