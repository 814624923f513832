"""Repair of a damaged warehouse, which can be built anew from the lake."""

from dagster_project.database import unreadable
from dagster_project.files import set_aside
from dagster_project.progress import tell
from dagster_project.settings import Settings


def mend_warehouse(settings: Settings) -> None:
    """Move a warehouse away that cannot be opened, so that it is built anew, as if it were missing.

    The caller has to hold the build lock.

    Raises:
        SatledgerError: another process has the warehouse open, it may not be read, or a newer DuckDB wrote it.
    """
    if settings.warehouse.exists() and (trouble := unreadable(settings.warehouse)):
        place = set_aside(settings.warehouse)
        tell(
            f"{settings.warehouse} is damaged ({trouble}): it is moved to {place}, which may be removed, and built "
            "anew from the raw days."
        )
