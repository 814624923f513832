"""Which models are built on days that are only partly built.

Dagster may build a day in several runs: a backfill of all assets builds models that need neither labels nor prices
together with the raw days, and the rest once these are loaded. The table ``built_parts`` records what earlier runs have
built, with the fingerprint of the raw day it was built from, until a run completes the day.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.database import reading
from dagster_project.days import Days, span
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_manifests
from dagster_project.settings import Settings
from dagster_project.warehouse.selection import Selection, listed, stored_models
from dagster_project.warehouse.state import built_days, has_table
from dagster_project.warehouse.window import Fingerprints

# The model with one row per completely built day.
LAST = "built_days"

# Differs from every fingerprint, because a partly built day has to be built whatever its raw day is.
_BEGUN = "begun"

Parts = Mapping[tuple[str, date], str]


def built_parts(path: Path) -> Parts:
    """The fingerprints of models on partly built days, by model and day."""
    if not path.is_file():
        return {}
    with reading(path) as connection:
        if not has_table(connection, "built_parts"):
            return {}
        rows = connection.execute("select model, day, fingerprint from built_parts").fetchall()
    return {(model, day): fingerprint for model, day, fingerprint in rows}


def known_days(path: Path) -> dict[date, str]:
    """Days that the warehouse has rows of; partly built ones have a fingerprint that no raw day has."""
    return {day: _BEGUN for _, day in built_parts(path)} | built_days(path)


def is_complete(settings: Settings) -> bool:
    """Whether exactly the current raw days are built; if not, a build was interrupted and has to be continued."""
    held = {manifest.day: manifest.content for manifest in held_manifests(settings.raw)}
    return held == known_days(settings.warehouse)


def refuse_part(
    selection: Selection, manifest: Mapping[str, Any], days: Days, held: Fingerprints, built: Fingerprints, path: Path
) -> None:
    """Refuse to build some of the models if something that they read is missing.

    Args:
        selection: what is to be built.
        manifest: dbt's.
        days: for which days.
        held: fingerprints of the raw days in the lake.
        built: fingerprints of the raw days that the warehouse was built from.
        path: the warehouse.

    Raises:
        SatledgerError: a raw day is missing or was replaced, or a model that is read is not built; the message says
            what to select.
    """
    relations, parts = _relations(path), built_parts(path)
    begun = {day for _, day in parts}
    for day in days:
        if day not in held and day not in built and day not in begun:
            raise SatledgerError(
                f"The lake does not hold {day}: select raw_days and all that is built from it, or all assets."
            )
        if day not in held or built.get(day, held[day]) != held[day]:
            raise SatledgerError(
                f"The blocks of {day} were replaced since it was built: select all assets, or run the job daily_build, "
                "because all that was built from them changes."
            )
    read = {manifest["nodes"][key]["name"] for key in selection.reads(manifest)}
    stored = stored_models(manifest)
    if LAST in selection.names(manifest):
        read |= stored - selection.names(manifest)
    lacking = {name for name in read if name not in relations and name not in stored}
    late: set[date] = set()
    for name in read & stored:
        missing = {day for day in days if day not in built and parts.get((name, day)) != held[day]}
        if missing or name not in relations:
            lacking.add(name)
            late |= missing
    if lacking:
        where = f" on {span(sorted(late))}" if late else ""
        raise SatledgerError(
            f"{listed(lacking)} {'is' if len(lacking) == 1 else 'are'} not built{where}, and the assets selected read "
            f"{'it' if len(lacking) == 1 else 'them'}: select {'it' if len(lacking) == 1 else 'them'} as well, or all "
            "assets."
        )


def unmark_parts(connection: duckdb.DuckDBPyConnection, models: Collection[str] | None, days: Days) -> None:
    """Before a build, and once days are complete: delete their records in ``built_parts``.

    Args:
        connection: to the warehouse, for writing.
        models: names of models whose records are deleted; None for all.
        days: for which days.
    """
    connection.execute("create table if not exists built_parts (model varchar, day date, fingerprint varchar)")
    connection.execute(
        "delete from built_parts where day between ? and ? and (? or list_contains(?, model))",
        [days.first, days.last, models is None, sorted(models or ())],
    )


def record_parts(
    connection: duckdb.DuckDBPyConnection, models: Collection[str], fingerprints: Mapping[date, str]
) -> None:
    """After a build of some models: record the raw days that they were built from."""
    days = sorted(fingerprints)
    connection.execute(
        """
        insert into built_parts
        select model, day, fingerprint
        from (select unnest(cast(? as varchar[])) as model)
        cross join (select unnest(cast(? as date[])) as day, unnest(cast(? as varchar[])) as fingerprint)
        """,
        [sorted(models), days, [fingerprints[day] for day in days]],
    )


def _relations(path: Path) -> set[str]:
    """Names of the tables and views of a warehouse."""
    if not path.is_file():
        return set()
    with reading(path) as connection:
        rows = connection.execute(
            "select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal"
        ).fetchall()
    return {name for (name,) in rows}
