"""Whether a warehouse has the tables that this version of the models writes, and what it takes to give it them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from dagster_project.errors import SatledgerError
from dagster_project.settings import Engine, Settings
from dagster_project.warehouse.database import reading
from dagster_project.warehouse.selection import listed
from dagster_project.warehouse.state import has_table

# What a table means that keeps its name and columns. Raised where new days would not fit to those that are there:
# another numbering of accounts, say. Then everything has to be built anew. Columns and models that come or go need no
# other number: they are taken over (`layout_changes`).
LAYOUT = 1


@dataclass(frozen=True)
class LayoutChange:
    """A model whose table is not what this version of the model writes.

    Attributes:
        model: its name.
        reason: what differs, as the end of a sentence.
    """

    model: str
    reason: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.model} {self.reason}"


def layout_changes(settings: Settings, manifest: Mapping[str, Any]) -> Sequence[LayoutChange]:
    """Return the models that have to be built for all days that are built, and no others, in order of name.

    Those are models that are new, models whose columns changed, and those of an earlier such build that was cut off. A
    warehouse without a complete day has none: its
    tables are still to come.

    Args:
        settings: name the warehouse; where there is none, nothing has to be built.
        manifest: dbt's, in which every model's columns are documented.

    Raises:
        SatledgerError: the days that are built and new ones would not fit together, or the engine cannot change a
            table's columns.
    """
    if not settings.warehouse.is_file():
        return []
    with reading(settings.warehouse) as connection:
        if not has_table(connection, "built_days"):
            return []
        layout = LAYOUT
        if has_table(connection, "warehouse_layout"):
            ((layout,),) = connection.execute("select layout from warehouse_layout").fetchall()
        pending = _pending(connection)
        rows = connection.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
    stored: dict[str, set[str]] = {}
    for table, column in rows:
        stored.setdefault(table, set()).add(column)
    models = {node["name"]: set(node["columns"]) for node in manifest["nodes"].values() if is_daily(node)}
    reasons = {name: pending[name] for name in pending if name in models} | {
        name: _difference(stored.get(name), columns) for name, columns in models.items() if stored.get(name) != columns
    }
    changes = [LayoutChange(name, reason) for name, reason in sorted(reasons.items())]
    # Spark's tables are folders, of which the warehouse holds but views.
    place = settings.spark_folder if settings.engine is Engine.SPARK else settings.warehouse
    if layout != LAYOUT:
        raise SatledgerError(
            f"The warehouse {place} was built by another version of satledger (its layout is {layout}, and this "
            f"version writes {LAYOUT}): run `satledger build --full-refresh`, which builds it anew; raw days, labels "
            "and prices stay."
        )
    others = [change for change in changes if stored.get(change.model, models[change.model]) != models[change.model]]
    if others and settings.engine is Engine.SPARK:
        raise SatledgerError(
            f"The warehouse {place} was built by another version of satledger ({others[0]}), and Spark does not change "
            "the columns of its tables: run `satledger build --full-refresh`, which builds it anew; raw days, labels "
            "and prices stay."
        )
    return changes


def is_daily(node: Mapping[str, Any]) -> bool:
    """Whether a node of the manifest is a model whose days are rewritten one by one."""
    return node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"


def _difference(stored: set[str] | None, columns: set[str]) -> str:
    if stored is None:
        return "is new"
    new, gone = sorted(columns - stored), sorted(stored - columns)
    parts = [f"has the new column{'s' * (len(new) > 1)} {listed(new)}"] if new else []
    parts += [f"no longer has {listed(gone)}"] if gone else []
    return " and ".join(parts)


def record_layout(connection: duckdb.DuckDBPyConnection) -> None:
    """Write down what the tables of a warehouse mean, where that is not yet said."""
    if not has_table(connection, "warehouse_layout"):
        connection.execute("create table warehouse_layout as select ? as layout", [LAYOUT])


def record_pending(connection: duckdb.DuckDBPyConnection, changes: Sequence[LayoutChange]) -> None:
    """Before models are built for all days: remember which, so that a build that is cut off is gone on with."""
    connection.execute("create table if not exists pending_models (model varchar, reason varchar)")
    connection.execute("delete from pending_models")
    if changes:
        connection.executemany(
            "insert into pending_models values (?, ?)", [(change.model, change.reason) for change in changes]
        )


def _pending(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    if not has_table(connection, "pending_models"):
        return {}
    return dict(connection.execute("select model, reason from pending_models").fetchall())
