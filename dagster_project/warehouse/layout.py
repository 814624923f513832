"""Whether a warehouse has the tables of this version of the models, and which models have to be built if not."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import duckdb

from dagster_project.database import reading
from dagster_project.errors import SatledgerError
from dagster_project.settings import DBT_PROJECT, Engine, Settings
from dagster_project.warehouse.selection import descendants, listed
from dagster_project.warehouse.state import has_table

# Version of what the tables mean. It is raised if new days would not fit the existing ones although names and columns
# are the same, for example after a new numbering of accounts. Then everything has to be built anew. It is not raised
# for new, removed or changed columns, models and seeds: these are updated in place (`layout_changes`).
LAYOUT = 1
# dbt's source of the tables that models read as earlier builds left them.
EARLIER = "earlier"


@dataclass(frozen=True)
class LayoutChange:
    """A model or seed that differs in the warehouse from this version.

    Attributes:
        name: its name.
        reason: what differs, as the end of a sentence.
        of_days: whether it is stored by day, so that all days have to be built.
    """

    name: str
    reason: str
    of_days: bool = True

    def __str__(self) -> str:
        """One line."""
        return f"{self.name} {self.reason}"


def told(changes: Sequence[LayoutChange]) -> str:
    """The changes, as a list within a sentence."""
    of_days = [str(change) for change in changes if change.of_days]
    return listed(of_days) if of_days else "its seeds and views are those of another version"


def layout_changes(settings: Settings, manifest: Mapping[str, Any]) -> Sequence[LayoutChange]:
    """Return the models and seeds that have to be built although no day changed, in order of name.

    Of models that are stored by day, these are new ones, those whose columns changed, those that read a seed with
    changed rows, and those left over from an interrupted build of this kind. If anything in the dbt project changed,
    all seeds, views and other tables are made anew as well, which takes seconds. A warehouse without a complete day
    needs nothing, because its tables do not exist yet.

    Args:
        settings: name the warehouse; if there is none, nothing has to be built.
        manifest: dbt's, in which every model's columns are documented.

    Raises:
        SatledgerError: built days and new days would not be compatible, or the engine cannot change a table's columns.
    """
    if not settings.warehouse.is_file():
        return []
    nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")}
    with reading(settings.warehouse) as connection:
        if not has_table(connection, "built_days"):
            return []
        layout, project = LAYOUT, ""
        if has_table(connection, "warehouse_layout"):
            ((layout, project),) = connection.execute("select layout, project from warehouse_layout").fetchall()
        reasons = _pending(connection)
        stored = _stored_columns(connection)
        is_other = project != digest(manifest)
        seeds = {name: node for name, node in nodes.items() if node["resource_type"] == "seed" and is_other}
        others = {name for name, node in seeds.items() if _has_other_rows(connection, node, stored.get(name))}
    reasons |= {
        name: f"reads {seed}, which has other rows"
        for seed in sorted(others)
        for name in (node["name"] for node in descendants(manifest, [seeds[seed]["unique_id"]]) if is_daily(node))
    }
    columns = {name: set(node["columns"]) for name, node in nodes.items() if is_daily(node)}
    reasons |= {
        name: _difference(stored.get(name), of_model)
        for name, of_model in columns.items()
        if stored.get(name) != of_model
    }
    altered = [name for name in sorted(columns) if name in stored and stored[name] != columns[name]]
    # A column that is gone does no harm there: nothing reads it.
    incomplete = [name for name in altered if name in _read_earlier(manifest) and columns[name] - stored[name]]
    if layout != LAYOUT:
        raise _incompatible(settings, f"(its layout is {layout}, and this version writes {LAYOUT})")
    if incomplete:
        what = f"{incomplete[0]} {reasons[incomplete[0]]}"
        raise _incompatible(settings, f"({what}), and later days are computed from its earlier rows")
    if altered and settings.engine is Engine.SPARK:
        what = f"{altered[0]} {reasons[altered[0]]}"
        raise _incompatible(settings, f"({what}), and Spark does not change the columns of its tables")
    found = {name: LayoutChange(name, reason) for name, reason in reasons.items() if name in columns}
    if is_other:
        found |= {name: LayoutChange(name, "is made anew", False) for name, node in nodes.items() if _is_whole(node)}
    return [found[name] for name in sorted(found)]


def _incompatible(settings: Settings, what: str) -> SatledgerError:
    # Spark's tables are folders; the warehouse only has views on them.
    place = settings.spark_folder if settings.engine is Engine.SPARK else settings.warehouse
    return SatledgerError(
        f"The warehouse {place} was built by another version of satledger {what}: run `satledger build "
        "--full-refresh`, which builds it anew; raw days, labels and prices stay."
    )


def _read_earlier(manifest: Mapping[str, Any]) -> set[str]:
    """Names of the tables whose rows of earlier builds models read, as the source ``earlier``."""
    return {node["identifier"] for node in manifest["sources"].values() if node["source_name"] == EARLIER}


def is_daily(node: Mapping[str, Any]) -> bool:
    """Whether a node of the manifest is a model whose days are rewritten one by one."""
    return node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"


def digest(manifest: Mapping[str, Any]) -> str:
    """A digest of everything that affects what dbt builds: models, seeds and macros."""
    parts = [
        *((key, node["checksum"]["checksum"]) for key, node in manifest["nodes"].items() if "checksum" in node),
        *((key, macro["macro_sql"]) for key, macro in manifest["macros"].items() if key.startswith("macro.satledger.")),
    ]
    return sha256(json.dumps(sorted(parts)).encode()).hexdigest()[:16]


def record_layout(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
    """After a build: record the layout of the warehouse, and that no model is pending."""
    connection.execute(
        "create or replace table warehouse_layout as select ?::integer as layout, ?::varchar as project",
        [LAYOUT, digest(manifest)],
    )
    record_pending(connection, [])


def record_pending(connection: duckdb.DuckDBPyConnection, changes: Iterable[LayoutChange]) -> None:
    """Before models are built for all days: record which, so that the next build continues an interrupted one."""
    connection.execute("create table if not exists pending_models (model varchar, reason varchar)")
    connection.execute("delete from pending_models")
    rows = [(change.name, change.reason) for change in changes if change.of_days]
    if rows:
        connection.executemany("insert into pending_models values (?, ?)", rows)


def _pending(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    if not has_table(connection, "pending_models"):
        return {}
    return dict(connection.execute("select model, reason from pending_models").fetchall())


def _stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = connection.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
    stored: dict[str, set[str]] = {}
    for table, column in rows:
        stored.setdefault(table, set()).add(column)
    return stored


def _has_other_rows(connection: duckdb.DuckDBPyConnection, seed: Mapping[str, Any], stored: set[str] | None) -> bool:
    """Whether the rows or columns of a seed's table differ from its file."""
    if stored is None:
        return True
    table, file = seed["name"], str(DBT_PROJECT / seed["original_file_path"])
    types = dict(connection.execute(f"select column_name, column_type from (describe {table})").fetchall())
    header = connection.execute("select column_name from (describe from read_csv(?, all_varchar = true))", [file])
    names = [name for (name,) in header.fetchall()]
    if set(names) != stored:
        return True
    columns = ", ".join(names)
    rows = f"(select {columns} from read_csv($file, header = true, types = $types, quote = '\"', escape = '\"'))"
    ((different,),) = connection.execute(
        f"""
        select count(*) from (
            ({rows} except all (select {columns} from {table}))
            union all
            ((select {columns} from {table}) except all {rows})
        )
        """,
        {"file": file, "types": types},
    ).fetchall()
    return different > 0


def _is_whole(node: Mapping[str, Any]) -> bool:
    """Whether each run rebuilds the whole table, view or seed."""
    return not is_daily(node) and node["config"]["materialized"] != "ephemeral"


def _difference(stored: set[str] | None, columns: set[str]) -> str:
    if stored is None:
        return "is new"
    new, gone = sorted(columns - stored), sorted(stored - columns)
    parts = [f"has the new column{'s' * (len(new) > 1)} {listed(new)}"] if new else []
    parts += [f"no longer has {listed(gone)}"] if gone else []
    return " and ".join(parts)
