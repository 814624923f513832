"""Whether a warehouse has the tables that this version of the models writes."""

from collections.abc import Mapping
from typing import Any

from dagster_project.errors import SatledgerError
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.database import reading


def refuse_other_layout(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Refuse a warehouse that another version of satledger built: its days and new ones would not fit together.

    Args:
        settings: name the warehouse; where there is none, there is nothing to refuse.
        manifest: dbt's, in which every model's columns are documented.

    Raises:
        SatledgerError: a table that is written day by day is missing, or has other columns than its model.
    """
    if not settings.warehouse.is_file():
        return
    with reading(settings.warehouse) as connection:
        rows = connection.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
    stored: dict[str, set[str]] = {}
    for table, column in rows:
        stored.setdefault(table, set()).add(column)
    models = {node["name"]: set(node["columns"]) for node in manifest["nodes"].values() if _is_daily(node)}
    others = [name for name in sorted(stored.keys() & models.keys()) if stored[name] != models[name]]
    # Before the first build has ended, some tables are not there yet.
    lacking = sorted(models.keys() - stored.keys()) if "built_days" in stored else []
    if others or lacking:
        trouble = f"its table {others[0]} has other columns" if others else f"it lacks the table {lacking[0]}"
        # Spark's tables are folders, of which the warehouse holds but views.
        place = settings.spark_folder if settings.engine is Engine.SPARK else settings.warehouse
        raise SatledgerError(
            f"The warehouse {place} was built by another version of satledger ({trouble}): move it away and run "
            "`satledger build`; raw days, labels and prices stay."
        )


def _is_daily(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
