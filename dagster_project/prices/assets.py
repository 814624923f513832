"""The daily prices as a Dagster asset."""

import dagster as dg

from dagster_project.headers.model import read_assets
from dagster_project.inputs.files import FILES_READ, files_read
from dagster_project.prices.sources import chosen_prices
from dagster_project.prices.store import write_prices
from dagster_project.resources import SettingsResource


@dg.asset(group_name="prices", owners=["team:satledger"], kinds={"csv", "parquet"})
def prices(settings: SettingsResource) -> dg.MaterializeResult:
    """Daily closing prices in USD of each asset, with all digits of the source; a day without a price is a gap.

    All prices are read anew each time. If one row is bad, no file is accepted and the prices stay as they were. Skipped
    rows and files are reported by file, with the reason.
    """
    current = settings.get()
    # Computed before the files are read: a file that changes meanwhile is then read again by the next build.
    digest = files_read(current, "prices")
    found = chosen_prices(current, read_assets())
    fingerprint = write_prices(current.lake, found.prices)
    found.intake.write(current.lake)
    days = [price.day for price in found.prices]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint),
        metadata={
            "dagster/row_count": len(found.prices),
            "assets": " ".join(sorted({price.asset for price in found.prices})),
            "first day": str(min(days, default="")),
            "last day": str(max(days, default="")),
            "fingerprint": fingerprint,
            **found.intake.metadata(),
            FILES_READ: digest,
        },
    )
