"""Dagster's definitions; every part is defined in the folder of its domain."""

from collections.abc import Sequence
from typing import cast

import dagster as dg

from dagster_project.chain import assets as chain
from dagster_project.chain import checks
from dagster_project.headers import assets as headers
from dagster_project.labels import assets as labels
from dagster_project.planning import alarms, freshness, schedules, sensors
from dagster_project.prices import assets as prices
from dagster_project.publish import assets as published
from dagster_project.resources import resources
from dagster_project.settings import Settings
from dagster_project.warehouse import assets as warehouse

assets = cast(
    "Sequence[dg.AssetsDefinition | dg.AssetSpec]",
    dg.load_assets_from_modules([chain, labels, prices, headers, warehouse, published], include_specs=True),
)
defs = dg.Definitions(
    assets=dg.map_asset_specs(freshness.with_policy, assets),
    asset_checks=dg.load_asset_checks_from_modules([checks]),
    jobs=[schedules.daily_build],
    schedules=[schedules.every_night],
    sensors=[sensors.day_is_complete, alarms.run_failed, alarms.check_failed],
    resources=resources(Settings()),
    # DuckDB has one writer, and all models share one memory limit: more processes would not be faster.
    executor=dg.in_process_executor,
)
