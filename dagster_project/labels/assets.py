"""The exchange labels as a Dagster asset."""

import dagster as dg

from dagster_project.blocks.addresses import address_problem
from dagster_project.blocks.parameters import load_parameters
from dagster_project.inputs.files import FILES_READ, files_read
from dagster_project.labels.load import load_labels
from dagster_project.labels.model import Exchanges
from dagster_project.labels.sources import chosen_files
from dagster_project.labels.store import write_labels
from dagster_project.resources import SettingsResource


@dg.asset(group_name="labels", owners=["team:satledger"], kinds={"csv", "yaml", "parquet"})
def exchange_labels(settings: SettingsResource) -> dg.MaterializeResult:
    """Addresses that are known to belong to exchanges: validated, one label for each, with its source and date.

    All label files are read anew each time. If one row is bad, no file is accepted and the labels stay as they were.
    Skipped rows and files are reported by file, with the reason.
    """
    current = settings.get()
    # Computed before the files are read: a file that changes meanwhile is then read again by the next build.
    digest = files_read(current, "exchange_labels")
    parameters = load_parameters(current.resolved_chain)
    exchanges = Exchanges()
    files, intake = chosen_files(current)
    found = load_labels(files, lambda address: address_problem(address, parameters), exchanges, intake)
    fingerprint = write_labels(current.lake, found.labels, exchanges)
    found.intake.write(current.lake)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint),
        metadata={
            "dagster/row_count": len(found.labels),
            "exchanges": len({label.exchange_code for label in found.labels}),
            "fingerprint": fingerprint,
            **found.intake.metadata(),
            FILES_READ: digest,
        },
    )
