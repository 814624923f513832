"""The block headers of the other chains as a Dagster asset."""

import dagster as dg

from dagster_project.headers.csv_folder import SETTING
from dagster_project.headers.load import load_headers
from dagster_project.headers.model import read_assets
from dagster_project.headers.store import HeaderStore
from dagster_project.inputs.files import FILES_READ, files_read
from dagster_project.inputs.intake import Intake
from dagster_project.resources import SettingsResource


@dg.asset(group_name="headers", owners=["team:satledger"], kinds={"bitcoin", "ethereum", "parquet"})
def block_headers(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult:
    """Headers of other chains' blocks, one file for each asset and month; hash rates are computed from them.

    Each run appends the days that have become complete since the last run, from nodes and CSV files; without either
    it does nothing. It reports by file what was skipped, and why.
    """
    current = settings.get()
    # Taken before the files are read: a file that changes meanwhile is then read again.
    digest = files_read(current, "block_headers")
    blocks = 0
    intake = Intake("headers", current.headers, SETTING)
    for asset, written in load_headers(current, intake):
        context.log.info("%s: %s days with %s blocks", asset, written.days, written.blocks)
        blocks += written.blocks
    intake.write(current.lake)
    held = {asset: HeaderStore(current.lake, asset).days() for asset in read_assets()}
    rows = [(asset, str(days[0]), str(days[-1]), len(days)) for asset, days in held.items() if days]
    return dg.MaterializeResult(
        metadata={
            "blocks written": blocks,
            "days": dg.MetadataValue.table(
                [dg.TableRecord(dict(zip(("asset", "first", "last", "days"), row, strict=True))) for row in rows],
                dg.TableSchema(
                    [dg.TableColumn(name) for name in ("asset", "first", "last")] + [dg.TableColumn("days", "int")]
                ),
            ),
            **intake.metadata(),
            FILES_READ: digest,
        }
    )
