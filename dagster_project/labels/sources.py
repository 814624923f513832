"""Which label files a build uses, by its settings."""

from pathlib import Path

from dagster_project.inputs.intake import Intake
from dagster_project.labels.load import BUILT_IN, SETTING, label_files
from dagster_project.labels.sample import write_labels
from dagster_project.sample.generate import SampleChain
from dagster_project.settings import Chain, Settings


def chosen_files(settings: Settings) -> tuple[list[Path], Intake]:
    """Return the user's files, then those that come with the chain, and the intake to report on them.

    If several files label an address, the first one is used.

    Mainnet has the starter set. The sample chain has labels of its own, unless the user gives some.

    Raises:
        SatledgerError: the path in the setting ``labels`` does not exist, or has no label files.
    """
    intake = Intake("exchange labels", settings.labels, SETTING)
    own = label_files(settings.labels, intake) if settings.labels is not None else []
    chain = settings.resolved_chain
    if chain is Chain.MAINNET:
        intake.bundle(BUILT_IN, "the starter set that comes with satledger")
        return [*own, BUILT_IN], intake
    if chain is Chain.SAMPLE and not own:
        sample = settings.temp / "sample" / "labels.csv"
        write_labels(sample, SampleChain())
        return [sample], intake
    return own, intake
