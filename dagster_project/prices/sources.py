"""Which prices a build uses, by its settings."""

from collections.abc import Collection
from pathlib import Path

from dagster_project.inputs.intake import Intake
from dagster_project.prices.coin_metrics import fetch_prices, shown
from dagster_project.prices.csv_folder import SETTING, PriceSet, read_folder
from dagster_project.prices.sample import write_prices
from dagster_project.sample.generate import SampleChain
from dagster_project.settings import Chain, Settings


def chosen_prices(settings: Settings, assets: Collection[str]) -> PriceSet:
    """Return the prices of the service or folder in the settings.

    Without a setting the sample chain has invented prices, and every other chain has none.

    Args:
        settings: name the source.
        assets: ids of the assets to keep.

    Raises:
        SatledgerError: the source cannot be read, or some of its prices are bad.
    """
    source = settings.prices
    if source is None and settings.resolved_chain is Chain.SAMPLE:
        folder = settings.temp / "sample" / "prices"
        write_prices(folder / "prices.csv", SampleChain())
        return read_folder(folder, assets)
    if source is None:
        return PriceSet([], Intake("prices"))
    if source.startswith(("http://", "https://")):
        key = settings.prices_key.get_secret_value() if settings.prices_key else None
        intake = Intake("prices", shown(source), SETTING)
        prices = fetch_prices(source, assets, key, intake=intake)
        intake.refuse_if_nothing()
        return PriceSet(prices, intake)
    return read_folder(Path(source), assets)
