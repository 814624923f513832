"""Runs of the Dagster assets in this process."""

import os
import re
from collections.abc import Collection

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from dagster_project.database import first_line
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.instance import PID_TAG
from dagster_project.planning.requests import range_tags
from dagster_project.planning.run_failure import failure

# A name; a plus before it adds all that it reads, a plus after it all that reads it.
_TERM = re.compile(r"(\+?)(\w+)(\+?)")


def execute(
    defs: dg.Definitions, instance: dg.DagsterInstance, assets: Collection[dg.AssetKey], days: Days | None = None
) -> None:
    """Materialize assets in one run of this process, which the UI shows like any other.

    Args:
        defs: the project's definitions.
        instance: where the run is recorded.
        assets: what to materialize; their checks run too.
        days: the partitions; None where none of the assets has any.

    Raises:
        SatledgerError: the run failed. The message is the reason; the exception type is that of the asset's own error.
    """
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=sorted(assets),
        # At DEBUG, the log would have a line for each asset and day.
        run_config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
        tags={PID_TAG: str(os.getpid())} | (range_tags(days) if days else {}),
        raise_on_error=False,
    )
    if not result.success:
        raise failure(result.all_events)


def selected_assets(select: str, graph: BaseAssetGraph) -> set[dg.AssetKey]:
    """The assets of a selection: names, and what they read (``+name``) or what reads them (``name+``).

    Args:
        select: names with commas or spaces between them, or an expression in Dagster's own syntax.
        graph: all assets.

    Raises:
        SatledgerError: the selection is invalid, or names no asset.
    """
    terms = select.replace(",", " ").split()
    simple = all(_TERM.fullmatch(term) for term in terms)
    for term in terms if simple else ():
        if dg.AssetKey(term.strip("+")) not in graph.materializable_asset_keys:
            raise SatledgerError(
                f"There is no asset {term.strip('+')}: `satledger docs` and `satledger ui` show those there are."
            )
    text = " or ".join(_TERM.sub(r'\1key:"\2"\3', term) for term in terms) if simple else select
    try:
        found = dg.AssetSelection.from_string(text).resolve(graph)
    except Exception as error:
        # Dagster's parser has no exception class of its own.
        raise SatledgerError(f"--select {select} is no selection of assets: {first_line(str(error))}.") from error
    if not found:
        raise SatledgerError(f"--select {select} selects no asset.")
    return set(found) & set(graph.materializable_asset_keys)
