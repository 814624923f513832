"""The types and rows of tables and views, as Dagster shows them.

Dagster and its web page cannot open the warehouse while a build writes it, so each build writes the types to a file.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dagster_project.database import limits, reading
from dagster_project.days import Days
from dagster_project.files import read_record
from dagster_project.settings import Settings

Types = Mapping[str, Mapping[str, str]]


def record_types(settings: Settings) -> None:
    """After a build: write the types of all columns of the warehouse to a file."""
    with reading(settings.warehouse) as connection:
        rows = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by table_name, column_index"
        ).fetchall()
    types: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        types.setdefault(table, {})[column] = kind
    path = _file(settings)
    aside = path.with_name(f"{path.name}.aside")
    aside.write_text(json.dumps(types, indent=1), encoding="utf-8")
    aside.replace(path)


def recorded_types(settings: Settings) -> Types:
    """The types of columns by table, as of the last build; empty before the first, or if the file is damaged.

    They are only shown, and the next build writes the file anew.
    """
    return {table: types for table, types in read_record(_file(settings)).items() if isinstance(types, dict)}


def with_types(manifest: dict[str, Any], types: Types) -> dict[str, Any]:
    """Fill in missing types of documented columns in dbt's manifest."""
    for node in manifest["nodes"].values():
        known = types.get(node["name"], {})
        for name, column in node["columns"].items():
            column["data_type"] = column.get("data_type") or known.get(name)
    return manifest


def view_rows(settings: Settings, names: Collection[str], days: Days) -> dict[str, int]:
    """Number of rows of views on some days; of all rows for a view without a day column."""
    with reading(settings.warehouse, limits(settings)) as connection:
        # DuckDB 1.5.5 counts by the statistics of Parquet files where it can. It fails with an internal error if
        # there is only one file, such as the first raw day, and the condition is on its name.
        connection.execute("set disabled_optimizers = 'statistics_propagation'")
        views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        columns = "select table_name, min(column_name) from duckdb_columns() where column_name in ('day', 'time')"
        dated = dict(connection.execute(f"{columns} group by table_name").fetchall())
        rows = {}
        for name in sorted({name for (name,) in views} & set(names)):
            bounds = f" where {dated[name]} between date '{days.first}' and date '{days.last}'" if name in dated else ""
            ((rows[name],),) = connection.execute(f'select count(*) from "{name}"{bounds}').fetchall()
    return rows


def _file(settings: Settings) -> Path:
    return settings.dbt_target / "column_types.json"
