"""Making the published copy."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.files import kept_from_writers, put_in_place, remove
from dagster_project.progress import tell
from dagster_project.publish.place import as_published, mend_copy, mend_record
from dagster_project.publish.reviews import record_reviews
from dagster_project.warehouse.database import Config, connect, explained, is_damage

Models = Mapping[str, Mapping[str, Any]]

# What the record of reviews is made from.
_REVIEWED = {"built_days", "metric_catalog", "metrics_daily"}


def publish(
    warehouse: Path,
    published: Path,
    models: Models,
    days: Days | None = None,
    *,
    config: Config | None = None,
    now: datetime | None = None,
) -> dict[str, int]:
    """Copy the public tables into a file of their own and put it in the place of the one before.

    A reader that has the old file open keeps reading it; who opens the file afterwards gets the new one. Descriptions
    of tables and columns go along as comments. What is new or changed is recorded beside the copy (see `reviews`).

    Args:
        warehouse: the DuckDB file that builds write.
        published: where the copy belongs.
        models: the public models by name, as dbt's manifest describes them. ``meta.order_by`` names the columns that
            a model's rows are ordered by, for readers that look for a few of them; ``meta.day_column`` the one that
            tells a row's day, ``meta.days_ahead`` how many days after those that changed its rows may change too.
        days: on which alone the warehouse may differ from the copy before; None where that is not known. Then, and
            where they are most of all days, or the tables are no longer the same, everything is copied anew.
        config: of all connections, such as their memory limit (see `limits`); by default DuckDB's own.
        now: the moment to record; by default the present one.

    Returns:
        Number of rows by table.

    Raises:
        DamagedError: the warehouse is damaged; the old copy stands then.
        SatledgerError: nothing is public, the disk is full, the warehouse is locked, or another process has the copy or
            its record open for writing; the old copy stands then.
    """
    if not models:
        raise SatledgerError("No dbt model is public: give those to publish `meta: {public: true}`.")
    published.parent.mkdir(parents=True, exist_ok=True)
    aside = published.with_name(f".{published.name}.aside")
    remove(aside)
    mend_copy(published)
    mend_record(published)
    if models.keys() >= _REVIEWED and not as_published(published):
        tell(f"{published} is no longer as it was published: it is made anew.")
        days = None
    try:
        with explained(warehouse):
            rows = None
            if days and _can_be_changed(published, warehouse, models, days, config or {}):
                rows = _change_if_whole(warehouse, published, aside, models, days, config or {})
            if rows is None:
                days, rows = None, _copy(warehouse, aside, models, config or {})
            if models.keys() >= _REVIEWED:
                record_reviews(aside, published, days, now or datetime.now(UTC), config or {})
        aside.chmod(0o444)
        with kept_from_writers(published):
            put_in_place(aside, published)
    finally:
        remove(aside)
    return rows


def _copy(warehouse: Path, aside: Path, models: Models, config: Config) -> dict[str, int]:
    with connect(aside, config) as connection:
        _attach(connection, warehouse)
        for name, model in models.items():
            _create(connection, warehouse, name, model)
        return _finish(connection, warehouse, models)


def _change_if_whole(
    warehouse: Path, published: Path, aside: Path, models: Models, days: Days, config: Config
) -> dict[str, int] | None:
    """As `_change`; None where the copy before turns out to be damaged."""
    try:
        return _change(warehouse, published, aside, models, days, config)
    except duckdb.Error as error:
        # Should it be the warehouse that is damaged, to copy that as a whole finds it again.
        if not is_damage(str(error)):
            raise
    remove(aside)
    tell(f"{published} is damaged: it is made anew.")
    return None


def _change(
    warehouse: Path, published: Path, aside: Path, models: Models, days: Days, config: Config
) -> dict[str, int]:
    """Copy the file before, then replace the rows of some days, and the tables whose rows belong to no day."""
    shutil.copyfile(published, aside)
    aside.chmod(0o644)
    with connect(aside, config) as connection:
        _attach(connection, warehouse)
        for name, model in models.items():
            day = _day_column(model)
            if day is None:
                connection.execute(f"drop table {name}")
                _create(connection, warehouse, name, model)
                continue
            # Rows of a day may be made from those of days before it (metrics_daily: the reference rate).
            last = days.last + timedelta(days=model["config"].get("meta", {}).get("days_ahead", 0))
            replaced = f"{day} between date '{days.first}' and date '{last}'"
            connection.execute(f"delete from {name} where {replaced}")
            connection.execute(f"insert into {name} {_rows(warehouse, name, model, replaced)}")
        return _finish(connection, warehouse, models)


def _can_be_changed(published: Path, warehouse: Path, models: Models, days: Days, config: Config) -> bool:
    """Whether the copy before has the tables that the warehouse has now, and most of its days stand."""
    if not published.is_file() or "built_days" not in models:
        return False
    try:
        connection = connect(published, config, read_only=True)
    except duckdb.Error:
        return False
    with connection:
        _attach(connection, warehouse)
        columns = """
            select table_name, column_name, data_type from duckdb_columns()
            where {} and list_contains($names, table_name) order by table_name, column_index
        """
        there, here = (
            connection.execute(columns.format(condition), {"names": list(models)}).fetchall()
            for condition in (f"database_name = '{warehouse.stem}'", f"database_name <> '{warehouse.stem}'")
        )
        if there != here:
            return False
        changed, all_days = connection.execute(
            "select count(*) filter (where day between ? and ?), count(*) from built_days", [days.first, days.last]
        ).fetchall()[0]
        return changed * 2 <= all_days


def _attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    # Views name the database that they were made in, which is called like the file.
    connection.execute(f"attach '{_quoted(str(warehouse))}' as {warehouse.stem} (read_only)")


def _create(connection: duckdb.DuckDBPyConnection, warehouse: Path, name: str, model: Mapping[str, Any]) -> None:
    connection.execute(f"create table {name} as {_rows(warehouse, name, model)}")
    connection.execute(f"comment on table {name} is '{_quoted(model['description'])}'")
    for (column,) in connection.execute(
        "select column_name from duckdb_columns() where table_name = ? and database_name <> ?", [name, warehouse.stem]
    ).fetchall():
        about = model["columns"].get(column, {}).get("description", "")
        connection.execute(f"comment on column {name}.\"{column}\" is '{_quoted(about)}'")


def _rows(warehouse: Path, name: str, model: Mapping[str, Any], condition: str = "true") -> str:
    order = model["config"].get("meta", {}).get("order_by")
    return f"from {warehouse.stem}.main.{name} where {condition}" + (f" order by {order}" if order else "")


def _day_column(model: Mapping[str, Any]) -> str | None:
    """The column that tells the day of a model's rows, where it is built day by day."""
    by_day = "day" if model["config"].get("materialized") == "incremental" else None
    return model["config"].get("meta", {}).get("day_column", by_day)


def _finish(connection: duckdb.DuckDBPyConnection, warehouse: Path, models: Models) -> dict[str, int]:
    rows = {name: connection.table(name).count("*").fetchall()[0][0] for name in models}
    connection.execute(f"detach {warehouse.stem}")
    connection.execute("checkpoint")
    return rows


def _quoted(text: str) -> str:
    return text.replace("'", "''")
