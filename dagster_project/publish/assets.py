"""The published copy as an asset."""

import dagster as dg

from dagster_project import progress
from dagster_project.errors import SatledgerError
from dagster_project.home import building
from dagster_project.partitions import DAYS, ONE_RUN
from dagster_project.publish.copy import publish
from dagster_project.resources import SettingsResource
from dagster_project.warehouse.assets import MANIFEST
from dagster_project.warehouse.database import limits
from dagster_project.warehouse.manifest import public_models
from dagster_project.warehouse.parts import is_complete
from dagster_project.warehouse.state import Unpublished, built_days, mark_published, unpublished, unpublished_days

PUBLIC = public_models(MANIFEST)


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=ONE_RUN,
    deps=[dg.AssetKey(name) for name in PUBLIC],
    group_name="publish",
    owners=["team:satledger"],
    kinds={"duckdb"},
    pool="warehouse",
)
def published_copy(settings: SettingsResource) -> dg.MaterializeResult:
    """The public tables in one read-only DuckDB file, replaced in one step once all checks of a build have passed."""
    current = settings.get()
    with building(current):
        # A build that was cut off after its last model, before that was noted, left nothing to be built.
        if unpublished(current) is Unpublished.BUILDING and not is_complete(current):
            raise SatledgerError(
                "The warehouse is half built, as a build was cut off or failed: run `satledger build`."
            )
        progress.report("publish", 0, 1)
        rows = publish(current.warehouse, current.published, PUBLIC, unpublished_days(current), config=limits(current))
        progress.report("publish", 1, 1)
        mark_published(current)
        days = sorted(built_days(current.published))
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(current.published),
            "first day": str(days[0]) if days else "none",
            "last day": str(days[-1]) if days else "none",
            "size in bytes": current.published.stat().st_size,
            "dagster/row_count": sum(rows.values()),
            **{f"rows of {name}": count for name, count in rows.items()},
        }
    )
