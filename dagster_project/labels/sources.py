"""Which label files a build uses, by its settings."""

from pathlib import Path

from dagster_project.labels.load import BUILT_IN, label_files
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.labels import write_labels
from dagster_project.settings import Chain, Settings


def chosen_files(settings: Settings) -> list[Path]:
    """Return the user's files, then those that come with the chain; the first that labels an address counts.

    Mainnet has the starter set. The sample chain has labels of its own, unless the user gives some.

    Raises:
        SatledgerError: the setting ``labels`` names no labels.
    """
    own = label_files(settings.labels) if settings.labels is not None else []
    chain = settings.resolved_chain
    if chain is Chain.MAINNET:
        return [*own, BUILT_IN]
    if chain is Chain.SAMPLE and not own:
        sample = settings.temp / "sample" / "labels.csv"
        write_labels(sample, SampleChain())
        return [sample]
    return own
