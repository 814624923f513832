"""The published copy as an asset."""

import dagster as dg

from dagster_project.database import limits
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.home import building
from dagster_project.partitions import DAYS, ONE_RUN
from dagster_project.publish.copy import publish
from dagster_project.publish.pieces import bytes_below
from dagster_project.resources import SettingsResource
from dagster_project.settings import Settings
from dagster_project.warehouse.assets import MANIFEST
from dagster_project.warehouse.manifest import public_models
from dagster_project.warehouse.parts import is_complete
from dagster_project.warehouse.publication import Unpublished, mark_published, unpublished, unpublished_days
from dagster_project.warehouse.state import built_days

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
    """The public tables as Parquet and a read-only DuckDB file, replaced in one step once all checks have passed."""
    current = settings.get()
    with building(current):
        if not built_days(current.warehouse):
            raise SatledgerError(
                "Nothing is built that could be published: select all assets, or run the job daily_build."
            )
        # If all days are built, the build was only interrupted before it recorded its end: nothing is left to build.
        if unpublished(current) is Unpublished.BUILDING and not is_complete(current):
            raise SatledgerError(
                "The warehouse is half built, as a build was cut off or failed: run `satledger build`."
            )
        rows = publish(current.warehouse, current.published, PUBLIC, _changed_days(current), config=limits(current))
        mark_published(current)
        days = sorted(built_days(current.published))
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(current.published),
            "first day": str(days[0]) if days else "none",
            "last day": str(days[-1]) if days else "none",
            "size in bytes": bytes_below(current.published.parent),
            "dagster/row_count": sum(rows.values()),
            **{f"rows of {name}": count for name, count in rows.items()},
        }
    )


def _changed_days(settings: Settings) -> Days | None:
    """The days on which the warehouse may differ from the published copy; None if they are not known."""
    built = built_days(settings.warehouse)
    if unpublished(settings) or not built or built != built_days(settings.published):
        return unpublished_days(settings)
    # No day differs. The folder was moved, or files are missing; publishing finds these whatever days it is given.
    return Days(max(built), max(built))
