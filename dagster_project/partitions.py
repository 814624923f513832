"""The one partitioning of everything that a block chain writes: consensus days."""

from datetime import UTC, date, datetime

import dagster as dg

from dagster_project.chain.parameters import load_parameters
from dagster_project.settings import Chain, Settings

ONE_RUN = dg.BackfillPolicy.single_run()


def daily_partitions(chain: Chain) -> dg.DailyPartitionsDefinition:
    """Return one partition a UTC day, from the date of the chain's block 0 on."""
    genesis = datetime.fromtimestamp(load_parameters(chain).genesis_time, UTC).date()
    return dg.DailyPartitionsDefinition(start_date=genesis.isoformat())


def partition_days(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """Return the first and the last day that a run was asked for."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


DAYS = daily_partitions(Settings().resolved_chain)
