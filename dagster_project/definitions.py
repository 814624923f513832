"""All that Dagster knows of the project; every part is defined in its domain's folder."""

import dagster as dg

from dagster_project.chain import assets as chain
from dagster_project.chain import checks
from dagster_project.headers import assets as headers
from dagster_project.labels import assets as labels
from dagster_project.planning import schedules, sensors
from dagster_project.prices import assets as prices
from dagster_project.publish import assets as published
from dagster_project.resources import resources
from dagster_project.settings import Settings
from dagster_project.warehouse import assets as warehouse

defs = dg.Definitions(
    assets=dg.load_assets_from_modules([chain, labels, prices, headers, warehouse, published], include_specs=True),
    asset_checks=dg.load_asset_checks_from_modules([checks]),
    jobs=[schedules.daily_build],
    schedules=[schedules.every_night],
    sensors=[sensors.day_is_complete],
    resources=resources(Settings()),
    # One writer, and models that share one memory limit: nothing is won by more processes.
    executor=dg.in_process_executor,
)
