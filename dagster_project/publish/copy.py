"""Making the published copy."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.errors import SatledgerError
from dagster_project.publish.reviews import record_reviews
from dagster_project.warehouse.database import explained

Models = Mapping[str, Mapping[str, Any]]

# What the record of reviews is made from.
_REVIEWED = {"built_days", "metrics_daily"}


def publish(warehouse: Path, published: Path, models: Models, now: datetime | None = None) -> dict[str, int]:
    """Copy the public tables into a file of their own and put it in the place of the one before.

    A reader that has the old file open keeps reading it; who opens the file afterwards gets the new one. Descriptions
    of tables and columns go along as comments. What is new or changed is recorded beside the copy (see `reviews`).

    Args:
        warehouse: the DuckDB file that builds write.
        published: where the copy belongs.
        models: the public models by name, as dbt's manifest describes them. ``meta.order_by`` names the columns that
            a model's rows are ordered by, for readers that look for a few of them.
        now: the moment to record; by default the present one.

    Returns:
        Number of rows by table.

    Raises:
        SatledgerError: nothing is public, the disk is full or the warehouse is locked; the old copy stands then.
    """
    if not models:
        raise SatledgerError("No dbt model is public: give those to publish `meta: {public: true}`.")
    published.parent.mkdir(parents=True, exist_ok=True)
    aside = published.with_name(f".{published.name}.aside")
    _remove(aside)
    try:
        with explained(warehouse):
            rows = _copy(warehouse, aside, models)
            if models.keys() >= _REVIEWED:
                record_reviews(aside, published, now or datetime.now(UTC))
        aside.chmod(0o444)
        _sync(aside)
        aside.replace(published)
        _sync(published.parent)
    finally:
        _remove(aside)
    return rows


def _copy(warehouse: Path, aside: Path, models: Models) -> dict[str, int]:
    with duckdb.connect(aside) as connection:
        # Views name the database that they were made in, which is called like the file.
        connection.execute(f"attach '{_quoted(str(warehouse))}' as {warehouse.stem} (read_only)")
        rows = {}
        for name, model in models.items():
            order = model["config"].get("meta", {}).get("order_by")
            connection.execute(
                f"create table {name} as from {warehouse.stem}.main.{name}" + (f" order by {order}" if order else "")
            )
            rows[name] = connection.table(name).count("*").fetchall()[0][0]
            connection.execute(f"comment on table {name} is '{_quoted(model['description'])}'")
            for (column,) in connection.execute(
                "select column_name from duckdb_columns() where table_name = ? and database_name <> ?",
                [name, warehouse.stem],
            ).fetchall():
                about = model["columns"].get(column, {}).get("description", "")
                connection.execute(f"comment on column {name}.\"{column}\" is '{_quoted(about)}'")
        connection.execute(f"detach {warehouse.stem}")
        connection.execute("checkpoint")
    return rows


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _remove(aside: Path) -> None:
    aside.unlink(missing_ok=True)
    aside.with_name(f"{aside.name}.wal").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
