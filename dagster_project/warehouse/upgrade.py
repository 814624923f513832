"""Update a warehouse of an earlier version of the models: only changed models are built, for all days."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from dagster_dbt import DbtCliResource

from dagster_project.days import Days
from dagster_project.progress import tell
from dagster_project.resources import Warehouse
from dagster_project.settings import Settings
from dagster_project.warehouse.dbt_arguments import BUILD
from dagster_project.warehouse.dbt_run import Outcome, run_dbt
from dagster_project.warehouse.layout import LayoutChange, record_layout, told
from dagster_project.warehouse.memory import in_parts
from dagster_project.warehouse.publication import Unpublished, mark_unpublished
from dagster_project.warehouse.selection import selector
from dagster_project.warehouse.state import built_days


def take_over_changes(
    changes: Sequence[LayoutChange],
    dbt: DbtCliResource,
    settings: Settings,
    warehouse: Warehouse,
    manifest: Mapping[str, Any],
    sizes: Mapping[date, int],
    chunk_rows: int,
) -> Outcome | None:
    """Build new or changed models for all built days; the models that they read are not rebuilt.

    The pending models are recorded in the warehouse until they are built (``record_pending``): the next build repeats
    an interrupted one.

    Args:
        changes: what has to be built (``layout_changes``); may be empty.
        dbt: the dbt project.
        settings: name the warehouse.
        warehouse: opens it for writing.
        manifest: dbt's manifest.
        sizes: number of inputs and outputs of each raw day.
        chunk_rows: inputs and outputs that one call of dbt may rewrite.

    Returns:
        The outcome of the call of dbt that failed; None if all succeeded.
    """
    built = built_days(settings.warehouse)
    if not changes or not built:
        return None
    of_days = any(change.of_days for change in changes)
    # Seeds, views and other tables are rebuilt completely by each run, whatever its days are.
    days = Days(min(built) if of_days else max(built), max(built))
    also = f" They are built for all days from {days.first} to {days.last}; all else stays as it is." if of_days else ""
    tell(f"The warehouse was built by another version of satledger: {told(changes)}.{also}")
    mark_unpublished(settings, Unpublished.BUILDING, days)
    names = {change.name for change in changes}
    kinds = ("model", "seed")
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in kinds and node["name"] in names]
    # No tests: they also read other models, some of which may only be right once this run has built its own days.
    arguments = (*BUILD, "test", "--select", " ".join(sorted(map(selector, nodes))))
    for outcome in in_parts(days, sizes, chunk_rows, partial(run_dbt, dbt, settings, arguments)):
        if not outcome.succeeded:
            return outcome
    with warehouse.get_connection() as connection:
        record_layout(connection, manifest)
    mark_unpublished(settings, Unpublished.BUILT)
    return None
