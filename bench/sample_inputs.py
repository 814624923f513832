"""All inputs of the sample chain other than its blocks."""

from dataclasses import dataclass
from pathlib import Path

from dagster_project.headers.sample import write_headers
from dagster_project.labels.sample import write_labels
from dagster_project.prices.sample import write_prices
from dagster_project.sample.generate import SampleChain


@dataclass(frozen=True)
class SampleInputs:
    """Where the sample's inputs are; the values of the settings ``labels``, ``prices`` and ``headers``."""

    labels: Path
    prices: Path
    headers: Path


def write_inputs(folder: Path, chain: SampleChain | None = None) -> SampleInputs:
    """Write labels, prices and headers of a sample chain (by default the default one) into a folder."""
    chain = chain or SampleChain()
    inputs = SampleInputs(folder / "labels.csv", folder / "prices", folder / "headers")
    write_labels(inputs.labels, chain)
    write_prices(inputs.prices / "prices.csv", chain)
    write_headers(inputs.headers, chain)
    return inputs
