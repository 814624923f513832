"""Convert raw days of the lake's first edition, with nested tables in bitcoin-etl's schema, to the current one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.days import ONE_DAY
from dagster_project.errors import SatledgerError
from dagster_project.lake.files import put_back
from dagster_project.lake.manifest import (
    MANIFEST,
    Manifest,
    fingerprint_of,
    held_days,
    is_first_edition,
    sample_of_another_edition,
)
from dagster_project.lake.raw_day import BLOCK_COLUMNS, TRANSACTION_COLUMNS, write_staged_days
from dagster_project.lake.staging import own_tables, quoted, readable_errors, scratch_folder, staging
from dagster_project.progress import Report, silent
from dagster_project.settings import Chain, Settings

# Fields of a first edition's manifest that are compared with the day's tables.
SAID = (
    "first_height",
    "last_height",
    "first_hash",
    "last_hash",
    "blocks",
    "transactions",
    "inputs",
    "outputs",
    "fingerprint",
)


def upgrade_lake(
    settings: Settings, report: Report = silent, ask_sequence: Callable[[str], int] | None = None
) -> Iterator[Manifest]:
    """Convert the days that have the layout of the first edition, in order, and yield the manifest of each.

    Each day is proven like one from a source, written to a temporary folder, and replaces the old one in one step. If
    the process is killed, the next call continues, whatever it was doing.

    Args:
        settings: where the lake is, and what must be proven.
        report: called with the number of days that are done.
        ask_sequence: returns the sequence of a coinbase's input by the block's hash, if a node can be asked.

    Raises:
        DisprovenError: a value of a day is wrong.
        SatledgerError: a day is damaged, or cannot be proven; the days before it are converted.
    """
    put_back(settings.raw)
    days = first_edition_days(settings.raw)
    if days and settings.resolved_chain is Chain.SAMPLE:
        raise SatledgerError(sample_of_another_edition(settings.raw))
    with (
        readable_errors(settings),
        scratch_folder(settings) as scratch,
        staging(settings, scratch) as database,
    ):
        for done, day in enumerate(days):
            report(f"converting {day}", done, len(days))
            with own_tables(database) as connection:
                yield _convert(connection, settings, day, ask_sequence)
    report("converted", len(days), len(days))


def first_edition_days(raw: Path) -> Sequence[date]:
    """The days that a chain's raw folder holds in the layout of the first edition, in order.

    Raises:
        SatledgerError: a manifest cannot be read.
    """
    return [day for day in held_days(raw) if is_first_edition(_said(raw / day.isoformat()))]


def _said(folder: Path) -> Mapping[str, Any]:
    """The fields of a day's manifest, of any edition."""
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        if isinstance(fields, dict):
            return fields
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"its {MANIFEST} cannot be read: {error}") from None
    raise _damaged(folder, f"its {MANIFEST} is not a manifest")


def _convert(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: date,
    ask_sequence: Callable[[str], int] | None,
) -> Manifest:
    folder = settings.raw / day.isoformat()
    said = _said(folder)
    try:
        for relation, name, columns in (
            ("staged_blocks", "blocks", BLOCK_COLUMNS),
            ("staged_transactions", "transactions", TRANSACTION_COLUMNS),
        ):
            path = quoted(folder / f"{name}.parquet")
            # Into memory, because the file is replaced.
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {', '.join(columns)} FROM read_parquet({path})"
            )
        _compare(connection, folder, said)
        _link(connection, settings.raw, day)
        source, versions = said["source"], said["versions"]
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as error:
        raise _damaged(folder, " ".join(str(error).split())) from None
    except (duckdb.BinderException, KeyError) as error:
        raise _damaged(folder, f"it lacks a part: {' '.join(str(error).split())}") from None
    (manifest,) = write_staged_days(connection, settings, [day], source, versions, ask_sequence=ask_sequence)
    return manifest


def _link(connection: duckdb.DuckDBPyConnection, raw: Path, day: date) -> None:
    """Fill in the parent of the day's first block from the lake, because not every source gave it."""
    before = day - ONE_DAY
    while (raw / before.isoformat()).is_dir() and not _said(raw / before.isoformat())["blocks"]:
        before -= ONE_DAY
    if not (raw / before.isoformat()).is_dir():
        return
    last = _said(raw / before.isoformat())
    connection.execute(f"""
        UPDATE staged_blocks SET previous_hash = {quoted(last["last_hash"])}
        WHERE previous_hash IS NULL AND number = {last["last_height"] + 1}
    """)


def _compare(connection: duckdb.DuckDBPyConnection, folder: Path, said: Mapping[str, Any]) -> None:
    """Check that the rows of a day agree with its manifest.

    Raises:
        SatledgerError: they do not.
    """
    names = connection.execute("SELECT number, hash FROM staged_blocks ORDER BY number").fetchall()
    counts = connection.execute("""
        SELECT count(*), coalesce(sum(input_count), 0)::BIGINT, coalesce(sum(output_count), 0)::BIGINT
        FROM staged_transactions
    """).fetchall()[0]
    fingerprint = fingerprint_of(date.fromisoformat(folder.name), (name for _, name in names))
    first, last = (names[0], names[-1]) if names else ((None, None), (None, None))
    values = (first[0], last[0], first[1], last[1], len(names), *counts, fingerprint)
    for name, value in zip(SAID, values, strict=True):
        if said[name] != value:
            raise _damaged(folder, f"its {MANIFEST} says {name} {said[name]}, but its tables have {value}")


def _damaged(folder: Path, problem: str) -> SatledgerError:
    return SatledgerError(
        f"The raw day {folder} is damaged ({problem}): remove that folder, start `satledger lake upgrade` again, and "
        "have `satledger build` read the day from the source."
    )
