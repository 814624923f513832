"""The one partitioning of all that is built from a block chain: consensus days."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from dagster_project.blocks.parameters import load_parameters
from dagster_project.days import ONE_DAY
from dagster_project.lake.manifest import held_days
from dagster_project.sample.plan import DEFAULT_PLAN
from dagster_project.settings import Chain, Settings

ONE_RUN = dg.BackfillPolicy.single_run()


def daily_partitions(chain: Chain, held: Collection[date] = ()) -> dg.DailyPartitionsDefinition:
    """Return one partition for each UTC day, from the date of the chain's block 0 on.

    Args:
        chain: the chain. The sample chain has an end, so its partitions end too.
        held: raw days in the lake, which may hold a longer sample chain than the demo's.
    """
    genesis = datetime.fromtimestamp(load_parameters(chain).genesis_time, UTC).date()
    end = None
    if chain is Chain.SAMPLE:
        last = max([genesis + timedelta(days=DEFAULT_PLAN.days - 1), *held])
        # Dagster's end is exclusive.
        end = (last + ONE_DAY).isoformat()
    return dg.DailyPartitionsDefinition(start_date=genesis.isoformat(), end_date=end)


def partition_days(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """Return the first and the last day that a run was asked for."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def _home_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    return daily_partitions(settings.resolved_chain, held_days(settings.raw))


DAYS = _home_partitions(Settings())
