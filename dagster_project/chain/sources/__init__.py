"""Sources of raw blocks, one adapter each."""

from dagster_project.chain.sources.base import Source, Tip
from dagster_project.progress import Report, silent
from dagster_project.settings import Settings
from dagster_project.settings import Source as SourceName

__all__ = ["Report", "Source", "Tip", "open_source", "silent"]


def open_source(settings: Settings, *, patient: bool = True) -> Source:
    """The source that the settings name, after a check that it exists and is on the right chain.

    Args:
        settings: name it.
        patient: whether a node that does not answer is asked again; otherwise it is asked once, with a short time
        limit.

    Raises:
        SatledgerError: it cannot be used; the message says why and what to do.
    """
    # Imported late: each adapter brings libraries that the others do not need.
    match settings.resolved_source:
        case SourceName.NODE:
            from dagster_project.chain.sources.node import NodeSource

            return NodeSource(settings, patient=patient)
        case SourceName.FILES:
            from dagster_project.chain.sources.files import FilesSource

            return FilesSource(settings)
        case SourceName.PUBLIC_DATASET:
            from dagster_project.chain.sources.public_dataset import PublicDatasetSource

            return PublicDatasetSource(settings)
        case SourceName.BLOCKS:
            from dagster_project.chain.sources.blocks import BlocksSource

            return BlocksSource(settings)
        case SourceName.SAMPLE:
            from dagster_project.chain.sources.sample import SampleSource

            return SampleSource(settings)
